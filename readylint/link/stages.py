"""Which stages of an answer stand under one handler: embedding, retrieval, the model, memory, and what is done then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from readylint.facts import Guard, Span
from readylint.flow import NOTHING, FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.handlers import subtree
from readylint.link.rule_tables import RuleTable
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver
    from readylint.link.retry_effects import RetryEffects

Stage = Literal["embedding", "retrieval", "model", "memory", "action"]
ORDER: tuple[Stage, ...] = ("embedding", "retrieval", "model", "memory", "action")
GENERATING = {"chat", "responses", "completion", "agent", "realtime"}
KINDS: dict[str, Stage] = {
    "memory": "memory", "vector": "memory", "database": "action", "http": "action", "queue": "action",
    "message": "action",
}  # fmt: skip
"""The stage that a write of a kind is; files are left out, most of them are logs."""
DEPTH = 3
CALLS_LIMIT = 200


class Stages:
    """Looks into the `try` that catches a call, and into the functions of the project that are called there."""

    def __init__(self, resolver: Resolver, callees: Callees, effects: RetryEffects, calls: Iterable[ModelCall]) -> None:
        self.effects = effects
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.asked: dict[tuple[int, int], dict[int, Stage]] = defaultdict(dict)
        for call in calls:
            stage = self._of_operation(call.endpoint.operation if call.endpoint else call.call.operation)
            if stage is not None:
                self.asked[call.ref.module, call.ref.function][call.ref.node] = stage
        knowledge = resolver.knowledge
        reads = [r for r in knowledge.first_evidence("inputs") if r.from_ == "retrieval"]
        self.retrieval = RuleTable(callees, reads)
        self._memo: dict[tuple[int, int], frozenset[Stage]] = {}
        self._active: set[tuple[int, int]] = set()

    def _of_operation(self, operation: str) -> Stage | None:
        if operation in GENERATING:
            return "model"
        return {"embedding": "embedding", "rerank": "retrieval"}.get(operation)  # type: ignore[return-value]

    def of(self, guard: Guard, call: ModelCall) -> list[Stage]:
        """The stages beside the call, in the order in which they usually come."""
        if guard.status not in ("site", "callers") or guard.at is None:
            return []
        place = self._clauses.get((guard.at.path, guard.at.line, guard.at.column))
        if place is None:
            return []
        ref, number = place
        flow = self.program.function(ref)
        found = self._of_contexts(ref, flow, subtree(flow, number), DEPTH)
        found |= {s for n, s in self.asked[call.ref.module, call.ref.function].items() if n == call.ref.node}
        return [stage for stage in ORDER if stage in found]

    @cached_property
    def _clauses(self) -> dict[tuple[str, int, int], tuple[Ref, int]]:
        """Where the errors of each `except` stand -> its function and its `try`."""
        found: dict[tuple[str, int, int], tuple[Ref, int]] = {}
        for index, flow in self.program.all_functions():
            module = self.program.modules[index]
            for number, context in enumerate(flow.contexts):
                for clause in context.clauses:
                    start = flow.contexts[clause.context].start
                    if clause.types != NOTHING:
                        start = flow.nodes[clause.types].start
                    span: Span = module.place(start, start)
                    found[module.path, span.line, span.column] = (Ref(index, flow.number, 0), number)
        return found

    @cached_property
    def _names(self) -> set[str]:
        return {flow.name for _, flow in self.program.all_functions()} | {
            flow.name for module in self.program.modules for flow in module.classes
        }

    def _of_contexts(self, at: Ref, flow: FunctionFlow, inside: set[int], depth: int) -> set[Stage]:
        asked = self.asked.get((at.module, at.function), {})
        found = {stage for number, stage in asked.items() if flow.nodes[number].context in inside}
        for number in flow.calls[:CALLS_LIMIT]:
            if flow.nodes[number].context in inside and number not in asked:
                found |= self._of_call(at.sibling(number), depth)
        return found

    def _of_call(self, call: Ref, depth: int) -> frozenset[Stage]:
        if self.retrieval.first(call) is not None:
            return frozenset({"retrieval"})
        written = self.effects.written_by(call, 0).values()
        found: frozenset[Stage] = frozenset(KINDS[rule.sink] for rule in written if rule.sink in KINDS)
        if found:
            return found
        # What has the name of no function here calls none.
        own = depth > 0 and not self._names.isdisjoint(self.callees.written_tails(call))
        for target in self.callees.of(call).functions[:2] if own else ():
            found |= self._of_function((target.module, target.number), depth - 1)
        return found

    def _of_function(self, function: tuple[int, int], depth: int) -> frozenset[Stage]:
        known = self._memo.get(function)
        if known is not None:
            return known
        if function in self._active:
            return frozenset()
        self._active.add(function)
        flow = self.program.modules[function[0]].functions[function[1]]
        every = set(range(len(flow.contexts)))
        found = frozenset(self._of_contexts(Ref(*function, 0), flow, every, depth))
        self._active.discard(function)
        if depth == DEPTH - 1:
            self._memo[function] = found
        return found
