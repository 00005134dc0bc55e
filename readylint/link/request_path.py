"""What a request goes through: how it is answered, how many calls stand in a row, what is long or limited in it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from readylint.facts import Handler, LlmCall
from readylint.link.rule_tables import RuleTable
from readylint.link.sequences import GENERATING, UNBOUNDED, Sequences

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entry
    from readylint.link.replies import Replies
    from readylint.link.request_limits import RequestLimits
    from readylint.link.resolver import Resolver

Function = tuple[int, int]


class RequestPath:
    """Fills the fields of handlers."""

    def __init__(
        self, resolver: Resolver, callees: Callees, sequences: Sequences, replies: Replies, limits: RequestLimits
    ) -> None:
        self.program = resolver.program
        self.sequences = sequences
        self.entries = sequences.entries
        self.replies = replies
        self.limits = limits
        self.documents = RuleTable(callees, resolver.knowledge.first_evidence("documents"))

    def fill(self, fact: Handler, function: Function, entry: Entry) -> None:
        """Everything that is known of one handler."""
        below = self._below(function)
        fact.replies = self.replies.of(function, entry, below)
        fact.rate_limited = self.limits.of(function, entry)
        fact.can_stream = self.replies.frameworks[entry.framework].streams
        asked = [f for one in below if one in self.sequences.below for _, f in self.sequences.below[one].calls]
        fact.generated = self._generated(asked)
        fact.in_loops = any(f.loop not in ("none", "person") and f.loop_dependent is not None for f in asked)
        count = self.sequences.of(function)
        if count.calls == UNBOUNDED:
            fact.sequential = "unbounded"
        elif count.known:
            fact.sequential = int(count.calls)
        if count.job or not self._pipelines.isdisjoint(below):
            fact.long_job = True
        elif count.known:
            fact.long_job = False

    def _below(self, function: Function) -> list[Function]:
        """The function and those below it that lead to a model call within the request."""
        found = [function]
        for one in found:
            below = self.sequences.below.get(one)
            for site, inner in below.sites if below is not None else ():
                if inner not in found and not site.deferred and not (site.through is not None and site.through.apart):
                    found.append(inner)
        return found

    def _generated(self, asked: list[LlmCall]) -> bool | None:
        """Whether what a model wrote is given back as it is; False when no call writes text."""
        written = [f.output for f in asked if f.operation in GENERATING]
        shown = [o for o in written if o.status == "shown"]
        if any("reply" in o.drives or not o.drives for o in shown):
            return True
        told = all(o.status not in ("unknown", "shown") or o.drives for o in written)
        return False if told and not any("reply" in o.drives for o in written) else None

    @cached_property
    def _pipelines(self) -> set[Function]:
        """The functions in which a document is taken apart, and those that call one."""
        found: dict[Function, None] = {}
        for tail in self.documents.tails:
            for call in self.program.calls_by_tail.get(tail, ()):
                if (call.module, call.function) not in found and self.documents.first(call) is not None:
                    found[call.module, call.function] = None
        callers = {
            (site.ref.module, site.ref.function)
            for module, number in found
            for site in self.entries.sites(module, self.program.modules[module].functions[number])[0]
        }
        return callers | set(found)
