"""Caches of answers as facts: what their keys are made of, and whether entries end."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from readylint.catalogue import WorkRule
from readylint.catalogue.store import AnswerCacheRule
from readylint.facts import AnswerCache, AnyFact, LlmCall
from readylint.link.calls import ModelCall
from readylint.link.history_cuts import parts
from readylint.link.rule_tables import RuleTable
from readylint.values import External, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.effective import Effective
    from readylint.link.entries import Entries
    from readylint.link.fact_places import FactPlaces
    from readylint.link.resolver import Resolver

DEPTH = 4
_MODEL = re.compile(r"model|engine|deployment|llm_?name|provider", re.IGNORECASE)
_PROMPT = re.compile(
    r"prompt|template|version|system|messages|instruction|payload|request_body|kwargs|params", re.IGNORECASE
)
_TEXT = re.compile(
    r"question|query|text|input|message|^q$|topic|content|url|lang|user|name|(^|_)id$|word|sentence|document",
    re.IGNORECASE,
)
"""Names of parameters that hold what somebody asks, and nothing about how it is answered."""
ANSWERS = {"chat", "responses", "completion", "agent", "embedding"}


class AnswerCaches:
    """Looks for them in the functions around model calls."""

    def __init__(
        self, resolver: Resolver, effective: Effective, callees: Callees, entries: Entries, places: FactPlaces
    ) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.reader = effective.reader
        self.callees = callees
        self.entries = entries
        self.places = places
        rules: list[AnswerCacheRule] = resolver.knowledge.first_evidence("answer_caches")
        self._decorators = {name: rule for rule in rules for name in rule.decorator}
        self._of: dict[int, AnswerCacheRule] = {}
        self._reads = RuleTable(callees, [self._as_work(r, r.read, r.read_methods) for r in rules])
        self._writes = RuleTable(callees, [self._as_work(r, r.write, r.write_methods) for r in rules])
        self._later = {m for r in rules for m in r.later}

    def _as_work(self, rule: AnswerCacheRule, names: list[str], methods: list[str]) -> WorkRule:
        work = WorkRule(names, methods, rule.receiver)
        self._of[id(work)] = rule
        return work

    def find(self, reached: Iterable[tuple[ModelCall, LlmCall]]) -> list[AnyFact]:
        """A fact for each cache, with the calls whose answers it keeps."""
        found: dict[Ref, AnswerCache] = {}
        with self.resolver.mode(loading=False):
            for call, fact in reached:
                if fact.operation not in ANSWERS:
                    continue
                for at, rule, read in self._around(call):
                    known = found.get(at)
                    if known is None:
                        known = found[at] = self._fact(at, rule, read, fact)
                    known.calls.append(fact.id)
        return list(found.values())

    def _around(self, call: ModelCall) -> Iterator[tuple[Ref, AnswerCacheRule, Ref | None]]:
        """The caches in the function of a call and in those above it: where they are filled and read."""
        for module, number in self.entries.ways(call.ref.module, call.ref.function).functions:
            function = self.program.modules[module].functions[number]
            for at, target in self.program.decorations(module, function):
                for value in self.resolver.values(target):
                    name = value.name.replace("()", "") if isinstance(value, External) else ""
                    if name in self._decorators:
                        yield at, self._decorators[name], None
            calls = [Ref(module, number, n) for n in function.calls]
            reads = [(c, self._of[id(r)]) for c in calls if (r := self._reads.first(c)) is not None]
            for write in calls if reads else ():
                work = self._writes.first(write)
                rule = self._of[id(work)] if work is not None else None
                for read, other in reads:
                    if rule is other and rule is not None and self._same_key(read, write, rule):
                        yield write, rule, read

    def _same_key(self, read: Ref, write: Ref, rule: AnswerCacheRule) -> bool:
        one, other = (self.reader.find(c, rule.key).refs for c in (read, write))
        return bool(one and other) and self.program.written(one[0]) == self.program.written(other[0])

    # what holds for one ----------------------------------------------------------------------------------------

    def _fact(self, at: Ref, rule: AnswerCacheRule, read: Ref | None, call: LlmCall) -> AnswerCache:
        span = self.program.callee_span(at)
        fact = AnswerCache(
            id=self.places.identity("cache", at, rule.library),
            span=span,
            role=self.places.role_of(span.path),
            project=self.places.project,
            inside=self.places.inside(at),
            library=rule.library,
            expires=self._expires(at, rule),
        )
        if read is None:
            fact.key, fact.complete = ["input"], True  # a new release is a new process, or other code in the key
            return fact
        fact.key = ["input"]
        self._read_key(fact, at, rule)
        return fact

    def _expires(self, at: Ref, rule: AnswerCacheRule) -> bool | None:
        if self.program.node(at).op != "call":
            return rule.default_expires
        tail = self.callees.of(at).tail
        if tail in rule.expiring:
            return True
        given = [self.reader.path(at, k, rule.expires_position if n == 0 else None) for n, k in enumerate(rule.expires)]
        refs = [ref for g in given for ref in g.refs]
        if refs:
            constants = [c for ref in refs for c in self.resolver.constants(ref)]
            return constants != [None]
        if any(g.unknown for g in given):
            return None
        function = self.program.function(at)
        later = {self.callees.of(at.sibling(n)).tail for n in function.calls} & set(rule.later)
        return bool(later) or rule.default_expires

    def _read_key(self, fact: AnswerCache, at: Ref, rule: AnswerCacheRule) -> None:
        given = self.reader.find(at, rule.key).refs
        words: set[str] = set()
        closed = bool(given) and False not in [self._words(ref, words, DEPTH) for ref in given]
        has_model = any(_MODEL.search(w) for w in words)
        has_prompt = any(_PROMPT.search(w) for w in words)
        if has_model:
            fact.key.append("model")
        if has_prompt:
            fact.key.append("prompt")
        fact.complete = True if has_model and has_prompt else False if closed else None
        if fact.complete is False and not has_model:
            fact.lacks.append("model")
        if fact.complete is False and not has_prompt:
            fact.lacks.append("prompt")

    def _words(self, ref: Ref, words: set[str], depth: int) -> bool:
        """Collects the names in a key; false where it is not seen what is in it."""
        function = self.program.function(ref)
        closed = True
        for number in [ref.node, *parts(function, ref.node)]:
            node = function.nodes[number]
            if node.op in ("name", "param"):
                words.add(str(node.args[0]))
                # What a parameter holds that is no plain text, a whole request say, is not seen here.
                closed = closed and (node.op == "name" or _TEXT.search(str(node.args[0])) is not None)
            elif node.op == "attr":
                words.add(str(node.args[1]))
            elif node.op == "const" and isinstance(node.args[0], str):
                words.add(node.args[0])
            elif node.op == "call":
                closed = self._in_function(ref.sibling(number), words, depth) and closed
            elif node.op == "unknown":
                closed = False
        return closed

    def _in_function(self, call: Ref, words: set[str], depth: int) -> bool:
        """What a function of the project puts into a key."""
        callee = self.callees.of(call)
        if not callee.functions:
            return True
        if depth <= 0:
            return False
        closed = True
        for target in callee.functions[:2]:
            flow = self.resolver.flow_of(target)
            words.update(p.name for p in flow.params)
            for leave in flow.exits:
                if leave.kind == "return" and leave.node >= 0:
                    closed = self._words(Ref(target.module, target.number, leave.node), words, depth - 1) and closed
        return closed
