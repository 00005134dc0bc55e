"""Conditions of rules: read from plain values, and held against the facts contract.

A condition is `all`, `any`, `not`, or a path with tests; several keys in one mapping are all meant. Quantifiers turn
to the elements of a list; inside them paths start at the element, or, where the elements are plain values, the tests
stand there directly: `output.drives: {some: {is: write}}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from readylint.facts import FACT_TYPES
from readylint.packs import contract
from readylint.packs.contract import Steps
from readylint.packs.reading import Unreadable, near, shown, shown_literal

Comparison = Literal["is", "in", "at_most", "at_least", "matches", "set", "given"]
Quantifier = Literal["some", "each", "none"]
COMPARISONS: tuple[str, ...] = ("is", "in", "at_most", "at_least", "matches", "set", "given")
QUANTIFIERS: tuple[str, ...] = ("some", "each", "none")
NO_LIMIT = ("none", "unbounded")


@dataclass(slots=True, frozen=True)
class Param:
    """`$name` in a rule: a parameter that settings may change."""

    name: str


@dataclass(slots=True, frozen=True)
class Field:
    """`{field: other.path}`: the value of another field of the fact."""

    path: Steps


@dataclass(slots=True, frozen=True)
class Constant:
    """`true` or `false` by itself; `expect: false` says that such a fact should not be there."""

    value: bool


@dataclass(slots=True, frozen=True)
class All:
    """Holds when every part holds."""

    parts: tuple[Condition, ...]


@dataclass(slots=True, frozen=True)
class Either:
    """Holds when a part holds (`any`)."""

    parts: tuple[Condition, ...]


@dataclass(slots=True, frozen=True)
class Not:
    """Holds when its part does not."""

    part: Condition


@dataclass(slots=True, frozen=True)
class Ask:
    """One test of the value at a path."""

    path: Steps
    comparison: Comparison
    operand: Any


@dataclass(slots=True, frozen=True)
class Over:
    """A quantifier over the list at a path."""

    path: Steps
    quantifier: Quantifier
    of: Condition


@dataclass(slots=True, frozen=True)
class Count:
    """Tests of how many elements of the list at a path fulfil `where`."""

    path: Steps
    where: Condition
    tests: Condition


Condition = Constant | All | Either | Not | Ask | Over | Count


@dataclass(slots=True)
class Context:
    """What a condition is held against while it is read: the types it speaks of, and the rule's parameters."""

    subjects: tuple[Any, ...]
    params: dict[str, Any] = field(default_factory=dict)
    root: tuple[Any, ...] | None = None

    def inside(self, subjects: tuple[Any, ...]) -> Context:
        """The same, for the elements of a list."""
        return Context(subjects, self.params, self.root or self.subjects)


def parse(value: Any, context: Context) -> Condition:
    """The condition that the value writes down; raises `Unreadable`."""
    if isinstance(value, bool):
        return Constant(value)
    if not isinstance(value, dict):
        raise Unreadable(f"expected a condition (a mapping, true or false), found {shown(value)}")
    if not value:
        raise Unreadable("an empty condition; write true when it always holds")
    return _joined([_clause(key, part, context) for key, part in value.items()])


def paths(condition: Condition) -> Iterator[Steps]:
    """Every path that the condition reads from the fact."""
    match condition:
        case All(parts) | Either(parts):
            for part in parts:
                yield from paths(part)
        case Not(part):
            yield from paths(part)
        case Ask(path, _, operand):
            yield path
            if isinstance(operand, Field):
                yield operand.path
        case Over(path, _, _) | Count(path, _, _):
            yield path


def _joined(parts: list[Condition]) -> Condition:
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _clause(key: str, value: Any, context: Context) -> Condition:
    try:
        match key:
            case "all" | "any":
                parts = tuple(_each(value, lambda item: parse(item, context)))
                return All(parts) if key == "all" else Either(parts)
            case "not":
                return Not(parse(value, context))
        return _asked(key, value, context)
    except Unreadable as complaint:
        raise complaint.under(key) from None


def _asked(key: str, value: Any, context: Context) -> Condition:
    path = contract.split(key)
    try:
        here = contract.resolve(path, context.subjects)
    except Unreadable as complaint:
        complaint.of_key = True
        raise
    return _tests(path, value, here, context)


def _each(value: Any, read: Any) -> Iterator[Condition]:
    if not isinstance(value, list) or not value:
        raise Unreadable(f"expected a list of conditions, found {shown(value)}")
    for number, item in enumerate(value):
        try:
            yield read(item)
        except Unreadable as complaint:
            raise complaint.under(number) from None


def _tests(path: Steps, value: Any, here: tuple[Any, ...], context: Context) -> Condition:
    if not isinstance(value, dict) or not value:
        raise Unreadable(f"expected a test such as {{is: ...}}, found {shown(value)}")
    parts = []
    for name, operand in value.items():
        try:
            parts.append(_test(path, name, operand, here, context))
        except Unreadable as complaint:
            raise complaint.under(name) from None
    return _joined(parts)


