"""Which model a call asks for, how that was chosen, and what the table of models says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from readylint.catalogue import ModelEntry
from readylint.catalogue.model_table import ModelTable
from readylint.facts import Model, Sibling
from readylint.link.calls import ModelCall
from readylint.link.effective import Effective
from readylint.link.readings import Reading
from readylint.link.records import FIELDS
from readylint.values import ClassValue, Const, Container, ObjectValue, Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

Origin = Literal[
    "literal", "constant", "config", "config-with-default", "parameter", "deployment", "unknown", "not-applicable"
]
OPEN_ENDS = ("computed", "parameter")
"""Origins of values that are not written in the code."""


class Models:
    """Reads the model argument and looks the ids up."""

    def __init__(self, resolver: Resolver, effective: Effective) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.effective = effective
        self.table = ModelTable(resolver.knowledge.models, resolver.knowledge.strip)

    def model(self, call: ModelCall) -> Model:
        """The model fact of a call."""
        readings = self.effective.readings(call, "model")
        deployment = any(
            client is not None and client.model_is == "deployment"
            for client in (self.resolver.knowledge.client(o.sdk, o.constructor) for o in call.objects)
        )
        ids = list(dict.fromkeys(r.value for r in readings if isinstance(r.value, str) and r.value not in ("none", "")))
        at = next((r.at for r in readings if r.at is not None), None)
        if deployment:
            return Model("deployment", ids, at=at)
        if not readings:
            return self._default(call)
        origin = self._origin(call, readings)
        result = Model("unknown" if origin in ("literal", "constant") and not ids else origin, ids, at=at)
        self._describe(result)
        return result

    def _default(self, call: ModelCall) -> Model:
        for value in call.objects:
            client = self.resolver.knowledge.client(value.sdk, value.constructor)
            if client is not None and client.model_default:
                result = Model("unknown", [client.model_default], at=self.effective.cause(call, "model"))
                self._describe(result)
                return result
        return Model("unknown" if call.argument("model") is not None else "not-applicable")

    def _origin(self, call: ModelCall, readings: list[Reading]) -> Origin:
        if any((r.source == "unknown" and r.origin != "config") or r.origin in OPEN_ENDS for r in readings):
            return "parameter" if any(r.origin == "parameter" for r in readings) else "unknown"
        left_open = any(r.value == "none" for r in readings) and any(r.value != "none" for r in readings)
        if left_open or any(r.source == "environment" for r in readings):
            return "config-with-default"
        if any(r.origin == "config" for r in readings):
            return "config-with-default" if any(isinstance(r.value, str) for r in readings) else "config"
        kinds = {self._kind(call, r) for r in readings if isinstance(r.value, str)}
        order: tuple[Origin, ...] = ("literal", "constant", "parameter", "config-with-default")
        return next((kind for kind in order if kind in kinds), "unknown")

    def _kind(self, call: ModelCall, reading: Reading) -> str:
        """Where the literal stands: at a call or constructor, in a constant, or as a default."""
        if reading.ref is None:
            return "unknown"
        if reading.given is not None and self._may_be_overridden(reading.given, reading.ref, 0):
            return "config-with-default"
        flow = self.program.function(reading.ref)
        for function in self.program.modules[reading.ref.module].functions:
            if max(function.parent, 0) == flow.number and any(p.default == reading.ref.node for p in function.params):
                return "config-with-default"
        if self._is_field_default(reading.ref):
            return "config-with-default"
        if self._bound_name(reading.ref):
            return "constant"
        return "literal"

    def _is_field_default(self, ref: Ref) -> bool:
        """Whether the literal is what a field stands for when a constructor is not given another value."""
        for cls in self.program.modules[ref.module].classes:
            if cls.owner == ref.function and any(
                ref.node in numbers and name in cls.annotations for name, numbers in cls.bindings.items()
            ):
                return True
        users = self.program.users(ref.module, ref.function).get(ref.node, ())
        described = [self.program.node(ref.sibling(user)) for user in users]
        return any(
            node.op == "call" and self.program.tail(ref.module, self.program.function(ref), node.args[0]) in FIELDS
            for node in described
        )

    def _may_be_overridden(self, ref: Ref, literal: Ref, depth: int) -> bool:
        """The literal is only what is left when an argument, an option or a setting does not say otherwise."""
        node, function = self.program.node(ref), self.program.function(ref)
        if depth > 5:
            return False
        if node.op == "bool":
            return bool(node.args[0] == "Or") and function.nodes[node.args[1]].op != "const"
        if node.op == "ifexp":
            return any(not self._is_fixed(ref.sibling(n)) for n in node.args[1:])
        if node.op == "call":
            tail = self.program.tail(ref.module, function, node.args[0])
            return tail in ("get", "getattr", "pop", "getenv", "setdefault") and not self._looked_up(ref)
        if node.op == "param":
            return self._is_default(ref, str(node.args[0]), literal)
        if node.op == "union":
            if any(function.nodes[n].op != "union" and not self._is_fixed(ref.sibling(n)) for n in node.args):
                return True
            inner = [ref.sibling(n) for n in node.args if n < ref.node]
            return any(self._may_be_overridden(n, literal, depth + 1) for n in inner)
        if node.op == "attr":
            return self._attribute_overridden(ref.sibling(node.args[0]), str(node.args[1]), literal, depth)
        return False

    def _is_fixed(self, ref: Ref) -> bool:
        """Whether a node can only be one of some literals."""
        values = self.resolver.values(ref)
        return bool(values) and all(isinstance(v, Const) and isinstance(v.value, str) for v in values)

    def _looked_up(self, ref: Ref) -> bool:
        """Whether the call reads a table in the code, or runs a method in it: `MODELS.get(task, DEFAULT)`."""
        target = self.program.node(ref.sibling(self.program.node(ref).args[0]))
        values = self.resolver.values(ref.sibling(target.args[0])) if target.op == "attr" else ()
        return bool(values) and all(isinstance(v, Container | ObjectValue | ClassValue) for v in values)

    def _is_default(self, ref: Ref, name: str, literal: Ref) -> bool:
        """Whether a literal is what a parameter stands for when nobody passes it."""
        function = self.program.function(ref)
        number = next((p.default for p in function.params if p.name == name), -1)
        if number < 0:
            return False
        values = self.resolver.values(Ref(ref.module, max(function.parent, 0), number))
        return any(isinstance(v, Const) and v.ref == literal for v in values)

    def _attribute_overridden(self, base: Ref, name: str, literal: Ref, depth: int) -> bool:
        for value in self.resolver.values(base):
            if isinstance(value, ObjectValue):
                for cls in self.resolver.classes.bases(value.cls)[0]:
                    stores = self.resolver.classes.stores(cls, name)
                    kinds = {self.program.node(s).op for s in stores}
                    if len(stores) > 1 and kinds - {"const", "join"}:
                        return True
                    if any(self._may_be_overridden(s, literal, depth + 1) for s in stores):
                        return True
        return False

    def _bound_name(self, ref: Ref) -> bool:
        """Whether the literal is the value of a name: a constant of a module or class, or a dict of settings."""
        flow = self.program.function(ref)
        module = self.program.modules[ref.module]
        if any(ref.node in values for values in flow.bindings.values()):
            return True
        if any(ref.node in v for c in module.classes if c.owner == ref.function for v in c.bindings.values()):
            return True
        if ref.function == 0:
            users = self.program.users(ref.module, 0).get(ref.node, ())
            return any(flow.nodes[u].op in ("dict", "list", "tuple", "set") for u in users)
        return False

    def _describe(self, model: Model) -> None:
        entries = [e for e in (self.table.find(i) for i in model.ids) if e is not None]
        if len(entries) != len(model.ids) or not entries:
            model.tier = None
            if not entries:
                return
        tiers = {e.tier for e in entries}
        if len(entries) == len(model.ids) and len(tiers) == 1:
            model.tier = entries[0].tier  # type: ignore[assignment]
        if len(entries) == len(model.ids):
            model.routed = len(tiers) > 1
        model.dated = all(e.dated for e in entries) if len(entries) == len(model.ids) else None
        dates = sorted(e.retires_on for e in entries if e.retires_on)
        model.retires_on = dates[0] if dates else None
        model.sibling = self._sibling(entries[0])

    def _sibling(self, entry: ModelEntry) -> Sibling | None:
        other = self.table.sibling(entry)
        if other is None or entry.input is None or entry.output is None or not other.input or not other.output:
            return None
        own = 3 * entry.input + entry.output
        return Sibling(other.id, round(own / (3 * other.input + other.output), 1))
