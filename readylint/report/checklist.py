"""The checklist of a project in the terminal: sections, items, what was counted, and the score."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.cells import cell_len
from rich.text import Text

from readylint.report.paper import Paper, number, wrapped
from readylint.report.sources import clean
from readylint.verdicts import Checklist, ItemResult, SectionResult

WORDS = {
    "holds": "holds", "fails": "fails", "unknown": "cannot tell", "not-applicable": "does not apply",
    "attestable": "for the team to attest, not in this version", "no-rule": "no rule yet",
}  # fmt: skip
_STYLES = {"holds": "green", "fails": "red", "unknown": "yellow", "attestable": "cyan"}
_LISTED = ("holds", "fails", "unknown", "attestable")
_BAR = 10
_TITLE_LIMIT = 64


def percent(share: float) -> int:
    """A share as whole percent, rounded down, so that only all is 100."""
    return math.floor(share * 100 + 1e-9)


def counts(item: ItemResult) -> str:
    """What was counted for an item: `12 of 14 calls, 2 cannot tell`."""
    if item.status == "attestable":
        return ""
    if item.unit == "project":
        return WORDS["unknown"] if item.status == "unknown" else ""
    decided = item.holding + item.failing
    if not decided:
        return f"{WORDS['unknown']} ({number(item.undecided, item.unit)})" if item.undecided else WORDS[item.status]
    word = number(decided, item.unit).split(" ", 1)[1]
    rest = f", {item.undecided} cannot tell" if item.undecided else ""
    return f"{item.holding} of {decided} {word}{rest}"


def score_line(checklist: Checklist, *, whole: bool = True) -> Text:
    """`score 62 of 100 (31 of 38 items decided)`, or why there is none; `whole` says how much has no rule, too."""
    decided = f" ({checklist.decided} of {number(checklist.total, 'item')} decided{_ruleless(checklist, whole)})"
    if checklist.score is None:
        return Text().append("not enough to score", "bold").append(decided)
    colour = "green" if checklist.score >= 80 else "yellow" if checklist.score >= 50 else "red"
    line = Text("score ")
    line.append(f"{checklist.score} of 100", f"bold {colour}")
    return line.append(decided)


def _ruleless(checklist: Checklist, whole: bool) -> str:
    """How much of the checklist the score says nothing about: `; 44 of 64 items have no rule yet`."""
    items = [i for s in checklist.sections for i in s.items]
    count = _with_status(checklist, "no-rule")
    if not whole or not count:
        return ""
    team = _with_status(checklist, "attestable")
    waiting = f", {team} {'waits' if team == 1 else 'wait'} for the team" if team else ""
    return f"; {count} of {len(items)} items {_have(count)} no rule yet{waiting}"


def _with_status(checklist: Checklist, status: str) -> int:
    return sum(i.status == status for s in checklist.sections for i in s.items)


def _have(count: int) -> str:
    return "has" if count == 1 else "have"


def checklist_lines(checklist: Checklist, paper: Paper, *, show_all: bool = False) -> Iterator[Text]:
    """The sections with their items. Items without a rule are counted in one line, or listed with `show_all`."""
    titles = [cell_len(clean(i.title)) for s in checklist.sections for i in s.items if i.status in _LISTED]
    column = min(max([*titles, 24]), _TITLE_LIMIT)
    for section in checklist.sections:
        for line in _section(section, column, paper, show_all):
            yield from wrapped(line, paper.width, column + 8 if line.plain[column + 6 : column + 8] == "  " else 6)
    without = _with_status(checklist, "no-rule")
    if without and not show_all:
        sign = paper.signs["no-rule"]
        text = f"  {sign} {number(without, 'item')} {_have(without)} no rule yet: listed with --show all"
        yield from wrapped(Text(text, "dim"), paper.width, 4)
        yield Text()
    used = {i.status for s in checklist.sections for i in s.items} - (set() if show_all else {"no-rule"})
    legend = "   ".join(f"{paper.signs[k]} {WORDS[k]}" for k in WORDS if k in used)
    yield from wrapped(Text(f"  {legend}", "dim"), paper.width, 2)


def _section(section: SectionResult, column: int, paper: Paper, show_all: bool) -> Iterator[Text]:
    if not show_all and all(i.status == "no-rule" for i in section.items):
        return
    name = section.section.replace("-", " ").capitalize()
    line = Text("  ").append(clean(name), "bold")
    if clean(section.title).lower() != name.lower():
        line.append(f"  {clean(section.title)}", "dim")
    line.append(" " * max(2, column + 8 - cell_len(line.plain)))
    if section.share is not None:
        filled = percent(section.share) * _BAR // 100
        colour = "green" if section.share >= 0.8 else "yellow" if section.share >= 0.5 else "red"
        line.append(paper.signs["full"] * filled, colour).append(paper.signs["empty"] * (_BAR - filled), "dim")
        line.append(f" {percent(section.share):>3} %")
    else:
        line.append("not decided" if any(i.status in _LISTED for i in section.items) else "", "dim")
    line.rstrip()
    yield line
    for item in section.items:
        if item.status in _LISTED:
            yield _item(item, column, paper)
    for status in ("not-applicable", "no-rule") if show_all else ("not-applicable",):
        rest = [clean(i.title) for i in section.items if i.status == status]
        if rest:
            yield Text(f"    {paper.signs[status]} {WORDS[status]}: {'; '.join(rest)}", "dim")
    yield Text()


def _item(item: ItemResult, column: int, paper: Paper) -> Text:
    style = _STYLES[item.status]
    line = Text("    ").append(paper.signs[item.status], f"bold {style}")
    title = clean(item.title)
    line.append(f" {title}{' ' * max(2, column + 2 - cell_len(title))}")
    line.append(counts(item), style if item.status != "holds" else "")
    line.rstrip()
    return line
