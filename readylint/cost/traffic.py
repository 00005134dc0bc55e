"""The traffic file: how often calls run, and how large their requests and answers are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from readylint.packs import document
from readylint.packs.document import Keys, Refused
from readylint.packs.reading import Unreadable, read, shown
from readylint.tables import SettingsError

DAYS_PER_MONTH = 30
LARGEST = 1e15
_BREAK = re.compile(r"\r\n|\r|\n")


@dataclass(slots=True)
class Tokens:
    """Tokens of one request as the provider bills them: the median and the 95th percentile."""

    p50: float | None = None
    p95: float | None = None


@dataclass(slots=True)
class Load:
    """What is said of calls. None is what nobody says."""

    calls_per_day: float | None = None
    """Requests to the provider; each turn of a loop and each step of an agent is one."""
    input_tokens: Tokens | None = None
    """The whole request."""
    output_tokens: Tokens | None = None
    cache_hit_rate: float | None = None
    """The share of these requests, 0 to 1, that a cache of answers would save."""
    model: str | None = None


@dataclass(slots=True, kw_only=True)
class Entry(Load):
    """What is said of the calls at a place: a file, a line of it, or a function."""

    at: str


@dataclass(slots=True)
class TrafficDocument:
    """A traffic file as it is written."""

    days_per_month: float = DAYS_PER_MONTH
    default: Load = field(default_factory=Load)
    calls: list[Entry] = field(default_factory=list)


class Traffic:
    """A traffic file that was read. Without a file it says nothing of any call."""

    def __init__(self, path: Path | None = None, text: str = "", content: TrafficDocument | None = None) -> None:
        content = content or TrafficDocument()
        self.path = path
        self.days_per_month = content.days_per_month
        self.default = content.default
        self.entries = content.calls
        self._text = text

    def line(self, number: int) -> int:
        """The line of the entry with that number, from 0 on."""
        return document.locate(self._text, 0, ("calls", number))[0]

    def fail(self, keys: Keys, message: str, hint: str = "", *, of_key: bool = False) -> NoReturn:
        """Refuse what stands at these keys; raises `SettingsError`."""
        assert self.path is not None
        line, column = document.locate(self._text, 0, keys, of_key)
        raise _error(self.path, self._text, line, column, message, hint)


def read_traffic(path: Path) -> Traffic:
    """Read a traffic file.

    Raises `SettingsError` with line and column for what is wrong in it, `OSError` when it cannot be opened.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8: {error.reason} at byte {error.start}") from None
    try:
        found = document.documents(text)
    except Refused as refused:
        raise _error(path, text, refused.line, refused.column, refused.message) from None
    except (RecursionError, ValueError):
        raise _error(path, text, 1, 1, "a value here is nested too deep, or a number too long, to be read") from None
    if len(found) != 1 or found[0] is None:
        what = "the file is empty" if len(found) < 2 else f"a traffic file is one document; here are {len(found)}"
        raise _error(path, text, 1, 1, what, "`calls:` with one entry for each call")
    try:
        content: TrafficDocument = read(TrafficDocument, found[0])
        _check(content)
    except Unreadable as complaint:
        traffic = Traffic(path, text)
        name = ".".join(str(key) for key in complaint.keys if isinstance(key, str))
        said = complaint.message if complaint.of_key or not name else f"{name}: {complaint.message}"
        traffic.fail(complaint.keys, said, complaint.hint, of_key=complaint.of_key)
    return Traffic(path, text, content)


def _check(content: TrafficDocument) -> None:
    """Refuse numbers that cannot be; raises `Unreadable`."""
    _in_range(content.days_per_month, ("days_per_month",), least=1, most=31)
    for keys, load in _loads(content):
        _in_range(load.calls_per_day, (*keys, "calls_per_day"))
        _in_range(load.cache_hit_rate, (*keys, "cache_hit_rate"), most=1)
        for name, tokens in (("input_tokens", load.input_tokens), ("output_tokens", load.output_tokens)):
            if tokens is not None:
                _check_tokens(tokens, (*keys, name))
        if load.model is not None and not load.model.strip():
            raise Unreadable("expected the id of a model, found an empty text", (*keys, "model"))
    for number, entry in enumerate(content.calls):
        if not entry.at.strip():
            raise Unreadable("expected FILE, FILE:LINE or a function, found an empty text", ("calls", number, "at"))


def _loads(content: TrafficDocument) -> Iterator[tuple[Keys, Load]]:
    yield ("default",), content.default
    for number, entry in enumerate(content.calls):
        yield ("calls", number), entry


def _check_tokens(tokens: Tokens, keys: Keys) -> None:
    _in_range(tokens.p50, (*keys, "p50"))
    _in_range(tokens.p95, (*keys, "p95"))
    if tokens.p50 is None and tokens.p95 is None:
        raise Unreadable("expected p50, p95 or both, found neither", keys)
    if tokens.p50 is not None and tokens.p95 is not None and tokens.p95 < tokens.p50:
        raise Unreadable(f"expected at least p50, which is {tokens.p50:g}, found {shown(tokens.p95)}", (*keys, "p95"))


def _in_range(value: float | None, keys: Keys, least: float = 0, most: float | None = None) -> None:
    if value is None or least <= value <= (LARGEST if most is None else most):
        return
    wanted = f"from {least:g} to {most:g}" if most is not None else f"of at least {least:g}"
    wanted = f"a number {wanted}" if most is not None or value < least else f"a number of at most {LARGEST:g}"
    raise Unreadable(f"expected {wanted}, found {shown(value)}", keys)


def _error(path: Path, text: str, line: int, column: int, message: str, hint: str = "") -> SettingsError:
    lines = _BREAK.split(text)
    written = lines[line - 1] if line <= len(lines) else ""
    visible = "".join(c if c == "\t" or c.isprintable() else "?" for c in written)
    return SettingsError(message, path, line, column, visible, hint)
