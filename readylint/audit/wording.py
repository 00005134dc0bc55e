"""Values of facts and rules in words that people read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from readylint.logic import Leaf, lookup
from readylint.packs.template import Template

DURATIONS = frozenset({"worst_seconds", "time_limit"})


def render(template: Template, fact: Mapping[str, Any], params: Mapping[str, Any]) -> str:
    """The sentence for this fact; of several places the first that is known, else "an unknown ..."."""
    out = []
    for literal, places in template.parts:
        out.append(literal)
        if places:
            values = [(place, _value(place, fact, params)) for place in places]
            known = [(place, value) for place, value in values if value is not None]
            place, value = known[0] if known else values[0]
            out.append(in_words(value, is_duration(place)))
    return "".join(out)


def is_duration(place: str | Leaf) -> bool:
    """Whether the value at this path, or of this parameter, is in seconds."""
    if isinstance(place, str):
        return place.endswith("seconds")
    return place[-1] in DURATIONS or place[-2:] == ("timeout", "value")


def in_words(value: Any, duration: bool = False) -> str:
    """One value: `90 seconds`, `10 minutes`, `for ever`, `a, b and c`."""
    if value is None:
        return "an unknown time" if duration else "unknown"
    if duration:
        return _time(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        words = [in_words(item) for item in value]
        return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words) or "nothing"
    if isinstance(value, Mapping):
        return f"{value['path']}:{value['line']}" if {"path", "line"} <= set(value) else in_words(value.get("value"))
    if isinstance(value, float):
        return _plain(value)
    return {"none": "no limit"}.get(value, str(value)) if isinstance(value, str) else str(value)


def _value(place: str | Leaf, fact: Mapping[str, Any], params: Mapping[str, Any]) -> Any:
    return params.get(place) if isinstance(place, str) else lookup(fact, place)


def _time(value: Any) -> str:
    if value in ("none", "unbounded"):
        return "for ever"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    for size, word in ((3600, "hour"), (60, "minute")):
        if value >= size and value % size == 0 and not (size == 60 and value < 120):
            return _counted(value / size, word)
    return _counted(value, "second")


def _counted(number: float, word: str) -> str:
    return f"{_plain(number)} {word}" + ("" if number == 1 else "s")


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:.3g}"
