"""The stream that people read: colour when it is wanted, no markup, nothing that the encoding cannot carry."""

from __future__ import annotations

import textwrap
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

    def paragraph(self, text: str, indent: str = "", style: str = "") -> None:
        """Words, wrapped to the terminal with a hanging indent; one line when piped."""
        if self.width is None or cell_len(indent + text) <= self.width:
            self.print(indent + text, style)
            return
        for line in textwrap.wrap(text, max(30, self.width - len(indent)), break_on_hyphens=False):
            self.print(indent + line, style)


def number(count: int, word: str) -> str:
    """`1 call`, `2 calls`, `2 queries`."""
    if count == 1:
        return f"1 {word}"
    return f"{count} {word[:-1]}ies" if word.endswith("y") else f"{count} {word}s"
