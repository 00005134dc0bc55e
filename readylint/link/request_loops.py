"""How often a loop goes round for one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import Context, FunctionFlow
from readylint.link.handlers import subtree
from readylint.link.retry_work import NewWork
from readylint.link.sizes import Size
from readylint.values import Answer, Ref

if TYPE_CHECKING:
    from readylint.link.fan_out import FanOuts

LOOPS = ("for", "while", "comp")


class RequestLoops:
    """Looks at what ends a loop, and at what it waits for."""

    def __init__(self, fan_outs: FanOuts) -> None:
        self.resolver = fan_outs.resolver
        self.program = fan_outs.program
        self.sizes = fan_outs.sizes
        self.work = NewWork(fan_outs.resolver, fan_outs.callees)

    def turns(self, at: Ref, flow: FunctionFlow, number: int, context: Context, first: int) -> Size:
        """How often a loop goes round for one request."""
        once = Size("constant", 1)
        inside = subtree(flow, number)
        sure, maybe = self._leaves(flow, number, inside, first)
        if sure or self._next_message(at, flow, number):
            return once
        if context.kind == "while":
            test = flow.nodes[context.nodes[0]]
            endless = test.op == "const" and bool(test.args[0])
            return Size("open" if endless and not self._counted(flow, inside) else "unknown")
        if any(isinstance(v, Answer) for v in self.resolver.values(at.sibling(context.nodes[0]))):
            return Size("unknown")  # the pieces of a stream: one of them may lead to another call
        size = self.sizes.of(at.sibling(context.nodes[0]))
        tried = (
            self.program.tail(at.module, flow, flow.nodes[context.nodes[0]].args[0])
            if self._is_call(flow, context)
            else ""
        )
        if maybe and tried == "range":
            return once
        # It may be left after the first answer: whether it is cannot be told.
        return Size("unknown") if maybe else size

    def _counted(self, flow: FunctionFlow, inside: set[int]) -> bool:
        """A way out under a test of size: a counter, a budget, a deadline."""
        for leave in flow.exits:
            if leave.context in inside and leave.kind in ("return", "break", "raise"):
                for number, around in flow.ancestors(leave.context):
                    if number in inside and around.kind == "if" and self._ordered(flow, around.nodes[0]):
                        return True
        return False

    def _ordered(self, flow: FunctionFlow, test: int) -> bool:
        node = flow.nodes[test]
        if node.op == "bool":
            return any(self._ordered(flow, n) for n in node.args[1:])
        return node.op == "compare" and any(str(o).startswith(("Less", "Greater")) for o, _ in node.args[1])

    def _is_call(self, flow: FunctionFlow, context: Context) -> bool:
        return flow.nodes[context.nodes[0]].op == "call"

    def _leaves(self, flow: FunctionFlow, loop: int, inside: set[int], first: int) -> tuple[bool, bool]:
        """Whether the loop is left after the call for sure, and whether it may be: it only tries again."""
        sure = maybe = False
        for leave in flow.exits:
            if leave.kind not in ("return", "break") or leave.context not in inside or leave.end < first:
                continue
            kinds = [c.kind for n, c in flow.ancestors(leave.context) if n in inside and n != loop]
            if "handler" not in kinds:
                maybe = True
                sure = sure or not {"if", "match", "for", "while"} & set(kinds)
        return sure, maybe

    def _next_message(self, at: Ref, flow: FunctionFlow, loop: int) -> bool:
        """Each turn waits for a person or takes new work."""
        context = flow.contexts[loop]
        inside = subtree(flow, loop)
        calls = [n for n in flow.calls if flow.nodes[n].context in inside]
        calls += [n for n in context.nodes if flow.nodes[n].op == "call"]
        return any(self.work.takes(at.sibling(n)) for n in calls)
