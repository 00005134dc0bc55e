"""What the client of a call decides: by its constructor, by what is laid over it, and by its HTTP client."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.catalogue import Argument, Client
from readylint.link.arguments import ArgumentReader
from readylint.link.calls import ModelCall
from readylint.link.given import Given
from readylint.link.objects import LAID, PARTIAL, PIPE
from readylint.link.readings import Reading
from readylint.link.value_reader import ValueReader
from readylint.values import Const, Ref, SdkObject

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

Decision = tuple[list[Reading], bool]
"""What was read, and whether that decides: nothing further is asked."""


class ClientSettings:
    """Reads the settings of SDK objects."""

    def __init__(self, resolver: Resolver, reader: ArgumentReader, values: ValueReader) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.reader = reader
        self.values = values

    def of(self, call: ModelCall, value: SdkObject, role: str, spec: Argument | None) -> Decision:
        """What the client says, with the arguments as the caller of its factory gives them; and whether it decides."""
        with self.reader.called_from(value.through if isinstance(value.through, Ref) else None):
            found, decided = self._laid_over(call, value, role, spec)
            if decided:
                return found, True
            later, decided = self._constructed(value, role)
            return found + later, decided

    def _laid_over(self, call: ModelCall, value: SdkObject, role: str, spec: Argument | None) -> Decision:
        """What was laid over a client after it was made: `with_options`, `bind`, `partial`."""
        found: list[Reading] = []
        views = {v.id: v for v in self.resolver.knowledge.sdks[value.sdk].views}
        for overlay in reversed(value.overlays):
            if overlay.view == LAID:
                continue
            if overlay.view == PARTIAL:
                laid = spec
            else:
                view = views.get(overlay.view)
                laid = view.arguments.get(role) if view is not None and "attempts" not in view.sets else None
                if view is not None and role in view.sets:
                    at = self.program.callee_span(overlay.ref)
                    found.append(Reading(view.sets[role], "wrapper", at))
                    return found, True
            laid = self._unreplaced(call, laid) if laid is not None else None
            if laid is not None:
                given = self.reader.find(overlay.ref, laid)
                found += self.values.read(given, laid, "client", overlay.ref)
                if not given.open_end:
                    return found, True
        return found, False

    def _unreplaced(self, call: ModelCall, spec: Argument) -> Argument | None:
        """The paths of a role that the call does not replace as a whole by giving the keyword anew."""
        place = call.argument_call
        replaced = [
            k for k in call.call.replaces if place is not None and not self.reader.keyword(place, k, None, 4).absent
        ]
        if not replaced:
            return spec
        kept = [path for path in spec.at if path.partition(".")[0] not in replaced]
        return replace(spec, at=kept) if kept else None

    def _constructed(self, value: SdkObject, role: str) -> Decision:
        """What the constructor of a client says, what is set on the client later, and its HTTP client."""
        client = self.resolver.knowledge.client(value.sdk, value.constructor)
        found: list[Reading] = []
        if client is None and any(o.view == PIPE for o in value.overlays):
            return [Reading(None, "unknown")], True
        if client is not None and role in client.arguments and value.made is not None:
            found, decided = self._set_on(value, client, client.arguments[role])
            if decided:
                return found, True
        if client is not None and role in client.arguments and self._has_effect(value.made, client.arguments[role]):
            if value.made is None:
                found.append(Reading(None, "unknown"))
                return found, True
            whole = self._whole_attempts(value.made, client.arguments[role])
            if whole:
                return found + whole, True
            given = self._given_to(value, client.arguments[role])
            if client.inner is not None and set(client.inner.at) & set(client.arguments[role].at):
                given.refs = [ref for ref in given.refs if not self._holds_object(ref)]
            found += self.values.read(given, client.arguments[role], "client", value.made, value.through)
            if not given.open_end:
                return found, True
        if client is not None and value.made is not None and role in ("timeout", "verify"):
            carried = self._transport(value, role)
            if carried:
                return found + carried, True
        return found, False

    def _has_effect(self, made: Ref | None, spec: Argument) -> bool:
        """Whether what the argument needs stands beside it."""
        for path, wanted in spec.needs.items():
            found: list[object] = []
            for ref in self.reader.path(made, path).refs if made is not None else ():
                node = self.program.node(ref)
                parts = [ref.sibling(n) for n in node.args] if node.op in ("list", "tuple", "set") else [ref]
                found += [c for part in parts for c in self.resolver.constants(part)]
            if not any(c in wanted for c in found):
                return False
        return True

    def _given_to(self, value: SdkObject, spec: Argument) -> Given:
        """An argument of the constructor, else of a partial of it."""
        assert value.made is not None
        given = self.reader.find(value.made, spec)
        laid = next((o.ref for o in value.overlays if o.view == LAID), None)
        return given.over(self.reader.find(laid, spec)) if laid is not None else given

    def _set_on(self, value: SdkObject, client: Client, spec: Argument) -> Decision:
        """`client.timeout = 20` after it was made; decided when that stands where the client is made."""
        found: list[Reading] = []
        decided = False
        for name in client.settable:
            for module, number, position in self.program.stores_by_attribute.get(name, ()) if name in spec.at else ():
                store = self.program.modules[module].functions[number].stores[position]
                holders = self.resolver.values(Ref(module, number, store.base))
                if any(isinstance(h, SdkObject) and h.made == value.made and not h.path for h in holders):
                    at = Ref(module, number, store.value)
                    found += self.values.read(Given([at]), replace(spec, at=[name]), "client", at)
                    decided = decided or (value.made is not None and at[:2] == value.made[:2])
        return found, decided

    def _holds_object(self, ref: Ref) -> bool:
        """Whether a model object stands where a name may stand too (`Agent(model=OpenAIModel(...))`)."""
        return any(isinstance(v, SdkObject) for v in self.resolver.values(ref))

    def _whole_attempts(self, made: Ref, spec: Argument) -> list[Reading]:
        """Attempts given as a whole, the first try counted, where the role else counts retries."""
        for path in spec.attempts_at:
            given = self.reader.path(made, path)
            if given.refs:
                readings = self.values.read(given, replace(spec, at=[path]), "client", made)
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
                found += self._of_transport(ref, role, spec)
        return found

    def _of_transport(self, ref: Ref, role: str, held: Argument) -> list[Reading]:
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
                read = self.values.read(given, spec, "transport", value.made)
                # A number that is the HTTP library's own default cannot be told from one that nobody gave.
                found += [r for r in read if held.taken_for_default is None or r.value != held.taken_for_default]
        return found
