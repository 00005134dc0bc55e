"""How long one attempt of a call may take, and in the worst case all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.facts import LlmCall, Span, Timeout, TimeoutAlternative
from readylint.link.calls import ModelCall
from readylint.link.defaults import Applying
from readylint.link.effective import Effective
from readylint.link.readings import Reading, as_setting
from readylint.link.wording import timeout_words

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


class Timeouts:
    """Joins what the call, its client and the SDK say with the time limits around the call."""

    def __init__(self, resolver: Resolver, effective: Effective) -> None:
        self.program = resolver.program
        self.effective = effective

    def timeout(self, call: ModelCall, fact: LlmCall, assumed: Applying, enclosing: Reading | None) -> Timeout:
        """The timeout of a call, whose retries and the limit around it are known already."""
        readings = self.effective.readings(call, "timeout")
        default = self.effective.default(call, "timeout")
        by_default = self.effective.default_readings(call, "timeout") if not readings else []
        differing = by_default if len(by_default) > 1 else []
        result = self._from_readings(call, readings or differing, default.line.get("measures", "read"))
        if not readings and not differing:
            known = default.known and default.value is not None
            result.value, result.source = (default.value, "sdk-default") if known else (None, "unknown")
        if enclosing is not None:
            result = self._enclosed(result, enclosing)
        attempts = fact.retry.attempts if result.measures != "total" else 1
        result.worst_seconds = _worst(result.value, attempts)
        for other in result.alternatives:
            other.worst_seconds = _worst(other.value, attempts)
            one = Timeout(other.value, other.source, other.at, worst_seconds=other.worst_seconds)
            other.why = timeout_words(one, fact, assumed, default)
        result.why = timeout_words(result, fact, assumed, default)
        return result

    def _from_readings(self, call: ModelCall, readings: list[Reading], measures: str) -> Timeout:
        cause = self.effective.cause(call, "timeout")
        if not readings:
            ignored = self._ignored(call)
            return Timeout(at=ignored or cause, measures=measures, ignored=ignored is not None)  # type: ignore[arg-type]
        setting = as_setting([_seconds(r) for r in readings])
        return Timeout(
            setting.value, setting.source, setting.at or cause, setting.via, measures=measures,  # type: ignore[arg-type]
            unit=readings[0].unit,
            alternatives=[
                TimeoutAlternative(a.value, a.source, a.at, a.via, a.path, measures=measures, unit=r.unit)  # type: ignore[arg-type]
                for a, r in zip(setting.alternatives, readings, strict=False)
            ],
        )  # fmt: skip

    def _ignored(self, call: ModelCall) -> Span | None:
        """Where a keyword is given that looks like a timeout and is none."""
        spec = call.argument("timeout")
        if spec is None or call.argument_call is None:
            return None
        for keyword in spec.ignored:
            refs = self.effective.reader.keyword(call.argument_call, keyword, None, 4).refs
            if refs:
                return self.program.span(refs[0])
        return None

    def _enclosed(self, inner: Timeout, outer: Reading) -> Timeout:
        """The limit around the call wins when it is shorter, or when the call has none that is known."""
        if not isinstance(outer.value, int | float):
            if outer.value is None and inner.value == "none":
                return Timeout(None, "enclosing", outer.at, measures="total")
            return inner
        shorter = not isinstance(inner.value, int | float) or outer.value < inner.value
        values = [a.value for a in inner.alternatives]
        if shorter and all(not isinstance(v, int | float) or outer.value < v for v in values):
            return Timeout(outer.value, "enclosing", outer.at, measures="total")
        return inner


def _seconds(reading: Reading) -> Reading:
    """A timeout that is no number is not known, except "none"."""
    value = reading.value
    if isinstance(value, bool) or (not isinstance(value, int | float) and value != "none"):
        return Reading(None, "unknown", reading.at, reading.via, reading.ref, origin=reading.origin)
    return reading


def _worst(value: object, attempts: object) -> float | str | None:
    if value == "none":
        return "none"
    if attempts == "unbounded" and isinstance(value, int | float):
        return "none"
    if isinstance(value, int | float) and isinstance(attempts, int):
        return value * attempts
    return None
