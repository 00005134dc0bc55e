"""Conditions in three values: true, false, and None for "cannot be told".

Conditions are asked of plain JSON facts (`facts.to_json`). An answer names the leaves that decided it, as paths with
the numbers of list elements in them; causes and evidence are found through these.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readylint.packs.condition import (
    NO_LIMIT,
    All,
    Ask,
    Condition,
    Constant,
    Count,
    Either,
    Field,
    Not,
    Over,
    Param,
)

Truth = bool | None
Leaf = tuple[str | int, ...]
MATCH_SECONDS = 0.25
UNKNOWN = "unknown"


@dataclass(slots=True, frozen=True)
class Answer:
    """A truth value and the leaves that decided it, in the order of the rule."""

    value: Truth
    leaves: tuple[Leaf, ...] = ()


@dataclass(slots=True, frozen=True)
class _Asked:
    """What a condition is asked of: the fact, the element that paths start from, and where that element stands."""

    root: Mapping[str, Any]
    here: Any
    prefix: Leaf
    params: Mapping[str, Any]


def evaluate(condition: Condition, fact: Mapping[str, Any], params: Mapping[str, Any] | None = None) -> Answer:
    """Whether the condition holds for the fact."""
    return _evaluate(condition, _Asked(fact, fact, (), params or {}))


def lookup(value: Any, path: Sequence[str | int]) -> Any:
    """The value at a path; None when it cannot be told, which is so for every field of a setting that is unknown."""
    for step in path:
        if isinstance(value, Mapping):
            if value.get("source") == UNKNOWN and step != "alternatives":
                return None
            value = value.get(str(step))
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return None if value == UNKNOWN else value


def _evaluate(condition: Condition, asked: _Asked) -> Answer:
    match condition:
        case Constant(value):
            return Answer(value)
        case All(parts):
            return _all([_evaluate(part, asked) for part in parts])
        case Either(parts):
            return _either([_evaluate(part, asked) for part in parts])
        case Not(part):
            return _not(_evaluate(part, asked))
        case Over():
            return _over(condition, asked)
        case Count():
            return _count(condition, asked)
        case Ask():
            return Answer(_ask(condition, asked), ((*asked.prefix, *condition.path),))


def _all(answers: list[Answer]) -> Answer:
    """False by its first part that is false; else undecided by all that are; else true by all."""
    for answer in answers:
        if answer.value is False:
            return answer
    undecided = [a for a in answers if a.value is None]
    return Answer(None if undecided else True, _leaves(undecided or answers))


def _either(answers: list[Answer]) -> Answer:
    """True by its first part that is true; else undecided by all that are; else false by all."""
    for answer in answers:
        if answer.value is True:
            return answer
    undecided = [a for a in answers if a.value is None]
    return Answer(None if undecided else False, _leaves(undecided or answers))


def _not(answer: Answer) -> Answer:
    return Answer(None if answer.value is None else not answer.value, answer.leaves)


def _leaves(answers: list[Answer]) -> tuple[Leaf, ...]:
    return tuple(dict.fromkeys(leaf for answer in answers for leaf in answer.leaves))


def _elements(path: tuple[str, ...], asked: _Asked) -> tuple[Leaf, list[_Asked] | None]:
    place = (*asked.prefix, *path)
    found = lookup(asked.here, path)
    if not isinstance(found, list):
        return place, None
    return place, [_Asked(asked.root, item, (*place, n), asked.params) for n, item in enumerate(found)]


def _over(condition: Over, asked: _Asked) -> Answer:
    place, elements = _elements(condition.path, asked)
    if elements is None:
        return Answer(None, (place,))
    answers = [_evaluate(condition.of, element) for element in elements]
    if not answers:
        return Answer(condition.quantifier != "some", (place,))
    if condition.quantifier == "each":
        return _all(answers)
    found = _either(answers)
    return _not(found) if condition.quantifier == "none" else found


def _count(condition: Count, asked: _Asked) -> Answer:
    place, elements = _elements(condition.path, asked)
    if elements is None:
        return Answer(None, (place,))
    values = [_evaluate(condition.where, element).value for element in elements]
    surely, perhaps = values.count(True), values.count(None)
    answers = {
        _evaluate(condition.tests, _Asked(asked.root, number, place, asked.params)).value
        for number in range(surely, surely + perhaps + 1)
    }
    return Answer(answers.pop() if len(answers) == 1 else None, (place,))


def _ask(condition: Ask, asked: _Asked) -> Truth:
    found = lookup(asked.here, condition.path)
    operand = _operand(condition.operand, asked)
    if condition.comparison in ("set", "given"):
        return _is_set(condition.comparison, found, operand)
    if found is None or operand is None:
        return None
    match condition.comparison:
        case "is":
            return _same(found, operand)
        case "in":
            return any(_same(found, item) for item in operand)
        case "matches":
            return _matches(str(operand), found)
        case "at_most":
            return _compared(found, operand, at_most=True)
        case _:
            return _compared(found, operand, at_most=False)


def _operand(operand: Any, asked: _Asked) -> Any:
    if isinstance(operand, Param):
        return asked.params.get(operand.name)
    if isinstance(operand, Field):
        return lookup(asked.root, operand.path)
    return operand


def _is_set(comparison: str, setting: Any, wanted: bool) -> Truth:
    source = setting.get("source") if isinstance(setting, Mapping) else None
    if source is None or source == UNKNOWN:
        return None
    absent = ("unset",) if comparison == "set" else ("unset", "sdk-default")
    return (source not in absent) == wanted


def _same(found: Any, operand: Any) -> bool:
    return isinstance(found, bool) == isinstance(operand, bool) and bool(found == operand)


def _number(value: Any) -> float | None:
    if value in NO_LIMIT:
        return math.inf
    return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)


def _compared(found: Any, operand: Any, *, at_most: bool) -> Truth:
    left, right = _number(found), _number(operand)
    if left is None or right is None:
        return None
    return left <= right if at_most else left >= right


def _matches(pattern: str, found: Any) -> Truth:
    import regex

    if not isinstance(found, str):
        return None
    try:
        return regex.search(pattern, found, timeout=MATCH_SECONDS) is not None
    except TimeoutError:
        return None
