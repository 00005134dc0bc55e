"""The report as SARIF 2.1.0, as GitHub code scanning, GitLab and editors read it.

Paths are relative to the repository root, columns count UTF-16 code units, regions are complete, keys in snippets
are masked. Findings that comments and settings silence are left out: GitHub would open alerts for them.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import quote

import sarif_om as om

from readylint.facts import Problem, Span
from readylint.report import sarif_json, sarif_rules
from readylint.report.fingerprint import line_hashes, own_fingerprint
from readylint.report.options import ReportOptions
from readylint.report.rule_text import RuleText
from readylint.report.sarif_rules import LIMIT, NOTE, PROBLEM, REMARK, sentence, shorten
from readylint.report.sources import Sources, clean
from readylint.verdicts import SEVERITY_ORDER, Finding, Label, Report

SCHEMA_URI = "https://json.schemastore.org/sarif-2.1.0.json"
RESULT_LIMIT = 25_000
MESSAGE_LIMIT = 2_000
_EVIDENCE_LIMIT = 20
_CONTEXT = 2
_SNIPPET_LIMIT = 2_000


def write(report: Report, stream: TextIO, options: ReportOptions) -> None:
    """Write one run on one line, with a line feed at its end."""
    stream.write(sarif_json.dumps(_Log(report, options).log()))


def utf16_column(line: str, column: int) -> int:
    """A column of code points as a column of UTF-16 code units; both count from 1."""
    before = line[: column - 1]
    beyond = max(0, column - 1 - len(before))
    return len(before.encode("utf-16-le", errors="surrogatepass")) // 2 + beyond + 1


class _Log:
    def __init__(self, report: Report, options: ReportOptions) -> None:
        self.report = report
        self.options = options
        self.sources = Sources(options.root, report.sheet.facts)
        self.rules = sarif_rules.active_rules(report, options.rules)
        self.index = {rule.id: i for i, rule in enumerate(self.rules)}
        self._uris: dict[str, str] = {}
        self._hashes: dict[str, list[str]] = {}
        self._repository = Path(os.path.realpath(options.repository_root))

    def log(self) -> Any:
        """The whole file."""
        findings = sorted(self.report.findings, key=_order)
        kept = findings[:RESULT_LIMIT]
        invocation = om.Invocation(
            execution_successful=True,
            exit_code=self.options.exit_code,
            tool_execution_notifications=self._notifications(len(findings) - len(kept)) or None,
        )
        run = om.Run(
            tool=om.Tool(driver=sarif_rules.driver(self.report.version, self.rules)),
            automation_details=om.RunAutomationDetails(id=self.options.category),
            invocations=[invocation],
            column_kind="utf16CodeUnits",
            default_encoding="utf-8",
            results=[self._result(f, self.rules[self.index[f.rule]]) for f in kept],
            taxonomies=sarif_rules.taxonomies(self.rules),
        )
        return om.SarifLog(schema_uri=SCHEMA_URI, version="2.1.0", runs=[run])

    def _result(self, finding: Finding, rule: RuleText) -> Any:
        related = [x for x in finding.evidence if x.span != finding.span][:_EVIDENCE_LIMIT]
        line = self.sources.line(finding.span) or ""
        place = self._physical(finding.span)
        return om.Result(
            rule_id=finding.rule,
            rule_index=self.index[finding.rule],
            level=finding.severity,
            message=self._message(finding, rule, related),
            locations=[om.Location(physical_location=place, logical_locations=_inside(finding))],
            related_locations=[self._related(n, x) for n, x in enumerate(related, 1)] or None,
            partial_fingerprints={
                "primaryLocationLineHash": self._line_hash(finding.span.path, place.region.start_line),
                "readylint/v1": own_fingerprint(finding.rule, self._uri(finding.span.path), finding.inside, line),
            },
            properties={"confidence": finding.confidence, "item": finding.item, "project": clean(finding.project)},
        )

    def _message(self, finding: Finding, rule: RuleText, related: list[Label]) -> Any:
        """The sentence of the finding, then its evidence with links to the related locations."""
        said = clean(finding.message).removesuffix(".")
        place = clean(finding.inside or finding.span.path)
        given = sarif_rules.arguments(rule.failing.removesuffix("."), said, place)
        key, values = ("plain", [said]) if given is None else ("failing", given)
        values = [shorten(v.replace("](", "] ("), MESSAGE_LIMIT // 2 // len(values)) for v in values]
        room = MESSAGE_LIMIT - 40 - len(_fill(sarif_rules.message_strings(rule)[key], values))
        evidence = self._evidence(finding, related, room)
        if evidence:
            key, values = f"{key}Evidence", [*values, evidence]
        text = _fill(sarif_rules.message_strings(rule)[key], values)
        return om.Message(text=text, id=key, arguments=values or None)

    def _evidence(self, finding: Finding, related: list[Label], room: int) -> str:
        parts = [clean(finding.label)] if finding.label else []
        for number, label in enumerate(related, 1):
            text = clean(label.text) or f"{Path(label.span.path).name}:{label.span.line}"
            parts.append(f"[{text.replace('[', '(').replace(']', ')')}]({number})")
        kept: list[str] = []
        for part in parts:
            room -= len(part) + 2
            if room < 0:
                break
            kept.append(part)
        return "; ".join(kept)

    def _related(self, number: int, label: Label) -> Any:
        text = sentence(label.text or "This takes part")
        return om.Location(id=number, physical_location=self._physical(label.span), message=om.Message(text=text))

    def _physical(self, span: Span) -> Any:
        artifact = om.ArtifactLocation(uri=self._uri(span.path))
        lines = self.sources.lines(span.path)
        if span.cell is not None:
            return om.PhysicalLocation(artifact_location=artifact, region=self._cell_region(span, lines))
        return om.PhysicalLocation(
            artifact_location=artifact, region=_region(span, lines), context_region=_context(span, lines)
        )

    def _cell_region(self, span: Span, lines: list[str]) -> Any:
        """A line of the notebook file itself: the one that holds the line of the cell, else the first."""
        wanted = (self.sources.line(span) or "").strip().replace("\\", "\\\\").replace('"', '\\"')
        number = next((n for n, line in enumerate(lines, 1) if wanted and wanted in line), 1)
        line = lines[number - 1] if number <= len(lines) else ""
        return om.Region(
            start_line=number, start_column=1, end_line=number, end_column=utf16_column(line, len(line) + 1)
        )

    def _uri(self, path: str) -> str:
        """The path from the repository root, percent-encoded; links are followed while they stay inside."""
        if path not in self._uris:
            plain = os.path.normpath(self.options.root / path)
            choices = (os.path.realpath(plain), os.path.join(os.path.realpath(self.options.root), path), plain)
            bases = (self._repository, Path(os.path.normpath(self.options.repository_root.absolute())))
            inside = [Path(c).relative_to(b) for c in choices for b in bases if Path(c).is_relative_to(b)]
            shown = inside[0].as_posix() if inside else path
            self._uris[path] = quote(shown, errors="surrogateescape")
        return self._uris[path]

    def _line_hash(self, path: str, line: int) -> str:
        if path not in self._hashes:
            self._hashes[path] = line_hashes(self.sources.data(path) or b"")
        hashes = self._hashes[path]
        return hashes[min(line, len(hashes)) - 1]

    def _notifications(self, cut: int) -> list[Any]:
        found = [self._problem(p, PROBLEM, "was left out") for p in self.report.problems]
        found += [self._problem(p, REMARK, "has a comment without effect") for p in self.report.remarks]
        if cut:
            text = f"The '{RESULT_LIMIT}' most severe results are kept and '{cut}' are left out."
            found.append(om.Notification(message=om.Message(text=text), level="warning", descriptor=_about(LIMIT)))
        for note in self.report.notes:
            text = shorten(sentence(note), MESSAGE_LIMIT)
            found.append(om.Notification(message=om.Message(text=text), level="note", descriptor=_about(NOTE)))
        return found

    def _problem(self, problem: Problem, about: str, words: str) -> Any:
        location = om.PhysicalLocation(artifact_location=om.ArtifactLocation(uri=self._uri(problem.path)))
        if problem.line is not None:
            lines = self.sources.lines(problem.path)
            line = lines[problem.line - 1] if problem.line <= len(lines) else ""
            column = max(1, min(problem.column or 1, len(line) + 1))
            end = max(column, len(line) + 1)
            location.region = _region(Span(problem.path, max(1, problem.line), column, problem.line, end), lines)
        text = f"'{clean(problem.path)}' {words}: '{clean(problem.message).removesuffix('.')}'."
        return om.Notification(
            message=om.Message(text=shorten(text, MESSAGE_LIMIT)),
            level="warning",
            descriptor=_about(about),
            locations=[om.Location(physical_location=location)],
        )


def _about(name: str) -> Any:
    return sarif_rules.notification_reference(name)


def _inside(finding: Finding) -> list[Any] | None:
    if finding.inside is None:
        return None
    return [om.LogicalLocation(fully_qualified_name=clean(finding.inside), kind="function")]


def _order(finding: Finding) -> tuple[int, Span, str]:
    return -SEVERITY_ORDER[finding.severity], finding.span, finding.rule


def _fill(text: str, values: list[str]) -> str:
    return re.sub(r"\{(\d+)\}", lambda m: values[int(m[1])], text)


def _region(span: Span, lines: list[str]) -> Any:
    """The region with its text, in UTF-16 columns."""
    first = lines[span.line - 1] if span.line <= len(lines) else ""
    last = lines[span.end_line - 1] if span.end_line <= len(lines) else ""
    text = ""
    if span.end_line <= len(lines):
        block = lines[span.line - 1 : span.end_line]
        block[-1] = block[-1][: span.end_column - 1]
        block[0] = block[0][span.column - 1 :]
        text = "\n".join(block)
    return om.Region(
        start_line=span.line,
        start_column=utf16_column(first, span.column),
        end_line=span.end_line,
        end_column=utf16_column(last, span.end_column),
        snippet=om.ArtifactContent(text=text[:_SNIPPET_LIMIT]) if text else None,
    )


def _context(span: Span, lines: list[str]) -> Any | None:
    """The lines around the region, when they are more than the region itself."""
    start, end = max(1, span.line - _CONTEXT), min(len(lines), span.end_line + _CONTEXT)
    if span.end_line > len(lines):
        return None
    whole = (start, 1, end, len(lines[end - 1]) + 1)
    if whole == (span.line, span.column, span.end_line, span.end_column):
        return None
    text = "\n".join(lines[start - 1 : end])
    if len(text) > _SNIPPET_LIMIT:
        return None
    return om.Region(
        start_line=start,
        start_column=1,
        end_line=end,
        end_column=utf16_column(lines[end - 1], len(lines[end - 1]) + 1),
        snippet=om.ArtifactContent(text=text) if text else None,
    )
