"""What a request goes through: how it is answered, how many calls stand in a row, what is long or limited in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.facts import Handler
from readylint.link.rule_tables import RuleTable
from readylint.link.sequences import UNBOUNDED, Sequences
from readylint.values import Ref

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
        self.callees = callees
        self.sequences = sequences
        self.replies = replies
        self.limits = limits
        self.documents = RuleTable(callees, resolver.knowledge.first_evidence("documents"))

    def fill(self, fact: Handler, function: Function, entry: Entry) -> None:
        """Everything that is known of one handler."""
        below = self._below(function)
        fact.replies = self.replies.of(function, entry, below)
        fact.rate_limited = self.limits.of(function, entry)
        count = self.sequences.of(function)
        if count.calls == UNBOUNDED:
            fact.sequential = "unbounded"
        elif count.known:
            fact.sequential = int(count.calls)
        if count.job or any(self._takes_apart(f) for f in below):
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

    def _takes_apart(self, function: Function) -> bool:
        """A document is loaded or cut up: in the function, or in one that it calls."""
        flow = self.program.modules[function[0]].functions[function[1]]
        for number in flow.calls:
            call = Ref(*function, number)
            if self.documents.first(call) is not None:
                return True
            for target in self.callees.of(call).functions[:2]:
                inner = self.program.modules[target.module].functions[target.number]
                if any(self.documents.first(Ref(target.module, target.number, n)) for n in inner.calls):
                    return True
        return False
