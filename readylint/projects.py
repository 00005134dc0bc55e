"""Which folders are projects of their own."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from readylint.listing import is_manifest, real
from readylint.roles import is_role_folder


def nobodys() -> set[str]:
    """Folders that are never a project, whatever lies in them: a home, the temporary folder, the disk's root."""
    return {real(Path.home()), real(tempfile.gettempdir()), "/"}


def manifest_above(folder: str, limit: str | None) -> str | None:
    """The nearest folder upwards with a manifest; never a home, a temporary folder, the disk's root, or `limit`."""
    ends = nobodys() | {limit}
    while folder not in ends and folder != os.path.dirname(folder):
        if _manifests_in(folder):
            return folder
        folder = os.path.dirname(folder)
    return None


def _manifests_in(folder: str) -> list[str]:
    """Names of the manifests that make this folder a project."""
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    found = [n for n in names if is_manifest(n)]
    found += [f"{n}/METADATA" for n in names if n.endswith(".dist-info") and os.path.isfile(f"{folder}/{n}/METADATA")]
    return found if is_project(folder, found) else []


_OF_A_PACKAGE: dict[str, re.Pattern[bytes]] = {
    "setup.py": re.compile(rb"\b(?:setuptools|distutils|skbuild)\b"),
    "setup.cfg": re.compile(rb"^\[(?:metadata|options)\b", re.MULTILINE),
    "pyproject.toml": re.compile(
        rb"^[ \t]*\[\[?[ \t]*(?:project|build-system|dependency-groups|tool\.poetry)\b", re.MULTILINE
    ),
}
"""What a manifest says when it speaks of a package, not only of tools."""


def is_project(folder: str, manifests: list[str]) -> bool:
    """Whether these manifests make a project of the folder.

    A folder named like a role needs one that speaks of a package: `tests/requirements.txt` is none, nor is a
    `docs/setup.cfg` with settings of tools; a `setup.py` always has to. Several `*.dist-info` are an installation.
    """
    wheels = [m for m in manifests if m.endswith("/METADATA")]
    rest = [m for m in manifests if not m.endswith("/METADATA")]
    if len(wheels) == 1:
        return True
    has_role = is_role_folder(os.path.basename(folder))
    for name in rest:
        if name in _OF_A_PACKAGE:
            if (has_role or name == "setup.py") and not _speaks_of_a_package(folder, name):
                continue
            return True
        if not has_role or name == "Pipfile":
            return True
    return False


def _speaks_of_a_package(folder: str, name: str) -> bool:
    try:
        return _OF_A_PACKAGE[name].search(Path(folder, name).read_bytes()) is not None
    except OSError:
        return False
