"""Hold today's findings on real packages against the verdicts given by reading them.

    python benchmarks/accuracy/judge.py [--sources DIR] [NAME ...]

`findings/*.yaml` lists findings by rule, path and line, each judged right, wrong or arguable. A finding that nobody
judged is counted apart. Prints one line a rule: right, wrong, arguable, not judged, and the share that is right.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path

import yaml
from compare import arguments, below
from sources import package

from readylint.analysis import analyse
from readylint.settings import Settings

JUDGED = Path(__file__).parent / "findings"
NEAR = 3
"""Lines by which a place may have moved inside its statement."""


def verdict(rule: str, path: str, line: int, judged: list[dict[str, object]]) -> str:
    """The verdict on a finding; "not judged" when nobody read it."""
    same = [f for f in judged if f["rule"] == rule and f["path"] == path]
    near = sorted(same, key=lambda f: abs(int(str(f["line"])) - line))
    return str(near[0]["verdict"]) if near and abs(int(str(near[0]["line"])) - line) <= NEAR else "not judged"


def main() -> int:
    """The command."""
    options, files = arguments(__doc__, JUDGED)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for file in files:
        document = yaml.safe_load(file.read_text())
        root = package(str(document["package"]), str(document["version"]), options.sources)
        report, _ = analyse([root], Settings())
        for finding in report.findings:
            path, line = below(finding.span.path, root), finding.span.line
            found = verdict(finding.rule, path, line, document["findings"])
            counts[finding.rule][found] += 1
            if options.verbose and found != "right":
                print(f"{found}: {document['package']} {path}:{line} {finding.rule}: {finding.message}")
    for rule, seen in sorted(counts.items()):
        decided = seen["right"] + seen["wrong"]
        share = f"{100 * seen['right'] / decided:.0f} %" if decided else "-"
        print(
            f"{rule}: {seen['right']} right, {seen['wrong']} wrong, {seen['arguable']} arguable, "
            f"{seen['not judged']} not judged, {share}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
