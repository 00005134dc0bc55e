"""Values of facts and rules in words that people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from readylint.facts import FAILURE_NAMES
from readylint.logic import Leaf, evaluate, lookup
from readylint.packs.rule import WordsCase
from readylint.packs.template import Template

DURATIONS = frozenset({"worst_seconds", "time_limit"})
SINKS = {
    "eval": "is run by eval", "exec": "is run by exec", "shell": "is run in a shell", "sql": "becomes SQL",
    "html": "becomes HTML", "path": "becomes a file path", "pickle": "is unpickled",
    "import": "names a module that is imported", "url": "becomes a URL",
}  # fmt: skip
_PARTS = {2: "half", 3: "a third", 4: "a quarter", 5: "a fifth", 10: "a tenth"}


def words(cases: Sequence[WordsCase], fact: Mapping[str, Any], params: Mapping[str, Any]) -> str:
    """The first text whose condition holds for this fact; empty when there is none."""
    for case in cases:
        if case.when is None or evaluate(case.when, fact, params).value is True:
            return render(case.text, fact, params)
    return ""


def render(template: Template, fact: Mapping[str, Any], params: Mapping[str, Any]) -> str:
    """The sentence for this fact; of several places the first that is known, else "an unknown ..."."""
    out = []
    for literal, places in template.parts:
        out.append(literal)
        if places:
            values = [(place, _value(place, fact, params)) for place in places]
            known = [(place, value) for place, value in values if value is not None]
            place, value = known[0] if known else values[0]
            out.append(_said(place, value))
    return "".join(out)


def param_words(name: str, value: Any) -> str:
    """A parameter of a rule with its unit: `120 seconds`, in the number that the settings give."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return _counted(value, "second") if is_number and is_duration(name) else in_words(value)


def _said(place: str | Leaf, value: Any) -> str:
    """A value in the words that belong to its place."""
    if isinstance(place, str):
        return param_words(place, value)
    if place[-1] == "price_ratio" and isinstance(value, int | float):
        return part_of(value)
    if place[-1] == "sinks" and isinstance(value, list):
        return joined([SINKS.get(sink, str(sink)) for sink in value])
    if place[-1] == "misses" and isinstance(value, list):
        return joined([FAILURE_NAMES.get(failure, str(failure)) for failure in value])
    return in_words(value, is_duration(place))


def part_of(times: float) -> str:
    """How much of a price is left when it is divided by `times`: `half`, `about a 17th`, `80 %`."""
    whole = round(times)
    exact = abs(times - whole) < 0.01 * whole
    if whole < 2 or (whole < 5 and not exact):
        return f"{_plain(100 / times)} %" if times > 0 else "nothing"
    return ("" if exact else "about ") + (_PARTS.get(whole) or _ordinal_part(whole))


def _ordinal_part(number: int) -> str:
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 not in (11, 12, 13) else "th"
    vowel = str(number).startswith("8") or number in (11, 18)
    return f"{'an' if vowel else 'a'} {number}{ending}"


def joined(parts: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts) or "nothing"


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
        return joined([in_words(item) for item in value])
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
