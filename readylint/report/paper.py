"""The stream that people read: colour when it is wanted, no markup, nothing that the encoding cannot carry."""

from __future__ import annotations

import re
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from readylint.report.options import ReportOptions

_UNICODE_SIGNS = {
    "holds": "✔", "fails": "✘", "unknown": "?", "not-applicable": "–", "attestable": "◇", "no-rule": "·",
    "full": "█", "empty": "░",
}  # fmt: skip
_ASCII_SIGNS = {
    "holds": "+", "fails": "x", "unknown": "?", "not-applicable": "-", "attestable": "o", "no-rule": ".",
    "full": "#", "empty": ".",
}  # fmt: skip


_LEAST_ROOM = 20
_WORD = re.compile(r"(?:`[^`]*`|\S)+")
"""What is never broken: a word, and what stands between backticks."""


class Paper:
    """Prints lines of rich text as they are: never wrapped, never read as markup."""

    def __init__(self, stream: TextIO, options: ReportOptions) -> None:
        always, never = options.color == "always", options.color == "never"
        self.console = Console(
            file=stream,
            markup=False,
            highlight=False,
            emoji=False,
            soft_wrap=True,
            force_jupyter=False,
            force_terminal=True if always else None,
            color_system="standard" if always else None if never else "auto",
            no_color=False if always else True if never else None,
        )
        self.width = options.width
        if self.width is None and stream.isatty():
            self.width = self.console.width
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        try:
            "".join(_UNICODE_SIGNS.values()).encode(self._encoding)
            self.signs = _UNICODE_SIGNS
        except UnicodeEncodeError:
            self.signs = _ASCII_SIGNS

    def print(self, line: Text | str = "", style: str = "") -> None:
        """One line."""
        text = Text(line, style) if isinstance(line, str) else line
        if self.signs is _ASCII_SIGNS:
            text.plain = text.plain.replace("…", "~").encode(self._encoding, "replace").decode(self._encoding)
        self.console.print(text, soft_wrap=True)

    def wrap(self, line: Text | str, hang: int = 2) -> None:
        """One line, wrapped to the terminal between words; what continues is indented by `hang`."""
        for part in wrapped(Text(line) if isinstance(line, str) else line, self.width, hang):
            self.print(part)

    def paragraph(self, text: str, indent: str = "", style: str = "") -> None:
        """Words, wrapped to the terminal, all lines with the same indent; one line when piped."""
        self.wrap(Text(indent + text, style), len(indent))


def wrapped(line: Text, width: int | None, hang: int) -> list[Text]:
    """The line broken between words so that it fits; a word that is too long (a path) stays whole."""
    plain = line.plain
    if width is None or cell_len(plain) <= width:
        return [line]
    hang = min(hang, max(2, width - _LEAST_ROOM))
    breaks: list[int] = []
    start, used, lead = 0, 0, len(plain) - len(plain.lstrip(" "))
    for word in _WORD.finditer(plain):
        end = used + cell_len(plain[start : word.end()])
        if end > width and word.start() > max(start, lead):
            breaks.append(word.start())
            start, used = word.start(), hang
    parts = line.divide(breaks)
    for part in parts:
        part.rstrip()
    return [parts[0], *(Text(" " * hang).append_text(part) for part in parts[1:])]


def number(count: int, word: str) -> str:
    """`1 call`, `2 calls`, `2 queries`."""
    if count == 1:
        return f"1 {word}"
    return f"{count} {word[:-1]}ies" if word.endswith("y") else f"{count} {word}s"
