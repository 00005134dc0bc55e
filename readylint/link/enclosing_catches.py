"""What catches errors inside the function that they come out of: try statements, context managers, gathered results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.facts import Span
from readylint.flow import NOTHING, CatchClause, FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.catches import Catch
from readylint.link.exceptions import FAILURES, Exceptions
from readylint.link.handlers import HandlerBody, HandlerReader
from readylint.values import ClassValue, FunctionValue, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver


class EnclosingCatches:
    """Reads the statements around a node, innermost first."""

    def __init__(
        self,
        resolver: Resolver,
        callees: Callees,
        entries: Entries,
        exceptions: Exceptions,
        handlers: HandlerReader,
    ) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.entries = entries
        self.exceptions = exceptions
        self.handlers = handlers

    def in_function(self, ref: Ref, call: ModelCall) -> Catch:
        """The try statements, and context managers of the project, around a node inside its function."""
        function = self.program.function(ref)
        result = Catch()
        if self._gathered(ref, function):
            result.status, result.covered, result.names = "site", set(FAILURES), ["Exception"]
            result.body, result.span = HandlerBody("answered", "unknown"), self.program.callee_span(ref)
            return result
        context = function.nodes[ref.node].context
        for number, around in function.ancestors(context):
            if around.kind == "try":
                self._clauses(ref, function, number, call, result)
            elif around.kind == "with":
                self._manager(ref, around.nodes, call, result)
            if set(FAILURES) <= result.covered:
                break
        return result

    def _gathered(self, ref: Ref, function: FunctionFlow) -> bool:
        """`asyncio.gather(*calls, return_exceptions=True)` gives errors back as results."""
        users = self.program.users(ref.module, ref.function)
        pending, seen = [ref.node], {ref.node}
        while pending:
            for user in users.get(pending.pop(), ()):
                node = function.nodes[user]
                if node.op == "call" and self.program.tail(ref.module, function, node.args[0]) == "gather":
                    at = ref.sibling(user)
                    return self.callees.literal_argument(at, "return_exceptions") is True
                if node.op in ("comp", "star", "list", "tuple", "union") and user not in seen:
                    seen.add(user)
                    pending.append(user)
        return False

    def _clauses(self, ref: Ref, function: FunctionFlow, number: int, call: ModelCall, result: Catch) -> None:
        passed: set[str] = set()  # what an earlier clause of the same `try` lets through meets none of the later ones
        for clause in function.contexts[number].clauses:
            types = ref.sibling(clause.types) if clause.types != NOTHING else None
            caught = self.exceptions.caught(types)
            covered = self.exceptions.covered(caught, call) - passed
            if caught.unknown and not covered:
                result.unknown = True
            result.vague = result.vague or caught.unknown
            new = covered - result.covered - {"validation"}
            if not new:
                result.covered |= covered
                continue
            body = self.handlers.read(ref.sibling(0), clause, number)
            if body.gives_up or (body.on_error == "raised" and body.reraises):
                passed |= covered
                continue
            result.names += [n for n in caught.names if not n.startswith("<")]
            result.covered |= covered
            # An error that is raised as another one has to be caught further up; a handler answers with it.
            if body.on_error == "raised" and self.entries.of(ref.module, function) is None:
                result.vague = True
            if result.status == "none":
                context = function.contexts[clause.context]
                result.status, result.clause, result.body = "site", clause, body
                result.span = self._clause_span(ref, clause, context.start)
            elif result.body is not None and result.body.on_error == "dropped" and body.on_error != "dropped":
                pass

    def _clause_span(self, ref: Ref, clause: CatchClause, start: int) -> Span:
        module = self.program.modules[ref.module]
        if clause.types != NOTHING:
            node = self.program.node(ref.sibling(clause.types))
            return module.place(node.start, node.end)
        return module.place(start, start + len("except"))

    def _manager(self, ref: Ref, nodes: tuple[int, ...], call: ModelCall, result: Catch) -> None:
        """`with suppress(...)`, and generators of the project that catch around their `yield`."""
        for number in nodes:
            at = ref.sibling(number)
            if self.program.node(at).op != "call":
                continue
            callee = self.callees.of(at)
            if callee.names & {"contextlib.suppress", "suppress"}:
                for _, value in self.program.node(at).args[1]:
                    caught = self.exceptions.caught(ref.sibling(value))
                    covered = self.exceptions.covered(caught, call)
                    if covered - result.covered and result.status == "none":
                        result.status, result.body = "site", HandlerBody("dropped", "no")
                        result.span = self.program.callee_span(at)
                        result.names += caught.names
                    result.covered |= covered
            for target in callee.functions:
                self._generator(target, call, result, at)
            for cls in callee.classes:
                self._exit(cls, result, at)

    def _exit(self, cls: ClassValue, result: Catch, at: Ref) -> None:
        """A context manager class whose `__exit__` says that the error is dealt with."""
        method = self.resolver.classes.method(cls, "__exit__") or self.resolver.classes.method(cls, "__aexit__")
        if method is None or result.status != "none":
            return
        flow = self.resolver.flow_of(method)
        for leave in flow.exits:
            node = flow.nodes[leave.node] if leave.kind == "return" and leave.node != NOTHING else None
            if node is not None and not (node.op == "const" and not node.args[0]):
                result.status, result.body, result.names = "wrapper", HandlerBody(), ["Exception"]
                result.span = self.program.callee_span(at)
                result.covered |= set(FAILURES)

    def _generator(self, target: FunctionValue, call: ModelCall, result: Catch, at: Ref) -> None:
        flow = self.resolver.flow_of(target)
        for number, node in enumerate(flow.nodes):
            if node.op == "yield":
                inner = self.in_function(Ref(target.module, target.number, number), call)
                if inner.status == "site" and result.status == "none":
                    result.status, result.body, result.names = "wrapper", inner.body, inner.names
                    result.span = self.program.callee_span(at)
                result.covered |= inner.covered
                return
