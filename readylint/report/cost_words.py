"""Amounts, prices and tokens of the cost sheet in words, for all formats that people read."""

from __future__ import annotations

from collections.abc import Sequence

from readylint.cost.amounts import Range
from readylint.cost.sheet import CostSheet, GapOf, Row
from readylint.report.paper import number

UNKNOWN = "?"
CAVEAT = (
    "p50 and p95 are months in which every request is of that size. List prices: without discounts for cached input "
    "or batches."
)
_CENT = 0.01


def money(amount: Range) -> str:
    """`$12.50`, `at least $3.00`, `$1.00 to $2.00`, `?`."""
    low, high = amount.low, amount.high
    if amount.exact and low is not None:
        return _dollars(low)
    if low is not None and high is not None and low > 0:
        shown = _dollars(low), _dollars(high)
        return shown[0] if shown[0] == shown[1] else " to ".join(shown)
    if high is not None:
        return f"at most {_dollars(high)}"
    return f"at least {_dollars(low)}" if low else UNKNOWN


def _dollars(amount: float) -> str:
    if 0 < abs(amount) < _CENT / 2:
        return "under $0.01"
    return f"{'-' if amount < 0 else ''}${abs(amount):,.2f}"


def price(row: Row) -> str:
    """Dollars per million tokens in and out: `2.5/10`, of several models `0.15-2.5/0.6-10`."""
    if row.price_in is None or row.price_out is None or row.model_from == "open":
        return UNKNOWN
    only_in = all(model.output == 0 for model in row.models)
    return _ends(row.price_in) + ("" if only_in else f"/{_ends(row.price_out)}")


def _ends(prices: Range) -> str:
    return f"{prices.low:g}" if prices.exact else f"{prices.low:g}-{prices.high:g}"


def models(row: Row) -> str:
    """The ids; those that are only possible with a question mark."""
    names = ", ".join(model.id for model in row.models)
    return (f"{names} {UNKNOWN}" if names else UNKNOWN) if row.model_from == "open" else names


def count(value: float | str | None) -> str:
    """`1,200`, `none`, `?`."""
    if value is None:
        return UNKNOWN
    return value if isinstance(value, str) else f"{value:,.10g}"


def cap(row: Row) -> str:
    """The most tokens of an answer; nothing for embeddings."""
    return "" if row.call.operation == "embedding" else count(row.output_cap)


def hit_rate(sheet: CostSheet) -> str:
    """`a hit rate of 0.3 (assumed)`."""
    rates = sheet.hit_rates or [0.0]
    shown = f"{rates[0]:g}" if len(rates) == 1 else f"{rates[0]:g} to {rates[-1]:g}"
    word = "a hit rate" if len(rates) == 1 else "hit rates"
    return f"{word} of {shown}{' (assumed)' if sheet.rate_assumed else ''}"


def changes(sheet: CostSheet) -> list[tuple[str, str, str, str, str]]:
    """What would change: its name, the new total at p50 and p95, and how much less that is."""
    cached = f"cached answers, {hit_rate(sheet)}"
    found = [
        ("as it is", sheet.total, None),
        (_smaller(sheet), sheet.smaller.cost, sheet.smaller.saved),
        (cached, sheet.cached.cost, sheet.cached.saved),
    ]
    return [
        (name, money(cost.p50), money(cost.p95), money(less.p50) if less else "", money(less.p95) if less else "")
        for name, cost, less in found
    ]


def _smaller(sheet: CostSheet) -> str:
    return f"smaller models for {number(sheet.smaller.calls, 'call')}" if sheet.smaller.calls else "no smaller models"


def switches(sheet: CostSheet) -> list[str]:
    """Which smaller models are meant: `gpt-4o to gpt-4o-mini (2 calls)`."""
    found: dict[tuple[str, str], int] = {}
    for row in sheet.rows:
        for model in row.models if row.switched else ():
            if model.sibling is not None:
                found[model.id, model.sibling.id] = found.get((model.id, model.sibling.id), 0) + 1
    return [f"{own} to {other} ({number(calls, 'call')})" for (own, other), calls in found.items()]


def gaps(sheet: CostSheet) -> list[tuple[GapOf, str, Sequence[str]]]:
    """What is not known: of what, what would settle it, and for which places; none named where it is all of them."""
    found: dict[tuple[GapOf, str], list[str]] = {}
    for row in sheet.rows:
        for gap in row.gaps:
            found.setdefault((gap.of, gap.remedy), []).append(row.place)
    every = len(sheet.rows)
    return [(of, remedy, () if len(places) == every else places) for (of, remedy), places in found.items()]


def others(sheet: CostSheet) -> list[str]:
    """Calls that are not on the sheet, and why."""
    lines = []
    if sheet.not_by_tokens:
        named = [f"{c.span.path}:{c.span.line} {c.callee} ({c.operation})" for c in sheet.not_by_tokens]
        lines.append(f"priced by something other than tokens: {', '.join(named)}")
    if sheet.elsewhere:
        lines.append(f"not on the sheet: {number(sheet.elsewhere, 'call')} in tests, examples and the like")
    for problem in sheet.problems:
        at = f":{problem.line}" if problem.line is not None else ""
        lines.append(f"not read: {problem.path}{at}: {problem.message}")
    return lines
