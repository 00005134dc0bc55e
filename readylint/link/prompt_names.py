"""The nodes that a name stands for: variables of functions around, constants of this or another module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

MOST = 8
"""Values of one name that are looked at."""


class Names:
    """Looks names up as nodes, where the resolver gives values."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program

    def nodes(self, ref: Ref, name: str) -> list[Ref]:
        """What an open name of a function stands for; nothing when it is no variable of the project."""
        flows = self.program.modules[ref.module].functions
        parent = flows[ref.function].parent
        while parent > 0:
            outer = flows[parent]
            if any(p.name == name for p in outer.params):
                return self._parameter(ref.module, parent, name)
            if name in outer.bindings:
                return [Ref(ref.module, parent, n) for n in outer.bindings[name][:MOST]]
            parent = outer.parent
        return self.of_module(ref.module, name)

    def is_global(self, ref: Ref, name: str) -> bool:
        """Whether an open name is one of the module."""
        flows = self.program.modules[ref.module].functions
        parent = flows[ref.function].parent
        while parent > 0:
            if name in flows[parent].bindings or any(p.name == name for p in flows[parent].params):
                return False
            parent = flows[parent].parent
        return True

    def of_module(self, module: int, name: str) -> list[Ref]:
        """The values that a name of a module is given."""
        flow = self.program.modules[module]
        body = flow.functions[0]
        found = [Ref(module, 0, n) for n in body.bindings.get(name, ())]
        if not found and not body.global_bindings.get(name):
            for source in flow.star_imports:
                index = self.program.find(self.resolver.scopes.absolute(module, source), module)
                if index is not None and name in self.program.modules[index].functions[0].bindings:
                    return self.of_module(index, name)
        for function in flow.functions:
            found += [Ref(module, function.number, n) for n in function.global_bindings.get(name, ())]
        return found[:MOST]

    def imported(self, ref: Ref) -> list[Ref]:
        """What an import of the project gives."""
        source, name = self.program.node(ref).args
        if not name or name == "*":
            return []
        index = self.program.find(self.resolver.scopes.absolute(ref.module, source), ref.module)
        return self.of_module(index, name) if index is not None else []

    def _parameter(self, module: int, function: int, name: str) -> list[Ref]:
        nodes = self.program.modules[module].functions[function].nodes
        return [
            Ref(module, function, n) for n, node in enumerate(nodes) if node.op == "param" and node.args[0] == name
        ][:1]
