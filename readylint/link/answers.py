"""The answer's way: from a call forward through names, attributes, returns and arguments to what is done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.link.answer_branches import AnswerBranches
from readylint.link.answer_checks import AnswerChecks
from readylint.link.answer_state import AnswerUse
from readylint.link.answer_walk import AnswerWalk
from readylint.link.answer_ways import AnswerWays
from readylint.link.calls import ModelCall
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver


class Answers:
    """Follows answers forward."""

    def __init__(self, resolver: Resolver, callees: Callees, entries: Entries, calls: list[ModelCall]) -> None:
        """`calls` are all model calls of the program."""
        self.ways = AnswerWays(resolver, entries)
        self.checks = AnswerChecks(resolver, callees, entries)
        self.branches = AnswerBranches(self.checks)
        self._prompts: set[Ref] = {c.argument_call for c in calls if c.argument_call is not None}

    def follow(self, call: ModelCall) -> AnswerUse:
        """What becomes of the answer of a call."""
        walk = AnswerWalk(call, self.ways, self.checks, self.branches, self._prompts)
        walk.run()
        return walk.use
