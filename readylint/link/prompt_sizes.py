"""Tests of the length of a text: what is refused when it is too long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from readylint.flow import FunctionFlow
from readylint.link.history_cuts import ORDERED
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

_COUNTING = re.compile(r"len|length|token|count|size|chars|encode|getsizeof", re.IGNORECASE)
_UPPER = {"GreaterThan", "GreaterThanEqual"}
_LOWER = {"LessThan", "LessThanEqual"}
Key = tuple[object, ...]


class SizeTests:
    """Reads the tests of functions."""

    def __init__(self, resolver: Resolver, callees: Callees) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self._own: dict[tuple[int, int], dict[Key, str]] = {}
        self._tables: dict[tuple[int, int], dict[Key, str]] = {}

    def tested(self, ref: Ref) -> str | None:
        """The test that refuses longer texts in the function of a node, as it is written."""
        table = self.table(ref.module, ref.function)
        return table.get(self.key(self.program.function(ref), ref.node)) if table else None

    def table(self, module: int, number: int) -> dict[Key, str]:
        """What is refused in a function, or in one that it calls to check, when it is too long -> the test."""
        known = self._tables.get((module, number))
        if known is None:
            known = dict(self.own(module, number))
            self._by_functions(module, self.program.modules[module].functions[number], known)
            self._tables[module, number] = known
        return known

    def own(self, module: int, number: int) -> dict[Key, str]:
        """What a function itself refuses when it is too long."""
        known = self._own.get((module, number))
        if known is None:
            function = self.program.modules[module].functions[number]
            known = self._own[module, number] = {}
            for test, holds in self._refusals(function):
                for subject, written in self._subjects(module, function, test, holds):
                    known.setdefault(subject, written)
        return known

    def _refusals(self, function: FunctionFlow) -> Iterator[tuple[int, bool]]:
        """Tests under which the function is left, and whether they hold then."""
        for leave in function.exits:
            around = function.contexts[leave.context]
            if leave.kind != "break" and around.kind == "if" and around.nodes and around.dead:
                yield around.nodes[0], around.branch
        for context in function.contexts:
            if context.kind == "assert" and context.nodes:
                yield context.nodes[0], False

    def _subjects(self, module: int, function: FunctionFlow, test: int, holds: bool) -> Iterator[tuple[Key, str]]:
        node = function.nodes[test]
        if node.op == "bool":
            for member in node.args[1:]:
                yield from self._subjects(module, function, member, holds)
        elif node.op == "not":
            yield from self._subjects(module, function, node.args[0], not holds)
        elif node.op == "compare" and len(node.args[1]) == 1 and node.args[1][0][0] in ORDERED:
            operator, right = node.args[1][0]
            for side, upper in ((node.args[0], _UPPER), (right, _LOWER)):
                other = right if side == node.args[0] else node.args[0]
                if (operator in upper) == holds and not self._is_trifle(function, other):
                    written = self.program.modules[module].written(node.start, node.end)
                    for subject in self._measured(function, side):
                        yield subject, written

    def _is_trifle(self, function: FunctionFlow, number: int) -> bool:
        """`len(parts) > 1` says nothing about length."""
        node = function.nodes[number]
        return node.op == "const" and isinstance(node.args[0], int | float) and node.args[0] < 4

    def _measured(self, function: FunctionFlow, number: int) -> Iterator[Key]:
        """What a call counts: `len(text)`, `len(encoding.encode(text))`, `count_tokens(text)`."""
        node = function.nodes[number]
        if node.op == "union" and len(node.args) == 1:
            yield from self._measured(function, node.args[0])
        if node.op != "call":
            return
        target = function.nodes[node.args[0]]
        while target.op == "union" and target.args:
            target = function.nodes[target.args[0]]
        name = target.args[-1] if target.op in ("name", "attr", "import", "param") else ""
        if not isinstance(name, str) or not _COUNTING.search(name):
            return
        for _, argument in node.args[1]:
            yield self.key(function, argument)
            yield from self._measured(function, argument)
            inner = function.nodes[argument]
            if inner.op == "call" and function.nodes[inner.args[0]].op == "attr":  # len(text.split())
                yield self.key(function, function.nodes[inner.args[0]].args[0])

    def _by_functions(self, module: int, function: FunctionFlow, table: dict[Key, str]) -> None:
        """`validate(text)`: what a function of the project refuses is refused here."""
        for number in function.calls:
            node = function.nodes[number]
            named = [n for _, n in node.args[1] if function.nodes[n].op in ("param", "attr", "name", "item", "call")]
            if not named or not self._may_refuse(module, function, node.args[0]):
                continue
            call = Ref(module, function.number, number)
            for target in self.callees.of(call).functions[:2]:
                inner = self.own(target.module, target.number)
                for argument in named if inner else ():
                    name = self.resolver.callers.parameter_of(target, call, argument)
                    written = inner.get(("name", name)) if name is not None else None
                    if written is not None:
                        table.setdefault(self.key(function, argument), written)

    def _may_refuse(self, module: int, function: FunctionFlow, target: int) -> bool:
        """A quick look at the name of what is called."""
        tail = self.program.tail(module, function, target) or ""
        return re.search(r"valid|check|verify|ensure|limit|sanit|assert|guard|clean", tail, re.IGNORECASE) is not None

    def key(self, function: FunctionFlow, number: int) -> Key:
        """What an expression is called, so that two readings of the same thing are the same."""
        node = function.nodes[number]
        if node.op in ("param", "name"):
            return ("name", node.args[0])
        if node.op == "attr":
            return ("attr", self.key(function, node.args[0]), node.args[1])
        if node.op == "item":
            inner = function.nodes[node.args[1]]
            if inner.op == "const":
                return ("item", self.key(function, node.args[0]), inner.args[0])
        if node.op in ("union", "await", "star") and node.args and len(node.args) == 1 and node.args[0] < number:
            return self.key(function, node.args[0])
        return ("node", number)
