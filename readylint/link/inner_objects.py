"""Model objects inside other objects: the model of an agent, the generators of a pipeline."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readylint.catalogue import Client
from readylint.flow import NOTHING
from readylint.link.arguments import ArgumentReader
from readylint.link.module_attributes import assigned_values
from readylint.values import Const, Container, External, Made, Ref, SdkObject, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

EVERY = ["*"]
"""The path that stands for every argument of a constructor."""
DEPTH = 4
"""Objects inside objects: a crew of agents with a model each."""


@dataclass(slots=True)
class Inner:
    """The model objects found inside; `complete` when there can be no others."""

    objects: list[SdkObject] = field(default_factory=list)
    complete: bool = True


class InnerObjects:
    """Looks into constructors by `inner` and `gathers` of the catalogue."""

    def __init__(self, resolver: Resolver, reader: ArgumentReader) -> None:
        self.resolver = resolver
        self.reader = reader
        self._inside: dict[tuple[SdkObject, bool], Inner] = {}

    def of(self, value: SdkObject) -> Inner:
        """What stands inside an object; not that object itself."""
        key = (value, self.resolver.loading)
        if key not in self._inside:
            self._inside[key] = self._of(value)
        return self._inside[key]

    def _of(self, value: SdkObject) -> Inner:
        client = self.resolver.knowledge.client(value.sdk, value.constructor)
        found = Inner()
        if client is None or (client.inner is None and client.gathers is None):
            return found
        if value.made is None:
            return Inner(complete=False)
        refs: list[Ref] = []
        if client.inner is not None and client.inner.at == EVERY:
            self._arguments(value.made, found, client)
        elif client.inner is not None:
            given = self.reader.find(value.made, client.inner)
            refs += given.refs
            found.complete = not given.unknown
        if client.gathers is not None:
            for call in self._puts(value, client.gathers.method):
                refs += self.reader.find(call, client.gathers.argument).refs
        for ref in refs:
            self._collect(ref, found, client)
        if client.method is not None:
            self._before(value.made, found)
        if not found.objects and found.complete:
            ambient = self._ambient(value.sdk)
            near = [ref for ref in ambient if self._related(ref.module, value.made.module)]
            found.complete = bool(near) or not ambient
            for ref in near:
                self._collect(ref, found, client)
        return found

    def _before(self, made: Ref, found: Inner) -> None:
        """What stands inside the object whose method made this one: `parallel.assign(answer=chain)`."""
        target = self.resolver.program.node(made.sibling(self.resolver.program.node(made).args[0]))
        for value in self.resolver.values(made.sibling(target.args[0])) if target.op == "attr" else ():
            if isinstance(value, SdkObject) and not value.path:
                found.objects += [one for one in self.of(value).objects if one not in found.objects]

    def _related(self, one: int, other: int) -> bool:
        """Whether two modules belong to one program: the same, or one imports the other, also through others."""
        program = self.resolver.program
        return one == other or program.imports(one, other) or program.imports(other, one)

    def _arguments(self, made: Ref, found: Inner, client: Client) -> None:
        """Everything that a constructor is given, entries of dicts included, also of those that a name holds."""
        for keyword, number in self.resolver.program.node(made).args[1]:
            ref = made.sibling(number)
            if keyword != "**" and not self._is_mapping(ref):
                self._collect(ref, found, client)
                continue
            for value in self.resolver.values(ref):
                entries = self.resolver.containers.entry(value, None) if isinstance(value, Container) else [value]
                for entry in entries:
                    self._add(entry, found, client)

    def _is_mapping(self, ref: Ref) -> bool:
        """Whether an argument is a dict that the project writes: literally, or as a comprehension."""
        program = self.resolver.program
        containers = [v.ref for v in self.resolver.values(ref) if isinstance(v, Container)]
        nodes = [program.node(ref), *(program.node(at) for at in containers)]
        return any(n.op == "dict" or (n.op == "comp" and n.args[2] != NOTHING) for n in nodes)

    def kinds(self, value: SdkObject) -> set[str]:
        """The kinds of everything inside, at any depth."""
        return {one.kind for one in self._all(value, DEPTH)}

    def sdks(self, value: SdkObject) -> list[str]:
        """The SDKs of everything inside, at any depth."""
        return [one.sdk for one in self._all(value, DEPTH)]

    def _all(self, value: SdkObject, depth: int) -> list[SdkObject]:
        found = self.of(value).objects if depth else []
        return found + [deeper for one in found for deeper in self._all(one, depth - 1)]

    def _ambient(self, name: str) -> list[Ref]:
        """What is set for everything: `dspy.configure(lm=...)`, `Settings.llm = ...`."""
        ambient = self.resolver.knowledge.sdks[name].ambient
        if ambient is None:
            return []
        program = self.resolver.program
        found: list[Ref] = []
        for function in ambient.call:
            for call in program.calls_by_tail.get(function.rsplit(".", 1)[-1], ()):
                target = call.sibling(program.node(call).args[0])
                if any(isinstance(v, External) and v.name == function for v in self.resolver.values(target)):
                    found += self.reader.find(call, ambient.argument).refs
        for attribute in ambient.assigned:
            found += assigned_values(self.resolver, attribute)
        return found

    def _collect(self, ref: Ref, found: Inner, client: Client) -> None:
        node = self.resolver.program.node(ref)
        if node.op in ("list", "tuple"):
            for number in node.args:
                self._collect(ref.sibling(number), found, client)
            return
        for value in self.resolver.values(ref):
            self._add(value, found, client)

    def _add(self, value: Value, found: Inner, client: Client) -> None:
        if isinstance(value, SdkObject) and not value.path:
            if client.inner_of and value.sdk not in client.inner_of:
                found.complete = False
            elif value not in found.objects:
                found.objects.append(value)
        elif not isinstance(value, Const) and not (client.gathers is not None and isinstance(value, Made)):
            found.complete = False  # among the parts of a pipeline, other things of a library are no models

    def _puts(self, value: SdkObject, method: str) -> list[Ref]:
        """Calls of the method on the object, wherever it is held."""
        program = self.resolver.program
        calls: list[Ref] = []
        for call in program.calls_by_tail.get(method, ()):
            target = program.function(call).nodes[program.node(call).args[0]]
            if target.op != "attr":
                continue
            for holder in self.resolver.values(call.sibling(target.args[0])):
                if isinstance(holder, SdkObject) and holder.made == value.made and not holder.path:
                    calls.append(call)
        return calls
