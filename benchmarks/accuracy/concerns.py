"""How often readylint is right, concern by concern and rule by rule, on applications whose code was read by hand.

    python benchmarks/accuracy/concerns.py [--held-out] [--sources DIR] [--page] [-v] [NAME ...]

`applications/*.yaml` holds the labels of two independent readings (see `readings.py`), each with its repository and
commit; `held_out/*.yaml` (`--held-out`) those of applications that nothing was built or repaired on. The sources are
fetched into DIR when they are not there. Of each concern the problem is what counts: precision is the share of the
problems reported that are some, recall the share of the labelled problems that are reported. What the readers left
`unsure` counts neither way; what readylint leaves unknown counts against recall and is shown. `--page` writes
docs/accuracy.md from both sets.
"""

from __future__ import annotations

import argparse
import datetime as dt
import math
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import yaml
from readings import NEAR, tail
from sources import GIT_HOST, SourceError, repository

from readylint import __version__
from readylint.analysis import collect
from readylint.audit import judge
from readylint.facts import BY_DEFAULT, to_json
from readylint.packs import load
from readylint.settings import Settings

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "accuracy.md"
LONG_SECONDS = 120
SCORED = ("app", "script", "notebook")
LABELLED_FAILURES = {"rate-limit", "status", "connection"}
"""What the readers asked of a guard; a time-out that slips through is not in the labels."""
Fact = dict[str, Any]


@dataclass(frozen=True)
class Concern:
    """One question about a call. `problem` are the labels that are one, `fine` those that are none."""

    name: str
    label: str
    problem: frozenset[str]
    fine: frozenset[str]
    rules: tuple[str, ...]
    operations: frozenset[str] | None = None


GENERATING = frozenset({"chat", "responses", "completion", "agent", "realtime"})


def concern(name: str, label: str, problem: str, fine: str, rules: str, generating: bool = False) -> Concern:
    """A concern from words."""
    words = (frozenset(problem.split()), frozenset(fine.split()))
    return Concern(name, label, *words, tuple(rules.split()), GENERATING if generating else None)


CONCERNS = [
    concern("not guarded", "guarded", "no", "yes", "unguarded-call guard-misses-errors"),
    concern("not retried", "retry", "none", "yes", "no-retry"),
    concern("waits over 120 s", "timeout", "long", "short", "no-timeout slow-timeout"),
    concern("output unchecked", "output", "unchecked", "checked not-parsed", "unvalidated-output", True),
    concern("usage not read", "usage", "none", "read", "usage-unrecorded", True),
    concern("no output cap", "cap", "no", "yes", "no-output-cap", True),
    concern("model in the code", "model", "literal constant", "config parameter", "hardcoded-model flagship-model"),
    concern("blocks the event loop", "blocking", "yes", "no", "blocking-call-in-async"),
    concern("unsafe sink", "sinks", "some", "none", "output-to-code", True),
    concern("history unbounded", "history", "unbounded", "bounded none", "unbounded-history", True),
]


def labelled(row: Mapping[str, Any], asked: Concern) -> bool | None:
    """Whether the label is a problem; None when it says nothing."""
    value = row.get(asked.label)
    if asked.label == "sinks" and isinstance(value, list):
        return bool(value)
    return True if value in asked.problem else False if value in asked.fine else None


# What readylint says -----------------------------------------------------------------------------------------------


def any_problem(values: Iterable[bool | None], alternatives: Iterable[Fact] = ()) -> bool | None:
    """One alternative that is a problem makes one; one that nobody knows makes the rest unknown.

    What versions of an SDK do by themselves counts only where all of them do it: one is installed, not known which.
    """
    given = list(values)
    versions = [v for v, one in zip(given, alternatives, strict=False) if one.get("path", "").startswith(BY_DEFAULT)]
    if len(set(versions)) > 1:
        given = [
            None if one.get("path", "").startswith(BY_DEFAULT) else v
            for v, one in zip(given, alternatives, strict=False)
        ]
    return True if True in given else None if None in given or not given else False


def alternatives(setting: Fact) -> list[Fact]:
    """A setting as each caller or branch sees it."""
    return setting.get("alternatives") or [setting]


