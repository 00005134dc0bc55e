"""How far the linker may look beyond the files that matter.

A file that matters imports others for a constant, a decorator or a checking function, and they import further ones.
In a large code base these are nearly all files, so there is an end: the nearest files first, small ones before large
ones, until they are together twice as large as the files that matter. What lies beyond is unknown, never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

TIMES = 2
LEAST_BYTES = 200_000
"""Up to this much source is looked at beside the files that matter, however small those are."""


class Reach:
    """The files beside those that matter which may be parsed, by their distance in imports."""

    def __init__(self, matter: Iterable[str], imports: Callable[[str], set[str]], size: Callable[[str], int]) -> None:
        """`imports` gives the files that a file imports, `size` the bytes of one."""
        self._imports = imports
        self._size = size
        self._within = set(matter)
        self._edge = sorted(self._within)
        self._left = max(LEAST_BYTES, TIMES * sum(size(path) for path in self._within))

    def holds(self, path: str) -> bool:
        """Whether a file may be parsed."""
        while path not in self._within and self._edge:
            self._edge = self._further()
        return path in self._within

    def _further(self) -> list[str]:
        """The next files that are imported, as far as they are small enough together."""
        found = {other for path in self._edge for other in self._imports(path)} - self._within
        taken: list[str] = []
        for size, path in sorted((self._size(path), path) for path in found):
            self._left -= size
            if self._left < 0:
                return []
            taken.append(path)
            self._within.add(path)
        return taken
