"""The report that people read: findings in frames, the checklist, the score, and a last line that counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TextIO

from rich.text import Text

from readylint.facts import Problem
from readylint.report.checklist import checklist_lines, score_line
from readylint.report.frame import SEVERITY_STYLE, Frame, one_line
from readylint.report.options import ReportOptions
from readylint.report.paper import Paper, number
from readylint.report.sources import Sources, clean
from readylint.verdicts import SEVERITY_ORDER, Finding, ProjectReport, Report

FIRST = 20


def write(report: Report, stream: TextIO, options: ReportOptions) -> None:
    """Print a report. Text that comes from the code is printed as it is, without markup and control characters."""
    _Terminal(report, Paper(stream, options), options).write()


class _Terminal:
    def __init__(self, report: Report, paper: Paper, options: ReportOptions) -> None:
        self.report = report
        self.paper = paper
        self.options = options

    def write(self) -> None:
        """All parts, top to bottom."""
        report = self.report
        if self.options.quiet:
            for finding in report.findings:
                self.paper.print(one_line(finding))
        elif self.options.statistics:
            self._rules(report.findings)
        else:
            self._findings()
        self._problems("not read", report.problems)
        self._problems("comment", report.remarks)
        if not self.options.quiet and not self._brief():
            self._verdict()
        self.paper.wrap(self._last())

    def _brief(self) -> bool:
        """Nothing found by the few rules that were asked, and nothing else to say: the last line is enough."""
        calls = any(p.calls for p in self.report.projects)
        short = any(self._is_short(p) for p in self.report.projects if p.calls)
        return bool(self.options.selected) and not self.report.findings and calls and not short

    def _findings(self) -> None:
        report = self.report
        frame = Frame(Sources(self.options.root, report.sheet.facts), self.paper.width, self.options.show_all)
        shown = report.findings if self.options.show_all else report.findings[:FIRST]
        for finding in shown:
            for line in frame.lines(finding):
                self.paper.print(line)
            self.paper.print()
        rest = report.findings[len(shown) :]
        if rest:
            self.paper.print(f"{number(len(rest), 'more finding')} (--show all prints them in full):")
            self._rules(rest)

    def _rules(self, findings: Sequence[Finding]) -> None:
        """How often each rule fails, most severe first."""
        order = _by_weight(findings)
        for severity, rule, count in order:
            line = Text(f"{count:>5}  ")
            line.append(f"{severity:<9}", SEVERITY_STYLE[severity]).append(rule)
            self.paper.print(line)
        if order:
            self.paper.print()

    def _problems(self, word: str, problems: Sequence[Problem]) -> None:
        for problem in problems:
            at = "".join(f":{n}" for n in (problem.line, problem.column) if n is not None)
            line = Text().append(word, "bold yellow")
            self.paper.wrap(line.append(f": {clean(problem.path)}{at}: {clean(problem.message)}"))
        if problems and not self.options.quiet:
            self.paper.print()

    def _verdict(self) -> None:
        """Everything between the findings and the last line."""
        report = self.report
        with_calls = [p for p in report.projects if p.calls]
        if with_calls:
            if not report.findings:
                self._all_clear(with_calls)
            self._checklists(with_calls)
        else:
            self._no_calls()
        if report.excluded:
            self.paper.wrap(f"excluded, so not in the score: {', '.join(clean(p) for p in report.excluded)}")
        for note in report.notes:
            self.paper.wrap(f"note: {clean(note)}")
        if with_calls:
            self._scores(with_calls)
            self._next(with_calls)

    def _all_clear(self, projects: Sequence[ProjectReport]) -> None:
        fails = any(i.status == "fails" for p in projects for s in p.checklist.sections for i in s.items)
        if fails:
            self.paper.wrap("No findings in what was selected; the checklist counts the whole project.")
        else:
            self.paper.print("No findings: everything that can be decided holds. Well done.", "bold green")
        self.paper.print()

    def _no_calls(self) -> None:
        elsewhere = sum(p.calls_elsewhere for p in self.report.projects)
        seen = number(self.report.files_seen, "file")
        if elsewhere:
            self.paper.wrap(f"No model calls found in the application; {elsewhere} in tests, examples and the like.")
        else:
            self.paper.print(f"No model calls found in {seen}.", "bold")
        self.paper.wrap(
            "If there are some, `readylint facts` says where an SDK is imported and why no call was seen; functions of "
            "your own that reach a model are declared under [tool.readylint.calls]."
        )
        self.paper.print()

    def _checklists(self, projects: Sequence[ProjectReport]) -> None:
        """The checklist of the project, or of the worst one unless all are wanted."""
        if self.options.statistics:
            return
        shown = projects if self.options.show_all else [_worst(projects)]
        for project in shown:
            title = Text("Checklist", "bold")
            if len(projects) > 1:
                title.append(f" of {clean(project.path)}")
            self.paper.print(title)
            self.paper.print()
            for line in checklist_lines(project.checklist, self.paper, show_all=self.options.show_all):
                self.paper.print(line)
            self.paper.print()

    def _scores(self, projects: Sequence[ProjectReport]) -> None:
        worst = _worst(projects)
        if len(projects) == 1:
            self.paper.wrap(self._short(score_line(worst.checklist), worst))
            return
        wide = max(len(clean(p.path)) for p in projects)
        for project in projects:
            line = Text(f"{clean(project.path):<{wide}}  ").append_text(score_line(project.checklist, whole=False))
            self.paper.wrap(line.append(f", {number(project.calls, 'model call')}"))
        if worst.checklist.score is not None:
            line = Text("worst ").append_text(score_line(worst.checklist))
            self.paper.wrap(self._short(line.append(f": {clean(worst.path)}"), worst))

    def _is_short(self, project: ProjectReport) -> bool:
        wanted, score = self.options.min_score, project.checklist.score
        return wanted is not None and (score is None or score < wanted)

    def _short(self, line: Text, project: ProjectReport) -> Text:
        if self._is_short(project):
            line.append(f"; --min-score asks for {self.options.min_score}", "bold red")
        return line

    def _next(self, projects: Sequence[ProjectReport]) -> None:
        """What to do now."""
        findings = self.report.findings
        if findings:
            rule = _by_weight(findings)[0][1]
            line = Text().append("Next: ", "bold").append(f"`readylint explain {rule}`", "cyan")
            line.append(" says why and how to fix it; ").append(f"`# readylint: ignore[{rule}] reason`", "cyan")
            self.paper.wrap(line.append(" silences one place."))
        elif any(i.status == "unknown" for p in projects for s in p.checklist.sections for i in s.items):
            line = Text().append("Next: ", "bold").append("`readylint facts`", "cyan")
            self.paper.wrap(line.append(" shows what is known of each call, and why some of it cannot be told."))

    def _last(self) -> Text:
        report = self.report
        by = Counter(f.severity for f in report.findings)
        kinds = ", ".join(number(by[s], s) for s in ("error", "warning", "note") if by[s])
        line = Text().append(number(len(report.findings), "finding") if report.findings else "No findings", "bold")
        line.append(f": {kinds}" if kinds else "")
        if self.options.selected and not report.findings:
            line.append(f" of {', '.join(clean(name) for name in self.options.selected)}")
        line.append(f"; {report.ignored} ignored" if report.ignored else "")
        line.append(f"; {number(len(report.problems), 'file')} not read" if report.problems else "")
        calls = sum(p.calls for p in report.projects)
        elsewhere = sum(p.calls_elsewhere for p in report.projects)
        line.append(f". {number(calls, 'model call') if calls else 'No model calls'}")
        line.append(f" (and {elsewhere} in tests, examples and the like)" if elsewhere else "")
        return line.append(f" in {number(len(report.files_parsed), 'file')} read of {report.files_seen}.")


def _by_weight(findings: Sequence[Finding]) -> list[tuple[str, str, int]]:
    """Severity, rule and how often: the most severe first, then the most frequent."""
    counted = Counter((f.severity, f.rule) for f in findings)
    order = sorted(counted, key=lambda k: (-SEVERITY_ORDER[k[0]], -counted[k], k[1]))
    return [(severity, rule, counted[severity, rule]) for severity, rule in order]


def _worst(projects: Sequence[ProjectReport]) -> ProjectReport:
    """The lowest score; projects without a score come after those with one, and the first wins among equals."""
    return min(projects, key=lambda p: (p.checklist.score is None, p.checklist.score or 0))
