"""TOML with places: what a file says, and where each key and value of it stands.

The data comes from tomli. The places come from a scanner over the same text, which tomli has accepted by then, so the
scanner needs no opinion on what is valid.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

Key = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_STRINGS = (
    r'"""(?s:\\.|[^\\])*?"""(?:"{0,2})',
    r"'''(?s:.)*?'''(?:'{0,2})",
    r'"(?:\\.|[^"\\\n])*"',
    r"'[^'\n]*'",
)
_STRING = re.compile("|".join(_STRINGS))
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\n]+")
_REST_OF_LINE = re.compile(r"[^\n]*")


class TomlError(ValueError):
    """A file that is not TOML. `line` and `column` are 1-based."""

    def __init__(self, message: str, line: int, column: int, text: str) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.text = text


@dataclass(slots=True, frozen=True)
class Mark:
    """Offsets in the text: where the key and the value begin and end. An array element has no key of its own."""

    key: int
    key_end: int
    value: int
    value_end: int


@dataclass(slots=True)
class Document:
    """A TOML file that was read. `marks` is keyed by the path of keys and array positions."""

    text: str
    data: dict[str, Any]
    marks: dict[Key, Mark]

    def position(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column of an offset."""
        return self.text.count("\n", 0, offset) + 1, offset - (self.text.rfind("\n", 0, offset) + 1) + 1

    def place(self, key: Key, *, of_value: bool = False) -> tuple[int, int]:
        """Line and column of a key (or of its value). A key that is not written gives the nearest one around it."""
        while key and key not in self.marks:
            key = key[:-1]
        if not key:
            return 1, 1
        mark = self.marks[key]
        return self.position(mark.value if of_value else mark.key)

    def line_of(self, line: int) -> str:
        """The text of a 1-based line, without its end."""
        lines = self.text.split("\n")
        return lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else ""


def parse(text: str) -> Document:
    """Read TOML 1.1."""
    text = text.removeprefix("\ufeff")
    try:
        data = tomli.loads(text)
    except tomli.TOMLDecodeError as e:
        message = str(e.msg)
        raise TomlError(message[:1].lower() + message[1:], e.lineno, e.colno, text) from None
    except RecursionError:
        raise TomlError("nested too deeply", 1, 1, text) from None
    scanner = _Scanner(text)
    scanner.scan()
    return Document(text, data, scanner.marks)


def read(path: Path) -> Document:
    """Read a TOML file. OSError is the caller's; everything else is a `TomlError`."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as e:
        line = data.count(b"\n", 0, e.start) + 1
        column = len(data[data.rfind(b"\n", 0, e.start) + 1 : e.start].decode("utf-8", "replace")) + 1
        raise TomlError("this byte is not UTF-8", line, column, data.decode("utf-8", "replace")) from None
    return parse(text)


class _Scanner:
    """Walks valid TOML once and notes where things are."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.marks: dict[Key, Mark] = {}
        self.tables: dict[Key, int] = {}
        """Array of tables -> position of its latest element."""

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return self.at

    def _starts(self, prefix: str) -> bool:
        return self.text.startswith(prefix, self.at)

    def scan(self) -> None:
        """Fill `marks`."""
        table: Key = ()
        while self._skip(_BLANK) < len(self.text):
            if self._starts("["):
                table = self._header()
            else:
                self._pair(table)
                self._skip(_REST_OF_LINE)

    def _header(self) -> Key:
        start = self.at
        is_array = self._starts("[[")
        self.at += 2 if is_array else 1
        parts = self._key()
        self._skip(_REST_OF_LINE)
        table: Key = ()
        for n, (part, _, _) in enumerate(parts):
            table += (part,)
            if is_array and n == len(parts) - 1:
                self.tables[table] = self.tables.get(table, -1) + 1
            self._mark(table, Mark(parts[n][1], parts[n][2], start, self.at))
            if table in self.tables:
                table += (self.tables[table],)
                self._mark(table, Mark(start, self.at, start, self.at))
        return table

    def _mark(self, key: Key, mark: Mark) -> None:
        self.marks.setdefault(key, mark)

    def _key(self) -> list[tuple[str, int, int]]:
        """A dotted key at the position: its parts, each with start and end."""
        parts: list[tuple[str, int, int]] = []
        while True:
            start = self._skip(_SPACE)
            quoted = self.text[start : start + 1] in ('"', "'")
            end = self._skip(_STRING if quoted else _BARE_KEY)
            raw = self.text[start:end]
            if quoted:
                raw = tomli.loads(f"key = {raw}")["key"] if "\\" in raw else raw[1:-1]
            parts.append((raw, start, end))
            self._skip(_SPACE)
            if not self._starts("."):
                return parts
            self.at += 1

    def _pair(self, table: Key) -> None:
        parts = self._key()
        self.at += 1  # the equals sign
        start = self._skip(_SPACE)
        keys = [table + tuple(p[0] for p in parts[: n + 1]) for n in range(len(parts))]
        end = self._value(keys[-1])
        for key, (_, key_start, key_end) in zip(keys, parts, strict=True):
            self._mark(key, Mark(key_start, key_end, start, end))

    def _value(self, key: Key) -> int:
        if self._starts('"') or self._starts("'"):
            return self._skip(_STRING)
        if self._starts("["):
            return self._array(key)
        if self._starts("{"):
            return self._inline_table(key)
        start = self.at
        self._skip(_SCALAR)
        self.at = start + len(self.text[start : self.at].rstrip())
        return self.at

    def _array(self, key: Key) -> int:
        self.at += 1
        n = 0
        while self._skip(_BLANK) < len(self.text) and not self._starts("]"):
            start = self.at
            end = self._value((*key, n))
            self._mark((*key, n), Mark(start, end, start, end))
            n += 1
            self._skip(_BLANK)
            if self._starts(","):
                self.at += 1
        self.at += 1
        return self.at

    def _inline_table(self, key: Key) -> int:
        self.at += 1
        while self._skip(_BLANK) < len(self.text) and not self._starts("}"):
            self._pair(key)
            self._skip(_BLANK)
            if self._starts(","):
                self.at += 1
        self.at += 1
        return self.at
