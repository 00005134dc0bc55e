"""`readylint cost` as Markdown, for a comment or a page. Whatever comes from the code is shown as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TextIO

from readylint.cost.sheet import CostSheet
from readylint.report import cost_words as words
from readylint.report.paper import number
from readylint.report.sources import clean

_PLAIN = re.compile(r"[\w./:, ?()-]+\Z", re.ASCII)
"""What means nothing in a code span, not even in a table."""
_SIGNS = re.compile(r"[^\w ,.:;?()$%/'-]|_")
"""What may mean something in Markdown or HTML."""
_LINKING = (("&#64;", "@&#8203;"), ("://", ":&#8203;//"), ("www.", "www&#8203;."))
"""What makes mentions and links of plain words."""


def write_cost(sheet: CostSheet, stream: TextIO) -> None:
    """The cost sheet as Markdown tables of GitHub."""
    stream.writelines(f"{line}\n" for line in _lines(sheet))


def code(text: str) -> str:
    """A name of the code: a code span, or the same in HTML where the name holds signs of Markdown."""
    shown = clean(text).strip()
    if not shown:
        return ""
    return f"`{shown}`" if _PLAIN.match(shown) else f"<code>{prose(shown)}</code>"


def prose(text: str) -> str:
    """A sentence that may hold names of the code: nothing in it is Markdown, HTML, a link or a mention."""
    shown = _SIGNS.sub(lambda found: f"&#{ord(found[0])};", clean(text))
    for sign, broken in _LINKING:
        shown = shown.replace(sign, broken)
    return shown


def _lines(sheet: CostSheet) -> Iterator[str]:
    yield "## Cost of the model calls"
    yield ""
    if not sheet.rows:
        yield "There is no model call here that is priced by tokens."
    else:
        of = f"; prices of {prose(sheet.prices_as_of)}" if sheet.prices_as_of else ""
        yield f"{number(len(sheet.rows), 'model call')}, {sheet.days_per_month:g} days a month{of}."
        yield from _calls(sheet)
        yield from _gaps(sheet)
        yield from _changes(sheet)
    notes = [*words.others(sheet), *sheet.remarks]
    if notes:
        yield from ("", *(f"- {prose(note)}" for note in notes))


def _calls(sheet: CostSheet) -> Iterator[str]:
    yield from _head(("call", "model", "$/M in/out", "prompt", "cap", "calls/day", "month p50", "month p95"), 2)
    for row in sheet.rows:
        numbers = (
            words.price(row), words.count(row.static_tokens), words.cap(row), words.count(row.calls_per_day),
            words.money(row.cost.p50), words.money(row.cost.p95),
        )  # fmt: skip
        yield _row((f"{code(row.place)}<br>{code(row.call.callee)}", code(words.models(row)), *numbers))
    sums = (f"**{words.money(amount)}**" for amount in (sheet.total.p50, sheet.total.p95))
    yield _row(("**total**", "", "", "", "", "", *sums))
    yield from ("", f"prompt: tokens that the code itself sends, estimated. {words.CAVEAT}")


def _gaps(sheet: CostSheet) -> Iterator[str]:
    found = words.gaps(sheet)
    if found:
        yield from ("", "### Not known, and what would settle it", "")
    for _, remedy, places in found:
        yield f"- {prose(remedy)}" + (f": {', '.join(map(code, places))}" if places else " for every call")


def _changes(sheet: CostSheet) -> Iterator[str]:
    yield from ("", "### What would change")
    yield from _head(("", "month p50", "month p95", "p50 less", "p95 less"), 1)
    yield from map(_row, words.changes(sheet))
    switched = words.switches(sheet)
    if switched:
        yield from ("", f"smaller models: {prose(', '.join(switched))}")


def _head(titles: Sequence[str], left: int) -> Iterator[str]:
    yield from ("", _row(titles), _row(["---" if n < left else "---:" for n in range(len(titles))]))


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
