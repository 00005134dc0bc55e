"""Which lines of a catalogue file apply to the version of an SDK that the project uses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from readylint.facts import SdkVersions


@dataclass(slots=True, frozen=True)
class Declared:
    """What the project's manifests say of one distribution."""

    name: str
    specifier: str | None
    locked: str | None
    path: str
    line: int


class VersionLines:
    """Chooses among lines such as `{versions: ">=1.44", retries: 2}`."""

    def __init__(
        self,
        package: str | None,
        declared: Declared | None,
        verified: list[str],
        names: Sequence[tuple[str | None, str | None]] = (),
    ) -> None:
        self.package = package
        self.declared = declared
        self.verified = [v for v in (_version(x) for x in verified) if v is not None]
        self.names = _bounds(names)
        """Versions in which the names that the code uses exist."""

    @property
    def is_locked(self) -> bool:
        """Whether the project uses one version."""
        return self.declared is not None and self.declared.locked is not None

    def choose(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The lines inside what is known of the version; all of them when nothing is known."""
        declared = self.declared
        if declared is not None and declared.locked is not None:
            version = _version(declared.locked)
            if version is not None:
                return [x for x in lines if version in _specifier(x.get("versions"))]
        if declared is not None and declared.specifier:
            wanted = _specifier(declared.specifier)
            both = [x for x in lines if self._overlap(wanted, _specifier(x.get("versions")), self.names)]
            return both or [x for x in lines if self._overlap(wanted, _specifier(x.get("versions")))]
        return [x for x in lines if self._overlap(self.names, _specifier(x.get("versions")))]

    def within(self, versions: str) -> bool | None:
        """Whether the project's version is one of these; None when it may be."""
        wanted = _specifier(versions)
        declared = self.declared
        locked = _version(declared.locked) if declared is not None and declared.locked is not None else None
        if locked is not None:
            return locked in wanted
        own = _specifier(declared.specifier) if declared is not None and declared.specifier else self.names
        inside = [s in wanted for s in self._samples(own, wanted) if s in own]
        return None if len(set(inside)) != 1 else inside[0]

    def _overlap(self, *wanted: SpecifierSet) -> bool:
        """Whether some version satisfies all."""
        samples = self._samples(*wanted)
        return any(all(s in one for one in wanted) for s in samples) if samples else True

    def _samples(self, *wanted: SpecifierSet) -> list[Version]:
        """The versions named by any of them, their neighbours, and those that were checked."""
        samples = list(self.verified)
        for spec in [s for one in wanted for s in one]:
            version = _version(spec.version.removesuffix(".*"))
            if version is not None:
                samples += [version, *_neighbours(version)]
        return samples

    def summary(self, lines: list[dict[str, Any]]) -> SdkVersions:
        """What the facts say of the version."""
        declared = self.declared
        names = [str(x.get("versions", "*")) for x in lines]
        if declared is None:
            return SdkVersions(names, "names" if self.package else "unknown")
        if declared.locked is not None:
            return SdkVersions(names, "locked", declared.locked, declared.path)
        return SdkVersions(names, "range", declared.specifier or None, declared.path)


def _bounds(names: Sequence[tuple[str | None, str | None]]) -> SpecifierSet:
    parts = [f">={since}" for since, _ in names if since] + [f"<{until}" for _, until in names if until]
    return _specifier(",".join(parts) or None)


def _version(text: str) -> Version | None:
    match = re.match(r"\d+(\.\d+)*([abrc.]+\d+)*", text.strip())
    try:
        return Version(match.group()) if match else None
    except InvalidVersion:
        return None


def _specifier(text: object) -> SpecifierSet:
    if text is None or text == "*":
        return SpecifierSet(prereleases=True)
    try:
        return SpecifierSet(str(text), prereleases=True)
    except InvalidSpecifier:
        return SpecifierSet(prereleases=True)


def _neighbours(version: Version) -> list[Version]:
    release = [*version.release, 0, 0]
    major, minor, patch = release[:3]
    found = [Version(f"{major}.{minor}.{patch + 1}"), Version(f"{major}.{minor + 1}"), Version(f"{major + 1}.0")]
    if patch:
        found.append(Version(f"{major}.{minor}.{patch - 1}"))
    if minor:
        found.append(Version(f"{major}.{minor - 1}.999"))
    if major:
        found.append(Version(f"{major - 1}.999"))
    return found
