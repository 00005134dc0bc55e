"""The examples of a pack, run: a rule's documentation is its test.

A comment `# <- rule-id` marks each line that carries a finding of that rule (`# <- rule-id (error)` when the severity
matters). In the examples that fail every marked line has to be reported and no other; in those that hold nothing is
reported and the rule holds for some fact (or no fact exists, where the example says `none: true`); in those that
cannot be told the verdict is unknown and nothing is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from readylint.audit import Judged, judge
from readylint.packs import Example, Pack, Rule
from readylint.small_program import written

Kind = Literal["fails", "holds", "cannot_tell"]
Outcome = Literal["reported", "validated", "noisy", "missing"]
Mark = tuple[str, int]

_MARK = re.compile(r"#\s*<-\s*(?P<id>[\w/-]+)(?:\s*\((?P<severity>error|warning|note)\))?")


@dataclass(slots=True, frozen=True)
class ExampleResult:
    """`reported` and `validated` are good; `noisy` is a finding too many, `missing` a finding or verdict too few."""

    rule: str
    kind: Kind
    name: str
    outcome: Outcome
    detail: str = ""

    @property
    def passed(self) -> bool:
        """Whether the example came out as it says."""
        return self.outcome in ("reported", "validated")


def examples(pack: Pack, rules: Iterable[str] | None = None) -> Iterator[tuple[Rule, Kind, Example]]:
    """Every example of the pack, or of these rules."""
    wanted = None if rules is None else set(rules)
    for rule in pack.rules:
        if wanted is None or rule.id in wanted:
            found = pack.prose(rule.id).examples
            kinds: tuple[tuple[Kind, list[Example]], ...] = (
                ("fails", found.fails), ("holds", found.holds), ("cannot_tell", found.cannot_tell),
            )  # fmt: skip
            yield from ((rule, kind, example) for kind, listed in kinds for example in listed)


def run(pack: Pack, rules: Iterable[str] | None = None) -> list[ExampleResult]:
    """Run every example of the pack, or of these rules."""
    return [run_example(pack, rule, kind, example) for rule, kind, example in examples(pack, rules)]


def run_example(pack: Pack, rule: Rule, kind: Kind, example: Example) -> ExampleResult:
    """Write the files of one example, judge them, and compare with what the example says."""
    judged = judge_files(pack, example.files)
    outcome, detail = _compared(rule, kind, example, judged)
    return ExampleResult(rule.id, kind, example.name, outcome, detail)


def judge_files(pack: Pack, files: dict[str, str]) -> Judged:
    """The verdicts over a small program, given as path -> text."""
    from readylint.analysis import gather

    with written(files) as (folder, settings):
        return judge(gather([folder], settings, pack), pack, settings)


def marks(rule_id: str, files: dict[str, str]) -> dict[Mark, str | None]:
    """The lines that are marked for the rule, and the severity where one is named."""
    out: dict[Mark, str | None] = {}
    for path, text in files.items():
        for number, line in enumerate(text.split("\n"), start=1):
            for found in _MARK.finditer(line):
                if found["id"] == rule_id:
                    out[path, number] = found["severity"]
    return out


def _compared(rule: Rule, kind: Kind, example: Example, judged: Judged) -> tuple[Outcome, str]:
    wanted = marks(rule.id, example.files)
    found = {(f.span.path, f.span.line): f.severity for f in judged.findings if f.rule == rule.id}
    for path, line in sorted(found.keys() - wanted.keys()):
        return "noisy", f"{path}:{line} is reported and not marked"
    for path, line in sorted(wanted.keys() - found.keys()):
        return "missing", f"{path}:{line} is marked and not reported"
    for mark, severity in wanted.items():
        if severity and found[mark] != severity:
            return "noisy", f"{mark[0]}:{mark[1]} is a {found[mark]}, the mark says {severity}"
    counts = judged.counts[rule.id]
    if kind == "fails":
        return ("reported", "") if found else ("missing", "nothing is marked in an example that fails")
    if kind == "cannot_tell":
        return ("validated", "") if counts.get("unknown") else ("missing", f"no verdict is unknown: {counts}")
    asked = sum(number for outcome, number in counts.items() if outcome != "not-applicable")
    if example.none:
        return ("validated", "") if not asked else ("missing", f"there is something to ask about after all: {counts}")
    if counts.get("unknown"):
        return "missing", f"a verdict is unknown: {counts}"
    return ("validated", "") if counts.get("holds") else ("missing", f"the rule holds for nothing here: {counts}")
