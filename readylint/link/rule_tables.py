"""Rules of the catalogue by the last name of what they speak of: most calls are none of theirs, and that is quick."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.values import Ref

Rule = TypeVar("Rule", bound=Any)


class RuleTable(Generic[Rule]):
    """Rules with `function`, `method` and `receiver`."""

    def __init__(self, callees: Callees, rules: Iterable[Rule]) -> None:
        self.callees = callees
        self.program = callees.program
        self._by_tail: dict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            for tail in dict.fromkeys(name.rsplit(".", 1)[-1] for name in (*rule.function, *rule.method)):
                self._by_tail[tail].append(rule)

    @property
    def tails(self) -> list[str]:
        """The last names of everything that the rules speak of."""
        return sorted(self._by_tail)

    def of(self, call: Ref) -> Iterator[Rule]:
        """The rules that speak of a call, in their order."""
        for tail in sorted(self.callees.written_tails(call)):
            for rule in self._by_tail.get(tail, ()):
                if self.callees.matches(call, rule):
                    yield rule

    def first(self, call: Ref) -> Rule | None:
        """The first of them."""
        return next(self.of(call), None)
