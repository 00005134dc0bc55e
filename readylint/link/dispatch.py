"""Overriding: whether a call that is resolved to a method of a base class may reach that of a subclass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow
from readylint.values import ClassValue, FunctionValue, Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


class Dispatch:
    """Knows which methods stand in for which."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program

    def may(self, value: FunctionValue, module: int, flow: FunctionFlow, at: Ref) -> bool:
        """Whether the method that is resolved at `at`, of a base class, may there be the method `flow`."""
        other = self.program.modules[value.module].functions[value.number]
        if other.name != flow.name or other.owner == NOTHING or flow.name in ("__init__", "__new__"):
            return False
        cls = ClassValue(module, flow.owner)
        if cls not in self.resolver.classes.subclasses(ClassValue(value.module, other.owner)):
            return False
        return self._runs_for(cls, flow, at)

    def _runs_for(self, cls: ClassValue, flow: FunctionFlow, at: Ref) -> bool:
        """`self.ask()` in a method of the base: some class has to have both, that method and the one asked for."""
        function = self.program.function(at)
        target = self.program.node(at)
        if target.op == "call":
            target = function.nodes[target.args[0]]
        if target.op != "attr" or function.owner == NOTHING or not function.params:
            return True
        base = function.nodes[target.args[0]]
        if base.op != "param" or base.args[0] != function.params[0].name:
            return True
        classes = self.resolver.classes
        for candidate in (cls, *classes.subclasses(cls)):
            asked = classes.method(candidate, flow.name)
            if asked is None or (asked.module, asked.number) != (cls.module, flow.number):
                continue
            around = classes.method(candidate, function.name)
            if around is None or (around.module, around.number) == (at.module, function.number):
                return True
            if self._asks_above(candidate, function.name):
                return True
        return False

    def _asks_above(self, cls: ClassValue, name: str) -> bool:
        """Whether a method of that name calls the one of its base: `super().run()`."""
        for owner in self.resolver.classes.bases(cls)[0]:
            number = self.resolver.classes.flow(owner).methods.get(name)
            function = self.program.modules[owner.module].functions[number] if number is not None else None
            if function is not None and any(n.op == "name" and n.args[0] == "super" for n in function.nodes):
                return True
        return False
