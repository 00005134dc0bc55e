"""Paths into facts, held against the types of the facts contract."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass, field
from typing import Any, Literal, Union

from readylint.facts import FACT_TYPES, SETTING_ROLES, AnyFact, Setting
from readylint.facts_schema import field_types
from readylint.packs.reading import Unreadable, near

Steps = tuple[str, ...]
PROJECT = "project"


@dataclass(slots=True)
class ProjectFacts:
    """What a rule `for: project` is asked about: the project and all its facts in scope."""

    path: str
    manifest: str | None = None
    facts: list[AnyFact] = field(default_factory=list)


def subject_types(kind: str) -> tuple[Any, ...]:
    """The contract types that a rule for this kind speaks of."""
    if kind == PROJECT:
        return (ProjectFacts,)
    if kind not in FACT_TYPES:
        raise Unreadable(f"unknown kind of fact {kind!r}", hint=near(kind, [*FACT_TYPES, PROJECT]))
    return (FACT_TYPES[kind],)


def arms(annotations: typing.Iterable[Any]) -> tuple[Any, ...]:
    """Unions taken apart, without null."""
    out: list[Any] = []
    for annotation in annotations:
        if typing.get_origin(annotation) in (Union, types.UnionType):
            out.extend(a for a in arms(typing.get_args(annotation)) if a not in out)
        elif annotation is not type(None) and annotation not in out:
            out.append(annotation)
    return tuple(out)


def split(path: str) -> Steps:
    """`timeout.value` as its steps."""
    steps = tuple(path.split("."))
    if not path or not all(steps):
        raise Unreadable(f"{path!r} is no path of a fact")
    return steps


def resolve(path: Steps, subjects: tuple[Any, ...]) -> tuple[Any, ...]:
    """The types that stand at the path; raises `Unreadable` for a path that is not in the contract."""
    here = arms(subjects)
    for number, step in enumerate(path):
        here = _step(step, here, ".".join(path[:number]))
    return here


def _step(step: str, here: tuple[Any, ...], above: str) -> tuple[Any, ...]:
    found: list[Any] = []
    known: list[str] = []
    for annotation in here:
        if dataclasses.is_dataclass(annotation):
            fields = field_types(typing.cast("type", annotation))
            known.extend(name for name in fields if name not in known)
            if step in fields:
                found.append(fields[step])
        elif typing.get_origin(annotation) is dict:
            element = typing.get_args(annotation)[1]
            if element is not Setting or step in SETTING_ROLES:
                found.append(element)
            known.extend(SETTING_ROLES if element is Setting else ())
    if found:
        return arms(found)
    place = f"{above!r}" if above else "a fact of this kind"
    if any(typing.get_origin(a) is list for a in here):
        raise Unreadable(f"{place} is a list: ask it with some, each, none or count")
    if not known:
        raise Unreadable(f"{place} has no fields, so there is no {step!r} in it")
    raise Unreadable(f"{place} has no {step!r}", hint=near(step, known))


def elements(here: tuple[Any, ...]) -> tuple[Any, ...]:
    """The element types where lists stand at the path, else nothing."""
    return arms(typing.get_args(a)[0] for a in here if typing.get_origin(a) is list)


def is_object(here: tuple[Any, ...]) -> bool:
    """Whether fields can be asked for here."""
    return any(dataclasses.is_dataclass(a) or typing.get_origin(a) is dict for a in here)


def has_source(here: tuple[Any, ...]) -> bool:
    """Whether a setting stands here: something with a value and a source."""
    return any(dataclasses.is_dataclass(a) and "source" in field_types(typing.cast("type", a)) for a in here)


def words(here: tuple[Any, ...]) -> list[Any] | None:
    """The fixed set of values that may stand here, or None when it is open."""
    out: list[Any] = []
    for annotation in here:
        if typing.get_origin(annotation) is Literal:
            out.extend(typing.get_args(annotation))
        elif annotation is bool:
            out.extend((True, False))
        else:
            return None
    return out


def may_be_number(here: tuple[Any, ...]) -> bool:
    """Whether `at_most` makes sense here."""
    return any(a in (int, float, Any) for a in here)


def may_be_text(here: tuple[Any, ...]) -> bool:
    """Whether `matches` makes sense here."""
    return any(a in (str, Any) or typing.get_origin(a) is Literal for a in here)
