"""The ways up from a call, and what repeats it on them: loops, decorators, helpers and queues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readylint.facts import RetryLayer
from readylint.flow import NOTHING, FunctionFlow
from readylint.link.callers import CallSite
from readylint.link.calls import ModelCall
from readylint.link.control_paths import ControlPaths
from readylint.link.retry_decorators import OTHER_PURPOSE, LibraryRetries
from readylint.link.retry_failures import NO_FAILURE, Failure, Failures
from readylint.link.retry_loops import RetryLoops
from readylint.link.retry_recursion import RetryRecursion
from readylint.link.retry_tasks import TaskRetries
from readylint.link.retry_values import Constants, Frames
from readylint.values import External, FunctionValue, Made, ObjectValue, Ref, Value

if TYPE_CHECKING:
    from readylint.link.effective import Effective
    from readylint.link.entries import Entries
    from readylint.link.guards import Guards
    from readylint.link.resolver import Resolver

DEPTH = 8
UNRUN = "it decorates a function that only gives the coroutine out; the error comes where that is awaited"
GENERATOR = "it decorates a generator, which only raises while it is iterated"


@dataclass(slots=True)
class Passage:
    """What a failure meets inside one function."""

    layers: list[RetryLayer]
    failure: Failure
    """What of it leaves the function."""
    handlers: list[int]
    """The contexts that deal with it."""


@dataclass(slots=True)
class Climb:
    """One question: the call, and the functions that are being looked at already."""

    call: ModelCall
    active: set[tuple[int, int]] = field(default_factory=set)


class RetryWays:
    """Collects the layers around a call."""

    def __init__(self, resolver: Resolver, effective: Effective, guards: Guards, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.guards = guards
        self.entries = entries
        self.constants = Constants(resolver)
        paths = ControlPaths(resolver.program)
        self.failures = Failures(resolver, guards, self.constants, paths)
        self.loops = RetryLoops(resolver, guards, self.constants, paths, self.failures)
        self.recursion = RetryRecursion(self.loops)
        self.libraries = LibraryRetries(resolver, effective.reader, self.constants, self.failures)
        self.tasks = TaskRetries(resolver, effective.reader, self.failures)

    def layers(self, call: ModelCall) -> list[RetryLayer]:
        """Everything outside of the SDK that may repeat the call, innermost first."""
        climb = Climb(call)
        layers, failure = self._handed_over(call)
        places, unrun = self._places(call)
        dead = self._dead_decorators(call) if unrun else []
        ways = [self._up(place, failure, climb, 0) for place in places]
        found = [*layers, *dead, *_weakest(ways), *self._of_decorated_objects(call, failure)]
        return [layer for layer in found if layer.why_not != OTHER_PURPOSE]

    def _of_decorated_objects(self, call: ModelCall, failure: Failure) -> list[RetryLayer]:
        """Decorators of a function that an SDK's decorator made a model call of."""
        layers: list[RetryLayer] = []
        for value in call.objects:
            decorated = self.resolver.objects.function_of(value)
            if decorated is not None:
                layers += self._decorated(decorated[0], decorated[1], failure, call)[0]
        return layers

    def _places(self, call: ModelCall) -> tuple[list[Ref], bool]:
        """Where errors of the call come out, and whether that is behind the function that makes it."""
        if call.by_reference or not any(value.is_async for value in call.objects):
            return [call.ref], False
        function = self.program.function(call.ref)
        places = self.guards.deferral.of(call.ref)
        if not places:
            given_out = any(e.kind == "return" and e.node == call.ref.node for e in function.exits)
            return ([], True) if given_out and not function.is_async else ([call.ref], False)
        unrun = any((p.ref.module, p.ref.function) != (call.ref.module, call.ref.function) for p in places)
        return [p.ref for p in places if not p.apart], unrun

    def _dead_decorators(self, call: ModelCall) -> list[RetryLayer]:
        found = []
        for at, value in self._decorators(call.ref.module, self.program.function(call.ref)):
            rule = self.libraries.rule_of(value, iterate=False)
            if rule is not None:
                layer = self.libraries.layer(rule, value, at, NO_FAILURE, call, {})
                layer.fires, layer.why_not = False, UNRUN
                found.append(layer)
        return found

    # upwards ---------------------------------------------------------------------------------------------------

    def _up(self, ref: Ref, failure: Failure, climb: Climb, depth: int) -> list[RetryLayer]:
        """The layers around a place and everything above it."""
        function = self.program.function(ref)
        passage = self._within(ref, failure, climb.call, {})
        key = (ref.module, ref.function)
        if key in climb.active or depth > DEPTH:
            return passage.layers
        climb.active.add(key)
        above = self._above(ref.module, function, passage, climb, depth)
        climb.active.discard(key)
        return passage.layers + above

    def _above(
        self, module: int, function: FunctionFlow, passage: Passage, climb: Climb, depth: int
    ) -> list[RetryLayer]:
        layers, failure = self._decorated(module, function, passage.failure, climb.call)
        entry = self.entries.of(module, function)
        if entry is not None:
            return layers + self.tasks.layers(entry, (module, function), failure, passage.handlers, climb.call)
        if failure == NO_FAILURE:
            return layers
        sites, complete = self.entries.sites(module, function)
        if not complete:
            return layers
        ways: list[list[RetryLayer]] = []
        for site in sites:
            if site.deferred and site.through is None:
                followed = self._followed(site, module, function)
                if followed is None:
                    continue
                site = followed
            for place in self.guards.deferral.raised_at(site, function):
                if (place.ref.module, place.ref.function) in climb.active:
                    continue
                way = [] if place.apart else self._from_site(place, failure, climb, depth + 1)
                if not way:
                    return layers
                ways.append(way)
        return layers + _weakest(ways)

    def _followed(self, site: CallSite, module: int, function: FunctionFlow) -> CallSite | None:
        """The call of the function inside a helper that was not parsed at the start."""
        node = self.program.node(site.ref)
        for _, number in node.args[1] if node.op == "call" else ():
            passed = self.resolver.values(site.ref.sibling(number))
            if not any(
                isinstance(v, FunctionValue) and (v.module, v.number) == (module, function.number) for v in passed
            ):
                continue
            for target in self.guards.callees.of(site.ref).functions[:1]:
                name = self.resolver.callers.parameter_of(target, site.ref, number)
                for place in self._calls_of(target, name) if name is not None else ():
                    return CallSite(place, handed=site.ref)
        return None

    def _from_site(self, site: CallSite, failure: Failure, climb: Climb, depth: int) -> list[RetryLayer]:
        """Above one place that runs the function: a call, a library, or a helper that it is handed to."""
        called = self._called_object(site.ref, failure, climb.call) if site.through is not None else []
        if site.handed is None:
            return called + self._up(site.ref, failure, climb, depth)
        layers, failure = self._helped(site.ref, site.handed, failure, climb.call)
        return called + layers + (self._up(site.handed, failure, climb, depth) if failure != NO_FAILURE else [])

    def _helped(self, ref: Ref, handed: Ref, failure: Failure, call: ModelCall) -> tuple[list[RetryLayer], Failure]:
        """What a helper of the project does around the function that it was given at one call."""
        frames: dict[tuple[int, int], Ref] = {}
        for target in self.guards.callees.of(handed).functions:
            if target.module == ref.module:
                frames[target.module, target.number] = handed
        passage = self._within(ref, failure, call, frames)
        for layer in passage.layers:
            layer.kind = "caller" if layer.kind == "loop" else layer.kind
        more, failure = self._decorated(ref.module, self.program.function(ref), passage.failure, call)
        return passage.layers + more, failure

    def _handed_over(self, call: ModelCall) -> tuple[list[RetryLayer], Failure]:
        """The method itself is handed to a retrying object or to a helper of the project."""
        failure = Failure()
        at = call.argument_call
        if not call.by_reference or at is None or at == call.ref:
            return [], failure
        layers = self._called_object(at, failure, call)
        for target in self.guards.callees.of(at).functions[:1]:
            name = self.resolver.callers.parameter_of(target, at, call.passed)
            for place in self._calls_of(target, name) if name is not None else ():
                found, failure = self._helped(place, at, failure, call)
                return layers + found, failure
        return layers, failure

    def _called_object(self, at: Ref, failure: Failure, call: ModelCall) -> list[RetryLayer]:
        """`Retrying(...)(function, argument)`, `retry_call(function)`, `retry(...)(function)(argument)`."""
        node = self.program.node(at)
        if node.op != "call":
            return []
        for value in self.resolver.values(at.sibling(node.args[0])):
            for iterate in (True, False):
                rule = self.libraries.rule_of(value, iterate)
                if rule is not None:
                    made = value if isinstance(value, Made) else Made(getattr(value, "name", ""), at)
                    layer = self.libraries.layer(rule, made, at, failure, call, {})
                    layer.kind = "caller"
                    return [layer]
        return []

    # inside a function -----------------------------------------------------------------------------------------

    def _within(self, ref: Ref, failure: Failure, call: ModelCall, frames: Frames) -> Passage:
        """Loops around a node in its function, and what of the failure leaves the function."""
        function = self.program.function(ref)
        fallout = self.failures.fallout(ref, failure)
        layers: list[RetryLayer] = []
        for number, around in function.ancestors(function.nodes[ref.node].context):
            if around.kind == "try":
                self.failures.caught(ref, number, fallout, call, frames)
            elif around.kind in ("for", "while"):
                live = self.failures.outcome(fallout)
                layer = self.libraries.loop(ref, around, live, call, frames)
                layer = layer or self.loops.layer(ref, number, fallout.starts, call, frames)
                if layer is not None:
                    layers.append(layer)
        recursion = self.recursion.layer(ref, fallout.starts, frames) if fallout.starts else None
        layers += [recursion] if recursion is not None else []
        handlers = [s.context for s in fallout.starts if s.clause is not None]
        return Passage(layers, self.failures.outcome(fallout), handlers)

    # decorators ------------------------------------------------------------------------------------------------

    def _decorators(self, module: int, function: FunctionFlow) -> Iterator[tuple[Ref, Value]]:
        """The decorators of a function with what they are, the innermost first."""
        for at, target in reversed(list(self.program.decorations(module, function))):
            values = list(self.resolver.values(at))
            if target != at and not any(isinstance(v, Made | External | FunctionValue | ObjectValue) for v in values):
                values = [v for v in self.resolver.values(target) if isinstance(v, FunctionValue)]
            for value in values:
                yield at, value

    def _decorated(
        self, module: int, function: FunctionFlow, failure: Failure, call: ModelCall
    ) -> tuple[list[RetryLayer], Failure]:
        layers: list[RetryLayer] = []
        for at, value in self._decorators(module, function):
            frames = self._frames(at)
            rule = self.libraries.rule_of(value, iterate=False)
            if rule is not None:
                layer = self.libraries.layer(rule, value, at, failure, call, frames)
                if function.is_generator:
                    layer.fires, layer.why_not = False, GENERATOR
                layers.append(layer)
                if layer.fires is True and layer.attempts == "unbounded":
                    return layers, NO_FAILURE
            wrapper = self._wrapper_of(value)
            if wrapper is not None:
                found, failure = self._wrapped(wrapper, at, function, failure, call, frames)
                layers += found
        return layers, failure

    def _frames(self, at: Ref) -> dict[tuple[int, int], Ref]:
        """The factory that a decorator comes out of, entered by this one call."""
        node = self.program.node(at)
        if node.op != "call":
            return {}
        values = self.resolver.values(at.sibling(node.args[0]))
        return {(v.module, v.number): at for v in values if isinstance(v, FunctionValue)}

    def _wrapper_of(self, value: Value) -> FunctionValue | None:
        if isinstance(value, ObjectValue):
            return self.resolver.classes.method(value.cls, "__call__")
        return value if isinstance(value, FunctionValue) else None

    def _wrapped(
        self, decorator: FunctionValue, at: Ref, function: FunctionFlow, failure: Failure, call: ModelCall,
        frames: Frames,
    ) -> tuple[list[RetryLayer], Failure]:  # fmt: skip
        """What a decorator of the project does around the function that it decorates."""
        flow = self.resolver.flow_of(decorator)
        plain = [p.name for p in flow.params if p.kind in ("plain", "only-position")]
        own = plain[1:] if flow.owner != NOTHING else plain
        for place in self._calls_of(decorator, own[0]) if own else ():
            inner = self.program.function(place)
            if (function.is_async or function.is_generator) and not self._is_run(place):
                continue  # the coroutine leaves the try before anything of it runs
            passage = self._within(place, failure, call, frames)
            for layer in passage.layers:
                layer.kind, layer.at = "decorator", self.program.callee_span(at)
            more = self._inner_decorators(place.module, inner, passage.failure, call, frames)
            more += self._laid_over(decorator, passage.failure, call, frames)
            return passage.layers + more, passage.failure
        return self._laid_over(decorator, failure, call, frames), failure

    def _laid_over(
        self, decorator: FunctionValue, failure: Failure, call: ModelCall, frames: Frames
    ) -> list[RetryLayer]:
        """A decorator that gives back what one of a library makes: `return retry(stop=...)(wrapper)`."""
        flow = self.resolver.flow_of(decorator)
        found: dict[Ref, RetryLayer] = {}
        for leave in flow.exits:
            node = flow.nodes[leave.node] if leave.kind == "return" and leave.node != NOTHING else None
            at = (
                Ref(decorator.module, decorator.number, node.args[0])
                if node is not None and node.op == "call"
                else None
            )
            for value in self.resolver.values(at) if at is not None else ():
                rule = self.libraries.rule_of(value, iterate=False)
                if rule is not None and isinstance(value, Made) and at is not None:
                    found[value.ref] = self.libraries.layer(rule, value, at, failure, call, frames)
        return [found[ref] for ref in sorted(found)]

    def _inner_decorators(
        self, module: int, wrapper: FunctionFlow, failure: Failure, call: ModelCall, frames: Frames
    ) -> list[RetryLayer]:
        """A wrapper that carries a decorator of a library itself."""
        layers: list[RetryLayer] = []
        for at, value in self._decorators(module, wrapper):
            rule = self.libraries.rule_of(value, iterate=False)
            if rule is not None:
                layers.append(self.libraries.layer(rule, value, at, failure, call, frames))
        return layers

    def _is_run(self, ref: Ref) -> bool:
        users = self.program.users(ref.module, ref.function).get(ref.node, ())
        return any(self.program.node(ref.sibling(u)).op in ("await", "iter", "call", "yield") for u in users)

    def _calls_of(self, target: FunctionValue, name: str) -> Iterator[Ref]:
        """The calls of a parameter in a function and the functions inside it."""
        flows = self.program.modules[target.module].functions
        for flow in flows:
            around = flow
            while around.number != target.number and around.parent > 0:
                around = flows[around.parent]
            if around.number != target.number:
                continue
            for number in flow.calls:
                called = flow.nodes[flow.nodes[number].args[0]]
                if called.op == "union" and called.args:
                    called = flow.nodes[called.args[0]]
                if called.op in ("param", "name") and called.args[0] == name:
                    yield Ref(target.module, flow.number, number)


def _weakest(ways: list[list[RetryLayer]]) -> list[RetryLayer]:
    """The way on which the fewest attempts are made: what is true of the call from wherever it comes."""
    if not ways or not all(ways):
        return []
    return min(ways, key=_strength)


def _strength(layers: list[RetryLayer]) -> tuple[float, int, list[str]]:
    total = 1.0
    for layer in layers:
        if layer.fires is True:
            known = layer.attempts
            total *= known if isinstance(known, int) else float("inf") if known == "unbounded" else 1e6
    return total, len(layers), [f"{x.at.path}:{x.at.line}" if x.at is not None else "" for x in layers]
