"""Loops written in the project that try a call again when it fails, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.facts import RetryLayer
from readylint.flow import NOTHING, FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.exceptions import FAILURES
from readylint.link.guards import Guards
from readylint.link.handlers import subtree
from readylint.values import Const, Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


class RetryLoops:
    """Reads a loop around a try as attempts."""

    def __init__(self, resolver: Resolver, guards: Guards) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.guards = guards

    def layer(self, ref: Ref, function: FunctionFlow, loop: int, attempt: int, call: ModelCall) -> RetryLayer | None:
        """The loop as a layer, when an error caught by the try inside it makes it try again."""
        clauses = function.contexts[attempt].clauses
        again = []
        for clause in clauses:
            types = ref.sibling(clause.types) if clause.types != NOTHING else None
            caught = self.guards.exceptions.caught(types)
            if self.guards.exceptions.covered(caught, call) & set(FAILURES) and self._comes_back(
                function, clause.context, clause.ends
            ):
                again.append(clause)
        if not again or not self._success_leaves(function, loop, attempt):
            return None
        attempts = self._bound(ref, function, loop, attempt)
        body = self.guards.handlers.read(ref, again[0], attempt)
        waits_after = self._waits_in_loop(ref, function, loop)
        backoff = body.waits_longer if body.waits else waits_after
        context = function.contexts[loop]
        keyword = 5 if context.kind == "while" else 3
        span = self.program.modules[ref.module].place(context.start, context.start + keyword)
        return RetryLayer("loop", attempts, True, bool(backoff), None, span)

    def _waits_in_loop(self, ref: Ref, function: FunctionFlow, loop: int) -> bool | None:
        inside = subtree(function, loop)
        for number in function.calls:
            node = function.nodes[number]
            if node.context in inside and self.program.tail(ref.module, function, node.args[0]) == "sleep":
                return not (node.args[1] and function.nodes[node.args[1][0][1]].op == "const")
        return None

    def _comes_back(self, function: FunctionFlow, handler: int, ends: bool) -> bool:
        """The handler may reach the loop's next turn."""
        inside = subtree(function, handler)
        exits = [e for e in function.exits if e.context in inside]
        if any(e.kind == "continue" for e in exits):
            return True
        return not ends

    def _success_leaves(self, function: FunctionFlow, loop: int, attempt: int) -> bool:
        """The loop is left when the call worked, so its turns are attempts and not items of work."""
        handlers: set[int] = set()
        for clause in function.contexts[attempt].clauses:
            handlers |= subtree(function, clause.context)
        inside = subtree(function, loop) - handlers
        for leave in function.exits:
            if (
                leave.kind in ("return", "break")
                and leave.context in inside
                and self._own_loop(function, leave.context, loop)
            ):
                return True
        return self._tests_result(function, loop, attempt)

    def _own_loop(self, function: FunctionFlow, context: int, loop: int) -> bool:
        for number, around in function.ancestors(context):
            if number == loop:
                return True
            if around.kind in ("for", "while"):
                return False
        return False

    def _bound(self, ref: Ref, function: FunctionFlow, loop: int, attempt: int) -> int | str | None:
        """Attempts of a retry loop; "unbounded" when nothing but success ends it."""
        context = function.contexts[loop]
        if context.kind == "for":
            return self._turns(ref, context.nodes[0]) if context.nodes else None
        test = function.nodes[context.nodes[0]]
        if not (test.op == "const" and test.args[0]) and not self._tests_result(function, loop, attempt):
            return self._counted(function, context.nodes[0])
        tried = subtree(function, attempt)
        handlers: set[int] = set()
        for clause in function.contexts[attempt].clauses:
            handlers |= subtree(function, clause.context)
        for leave in function.exits:
            if leave.kind == "continue" or leave.context not in subtree(function, loop):
                continue
            if leave.context in handlers:
                return "bounded"
            conditional = function.contexts[leave.context].kind in ("if", "match")
            if conditional and (leave.kind == "raise" or leave.context not in tried):
                return "bounded"
        return "unbounded"

    def _tests_result(self, function: FunctionFlow, loop: int, attempt: int) -> bool:
        """`while answer is None:`: the loop goes on until the try has set what the test looks at."""
        context = function.contexts[loop]
        if context.kind != "while" or not context.nodes:
            return False
        node = function.nodes[context.nodes[0]]
        if node.op == "compare" and any(o not in ("Is", "IsNot", "Equal", "NotEqual") for o, _ in node.args[1]):
            return False
        tried = subtree(function, attempt)
        pending = list(function.children(context.nodes[0])) if node.op in ("compare", "not") else [context.nodes[0]]
        seen: set[int] = set()
        while pending:
            number = pending.pop()
            if number in seen:
                continue
            seen.add(number)
            inner = function.nodes[number]
            if inner.op == "union":
                pending.extend(inner.args)
            elif inner.context in tried and inner.op != "const":
                return True
        return False

    def _turns(self, ref: Ref, number: int) -> int | str | None:
        node = self.program.node(ref.sibling(number))
        if node.op == "call" and self.program.tail(ref.module, self.program.function(ref), node.args[0]) == "range":
            bounds: list[int] = []
            for _, argument in node.args[1]:
                values = self.resolver.values(ref.sibling(argument))
                constants = [v.value for v in values if isinstance(v, Const) and isinstance(v.value, int)]
                if len(constants) != 1:
                    return "bounded"
                bounds.append(constants[0])
            return len(range(*bounds)) if bounds else None
        if node.op in ("list", "tuple"):
            return len(node.args)
        return "bounded"

    def _counted(self, function: FunctionFlow, test: int) -> int | str | None:
        node = function.nodes[test]
        if node.op == "compare" and node.args[1]:
            right = function.nodes[node.args[1][0][1]]
            if right.op == "const" and isinstance(right.args[0], int) and right.args[0] > 0:
                return int(right.args[0])
            if any(o in ("LessThan", "LessThanEqual", "GreaterThan", "GreaterThanEqual") for o, _ in node.args[1]):
                return "bounded"
        return None
