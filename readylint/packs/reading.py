"""Plain values into dataclasses, by their annotations. Every complaint knows the keys that lead to it.

A field `is_async` is written `async`, and a trailing underscore is dropped (`for_` is `for`). Two short forms are
read: one text where a list of texts is meant, and a mapping from ids where a list of things with an `id` is meant.
"""

from __future__ import annotations

import dataclasses
import difflib
import types
import typing
from collections.abc import Iterable
from functools import cache
from typing import Any, Literal, Union

from readylint.packs.document import Keys

WRITTEN_AS = {"is_async": "async"}


class Unreadable(Exception):  # noqa: N818 - never shown as it is
    """Something is wrong with the value at `keys` (or with the key itself)."""

    def __init__(self, message: str, keys: Keys = (), hint: str = "", of_key: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.keys = keys
        self.hint = hint
        self.of_key = of_key

    def under(self, *keys: str | int) -> Unreadable:
        """The same complaint, seen from further up."""
        self.keys = (*keys, *self.keys)
        return self


def near(name: str, known: Iterable[str]) -> str:
    """ "did you mean ...?" when one of the known names is close, else a short list of them, else nothing."""
    names = list(known)
    found = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if found:
        return f"did you mean {found[0]!r}?"
    return f"known: {', '.join(names)}" if 0 < len(names) <= 12 else ""


def read(annotation: Any, value: Any) -> Any:
    """The value as the annotation wants it; raises `Unreadable`."""
    if annotation is Any:
        return value
    origin = typing.get_origin(annotation)
    if origin in (Union, types.UnionType):
        return _read_union(typing.get_args(annotation), value)
    if origin is Literal:
        return _read_literal(typing.get_args(annotation), value)
    if origin is list:
        return _read_list(typing.get_args(annotation)[0], value)
    if origin is dict:
        return _read_dict(typing.get_args(annotation)[1], value)
    if dataclasses.is_dataclass(annotation):
        return _read_object(typing.cast("type", annotation), value)
    if _is_plain(annotation, value):
        return value
    raise Unreadable(f"expected {_named(annotation)}, found {shown(value)}")


def shown(value: Any) -> str:
    """A value of a pack in words."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"the text {value!r}" if isinstance(value, str) else f"the number {value}"


def _is_plain(annotation: Any, value: Any) -> bool:
    if annotation is type(None):
        return value is None
    if annotation is bool:
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if annotation is float:
        return isinstance(value, int | float)
    return isinstance(annotation, type) and isinstance(value, annotation)


def _named(annotation: Any) -> str:
    names = {str: "text", int: "a whole number", float: "a number", bool: "true or false", type(None): "nothing"}
    if annotation in names:
        return names[annotation]
    origin = typing.get_origin(annotation)
    if origin is list:
        return "a list"
    if origin is Literal:
        return "one of " + ", ".join(shown_literal(a) for a in typing.get_args(annotation))
    if origin in (Union, types.UnionType):
        return " or ".join(_named(a) for a in typing.get_args(annotation) if a is not type(None))
    return "a mapping"


def shown_literal(value: Any) -> str:
    """A word of a fixed set, as it is written in YAML."""
    return shown(value) if isinstance(value, bool) else str(value)


def _read_union(arms: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in arms:
        return None
    complaints = []
    for arm in arms:
        try:
            return read(arm, value)
        except Unreadable as complaint:
            complaints.append(complaint)
    deepest = max(complaints, key=lambda c: len(c.keys))
    if deepest.keys:
        raise deepest
    raise Unreadable(f"expected {' or '.join(_named(a) for a in arms if a is not type(None))}, found {shown(value)}")


def _read_literal(words: tuple[Any, ...], value: Any) -> Any:
    for word in words:
        if word == value and isinstance(word, bool) == isinstance(value, bool):
            return value
    hint = near(value, [w for w in words if isinstance(w, str)]) if isinstance(value, str) else ""
    raise Unreadable(f"expected one of {', '.join(shown_literal(w) for w in words)}, found {shown(value)}", hint=hint)


def _read_list(element: Any, value: Any) -> list[Any]:
    if isinstance(value, str) and element is str:
        return [value]
    if isinstance(value, dict) and dataclasses.is_dataclass(element) and "id" in _plan(typing.cast("type", element)):
        return [_read_with_id(typing.cast("type", element), key, item) for key, item in value.items()]
    if not isinstance(value, list):
        raise Unreadable(f"expected a list, found {shown(value)}")
    out = []
    for number, item in enumerate(value):
        try:
            out.append(read(element, item))
        except Unreadable as complaint:
            raise complaint.under(number) from None
    return out


def _read_with_id(cls: type, key: str, item: Any) -> Any:
    if isinstance(item, dict) and "id" in item:
        raise Unreadable("the id is the key already", (key, "id"), of_key=True)
    try:
        return _read_object(cls, {"id": key, **item} if isinstance(item, dict) else item)
    except Unreadable as complaint:
        raise complaint.under(key) from None


def _read_dict(element: Any, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unreadable(f"expected a mapping, found {shown(value)}")
    out = {}
    for key, item in value.items():
        try:
            out[key] = read(element, item)
        except Unreadable as complaint:
            raise complaint.under(key) from None
    return out


@cache
def _plan(cls: type) -> dict[str, tuple[str, Any, bool]]:
    """Key as written -> field, annotation, required."""
    hints = typing.get_type_hints(cls)
    out = {}
    for f in dataclasses.fields(cls):
        required = f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING
        out[WRITTEN_AS.get(f.name, f.name.rstrip("_"))] = (f.name, hints[f.name], required)
    return out


def _read_object(cls: type, value: Any) -> Any:
    if not isinstance(value, dict):
        raise Unreadable(f"expected a mapping, found {shown(value)}")
    plan = _plan(cls)
    given: dict[str, Any] = {}
    for key, item in value.items():
        if key not in plan:
            raise Unreadable(f"unknown key {key!r}", (key,), near(key, plan), of_key=True)
        name, annotation, _ = plan[key]
        try:
            given[name] = read(annotation, item)
        except Unreadable as complaint:
            raise complaint.under(key) from None
    missing = [key for key, (name, _, required) in plan.items() if required and name not in given]
    if missing:
        raise Unreadable(f"the key {missing[0]!r} is missing")
    return cls(**given)
