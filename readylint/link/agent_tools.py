"""The tools of an agent: functions that a library calls with arguments that the model wrote."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from readylint.catalogue import Argument, ToolRule
from readylint.flow import NOTHING, Param
from readylint.link.arguments import ArgumentReader
from readylint.link.calls import ModelCall
from readylint.values import Container, FunctionValue, Made, ObjectValue, Ref, SdkObject, Value

if TYPE_CHECKING:
    from readylint.link.answer_shapes import Shapes
    from readylint.link.resolver import Resolver

ROLE = "tools"
DEPTH = 3
"""Lists inside lists of tools that are looked into."""
Performed = dict[str, Ref]
"""Sink -> where the tool that reaches it is made."""


class AgentTools:
    """Finds what the agent of a call may run."""

    def __init__(self, resolver: Resolver, shapes: Shapes) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.shapes = shapes
        self.reader = ArgumentReader(resolver)
        self.rules: list[ToolRule] = resolver.knowledge.first_evidence(ROLE)
        self.handed_in = {name for r in self.rules for name in r.handed_in}
        self._decorating = {path for r in self.rules for path in r.decorator_of}

    def of(self, call: ModelCall) -> tuple[list[FunctionValue], Performed]:
        """The functions of the project that are its tools, and the sinks of those of libraries."""
        functions: list[FunctionValue] = []
        performed: Performed = {}
        if call.call.operation != "agent":
            return functions, performed
        for place, argument in self._places(call):
            for ref in self.reader.find(place, argument).refs:
                self._collect(ref, functions, performed, DEPTH)
        for value in call.objects:
            functions += self._decorated.get(value.made, []) if value.made is not None else []
        return list(dict.fromkeys(functions)), performed

    def _places(self, call: ModelCall) -> Iterator[tuple[Ref, Argument]]:
        """Where tools are given: at the call, and at the constructor of its object."""
        place, argument = call.place_of(ROLE), call.argument(ROLE)
        if place is not None and argument is not None:
            yield place, argument
        for value in call.objects:
            client = self.resolver.knowledge.client(value.sdk, value.constructor)
            if client is not None and value.made is not None and ROLE in client.arguments:
                yield value.made, client.arguments[ROLE]

    def _collect(self, ref: Ref, functions: list[FunctionValue], performed: Performed, depth: int) -> None:
        node = self.program.node(ref)
        if node.op in ("list", "tuple", "set") and depth:
            for number in node.args:
                self._collect(ref.sibling(number), functions, performed, depth - 1)
            return
        if depth and (node.op in ("union", "star") or (node.op == "binop" and node.args[0] == "Add")):
            for number in node.args[1:] if node.op == "binop" else node.args:
                self._collect(ref.sibling(number), functions, performed, depth - 1)
            return
        for value in self.resolver.values(ref):
            self._add(value, functions, performed, depth)

    def _add(self, value: Value, functions: list[FunctionValue], performed: Performed, depth: int) -> None:
        if isinstance(value, FunctionValue):
            functions.append(value)
        elif isinstance(value, ObjectValue):
            functions += self._of_object(value)
        elif isinstance(value, Made):
            self._of_library(value, functions, performed)
        elif isinstance(value, Container) and depth:
            if self.program.node(value.ref).op in ("list", "tuple", "set"):
                self._collect(value.ref, functions, performed, depth - 1)
            else:
                for inner in self.resolver.containers.elements(value):
                    self._add(inner, functions, performed, depth - 1)
            for ref in self.resolver.containers.added(value):
                self._collect(ref, functions, performed, depth - 1)

    def _of_object(self, value: ObjectValue) -> list[FunctionValue]:
        """The methods of a class of tools that the agent calls."""
        bases = set(self.resolver.classes.bases(value.cls)[1])
        methods = [m for r in self.rules if bases & set(r.subclass_of) for m in r.methods]
        found = [self.resolver.classes.method(value.cls, m) for m in methods]
        return [f for f in found if f is not None]

    def _of_library(self, value: Made, functions: list[FunctionValue], performed: Performed) -> None:
        name = value.name.replace("()", "")
        for rule in self.rules:
            for sink, tools in rule.performs.items():
                if name in tools:
                    performed.setdefault(sink, value.ref)
            if name not in rule.function:
                continue
            for place in rule.callable:
                at = self.resolver.argument(value.ref, *(("", place) if isinstance(place, int) else (place,)))
                functions += [v for v in self.resolver.values(at) if isinstance(v, FunctionValue)] if at else []

    @cached_property
    def _decorated(self) -> dict[Ref, list[FunctionValue]]:
        """The constructor of an agent -> functions that one of its decorators makes tools: `@agent.tool`."""
        found: dict[Ref, list[FunctionValue]] = defaultdict(list)
        for index, function in self.program.all_functions():
            for _, target in self.program.decorations(index, function):
                tail = self.program.tail(target.module, self.program.function(target), target.node)
                for value in self.resolver.values(target) if tail in self._decorating else ():
                    if isinstance(value, SdkObject) and value.path in self._decorating and value.made is not None:
                        found[value.made].append(FunctionValue(index, function.number))
        return found

    def written(self, value: FunctionValue) -> list[Param]:
        """The parameters of a tool that hold text of the model."""
        flow = self.resolver.flow_of(value)
        params = flow.params[1:] if value.bound else flow.params
        return [p for p in params if p.name not in ("self", "cls") and not self._is_narrow(value, p)]

    def _is_narrow(self, value: FunctionValue, param: Param) -> bool:
        """A number, one of a few words, or what the agent fills itself."""
        if param.annotation == NOTHING:
            return False
        flow = self.resolver.flow_of(value)
        annotation = Ref(value.module, max(flow.parent, 0), param.annotation)
        outer = self.program.function(annotation)
        pending = [param.annotation]
        for number in pending:
            if self.program.tail(annotation.module, outer, number) in self.handed_in:
                return True
            pending += outer.children(number)
        return self.shapes.of_type(annotation).plain
