"""What is known of handlers and tasks beside the calls that they reach."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from readylint.facts import Handler, LlmCall, Task
from readylint.link.calls import ModelCall
from readylint.link.replies import Replies
from readylint.link.request_limits import RequestLimits
from readylint.link.request_path import RequestPath
from readylint.link.sequences import Sequences
from readylint.link.task_facts import TaskFacts

if TYPE_CHECKING:
    from readylint.link.controls import Controls
    from readylint.link.entries import Entry
    from readylint.link.fan_out import FanOuts
    from readylint.link.retry_effects import RetryEffects


class EntryFacts:
    """Fills their fields; what serves them is made when the first one comes."""

    def __init__(self, fan_outs: FanOuts, controls: Controls, effects: RetryEffects) -> None:
        self.fan_outs = fan_outs
        self.controls = controls
        self.effects = effects
        self._reached: list[tuple[ModelCall, LlmCall]] = []

    def begin(self, reached: list[tuple[ModelCall, LlmCall]]) -> None:
        """The model calls of the program, with their facts."""
        self._reached = reached

    @cached_property
    def _requests(self) -> RequestPath:
        resolver, callees = self.fan_outs.resolver, self.fan_outs.callees
        limits = RequestLimits(resolver, callees, self.controls.find([call for call, _ in self._reached]))
        sequences = Sequences(self.fan_outs, self._reached)
        return RequestPath(resolver, callees, sequences, Replies(resolver, callees), limits)

    @cached_property
    def _tasks(self) -> TaskFacts:
        return TaskFacts(self.fan_outs.resolver, self.fan_outs.callees, self.effects)

    def handler(self, fact: Handler, function: tuple[int, int], entry: Entry) -> None:
        """A handler."""
        self._requests.fill(fact, function, entry)

    def task(self, fact: Task, function: tuple[int, int], entry: Entry) -> None:
        """A task of a queue."""
        self._tasks.fill(fact, function, entry)
