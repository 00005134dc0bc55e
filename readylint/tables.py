"""Typed reading of TOML tables: what is wrong is refused with its file, line, caret and what was meant."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from readylint import toml


class Place(NamedTuple):
    """Where a value is written."""

    path: Path
    line: int
    column: int


class SettingsError(Exception):
    """Wrong settings, with the place and often with what was meant. `text` is the line itself."""

    def __init__(
        self,
        message: str,
        path: Path | None = None,
        line: int = 0,
        column: int = 0,
        text: str = "",
        hint: str = "",
        width: int = 1,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.line = line
        self.column = column
        self.text = text
        self.hint = hint
        self.width = width

    def __str__(self) -> str:
        """The message as people read it: place, line, caret, hint."""
        if self.path is None:
            return self.message + (f"\n  = help: {self.hint}" if self.hint else "")
        lines = [f"{shown(self.path)}:{self.line}:{self.column}: {self.message}"]
        if self.text:
            gutter = " " * len(str(self.line))
            lead = "".join("\t" if c == "\t" else " " for c in self.text[: self.column - 1])
            carets = "^" * max(1, min(self.width, len(self.text) - self.column + 1))
            lines += [f"{gutter} |", f"{self.line} | {self.text}", f"{gutter} | {lead}{carets}"]
        if self.hint:
            lines.append(f"  = help: {self.hint}")
        return "\n".join(lines)


def shown(path: Path) -> str:
    """The path as a person at the current directory would write it."""
    try:
        return path.relative_to(Path.cwd()).as_posix()
    except ValueError:
        return path.as_posix()


TYPE_WORDS: tuple[tuple[type, str], ...] = (
    (bool, "a boolean"),
    (int, "an integer"),
    (float, "a float"),
    (str, "a string"),
    (list, "an array"),
    (dict, "a table"),
)


def type_word(value: Any) -> str:
    """The TOML word for the type of a value."""
    return next((word for kind, word in TYPE_WORDS if isinstance(value, kind)), "a date or time")


def dotted(key: toml.Key) -> str:
    """The key as one word, for messages and for look-ups."""
    return ".".join(str(part) for part in key)


def meant(word: str, known: Iterable[str]) -> str:
    """`did you mean ...?`, or nothing when no known word is near."""
    known = sorted(known)
    near = difflib.get_close_matches(word.lower().replace("_", "-"), known, 1, 0.6) or difflib.get_close_matches(
        word, known, 1, 0.6
    )
    return f"did you mean `{near[0]}`?" if near else ""


class TableReader:
    """Checks one table of settings against what is known of each key."""

    def __init__(self, path: Path, document: toml.Document, table: toml.Key) -> None:
        self.path = path
        self.document = document
        self.table = table

    def fail(self, key: toml.Key, message: str, hint: str = "", *, of_value: bool = True) -> NoReturn:
        """Refuse the value (or the key) at `key`, which is relative to the table."""
        full = self.table + key
        line, column = self.document.place(full, of_value=of_value)
        mark = self.document.marks.get(full)
        width = 1 if mark is None else (mark.value_end - mark.value if of_value else mark.key_end - mark.key)
        raise SettingsError(message, self.path, line, column, self.document.line_of(line), hint, width)

    def refuse_unknown(self, key: toml.Key, data: dict[str, Any], known: Collection[str], what: str) -> None:
        """Every key of a table must be known."""
        for name in data:
            if name not in known:
                hint = meant(name, known) or "known: " + ", ".join(sorted(known))
                self.fail((*key, name), f"unknown {what} `{name}`", hint, of_value=False)

    def wrong(self, key: toml.Key, wanted: str, value: Any) -> NoReturn:
        """Refuse a value of another type."""
        self.fail(key, f"`{dotted(key)}` must be {wanted}, not {type_word(value)}")

    def text(self, key: toml.Key, value: Any) -> str:
        """A string that says something."""
        if not isinstance(value, str):
            self.wrong(key, "a string", value)
        if not value.strip():
            self.fail(key, f"`{dotted(key)}` is empty")
        return value

    def texts(self, key: toml.Key, value: Any) -> list[str]:
        """An array of strings."""
        if not isinstance(value, list):
            hint = f"write [{value!r}]".replace("'", '"') if isinstance(value, str) else ""
            self.fail(key, f"`{dotted(key)}` must be an array of strings, not {type_word(value)}", hint)
        return [self.text((*key, n), v) for n, v in enumerate(value)]

    def table_at(self, key: toml.Key, value: Any) -> dict[str, Any]:
        """A table."""
        if not isinstance(value, dict):
            self.wrong(key, "a table", value)
        return value

    def flag(self, key: toml.Key, value: Any) -> bool:
        """True or false."""
        if not isinstance(value, bool):
            self.wrong(key, "a boolean", value)
        return value

    def whole(self, key: toml.Key, value: Any, least: int, most: int | None = None) -> int:
        """An integer in a range."""
        wanted = f"an integer from {least} to {most}" if most is not None else f"an integer of at least {least}"
        if not isinstance(value, int) or isinstance(value, bool):
            self.wrong(key, wanted, value)
        if value < least or (most is not None and value > most):
            self.fail(key, f"`{dotted(key)}` must be {wanted}")
        return value

    def one_of(self, key: toml.Key, value: Any, allowed: Collection[str]) -> Any:
        """One of some words."""
        if not isinstance(value, str):
            self.wrong(key, "a string", value)
        if value not in allowed:
            listed = ", ".join(f'"{a}"' for a in allowed)
            self.fail(key, f'`{dotted(key)}` cannot be "{value}"', meant(value, allowed) or f"one of {listed}")
        return value
