"""Fixtures for tests that read small programs as a user's project is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Protocol

import hypothesis
import pytest

from readylint.analysis import gather
from readylint.facts import FactSheet, LlmCall
from readylint.packs import Pack, load
from readylint.settings import Settings

# How quick a busy machine draws examples is no behaviour of the program.
hypothesis.settings.register_profile("steady", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("steady")

Files = Mapping[str, str]


class FactsOf(Protocol):
    """Reads a project, given as its files."""

    def __call__(self, files: Files, settings: Settings | None = None) -> FactSheet: ...


class CallOf(Protocol):
    """The only model call of a project; a string is its `app.py`."""

    def __call__(self, files: Files | str, settings: Settings | None = None) -> LlmCall: ...


@pytest.fixture(scope="session")
def pack() -> Pack:
    """The built-in pack."""
    return load([])


def write_files(folder: Path, files: Files) -> Path:
    """Write a project; the texts are indented as the test is."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return folder


def calls(sheet: FactSheet) -> list[LlmCall]:
    """The model calls of a sheet."""
    return [f for f in sheet.facts if isinstance(f, LlmCall)]


@pytest.fixture
def facts_of(tmp_path: Path, pack: Pack) -> FactsOf:
    """Facts of a small project; each use has a folder of its own."""
    count = 0

    def read(files: Files, settings: Settings | None = None) -> FactSheet:
        nonlocal count
        count += 1
        folder = write_files(tmp_path / f"project{count}", files)
        return gather([folder], settings or Settings(), pack)

    return read


@pytest.fixture
def call_of(facts_of: FactsOf) -> CallOf:
    """The only model call of a small project."""

    def read(files: Files | str, settings: Settings | None = None) -> LlmCall:
        sheet = facts_of({"app.py": files} if isinstance(files, str) else files, settings)
        assert not sheet.problems, sheet.problems
        found = calls(sheet)
        assert len(found) == 1, f"{len(found)} model calls: {[f'{c.span.path}:{c.span.line}' for c in found]}"
        return found[0]

    return read
