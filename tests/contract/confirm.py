"""Writes into the catalogue what the last contract tests saw: `confirmed` of each default line whose values held.

PYTHONPATH=tests python -m contract.confirm
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import yaml
from contract.cases import CASES, REPOSITORY
from contract.claims import DefaultLine, claims, default_lines, seen_lines
from contract.expectations import complaints
from contract.measure import saved
from packaging.version import Version

Versions = dict[DefaultLine, set[str]]


def seen() -> Versions:
    """Default line -> versions in which nothing contradicted it."""
    found: Versions = defaultdict(set)
    for case in CASES:
        measured = saved(case)
        if measured is None:
            print(f"{case.id}: not measured", file=sys.stderr)
        elif doubts := complaints(measured):
            print(f"{case.id}: {doubts[0]} ({len(doubts)} complaints)", file=sys.stderr)
        else:
            for line, version in seen_lines(case, measured.claims):
                found[line].add(version)
    return found


def possible() -> Versions:
    """Default line -> versions in which some case runs it, measured or not; what else is confirmed is out of date."""
    found: Versions = defaultdict(set)
    for case in CASES:
        for line, version in seen_lines(case, claims(case.path, case.pins)):
            found[line].add(version)
    return found


def with_confirmed(text: str, lines: list[DefaultLine], new: Versions, allowed: Versions) -> str:
    """The text of a catalogue file in which each line names its versions, newest last."""
    root = next(iter(yaml.compose_all(text, yaml.SafeLoader)))
    nodes = [(line, _at(root, line.path)) for line in lines]
    fresh: dict[int, set[str]] = defaultdict(set)  # by place: an alias of YAML repeats a line
    kept: dict[int, set[str]] = defaultdict(set)
    for line, node in nodes:
        fresh[node.start_mark.index] |= new.get(line, set())
        kept[node.start_mark.index] |= allowed.get(line, set()) & set(line.confirmed)
    edits = dict(_edit(node, fresh[node.start_mark.index] | kept[node.start_mark.index]) for _, node in nodes)
    for (start, end), words in sorted(edits.items(), reverse=True):
        text = text[:start] + words + text[end:]
    return text


def _edit(node: yaml.MappingNode, versions: set[str]) -> tuple[tuple[int, int], str]:
    """Which part of the text to replace, and what with."""
    others = [value for key, value in node.value if key.value != "confirmed"]
    old = [value for key, value in node.value if key.value == "confirmed"]
    start = max(value.end_mark.index for value in others)
    end = max([start, *(value.end_mark.index for value in old)])
    shown = ", ".join(v if yaml.safe_load(v) == v else f'"{v}"' for v in sorted(versions, key=Version))
    before = ", " if node.flow_style else f"\n{' ' * node.start_mark.column}"
    return (start, end), f"{before}confirmed: [{shown}]" if versions else ""


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
    new, allowed = seen(), possible()
    by_file: dict[Path, list[DefaultLine]] = defaultdict(list)
    for line in default_lines():
        by_file[REPOSITORY / "rules" / "sdks" / f"{line.sdk.sdk}.yaml"].append(line)
    for path, lines in by_file.items():
        text = path.read_text(encoding="utf-8")
        changed = with_confirmed(text, lines, new, allowed)
        if changed != text:
            path.write_text(changed, encoding="utf-8")
            print(path)


if __name__ == "__main__":
    main()
