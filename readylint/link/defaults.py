"""Defaults of SDKs: which lines of the catalogue apply to a call, by the version that the project uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from readylint.catalogue import Argument, Client, Sdk
from readylint.facts import SdkVersions
from readylint.link.arguments import ArgumentReader
from readylint.link.calls import ModelCall
from readylint.link.given import Given
from readylint.link.versions import Declared, VersionLines
from readylint.values import Ref, SdkObject

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

Line = dict[str, Any]


@dataclass(slots=True)
class Default:
    """A default value. Unknown (`known` False) when lines that may apply differ."""

    known: bool = False
    value: Any = None
    line: Line = field(default_factory=dict)


@dataclass(slots=True)
class Applying:
    """The lines that may apply, grouped by version, and what is known of that version."""

    groups: list[list[Line]]
    versions: SdkVersions
    sdk: str
    package: str | None
    how: str
    """How the catalogue came to know: measured, introspected, source-read, unverified."""

    def has(self, role: str) -> bool:
        """Whether any line speaks of the role."""
        return any(role in line for group in self.groups for line in group)


class Defaults:
    """Chooses default lines. `model_ids` gives the ids that a call may ask for, None where that is not known."""

    def __init__(
        self,
        resolver: Resolver,
        dependencies: dict[str, Declared],
        reader: ArgumentReader,
        model_ids: Callable[[ModelCall], list[str] | None],
    ) -> None:
        self.resolver = resolver
        self.dependencies = dependencies
        self.reader = reader
        self.model_ids = model_ids
        self._applying: dict[tuple[Ref, SdkObject | None], Applying] = {}

    def applying(self, call: ModelCall, value: SdkObject | None = None) -> Applying:
        """The lines of a call on its object; with `value` those of another object, such as the model of an agent."""
        key = (call.ref, value)
        if key not in self._applying:
            self._applying[key] = self._find(call, value)
        return self._applying[key]

    def _find(self, call: ModelCall, value: SdkObject | None) -> Applying:
        sdk, client = self._owner(call, value)
        lines = client.defaults if client is not None and client.defaults is not None else sdk.defaults
        if call.call.defaults is not None and value is None:
            lines = [*call.call.defaults, *lines]
        versions = self.version_lines(call, value)
        chosen = versions.choose(lines)
        if versions.is_locked:
            return Applying([chosen], versions.summary(chosen), sdk.sdk, versions.package, self._how(sdk))
        specific = [v for v in dict.fromkeys(str(x.get("versions", "*")) for x in chosen) if v != "*"] or ["*"]
        groups = [[x for x in chosen if str(x.get("versions", "*")) in (v, "*")] for v in specific]
        return Applying(groups, versions.summary(chosen), sdk.sdk, versions.package, self._how(sdk))

    def _how(self, sdk: Sdk) -> str:
        return str(sdk.verified.get("how", "unverified"))

    def version_lines(self, call: ModelCall, value: SdkObject | None = None) -> VersionLines:
        """What is known of the version of the distribution that decides."""
        sdk, client = self._owner(call, value)
        package = client.package if client is not None and client.package else sdk.package
        names = [(call.call.since, call.call.until)] if value is None and package == sdk.package else []
        if client is not None:
            names.append((client.since, client.until))
        verified = [str(v) for v in sdk.verified.get("versions", [])]
        known = [package or "", *(sdk.same_version if package == sdk.package else ())]
        declared = next((self.dependencies[name] for name in known if name in self.dependencies), None)
        return VersionLines(package, declared, verified, names)

    def _owner(self, call: ModelCall, value: SdkObject | None) -> tuple[Sdk, Client | None]:
        one = value or (call.objects[0] if call.objects else None)
        sdk = call.sdk if value is None else self.resolver.knowledge.sdks[value.sdk]
        return sdk, self.resolver.knowledge.client(one.sdk, one.constructor) if one is not None else None

    def default(self, call: ModelCall, role: str, value: SdkObject | None = None) -> Default:
        """The default of a role."""
        results: list[Default] = []
        for group in self.applying(call, value).groups:
            results.append(self._first(call, [x for x in group if role in x], role, value))
        if not results:
            return Default()
        if all(r.known for r in results) and all(r.value == results[0].value for r in results):
            return results[0]
        return Default(line=results[0].line)

    def _first(self, call: ModelCall, lines: list[Line], role: str, value: SdkObject | None) -> Default:
        """The first line whose condition holds; unknown when one that cannot be decided stands before it."""
        undecided: list[Line] = []
        for line in lines:
            applies = self._condition(call, line.get("when"), value)
            if applies is None:
                undecided.append(line)
            elif applies:
                if all(u[role] == line[role] for u in undecided):
                    return Default(True, line[role], line)
                return Default(line=line)
        return Default(line=undecided[0] if undecided else {})

    def _condition(self, call: ModelCall, when: dict[str, Any] | None, value: SdkObject | None) -> bool | None:
        if not when:
            return True
        results: list[bool | None] = []
        for test, wanted in when.items():
            values = [wanted] if isinstance(wanted, str) else list(wanted)
            if test == "given":
                results.append(self._is_given(call, values, value))
            elif test == "model_prefix":
                results.append(self._model_begins(call, values))
            else:
                results.append(None)
        if any(r is False for r in results):
            return False
        return None if any(r is None for r in results) else True

    def _is_given(self, call: ModelCall, paths: list[str], value: SdkObject | None) -> bool | None:
        unknown = False
        _, client = self._owner(call, value)
        places: list[tuple[Ref | None, list[Argument]]] = []
        if value is None:
            places.append((call.argument_call, [*call.call.arguments.values(), *call.sdk.arguments.values()]))
        made = value.made if value is not None else call.objects[0].made if call.objects else None
        inner = [client.inner] if client is not None and client.inner is not None else []
        places.append((made, [*(client.arguments.values() if client is not None else ()), *inner]))
        for place, arguments in places:
            for path in paths if place is not None else ():
                position = next((a.position for a in arguments if path in a.at and a.position is not None), None)
                given = self.reader.path(place, path, position) if place is not None else Given()
                if given.refs:
                    return True
                unknown = unknown or given.unknown
        return None if unknown else False

    def _model_begins(self, call: ModelCall, prefixes: list[str]) -> bool | None:
        ids = self.model_ids(call)
        if ids is None:
            return None
        matches = [any(i.startswith(p) for p in prefixes) for i in ids]
        return matches[0] if len(set(matches)) == 1 else None
