"""One rule, one fact: the verdict, and what it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from readylint.audit.variants import Keys, variants
from readylint.checks import CHECKS
from readylint.logic import Answer, Leaf, evaluate
from readylint.packs import Rule
from readylint.verdicts import SEVERITY_ORDER, Outcome, Severity

Json = Mapping[str, Any]


@dataclass(slots=True, frozen=True)
class Subject:
    """A fact (or a whole project) as plain JSON, and its settings that have alternatives."""

    json: Json
    open: Mapping[Keys, Json] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class Failure:
    """The fact as it fails, and the leaves of the expectation that decided it."""

    fact: Json
    leaves: tuple[Leaf, ...]


@dataclass(slots=True)
class Verdict:
    """The outcome for one fact; `others` are the alternatives of it that do not fail."""

    outcome: Outcome
    failures: list[Failure] = field(default_factory=list)
    others: list[Json] = field(default_factory=list)


class UnknownCheckError(LookupError):
    """A rule names a check that nobody registered."""


def judge_subject(rule: Rule, subject: Subject, params: Mapping[str, Any]) -> Verdict:
    """The verdict of the rule: any way that fails decides, then any that cannot be told.

    Where versions of an SDK differ, a way fails only where it fails with each of them; the first stands for all.
    """
    tried = variants(subject.json, subject.open, rule.reads)
    verdict = Verdict("not-applicable")
    outcomes: set[Outcome] = set() if tried.complete else {"unknown"}
    ways: dict[Keys, list[tuple[Json, Outcome, Answer]]] = {}
    for fact, way in zip(tried.facts, tried.ways, strict=True):
        ways.setdefault(way, []).append((fact, *_judge(rule, fact, params)))
    for judged in ways.values():
        fact, outcome, answer = judged[0]
        same = all(one == outcome for _, one, _ in judged)
        outcomes.add(outcome if same else "unknown")
        if outcome == "fails" and same:
            verdict.failures.append(Failure(fact, answer.leaves))
        elif outcome == "holds" and same:
            verdict.others.append(fact)
    order: tuple[Outcome, ...] = ("fails", "unknown", "holds")
    verdict.outcome = next((outcome for outcome in order if outcome in outcomes), "not-applicable")
    return verdict


def severity_of(rule: Rule, fact: Json, params: Mapping[str, Any]) -> Severity:
    """The first line of the severity list that holds; the lowest of them when one cannot be told."""
    for case in rule.severity:
        value = True if case.when is None else evaluate(case.when, fact, params).value
        if value is None:
            return min((c.severity for c in rule.severity), key=SEVERITY_ORDER.__getitem__)
        if value:
            return case.severity
    return rule.severity[-1].severity


def _judge(rule: Rule, fact: Json, params: Mapping[str, Any]) -> tuple[Outcome, Answer]:
    applies = evaluate(rule.where, fact, params).value
    if applies is False:
        return "not-applicable", Answer(None)
    answer = _expected(rule, fact, params)
    if answer.value is True:
        return "holds", answer
    if answer.value is None or applies is None:
        return "unknown", answer
    return "fails", answer


def _expected(rule: Rule, fact: Json, params: Mapping[str, Any]) -> Answer:
    if rule.expect is not None:
        return evaluate(rule.expect, fact, params)
    check = CHECKS.get(rule.check or "")
    if check is None:
        raise UnknownCheckError(f"{rule.file}: the rule {rule.id!r} names the check {rule.check!r}; there is none")
    return check(fact, params)
