"""Why no model call was found in a file that imports an SDK."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from readylint.link.calls import ModelCall
from readylint.values import External, Open, Ref, SdkObject, Unknown, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

SHOWN = 3


@dataclass(slots=True)
class SilentFile:
    """A file that imports an SDK and holds no model call. `line` is that of the import, 1-based."""

    path: str
    line: int
    sdk: str
    why: str


class SilentFiles:
    """Looks at the files that import an SDK and in which no call was found."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.roots = {
            root: sdk.sdk for sdk in resolver.knowledge.sdks.values() if sdk.transport == "sdk" for root in sdk.imports
        }

    def find(self, calls: Iterable[ModelCall], read: int) -> list[SilentFile]:
        """One entry a file, in order of path; what was parsed after the first `read` belongs to another project."""
        found: list[SilentFile] = []
        all_calls = list(calls)
        speaking = {call.ref.module for call in all_calls}
        with self.resolver.mode(loading=False):
            for index, module in enumerate(self.program.modules[:read]):
                first = self._first_import(index) if index not in speaking else None
                if first is not None:
                    at, sdk = first
                    why = self._why(index, sdk, all_calls)
                    found.append(SilentFile(module.path, self.program.span(at).line, sdk, why))
        return sorted(found, key=lambda f: f.path)

    def _imports(self, module: int) -> Iterable[tuple[Ref, str, str]]:
        """Imports of an SDK: the node, the SDK, and the imported name."""
        for function in self.program.modules[module].functions:
            for number in function.imports:
                source, name = function.nodes[number].args
                dotted = f"{source}.{name}" if name else source
                for root, sdk in self.roots.items():
                    if f"{dotted}.".startswith(f"{root}.") and not self.program.is_own(source, module):
                        yield Ref(module, function.number, number), sdk, name or source
                        break

    def _first_import(self, module: int) -> tuple[Ref, str] | None:
        return next(((at, sdk) for at, sdk, _ in self._imports(module)), None)

    def _why(self, module: int, sdk: str, calls: list[ModelCall]) -> str:
        built = [made for made in self._objects_made(module) if made.made is not None and made.made.module == module]
        places = {made.made for made in built}
        users = [c for c in calls if any(o.made in places for o in c.objects)]
        if users:
            spans = sorted({str(self.program.span(c.ref).path) for c in users})
            return f"builds a client whose calls stand in {_listed(spans)}"
        open_calls, other_calls = self._methods(module, sdk)
        if open_calls:
            return f"cannot tell on which object {_listed(open_calls)} is called"
        if other_calls:
            return f"calls only what asks no model: {_listed(other_calls)}"
        if built:
            return "builds a client, and no call of it was found anywhere"
        names = sorted({name for _, _, name in self._imports(module)})
        return f"uses only {_listed(names)} of it, and calls nothing that asks a model"

    def _objects_made(self, module: int) -> list[SdkObject]:
        found: list[SdkObject] = []
        for function in self.program.modules[module].functions:
            for number in function.calls:
                values = self.resolver.values(Ref(module, function.number, number))
                found += [
                    v for v in values if isinstance(v, SdkObject) and v.made == Ref(module, function.number, number)
                ]
        return found

    def _methods(self, module: int, sdk: str) -> tuple[list[str], list[str]]:
        """Calls with the name of a model call on objects that cannot be told; and other methods of SDK objects."""
        tails = {call.path.rsplit(".", 1)[-1] for call in self.resolver.knowledge.sdks[sdk].calls}
        unclear: list[str] = []
        other: list[str] = []
        for function in self.program.modules[module].functions:
            for number in function.calls:
                target = function.nodes[number].args[0]
                node = function.nodes[target]
                if node.op == "attr":
                    opened = unclear if node.args[1] in tails else []
                    self._method(Ref(module, function.number, target), opened, other)
        return list(dict.fromkeys(unclear)), list(dict.fromkeys(other))

    def _method(self, ref: Ref, unclear: list[str], other: list[str]) -> None:
        for value in self.resolver.values(ref):
            if self._asks_nothing(value):
                other.append(self.program.written(ref))
            elif isinstance(value, Unknown | Open):
                unclear.append(self.program.written(ref))

    def _asks_nothing(self, value: Value) -> bool:
        """A method of an SDK object, or a function of an SDK: calls of models were found already."""
        if isinstance(value, SdkObject):
            return bool(value.path) and self.resolver.objects.method_view(value) is None
        return isinstance(value, External) and self._of_sdk(value.name)

    def _of_sdk(self, name: str) -> bool:
        return name[:1].islower() and any(f"{name}.".startswith(f"{root}.") for root in self.roots)


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    more = f" and {len(shown) - SHOWN} more" if len(shown) > SHOWN else ""
    return ", ".join(shown[:SHOWN]) + more
