"""What is found for an argument: which nodes give it, and how surely."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from readylint.link.branches import Condition, cover
from readylint.values import Ref


@dataclass(slots=True)
class Given:
    """What was found for an argument: the nodes that give it, and whether it may be given in a way not seen."""

    refs: list[Ref] = field(default_factory=list)
    unknown: bool = False
    certain: bool = True
    """False when some way to the call leaves it out."""
    not_none: set[Ref] = field(default_factory=set)
    """Nodes that are given only where they are not None."""
    ways: list[Condition] = field(default_factory=list)
    """Where it is not certain: conditions under which it is given."""
    left_out: bool = False
    """A known caller leaves it out."""

    @property
    def absent(self) -> bool:
        """Surely not given."""
        return not self.refs and not self.unknown

    @property
    def settled(self) -> bool:
        """Given on every way."""
        return bool(self.refs) and self.certain

    @property
    def open_end(self) -> bool:
        """Whether the search must go on: nothing is given here, or not on every way."""
        return self.absent or not self.certain

    def over(self, below: Given) -> Given:
        """This one laid over another: what it leaves open is what the other says."""
        if self.settled:
            return self
        if self.absent:
            return below
        return Given(
            [*below.refs, *self.refs],
            self.unknown or below.unknown,
            below.settled,
            self.not_none | below.not_none,
            self.ways if not below.refs else [],
            below.left_out if below.refs else self.left_out or below.left_out,
        )


def one_of(found: Iterable[Given]) -> Given:
    """Several of which one holds, not known which."""
    result = Given()
    every = list(found)
    for given in every:
        result.refs += [r for r in given.refs if r not in result.refs]
        result.unknown = result.unknown or given.unknown
        result.not_none |= given.not_none
        result.left_out = result.left_out or given.left_out
    if result.refs:
        result.certain = all(g.settled for g in every)
        result.left_out = result.left_out or any(g.absent for g in every)
        result.ways = every[0].ways if len(every) == 1 else []
    return result


class Changes:
    """What is done to one key of a dict, in order."""

    def __init__(self, first: Given) -> None:
        self.base = first
        self.layers: list[tuple[Condition, Given]] = []

    def put(self, given: Given, when: Condition) -> None:
        """The key gets a value."""
        if given.absent:
            return
        if not when and given.settled:
            self.base, self.layers = given, []
        else:
            self.layers.append((when if given.settled else when | {(-1 - len(self.layers), True)}, given))

    def fill_in(self, given: Given, when: Condition) -> None:
        """The key gets a value where it has none."""
        now = self.result()
        if not now.settled:
            self.base = Given(
                [*now.refs, *given.refs], now.unknown or given.unknown, not when and given.certain, now.not_none
            )
            self.layers = []

    def remove(self, when: Condition) -> None:
        """The key is taken out."""
        if not when:
            self.base, self.layers = Given(), []
        else:
            now = self.result()
            self.base = Given(now.refs, now.unknown, False, now.not_none) if now.refs else now
            self.layers = []

    def result(self) -> Given:
        """What the key stands for after all of it."""
        if not self.layers:
            return self.base
        covered = cover([c for c, _ in self.layers])
        found = Given() if covered else Given(list(self.base.refs), self.base.unknown)
        found.certain = covered or self.base.settled
        found.not_none = set() if covered else set(self.base.not_none)
        for _, given in self.layers:
            found.refs += given.refs
            found.unknown = found.unknown or given.unknown
            found.not_none |= given.not_none
        if not found.certain and not self.base.refs:
            found.ways = [c for c, g in self.layers if g.settled]
        return found
