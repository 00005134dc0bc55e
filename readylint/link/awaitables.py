"""How often work runs beside itself: coroutines and futures, followed to the place where they are awaited.

A coroutine runs where it is awaited. On the way it may be put into a list, started as a task or given to a group
that runs many; each such step is a burst.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import FunctionFlow, Node
from readylint.link.bursts import Burst, Run, Runs, Way
from readylint.link.sizes import ONE, Size, times
from readylint.link.task_groups import TaskGroups
from readylint.link.task_lists import PUT, TaskLists
from readylint.values import FunctionValue, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.collection_sizes import Sizes
    from readylint.link.resolver import Resolver

DEPTH = 4
HANDS_ON = {
    "wait_for", "shield", "enumerate", "iter", "aiter", "timeout", "list", "tuple", "set", "sorted", "reversed", "zip",
    "wrap_future", "cast", "chain", "from_iterable", "dict",
}  # fmt: skip
"""Functions that give what they are given on, in one form or another."""
RUNS_IT = {"run", "run_until_complete", "run_sync", "async_to_sync", "next", "anext"}
ENTRIES = {"values", "items", "copy", "pop", "get"}
PASSES = {"union", "ifexp", "bool", "enter", "unpack"}


class Awaitables:
    """Follows them."""

    def __init__(self, resolver: Resolver, callees: Callees, sizes: Sizes) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.sizes = sizes
        self.groups = TaskGroups(resolver, callees, sizes)
        self.lists = TaskLists(sizes)
        self._memo: dict[Ref, Runs] = {}

    def of(self, ref: Ref) -> Runs:
        """Where the coroutine or future that a node gives is awaited."""
        known = self._memo.get(ref)
        if known is None:
            known = self._memo[ref] = self.follow(ref, Way(), DEPTH)
        return known

    def follow(self, ref: Ref, way: Way, depth: int = DEPTH) -> Runs:
        """The same for one that is known to be in a collection, or started."""
        function = self.program.function(ref)
        users = self.program.users(ref.module, ref.function)
        found = Runs()
        pending = [(ref.node, way)]
        seen = {(ref.node, way.collected is None)}
        for number, state in pending:
            steps = [
                s for user in users.get(number, ()) for s in self._used(ref.sibling(user), number, state, found, depth)
            ]
            steps += self._kept(ref, function, number, state, found, depth)
            for step in steps:
                key = (step[0], step[1].collected is None)
                if key not in seen:
                    seen.add(key)
                    pending.append(step)
        started = next((s.started for _, s in pending if s.started is not None), None)
        begun = next((s.bursts for _, s in pending if s.bursts), ())
        if not found.places and begun:
            found.places.append(Run(begun[-1].at, begun))  # where its results go was not followed
        elif not found.places and started is not None:
            found.places.append(self._detached(started, way))
            found.unclear = False
        return found

    def _detached(self, start: Ref, way: Way) -> Run:
        """A task that nothing awaits; one that stands in a loop runs beside those of the other turns."""
        function = self.program.function(start)
        loops = self.sizes.loops(function, start, function.nodes[start.node].context, 0)
        return Run(start, (*way.bursts, Burst(loops, start)) if loops != ONE else way.bursts, detached=True)

    def _used(self, user: Ref, number: int, way: Way, found: Runs, depth: int) -> list[tuple[int, Way]]:
        """One node that has the awaitable as an operand."""
        node = self.program.node(user)
        op = node.op
        if op == "await" or (op == "yield" and way.started is not None):
            found.places.append(Run(user, way.bursts))
        elif op == "iter":
            bursts = way.bursts
            if way.started is not None and not bursts and way.collected is not None:
                bursts = (Burst(way.collected, way.started),)  # started before, awaited one by one
            return [(user.node, replace(way, collected=None, bursts=bursts))]
        elif op == "comp" and number in node.args[1:]:
            size = self.sizes.comprehension(user, node)
            return [(user.node, replace(way, collected=times(way.collected or ONE, size)))]
        elif op in ("list", "tuple", "set", "dict"):
            return [(user.node, replace(way, collected=self._displayed(user, node, way)))]
        elif op in PASSES or (op == "star") or (op == "binop" and node.args[0] == "Add"):
            return [(user.node, way)]
        elif op == "item" and number == node.args[0]:
            return [(user.node, replace(way, collected=None))]
        elif op == "attr" and node.args[1] in ENTRIES:
            calls = self.program.users(user.module, user.function).get(user.node, ())
            return [(c, way) for c in calls if self.program.node(user.sibling(c)).op == "call"]
        elif op == "call" and number != node.args[0]:
            return self._handed(user, node, number, way, found, depth)
        return []

    def _displayed(self, user: Ref, node: Node, way: Way) -> Size:
        members = [v for _, v in node.args] if node.op == "dict" else list(node.args)
        if way.collected is not None:
            return way.collected
        return Size("constant", sum(self.program.node(user.sibling(n)).op != "star" for n in members))

    def _handed(self, call: Ref, node: Node, number: int, way: Way, found: Runs, depth: int) -> list[tuple[int, Way]]:
        callee = self.callees.of(call)
        rule = self.groups.rule(callee)
        if rule is not None:
            return self.groups.joined(call, node, number, rule, way, found)
        if callee.functions:
            inner = [self._into(target, call, node, number, way, depth) for target in callee.functions]
            found.places += [place for runs in inner for place in runs.places]
            found.unclear = found.unclear or any(r.unclear or not r.places for r in inner)
        elif callee.tail in PUT:
            return self.lists.put(call, node, number, way, found)
        elif callee.tail in RUNS_IT:
            found.places.append(Run(call, way.bursts))
        elif callee.tail in HANDS_ON or self.sizes.batches.is_same(callee):
            return [(call.node, way)]
        else:
            found.unclear = True
        return []

    def _into(self, target: FunctionValue, call: Ref, node: Node, number: int, way: Way, depth: int) -> Runs:
        """The awaitable is given to a function of the project."""
        flow = self.resolver.flow_of(target)
        name = self.resolver.callers.parameter_of(target, call, number)
        star = next((p.name for p in flow.params if p.kind == "star"), None)
        if name is None and star is not None:
            starred = any(k == "*" and n == number for k, n in node.args[1])
            size = way.collected or ONE if starred else Size("constant", sum(k is None for k, _ in node.args[1]))
            name, way = star, replace(way, collected=size)
        if name is None or depth <= 0:
            return Runs(unclear=True)
        found = Runs()
        for position, inner in enumerate(flow.nodes):
            if inner.op == "param" and inner.args[0] == name:
                runs = self.follow(Ref(target.module, target.number, position), way, depth - 1)
                found.places += runs.places
                found.unclear = found.unclear or runs.unclear
        found.places += self._nested(target, name, way, depth)
        return found

    def _nested(self, target: FunctionValue, name: str, way: Way, depth: int) -> list[Run]:
        """A function inside the target that awaits the parameter."""
        places: list[Run] = []
        for flow in self.program.modules[target.module].functions:
            if flow.parent == target.number:
                for position, inner in enumerate(flow.nodes):
                    if inner.op == "name" and inner.args[0] == name and not any(p.name == name for p in flow.params):
                        places += self.follow(Ref(target.module, flow.number, position), way, depth - 1).places
        return places

    def _kept(
        self, ref: Ref, function: FunctionFlow, number: int, way: Way, found: Runs, depth: int
    ) -> list[tuple[int, Way]]:
        """Stores and returns."""
        steps: list[tuple[int, Way]] = []
        for store in function.stores:
            if store.value == number and store.item:
                steps += self.lists.stored(ref, function, store.base, store.context, way, found)
            elif store.value == number and way.started is None:
                found.unclear = True
        returned = any(e.kind == "return" and e.node == number for e in function.exits)
        if returned or (function.is_lambda and number == len(function.nodes) - 1):
            self._returned(ref, function, way, found, depth)
        return steps

    def _returned(self, ref: Ref, function: FunctionFlow, way: Way, found: Runs, depth: int) -> None:
        """The awaitable goes to the callers of the function that makes it."""
        callers = self.resolver.callers.of(ref.module, function.number)
        sites = [s for s in callers.sites if not s.deferred and s.through is None]
        if depth <= 0 or function.is_async or len(sites) < len(callers.sites) or not callers.complete or not sites:
            found.unclear = True
            return
        for site in sites:
            inner = self.follow(site.ref, way, depth - 1)
            found.places += inner.places
            found.unclear = found.unclear or inner.unclear or not inner.places
