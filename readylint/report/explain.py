"""The page of a rule in the terminal: what it expects, why, how to fix it, how to silence it, and examples."""

from __future__ import annotations

from typing import TextIO

from rich.text import Text

from readylint.report.frame import SEVERITY_STYLE
from readylint.report.options import ReportOptions
from readylint.report.paper import Paper
from readylint.report.rule_text import Example, RuleText
from readylint.report.sources import clean, show_text

_EXPECTS = {"fails": "This fails", "holds": "This holds", "cannot_tell": "This cannot be told"}


def write(rule: RuleText, stream: TextIO, options: ReportOptions) -> None:
    """Print the page; the first example of each kind, or all of them with `show_all`."""
    paper = Paper(stream, options)
    title = Text().append(rule.id, "bold").append("  ").append(rule.level, SEVERITY_STYLE[rule.level])
    title.append(f"  {rule.item}" if rule.item else "", "dim")
    paper.print(title.append("" if rule.by_default else "  not on by default", "dim"))
    _section(paper, "What holds", rule.title)
    if rule.failing:
        _section(paper, "What a finding says", rule.failing)
    _section(paper, "Why", rule.why)
    _section(paper, "How to fix it", rule.help)
    if rule.params:
        paper.print()
        paper.print("Settings", "bold")
        for name, value in sorted(rule.params.items()):
            paper.print(f"  {clean(name)} = {clean(str(value))}")
    _section(paper, "How to silence it", f"# readylint: ignore[{rule.id}] reason")
    seen: set[str] = set()
    for example in rule.examples:
        if options.show_all or example.expects not in seen:
            seen.add(example.expects)
            _example(paper, example)


def _section(paper: Paper, heading: str, text: str) -> None:
    if not text.strip():
        return
    paper.print()
    paper.print(heading, "bold")
    block: list[str] = []
    for line in [*text.strip().split("\n"), ""]:
        if line.startswith(("    ", "- ", "* ", "```")) or not line.strip():
            if block:
                paper.paragraph(clean(" ".join(block)), "  ")
                block = []
            if line.strip():
                paper.print(f"  {show_text(line)}")
        else:
            block.append(line.strip())


def _example(paper: Paper, example: Example) -> None:
    paper.print()
    paper.print(f"{_EXPECTS[example.expects]}: {clean(example.name)}", "bold")
    for name, text in example.files.items():
        paper.print(f"  {clean(name)}", "dim")
        for line in text.rstrip("\n").split("\n"):
            paper.print(f"    {show_text(line)}".rstrip())
