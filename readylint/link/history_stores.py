"""Conversations that are kept outside the process: rows of a database, lists of a cache, files, channels."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readylint.link.history_cuts import Cuts, parts
from readylint.link.history_sizes import UNKNOWN, Size
from readylint.values import Const, Ref

if TYPE_CHECKING:
    from readylint.catalogue import ReadRule
    from readylint.link.arguments import ArgumentReader
    from readylint.link.callee import Callee, Callees
    from readylint.link.history_changes import Changes
    from readylint.link.resolver import Resolver


class Stores:
    """Recognises what reads a store, and how much of it."""

    def __init__(self, resolver: Resolver, callees: Callees, reader: ArgumentReader, cuts: Cuts) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.reader = reader
        self.cuts = cuts
        self.rules: list[ReadRule] = resolver.knowledge.first_evidence("reads")
        self._patterns = {r.receiver: re.compile(r.receiver) for r in self.rules if r.receiver}

    def rule(self, call: Ref) -> ReadRule | None:
        """The catalogue rule by which a call reads a store."""
        callee = self.callees.of(call)
        for rule in self.rules:
            if callee.names & set(rule.function) or self._is_method(callee, rule):
                return rule
        return None

    def of(self, call: Ref, rule: ReadRule, changes: Changes) -> Size:
        """How much a call reads of a store; `changes` are what is done to what it gives."""
        if rule.written_by and not self._written(rule, changes):
            return UNKNOWN
        return self._size(call, rule, self.callees.of(call))

    def _written(self, rule: ReadRule, changes: Changes) -> bool:
        """What is read grows, and is written back."""
        written = any(self.callees.of(c.ref).names & set(rule.written_by) for c in changes.of_kind("handed"))
        return written and bool(changes.of_kind("grown"))

    def _is_method(self, callee: Callee, rule: ReadRule) -> bool:
        if callee.tail not in rule.method or not callee.receiver or callee.functions:
            return False
        return rule.receiver is None or self._patterns[rule.receiver].search(callee.receiver) is not None

    def _size(self, call: Ref, rule: ReadRule, callee: Callee) -> Size:
        at = self.program.callee_span(call)
        whole = Size("unbounded", "store", at, rows=True)
        limited = Size("bounded", "store", at, rows=True)
        if rule.limit is not None:
            given = self.reader.find(call, rule.limit)
            if given.refs:
                values = [v for r in given.refs for v in self.resolver.values(r)]
                return whole if any(isinstance(v, Const) and v.value in (None, 0) for v in values) else limited
            if given.unknown:
                return UNKNOWN
        if rule.limited:
            return limited
        if rule.span is not None:
            return self._between(call, rule.span, whole, limited)
        if rule.limits or rule.text:
            return self._query(call, rule, callee, whole, limited)
        return whole

    def _between(self, call: Ref, position: int, whole: Size, limited: Size) -> Size:
        first = self.resolver.argument(call, "start", position)
        last = self.resolver.argument(call, "end", position + 1)
        if first is None or last is None:
            return UNKNOWN
        if self.program.node(first).op == "unary":
            return limited
        starts, ends = self.resolver.constants(first), self.resolver.constants(last)
        if len(starts) == 1 and isinstance(starts[0], int) and starts[0] < 0:
            return limited
        if len(ends) == 1 and isinstance(ends[0], int):
            return whole if ends[0] == -1 and starts in ([0], [1]) else limited if ends[0] >= 0 else UNKNOWN
        return limited

    def _query(self, call: Ref, rule: ReadRule, callee: Callee, whole: Size, limited: Size) -> Size:
        """A query is put together of methods and text; one of them may set a limit."""
        function = self.program.function(call)
        texts: list[str] = []
        for number in [n for start in (call.node, *self._sent_before(call, callee)) for n in parts(function, start)]:
            node = function.nodes[number]
            if node.op == "attr" and node.args[1] in rule.limits:
                return limited
            if node.op == "item" and function.nodes[node.args[1]].op == "slice":
                if self.cuts.slice(call.sibling(node.args[1])) == "window":
                    return limited
            if node.op in ("const", "name", "join", "attr", "binop"):
                words = self.resolver.constants(call.sibling(number))
                texts += [str(w) for w in words if isinstance(w, str)]
        if rule.text and any(re.search(rule.text, t) for t in texts):
            return limited
        return whole

    def _sent_before(self, call: Ref, callee: Callee) -> list[int]:
        """The statement whose rows are fetched: `cursor.execute("SELECT ...")`, then `cursor.fetchall()`."""
        function = self.program.function(call)
        before: list[int] = []
        for number in function.calls:
            node = function.nodes[number]
            target = function.nodes[node.args[0]]
            if (
                number != call.node
                and target.op == "attr"
                and target.args[1] == "execute"
                and node.start < function.nodes[call.node].start
            ):
                other = self.callees.of(call.sibling(number))
                if other.receiver == callee.receiver:
                    before = [number]
        return before
