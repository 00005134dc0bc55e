"""Two independent readings of the same applications, joined into the labels of the benchmark.

    python benchmarks/accuracy/readings.py FIRST SECOND [--settled THIRD]

Each folder holds one YAML file an application, written by somebody who read its code and saw neither the other
reading nor what readylint says. What both say alike is the label; what they say differently is `unsure`. A place that
only one of them lists is shown to a third reader, whose word (`call`, `none` or `argue`) stands in THIRD; without one
it is `argue`, which counts neither way.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import yaml

CONCERNS = ("guarded", "retry", "timeout", "output", "usage", "cap", "model", "blocking", "sinks", "history")
NEAR = 2
"""Lines by which two readings of one call may differ: a callee can be written over several lines."""
Row = dict[str, Any]


def tail(callee: str) -> str:
    """The last name of a callee as written."""
    return callee.split("(", maxsplit=1)[0].strip().rstrip(")").rsplit(".", 1)[-1].strip() or callee


def partner(row: Row, others: list[Row]) -> Row | None:
    """The row of the other reading that speaks of the same call."""
    near = [o for o in others if o["path"] == row["path"] and abs(o["line"] - row["line"]) <= NEAR]
    near.sort(key=lambda o: (abs(o["line"] - row["line"]), tail(str(o["callee"])) != tail(str(row["callee"]))))
    return near[0] if near else None


def joined(first: Row, second: Row) -> Row:
    """One row of two: alike is kept, different is `unsure`."""
    kept: Row = {"path": first["path"], "line": first["line"], "callee": str(first["callee"])}
    if first.get("argue") or second.get("argue"):
        return {**kept, "argue": True}
    for name in ("sdk", "operation", "role"):
        if name in first:
            kept[name] = first[name]
    for concern in CONCERNS:
        values = [_plain(concern, row.get(concern)) for row in (first, second)]
        if None not in values:
            kept[concern] = values[0] if values[0] == values[1] else "unsure"
    return kept


def _plain(concern: str, value: Any) -> Any:
    """A value as the labels write it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if concern == "sinks" and value is not None:
        return sorted(value) if isinstance(value, list) else [] if value in ("none", "no") else value
    if value is None and concern != "sinks":
        return None
    if concern == "model" and value in ("literal", "constant"):
        return value
    return value


def join(first: Row, second: Row, settled: dict[tuple[str, int], str]) -> Row:
    """The labels of one application."""
    rows: list[Row] = []
    left = list(second["calls"])
    for row in first["calls"]:
        other = partner(row, left)
        if other is not None:
            left.remove(other)
            rows.append(joined(row, other))
        else:
            rows += _alone(row, settled)
    for row in left:
        rows += _alone(row, settled)
    rows.sort(key=lambda r: (r["path"], r["line"]))
    called = {(r["path"], r["line"] + shift) for r in rows for shift in range(-NEAR, NEAR + 1)}
    seen: dict[tuple[str, int], Row] = {}
    for row in [*first.get("look_alikes", []), *second.get("look_alikes", [])]:
        if (row["path"], row["line"]) not in called:
            seen.setdefault((row["path"], row["line"]), {k: row[k] for k in ("path", "line", "what")})
    return {"calls": rows, "look_alikes": [seen[k] for k in sorted(seen)]}


def _alone(row: Row, settled: dict[tuple[str, int], str]) -> list[Row]:
    """A row that only one reading has, as the third reader settled it."""
    word = "argue" if row.get("argue") else settled.get((row["path"], row["line"]), "argue")
    kept: Row = {"path": row["path"], "line": row["line"], "callee": str(row["callee"])}
    if word == "none":
        return []
    if word == "argue":
        return [{**kept, "argue": True}]
    return [{**kept, **{k: row[k] for k in ("sdk", "operation", "role") if k in row}, "found_by": "one reading"}]


def alone(first: Row, second: Row) -> list[Row]:
    """The rows that only one of two readings has and that nobody calls arguable."""
    left, out = list(second["calls"]), []
    for row in first["calls"]:
        other = partner(row, left)
        if other is not None:
            left.remove(other)
        else:
            out.append(row)
    return [row for row in [*out, *left] if not row.get("argue")]


def written(head: Row, labels: Row) -> str:
    """An application's labels as YAML, a row a line."""
    lines = [f"{key}: {value}" for key, value in head.items()]
    for part in ("calls", "look_alikes"):
        lines.append(f"{part}:" if labels[part] else f"{part}: []")
        for row in labels[part]:
            flow = yaml.safe_dump(row, default_flow_style=True, sort_keys=False, width=10_000, allow_unicode=True)
            lines.append(f"  - {flow.strip()}")
    return "\n".join(lines) + "\n"


def main() -> int:
    """The command: prints what differs, and writes `applications/*.yaml` with `--write PINS`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--settled", type=Path)
    parser.add_argument("--write", type=Path, metavar="PINS", help="YAML: file name -> repository, commit, folder ...")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent / "applications", help="the folder for it")
    given = parser.parse_args()
    settled = yaml.safe_load(given.settled.read_text(encoding="utf-8")) if given.settled else {}
    pins = yaml.safe_load(given.write.read_text(encoding="utf-8")) if given.write else {}
    for path in sorted(given.first.glob("*.yaml")):
        other = given.second / path.name
        if not other.is_file():
            continue
        first, second = (yaml.safe_load(p.read_text(encoding="utf-8")) for p in (path, other))
        words = {(r["path"], r["line"]): r["word"] for r in settled.get(path.stem, [])}
        labels = join(first, second, words)
        if path.stem in pins:
            target = given.into / path.name
            target.write_text(written(pins[path.stem], labels), encoding="utf-8")
        for row in alone(first, second):
            if (row["path"], row["line"]) not in words:
                print(f"alone: {path.stem} {row['path']}:{row['line']} {row['callee']}")
        unsure = sum(row.get(c) == "unsure" for row in labels["calls"] for c in CONCERNS)
        said = sum(c in row for row in labels["calls"] for c in CONCERNS)
        print(f"{path.stem}: {len(labels['calls'])} calls, {len(labels['look_alikes'])} look-alikes, "
              f"{unsure} of {said} values unsure")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
