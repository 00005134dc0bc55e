"""Writes that are repeated together with a call when it is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from readylint.catalogue import SinkRule
from readylint.facts import Effect, Retry, RetryLayer, Span
from readylint.flow import FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.handlers import subtree
from readylint.link.retry_idempotence import Idempotence
from readylint.values import Made, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver
    from readylint.link.write_rules import WriteRules

DEPTH = 3
FUNCTIONS = 30
ANSWER = {"json", "text", "content", "read"}
"""What holds the body of an answer."""
REPEATING = {"decorator", "loop", "router", "caller", "task"}
"""Layers that repeat code of the project, and not only the request."""
Writes = dict[Ref, SinkRule]


class RetryEffects:
    """Reads what stands in the region that a retry repeats."""

    def __init__(self, resolver: Resolver, callees: Callees, entries: Entries, writes: WriteRules) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.entries = entries
        self.writes = writes
        self.idempotence = Idempotence(resolver)
        self.models: set[Ref] = set()
        """All model calls of the program."""
        self._of_functions: dict[tuple[int, int, int], Writes] = {}

    def of(self, call: ModelCall, retry: Retry) -> list[Effect]:
        """The writes in every region that is repeated, in order of place."""
        found: Writes = {}
        layers = [x for x in retry.layers if x.kind in REPEATING and x.fires is not False and x.attempts != 1]
        way = list(self._way(call.ref)) if layers else []
        asking = {(at.module, at.function) for at in way}
        for layer in layers:
            if layer.at is not None:
                for at, loop in self._regions(way, layer, layer.at):
                    found.update(self._repeated(at, loop, asking, again=layer.kind == "task"))
        if any(not rule.closes for rule in found.values()):
            found = {ref: rule for ref, rule in found.items() if not rule.closes}
        effects = [
            Effect(rule.sink, self._idempotent(ref, rule), self.program.callee_span(ref)) for ref, rule in found.items()
        ]
        return sorted(effects, key=lambda e: (e.at is None, e.at, e.kind))

    def _idempotent(self, ref: Ref, rule: SinkRule) -> bool | None:
        """A request whose answer is read may be a query: that cannot be told from outside."""
        known = self.idempotence.of(ref, rule)
        return None if known is False and rule.sink == "http" and self._is_read(ref) else known

    def _is_read(self, ref: Ref) -> bool:
        users = self.program.users(ref.module, ref.function)
        function = self.program.function(ref)
        pending, seen = [ref.node], {ref.node}
        while pending:
            for user in users.get(pending.pop(), ()):
                node = function.nodes[user]
                if node.op == "attr" and node.args[1] in ANSWER:
                    return True
                if node.op in ("await", "union", "enter", "call") and user not in seen and len(seen) < FUNCTIONS:
                    seen.add(user)
                    pending.append(user)
        return False

    def written_in(self, module: int, number: int) -> Writes:
        """The writes of a function, and of those of the project that it calls."""
        return self._of_function(module, number, DEPTH)

    def written_by(self, call: Ref, depth: int = DEPTH) -> Writes:
        """The writes that a call does, itself or in functions of the project."""
        return self._of_call(call, depth)

    # regions ---------------------------------------------------------------------------------------------------

    def _regions(self, way: list[Ref], layer: RetryLayer, at: Span) -> Iterator[tuple[Ref, int]]:
        """What a layer repeats: the place in it that leads to the call, and its loop; 0 for the whole function."""
        for place in way:
            function = self.program.function(place)
            if layer.kind == "task":
                entry = self.entries.of(place.module, function)
                if entry is not None and entry.at is not None and self.program.callee_span(entry.at) == at:
                    yield place, 0
                continue
            for number, around in function.ancestors(function.nodes[place.node].context):
                if around.kind in ("for", "while") and self._stands_at(place, around.start, around.nodes, at):
                    yield place, number
            if self._is_decorated(place, function, at):
                yield place, 0

    def _way(self, ref: Ref) -> Iterator[Ref]:
        """The call, and the places above it from which it is reached."""
        pending, seen = [ref], {(ref.module, ref.function)}
        for at in pending:
            yield at
            function = self.program.function(at)
            if function.number == 0 or self.entries.of(at.module, function) is not None:
                continue
            for site in self.entries.sites(at.module, function)[0]:
                key = (site.ref.module, site.ref.function)
                if key not in seen and len(seen) < FUNCTIONS:
                    seen.add(key)
                    pending.append(site.ref)

    def _stands_at(self, place: Ref, start: int, nodes: tuple[int, ...], at: Span) -> bool:
        """Whether a loop is the one at a place, by its keyword or by what it goes through."""
        here = self.program.modules[place.module].place(start, start)
        if (here.path, here.line, here.column) == (at.path, at.line, at.column):
            return True
        return any(self.program.callee_span(place.sibling(n)) == at for n in nodes) or any(
            isinstance(v, Made) and self.program.callee_span(v.ref) == at
            for n in nodes
            for v in self.resolver.values(place.sibling(n))
        )

    def _is_decorated(self, place: Ref, function: FunctionFlow, at: Span) -> bool:
        for decorator, target in self.program.decorations(place.module, function):
            if at in (self.program.callee_span(decorator), self.program.callee_span(target)):
                return True
            for value in self.resolver.values(decorator):
                if isinstance(value, Made) and self.program.callee_span(value.ref) == at:
                    return True
        return False

    # writes ----------------------------------------------------------------------------------------------------

    def _repeated(self, at: Ref, loop: int, asking: set[tuple[int, int]], again: bool) -> Writes:
        """The writes of a region: those before the call, and those after which something else may still fail.

        `asking` are functions that lead to the call; `again` when all of the region may run twice although nothing
        failed, as a task of a queue.
        """
        function = self.program.function(at)
        contexts = subtree(function, loop) if loop else None
        events: list[tuple[int, bool, Writes]] = []
        turned: set[Ref] = set()
        for number in function.calls:
            node = function.nodes[number]
            if (contexts is None or node.context in contexts) and not self._is_handler(function, number, loop):
                ref = at.sibling(number)
                if number == at.node:
                    events.append((node.end, True, {}))
                else:
                    asks = any((f.module, f.number) in asking for f in self.callees.of(ref).functions)
                    written = self._of_call(ref, DEPTH)
                    events.append((node.end, asks or ref in self.models, written))
                    if written and self._asked_again(function, number, at.node, loop):
                        turned.update(written)
        events.sort(key=lambda e: e[0])
        sent = function.nodes[at.node].end
        found: Writes = {}
        for position, (end, _, writes) in enumerate(events):
            behind = any(
                model or any(not rule.closes for rule in more.values()) for _, model, more in events[position + 1 :]
            )
            if again or end < sent or behind:
                found.update(writes)
            found.update({ref: rule for ref, rule in writes.items() if ref in turned})
        return found

    def _asked_again(self, function: FunctionFlow, write: int, call: int, loop: int) -> bool:
        """A loop inside the region writes and then asks the model for the next one, which may fail."""
        around = {n for n, c in function.ancestors(function.nodes[call].context) if c.kind in ("for", "while")}
        return any(n in around for n, _ in function.ancestors(function.nodes[write].context) if n != loop)

    def _is_handler(self, function: FunctionFlow, number: int, loop: int) -> bool:
        """What is written when an attempt fails is about the failure."""
        for context, around in function.ancestors(function.nodes[number].context):
            if loop and context == loop:
                return False
            if around.kind == "handler":
                return True
        return False

    def _of_call(self, ref: Ref, depth: int) -> Writes:
        """The writes that a call does, itself or in functions of the project."""
        if ref in self.models:
            return {}
        rule = self.writes.of(ref)
        if rule is not None:
            return {ref: rule}
        found: Writes = {}
        for target in self.callees.of(ref).functions[:3] if depth > 0 else ():
            found.update(self._of_function(target.module, target.number, depth - 1))
        return found

    def _of_function(self, module: int, number: int, depth: int) -> Writes:
        key = (module, number, depth)
        known = self._of_functions.get(key)
        if known is None:
            known = {}
            flow = self.program.modules[module].functions[number]
            for call in flow.calls:
                if not self._is_handler(flow, call, 0):
                    known.update(self._of_call(Ref(module, number, call), depth))
            self._of_functions[key] = known
        return known
