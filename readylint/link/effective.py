"""Effective settings: what really holds for a call, who decided it, and where.

The order is the SDKs' own: the call, what was laid over the client (`with_options`, `bind`, `partial`), the client,
its HTTP transport, module-level settings, the default of the SDK's version; then what encloses the call.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from readylint.catalogue import Argument, Client
from readylint.facts import Setting, Source, Span
from readylint.link.arguments import ArgumentReader, Given
from readylint.link.calls import ModelCall
from readylint.link.defaults import Applying, Default, Defaults
from readylint.link.inner_objects import DEPTH, InnerObjects
from readylint.link.module_attributes import assigned_values
from readylint.link.objects import PARTIAL, PIPE
from readylint.link.readings import Reading, as_setting, converted, distinct
from readylint.link.versions import Declared
from readylint.values import Const, Container, Environment, Made, Open, Ref, SdkObject, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


OF_MODEL_OBJECT = {"timeout", "retries", "model", "max_output", "temperature", "top_p", "seed", "base_url", "reasoning"}
"""Roles that the model object inside an agent or pipeline decides where the outer object does not."""


class Effective:
    """Works out settings of model calls."""

    def __init__(self, resolver: Resolver, dependencies: dict[str, Declared]) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.reader = ArgumentReader(resolver)
        self.inner = InnerObjects(resolver, self.reader)
        self.defaults = Defaults(resolver, dependencies, self.reader, self._model_ids)
        self._assigned: dict[str, list[Ref]] = {}

    # roles -----------------------------------------------------------------------------------------------------

    def readings(self, call: ModelCall, role: str) -> list[Reading]:
        """All values that a role may have; an empty list means that nobody gives it."""
        if call.declared is not None:
            return self._declared(call, role)
        if not call.objects:
            return distinct(self._on_object(call, None, role))
        each = [(value, self._on_object(call, value, role)) for value in call.objects]
        found: list[Reading] = []
        for value, readings in each:
            # Where one of several clients decides, the default of the others is a value beside it.
            found += readings or (self._default_of(call, value, role) if any(r for _, r in each) else [])
        return distinct(found)

    def given_something(self, made: Ref, client: Client, path: str) -> bool | None:
        """Whether a constructor is given something that is neither None nor empty; None when that cannot be told."""
        position = next((a.position for a in client.arguments.values() if path in a.at), None)
        given = self.reader.path(made, path, position)
        full = [ref for ref in given.refs if not self._is_empty(ref)]
        return True if full else None if given.unknown else False

    def _is_empty(self, ref: Ref) -> bool:
        """`None`, `False`, or a list or dict without entries that nothing is added to here."""
        node = self.program.node(ref)
        if node.op in ("list", "tuple", "set", "dict"):
            return not node.args and not self.program.users(ref.module, ref.function).get(ref.node, ())[1:]
        with self.resolver.mode(loading=False):
            values = self.resolver.values(ref)
        return bool(values) and all(isinstance(v, Const) and not v.value for v in values)

    def _declared(self, call: ModelCall, role: str) -> list[Reading]:
        entry = call.declared or {}
        if role not in entry:
            return []
        value = entry[role]
        return [Reading("none" if value is False else value, "wrapper", self.program.callee_span(call.ref))]

    def _on_object(self, call: ModelCall, value: SdkObject | None, role: str) -> list[Reading]:
        found: list[Reading] = []
        spec, place = call.argument(role), call.place_of(role)
        if spec is not None and place is not None:
            given = self.reader.find(place, self._shifted(call, spec))
            found += self._read(given, spec, "call", place)
            if not self._open_end(given):
                return found
        if self._called_elsewhere(call) and not found:
            return [Reading(None, "unknown", self.program.span(call.ref))]
        if value is not None:
            later, decided = self._on_client(call, value, role, spec)
            found += later
            if decided:
                return found
            inside = self._on_inner(call, value, role)
            if inside:
                return found + inside
        found += self._global(call, role)
        return found

    def _on_inner(self, call: ModelCall, value: SdkObject, role: str, depth: int = DEPTH) -> list[Reading]:
        """What the model objects inside decide, by their constructors or by their defaults."""
        if role not in OF_MODEL_OBJECT or not depth:
            return []
        found: list[Reading] = []
        inside = self.inner.of(value)
        for one in inside.objects:
            readings, decided = self._on_client(call, one, role, None)
            if not decided:
                readings += self._on_inner(call, one, role, depth - 1) or self._default_of(call, one, role)
            found += readings
        return found if inside.complete else [*found, Reading(None, "unknown")]

    def _default_of(self, call: ModelCall, value: SdkObject, role: str) -> list[Reading]:
        if not self.defaults.applying(call, value).has(role):
            return []
        default = self.defaults.default(call, role, value)
        at = self.program.callee_span(value.made) if value.made is not None else None
        if not default.known or default.value is None:
            return [Reading(None, "unknown", at)]
        return [Reading(default.value, "sdk-default", at, counts="retries")]

    def _model_ids(self, call: ModelCall) -> list[str] | None:
        """The model ids that a call may ask for; None when one of them cannot be told."""
        ids = [r.value for r in self.readings(call, "model")]
        known = [i for i in ids if isinstance(i, str)]
        return known if known and len(known) == len(ids) else None

    def _shifted(self, call: ModelCall, spec: Argument) -> Argument:
        """A method that is passed on has its own arguments behind the callable."""
        if not call.by_reference or spec.position is None or call.argument_call is None:
            return spec
        _, shift = self.resolver.callers.run_rule(call.argument_call, call.ref.node)
        return replace(spec, position=spec.position + shift)

    def _called_elsewhere(self, call: ModelCall) -> bool:
        """A method handed to code that calls it with arguments of its own."""
        if not call.by_reference or call.argument_call is None:
            return False
        rule, _ = self.resolver.callers.run_rule(call.argument_call, call.ref.node)
        return rule is None or (rule.arguments is None and not rule.wraps)

    def _open_end(self, given: Given) -> bool:
        """Whether the search must go on: nothing was given here, or not on every way."""
        return (not given.refs and not given.unknown) or not given.certain

    def _on_client(
        self, call: ModelCall, value: SdkObject, role: str, spec: Argument | None
    ) -> tuple[list[Reading], bool]:
        found: list[Reading] = []
        views = {v.id: v for v in self.resolver.knowledge.sdks[value.sdk].views}
        for overlay in reversed(value.overlays):
            if overlay.view == PARTIAL:
                laid = spec
            else:
                view = views.get(overlay.view)
                laid = view.arguments.get(role) if view is not None and "attempts" not in view.sets else None
                if view is not None and role in view.sets:
                    at = self.program.callee_span(overlay.ref)
                    found.append(Reading(view.sets[role], "wrapper", at))
                    return found, True
            if laid is not None:
                given = self.reader.find(overlay.ref, laid)
                found += self._read(given, laid, "client", overlay.ref)
                if not self._open_end(given):
                    return found, True
        client = self.resolver.knowledge.client(value.sdk, value.constructor)
        if client is None and any(o.view == PIPE for o in value.overlays):
            return [*found, Reading(None, "unknown")], True
        if client is not None and role in client.arguments:
            if value.made is None:
                found.append(Reading(None, "unknown"))
                return found, True
            whole = self._whole_attempts(value.made, client.arguments[role])
            if whole:
                return found + whole, True
            given = self.reader.find(value.made, client.arguments[role])
            if client.inner is not None and set(client.inner.at) & set(client.arguments[role].at):
                given.refs = [ref for ref in given.refs if not self._holds_object(ref)]
            found += self._read(given, client.arguments[role], "client", value.made)
            if not self._open_end(given):
                return found, True
        if client is not None and value.made is not None and role in ("timeout", "verify"):
            carried = self._transport(value, role)
            if carried:
                return found + carried, True
        return found, False

    def _holds_object(self, ref: Ref) -> bool:
        """Whether a model object stands where a name may stand too (`Agent(model=OpenAIModel(...))`)."""
        return any(isinstance(v, SdkObject) for v in self.resolver.values(ref))

    def _whole_attempts(self, made: Ref, spec: Argument) -> list[Reading]:
        """Attempts given as a whole, the first try counted, where the role else counts retries."""
        for path in spec.attempts_at:
            given = self.reader.path(made, path)
            if given.refs:
                readings = self._read(given, replace(spec, at=[path]), "client", made)
                for reading in readings:
                    if isinstance(reading.value, int):
                        reading.value -= 1
                return readings
        return []

    def _transport(self, value: SdkObject, role: str) -> list[Reading]:
        """A setting of the HTTP client that the SDK client is given."""
        client = self.resolver.knowledge.client(value.sdk, value.constructor)
        found: list[Reading] = []
        for spec in client.arguments.values() if client is not None else ():
            if not spec.transport or value.made is None:
                continue
            given = self.reader.find(value.made, spec)
            if given.unknown:
                found.append(Reading(None, "unknown"))
            for ref in given.refs:
                found += self._of_transport(ref, role)
        return found

    def _of_transport(self, ref: Ref, role: str) -> list[Reading]:
        found: list[Reading] = []
        for value in self.resolver.values(ref):
            if isinstance(value, Const) and value.value is None:
                continue
            if not isinstance(value, SdkObject) or value.made is None:
                found.append(Reading(None, "unknown", self.program.span(ref)))
                continue
            client = self.resolver.knowledge.client(value.sdk, value.constructor)
            spec = client.arguments.get(role) if client is not None else None
            if spec is not None:
                given = self.reader.find(value.made, spec)
                found += self._read(given, spec, "transport", value.made)
        return found

    def _global(self, call: ModelCall, role: str) -> list[Reading]:
        names = call.sdk.globals.get(role, [])
        if not names:
            return []
        found: list[Reading] = []
        for name in names:
            if name not in self._assigned:
                self._assigned[name] = assigned_values(self.resolver, name)
            for ref in self._assigned[name]:
                spec = call.argument(role) or Argument()
                found += self._read(Given([ref]), spec, "global", ref)
        return found

    # values ----------------------------------------------------------------------------------------------------

    def _read(self, given: Given, spec: Argument, source: Source, where: Ref) -> list[Reading]:
        found: list[Reading] = []
        for ref in given.refs:
            if spec.present:
                if not self._is_empty(ref):
                    found.append(Reading(True, source, self.program.span(ref), ref=ref))
                continue
            for value in self.resolver.values(ref) or ():
                if ref in given.not_none and isinstance(value, Const) and value.value is None:
                    continue
                reading = self._reading(value, ref, spec, source)
                reading.given = ref
                reading.counts, reading.unit = spec.counts, spec.unit
                found.append(reading)
        if given.unknown and not given.refs:
            found.append(Reading(None, "unknown", self.program.callee_span(where)))
        return found

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
            return Reading(self._duration(value, spec), source, at, ref=ref, origin="computed")
        return Reading(None, "unknown", at, ref=ref)

    def _from_environment(self, value: Environment, ref: Ref, spec: Argument, at: Span) -> Reading:
        if value.default is None:
            return Reading(None, "unknown", at, ref=ref, origin="config")
        for default in self.resolver.values(value.default):
            if isinstance(default, Const):
                place = self.program.span(value.default)
                number = converted(default.value, spec)
                return Reading(number, "environment", place, [place, at], value.default, origin="config-with-default")
        return Reading(None, "unknown", at, ref=ref, origin="config")

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
        if value.name == "datetime.timedelta":
            for unit, factor in (("seconds", 1), ("minutes", 60), ("milliseconds", 0.001)):
                ref = self.resolver.argument(value.ref, unit)
                for inner in self.resolver.values(ref) if ref is not None else ():
                    if isinstance(inner, Const) and isinstance(inner.value, int | float):
                        return inner.value * factor
            return None
        return None if spec.at and "timeout" in spec.at[-1] else True

    # facts -----------------------------------------------------------------------------------------------------

    def applying(self, call: ModelCall) -> Applying:
        """The default lines that may apply to a call, and the version that they go by."""
        return self.defaults.applying(call, self._decider(call))

    def _decider(self, call: ModelCall) -> SdkObject | None:
        """The model object inside, when there is just one and the outer object has no say in time and tries."""
        if len(call.objects) != 1:
            return None
        inside = self.inner.of(call.objects[0])
        return inside.objects[0] if inside.complete and len(inside.objects) == 1 else None

    def default(self, call: ModelCall, role: str) -> Default:
        """The default of a role for a call."""
        return self.defaults.default(call, role)

    def has_default(self, call: ModelCall, role: str) -> bool:
        """Whether the catalogue speaks of a default."""
        return self.defaults.applying(call).has(role)

    def setting(self, call: ModelCall, role: str) -> Setting:
        """A setting as a fact."""
        readings = self.readings(call, role)
        if readings:
            return as_setting(readings)
        if not self.has_default(call, role):
            open_end = any(self._decided_elsewhere(value, role) for value in call.objects)
            return Setting(None if open_end else "none", "unknown" if open_end else "unset", self.cause(call, role))
        default = self.default(call, role)
        if not default.known or default.value is None:
            return Setting(None, "unknown", self.cause(call, role))
        return Setting(default.value, "sdk-default", self.cause(call, role))

    def _decided_elsewhere(self, value: SdkObject, role: str) -> bool:
        """Whether a model object that is not seen decides the role: of an agent, or behind `Settings.llm`."""
        client = self.resolver.knowledge.client(value.sdk, value.constructor)
        if client is not None:
            return role in OF_MODEL_OBJECT and (client.inner is not None or client.gathers is not None)
        clients = self.resolver.knowledge.sdks[value.sdk].clients
        return value.made is None and any(c.id == value.kind and role in c.arguments for c in clients)

    def cause(self, call: ModelCall, role: str) -> Span:
        """Where a missing setting would be given: at the constructor, or at a call that has a default of its own."""
        if any(role in line for line in call.call.defaults or ()):
            return self.program.callee_span(call.ref)
        if len(call.objects) == 1 and call.objects[0].made is not None:
            return self.program.callee_span(call.objects[0].made)
        return self.program.callee_span(call.ref)
