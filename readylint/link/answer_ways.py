"""Where a value goes from a node: into and out of functions, attributes, containers and names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from readylint.flow import NOTHING, Exit, FunctionFlow, Store
from readylint.link.answer_state import State
from readylint.link.answer_trail import Step
from readylint.values import ClassValue, FunctionValue, ObjectValue, Ref

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
        self._places: dict[tuple[int, int], FunctionPlaces] = {}

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
            number = next((i for i, n in enumerate(flow.nodes) if n.op == "param" and n.args[0] == name), None)
            if number is not None:
                yield Ref(value.module, value.number, number), inside

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
        for ref in self.program.references_by_tail.get(name, [])[:READS]:
            state = replace(state, far=state.far or ref.module != module, stack=())
            node = self.program.node(ref)
            if node.op != "attr":
                continue
            if any(self._same_class(b, owner) for b in self.owners(ref.sibling(node.args[0]))):
                yield ref, state

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

    def bound(self, ref: Ref, state: State, function: FunctionFlow) -> Iterator[Step]:
        """Names through which nested functions, or the whole module, read the value."""
        names = self.places(ref.module, function).names.get(ref.node)
        if not names:
            return
        for other in self.program.modules[ref.module].functions:
            if other.number == function.number or not self._sees(ref, other, function.number):
                continue
            for number, node in enumerate(other.nodes):
                if node.op == "name" and node.args[0] in names:
                    yield Ref(ref.module, other.number, number), state

    def _sees(self, ref: Ref, other: FunctionFlow, outer: int) -> bool:
        parent = other.parent
        while parent > 0:
            if parent == outer:
                return True
            parent = self.program.modules[ref.module].functions[parent].parent
        return outer == 0 and other.number != 0
