"""Rules as types, and how a rule file becomes one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from readylint.facts import Role, Span
from readylint.packs import condition, contract, template
from readylint.packs.condition import Condition, Context
from readylint.packs.contract import PROJECT, Steps
from readylint.packs.reading import Unreadable, near, read, shown
from readylint.packs.template import Template
from readylint.verdicts import SEVERITY_ORDER, Severity

Confidence = Literal["high", "medium", "low"]
Standing = Literal[True, "pedantic", "preview"]
Result = TypeVar("Result")


@dataclass(slots=True)
class Fix:
    """What to do about it. `set` names settings by role; the catalogue knows how each SDK writes them."""

    text: Any
    """One text, or a list of `{when, is}` of which the first that holds is shown."""
    set: dict[str, Any] = field(default_factory=dict)
    safe: bool = False


@dataclass(slots=True)
class AlsoHead:
    """Further places that a finding shows, as written."""

    places: str
    label: str
    most: int = 2


@dataclass(slots=True)
class RuleHead:
    """The first document of a rule file, as written."""

    title: str
    failing: str
    item: str
    for_: str
    severity: Any
    confidence: Confidence = "high"
    default: Standing = True
    since: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    scope: list[Role] = field(default_factory=lambda: ["app", "script", "notebook"])
    where: Any = True
    expect: Any = None
    check: str | None = None
    at: Any = "cause"
    label: Any = None
    also: list[AlsoHead] = field(default_factory=list)
    fix: Fix | None = None
    tags: list[str] = field(default_factory=list)
    absence: bool = False


@dataclass(slots=True)
class Example:
    """A small program, as files, and what the rule has to say of it. `none` marks that there is nothing to ask."""

    name: str
    files: dict[str, str]
    none: bool = False


@dataclass(slots=True)
class Examples:
    """Programs for which the rule fails, holds, and cannot tell."""

    fails: list[Example] = field(default_factory=list)
    holds: list[Example] = field(default_factory=list)
    cannot_tell: list[Example] = field(default_factory=list)


@dataclass(slots=True)
class RuleProse:
    """The second document of a rule file: read only by explain, test and docs."""

    why: str
    examples: Examples = field(default_factory=Examples)


@dataclass(slots=True, frozen=True)
class SeverityCase:
    """One line of a severity list; without `when` it always applies."""

    severity: Severity
    when: Condition | None = None


@dataclass(slots=True, frozen=True)
class WordsCase:
    """One line of a list of texts; without `when` it always applies."""

    text: Template
    when: Condition | None = None


@dataclass(slots=True, frozen=True)
class Also:
    """Further places of a fact that a finding shows, at most so many, with these words."""

    path: Steps
    text: Template
    most: int


@dataclass(slots=True, frozen=True)
class Place:
    """Where a finding stands: at its cause, at the fact's span, at a field (or the cause, when the field has no place),
    or at the first fact of a kind, of those that meet a condition; `path` is the place in that fact, when it has it."""

    how: Literal["cause", "span", "field", "first"]
    path: Steps = ()
    kind: str = ""
    where: Condition | None = None


@dataclass(slots=True, frozen=True)
class Rule:
    """One rule, read and held against the contract."""

    id: str
    pack: str
    file: str
    title: str
    failing: Template
    item: str
    kind: str
    """The kind of fact it speaks of, or `project`."""
    severity: tuple[SeverityCase, ...]
    confidence: Confidence
    default: Standing
    since: str | None
    params: dict[str, Any]
    scope: frozenset[str]
    where: Condition
    expect: Condition | None
    check: str | None
    at: tuple[Place, ...]
    """The first that has a place is taken."""
    label: tuple[WordsCase, ...]
    """What stands below the carets; where no line applies it is what the fact itself says."""
    also: tuple[Also, ...]
    fix: Fix | None
    help: tuple[WordsCase, ...]
    tags: tuple[str, ...]
    absence: bool
    """It fails where nothing is found; not so at a place that a condition of `at` chose: something is there."""
    reads: frozenset[Steps]
    """Every path that conditions and sentences read; settings with alternatives are tried for these only."""

    @property
    def section(self) -> str:
        """The section of the checklist that it belongs to."""
        return self.item.partition("/")[0]

    @property
    def worst(self) -> Severity:
        """The highest severity that it can have."""
        return max((case.severity for case in self.severity), key=SEVERITY_ORDER.__getitem__)


def build(raw: Any, rule_id: str, pack: str, file: str, items: Iterable[str]) -> Rule:
    """The rule that the first document of `file` writes down; raises `Unreadable`."""
    head: RuleHead = read(RuleHead, raw)
    if head.item not in set(items):
        raise Unreadable(f"there is no item {head.item!r} in the checklist", ("item",), near(head.item, items))
    subjects = _under("for", lambda: contract.subject_types(head.for_))
    context = Context(subjects, head.params)
    where = _under("where", lambda: condition.parse(head.where, context))
    expect = _expectation(head, context)
    severity = _under("severity", lambda: _severity(head.severity, context))
    failing = _under("failing", lambda: template.parse(head.failing, subjects, head.params))
    advice = head.fix.text if head.fix else ""
    help_ = _under("fix", lambda: _under("text", lambda: _words(advice, context))) if head.fix else ()
    label = _under("label", lambda: _words(head.label, context, closed=False)) if head.label is not None else ()
    also = _under("also", lambda: _also(head.also, context))
    at = _under("at", lambda: _places(head.at, context))
    return Rule(
        id=rule_id, pack=pack, file=file, title=head.title, failing=failing, item=head.item, kind=head.for_,
        severity=severity, confidence=head.confidence, default=head.default, since=head.since, params=head.params,
        scope=frozenset(head.scope), where=where, expect=expect, check=head.check, at=at, label=label,
        also=also, fix=head.fix, help=help_, tags=tuple(head.tags), absence=head.absence,
        reads=frozenset(_reads((where, expect), severity, (*help_, *label), (failing, *(one.text for one in also)))),
    )  # fmt: skip


def _reads(
    conditions: Iterable[Condition | None],
    severity: Iterable[SeverityCase],
    words: Iterable[WordsCase],
    sentences: Iterable[Template],
) -> Iterator[Steps]:
    """Every path that the rule reads."""
    words = list(words)
    for part in (*conditions, *(case.when for case in severity), *(case.when for case in words)):
        yield from condition.paths(part) if part is not None else ()
    for sentence in (*sentences, *(case.text for case in words)):
        yield from sentence.paths()


def _expectation(head: RuleHead, context: Context) -> Condition | None:
    if (head.expect is None) == (head.check is None):
        raise Unreadable("a rule has either 'expect' or 'check'")
    return None if head.expect is None else _under("expect", lambda: condition.parse(head.expect, context))


def _under(key: str, act: Callable[[], Result]) -> Result:
    try:
        return act()
    except Unreadable as complaint:
        raise complaint.under(key) from None


def _severity(value: Any, context: Context) -> tuple[SeverityCase, ...]:
    if not isinstance(value, list):
        return (SeverityCase(read(Severity, value)),)
    cases = _cases(value, context, lambda item: read(Severity, item))
    return tuple(SeverityCase(severity, when) for severity, when in cases)


def _words(value: Any, context: Context, *, closed: bool = True) -> tuple[WordsCase, ...]:
    """One text, or a list of texts with conditions."""

    def text(item: Any) -> Template:
        return template.parse(read(str, item), context.subjects, context.params)

    if not isinstance(value, list):
        return (WordsCase(text(value)),)
    return tuple(WordsCase(words, when) for words, when in _cases(value, context, text, closed=closed))


def _also(heads: list[AlsoHead], context: Context) -> tuple[Also, ...]:
    found = []
    for number, head in enumerate(heads):
        try:
            path = _under("places", lambda: _place_path(head.places, context.subjects))  # noqa: B023
            text = _under("label", lambda: template.parse(head.label, context.subjects, context.params))  # noqa: B023
        except Unreadable as complaint:
            raise complaint.under(number) from None
        found.append(Also(path, text, head.most))
    return tuple(found)


def _place_path(written: str, subjects: tuple[Any, ...]) -> Steps:
    """The path of a place, or of a list of places."""
    path = contract.split(written)
    here = contract.resolve(path, subjects)
    if Span not in (contract.elements(here) or here):
        raise Unreadable(f"{written!r} is no place")
    return path


def _cases(
    value: list[Any], context: Context, read_is: Callable[[Any], Result], *, closed: bool = True
) -> list[tuple[Result, Condition | None]]:
    """The lines of a list of `{when, is}`. `closed`: the last has no condition, so that one always applies."""
    cases = []
    for number, item in enumerate(value):
        try:
            cases.append(_case(item, context, read_is, last=number == len(value) - 1, closed=closed))
        except Unreadable as complaint:
            raise complaint.under(number) from None
    if not cases:
        raise Unreadable("an empty list; the last line says {is: ...} without a condition")
    return cases


def _case(
    item: Any, context: Context, read_is: Callable[[Any], Result], *, last: bool, closed: bool
) -> tuple[Result, Condition | None]:
    if not isinstance(item, dict) or "is" not in item:
        raise Unreadable(f"expected {{when: ..., is: ...}}, found {shown(item)}")
    for key in item:
        if key not in ("when", "is"):
            raise Unreadable(f"unknown key {key!r}", (key,), near(key, ("when", "is")), of_key=True)
    if last == ("when" in item) and (closed or not last):
        raise Unreadable("every line but the last has a condition" + (", and the last has none" if closed else ""))
    value = _under("is", lambda: read_is(item["is"]))
    return value, _under("when", lambda: condition.parse(item["when"], context)) if "when" in item else None


def _places(value: Any, context: Context) -> tuple[Place, ...]:
    """One place, or a list of which the first is taken that there is."""
    if not isinstance(value, list):
        return (_place(value, context),)
    if not value:
        raise Unreadable("an empty list; a finding needs a place")
    found = []
    for number, item in enumerate(value):
        try:
            found.append(_place(item, context))
        except Unreadable as complaint:
            raise complaint.under(number) from None
    return tuple(found)


def _place(value: Any, context: Context) -> Place:
    if value in ("cause", "span"):
        return Place(value)
    if isinstance(value, dict) and "first" in value and set(value) <= {"first", "where", "place"}:
        kinds = _under("first", lambda: contract.subject_types(value["first"]))
        inner = Context(kinds, context.params)
        where = _under("where", lambda: condition.parse(value["where"], inner)) if "where" in value else None
        path = _under("place", lambda: _place_path(value["place"], kinds)) if "place" in value else ()
        return Place("first", path, kind=value["first"], where=where)
    if not isinstance(value, str):
        raise Unreadable(f"expected cause, span, a path or {{first: KIND}}, found {shown(value)}")
    path = contract.split(value)
    contract.resolve(path, context.subjects)
    return Place("field", path)


__all__ = [
    "PROJECT", "Also", "Example", "Examples", "Fix", "Place", "Rule", "RuleProse", "SeverityCase", "WordsCase", "build",
]  # fmt: skip
