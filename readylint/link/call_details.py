"""What is sent in a call, what is kept of it and what is repeated with it, stated on its fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.facts import LlmCall
from readylint.link.call_records import CallRecords
from readylint.link.calls import ModelCall
from readylint.link.prompts import Prompts
from readylint.link.retry_effects import RetryEffects
from readylint.link.write_rules import WriteRules

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.effective import Effective
    from readylint.link.entries import Entries
    from readylint.link.histories import Histories
    from readylint.link.resolver import Resolver
    from readylint.link.tracers import Tracers


class CallDetails:
    """Fills `inputs`, `prompt`, `record` and `retry.effects`."""

    def __init__(
        self, resolver: Resolver, effective: Effective, callees: Callees, entries: Entries, histories: Histories
    ) -> None:
        self.prompts = Prompts(resolver, effective, callees, entries, histories)
        writes = WriteRules(resolver, callees)
        self.records = CallRecords(resolver, callees, entries, writes)
        self.effects = RetryEffects(resolver, callees, entries, writes)

    def know(self, calls: list[ModelCall]) -> None:
        """Take note of all model calls of the program."""
        self.effects.models = self.prompts.walk.models = {c.ref for c in calls}

    def fill(self, call: ModelCall, fact: LlmCall, tracers: Tracers, generating: bool) -> None:
        """Set the fields of one call; the usage of its fact is known."""
        self.prompts.fill(call, fact, generating)
        fact.record = self.records.of(call, fact, tracers)
        fact.retry.effects = self.effects.of(call, fact.retry)
