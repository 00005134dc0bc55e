"""What happens in one turn of a conversation: the functions that run around a call of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readylint.link.entries import Entries
    from readylint.link.history_changes import Change
    from readylint.values import Ref

DEPTH = 8
MOST = 200
Functions = frozenset[tuple[int, int]]


class Turns:
    """Tells whether a list grows where the model is called."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self.program = entries.program
        self._above: dict[tuple[int, int], Functions | None] = {}

    def any_in(self, changes: Iterable[Change], sent: Ref) -> bool:
        """Whether one of the changes happens in a turn: some function runs it and the call."""
        call = self._running(sent.module, sent.function)
        if call is None:
            return True
        for change in changes:
            around = self._running(change.ref.module, change.ref.function)
            if around is None or around & call:
                return True
        return False

    def _running(self, module: int, function: int) -> Functions | None:
        """A function and those that call it, however far up; None for too many to tell."""
        key = (module, function)
        if key not in self._above:
            self._above[key] = self._walk(key)
        return self._above[key]

    def _walk(self, start: tuple[int, int]) -> Functions | None:
        found, pending = {start}, [(start, 0)]
        while pending:
            (module, number), depth = pending.pop()
            function = self.program.modules[module].functions[number]
            if number == 0 or self.entries.of(module, function) is not None:
                continue
            if depth >= DEPTH or len(found) > MOST:
                return None
            for site in self.entries.sites(module, function)[0]:
                above = (site.ref.module, site.ref.function)
                if above not in found:
                    found.add(above)
                    pending.append((above, depth + 1))
        return frozenset(found)
