"""One line of the cost sheet: what a call sends and may answer, which models it asks, and what a month costs."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from readylint.catalogue import ModelEntry
from readylint.catalogue.model_table import ModelTable
from readylint.cost.amounts import NOTHING, UNKNOWN, Quantiles, Range, exactly, hulls
from readylint.cost.sheet import Gap, ModelPrice, Row
from readylint.cost.traffic import Load, Tokens
from readylint.facts import LlmCall

TOKENS_PER_PRICE = 1_000_000
FIXED = frozenset({"literal", "constant"})
"""Origins of a model that the code settles by itself."""
_WHY_OPEN = {
    "config": "the model comes from the environment or the configuration",
    "parameter": "the model is a parameter",
    "deployment": "the model is what stands behind a deployment",
}
"""By origin; everything else: the code does not say which model is asked."""


@dataclass(slots=True)
class Pricing:
    """What prices one call after the other."""

    table: ModelTable
    today: date
    days_per_month: float
    default_model: str | None
    """For calls whose code leaves the model open."""
    assumed_rate: float
    """The hit rate of a cache of answers where nobody gives one."""

    def row(self, call: LlmCall, load: Load, place: str) -> Row:
        """The line of a call; `place` is how the traffic file names it."""
        embeds = call.operation == "embedding"
        ids, model_from = self._ids(call, load)
        models = [self._price(name, embeds) for name in ids]
        row = Row(
            call=call,
            place=f"{call.span.path}:{call.span.line}",
            models=models,
            model_from=model_from,
            static_tokens=call.prompt.static_tokens if call.prompt is not None else None,
            output_cap=None if embeds else output_cap(call),
            calls_per_day=load.calls_per_day,
            cache_hit_rate=self.assumed_rate if load.cache_hit_rate is None else load.cache_hit_rate,
            input=UNSAID,
            output=Quantiles(NOTHING, NOTHING),
            cost=UNSAID,
            smaller=UNSAID,
            smaller_saves=UNSAID,
            switched=model_from != "open" and any(m.sibling is not None for m in models),
        )
        row.input = between(load.input_tokens, Range(float(row.static_tokens or 0), None))
        if not embeds:
            row.output = between(load.output_tokens, _up_to(row.output_cap))
        self._add_costs(row)
        row.gaps = list(self._gaps(row, load, place)) if load.calls_per_day != 0 else []
        return row

    def _ids(self, call: LlmCall, load: Load) -> tuple[list[str], Literal["code", "default", "traffic", "open"]]:
        """The models that count, and who says so."""
        model = call.model
        fixed = model.origin in FIXED and bool(model.ids)
        said = load.model or (None if fixed else self.default_model)
        if said is not None:
            return [said.strip()], "traffic"
        if fixed:
            return model.ids, "code"
        return model.ids, "default" if model.origin == "config-with-default" and model.ids else "open"

    def _price(self, name: str, embeds: bool) -> ModelPrice:
        entry = self.table.find(name)
        if entry is None:
            return ModelPrice(name)
        other = self.table.sibling(entry)
        price = self._of_entry(name, entry, embeds)
        smaller = self._of_entry(other.id, other, embeds) if other is not None else None
        price.sibling = None if smaller is None or smaller.retired else smaller
        return price

    def _of_entry(self, name: str, entry: ModelEntry, embeds: bool) -> ModelPrice:
        output = 0.0 if embeds or entry.mode == "embedding" else entry.output
        ended = entry.retires_on is not None and entry.retires_on <= self.today.isoformat()
        return ModelPrice(name, entry.id, entry.input, output, ended or entry.status == "retired", entry.retires_on)

    def _add_costs(self, row: Row) -> None:
        """The cost of a month now and with siblings, and what siblings save."""
        if row.calls_per_day == 0:
            row.cost = row.smaller = row.smaller_saves = Quantiles(NOTHING, NOTHING)
            return
        if row.model_from == "open" or not row.models or not all(m.priced for m in row.models):
            return
        row.cost = hulls(self._month(row, _prices(m)) for m in row.models)
        row.smaller = hulls(self._month(row, _prices(m.sibling or m)) for m in row.models)
        row.smaller_saves = hulls(self._month(row, _difference(m)) for m in row.models)

    def _month(self, row: Row, prices: tuple[float, float]) -> Quantiles:
        """What a month costs at these prices of input and output; prices may be differences of prices."""
        if not any(prices):
            return Quantiles(NOTHING, NOTHING)
        if row.calls_per_day is None:
            return UNSAID
        millions = row.calls_per_day * self.days_per_month / TOKENS_PER_PRICE
        return (row.input.times(prices[0]) + row.output.times(prices[1])).times(millions)

    def _gaps(self, row: Row, load: Load, place: str) -> Sequence[Gap]:
        found: list[Gap] = []
        if load.calls_per_day is None:
            found.append(_say("calls_per_day", place))
        if load.input_tokens is None or load.input_tokens.p50 is None or load.input_tokens.p95 is None:
            found.append(_say("input_tokens", place))
        tokens = load.output_tokens
        if row.call.operation != "embedding" and (tokens is None or tokens.p50 is None or tokens.p95 is None):
            found.append(_say("output_tokens", place))
        if row.model_from == "open":
            perhaps = f" (perhaps {', '.join(m.id for m in row.models)})" if row.models else ""
            why = _WHY_OPEN.get(row.call.model.origin, "the code does not say which model is asked")
            remedy = f"{why}{perhaps}: name it with `model:`"
            return [*found, Gap("model", f"{remedy} for {place} in the traffic file", remedy)]
        for model in row.models:
            if not model.priced:
                remedy = f"no price is known for {model.id}{self._near(model.id)}"
                found.append(Gap("price", f"{remedy}, which {place} asks", remedy))
        return found

    def _near(self, name: str) -> str:
        near = difflib.get_close_matches(name.lower(), self.table.ids, 1, 0.8)
        return f" (is it {near[0]}?)" if near and self.table.find(name) is None else ""


UNSAID = Quantiles(UNKNOWN, UNKNOWN)


def output_cap(call: LlmCall) -> int | Literal["none"] | None:
    """The most tokens that one request may be answered with: "none" without a limit, None when it cannot be told.

    Where the code gives several limits it is the largest.
    """
    setting = call.max_output
    values = [a.value for a in setting.alternatives] or [setting.value]
    if any(value == "none" for value in values):
        return "none"
    answers = call.settings["n"].value if "n" in call.settings else 1
    answers = 1 if answers == "none" else answers
    whole = [v for v in (*values, answers) if isinstance(v, int) and not isinstance(v, bool) and v > 0]
    return max(whole[:-1]) * whole[-1] if len(whole) == len(values) + 1 else None


def between(said: Tokens | None, bounds: Range) -> Quantiles:
    """Tokens as they are said; what is left open lies between the other quantile and what bounds all requests."""
    if said is None:
        return Quantiles(bounds, bounds)
    p50, p95 = said.p50, said.p95
    if p50 is not None and p95 is not None:
        return Quantiles(exactly(p50), exactly(p95))
    if p50 is not None:
        high = None if bounds.high is None else max(bounds.high, p50)
        return Quantiles(exactly(p50), Range(p50, high))
    assert p95 is not None
    return Quantiles(Range(min(bounds.low or 0.0, p95), p95), exactly(p95))


def _up_to(cap: int | Literal["none"] | None) -> Range:
    return Range(0.0, float(cap)) if isinstance(cap, int) else UNKNOWN


def _prices(model: ModelPrice) -> tuple[float, float]:
    return model.input or 0.0, model.output or 0.0


def _difference(model: ModelPrice) -> tuple[float, float]:
    if model.sibling is None:
        return 0.0, 0.0
    (own_in, own_out), (other_in, other_out) = _prices(model), _prices(model.sibling)
    return own_in - other_in, own_out - other_out


def _say(key: Literal["calls_per_day", "input_tokens", "output_tokens"], place: str) -> Gap:
    other = ", or --calls-per-day" if key == "calls_per_day" else ""
    return Gap(key, f"say {key} for {place} in the traffic file{other}", f"say {key} in the traffic file{other}")
