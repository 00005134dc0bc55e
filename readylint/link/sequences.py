"""How many model calls stand one after another on the longest path of a function, and what is a long job in it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readylint.facts import LlmCall
from readylint.flow import FunctionFlow
from readylint.link.bursts import Runs
from readylint.link.calls import ModelCall
from readylint.link.cycles import components
from readylint.link.handlers import subtree
from readylint.link.request_loops import LOOPS, RequestLoops
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callers import CallSite
    from readylint.link.fan_out import FanOuts

GENERATING = {"chat", "responses", "completion", "agent", "realtime"}
UNBOUNDED = math.inf
Function = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Count:
    """Model calls in a row. `known` is False where there may be more; `job` says that data decide how long it takes."""

    calls: float = 0
    known: bool = True
    job: bool = False


NOTHING_ASKED = Count()


def after(left: Count, right: Count) -> Count:
    """One and then the other."""
    return Count(left.calls + right.calls, left.known and right.known, left.job or right.job)


def longer(left: Count, right: Count) -> Count:
    """Either."""
    return Count(max(left.calls, right.calls), left.known and right.known, left.job or right.job)


@dataclass(slots=True)
class Item:
    """Something in a block that asks a model: a call, or a call of a function that does."""

    node: int
    start: int
    count: Count
    group: Ref | None = None
    """The burst that it is a part of; what is in one runs beside each other."""


@dataclass(slots=True)
class Below:
    """What a function does to reach a model call."""

    calls: list[tuple[ModelCall, LlmCall]] = field(default_factory=list)
    sites: list[tuple[CallSite, Function]] = field(default_factory=list)


class Sequences:
    """Counts downwards from a function, over the functions that lead to a model call."""

    def __init__(self, fan_outs: FanOuts, reached: Iterable[tuple[ModelCall, LlmCall]]) -> None:
        self.fan_outs = fan_outs
        self.program = fan_outs.program
        self.entries = fan_outs.entries
        self.awaitables = fan_outs.awaitables
        self.loops = RequestLoops(fan_outs)
        self.below: dict[Function, Below] = defaultdict(Below)
        self._memo: dict[Function, Count] = {}
        self._children: dict[Function, dict[int, list[int]]] = {}
        functions: dict[Function, None] = {}
        for call, fact in reached:
            self.below[call.ref.module, call.ref.function].calls.append((call, fact))
            functions.update(dict.fromkeys(self.entries.ways(call.ref.module, call.ref.function).functions))
        for module, number in functions:
            flow = self.program.modules[module].functions[number]
            if self.entries.of(module, flow) is None:
                for site in self.entries.sites(module, flow)[0]:
                    self.below[site.ref.module, site.ref.function].sites.append((site, (module, number)))
        self._cycles = components(list(self.below), lambda f: [g for _, g in self.below[f].sites if g in self.below])

    def of(self, function: Function) -> Count:
        """The longest path through a function."""
        known = self._memo.get(function)
        if known is not None:
            return known
        flow = self.program.modules[function[0]].functions[function[1]]
        items: dict[int, list[Item]] = defaultdict(list)
        below = self.below.get(function)
        for call, fact in below.calls if below is not None else ():
            self._add(items, flow, call.ref, self._asked(fact), self._runs(call))
        for site, inner in below.sites if below is not None else ():
            count, runs = self._of_site(site, inner, function)
            if count != NOTHING_ASKED:
                self._add(items, flow, site.ref, count, runs)
        result = self._memo[function] = self._block(Ref(*function, 0), flow, 0, items)
        return result

    def _asked(self, fact: LlmCall) -> Count:
        """One model call. An agent asks as often as it likes; without tools once."""
        if fact.operation == "agent":
            tools = fact.settings.get("tools")
            if tools is not None and tools.source == "unset":
                return Count(1)
            return Count(1, known=False, job=tools is None or tools.value is not None)
        return Count(1) if fact.operation in GENERATING else Count(0.0)

    def _runs(self, call: ModelCall) -> Runs:
        return Runs(self.fan_outs.first(call)[0])

    def _of_site(self, site: CallSite, inner: Function, outer: Function) -> tuple[Count, Runs]:
        flow = self.program.modules[inner[0]].functions[inner[1]]
        # A function that calls itself: how often is not known.
        if site.deferred or self._cycles.get(inner, -1) == self._cycles.get(outer):
            return Count(0, known=False), Runs()
        if site.through is not None and site.through.apart:
            return NOTHING_ASKED, Runs()
        runs = self.fan_outs.of_site(site, flow)
        if runs.places and all(r.detached for r in runs.places):
            return NOTHING_ASKED, Runs()
        return self.of(inner), runs

    def _add(self, items: dict[int, list[Item]], flow: FunctionFlow, ref: Ref, count: Count, runs: Runs) -> None:
        """Put it where it runs: what is a part of a burst runs where the burst is waited for."""
        node = flow.nodes[ref.node]
        burst = next(
            (
                b
                for r in runs.places
                for b in r.bursts[:1]
                if (b.at.module, b.at.function) == (ref.module, ref.function)
            ),
            None,
        )
        if burst is None:
            self._put(items[node.context], Item(ref.node, node.start, count))
            return
        at = flow.nodes[burst.at.node]
        whole = Count(count.calls, count.known, count.job or burst.size.kind == "open")
        context = self._outside(flow, at.context, at.start) if burst.at == ref else at.context
        self._put(items[context], Item(ref.node, at.start, whole, burst.at))

    def _put(self, items: list[Item], item: Item) -> None:
        """Several functions that one call may mean are other ways, not further steps."""
        for known in items:
            if (known.node, known.group) == (item.node, item.group):
                known.count = longer(known.count, item.count)
                return
        items.append(item)

    def _outside(self, flow: FunctionFlow, context: int, start: int) -> int:
        """The context around the loops that start a burst."""
        found = context
        for _, around in flow.ancestors(context):
            if around.kind in LOOPS:
                found = around.parent
        return found

    # blocks ----------------------------------------------------------------------------------------------------

    def _inner(self, function: Function, flow: FunctionFlow) -> dict[int, list[int]]:
        known = self._children.get(function)
        if known is None:
            known = self._children[function] = defaultdict(list)
            for number in range(1, len(flow.contexts)):
                known[flow.contexts[number].parent].append(number)
        return known

    def _block(self, at: Ref, flow: FunctionFlow, context: int, items: dict[int, list[Item]]) -> Count:
        """The longest path through one context."""
        if not items:
            return NOTHING_ASKED
        steps: list[tuple[int, int, Count, Ref | None]] = [
            (item.start, -1, item.count, item.group) for item in items.get(context, ())
        ]
        for number in self._inner((at.module, at.function), flow)[context]:
            inner = self._block(at, flow, number, items)
            if inner != NOTHING_ASKED or flow.contexts[number].dead:
                steps.append((flow.contexts[number].start, number, inner, None))
        steps.sort(key=lambda step: (step[0], step[1]))
        total = self._in_order(flow, steps)
        return self._repeated(at, flow, context, total, items)

    def _in_order(self, flow: FunctionFlow, steps: list[tuple[int, int, Count, Ref | None]]) -> Count:
        """One step after another; of branches, handlers and bursts the longest."""
        total, left = NOTHING_ASKED, NOTHING_ASKED
        done: set[int] = set()
        groups: dict[Ref, Count] = {}
        inside = {number: count for _, number, count, _ in steps if number >= 0}
        for _, number, count, group in steps:
            if group is not None:
                before = groups.get(group, NOTHING_ASKED)
                groups[group] = longer(before, count)
                more = max(0.0, count.calls - before.calls)
                total = after(total, Count(more, count.known, count.job))
            elif number < 0:
                total = after(total, count)
            elif number not in done:
                context = flow.contexts[number]
                others = [n for n in inside if n != number and n not in done and self._instead(flow, number, n)]
                done.update((number, *others))
                ways = [(context, count), *((flow.contexts[n], inside[n]) for n in others)]
                open_ways = [c for around, c in ways if not (around.dead and around.kind in ("if", "match"))]
                for around, c in ways:
                    if around.dead and around.kind in ("if", "match"):
                        left = longer(left, after(total, c))
                best = NOTHING_ASKED
                for c in open_ways:
                    best = longer(best, c)
                total = after(total, best)
        return longer(total, left)

    def _instead(self, flow: FunctionFlow, one: int, other: int) -> bool:
        """Whether one context runs instead of the other."""
        left, right = flow.contexts[one], flow.contexts[other]
        if left.kind == right.kind == "if":
            return left.nodes == right.nodes and left.branch != right.branch
        if left.kind == right.kind == "match":
            return left.nodes == right.nodes
        if right.kind == "handler":
            return right.owner == one or (left.kind == "handler" and left.owner == right.owner)
        return False

    # loops -----------------------------------------------------------------------------------------------------

    def _repeated(self, at: Ref, flow: FunctionFlow, number: int, count: Count, items: dict[int, list[Item]]) -> Count:
        context = flow.contexts[number]
        if context.kind not in LOOPS or count == NOTHING_ASKED:
            return count
        first = min((i.start for c in subtree(flow, number) for i in items.get(c, ())), default=0)
        size = self.loops.turns(at, flow, number, context, first)
        if size.kind == "open":
            return Count(UNBOUNDED if count.calls else 0, count.known, job=True)
        if size.kind == "unknown" or size.number is None:
            return Count(count.calls, False, count.job)
        return Count(count.calls * size.number, count.known, count.job)
