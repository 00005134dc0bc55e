"""What an expression of a function stands for as one of its callers, or one subclass, has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING
from readylint.values import ClassValue, Const, ObjectValue, Ref, Value

if TYPE_CHECKING:
    from readylint.link.callers import CallSite
    from readylint.link.resolver import Resolver

DEPTH = 8


class Views:
    """Evaluates with what a factory is given, or with the attributes of the class that an instance is of."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program

    def values(self, ref: Ref, through: Ref | ClassValue | None, depth: int = DEPTH) -> list[Value]:
        """The values of a node; `through` is the call of the factory or the class."""
        if through is None or not depth:
            return list(self.resolver.values(ref))
        node = self.program.node(ref)
        if node.op == "param":
            found = self._parameter(ref, str(node.args[0]), through, depth)
        elif node.op == "attr" and isinstance(through, ClassValue) and self.resolver.classes.receivers.is_receiver(ref):
            found = self._attribute(through, str(node.args[1]), ref, depth)
        elif node.op == "union":
            inner = [n for n in node.args if n < ref.node]
            found = [v for n in inner for v in self.values(ref.sibling(n), through, depth - 1)]
            found = found if len(inner) == len(node.args) else []
        elif node.op == "bool" and node.args[0] == "Or":
            found = self._either(ref, node.args[1:], through, depth)
        else:
            found = []
        return list(dict.fromkeys(found)) or list(self.resolver.values(ref))

    def _either(self, ref: Ref, sides: tuple[int, ...], through: Ref | ClassValue, depth: int) -> list[Value]:
        left, right = (self.values(ref.sibling(n), through, depth - 1) for n in sides)
        known = [v for v in left if not (isinstance(v, Const) and not v.value)]
        sure = self.program.node(ref.sibling(sides[0])).op in ("param", "const")
        return known if sure and known == left and all(isinstance(v, Const) for v in left) else [*known, *right]

    def _parameter(self, ref: Ref, name: str, through: Ref | ClassValue, depth: int) -> list[Value]:
        function = self.program.function(ref)
        param = next((p for p in function.params if p.name == name), None)
        if param is None or param.kind in ("star", "double-star"):
            return []
        found: list[Value] = []
        for site, argument in self.resolver.callers.argument_nodes(ref.module, ref.function, name):
            if not self._is_through(site, through):
                continue
            if argument is not None:
                deeper = through if isinstance(through, ClassValue) else None
                found += self.values(argument, deeper, depth - 1)
            elif any(k in ("*", "**") for k, _ in self.program.node(site.ref).args[1]):
                return []
            elif param.default != NOTHING:
                found += self.resolver.values(Ref(ref.module, max(function.parent, 0), param.default))
        return found

    def _is_through(self, site: CallSite, through: Ref | ClassValue) -> bool:
        """Whether a call of the function is the one that is looked through."""
        if isinstance(through, Ref):
            return site.ref == through and not site.deferred and site.through is None
        chain = self.resolver.classes.bases(through)[0]
        owner = self.program.function(site.ref).owner
        if owner != NOTHING and ClassValue(site.ref.module, owner) in chain:
            return True
        node = self.program.node(site.ref)
        return node.op == "call" and through in self.resolver.values(site.ref.sibling(node.args[0]))

    def _attribute(self, cls: ClassValue, name: str, ref: Ref, depth: int) -> list[Value]:
        stores = [s for c in self.resolver.classes.bases(cls)[0] for s in self.resolver.classes.stores(c, name)]
        if stores:
            return [v for s in stores for v in self.values(s, cls, depth - 1)]
        return self.resolver.classes.instance_attribute(ObjectValue(cls), name, ref)
