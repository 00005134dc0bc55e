"""Questions that lead to other questions, worked out once: a question inside itself adds nothing.

An answer that was cut short because of an open question is no final one: it holds while that question is open, and is
worked out again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from readylint.link.prompt_pieces import NOTHING_SENT, Text

DEPTH = 200
BUDGET = 12000
"""Questions that one question from outside may lead to."""
_NONE = DEPTH
_BEYOND = -1


class Questions:
    """Keeps answers."""

    def __init__(self) -> None:
        self._final: dict[Hashable, Text] = {}
        self._meanwhile: dict[Hashable, tuple[Text, int]] = {}
        """Answer, and the depth of the outermost open question that it was cut short for."""
        self._open: dict[Hashable, int] = {}
        self._entered: set[int] = set()
        """Depths of open questions that were asked again inside themselves."""
        self._lowest = _NONE
        """The outermost open question on which what is being worked out depends."""
        self._left = BUDGET

    def ask(self, key: Hashable, answer: Callable[[], Text], otherwise: Text) -> Text:
        """The answer to a question; `otherwise` where it leads too far."""
        if key in self._final:
            return self._final[key]
        if key in self._meanwhile:
            text, lowest = self._meanwhile[key]
            self._lowest = min(self._lowest, lowest)
            return text
        if key in self._open:
            self._entered.add(self._open[key])
            self._lowest = min(self._lowest, self._open[key])
            return NOTHING_SENT
        depth = len(self._open)
        if not depth:
            self._left = BUDGET
            self._meanwhile.clear()
        if depth >= DEPTH or self._left <= 0:
            self._lowest = _BEYOND
            return otherwise
        return self._work(key, answer, depth)

    def _work(self, key: Hashable, answer: Callable[[], Text], depth: int) -> Text:
        self._left -= 1
        before, self._lowest = self._lowest, _NONE
        self._open[key] = depth
        try:
            found = answer()
        finally:
            del self._open[key]
        lowest, self._lowest = self._lowest, before
        if depth in self._entered:
            self._entered.discard(depth)
            stale = [k for k, (_, low) in self._meanwhile.items() if low >= depth]
            for one in stale:
                del self._meanwhile[one]
        if lowest >= depth:
            self._final[key] = found
        else:
            self._meanwhile[key] = (found, lowest)
            self._lowest = min(before, lowest)
        return found
