"""What runs awaitables beside each other: `gather`, groups of tasks, tasks that are started one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.catalogue import GroupRule
from readylint.flow import FunctionFlow, Node
from readylint.link.bursts import Burst, Run, Runs, Way, loop_around
from readylint.link.handlers import subtree
from readylint.link.sizes import ONE, Size, times
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callee, Callees
    from readylint.link.collection_sizes import Sizes
    from readylint.link.resolver import Resolver


class TaskGroups:
    """Reads the rules of the catalogue for them."""

    def __init__(self, resolver: Resolver, callees: Callees, sizes: Sizes) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.sizes = sizes
        self.rules = [rule for f in resolver.knowledge.frameworks for rule in f.groups]

    def rule(self, callee: Callee) -> GroupRule | None:
        """The rule of the catalogue for what runs awaitables."""
        for rule in self.rules:
            if callee.names & set(rule.function):
                return rule
            if callee.tail in rule.method and not callee.functions and callee.receiver:
                return rule
        return None

    def joined(
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
            loop_around(function, function.nodes[u].context) == loop_around(function, context) for u in awaits
        ):
            beside = self._beside(call, function, loop_around(function, context))
            bursts = (*way.bursts, Burst(beside, call)) if beside != ONE else way.bursts
            return [(call.node, replace(way, bursts=bursts, started=call))]
        return [(call.node, replace(way, started=call))]

    def _beside(self, call: Ref, function: FunctionFlow, group: int) -> Size:
        """Tasks that are started one by one in the same place before the first is awaited: `a = create_task(...)`."""
        inside = subtree(function, group)
        outer = loop_around(function, function.nodes[call.node].context)
        starts = [
            n
            for n in function.calls
            if function.nodes[n].context in inside
            and loop_around(function, function.nodes[n].context) == outer
            and (rule := self.rule(self.callees.of(call.sibling(n)))) is not None
            and rule.starts
        ]
        users = self.program.users(call.module, call.function)
        waits = [function.nodes[u].start for n in starts for u in users.get(n, ()) if function.nodes[u].op == "await"]
        first = min(waits, default=1 << 60)
        return Size("constant", max(1, sum(function.nodes[n].start < first for n in starts)))
