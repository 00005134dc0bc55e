"""What `self` may be: an instance of the class, or of a subclass that says some attributes otherwise."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import NOTHING
from readylint.values import ClassValue, Ref, SdkObject, Value

if TYPE_CHECKING:
    from readylint.link.classes import Classes


class Receivers:
    """Attributes of `self` by the class that its instance is of."""

    def __init__(self, classes: Classes) -> None:
        self.classes = classes
        self.resolver = classes.resolver
        self.program = classes.program

    def attribute(self, cls: ClassValue, name: str, ref: Ref) -> list[Value] | None:
        """What `self.name` is where the class, and subclasses that say otherwise, may be that of `self`."""
        below = [sub for sub in self.classes.subclasses(cls) if name in self.classes.flow(sub).bindings]
        if not below or not self.is_receiver(ref):
            return None
        found: dict[ClassValue, list[Value]] = {}
        for one in [cls, *self.classes.subclasses(cls)]:
            values = self.classes.class_level(self.classes.bases(one)[0], name)
            if values:
                found[one] = values
        built = [one for one in found if self._is_built(one)]
        return [v for one in built or found for v in found[one]] or None

    def is_receiver(self, ref: Ref) -> bool:
        """Whether a node reads an attribute of `self`."""
        node, function = self.program.node(ref), self.program.function(ref)
        if node.op != "attr" or function.owner == NOTHING or not function.params:
            return False
        base = function.nodes[node.args[0]]
        return base.op == "param" and bool(base.args[0] == function.params[0].name)

    def _is_built(self, cls: ClassValue) -> bool:
        """Whether some call builds an instance of just this class."""
        for call in self.resolver.callers.constructor_calls(cls):
            if cls in self.resolver.values(call.sibling(self.program.node(call).args[0])):
                return True
        return False

    def looked_at(self, value: Value, cls: ClassValue) -> Value:
        """An SDK object that a base class builds, as the class has it that says some of its attributes otherwise."""
        if not isinstance(value, SdkObject) or value.made is None or value.through is not None:
            return value
        maker = self.program.function(value.made).owner
        if maker == NOTHING or (value.made.module, maker) == (cls.module, cls.number):
            return value
        base = ClassValue(value.made.module, maker)
        return replace(value, through=cls) if any(self._differs(c) for c in self.classes.subclasses(base)) else value

    def _differs(self, cls: ClassValue) -> bool:
        """Whether a subclass has attributes or a constructor of its own, not only methods."""
        flow = self.classes.flow(cls)
        return "__init__" in flow.methods or any(name not in flow.methods for name in flow.bindings)
