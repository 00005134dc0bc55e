"""How often work runs beside itself: coroutines and futures, followed to the place where they are awaited.

A coroutine runs where it is awaited. On the way it may be put into a list, started as a task or given to a group
that runs many; each such step is a burst.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from readylint.catalogue import GroupRule
from readylint.flow import FunctionFlow, Node
from readylint.link.handlers import subtree
from readylint.link.sizes import ONE, Size, Sizes, times
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callee, Callees
    from readylint.link.resolver import Resolver

DEPTH = 4
HANDS_ON = {
    "wait_for", "shield", "enumerate", "iter", "aiter", "timeout", "list", "tuple", "set", "sorted", "reversed", "zip",
    "tqdm", "wrap_future", "cast", "chain", "from_iterable", "dict",
}  # fmt: skip
"""Functions that give what they are given on, in one form or another."""
RUNS_IT = {"run", "run_until_complete", "run_sync", "async_to_sync", "next", "anext"}
PUT = {"append", "add", "extend", "insert", "appendleft", "update", "setdefault"}
ENTRIES = {"values", "items", "copy", "pop", "get"}
PASSES = {"union", "ifexp", "bool", "enter", "unpack"}


@dataclass(frozen=True, slots=True)
class Burst:
    """Several runs at once, and the place that starts them."""

    size: Size
    at: Ref


@dataclass(frozen=True, slots=True)
class Run:
    """A place where work goes on, with the bursts on the way to it, innermost first."""

    ref: Ref
    bursts: tuple[Burst, ...] = ()
    detached: bool = False
    """Nothing waits for it there: it goes on beside whatever follows."""


@dataclass(slots=True)
class Runs:
    """All places that were found; `unclear` when it goes where it is not followed."""

    places: list[Run] = field(default_factory=list)
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """What is known of an awaitable on its way."""

    bursts: tuple[Burst, ...] = ()
    collected: Size | None = None
    """The size of the collection that it stands in."""
    started: Ref | None = None
    """The call that started it, when it runs already."""


class Awaitables:
    """Follows them."""

    def __init__(self, resolver: Resolver, callees: Callees, sizes: Sizes) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.sizes = sizes
        self.groups = [rule for f in resolver.knowledge.frameworks for rule in f.groups]
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
        rule = self.group(callee)
        if rule is not None:
            return self._grouped(call, node, number, rule, way, found)
        if callee.functions:
            inner = [self._into(target, call, node, number, way, depth) for target in callee.functions]
            found.places += [place for runs in inner for place in runs.places]
            found.unclear = found.unclear or any(r.unclear or not r.places for r in inner)
        elif callee.tail in PUT:
            return self._put(call, node, number, way, found)
        elif callee.tail in RUNS_IT:
            found.places.append(Run(call, way.bursts))
        elif callee.tail in HANDS_ON:
            return [(call.node, way)]
        else:
            found.unclear = True
        return []

    def group(self, callee: Callee) -> GroupRule | None:
        """The rule of the catalogue for what runs awaitables."""
        for rule in self.groups:
            if callee.names & set(rule.function):
                return rule
            if callee.tail in rule.method and not callee.functions and callee.receiver:
                return rule
        return None

    def _grouped(
        self, call: Ref, node: Node, number: int, rule: GroupRule, way: Way, found: Runs
    ) -> list[tuple[int, Way]]:
        if rule.starts:
            return self._started(call, rule, way, found)
        starred = self.program.node(call.sibling(number)).op == "star" or any(
            k == "*" and n == number for k, n in node.args[1]
        )
        direct = sum(k is None for k, _ in node.args[1])
        size = way.collected or ONE if starred or rule.listed else Size("constant", direct)
        size = self._bounded(call, rule, size)
        bursts = way.bursts if way.bursts and way.started is not None else (*way.bursts, Burst(size, call))
        return [(call.node, Way(bursts if size != ONE else way.bursts, None, call))]

    def _bounded(self, call: Ref, rule: GroupRule, size: Size) -> Size:
        """What the group itself lets run at once."""
        if rule.number is None:
            return size
        place = call
        target = self.program.node(call).args[0]
        if self.program.node(call.sibling(target)).op == "call":
            place = call.sibling(target)  # `Parallel(n_jobs=4)(...)`
        given = self.resolver.reader.find(place, rule.number)
        numbers = [self.sizes.number(ref).number for ref in given.refs]
        if not given.refs:
            return size if rule.default is None else ONE if rule.default == 1 else Size("limited", rule.default)
        number = max((n for n in numbers if n is not None), default=None)
        if number == 1:
            return ONE
        return Size("limited", number if number is not None and number > 0 else None)

    def _started(self, call: Ref, rule: GroupRule, way: Way, found: Runs) -> list[tuple[int, Way]]:
        function = self.program.function(call)
        context = function.nodes[call.node].context
        users = self.program.users(call.module, call.function).get(call.node, ())
        awaits = [u for u in users if function.nodes[u].op == "await"]
        if rule.joins:
            group = next((n for n, c in function.ancestors(context) if c.kind == "with"), 0)
            size = times(self.sizes.loops(function, call, context, group), self._beside(call, function, group))
            found.places.append(Run(call, (*way.bursts, Burst(size, call)) if size != ONE else way.bursts))
            return []
        if awaits and all(
            self._loop(function, function.nodes[u].context) == self._loop(function, context) for u in awaits
        ):
            beside = self._beside(call, function, self._loop(function, context))
            bursts = (*way.bursts, Burst(beside, call)) if beside != ONE else way.bursts
            return [(call.node, replace(way, bursts=bursts, started=call))]
        return [(call.node, replace(way, started=call))]

    def _loop(self, function: FunctionFlow, context: int) -> int:
        return next((n for n, c in function.ancestors(context) if c.kind in ("for", "while", "comp")), 0)

    def _beside(self, call: Ref, function: FunctionFlow, group: int) -> Size:
        """Tasks that are started one by one in the same place before the first is awaited: `a = create_task(...)`."""
        inside = subtree(function, group)
        outer = self._loop(function, function.nodes[call.node].context)
        starts = [
            n
            for n in function.calls
            if function.nodes[n].context in inside
            and self._loop(function, function.nodes[n].context) == outer
            and (rule := self.group(self.callees.of(call.sibling(n)))) is not None
            and rule.starts
        ]
        users = self.program.users(call.module, call.function)
        waits = [function.nodes[u].start for n in starts for u in users.get(n, ()) if function.nodes[u].op == "await"]
        first = min(waits, default=1 << 60)
        return Size("constant", max(1, sum(function.nodes[n].start < first for n in starts)))

    def _put(self, call: Ref, node: Node, number: int, way: Way, found: Runs) -> list[tuple[int, Way]]:
        """`tasks.append(...)` in a loop: the list holds one for each turn since it was made."""
        function = self.program.function(call)
        target = function.nodes[node.args[0]]
        if target.op != "attr":
            found.unclear = True
            return []
        return self._into_list(call, function, target.args[0], function.nodes[call.node].context, way, found)

    def _into_list(
        self, at: Ref, function: FunctionFlow, base: int, context: int, way: Way, found: Runs
    ) -> list[tuple[int, Way]]:
        roots = self._roots(function, base)
        made = [n for n in roots if function.nodes[n].op in ("list", "set", "dict", "call", "comp", "tuple")]
        if not made:
            found.unclear = found.unclear or way.started is None
            return []
        contexts = [function.nodes[n].context for n in made]
        outer = next((n for n, _ in function.ancestors(context) if n in contexts), 0)
        size = self.sizes.loops(function, at, context, outer)
        size = self._flushed(at, function, roots, context, outer) or size
        if size == ONE:
            size = Size("constant", max(1, self._puts(function, roots)))
        collected = times(way.collected or ONE, size)
        return [(n, replace(way, collected=collected)) for n in roots]

    def _roots(self, function: FunctionFlow, base: int) -> list[int]:
        """The nodes that a name of a list may stand for."""
        found, pending = [], [base]
        for number in pending:
            found.append(number)
            node = function.nodes[number]
            if node.op == "union":
                pending += [n for n in node.args if n not in pending]
            elif node.op == "item":
                pending += [node.args[0]] if node.args[0] not in pending else []
        return found

    def _puts(self, function: FunctionFlow, roots: list[int]) -> int:
        """How many times something is put into the list."""
        return sum(
            function.nodes[t].op == "attr" and function.nodes[t].args[1] in PUT and function.nodes[t].args[0] in roots
            for t in (function.nodes[n].args[0] for n in function.calls)
        )

    def _flushed(self, at: Ref, function: FunctionFlow, roots: list[int], context: int, outer: int) -> Size | None:
        """`if len(tasks) >= 10:` in the loop that fills the list: it is emptied, or waited for, when it is full."""
        loop = next((n for n, c in function.ancestors(context) if c.kind in ("for", "while") and n != outer), None)
        if loop is None:
            return None
        for number in subtree(function, loop):
            test = function.contexts[number].nodes
            if function.contexts[number].kind not in ("if", "while") or not test:
                continue
            node = function.nodes[test[0]]
            if node.op == "compare" and self._counts(function, node.args[0], roots):
                return Size("limited", self.sizes.number(at.sibling(node.args[1][0][1])).number)
        return None

    def _counts(self, function: FunctionFlow, number: int, roots: list[int]) -> bool:
        node = function.nodes[number]
        if node.op != "call" or not node.args[1]:
            return False
        named = function.nodes[node.args[0]]
        given = node.args[1][0][1]
        return named.args[:1] == ("len",) and (given in roots or bool(set(self._roots(function, given)) & set(roots)))

    def _into(self, target, call: Ref, node: Node, number: int, way: Way, depth: int) -> Runs:  # type: ignore[no-untyped-def]
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

    def _nested(self, target, name: str, way: Way, depth: int) -> list[Run]:  # type: ignore[no-untyped-def]
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
                steps += self._into_list(ref, function, store.base, store.context, way, found)
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
