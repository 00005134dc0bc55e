"""Calls that write somewhere, by the rules of the catalogue and by the text of what they are given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readylint.catalogue import SinkRule
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

DEPTH = 3


class WriteRules:
    """Finds the rule that a call matches."""

    def __init__(self, resolver: Resolver, callees: Callees) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.rules: list[SinkRule] = resolver.knowledge.first_evidence("writes")
        self.tails = {n.rsplit(".", 1)[-1] for r in self.rules for n in (*r.function, *r.method)}

    def of(self, ref: Ref) -> SinkRule | None:
        """The rule of a call; None when it writes nothing that is known."""
        function = self.program.function(ref)
        if self.program.tail(ref.module, function, self.program.node(ref).args[0]) not in self.tails:
            return None
        return next((r for r in self.rules if self.callees.matches(ref, r) and self._says(ref, r)), None)

    def _says(self, ref: Ref, rule: SinkRule) -> bool:
        """Whether the text that is given matches the rule's pattern (`INSERT`)."""
        if rule.without_arguments and any(keyword is None for keyword, _ in self.program.node(ref).args[1]):
            return False
        if rule.matches is None:
            return True
        position = rule.argument if isinstance(rule.argument, int) else None
        given = self.resolver.argument(ref, str(rule.argument), position)
        return given is not None and any(re.search(rule.matches, text) for text in self._texts(given, DEPTH))

    def _texts(self, ref: Ref, depth: int) -> list[str]:
        node = self.program.node(ref)
        if node.op in ("join", "binop") and node.args:
            first = node.args[0] if node.op == "join" else node.args[1]
            return self._texts(ref.sibling(first), depth - 1) if depth else []
        if node.op == "call" and node.args[1] and depth:  # text("INSERT ...")
            return self._texts(ref.sibling(node.args[1][0][1]), depth - 1)
        return [c for c in self.resolver.constants(ref) if isinstance(c, str)]
