"""Amounts that are known exactly, between two ends, from one side only, or not at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(slots=True, frozen=True)
class Range:
    """A number from `low` to `high`, both included; None is an end that nobody knows."""

    low: float | None = 0.0
    high: float | None = None

    @property
    def exact(self) -> bool:
        """Both ends are known and the same."""
        return self.low is not None and self.low == self.high

    def __add__(self, other: Range) -> Range:
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Range(low, high)

    def times(self, factor: float) -> Range:
        """The range multiplied; a negative factor swaps the ends, and zero makes zero of everything."""
        if factor == 0:
            return Range(0.0, 0.0)
        low = None if self.low is None else self.low * factor
        high = None if self.high is None else self.high * factor
        return Range(high, low) if factor < 0 else Range(low, high)


UNKNOWN = Range()
"""Of something that cannot be negative, nothing is known."""
NOTHING = Range(0.0, 0.0)


def exactly(value: float) -> Range:
    """A number that is known."""
    return Range(value, value)


def hull(ranges: Iterable[Range]) -> Range:
    """The smallest range that holds all of these; UNKNOWN when there are none."""
    found = list(ranges)
    if not found:
        return UNKNOWN
    lows = [r.low for r in found if r.low is not None]
    highs = [r.high for r in found if r.high is not None]
    low = min(lows) if len(lows) == len(found) else None
    return Range(low, max(highs) if len(highs) == len(found) else None)


@dataclass(slots=True, frozen=True)
class Quantiles:
    """An amount at the median and at the 95th percentile of a request's size."""

    p50: Range = UNKNOWN
    p95: Range = UNKNOWN

    def __add__(self, other: Quantiles) -> Quantiles:
        return Quantiles(self.p50 + other.p50, self.p95 + other.p95)

    def times(self, factor: float) -> Quantiles:
        """Both multiplied."""
        return Quantiles(self.p50.times(factor), self.p95.times(factor))


def hulls(amounts: Iterable[Quantiles]) -> Quantiles:
    """For each quantile the smallest range that holds all of these."""
    found = list(amounts)
    return Quantiles(hull(a.p50 for a in found), hull(a.p95 for a in found))


def total(amounts: Iterable[Quantiles]) -> Quantiles:
    """The sum; zero of nothing."""
    return sum(amounts, start=Quantiles(NOTHING, NOTHING))