def _waits_long(setting: Fact) -> bool | None:
    value = setting["value"]
    if value is None:
        return True if setting["source"] == "unset" else None
    return value == "none" or (isinstance(value, int | float) and value > LONG_SECONDS)


def _uncapped(setting: Fact) -> bool | None:
    if setting["source"] == "unset" or setting["value"] == "none":
        return True
    return None if setting["source"] == "unknown" else False


def _of(value: str, problem: str, unknown: str = "unknown") -> bool | None:
    return None if value == unknown else value in problem.split()


def reported(fact: Fact, asked: Concern) -> bool | None:
    """Whether the fact says that the problem is there; None for cannot tell."""
    output = fact["output"]
    match asked.label:
        case "guarded":
            guard = fact["guard"]
            # A clause that lets rate limits, error statuses or lost connections through leaves the call unguarded.
            lets_through = guard["covers_all"] is False and set(guard["misses"]) & LABELLED_FAILURES
            return True if lets_through else _of(guard["status"], "none")
        case "retry":
            given = fact["retry"].get("alternatives") or [fact["retry"]]
            return any_problem((_of(r["status"], "none") for r in given), given)
        case "timeout":
            return any_problem(map(_waits_long, alternatives(fact["timeout"])), alternatives(fact["timeout"]))
        case "output":
            # Arguments of a tool are an answer too: the readers were asked for both.
            return True if output["tool_arguments"] == "parsed" else _of(output["status"], "parsed partial")
        case "usage":
            return _of(fact["usage"]["status"], "none")
        case "cap":
            return any_problem(map(_uncapped, alternatives(fact["max_output"])), alternatives(fact["max_output"]))
        case "model":
            return _of(fact["model"]["origin"], "literal constant")
        case "blocking":
            return fact["blocking_in_async"]
        case "sinks":
            return True if output["sinks"] else _of(output["status"], "", "unknown")
        case "history":
            return _of(fact["history"]["status"], "unbounded")
    raise ValueError(asked.label)


@dataclass
class Run:
    """What readylint says of one application."""

    calls: list[Fact]
    failing: dict[str, set[str]]
    """Rule -> ids of the facts that its findings name."""


def run(folder: Path, top: Path) -> Run:
    """Facts and findings of a folder; paths are relative to the top of the repository, as in the labels."""
    pack, settings = load(), Settings(base=folder)
    gathered = collect([folder], settings, pack)
    failing: dict[str, set[str]] = defaultdict(set)
    for found in judge(gathered.sheet, pack, settings).findings:
        failing[found.rule] |= set(found.facts)
    facts = [to_json(fact) for fact in gathered.sheet.facts if fact.kind == "llm.call"]
    for fact in facts:
        place = (gathered.discovery.root / fact["span"]["path"]).resolve()
        fact["path"] = place.relative_to(top.resolve()).as_posix()
    inside = folder.resolve().relative_to(top.resolve()).as_posix()
    kept = [fact for fact in facts if inside == "." or fact["path"].startswith(f"{inside}/")]
    return Run(kept, failing)


# Counting ----------------------------------------------------------------------------------------------------------


