"""Which judged findings of public repositories are still reported.

    python benchmarks/accuracy/recheck.py --sources FOLDER [-v]

`repositories/*.yaml` lists repositories with a commit and the findings that were read against its code. FOLDER holds
each repository at that commit as OWNER+NAME; what is not there is skipped and counted. Nothing of them is run.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path

import yaml

from readylint.analysis import collect
from readylint.audit import judge
from readylint.packs import load
from readylint.settings import Settings

HERE = Path(__file__).parent / "repositories"


def reported(folder: Path) -> set[tuple[str, str, int]]:
    """Rule, path and line of every finding."""
    pack = load()
    settings = Settings(base=folder)
    gathered = collect([folder], settings, pack)
    return {(f.rule, f.span.path, f.span.line) for f in judge(gathered.sheet, pack, settings).findings}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=Path, required=True)
    parser.add_argument("-v", "--verbose", action="store_true", help="name what is wrong and still reported")
    given = parser.parse_args()
    for file in sorted(HERE.glob("*.yaml")):
        counts: Counter[tuple[str, str, bool]] = Counter()
        skipped = 0
        for entry in yaml.safe_load(file.read_text(encoding="utf-8")):
            folder = given.sources / entry["repository"].replace("/", "+")
            if not folder.is_dir():
                skipped += 1
                continue
            now = reported(folder)
            for row in entry["findings"]:
                still = (row["rule"], row["path"], row["line"]) in now
                counts[row["rule"], row["verdict"], still] += 1
                if given.verbose and still and row["verdict"] == "wrong":
                    print(
                        f"wrong: {entry['repository']} {row['path']}:{row['line']} {row['rule']}: {row.get('note', '')}"
                    )
        print(f"{file.stem} ({skipped} repositories not there)")
        for rule in sorted({r for r, _, _ in counts}):
            kept = {v: counts[rule, v, True] for v in ("right", "wrong", "arguable")}
            gone = {v: counts[rule, v, False] for v in ("right", "wrong", "arguable")}
            print(f"  {rule}: " + ", ".join(f"{v} {kept[v]} of {kept[v] + gone[v]}" for v in kept))
    return 0


if __name__ == "__main__":
    sys.exit(main())
