"""Classes of the project: what their instances hold and which functions their attributes are."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from readylint.flow import NOTHING, ClassFlow, FunctionFlow
from readylint.link.inheritance import Inheritance
from readylint.link.module_attributes import stored_on
from readylint.link.receivers import Receivers
from readylint.link.records import Records
from readylint.values import (
    UNKNOWN,
    ClassValue,
    Const,
    Environment,
    External,
    FunctionValue,
    ObjectValue,
    Open,
    Ref,
    SdkObject,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

NEW = "object.__new__"
ENUMS = {"enum.Enum", "enum.StrEnum", "enum.IntEnum", "enum.Flag", "enum.IntFlag", "enum.ReprEnum"}
PROPERTY_DECORATORS = {"property", "cached_property", "abstractproperty"}


class Classes:
    """Attribute look-up on the project's own classes."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self._bases: dict[ClassValue, tuple[list[ClassValue], list[str]]] = {}
        self._stores: dict[int, dict[tuple[int, str], list[Ref]]] = {}
        self._standing_in: set[tuple[ClassValue, str]] = set()
        self.records = Records(resolver)
        self.receivers = Receivers(self)
        self.beside = Inheritance(resolver)

    def flow(self, cls: ClassValue) -> ClassFlow:
        """The class statement."""
        return self.program.modules[cls.module].classes[cls.number]

    def receiver(self, module: int, function: FunctionFlow, name: str) -> Value | None:
        """The object that `self` or `cls` stands for, when the parameter is one."""
        if function.owner == NOTHING or not function.params or function.params[0].name != name:
            return None
        decorators = self.decorator_names(module, function)
        if "staticmethod" in decorators:
            return None
        cls = ClassValue(module, function.owner)
        if "classmethod" in decorators or function.name in ("__new__", "__init_subclass__", "__class_getitem__"):
            return cls
        if any(d.endswith("validator") for d in decorators):
            return cls
        return ObjectValue(cls)

    def decorator_names(self, module: int, function: FunctionFlow) -> set[str]:
        """Last names of the decorators as they were defined; factories count under their own name.

        Nothing is resolved: what is asked for (`property`, `staticmethod`, `lru_cache`) has a name of its own.
        """
        names: set[str] = set()
        for _, target in self.program.decorations(module, function):
            names |= self.program.tails(module, self.program.function(target), target.node)
        return names

    def is_property(self, module: int, function: FunctionFlow) -> bool:
        """Whether a method runs when its name is read."""
        return bool(function.decorators) and bool(self.decorator_names(module, function) & PROPERTY_DECORATORS)

    def bases(self, cls: ClassValue) -> tuple[list[ClassValue], list[str]]:
        """All project classes it inherits from, itself first, and the library classes behind them."""
        known = self._bases.get(cls)
        if known is not None:
            return known
        order: list[ClassValue] = [cls]
        outside: list[str] = []
        self._bases[cls] = (order, outside)
        for item in order:
            flow = self.flow(item)
            for base in flow.bases:
                node = self.program.node(Ref(item.module, flow.owner, base))
                number = node.args[0] if node.op == "item" else base
                for value in self.resolver.values(Ref(item.module, flow.owner, number)):
                    if isinstance(value, ClassValue) and value not in order and len(order) < 32:
                        order.append(value)
                    elif isinstance(value, External):
                        outside.append(value.name)
        return order, outside

    def load_bases(self) -> None:
        """Parse the modules of base classes: a method there may call what a subclass with a model call defines."""
        index = 0
        with self.resolver.mode(loading=True):
            while index < len(self.program.modules):
                for flow in self.program.modules[index].classes:
                    self.resolver.all_values(Ref(index, flow.owner, 0), flow.bases)
                index += 1

    @cached_property
    def _subclasses(self) -> dict[ClassValue, list[ClassValue]]:
        found: dict[ClassValue, list[ClassValue]] = defaultdict(list)
        for index, module in enumerate(self.program.modules):
            for flow in module.classes:
                cls = ClassValue(index, flow.number)
                for base in self.bases(cls)[0][1:]:
                    found[base].append(cls)
        return found

    def subclasses(self, cls: ClassValue) -> list[ClassValue]:
        """Project classes that inherit from it, at any depth."""
        return self._subclasses.get(cls, [])

    def inherits(self, cls: ClassValue, names: set[str]) -> bool:
        """Whether one of the library classes is among its bases."""
        return any(n in names for n in self.bases(cls)[1])

    def method(self, cls: ClassValue, name: str) -> FunctionValue | None:
        """The method that instances find under a name."""
        for base in self.bases(cls)[0]:
            number = self.flow(base).methods.get(name)
            if number is not None:
                return FunctionValue(base.module, number, bound=not self._is_static(base.module, number))
        return None

    def _is_static(self, module: int, number: int) -> bool:
        function = self.program.modules[module].functions[number]
        parent = self.program.modules[module].functions[max(function.parent, 0)]
        return any(self.program.tail(module, parent, n) == "staticmethod" for n in function.decorators)

    def stores(self, cls: ClassValue, name: str) -> list[Ref]:
        """Values that methods of the class itself assign to `self.name`."""
        table = self._stores.get(cls.module)
        if table is None:
            table = self._stores[cls.module] = self._stores_of_module(cls.module)
        return table.get((cls.number, name), [])

    def _stores_of_module(self, index: int) -> dict[tuple[int, str], list[Ref]]:
        table: dict[tuple[int, str], list[Ref]] = defaultdict(list)
        module = self.program.modules[index]
        for function in module.functions:
            owner = function
            while owner.owner == NOTHING and owner.parent > 0:
                owner = module.functions[owner.parent]
            if owner.owner == NOTHING or not owner.params:
                continue
            first = owner.params[0].name
            for store in function.stores:
                base = function.nodes[store.base]
                if not store.item and base.op in ("param", "name") and base.args[0] == first:
                    table[owner.owner, store.key].append(Ref(index, function.number, store.value))
        return table

    def instance_attribute(self, value: ObjectValue, name: str, ref: Ref) -> list[Value]:
        """What `object.name` may be."""
        cls = value.cls
        order, outside = self.bases(cls)
        method = self.method(cls, name)
        stored = self._stored(order, name) or self._stored(self.subclasses(cls), name)
        field = self.records.values(value, name) if method is None else None
        if stored:
            stored = [self.receivers.looked_at(v, cls) for v in stored]
            settled = [v for v in field or () if isinstance(v, Const | Environment)]
            return [*stored, *(v for v in settled if not (isinstance(v, Const) and v.value is None))]
        if field is not None:
            return field
        if method is not None:
            return self._method_value(method, ref)
        if name == "value" and self.is_enum(cls):
            return [Open(cls.module, self.flow(cls).owner, name)]
        found = self.receivers.attribute(cls, name, ref) or self.class_level(order, name)
        if found is not None and not self.beside.only_none(found):
            return found
        for base in outside:
            made = self.resolver.objects.of_type(base, ref)
            if isinstance(made, SdkObject) and not self.beside.answers_itself(cls, made):
                return self.resolver.objects.attribute(made, name)
        for sub in self.subclasses(cls):
            lower = self.class_level([sub], name)
            if lower:
                found = [*(found or []), *lower]
        if found and not self.beside.only_none(found):
            return found
        for sub in self.subclasses(cls):
            inherited = self.method(sub, name)
            if inherited is not None:
                return [inherited]
        siblings = self.beside.siblings(cls)
        stood_in = (
            self._stored(siblings, name)
            or self.class_level(siblings, name)
            or self._stand_in(cls, name)
            or self._set_elsewhere(order, name)
            or found
        )
        if stood_in:
            return stood_in
        nothing = self._only_none(order, name)
        if nothing:
            return nothing
        if outside:
            return [External(f"{base}().{name}") for base in outside[:4]]
        return [UNKNOWN]

    def _only_none(self, order: list[ClassValue], name: str) -> list[Value]:
        """None, where methods of the class store nothing else in an attribute and do not reach for it by its name."""
        refs = [ref for cls in order for ref in self.stores(cls, name)]
        found = list(dict.fromkeys(v for ref in refs for v in self.resolver.values(ref)))
        if not found or not all(isinstance(v, Const) and v.value is None for v in found):
            return []
        owners = {(c.module, number) for c in order for number in self.flow(c).methods.values()}
        if any(ref[:2] in owners for ref in self.program.calls_by_tail.get("setattr", ())):
            return []
        return found

    def _stand_in(self, cls: ClassValue, name: str) -> list[Value]:
        """Attributes that `__getattr__` takes from another object: `return getattr(self._module, name)`."""
        method = self.method(cls, "__getattr__")
        if method is None or (cls, name) in self._standing_in:
            return []
        self._standing_in.add((cls, name))
        try:
            return self._taken_from_another(method, name)
        finally:
            self._standing_in.discard((cls, name))

    def _taken_from_another(self, method: FunctionValue, name: str) -> list[Value]:
        flow = self.resolver.flow_of(method)
        found: list[Value] = []
        for leave in flow.exits:
            node = flow.nodes[leave.node] if leave.kind == "return" and leave.node != NOTHING else None
            if node is None or node.op != "call" or self.program.tail(method.module, flow, node.args[0]) != "getattr":
                continue
            at = Ref(method.module, method.number, node.args[1][0][1]) if node.args[1] else None
            for value in self.resolver.values(at) if at is not None else ():
                if not isinstance(value, Unknown):
                    found += self.resolver.attribute(value, name, at) if at is not None else []
        return found

    def _stored(self, classes: list[ClassValue], name: str) -> list[Value]:
        found: list[Value] = []
        for cls in classes:
            for ref in self.stores(cls, name):
                found += self.resolver.values(ref)
        real = [v for v in found if not (isinstance(v, Const) and v.value is None)]
        if real and all(isinstance(v, Unknown) for v in real):
            return real + self._annotated_store(classes, name)
        return real or (self._annotated_store(classes, name) if found else [])

    def _set_elsewhere(self, classes: list[ClassValue], name: str) -> list[Value]:
        """Values that other code assigns to an attribute of the class or of an instance: `Bot.client = OpenAI()`."""
        found: list[Value] = []
        for at in stored_on(self.resolver, name, lambda v: (v.cls if isinstance(v, ObjectValue) else v) in classes):
            found += self.resolver.values(at)
        return [v for v in dict.fromkeys(found) if not (isinstance(v, Const) and v.value is None)]

    def _annotated_store(self, classes: list[ClassValue], name: str) -> list[Value]:
        for cls in classes:
            for number in self.flow(cls).methods.values():
                function = self.program.modules[cls.module].functions[number]
                if function.params and f"{function.params[0].name}.{name}" in function.annotations:
                    annotation = function.annotations[f"{function.params[0].name}.{name}"]
                    return self.resolver.annotations.typed(Ref(cls.module, number, annotation))
        return []

    def _method_value(self, method: FunctionValue, ref: Ref) -> list[Value]:
        flow = self.resolver.flow_of(method)
        decorators = self.decorator_names(method.module, flow)
        if decorators & PROPERTY_DECORATORS:
            return self.resolver.returned(method, ref)
        return [method]

    def class_level(self, order: list[ClassValue], name: str) -> list[Value] | None:
        """What the first of the classes that binds the name says."""
        for cls in order:
            flow = self.flow(cls)
            at = Ref(cls.module, flow.owner, 0)
            if name in flow.annotations:
                passed = [v for v in self._constructor_values(cls, name) if not isinstance(v, Unknown)]
                default = self.records.described(self.resolver.all_values(at, flow.bindings.get(name, ())))
                typed = self.resolver.annotations.typed(Ref(cls.module, flow.owner, flow.annotations[name]))
                real = [v for v in default if not (isinstance(v, Const) and v.value is None)]
                return [*passed, *real] or typed or default or [UNKNOWN]
            if name in flow.bindings:
                return self.resolver.all_values(at, flow.bindings[name])
        return None

    def _constructor_values(self, cls: ClassValue, name: str) -> list[Value]:
        """What constructor calls pass for a field of a class that a library may make a model of."""
        position = list(self.flow(cls).annotations).index(name)
        if self.method(cls, "__init__") is not None:
            return []
        found: list[Value] = []
        for call in self.resolver.callers.constructor_calls(cls):
            argument = self.resolver.argument(call, name, position)
            if argument is not None:
                found += self.resolver.values(argument)
        return found

    def is_member(self, ref: Ref) -> bool:
        """Whether a literal is the value of a member of an Enum of the project."""
        for flow in self.program.modules[ref.module].classes:
            if flow.owner == ref.function and any(ref.node in numbers for numbers in flow.bindings.values()):
                return self.is_enum(ClassValue(ref.module, flow.number))
        return False

    def is_enum(self, cls: ClassValue) -> bool:
        """Whether the class is an Enum."""
        return self.inherits(cls, ENUMS)

    def class_attribute(self, cls: ClassValue, name: str, ref: Ref) -> list[Value]:
        """What `Class.name` may be."""
        order, outside = self.bases(cls)
        for base in order:
            flow = self.flow(base)
            if name in flow.methods:
                decorators = self.decorator_names(
                    base.module, self.program.modules[base.module].functions[flow.methods[name]]
                )
                return [FunctionValue(base.module, flow.methods[name], bound="classmethod" in decorators)]
        found = self.class_level(order, name)
        stored = self._stored(order, name) or self._set_elsewhere(order, name)
        if found is not None:
            real = [v for v in found if not (isinstance(v, Const) and v.value is None)]
            only_typed = all(isinstance(v, SdkObject) and v.made is None for v in real)
            return (stored if only_typed else [*real, *stored]) or found
        if stored:
            return stored
        return [External(f"{base}.{name}") for base in outside[:4]] or [UNKNOWN]

    def constructed(self, cls: ClassValue, ref: Ref) -> list[Value]:
        """What calling the class gives: an instance, or an SDK object when it extends an SDK's class."""
        order, outside = self.bases(cls)
        if any(m in self.resolver.knowledge.tails for base in order for m in self.flow(base).methods):
            return [self.records.built(cls, ref)]
        own_call = self.method(cls, "__init__") is not None
        for base in outside:
            made = self.resolver.objects.of_type(base, ref, made=None if own_call else ref)
            if isinstance(made, SdkObject):
                own = self.beside.answers_itself(cls, made)
                return [self.records.built(cls, ref)] if own else [made, ObjectValue(cls)]
        return [self.records.built(cls, ref)]

    def super_attribute(self, ref: Ref, name: str) -> list[Value]:
        """What `super().name` is where the node stands."""
        module = self.program.modules[ref.module]
        function = module.functions[ref.function]
        while function.owner == NOTHING and function.parent > 0:
            function = module.functions[function.parent]
        if function.owner == NOTHING:
            return [UNKNOWN]
        order, outside = self.bases(ClassValue(ref.module, function.owner))
        for base in order[1:]:
            number = self.flow(base).methods.get(name)
            if number is not None:
                return [FunctionValue(base.module, number, bound=True)]
        found: list[Value] = []
        for base_name in outside:
            made = self.resolver.objects.of_type(base_name, ref)
            found += (
                self.resolver.objects.attribute(made, name)
                if isinstance(made, SdkObject)
                else [External(f"{base_name}.{name}")]
            )
        if name == "__new__" and not found:
            return [External(NEW)]
        return found or [UNKNOWN]
