"""Checks of a parsed answer that some ways lead around: under a switch, or with an error that is swallowed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from readylint.flow import NOTHING, CatchClause, FunctionFlow
from readylint.link.answer_state import CHECKED, State
from readylint.values import Const, Ref

if TYPE_CHECKING:
    from readylint.link.answer_checks import AnswerChecks
    from readylint.link.callers import CallSite

NAMES = {"param", "name"}
CHECK_ERRORS = {"Exception", "BaseException", "ValueError", "ValidationError"}


@dataclass(frozen=True, slots=True)
class SkippedCheck:
    """A check of a node that does not happen on every way past it."""

    at: Ref
    """The test it stands under, or the check itself where its error is swallowed."""
    around: int
    """The context that holds it: an `if`, or a `try`."""
    start: int
    end: int


class AnswerBranches:
    """Finds the checks of each node that can be passed by."""

    def __init__(self, checks: AnswerChecks) -> None:
        self.checks = checks
        self.resolver = checks.resolver
        self.program = checks.program
        self._memo: dict[Ref, tuple[SkippedCheck, ...]] = {}

    def skipped(self, ref: Ref) -> tuple[SkippedCheck, ...]:
        """The checks of a node that do not dominate what stands behind them."""
        known = self._memo.get(ref)
        if known is None:
            function = self.program.function(ref)
            users = self.program.users(ref.module, ref.function).get(ref.node, ())
            found = [self._check(ref, function, u) for u in users if function.nodes[u].op == "call"]
            known = self._memo[ref] = tuple(c for c in found if c is not None)
        return known

    def _check(self, ref: Ref, function: FunctionFlow, user: int) -> SkippedCheck | None:
        call = function.nodes[user]
        if call.args[0] == ref.node or self.checks.validator(ref.sibling(user)) is None:
            return None
        for number, around in function.ancestors(call.context):
            if around.kind == "if" and around.nodes:
                if self._looks_at(function, around.nodes[0], ref.node):
                    return None
                return SkippedCheck(ref.sibling(around.nodes[0]), number, call.start, call.end)
            if around.kind == "try" and any(not c.ends and self._swallows(ref, c) for c in around.clauses):
                return SkippedCheck(ref.sibling(user), number, call.start, call.end)
            if around.kind not in ("with", "try", "body"):
                return None
        return None

    def _swallows(self, ref: Ref, clause: CatchClause) -> bool:
        types = ref.sibling(clause.types) if clause.types != NOTHING else None
        return bool(CHECK_ERRORS & {n.rsplit(".", 1)[-1] for n in self.checks.exceptions.caught(types).names})

    def _looks_at(self, function: FunctionFlow, test: int, number: int) -> bool:
        """Whether a test depends on the value: then it chooses among checks."""
        pending = [test]
        for one in pending:
            if one == number:
                return True
            pending += [c for c in function.children(one) if c not in pending]
        return False

    def passed_by(self, ref: Ref, context: int, start: int, user: int = NOTHING) -> Ref | None:
        """The check that a use of the node at a place gets past without, if there is one."""
        function = self.program.function(ref)
        for check in self.skipped(ref):
            if start <= check.end or self._is_within(function, context, check.around):
                continue
            if function.contexts[check.around].kind == "try" and self._in_handler(function, context, check.around):
                continue
            if user != NOTHING and function.nodes[user].op == "union" and self._replaced(function, user, ref, check):
                continue
            return check.at
        return None

    def _is_within(self, function: FunctionFlow, context: int, around: int) -> bool:
        return any(number == around for number, _ in function.ancestors(context))

    def _in_handler(self, function: FunctionFlow, context: int, owner: int) -> bool:
        return any(c.kind in ("handler", "else") and c.owner == owner for _, c in function.ancestors(context))

    def _replaced(self, function: FunctionFlow, union: int, ref: Ref, check: SkippedCheck) -> bool:
        """Where ways meet: the way around the check brings another value."""
        for other in function.nodes[union].args:
            context = function.nodes[other].context
            if other != ref.node and function.contexts[check.around].kind == "try":
                if self._in_handler(function, context, check.around):
                    return True
        return False

    def checked_for(self, site: CallSite, state: State, ref: Ref) -> State:
        """What a caller gets: when it gives what the check depends on, that was checked."""
        around = state.around
        if around is None or (around.module, around.function) != (ref.module, ref.function):
            return state
        if any(k in ("*", "**") for k, _ in self._arguments(site)):
            return replace(state, around=None)  # whether the check happens cannot be told
        return state.as_(CHECKED) if self._chosen_by(site, around) else state

    def _arguments(self, site: CallSite) -> tuple[tuple[str | None, int], ...]:
        node = self.program.node(site.ref)
        return node.args[1] if node.op == "call" else ()

    def _chosen_by(self, site: CallSite, at: Ref) -> bool:
        """Whether a caller gives the parameter on which the check depends, so that the check happens."""
        function = self.program.function(at)
        names = self._names(function, at.node)
        given = self.program.node(site.ref)
        if given.op != "call":
            return False
        for position, param in enumerate(p for p in function.params if p.kind != "star"):
            if param.name in names:
                shift = 1 if function.owner != NOTHING else 0
                argument = self.resolver.argument(site.ref, param.name, position - shift + site.shift)
                if argument is not None and not self._is_nothing(argument):
                    return True
        return False

    def _is_nothing(self, ref: Ref) -> bool:
        values = self.resolver.values(ref)
        return bool(values) and all(isinstance(v, Const) and not v.value for v in values)

    def _names(self, function: FunctionFlow, test: int) -> set[str]:
        found: set[str] = set()
        pending = [test]
        for one in pending:
            node = function.nodes[one]
            if node.op in NAMES:
                found.add(str(node.args[0]))
            pending += [c for c in function.children(one) if c not in pending]
        return found
