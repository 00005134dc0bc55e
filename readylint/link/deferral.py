"""Where the work that a call starts is done, and where its errors come out.

Calling a coroutine function or a generator function runs nothing of it: a coroutine runs where it is awaited, a
generator where it is read, and what a thread pool ran raises where its result is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from readylint.flow import FunctionFlow
from readylint.link.callers import CallSite
from readylint.values import FunctionValue, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

DEPTH = 4
HANDS_ON = {
    "gather", "wait_for", "shield", "create_task", "ensure_future", "as_completed", "wait", "enumerate", "iter",
    "aiter", "timeout", "aclosing", "closing",
}  # fmt: skip
"""Library functions that give the awaitable or the iterable on, in one form or another."""
RUNS_IT = {
    "run", "run_until_complete", "list", "tuple", "set", "dict", "sorted", "sum", "join", "next", "anext", "extend",
    "any", "all", "max", "min", "asend", "send",
}  # fmt: skip
"""Library functions that await or read to the end what they are given."""
PASSES = {"union", "star", "list", "tuple", "set", "comp", "dict", "ifexp", "bool", "enter", "item", "unpack"}


@dataclass(slots=True)
class Places:
    """The places that were found; `unclear` when the object goes where it is not followed."""

    sites: list[CallSite]
    unclear: bool = False


class Deferral:
    """Follows coroutines, generators and futures to the place where they are run or read."""

    def __init__(self, resolver: Resolver, callees: Callees) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self._apart = [r for f in resolver.knowledge.frameworks for r in f.runs if r.apart]
        self._readers = {n: r for f in resolver.knowledge.frameworks for r in f.readers for n in r.function}
        self._memo: dict[Ref, list[CallSite] | None] = {}

    def raised_at(self, site: CallSite, function: FunctionFlow) -> list[CallSite]:
        """The places at which errors of the function come out that `site` calls or hands on."""
        if site.through is not None:
            if site.through.apart:
                return [replace(site, apart=True)]
            results = self._results(site.ref) if site.through.fan_out else []
            return [replace(site, ref=at) for at in results] or [site]
        if not (function.is_async or function.is_generator) or self._is_manager(site):
            return [site]
        return [replace(site, ref=p.ref, apart=p.apart, read_by=p.read_by) for p in self.of(site.ref)] or [site]

    def of(self, ref: Ref) -> list[CallSite]:
        """Where the coroutine or generator that a node gives is run; empty when that cannot be told."""
        if ref not in self._memo:
            self._memo[ref] = None
            found = self._follow(ref, DEPTH)
            self._memo[ref] = [] if found.unclear else found.sites
        return self._memo[ref] or []

    def _is_manager(self, site: CallSite) -> bool:
        """Whether `with` enters what the call gives."""
        users = self.program.users(site.ref.module, site.ref.function).get(site.ref.node, ())
        function = self.program.function(site.ref)
        return any(function.nodes[u].op == "enter" for u in users) or any(
            site.ref.node in context.nodes for context in function.contexts if context.kind == "with"
        )

    def _follow(self, ref: Ref, depth: int) -> Places:
        function = self.program.function(ref)
        users = self.program.users(ref.module, ref.function)
        found = Places([])
        pending, seen = [ref.node], {ref.node}
        for number in pending:
            following = users.get(number, ())
            for user in following:
                node = function.nodes[user]
                if node.op in ("await", "iter", "yield"):
                    found.sites.append(CallSite(ref.sibling(user)))
                elif node.op == "call" and number != node.args[0]:
                    self._handed(ref.sibling(user), number, found, pending, seen, depth)
                elif node.op in PASSES and user not in seen:
                    seen.add(user)
                    pending.append(user)
            if self._is_kept(function, number):
                found.unclear = True
            elif any(e.kind == "return" and e.node == number for e in function.exits) or self._is_lambda(
                function, number
            ):
                self._returned(ref, function, found, depth)
            elif not following and number in function.statements and number != ref.node:
                self._forgotten(ref.sibling(number), found)
        return found

    def _forgotten(self, call: Ref, found: Places) -> None:
        """A task that is started and never awaited; those of a group are awaited by its `with`."""
        if self.callees.of(call).names & {"asyncio.create_task", "asyncio.ensure_future"}:
            found.sites.append(CallSite(call, apart=True))
        else:
            found.unclear = True

    def _is_lambda(self, function: FunctionFlow, number: int) -> bool:
        return function.is_lambda and number == len(function.nodes) - 1

    def _is_kept(self, function: FunctionFlow, number: int) -> bool:
        return any(store.value == number for store in function.stores)

    def _handed(self, call: Ref, number: int, found: Places, pending: list[int], seen: set[int], depth: int) -> None:
        callee = self.callees.of(call)
        reader = next((self._readers[n] for n in callee.names if n in self._readers), None)
        if reader is not None:
            found.sites.append(CallSite(call, apart=True, read_by=reader))
        elif callee.functions:
            followed = [self._parameter(target, call, number, depth) for target in callee.functions]
            found.sites += [site for places in followed for site in places.sites]
            found.unclear = found.unclear or any(p.unclear or not p.sites for p in followed)
        elif callee.tail == "gather" and self.callees.literal_argument(call, "return_exceptions") is True:
            found.sites.append(CallSite(call.sibling(number)))
        elif callee.tail == "start_soon" or any(name.endswith("TaskGroup.create_task") for name in callee.names):
            found.sites.append(CallSite(call))  # the group's `with` waits for it
        elif callee.tail in HANDS_ON:
            if call.node not in seen:
                seen.add(call.node)
                pending.append(call.node)
        elif callee.tail in RUNS_IT:
            found.sites.append(CallSite(call))
        else:
            found.unclear = True

    def _parameter(self, target: FunctionValue, call: Ref, number: int, depth: int) -> Places:
        """The object is handed to a function of the project: where that awaits or reads its parameter."""
        name = self.resolver.callers.parameter_of(target, call, number)
        flow = self.resolver.flow_of(target)
        if name is None or depth <= 0:
            return Places([], unclear=True)
        found = Places([])
        for position, node in enumerate(flow.nodes):
            if node.op == "param" and node.args[0] == name:
                inner = self._follow(Ref(target.module, target.number, position), depth - 1)
                found.sites += inner.sites
                found.unclear = found.unclear or inner.unclear
        return found

    def _returned(self, ref: Ref, function: FunctionFlow, found: Places, depth: int) -> None:
        """The object goes to the callers of the function that makes it."""
        callers = self.resolver.callers.of(ref.module, function.number)
        sites = [s for s in callers.sites if not s.deferred and s.through is None]
        if depth <= 0 or function.is_async or len(sites) < len(callers.sites) or not callers.complete or not sites:
            found.unclear = True
            return
        for site in sites:
            inner = self._follow(site.ref, depth - 1)
            found.sites += inner.sites
            found.unclear = found.unclear or inner.unclear or not inner.sites

    def _results(self, call: Ref) -> list[Ref]:
        """Where the results of work given to a pool are asked for, in the same function: `future.result()`, a loop."""
        function = self.program.function(call)
        users = self.program.users(call.module, call.function)
        if self.program.tail(call.module, function, self.program.node(call).args[0]) == "submit":
            asked = [n for n in function.attributes if function.nodes[n].args[1] == "result"]
            return [call.sibling(user) for n in asked for user in users.get(n, ()) if function.nodes[user].op == "call"]
        pending, seen, found = [call.node], {call.node}, []
        for number in pending:
            for user in users.get(number, ()):
                op = function.nodes[user].op
                if op == "iter" or (op == "call" and number != function.nodes[user].args[0]):
                    found.append(call.sibling(user))
                elif op == "union" and user not in seen:
                    seen.add(user)
                    pending.append(user)
        return found
