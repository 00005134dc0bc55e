"""Parts of a collection: slices, and what cuts it into batches of a fixed size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow, Node
from readylint.link.sizes import OPEN, Size, largest
from readylint.values import FunctionValue, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callee
    from readylint.link.collection_sizes import Sizes

SAME = {
    "enumerate", "list", "tuple", "set", "sorted", "reversed", "iter", "frozenset", "items", "values", "keys", "copy",
    "as_completed", "cast",
}  # fmt: skip
"""Functions and methods of the language that give as many elements as they are given."""


def argument_of(node: Node, position: int, keywords: tuple[str, ...]) -> int | None:
    """The argument of a call by one of its keywords, or by its position."""
    plain = [n for k, n in node.args[1] if k is None]
    return next((n for k, n in node.args[1] if k in keywords), plain[position] if position < len(plain) else None)


class Batches:
    """Works out how large a part is at most."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.resolver = sizes.resolver
        self.program = sizes.program
        self.callees = sizes.callees
        frameworks = sizes.resolver.knowledge.frameworks
        self.rules = {n: r for f in frameworks for r in f.batches for n in r.function}
        self.passing = {n for f in frameworks for n in f.passes}

    def is_same(self, callee: Callee) -> bool:
        """Whether a call gives as many elements as it is given."""
        return (callee.tail in SAME and not callee.functions) or bool(callee.names & self.passing)

    def of_elements(self, source: Ref, depth: int) -> Size:
        """How many elements one element of the node has: the size of a batch."""
        node = self.program.node(source)
        if depth <= 0:
            return OPEN
        if node.op == "union" and node.args:
            return largest([self.of_elements(source.sibling(n), depth - 1) for n in node.args if n != source.node])
        if node.op == "comp":
            return self.sizes.of(source.sibling(node.args[1]), depth - 1)
        if node.op in ("list", "tuple") and node.args:
            return largest([self.sizes.of(source.sibling(n), depth - 1) for n in node.args])
        if node.op != "call":
            return OPEN
        callee = self.callees.of(source)
        rule = next((self.rules[n] for n in sorted(callee.names) if n in self.rules), None)
        if rule is not None:
            given = argument_of(node, rule.number.position or 0, tuple(rule.number.at))
            return self.sizes.at_most(source.sibling(given)) if given is not None else OPEN
        if self.is_same(callee) and node.args[1]:
            return self.of_elements(source.sibling(node.args[1][0][1]), depth - 1)
        return largest([self._yielded(value, depth) for value in callee.functions]) if callee.functions else OPEN

    def _yielded(self, value: FunctionValue, depth: int) -> Size:
        """The parts that a function of the project cuts something into."""
        flow = self.resolver.flow_of(value)
        at = Ref(value.module, value.number, 0)
        if flow.is_generator:
            return largest([self.sizes.of(at.sibling(n), depth - 1) for n in flow.yields])
        returned = [e.node for e in flow.exits if e.kind == "return" and e.node != NOTHING]
        return largest([self.of_elements(at.sibling(n), depth - 1) for n in returned])

    def part(self, ref: Ref, key: int) -> Size:
        """`items[:5]`, `items[i:i + size]`."""
        function = self.program.function(ref)
        node = function.nodes[key]
        lower, upper = node.args[0], node.args[1]
        if upper == NOTHING:
            last = function.nodes[lower] if lower != NOTHING else None
            negative = last is not None and last.op == "const" and isinstance(last.args[0], int) and last.args[0] < 0
            return Size("limited", -last.args[0]) if negative and last is not None else OPEN
        end = function.nodes[upper]
        if lower != NOTHING and end.op == "binop" and end.args[0] == "Add":
            for side, other in ((1, 2), (2, 1)):
                if self._same(function, end.args[side], lower):
                    return self.sizes.at_most(ref.sibling(end.args[other]))
        if end.op == "call" and self.program.tail(ref.module, function, end.args[0]) == "min" and lower != NOTHING:
            inner = [function.nodes[n] for _, n in end.args[1]]
            sums = [
                n for n in inner if n.op == "binop" and n.args[0] == "Add" and self._same(function, n.args[1], lower)
            ]
            return self.sizes.at_most(ref.sibling(sums[0].args[2])) if sums else OPEN
        if lower == NOTHING or (function.nodes[lower].op == "const" and function.nodes[lower].args[0] == 0):
            if end.op == "const" and isinstance(end.args[0], int) and end.args[0] < 0:
                return OPEN
            return self.sizes.at_most(ref.sibling(upper))
        return OPEN

    def _same(self, function: FunctionFlow, left: int, right: int) -> bool:
        if left == right:
            return True
        one, other = function.nodes[left], function.nodes[right]
        return one.op == other.op and one.op in ("name", "param") and one.args == other.args
