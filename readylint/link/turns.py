"""Whether each turn of a loop needs the answer of the turn before it, as an agent's does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.handlers import subtree
from readylint.link.histories import GROW
from readylint.link.independent_turns import IndependentTurns
from readylint.values import Answer

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.effective import Effective
    from readylint.link.resolver import Resolver

DEPTH = 6


class Turns:
    """Looks at the loop around a call and at what is sent in it."""

    def __init__(self, resolver: Resolver, effective: Effective, callees: Callees) -> None:
        self.independent = IndependentTurns(resolver, callees)
        self.resolver = resolver
        self.program = resolver.program
        self.effective = effective

    def dependent(self, call: ModelCall) -> bool | None:
        """True when the messages grow inside the loop, or the answer itself is sent; False when each turn plainly asks
        about an element of its own; None where neither is seen."""
        if self._needed(call) or self.independent.needed(call):
            return True
        return False if self.independent.holds(call) else None

    def _needed(self, call: ModelCall) -> bool:
        function = self.program.function(call.ref)
        context = function.nodes[call.ref.node].context
        loop = next((n for n, c in function.ancestors(context) if c.kind in ("while", "for")), None)
        if loop is None or call.argument_call is None:
            return False
        for _, number in self.program.node(call.argument_call).args[1]:
            if any(
                isinstance(v, Answer) and v.call == call.ref for v in self.resolver.values(call.ref.sibling(number))
            ):
                return True
        spec = call.argument("messages")
        sent = self.effective.reader.find(call.argument_call, spec).refs if spec is not None else []
        lists: set[int] = set()
        for ref in sent:
            if (ref.module, ref.function) == (call.ref.module, call.ref.function):
                self._lists(function, ref.node, lists, 0)
        inside = subtree(function, loop)
        return any(self._grows(function, n, inside, lists) for n in function.calls)

    def _lists(self, function: FunctionFlow, number: int, found: set[int], depth: int) -> None:
        """The nodes that what is sent is put together of."""
        if number in found or number == NOTHING or depth > DEPTH:
            return
        found.add(number)
        node = function.nodes[number]
        if node.op in ("list", "tuple", "union", "star"):
            inner = list(node.args)
        elif node.op in ("binop", "bool", "ifexp"):
            inner = list(node.args[1:])
        elif node.op == "call":
            inner = [n for _, n in node.args[1]]
        else:
            inner = []
        for one in inner:
            if isinstance(one, int):
                self._lists(function, one, found, depth + 1)

    def _grows(self, function: FunctionFlow, number: int, inside: set[int], lists: set[int]) -> bool:
        """`messages.append(...)` in the loop."""
        node = function.nodes[number]
        target = function.nodes[node.args[0]]
        if node.context not in inside or target.op != "attr" or target.args[1] not in GROW:
            return False
        grown: set[int] = set()
        self._lists(function, target.args[0], grown, DEPTH - 2)
        if any(function.nodes[n].op == "list" and function.nodes[n].context in inside for n in grown):
            return False  # made anew in each turn
        return bool(grown & lists) or any(self._same(function, a, b) for a in grown for b in lists)

    def _same(self, function: FunctionFlow, left: int, right: int) -> bool:
        """`self.messages` here and there, or a name of the module."""
        one, other = function.nodes[left], function.nodes[right]
        if one.op != other.op or one.op not in ("attr", "name"):
            return False
        if one.op == "name":
            return bool(one.args[0] == other.args[0])
        bases = (function.nodes[one.args[0]], function.nodes[other.args[0]])
        same_base = one.args[0] == other.args[0] or bases[0].op == bases[1].op == "param"
        return same_base and bool(one.args[1] == other.args[1])
