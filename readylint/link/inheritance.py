"""What a class gets from classes beside and below it: overriding methods, other mixins, types that subclasses name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow
from readylint.values import ClassValue, Const, FunctionValue, Made, Open, Ref, SdkObject, Unknown, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

TYPE_VARIABLES = ("typing.TypeVar", "typing_extensions.TypeVar")


class Inheritance:
    """Looks sideways and down from a class."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program

    def overriding(self, target: FunctionValue, flow: FunctionFlow, ref: Ref) -> list[Value]:
        """What the methods of subclasses return that stand in for one which returns nothing itself."""
        if flow.owner == NOTHING or any(e.kind == "return" and e.node != NOTHING for e in flow.exits):
            return []
        classes = self.resolver.classes
        found: list[Value] = []
        for cls in classes.subclasses(ClassValue(target.module, flow.owner)):
            number = classes.flow(cls).methods.get(flow.name)
            if number is not None:
                found += self.resolver.returned(FunctionValue(cls.module, number, target.bound), ref)
        return [v for v in dict.fromkeys(found) if not isinstance(v, Unknown | Open)]

    def siblings(self, cls: ClassValue) -> list[ClassValue]:
        """Classes that subclasses inherit from beside this one: the other mixins."""
        classes = self.resolver.classes
        own = {cls, *classes.bases(cls)[0], *classes.subclasses(cls)}
        found = [base for sub in classes.subclasses(cls) for base in classes.bases(sub)[0] if base not in own]
        return list(dict.fromkeys(found))

    def answers_itself(self, cls: ClassValue, made: SdkObject) -> bool:
        """Whether the class overrides the method in which the library's model would ask its provider."""
        client = self.resolver.knowledge.client(made.sdk, made.constructor)
        for base in self.resolver.classes.bases(cls)[0] if client is not None else ():
            flow = self.resolver.classes.flow(base)
            for name in client.answering if client is not None else ():
                number = flow.methods.get(name)
                if number is not None and not self._asks_above(base.module, number):
                    return True
        return False

    def _asks_above(self, module: int, number: int) -> bool:
        """Whether a method calls that of its base: `super()._generate(...)`."""
        function = self.program.modules[module].functions[number]
        called = [function.nodes[function.nodes[call].args[0]] for call in function.calls]
        return any(node.op == "name" and node.args[0] == "super" for node in called)

    def named_type(self, owner: ClassValue, annotation: Ref) -> list[Value]:
        """What subclasses name for a type variable of their generic base: `class Gemini(Provider[Model])`."""
        values = self.resolver.values(annotation)
        if not any(isinstance(v, Made) and v.name in TYPE_VARIABLES for v in values):
            return []
        found: list[Value] = []
        for sub in self.resolver.classes.subclasses(owner):
            flow = self.resolver.classes.flow(sub)
            for base in flow.bases:
                at = Ref(sub.module, flow.owner, base)
                node = self.program.node(at)
                if node.op == "item" and owner in self.resolver.values(at.sibling(node.args[0])):
                    found += self.resolver.annotations.typed(at.sibling(node.args[1]))
        return list(dict.fromkeys(found))

    def only_none(self, values: list[Value]) -> bool:
        """Whether a name is only said to be there: `client = None`."""
        return all(isinstance(v, Const) and v.value is None for v in values)
