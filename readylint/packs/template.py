"""Sentences with places for values: `{callee} may wait {timeout.worst_seconds}`.

A place names a path of the fact or a `$param`; `{a|b}` takes the first that is known. `{{` and `}}` are braces.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from typing import Any

from readylint.packs import contract
from readylint.packs.contract import Steps
from readylint.packs.reading import Unreadable, near

Place = Steps | str


@dataclass(slots=True, frozen=True)
class Template:
    """Literal texts, each followed by the places to try in turn (paths, or names of parameters)."""

    parts: tuple[tuple[str, tuple[Place, ...]], ...]

    def paths(self) -> list[Steps]:
        """Every path that the sentence reads."""
        return [place for _, places in self.parts for place in places if isinstance(place, tuple)]


def parse(text: str, subjects: tuple[Any, ...], params: dict[str, Any]) -> Template:
    """The template that the text writes down, held against the contract; raises `Unreadable`."""
    parts: list[tuple[str, tuple[Place, ...]]] = []
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError as error:
        raise Unreadable(f"the braces do not fit: {error}; write {{{{ and }}}} for braces that are shown") from None
    for literal, name, layout, conversion in pieces:
        if name is None:
            parts.append((literal, ()))
            continue
        if layout or conversion or not name:
            raise Unreadable("a place in braces is a path or $param; write {{ and }} for braces that are shown")
        parts.append((literal, tuple(_place(part.strip(), subjects, params) for part in name.split("|"))))
    return Template(tuple(parts))


def _place(name: str, subjects: tuple[Any, ...], params: dict[str, Any]) -> Place:
    if name.startswith("$"):
        if name[1:] not in params:
            raise Unreadable(f"unknown parameter {name!r}", hint=near(name[1:], params))
        return name[1:]
    path = contract.split(name)
    contract.resolve(path, subjects)
    return path
