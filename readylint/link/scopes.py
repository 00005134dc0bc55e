"""What a name stands for: in enclosing functions, in its module, in the module it is imported from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.values import UNKNOWN, Const, External, Made, ModuleValue, Ref, SdkObject, Unknown, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


class Scopes:
    """Looks names up."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program

    def name(self, module: int, function: int, identifier: str) -> list[Value]:
        """A name that is not local: of an enclosing function, of the module, or a builtin."""
        flows = self.program.modules[module].functions
        parent = flows[function].parent
        while parent > 0:
            outer = flows[parent]
            if any(p.name == identifier for p in outer.params):
                return list(self.resolver.parameter(module, parent, identifier))
            if identifier in outer.bindings:
                return self.resolver.all_values(Ref(module, parent, 0), outer.bindings[identifier])
            parent = outer.parent
        return self.global_name(module, identifier)

    def global_name(self, module: int, identifier: str) -> list[Value]:
        """What a name of a module stands for, all its assignments taken together."""
        return self.resolver.table.ask(
            ("global", module, identifier), lambda: self._global_name(module, identifier), []
        )

    def _global_name(self, module: int, identifier: str) -> list[Value]:
        flow = self.program.modules[module]
        body = flow.functions[0]
        found: list[Value] = []
        if identifier in body.bindings:
            found += self.resolver.all_values(Ref(module, 0, 0), body.bindings[identifier])
        for function in flow.functions:
            if identifier in function.global_bindings:
                found += self.resolver.all_values(Ref(module, function.number, 0), function.global_bindings[identifier])
        if found:
            real = [v for v in found if not (isinstance(v, Const) and v.value is None)]
            if all(isinstance(v, Unknown | Made) for v in real) and identifier in body.annotations:
                real += [
                    v
                    for v in self.resolver.annotations.typed(Ref(module, 0, body.annotations[identifier]))
                    if isinstance(v, SdkObject)
                ]
            return real or found
        if identifier in body.bindings:
            return []
        if identifier in body.annotations:
            return self.resolver.annotations.typed(Ref(module, 0, body.annotations[identifier]))
        for source in flow.star_imports:
            values = self.imported(module, source, identifier)
            if values and not isinstance(values[0], External):
                return values
        return [External(identifier)]

    def absolute(self, module: int, name: str) -> str:
        """The dotted name of a relative import."""
        if not name.startswith("."):
            return name
        flow = self.program.modules[module]
        level = len(name) - len(name.lstrip("."))
        parts = flow.name.split(".")
        drop = level - 1 if flow.is_package else level
        base = parts[: len(parts) - drop] if drop else parts
        rest = name[level:]
        return ".".join([*base, rest] if rest else base)

    def imported(self, module: int, source: str, name: str | None) -> list[Value]:
        """The object that an import statement binds."""
        dotted = self.absolute(module, source)
        index = self.program.find(dotted, module, self.resolver.loading)
        if name is None:
            own = self.program.is_own(dotted, module)
            return [ModuleValue(index)] if index is not None else [UNKNOWN if own else External(dotted)]
        if index is not None:
            return self.module_attribute(index, name)
        child = self.program.find(f"{dotted}.{name}", module, self.resolver.loading)
        if child is not None:
            return [ModuleValue(child)]
        if self.program.is_own(dotted, module):
            return [UNKNOWN]
        return [External(self.resolver.knowledge.plain_name(f"{dotted}.{name}"))]

    def module_attribute(self, index: int, name: str) -> list[Value]:
        """An attribute of a module of the project."""
        flow = self.program.modules[index]
        body = flow.functions[0]
        if name in body.bindings or name in body.annotations:
            return self.global_name(index, name)
        child = self.program.find(f"{flow.name}.{name}", index, self.resolver.loading)
        if child is not None:
            return [ModuleValue(child)]
        found = self.global_name(index, name)
        if found and found != [External(name)]:
            return found
        if "__getattr__" in body.bindings:
            return [UNKNOWN]
        return [External(f"{flow.name}.{name}")]
