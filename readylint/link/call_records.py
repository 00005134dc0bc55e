"""What is kept of a model call: by log lines, spans and rows beside it, and by tracers."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from readylint.facts import LlmCall, Record
from readylint.link.calls import ModelCall
from readylint.link.record_parts import RecordParts
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver
    from readylint.link.tracers import Tracers
    from readylint.link.write_rules import WriteRules

LEVELS = 3
"""Callers of callers in which what becomes of the answer is looked at."""
FUNCTIONS = 12
STORES = {"database", "file"}
_USAGE = re.compile(r"usage|tokens|cost")
_FAILURES = {"error", "warning", "warn", "exception", "critical", "fatal"}
"""What reports that something went wrong."""


class CallRecords:
    """Looks at what is kept."""

    def __init__(self, resolver: Resolver, callees: Callees, entries: Entries, writes: WriteRules) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.entries = entries
        knowledge = resolver.knowledge
        self._rules = [
            *(r for r in knowledge.first_evidence("logs") if r.level != "printed"),
            *knowledge.first_evidence("keeps"),
        ]
        self.parts = RecordParts(resolver)
        self.writes = writes
        self._tails = writes.tails | {n.rsplit(".", 1)[-1] for r in self._rules for n in (*r.function, *r.method)}
        self._recorders = {lib: what for e in knowledge.evidence for lib, what in e.recorders.items()}
        self._correlates = {n for e in knowledge.evidence for n in e.correlates}
        self._by_itself: bool | None = None
        self._of_function: dict[tuple[int, int], list[Ref]] = {}

    def of(self, call: ModelCall, fact: LlmCall, tracers: Tracers) -> Record:
        """The record fact of a call: true where something keeps it, false where all that is near was read and does
        not, null where that cannot be told."""
        kept: set[str] = set()
        sites = 0
        for function, own in self._near(call):
            for site in self._sites(function):
                if site == call.ref:
                    continue
                found, of_call = self.parts.kept(site, call)
                if own or of_call:
                    kept |= found
                    sites += 1
        if sites and self._correlated():
            kept.add("correlation")
        if fact.usage.status == "traced":
            recorder = tracers.of(call)
            kept |= {"model", "latency", "correlation", *self._recorders.get(recorder.name if recorder else "", ())}
        ways = self.entries.ways(call.ref.module, call.ref.function)
        fact.usage.per_user = self._per_user(call, fact, "user" in kept, ways.complete)
        open_end = not ways.complete or fact.usage.status == "traced" or call.declared is not None
        other = None if open_end else False
        record = Record(**{what: True if what in kept else other for what in Record.__slots__})
        if not record.retrieved and not any(i.from_ == "retrieval" for i in fact.inputs):
            record.retrieved = None
        return record

    def _per_user(self, call: ModelCall, fact: LlmCall, named: bool, complete: bool) -> bool | None:
        """Whether the usage is kept together with whose it was. A tracer may be told elsewhere."""
        if fact.usage.status == "none":
            return False
        if fact.usage.status != "read":
            return None
        if named:
            return True
        return False if complete and not self._handed_on(call) else None

    def _handed_on(self, call: ModelCall) -> bool:
        """The answer or its usage goes to a function of the project: what that keeps was not read."""
        for (module, number), _ in self._near(call):
            function = self.program.modules[module].functions[number]
            for site in function.calls:
                for _, given in function.nodes[site].args[1]:
                    at = Ref(module, number, given)
                    of_usage = _USAGE.search(self.program.tail(module, function, given) or "") is not None
                    if of_usage or self.parts.is_answer(at, call):
                        if self.callees.of(at.sibling(site)).functions:
                            return True
        return False

    def _near(self, call: ModelCall) -> Iterator[tuple[tuple[int, int], bool]]:
        """The function of the call, and those that call it."""
        start = (call.ref.module, call.ref.function)
        pending = deque([(start, 0)])
        seen = {start}
        while pending:
            key, level = pending.popleft()
            yield key, level == 0
            function = self.program.modules[key[0]].functions[key[1]]
            if level >= LEVELS or self.entries.of(key[0], function) is not None or function.number == 0:
                continue
            for site in self.entries.sites(key[0], function)[0]:
                above = (site.ref.module, site.ref.function)
                if above not in seen and len(seen) < FUNCTIONS:
                    seen.add(above)
                    pending.append((above, level + 1))

    def _sites(self, key: tuple[int, int]) -> list[Ref]:
        """Calls of a function that keep something; what reports a failure keeps nothing of the answer."""
        known = self._of_function.get(key)
        if known is None:
            known = self._of_function[key] = []
            function = self.program.modules[key[0]].functions[key[1]]
            for number in function.calls:
                node = function.nodes[number]
                tail = self.program.tail(key[0], function, node.args[0])
                if tail not in self._tails or tail in _FAILURES:
                    continue
                ref = Ref(key[0], key[1], number)
                if any(c.kind == "handler" for _, c in function.ancestors(node.context)):
                    continue
                if any(self.callees.matches(ref, rule) for rule in self._rules) or self._is_stored(ref):
                    known.append(ref)
        return known

    def _is_stored(self, ref: Ref) -> bool:
        rule = self.writes.of(ref)
        return rule is not None and rule.sink in STORES

    def _correlated(self) -> bool:
        """Something puts the id of the request on every line."""
        if self._by_itself is None:
            tails = {n.rsplit(".", 1)[-1] for n in self._correlates}
            found = False
            for tail in sorted(tails):
                places = [*self.program.calls_by_tail.get(tail, ()), *self.program.references_by_tail.get(tail, ())]
                for ref in places[:40]:
                    node = self.program.node(ref)
                    at = ref.sibling(node.args[0]) if node.op == "call" else ref
                    names = {getattr(v, "name", "") for v in self.resolver.values(at)}
                    found = found or bool({n.replace("()", "") for n in names if isinstance(n, str)} & self._correlates)
            self._by_itself = found
        return self._by_itself
