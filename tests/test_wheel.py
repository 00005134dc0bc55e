"""The distribution: sdist, wheel built from it, and a fresh installation that runs far from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = {"sdks", "frameworks", "evidence"}
APP = """from openai import OpenAI

client = OpenAI()


def ask(q):
    return client.responses.create(model="m", input=q)
"""

pytestmark = pytest.mark.wheel


def run(*command: str | Path, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def rules_in_the_repository() -> set[str]:
    files = [p for p in (ROOT / "rules").glob("*/*.yaml") if p.parent.name not in CATALOGUE]
    return {p.stem for p in files}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist as an index would get it."""
    target = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", target, ROOT, cwd=target)
    assert len(list(target.glob("*.tar.gz"))) == 1
    (wheel,) = target.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a fresh environment."""
    place = tmp_path_factory.mktemp("installed")
    venv.create(place, with_pip=True)
    programs = place / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "python", "-m", "pip", "install", "--quiet", built, cwd=place)
    return programs


def test_what_the_wheel_carries(built: Path) -> None:
    with zipfile.ZipFile(built) as wheel:
        names = set(wheel.namelist())
        compiled = json.loads(wheel.read("readylint/rules/pack.json"))
    assert "readylint/py.typed" in names
    assert {n for n in names if n.startswith("readylint/rules/") and n.endswith(".yaml")} == {
        f"readylint/{p.relative_to(ROOT).as_posix()}" for p in (ROOT / "rules").rglob("*.yaml")
    }
    assert not [n for n in names if n.startswith(("tests/", "rules/", "fixtures/")) or "__pycache__" in n]
    assert compiled


def test_the_installation_has_every_rule(installed: Path, tmp_path: Path) -> None:
    found = json.loads(run(installed / "readylint", "rules", "--format", "json", cwd=tmp_path))
    assert {rule["id"] for rule in found} == rules_in_the_repository()


def test_the_checkout_has_every_rule(tmp_path: Path) -> None:
    found = json.loads(run(sys.executable, "-m", "readylint", "rules", "--format", "json", cwd=tmp_path))
    assert {rule["id"] for rule in found} == rules_in_the_repository()


def test_the_installation_checks_code(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    (tmp_path / "requirements.txt").write_text("openai==2.54.0\n", encoding="utf-8")
    report = json.loads(run(installed / "readylint", "--format", "json", "--exit-zero", cwd=tmp_path))
    assert report["findings"]
    assert report["version"] in run(installed / "readylint", "--version", cwd=tmp_path)
    assert "openai" in run(installed / "python", "-m", "readylint", "sdks", cwd=tmp_path)
