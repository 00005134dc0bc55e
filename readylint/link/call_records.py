"""What is kept of a model call: by log lines, spans and rows beside it, and by tracers."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING

from readylint.catalogue import RecordRule
from readylint.facts import LlmCall, Record
from readylint.flow import FunctionFlow
from readylint.link.calls import ModelCall
from readylint.values import Answer, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver
    from readylint.link.tracers import Tracers

LEVELS = 3
"""Callers of callers in which what becomes of the answer is looked at."""
FUNCTIONS = 12
PARTS = 60
STORES = {"database", "file"}
_LABEL = re.compile(r"([A-Za-z_][\w.]*)\s*[=:]\s*$")
_LABELLED = re.compile(r"([A-Za-z_][\w.]*)\s*[=:]\s*(?:%[sdfr.\d]|\{)")
_CLOCKS = {"time", "perf_counter", "monotonic", "now", "utcnow", "time_ns", "perf_counter_ns", "process_time"}
_NUMBERS = {"len", "type", "bool", "isinstance", "hash", "sha256", "md5", "count", "count_tokens"}
_OF_ANSWER = re.compile(r"(usage|tokens?|finish_reason|stop_reason|created|cost|role)$")
"""Parts of an answer that hold nothing of its text."""
_WHOLE = {"model_dump", "model_dump_json", "to_dict", "to_json", "dict", "json"}


class CallRecords:
    """Looks at what is kept."""

    def __init__(self, resolver: Resolver, callees: Callees, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.entries = entries
        knowledge = resolver.knowledge
        names: list[RecordRule] = knowledge.first_evidence("records")
        self._names = [(rule.what, re.compile(rule.names)) for rule in names]
        self._rules = [
            *(r for r in knowledge.first_evidence("logs") if r.level != "printed"),
            *(r for r in knowledge.first_evidence("writes") if r.sink in STORES),
            *knowledge.first_evidence("keeps"),
        ]
        self._tails = {n.rsplit(".", 1)[-1] for r in self._rules for n in (*r.function, *r.method)}
        self._recorders = {lib: what for e in knowledge.evidence for lib, what in e.recorders.items()}
        self._correlates = {n for e in knowledge.evidence for n in e.correlates}
        self._by_itself: bool | None = None
        self._of_function: dict[tuple[int, int], list[Ref]] = {}
        self._of_word: dict[str, str | None] = {}

    def of(self, call: ModelCall, fact: LlmCall, tracers: Tracers) -> Record:
        """The record fact of a call: true where something keeps it, false where all that is near was read and does
        not, null where that cannot be told."""
        kept: set[str] = set()
        sites = 0
        for function, own in self._near(call):
            for site in self._sites(function):
                if site == call.ref:
                    continue
                found, of_call = self._kept(site, call)
                if own or of_call:
                    kept |= found
                    sites += 1
        if sites and self._correlated():
            kept.add("correlation")
        if fact.usage.status == "traced":
            recorder = tracers.of(call)
            kept |= {"model", "latency", "correlation", *self._recorders.get(recorder.name if recorder else "", ())}
        ways = self.entries.ways(call.ref.module, call.ref.function)
        open_end = not ways.complete or fact.usage.status == "traced" or call.declared is not None
        other = None if open_end else False
        record = Record(**{what: True if what in kept else other for what in Record.__slots__})
        if not record.retrieved and not any(i.from_ == "retrieval" for i in fact.inputs):
            record.retrieved = None
        return record

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
                if self.program.tail(key[0], function, node.args[0]) not in self._tails:
                    continue
                ref = Ref(key[0], key[1], number)
                if any(c.kind == "handler" for _, c in function.ancestors(node.context)):
                    continue
                if any(self.callees.matches(ref, rule) for rule in self._rules):
                    known.append(ref)
        return known

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

    # what a site keeps -----------------------------------------------------------------------------------------

    def _kept(self, site: Ref, call: ModelCall) -> tuple[set[str], bool]:
        """What a call keeps, and whether something of the answer of the model call is among it."""
        kept: set[str] = set()
        of_call = False
        function = self.program.function(site)
        arguments = self.program.node(site).args[1]
        pending = [(n, str(k) if k not in (None, "*", "**") else None) for k, n in arguments]
        words = [function.nodes[n] for k, n in arguments if k is None]
        if len(words) == 2 and words[0].op == "const":  # set_attribute("model", model)
            kept |= self._named(str(words[0].args[0]))
        seen: set[int] = set()
        while pending and len(seen) < PARTS:
            number, label = pending.pop()
            if number in seen:
                continue
            seen.add(number)
            ref = site.sibling(number)
            if label is not None and not self._is_number(ref):
                kept |= self._named(label)
            leaf = self._leaf(ref, call, kept)
            if leaf is not None:
                of_call = of_call or leaf
                continue
            pending += self._inside(function, number)
        return kept, of_call

    def _named(self, word: str) -> set[str]:
        if word not in self._of_word:
            self._of_word[word] = next((what for what, pattern in self._names if pattern.search(word)), None)
        what = self._of_word[word]
        return {what} if what is not None else set()

    def _is_number(self, ref: Ref) -> bool:
        node = self.program.node(ref)
        if node.op != "call":
            return False
        return self.program.tail(ref.module, self.program.function(ref), node.args[0]) in _NUMBERS

    def _leaf(self, ref: Ref, call: ModelCall, kept: set[str]) -> bool | None:
        """A variable, an attribute or a method call: what it keeps, and whether it is of the answer; None for what is
        put together."""
        node = self.program.node(ref)
        function = self.program.function(ref)
        if node.op == "call":
            target = function.nodes[node.args[0]]
            if self._is_number(ref):
                return False
            if target.op == "attr" and target.args[1] in _WHOLE and self._is_answer(ref.sibling(target.args[0]), call):
                kept.update(("model", "response_id", "content"))
                return True
            return None
        if node.op == "binop" and node.args[0] == "Subtract":
            if any(self._is_clock(ref.sibling(n)) for n in node.args[1:]):
                kept.add("latency")
            return False
        if node.op not in ("name", "param", "attr", "import"):
            return None
        return self._read(ref, function, call, kept)

    def _read(self, ref: Ref, function: FunctionFlow, call: ModelCall, kept: set[str]) -> bool:
        node = function.nodes[ref.node]
        tail = str(node.args[-1])
        of_call = self._is_answer(ref, call)
        if of_call and node.op == "attr":
            base = ref.sibling(node.args[0])
            if tail == "id" and not self._is_part(base):
                kept.add("response_id")
            elif tail == "model":
                kept.add("model")
            elif not _OF_ANSWER.search(self.program.written(ref)):
                kept.add("content")
            return True
        if of_call:
            kept.add("content")
            return True
        kept |= self._named(tail)
        return False

    def _is_part(self, ref: Ref) -> bool:
        """A choice, message or tool call has an id of its own."""
        return self.program.node(ref).op in ("item", "iter")

    def _is_answer(self, ref: Ref, call: ModelCall) -> bool:
        return any(isinstance(v, Answer) and v.call == call.ref for v in self.resolver.values(ref))

    def _is_clock(self, ref: Ref) -> bool:
        node = self.program.node(ref)
        if node.op == "union":
            return any(self._is_clock(ref.sibling(n)) for n in node.args if n < ref.node)
        if node.op != "call":
            return False
        return self.program.tail(ref.module, self.program.function(ref), node.args[0]) in _CLOCKS

    def _inside(self, function: FunctionFlow, number: int) -> list[tuple[int, str | None]]:
        """The parts of what is put together, each with the word that stands before it."""
        node = function.nodes[number]
        if node.op == "dict":
            found: list[tuple[int, str | None]] = []
            for key, value in node.args:
                word = function.nodes[key] if key >= 0 else None
                found.append((value, str(word.args[0]) if word is not None and word.op == "const" else None))
            return found
        if node.op == "call":
            return [(n, str(k) if k not in (None, "*", "**") else None) for k, n in node.args[1]]
        if node.op == "join":
            labelled: list[tuple[int, str | None]] = []
            label: str | None = None
            for part in node.args:
                inner = function.nodes[part]
                if inner.op == "const":
                    match = _LABEL.search(str(inner.args[0]))
                    label = match.group(1) if match is not None else None
                else:
                    labelled.append((part, label))
                    label = None
            return labelled
        if node.op == "union" and node.args:
            return [(n, None) for n in node.args if n < number]
        return [(n, None) for n in function.children(number)]
