"""Records: classes whose fields are the arguments of their constructor (dataclasses, models, named tuples)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING
from readylint.link.given import Given
from readylint.values import (
    UNKNOWN,
    ClassValue,
    Const,
    Environment,
    FunctionValue,
    Made,
    ObjectValue,
    Open,
    Ref,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

FIELDS = ("field", "Field", "ib", "PrivateAttr")
"""What describes a field instead of being its default."""
FACTORIES = ("default_factory", "factory")
DEPTH = 4


class Records:
    """Fields of records, by what their constructor is given."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        evidence = resolver.knowledge.evidence
        self.unpacks = {n for e in evidence for n in e.unpacks}
        self.settings = {n for e in evidence for n in e.settings_classes}
        self._bases = {n for e in evidence for n in e.record_classes}
        self._decorators = {n for e in evidence for n in e.record_decorators}
        self._known: dict[ClassValue, dict[str, ClassValue] | None] = {}

    def fields(self, cls: ClassValue) -> dict[str, ClassValue] | None:
        """The fields in order, each with the class that says its default; None for a class that is no record."""
        if cls not in self._known:
            self._known[cls] = None
            self._known[cls] = self._fields(cls)
        return self._known[cls]

    def _fields(self, cls: ClassValue) -> dict[str, ClassValue] | None:
        classes = self.resolver.classes
        order = classes.bases(cls)[0]
        if not any(classes.flow(c).annotations for c in order) or classes.method(cls, "__init__") is not None:
            return None
        if not classes.inherits(cls, self._bases | self.settings) and not any(self._decorated(c) for c in order):
            return None
        found: dict[str, ClassValue] = {}
        for base in reversed(order):
            flow = classes.flow(base)
            for name, number in flow.annotations.items():
                if "ClassVar" not in self.program.written(Ref(base.module, flow.owner, number)):
                    found[name] = base
            found.update({name: base for name in flow.bindings if name in found})
        return found

    def _decorated(self, cls: ClassValue) -> bool:
        flow = self.resolver.classes.flow(cls)
        for number in flow.decorators:
            at = Ref(cls.module, flow.owner, number)
            node = self.program.node(at)
            target = at.sibling(node.args[0]) if node.op == "call" else at
            if any(getattr(v, "name", None) in self._decorators for v in self.resolver.values(target)):
                return True
        return False

    def values(self, value: ObjectValue, name: str) -> list[Value] | None:
        """What a field holds; None when it is no field of a record."""
        fields = self.fields(value.cls)
        if fields is None or name not in fields:
            return None
        configured = self._configured(value, fields[name], name)
        if configured is not None:
            return configured
        found: list[Value] = []
        calls = [value.made] if value.made is not None else self._made(value.cls)
        given = [self._given(value.cls, call, name) for call in calls]
        for one in given:
            found += [v for ref in one.refs for v in self.resolver.values(ref)]
            found += [UNKNOWN] if one.unknown else []
        outside = value.outside or not calls
        if outside or not all(one.settled for one in given):
            found += self._default(fields[name], name)
        if outside:
            typed = self._typed(fields[name], name)
            owner = self.resolver.classes.flow(fields[name]).owner
            return [*found, *(typed or [Open(fields[name].module, owner, name)])]
        if any(not isinstance(v, Unknown) and not (isinstance(v, Const) and v.value is None) for v in found):
            return found
        return self._typed(fields[name], name) or found or [UNKNOWN]

    def nodes(self, value: ObjectValue, name: str, depth: int = DEPTH) -> list[Ref] | None:
        """The nodes that a field may stand for; None when that cannot be told."""
        fields = self.fields(value.cls)
        if fields is None or value.outside:
            return None
        if name not in fields:
            return []
        calls = [value.made] if value.made is not None else self._made(value.cls)
        given = [self._given(value.cls, call, name, depth) for call in calls]
        if not calls or any(one.unknown for one in given):
            return None
        found = [ref for one in given for ref in one.refs]
        if not all(one.settled for one in given):
            found += self._default_nodes(fields[name], name)
        return found

    def _made(self, cls: ClassValue) -> list[Ref]:
        """The calls that build an instance of just this class."""
        calls = self.resolver.callers.constructor_calls(cls)
        return [c for c in calls if cls in self.resolver.values(c.sibling(self.program.node(c).args[0]))]

    def _given(self, cls: ClassValue, call: Ref, name: str, depth: int = DEPTH) -> Given:
        if any(keyword in FACTORIES for keyword, _ in self.program.node(call).args[1]):
            return Given()
        position = list(self.fields(cls) or ()).index(name)
        return self.resolver.reader.keyword(call, name, position, depth)

    def _typed(self, cls: ClassValue, name: str) -> list[Value]:
        flow = self.resolver.classes.flow(cls)
        if name not in flow.annotations:
            return []
        return self.resolver.annotations.typed(Ref(cls.module, flow.owner, flow.annotations[name]))

    def _configured(self, value: ObjectValue, cls: ClassValue, name: str) -> list[Value] | None:
        """A field of a settings class: the environment decides, except where a record of its own stands there."""
        if not self.resolver.classes.inherits(value.cls, self.settings):
            return None
        flow = self.resolver.classes.flow(cls)
        nested = [v for v in self._typed(cls, name) if isinstance(v, ObjectValue) and self.fields(v.cls) is not None]
        if nested:
            made = [v for v in self._default(cls, name) if isinstance(v, ObjectValue)]
            return [*(made or nested)]
        number = flow.bindings.get(name, [NOTHING])[-1]
        if number == NOTHING:
            return [Environment(name, Ref(cls.module, flow.owner, flow.annotations[name]))]
        return [Environment(name, Ref(cls.module, flow.owner, number), self._plain_default(cls, number))]

    def _plain_default(self, cls: ClassValue, number: int) -> Ref | None:
        """The default inside `Field(default=...)`, else the value itself."""
        at = Ref(cls.module, self.resolver.classes.flow(cls).owner, number)
        if not self._describes(at):
            return at
        default = self.resolver.argument(at, "default", 0)
        if default is not None:
            return None if self.program.node(default).op == "unknown" else default
        return next(iter(self._from_factory(at)), None)

    def _describes(self, at: Ref) -> bool:
        values = self.resolver.values(at) if self.program.node(at).op == "call" else ()
        return any(isinstance(v, Made) and v.name.rsplit(".", 1)[-1] in FIELDS for v in values)

    def _default_nodes(self, cls: ClassValue, name: str) -> list[Ref]:
        numbers = self.resolver.classes.flow(cls).bindings.get(name, [])
        found = [self._plain_default(cls, number) for number in numbers[-1:]]
        return [ref for ref in found if ref is not None]

    def _from_factory(self, at: Ref) -> list[Ref]:
        """What `default_factory=lambda: ...` gives."""
        factory = next((f for k in FACTORIES if (f := self.resolver.argument(at, k)) is not None), None)
        found: list[Ref] = []
        for target in self.resolver.values(factory) if factory is not None else ():
            if isinstance(target, FunctionValue):
                flow = self.resolver.flow_of(target)
                found += [
                    Ref(target.module, target.number, e.node)
                    for e in flow.exits
                    if e.kind == "return" and e.node != NOTHING
                ]
        return found

    def _default(self, cls: ClassValue, name: str) -> list[Value]:
        flow = self.resolver.classes.flow(cls)
        at = Ref(cls.module, flow.owner, 0)
        return self.described(self.resolver.all_values(at, flow.bindings.get(name, ())[-1:]))

    def described(self, values: list[Value]) -> list[Value]:
        """What `field(default_factory=...)` and its like stand for."""
        found: list[Value] = []
        for value in values:
            if not isinstance(value, Made) or value.name.rsplit(".", 1)[-1] not in FIELDS:
                found.append(value)
                continue
            plain = self.resolver.argument(value.ref, "default", 0)
            for key in FACTORIES:
                factory = self.resolver.argument(value.ref, key)
                for target in self.resolver.values(factory) if factory is not None else ():
                    found += self.resolver.called(target, value.ref)
            if plain is not None and self.program.node(plain).op != "unknown":
                found += self.resolver.values(plain)
        return found

    def built(self, cls: ClassValue, ref: Ref) -> ObjectValue:
        """The instance that a call of the class gives."""
        return ObjectValue(cls, ref) if self.fields(cls) is not None else ObjectValue(cls)

    def unpacked(self, value: ObjectValue, index: int) -> list[Value]:
        """The field at a position, when a named tuple is taken apart."""
        names = list(self.fields(value.cls) or ())
        found = self.values(value, names[index]) if index < len(names) else None
        return found or [UNKNOWN]
