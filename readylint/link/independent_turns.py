"""Whether the turns of a loop plainly do not need the answers before them: each asks about an element of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow, operands
from readylint.link.calls import ModelCall
from readylint.link.handlers import subtree
from readylint.link.history_changes import GROW
from readylint.link.retry_work import NewWork
from readylint.values import Answer, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

PARTS = 200
PAUSE = "sleep"
STATEFUL = ("agent", "realtime")
"""What is asked may remember what was said."""
READS = {
    "get", "items", "keys", "values", "format", "join", "strip", "split", "replace", "lower", "upper", "encode",
    "decode", "copy", "model_dump", "model_dump_json", "to_dict", "index", "count", "startswith", "endswith",
}  # fmt: skip
"""Methods that leave an object as it was."""


class IndependentTurns:
    """Looks at what goes into a call, and at what the loop around it does."""

    def __init__(self, resolver: Resolver, callees: Callees) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.work = NewWork(resolver, callees)

    def needed(self, call: ModelCall) -> bool:
        """The answer is kept under a name that goes into the next question."""
        function = self.program.function(call.ref)
        context = function.nodes[call.ref.node].context
        loop = next((n for n, c in function.ancestors(context) if c.kind in ("while", "for")), NOTHING)
        if loop == NOTHING or call.argument_call is None or not function.carried:
            return False
        parts = self._parts(function, call.argument_call.node, subtree(function, loop)) or set()
        return any(
            isinstance(v, Answer) and v.call == call.ref
            for n in parts
            if function.carried.get(n) == loop
            for v in self.resolver.values(call.ref.sibling(n))
        )

    def holds(self, call: ModelCall) -> bool:
        """True when that is plain; False says nothing."""
        function = self.program.function(call.ref)
        context = function.nodes[call.ref.node].context
        loop = next((n for n, c in function.ancestors(context) if c.kind in ("while", "for", "comp")), NOTHING)
        if loop == NOTHING or call.argument_call is None or call.by_reference or call.call.history is not None:
            return False
        around = function.contexts[loop]
        if around.kind == "while" or around.is_async or call.call.operation in STATEFUL:
            return False
        inside = subtree(function, loop)
        parts = self._parts(function, call.argument_call.node, inside)
        if parts is None or not self._has_element(function, parts, around.nodes):
            return False
        if any(self._is_carried(function, n, loop) or self._is_shared(function, n) for n in parts):
            return False
        if any(isinstance(v, Answer) for n in around.nodes for v in self.resolver.values(call.ref.sibling(n))):
            return False  # the pieces of a stream
        if call.call.operation == "embedding" and any(function.nodes[n].op == "slice" for n in parts):
            return False  # a batch in each turn
        if self._leaves(function, loop, inside) or self._touched(function, inside, parts):
            return False
        return not self._waits(call.ref, function, inside)

    def _parts(self, function: FunctionFlow, call: int, inside: set[int]) -> set[int] | None:
        """The nodes that the arguments of the call are made of; None when there are too many.

        What was made before the loop is the same in each turn: it is not taken apart.
        """
        found: set[int] = set()
        pending = [n for _, n in function.nodes[call].args[1]]
        put = self._put_in(function, inside)
        while pending:
            number = pending.pop()
            if number in found or number == NOTHING:
                continue
            found.add(number)
            if len(found) > PARTS:
                return None
            pending += put.get(number, ())
            node = function.nodes[number]
            if node.context in inside or node.op in ("union", "attr", "item", "iter"):
                pending += operands(node)
        return found

    def _put_in(self, function: FunctionFlow, inside: set[int]) -> dict[int, list[int]]:
        """List -> what is put into it inside the loop."""
        found: dict[int, list[int]] = {}
        for number in function.calls:
            node = function.nodes[number]
            target = function.nodes[node.args[0]]
            if node.context in inside and target.op == "attr" and target.args[1] in GROW:
                found.setdefault(target.args[0], []).extend(n for _, n in node.args[1])
        return found

    def _has_element(self, function: FunctionFlow, parts: set[int], sources: tuple[int, ...]) -> bool:
        return any(function.nodes[n].op == "iter" and function.nodes[n].args[0] in sources for n in parts)

    def _is_carried(self, function: FunctionFlow, number: int, loop: int) -> bool:
        """A name that a turn of the loop gives another value for the next one."""
        if function.carried.get(number) != loop:
            return False
        return len({n for n in function.nodes[number].args if n != number}) > 1

    def _is_shared(self, function: FunctionFlow, number: int) -> bool:
        """A name that an enclosing scope holds and this function changes."""
        node = function.nodes[number]
        return node.op == "name" and (node.args[0] in function.global_names or node.args[0] in function.global_bindings)

    def _leaves(self, function: FunctionFlow, loop: int, inside: set[int]) -> bool:
        """The loop ends when an answer is good: its turns are tries."""
        for leave in function.exits:
            if leave.context not in inside or leave.kind not in ("return", "break"):
                continue
            nearest = next((n for n, c in function.ancestors(leave.context) if c.kind in ("for", "while")), loop)
            if leave.kind == "return" or nearest == loop:
                return True
        return False

    def _touched(self, function: FunctionFlow, inside: set[int], parts: set[int]) -> bool:
        """Something that is sent is changed inside the loop, and was there before it."""
        before = {p for n in parts if function.nodes[p := self._plain(function, n)].context not in inside}
        names = {function.nodes[n].args[1] for n in parts if function.nodes[n].op == "attr"}
        for store in function.stores:
            if store.context in inside and (
                self._plain(function, store.base) in before or (not store.item and store.key in names)
            ):
                return True
        for number in function.calls:
            node = function.nodes[number]
            target = function.nodes[node.args[0]]
            if node.context not in inside or target.op != "attr" or target.args[1] in READS:
                continue
            owner = self._plain(function, target.args[0])
            base = function.nodes[owner]
            if owner in before and base.op in ("list", "dict", "set", "call", "union"):
                return True
            if base.op == "attr" and base.args[1] in names and self._reads_of(function, target.args[0], parts):
                return True
        return False

    def _plain(self, function: FunctionFlow, number: int) -> int:
        """A name that stays what it was before the loop."""
        node = function.nodes[number]
        others = {n for n in node.args if n != number} if node.op == "union" else set()
        return int(others.pop()) if len(others) == 1 else number

    def _reads_of(self, function: FunctionFlow, number: int, parts: set[int]) -> bool:
        """`self.seen` is sent, and a method of `self.seen` is called; the client itself is no part of what is sent."""
        written = (function.nodes[number].args[1], function.nodes[number].args[0])
        return any(function.nodes[n].op == "attr" and function.nodes[n].args[1] == written[0] for n in parts)

    def _waits(self, at: Ref, function: FunctionFlow, inside: set[int]) -> bool:
        """Each turn waits for a person, for new work, or on purpose between two calls."""
        for number in function.calls:
            node = function.nodes[number]
            if node.context not in inside:
                continue
            if self.program.tail(at.module, function, node.args[0]) == PAUSE or self.work.takes(at.sibling(number)):
                return True
        return False
