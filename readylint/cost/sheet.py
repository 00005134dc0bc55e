"""The cost sheet as plain data. Money is US dollars in a month; prices are US dollars per million tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from readylint.cost.amounts import Quantiles, Range
from readylint.facts import LlmCall, Problem

GapOf = Literal["calls_per_day", "input_tokens", "output_tokens", "model", "price"]


@dataclass(slots=True)
class Gap:
    """Something that is not known of a call, and the sentence that says what would settle it.

    `remedy` is the sentence without the call, for many calls at once.
    """

    of: GapOf
    settle: str
    remedy: str


@dataclass(slots=True)
class ModelPrice:
    """A model that a call may ask. `row` is its id in the table of models; None when the table does not know it."""

    id: str
    row: str | None = None
    input: float | None = None
    output: float | None = None
    """0 for embeddings; None, as for `input`, when nobody knows."""
    retired: bool = False
    retires_on: str | None = None
    sibling: ModelPrice | None = None

    @property
    def priced(self) -> bool:
        """Both prices are known."""
        return self.input is not None and self.output is not None


@dataclass(slots=True)
class Row:
    """One model call: what the code and the traffic say of it, and what that costs."""

    call: LlmCall
    place: str
    """`path:line`, relative to the root of the run."""
    models: list[ModelPrice]
    """Every model that may be asked. Prices count only where `model_from` is not `open`."""
    model_from: Literal["code", "default", "traffic", "open"]
    """`default` is what the code falls back to, `open` that nobody says which model it is."""
    static_tokens: int | None
    output_cap: int | Literal["none"] | None
    """Tokens of one answer, times the answers that one request asks for; None when it cannot be told."""
    calls_per_day: float | None
    cache_hit_rate: float
    input: Quantiles
    """Tokens of one request."""
    output: Quantiles
    cost: Quantiles
    smaller: Quantiles
    """With the sibling of each model; the same as `cost` where there is none."""
    smaller_saves: Quantiles
    switched: bool
    """Whether a model of this call has a sibling with a price."""
    gaps: list[Gap] = field(default_factory=list)

    @property
    def price_in(self) -> Range | None:
        """The price of input over all models; None when one is not known."""
        return _span([m.input for m in self.models])

    @property
    def price_out(self) -> Range | None:
        """The price of output over all models; None when one is not known."""
        return _span([m.output for m in self.models])


@dataclass(slots=True)
class Change:
    """What something would change: the new total, and how much less that is."""

    calls: int
    """How many calls it touches."""
    cost: Quantiles
    saved: Quantiles


@dataclass(slots=True)
class CostSheet:
    """Everything that `readylint cost` has to say."""

    prices_as_of: str
    """The day of the price table; empty without one."""
    days_per_month: float
    rows: list[Row]
    total: Quantiles
    smaller: Change
    cached: Change
    hit_rates: list[float]
    """The rates of the cache of answers over all calls, lowest first."""
    rate_assumed: bool
    """Whether some of these rates are assumed, since nobody gave one."""
    not_by_tokens: list[LlmCall] = field(default_factory=list)
    """Calls of images, audio and the like: priced by something other than tokens."""
    elsewhere: int = 0
    """Calls in tests, evaluations, examples and docs; they are not on the sheet."""
    remarks: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    """Files that were left out."""


def _span(prices: list[float | None]) -> Range | None:
    known = [price for price in prices if price is not None]
    return Range(min(known), max(known)) if known and len(known) == len(prices) else None
