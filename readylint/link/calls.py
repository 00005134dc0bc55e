"""Finding the model calls: every expression whose callee is a call of the catalogue or of the settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from readylint.catalogue import Argument, Call, Sdk
from readylint.flow import FunctionFlow, Node
from readylint.link.arguments import ArgumentReader
from readylint.link.endpoints import Endpoint, EndpointMatcher
from readylint.link.inner_objects import InnerObjects
from readylint.link.objects import PARTIAL
from readylint.values import ClassValue, External, FunctionValue, ObjectValue, Ref, SdkObject

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

INSPECTING = {
    "getattr", "hasattr", "setattr", "isinstance", "callable", "type", "id", "repr", "print", "len", "str", "dir",
    "vars", "hash", "help", "format", "issubclass", "asyncio.iscoroutinefunction", "functools.wraps",
    "functools.update_wrapper", "patch", "warnings.warn", "pprint.pprint", "pprint.pformat", "reprlib.repr",
}  # fmt: skip
"""Functions that look at what they are given and do not call it."""
INSPECTING_MODULES = ("inspect.", "typing.", "logging.", "unittest.mock.patch")
LOGGING = {"debug", "info", "warning", "error", "exception", "critical", "log"}
"""Methods of loggers, of whatever library: they write down what they are given."""


@dataclass(slots=True)
class ModelCall:
    """One call expression that reaches a model, with the catalogue entry that says so."""

    ref: Ref
    """The call; for a method passed on the expression that is passed."""
    sdk: Sdk
    call: Call
    objects: list[SdkObject] = field(default_factory=list)
    """What the method may be called on; several when a factory or branch decides. Empty for functions."""
    by_reference: bool = False
    argument_call: Ref | None = None
    """Where its arguments stand: the call, or the call that passes the method on."""
    handed: Ref | None = None
    """The function or method that is passed on, where that has no place of its own: an imported name."""
    endpoint: Endpoint | None = None
    declared: dict[str, Any] | None = None
    """The entry of the settings, for a private gateway."""

    @property
    def is_http(self) -> bool:
        """Whether it is raw HTTP to a known endpoint."""
        return self.endpoint is not None

    @property
    def passed(self) -> int:
        """The node that is passed on."""
        return (self.handed or self.ref).node

    def argument(self, role: str) -> Argument | None:
        """Where the call takes a role."""
        if self.endpoint is not None and role in self.endpoint.arguments:
            return self.endpoint.arguments[role]
        return self.call.arguments.get(role) or self.sdk.arguments.get(role)

    def place_of(self, role: str) -> Ref | None:
        """The call at which a role is given."""
        if self.endpoint is not None and role in self.endpoint.arguments:
            return self.endpoint.body or self.argument_call
        return self.argument_call


class CallFinder:
    """Walks all calls of the program once."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.knowledge = resolver.knowledge
        self.reader = ArgumentReader(resolver)
        self.endpoints = EndpointMatcher(resolver, self.reader)
        self.inner = InnerObjects(resolver, self.reader)
        self.declared = self._declared_tails()
        self.tails = self.knowledge.tails | set(self.declared)
        self.found: dict[Ref, ModelCall] = {}
        self._http_tails = {
            c.path.rsplit(".", 1)[-1] for s in self.knowledge.sdks.values() if s.transport == "http" for c in s.calls
        }

    def _declared_tails(self) -> dict[str, list[str]]:
        tails: dict[str, list[str]] = {}
        for name in self.knowledge.declared:
            tails.setdefault(name.rsplit(".", 1)[-1], []).append(name)
        return tails

    def find(self) -> list[ModelCall]:
        """All model calls, in order of file and place. Calls of a passed-on method count where it is passed."""
        with self.resolver.mode(loading=False):
            return self._find()

    def _find(self) -> list[ModelCall]:
        aliases = self._alias_tails()
        index = 0
        while index < len(self.program.modules):
            for function in self.program.modules[index].functions:
                self._in_function(index, function, aliases)
            index += 1
        self._drop_passed_on()
        order = sorted(self.found, key=lambda r: (self.program.modules[r.module].path, *self._offset(r)))
        return [self.found[r] for r in order]

    def _offset(self, ref: Ref) -> tuple[int, int]:
        node = self.program.node(ref)
        return node.start, node.end

    def _alias_tails(self) -> set[str]:
        """Attribute and variable names that somewhere get a bound method of a tail that matters."""
        aliases: set[str] = set()
        for index, function in self.program.all_functions():
            for store in function.stores:
                if not store.item and self._mentions(index, function, store.value, 3):
                    aliases.add(store.key)
            for name, values in function.bindings.items():
                if any(self._mentions(index, function, v, 2) for v in values[:8]):
                    aliases.add(name)
        return aliases

    def _mentions(self, index: int, function: FunctionFlow, number: int, depth: int) -> bool:
        node = function.nodes[number]
        if node.op == "attr":
            return node.args[1] in self.tails and node.args[1] not in self._http_tails
        if depth and node.op == "call":
            arguments = [v for _, v in node.args[1]]
            return any(self._mentions(index, function, v, 0) for v in arguments)
        if depth and node.op in ("union", "ifexp", "bool"):
            members = node.args[1:] if node.op != "union" else node.args
            return any(isinstance(m, int) and self._mentions(index, function, m, depth - 1) for m in members)
        return False

    def _in_function(self, index: int, function: FunctionFlow, aliases: set[str]) -> None:
        called: set[int] = set()
        named: set[int] = set()
        for number in function.calls:
            target, arguments = function.nodes[number].args
            named.update(n for _, n in arguments if function.nodes[n].op == "name")
            called.add(target)
            inner = function.nodes[target]
            if inner.op == "union":
                called.update(inner.args)
            if self._worth(index, function, target, aliases):
                self._consider(Ref(index, function.number, number))
        for number in function.attributes:
            if number not in called and function.nodes[number].args[1] in self.tails:
                self._consider_reference(Ref(index, function.number, number))
        for number in sorted(named):
            name = function.nodes[number].args[0]
            if name in self.tails and self._imported_tail(index, name):
                self._consider_reference(Ref(index, function.number, number))
        for number in function.imports:
            node = function.nodes[number]
            if node.args[1] in self.tails and number not in called:
                self._consider_reference(Ref(index, function.number, number))

    def _worth(self, index: int, function: FunctionFlow, target: int, aliases: set[str]) -> bool:
        node = function.nodes[target]
        while node.op == "union" and node.args and node.args[0] < target:
            target = int(node.args[0])
            node = function.nodes[target]
        if node.op == "attr":
            return node.args[1] in self.tails or node.args[1] in aliases or self.knowledge.called_objects
        if node.op == "name":
            name = node.args[0]
            return name in self.tails or name in aliases or self._imported_tail(index, name)
        return node.op in ("import", "func", "item", "param", "call", "unpack", "ifexp", "bool", "await", "iter")

    def _imported_tail(self, index: int, name: str) -> bool:
        body = self.program.modules[index].functions[0]
        for number in body.bindings.get(name, ())[:4]:
            node = body.nodes[number]
            if node.op == "import" and (node.args[1] in self.tails or self.knowledge.called_objects):
                return True
            if node.op == "call" and self.knowledge.called_objects:
                return True
            if node.op == "func" and self.knowledge.decorators:
                return bool(self.program.modules[index].functions[node.args[0]].decorators)
        return False

    def _consider(self, ref: Ref) -> None:
        node = self.program.node(ref)
        values = self.resolver.values(ref.sibling(node.args[0]))
        foreign = any(isinstance(v, External) and self.resolver.protocols.is_foreign(v) for v in values)
        for value in values:
            if isinstance(value, SdkObject):
                # Another library's object under the same name: the arguments tell which of them it is here.
                if not foreign or self.resolver.protocols.may_fit(value, ref):
                    self._object(ref, value)
            elif isinstance(value, External):
                self._function(ref, value.name)
            elif isinstance(value, FunctionValue | ObjectValue | ClassValue):
                for made in self.resolver.objects.decorated(value) if isinstance(value, FunctionValue) else ():
                    self._object(ref, made)
                self._project_gateway(ref, value)

    def _object(self, ref: Ref, value: SdkObject) -> None:
        call = self.resolver.objects.call_of(value)
        if call is None or self.resolver.objects.method_view(value) is not None:
            return
        if call.needs_inner:
            inside = self.inner.kinds(value)
            if not (inside & set(call.needs_inner) if isinstance(call.needs_inner, list) else inside):
                return
        if call.object is not None and not self._held(ref, call.object):
            return
        self._add(ref, self.knowledge.sdks[value.sdk], call, value)

    def _held(self, ref: Ref, argument: Argument) -> list[SdkObject]:
        """The SDK objects that an argument of a call holds."""
        given = self.reader.find(ref, argument).refs
        return [v for r in given for v in self.resolver.values(r) if isinstance(v, SdkObject) and not v.path]

    def _function(self, ref: Ref, name: str) -> None:
        plain = name.replace("()", "")
        if plain in self.knowledge.declared:
            self._add_declared(ref, plain)
            return
        entry = self.knowledge.functions.get(name) or self.knowledge.functions.get(plain)
        if entry is not None:
            sdk, call = entry
            held = self._held(ref, call.object) if call.object is not None else []
            for value in held:
                self._add(ref, sdk, call, value)
            if not held:
                self._add(ref, sdk, call, None)
            return
        module = self.knowledge.entry_of_module(name)
        if module is not None:
            sdk, kind, path = module
            value = SdkObject(sdk.sdk, kind, path)
            method = self.resolver.objects.call_of(value)
            if method is not None:
                self._add(ref, sdk, method, value)

    def _project_gateway(self, ref: Ref, value: FunctionValue | ObjectValue | ClassValue) -> None:
        if not isinstance(value, FunctionValue) or not self.knowledge.declared:
            return
        flow = self.resolver.flow_of(value)
        name = f"{self.program.modules[value.module].name}.{flow.qualified_name}"
        for declared in self.declared.get(flow.name, ()):
            if name == declared or name.endswith(f".{declared}"):
                self._add_declared(ref, declared)

    def _add_declared(self, ref: Ref, name: str) -> None:
        entry = self.knowledge.declared[name]
        provider = str(entry.get("provider", "gateway"))
        sdk = Sdk(sdk=name, provider=provider, package=None, imports=[])
        operation = str(entry.get("operation", "chat"))
        call = Call(path=name, operation=operation, structured=bool(entry.get("validated", False)))
        self.found[ref] = ModelCall(ref, sdk, call, argument_call=ref, declared=entry)

    def _add(self, ref: Ref, sdk: Sdk, call: Call, value: SdkObject | None) -> None:
        known = self.found.get(ref)
        if known is not None:
            if value is not None and known.sdk is sdk and value not in known.objects:
                known.objects.append(value)
            return
        endpoint = None
        if sdk.transport == "http":
            with self.resolver.mode(loading=True):
                endpoint = self.endpoints.match(ref, sdk, call, value)
            if endpoint is None:
                return
        objects = [value] if value is not None else []
        self.found[ref] = ModelCall(ref, sdk, call, objects, argument_call=ref, endpoint=endpoint)

    def _consider_reference(self, ref: Ref) -> None:
        function = self.program.function(ref)
        for user in self._passing_calls(ref):
            target = ref.sibling(function.nodes[user].args[0])
            names = {v.name for v in self.resolver.values(target) if isinstance(v, External)}
            if any(self._only_looks(n) for n in names) or any(
                n in self.knowledge.makes or n in self.knowledge.wrappers for n in names
            ):
                continue  # a constructor around a function is an object; what calls that is the call
            for value in self.resolver.values(ref):
                call: Call | None = None
                sdk: Sdk | None = None
                if isinstance(value, SdkObject) and value.path:
                    call, sdk = self.resolver.objects.call_of(value), self.knowledge.sdks[value.sdk]
                elif isinstance(value, External) and value.name in self.knowledge.functions:
                    sdk, call = self.knowledge.functions[value.name]
                if call is None or sdk is None or sdk.transport == "http":
                    continue
                objects = [value] if isinstance(value, SdkObject) else []
                at = ref.sibling(user)
                # What is imported is handed on by its name alone, which has no node of its own.
                place = at if function.nodes[ref.node].op == "import" else ref
                self.found[place] = ModelCall(
                    place, sdk, call, objects, by_reference=True, argument_call=at, handed=ref if place == at else None
                )

    def _only_looks(self, name: str) -> bool:
        """Whether a library function looks at what it is given, or writes it down, and does not call it."""
        if name in INSPECTING or name.startswith(INSPECTING_MODULES):
            return True
        return "." in name and name.rsplit(".", 1)[-1] in LOGGING

    def _passing_calls(self, ref: Ref) -> Iterator[int]:
        """Calls of the same function that get the node as an argument."""
        function = self.program.function(ref)
        users = self.program.users(ref.module, ref.function)
        pending, seen = [ref.node], {ref.node}
        while pending:
            number = pending.pop()
            for user in users.get(number, ()):
                node = function.nodes[user]
                if node.op == "call" and number in [v for _, v in node.args[1]]:
                    yield user
                elif node.op == "union" and user not in seen:
                    seen.add(user)
                    pending.append(user)

    def _drop_passed_on(self) -> None:
        """A method that is passed on is one call: where it is passed, not where the receiver calls its parameter."""
        passed = {m.objects[0].path for m in self.found.values() if m.by_reference and m.objects}
        functions = {m.call.path for m in self.found.values() if m.by_reference and not m.objects}
        for ref, call in list(self.found.items()):
            if not call.by_reference and not call.objects and call.call.path in functions:
                if self._from_partial(ref):
                    del self.found[ref]
                continue
            if call.by_reference or not call.objects:
                continue
            if all(any(o.view == PARTIAL for o in value.overlays) for value in call.objects):
                if any(value.path in passed for value in call.objects):
                    del self.found[ref]
                continue
            node = self._plain(ref)
            from_outside = node.op in ("param", "name") and self._is_parameter(ref, node)
            if node.op == "attr" and all(v.path.rsplit(".", 1)[-1] != node.args[1] for v in call.objects):
                from_outside = self._keeps_parameter(node.args[1])
            if from_outside and any(value.path in passed for value in call.objects):
                del self.found[ref]

    def _from_partial(self, ref: Ref) -> bool:
        """Whether what is called was made by a call: `ask = partial(completion, ...)`, then `ask(...)`."""
        node = self._plain(ref)
        if node.op == "name":
            body = self.program.modules[ref.module].functions[0]
            return any(body.nodes[n].op == "call" for n in body.bindings.get(node.args[0], ()))
        return node.op == "call"

    def _plain(self, ref: Ref) -> Node:
        function = self.program.function(ref)
        node = function.nodes[int(function.nodes[ref.node].args[0])]
        if node.op == "union" and node.args:
            node = function.nodes[int(node.args[0])]
        return node

    def _keeps_parameter(self, attribute: str) -> bool:
        """Whether what is passed for a parameter is kept under an attribute: `self.ask = ask`."""
        for module, number, position in self.program.stores_by_attribute.get(attribute, ()):
            function = self.program.modules[module].functions[number]
            if function.nodes[function.stores[position].value].op == "param":
                return True
        return False

    def _is_parameter(self, ref: Ref, node: Node) -> bool:
        if node.op == "param":
            return True
        flows = self.program.modules[ref.module].functions
        number = ref.function
        while number > 0:
            if any(p.name == node.args[0] for p in flows[number].params):
                return True
            number = flows[number].parent
        return False
