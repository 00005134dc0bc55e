"""In what form a failure of a model call comes out of a place: as an error, as another error, or as an answer."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from readylint.facts import RetryLayer
from readylint.flow import NOTHING, CatchClause, FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.control_paths import ControlPaths, Ending, Walk
from readylint.link.exceptions import EVERYTHING, FAILURES, Caught
from readylint.link.handlers import subtree
from readylint.link.retry_values import Constants, Frames, Situation
from readylint.values import UNKNOWN, ClassValue, External, Made, ObjectValue, Ref, Value

if TYPE_CHECKING:
    from readylint.link.guards import Guards
    from readylint.link.resolver import Resolver


@dataclass(frozen=True, slots=True)
class Failure:
    """What a failed call looks like to whoever waits for its result."""

    errors: frozenset[str] = frozenset(FAILURES)
    """Failures that come as the SDK's own errors."""
    raised: frozenset[Value] = frozenset()
    """Other classes of error that are raised for them."""
    answers: frozenset[Any] = frozenset()
    """What is given back for them; UNKNOWN for more than a literal."""
    vague: bool = False
    """It may also come as an error that cannot be told."""
    lasting: bool | None = field(default=True, compare=False)
    """What fails again each time, a bad request or a wrong key, is among it."""

    @property
    def is_error(self) -> bool:
        """Whether an error may come out."""
        return bool(self.errors or self.raised or self.vague)

    def joined(self, other: Failure) -> Failure:
        """Either of the two."""
        return Failure(
            self.errors | other.errors, self.raised | other.raised, self.answers | other.answers,
            self.vague or other.vague, either(self.lasting, other.lasting),
        )  # fmt: skip


PARTS_LIMIT = 200
TELLING = {
    "print", "str", "repr", "type", "append", "debug", "info", "warning", "warn", "error", "exception", "critical",
    "log",
    "format_exception", "format_exc", "print_exception", "capture_exception", "record_exception", "getattr", "put",
}  # fmt: skip
"""Last names of what only tells of an error or keeps it."""
NO_FAILURE = Failure(frozenset(), lasting=False)


@dataclass(slots=True)
class Held:
    """The part of a failure that a clause or a predicate holds, and whether it may hold more."""

    part: Failure
    names: list[str] = field(default_factory=list)
    unknown: bool = False


@dataclass(slots=True)
class Start:
    """Where control goes on after a failure: a handler, or behind a call that answered for it."""

    context: int
    position: int
    fires: bool | None = True
    given: dict[int, Any] = field(default_factory=dict)
    clause: CatchClause | None = None
    tried: int = NOTHING
    held: Held | None = None
    """What of the failure leads here, by its class."""
    certain: bool = False
    """Every failure of the call has such a class."""
    picks: bool = False
    """The handler looks at the error, and goes on with some of them only."""


@dataclass(slots=True)
class Fallout:
    """What a failure does inside one function."""

    starts: list[Start] = field(default_factory=list)
    live: list[tuple[Failure, int]] = field(default_factory=list)
    """Errors on their way out, with the contexts in which they are raised."""
    answers: frozenset[Any] = frozenset()