def _test(path: Steps, name: str, operand: Any, here: tuple[Any, ...], context: Context) -> Condition:
    match name:
        case "all" | "any":
            parts = tuple(_each(operand, lambda item: _tests(path, item, here, context)))
            return All(parts) if name == "all" else Either(parts)
        case "not":
            return Not(_tests(path, operand, here, context))
        case "some" | "each" | "none":
            return Over(path, name, _of_elements(operand, here, context))
        case "count":
            return _count(path, operand, here, context)
    if name not in COMPARISONS:
        known = [*COMPARISONS, "not", "all", "any", *QUANTIFIERS, "count"]
        raise Unreadable(f"unknown test {name!r}", hint=near(name, known), of_key=True)
    return _comparison(path, name, _operand(operand, context), here)


def _of_elements(value: Any, here: tuple[Any, ...], context: Context) -> Condition:
    element = contract.elements(here)
    if not element:
        raise Unreadable("this is not a list", of_key=True)
    if not contract.is_object(element):
        return _tests((), value, element, context.inside(element))
    return parse(value, context.inside(_narrowed(element, value)))


def _narrowed(element: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    """Facts of a project whose kind is asked for first: only that type."""
    asked = value.get("kind") if isinstance(value, dict) else None
    kind = asked.get("is") if isinstance(asked, dict) else None
    if kind is None or "kind" not in getattr(element[0], "__dataclass_fields__", {}):
        return element
    if kind not in FACT_TYPES:
        raise Unreadable(f"unknown kind of fact {kind!r}", ("kind", "is"), near(str(kind), FACT_TYPES))
    return (FACT_TYPES[kind],)


def _count(path: Steps, operand: Any, here: tuple[Any, ...], context: Context) -> Condition:
    if not isinstance(operand, dict):
        raise Unreadable(f"expected tests of a number, found {shown(operand)}")
    if not contract.elements(here):
        raise Unreadable("this is not a list", of_key=True)
    rest = {k: v for k, v in operand.items() if k != "where"}
    where: Condition = Constant(True)
    if "where" in operand:
        try:
            where = _of_elements(operand["where"], here, context)
        except Unreadable as complaint:
            raise complaint.under("where") from None
    return Count(path, where, _tests((), rest, (int,), context.inside((int,))))


def _operand(value: Any, context: Context) -> Any:
    if isinstance(value, str) and value.startswith("$"):
        name = value[1:]
        if name not in context.params:
            raise Unreadable(f"unknown parameter {value!r}", hint=near(name, context.params))
        return Param(name)
    if isinstance(value, dict):
        if set(value) != {"field"} or not isinstance(value["field"], str):
            raise Unreadable("expected a value, $param or {field: path}, found a mapping")
        path = contract.split(value["field"])
        try:
            contract.resolve(path, context.root or context.subjects)
        except Unreadable as complaint:
            raise complaint.under("field") from None
        return Field(path)
    return tuple(value) if isinstance(value, list) else value


def _comparison(path: Steps, name: Any, operand: Any, here: tuple[Any, ...]) -> Condition:
    if name in ("set", "given"):
        if not contract.has_source(here):
            raise Unreadable(f"{name!r} can only be asked of a setting (it has a source)", of_key=True)
        if not isinstance(operand, bool):
            raise Unreadable(f"expected true or false, found {shown(operand)}")
        return Ask(path, name, operand)
    if contract.elements(here):
        raise Unreadable("a list is asked with some, each, none or count", of_key=True)
    if contract.is_object(here) and not contract.may_be_text(here) and not contract.may_be_number(here):
        raise Unreadable("there are fields here, not a value: ask one of them", of_key=True)
    _check_operand(name, operand, here)
    return Ask(path, name, operand)


def _check_operand(name: str, operand: Any, here: tuple[Any, ...]) -> None:
    if isinstance(operand, Param | Field):
        return
    if name in ("at_most", "at_least"):
        if not contract.may_be_number(here):
            raise Unreadable("this is no number", of_key=True)
        if isinstance(operand, bool) or not isinstance(operand, int | float):
            raise Unreadable(f"expected a number, found {shown(operand)}")
    elif name == "matches":
        _check_pattern(operand, here)
    elif name == "in":
        if not isinstance(operand, tuple):
            raise Unreadable(f"expected a list, found {shown(operand)}")
        for number, item in enumerate(operand):
            _check_word(item, here, (number,))
    else:
        _check_word(operand, here, ())


def _check_pattern(operand: Any, here: tuple[Any, ...]) -> None:
    import regex

    if not contract.may_be_text(here):
        raise Unreadable("this is no text", of_key=True)
    if not isinstance(operand, str):
        raise Unreadable(f"expected a regular expression, found {shown(operand)}")
    try:
        regex.compile(operand)
    except regex.error as error:
        raise Unreadable(f"not a regular expression: {error}") from None


def _check_word(operand: Any, here: tuple[Any, ...], keys: tuple[int, ...]) -> None:
    if operand is None or operand == "unknown":
        raise Unreadable("what cannot be told cannot be asked for: such a verdict is 'cannot tell' by itself", keys)
    if isinstance(operand, tuple | dict):
        raise Unreadable("expected a plain value", keys)
    known = contract.words(here)
    if known is None:
        return
    if not any(word == operand and isinstance(word, bool) == isinstance(operand, bool) for word in known):
        listed = ", ".join(shown_literal(w) for w in known if w != "unknown")
        hint = near(operand, [w for w in known if isinstance(w, str)]) if isinstance(operand, str) else ""
        raise Unreadable(f"{shown(operand)} never stands here; expected {listed}", keys, hint)
