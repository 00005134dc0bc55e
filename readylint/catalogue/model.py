"""Models and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(slots=True)
class ModelEntry:
    """One row of `models.yaml`. Prices are US dollars per million tokens."""

    id: str
    provider: str
    tier: str | None = None
    """As people mean it: the vendor's top general line at its release is its flagship."""
    price_class: Literal["flagship", "mid", "small"] | None = None
    """By price alone: (3 x input + output) / 4 of at least 6.5 is flagship, of at least 2.25 mid, below small."""
    dated: bool = False
    snapshots: list[str] = field(default_factory=list)
    sibling: str | None = None
    input: float | None = None
    output: float | None = None
    context: int | None = None
    max_output: int | None = None
    status: str | None = None
    retires_on: str | None = None
    mode: str | None = None
