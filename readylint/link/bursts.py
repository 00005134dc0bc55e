"""Several runs of the same work at once: what starts them, and where each of them goes on."""

from __future__ import annotations

from dataclasses import dataclass, field

from readylint.flow import FunctionFlow
from readylint.link.sizes import Size
from readylint.values import Ref


@dataclass(frozen=True, slots=True)
class Burst:
    """Several runs at once, and the place that starts them."""

    size: Size
    at: Ref


@dataclass(frozen=True, slots=True)
class Run:
    """A place where work goes on, with the bursts on the way to it, innermost first."""

    ref: Ref
    bursts: tuple[Burst, ...] = ()
    detached: bool = False
    """Nothing waits for it there: it goes on beside whatever follows."""


@dataclass(slots=True)
class Runs:
    """All places that were found; `unclear` when it goes where it is not followed."""

    places: list[Run] = field(default_factory=list)
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """What is known of an awaitable on its way."""

    bursts: tuple[Burst, ...] = ()
    collected: Size | None = None
    """The size of the collection that it stands in."""
    started: Ref | None = None
    """The call that started it, when it runs already."""


def loop_around(function: FunctionFlow, context: int) -> int:
    """The innermost loop around a context; 0 where there is none."""
    return next((n for n, c in function.ancestors(context) if c.kind in ("for", "while", "comp")), 0)
