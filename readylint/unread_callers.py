"""Callers in files that are not parsed: those that call a method by its name on some object."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import cached_property

from readylint.index import Index

SEARCHED_BYTES = 8_000_000
"""Up to this much source is searched for further callers of a method."""


class UnreadCallers:
    """Searches the bytes of the files beside those that matter."""

    def __init__(self, index: Index, paths: Callable[[], Iterable[str]]) -> None:
        """`paths` is asked once, at the first question."""
        self._index = index
        self._paths = paths

    def calling(self, method: str) -> str | None:
        """A file that calls a method of that name on an object; neither on itself nor on a module."""
        call = re.compile(rb"(\w+|[\])])\s*\." + re.escape(method.encode()) + rb"\(")
        for path in self._by_method.get(method.encode(), ()):
            data = self._data[path]
            for found in call.finditer(data):
                owner = found[1]
                module = (
                    re.search(rb"\b(?:import|as)[ \t]+" + re.escape(owner) + rb"\b", data) if owner != b")" else None
                )
                if owner not in (b"self", b"cls") and module is None:
                    return path
        return None

    @cached_property
    def _data(self) -> dict[str, bytes]:
        """The files with their bytes; none where they hold more than can be searched."""
        found = {path: self._index.entries[path].data for path in self._paths()}
        return found if sum(len(data) for data in found.values()) <= SEARCHED_BYTES else {}

    @cached_property
    def _by_method(self) -> dict[bytes, list[str]]:
        """The names of the methods that are called, with the files that do."""
        found: dict[bytes, list[str]] = defaultdict(list)
        for path, data in self._data.items():
            for name in set(re.findall(rb"\.(\w+)\(", data)):
                found[name].append(path)
        return found
