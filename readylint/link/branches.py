"""Under which conditions a place of a function is reached."""

from __future__ import annotations

from collections.abc import Iterable

from readylint.flow import FunctionFlow

Condition = frozenset[tuple[int, bool]]
"""Tests (by their nodes) and how each has to come out; a number below zero stands for what is no test."""
LOOPS = ("for", "while")


def condition(function: FunctionFlow, context: int, beside: Iterable[int]) -> Condition:
    """What has to hold for a context to be reached where the contexts of `beside` are reached."""
    known = {number for other in beside for number, _ in function.ancestors(other)}
    found: set[tuple[int, bool]] = set()
    for number, around in function.ancestors(context):
        if number in known:
            break
        if around.kind == "if" and around.nodes:
            found.add((around.nodes[0], around.branch))
        elif around.kind in ("match", "handler"):
            found.add((-1 - number, True))
    return frozenset(found)


def cover(conditions: list[Condition]) -> bool:
    """Whether one of the conditions holds whatever the tests say: `if` and its `else`."""
    if any(not c for c in conditions):
        return True
    test = next((test for c in conditions for test, _ in sorted(c) if test >= 0), None)
    if test is None or len(conditions) > 16:
        return False
    ways = ([c - {(test, way)} for c in conditions if (test, not way) not in c] for way in (True, False))
    return all(cover(way) for way in ways)


def reaches(function: FunctionFlow, start: int, context: int, use: tuple[int, int] | None, made: int) -> bool:
    """Whether what is done to an object at one place holds at its use.

    `start` and `context` are those of the place, `use` the same of the use (None: outside of the function), `made` the
    context in which the object is made. A later place holds in the next round of a loop that the object outlives.
    """
    if use is None:
        return True
    inside = {number for number, _ in function.ancestors(use[1])}
    outlived = inside - {number for number, _ in function.ancestors(made)}
    around = list(function.ancestors(context))
    if any(number in outlived and c.kind in LOOPS for number, c in around):
        return True
    return start < use[0] and not any(c.dead for number, c in around if number not in inside)
