"""Memoised answers to questions that may depend on themselves.

A question that is asked again while it is being answered gets what is known so far. When the outermost question of
such a cycle has its answer and the answer has grown, the cycle is gone through again; then all its answers are final.
Answers inside an unfinished cycle are kept for that round only, so each is worked out once a round.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Answer = TypeVar("Answer")
ROUNDS = 5
FREE = 1 << 30


class Fixpoint:
    """One table of answers."""

    def __init__(self) -> None:
        self.final: dict[Hashable, Any] = {}
        self._active: dict[Hashable, int] = {}
        self._round: dict[Hashable, tuple[Any, int]] = {}
        self._order: list[Hashable] = []
        self._partial: dict[Hashable, Any] = {}
        self._lowest = FREE

    def ask(self, key: Hashable, work: Callable[[], Answer], bottom: Answer) -> Answer:
        """The answer of `work` for the key; `bottom` stands for it until something is known."""
        if key in self.final:
            known: Answer = self.final[key]
            return known
        kept = self._round.get(key)
        if kept is not None:
            self._lowest = min(self._lowest, kept[1])
            found: Answer = kept[0]
            return found
        if key in self._active:
            self._lowest = min(self._lowest, self._active[key])
            so_far: Answer = self._partial.get(key, bottom)
            return so_far
        return self._work(key, work, bottom)

    def _work(self, key: Hashable, work: Callable[[], Answer], bottom: Answer) -> Answer:
        depth = len(self._active)
        self._active[key] = depth
        mark = len(self._order)
        outer = self._lowest
        try:
            for _ in range(ROUNDS):
                self._lowest = FREE
                result = work()
                if self._lowest != depth or result == self._partial.get(key, bottom):
                    break
                self._partial[key] = result
                self._forget(mark)
        finally:
            del self._active[key]
        lowest = self._lowest
        if lowest >= depth:
            self.final[key] = result
            for other in self._order[mark:]:
                self.final[other] = self._round.pop(other)[0]
            del self._order[mark:]
            self._lowest = outer
        else:
            self._round[key] = (result, lowest)
            self._order.append(key)
            self._partial[key] = result
            self._lowest = min(outer, lowest)
        return result

    def _forget(self, mark: int) -> None:
        """Start another round: what was found in this one is where the next begins."""
        for other in self._order[mark:]:
            self._partial[other] = self._round.pop(other)[0]
        del self._order[mark:]
