"""Values that are worked out of others: choices, sums of text and numbers, conversions, the environment."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import Node
from readylint.link.durations import TIMEDELTA, seconds
from readylint.link.literals import fails, folded, number_in
from readylint.values import UNKNOWN, Answer, Const, Environment, Made, Ref, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

SURE = ("param", "const")
"""Nodes whose values are all there are: of an attribute or a global name None is left out."""
OPPOSITE = {
    "Is": "IsNot", "IsNot": "Is", "GreaterThan": "LessThanEqual", "LessThanEqual": "GreaterThan",
    "LessThan": "GreaterThanEqual", "GreaterThanEqual": "LessThan",
}  # fmt: skip
"""What holds where a comparison does not."""


class Computed:
    """Works values out."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program

    def either(self, ref: Ref, operator: str, left: int, right: int) -> list[Value]:
        """`a or b`: a value of the environment without a default takes the right side as its default."""
        first, second = self.resolver.all_values(ref, [left]), self.resolver.all_values(ref, [right])
        if operator == "Or":
            sure = self.program.node(ref.sibling(left)).op in SURE
            if sure and first and all(isinstance(v, Const) and v.value for v in first):
                return first
            first = [v for v in first if not (isinstance(v, Const) and not v.value)]
            behind = ref.sibling(right)
            if any(isinstance(v, Environment) and v.default is None for v in first) and len(second) == 1:
                return [
                    Environment(v.name, v.ref, behind) if isinstance(v, Environment) and v.default is None else v
                    for v in first
                ]
        return [*first, *second]

    def chosen(self, ref: Ref, test: int, taken: int, otherwise: int) -> list[Value]:
        """The values of `x if x > 0 else y` and `y if x is None else x`, without literals that the test excludes."""
        return [*self._where(ref, test, taken, True), *self._where(ref, test, otherwise, False)]

    def _where(self, ref: Ref, test: int, taken: int, holds: bool) -> list[Value]:
        values = list(self.resolver.values(ref.sibling(taken)))
        node = self.program.node(ref.sibling(test))
        if test == taken and holds:
            return [v for v in values if not isinstance(v, Const) or v.value]
        if node.op != "compare" or len(node.args[1]) != 1 or not self._same(ref, node.args[0], taken):
            return values
        operator, right = node.args[1][0]
        limits = self.resolver.values(ref.sibling(right))
        limit = limits[0] if len(limits) == 1 else UNKNOWN
        return [v for v in values if not fails(v, operator if holds else OPPOSITE.get(operator, ""), limit)]

    def _same(self, ref: Ref, one: int, other: int) -> bool:
        """Whether two nodes of an expression are the same thing, as they are written."""
        nodes = [self.program.node(ref.sibling(n)) for n in (one, other)]
        plain = all(node.op in ("attr", "item", "name") for node in nodes)
        return one == other or (
            plain and self.program.written(ref.sibling(one)) == self.program.written(ref.sibling(other))
        )

    def joined(self, ref: Ref, node: Node) -> list[Value]:
        """What an operator or an f-string gives."""
        if node.op == "binop" and node.args[0] == "BitOr":
            piped = self.resolver.pipelines.joined(ref, node)
            if piped:
                return piped
        parts = node.args if node.op == "join" else node.args[1:]
        values = [self.resolver.values(ref.sibling(n)) for n in parts]
        if all(len(v) == 1 and isinstance(v[0], Const) for v in values):
            constants = [v[0].value for v in values if isinstance(v[0], Const)]
            text = folded(node, constants)
            if text is not None:
                return [Const(text, ref)]
        single = [v[0] for v in values if len(v) == 1 and isinstance(v[0], Const | Environment)]
        if len(single) == len(values) and any(isinstance(v, Environment) for v in single):
            return [self._configured(ref, node, single)]
        answers = [a for v in values for a in v if isinstance(a, Answer)]
        return [*answers, UNKNOWN] if answers else [UNKNOWN]

    def _configured(self, ref: Ref, node: Node, parts: list[Const | Environment]) -> Value:
        """Text or number worked out of literals and of what the environment says."""
        read = next(p for p in parts if isinstance(p, Environment))
        literals = [p if isinstance(p, Const) else self.fallback(p) for p in parts]
        values = [p.value for p in literals if p is not None]
        whole = folded(node, values) if len(values) == len(parts) else None
        return Environment(read.name, read.ref, read.default, Const(whole, ref) if whole is not None else None)

    def fallback(self, value: Environment) -> Const | None:
        """The literal that holds when the environment does not say otherwise."""
        if value.fallback is not None or value.default is None:
            return value.fallback
        return next((v for v in self.resolver.values(value.default) if isinstance(v, Const)), None)

    def numbers(self, name: str, values: Iterable[Value]) -> list[Value]:
        """`int(x)` and `float(x)`."""
        found: list[Value] = []
        for value in values:
            if isinstance(value, Const):
                value = Const(number_in(name, value.value), value.ref)
            elif isinstance(value, Environment) and (default := self.fallback(value)) is not None:
                value = replace(value, fallback=Const(number_in(name, default.value), default.ref))
            found.append(value)
        return found

    def lengths(self, ref: Ref) -> list[Value]:
        """`timedelta(minutes=1).total_seconds()`."""
        target = self.program.node(ref.sibling(self.program.node(ref).args[0]))
        made = [
            v for v in self.resolver.values(ref.sibling(target.args[0])) if isinstance(v, Made) and v.name == TIMEDELTA
        ]
        lengths = [seconds(self.resolver, v.ref) for v in made]
        return [
            Const(length, v.ref) if length is not None else UNKNOWN for length, v in zip(lengths, made, strict=True)
        ]

    def environment(self, ref: Ref) -> Environment:
        """A value read from the environment by a call: its variable and its default."""
        arguments = self.program.node(ref).args[1]
        names = self.resolver.values(ref.sibling(arguments[0][1])) if arguments else ()
        name = next((str(v.value) for v in names if isinstance(v, Const)), "")
        default = next((n for k, n in arguments[1:] if k in (None, "default")), None)
        return Environment(name, ref, ref.sibling(default) if default is not None else None)
