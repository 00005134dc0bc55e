"""Queues that run a task again when it fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.catalogue import Argument
from readylint.facts import RetryLayer
from readylint.flow import FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.handlers import subtree
from readylint.link.retry_decorators import SWALLOWED
from readylint.link.retry_failures import Failure, Failures, tell_layer
from readylint.values import Const, Ref

if TYPE_CHECKING:
    from readylint.link.arguments import ArgumentReader
    from readylint.link.entries import Entry
    from readylint.link.resolver import Resolver


class TaskRetries:
    """Reads what the decorator or registration of a task says."""

    def __init__(self, resolver: Resolver, reader: ArgumentReader, failures: Failures) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.reader = reader
        self.failures = failures

    def layers(
        self, entry: Entry, task: tuple[int, FunctionFlow], failure: Failure, handlers: list[int], call: ModelCall
    ) -> list[RetryLayer]:
        """The layer of the queue, when it runs the task again for errors; `handlers` deal with those of the call."""
        rule, at = entry.rule, entry.at
        if entry.kind != "task" or at is None:
            return []
        asked = self._asked_for(*task, rule.retried_by, handlers)
        if asked is not None:
            count = self._count(asked, Argument(at=["max_retries"]), None) or self._task_count(entry, at)
            return [RetryLayer("task", count, True, None, None, self.program.callee_span(asked))]
        errors = rule.retries.get("errors")
        if errors is None:
            return self._always(entry, at, failure)
        given = self.reader.find(at, errors) if self.program.node(at).op == "call" else None
        if given is None or not given.refs:
            return []
        layer = RetryLayer("task", self._task_count(entry, at), True, None, None, self.program.callee_span(at))
        held = [self.failures.held(ref, failure, call, {}) for ref in given.refs]
        tell_layer(layer, [*held], self.failures.exceptions.names_all(call))
        layer.backoff = self._grows(rule.retries.get("backoff"), at)
        if not failure.is_error:
            layer.fires, layer.why_not = False, SWALLOWED
        elif not any(h.part.errors or h.part.raised for h in held):
            unknown = any(h.unknown or h.part.vague for h in held) or call.is_http
            layer.fires = None if unknown else False
            layer.transient = None
            layer.misses = []
            layer.why_not = None if unknown else f"the SDK never raises {', '.join(layer.errors)}"
        return [layer]

    def _grows(self, backoff: Argument | None, at: Ref) -> bool | None:
        """Whether the queue is told to wait longer each time; its own wait is a long one, so nothing else is said."""
        given = self.reader.find(at, backoff) if backoff is not None else None
        values = [v for ref in given.refs for v in self.resolver.values(ref)] if given is not None else []
        return True if values and all(isinstance(v, Const) and v.value for v in values) else None

    def _always(self, entry: Entry, at: Ref, failure: Failure) -> list[RetryLayer]:
        """A queue that runs every failed task again, unless it is told otherwise."""
        if entry.rule.default_retries is None:
            return []
        count = self._task_count(entry, at)
        if count == 1:
            return []
        layer = RetryLayer("task", count, True, True, None, self.program.callee_span(at))
        if not failure.is_error:
            layer.fires, layer.why_not = False, SWALLOWED
        return [layer]

    def _task_count(self, entry: Entry, at: Ref) -> int | None:
        default = entry.rule.default_retries
        count = default + 1 if default is not None else None
        attempts = entry.rule.retries.get("attempts")
        found = self._count(at, attempts, None) if attempts is not None else None
        return found if found is not None else count

    def _count(self, at: Ref, attempts: Argument, count: int | None) -> int | None:
        """The attempts that a call asks for, the first one counted."""
        if self.program.node(at).op != "call":
            return count
        for ref in self.reader.find(at, attempts).refs:
            for value in self.resolver.values(ref):
                if isinstance(value, Const) and isinstance(value.value, int):
                    return value.value + (0 if attempts.counts == "attempts" else 1)
        return count

    def _asked_for(self, module: int, function: FunctionFlow, methods: list[str], handlers: list[int]) -> Ref | None:
        """`self.retry(...)` in a handler of the task."""
        if not methods or not handlers:
            return None
        inside = {m for n in handlers for m in subtree(function, n)}
        receivers = {function.params[0].name if function.params else "", function.name}
        for number in function.calls:
            node = function.nodes[number]
            target = function.nodes[node.args[0]]
            if node.context not in inside or target.op != "attr" or target.args[1] not in methods:
                continue
            base = function.nodes[target.args[0]]
            if base.op in ("param", "name") and base.args[0] in receivers:
                return Ref(module, function.number, number)
        return None