class Failures:
    """Follows failures through the `try` statements of a function."""

    def __init__(self, resolver: Resolver, guards: Guards, constants: Constants, paths: ControlPaths) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.guards = guards
        self.exceptions = guards.exceptions
        self.constants = constants
        self.paths = paths

    # which errors are meant ------------------------------------------------------------------------------------

    def held(self, types: Ref | None, failure: Failure, call: ModelCall, frames: Frames) -> Held:
        """What of a failure the classes at a node catch."""
        caught = self.exceptions.caught(self.constants.behind(types, frames) if types is not None else None)
        covered = self.exceptions.covered(caught, call) & failure.errors
        raised = frozenset(v for v in failure.raised if self._is_one_of(v, caught))
        everything = bool(set(caught.names) & EVERYTHING)
        lasting = _both(failure.lasting, self.exceptions.covers_lasting(caught, call))
        lasting = None if lasting and call.is_http and not self._raises_status(call) else lasting
        part = Failure(frozenset(covered), raised, vague=failure.vague and everything, lasting=lasting)
        unclear = caught.unknown or failure.vague or self._differs(call)
        return Held(part, caught.names, not part.is_error and unclear)

    def _differs(self, call: ModelCall) -> bool:
        """Whether the call may be one of several SDKs that raise errors of their own."""
        clients = [self.resolver.knowledge.client(o.sdk, o.constructor) for o in call.objects]
        return len({c.errors_of if c is not None else None for c in clients}) > 1

    def _raises_status(self, call: ModelCall) -> bool:
        """Whether the function turns the status of a plain response into an error."""
        function = self.program.function(call.ref)
        tails = {self.program.tail(call.ref.module, function, function.nodes[n].args[0]) for n in function.calls}
        return "raise_for_status" in tails

    def _is_one_of(self, raised: Value, caught: Caught) -> bool:
        names = set(caught.names)
        if names & EVERYTHING:
            return True
        if isinstance(raised, ClassValue):
            own, outside = self.resolver.classes.bases(raised)
            above = {self.resolver.classes.flow(c).name for c in own}
            return bool(names & (above | {p for o in outside for p in _parents(o)}))
        return isinstance(raised, External) and bool(names & _parents(raised.name))

    # through one function --------------------------------------------------------------------------------------

    def fallout(self, ref: Ref, failure: Failure) -> Fallout:
        """The failure as it comes out of a node."""
        context = self.program.node(ref).context
        result = Fallout(live=[(replace(failure, answers=frozenset()), context)])
        for answer in sorted(failure.answers, key=repr):
            if answer is UNKNOWN:
                result.answers |= {UNKNOWN}
                continue
            node = self.program.node(ref)
            result.starts.append(Start(node.context, node.start + 1, True, {ref.node: answer}))
            result.answers |= self._answers(ref, result.starts[-1], {})
        return result

    def caught(self, ref: Ref, tried: int, result: Fallout, call: ModelCall, frames: Frames) -> None:
        """What the clauses of a `try` around the node make of the failure."""
        function = self.program.function(ref)
        inside = subtree(function, tried)
        for clause in function.contexts[tried].clauses:
            types = ref.sibling(clause.types) if clause.types != NOTHING else None
            for number, (failure, context) in enumerate(result.live):
                if context not in inside:
                    continue
                held = self.held(types, failure, call, frames)
                if not held.part.is_error and not held.unknown:
                    continue
                picks = asks_error(function, clause)
                if held.part.lasting and picks:
                    held.part = replace(held.part, lasting=None)
                start = Start(clause.context, 0, True if _is_sure(held.part) else None, {}, clause, tried, held)
                start.certain, start.picks = self.exceptions.names_all(call), picks
                result.starts.append(start)
                result.live[number] = (_without(failure, held.part), context)
                self._goes_on(ref, start, held, result, frames)

    def _goes_on(self, ref: Ref, start: Start, held: Held, result: Fallout, frames: Frames) -> None:
        function = self.program.function(ref)
        for ending in self._endings(ref, start, frames):
            if ending.kind == "raise":
                result.live.append((self._raised(ref, ending.node, held.part), ending.context))
            elif ending.kind in ("return", "end") and not held.unknown:
                result.answers |= self._answer(ref, ending, start, frames)
        for failure in self._raised_by_calls(ref, function, start.context, held.part):
            result.live.append((failure, start.context))

    def _answers(self, ref: Ref, start: Start, frames: Frames) -> frozenset[Any]:
        found: frozenset[Any] = frozenset()
        for ending in self._endings(ref, start, frames):
            if ending.kind in ("return", "end"):
                found |= self._answer(ref, ending, start, frames)
        return found

    def _answer(self, ref: Ref, ending: Ending, start: Start, frames: Frames) -> frozenset[Any]:
        if ending.node == NOTHING:
            return frozenset({None})
        value = self.situation(ref, start, NOTHING, frames).value(ending.node, 1)
        return frozenset({value})

    def _endings(self, ref: Ref, start: Start, frames: Frames) -> list[Ending]:
        """Every way out of the function after a failure, whichever one it is."""
        situation = self.situation(ref, start, NOTHING, frames)

        def decide(test: int) -> bool | None:
            asked = any(situation.depends(test, number) for number in start.given)
            return situation.holds(test, 1) if asked else None

        walk = Walk(self.paths, ref.module, self.program.function(ref), NOTHING, decide, set())
        return sorted(walk.after(start.context, start.position))

    def situation(self, ref: Ref, start: Start, loop: int, frames: Frames, again: Ref | None = None) -> Situation:
        """The values of nodes after a failure."""
        function = self.program.function(ref)
        found = Situation(self.constants, ref, frames, loop, again)
        found.given = start.given
        if start.tried != NOTHING:
            found.preferred = subtree(function, start.context)
            others = [c.context for c in function.contexts[start.tried].clauses if c.context != start.context]
            others += [n for n, c in enumerate(function.contexts) if c.owner == start.tried and c.kind == "else"]
            found.passed_over = {m for n in (start.tried, *others) for m in subtree(function, n)}
        return found

    def _raised(self, ref: Ref, number: int, same: Failure) -> Failure:
        """What a `raise` raises: the error that was caught, or one made there."""
        if number == NOTHING or self._is_caught_error(ref, number):
            return same
        found: set[Value] = set()
        for value in self.resolver.values(ref.sibling(number)):
            if isinstance(value, ObjectValue):
                found.add(value.cls)
            elif isinstance(value, Made):
                found.add(External(value.name.replace("()", "")))
            elif isinstance(value, ClassValue | External):
                found.add(value)
            else:
                return Failure(frozenset(), vague=True, lasting=same.lasting)
        return Failure(frozenset(), frozenset(found), vague=not found, lasting=same.lasting)

    def _is_caught_error(self, ref: Ref, number: int) -> bool:
        """`raise error`, `raise last` where `last = error` was set in the handler."""
        function = self.program.function(ref)
        pending, seen = [number], {number}
        while pending:
            node = function.nodes[pending.pop()]
            if node.op == "exc":
                return True
            for inner in node.args if node.op == "union" else ():
                if inner not in seen:
                    seen.add(inner)
                    pending.append(inner)
        return False

    def _raised_by_calls(self, ref: Ref, function: FunctionFlow, handler: int, same: Failure) -> Iterator[Failure]:
        """The handler calls a function of the project that raises: `self._fail(error)`."""
        inside = subtree(function, handler)
        for number in function.calls:
            if function.nodes[number].context not in inside:
                continue
            for target in self.guards.callees.of(ref.sibling(number)).functions[:2]:
                flow = self.resolver.flow_of(target)
                at = Ref(target.module, target.number, 0)
                for leave in flow.exits:
                    if leave.kind == "raise" and flow.contexts[leave.context].kind != "handler":
                        yield self._raised(at, leave.node, same)

    def outcome(self, result: Fallout) -> Failure:
        """What of it leaves the function."""
        found = Failure(frozenset(), answers=result.answers, lasting=False)
        for failure, _ in result.live:
            found = found.joined(failure)
        return found


