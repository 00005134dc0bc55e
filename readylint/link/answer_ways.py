"""Where a value goes from a node: into and out of functions, attributes, containers and names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from readylint.flow import NOTHING, Exit, FunctionFlow, Store
from readylint.link.answer_state import State
from readylint.link.answer_trail import Step
from readylint.link.components import Components
from readylint.link.flag_branches import FlagBranches
from readylint.link.kept_functions import KeptFunctions
from readylint.values import ClassValue, External, FunctionValue, ObjectValue, Ref

if TYPE_CHECKING:
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver

READS = 60
"""Reads of an attribute that are looked at."""


@dataclass(frozen=True, slots=True)
class FunctionPlaces:
    """Where the nodes of a function are used other than by nodes."""

    exits: dict[int, list[Exit]]
    stores: dict[int, list[Store]]
    tested: set[int]
    names: dict[int, list[str]]


class AnswerWays:
    """Gives the next nodes on a way."""

    def __init__(self, resolver: Resolver, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.entries = entries
        self.components = Components(resolver, entries)
        self.kept = KeptFunctions(resolver)
        self.flags = FlagBranches(resolver)
        self._places: dict[tuple[int, int], FunctionPlaces] = {}
        self._outer_names: dict[int, dict[str, list[Ref]]] = {}

    def places(self, module: int, function: FunctionFlow) -> FunctionPlaces:
        """Exits and stores by their node, tested nodes, and names by the nodes bound to them."""
        key = (module, function.number)
        known = self._places.get(key)
        if known is None:
            exits: dict[int, list[Exit]] = defaultdict(list)
            stores: dict[int, list[Store]] = defaultdict(list)
            names: dict[int, list[str]] = defaultdict(list)
            for leave in function.exits:
                exits[leave.node].append(leave)
            for store in function.stores:
                stores[store.value].append(store)
            for name, values in function.bindings.items():
                for value in values:
                    names[value].append(name)
            tested = {n for c in function.contexts if c.kind in ("if", "while", "assert", "match") for n in c.nodes}
            known = self._places[key] = FunctionPlaces(exits, stores, tested, names)
        return known

    # functions -------------------------------------------------------------------------------------------------

    def into(self, value: FunctionValue, call: Ref, argument: Ref, state: State, keyword: str | None) -> Iterator[Step]:
        """The parameters that take the argument of a call."""
        flow = self.resolver.flow_of(value)
        names: list[str] = []
        if keyword in ("*", "**"):
            names = [p.name for p in flow.params if p.name not in ("self", "cls")]
        else:
            name = self.resolver.callers.parameter_of(value, call, argument.node)
            names = [name] if name is not None else []
            if name is not None and not any(p.name == name for p in flow.params):
                names = [p.name for p in flow.params if p.kind == "double-star"]
        if not names:
            names = [p.name for p in flow.params if p.kind == "star"]
        inside = state.called(call)
        for name in names:
            yield from self.parameter(value, name, inside)

    def into_position(self, value: FunctionValue, call: Ref, position: int, state: State) -> Iterator[Step]:
        """The parameter at a position of a function that a library runs for the call."""
        flow = self.resolver.flow_of(value)
        params = [p.name for p in flow.params if p.kind in ("plain", "only-position")]
        position += 1 if value.bound and flow.owner != NOTHING else 0
        if position < len(params):
            yield from self.parameter(value, params[position], state.called(call))

    def into_receiver(self, value: FunctionValue, call: Ref, state: State) -> Iterator[Step]:
        """`self` of a method that is called on the object that keeps it."""
        flow = self.resolver.flow_of(value)
        if value.bound and flow.owner != NOTHING and flow.params:
            yield from self.parameter(value, flow.params[0].name, state.called(call))

    def parameter(self, value: FunctionValue, name: str, state: State) -> Iterator[Step]:
        """A parameter of a function."""
        flow = self.resolver.flow_of(value)
        number = next((i for i, n in enumerate(flow.nodes) if n.op == "param" and n.args[0] == name), None)
        if number is not None:
            yield Ref(value.module, value.number, number), state

    def overriding(self, functions: list[FunctionValue], call: Ref) -> list[FunctionValue]:
        """The functions, and those that subclasses put in the place of a method that is called on `self`."""
        target = self.program.node(call.sibling(self.program.node(call).args[0]))
        if target.op != "attr" or self.program.node(call.sibling(target.args[0])).op != "param":
            return functions
        found = list(functions)
        for value in functions:
            flow = self.resolver.flow_of(value)
            if value.bound and flow.owner != NOTHING:
                for sub in self.resolver.classes.subclasses(ClassValue(value.module, flow.owner)):
                    method = self.resolver.classes.method(sub, flow.name)
                    if method is not None and method not in found:
                        found.append(method)
        return found

    def through_decorators(self, module: int, function: FunctionFlow) -> list[Ref]:
        """The calls inside the project's decorators of a function that stand for calls of it."""
        found: list[Ref] = []
        for at, _ in self.program.decorations(module, function):
            for value in self.resolver.values(at):
                if isinstance(value, FunctionValue) and not value.bound:
                    found += self._calls_of_first(value)
        return found

    def _calls_of_first(self, decorator: FunctionValue) -> list[Ref]:
        """Calls of the first parameter of a decorator, in the functions that it makes."""
        flow = self.resolver.flow_of(decorator)
        if not flow.params:
            return []
        found: list[Ref] = []
        for inner in self.program.modules[decorator.module].functions:
            if inner.number == flow.number or not self.program.is_inside(decorator.module, inner, flow.number):
                continue
            for number in inner.calls:
                called = inner.nodes[inner.nodes[number].args[0]]
                if called.op == "union" and called.args:
                    called = inner.nodes[called.args[0]]
                if called.op == "name" and called.args[0] == flow.params[0].name:
                    found.append(Ref(decorator.module, inner.number, number))
        return found

    def constructed(
        self, cls: ClassValue, call: Ref, argument: Ref, state: State, keyword: str | None
    ) -> Iterator[Step]:
        """Into `__init__`, or into the field of a dataclass."""
        init = self.resolver.classes.method(cls, "__init__")
        if init is not None:
            bound = FunctionValue(init.module, init.number, bound=True)
            yield from self.into(bound, call, argument, state, keyword)
            return
        fields = list(self.resolver.classes.flow(cls).annotations)
        positions = [n for k, n in self.program.node(call).args[1] if k is None]
        place = positions.index(argument.node) if argument.node in positions else len(fields)
        name = keyword if keyword not in (None, "*", "**") else (fields[place] if place < len(fields) else None)
        if name is not None:
            yield call, state.into(name)

    # attributes, containers, names -----------------------------------------------------------------------------

    def owners(self, base: Ref) -> list[ObjectValue]:
        """The objects of the project that a node may be."""
        return [v for v in self.resolver.values(base) if isinstance(v, ObjectValue)]

    def attribute_reads(self, owner: ObjectValue, name: str, state: State, module: int) -> Iterator[Step]:
        """Reads of an attribute of the same class, anywhere."""
        near = replace(state, stack=())
        far = replace(near, far=True)
        for ref in self.program.references_by_tail.get(name, [])[:READS]:
            node = self.program.node(ref)
            if node.op != "attr":
                continue
            if any(self._same_class(b, owner) for b in self.owners(ref.sibling(node.args[0]))):
                yield ref, far if ref.module != module else near

    def _same_class(self, left: ObjectValue, right: ObjectValue) -> bool:
        classes = self.resolver.classes
        return right.cls in classes.bases(left.cls)[0] or left.cls in classes.bases(right.cls)[0]

    def into_dict(self, display: Ref, value: Ref, state: State) -> Iterator[Step]:
        """`{"text": answer}`: kept under the key; `{**answer}` is the same again."""
        for key, number in self.program.node(display).args:
            if number != value.node:
                continue
            if key == NOTHING:
                yield display, state
                continue
            keys = self.resolver.constants(display.sibling(key))
            if keys:
                yield display, state.into(str(keys[0]))

    def stored_under(self, base: Ref, key: Ref, state: State) -> Step:
        """`record["text"] = answer`: read again under the same key; an unknown key says nothing."""
        keys = self.resolver.constants(key)
        if not keys:
            return base, None
        return base, state.into(str(keys[0]) if isinstance(keys[0], str) else "[]")

    def same_name(self, base: Ref) -> list[Ref]:
        """Where functions of the module read the same name of the module."""
        node = self.program.node(base)
        if node.op != "name":
            return []
        return [r for r in self._names_of(base.module).get(str(node.args[0]), ()) if r.function != base.function]

    def _names_of(self, module: int) -> dict[str, list[Ref]]:
        """Reads of names of other scopes, by name."""
        known = self._outer_names.get(module)
        if known is None:
            known = self._outer_names[module] = defaultdict(list)
            for function in self.program.modules[module].functions:
                for number, node in enumerate(function.nodes):
                    if node.op == "name":
                        known[str(node.args[0])].append(Ref(module, function.number, number))
        return known

    def kept_by_library(self, base: Ref, key: str, state: State) -> Iterator[Step]:
        """Reads of what is kept under a key of a library's object: `st.session_state["quiz"]`."""
        owners = {v.name for v in self.resolver.values(base) if isinstance(v, External)}
        tail = self.program.tail(base.module, self.program.function(base), base.node)
        if not owners or tail is None:
            return
        for ref in [*self.program.references_by_tail.get(tail, ()), base][:READS]:
            if not any(isinstance(v, External) and v.name in owners for v in self.resolver.values(ref)):
                continue
            for user in self.program.users(ref.module, ref.function).get(ref.node, ()):
                node = self.program.node(ref.sibling(user))
                read = node.op == "attr" and node.args[1] == key
                if node.op == "item" and node.args[0] == ref.node:
                    read = key in self.resolver.constants(ref.sibling(node.args[1]))
                if read:
                    yield ref.sibling(user), replace(state, stack=())
                elif node.op == "attr" and node.args[1] in ("get", "pop"):
                    yield from self._asked_for(ref.sibling(user), key, state)

    def _asked_for(self, method: Ref, key: str, state: State) -> Iterator[Step]:
        """`st.session_state.get("quiz")`."""
        for user in self.program.users(method.module, method.function).get(method.node, ()):
            node = self.program.node(method.sibling(user))
            if node.op == "call" and node.args[0] == method.node and node.args[1]:
                if key in self.resolver.constants(method.sibling(node.args[1][0][1])):
                    yield method.sibling(user), replace(state, stack=())

    def bound(self, ref: Ref, state: State, function: FunctionFlow) -> Iterator[Step]:
        """Names through which nested functions, or the whole module, read the value."""
        names = self.places(ref.module, function).names.get(ref.node, [])
        node = function.nodes[ref.node]
        if node.op == "param":
            names = [*names, str(node.args[0])]
        if not names:
            return
        table = self._names_of(ref.module)
        for name in names:
            for other in table.get(name, ()):
                if other.function != ref.function and self._sees(other, function.number):
                    yield other, state

    def _sees(self, other: Ref, outer: int) -> bool:
        return outer == 0 or self.program.is_inside(other.module, self.program.function(other), outer)
