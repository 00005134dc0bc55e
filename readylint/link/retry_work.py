"""Loops that take new work in each turn: what fails in one turn is not what is called in the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import FunctionFlow
from readylint.link.handlers import subtree
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

CALLS_LIMIT = 40


class NewWork:
    """Looks for what waits for a person or takes work out of a queue."""

    def __init__(self, resolver: Resolver, callees: Callees) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.person = {n for e in resolver.knowledge.evidence for n in e.person}
        self.rules = resolver.knowledge.first_evidence("takes_work")

    def taken(self, ref: Ref, loop: int) -> bool:
        """Whether something in the loop before the call takes new work."""
        function = self.program.function(ref)
        inside = subtree(function, loop)
        before = self.program.node(ref).start
        for number in function.calls:
            node = function.nodes[number]
            if node.context in inside and node.start < before and number != ref.node:
                if self.takes(ref.sibling(number)):
                    return True
        return False

    def takes(self, call: Ref, depth: int = 1) -> bool:
        """Whether a call takes new work, itself or in the function of the project that it calls."""
        if any(self.callees.matches(call, rule) for rule in self.rules):
            return True
        callee = self.callees.of(call)
        if callee.names & self.person:
            return True
        return depth > 0 and any(
            self._asks(target.module, self.resolver.flow_of(target)) for target in callee.functions[:2]
        )

    def _asks(self, module: int, flow: FunctionFlow) -> bool:
        """A function of the project that does nothing but wait for what comes next."""
        return any(self.takes(Ref(module, flow.number, number), 0) for number in flow.calls[:CALLS_LIMIT])
