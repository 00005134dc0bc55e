"""Facts held against rules: verdicts, findings at their causes, and the checklist of each project.

Every rule of the pack is judged over every project as a whole. What the user selected decides what is shown
(`select`), never what is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from readylint.audit.findings import Cause, Failed, Wishes, cause_of, finding
from readylint.audit.score import Tally, score
from readylint.audit.variants import open_settings
from readylint.audit.verdict import Subject, UnknownCheckError, Verdict, judge_subject
from readylint.facts import FactSheet, Project, to_json
from readylint.packs import Pack, Rule
from readylint.packs.rule import PROJECT
from readylint.verdicts import SEVERITY_ORDER, Checklist, Finding, Outcome, Severity

__all__ = ["AuditSettings", "Judged", "Selection", "UnknownCheckError", "judge", "select"]


class AuditSettings(Protocol):
    """The settings that judging and selecting need."""

    select: list[str]
    """Rules, sections (`latency`) and items (`latency/timeouts`); empty: the default rules."""
    ignore: dict[str, str]
    """Rule, section or item -> the reason."""
    pedantic: bool
    params: dict[str, dict[str, Any]]
    severities: dict[str, Severity]


@dataclass(slots=True)
class Judged:
    """What the rules say. Findings are sorted; `counts` are by rule and outcome, over facts."""

    findings: list[Finding] = field(default_factory=list)
    checklists: dict[str, Checklist] = field(default_factory=dict)
    counts: dict[str, dict[Outcome, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Selection:
    """The findings to show, and those that the settings ignore."""

    shown: list[Finding] = field(default_factory=list)
    ignored: list[Finding] = field(default_factory=list)


def judge(sheet: FactSheet, pack: Pack, settings: AuditSettings) -> Judged:
    """Every rule over every project. Only default rules take part in the score."""
    judged = Judged(counts={rule.id: {} for rule in pack.rules})
    known = {project.path: project for project in sheet.projects}
    facts: dict[str, list[Subject]] = {path: [] for path in known}
    for fact in sheet.facts:
        plain = to_json(fact)
        facts.setdefault(fact.project, []).append(Subject(plain, open_settings(plain)))
    for path, subjects in facts.items():
        project = known.get(path) or Project(path)
        tallies: dict[str, Tally] = {}
        for rule in pack.rules:
            judged.findings.extend(_judge_rule(rule, project, subjects, settings, judged, tallies))
        judged.checklists[path] = score(pack.checklist, pack.rules, tallies)
    judged.findings.sort(key=_order)
    return judged


def select(
    findings: Iterable[Finding], pack: Pack, settings: AuditSettings, given: Sequence[str] | None = None
) -> Selection:
    """What is shown of the findings: selected rules, and only `given` files or folders (relative to the root)."""
    made = Selection()
    for found in findings:
        rule = pack.rule(found.rule)
        if rule is None or not _selected(rule, settings) or not _in_given(found, given):
            continue
        ignored = any(_names(name, rule) for name in settings.ignore)
        (made.ignored if ignored else made.shown).append(found)
    return made


def _judge_rule(
    rule: Rule, project: Project, subjects: list[Subject], settings: AuditSettings, judged: Judged,
    tallies: dict[str, Tally],
) -> list[Finding]:  # fmt: skip
    wishes = Wishes({**rule.params, **settings.params.get(rule.id, {})}, settings.severities.get(rule.id))
    in_scope = [subject for subject in subjects if subject.json["role"] in rule.scope]
    facts = [subject.json for subject in in_scope]
    failed: dict[Any, list[Failed]] = {}
    counts = judged.counts[rule.id]
    for subject in _asked(rule, project, in_scope):
        verdict = judge_subject(rule, subject, wishes.params)
        counts[verdict.outcome] = counts.get(verdict.outcome, 0) + 1
        if rule.default is True:
            _tally(rule, subject, verdict, tallies.setdefault(rule.item, Tally()))
        for cause, one in _failed(rule, verdict, facts, wishes.params):
            failed.setdefault(cause.span, []).append(one)
    return [finding(rule, project.path, group, facts, wishes) for group in failed.values()]


def _asked(rule: Rule, project: Project, in_scope: list[Subject]) -> list[Subject]:
    if rule.kind != PROJECT:
        return [subject for subject in in_scope if subject.json["kind"] == rule.kind]
    facts = [subject.json for subject in in_scope]
    return [Subject({"path": project.path, "manifest": project.manifest, "facts": facts})]


def _tally(rule: Rule, subject: Subject, verdict: Verdict, tally: Tally) -> None:
    if rule.kind != PROJECT:
        tally.add_fact(subject.json["id"], verdict.outcome)
    elif verdict.outcome != "not-applicable":
        tally.projects.append(verdict.outcome)


def _failed(
    rule: Rule, verdict: Verdict, facts: Sequence[Mapping[str, Any]], params: Mapping[str, Any]
) -> Iterable[tuple[Cause, Failed]]:
    for failure in verdict.failures:
        cause = cause_of(rule, failure, facts, params)
        if cause is not None:
            yield cause, Failed(failure, cause, verdict.others)


def _selected(rule: Rule, settings: AuditSettings) -> bool:
    if rule.id in settings.select:
        return True
    if settings.select and not any(_names(name, rule) for name in settings.select):
        return False
    return rule.default is True or (rule.default == "pedantic" and settings.pedantic)


def _names(name: str, rule: Rule) -> bool:
    return name in (rule.id, rule.item, rule.section)


def _in_given(found: Finding, given: Sequence[str] | None) -> bool:
    if given is None:
        return True
    paths = {found.span.path, *(label.span.path for label in found.evidence)}
    return any(path == g or g in (".", "") or path.startswith(g.rstrip("/") + "/") for path in paths for g in given)


def _order(found: Finding) -> tuple[Any, ...]:
    span = found.span
    return (-SEVERITY_ORDER[found.severity], span.path, span.cell or 0, span.line, span.column, found.rule)
