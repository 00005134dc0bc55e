"""What is found does not depend on chance: order of files, number of processes, hash seed, named or found."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from readylint import analysis, source_reader
from readylint.facts import to_json
from readylint.files import Discovery
from readylint.packs import Pack
from readylint.settings import Settings

FIXTURES = Path(__file__).parent.parent / "fixtures"
NAMES = ("support-bot", "support-bot-ready")


@pytest.fixture(params=NAMES)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of a fixture in a folder of its own."""
    target = tmp_path / request.param
    shutil.copytree(FIXTURES / request.param, target)
    return target


def checked(project: Path, *arguments: str, seed: str = "0") -> dict[str, Any]:
    """The report of `readylint check` in a process of its own."""
    command = [sys.executable, "-m", "readylint", "check", *arguments, "--format", "json", "--exit-zero"]
    env = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=True, env=env)
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def facts(project: Path, pack: Pack) -> Any:
    return to_json(analysis.gather([project], Settings(base=project), pack))


def test_hash_seed(project: Path) -> None:
    first, *others = (checked(project, ".", seed=seed) for seed in ("0", "1", "77"))
    assert first["projects"]
    assert all(other == first for other in others)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_order_of_files(seed: int, project: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = facts(project, pack)
    discover = analysis.discover

    def shuffled(*arguments: Any) -> Discovery:
        found = discover(*arguments)
        random.Random(seed).shuffle(found.files)
        return found

    monkeypatch.setattr(analysis, "discover", shuffled)
    assert facts(project, pack) == expected


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_number_of_processes(processes: int, project: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = facts(project, pack)
    for number in range(8):  # fewer files than this are read in one process
        (project / f"more{number}.py").write_text("import openai\n", encoding="utf-8")
    monkeypatch.setattr(source_reader, "POOL_BYTES", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: processes)
    assert facts(project, pack)["facts"] == expected["facts"]


def test_named_or_found(project: Path) -> None:
    def of_files(report: dict[str, Any]) -> list[Any]:
        return [f for f in report["findings"] if f["span"]["path"].endswith(".py")]

    found = checked(project, ".")
    files = sorted(str(path.relative_to(project)) for path in project.rglob("*.py"))
    named = checked(project, *reversed(files))
    assert of_files(found) or project.name == "support-bot-ready"
    assert of_files(named) == of_files(found)
    assert named["projects"] == found["projects"]
