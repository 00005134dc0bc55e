"""The table of models, asked by the ids that code writes."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from readylint.catalogue.model import ModelEntry

_CUTS = 3
"""How often something is cut off an id before it counts as unknown."""


class ModelTable:
    """The rows of `models.yaml`, also under the spellings of gateways and clouds."""

    def __init__(self, models: Mapping[str, ModelEntry], spellings: Mapping[str, Sequence[str]]) -> None:
        """`spellings` has the `prefixes`, and the `suffixes` as regular expressions, that ids may carry."""
        self._models = models
        self._prefixes = [prefix.lower() for prefix in spellings.get("prefixes", ())]
        self._suffixes = [re.compile(suffix) for suffix in spellings.get("suffixes", ())]
        self._rows = {name.lower(): entry for name, entry in models.items()}
        for entry in models.values():
            for snapshot in entry.snapshots:
                self._rows.setdefault(snapshot.lower(), entry)

    @property
    def ids(self) -> list[str]:
        """Every id that has a row."""
        return list(self._models)

    def find(self, written: str) -> ModelEntry | None:
        """The row of a model id, or None. What is found as it stands wins; else prefixes are cut, then suffixes."""
        name = written.strip().lower()
        for _ in range(_CUTS + 1):
            if name in self._rows:
                return self._rows[name]
            name = self._shorter(name)
            if not name:
                return None
        return None

    def sibling(self, entry: ModelEntry) -> ModelEntry | None:
        """The next smaller model of the same vendor and generation, if both have prices; else None."""
        other = self._models.get(entry.sibling) if entry.sibling else None
        if other is None or entry.input is None or entry.output is None or not other.input or not other.output:
            return None
        return other

    def _shorter(self, name: str) -> str:
        for prefix in self._prefixes:
            if name.startswith(prefix):
                return name[len(prefix) :]
        for suffix in self._suffixes:
            cut = suffix.sub("", name)
            if cut != name:
                return cut
        return ""
