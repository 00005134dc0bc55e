"""The nodes that the way of an answer has reached and still has to go on from, with what was seen on it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from readylint.link.answer_state import PARSED, AnswerUse, ParseEvent, State
from readylint.values import Ref

Step = tuple[Ref, State | None]
"""A node, and what it holds; None when the way ends there."""


class AnswerTrail:
    """The worklist of one answer."""

    def __init__(self) -> None:
        self.use = AnswerUse()
        self.pending: deque[tuple[Ref, State]] = deque()
        self._seen: set[tuple[Ref, State]] = set()

    def push(self, ref: Ref, state: State | None) -> None:
        """Reach a node in a state; without one the way ends."""
        if state is not None and (ref, state) not in self._seen:
            self._seen.add((ref, state))
            self.pending.append((ref, state))

    def push_all(self, steps: Iterable[Step]) -> None:
        """Reach several nodes."""
        for ref, state in steps:
            self.push(ref, state)

    def parse_of(self, state: State) -> ParseEvent | None:
        """The parse whose result it is."""
        if state.label != PARSED or state.parse is None:
            return None
        return self.use.parses[state.parse]

    def take_part(self, state: State) -> None:
        """Something is read from what a parse gave."""
        event = self.parse_of(state)
        if event is not None:
            event.used = True
