"""The report as JSON, for programs. Keys are stable: within one `schema` number they are added, never changed.

`schema` (1), `version`, `root` ("." always: paths are relative to the root of the run), `projects` (path, manifest,
calls, calls_elsewhere, score, decided, total, coverage, and `sections` with `weight`, `share` and their `items`:
status, weight, holding, failing, undecided, share, unit, rules), `findings` (rule, severity, confidence, message,
item, project, inside, absence, span, label, evidence, help, facts), `problems` (files that were left out: path,
message, line, column), `remarks` (ignore comments that do not count, likewise), `notes`, `ignored`, `excluded`, and
`files` (`seen`, `parsed`).
Lines and columns are 1-based, columns count code points, end columns are exclusive. Shares are 0.0 to 1.0 or null.
The text is ASCII and the same for the same input.
"""

from __future__ import annotations

import json
from typing import Any, TextIO

from readylint.facts import to_json
from readylint.report.options import ReportOptions
from readylint.verdicts import Finding, ItemResult, ProjectReport, Report, SectionResult

SCHEMA_NUMBER = 1


def write(report: Report, stream: TextIO, options: ReportOptions) -> None:
    """Write the document, indented, with a line feed at its end."""
    json.dump(document(report), stream, indent=2)
    stream.write("\n")


def document(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "schema": SCHEMA_NUMBER,
        "version": report.version,
        "root": ".",
        "projects": [_project(p) for p in report.projects],
        "findings": [_finding(f) for f in report.findings],
        "problems": [to_json(p) for p in report.problems],
        "remarks": [to_json(p) for p in report.remarks],
        "notes": list(report.notes),
        "ignored": report.ignored,
        "excluded": list(report.excluded),
        "files": {"seen": report.files_seen, "parsed": list(report.files_parsed)},
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "confidence": finding.confidence,
        "message": finding.message,
        "item": finding.item,
        "project": finding.project,
        "inside": finding.inside,
        "absence": finding.absence,
        "span": to_json(finding.span),
        "label": finding.label,
        "evidence": [{"span": to_json(x.span), "text": x.text} for x in finding.evidence],
        "help": finding.help,
        "facts": list(finding.facts),
    }


def _project(project: ProjectReport) -> dict[str, Any]:
    checklist = project.checklist
    return {
        "path": project.path,
        "manifest": project.manifest,
        "calls": project.calls,
        "calls_elsewhere": project.calls_elsewhere,
        "score": checklist.score,
        "decided": checklist.decided,
        "total": checklist.total,
        "coverage": _share(checklist.coverage),
        "sections": [_section(s) for s in checklist.sections],
    }


def _section(section: SectionResult) -> dict[str, Any]:
    return {
        "section": section.section,
        "title": section.title,
        "weight": section.weight,
        "share": _share(section.share),
        "items": [_item(i) for i in section.items],
    }


def _item(item: ItemResult) -> dict[str, Any]:
    return {
        "item": item.item,
        "title": item.title,
        "status": item.status,
        "weight": item.weight,
        "holding": item.holding,
        "failing": item.failing,
        "undecided": item.undecided,
        "unit": item.unit,
        "share": _share(item.share),
        "rules": list(item.rules),
    }


def _share(share: float | None) -> float | None:
    """Four decimals, so that the last bits of a mean never differ between machines."""
    return None if share is None else round(share, 4)
