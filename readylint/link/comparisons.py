"""Tests that compare two sizes, by how their sides are written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from readylint.flow import FunctionFlow
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.catalogue.evidence import ComparedRule
    from readylint.link.program import Program

ORDERED = {"LessThan", "LessThanEqual", "GreaterThan", "GreaterThanEqual"}
TESTED = ("if", "while", "assert")


class Comparisons:
    """Finds those of one rule."""

    def __init__(self, program: Program, rule: ComparedRule) -> None:
        self.program = program
        self.sums = re.compile(rule.sums)
        self.limits = re.compile(rule.limits)
        self.left = re.compile(rule.left)

    def find(self) -> Iterator[Ref]:
        """The places of the comparisons."""
        for module, function in self.program.all_functions():
            tests = {n for c in function.contexts if c.kind in TESTED for n in c.nodes[:1]}
            tests |= {e.node for e in function.exits if e.kind == "return" and e.node >= 0}
            for number in sorted(tests):
                yield from self._in_test(Ref(module, function.number, number), function)

    def _in_test(self, at: Ref, function: FunctionFlow) -> Iterator[Ref]:
        node = function.nodes[at.node]
        if node.op == "bool":
            for number in node.args[1:]:
                yield from self._in_test(at.sibling(number), function)
        elif node.op == "not":
            yield from self._in_test(at.sibling(node.args[0]), function)
        elif node.op == "compare" and len(node.args[1]) == 1 and node.args[1][0][0] in ORDERED:
            if self._means(at.sibling(node.args[0]), at.sibling(node.args[1][0][1])):
                yield at

    def _means(self, one: Ref, other: Ref) -> bool:
        left, right = self.program.written(one), self.program.written(other)
        return self._limits(left, right, other) or self._limits(right, left, one)

    def _limits(self, mine: str, its: str, beside: Ref) -> bool:
        if self.sums.search(mine) and self.limits.search(its) and mine != its:
            return True
        return self.left.search(mine) is not None and self.program.node(beside).op == "const"