def asks_error(function: FunctionFlow, clause: CatchClause) -> bool:
    """Whether a test behind the clause looks at the error, and some errors leave: `if error.status == 400: raise`."""
    start = function.contexts[clause.context].start
    body = subtree(function, clause.context)
    for number in function.calls:
        node = function.nodes[number]
        target = function.nodes[node.args[0]]
        name = str(target.args[-1]) if target.op in ("attr", "name", "import") else ""
        if node.context in body and name not in TELLING and any(function.nodes[n].op == "exc" for _, n in node.args[1]):
            return True  # a function that is given the error may raise it again
    asking = {
        number
        for number, c in enumerate(function.contexts)
        if c.kind in ("if", "match") and c.nodes and c.start >= start
        if any(function.nodes[n].op == "exc" for n in _reached(function, c.nodes[0]))
    }
    inside = {m for n in (clause.context, *asking) for m in subtree(function, n)} if asking else set()
    return any(e.context in inside and e.kind in ("raise", "return", "break") for e in function.exits)


def _reached(function: FunctionFlow, test: int) -> set[int]:
    """Every node that a test is made of."""
    pending, seen = [test], {test}
    while pending and len(seen) < PARTS_LIMIT:
        for child in function.children(pending.pop()):
            if child not in seen:
                seen.add(child)
                pending.append(child)
    return seen


def tell_layer(layer: RetryLayer, held: list[Held | None], certain: bool) -> None:
    """State which errors a layer repeats; None stands for what cannot be told.

    `certain`: every failure of the call has a class by which it can be caught.
    """
    known = [h for h in held if h is not None]
    layer.errors = list(dict.fromkeys(n for h in known for n in h.names if not n.startswith("<")))
    if layer.fires is False or not held:
        return
    lasting = [h.part.lasting if h is not None else None for h in held]
    layer.transient = None if layer.fires is None else False if True in lasting else None if None in lasting else True
    if (
        layer.fires is True
        and certain
        and len(known) == len(held)
        and not any(h.unknown or h.part.vague for h in known)
    ):
        covered = {f for h in known for f in h.part.errors}
        raised = any(h.part.raised for h in known)
        layer.misses = [] if raised else [f for f in FAILURES if f not in covered]  # type: ignore[misc]


def either(one: bool | None, other: bool | None) -> bool | None:
    """True when one is, None when one cannot be told."""
    return True if one or other else None if one is None or other is None else False


def _left(whole: bool | None, held: bool | None) -> bool | None:
    """What is left of it when a part was held."""
    return False if held is True else None if held is None and whole else whole


def _both(one: bool | None, other: bool | None) -> bool | None:
    return False if one is False or other is False else None if one is None or other is None else True


def _is_sure(part: Failure) -> bool:
    return bool(part.errors or part.raised)


def _without(failure: Failure, part: Failure) -> Failure:
    return replace(
        failure, errors=failure.errors - part.errors, raised=failure.raised - part.raised,
        vague=failure.vague and not part.vague,
        lasting=_left(failure.lasting, part.lasting),
    )  # fmt: skip


def _parents(name: str) -> set[str]:
    """A class of a library with its bases, as far as the standard library tells."""
    found = {name}
    cls = getattr(builtins, name.removeprefix("builtins."), None)
    if isinstance(cls, type):
        found |= {c.__name__ for c in cls.__mro__} | {f"builtins.{c.__name__}" for c in cls.__mro__}
    return found
