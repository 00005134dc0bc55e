"""Lengths of time that the code writes as an object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.values import Const, Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

TIMEDELTA = "datetime.timedelta"
SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "milliseconds": 0.001, "days": 86400}


def seconds(resolver: Resolver, made: Ref) -> float | None:
    """The seconds of `timedelta(minutes=1)`; None when they cannot be told."""
    total: float = 0
    arguments = resolver.program.node(made).args[1]
    for keyword, number in arguments:
        values = resolver.values(made.sibling(number))
        literal = values[0].value if len(values) == 1 and isinstance(values[0], Const) else None
        if keyword not in SECONDS or not isinstance(literal, int | float):
            return None
        total += literal * SECONDS[keyword]
    return total if arguments else None
