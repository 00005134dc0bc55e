"""SDK objects: how they are built, derived from one another, piped together, and which of their methods are calls."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.catalogue import Call, Client, View
from readylint.flow import FunctionFlow
from readylint.values import (
    UNKNOWN,
    Answer,
    Const,
    Container,
    External,
    FunctionValue,
    Made,
    ObjectValue,
    Overlay,
    Ref,
    SdkObject,
    Value,
)

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

DEPTH = 4
"""Dicts that are spread into one another."""
PARTIAL = "partial"
LAID = "laid"
"""Arguments of a constructor that a partial gives."""
PIPE = "pipe"


class Objects:
    """The catalogue applied to values."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.knowledge = resolver.knowledge
        self._inject = [r for f in resolver.knowledge.frameworks for r in f.inject]
        self._wraps = {n: r for f in resolver.knowledge.frameworks for r in f.runs if r.wraps for n in r.function}

    # building --------------------------------------------------------------------------------------------------

    def of_type(self, name: str, ref: Ref, made: Ref | None = None) -> Value | None:
        """An object of a library class: an SDK object when the catalogue knows the class."""
        name = self.knowledge.plain_name(name)
        for sdk, number in self.knowledge.candidates(name):
            client = sdk.clients[number]
            if not client.argument_is:
                return SdkObject(sdk.sdk, client.id, "", made, number, client.is_async)
        tail = name.rsplit(".", 1)[-1]
        if tail[:1].isupper() and "." in name:
            return Made(name, ref)
        return None

    def external_called(self, name: str, ref: Ref, laid: Ref | None = None) -> list[Value]:
        """What calling a library name gives, when the catalogue knows it; `laid` is the partial around it."""
        built = self._built(name, ref)
        if built:
            return [
                replace(v, overlays=(Overlay(LAID, laid),)) if isinstance(v, SdkObject) and laid else v for v in built
            ]
        wrapped = self._wrapped(name, ref)
        if wrapped:
            return wrapped
        if name in self.knowledge.functions:
            return [Answer(ref)]
        entry = self.knowledge.entry_of_module(name)
        if entry is not None:
            sdk, kind, path = entry
            value = SdkObject(sdk.sdk, kind, path)
            if self.call_of(value) is not None or self.method_view(value) is not None:
                return self.called(value, ref)
        if name in self._wraps:
            return self._partial(name, ref)
        return self.resolver.pipelines.by_method(name, ref)

    def _built(self, name: str, ref: Ref) -> list[Value]:
        for sdk, number in self.knowledge.candidates(name):
            client = sdk.clients[number]
            if self._arguments_match(client, ref):
                return [SdkObject(sdk.sdk, client.id, "", ref, number, client.is_async)]
        return []

    def decorated(self, value: FunctionValue) -> list[SdkObject]:
        """The objects that decorators of the catalogue make of a function (`@openai.call(...)`)."""
        if not self.knowledge.decorators:
            return []
        flow = self.resolver.flow_of(value)
        found: list[SdkObject] = []
        for at, target in self.program.decorations(value.module, flow):
            for one in self.resolver.values(target):
                if isinstance(one, External) and one.name in self.knowledge.decorators:
                    found += [self._of_function(v, flow.is_async) for v in self._built(one.name, at)]
        return found

    def function_of(self, value: SdkObject) -> tuple[int, FunctionFlow] | None:
        """The function that a decorator made this object of."""
        client = self.knowledge.client(value.sdk, value.constructor)
        if client is None or not client.decorator or value.made is None:
            return None
        for flow in self.program.modules[value.made.module].functions:
            if max(flow.parent, 0) == value.made.function and value.made.node in flow.decorators:
                return value.made.module, flow
        return None

    def _of_function(self, value: Value, is_async: bool) -> SdkObject:
        assert isinstance(value, SdkObject)
        return replace(value, is_async=is_async if value.is_async is None or is_async else value.is_async)

    def _arguments_match(self, client: Client, ref: Ref) -> bool:
        for keyword, wanted in client.argument_is.items():
            position = int(keyword) if keyword.isdigit() else None
            names = [k for k in client.argument_is if not k.isdigit()]
            argument = self.resolver.argument(ref, names[0] if names and position is not None else keyword, position)
            values = self.resolver.values(argument) if argument is not None else ()
            if argument is not None and not wanted:
                return True
            if any(isinstance(v, Const) and v.value in wanted for v in values):
                return True
        return not client.argument_is

    def _wrapped(self, name: str, ref: Ref) -> list[Value]:
        found: list[Value] = []
        for sdk, view in self.knowledge.wrappers.get(name, ()):
            arguments = self.program.node(ref).args[1]
            if not arguments:
                continue
            for value in self.resolver.values(ref.sibling(arguments[0][1])):
                if isinstance(value, SdkObject):
                    gives = view.gives if view.gives and view.gives != value.kind else value.kind
                    owner = value.sdk if (value.sdk, gives) in self.knowledge.views or not view.gives else sdk.sdk
                    found.append(
                        replace(value, sdk=owner, kind=gives, overlays=(*value.overlays, Overlay(view.id, ref)))
                    )
        return found

    def _partial(self, name: str, ref: Ref) -> list[Value]:
        rule = self._wraps[name]
        position = rule.callable if isinstance(rule.callable, int) else 0
        argument = self.resolver.argument(ref, str(rule.callable), position)
        if argument is None:
            return []
        found: list[Value] = []
        for value in self.resolver.values(argument):
            if isinstance(value, SdkObject):
                found.append(replace(value, overlays=(*value.overlays, Overlay(PARTIAL, ref))))
            elif isinstance(value, External) and self.knowledge.candidates(value.name):
                found.append(replace(value, laid=ref))
            else:
                found.append(value)
        return found

    def injected(self, values: tuple[Value, ...]) -> list[Value]:
        """What dependency injection puts in place of a default such as `Depends(get_client)`."""
        found: list[Value] = []
        for value in values:
            if not isinstance(value, Made):
                continue
            for rule in self._inject:
                if value.name in rule.function:
                    position = rule.callable if isinstance(rule.callable, int) else 0
                    argument = self.resolver.argument(value.ref, str(rule.callable), position)
                    if argument is not None:
                        for target in self.resolver.values(argument):
                            found += self._provided(target, value.ref)
        return found

    def _provided(self, target: Value, ref: Ref) -> list[Value]:
        if isinstance(target, FunctionValue):
            flow = self.resolver.flow_of(target)
            if flow.is_generator:
                return self.resolver.all_values(Ref(target.module, target.number, 0), flow.yields)
        return self.resolver.called(target, ref)

    # attributes and methods ------------------------------------------------------------------------------------

    def attribute(self, value: SdkObject, name: str) -> list[Value]:
        """An attribute of an SDK object: a longer path, or the object that a view of the catalogue gives."""
        sdk = self.knowledge.sdks[value.sdk]
        if name in sdk.transparent:
            return [value]
        path = f"{value.path}.{name}" if value.path else name
        for view in self.knowledge.views[value.sdk, value.kind]:
            if view.path == path:
                return [self._viewed(value, view, None)]
        return [replace(value, path=path)]

    def _viewed(self, value: SdkObject, view: View, ref: Ref | None) -> SdkObject:
        kind = view.gives or (value.kind if view.overlay or view.wrapper else view.id)
        is_async = value.is_async if view.is_async is None else view.is_async
        overlays = value.overlays if ref is None else (*value.overlays, Overlay(view.id, ref))
        return replace(value, kind=kind, path="", is_async=is_async, overlays=overlays)

    def method_view(self, value: SdkObject) -> View | None:
        """The view that calling this bound method gives."""
        for view in self.knowledge.views[value.sdk, value.kind]:
            if view.method is not None and view.method == value.path:
                return view
        return None

    def call_of(self, value: SdkObject) -> Call | None:
        """The model call that calling this value is, if it is one."""
        return self.knowledge.object_calls[value.sdk, value.kind].get(value.path or "()")

    def called(self, value: SdkObject, ref: Ref) -> list[Value]:
        """What calling an SDK object or a method of it gives."""
        view = self.method_view(value)
        if view is not None:
            base = replace(value, path="")
            made = self._viewed(base, view, ref)
            return [made if view.overlay else replace(made, overlays=(*value.overlays, Overlay(view.id, ref)))]
        if self.call_of(value) is not None:
            return [Answer(ref)]
        for number, client in enumerate(self.knowledge.sdks[value.sdk].clients):
            if client.method and value.path == client.method and self._arguments_match(client, ref):
                return [SdkObject(value.sdk, client.id, "", ref, number, client.is_async)]
        return [UNKNOWN]

    def entered(self, value: Value, ref: Ref) -> list[Value]:
        """What `with value as name` binds."""
        if isinstance(value, ObjectValue):
            for method in ("__enter__", "__aenter__"):
                target = self.resolver.classes.method(value.cls, method)
                if target is not None:
                    return self.resolver.returned(target, ref)
            return [value]
        if isinstance(value, Container) and self.program.node(value.ref).op == "call":
            return self.yielded(value.ref)
        return [value]

    def yielded(self, call: Ref) -> list[Value]:
        """What the generator that a call makes gives."""
        target = call.sibling(self.program.node(call).args[0])
        found: list[Value] = []
        for value in self.resolver.values(target):
            if isinstance(value, FunctionValue):
                found += self.resolver.passing.values(value, call, self.resolver.flow_of(value).yields)
        return found or self.resolver.passing.yielded(call) or [UNKNOWN]
