"""Loops in the project that try a call again when it fails, and how often."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.facts import RetryLayer, Span
from readylint.flow import NOTHING, FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.control_paths import ControlPaths, Ending, Walk
from readylint.link.handlers import subtree
from readylint.link.retry_failures import Failures, Start, tell_layer
from readylint.link.retry_values import TURNS_LIMIT, Constants, CountedTests, Frames, Situation
from readylint.link.retry_waits import Waits
from readylint.link.retry_work import NewWork
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.guards import Guards
    from readylint.link.resolver import Resolver

Attempts = int | str | None
STATUS = {"status_code", "status", "ok", "is_success", "is_error"}
"""What a plain response calls its failure."""


class RetryLoops:
    """Reads loops around failing calls as attempts."""

    def __init__(
        self, resolver: Resolver, guards: Guards, constants: Constants, paths: ControlPaths, failures: Failures
    ) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.guards = guards
        self.constants = constants
        self.paths = paths
        self.failures = failures
        self.work = NewWork(resolver, guards.callees)
        self.waits = Waits(resolver.program, guards.callees, constants)

    def layer(self, ref: Ref, loop: int, starts: list[Start], call: ModelCall, frames: Frames) -> RetryLayer | None:
        """The loop as a layer, when one of the ways after a failure makes it try again."""
        function = self.program.function(ref)
        ways = [s for s in starts if s.clause is not None or self._looked_at(ref, loop, s, frames)]
        ways = [s for s in ways if not self.asks_person(ref, s)]
        if call.is_http and ref == call.ref and not ways and self._asks_status(ref, loop):
            node = self.program.node(ref)
            ways = [Start(node.context, node.start + 1, True)]
        if not ways or not self._success_leaves(ref, loop, ways, frames):
            return None
        found = []
        for way in ways:
            attempts = self._attempts(ref, loop, way, frames)
            if attempts != 1:
                found.append((attempts, way))
        if not found or self.work.taken(ref, loop):
            return None
        context = function.contexts[loop]
        span = self.program.modules[ref.module].place(
            context.start, context.start + (5 if context.kind == "while" else 3)
        )
        layer = self.as_layer(ref, loop, found, span, frames)
        if self._goes_through_items(ref, loop):
            layer.kind = "router"
        return layer

    def asks_person(self, ref: Ref, way: Start) -> bool:
        """Whether a person is asked after the failure: then it is the person who tries again."""
        function = self.program.function(ref)
        inside = subtree(function, way.clause.context) if way.clause is not None else set()
        return any(self.work.takes(ref.sibling(n)) for n in function.calls if function.nodes[n].context in inside)

    def _looked_at(self, ref: Ref, loop: int, way: Start, frames: Frames) -> bool:
        """Whether a test in the loop tells the answer to a failure from others."""
        function = self.program.function(ref)
        situation = self.failures.situation(ref, way, loop, frames)
        inside = subtree(function, loop)
        tests = {
            c.nodes[0] for n, c in enumerate(function.contexts) if n in inside and c.kind in ("if", "while") and c.nodes
        }
        return any(situation.depends(t, ref.node) and situation.holds(t, 1) is not None for t in tests)

    def as_layer(
        self, ref: Ref, loop: int, found: list[tuple[Attempts, Start]], span: Span, frames: Frames
    ) -> RetryLayer:
        """The attempts that several ways after a failure make of a call, as one layer."""
        most = most_attempts([attempts for attempts, _ in found])
        function = self.program.function(ref)
        handlers = {c for _, way in found if way.clause is not None for c in subtree(function, way.clause.context)}
        backoff = self.waits.grow(ref, handlers, subtree(function, loop), frames)
        if backoff is False and any(way.picks for _, way in found):
            backoff = None  # it may go on for errors that no wait cures: a prompt that was too long
        fires = True if any(way.fires for _, way in found) else None
        layer = RetryLayer("loop", most, fires, backoff, None, span)
        tell_layer(layer, [way.held for _, way in found], all(way.certain for _, way in found))
        if layer.backoff is False and {"rate-limit", "connection", "timeout"} <= set(layer.misses):
            layer.backoff = None  # what is left is no matter of time
        return layer

    def _asks_status(self, ref: Ref, loop: int) -> bool:
        """`if response.status_code == 200:` in the loop, for plain requests."""
        function = self.program.function(ref)
        tests = [function.contexts[n].nodes[0] for n in subtree(function, loop) if function.contexts[n].kind == "if"]
        situation = Situation(self.constants, ref, {}, NOTHING)
        return any(
            situation.depends(test, ref.node)
            and any(function.nodes[n].args[1] in STATUS for n in function.attributes if situation.depends(test, n))
            for test in tests
        )

    # after a success -------------------------------------------------------------------------------------------

    def _success_leaves(self, ref: Ref, loop: int, ways: list[Start], frames: Frames) -> bool:
        """The loop is left when the call worked, so its turns are attempts and not items of work."""
        function = self.program.function(ref)
        situation = Situation(self.constants, ref, frames, NOTHING)
        handlers = {c for way in ways if way.clause is not None for c in subtree(function, way.clause.context)}
        situation.passed_over = handlers
        asked: list[int] = []

        def decide(test: int) -> bool | None:
            held = situation.holds(test, 1)
            if held is None:
                asked.append(test)
            return held

        node = self.program.node(ref)
        endings = Walk(self.paths, ref.module, function, loop, decide, set()).after(node.context, node.start + 1)
        kinds = {e.kind for e in endings}
        if "turn" not in kinds:
            items = self._goes_through_items(ref, loop)
            return bool(kinds & {"return", "left", "raise", "end"}) and (not items or self._in_every_turn(ref, loop))
        if self._flag_ends(ref, loop, ways):
            return True
        if not kinds & {"return", "left"} or self._goes_through_items(ref, loop):
            return False
        return any(situation.depends(test, ref.node) and self._leaves_by(function, test, loop) for test in asked)

    def _leaves_by(self, function: FunctionFlow, test: int, loop: int) -> bool:
        """Whether a branch of the test leaves the loop, or skips what would leave it."""
        branches = [n for n, c in enumerate(function.contexts) if c.kind == "if" and c.nodes == (test,)]
        inside = {m for n in branches for m in subtree(function, n)}
        return any(e.context in inside for e in function.exits if e.kind != "raise")

    def _flag_ends(self, ref: Ref, loop: int, ways: list[Start]) -> bool:
        """`while answer is None`, `while keep`, `if done: break`: what is asked was set when the call worked."""
        function = self.program.function(ref)
        inside = subtree(function, loop)
        context = function.contexts[loop]
        asked = [(p, False) for p in conjuncts(function, context.nodes[0])] if context.kind == "while" else []
        for number in sorted(inside):
            branch = function.contexts[number]
            if branch.kind == "if" and any(e.kind == "break" and e.context == number for e in function.exits):
                asked.append((branch.nodes[0], branch.branch))
        handlers = {c for way in ways if way.clause is not None for c in subtree(function, way.clause.context)}
        return any(self._set_by_success(ref, loop, test, leaves, inside - handlers) for test, leaves in asked)

    def _set_by_success(self, ref: Ref, loop: int, test: int, leaves: bool, inside: set[int]) -> bool:
        """Whether a name in the test is given a value behind the call with which the loop is left."""
        function = self.program.function(ref)
        situation = Situation(self.constants, ref, {}, loop)
        behind = self.program.node(ref).start
        written = _parts(function, test, into_joins=False)
        for number in sorted(_parts(function, test) - written):
            node = function.nodes[number]
            if node.context not in inside or node.op == "union" or node.start < function.contexts[loop].start:
                continue
            is_flag = node.op == "const" and node.start > behind
            if (is_flag or situation.depends(number, ref.node)) and self._with(ref, loop, test, number) in (
                leaves,
                None,
            ):
                return True
        return False

    def _with(self, ref: Ref, loop: int, test: int, number: int) -> bool | None:
        """Whether the test holds when the name in it has been set to a node."""
        function = self.program.function(ref)
        situation = Situation(self.constants, ref, {}, loop)
        for join in _parts(function, test, into_joins=False):
            if function.nodes[join].op == "union" and number in _parts(function, join):
                value = situation.value(number, 1)
                situation.given = {**situation.given, join: value}
        return situation.holds(test, 1)

    def _in_every_turn(self, ref: Ref, loop: int) -> bool:
        """The call is made for each item, not for those that ask for it."""
        function = self.program.function(ref)
        walk = Walk(self.paths, ref.module, function, loop, lambda _: None, {ref.node})
        return {e.kind for e in walk.turn()} == {"mark"}

    def _goes_through_items(self, ref: Ref, loop: int) -> bool:
        """The loop goes through work: each turn calls with another item."""
        function = self.program.function(ref)
        context = function.contexts[loop]
        if context.kind != "for" or not context.nodes:
            return False
        source = function.nodes[context.nodes[0]]
        if source.op == "call" and self.program.tail(ref.module, function, source.args[0]) in ("range", "count"):
            return False
        situation = Situation(self.constants, ref, {}, NOTHING)
        taken = [n for n, node in enumerate(function.nodes) if node.op == "iter" and node.args == context.nodes]
        return source.op not in ("list", "tuple") or any(situation.depends(ref.node, n) for n in taken)

    # after a failure -------------------------------------------------------------------------------------------

    def _attempts(self, ref: Ref, loop: int, way: Start, frames: Frames) -> Attempts:
        """How often the call is tried when it fails each time; 1 when the loop does not come round."""
        function = self.program.function(ref)
        situation = self.failures.situation(ref, way, loop, frames)
        context = function.contexts[loop]
        counted = CountedTests(situation)
        reached = self._comes_to(ref, loop, counted)
        turns = situation.range(context.nodes[0], 1) if context.kind == "for" and context.nodes else None
        for turn in range(1, TURNS_LIMIT + 1):
            counted.turn = turn
            walk = Walk(self.paths, ref.module, function, loop, counted.holds, set(), failing=True)
            endings = walk.after(way.context, way.position)
            if not any(e.kind == "turn" for e in endings):
                return turn
            if turns is not None and turn >= len(turns):
                return turn
            counted.turn = turn + 1
            if context.kind == "while" and counted.holds(context.nodes[0]) is False:
                return turn
            if reached and not self._comes_to(ref, loop, counted):
                return turn
            if turn >= 2 and not counted.decided:
                break
        if turns is not None:
            return len(turns)
        return self._open_end(ref, loop, counted, endings)

    def _open_end(self, ref: Ref, loop: int, counted: CountedTests, endings: set[Ending]) -> Attempts:
        """The end of a loop whose turns cannot be counted."""
        function = self.program.function(ref)
        context = function.contexts[loop]
        if context.kind == "for":
            return self._length(ref, context.nodes[0]) if context.nodes else None
        open_end = any(e.kind != "turn" for e in endings)
        if open_end and any(leaves(function, t) for t in counted.open if t != context.nodes[0]):
            return "bounded"
        test = function.nodes[context.nodes[0]]
        if test.op == "const" or all(counted.situation.depends(t, ref.node) for t in [context.nodes[0]]):
            return "unbounded"
        parts = [function.nodes[p] for p in conjuncts(function, context.nodes[0])]
        if any(o.endswith(("Than", "ThanEqual")) for p in parts if p.op == "compare" for o, _ in p.args[1]):
            return "bounded"
        # A flag that only a success changes keeps the loop going.
        return "unbounded" if all(self._is_flag(ref, loop, p) for p in (context.nodes[0],)) else None

    def _is_flag(self, ref: Ref, loop: int, test: int) -> bool:
        function = self.program.function(ref)
        return any(function.carried.get(n) == loop for n in _parts(function, test, into_joins=False))

    def _comes_to(self, ref: Ref, loop: int, counted: CountedTests) -> bool:
        """Whether the call is reached in that turn."""
        function = self.program.function(ref)
        walk = Walk(self.paths, ref.module, function, loop, counted.holds, {ref.node})
        return Ending("mark", ref.node) in walk.turn()

    def _length(self, ref: Ref, source: int) -> Attempts:
        """The turns of a `for` over something written out; every other list has an end."""
        node = self.program.function(ref).nodes[source]
        if node.op in ("list", "tuple"):
            starred = any(self.program.node(ref.sibling(n)).op == "star" for n in node.args)
            return "bounded" if starred else len(node.args)
        if node.op == "call":
            tail = self.program.tail(ref.module, self.program.function(ref), node.args[0])
            if tail == "count":
                return "unbounded"
            if tail == "enumerate" and node.args[1]:
                return self._length(ref, node.args[1][0][1])
        return "bounded"


def most_attempts(found: list[Attempts]) -> Attempts:
    """The most of several counts; what cannot be told is more than any number, and less than no end."""
    if "unbounded" in found:
        return "unbounded"
    if None in found:
        return None
    numbers = [a for a in found if isinstance(a, int)]
    return "bounded" if "bounded" in found else max(numbers, default=None)


def conjuncts(function: FunctionFlow, test: int) -> list[int]:
    """The parts of `a and b`, each of which ends a loop when it fails."""
    node = function.nodes[test]
    if node.op == "bool" and node.args[0] == "And":
        return [p for n in node.args[1:] for p in conjuncts(function, n)]
    return [test]


def _parts(function: FunctionFlow, test: int, into_joins: bool = True) -> set[int]:
    """The nodes that a test is made of, and, `into_joins`, the values that its names were given."""
    pending, seen = [test], {test}
    while pending:
        number = pending.pop()
        node = function.nodes[number]
        if node.op == "union" and not into_joins:
            continue
        if node.op not in ("union", "compare", "not", "bool", "unary", "await", "ifexp", "call"):
            continue
        for child in function.children(number):
            if child not in seen and len(seen) < 100:
                seen.add(child)
                pending.append(child)
    return seen


def leaves(function: FunctionFlow, test: int) -> bool:
    """Whether a branch of the test leaves the loop or the function."""
    branches = [n for n, c in enumerate(function.contexts) if c.kind == "if" and c.nodes == (test,)]
    inside = {m for n in branches for m in subtree(function, n)}
    return any(e.context in inside for e in function.exits if e.kind in ("raise", "return", "break"))
