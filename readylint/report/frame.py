"""The frame around one finding: its source lines, carets, labels and help, as lines of rich text."""

from __future__ import annotations

import textwrap
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len
from rich.text import Text

from readylint.facts import Span
from readylint.report.paper import wrapped
from readylint.report.sources import Sources, clean, steers
from readylint.verdicts import Finding, Label

SEVERITY_STYLE = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
GUTTER_STYLE = "blue"
RELATED_STYLE = "blue"
_TAB = 4
_PIPED_WIDTH = 120
_LABELS = 8


@dataclass(slots=True)
class Mark:
    """A label on its way into the frame. `primary` marks carry carets, the others dashes."""

    span: Span
    text: str
    primary: bool


@dataclass(slots=True)
class Row:
    """One source line as it is shown; `cells[i]` is the column, in terminal cells, of its character `i`."""

    parts: list[str]
    cells: list[int]
    before: str = ""
    after: str = ""

    @property
    def text(self) -> str:
        """The line, with an ellipsis where it was cut."""
        return self.before + "".join(self.parts) + self.after

    def column(self, index: int) -> int:
        """The terminal column of a character, clamped to the row."""
        return self.cells[max(0, min(index, len(self.cells) - 1))]


def place(span: Span) -> str:
    """`path:line:column`, with the cell for notebooks; one word, so that terminals and editors can follow it."""
    cell = f":cell {span.cell}" if span.cell is not None else ""
    return f"{clean(span.path)}{cell}:{span.line}:{span.column}"


def one_line(finding: Finding) -> str:
    """The short form: `path:line:col: rule [severity] message`."""
    return f"{place(finding.span)}: {finding.rule} [{finding.severity}] {clean(finding.message)}"


def show_line(line: str) -> Row:
    """A source line with tabs widened and steering characters made visible as a replacement mark."""
    parts: list[str] = []
    cells = [0]
    for character in line:
        if character == "\t":
            parts.append(" " * (_TAB - cells[-1] % _TAB))
        else:
            parts.append("\ufffd" if steers(character) else character)
        cells.append(cells[-1] + cell_len(parts[-1]))
    return Row(parts, cells)


