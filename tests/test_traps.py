"""Small programs that a naive reading gets wrong, concern by concern: `traps/*.yaml`.

A program says what is true of each of its model calls in a mark on its line, as the probes do:
`# <- call guard.status=site retry.attempts=3`. `unknown` is what nobody can tell; an empty list is `none`.
A program of look-alikes has no mark and must give no call. What is known to come out wrong says why in `not_yet`, and
has to be taken from there when it comes out right.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from readylint import probes
from readylint.facts import LlmCall
from readylint.packs import Pack

FILES = sorted((Path(__file__).parent / "traps").glob("*.yaml"))
TRAPS = [
    pytest.param(
        trap,
        id=f"{file.stem}/{trap['name']}",
        marks=[pytest.mark.xfail(reason=trap["not_yet"], strict=True)] if "not_yet" in trap else [],
    )
    for file in FILES
    for trap in yaml.safe_load(file.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("trap", TRAPS)
def test_trap(trap: dict[str, Any], pack: Pack) -> None:
    sheet = probes.facts_of(pack, trap["files"])
    calls = [fact for fact in sheet.facts if isinstance(fact, LlmCall)]
    assert not sheet.problems
    if trap.get("look_alike"):
        assert [(call.span.path, call.span.line, call.callee) for call in calls] == []
    else:
        assert probes.compared(trap["files"], calls) == ""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_concern_has_at_least_ten_traps_that_come_out_right(file: Path) -> None:
    traps = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert len({trap["name"] for trap in traps}) == len(traps)
    assert sum("not_yet" not in trap for trap in traps) >= 10
