"""The answer's way: from a call forward through names, attributes, returns and arguments to what is done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.link.agent_tools import AgentTools
from readylint.link.answer_branches import AnswerBranches
from readylint.link.answer_checks import AnswerChecks
from readylint.link.answer_state import AnswerUse
from readylint.link.answer_walk import AnswerWalk
from readylint.link.answer_ways import AnswerWays
from readylint.link.calls import ModelCall
from readylint.values import FunctionValue, Ref

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
        self.tools = AgentTools(resolver, self.checks.shapes)
        self._sunk_by: dict[FunctionValue, dict[str, Ref]] = {}
        self._prompts: set[Ref] = {c.argument_call for c in calls if c.argument_call is not None}

    def follow(self, call: ModelCall) -> AnswerUse:
        """What becomes of the answer of a call."""
        walk = AnswerWalk(call, self.ways, self.checks, self.branches, self._prompts)
        walk.run()
        self._run_tools(call, walk.use)
        return walk.use

    def _run_tools(self, call: ModelCall, use: AnswerUse) -> None:
        """What the tools of an agent do with the arguments that the model writes."""
        functions, performed = self.tools.of(call)
        for value in functions:
            if value not in self._sunk_by:
                walk = AnswerWalk(call, self.ways, self.checks, self.branches, self._prompts)
                walk.run_tool(value, [p.name for p in self.tools.written(value)])
                self._sunk_by[value] = walk.use.sinks
            performed |= {s: at for s, at in self._sunk_by[value].items() if s not in performed}
        for sink, at in performed.items():
            use.sinks.setdefault(sink, at)
