"""Writes into the catalogue what the last contract tests saw: `confirmed` of each default line whose values held.

PYTHONPATH=tests python -m contract.confirm
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import yaml
from contract.cases import CASES, REPOSITORY
from contract.claims import DefaultLine, seen_lines
from contract.expectations import complaints
from contract.measure import saved
from packaging.version import Version


def seen() -> dict[DefaultLine, set[str]]:
    """Default line -> versions in which nothing contradicted it."""
    found: dict[DefaultLine, set[str]] = defaultdict(set)
    for case in CASES:
        measured = saved(case)
        if measured is None:
            print(f"{case.id}: not measured", file=sys.stderr)
        elif doubts := complaints(measured):
            print(f"{case.id}: {doubts[0]} ({len(doubts)} complaints)", file=sys.stderr)
        else:
            for line, version in seen_lines(case, measured.claims, measured.versions):
                found[line].add(version)
    return found


def with_confirmed(text: str, lines: dict[DefaultLine, set[str]]) -> str:
    """The text of a catalogue file in which each line names its versions, newest last."""
    root = next(iter(yaml.compose_all(text, yaml.SafeLoader)))
    edits: dict[tuple[int, int], str] = {}
    for line, versions in lines.items():
        node = _at(root, line.path)
        known = sorted({*versions, *line.confirmed}, key=lambda v: Version(v.split()[-1]))
        shown = ", ".join(v if yaml.safe_load(v) == v else f'"{v}"' for v in known)
        values = {key.value: value for key, value in node.value}
        if "confirmed" in values:
            old = values["confirmed"]
            edits[old.start_mark.index, old.end_mark.index] = f"[{shown}]"
        elif node.flow_style:
            edits[node.end_mark.index - 1, node.end_mark.index - 1] = f", confirmed: [{shown}]"
        else:
            last = node.value[-1][1].end_mark.index
            edits[last, last] = f"\n{' ' * node.start_mark.column}confirmed: [{shown}]"
    for (start, end), new in sorted(edits.items(), reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _at(node: yaml.Node, path: tuple[str | int, ...]) -> yaml.MappingNode:
    for step in path:
        if isinstance(step, int):
            node = node.value[step]
        else:
            node = next(value for key, value in node.value if key.value == step)
    assert isinstance(node, yaml.MappingNode)
    return node


def main() -> None:
    """Edit the files."""
    by_file: dict[Path, dict[DefaultLine, set[str]]] = defaultdict(dict)
    for line, versions in seen().items():
        by_file[REPOSITORY / "rules" / "sdks" / f"{line.sdk.sdk}.yaml"][line] = versions
    for path, lines in sorted(by_file.items()):
        text = path.read_text(encoding="utf-8")
        changed = with_confirmed(text, lines)
        if changed != text:
            path.write_text(changed, encoding="utf-8")
            print(path)


if __name__ == "__main__":
    main()
