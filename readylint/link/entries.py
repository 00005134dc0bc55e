"""Entry points: web and bot handlers, queue tasks, error handlers; and the ways up from a call to them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from readylint.catalogue import EntryRule, Framework
from readylint.flow import NOTHING, FunctionFlow
from readylint.link.callers import CallSite
from readylint.values import ClassValue, External, FunctionValue, Ref

if TYPE_CHECKING:
    from collections.abc import Callable

    from readylint.facts import Role
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

WAYS_LIMIT = 400
POSSIBLE_LIMIT = 12
"""More calls on unknown objects than this say that the name is anybody's."""
SPREADS = 2
"""Dicts inside dicts of arguments that are looked into for the function."""


@dataclass(slots=True)
class Entry:
    """A function that a framework calls."""

    kind: Literal["handler", "task"]
    framework: str
    rule: EntryRule
    at: Ref | None
    """The decorator or registration."""


@dataclass(slots=True)
class ErrorHandler:
    """A function that a framework calls for errors of the given classes."""

    framework: str
    rule: EntryRule
    errors: Ref | None
    at: Ref


@dataclass(slots=True)
class Ways:
    """All functions from which a call can be reached."""

    functions: list[tuple[int, int]] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    complete: bool = True


class Entries:
    """Finds entry points with the framework files of the catalogue."""

    def __init__(self, resolver: Resolver, callees: Callees, role_of: Callable[[str], Role]) -> None:
        self.role_of = role_of
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.frameworks = resolver.knowledge.frameworks
        self.error_handlers: list[ErrorHandler] = []
        self._registered: dict[tuple[int, int], Entry] = {}
        self._memo: dict[tuple[int, int], Entry | None] = {}
        self._aside: dict[int, bool] = {}
        self._ways: dict[tuple[int, int], Ways] = {}
        for framework in self.frameworks:
            self._find_registrations(framework)
            self._find_listed(framework)
            self._find_error_handlers(framework)

    def of(self, module: int, function: FunctionFlow) -> Entry | None:
        """The entry point that a function is, if it is one."""
        key = (module, function.number)
        if key not in self._memo:
            self._memo[key] = self._registered.get(key) or self._decorated(module, function)
        return self._memo[key]

    def _decorated(self, module: int, function: FunctionFlow) -> Entry | None:
        names = self._decorators(module, function)
        for framework in self.frameworks:
            for kind, rules in (("handler", framework.handlers), ("task", framework.tasks)):
                for rule in rules:
                    at = self._matches(module, function, rule, names)
                    if at is not None:
                        return Entry("handler" if kind == "handler" else "task", framework.framework, rule, at)
        return None

    def _decorators(self, module: int, function: FunctionFlow) -> dict[str, Ref]:
        names: dict[str, Ref] = {}
        for at, target in self.program.decorations(module, function):
            for value in self.resolver.values(target):
                if isinstance(value, External):
                    names[value.name.replace("()", "")] = at
        return names

    def _matches(self, module: int, function: FunctionFlow, rule: EntryRule, names: dict[str, Ref]) -> Ref | None:
        if rule.script and function.number == 0:
            return Ref(module, 0, 0) if self._imports(module, rule) else None
        for name in rule.decorator:
            if name in names:
                return names[name]
        if not rule.register:
            for owner in rule.decorator_of:
                for method in rule.methods:
                    found = names.get(f"{owner}.{method}")
                    if found is not None:
                        return found
        if rule.subclass_of and function.owner != NOTHING and function.name in rule.methods:
            if self.resolver.classes.inherits(ClassValue(module, function.owner), set(rule.subclass_of)):
                return Ref(module, max(function.parent, 0), 0)
        return None

    def _imports(self, module: int, rule: EntryRule) -> bool:
        roots = {f.imports[0] for f in self.frameworks if rule in f.handlers and f.imports}
        body = self.program.modules[module].functions[0]
        return any(body.nodes[n].args[0].split(".")[0] in roots for n in body.imports)

    def _find_registrations(self, framework: Framework) -> None:
        for kind, rules in (("handler", framework.handlers), ("task", framework.tasks)):
            for rule in rules:
                if not rule.register:
                    continue
                wanted = {f"{o}.{m}" for o in rule.decorator_of for m in rule.methods}
                wanted |= set(rule.decorator) | (set(rule.decorator_of) if not rule.methods else set())
                wanted = {w for w in wanted if w.split(".")[0] in self.program.import_roots()}
                for tail in {w.rsplit(".", 1)[-1] for w in wanted}:
                    for call in list(self.program.calls_by_tail.get(tail, ())):
                        if means(self.callees.of(call).names, wanted):
                            entry = Entry("handler" if kind == "handler" else "task", framework.framework, rule, call)
                            self._register(call, rule, entry)

    def _find_listed(self, framework: Framework) -> None:
        """Functions that a class attribute lists: `functions = [ask]` of the settings of a worker."""
        roots = {i.split(".")[0] for i in framework.imports}
        for rule in framework.tasks if self.program.import_roots() & roots else ():
            for index, module in enumerate(self.program.modules) if rule.listed_in else ():
                body = module.functions[0]
                if not any(str(body.nodes[n].args[0]).split(".")[0] in roots for n in body.imports):
                    continue
                for name, flow in ((n, c) for c in module.classes for n in rule.listed_in if n in c.bindings):
                    for at in (Ref(index, flow.owner, n) for n in flow.bindings[name]):
                        self._register_listed(at, Entry("task", framework.framework, rule, at))

    def _register_listed(self, at: Ref, entry: Entry) -> None:
        node = self.program.node(at)
        for number in node.args if node.op in ("list", "tuple") else ():
            for value in self.resolver.values(at.sibling(number)):
                if isinstance(value, FunctionValue):
                    self._registered.setdefault((value.module, value.number), entry)

    def _register(self, call: Ref, rule: EntryRule, entry: Entry) -> None:
        for position, (keyword, number) in enumerate(self.program.node(call).args[1]):
            if rule.callable is None or rule.callable in (position, keyword):
                self._register_function(call.sibling(number), entry)
            elif keyword == "**" and isinstance(rule.callable, str):
                for ref in self.resolver.reader.keyword(call, rule.callable, None, SPREADS).refs:
                    self._register_function(ref, entry)

    def _register_function(self, ref: Ref, entry: Entry) -> None:
        for value in self.resolver.values(ref):
            if isinstance(value, FunctionValue):
                self._registered[value.module, value.number] = entry

    def _find_error_handlers(self, framework: Framework) -> None:
        for rule in framework.error_handlers:
            tails = {*rule.methods, *(d.rsplit(".", 1)[-1] for d in rule.decorator)}
            for index, function in list(self.program.all_functions()):
                if not self._decorated_with(index, function, tails):
                    continue
                at = self._matches(index, function, rule, self._decorators(index, function))
                if at is not None:
                    self._add_error_handler(framework, rule, at)
            wanted = {f"{o}.{m}" for o in rule.decorator_of for m in rule.methods} if rule.register else set()
            for method in rule.methods if rule.register else ():
                for call in list(self.program.calls_by_tail.get(method, ())):
                    if means(self.callees.of(call).names, wanted):
                        self._add_error_handler(framework, rule, call)

    def _decorated_with(self, module: int, function: FunctionFlow, tails: set[str]) -> bool:
        """A quick look at the last names of the decorators, before anything is resolved."""
        return any(
            self.program.tail(module, self.program.function(target), target.node) in tails
            for _, target in self.program.decorations(module, function)
        )

    def _add_error_handler(self, framework: Framework, rule: EntryRule, at: Ref) -> None:
        errors = None
        if self.program.node(at).op == "call":
            position = rule.errors if isinstance(rule.errors, int) else None
            errors = self.resolver.argument(at, str(rule.errors), position)
        self.error_handlers.append(ErrorHandler(framework.framework, rule, errors, at))

    # upwards ---------------------------------------------------------------------------------------------------

    def sites(self, module: int, function: FunctionFlow) -> tuple[list[CallSite], bool]:
        """The places that run a function, and whether they are all there are. Tests do not count for the app."""
        found = self.resolver.callers.of(module, function.number)
        if self._is_aside(module):
            return found.sites, found.complete
        return [s for s in found.sites if not self._is_aside(s.ref.module)], found.complete

    def possible_sites(self, module: int, function: FunctionFlow) -> list[CallSite] | None:
        """Calls on unknown objects that may mean the function, where nothing else may; None where something may."""
        found = self.resolver.callers.of(module, function.number)
        if found.elsewhere or not found.possible or len(found.possible) > POSSIBLE_LIMIT:
            return None
        return [s for s in found.possible if self._is_aside(module) or not self._is_aside(s.ref.module)]

    def _is_aside(self, module: int) -> bool:
        known = self._aside.get(module)
        if known is None:
            role = self.role_of(self.program.modules[module].path)
            known = self._aside[module] = role in ("test", "eval", "example", "docs")
        return known

    def ways(self, module: int, number: int) -> Ways:
        """Everything above a function, breadth first."""
        known = self._ways.get((module, number))
        if known is not None:
            return known
        result = Ways()
        pending = deque([(module, number)])
        seen = {(module, number)}
        while pending and len(seen) < WAYS_LIMIT:
            at = pending.popleft()
            result.functions.append(at)
            function = self.program.modules[at[0]].functions[at[1]]
            entry = self.of(at[0], function)
            if entry is not None:
                result.entries.append(entry)
                continue
            sites, complete = self.sites(at[0], function)
            result.complete = result.complete and complete
            for site in sites:
                key = (site.ref.module, site.ref.function)
                if key not in seen:
                    seen.add(key)
                    pending.append(key)
        self._ways[module, number] = result
        return result

    def reached_from(self, module: int, number: int, kind: str) -> bool | None:
        """Whether a handler or task reaches the function; None when callers are missing."""
        ways = self.ways(module, number)
        if any(e.kind == kind for e in ways.entries):
            return True
        return False if ways.complete else None


def means(names: Iterable[str], wanted: set[str]) -> bool:
    """Whether one of the names is wanted; `*` in a wanted name stands for calls of a builder in between."""
    found = set(names)
    if found & wanted:
        return True
    return any(fnmatchcase(name, pattern) for pattern in wanted if "*" in pattern for name in found)
