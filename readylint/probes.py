"""The probes of SDK files, run: small programs whose model calls are known.

A line that carries a call ends with `# <- call`, and with what its fact says: `# <- call timeout=600 attempts=3`.
Each marked line has to carry a call of the SDK, and no other line may. A look-alike may hold none at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from readylint.catalogue import LookAlike, Probe, Sdk
from readylint.facts import FactSheet, LlmCall, to_json
from readylint.packs import Pack
from readylint.small_program import written

_MARK = re.compile(r"#\s*<-\s*call\b(?P<claims>[^#]*)$")
CLAIMS = {
    "operation": "operation",
    "provider": "provider",
    "streaming": "streaming",
    "timeout": "timeout.value",
    "attempts": "retry.attempts",
    "max_output": "max_output.value",
    "steps": "settings.steps.value",
    "model": "model.ids",
    "output": "output.status",
    "blocking": "blocking_in_async",
    "refused": "refused",
}
"""What a mark may claim by a short name -> where it stands in the fact; any other name is a path in the fact."""


@dataclass(slots=True, frozen=True)
class ProbeResult:
    """How one probe came out; `detail` is empty when it did as it says."""

    sdk: str
    name: str
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Whether the probe came out as it says."""
        return not self.detail


def probes(pack: Pack, packs: Iterable[str] | None = None) -> Iterator[tuple[Sdk, Probe | LookAlike]]:
    """Every probe and look-alike of the SDK files, or those of these packs."""
    wanted = None if packs is None else set(packs)
    for sdk, found, owner in pack.probes():
        if wanted is None or owner in wanted:
            for probe in found.probes:
                yield sdk, probe
            for look_alike in found.look_alikes:
                yield sdk, look_alike


def name_of(probe: Probe | LookAlike) -> str:
    """What the probe is called in a report."""
    if isinstance(probe, LookAlike):
        return f"look-alike {probe.name}"
    return f"{probe.form} {probe.name}" if probe.name else probe.form


def run_probe(pack: Pack, sdk: Sdk, probe: Probe | LookAlike) -> ProbeResult:
    """Write the files of one probe, find its calls, and compare with the marks."""
    files = {**({"app.py": probe.code} if probe.code is not None else {}), **probe.files}
    calls = [f for f in facts_of(pack, files).facts if isinstance(f, LlmCall)]
    detail = "" if files else "there is no program"
    if isinstance(probe, LookAlike):
        places = ", ".join(f"{c.span.path}:{c.span.line} {c.callee}" for c in calls)
        detail = detail or (f"is taken for a call: {places}" if calls else "")
    else:
        detail = detail or compared(files, calls, sdk.sdk)
    return ProbeResult(sdk.sdk, name_of(probe), detail)


def facts_of(pack: Pack, files: dict[str, str]) -> FactSheet:
    """The facts of a small program, given as path -> text."""
    from readylint.analysis import gather

    with written(files) as (folder, settings):
        return gather([folder], settings, pack)


def compared(files: dict[str, str], calls: list[LlmCall], sdk: str | None = None) -> str:
    """How the calls found differ from the marks, "" when they do not; with a name, only calls of that SDK count."""
    wanted = _marks(files)
    if not wanted:
        return "no line is marked with `# <- call`"
    found: dict[tuple[str, int], list[LlmCall]] = {}
    for call in calls:
        found.setdefault((call.span.path, _marked_line(call, wanted)), []).append(call)
    for path, line in sorted(wanted.keys() - found.keys()):
        return f"{path}:{line} is marked and no call is found there"
    for place, here in sorted(found.items()):
        if place not in wanted:
            return f"{place[0]}:{place[1]} {here[0].callee} is found and not marked"
        meant = [call for call in here if sdk in (None, call.sdk)]
        if not meant:
            return f"{place[0]}:{place[1]} is taken for a call of {here[0].sdk}"
        complaints = [_unlike(call, wanted[place]) for call in meant]
        if all(complaints):
            return f"{place[0]}:{place[1]} {complaints[0]}"
    return ""


def _marked_line(call: LlmCall, wanted: dict[tuple[str, int], dict[str, str]]) -> int:
    """The marked line inside the call's span (the mark may stand behind the closing bracket), else its first."""
    last = call.span.end_line
    lines = [n for n in range(call.span.line, last + 1) if (call.span.path, n) in wanted]
    return lines[0] if lines else call.callee_span.line


def _marks(files: dict[str, str]) -> dict[tuple[str, int], dict[str, str]]:
    """Place -> claims."""
    out: dict[tuple[str, int], dict[str, str]] = {}
    for path, text in files.items():
        for number, line in enumerate(text.split("\n"), start=1):
            found = _MARK.search(line)
            if found is not None:
                pairs = [word.partition("=") for word in found["claims"].split()]
                out[path, number] = {name: value for name, _, value in pairs}
    return out


def _unlike(call: LlmCall, claims: dict[str, str]) -> str:
    fact = to_json(call)
    for name, claimed in claims.items():
        path = CLAIMS.get(name, name)
        if path.partition(".")[0] not in fact:
            return f"the mark says {name}=, which is none of {', '.join(CLAIMS)}, and no field of the fact"
        value = _at(fact, path)
        shown = (value or ["none"]) if isinstance(value, list) else [value]
        if name == "refused":
            shown = [bool(value and any(r["certain"] for r in value))]
        if not any(_same(claimed, one) for one in shown):
            return f"{name} is {value!r}, the mark says {claimed}"
    return ""


def _at(fact: Any, path: str) -> Any:
    for step in path.split("."):
        fact = fact.get(step) if isinstance(fact, dict) else None
    return fact


def _same(claimed: str, value: Any) -> bool:
    if isinstance(value, bool):
        return claimed == str(value).lower()
    if isinstance(value, int | float):
        try:
            return float(claimed) == value
        except ValueError:
            return False
    return claimed == ("unknown" if value is None else str(value))
