"""A number of elements, as far as the code tells it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Size:
    """A number of elements: `constant` when it stands in the code, `limited` when there are at most that many, `open`
    when the data decide, `unknown` when some number that was not found does."""

    kind: Literal["constant", "limited", "open", "unknown"]
    number: int | None = None


ONE = Size("constant", 1)
OPEN = Size("open")
UNCLEAR = Size("unknown")


def times(left: Size, right: Size) -> Size:
    """As many of the one for each of the other."""
    if left == ONE or right == ONE:
        return right if left == ONE else left
    for kind in ("open", "unknown"):
        if kind in (left.kind, right.kind):
            return OPEN if kind == "open" else UNCLEAR
    number = left.number * right.number if left.number is not None and right.number is not None else None
    return Size("limited" if "limited" in (left.kind, right.kind) else "constant", number)


def largest(sizes: list[Size]) -> Size:
    """The size when it may be any of these."""
    for kind in ("open", "unknown"):
        if not sizes or any(s.kind == kind for s in sizes):
            return OPEN if kind == "open" else UNCLEAR
    numbers = [s.number for s in sizes]
    most = None if None in numbers else max(n for n in numbers if n is not None)
    return Size("limited" if any(s.kind == "limited" for s in sizes) else "constant", most)
