"""Evidence that a concern is handled: breakers, limiters, caches and the like that are in force, not only imported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from readylint.catalogue import UseRule
from readylint.link.comparisons import Comparisons
from readylint.link.module_attributes import assigned_values
from readylint.values import External, Made, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.calls import ModelCall
    from readylint.link.effective import Effective
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver

Function = tuple[int, int]
OWN = "cache"
"""What projects write for themselves and is in force where it is asked; a limiter may be asked and stop nothing."""


@dataclass(slots=True, frozen=True)
class Control:
    """One control at one place. `function` is what it stands around; None for one that holds for the whole program."""

    category: str
    library: str
    in_force: bool
    at: Ref
    function: Function | None = None


class Controls:
    """Finds the controls of the catalogue's evidence."""

    def __init__(self, resolver: Resolver, effective: Effective, callees: Callees, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.effective = effective
        self.callees = callees
        self.entries = entries
        self._found: list[Control] | None = None
        roots = self.program.import_roots()
        self.rules: list[tuple[str, UseRule]] = [
            (file.category, rule)
            for file in resolver.knowledge.evidence
            for rule in file.uses
            if rule.argument or rule.base_urls or any(name.split(".")[0] in roots for name in _names(rule))
        ]

    def find(self, calls: Iterable[ModelCall]) -> list[Control]:
        """All controls; of a library that is only made and never used, the places where it is made."""
        # A control is made and used in files that are read for their calls: nothing more is parsed for it.
        if self._found is None:
            with self.resolver.mode(loading=False):
                self._found = self._find(list(calls))
        return self._found

    def _find(self, known: list[ModelCall]) -> list[Control]:
        used = [c for category, rule in self.rules for c in self._in_force(category, rule, known)]
        used += [*self._compared(), *self._asked(known)]
        libraries = {(c.category, c.library) for c in used}
        made = [
            Control(category, rule.library, False, at)
            for category, rule in self.rules
            if (category, rule.library) not in libraries
            for at in self._calls_of(rule.make)
        ]
        return list(dict.fromkeys([*used, *made]))

    def _asked(self, calls: list[ModelCall]) -> Iterator[Control]:
        """What functions on the way to a model call ask by a name that tells what it is: `self.cache.get(key)`."""
        patterns = [
            (e.category, re.compile(e.around))
            for e in self.resolver.knowledge.evidence
            if e.around and e.category == OWN
        ]
        ways = {f: None for c in calls for f in self.entries.ways(c.ref.module, c.ref.function).functions}
        for module, number in ways:
            function = self.program.modules[module].functions[number]
            for category, pattern in patterns:
                for node in (*function.attributes, *function.calls):
                    base = function.nodes[function.nodes[node].args[0]]
                    if base.op in ("name", "attr", "param", "import") and pattern.search(str(base.args[-1])):
                        yield Control(category, "own", True, Ref(module, number, node), (module, number))
                        break

    def _compared(self) -> Iterator[Control]:
        """What the project compares by itself: what was spent with what may be spent."""
        for file in self.resolver.knowledge.evidence:
            if file.compared is not None:
                for at in Comparisons(self.program, file.compared).find():
                    yield Control(file.category, "own", True, at, (at.module, at.function))

    def reaches(self, control: Control, call: ModelCall) -> bool:
        """Whether the control stands around the call: in its function or in one above it."""
        if control.function is None:
            return control.in_force
        return control.function in self.entries.ways(call.ref.module, call.ref.function).functions

    def _in_force(self, category: str, rule: UseRule, calls: list[ModelCall]) -> Iterator[Control]:
        def around(at: Ref) -> Control:
            return Control(category, rule.library, True, at, (at.module, at.function))

        for at in self._calls_of(rule.initialise):
            yield Control(category, rule.library, True, at)
        for name in rule.assign:
            for at in assigned_values(self.resolver, name):
                yield Control(category, rule.library, True, at)
        for at in self._calls_of([*rule.function, *rule.manager]):
            yield around(at)
        for at in self._calls_of([f"{name}.{method}" for name in rule.make for method in rule.use]):
            yield around(at)
        yield from self._decorating(category, rule)
        yield from self._entered(category, rule)
        for call in calls:
            if self._switched_on(call, rule):
                yield around(call.ref)

    def _calls_of(self, names: list[str]) -> list[Ref]:
        """Calls of these names, methods of made objects included (`pybreaker.CircuitBreaker.call`)."""
        wanted = set(names)
        tails = {name.rsplit(".", 1)[-1] for name in wanted}
        calls = [call for tail in sorted(tails) for call in self.program.calls_by_tail.get(tail, ())]
        return [call for call in calls if self.callees.of(call).names & wanted]

    def _decorating(self, category: str, rule: UseRule) -> Iterator[Control]:
        """`@circuit`, `@breaker`, `@limiter.limit("5/minute")`."""
        names = {*rule.decorator, *(f"{name}.{method}" for name in rule.make for method in rule.use)}
        if not names and not rule.make:
            return
        for at, target, decorated in self._decorations:
            values = self.resolver.values(target)
            named = {v.name.replace("()", "") for v in values if isinstance(v, External)}
            if named & names or self._is_made(at, rule.make):
                yield Control(category, rule.library, True, at, decorated)

    @cached_property
    def _decorations(self) -> list[tuple[Ref, Ref, Function]]:
        """Every decorator, what is called in it, and the function that it decorates."""
        return [
            (at, target, (index, function.number))
            for index, function in self.program.all_functions()
            for at, target in self.program.decorations(index, function)
        ]

    @cached_property
    def _managers(self) -> list[Ref]:
        """Every expression that a `with` enters."""
        return [
            Ref(index, function.number, number)
            for index, function in self.program.all_functions()
            for context in function.contexts
            if context.kind == "with"
            for number in context.nodes
        ]

    def _is_made(self, at: Ref, names: list[str]) -> bool:
        return any(isinstance(v, Made) and v.name in names for v in self.resolver.values(at))

    def _entered(self, category: str, rule: UseRule) -> Iterator[Control]:
        """`with breaker:` and `async with limiter:` around something."""
        for at in self._managers if rule.make else ():
            if self._is_made(at, rule.make):
                yield Control(category, rule.library, True, at, (at.module, at.function))

    def _switched_on(self, call: ModelCall, rule: UseRule) -> bool:
        """By a keyword of the call or of its client, or by the host that the client talks to."""
        places = [call.argument_call, *(o.made for o in call.objects)]
        for place in places:
            if place is not None and any(self.effective.reader.path(place, path).refs for path in rule.argument):
                return True
        if not rule.base_urls:
            return False
        urls = [r.value for r in self.effective.readings(call, "base_url") if isinstance(r.value, str)]
        return any(part in url for url in urls for part in rule.base_urls)


def _names(rule: UseRule) -> list[str]:
    return [*rule.initialise, *rule.make, *rule.decorator, *rule.manager, *rule.function, *rule.assign]
