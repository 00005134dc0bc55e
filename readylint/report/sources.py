"""Source lines for reports, read from disk once, with keys masked and nothing that could steer a terminal."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from readylint.facts import Fact, Span
from readylint.files import decode

_BREAK = re.compile(r"\r\n|\r|\n")
_STEERING = frozenset("\u061c\u200e\u200f\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def steers(character: str) -> bool:
    """Whether a character could change how a terminal or a reader sees the text around it."""
    return character in _STEERING or unicodedata.category(character) in ("Cc", "Cs")


def clean(text: str) -> str:
    """Text on one line, without control characters, bidirectional marks and lone surrogates."""
    if text.isascii() and text.isprintable():
        return text
    spaced = re.sub(r"[\t\r\n\v\f]+", " ", text)
    return "".join(c for c in spaced if not steers(c))


def show_text(line: str) -> str:
    """A line whose spaces matter: as it is, but for characters that could steer a terminal."""
    return "".join("    " if c == "\t" else "" if steers(c) else c for c in line)


def split_lines(text: str) -> list[str]:
    """Lines as editors and parsers count them: only CR, LF and CRLF end one."""
    return _BREAK.split(text)


def text_of(data: bytes) -> str:
    """The text of a file; what cannot be read as text becomes a replacement mark."""
    text = decode(data)
    return text if isinstance(text, str) else data.decode("utf-8", errors="replace").removeprefix("\ufeff")


class Sources:
    """The files under one root. Lines that hold a `secret` fact come back masked."""

    def __init__(self, root: Path, facts: Iterable[Fact] = ()) -> None:
        self.root = root
        self._data: dict[str, bytes | None] = {}
        self._lines: dict[tuple[str, int | None], list[str]] = {}
        self._secrets: dict[str, list[Span]] = {}
        for fact in facts:
            if fact.kind == "secret":
                self._secrets.setdefault(fact.span.path, []).append(fact.span)

    def data(self, path: str) -> bytes | None:
        """The bytes of a file, or None when it cannot be read."""
        if path not in self._data:
            try:
                self._data[path] = (self.root / path).read_bytes()
            except (OSError, ValueError):
                self._data[path] = None
        return self._data[path]

    def lines(self, path: str, cell: int | None = None) -> list[str]:
        """The lines of a file, or of one cell (counted from 1) of a notebook; empty when it cannot be read."""
        key = (path, cell)
        if key not in self._lines:
            data = self.data(path)
            lines = [] if data is None else split_lines(text_of(data) if cell is None else _cell(data, cell))
            for span in self._secrets.get(path, []):
                if span.cell == cell:
                    _mask(lines, span)
            self._lines[key] = lines
        return self._lines[key]

    def line(self, span: Span) -> str | None:
        """The first line of a region, or None when the file has no such line."""
        lines = self.lines(span.path, span.cell)
        return lines[span.line - 1] if span.line <= len(lines) else None


def _cell(data: bytes, number: int) -> str:
    try:
        source = json.loads(data)["cells"][number - 1]["source"]
    except (ValueError, LookupError, TypeError):
        return ""
    return "".join(source) if isinstance(source, list) else str(source)


def _mask(lines: list[str], span: Span) -> None:
    for number in range(span.line, min(span.end_line, len(lines)) + 1):
        line = lines[number - 1]
        start = span.column - 1 if number == span.line else 0
        end = span.end_column - 1 if number == span.end_line else len(line)
        if start == end and span.line == span.end_line:
            start, end = 0, len(line)
        inner = "".join(c if c in "\"' \t" else "*" for c in line[start:end])
        lines[number - 1] = line[:start] + inner + line[end:]
