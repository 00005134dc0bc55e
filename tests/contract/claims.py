"""What readylint says of each function of a program, and which lines of the catalogue say it.

Nothing is repeated here: the program is analysed as a user's project is, beside a `requirements.txt` that pins what is
installed. Which default line decides a setting, and which constructor a call belongs to, is found by analysing it a
second time with a catalogue in which each line and each constructor has a number of its own.
"""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from contract.cases import Case
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from readylint.analysis import gather
from readylint.catalogue import Call, Client, Sdk
from readylint.facts import LlmCall
from readylint.packs import Pack, load
from readylint.settings import Settings

FIRST_NUMBER = 1_000_000
ROLES = ("timeout", "retries")


@dataclass(frozen=True, eq=False)
class DefaultLine:
    """One line under `defaults` of a catalogue file."""

    sdk: Sdk
    path: tuple[str | int, ...]
    """The keys that lead to it in the file of the SDK."""
    owner: Client | None
    line: dict[str, Any]

    @property
    def packages(self) -> set[str]:
        """The distributions whose versions the line speaks of."""
        own = [self.owner.package] if self.owner and self.owner.package else []
        return {canonicalize_name(n) for n in own or [self.sdk.package, *self.sdk.same_version] if n}

    @property
    def confirmed(self) -> list[str]:
        """Versions in which a contract test has seen the values."""
        return [str(v) for v in self.line.get("confirmed", [])]

    def __str__(self) -> str:
        return f"rules/sdks/{self.sdk.sdk}.yaml, {'.'.join(map(str, self.path))}: {self.line}"


@dataclass
class Claim:
    """What is said of the one model call in a function. `lines` has the default line of a role that one decides."""

    timeout: Any
    timeout_source: str
    measures: str | None
    attempts: Any
    sdk: Sdk
    errors: dict[str, list[str]]
    """Failure -> classes; a framework often lets those of the vendor's SDK through."""
    returned: bool
    """Whether failures may be handed back instead of raised."""
    lines: dict[str, DefaultLine] = field(default_factory=dict)

    @property
    def default_timeout(self) -> bool:
        """Whether nobody has given the time limit."""
        return self.timeout_source == "sdk-default"

    def raises(self, failure: str) -> list[str]:
        """The classes that a failure may come as; the status classes where it has none of its own."""
        return self.errors.get(failure) or self.errors.get("status", [])


def claims(program: Path, versions: dict[str, str]) -> dict[str, Claim]:
    """Function -> claim. A function without exactly one model call has none."""
    sdks = {sdk.sdk: sdk for sdk in all_sdks(catalogue())}
    numbered = dict(_calls(program, versions, numbered_catalogue()))
    found = {}
    for name, call in _calls(program, versions, catalogue()):
        sdk, timeout, errors = sdks[call.sdk], call.timeout, _errors(numbered[name], sdks)
        returned = sdk.errors.returned is not None and within(sdk.errors.returned, _version(sdk, versions))
        claim = Claim(timeout.value, timeout.source, timeout.measures, call.retry.attempts, sdk, errors, returned)
        attempts = numbered[name].retry.attempts
        decided = {
            "timeout": numbered[name].timeout.value,
            "retries": attempts - 1 if isinstance(attempts, int) else None,
        }
        lines = {role: _numbered(number, default_lines()) for role, number in decided.items()}
        claim.lines = {role: line for role, line in lines.items() if line}
        found[name] = claim
    return found


def _version(sdk: Sdk, versions: dict[str, str]) -> str:
    return versions.get(canonicalize_name(sdk.package or ""), "0")


def _errors(numbered: LlmCall, sdks: dict[str, Sdk]) -> dict[str, list[str]]:
    method, client = _numbered(numbered.operation, methods()), _numbered(numbered.provider, clients())
    if method is not None and method.raises is not None:
        return method.raises
    below = sdks.get(client.errors_of) if client is not None and client.errors_of is not None else None
    return (below or sdks[numbered.sdk]).errors.raises


def seen_lines(case: Case, claimed: dict[str, Claim]) -> set[tuple[DefaultLine, str]]:
    """The default lines all values of which decide a claim of the program, each with the version that is run.

    Lines that go by the version of a distribution that the case does not pin are left out.
    """
    decided: dict[DefaultLine, set[str]] = defaultdict(set)
    for function, claim in claimed.items():
        for role, line in claim.lines.items():
            if function not in case.without:
                decided[line].add(role)
    whole = [line for line, roles in decided.items() if roles >= {r for r in ROLES if line.line.get(r) is not None}]
    return {(line, case.pins[name]) for line in whole for name in line.packages & case.pins.keys()}


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
    """The catalogue with numbers, counted from `FIRST_NUMBER`: as default values, as providers and as operations."""
    pack = load()
    for number, line in enumerate(_lines(pack), start=FIRST_NUMBER):
        line.line.update({role: number for role in ROLES if role in line.line})
    for number, client in enumerate(_clients(pack), start=FIRST_NUMBER):
        client.provider = str(number)
    for number, call in enumerate(_methods(pack), start=FIRST_NUMBER):
        call.operation = str(number)
    return pack


Numbered = TypeVar("Numbered")


def _numbered(number: Any, things: list[Numbered]) -> Numbered | None:
    """The thing of that number; None when it is no number of ours."""
    place = int(number) - FIRST_NUMBER if str(number).isdecimal() else -1
    return things[place] if 0 <= place < len(things) else None


@cache
def default_lines() -> list[DefaultLine]:
    """Every default line, in the order of their numbers."""
    return list(_lines(catalogue()))


@cache
def clients() -> list[Client]:
    """Every constructor, in the order of their numbers."""
    return list(_clients(catalogue()))


@cache
def methods() -> list[Call]:
    """Every call, in the order of their numbers."""
    return list(_methods(catalogue()))


def all_sdks(pack: Pack) -> list[Sdk]:
    """Every SDK of a pack."""
    return sorted(pack.sdks(pack.sdk_index), key=lambda one: one.sdk)


def _clients(pack: Pack) -> Iterator[Client]:
    yield from (client for sdk in all_sdks(pack) for client in sdk.clients)


def _methods(pack: Pack) -> Iterator[Call]:
    yield from (call for sdk in all_sdks(pack) for call in sdk.calls)


def _lines(pack: Pack) -> Iterator[DefaultLine]:
    for sdk in all_sdks(pack):
        owners = [("clients", n, one, one) for n, one in enumerate(sdk.clients)]
        owners += [("calls", n, one, None) for n, one in enumerate(sdk.calls)]
        for number, line in enumerate(sdk.defaults):
            yield DefaultLine(sdk, ("defaults", number), None, line)
        for kind, place, owner, client in owners:
            for number, line in enumerate(owner.defaults or ()):
                yield DefaultLine(sdk, (kind, place, "defaults", number), client, line)


def in_version(since: str | None, until: str | None, version: str) -> bool:
    """Whether a name that came in `since` and went in `until` exists in a version."""
    return within(",".join([f">={since}"] * bool(since) + [f"<{until}"] * bool(until)), version)


def within(versions: str, version: str) -> bool:
    """Whether a version is one of those; `*` is all of them."""
    return SpecifierSet("" if versions == "*" else versions).contains(Version(version), prereleases=True)