def cut_row(row: Row, start: int, end: int, width: int) -> Row:
    """The part of a long row around the characters `start` to `end`."""
    total = row.cells[-1]
    if total <= width:
        return row
    left = 0
    if row.column(end) >= width:
        left = max(0, min(row.column(start) - width // 3, total - width + 1))
    first = bisect_left(row.cells, left)
    lead = 1 if first else 0
    limit = row.cells[first] + width - lead
    if total > limit:
        limit -= 1
    last = bisect_right(row.cells, limit) - 1
    shift = row.cells[first] - lead
    edge = row.cells[last] - shift
    cells = [min(max(cell - shift, 0), edge) for cell in row.cells]
    return Row(row.parts[first:last], cells, "…" if first else "", "…" if last < len(row.parts) else "")


class Frame:
    """Draws findings. `width` is the terminal's, or None when the output is piped: then nothing is wrapped."""

    def __init__(self, sources: Sources, width: int | None, show_all: bool = False) -> None:
        self.sources = sources
        self.width = width
        self.show_all = show_all

    def lines(self, finding: Finding) -> Iterator[Text]:
        """The lines of one finding, without the empty line after it."""
        head = Text().append(f"{finding.severity}[{finding.rule}]", SEVERITY_STYLE[finding.severity])
        head.append(f": {clean(finding.message)}", "bold")
        yield from wrapped(head, self.width, 4)
        yield from self.places(finding)
        yield from self._help(finding, self._digits(self._marks(finding)[0]))

    def places(self, finding: Finding) -> Iterator[Text]:
        """The places of a finding with their source lines, without its message and help."""
        marks, hidden = self._marks(finding)
        digits = self._digits(marks)
        style = SEVERITY_STYLE[finding.severity]
        here = [m for m in marks if self._home(m.span) == self._home(finding.span)]
        elsewhere = [m for m in marks if self._home(m.span) != self._home(finding.span)]
        yield self._place("-->", finding.span, digits)
        yield from self._file(here, digits, style)
        for _, group in groupby(elsewhere, key=lambda m: self._home(m.span)):
            block = list(group)
            yield self._place(":::", block[0].span, digits)
            yield from self._file(block, digits, style)
        if hidden:
            yield from self._equals(digits, "note", f"{hidden} more places take part (--show all)")

    @staticmethod
    def _digits(marks: list[Mark]) -> int:
        return max(len(str(m.span.line)) for m in marks)

    def _marks(self, finding: Finding) -> tuple[list[Mark], int]:
        labels = finding.evidence if self.show_all else finding.evidence[:_LABELS]
        marks = [Mark(finding.span, finding.label, True)]
        own = [x for x in labels if x.span == finding.span]
        marks += [Mark(x.span, x.text, True) for x in own if x.text != finding.label]
        rest = [x for x in labels if x.span != finding.span]
        marks += [Mark(x.span, x.text, False) for x in sorted(rest, key=self._order(finding))]
        return marks, len(finding.evidence) - len(labels)

    @staticmethod
    def _home(span: Span) -> tuple[str, int | None]:
        return span.path, span.cell

    def _order(self, finding: Finding) -> Callable[[Label], tuple[int, Span]]:
        rank: dict[tuple[str, int | None], int] = {}
        for label in finding.evidence:
            rank.setdefault(self._home(label.span), len(rank))
        return lambda label: (rank[self._home(label.span)], label.span)

    def _place(self, arrow: str, span: Span, digits: int) -> Text:
        return Text(" " * digits).append(f"{arrow} ", GUTTER_STYLE).append(place(span))

    def _bar(self, digits: int, mark: str = "|", number: int | None = None) -> Text:
        return Text().append(f"{number or '':>{digits}} {mark}", GUTTER_STYLE)

    def _equals(self, digits: int, word: str, text: str, style: str = "") -> list[Text]:
        """`= word: text`, where what is wrapped stands below the text."""
        line = self._bar(digits, "=").append(f" {word}: ", "bold")
        hang = len(line.plain)
        return wrapped(line.append(text, style), self.width, hang)

    def _file(self, marks: list[Mark], digits: int, style: str) -> Iterator[Text]:
        """The source lines of one file, in their order, with the marks below each."""
        rows = sorted(marks, key=lambda m: m.span.line)
        readable = [m for m in rows if self.sources.line(m.span) is not None]
        if readable:
            yield self._bar(digits)
        before: int | None = None
        for number, group in groupby(readable, key=lambda m: m.span.line):
            if before is not None and number > before + 1:
                yield self._bar(digits, ":")
            yield from self._line(list(group), digits, style)
            before = number
        for mark in rows:
            if mark not in readable and mark.text:
                at = "" if mark.primary else f"line {mark.span.line}: "
                yield from self._equals(digits, "note", at + clean(mark.text))

    def _line(self, marks: list[Mark], digits: int, style: str) -> Iterator[Text]:
        marks.sort(key=lambda m: (not m.primary, m.span.column))
        line = self.sources.line(marks[0].span) or ""
        width = max(20, (self.width or _PIPED_WIDTH) - digits - 3)
        start, end = _ends(marks[0].span, line)
        row = cut_row(show_line(line), start, end, width)
        source = self._bar(digits, number=marks[0].span.line)
        if row.text.strip():
            source.append(f" {row.text.rstrip()}")
        yield source
        drawn: set[tuple[int, int]] = set()
        for mark in marks:
            start, end = _ends(mark.span, line)
            first, last = row.column(start), row.column(end)
            length = max(1, last - first)
            again = (first, length) in drawn
            drawn.add((first, length))
            colour = style if mark.primary else RELATED_STYLE
            under = " " * (length + 1) if again else ("^" if mark.primary else "-") * length + " "
            for text in self._label(" " * first, under, clean(mark.text), width):
                yield self._bar(digits).append(f" {text}".rstrip(), colour)

    def _label(self, indent: str, under: str, text: str, width: int) -> list[str]:
        """Carets and their words; on a terminal the words are wrapped, beside the carets or below them."""
        whole = f"{indent}{under}{text}"
        if self.width is None or cell_len(whole) <= width:
            return [whole]
        room = width - len(indent) - len(under)
        if room >= 32:
            first, *more = textwrap.wrap(text, room) or [""]
            return [f"{indent}{under}{first}", *(f"{indent}{' ' * len(under)}{x}" for x in more)]
        fits = len(indent) + cell_len(text) <= width
        margin = indent if fits else indent[: max(0, width - 48)]
        return [f"{indent}{under}", *(f"{margin}{x}" for x in textwrap.wrap(text, max(20, width - len(margin))))]

    def _help(self, finding: Finding, digits: int) -> Iterator[Text]:
        for number, text in enumerate(clean(x) for x in finding.help.splitlines() if x.strip()):
            if number == 0:
                yield from self._equals(digits, "help", text)
            else:
                yield from wrapped(Text(" " * (digits + 9) + text), self.width, digits + 9)
        yield from self._equals(digits, "more", f"readylint explain {finding.rule}", "dim")


def _ends(span: Span, line: str) -> tuple[int, int]:
    """The region on its first line as character positions; a region of several lines ends with the line."""
    start = min(span.column - 1, len(line))
    end = span.end_column - 1 if span.end_line == span.line else len(line.rstrip())
    return start, max(start, min(end, len(line)))
