"""Functions that are handed to the constructor of a class of the project, kept, and called by its methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import FunctionFlow
from readylint.values import ClassValue, FunctionValue, ObjectValue, Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

NAMED_ALIKE = 60
"""Calls of one name that are looked at."""


class KeptFunctions:
    """Finds where they are called: `Loop(ask=f)`, and later `self.ask(...)`."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self._calls: dict[tuple[Ref, int, int], list[Ref]] = {}

    def calls(self, constructor: Ref, module: int, flow: FunctionFlow) -> list[Ref]:
        """The calls of a function by the objects that a constructor call makes."""
        key = (constructor, module, flow.number)
        known = self._calls.get(key)
        if known is None:
            known = self._calls[key] = self._find(constructor, module, flow)
        return known

    def _find(self, constructor: Ref, module: int, flow: FunctionFlow) -> list[Ref]:
        node = self.program.node(constructor)
        classes = [v for v in self.resolver.values(constructor.sibling(node.args[0])) if isinstance(v, ClassValue)]
        found: list[Ref] = []
        for keyword, number in node.args[1] if classes else ():
            values = self.resolver.values(constructor.sibling(number))
            if any(isinstance(v, FunctionValue) and (v.module, v.number) == (module, flow.number) for v in values):
                for cls in classes:
                    for name in self._attributes(cls, constructor, number, keyword):
                        found += self._called_on(cls, name)
        return list(dict.fromkeys(found))

    def _attributes(self, cls: ClassValue, constructor: Ref, passed: int, keyword: str | None) -> list[str]:
        """The attributes under which the argument is kept."""
        init = self.resolver.classes.method(cls, "__init__")
        if init is None:
            return [keyword] if keyword in self.resolver.classes.flow(cls).annotations else []
        name = self.resolver.callers.parameter_of(FunctionValue(init.module, init.number, True), constructor, passed)
        function = self.resolver.flow_of(init)
        kept = {n for n, node in enumerate(function.nodes) if node.op == "param" and node.args[0] == name}
        kept |= {
            n
            for n, node in enumerate(function.nodes)
            if node.op in ("union", "bool") and kept & set(function.children(n))
        }
        return [s.key for s in function.stores if s.value in kept and isinstance(s.key, str) and not s.item]

    def _called_on(self, cls: ClassValue, name: str) -> list[Ref]:
        """Calls of an attribute of the objects of a class."""
        classes = self.resolver.classes
        found: list[Ref] = []
        for call in list(self.program.calls_by_tail.get(name, ()))[:NAMED_ALIKE]:
            function = self.program.function(call)
            target = function.nodes[function.nodes[call.node].args[0]]
            owners = self.resolver.values(call.sibling(target.args[0])) if target.op == "attr" else ()
            if any(
                isinstance(o, ObjectValue) and (o.cls in classes.bases(cls)[0] or cls in classes.bases(o.cls)[0])
                for o in owners
            ):
                found.append(call)
        return found
