"""Effective settings: what really holds for a call, who decided it, and where.

The order is the SDKs' own: the call, what was laid over the client (`with_options`, `bind`, `partial`), the client,
its HTTP transport, module-level settings, the default of the SDK's version; then what encloses the call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.catalogue import Argument, Client
from readylint.facts import Role, Setting, Span
from readylint.link.arguments import ArgumentReader
from readylint.link.calls import ModelCall
from readylint.link.client_settings import ClientSettings
from readylint.link.defaults import Applying, Default, Defaults
from readylint.link.given import Given
from readylint.link.inner_objects import DEPTH, InnerObjects
from readylint.link.module_attributes import assigned_values
from readylint.link.readings import Reading, as_setting, distinct
from readylint.link.value_reader import ValueReader
from readylint.link.versions import Declared
from readylint.values import Ref, SdkObject

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


OF_MODEL_OBJECT = {"timeout", "retries", "model", "max_output", "temperature", "top_p", "seed", "base_url", "reasoning"}
"""Roles that the model object inside an agent or pipeline decides where the outer object does not."""


class Effective:
    """Works out settings of model calls."""

    def __init__(self, resolver: Resolver, dependencies: dict[str, Declared], role_of: Callable[[str], Role]) -> None:
        """`role_of` gives the role of a file."""
        self.resolver = resolver
        self.program = resolver.program
        self.reader = ArgumentReader(resolver)
        self.values = ValueReader(resolver, self.reader)
        self.clients = ClientSettings(resolver, self.reader, self.values)
        self.inner = InnerObjects(resolver, self.reader)
        self.defaults = Defaults(resolver, dependencies, self.reader, self._model_ids)
        self._assigned: dict[str, list[Ref]] = {}
        self._role_of = role_of
        self._tests: dict[int, bool] = {}

    # roles -----------------------------------------------------------------------------------------------------

    def readings(self, call: ModelCall, role: str) -> list[Reading]:
        """All values that a role may have; an empty list means that nobody gives it."""
        if call.declared is not None:
            return self._declared(call, role)
        if not call.objects:
            return self._of_application(call, distinct(self._on_object(call, None, role)))
        each = [(value, self._on_object(call, value, role)) for value in call.objects]
        found: list[Reading] = []
        for value, readings in each:
            # Where one of several clients decides, the default of the others is a value beside it.
            found += readings or (self._default_of(call, value, role) if any(r for _, r in each) else [])
        return self._of_application(call, distinct(found))

    def _of_application(self, call: ModelCall, readings: list[Reading]) -> list[Reading]:
        """Without what only tests pass: that is not what the application does."""
        if not readings or self._in_test(call.ref):
            return readings
        kept = [r for r in readings if r.ref is None or not self._in_test(r.ref)]
        return kept or [Reading(None, "unknown", self.program.span(call.ref), origin="parameter")]

    def _in_test(self, ref: Ref) -> bool:
        if ref.module not in self._tests:
            self._tests[ref.module] = self._role_of(self.program.modules[ref.module].path) == "test"
        return self._tests[ref.module]

    def given_something(self, made: Ref, client: Client, path: str) -> bool | None:
        """Whether a constructor is given something that is neither None nor empty; None when that cannot be told."""
        position = next((a.position for a in client.arguments.values() if path in a.at), None)
        given = self.reader.path(made, path, position)
        full = [ref for ref in given.refs if not self.values.is_empty(ref)]
        return True if full else None if given.unknown else False

    def _declared(self, call: ModelCall, role: str) -> list[Reading]:
        entry = call.declared or {}
        if role not in entry:
            return []
        value = entry[role]
        return [Reading("none" if value is False else value, "wrapper", self.program.callee_span(call.ref))]

    def _on_object(self, call: ModelCall, value: SdkObject | None, role: str) -> list[Reading]:
        found: list[Reading] = []
        spec, place = call.argument(role), call.place_of(role)
        left_out = False
        if spec is not None and place is not None:
            given = self.reader.find(place, self.shifted(call, spec))
            found += self.values.read(given, spec, "call", place)
            if not given.open_end:
                return found
            left_out = given.left_out
        if self._called_elsewhere(call) and not found:
            return [Reading(None, "unknown", self.program.span(call.ref))]
        if value is not None:
            later, decided = self.clients.of(call, value, role, spec)
            found += later
            if decided:
                return found
            inside = self._on_inner(call, value, role)
            if inside:
                return found + inside
        found += self._global(call, role)
        if found and left_out and value is not None:
            found += self._default_of(call, value, role)
        return found

    def _on_inner(self, call: ModelCall, value: SdkObject, role: str, depth: int = DEPTH) -> list[Reading]:
        """What the model objects inside decide, by their constructors or by their defaults."""
        if role not in OF_MODEL_OBJECT or not depth:
            return []
        found: list[Reading] = []
        inside = self.inner.of(value)
        for one in inside.objects:
            readings, decided = self.clients.of(call, one, role, None)
            if not decided:
                inner = self._on_inner(call, one, role, depth - 1) or self._default_of(call, one, role)
                readings += inner or self._left_out(one, role)
            found += readings
        return found if inside.complete else [*found, Reading(None, "unknown")]

    def _left_out(self, value: SdkObject, role: str) -> list[Reading]:
        """That nothing is sent, where a model object could be given a limit and is given none."""
        client = self.resolver.knowledge.client(value.sdk, value.constructor)
        if role != "max_output" or client is None or role not in client.arguments or value.made is None:
            return []
        return [Reading("none", "unset", self.program.callee_span(value.made))]

    def _default_of(self, call: ModelCall, value: SdkObject, role: str) -> list[Reading]:
        if not self.defaults.applying(call, value).has(role):
            return []
        at = self.program.callee_span(value.made) if value.made is not None else None
        return _by_default(self.defaults.default(call, role, value), at) or [Reading(None, "unknown", at)]

    def _model_ids(self, call: ModelCall) -> list[str] | None:
        """The model ids that a call may ask for; None when one of them cannot be told."""
        ids = [r.value for r in self.readings(call, "model")]
        known = [i for i in ids if isinstance(i, str)]
        return known if known and len(known) == len(ids) else None

    def shifted(self, call: ModelCall, spec: Argument) -> Argument:
        """A method that is passed on has its own arguments behind the callable."""
        if not call.by_reference or spec.position is None or call.argument_call is None:
            return spec
        _, shift = self.resolver.callers.run_rule(call.argument_call, call.passed)
        return replace(spec, position=spec.position + shift)

    def _called_elsewhere(self, call: ModelCall) -> bool:
        """A method handed to code that calls it with arguments of its own."""
        if not call.by_reference or call.argument_call is None:
            return False
        rule, _ = self.resolver.callers.run_rule(call.argument_call, call.passed)
        return rule is None or (rule.arguments is None and not rule.wraps)

    def _global(self, call: ModelCall, role: str) -> list[Reading]:
        names = call.sdk.globals.get(role, [])
        # Where an SDK has a client of its module, the settings of the module are those of that client.
        own = call.sdk.module and not any(o.made is None and o.constructor < 0 for o in call.objects)
        if not names or (own and call.objects):
            return []
        found: list[Reading] = []
        for name in names:
            if name not in self._assigned:
                self._assigned[name] = assigned_values(self.resolver, name)
            for ref in self._assigned[name]:
                spec = call.argument(role) or Argument()
                found += self.values.read(Given([ref]), spec, "global", ref)
        return found

    # facts -----------------------------------------------------------------------------------------------------

    def applying(self, call: ModelCall) -> Applying:
        """The default lines that may apply to a call, and the version that they go by."""
        return self.defaults.applying(call, self._decider(call))

    def _decider(self, call: ModelCall) -> SdkObject | None:
        """The model object inside, when there is just one and the outer object has no say in time and tries."""
        if len({replace(value, through=None) for value in call.objects}) != 1:
            return None
        inside = self.inner.of(call.objects[0])
        return inside.objects[0] if inside.complete and len(inside.objects) == 1 else None

    def default(self, call: ModelCall, role: str) -> Default:
        """The default of a role for a call."""
        return self.defaults.default(call, role)

    def default_readings(self, call: ModelCall, role: str) -> list[Reading]:
        """What the SDK does by itself; one reading for each version that may be installed, where they differ."""
        return _by_default(self.default(call, role), self.cause(call, role))

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
        readings = self.default_readings(call, role)
        return as_setting(readings) if readings else Setting(None, "unknown", self.cause(call, role))

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
        made = {value.made for value in call.objects}
        if len(made) == 1 and call.objects[0].made is not None:
            return self.program.callee_span(call.objects[0].made)
        return self.program.callee_span(call.ref)


def _by_default(default: Default, at: Span | None) -> list[Reading]:
    """A default as readings; none where it is not known."""
    if default.known:
        return [Reading(default.value, "sdk-default", at, counts="retries")] if default.value is not None else []
    return [
        Reading(choice.value, "sdk-default", at, counts="retries", by_default=choice.path) for choice in default.choices
    ]
