"""Where work goes on that a library function is handed: pools, threads, `map`, and what gives a callable back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import FunctionFlow
from readylint.link.awaitables import Awaitables
from readylint.link.bursts import Burst, Run, Runs, Way, loop_around
from readylint.link.callers import CallSite
from readylint.link.pools import Pools
from readylint.link.sizes import ONE, OPEN, Size
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.catalogue import RunRule

DEPTH = 3


class LibraryRuns:
    """Reads the rules of the catalogue for what runs a callable."""

    def __init__(self, awaitables: Awaitables, pools: Pools) -> None:
        self.awaitables = awaitables
        self.resolver = awaitables.resolver
        self.program = awaitables.program
        self.callees = awaitables.callees
        self.sizes = awaitables.sizes
        self.pools = pools

    def runs(self, site: CallSite, rule: RunRule, is_async: bool, depth: int = DEPTH) -> Runs:
        """Where a function goes on that the call at a place hands to a library."""
        at = site.ref
        pool = self.pools.of(at, rule)
        if rule.wraps:
            return self._wrapped(at, pool, is_async, depth)
        if rule.fan_out and not rule.each:
            return self._submitted(at, rule, pool, is_async)
        if rule.each:
            size = self._elements(at, rule)
            if rule.fan_out:
                burst = pool if pool is not None and not self._fewer(size, pool) else size
                return Runs([Run(at, (Burst(burst, at),) if burst != ONE else ())])
            return self.awaitables.follow(at, Way(collected=size)) if is_async else Runs([Run(at)])
        if rule.thread and not rule.apart:
            return self._pooled(self.awaitables.of(at), pool)
        return Runs([Run(at)])

    def _fewer(self, size: Size, pool: Size) -> bool:
        return (
            size.kind == "constant" and size.number is not None and (pool.number is None or size.number <= pool.number)
        )

    def _pooled(self, runs: Runs, pool: Size | None) -> Runs:
        """Futures of a pool: however many are awaited, so many run."""
        if pool is None:
            return runs
        places = [
            replace(r, bursts=tuple(b if self._fewer(b.size, pool) else Burst(pool, b.at) for b in r.bursts))
            for r in runs.places
        ]
        return Runs(places, runs.unclear)

    def _elements(self, at: Ref, rule: RunRule) -> Size:
        """How many elements a `map` goes through: the shortest of what it is given."""
        plain = [n for k, n in self.program.node(at).args[1] if k is None][rule.arguments or 1 :]
        sizes = [self.sizes.of(at.sibling(n)) for n in plain]
        return next((s for s in sizes if s.kind in ("constant", "limited")), sizes[0] if sizes else OPEN)

    def _submitted(self, at: Ref, rule: RunRule, pool: Size | None, is_async: bool) -> Runs:
        """`pool.submit(f, x)`, `Thread(target=f).start()`, `group.start_soon(f)`: as many as the loops around give."""
        function = self.program.function(at)
        context = function.nodes[at.node].context
        outer = 0
        if self.awaitables.groups.rule(self.callees.of(at)) is not None:
            outer = next((n for n, c in function.ancestors(context) if c.kind == "with"), 0)
        size = ONE if self._waited(at, function) else self.sizes.loops(function, at, context, outer)
        if pool is not None and size != ONE and not self._fewer(size, pool):
            size = pool
        burst = (Burst(size, at),) if size != ONE else ()
        return Runs([Run(at, burst, detached=rule.apart and not self._joined(function))])

    def _waited(self, at: Ref, function: FunctionFlow) -> bool:
        """`pool.submit(f, x).result()`: waited for on the spot."""
        users = self.program.users(at.module, at.function)
        loop = loop_around(function, function.nodes[at.node].context)
        for user in users.get(at.node, ()):
            node = function.nodes[user]
            if node.op == "attr" and node.args[1] in ("result", "join", "get"):
                if loop_around(function, node.context) == loop:
                    return True
        return False

    def _joined(self, function: FunctionFlow) -> bool:
        return any(function.nodes[n].args[1] == "join" for n in function.attributes)

    def _wrapped(self, at: Ref, pool: Size | None, is_async: bool, depth: int) -> Runs:
        """`partial(f, x)`, `sync_to_async(f)`, `delayed(f)`: where what comes out of it is called or handed on."""
        function = self.program.function(at)
        found = Runs()
        users = self.program.users(at.module, at.function)
        pending = [at.node]
        for number in pending:
            for user in users.get(number, ()):
                node = function.nodes[user]
                call = at.sibling(user)
                if node.op == "union" and user not in pending:
                    pending.append(user)
                elif node.op == "call" and node.args[0] == number:
                    inner = self.awaitables.of(call)
                    awaited = inner if inner.places else Runs([Run(call)])
                    found.places += self._pooled(awaited, pool).places
                elif node.op == "call":
                    rule, shift = self.resolver.callers.run_rule(call, number)
                    if rule is None or depth <= 0:
                        found.unclear = True
                        continue
                    runs = self.runs(CallSite(call, shift, rule), rule, is_async, depth - 1)
                    found.places += runs.places
                    found.unclear = found.unclear or runs.unclear
        found.unclear = found.unclear or not found.places
        return found
