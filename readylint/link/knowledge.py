"""The catalogue as lookup tables for the linker."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from readylint.catalogue import Call, Client, EvidenceFile, Framework, ModelEntry, Sdk, TracerRule, View


class Knowledge:
    """What the packs and the settings say, by the names that code uses."""

    def __init__(
        self,
        sdks: Iterable[Sdk],
        frameworks: Iterable[Framework],
        evidence: Iterable[EvidenceFile],
        models: dict[str, ModelEntry],
        strip: dict[str, list[str]],
        endpoints: list[dict[str, Any]],
        declared: dict[str, dict[str, Any]],
        sdk_named: Callable[[str], Sdk | None],
    ) -> None:
        """`sdk_named` gives SDKs that the project does not import."""
        self._sdk_named = sdk_named
        self.sdks = {s.sdk: s for s in sdks}
        self.frameworks = list(frameworks)
        self.evidence = list(evidence)
        self.models = models
        self.strip = strip
        self.endpoints = endpoints
        self.declared = declared
        self.makes: dict[str, list[tuple[Sdk, int]]] = defaultdict(list)
        self.functions: dict[str, tuple[Sdk, Call]] = {}
        self.object_calls: dict[tuple[str, str], dict[str, Call]] = defaultdict(dict)
        self.views: dict[tuple[str, str], list[View]] = defaultdict(list)
        self.wrappers: dict[str, list[tuple[Sdk, View]]] = defaultdict(list)
        self.module_roots: dict[str, tuple[Sdk, str]] = {}
        self.readers: set[str] = set()
        self.absent: set[str] = set()
        self.global_names: dict[str, tuple[Sdk, str]] = {}
        self.tails: set[str] = set()
        self.called_objects = False
        self.decorators: set[str] = set()
        for sdk in self.sdks.values():
            self._add_sdk(sdk)
        self.sdk_roots = {i.split(".")[0]: s.sdk for s in self.sdks.values() for i in s.imports if s.pipe}
        self.tracers: list[TracerRule] = [t for e in self.evidence for t in e.tracers]
        self.drop_in = self._drop_ins()

    def _add_sdk(self, sdk: Sdk) -> None:
        for number, client in enumerate(sdk.clients):
            if client.decorator:
                self.decorators.update(client.make)
            for make in client.make:
                # Of several entries those with a condition are asked first; of two plain ones the later counts.
                known = self.makes[f"{make}().{client.method}" if client.method else make]
                if not client.argument_is:
                    known[:] = [one for one in known if one[0].clients[one[1]].argument_is]
                    known.append((sdk, number))
                else:
                    known.insert(0, (sdk, number))
        for call in sdk.calls:
            if not call.of:
                self.functions[call.path] = (sdk, call)
            for kind in call.of:
                self.object_calls[sdk.sdk, kind][call.path] = call
            if call.path == "()":
                self.called_objects = True
            self.tails.add(call.path.rsplit(".", 1)[-1])
        for view in sdk.views:
            for kind in view.of:
                self.views[sdk.sdk, kind].append(view)
            for wrapper in view.wrapper:
                self.wrappers[wrapper].append((sdk, view))
        for root in sdk.module:
            self.module_roots[str(root["root"])] = (sdk, str(root["of"]))
        for names in sdk.readers.values():
            self.readers.update(names)
        self.absent.update(sdk.absent)
        for role, names in sdk.globals.items():
            for name in names:
                self.global_names[name] = (sdk, role)

    def _drop_ins(self) -> dict[str, str]:
        """Module of a recording stand-in -> import root of the SDK whose clients it offers."""
        roots: dict[str, str] = {}
        for tracer in self.tracers:
            for module in tracer.drop_in:
                for name in tracer.sdks:
                    if name in self.sdks and self.sdks[name].imports:
                        roots[module] = self.sdks[name].imports[0]
        return roots

    def client(self, sdk: str, number: int) -> Client | None:
        """A constructor of an SDK by its number in the catalogue file."""
        return self.sdks[sdk].clients[number] if number >= 0 else None

    def sdk(self, name: str) -> Sdk | None:
        """An SDK by its name, imported by the project or not."""
        return self.sdks[name] if name in self.sdks else self._sdk_named(name)

    def client_kinds(self, sdk: str) -> set[str]:
        """Ids of all kinds of object of an SDK."""
        return {c.id for c in self.sdks[sdk].clients}

    def candidates(self, name: str) -> list[tuple[Sdk, int]]:
        """Constructors of that name; several when an argument decides (`boto3.client`).

        An entry `package.module.*` stands for every class below the module that no other entry names.
        """
        if name in self.makes:
            return self.makes[name]
        if name.rsplit(".", 1)[-1][:1].isupper():
            folder = name
            while "." in folder:
                folder = folder.rsplit(".", 1)[0]
                if f"{folder}.*" in self.makes:
                    return self.makes[f"{folder}.*"]
        return []

    def plain_name(self, name: str) -> str:
        """The name without a recording stand-in: `langfuse.openai.X` is read as the SDK's own `X`."""
        for module, root in self.drop_in.items():
            if name.startswith(f"{module}."):
                rest = name[len(module) :]
                return rest[1:] if f"{rest}.".startswith(f".{root}.") else root + rest
        return name

    def entry_of_module(self, name: str) -> tuple[Sdk, str, str] | None:
        """SDK, kind of object and attribute path of a module-level client: `openai.chat.completions.create`."""
        for root, (sdk, kind) in self.module_roots.items():
            if name.startswith(f"{root}."):
                return sdk, kind, name[len(root) + 1 :]
        return None

    def first_evidence(self, field: str) -> list[Any]:
        """All entries of one kind of evidence, over all files."""
        return [rule for file in self.evidence for rule in getattr(file, field)]
