"""What the SDK or its provider rejects at run time, by the catalogue's `refuses` lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.catalogue import RefusalRule, RefusalTest
from readylint.facts import LlmCall, Refusal, Span
from readylint.link.calls import ModelCall
from readylint.link.effective import Effective
from readylint.link.readings import Reading

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

MATCH_SECONDS = 0.2
"""Time limit of one pattern: packs may hold a slow one."""


class Refusals:
    """Holds the settings of a call against what its SDK rejects."""

    def __init__(self, resolver: Resolver, effective: Effective) -> None:
        self.program = resolver.program
        self.effective = effective

    def refused(self, call: ModelCall, fact: LlmCall) -> list[Refusal]:
        """What is rejected for certain, and what may be (`certain` None: the version or a value is not known)."""
        found: list[Refusal] = []
        for rule in call.sdk.refuses:
            if rule.paths and call.call.path not in rule.paths:
                continue
            in_version = self._in_version(call, rule)
            if in_version is False:
                continue
            place: list[Span] = []
            answers = [self._holds(call, fact, role, test, place) for role, test in rule.when.items()]
            if any(a is False for a in answers):
                continue
            # Who gets a method handed over may add arguments.
            certain = True if in_version and all(answers) and not call.by_reference else None
            found.append(Refusal(rule.why, certain, place[0] if place else fact.callee_span))
        return found

    def _in_version(self, call: ModelCall, rule: RefusalRule) -> bool | None:
        if rule.versions == "*":
            return True
        return self.effective.defaults.version_lines(call).within(rule.versions)

    def _holds(
        self, call: ModelCall, fact: LlmCall, role: str, test: RefusalTest | bool | str, place: list[Span]
    ) -> bool | None:
        if role == "streaming":
            return None if fact.streaming is None else fact.streaming == test
        if role == "client_timeout":
            readings = self.effective.readings(call, "timeout")
            return None if any(r.source == "unknown" for r in readings) else bool(readings) == test
        if role == "keyword":
            return self._keyword(call, str(test), place)
        readings = self.effective.readings(call, role)
        place += [r.at for r in readings if r.at is not None]
        if not isinstance(test, RefusalTest):
            return None
        passes = _passes(readings, test)
        spec = call.argument(role)
        if passes and test.given and spec is not None and not any(self._written(call, path) for path in spec.at):
            return None
        return passes

    def _keyword(self, call: ModelCall, name: str, place: list[Span]) -> bool | None:
        if call.argument_call is None or call.by_reference:
            return None
        written = self._written(call, name)
        if written is not None:
            place.append(written)
            return True
        given = self.effective.reader.keyword(call.argument_call, name, None, 4)
        return None if given.refs or given.unknown else False

    def _written(self, call: ModelCall, path: str) -> Span | None:
        """Where a keyword is written at the call. In a dict of arguments it may be put under a condition, or popped."""
        if call.argument_call is None:
            return None
        name = path.partition(".")[0]
        for keyword, number in self.program.node(call.argument_call).args[1]:
            if keyword == name:
                # A variable is a node where it got its value.
                value, whole = (
                    self.program.span(call.argument_call.sibling(number)),
                    self.program.span(call.argument_call),
                )
                inside = value.path == whole.path and whole.line <= value.line <= whole.end_line
                return value if inside else self.program.callee_span(call.argument_call)
        return None


def _passes(readings: list[Reading], test: RefusalTest) -> bool | None:
    if test.given is not None:
        return _given(readings, test.given)
    if not readings:
        return False
    answers = {_one(reading, test) for reading in readings}
    return answers.pop() if len(answers) == 1 else None


def _given(readings: list[Reading], wanted: bool) -> bool | None:
    given = {None if r.source == "unknown" else r.value != "none" for r in readings} or {False}
    answer = given.pop() if len(given) == 1 else None
    return None if answer is None else answer == wanted


def _one(reading: Reading, test: RefusalTest) -> bool | None:
    value = reading.value
    if reading.source == "unknown" or value is None:
        return None
    if test.over is not None:
        return value > test.over if isinstance(value, int | float) and not isinstance(value, bool) else None
    if test.matches is not None:
        return _matches(test.matches, value) if isinstance(value, str) else None
    return bool(value == test.is_)


def _matches(pattern: str, value: str) -> bool | None:
    import regex

    try:
        return regex.search(pattern, value, timeout=MATCH_SECONDS) is not None
    except TimeoutError:
        return None
