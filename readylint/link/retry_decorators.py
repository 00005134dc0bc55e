"""Decorators and objects of retry libraries: whether they see the failure of a call, and how often they try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from readylint.catalogue import Argument, RetryRule
from readylint.facts import RetryLayer
from readylint.flow import NOTHING, Context
from readylint.link.calls import ModelCall
from readylint.link.exceptions import FAILURES
from readylint.link.retry_failures import Failure, Failures, Held, tell_layer
from readylint.link.retry_values import Constants, Frames, Situation
from readylint.values import UNKNOWN, Const, External, FunctionValue, Made, Ref, Value

if TYPE_CHECKING:
    from readylint.link.arguments import ArgumentReader
    from readylint.link.resolver import Resolver

SWALLOWED = "the function catches the error inside, so nothing reaches it"
OTHER_PURPOSE = "it is there for errors of the project's own, not for those of the provider"
"""Of such a layer nothing is said: it neither retries the request nor fails to."""
DEPTH = 4


class LibraryRetries:
    """Reads the retry rules of the catalogue at a decorator or constructor."""

    def __init__(self, resolver: Resolver, reader: ArgumentReader, constants: Constants, failures: Failures) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.reader = reader
        self.constants = constants
        self.failures = failures
        self.rules: list[RetryRule] = resolver.knowledge.first_evidence("retry")

    def rule_of(self, value: Value, iterate: bool) -> RetryRule | None:
        """The rule for an object or decorator of a library."""
        if not isinstance(value, Made | External):
            return None
        name = value.name.replace("()", "")
        rule = next((r for r in self.rules if name in r.make and r.iterate is iterate), None)
        if rule is None or rule.default_attempts != 1 or rule.attempts is None:
            return rule
        asked = isinstance(value, Made) and self.reader.find(value.ref, rule.attempts)
        return rule if asked and (asked.refs or asked.unknown) else None

    def layer(
        self, rule: RetryRule, value: Value, at: Ref, failure: Failure, call: ModelCall, frames: Frames
    ) -> RetryLayer:
        """What one decorator or object does with the failure that reaches it; `at` is where it stands."""
        made = value.ref if isinstance(value, Made) else None
        layer = RetryLayer("decorator", rule.default_attempts, True, rule.backoff == "always")
        layer.at = self.program.callee_span(made or at)
        if made is not None:
            self._attempts_given(rule, made, layer, frames)
            layer.backoff = self._backoff(rule, made)
        self._fires(rule, made, failure, call, layer, frames)
        self._repeats(rule, made, failure, call, layer, frames)
        if layer.attempts == 1 and layer.fires is not False:
            layer.fires, layer.why_not = False, "it stops after the first attempt"
        return layer

    def loop(self, ref: Ref, around: Context, failure: Failure, call: ModelCall, frames: Frames) -> RetryLayer | None:
        """`for attempt in Retrying(...)`."""
        if around.kind != "for" or not around.nodes:
            return None
        for value in self.resolver.values(ref.sibling(around.nodes[0])):
            rule = self.rule_of(value, iterate=True)
            if rule is not None and isinstance(value, Made):
                layer = self.layer(rule, value, value.ref, failure, call, frames)
                layer.kind = "loop"
                return layer
        return None

    # how often -------------------------------------------------------------------------------------------------

    def _attempts_given(self, rule: RetryRule, made: Ref, layer: RetryLayer, frames: Frames) -> None:
        given = self.reader.find(made, rule.attempts) if rule.attempts is not None else None
        if given is not None and given.refs:
            number = self._attempts(rule, given.refs[0], frames)
            more = rule.attempts is not None and rule.attempts.counts == "retries" and isinstance(number, int)
            layer.attempts = number + 1 if more and isinstance(number, int) else number
        elif given is not None and given.unknown:
            layer.attempts = None
        for bound in rule.time_bounds:
            if "." not in bound and layer.attempts == "unbounded" and self.resolver.argument(made, bound) is not None:
                layer.attempts = "bounded"

    def _attempts(self, rule: RetryRule, ref: Ref, frames: Frames, depth: int = 0) -> int | str | None:
        """The number in `stop=stop_after_attempt(3) | stop_after_delay(60)`."""
        ref = self.constants.behind(ref, frames)
        node = self.program.node(ref)
        if node.op == "binop" and depth < DEPTH and node.args[0] in ("BitOr", "BitAnd"):
            sides = [self._attempts(rule, ref.sibling(n), frames, depth + 1) for n in node.args[1:]]
            numbers = [s for s in sides if isinstance(s, int)]
            if node.args[0] == "BitAnd":
                return max(numbers) if len(numbers) == len(sides) else None
            return min(numbers) if numbers else ("bounded" if "bounded" in sides else None)
        number = self._number(ref, frames)
        if number is None or type(number) is int:
            return number if number is not None and number > 0 else "unbounded"
        for value in self.resolver.values(ref):
            name = value.name.replace("()", "") if isinstance(value, Made | External) else ""
            if isinstance(value, Made) and name in rule.attempts_of:
                inner = self.resolver.argument(value.ref, rule.attempts_keyword, rule.attempts_of[name])
                found = self._number(inner, frames) if inner is not None else UNKNOWN
                return found if isinstance(found, int) else None
            if isinstance(value, Made) and name in rule.time_bounds:
                return "bounded"
            if name:
                return "unbounded" if name.endswith("stop_never") else None
        return None

    def _number(self, ref: Ref, frames: Frames) -> Any:
        """A number, `retries + 1` included; None when it is left to the library."""
        return Situation(self.constants, ref, frames, NOTHING).value(ref.node, 1)

    def _backoff(self, rule: RetryRule, made: Ref) -> bool | None:
        if not rule.backoff or rule.backoff == "always":
            return rule.backoff == "always"
        waits = self.resolver.argument(made, rule.backoff)
        if waits is None:
            # What is spread into the call may hold it.
            return None if any(name in ("*", "**") for name, _ in self.program.node(made).args[1]) else False
        if not rule.backoff_of:
            return True
        names = [v.name for part in self._sides(waits) for v in self.resolver.values(part) if isinstance(v, Made)]
        if any(name.replace("()", "") in rule.backoff_of for name in names):
            return True
        return False if names and len(names) == len(self._sides(waits)) else None

    def _sides(self, ref: Ref, depth: int = DEPTH) -> list[Ref]:
        """The operands of `a | b`, `a + b`."""
        node = self.program.node(ref)
        if node.op != "binop" or not depth:
            return [ref]
        return [side for n in node.args[1:] for side in self._sides(ref.sibling(n), depth - 1)]

    # whether it fires ------------------------------------------------------------------------------------------

    def _fires(
        self, rule: RetryRule, made: Ref | None, failure: Failure, call: ModelCall, layer: RetryLayer, frames: Frames
    ) -> None:
        sides = [s for r in self._given(rule, made) for s in self._sides(self.constants.behind(r, frames))]
        by_result = [self._by_result(rule, side, failure) for side in sides]
        asked = [side for side, result in zip(sides, by_result, strict=True) if result == "no"]
        if "holds" in by_result:
            return
        if not failure.is_error:
            layer.fires, layer.why_not = False, self._unseen(rule, asked)
            if "unknown" in by_result:
                layer.fires, layer.why_not = None, None
            return
        if sides and not asked:
            layer.fires, layer.why_not = False, "it looks at results only, and an error is none"
        elif rule.errors is not None and asked:
            self._predicate(rule, asked, failure, call, layer, frames)
        elif not (failure.errors or failure.raised):
            layer.fires = None

    def _repeats(
        self, rule: RetryRule, made: Ref | None, failure: Failure, call: ModelCall, layer: RetryLayer, frames: Frames
    ) -> None:
        """Which errors it repeats, and whether those are among them that come again each time."""
        given = self.reader.find(made, rule.errors) if made is not None and rule.errors is not None else None
        if given is not None and given.unknown:
            return
        held: list[Held | None] = [self._all(rule, failure)]
        if given is not None and given.refs:
            behind = [self.constants.behind(r, frames) for r in given.refs]
            sides = [s for r in behind for s in self._sides(r)]
            asked = [self._classes(rule, s) for s in sides if self._by_result(rule, s, failure) == "no"]
            held = [self.failures.held(c, failure, call, frames) if c is not None else None for c in asked]
            if any(self.program.node(r).args[0] == "BitAnd" for r in behind if self.program.node(r).op == "binop"):
                held = [None]
        if made is not None and any(self.resolver.argument(made, keyword) for keyword in rule.exempting):
            held = [None]
        tell_layer(layer, held, self.failures.exceptions.names_all(call))

    def repeated_by(self, layer: RetryLayer, at: Ref, errors: Argument | None, call: ModelCall) -> None:
        """What a method of an SDK that lays a retry over its object repeats: classes, or every error."""
        given = self.reader.find(at, errors) if errors is not None else None
        if given is None or given.unknown:
            return
        everything = Held(Failure(), ["Exception"])
        held: list[Held | None] = [self.failures.held(r, Failure(), call, {}) for r in given.refs]
        tell_layer(layer, held or [everything], self.failures.exceptions.names_all(call))

    def _all(self, rule: RetryRule, failure: Failure) -> Held | None:
        """What is repeated where nothing is said of it."""
        if rule.by_default is None:
            return None
        if rule.by_default == "transient":
            return Held(replace(failure, lasting=False), unknown=failure.vague)
        return Held(failure, ["Exception"], failure.vague)

    def _unseen(self, rule: RetryRule, asked: list[Ref]) -> str:
        """Why it does not see the failure: it is swallowed, or it never asked for errors of the provider."""
        classes = [c for side in asked if (c := self._classes(rule, side)) is not None]
        names = [n for c in classes for n in self.failures.exceptions.caught(c).names]
        other = names and self.failures.exceptions.are_of_answers(names, self._own_classes)
        return OTHER_PURPOSE if other else SWALLOWED

    def _given(self, rule: RetryRule, made: Ref | None) -> Iterator[Ref]:
        if made is not None and rule.errors is not None:
            yield from self.reader.find(made, rule.errors).refs

    def _by_result(self, rule: RetryRule, side: Ref, failure: Failure) -> str:
        """Whether a predicate looks at results (else "no") and whether it holds for the answer to a failure."""
        for value in self.resolver.values(side):
            if isinstance(value, Made) and value.name.replace("()", "") in rule.results_of:
                return self._tested(value.ref, failure) if failure.answers else "fails"
        return "no"

    def _tested(self, predicate: Ref, failure: Failure) -> str:
        argument = self.resolver.argument(predicate, "predicate", 0)
        found: set[bool | None] = set()
        for target in self.resolver.values(argument) if argument is not None else ():
            flow = self.resolver.flow_of(target) if isinstance(target, FunctionValue) else None
            if flow is None or not isinstance(target, FunctionValue) or not flow.params:
                return "unknown"
            last = [e.node for e in flow.exits if e.kind == "return"] or [len(flow.nodes) - 1]
            params = [
                n for n, node in enumerate(flow.nodes) if node.op == "param" and node.args[0] == flow.params[0].name
            ]
            for answer in failure.answers:
                situation = Situation(self.constants, Ref(target.module, target.number, 0), {}, NOTHING)
                situation.given = dict.fromkeys(params, answer)
                found.add(situation.holds(last[0], 1) if len(last) == 1 else None)
        return "holds" if True in found else "fails" if found == {False} else "unknown"

    def _predicate(
        self, rule: RetryRule, asked: list[Ref], failure: Failure, call: ModelCall, layer: RetryLayer, frames: Frames
    ) -> None:
        """Whether one of the predicates names an error that comes."""
        names: list[str] = []
        unknown = False
        for side in asked:
            classes = self._classes(rule, side)
            if classes is None:
                return
            held = self.failures.held(classes, failure, call, frames)
            names += held.names
            if held.part.is_error and (held.part.errors & set(FAILURES) or held.part.raised):
                return
            unknown = unknown or held.unknown or held.part.vague or not held.names
        if unknown or call.is_http:
            # Whoever looks at the status of a plain response may raise an error of another kind for it.
            layer.fires = None
            return
        if self.failures.exceptions.are_of_answers(names, self._own_classes):
            layer.fires, layer.why_not = False, OTHER_PURPOSE
            return
        who = "the SDK never raises" if failure.errors else "nothing raises"
        layer.fires, layer.why_not = False, f"{who} {', '.join(n for n in names if not n.startswith('<'))}"

    @cached_property
    def _own_classes(self) -> set[str]:
        """The classes that the project writes."""
        return {cls.name for module in self.program.modules for cls in module.classes}

    def _classes(self, rule: RetryRule, side: Ref) -> Ref | None:
        """The node of the classes that a predicate asks for; None when it asks otherwise."""
        for value in self.resolver.values(side):
            if isinstance(value, Made) and value.name in rule.errors_of:
                return self.resolver.argument(value.ref, "exception_types", rule.errors_of[value.name])
            if not rule.errors_of:
                return None if isinstance(value, FunctionValue | Const) else side
        return None
