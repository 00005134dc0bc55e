"""Semaphores, limiters and pools: which stand around a place, and how many they let run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from readylint.catalogue import LimiterRule
from readylint.flow import FunctionFlow
from readylint.values import Const, Environment, External, FunctionValue, Made, ObjectValue, Ref, Value

if TYPE_CHECKING:
    from readylint.link.arguments import ArgumentReader
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

ENTER = ("__aenter__", "__enter__")


@dataclass(frozen=True, slots=True)
class Limiter:
    """A limiter that stands around a place. `made` is the call that builds it, where that was found."""

    number: int | None
    made: Ref | None


class Limiters:
    """Finds limiters with the rules of the catalogue."""

    def __init__(self, resolver: Resolver, callees: Callees, reader: ArgumentReader) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.reader = reader
        rules = [rule for f in resolver.knowledge.frameworks for rule in f.limiters]
        self.makers = {name: rule for rule in rules for name in rule.make}
        self.decorators = {name for rule in rules for name in rule.decorator}
        self.acquiring = {name for rule in rules for name in rule.acquire}
        self.named = [re.compile(rule.receiver) for rule in rules if rule.receiver]
        self._memo: dict[tuple[int, int, int], list[Limiter]] = {}
        self._acquires: dict[tuple[int, int], list[int]] = {}

    def around(self, ref: Ref) -> list[Limiter]:
        """The limiters around a node inside its function: `with`, an `acquire` before it, decorators."""
        function = self.program.function(ref)
        context = function.nodes[ref.node].context
        key = (ref.module, ref.function, context)
        if key not in self._memo:
            found = [
                limiter
                for _, around in function.ancestors(context)
                if around.kind == "with"
                for number in around.nodes
                for limiter in self._entered(ref.sibling(number))
            ]
            self._memo[key] = [*found, *self._decorating(ref, function)]
        return [*self._memo[key], *self._acquired(ref, function)]

    def _entered(self, ref: Ref, depth: int = 1) -> list[Limiter]:
        """What a `with` over the node waits for."""
        values = self.resolver.values(ref)
        found = [x for v in values if (x := self._limiter(v)) is not None]
        if found:
            return found
        node = self.program.node(ref)
        if depth and node.op == "call":
            for target in self.callees.of(ref).functions:
                found += self._around_yield(target)
        for value in values:
            if isinstance(value, ObjectValue) and depth:
                for name in ENTER:
                    method = self.resolver.classes.method(value.cls, name)
                    if method is not None:
                        flow = self.resolver.flow_of(method)
                        at = Ref(method.module, method.number, 0)
                        found += [x for n in flow.calls for x in self._acquire_call(at.sibling(n))]
        known = any(isinstance(v, ObjectValue | Made | External) for v in values)
        return found or ([] if known else self._by_name(ref))

    def _around_yield(self, value: FunctionValue) -> list[Limiter]:
        """A context manager written as a generator: the limiters around its `yield`."""
        flow = self.resolver.flow_of(value)
        number = next((n for n, node in enumerate(flow.nodes) if node.op == "yield"), None)
        if number is None:
            return []
        at = Ref(value.module, value.number, number)
        managers = [n for _, c in flow.ancestors(flow.nodes[number].context) if c.kind == "with" for n in c.nodes]
        return [*(x for n in managers for x in self._entered(at.sibling(n), 0)), *self._acquired(at, flow)]

    def _by_name(self, ref: Ref) -> list[Limiter]:
        """An object of a type that cannot be told, which is called a semaphore."""
        written = self.program.written(ref)
        return [Limiter(None, None)] if any(p.search(written) for p in self.named) else []

    def _limiter(self, value: Value) -> Limiter | None:
        name = value.name.replace("()", "") if isinstance(value, Made | External) else ""
        rule = self.makers.get(name)
        if rule is None and isinstance(value, Made):
            # `async with limiter.limit():` and the like
            owner, _, method = name.rpartition(".")
            rule = self.makers.get(owner) if method in self.acquiring else None
            return Limiter(None, None) if rule is not None and not rule.pool else None
        if rule is None or rule.pool:
            return None
        made = value.ref if isinstance(value, Made) else None
        return Limiter(self.number(rule, made), made)

    def number(self, rule: LimiterRule, made: Ref | None) -> int | None:
        """How many a limiter lets run."""
        if made is None or (not rule.number.at and rule.number.position is None):
            return rule.default
        given = self.reader.find(made, rule.number)
        numbers: list[int] = []
        for ref in given.refs:
            for value in self.resolver.values(ref):
                literal = self.resolver.fallback(value) if isinstance(value, Environment) else value
                if not isinstance(literal, Const):
                    return None
                number = rule.default if literal.value is None else literal.value
                if not isinstance(number, int | float):
                    return None
                numbers.append(int(number))
        if numbers:
            return max(numbers)
        return None if given.refs or given.unknown else rule.default

    def _acquired(self, ref: Ref, function: FunctionFlow) -> list[Limiter]:
        """`await semaphore.acquire()` before the node, on the way to it."""
        key = (ref.module, ref.function)
        calls = self._acquires.get(key)
        if calls is None:
            calls = self._acquires[key] = [n for n in function.calls if self._is_acquire(function, n)]
        if not calls:
            return []
        node = function.nodes[ref.node]
        on_way = {number for number, _ in function.ancestors(node.context)}
        entered = {n for c in on_way for n in function.contexts[c].nodes}
        found: list[Limiter] = []
        for number in calls:
            call = function.nodes[number]
            # The body of a `try` is on the way to what follows it.
            passed = call.context in on_way or function.contexts[call.context].kind == "try"
            if call.start < node.start and passed and number not in entered:
                found += self._acquire_call(ref.sibling(number))
        return found

    def _is_acquire(self, function: FunctionFlow, number: int) -> bool:
        target = function.nodes[function.nodes[number].args[0]]
        return target.op == "attr" and target.args[1] in self.acquiring

    def _acquire_call(self, call: Ref) -> list[Limiter]:
        function = self.program.function(call)
        if not self._is_acquire(function, call.node):
            return []
        target = function.nodes[function.nodes[call.node].args[0]]
        holder = call.sibling(target.args[0])
        values = self.resolver.values(holder)
        found = [x for v in values if (x := self._limiter(v)) is not None]
        known = any(isinstance(v, ObjectValue | Made | External) for v in values)
        return found or ([] if known or target.args[1] != "acquire" else self._by_name(holder))

    def _decorating(self, ref: Ref, function: FunctionFlow) -> list[Limiter]:
        for at, target in self.program.decorations(ref.module, function):
            for value in (*self.resolver.values(target), *self.resolver.values(at)):
                if isinstance(value, External | Made) and value.name.replace("()", "") in self.decorators:
                    return [Limiter(None, None)]
                if isinstance(value, FunctionValue):
                    inside = self._of_decorator(value)
                    if inside:
                        return inside
        return []

    def _of_decorator(self, decorator: FunctionValue) -> list[Limiter]:
        """A decorator of the project that enters a limiter around the function."""
        for flow in self.program.modules[decorator.module].functions:
            if flow.parent in (decorator.number, *self._made_in(decorator)):
                for context in flow.contexts:
                    if context.kind == "with":
                        at = Ref(decorator.module, flow.number, 0)
                        found = [x for n in context.nodes for x in self._entered(at.sibling(n), 0)]
                        if found:
                            return found
        return []

    def _made_in(self, decorator: FunctionValue) -> list[int]:
        return [f.number for f in self.program.modules[decorator.module].functions if f.parent == decorator.number]

    # paper -----------------------------------------------------------------------------------------------------

    @cached_property
    def _entered_names(self) -> set[str]:
        """The last names of everything that a `with` enters, or that is acquired."""
        found: set[str] = set()
        for index, function in self.program.all_functions():
            holders = [n for c in function.contexts if c.kind == "with" for n in c.nodes]
            holders += [
                function.nodes[n].args[0] for n in function.attributes if function.nodes[n].args[1] in self.acquiring
            ]
            found.update(t for n in holders if (t := self.program.tail(index, function, n)) is not None)
        return found

    def unused(self, ref: Ref) -> bool:
        """Whether a limiter is made in the function around a node, or for its module or class, and never acquired."""
        places = {ref.function, 0}
        function = self.program.function(ref)
        for name in self._maker_tails:
            for call in self.program.calls_by_tail.get(name, ()):
                if call.module != ref.module:
                    continue
                owner = self.program.function(call).owner
                near = call.function in places or (owner == function.owner and owner >= 0)
                if near and any((rule := self.makers.get(n)) and not rule.pool for n in self.callees.of(call).names):
                    return not self._is_used(call)
        return False

    @cached_property
    def _maker_tails(self) -> list[str]:
        return sorted({name.rsplit(".", 1)[-1] for name, rule in self.makers.items() if not rule.pool})

    def _is_used(self, made: Ref) -> bool:
        """Whether something of its name is acquired, or it is given away, which may be to somebody who does."""
        function = self.program.function(made)
        names = {str(s.key) for s in function.stores if s.value == made.node and not s.item}
        names |= {name for name, values in function.bindings.items() if made.node in values}
        names |= {
            name
            for cls in self.program.modules[made.module].classes
            if cls.owner == made.function
            for name, values in cls.bindings.items()
            if made.node in values
        }
        users = self.program.users(made.module, made.function).get(made.node, ())
        given = any(function.nodes[u].op == "call" and made.node != function.nodes[u].args[0] for u in users)
        return given or not names or bool(names & self._entered_names)
