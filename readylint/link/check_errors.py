"""Whether the error of a schema check, or of the parse before it, is caught by anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.catalogue import ValidateRule
from readylint.flow import NOTHING, FunctionFlow
from readylint.link.answer_state import TEXT, WEAK, AnswerUse, PartUse
from readylint.link.calls import ModelCall
from readylint.values import ClassValue, External, Ref

if TYPE_CHECKING:
    from readylint.link.answer_checks import AnswerChecks
    from readylint.link.exceptions import Caught
    from readylint.link.guards import Guards

FAMILY = frozenset({
    "Exception", "BaseException", "ValueError", "ValidationError", "JSONDecodeError", "YAMLError", "SyntaxError",
    "SchemaError", "MsgspecError", "DecodeError", "OutputParserException", "ParserError",
})  # fmt: skip
"""Classes that parses and checks raise, and their bases."""
NOTHING_THERE = frozenset({"Exception", "BaseException", "AttributeError", "TypeError"})
"""Classes that a method, an item or a parse of None raises, and their bases."""
DEPTH = 8


class CheckErrors:
    """Asks upwards from each check; three-valued: what cannot be told is None."""

    def __init__(self, checks: AnswerChecks, guards: Guards) -> None:
        self.checks = checks
        self.program = checks.program
        self.entries = checks.entries
        self.guards = guards
        self.silent: list[ValidateRule] = [r for r in checks.validates if not r.raises]
        self._family = FAMILY
        self._memo: dict[tuple[int, int, int], bool | None] = {}
        self._active: set[tuple[int, int]] = set()

    def of(self, call: ModelCall, use: AnswerUse) -> tuple[str, Ref | None]:
        """What becomes of the errors of the checks of one answer, and the first place that nothing catches."""
        places = {p.ref for p in use.parses.values() if not p.superseded and p.how not in WEAK and p.ref != call.ref}
        places = {at for at in places if not self._is_own(at)}
        places |= {at for at in use.checked_at if not self._is_silent(at)}
        found = {at: self.caught(at, call) for at in sorted(places)}
        bare = [at for at, known in found.items() if known is False]
        if bare:
            return "uncaught", bare[0]
        if not found:
            return "none", None
        return ("caught" if all(found.values()) else "unknown"), None

    def _is_own(self, at: Ref) -> bool:
        """`json.loads(json.dumps(...))` takes apart what the program wrote."""
        node = self.program.node(at)
        given = self.program.node(at.sibling(node.args[1][0][1])) if node.op == "call" and node.args[1] else None
        if given is None or given.op != "call":
            return False
        return self.program.tail(at.module, self.program.function(at), given.args[0]) == "dumps"

    def of_nothing(self, call: ModelCall, use: AnswerUse) -> bool | None:
        """Whether some use of the text raises when there is none, and that error is caught."""
        self._family = NOTHING_THERE
        try:
            known: bool | None = False
            for user in {p.user for p in use.parts if self._raises_on_none(p)}:
                caught = self.caught(user, call)
                if caught:
                    return True
                known = None if caught is None else known
            return known
        finally:
            self._family = FAMILY

    def _raises_on_none(self, part: PartUse) -> bool:
        """A method of the text, a part of it, or a parse."""
        if part.state.label != TEXT or part.state.fields:
            return False
        node = self.program.node(part.user)
        if node.op == "call" and node.args[0] != part.ref.node:
            return self.checks.is_parse(self.checks.callees.of(part.user))
        if node.op == "call":
            return self.program.node(part.ref).op == "attr"
        return node.op == "item" and node.args[0] == part.ref.node

    def _is_silent(self, at: Ref) -> bool:
        """A check that answers instead of raising: `is_valid`."""
        callee = self.checks.callees.of(at)
        for rule in self.silent:
            if callee.names & set(rule.function):
                return True
            for name in callee.names:
                owner, _, method = name.rpartition(".")
                if owner in (*rule.instance_of, *rule.subclass_of) and (method in rule.method or not rule.method):
                    return True
        return False

    def caught(self, at: Ref, call: ModelCall, depth: int = 0) -> bool | None:
        """Whether an error that leaves a node is caught."""
        function = self.program.function(at)
        inside = self._in_function(at, function)
        if inside is True:
            return True
        above = self._above(at.module, function, call, depth)
        if above is True:
            return True
        return None if inside is None or above is None else False

    def _in_function(self, at: Ref, function: FunctionFlow) -> bool | None:
        open_end = False
        for number, around in function.ancestors(function.nodes[at.node].context):
            if around.kind == "with":
                known = self._managed(at, around.nodes)
                if known:
                    return True
                open_end = open_end or known is None
            for clause in around.clauses if around.kind == "try" else ():
                types = at.sibling(clause.types) if clause.types != NOTHING else None
                known = self._covers(self.guards.exceptions.caught(types))
                if known is not False:
                    body = self.guards.handlers.read(at.sibling(0), clause, number)
                    if body.on_error == "raised" and body.reraises:
                        continue
                if known:
                    return True
                open_end = open_end or known is None
        return None if open_end else False

    def _covers(self, caught: Caught) -> bool | None:
        if {name.strip("<>").rsplit(".", 1)[-1] for name in caught.names} & self._family:
            return True
        return None if caught.unknown else False

    def _managed(self, at: Ref, managers: tuple[int, ...]) -> bool | None:
        """`with suppress(ValueError)`; a manager of the project may catch too."""
        for number in managers:
            manager = at.sibling(number)
            if self.program.node(manager).op != "call":
                continue
            callee = self.checks.callees.of(manager)
            if callee.tail == "suppress":
                return True
            if callee.functions or callee.classes:
                return None
        return False

    def _above(self, module: int, function: FunctionFlow, call: ModelCall, depth: int) -> bool | None:
        key, memo = (module, function.number), (module, function.number, len(self._family))
        if memo in self._memo:
            return self._memo[memo]
        if key in self._active or depth > DEPTH:
            return None
        self._active.add(key)
        found = self._outside(module, function, call, depth)
        self._active.discard(key)
        if not self._active:  # an answer inside another question may have been cut short for it
            self._memo[memo] = found
        return found

    def _outside(self, module: int, function: FunctionFlow, call: ModelCall, depth: int) -> bool | None:
        if function.number == 0:
            return False
        entry = self.entries.of(module, function)
        if entry is not None:
            if entry.rule.catches_all or self.guards.frameworks.own_handler(module, function, call) is not None:
                return True
            return self._retried(module, function) or self._handled(entry.framework)
        if self._wrapped(module, function):
            return None
        sites, complete = self.entries.sites(module, function)
        if not sites and self._is_method_of_library(module, function):
            return None
        found = [self.caught(s.ref, call, depth + 1) if not s.deferred else None for s in sites]
        if False in found:
            return False
        return None if None in found or not complete else bool(found)

    def _handled(self, framework: str) -> bool | None:
        """The framework has a handler for such errors."""
        known: bool | None = False
        for handler in self.entries.error_handlers:
            if handler.framework != framework:
                continue
            covers = True if handler.errors is None else self._covers(self.guards.exceptions.caught(handler.errors))
            if covers:
                return True
            known = None if covers is None else known
        return known

    def _retried(self, module: int, function: FunctionFlow) -> bool:
        """A queue that runs the task again."""
        entry = self.entries.of(module, function)
        errors = entry.rule.retries.get("errors") if entry is not None and entry.kind == "task" else None
        if entry is None or errors is None or entry.at is None or self.program.node(entry.at).op != "call":
            return False
        given = [self.checks.resolver.argument(entry.at, keyword) for keyword in errors.at]
        return any(g is not None and self._covers(self.guards.exceptions.caught(g)) for g in given)

    def _wrapped(self, module: int, function: FunctionFlow) -> bool:
        """Something is laid around the function that may catch or try again."""
        for _, target in self.program.decorations(module, function):
            values = self.checks.resolver.values(target)
            names = [v.name.replace("()", "") for v in values if isinstance(v, External)]
            if not names or any(n.split(".")[0] not in self.guards.decorators.plain for n in names):
                return True
        return False

    def _is_method_of_library(self, module: int, function: FunctionFlow) -> bool:
        """A method that the library calls whose class it extends."""
        if function.owner == NOTHING:
            return False
        bases = self.checks.resolver.classes.bases(ClassValue(module, function.owner))[1]
        return bool(set(bases) - {"object"})
