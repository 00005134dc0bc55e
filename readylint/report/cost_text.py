"""`readylint cost` for people: a line for each call, the total, what is not known, and what would change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TextIO

from rich.cells import cell_len
from rich.text import Text

from readylint.cost.sheet import CostSheet, Row
from readylint.report import cost_words as words
from readylint.report.options import ReportOptions
from readylint.report.paper import Paper, number
from readylint.report.sources import clean

_HEAD = ("line", "model", "$/M in/out", "prompt", "cap", "calls/day", "month p50", "month p95", "callee")
_LEFT = frozenset({1, 8})
_MONEY = frozenset({6, 7})
_CHANGE_HEAD = ("What would change", "month p50", "month p95", "p50 less", "p95 less")
_STYLES = {0: "blue", 8: "dim"}
_PLACE = 8
"""The least width of a line and a column."""


def write_cost(sheet: CostSheet, stream: TextIO, options: ReportOptions) -> None:
    """The cost sheet as text."""
    paper = Paper(stream, options)
    if not sheet.rows:
        paper.print("There is no model call here that is priced by tokens.")
    else:
        _calls(sheet, paper)
        _gaps(sheet, paper)
        _changes(sheet, paper)
    for line in words.others(sheet):
        paper.wrap(clean(line))
    for remark in sheet.remarks:
        paper.wrap(f"note: {clean(remark)}", 6)


def _calls(sheet: CostSheet, paper: Paper) -> None:
    of = f"; prices of {clean(sheet.prices_as_of)}" if sheet.prices_as_of else ""
    paper.wrap(Text(f"{number(len(sheet.rows), 'model call')}, {sheet.days_per_month:g} days a month{of}", "bold"))
    paper.print()
    lines = [_cells(row) for row in sheet.rows]
    total = ["total", "", "", "", "", "", words.money(sheet.total.p50), words.money(sheet.total.p95), ""]
    widths = [max(cell_len(line[n]) for line in (_HEAD, *lines, total)) for n in range(len(_HEAD))]
    widths[0] = max(widths[0], _PLACE)
    table = Table(widths, _LEFT, _MONEY)
    paper.wrap(table.line(_HEAD, "bold"), table.hang)
    for path, group in groupby(zip(sheet.rows, lines, strict=True), key=lambda pair: pair[0].call.span.path):
        paper.print(Text(f"  {clean(path)}", "bold"))
        for _, line in group:
            paper.wrap(table.line(line), table.hang)
    paper.wrap(table.line(total, "bold"), table.hang)
    paper.print()
    paper.wrap(Text(f"prompt: tokens that the code itself sends, estimated. {words.CAVEAT}", "dim"), 0)
    paper.print()


def _cells(row: Row) -> list[str]:
    span = row.call.span
    cells = (
        f"{span.line}:{span.column}", words.models(row), words.price(row), words.count(row.static_tokens),
        words.cap(row), words.count(row.calls_per_day), words.money(row.cost.p50), words.money(row.cost.p95),
        row.call.callee,
    )  # fmt: skip
    return [clean(cell) for cell in cells]


def _gaps(sheet: CostSheet, paper: Paper) -> None:
    found = words.gaps(sheet)
    if not found:
        return
    paper.print("Not known, and what would settle it", "bold")
    for _, remedy, places in found:
        line = Text(f"  {clean(remedy)}")
        paper.wrap(line.append(f": {clean(', '.join(places))}" if places else " for every call", "dim"), 4)
    paper.print()


def _changes(sheet: CostSheet, paper: Paper) -> None:
    lines = words.changes(sheet)
    widths = [max(cell_len(line[n]) for line in (_CHANGE_HEAD, *lines)) for n in range(len(_CHANGE_HEAD))]
    table = Table(widths, frozenset({0}), frozenset({1, 2, 3, 4}))
    paper.wrap(table.line(_CHANGE_HEAD, "bold"), table.hang)
    for line in lines:
        paper.wrap(table.line(line), table.hang)
    paper.print()
    switched = words.switches(sheet)
    if switched:
        paper.wrap(f"smaller models: {clean(', '.join(switched))}")


@dataclass(slots=True)
class Table:
    """How wide the columns are, which are flush left, and which hold money."""

    widths: Sequence[int]
    left: frozenset[int]
    money: frozenset[int]

    @property
    def hang(self) -> int:
        """How far what does not fit is moved in: under the second column."""
        return self.widths[0] + 4

    def line(self, cells: Sequence[str], style: str = "") -> Text:
        """One line; what is open stands out, the last column of a wide table does not."""
        text = Text()
        for n, cell in enumerate(cells):
            space = " " * (self.widths[n] - cell_len(cell))
            own = style or ("yellow" if self._is_open(cell, n) else _STYLES.get(n, "") if len(cells) > 5 else "")
            text.append("  ").append(cell + space if n in self.left else space + cell, own)
        text.rstrip()
        return text

    def _is_open(self, cell: str, column: int) -> bool:
        return cell == words.UNKNOWN or (column in self.money and cell != "" and not cell.startswith(("$", "-")))
