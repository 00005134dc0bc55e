"""The checklist and its score, from the verdicts of the default rules."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from readylint.packs import ChecklistPlan, Item, Rule
from readylint.verdicts import Checklist, ItemResult, ItemStatus, Outcome, SectionResult

ENOUGH = Fraction(1, 2)


@dataclass(slots=True)
class Tally:
    """What the rules of one item say in one project: fact -> worst outcome, and the outcomes of project rules."""

    facts: dict[str, Outcome] = field(default_factory=dict)
    projects: list[Outcome] = field(default_factory=list)

    def add_fact(self, fact: str, outcome: Outcome) -> None:
        """Count a verdict on a fact: fails before unknown before holds."""
        if outcome != "not-applicable":
            order: tuple[Outcome, ...] = ("fails", "unknown", "holds")
            self.facts[fact] = min(self.facts.get(fact, "holds"), outcome, key=order.index)

    def count(self, outcome: Outcome) -> int:
        """Facts and project rules with that outcome."""
        return sum(found == outcome for found in (*self.facts.values(), *self.projects))

    def share(self) -> Fraction | None:
        """The mean of the decided shares of facts and of project rules; None when nothing is decided."""
        shares = [share for share in (_share(self.facts.values()), _share(self.projects)) if share is not None]
        return sum(shares, Fraction()) / len(shares) if shares else None


def score(plan: ChecklistPlan, rules: Sequence[Rule], tallies: Mapping[str, Tally]) -> Checklist:
    """The checklist of one project; `tallies` are by item and hold verdicts of default rules only."""
    by_item: dict[str, list[Rule]] = {}
    for rule in rules:
        by_item.setdefault(rule.item, []).append(rule)
    sections: list[SectionResult] = []
    decided: list[tuple[Fraction, Fraction]] = []
    could_apply = Fraction()
    total = 0
    for name, section in plan.sections.items():
        lines: list[tuple[Fraction, Fraction]] = []
        items = []
        for item_name, item in section.items.items():
            key = f"{name}/{item_name}"
            tally = tallies.get(key, Tally())
            result = _item(name, item_name, item, by_item.get(key, []), tally)
            items.append(result)
            weight, share = Fraction(result.weight), tally.share()
            if weight and result.status != "not-applicable":
                total += 1
                could_apply += weight
                if share is not None:
                    lines.append((weight, share))
        sections.append(SectionResult(name, section.title, items, _float(_mean(lines)), float(_weight(lines))))
        decided.extend(lines)
    enough = could_apply > 0 and _weight(decided) / could_apply >= ENOUGH
    mean = _mean(decided)
    return Checklist(
        sections=sections,
        score=math.floor(mean * 100) if enough and mean is not None else None,
        decided=len(decided),
        total=total,
        coverage=float(_weight(decided) / could_apply) if could_apply else 0.0,
    )


def _item(section: str, name: str, item: Item, rules: Sequence[Rule], tally: Tally) -> ItemResult:
    scored = [rule for rule in rules if rule.default is True]
    return ItemResult(
        section=section,
        item=name,
        title=item.title,
        weight=item.weight if scored else 0,
        status=_status(item, scored, tally),
        holding=tally.count("holds"),
        failing=tally.count("fails"),
        undecided=tally.count("unknown"),
        share=_float(tally.share()),
        rules=[rule.id for rule in rules],
    )


def _status(item: Item, scored: Sequence[Rule], tally: Tally) -> ItemStatus:
    if item.attested:
        return "attestable"
    if not scored:
        return "no-rule"
    order: tuple[Outcome, ...] = ("fails", "holds", "unknown")
    return next((outcome for outcome in order if tally.count(outcome)), "not-applicable")


def _share(outcomes: Iterable[Outcome]) -> Fraction | None:
    found = list(outcomes)
    holds, fails = found.count("holds"), found.count("fails")
    return Fraction(holds, holds + fails) if holds + fails else None


def _weight(lines: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
    return sum((weight for weight, _ in lines), Fraction())


def _mean(lines: Sequence[tuple[Fraction, Fraction]]) -> Fraction | None:
    weight = _weight(lines)
    return sum((w * share for w, share in lines), Fraction()) / weight if weight else None


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
