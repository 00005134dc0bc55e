"""Objects that a framework hands in or looks up: fixtures of tests, the task of a queue, registered classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import FunctionFlow
from readylint.values import ClassValue, Const, External, FunctionValue, Made, ObjectValue, Ref, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

TEST = "test"
"""Functions whose name begins so are tests, by the conventions of `unittest` and of what builds on it."""


class Provided:
    """What frameworks put in the place of parameters and names."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        frameworks = resolver.knowledge.frameworks
        self._fixtures = {name for f in frameworks for r in f.fixtures for name in r.decorator}
        self._files = sorted({r.file for f in frameworks for r in f.fixtures})
        self._receivers = [(t.receiver, t.receives) for f in frameworks for t in f.tasks if t.receiver is not None]
        self._lookups = {name: rule for f in frameworks for rule in f.lookups for name in rule.function}

    def parameter(self, module: int, flow: FunctionFlow, name: str) -> list[Value]:
        """What a framework passes for a parameter."""
        first = bool(flow.params) and flow.params[0].name == name
        return (self._task(module, flow) if first and flow.decorators else []) or self._fixture(module, flow, name)

    def is_test_input(self, module: int, function: int) -> bool:
        """Whether a function is a test, and what it is given comes from fixtures."""
        return self.program.modules[module].functions[function].name.startswith(TEST)

    def _task(self, module: int, flow: FunctionFlow) -> list[Value]:
        """`@app.task(base=ModelTask, bind=True) def ask(self)`: an instance of the named class."""
        found: list[Value] = []
        for keyword, switch in self._receivers:
            for at, _ in self.program.decorations(module, flow):
                base, bound = (self.resolver.argument(at, k or "") for k in (keyword, switch))
                if base is not None and bound is not None and True in self.resolver.constants(bound):
                    found += [ObjectValue(v) for v in self.resolver.values(base) if isinstance(v, ClassValue)]
        return found

    # fixtures --------------------------------------------------------------------------------------------------

    def _fixture(self, module: int, flow: FunctionFlow, name: str) -> list[Value]:
        """What the fixture of that name gives: one of the same module, or of a shared file in a folder above."""
        if not self._fixtures or not (flow.name.startswith(TEST) or self._is_fixture(module, flow)):
            return []
        for index in [module, *self._shared(module)]:
            for number in self.program.modules[index].functions[0].bindings.get(name, ()):
                node = self.program.node(Ref(index, 0, number))
                made = self.program.modules[index].functions[node.args[0]] if node.op == "func" else None
                if made is not None and made is not flow and self._is_fixture(index, made):
                    target = FunctionValue(index, made.number)
                    if made.is_generator:
                        return self.resolver.all_values(Ref(index, made.number, 0), made.yields)
                    return self.resolver.returned(target, Ref(index, 0, number))
        return []

    def _is_fixture(self, module: int, flow: FunctionFlow) -> bool:
        for _, target in self.program.decorations(module, flow):
            if any(isinstance(v, External) and v.name in self._fixtures for v in self.resolver.values(target)):
                return True
        return False

    def _shared(self, module: int) -> list[int]:
        """The files with shared fixtures that a module sees, the nearest first."""
        folders = self.program.modules[module].path.split("/")[:-1]
        found: list[int] = []
        for depth in range(len(folders), -1, -1):
            for file in self._files:
                index = self.program.load("/".join([*folders[:depth], file]))
                if index is not None:
                    found.append(index)
        return found

    # lookups ---------------------------------------------------------------------------------------------------

    def looked_up(self, name: str, ref: Ref) -> list[Value]:
        """`apps.get_app_config("ai")`: the object that the framework makes of the class with that name."""
        rule = self._lookups.get(name)
        argument = self.resolver.argument(ref, rule.argument, 0) if rule is not None else None
        if rule is None or argument is None:
            return []
        wanted = {str(key) for key in self.resolver.constants(argument)}
        found: list[Value] = []
        for index, module in enumerate(self.program.modules):
            for flow in module.classes:
                cls = ClassValue(index, flow.number)
                if self.resolver.classes.inherits(cls, set(rule.subclass_of)):
                    bound = [n for key in rule.named_by for n in flow.bindings.get(key, ())]
                    values = self.resolver.all_values(Ref(index, flow.owner, 0), bound)
                    if wanted & {str(v.value).rsplit(".", 1)[-1] for v in values if isinstance(v, Const)}:
                        found.append(ObjectValue(cls))
        return found

    def stands_for(self, name: str, ref: Ref) -> list[Value]:
        """`LocalProxy(get_client)`: what the function gives."""
        rules = [r for f in self.resolver.knowledge.frameworks for r in f.runs if r.gives and name in r.function]
        found: list[Value] = []
        for rule in rules:
            argument = self.resolver.argument(ref, str(rule.callable), 0 if rule.callable == 0 else None)
            for target in self.resolver.values(argument) if argument is not None else ():
                found += self.resolver.called(target, ref)
        return [v for v in found if not isinstance(v, Made)]
