"""What readylint says of each function of a program, and which lines of the catalogue say it.

Nothing is repeated here: the program is analysed as a user's project is, beside a `requirements.txt` that pins what is
installed. Which default line decides a setting is found by analysing it a second time with a catalogue in which every
default line has a number of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from readylint.analysis import gather
from readylint.catalogue import Client, Sdk
from readylint.facts import LlmCall
from readylint.packs import Pack, load
from readylint.settings import Settings

FIRST_NUMBER = 1_000_000
ROLES = ("timeout", "retries")


@dataclass(frozen=True, eq=False)
class DefaultLine:
    """One line under `defaults` of a catalogue file."""

    sdk: Sdk
    owner: Client | None
    line: dict[str, Any]

    @property
    def package(self) -> str | None:
        """The distribution whose versions the line speaks of."""
        return (self.owner.package if self.owner else None) or self.sdk.package

    @property
    def confirmed(self) -> list[str]:
        """Versions in which a contract test has seen the values."""
        return [str(v) for v in self.line.get("confirmed", [])]

    def __str__(self) -> str:
        owner = f" (of {self.owner.make[0]})" if self.owner else ""
        return f"rules/sdks/{self.sdk.sdk}.yaml{owner}: {self.line}"


@dataclass
class Claim:
    """What is said of the one model call in a function. `lines` has the default line of a role that one decides."""

    timeout: Any
    timeout_source: str
    attempts: Any
    sdk: Sdk
    lines: dict[str, DefaultLine] = field(default_factory=dict)
    errors_of: Sdk | None = None

    @property
    def default_timeout(self) -> bool:
        """Whether nobody has given the time limit."""
        return self.timeout_source == "sdk-default"

    def raises(self, failure: str) -> list[str]:
        """The classes that a failure may come as; the status classes where it has none of its own."""
        sdk = self.errors_of or self.sdk
        return sdk.errors.raises.get(failure) or sdk.errors.raises.get("status", [])


def claims(program: Path, versions: dict[str, str]) -> dict[str, Claim]:
    """Function -> claim. A function without exactly one model call has none."""
    sdks = {sdk.sdk: sdk for sdk in all_sdks(catalogue())}
    decided = {name: call for name, call in _calls(program, versions, numbered_catalogue())}
    found = {}
    for name, call in _calls(program, versions, catalogue()):
        claim = Claim(call.timeout.value, call.timeout.source, call.retry.attempts, sdks[call.sdk])
        numbers = {"timeout": decided[name].timeout.value, "retries": decided[name].retry.attempts}
        for role, number in numbers.items():
            if isinstance(number, int | float) and number >= FIRST_NUMBER:
                claim.lines[role] = default_lines()[int(number) - FIRST_NUMBER - (role == "retries")]
        of = next((line.owner.errors_of for line in claim.lines.values() if line.owner and line.owner.errors_of), None)
        claim.errors_of = sdks[of] if of else None
        found[name] = claim
    return found


def _calls(program: Path, versions: dict[str, str], pack: Pack) -> Iterator[tuple[str, LlmCall]]:
    with tempfile.TemporaryDirectory(prefix="readylint-contract-") as place:
        folder = Path(place)
        (folder / "app.py").write_text(program.read_text(encoding="utf-8"), encoding="utf-8")
        pins = "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))
        (folder / "requirements.txt").write_text(pins, encoding="utf-8")
        calls = [f for f in gather([folder], Settings(), pack).facts if isinstance(f, LlmCall)]
    names = [str(call.inside).rpartition(".")[2] for call in calls]
    yield from ((name, call) for name, call in zip(names, calls, strict=True) if names.count(name) == 1)


@cache
def catalogue() -> Pack:
    """The catalogue as it is."""
    return load()


@cache
def numbered_catalogue() -> Pack:
    """The catalogue with another value in each default line: its number, counted from `FIRST_NUMBER`."""
    pack = load()
    for number, line in enumerate(_lines(pack), start=FIRST_NUMBER):
        line.line.update({role: number for role in ROLES if role in line.line})
    return pack


@cache
def default_lines() -> list[DefaultLine]:
    """Every default line, in the order of their numbers."""
    return list(_lines(catalogue()))


def all_sdks(pack: Pack) -> list[Sdk]:
    """Every SDK of a pack."""
    return pack.sdks(pack.sdk_index)


def _lines(pack: Pack) -> Iterator[DefaultLine]:
    for sdk in sorted(all_sdks(pack), key=lambda one: one.sdk):
        for line in sdk.defaults:
            yield DefaultLine(sdk, None, line)
        for client in sdk.clients:
            for line in client.defaults or ():
                yield DefaultLine(sdk, client, line)
        for call in sdk.calls:
            for line in call.defaults or ():
                yield DefaultLine(sdk, None, line)


def in_version(since: str | None, until: str | None, version: str) -> bool:
    """Whether a name that came in `since` and went in `until` exists in a version."""
    bounds = [f">={since}"] * bool(since) + [f"<{until}"] * bool(until)
    return SpecifierSet(",".join(bounds)).contains(Version(version), prereleases=True)
