"""Counters of turns: `if state.turns >= MOST: return`, where each turn that adds a message counts one more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import FunctionFlow, Node
from readylint.link.history_cuts import parts
from readylint.values import Ref

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from readylint.link.history_changes import Change
    from readylint.link.resolver import Resolver

MORE = ("GreaterThan", "GreaterThanEqual")
LESS = ("LessThan", "LessThanEqual")


class Counters:
    """Looks for a counter that stops a list from growing."""

    def __init__(self, resolver: Resolver) -> None:
        self.program = resolver.program

    def stopping(self, grown: Iterable[Change]) -> Ref | None:
        """The test of a counter that goes up with the list, by which the function that adds to it stops."""
        found: Ref | None = None
        for change in grown:
            function = self.program.function(change.ref)
            counters = set(self._counters(change, function))
            test = self._test(change, function, counters) if counters else None
            if test is None:
                return None
            found = found or test
        return found

    def _counters(self, change: Change, function: FunctionFlow) -> Iterator[str]:
        """What goes up by a number wherever the list grows, as it is written."""
        around = {n for n, _ in function.ancestors(change.context)}
        for store in function.stores:
            value = function.nodes[store.value]
            if store.context not in around or value.op != "binop" or value.args[0] != "Add":
                continue
            step = function.nodes[value.args[2]]
            if step.op == "const" and isinstance(step.args[0], int) and step.args[0] > 0:
                yield self._written(change.ref, function.nodes[value.args[1]])

    def _written(self, at: Ref, node: Node) -> str:
        return self.program.modules[at.module].written(node.start, node.end)

    def _test(self, change: Change, function: FunctionFlow, counters: set[str]) -> Ref | None:
        """`if turns >= limit: return` before the list grows, or `if turns < limit:` around it."""
        around = {n for n, _ in function.ancestors(change.context)}
        for number in around:
            context = function.contexts[number]
            if context.kind in ("if", "while") and context.nodes and context.branch:
                if self._compares(change.ref, function, context.nodes[0], counters, LESS):
                    return change.ref.sibling(context.nodes[0])
        for leave in function.exits:
            context = function.contexts[leave.context]
            if leave.start > change.start or context.kind != "if" or not context.branch or context.parent not in around:
                continue
            if leave.kind in ("return", "raise") and self._compares(
                change.ref, function, context.nodes[0], counters, MORE
            ):
                return change.ref.sibling(context.nodes[0])
        return None

    def _compares(
        self, at: Ref, function: FunctionFlow, test: int, counters: set[str], operators: tuple[str, ...]
    ) -> bool:
        for number in parts(function, test):
            node = function.nodes[number]
            if node.op != "compare" or len(node.args[1]) != 1:
                continue
            operator, right = node.args[1][0]
            if operator in operators and self._written(at, function.nodes[node.args[0]]) in counters:
                return function.nodes[right].op != "const" or self._is_limit(function.nodes[right])
        return False

    def _is_limit(self, node: Node) -> bool:
        return isinstance(node.args[0], int) and node.args[0] > 1
