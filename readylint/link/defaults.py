"""Defaults of SDKs: which lines of the catalogue apply to a call, by the version that the project uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from readylint.catalogue import Argument, Client, Sdk
from readylint.facts import BY_DEFAULT, SdkVersions
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
    choices: list[Choice] = field(default_factory=list)
    """Where lines differ: every value that may hold; empty when one of them is not known."""


@dataclass(slots=True, frozen=True)
class Choice:
    """What one of the lines that may apply says."""

    value: Any
    path: str
    """How an alternative of this line is named; the same for each role."""


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
        applying = self.applying(call, value)
        lines: list[Line] = []
        complete = True
        for group in applying.groups:
            found, decided = self._in_group(call, [x for x in group if role in x], value)
            lines += found
            complete = complete and decided
        if not lines:
            return Default()
        if complete and all(line[role] == lines[0][role] for line in lines):
            return Default(True, lines[0][role], lines[0])
        known = complete and all(line[role] is not None for line in lines)
        return Default(line=lines[0], choices=_choices(applying, lines, role) if known else [])

    def _in_group(self, call: ModelCall, lines: list[Line], value: SdkObject | None) -> tuple[list[Line], bool]:
        """The lines of one version that may hold, and whether there can be no other answer.

        That is the first whose condition holds, with those before it of which that cannot be told.
        """
        found: list[Line] = []
        for line in lines:
            applies = self._condition(call, line.get("when"), value)
            if applies is not False:
                found.append(line)
            if applies:
                return found, True
        # A version that cannot stand beside what else is installed is not installed.
        return found, bool(lines) and all("beside" in line.get("when", ()) for line in lines)

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
            elif test == "beside":
                results.append(self._beside(wanted))
            else:
                results.append(None)
        if any(r is False for r in results):
            return False
        return None if any(r is None for r in results) else True

    def _beside(self, wanted: dict[str, str]) -> bool | None:
        """Whether other distributions have these versions: one that is declared otherwise says no."""
        answers = [
            VersionLines(name, self.dependencies[name], []).within(versions)
            for name, versions in wanted.items()
            if name in self.dependencies
        ]
        return False if False in answers else True if True in answers else None

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


def _choices(applying: Applying, lines: list[Line], role: str) -> list[Choice]:
    """The values of lines that differ, each under the name of its version."""
    versions = [str(line.get("versions", "*")) for line in lines]
    every = [id(line) for group in applying.groups for line in group]
    return [
        Choice(
            line[role],
            f"{BY_DEFAULT}{applying.package or applying.sdk} {spec}"
            + (f" #{every.index(id(line)) + 1}" if versions.count(spec) > 1 else ""),
        )
        for line, spec in zip(lines, versions, strict=True)
    ]
