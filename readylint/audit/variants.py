"""Settings that have several possible values, substituted one by one.

A setting with `alternatives` is replaced by each of them. Settings whose alternatives come from the same callers,
factories or branches (the same `path`) vary together; the others vary independently, up to a limit. What versions of
one SDK do by themselves are no ways through the code: one of them is installed, and nobody can tell which.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from readylint.facts import BY_DEFAULT
from readylint.logic import UNKNOWN

LIMIT = 32
OWN = "\0"
Keys = tuple[str, ...]


@dataclass(slots=True, frozen=True)
class Variants:
    """The fact once for each combination; `complete` is false when some were left out."""

    facts: list[Mapping[str, Any]]
    complete: bool = True
    ways: list[Keys] = field(default_factory=list)
    """Of each of the facts the way through the code: facts that have one in common differ in the SDK's version."""


def open_settings(fact: Mapping[str, Any]) -> dict[Keys, Mapping[str, Any]]:
    """The settings of a fact that have alternatives, by where they stand."""
    return dict(_settings(fact, ()))


def variants(fact: Mapping[str, Any], settings: Mapping[Keys, Mapping[str, Any]], reads: Collection[Keys]) -> Variants:
    """The fact with each combination of alternatives, of those settings that the paths in `reads` touch."""
    touched = {keys: value for keys, value in settings.items() if any(read[: len(keys)] == keys for read in reads)}
    if not touched:
        return Variants([fact], ways=[()])
    choices = [_choices(group, touched) for group in _groups(touched)]
    combinations = list(itertools.islice(itertools.product(*choices), LIMIT + 1))
    made, ways = [], []
    for combination in combinations[:LIMIT]:
        changed: Mapping[str, Any] = fact
        for _, choice in combination:
            for keys, value in choice.items():
                changed = _replaced(changed, keys, value)
        made.append(changed)
        ways.append(tuple(_way(name) for name, _ in combination))
    return Variants(made, len(combinations) <= LIMIT, ways)


def _way(name: str) -> str:
    """The name of an alternative without the version of an SDK."""
    return name.removeprefix(BY_DEFAULT).partition(" ")[0] if name.startswith(BY_DEFAULT) else name


def _settings(value: Any, keys: Keys) -> Iterator[tuple[Keys, Mapping[str, Any]]]:
    if not isinstance(value, Mapping):
        return
    if value.get("alternatives"):
        yield keys, value
    for key, child in value.items():
        if key != "alternatives":
            yield from _settings(child, (*keys, key))


def _names(keys: Keys, setting: Mapping[str, Any]) -> list[str]:
    """A name for each alternative; those without a path, or with one that was there before, get one of their own."""
    out: list[str] = []
    for number, alternative in enumerate(setting["alternatives"]):
        path = alternative.get("path") or ""
        out.append(path if path and path not in out else f"{OWN}{'.'.join(keys)}.{number}")
    return out


def _groups(settings: Mapping[Keys, Mapping[str, Any]]) -> list[list[Keys]]:
    """Settings that share the path of an alternative stand in one group."""
    groups: list[tuple[set[str], list[Keys]]] = []
    for keys, setting in settings.items():
        shared = {name for name in _names(keys, setting) if not name.startswith(OWN)}
        members = [keys]
        rest = []
        for names, others in groups:
            if names & shared:
                shared |= names
                members = others + members
            else:
                rest.append((names, others))
        groups = [*rest, (shared, members)]
    return [members for _, members in groups]


def _choices(
    group: list[Keys], settings: Mapping[Keys, Mapping[str, Any]]
) -> list[tuple[str, dict[Keys, Mapping[str, Any]]]]:
    named = {}
    for keys in group:
        named[keys] = dict(zip(_names(keys, settings[keys]), settings[keys]["alternatives"], strict=True))
    names = dict.fromkeys(name for alternatives in named.values() for name in alternatives)
    return [(name, {keys: _chosen(settings[keys], named[keys].get(name)) for keys in group}) for name in names]


def _chosen(setting: Mapping[str, Any], alternative: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The setting as this alternative has it; unknown when it has none of that path."""
    if alternative is None:
        emptied = {key: None for key in setting if key not in ("layers", "effects", "via", "alternatives")}
        marks = {key: UNKNOWN for key in ("source", "status") if key in setting}
        return {**setting, **emptied, **marks, "alternatives": []}
    kept = {key: value for key, value in setting.items() if key not in ("why", "path")}
    return {**kept, **{key: value for key, value in alternative.items() if key != "path"}, "alternatives": []}


def _replaced(value: Mapping[str, Any], keys: Keys, new: Mapping[str, Any]) -> Mapping[str, Any]:
    if not keys:
        return new
    return {**value, keys[0]: _replaced(value[keys[0]], keys[1:], new)}
