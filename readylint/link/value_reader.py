"""What the nodes at an argument say, as readings of a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from readylint.catalogue import Argument
from readylint.facts import Source, Span
from readylint.link.arguments import ArgumentReader
from readylint.link.durations import TIMEDELTA, seconds
from readylint.link.given import Given
from readylint.link.readings import Reading, converted
from readylint.link.views import Views
from readylint.values import ClassValue, Const, Container, Environment, Made, Open, Ref, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


class ValueReader:
    """Reads the values of what is given."""

    def __init__(self, resolver: Resolver, reader: ArgumentReader) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.reader = reader
        self.views = Views(resolver)
        self._outside = {n for e in resolver.knowledge.evidence for n in e.chosen_outside}

    def read(
        self, given: Given, spec: Argument, source: Source, where: Ref, through: Ref | ClassValue | None = None
    ) -> list[Reading]:
        """One reading for each value; `through` is whose view of the arguments holds."""
        found: list[Reading] = []
        for ref in given.refs:
            if spec.present:
                if not self.is_empty(ref):
                    found.append(Reading(True, source, self.program.span(ref), ref=ref))
                continue
            for value in self.views.values(ref, through):
                if ref in given.not_none and isinstance(value, Const) and value.value is None:
                    continue
                if self.reader.is_left_out(value):
                    continue
                reading = self._reading(value, ref, spec, source)
                reading.given = ref
                reading.counts, reading.unit = spec.counts, spec.unit
                found.append(reading)
        if given.unknown and not given.refs:
            found.append(Reading(None, "unknown", self.program.callee_span(where)))
        return found

    def is_empty(self, ref: Ref) -> bool:
        """`None`, `False`, or a list or dict without entries that nothing is added to here."""
        node = self.program.node(ref)
        if node.op in ("list", "tuple", "set", "dict"):
            return not node.args and not self.program.users(ref.module, ref.function).get(ref.node, ())[1:]
        with self.resolver.mode(loading=False):
            values = self.resolver.values(ref)
        return bool(values) and all(
            (isinstance(v, Const) and not v.value) or self.reader.is_left_out(v) for v in values
        )

    def _reading(self, value: Value, ref: Ref, spec: Argument, source: Source) -> Reading:
        at = self.program.span(ref)
        if isinstance(value, Const):
            origin = "literal" if value.ref == ref else "constant"
            place = self.program.span(value.ref)
            via = [place, at] if value.ref != ref else []
            return Reading(converted(value.value, spec), source, place, via, value.ref, origin=origin)
        if isinstance(value, Environment):
            return self._from_environment(value, ref, spec, at)
        if isinstance(value, Container):
            return self._pair(value, ref, spec, source, at)
        if isinstance(value, Open):
            return Reading(None, "unknown", at, ref=ref, origin="parameter")
        if isinstance(value, Made):
            origin = "parameter" if self._is_chosen_outside(value.name) else "computed"
            return Reading(self._duration(value, spec), source, at, ref=ref, origin=origin)
        return Reading(None, "unknown", at, ref=ref)

    def _is_chosen_outside(self, name: str) -> bool:
        """Whether what a library gives was decided by whoever uses the program: `request.json().get("model")`."""
        parts = name.replace("()", "").split(".")
        return any(".".join(parts[:n]) in self._outside for n in (1, 2))

    def _from_environment(self, value: Environment, ref: Ref, spec: Argument, at: Span) -> Reading:
        if value.default is None:
            return Reading(None, "unknown", at, ref=ref, origin="config")
        default = self.resolver.computed.fallback(value)
        if default is None:
            return Reading(None, "unknown", at, ref=ref, origin="config")
        place = self.program.span(value.default)
        number = converted(default.value, spec)
        return Reading(number, "environment", place, [place, at], value.default, origin="config-with-default")

    def _pair(self, value: Container, ref: Ref, spec: Argument, source: Source, at: Span) -> Reading:
        """`(connect, read)`: the last one counts. A dict or list elsewhere only says that something is given."""
        node = self.program.node(value.ref)
        if node.op == "tuple" and node.args and spec.at and spec.at[-1].endswith("timeout"):
            inner = value.ref.sibling(node.args[-1])
            for last in self.resolver.values(inner):
                if isinstance(last, Const):
                    return Reading(converted(last.value, spec), source, at, ref=ref, origin="literal")
        return Reading(True if not spec.at or not spec.at[-1].endswith("timeout") else None, source, at, ref=ref)

    def _duration(self, value: Made, spec: Argument) -> Any:
        """The number inside a value object of one number: `ClientTimeout(total=30)`, `timedelta(seconds=30)`."""
        if value.name == TIMEDELTA:
            return seconds(self.resolver, value.ref)
        return None if spec.at and "timeout" in spec.at[-1] else True