@dataclass
class Count:
    """Reports against labels; `unknown` are labels that readylint leaves open; `open_problems`: such problems."""

    true: int = 0
    false: int = 0
    missed: int = 0
    fine: int = 0
    unknown: int = 0
    open_problems: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, label: bool, said: bool | None, place: str) -> None:
        """One call."""
        if said is None:
            self.unknown += 1
            self.open_problems += label
        elif said and label:
            self.true += 1
        elif said:
            self.false += 1
        elif label:
            self.missed += 1
        else:
            self.fine += 1
        if said is None or said is not label:
            word = "unknown" if said is None else "false alarm" if said else "missed"
            self.misses.append(f"{word}: {place}")

    def __iadd__(self, other: Count) -> Self:
        for name in ("true", "false", "missed", "fine", "unknown", "open_problems"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.misses += other.misses
        return self

    @property
    def problems(self) -> int:
        """Labelled problems."""
        return self.true + self.missed + self.open_problems

    @property
    def decided(self) -> int:
        """Labels that say something."""
        return self.true + self.false + self.missed + self.fine + self.unknown


def wilson(hits: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    if not of:
        return 0.0, 1.0
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def share(hits: int, of: int) -> str:
    """A share with its interval."""
    if not of:
        return "none"
    low, high = wilson(hits, of)
    return f"{hits / of:.3f} ({low:.2f} to {high:.2f})"


@dataclass
class Figures:
    """Everything counted over some applications."""

    detection: Count = field(default_factory=Count)
    look_alikes: int = 0
    taken: list[str] = field(default_factory=list)
    concerns: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    rules: dict[str, Count] = field(default_factory=lambda: defaultdict(Count))

    def add(self, other: Figures) -> None:
        """Another application."""
        self.detection += other.detection
        self.look_alikes += other.look_alikes
        self.taken += other.taken
        for mine, theirs in ((self.concerns, other.concerns), (self.rules, other.rules)):
            for name, count in theirs.items():
                mine[name] += count


def matching(row: Mapping[str, Any], facts: list[Fact]) -> Fact | None:
    """The fact of a labelled call."""
    line = row["line"]
    near = [
        f for f in facts
        if f["path"] == row["path"]
        and f["callee_span"]["line"] - NEAR <= line <= f["callee_span"]["end_line"] + NEAR
    ]  # fmt: skip
    if not near:
        near = [f for f in facts if f["path"] == row["path"] and f["span"]["line"] <= line <= f["span"]["end_line"]]
    name = tail(str(row["callee"]))
    near.sort(key=lambda f: (tail(f["callee"]) != name, abs(f["callee_span"]["end_line"] - line)))
    return near[0] if near else None


def held(labels: Mapping[str, Any], said: Run, name: str) -> Figures:
    """One application's labels against what readylint says."""
    figures = Figures()
    without = tuple(f"{folder}/" for folder in labels.get("without", []))
    left = [fact for fact in said.calls if not fact["path"].startswith(without)]
    for row in sorted(labels["calls"], key=lambda r: bool(r.get("argue"))):
        fact = matching(row, left)
        place = f"{name} {row['path']}:{row['line']} {row['callee']}"
        if fact is not None:
            left.remove(fact)
        if row.get("argue"):
            continue
        figures.detection.add(True, fact is not None, place)
        if fact is not None and fact["role"] in SCORED:
            compare(row, fact, said, figures, place)
    for fact in left:
        figures.detection.add(False, True, f"{name} {fact['path']}:{fact['callee_span']['line']} {fact['callee']}")
    figures.look_alikes = len(labels["look_alikes"])
    for row in labels["look_alikes"]:
        if any(f["path"] == row["path"] and f["callee_span"]["end_line"] == row["line"] for f in left):
            figures.taken.append(f"{name} {row['path']}:{row['line']} {row['what']}")
    return figures


def compare(row: Mapping[str, Any], fact: Fact, said: Run, figures: Figures, place: str) -> None:
    """The concerns of one call, and the rules that speak of them."""
    for asked in CONCERNS:
        label = labelled(row, asked)
        if label is None or (asked.operations and fact["operation"] not in asked.operations):
            continue
        answer = reported(fact, asked)
        figures.concerns[asked.name].add(label, answer, f"{place} ({row[asked.label]})")
        for rule in asked.rules:
            if rule == "guard-misses-errors" and not set(fact["guard"]["misses"]) & LABELLED_FAILURES:
                continue
            if fact["id"] in said.failing.get(rule, ()):
                figures.rules[rule].add(label, True, place)
            elif label and answer is not True:
                figures.rules[rule].add(label, False, place)


# The report --------------------------------------------------------------------------------------------------------


def table(total: Figures) -> str:
    """The figures over all applications, as Markdown."""
    found = total.detection
    rows = ["| what | reports | precision (95 % interval) | problems | recall (95 % interval) | cannot tell |",
            "|---|---|---|---|---|---|"]  # fmt: skip
    for name, c in [("model calls found", found), *((a.name, total.concerns[a.name]) for a in CONCERNS)]:
        rows.append(
            f"| {name} | {c.true + c.false} | {share(c.true, c.true + c.false)} | {c.problems} | "
            f"{share(c.true, c.problems)} | {100 * c.unknown / max(c.decided, 1):.1f} % of {c.decided} |"
        )
    rows += ["", f"{total.look_alikes} look-alikes, {len(total.taken)} of them taken for a call.", "",
             "| rule | findings on labelled calls | precision (95 % interval) |", "|---|---|---|"]  # fmt: skip
    for rule, c in sorted(total.rules.items()):
        rows.append(f"| {rule} | {c.true + c.false} | {share(c.true, c.true + c.false)} |")
    return "\n".join(rows) + "\n"


def by_application(figures: Mapping[str, Figures]) -> str:
    """A line an application: calls found, and over all concerns right, wrong, missed and open."""
    rows = ["| application | calls | found | false calls | problems reported | of these right | missed | cannot tell |",
            "|---|---|---|---|---|---|---|---|"]  # fmt: skip
    for name, one in figures.items():
        sums = Count()
        for count in one.concerns.values():
            sums += count
        found = one.detection
        rows.append(
            f"| {name} | {found.problems} | {found.true} | {found.false} | {sums.true + sums.false} | {sums.true} | "
            f"{sums.missed} | {sums.unknown} |"
        )
    return "\n".join(rows) + "\n"


def listed(total: Figures) -> str:
    """Everything that is wrong, missed or open, concern by concern."""
    lines = []
    for name, count in [("model calls", total.detection), *total.concerns.items()]:
        lines += [f"\n### {name}\n", *(f"- {miss}" for miss in sorted(count.misses))]
    return "\n".join(lines) + "\n"


@dataclass
class Measured:
    """The figures of one set of applications."""

    figures: dict[str, Figures]
    total: Figures
    rows: list[Mapping[str, Any]]


def measured(folder: str, given: argparse.Namespace) -> Measured:
    """Fetches the applications of a set and holds what readylint says against their labels."""
    figures: dict[str, Figures] = {}
    rows: list[Mapping[str, Any]] = []
    for path in sorted((HERE / folder).glob("*.yaml")):
        if given.names and path.stem not in given.names:
            continue
        labels = yaml.safe_load(path.read_text(encoding="utf-8"))
        try:
            root = repository(labels["repository"], labels["commit"], given.sources, given.host)
        except SourceError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        rows += labels["calls"]
        said = run(root / labels.get("folder", "."), root)
        figures[labels["repository"]] = held(labels, said, labels["repository"])
    total = Figures()
    for one in figures.values():
        total.add(one)
    return Measured(figures, total, rows)


def page(known: Measured, fresh: Measured) -> str:
    """docs/accuracy.md."""
    frame, history = ((HERE / name).read_text(encoding="utf-8") for name in ("page.md", "history.md"))
    said = [row[asked.label] for row in [*known.rows, *fresh.rows] for asked in CONCERNS if asked.label in row]
    return frame.format(
        date=dt.datetime.now(tz=dt.UTC).date().isoformat(), version=__version__, applications=len(known.figures),
        calls=known.total.detection.problems, look_alikes=known.total.look_alikes, table=table(known.total).strip(),
        history=history.strip(), by_application=by_application(known.figures).strip(),
        misses=listed(known.total).strip(), unsure=said.count("unsure"), said=len(said),
        fresh_applications=len(fresh.figures), fresh_calls=fresh.total.detection.problems,
        fresh_look_alikes=fresh.total.look_alikes, fresh_table=table(fresh.total).strip(),
        fresh_by_application=by_application(fresh.figures).strip(), fresh_misses=listed(fresh.total).strip(),
    )  # fmt: skip


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--sources", type=Path, default=Path(tempfile.gettempdir()) / "readylint-applications")
    parser.add_argument("--host", default=GIT_HOST, help="where the repositories are fetched from")
    parser.add_argument("--held-out", action="store_true", help="the applications that nothing was repaired on")
    parser.add_argument("--page", action="store_true", help="write docs/accuracy.md, from both sets")
    parser.add_argument("-v", "--verbose", action="store_true", help="name what is wrong, missed or open")
    given = parser.parse_args()
    if given.page:
        PAGE.write_text(page(measured("applications", given), measured("held_out", given)), encoding="utf-8")
        return 0
    one = measured("held_out" if given.held_out else "applications", given)
    print(by_application(one.figures), table(one.total), *([listed(one.total)] if given.verbose else []), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
