"""What the classes that answers are checked against leave of the model's text: free text, numbers, fixed words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from readylint.catalogue import Argument
from readylint.flow import NOTHING
from readylint.link.arguments import ArgumentReader
from readylint.link.calls import ModelCall
from readylint.values import ClassValue, External, ObjectValue, Ref, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

TEXT_TYPES = {"str", "bytes"}
PLAIN_TYPES = {
    "int", "float", "bool", "complex", "decimal.Decimal", "uuid.UUID", "datetime.datetime", "datetime.date",
    "datetime.time", "datetime.timedelta",
}  # fmt: skip
PATTERNS = ("pattern", "regex")
DEPTH = 4


@dataclass(frozen=True, slots=True)
class Shape:
    """What a type lets through."""

    schema: ClassValue | None = None
    text: bool = False
    """Any text."""
    plain: bool = False
    """Only numbers, dates and fixed words."""


class Shapes:
    """Reads schema classes and the annotations of their fields."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self._reader = ArgumentReader(resolver)
        self._fields: dict[tuple[ClassValue, str], Shape | None] = {}

    def field(self, cls: ClassValue, name: str) -> Shape | None:
        """What a field holds; None when the class has no such field."""
        key = (cls, name)
        if key not in self._fields:
            self._fields[key] = self._field(cls, name)
        return self._fields[key]

    def _field(self, cls: ClassValue, name: str) -> Shape | None:
        for base in self.resolver.classes.bases(cls)[0]:
            flow = self.resolver.classes.flow(base)
            if name not in flow.annotations:
                continue
            shape = self.of_type(Ref(base.module, flow.owner, flow.annotations[name]))
            if shape.text and (self._has_pattern(base, name) or self._has_validator(base, name)):
                return Shape(shape.schema)
            return shape
        return None

    def _has_pattern(self, cls: ClassValue, name: str) -> bool:
        """`Field(pattern=...)`."""
        flow = self.resolver.classes.flow(cls)
        for number in flow.bindings.get(name, ()):
            node = self.program.node(Ref(cls.module, flow.owner, number))
            if node.op == "call" and any(k in PATTERNS for k, _ in node.args[1]):
                return True
        return False

    def _has_validator(self, cls: ClassValue, name: str) -> bool:
        """A method of the class looks at the field: `@field_validator("name")`, `__post_init__`."""
        flow = self.resolver.classes.flow(cls)
        for method, number in flow.methods.items():
            function = self.program.modules[cls.module].functions[number]
            names = self.resolver.classes.decorator_names(cls.module, function)
            if method == "__post_init__" or any("validator" in n for n in names):
                if any(n.op == "attr" and n.args[1] == name for n in function.nodes):
                    return True
                for at, _ in self.program.decorations(cls.module, function):
                    node = self.program.node(at)
                    given = [n for _, n in node.args[1]] if node.op == "call" else []
                    if any(name in self.resolver.constants(at.sibling(n)) for n in given):
                        return True
        return False

    def of_type(self, annotation: Ref) -> Shape:
        """What a type expression lets through."""
        classes: list[ClassValue] = []
        kinds: set[str] = set()
        self._leaves(annotation, classes, kinds, 0)
        if classes:
            return Shape(classes[0], text="text" in kinds)
        return Shape(text="text" in kinds, plain=kinds == {"plain"})

    def _leaves(self, ref: Ref, classes: list[ClassValue], kinds: set[str], depth: int) -> None:
        node = self.program.node(ref)
        if depth > DEPTH:
            kinds.add("unknown")
        elif node.op == "binop" and node.args[0] == "BitOr":
            for side in node.args[1:]:
                self._leaves(ref.sibling(side), classes, kinds, depth + 1)
        elif node.op == "item":
            base = self.program.tail(ref.module, self.program.function(ref), node.args[0])
            if base == "Literal":
                kinds.add("plain")
            elif base == "Annotated":
                kinds.add("unknown")  # what stands beside the type may narrow it
            else:
                key = self.program.node(ref.sibling(node.args[1]))
                for member in key.args if key.op == "tuple" else (node.args[1],):
                    self._leaves(ref.sibling(member), classes, kinds, depth + 1)
        elif node.op == "const" and node.args[0] is None:
            return
        else:
            for value in self.named(ref):
                self._leaf(value, classes, kinds)

    def named(self, ref: Ref) -> list[Value]:
        """What a name in a type stands for, also one that is written as a string."""
        node = self.program.node(ref)
        if node.op == "const" and isinstance(node.args[0], str):
            return [v.cls for v in self.resolver.annotations.typed(ref) if isinstance(v, ObjectValue)]
        return list(self.resolver.values(ref))

    def _leaf(self, value: Value, classes: list[ClassValue], kinds: set[str]) -> None:
        if isinstance(value, ClassValue):
            if any(b.startswith("enum.") for b in self.resolver.classes.bases(value)[1]):
                kinds.add("plain")
            else:
                classes.append(value)
        elif isinstance(value, External) and value.name in TEXT_TYPES:
            kinds.add("text")
        elif isinstance(value, External) and value.name in PLAIN_TYPES:
            kinds.add("plain")
        else:
            kinds.add("unknown")

    # the schema of a call --------------------------------------------------------------------------------------

    def of_call(self, call: ModelCall) -> ClassValue | None:
        """The class of the project that a structured call is given, at the call, its client or a view of that."""
        places: list[tuple[Ref | None, Argument | None]] = [(call.argument_call, call.argument("structured"))]
        for value in call.objects:
            client = self.resolver.knowledge.client(value.sdk, value.constructor)
            places.append((value.made, client.arguments.get("structured") if client is not None else None))
            views = {v.id: v for v in call.sdk.views}
            for overlay in value.overlays:
                view = views.get(overlay.view)
                places.append((overlay.ref, view.arguments.get("structured") if view is not None else None))
        for place, argument in places:
            if place is not None and argument is not None:
                for ref in self._reader.find(place, argument).refs:
                    found = self._class_at(ref)
                    if found is not None:
                        return found
        return None

    def is_given(self, call: Ref, argument: Argument) -> bool:
        """Whether a call is given something for an argument."""
        given = self._reader.find(call, argument)
        return bool(given.refs) and not all(c is None for r in given.refs for c in self.resolver.constants(r) or (0,))

    def _class_at(self, ref: Ref) -> ClassValue | None:
        """The class that an expression names, also inside `list[...]`."""
        for value in self.resolver.values(ref):
            if isinstance(value, ClassValue):
                return value
        return self.of_type(ref).schema if self.program.node(ref).op in ("item", "binop") else None

    def validated(self, call: Ref) -> ClassValue | None:
        """The class that a validating call checks against: `City(...)`, `City.model_validate(...)`."""
        target = self.program.node(call.sibling(self.program.node(call).args[0]))
        numbers = [self.program.node(call).args[0]]
        if target.op == "attr":
            numbers.append(target.args[0])
        for number in numbers:
            for value in self.resolver.values(call.sibling(number)):
                if isinstance(value, ClassValue):
                    return value
        return None

    def checks_itself(self, cls: ClassValue) -> bool:
        """A class whose `__post_init__` or `__init__` raises, or asserts, after a look at what it was given."""
        flow = self.resolver.classes.flow(cls)
        for name in ("__post_init__", "__attrs_post_init__"):
            number = flow.methods.get(name, NOTHING)
            if number == NOTHING:
                continue
            function = self.program.modules[cls.module].functions[number]
            leaves = [e.context for e in function.exits if e.kind == "raise"]
            under_test = any(a.kind == "if" for c in leaves for _, a in function.ancestors(c))
            if under_test or any(c.kind == "assert" for c in function.contexts):
                return True
        return False
