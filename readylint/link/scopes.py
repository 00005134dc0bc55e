"""What a name stands for: a parameter, a variable of an enclosing function or of a module, or what is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow
from readylint.values import (
    UNKNOWN,
    ClassValue,
    Const,
    Environment,
    External,
    FunctionValue,
    Made,
    ModuleValue,
    ObjectValue,
    Open,
    Ref,
    SdkObject,
    Unknown,
    Value,
)

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
                return list(self.parameter(module, parent, identifier))
            if identifier in outer.bindings:
                return self.resolver.all_values(Ref(module, parent, 0), outer.bindings[identifier])
            parent = outer.parent
        return self.global_name(module, identifier, function)

    def global_name(self, module: int, identifier: str, function: int | None = None) -> list[Value]:
        """What a name of a module stands for, its assignments taken together.

        Those are left out that are over when the module has run, or when the function that reads the name was made.
        """
        body = self.program.modules[module].functions[0]
        over = [first for made, first in body.rebound.get(identifier, ()) if function is None or made <= function]
        first = max(over, default=0)
        return self.resolver.table.ask(
            ("global", module, identifier, first), lambda: self._global_name(module, identifier, first), []
        )

    def _global_name(self, module: int, identifier: str, first: int) -> list[Value]:
        flow = self.program.modules[module]
        body = flow.functions[0]
        found: list[Value] = []
        if identifier in body.bindings:
            found += self.resolver.all_values(Ref(module, 0, 0), body.bindings[identifier][first:])
        for function in flow.functions:
            if identifier in function.global_bindings:
                found += self.resolver.all_values(Ref(module, function.number, 0), function.global_bindings[identifier])
        if found:
            real = [v for v in found if not (isinstance(v, Const) and v.value is None)]
            if all(isinstance(v, Unknown | Made) for v in real) and identifier in body.annotations:
                typed = self.resolver.annotations.typed(Ref(module, 0, body.annotations[identifier]))
                real += [v for v in typed if isinstance(v, SdkObject)]
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
            getters = self.resolver.all_values(Ref(index, 0, 0), body.bindings["__getattr__"])
            at = Ref(index, 0, body.bindings["__getattr__"][0])
            given = [v for g in getters if isinstance(g, FunctionValue) for v in self.resolver.returned(g, at)]
            return [v for v in given if isinstance(v, SdkObject | ObjectValue)] or [UNKNOWN]
        return [External(f"{flow.name}.{name}")]

    def parameter(self, module: int, function: int, name: str) -> list[Value]:
        """What a parameter may be: what callers pass, else its annotation, else its default."""
        key = ("parameter", module, function, name)
        return self.resolver.table.ask(key, lambda: self._parameter(module, function, name), [])

    def _parameter(self, module: int, function: int, name: str) -> list[Value]:
        flow = self.program.modules[module].functions[function]
        receiver = self.resolver.classes.receiver(module, flow, name)
        if receiver is not None:
            return [receiver]
        provided = self.resolver.provided.parameter(module, flow, name)
        if provided:
            return provided
        option = self.resolver.options.of_parameter(module, flow, name)
        if option is not None:
            return [option]
        values = self.resolver.callers.argument_values(module, function, name)
        passed = [v for v in values if not isinstance(v, Unknown)]
        known = [v for v in passed if not isinstance(v, Open)]
        param = next((p for p in flow.params if p.name == name), None)
        typed: list[Value] = []
        if param is not None and param.annotation != NOTHING:
            annotation = Ref(module, max(flow.parent, 0), param.annotation)
            injected = self.resolver.annotations.injected(annotation)
            if injected:
                return injected
            typed = self.resolver.annotations.typed(annotation)
            if not typed and flow.owner != NOTHING:
                typed = self.resolver.classes.beside.named_type(ClassValue(module, flow.owner), annotation)
        if known:
            only_none = all(isinstance(v, Const) and v.value is None for v in known)
            callers = self.resolver.callers.of(module, function)
            closed = bool(callers.sites) and callers.complete
            if only_none and not closed:
                return [*known, *typed]
            # Of settings, what some caller passes and nobody can tell counts beside what others pass.
            left_open = len(known) < len(values) and all(isinstance(v, Const | Environment) for v in known)
            return [*known, Open(module, function, name)] if left_open else list(known)
        if param is not None and param.default != NOTHING:
            default = self.resolver.values(Ref(module, max(flow.parent, 0), param.default))
            injected = self.resolver.objects.injected(default)
            if injected:
                return injected
            if all(isinstance(v, ObjectValue) and self.resolver.classes.is_enum(v.cls) for v in typed):
                return [*default, Open(module, function, name)]
        return typed or [Open(module, function, name)]

    def imported_by_name(self, target: FunctionValue, flow: FunctionFlow, ref: Ref) -> list[Value]:
        """`def require(name): return import_module(name)`: the module that this caller names."""
        for leave in flow.exits:
            node = flow.nodes[leave.node] if leave.kind == "return" and leave.node != NOTHING else None
            if node is None or node.op != "call" or not node.args[1]:
                continue
            if self.program.tail(target.module, flow, node.args[0]) not in ("import_module", "__import__"):
                continue
            given = flow.nodes[node.args[1][0][1]]
            params = [p.name for p in flow.params]
            if given.op == "param" and given.args[0] in params and self.program.node(ref).op == "call":
                position = params.index(given.args[0]) - (1 if target.bound else 0)
                argument = self.resolver.argument(ref, given.args[0], position)
                return self.imported_at(argument) if argument is not None else []
        return []

    def imported_at(self, name: Ref) -> list[Value]:
        """The modules that a node names: `import_module("clients")`."""
        names = self.resolver.constants(name)
        return [v for n in names for v in self.imported(name.module, str(n), None)]
