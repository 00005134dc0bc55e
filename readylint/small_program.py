"""Small programs of a pack's documentation, given as path -> text, written to a temporary folder to be read."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from readylint import settings as user_settings
from readylint.settings import Settings

_MANIFEST = '[project]\nname = "example"\nversion = "0"\n'


@contextmanager
def written(files: dict[str, str]) -> Iterator[tuple[Path, Settings]]:
    """The folder of the program and the settings in force; raises `ValueError` for a path outside of it."""
    with tempfile.TemporaryDirectory(prefix="readylint-") as place:
        folder = Path(place).resolve() / "example"
        for name, text in {"pyproject.toml": _MANIFEST, **files}.items():
            target = (folder / name).resolve()
            if not target.is_relative_to(folder):
                raise ValueError(f"{name!r} is outside the example")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        own = "tool.readylint" in files.get("pyproject.toml", "")
        yield folder, user_settings.load(folder, folder / "pyproject.toml" if own else None, isolated=not own)
