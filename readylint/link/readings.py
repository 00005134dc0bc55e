"""Readings: the values that a setting may have, each with who decided it and where."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from readylint.catalogue import Argument
from readylint.facts import Alternative, Setting, Source, Span
from readylint.values import Ref


@dataclass(slots=True)
class Reading:
    """One value that a role may have on one way."""

    value: Any
    """Number of seconds or attempts, text, True for "given"; "none" for no limit; None when it cannot be told."""
    source: Source
    at: Span | None = None
    via: list[Span] = field(default_factory=list)
    ref: Ref | None = None
    given: Ref | None = None
    """The node that stands at the argument."""
    origin: str = ""
    """literal, constant, config, config-with-default, parameter, default."""
    unit: Literal["s", "ms"] | None = None
    """For timeouts: the unit in which the number was given."""
    counts: str | None = None
    """For retries: whether the number counts retries or attempts."""
    by_default: str = ""
    """Which version of an SDK this is the default of, where they differ."""

    @property
    def path(self) -> str:
        """The caller, factory, branch or version that it comes from."""
        return self.by_default or (f"{self.at.path}:{self.at.line}" if self.at else "")


def as_setting(readings: list[Reading]) -> Setting:
    """One reading as a plain setting, several as alternatives; the value is set only when all agree."""
    first = readings[0]
    if len(readings) == 1:
        return Setting(first.value, first.source, first.at, list(first.via))
    alternatives = [Alternative(r.value, r.source, r.at, list(r.via), r.path) for r in readings]
    same = all(r.value == first.value for r in readings)
    sources = {r.source for r in readings}
    source = first.source if len(sources) == 1 else ("unknown" if "unknown" in sources else first.source)
    return Setting(first.value if same else None, source, first.at, list(first.via), alternatives)


def distinct(readings: list[Reading]) -> list[Reading]:
    """Readings without repetition."""
    seen: dict[tuple[Any, ...], Reading] = {}
    for r in readings:
        seen.setdefault((repr(r.value), r.source, r.at, r.by_default), r)
    return list(seen.values())


def converted(value: Any, spec: Argument) -> Any:
    """A literal in the unit of the facts: seconds, retries or attempts as given, "none" for None."""
    if value is None or value in spec.unlimited:
        return "none"
    if isinstance(value, str):
        try:
            value = float(value) if spec.unit == "ms" or "timeout" in (spec.at[-1] if spec.at else "") else value
        except ValueError:
            return value
    if isinstance(value, int | float) and not isinstance(value, bool) and spec.unit == "ms":
        return value / 1000
    return value
