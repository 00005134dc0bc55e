"""Which calls an entry of the traffic file names: those of a file, of a line, or of a function."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import NoReturn

from readylint.cost.traffic import Entry, Load, Traffic
from readylint.facts import LlmCall

_PLACE = re.compile(r"(?P<path>.+?):(?P<line>[0-9]{1,9})(?::(?P<column>[0-9]{1,9}))?\Z")
_MODULE_SUFFIXES = (".py", ".pyw", ".ipynb")
_NEAREST = 3
RANKS = ("line", "function", "file")
"""What names a call more closely counts before what names it more widely."""


class CallPlaces:
    """The calls of a run by their places. Paths are relative to the traffic file, or to the root of the run."""

    def __init__(self, calls: Iterable[LlmCall], root: Path, traffic: Traffic) -> None:
        self._calls = list(calls)
        self._traffic = traffic
        self._root = os.path.realpath(root)
        self._folder = self._root if traffic.path is None else os.path.realpath(traffic.path.parent)
        self._prefix = os.path.relpath(self._folder, self._root)
        self._paths = {call.span.path for call in self._calls}

    def loads(self, priced: Sequence[LlmCall], default: Load, without: Mapping[str, str]) -> dict[str, Load]:
        """What the traffic file says of each call, by its id; `default` is what its entries leave open.

        Only an entry names the model of a call here: that of `default` is for calls whose code leaves it open.
        `without` says, by id, why a call is not on the sheet. Raises `SettingsError` for an entry that names no call
        of the sheet, and for two that name the same call in the same way.
        """
        said: dict[str, dict[str, int]] = {call.id: {} for call in priced}
        for number, entry in enumerate(self._traffic.entries):
            rank, named = self._named(number, entry)
            found = [call for call in named if call.id in said]
            if not found:
                self._fail(number, f"{entry.at!r} is not on the cost sheet: {without[named[0].id]}")
            for call in found:
                if rank in said[call.id]:
                    line = self._traffic.line(said[call.id][rank])
                    self._fail(number, f"the call at {entry.at!r} has an entry already, in line {line}")
                said[call.id][rank] = number
        entries = self._traffic.entries
        return {
            name: _merged([*(entries[ranks[rank]] for rank in RANKS if rank in ranks), replace(default, model=None)])
            for name, ranks in said.items()
        }

    def written(self, call: LlmCall) -> str:
        """The place of a call as an entry names it."""
        return f"{self._relative(call.span.path)}:{call.span.line}"

    def _named(self, number: int, entry: Entry) -> tuple[str, list[LlmCall]]:
        """How the entry names calls, and which; refuses an entry that names none."""
        at = entry.at.strip()
        place = _PLACE.match(at)
        path = self._path(place["path"] if place else at)
        if path is None:
            return "function", self._function(number, at)
        here = [call for call in self._calls if call.span.path == path]
        if place is None:
            return "file", here
        line, column = int(place["line"]), place["column"]
        found = [call for call in here if call.span.line <= line <= call.span.end_line]
        if column is not None:
            found = [call for call in found if int(column) in (call.span.column, call.callee_span.column)]
        if not found:
            lines = ", ".join(str(known) for known in sorted({call.span.line for call in here}))
            self._fail(number, f"there is no model call at {at!r}", f"calls of this file are in line {lines}")
        least = min(call.span.end_line - call.span.line for call in found)
        return "line", [call for call in found if call.span.end_line - call.span.line == least]

    def _path(self, written: str) -> str | None:
        """The file with calls that a path means, relative to the root of the run."""
        plain = written.replace("\\", "/")
        joined = os.path.normpath(os.path.join(self._prefix, plain)).replace(os.sep, "/")
        return next((path for path in (joined, os.path.normpath(plain)) if path in self._paths), None)

    def _function(self, number: int, name: str) -> list[LlmCall]:
        found = [call for call in self._calls if _is_called(qualified(call), name)]
        owners = sorted({qualified(call) for call in found})
        if not found:
            self._fail(number, f"there is no model call at {name!r}", self._near(name))
        if len(owners) > 1:
            self._fail(number, f"{name!r} may be {' or '.join(owners[:_NEAREST])}", "write the whole name")
        return found

    def _near(self, at: str) -> str:
        """The places that are written most alike; where there are none, those that there are."""
        names: dict[str, str] = {}
        for call in self._calls:
            place, name = self.written(call), qualified(call)
            names |= {place: place, self._relative(call.span.path): self._relative(call.span.path)}
            if name:
                names |= {name: name, call.inside or name: name}
        found = [names[one] for one in difflib.get_close_matches(at, names, 2 * _NEAREST, 0.6)]
        near = list(dict.fromkeys(found))[:_NEAREST]
        if near:
            return f"did you mean {' or '.join(repr(one) for one in near)}?"
        places = [self.written(call) for call in self._calls]
        rest = f" and {len(places) - _NEAREST} more" if len(places) > _NEAREST else ""
        return f"model calls are at {', '.join(places[:_NEAREST])}{rest}" if places else "there are no model calls here"

    def _relative(self, path: str) -> str:
        return os.path.relpath(os.path.join(self._root, path), self._folder).replace(os.sep, "/")

    def _fail(self, number: int, message: str, hint: str = "") -> NoReturn:
        self._traffic.fail(("calls", number, "at"), message, hint)


def _merged(loads: Sequence[Load]) -> Load:
    """For each key what the first says that says something."""
    merged = Load()
    for name in Load.__slots__:
        setattr(merged, name, next((v for load in loads if (v := getattr(load, name)) is not None), None))
    return merged


def qualified(call: LlmCall) -> str:
    """The qualified name of the function around a call, its module first; empty in the body of a module."""
    if call.inside is None:
        return ""
    path = PurePosixPath(call.span.path)
    stem = path.with_suffix("") if path.suffix in _MODULE_SUFFIXES else path
    parts = stem.parts[:-1] if stem.name == "__init__" else stem.parts
    return ".".join([*parts, call.inside])


def _is_called(name: str, written: str) -> bool:
    return bool(name) and (name == written or name.endswith(f".{written}"))
