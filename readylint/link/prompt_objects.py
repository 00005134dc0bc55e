"""Attributes of objects and parts of what functions give: what was stored there, and what is added later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from readylint.flow import NOTHING, Node
from readylint.link.prompt_messages import ADDED
from readylint.link.prompt_pieces import (
    NOTHING_SENT,
    Piece,
    Text,
    called,
    is_value,
    joined,
    limited,
    one_of,
    unknown,
    value,
)
from readylint.values import ClassValue, Const, FunctionValue, ModuleValue, ObjectValue, Ref, Value

if TYPE_CHECKING:
    from readylint.link.prompt_walk import PromptWalk

STORES = 8
OUTSIDE = 16
"""Stores to attributes of one name that are looked at."""


class PromptObjects:
    """Reads attributes."""

    def __init__(self, walk: PromptWalk) -> None:
        self.walk = walk
        self.program = walk.program
        self.resolver = walk.resolver

    def attribute(self, ref: Ref, node: Node) -> Text:
        """The text of an attribute."""
        base, name = ref.sibling(node.args[0]), str(node.args[1])
        found: list[Text] = []
        by: str | None = None
        for one in self._holders(base):
            if isinstance(one, ModuleValue):
                nodes = self.walk.names.of_module(one.module, name)
                found += [called(one_of(self.walk.of(n) for n in nodes), name)] if nodes else []
            elif isinstance(one, ObjectValue | ClassValue):
                cls = one.cls if isinstance(one, ObjectValue) else one
                declared = self._declared(cls, name)
                if declared is not None and self.walk.declarations.is_plain(declared):
                    return value(ref)
                by = by or self.walk.declarations.of_field(cls, name)
                if not self._handed_in(base):
                    found += self._of_class(one, cls, name, ref)
        text = one_of(found) or self._of_base(ref, base)
        return limited(text, by) if by is not None else text

    def _holders(self, base: Ref) -> Iterable[Value]:
        """What the object may be; a parameter is what its annotation says, whoever passes it."""
        node = self.program.node(base)
        if node.op != "param":
            return self.resolver.values(base)
        function = self.program.function(base)
        receiver = self.resolver.classes.receiver(base.module, function, str(node.args[0]))
        if receiver is not None:
            return [receiver]
        annotation = next((p.annotation for p in function.params if p.name == node.args[0]), NOTHING)
        if annotation == NOTHING:
            return []
        return self.resolver.annotations.typed(Ref(base.module, max(function.parent, 0), annotation))

    def _handed_in(self, base: Ref) -> bool:
        """A parameter of a handler: the framework makes the object."""
        if self.program.node(base).op != "param":
            return False
        return self.walk.sources.of_parameter(base, self.program.function(base)) is not None

    def _of_base(self, ref: Ref, base: Ref) -> Text:
        """Of an object that was not made by the project: what is known of the object."""
        text = self.walk.of(base)
        inside = tuple(self._read_at(p, ref) for p in text if p.is_outer)
        if inside:
            return joined([inside, self.added(ref)])
        if is_value(text):
            return value(ref)
        return self.added(ref) or self.walk.by_value(ref)

    def _read_at(self, piece: Piece, ref: Ref) -> Piece:
        """What comes in through a parameter, or is not known, has its place where a part of it is read."""
        whole = piece.origin == "unknown" or self.program.node(piece.at).op == "param"
        return piece._replace(at=ref) if whole else piece

    def _declared(self, cls: ClassValue, name: str) -> Ref | None:
        for one in self.resolver.classes.bases(cls)[0]:
            flow = self.resolver.classes.flow(one)
            if name in flow.annotations:
                return Ref(one.module, flow.owner, flow.annotations[name])
        return None

    def _of_class(self, one: ObjectValue | ClassValue, cls: ClassValue, name: str, ref: Ref) -> list[Text]:
        key = ("attribute", one, name)
        text = self.walk.questions.ask(key, lambda: self._stored(one, cls, name, ref), unknown(ref))
        return [text] if text else []

    def _stored(self, one: ObjectValue | ClassValue, cls: ClassValue, name: str, ref: Ref) -> Text:
        """What methods and the class body put there."""
        classes = self.resolver.classes
        method = classes.method(cls, name)
        if method is not None:
            flow = self.resolver.flow_of(method)
            return (
                self.walk.functions.returned([method], None) if classes.is_property(method.module, flow) else value(ref)
            )
        family = list(classes.bases(cls)[0])
        stored = [s for c in family for s in classes.stores(c, name) if self.walk.counts(s, ref)][:STORES]
        stored += self._set_outside(family, name, ref) if not stored else []
        closed = self.walk.parameters.closed
        texts = [closed(self.walk.of(s)) for s in stored]
        if not texts and isinstance(one, ObjectValue):
            texts += [
                closed(self.walk.of(r)) for r in classes.records.nodes(one, name) or [] if self.walk.counts(r, ref)
            ]
        if not texts:
            for c in family:
                flow_of_class = classes.flow(c)
                nodes = [Ref(c.module, flow_of_class.owner, n) for n in flow_of_class.bindings.get(name, ())]
                texts += [called(self.walk.of(n), name) for n in nodes]
        if not texts and any(not isinstance(v, Const) for v in self.resolver.values(ref)):
            return NOTHING_SENT
        added = self.added(ref)
        return joined([one_of(texts), added]) if texts or added else NOTHING_SENT

    def _set_outside(self, family: list[ClassValue], name: str, ref: Ref) -> list[Ref]:
        """`node.text = text` in functions that have the object."""
        found: list[Ref] = []
        for module, number, position in self.program.stores_by_attribute.get(name, ())[:OUTSIDE]:
            store = self.program.modules[module].functions[number].stores[position]
            at = Ref(module, number, store.value)
            if self.walk.counts(at, ref) and self.walk.histories.places.owner(at.sibling(store.base)) in family:
                found.append(at)
        return found[:STORES]

    def added(self, ref: Ref) -> Text:
        """What is put into a list that is kept in a variable of a module, on an object or in a session."""
        place = self.walk.histories.places.of(ref)
        if place is None:
            return NOTHING_SENT
        key = ("added", place)
        return self.walk.questions.ask(key, lambda: self._put(ref), unknown(ref))

    def _put(self, ref: Ref) -> Text:
        place = self.walk.histories.places.of(ref)
        if place is None:
            return NOTHING_SENT
        kinds = ("grown", "replaced", "initial") if place.keys else ("grown",)
        found = []
        for change in self.walk.histories.changes.of_place(place).found[:ADDED]:
            if change.kind in kinds:
                amount = change.amount if change.kind == "grown" else change.ref
                found += [self.walk.parameters.closed(self.walk.of(amount))] if amount is not None else []
        return joined(found)

    def unpacked(self, ref: Ref, node: Node) -> Text:
        """`text, sources = f()`: the part that a function of the project returns at that place."""
        source = ref.sibling(node.args[0])
        inner = self.program.node(source)
        while inner.op in ("await", "union") and len(inner.args) == 1:
            source = source.sibling(inner.args[0])
            inner = self.program.node(source)
        if inner.op == "call":
            functions = self.walk.callees.of(source).functions
            parts = [part for f in functions for part in self._parts(f, node.args[1])]
            if parts and len(functions) == 1:
                text = one_of(self.walk.of(p) for p in parts)
                return self.walk.parameters.passed(text, functions[0], source)
        return self.walk.of(source)

    def _parts(self, target: FunctionValue, index: int) -> list[Ref]:
        flow = self.resolver.flow_of(target)
        found: list[Ref] = []
        for leave in flow.exits:
            if leave.kind != "return" or leave.node == NOTHING:
                continue
            node = flow.nodes[leave.node]
            if node.op != "tuple" or index >= len(node.args):
                return []
            found.append(Ref(target.module, target.number, node.args[index]))
        return found
