"""What holds for a task of a queue: its time limit, its retries, whether it may run twice, and what is kept of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from readylint.catalogue import Argument, QueueRule
from readylint.facts import Task
from readylint.flow import NOTHING, FunctionFlow
from readylint.link.durations import TIMEDELTA, seconds
from readylint.link.queue_settings import QueueSettings
from readylint.link.rule_tables import RuleTable
from readylint.values import Const, Environment, Made, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entry
    from readylint.link.resolver import Resolver
    from readylint.link.retry_effects import RetryEffects

KEPT = {"database", "file", "vector", "memory"}
"""Kinds of writes after which an answer is there again later."""
LENGTH = re.compile(r"(\d+)\s*([smhd]?)$")
LENGTHS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
EMPTY = QueueRule()
UNKNOWN = object()
"""Something is given, and cannot be told."""


class TaskFacts:
    """Fills the fields of tasks."""

    def __init__(self, resolver: Resolver, callees: Callees, effects: RetryEffects) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.effects = effects
        self.queues = {f.framework: f.queue or EMPTY for f in resolver.knowledge.frameworks}
        self.once = RuleTable(callees, resolver.knowledge.first_evidence("once"))
        self.settings = QueueSettings(resolver, callees)

    def fill(self, fact: Task, function: tuple[int, int], entry: Entry) -> None:
        """Everything that is known of one task."""
        queue = self.queues[entry.framework]
        flow = self.program.modules[function[0]].functions[function[1]]
        fact.time_limit = self._time_limit(queue, entry)
        fact.retries = self._retries(queue, entry, function[0], flow)
        fact.may_repeat = self._may_repeat(queue, entry, fact.retries)
        written = self.effects.written_in(*function)
        fact.idempotent = self._idempotent(function, flow, [self.effects.idempotence.of(*w) for w in written.items()])
        fact.result_kept = True if any(r.sink in KEPT for r in written.values()) else self._result(queue, entry, flow)

    # values ----------------------------------------------------------------------------------------------------

    def _literals(self, refs: list[Ref]) -> list[Any]:
        """What stands there; `UNKNOWN` for what cannot be told, and None where it says so."""
        found: list[Any] = []
        for ref in refs:
            for value in self.resolver.values(ref):
                literal = self.resolver.fallback(value) if isinstance(value, Environment) else value
                if isinstance(literal, Const):
                    found.append(literal.value)
                elif isinstance(literal, Made) and literal.name == TIMEDELTA:
                    length = seconds(self.resolver, literal.ref)
                    found.append(UNKNOWN if length is None else length)
                else:
                    found.append(UNKNOWN)
        return found

    def _given(self, entry: Entry, argument: Argument | None) -> list[Any]:
        """What the decorator or registration of the task says."""
        if argument is None or entry.at is None or self.program.node(entry.at).op != "call":
            return []
        given = self.resolver.reader.find(entry.at, argument)
        refs = given.refs or [r for path in argument.at for r in self._in_object(entry.at, path)]
        return self._literals(refs) or ([UNKNOWN] if given.unknown else [])

    def _in_object(self, at: Ref, path: str) -> list[Ref]:
        """The argument of an object that is given: `retry=Retry(max=3)`."""
        head, _, key = path.partition(".")
        given = self.resolver.argument(at, head) if key else None
        made = [v.ref for v in self.resolver.values(given) if isinstance(v, Made)] if given is not None else []
        return [ref for one in made if (ref := self.resolver.argument(one, key, 0)) is not None]

    def _set(self, queue: QueueRule, entry: Entry, name: str) -> list[Any]:
        """What is set for all tasks."""
        return self._literals(self.settings.find(queue, name, entry))

    # fields ----------------------------------------------------------------------------------------------------

    def _time_limit(self, queue: QueueRule, entry: Entry) -> int | float | str | None:
        argument = entry.rule.time_limit
        unit: str = argument.unit if argument is not None else "s"
        given = [v for v in self._given(entry, argument) if v is not None]
        if not given:
            given, unit = [v for v in self._set(queue, entry, "time_limit") if v is not None], queue.unit
        lengths = [self._length(v, unit) for v in given]
        if any(length is None for length in lengths):
            return None
        if lengths:
            return max(x for x in lengths if x is not None)
        if entry.rule.default_time_limit is not None:
            return entry.rule.default_time_limit
        return "none" if self._is_known(entry) else None

    def _is_known(self, entry: Entry) -> bool:
        """Whether the catalogue speaks of the queue's defaults."""
        return any(f.framework == entry.framework and f.queue is not None for f in self.resolver.knowledge.frameworks)

    def _length(self, value: Any, unit: str) -> int | float | None:
        if isinstance(value, str):
            match = LENGTH.match(value)
            return int(match[1]) * LENGTHS[match[2]] if match else None
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        return value / 1000 if unit == "ms" else value

    def _retries(self, queue: QueueRule, entry: Entry, module: int, flow: FunctionFlow) -> int | str | None:
        rule = entry.rule
        attempts = rule.retries.get("attempts")
        counts = attempts.counts if attempts is not None else "retries"
        default = rule.default_retries
        if "errors" in rule.retries or rule.retried_by:
            errors = [e for e in self._given(entry, rule.retries.get("errors")) if e not in ((), [], None)]
            if not errors and not self._asks(module, flow, rule.retried_by):
                return 0
        elif queue.asks_by:
            if not self._raises(module, flow, queue.asks_by):
                return default
            default = queue.asked_retries
        given = self._given(entry, attempts) or self._set(queue, entry, "retries")
        if not given:
            return default
        if None in given:
            return "unbounded"
        if any(not isinstance(v, int) for v in given):
            return None
        return max(int(v) for v in given) - (1 if counts == "attempts" else 0)

    def _asks(self, module: int, flow: FunctionFlow, methods: list[str]) -> bool:
        """`self.retry(...)` in the task."""
        receivers = {flow.params[0].name if flow.params else "", flow.name}
        for number in flow.calls:
            target = flow.nodes[flow.nodes[number].args[0]]
            if target.op == "attr" and target.args[1] in methods:
                base = flow.nodes[target.args[0]]
                if base.op in ("param", "name") and base.args[0] in receivers:
                    return True
        return False

    def _raises(self, module: int, flow: FunctionFlow, names: list[str]) -> bool:
        at = Ref(module, flow.number, 0)
        raised = [e.node for e in flow.exits if e.kind == "raise" and e.node != NOTHING]
        return any(
            isinstance(v, Made) and v.name.replace("()", "") in names
            for n in raised
            for v in self.resolver.values(at.sibling(n))
        )

    def _may_repeat(self, queue: QueueRule, entry: Entry, retries: float | str | None) -> bool | None:
        if queue.may_repeat is True or (retries is not None and retries != 0):
            return True
        late = self._given(entry, queue.late) or self._set(queue, entry, "late")
        if True in late:
            return True
        return None if UNKNOWN in late or retries is None else queue.may_repeat

    def _idempotent(self, function: tuple[int, int], flow: FunctionFlow, writes: list[bool | None]) -> bool | None:
        """A key or lock makes the task so; else what it writes decides."""
        for number in flow.calls:
            call = Ref(*function, number)
            for rule in self.once.of(call):
                if rule.keyword is not None and self.callees.literal_argument(call, rule.keyword) is not True:
                    continue
                if not rule.tested or self._leaves_when(flow, number):
                    return True
        if False in writes:
            return False
        return True if writes and None not in writes else None

    def _leaves_when(self, flow: FunctionFlow, number: int) -> bool:
        """`if done.exists(): return`."""
        for context in flow.contexts:
            if context.kind == "if" and context.branch and context.dead and context.nodes:
                pending = [context.nodes[0]]
                for node in pending:
                    if node == number:
                        return True
                    pending += [n for n in flow.children(node) if n not in pending]
        return False

    def _result(self, queue: QueueRule, entry: Entry, flow: FunctionFlow) -> bool | None:
        """What is returned, where the queue keeps it."""
        if not any(e.kind == "return" and e.node != NOTHING for e in flow.exits):
            return None
        without = self._given(entry, queue.without_result) or self._set(queue, entry, "no_result")
        if True in without or 0 in [v for v in without if v is not False and v is not UNKNOWN]:
            return False
        kept = self._given(entry, queue.with_result)
        if True in kept or any(v is not None for v in self._set(queue, entry, "result")):
            return True
        elsewhere = bool(queue.settings.get("result") or queue.keywords.get("result")) and not self.settings.makers(
            queue
        )
        return None if elsewhere or UNKNOWN in (*without, *kept) else queue.keeps_result
