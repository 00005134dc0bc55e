"""How the length of what is sent goes from one request to the next."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from readylint.facts import Span
from readylint.values import Ref

Scope = Literal["call", "session", "instance", "class", "module", "store"]
Status = Literal["none", "bounded", "unbounded", "unknown", "same", "dropped", "cut", "longer"]


@dataclass(slots=True, frozen=True)
class Size:
    """The length of a list or text.

    none: the same for each request. bounded: kept, with a limit. unbounded: kept, and grows. The rest speak of what is
    being looked at just now, named by `tag`: `same` is it as it was, `dropped` without a few of the oldest messages,
    `cut` a window on it, `longer` with more in it.
    """

    status: Status
    scope: Scope | None = None
    at: Span | None = None
    tag: Hashable = None
    ref: Ref | None = None
    """For `longer` what makes it so."""
    rows: bool = False
    """Read from a store; only its use as messages of several speakers shows that it is a conversation."""
    kept: Hashable = None
    """The place in the program where it is kept, or how an SDK's object lives that keeps it."""

    @property
    def is_relative(self) -> bool:
        """Whether it says how something is changed, not how it is."""
        return self.status in ("same", "dropped", "cut", "longer")


NONE = Size("none")
UNKNOWN = Size("unknown")

_WORST: tuple[Status, ...] = ("unbounded", "longer", "unknown", "cut", "dropped", "same", "bounded", "none")


def worst(sizes: Iterable[Size]) -> Size:
    """The size of what may be any of these."""
    found = list(sizes)
    for status in _WORST:
        for size in found:
            if size.status == status:
                return size
    return NONE


def joined(sizes: Iterable[Size], ref: Ref, at: Span) -> Size:
    """The size of what is put together of these, at least two, at a node."""
    found = list(sizes)
    whole = [s for s in found if s.status in ("same", "dropped")]
    if whole and not any(s.status in ("longer", "unbounded") for s in found):
        return replace(whole[0], status="longer", ref=ref, at=at)
    return worst(found)


def chosen(sizes: Iterable[Size], by_size: bool) -> Size:
    """The size of what is one of these; `by_size` says that a test of the size decides which."""
    found = list(sizes)
    if by_size and any(s.status in ("same", "unbounded", "longer", "unknown") for s in found):
        for status in ("cut", "bounded", "dropped"):
            for size in found:
                if size.status == status:
                    return replace(size, status="cut") if status == "dropped" else size
    return worst(found)
