"""Lists that a loop fills with awaitables: how many they hold when they are waited for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import FunctionFlow, Node
from readylint.link.bursts import Runs, Way
from readylint.link.handlers import subtree
from readylint.link.sizes import ONE, Size, times
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.collection_sizes import Sizes

PUT = {"append", "add", "extend", "insert", "appendleft", "update", "setdefault"}


class TaskLists:
    """Follows what is put into a list to the list."""

    def __init__(self, sizes: Sizes) -> None:
        self.sizes = sizes
        self.program = sizes.program

    def put(self, call: Ref, node: Node, number: int, way: Way, found: Runs) -> list[tuple[int, Way]]:
        """`tasks.append(...)` in a loop: the list holds one for each turn since it was made."""
        function = self.program.function(call)
        target = function.nodes[node.args[0]]
        if target.op != "attr":
            found.unclear = True
            return []
        return self.stored(call, function, target.args[0], function.nodes[call.node].context, way, found)

    def stored(
        self, at: Ref, function: FunctionFlow, base: int, context: int, way: Way, found: Runs
    ) -> list[tuple[int, Way]]:
        roots = self._roots(function, base)
        made = [n for n in roots if function.nodes[n].op in ("list", "set", "dict", "call", "comp", "tuple")]
        if not made:
            found.unclear = found.unclear or way.started is None
            return []
        contexts = [function.nodes[n].context for n in made]
        outer = next((n for n, _ in function.ancestors(context) if n in contexts), 0)
        size = self.sizes.loops(function, at, context, outer)
        size = self._flushed(at, function, roots, context, outer) or size
        if size == ONE:
            size = Size("constant", max(1, self._puts(function, roots)))
        collected = times(way.collected or ONE, size)
        return [(n, replace(way, collected=collected)) for n in roots]

    def _roots(self, function: FunctionFlow, base: int) -> list[int]:
        """The nodes that a name of a list may stand for."""
        found, pending = [], [base]
        for number in pending:
            found.append(number)
            node = function.nodes[number]
            if node.op == "union":
                pending += [n for n in node.args if n not in pending]
            elif node.op == "item":
                pending += [node.args[0]] if node.args[0] not in pending else []
        return found

    def _puts(self, function: FunctionFlow, roots: list[int]) -> int:
        """How many times something is put into the list."""
        return sum(
            function.nodes[t].op == "attr" and function.nodes[t].args[1] in PUT and function.nodes[t].args[0] in roots
            for t in (function.nodes[n].args[0] for n in function.calls)
        )

    def _flushed(self, at: Ref, function: FunctionFlow, roots: list[int], context: int, outer: int) -> Size | None:
        """`if len(tasks) >= 10:` in the loop that fills the list: it is emptied, or waited for, when it is full."""
        loop = next((n for n, c in function.ancestors(context) if c.kind in ("for", "while") and n != outer), None)
        if loop is None:
            return None
        for number in subtree(function, loop):
            test = function.contexts[number].nodes
            if function.contexts[number].kind not in ("if", "while") or not test:
                continue
            node = function.nodes[test[0]]
            if node.op == "compare" and self._counts(function, node.args[0], roots):
                return Size("limited", self.sizes.number(at.sibling(node.args[1][0][1])).number)
        return None

    def _counts(self, function: FunctionFlow, number: int, roots: list[int]) -> bool:
        node = function.nodes[number]
        if node.op != "call" or not node.args[1]:
            return False
        named = function.nodes[node.args[0]]
        given = node.args[1][0][1]
        return named.args[:1] == ("len",) and (given in roots or bool(set(self._roots(function, given)) & set(roots)))
