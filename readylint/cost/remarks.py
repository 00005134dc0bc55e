"""What a reader of the amounts has to know: old prices, models that end, defaults, loops, contradictions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from readylint.cost.sheet import ModelPrice, Row

STALE_DAYS = 180
_LISTED = 5


def remarks(rows: Sequence[Row], prices_as_of: str, today: date) -> Iterator[str]:
    """A sentence each, in the order of their weight."""
    if _age(prices_as_of, today) > STALE_DAYS:
        yield f"the prices are those of {prices_as_of}, more than {STALE_DAYS} days old: look them up again"
    for model, places in _by_model(rows, lambda m: m.retired):
        since = f" since {model.retires_on}" if model.retires_on else ""
        yield f"{model.id} is retired{since}: {_listed(places)}"
    for model, places in _by_model(rows, lambda m: not m.retired and m.retires_on is not None):
        yield f"{model.id} will be retired on {model.retires_on}: {_listed(places)}"
    defaults = [row.place for row in rows if row.model_from == "default"]
    if defaults:
        yield f"priced with a default that a setting or an argument may replace: {_listed(defaults)}"
    loops = [row.place for row in rows if row.calls_per_day != 0 and _repeats(row)]
    if loops:
        yield f"each turn of a loop and each step of an agent counts in calls_per_day: {_listed(loops)}"
    for row in rows:
        yield from _contradictions(row)


def _age(day: str, today: date) -> int:
    try:
        return (today - date.fromisoformat(day)).days
    except ValueError:
        return 0


def _by_model(rows: Sequence[Row], wanted: Callable[[ModelPrice], bool]) -> list[tuple[ModelPrice, list[str]]]:
    """The models that are wanted, each with the places that ask it."""
    found: dict[str, tuple[ModelPrice, list[str]]] = {}
    for row in rows:
        for model in row.models if row.model_from != "open" else ():
            if wanted(model):
                found.setdefault(model.id, (model, []))[1].append(row.place)
    return list(found.values())


def _repeats(row: Row) -> bool:
    return row.call.operation == "agent" or row.call.loop in ("bounded", "unbounded")


def _contradictions(row: Row) -> Iterator[str]:
    """Where the traffic says something else than the code."""
    given, least = row.input.p50, row.static_tokens
    if given.exact and given.low is not None and least is not None and 0 < given.low < least:
        yield f"{row.place}: input_tokens p50 of {given.low:g} is less than the prompt in the code, about {least}"
    most = row.output.p95
    if most.exact and most.low is not None and isinstance(row.output_cap, int) and most.low > row.output_cap:
        yield f"{row.place}: output_tokens p95 of {most.low:g} is more than the limit in the code, {row.output_cap}"
    written = row.call.model
    if row.model_from == "traffic" and written.origin in ("literal", "constant") and written.ids:
        if [model.id for model in row.models] != written.ids:
            yield f"{row.place}: priced as {row.models[0].id}, and the code asks {', '.join(written.ids)}"


def _listed(places: Sequence[str]) -> str:
    rest = f" and {len(places) - _LISTED} more" if len(places) > _LISTED else ""
    return ", ".join(places[:_LISTED]) + rest
