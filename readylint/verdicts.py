"""What rules say of facts: findings, checklist items, the score, and the report of one run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from readylint.facts import FactSheet, Problem, Span

Severity = Literal["error", "warning", "note"]
Outcome = Literal["holds", "fails", "unknown", "not-applicable"]
SEVERITY_ORDER: dict[str, int] = {"note": 0, "warning": 1, "error": 2}


@dataclass(slots=True)
class Label:
    """A place that takes part in the evidence, and the words shown beside it."""

    span: Span
    text: str


@dataclass(slots=True)
class Finding:
    """A failed verdict at its cause. It cannot be built without a place."""

    rule: str
    severity: Severity
    confidence: Literal["high", "medium", "low"]
    message: str
    """One sentence; its first letter may be code, there is no final period."""
    span: Span
    """The primary region: the callee, the constructor name, the literal; never a whole statement."""
    label: str
    """What the frame says under the primary region; may be empty."""
    project: str
    evidence: list[Label] = field(default_factory=list)
    help: str = ""
    facts: list[str] = field(default_factory=list)
    """Ids of the facts that fail for this cause; their number is what the score counts."""
    inside: str | None = None
    """Qualified name of the function around the primary region."""
    absence: bool = False
    item: str = ""
    """Section and item, as `latency/timeouts`."""


ItemStatus = Literal["holds", "fails", "unknown", "not-applicable", "attestable", "no-rule"]


@dataclass(slots=True)
class ItemResult:
    """One line of the checklist. `holding`, `failing` and `undecided` count facts."""

    section: str
    item: str
    title: str
    weight: float
    """As the pack gives it; 0 when the item has no part in the score."""
    status: ItemStatus
    holding: int = 0
    failing: int = 0
    undecided: int = 0
    share: float | None = None
    """holds / (holds + fails), 0.0 to 1.0; None when nothing is decided."""
    rules: list[str] = field(default_factory=list)
    unit: str = "call"
    """What is counted, in the singular: call, client, handler, task, dependency, secret or project."""


@dataclass(slots=True)
class SectionResult:
    """One section of the checklist; `share` is the weighted mean over its decided items, 0.0 to 1.0."""

    section: str
    title: str
    items: list[ItemResult]
    share: float | None
    weight: float


@dataclass(slots=True)
class Checklist:
    """The scored checklist of one project."""

    sections: list[SectionResult]
    score: int | None
    """0 to 100, rounded down; None when under half of the weight is decided."""
    decided: int
    """Items that are decided, of `total` items that have a part in the score."""
    total: int
    coverage: float
    """Decided weight over all weight that could apply, 0.0 to 1.0."""


@dataclass(slots=True)
class ProjectReport:
    """One project of the run."""

    path: str
    manifest: str | None
    checklist: Checklist
    calls: int
    """Model calls in scope of the default rules (roles app, script and notebook)."""
    calls_elsewhere: int = 0
    """Model calls in tests, examples and the like."""


@dataclass(slots=True)
class Report:
    """Everything that one `readylint check` has to say."""

    version: str
    sheet: FactSheet
    projects: list[ProjectReport]
    findings: list[Finding]
    """Sorted by severity (errors first), path, line, column, rule; only those that the options select."""
    ignored: int = 0
    """Findings silenced by comments and settings."""
    excluded: list[str] = field(default_factory=list)
    """Exclude patterns in force beyond the built-in ones; printed because they change the score."""
    files_seen: int = 0
    files_parsed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Things to say once: data older than 180 days, callers left open, and the like."""
    problems: list[Problem] = field(default_factory=list)
    """Files that were left out."""
    remarks: list[Problem] = field(default_factory=list)
    """Ignore comments that do not count, or name what is not known."""
