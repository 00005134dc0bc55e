"""Functions that are handed on: run by a library, passed to a function of the project, or kept for later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.catalogue import RunRule
from readylint.flow import FunctionFlow
from readylint.link.callers import CallerSet, CallSite
from readylint.values import External, FunctionValue, Ref, Unknown, Value

if TYPE_CHECKING:
    from readylint.link.callers import Callers
    from readylint.link.resolver import Resolver


class HandedFunctions:
    """Finds the places that run them."""

    def __init__(self, resolver: Resolver, callers: Callers) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callers = callers
        self.nodes = [r for f in resolver.knowledge.frameworks for r in f.nodes]

    def handed_on(self, found: CallerSet, user: Ref, ref: Ref) -> None:
        """The function is an operand of `user`: run by a library, passed to a function of the project, or kept."""
        node = self.program.node(user)
        if node.op != "call":
            if node.op in ("union", "tuple", "list", "dict", "set", "ifexp", "bool", "attr", "compare"):
                found.leave_open("it is kept in a variable or table")
            return
        rule, shift = self.callers.run_rule(user, ref.node)
        if rule is not None:
            if not (rule.wraps and self._wrapper_handed_on(found, user)):
                found.sites.append(CallSite(user, shift, rule))
            return
        if self._kept_as_node(found, user):
            return
        followed = False
        for value in self._targets(user.sibling(node.args[0])):
            if isinstance(value, FunctionValue):
                followed = self._through_parameter(found, value, user, ref.node) or followed
        if not followed:
            found.sites.append(CallSite(user, deferred=True))

    def given_out(self, found: CallerSet, ref: Ref, module: int, flow: FunctionFlow, depth: int = 3) -> None:
        """The function is taken from somewhere at `ref`: it is called there, handed on, or returned to be called."""
        function = self.program.function(ref)
        users = self.program.users(ref.module, ref.function)
        pending = [ref.node]
        for number in pending:
            for user in users.get(number, ()):
                node = function.nodes[user]
                if node.op == "union" and user not in pending:
                    pending.append(user)
                elif node.op == "call" and node.args[0] == number:
                    found.sites.append(CallSite(ref.sibling(user)))
                else:
                    self.handed_on(found, ref.sibling(user), ref.sibling(number))
            for store in function.stores:
                if store.value == number and store.item:
                    found.leave_open("it is kept in a variable or table")
                elif store.value == number:
                    self.callers.consider_calls(found, store.key, module, flow)
            if any(e.kind == "return" and e.node == number for e in function.exits):
                self.returned(found, ref, module, flow, depth)

    def returned(self, found: CallerSet, ref: Ref, module: int, flow: FunctionFlow, depth: int = 3) -> None:
        """It goes to the callers of the function that takes it."""
        callers = self.callers.of(ref.module, ref.function)
        for site in callers.sites:
            if depth > 0 and not site.deferred and site.through is None:
                self.given_out(found, site.ref, module, flow, depth - 1)
        if not callers.complete or not callers.sites:
            found.leave_open("it is returned by a function with other callers")

    def _targets(self, callee: Ref) -> tuple[Value, ...]:
        """What is called; where it stands in a module that was not parsed, that is looked into."""
        values = self.resolver.values(callee)
        if all(isinstance(v, Unknown) for v in values):
            with self.resolver.mode(loading=True):
                return self.resolver.values(callee)
        return values

    def _wrapper_handed_on(self, found: CallerSet, wrapper: Ref) -> bool:
        """What is made of the function goes straight into another call: that runs it, or keeps it."""
        function = self.program.function(wrapper)
        followed = False
        for user in self.program.users(wrapper.module, wrapper.function).get(wrapper.node, ()):
            node = function.nodes[user]
            if node.op == "call" and node.args[0] != wrapper.node:
                self.handed_on(found, wrapper.sibling(user), wrapper)
                followed = True
        return followed

    def _kept_as_node(self, found: CallerSet, call: Ref) -> bool:
        """The function becomes a node of a graph: it runs where the only graph of the program is asked."""
        names = self._names(call)
        for rule in self.nodes:
            kinds = {make for make in rule.make if f"{make}.{rule.method}" in names}
            if not kinds:
                continue
            made = [c for make in rule.make for c in self._calls_of(make)]
            runs = [(run, False) for run in rule.run_by] + [(run, True) for run in rule.run_by_async]
            sites = [
                CallSite(at, through=RunRule(thread=in_thread), deferred=True)
                for run, in_thread in runs
                for make in rule.make
                for at in self._calls_of(f"{make}.{run}")
            ]
            if len(set(made)) != 1 or not sites:
                return False
            found.sites += sites
            return True
        return False

    def _names(self, call: Ref) -> set[str]:
        target = call.sibling(self.program.node(call).args[0])
        return {v.name.replace("()", "") for v in self.resolver.values(target) if isinstance(v, External)}

    def _calls_of(self, name: str) -> list[Ref]:
        """The calls of a library function or method."""
        tail = name.rsplit(".", 1)[-1]
        return [call for call in list(self.program.calls_by_tail.get(tail, ())) if name in self._names(call)]

    def _through_parameter(self, found: CallerSet, target: FunctionValue, call: Ref, passed: int) -> bool:
        """The function is passed to a project function: the calls of that parameter are the callers."""
        name = self.callers.parameter_of(target, call, passed)
        if name is None:
            return False
        flow = self.resolver.flow_of(target)
        sites: list[CallSite] = []
        for inner in self.program.modules[target.module].functions:
            if inner.number != flow.number and not self.program.is_inside(target.module, inner, flow.number):
                continue
            for number in inner.calls:
                called = inner.nodes[inner.nodes[number].args[0]]
                if called.op == "union" and called.args:
                    called = inner.nodes[called.args[0]]
                if called.op in ("param", "name") and called.args[0] == name:
                    sites.append(CallSite(Ref(target.module, inner.number, number), handed=call))
        found.sites += sites
        return bool(sites)
