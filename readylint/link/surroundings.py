"""What surrounds a call: loops, the event loop, time limits around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from readylint.catalogue import LimitRule
from readylint.facts import Span
from readylint.flow import Context, FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.deferral import Deferral
from readylint.link.effective import Effective
from readylint.link.handlers import subtree
from readylint.link.readings import Reading
from readylint.values import Answer, Const, FunctionValue, Made, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver

Loop = Literal["none", "bounded", "unbounded", "person", "unknown"]


class Surroundings:
    """Questions about the places around a call."""

    def __init__(self, resolver: Resolver, effective: Effective, callees: Callees, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.effective = effective
        self.callees = callees
        self.entries = entries
        self.deferral = Deferral(resolver, callees)
        self.limits = [limit for f in resolver.knowledge.frameworks for limit in f.limits]
        self.person = {n for e in resolver.knowledge.evidence for n in e.person}
        self._blocking: dict[tuple[int, int], bool | None] = {}

    # loops -----------------------------------------------------------------------------------------------------

    def loop(self, ref: Ref) -> Loop:
        """What repeats the call inside its function."""
        function = self.program.function(ref)
        found: Loop = "none"
        for number, around in function.ancestors(function.nodes[ref.node].context):
            if around.kind in ("for", "comp"):
                found = "bounded" if found == "none" else found
            elif around.kind == "while":
                kind = self._while(ref, function, number, around)
                if kind in ("person", "unbounded") or found == "none":
                    return kind
        return found

    def _while(self, ref: Ref, function: FunctionFlow, number: int, around: Context) -> Loop:
        inside = subtree(function, number)
        for call in function.calls:
            if function.nodes[call].context in inside:
                callee = self.callees.of(ref.sibling(call))
                if callee.names & self.person or callee.tail in ("input", "prompt_async"):
                    return "person"
        test = function.nodes[around.nodes[0]]
        asks = test.op == "compare" and any(
            isinstance(v, Answer) for v in self.resolver.values(ref.sibling(test.args[0]))
        )  # `while response.stop_reason == "tool_use"` ends when the model likes
        if not (test.op == "const" and test.args[0]) and not asks:
            return "bounded" if test.op == "compare" and self._numeric(function, around.nodes[0]) else "unknown"
        leaves = [e for e in function.exits if e.context in inside and e.kind in ("return", "break", "raise")]
        if any(self._counts(function, e.context, number) for e in leaves):
            return "bounded"
        return "unbounded"

    def _numeric(self, function: FunctionFlow, test: int) -> bool:
        node = function.nodes[test]
        sides = [node.args[0], *(n for _, n in node.args[1])]
        return any(
            operator in ("LessThan", "LessThanEqual", "GreaterThan", "GreaterThanEqual") for operator, _ in node.args[1]
        ) or any(function.nodes[s].op == "const" and isinstance(function.nodes[s].args[0], int) for s in sides)

    def _counts(self, function: FunctionFlow, context: int, loop: int) -> bool:
        """A way out under a test of size: a counter, a budget, a deadline."""
        for number, around in function.ancestors(context):
            if number == loop:
                return False
            if around.kind == "if" and around.nodes and function.nodes[around.nodes[0]].op in ("compare", "bool"):
                node = function.nodes[around.nodes[0]]
                tests = [around.nodes[0]] if node.op == "compare" else list(node.args[1:])
                if any(function.nodes[t].op == "compare" and self._ordered(function, t) for t in tests):
                    return True
        return False

    def _ordered(self, function: FunctionFlow, test: int) -> bool:
        wanted = ("LessThan", "LessThanEqual", "GreaterThan", "GreaterThanEqual")
        return any(operator in wanted for operator, _ in function.nodes[test].args[1])

    # the event loop --------------------------------------------------------------------------------------------

    def sync_call(self, call: ModelCall) -> bool | None:
        """Whether the call itself blocks its thread: True for sync methods, False for awaitables."""
        if call.declared is not None:
            return False if self._awaited(call.ref) else None
        if call.call.background:
            return False
        if call.call.is_async is not None:
            return not call.call.is_async
        known = {o.is_async for o in call.objects if o.is_async is not None}
        if len(known) == 1:
            return not known.pop()
        if self._awaited(call.ref):
            return False
        return True if not call.objects and not known else None

    def _awaited(self, ref: Ref) -> bool:
        function = self.program.function(ref)
        users = self.program.users(ref.module, ref.function).get(ref.node, ())
        return any(function.nodes[u].op == "await" for u in users)

    def blocking(self, call: ModelCall) -> tuple[bool | None, list[Span]]:
        """Whether a sync call runs on the event loop, here or through sync functions; and the way it gets there."""
        sync = self.sync_call(call)
        if sync is False:
            return False, []
        if call.by_reference and call.argument_call is not None:
            rule, _ = self.resolver.callers.run_rule(call.argument_call, call.passed)
            if rule is None or rule.thread or rule.wraps:
                return False if rule is not None else None, []
        if not self.program.has_coroutines():
            return False, []
        on_loop, way = self._on_loop(call.ref, set())
        if sync is None:
            return (None, []) if on_loop is not False else (False, [])
        return on_loop, way

    def _on_loop(self, ref: Ref, seen: set[tuple[int, int]]) -> tuple[bool | None, list[Span]]:
        function = self.program.function(ref)
        if function.is_async:
            return True, [self.program.callee_span(ref)]
        key = (ref.module, ref.function)
        if key in seen or len(seen) > 60:
            return False, []
        seen.add(key)
        entry = self.entries.of(ref.module, function)
        if entry is not None or self._moved_to_thread(ref.module, function):
            return False, []
        sites, complete = self.entries.sites(ref.module, function)
        possible = [] if complete else self.entries.possible_sites(ref.module, function)
        unknown = possible is None
        for site in (p for s in possible or () for p in self.deferral.raised_at(s, function)):
            unknown = unknown or self._on_loop(site.ref, seen)[0] is not False
        for site in (place for s in sites for place in self.deferral.raised_at(s, function)):
            if site.through is not None and (site.through.thread or site.through.wraps):
                continue
            if site.read_by is not None and site.read_by.thread:
                continue
            if site.deferred and site.through is None:
                unknown = True
                continue
            found, way = self._on_loop(site.ref, seen)
            if found and site.maybe:
                found = None
            if found:
                return True, [*way, self.program.callee_span(ref)]
            unknown = unknown or found is None
        return (None if unknown else False), []

    def _moved_to_thread(self, module: int, function: FunctionFlow) -> bool:
        """A decorator of the project hands the function to a thread."""
        for _, target in self.program.decorations(module, function):
            for value in self.resolver.values(target):
                if isinstance(value, FunctionValue) and self._threads_inside(value):
                    return True
        return False

    def _threads_inside(self, decorator: FunctionValue) -> bool:
        flows = self.program.modules[decorator.module].functions
        names = {p.name for p in flows[decorator.number].params}
        for flow in flows:
            if flow.parent != decorator.number:
                continue
            for number in flow.calls:
                call = Ref(decorator.module, flow.number, number)
                for _, given in flow.nodes[number].args[1]:
                    rule, _ = self.resolver.callers.run_rule(call, given)
                    if rule is not None and rule.thread and self._holds(flow, given, names):
                        return True
        return False

    def _holds(self, flow: FunctionFlow, number: int, names: set[str]) -> bool:
        """Whether an expression is one of these names of the function around, or something made of it."""
        pending = [number]
        for one in pending:
            node = flow.nodes[one]
            if node.op == "name" and node.args[0] in names:
                return True
            pending += [c for c in flow.children(one) if c not in pending]
        return False

    # time limits -----------------------------------------------------------------------------------------------

    def enclosing(self, call: ModelCall) -> Reading | None:
        """A time limit around the call: `wait_for`, `asyncio.timeout`, `fail_after`, in its function or a caller's."""
        if self.program.function(call.ref).is_async and self.sync_call(call) and not call.by_reference:
            return None  # what blocks the event loop cannot be stopped by it
        return self._limit(call.ref, 0, set())

    def _limit(self, ref: Ref, depth: int, seen: set[tuple[int, int]]) -> Reading | None:
        function = self.program.function(ref)
        found = self._limit_here(ref, function)
        if found is not None:
            return found
        key = (ref.module, ref.function)
        if key in seen or depth > 4:
            return None
        seen.add(key)
        if self.entries.of(ref.module, function) is not None:
            return None
        sites, complete = self.entries.sites(ref.module, function)
        limits = [self._limit(s.ref, depth + 1, seen) for s in sites]
        if limits and complete and all(x is not None for x in limits):
            return max(
                (x for x in limits if x is not None), key=lambda r: r.value if isinstance(r.value, int | float) else 0
            )
        return None

    def _limit_here(self, ref: Ref, function: FunctionFlow) -> Reading | None:
        for _, around in function.ancestors(function.nodes[ref.node].context):
            if around.kind == "with":
                for number in around.nodes:
                    found = self._matching(ref.sibling(number), "manager")
                    if found is not None:
                        return found
        number = ref.node
        users = self.program.users(ref.module, ref.function)
        for _ in range(4):
            following = users.get(number, ())
            for user in following:
                node = function.nodes[user]
                if node.op == "call" and number in [n for _, n in node.args[1]]:
                    found = self._matching(ref.sibling(user), "function")
                    if found is not None:
                        return found
            step = next((u for u in following if function.nodes[u].op in ("union", "await", "call")), None)
            if step is None:
                break
            number = step
        return self._decorated_limit(ref.module, function)

    def _decorated_limit(self, module: int, function: FunctionFlow) -> Reading | None:
        for at, _ in self.program.decorations(module, function):
            found = self._matching(at, "decorator")
            if found is not None:
                return found
        return None

    def _matching(self, call: Ref, way: str) -> Reading | None:
        if self.program.node(call).op != "call":
            return None
        callee = self.callees.of(call)
        for limit in self.limits:
            if callee.names & set(getattr(limit, way)):
                return self._seconds(call, limit)
        return None

    def _seconds(self, call: Ref, limit: LimitRule) -> Reading:
        given = self.effective.reader.find(call, limit.seconds)
        for ref in given.refs:
            for value in self.resolver.values(ref):
                if isinstance(value, Const):
                    number = "none" if value.value is None else value.value
                    return Reading(number, "enclosing", self.program.callee_span(call), ref=value.ref)
        return Reading(None, "enclosing", self.program.callee_span(call))


def is_made(value: object, name: str) -> bool:
    """Whether a value is the result of calling a library name."""
    return isinstance(value, Made) and value.name == name
