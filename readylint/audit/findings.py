"""Failed verdicts become findings at their causes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readylint.audit.verdict import Failure, Json, severity_of
from readylint.audit.wording import render, words
from readylint.facts import Span
from readylint.logic import Leaf, evaluate, lookup
from readylint.packs import Rule
from readylint.packs.rule import PROJECT, Place
from readylint.verdicts import SEVERITY_ORDER, Finding, Label, Severity


@dataclass(slots=True, frozen=True)
class Cause:
    """The place that decided a failure: its span, the object it belongs to, and the keys that lead to that."""

    span: Span
    owner: Json | None = None
    keys: Leaf = ()
    chosen: bool = False
    """A condition of the rule chose it: there is something, and it is what is wrong."""


@dataclass(slots=True, frozen=True)
class Failed:
    """One fact that fails a rule for one cause."""

    failure: Failure
    cause: Cause
    others: Sequence[Json] = ()

    @property
    def call(self) -> Span | None:
        """Where the fact itself is shown; None for a whole project."""
        return call_place(self.failure.fact)


def call_place(fact: Json) -> Span | None:
    """The callee of a call, the span of any other fact, None for a whole project."""
    place = fact.get("callee_span") or fact.get("span")
    return as_span(place) if place else None


def as_span(place: Mapping[str, Any]) -> Span:
    """A span of its JSON form."""
    return Span(**place)


def cause_of(rule: Rule, failure: Failure, facts: Sequence[Json], params: Mapping[str, Any]) -> Cause | None:
    """Where the finding stands; None when a project rule finds no place at all."""
    for place in rule.at:
        found = _cause_at(place, failure, facts, params)
        if found is not None:
            return found
    fallback = call_place(failure.fact) or _project_place(failure.fact, facts)
    owner, keys = _explaining(failure)
    return Cause(fallback, owner, keys) if fallback else None


def _cause_at(place: Place, failure: Failure, facts: Sequence[Json], params: Mapping[str, Any]) -> Cause | None:
    if place.how in ("cause", "field"):
        named = _at_field(failure.fact, place.path) if place.path else None
        return named or _innermost(failure)
    if place.how == "span":
        return None
    kept = [
        span
        for fact in facts
        if fact["kind"] == place.kind and (span := _place_in(fact, place.path))
        if place.where is None or evaluate(place.where, fact, params).value is True
    ]
    owner, keys = _explaining(failure)
    return Cause(min(kept), owner, keys, chosen=place.where is not None) if kept else None


def _place_in(fact: Json, path: Sequence[str]) -> Span | None:
    """A place that the fact names, else its own."""
    named = lookup(fact, path) if path else None
    return as_span(named) if isinstance(named, Mapping) else call_place(fact)


def finding(rule: Rule, project: str, failed: Sequence[Failed], facts: Sequence[Json], wishes: Wishes) -> Finding:
    """One finding for all facts that fail for the same cause."""
    ordered = sorted(failed, key=lambda f: (f.call is None, f.call or f.cause.span))
    first = ordered[0]
    cause, fact = first.cause, first.failure.fact
    ids = list(dict.fromkeys(f.failure.fact["id"] for f in ordered if "id" in f.failure.fact))
    severities = [severity_of(rule, f.failure.fact, wishes.params) for f in ordered]
    worst = max(severities, key=SEVERITY_ORDER.__getitem__)
    label = words(rule.label, fact, wishes.params)
    return Finding(
        rule=rule.id, severity=wishes.severity or worst, confidence=rule.confidence,
        message=render(rule.failing, fact, wishes.params), span=cause.span, label=label or _label(cause),
        project=project, help=words(rule.help, fact, wishes.params),
        evidence=_distinct(cause.span, [*_evidence(ordered, own=bool(label)), *_also(rule, ordered, wishes.params)]),
        facts=ids, inside=_inside(cause.span, fact, facts), absence=rule.absence and not cause.chosen, item=rule.item,
    )  # fmt: skip


@dataclass(slots=True, frozen=True)
class Wishes:
    """What the user set for one rule."""

    params: Mapping[str, Any]
    severity: Severity | None = None


def _owners(fact: Json, leaf: Leaf) -> Iterable[tuple[Json, Leaf]]:
    """The objects on the way to a leaf, innermost first, without the fact itself."""
    found: list[tuple[Json, Leaf]] = []
    value: Any = fact
    for number, step in enumerate(leaf):
        value = value[step] if isinstance(value, list) and isinstance(step, int) else _get(value, step)
        if isinstance(value, Mapping):
            found.append((value, leaf[: number + 1]))
    return reversed(found)


def _get(value: Any, step: str | int) -> Any:
    return value.get(step) if isinstance(value, Mapping) else None


def _innermost(failure: Failure) -> Cause | None:
    for leaf in failure.leaves:
        for owner, keys in _owners(failure.fact, leaf):
            if owner.get("at"):
                return Cause(as_span(owner["at"]), owner, keys)
    return None


def _at_field(fact: Json, path: Sequence[str]) -> Cause | None:
    value: Any = fact
    for step in path:
        value = _get(value, step)
    place = value.get("at", value) if isinstance(value, Mapping) else None
    if not isinstance(place, Mapping) or "line" not in place:
        return None
    owner, keys = next(iter(_owners(fact, tuple(path[:-1]))), (None, ()))
    return Cause(as_span(place), value if "at" in value else owner, tuple(path) if "at" in value else keys)


def _explaining(failure: Failure) -> tuple[Json | None, Leaf]:
    """The innermost object that says why, for a finding that stands at the call."""
    for leaf in failure.leaves:
        for owner, keys in _owners(failure.fact, leaf):
            if _why(owner):
                return owner, keys
    return None, ()


def _why(owner: Json | None) -> str:
    return str(owner.get("why") or owner.get("why_not") or "") if owner else ""


def _elsewhere(cause: Cause) -> Span | None:
    """The place of the object that says why, when the finding does not stand there."""
    place = as_span(cause.owner["at"]) if cause.owner and cause.owner.get("at") else None
    return place if place != cause.span else None


def _label(cause: Cause) -> str:
    return "" if _elsewhere(cause) else _why(cause.owner)


def _project_place(subject: Json, facts: Sequence[Json]) -> Span | None:
    if subject.get("manifest"):
        return Span(str(subject["manifest"]), 1, 1, 1, 1)
    calls = [place for fact in facts if fact["kind"] == "llm.call" and (place := call_place(fact))]
    return min(calls, default=None)


def _evidence(ordered: Sequence[Failed], *, own: bool) -> list[Label]:
    """The places that the fact knows of. A rule with words of its `own` does not show what the fact says elsewhere."""
    first = ordered[0]
    labels: list[Label] = []
    calls = list(dict.fromkeys(f.call for f in ordered if f.call))
    if calls and calls[0] != first.cause.span:
        labels.append(Label(calls[0], _used(len(calls) - 1)))
    elsewhere = _elsewhere(first.cause)
    if elsewhere and _why(first.cause.owner) and not own:
        labels.append(Label(elsewhere, _why(first.cause.owner)))
    labels.extend(Label(as_span(place), "on the way") for place in (first.cause.owner or {}).get("via", ()))
    for other in first.others:
        owner = next(iter(_owners(other, first.cause.keys)), (None, ()))[0]
        if owner and owner.get("at"):
            labels.append(Label(as_span(owner["at"]), _why(owner) or "in order here"))
    return labels


def _also(rule: Rule, ordered: Sequence[Failed], params: Mapping[str, Any]) -> Iterable[Label]:
    """The further places that the rule names; the last one that is shown counts the rest."""
    for also in rule.also:
        places: dict[Span, Json] = {}
        for failed in ordered:
            value = lookup(failed.failure.fact, also.path) or []
            for place in value if isinstance(value, list) else [value]:
                places.setdefault(as_span(place), failed.failure.fact)
        shown = sorted(list(places.items())[: also.most], key=lambda item: item[0])
        rest = len(places) - len(shown)
        for number, (span, fact) in enumerate(shown, 1):
            more = f" (and {rest} more)" if rest and number == len(shown) else ""
            yield Label(span, render(also.text, fact, params) + more)


def _distinct(cause: Span, labels: Iterable[Label]) -> list[Label]:
    """The first label of each place that is not the cause itself."""
    found: dict[Span, Label] = {}
    for label in labels:
        if label.span != cause:
            found.setdefault(label.span, label)
    return list(found.values())


def _used(more: int) -> str:
    return "used here" + (f" and in {more} more call{'s' if more > 1 else ''}" if more else "")


def _inside(span: Span, fact: Json, facts: Sequence[Json]) -> str | None:
    """The function around the place, as far as a fact tells: one whose own span holds the place."""
    for known in (fact, *facts):
        if "span" in known and _holds(as_span(known["span"]), span):
            inside: str | None = known["inside"]
            return inside
    return None


def _holds(outer: Span, inner: Span) -> bool:
    return (
        (outer.path, outer.cell) == (inner.path, inner.cell)
        and (outer.line, outer.column) <= (inner.line, inner.column)
        and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
    )


__all__ = ["PROJECT", "Cause", "Failed", "Wishes", "as_span", "call_place", "cause_of", "finding"]
