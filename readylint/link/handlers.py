"""What an `except` body does: raises, answers in another way, or drops the error; and whether it leaves a trace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from readylint.flow import NOTHING, CatchClause, FunctionFlow, Node
from readylint.link.giving_up import gives_up
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

OnError = Literal["raised", "answered", "dropped", "unknown", "not-applicable"]
Logged = Literal["exception", "message", "printed", "no", "unknown", "not-applicable"]
WAITING = {"sleep", "wait", "pass"}


@dataclass(slots=True)
class HandlerBody:
    """The verdict on one `except` body."""

    on_error: OnError = "unknown"
    logged: Logged = "unknown"
    reraises: bool = False
    """It raises the same error again and does nothing else with it."""
    gives_up: bool = False
    """It tries again, and in the end lets the same error out."""
    waits: bool = False
    waits_longer: bool | None = None


def subtree(function: FunctionFlow, root: int) -> set[int]:
    """A context and all contexts inside it."""
    members = {root}
    for number in range(root + 1, len(function.contexts)):
        if function.contexts[number].parent in members:
            members.add(number)
    return members


class HandlerReader:
    """Reads `except` bodies with the logging evidence of the catalogue."""

    def __init__(self, resolver: Resolver, callees: Callees) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.logs = resolver.knowledge.first_evidence("logs")
        self._memo: dict[tuple[int, int, int], HandlerBody] = {}

    def read(self, at: Ref, clause: CatchClause, try_context: int) -> HandlerBody:
        """The body of one clause; `at` names the module and function."""
        key = (at.module, at.function, clause.context)
        known = self._memo.get(key)
        if known is None:
            known = self._memo[key] = self._read(at, clause, try_context)
        return known

    def _read(self, at: Ref, clause: CatchClause, try_context: int) -> HandlerBody:
        function = self.program.function(at)
        inside = subtree(function, clause.context)
        exits = [e for e in function.exits if e.context in inside]
        calls = [n for n in function.calls if function.nodes[n].context in inside]
        raises = [e for e in exits if e.kind == "raise"]
        # What raises is seen by somebody: functions that it calls need not be read for a log.
        body = HandlerBody(logged=self._logged(at, calls, depth=1 if raises else 0))
        self._waits(at, function, calls, body)
        body.gives_up = gives_up(function, clause, inside)
        if raises:
            body.on_error = "raised"
            only = len(raises) == len(exits) and clause.ends
            body.reraises = only and all(self._same_error(function, e.node, clause) for e in raises)
            return body
        if self._answers(at, function, clause, inside, calls):
            body.on_error = "answered"
        elif (
            body.logged != "no"
            or self._does_something(at, function, calls)
            or self._goes_on(function, clause, try_context)
        ):
            body.on_error = "unknown"
        else:
            body.on_error = "dropped"
        return body

    def _same_error(self, function: FunctionFlow, node: int, clause: CatchClause) -> bool:
        return node == NOTHING or function.nodes[node].op == "exc"

    def _logged(self, at: Ref, calls: list[int], depth: int = 0) -> Logged:
        levels = [self.log_level(at.sibling(number)) for number in calls]
        if depth == 0 and not any(levels):
            levels = [self._logged_inside(at.sibling(number)) for number in calls]
        order: tuple[Logged, ...] = ("exception", "message", "printed")
        return next((level for level in order if level in levels), "no")

    def _logged_inside(self, ref: Ref) -> str | None:
        """A function of the project that logs counts like the log itself."""
        for target in self.callees.of(ref).functions[:2]:
            flow = self.resolver.flow_of(target)
            found = self._logged(Ref(target.module, target.number, 0), flow.calls[:40], depth=1)
            if found != "no":
                return found
        return None

    def log_level(self, ref: Ref) -> str | None:
        """exception, message or printed when the call logs, else None. A metric counts as a message."""
        for rule in self.logs:
            if not self.callees.matches(ref, rule):
                continue
            if rule.level == "metric":
                return "message"
            if rule.level == "message":
                for keyword in rule.exception_argument:
                    if self.resolver.argument(ref, keyword) is not None:
                        return "exception"
                return "message"
            return str(rule.level)
        return None

    def _waits(self, at: Ref, function: FunctionFlow, calls: list[int], body: HandlerBody) -> None:
        for number in calls:
            node = function.nodes[number]
            if self.program.tail(at.module, function, node.args[0]) == "sleep":
                body.waits = True
                arguments = node.args[1]
                constant = bool(arguments) and function.nodes[arguments[0][1]].op == "const"
                body.waits_longer = not constant

    def _answers(
        self, at: Ref, function: FunctionFlow, clause: CatchClause, inside: set[int], calls: list[int]
    ) -> bool:
        """Whether anyone could see the failure other than in a log: a value, a message, a call that does something."""
        for leave in function.exits:
            if leave.context in inside and leave.kind == "return" and leave.node != NOTHING:
                if not self._empty(function, leave.node) or self._is_probe(function, leave.node, clause):
                    return True
        if any(s.context in inside and not self._empty(function, s.value) for s in function.stores):
            return True
        if any(function.nodes[n].context in inside for n in function.yields if not self._empty(function, n)):
            return True
        for values in function.bindings.values():
            for number in values:
                node = function.nodes[number]
                if node.context in inside and node.op not in ("exc", "import") and not self._empty(function, number):
                    return True
        for number in calls:
            ref = at.sibling(number)
            if number not in function.statements and not self._awaited_statement(function, number):
                continue
            callee = self.callees.of(ref)
            if self.log_level(ref) is None and callee.tail not in WAITING and (callee.functions or callee.is_sdk):
                return True
        return False

    def _does_something(self, at: Ref, function: FunctionFlow, calls: list[int]) -> bool:
        """It calls something that was not read: perhaps an alert, perhaps nothing."""
        for number in calls:
            ref = at.sibling(number)
            if number in function.statements or self._awaited_statement(function, number):
                if self.log_level(ref) is None and self.callees.of(ref).tail not in WAITING:
                    return True
        return False

    def _is_probe(self, function: FunctionFlow, number: int, clause: CatchClause) -> bool:
        """`return True` in the try and `return False` in the handler: the answer is whether it works."""
        if function.nodes[number].op != "const" or function.nodes[number].args[0] is not False:
            return False
        owner = function.contexts[clause.context].owner
        tried = subtree(function, owner)
        return any(
            e.kind == "return"
            and e.node != NOTHING
            and function.nodes[e.node].op == "const"
            and function.nodes[e.node].args[0] is True
            for e in function.exits
            if e.context in tried
        )

    def _awaited_statement(self, function: FunctionFlow, number: int) -> bool:
        return any(function.nodes[s].op == "await" and function.nodes[s].args[0] == number for s in function.statements)

    def _empty(self, function: FunctionFlow, number: int) -> bool:
        node: Node = function.nodes[number]
        if node.op == "const":
            return not node.args[0]
        if node.op in ("list", "dict", "tuple", "set"):
            return all(self._empty(function, n) for n in node.args) if node.op != "dict" else not node.args
        return False

    def _goes_on(self, function: FunctionFlow, clause: CatchClause, try_context: int) -> bool:
        """The handler falls through (or continues) to code that may raise or answer: another try, a fallback."""
        if clause.ends and not self._continues(function, clause):
            return False
        after = function.contexts[clause.context].end
        around = {n for n, c in function.ancestors(function.contexts[try_context].parent)}
        for leave in function.exits:
            if leave.start > after and leave.context in around | subtree(function, min(around)):
                if leave.kind == "raise" or (
                    leave.kind == "return"
                    and leave.node != NOTHING
                    and not self._bound_before(function, leave.node, try_context)
                ):
                    return True
        loops = [n for n in around if function.contexts[n].kind in ("for", "while")]
        if not loops or not self._continues(function, clause):
            return False
        inside = subtree(function, max(loops))
        handler = subtree(function, clause.context)
        whiles = function.contexts[max(loops)].kind == "while"
        return whiles or any(e.kind in ("return", "break") and e.context in inside - handler for e in function.exits)

    def _continues(self, function: FunctionFlow, clause: CatchClause) -> bool:
        inside = subtree(function, clause.context)
        if any(e.kind == "continue" for e in function.exits if e.context in inside):
            return True
        return not clause.ends and any(
            function.contexts[n].kind in ("for", "while") for n, _ in function.ancestors(clause.context)
        )

    def _bound_before(self, function: FunctionFlow, number: int, try_context: int) -> bool:
        """The value returned later was set before or inside the try: nothing new is answered."""
        node = function.nodes[number]
        if node.op == "union":
            return True
        return self._empty(function, number) or node.start < function.contexts[try_context].end
