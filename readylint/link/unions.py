"""How many values one expression may have before they are not told apart any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from readylint.values import (
    UNION_LIMIT,
    UNKNOWN,
    Answer,
    ClassValue,
    Const,
    FunctionValue,
    ObjectValue,
    SdkObject,
    Value,
    Values,
)


def limited(values: Iterable[Value]) -> Values:
    """The values without repetition; where there are too many, what tells them apart least is given up first."""
    seen = tuple(dict.fromkeys(values))
    if len(seen) > UNION_LIMIT:
        seen = tuple(dict.fromkeys(map(_without_history, _once(seen))))
    if len(seen) > UNION_LIMIT:
        kept = tuple(v for v in seen if isinstance(v, SdkObject | FunctionValue | ClassValue | Answer))
        return (*kept[:UNION_LIMIT], UNKNOWN)
    return seen


def _once(values: Values) -> Values:
    """Of equal literals in several places the first."""
    kept: dict[object, Value] = {}
    for value in values:
        key = (type(value.value), repr(value.value)) if isinstance(value, Const) else value
        kept.setdefault(key, value)
    return tuple(kept.values())


def _without_history(value: Value) -> Value:
    """The value without the call that it came from."""
    if isinstance(value, ObjectValue):
        return ObjectValue(value.cls)
    return replace(value, through=None) if isinstance(value, SdkObject) and value.through is not None else value
