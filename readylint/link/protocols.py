"""Clients that only their use tells: `X.chat.completions.create(model=..., messages=...)` where X cannot be told.

An object that is kept in a session, on an application or in a library's container is a client of the project when the
project builds one and the whole path and the model's argument are those of a call of the catalogue.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from readylint.flow import NOTHING
from readylint.values import Const, External, Open, Ref, SdkObject, Unknown, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readylint.link.resolver import Resolver

LEAST_NAMES = 2
"""Names of a path that say something: `create` alone is anybody's."""


class Protocols:
    """Recognises the calls of clients by path and arguments."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.knowledge = resolver.knowledge
        self.tails = {
            call.path.rsplit(".", 1)[-1]
            for sdk in self.knowledge.sdks.values()
            for call in sdk.calls
            if call.of and "." in call.path and sdk.transport == "sdk"
        }
        keepers = {i.split(".")[0] for f in self.knowledge.frameworks for i in f.imports}
        self._keepers = (keepers | set(sys.stdlib_module_names)) - {"unittest", "types"}

    def method(self, ref: Ref, name: str, found: Iterable[Value]) -> list[Value]:
        """The bound methods that an attribute node may stand for, when its values tell nothing."""
        if name not in self.tails or not all(self.is_open(v) for v in found):
            return []
        names = self._path(ref)
        if len(names) < LEAST_NAMES:
            return []
        uses = self._uses(ref)
        if not uses:
            return []
        built, typed = (self._matching(known, names, uses) for known in (self._clients, self._types))
        here = self._imported_here(ref.module)
        matching = [m for m in built if m.sdk in here] or [m for m in typed if m.sdk in here] or built or typed
        awaited = any(self._is_awaited(u) for u in uses)
        matching = [m for m in matching if m.is_async in (None, awaited)] or matching
        if matching and self._is_kept_otherwise(ref):
            return []
        if len({(m.made, m.constructor) for m in matching}) == 1:
            return list(matching[:1])
        # Several clients may be meant: which settings hold cannot be told.
        kinds = {(m.sdk, m.kind): replace(m, made=None) for m in reversed(matching)}
        return list(kinds.values())

    def _is_kept_otherwise(self, ref: Ref) -> bool:
        """Whether an owner on the path is known to hold an object of the project's own: a recording, a double."""
        node = self.program.node(ref)
        while node.op == "attr":
            ref = ref.sibling(node.args[0])
            if self.resolver.places.holds_other(ref):
                return True
            node = self.program.node(ref)
        return False

    def _imported_here(self, module: int) -> set[str]:
        """The SDKs that a module imports itself."""
        sources = {f.nodes[n].args[0] for f in self.program.modules[module].functions for n in f.imports}
        roots = {f"{s}." for s in sources}
        return {
            sdk.sdk
            for sdk in self.knowledge.sdks.values()
            if any(r.startswith(f"{i}.") for r in roots for i in sdk.imports)
        }

    def _matching(self, clients: list[SdkObject], names: list[str], uses: list[Ref]) -> list[SdkObject]:
        return [m for c in clients for m in self._walked(c, names) if self._fits(m, uses)]

    def is_open(self, value: Value) -> bool:
        """Nothing is known, or it is an attribute of something in which programs keep their own objects."""
        if isinstance(value, External):
            root, _, rest = value.name.partition(".")
            return root in self._keepers and bool(rest)
        if isinstance(value, Open) and self.resolver.provided.is_test_input(value.module, value.function):
            return False
        return isinstance(value, Unknown | Open) or (isinstance(value, Const) and value.value is None)

    def is_foreign(self, value: External) -> bool:
        """Whether it belongs to a library that keeps no objects of the project, and to no test double."""
        return value.name.split(".")[0] not in self._keepers | {"unittest", "types"} and "." in value.name

    def _path(self, ref: Ref) -> list[str]:
        """The attribute names before and at the node: `["client", "chat", "completions", "create"]`."""
        names: list[str] = []
        node = self.program.node(ref)
        while node.op == "attr":
            names.insert(0, str(node.args[1]))
            node = self.program.node(ref.sibling(node.args[0]))
        return names

    def _uses(self, ref: Ref) -> list[Ref]:
        """The calls that call the node or hand it on."""
        users = self.program.users(ref.module, ref.function)
        function = self.program.function(ref)
        pending, uses = [ref.node], []
        for number in pending:
            for user in users.get(number, ()):
                if function.nodes[user].op == "call":
                    uses.append(ref.sibling(user))
                elif function.nodes[user].op == "union" and user not in pending:
                    pending.append(user)
        return uses

    def _is_awaited(self, call: Ref) -> bool:
        users = self.program.users(call.module, call.function)
        function = self.program.function(call)
        return any(function.nodes[u].op == "await" for u in users.get(call.node, ()))

    @cached_property
    def _clients(self) -> list[SdkObject]:
        """Every client that the program builds."""
        tails = {name.rsplit(".", 1)[-1] for name in self.knowledge.makes}
        found: list[SdkObject] = []
        for tail in sorted(tails & self.program.calls_by_tail.keys()):
            for call in list(self.program.calls_by_tail[tail]):
                target = call.sibling(self.program.node(call).args[0])
                for value in self.resolver.values(target):
                    if isinstance(value, External):
                        made = self.resolver.objects.external_called(value.name, call)
                        found += [m for m in made if isinstance(m, SdkObject) and m.constructor != NOTHING]
        return sorted(set(found), key=lambda m: (m.sdk, m.kind, m.made or Ref(0, 0, 0)))

    @cached_property
    def _types(self) -> list[SdkObject]:
        """A client of each class of the catalogue that the program imports: whoever builds it is not seen."""
        found: dict[tuple[str, str, bool | None], SdkObject] = {}
        for index, function in list(self.program.all_functions()):
            for number in function.imports:
                source, name = function.nodes[number].args
                candidates = self.knowledge.candidates(f"{source}.{name}") if name else []
                for sdk, made_by in candidates if not self.program.is_own(source, index) else ():
                    client = sdk.clients[made_by]
                    key = (sdk.sdk, client.id, client.is_async)
                    found.setdefault(key, SdkObject(sdk.sdk, client.id, "", None, made_by, client.is_async))
        return [found[key] for key in sorted(found, key=str)]

    def _walked(self, client: SdkObject, names: list[str]) -> list[SdkObject]:
        """The method that the end of the path is on a client, the longest end first."""
        for start in range(len(names) - LEAST_NAMES + 1):
            values: list[Value] = [client]
            for name in names[start:]:
                values = [
                    a for v in values if isinstance(v, SdkObject) for a in self.resolver.objects.attribute(v, name)
                ]
            methods = [v for v in values if isinstance(v, SdkObject) and self.resolver.objects.call_of(v) is not None]
            if methods:
                return methods
        return []

    def _fits(self, method: SdkObject, uses: list[Ref]) -> bool:
        """Whether the arguments are those of the call: the model and what it is asked, or all come from elsewhere."""
        wanted = [self._keywords(method, role) for role in ("model", "messages")]
        for use in uses:
            given = {str(keyword) for keyword, _ in self.program.node(use).args[1] if keyword is not None}
            if all(not names or given & names for names in wanted):
                return True
            if "**" in given and method.path.count(".") >= LEAST_NAMES:
                return True
        return False

    def may_fit(self, method: SdkObject, use: Ref) -> bool:
        """Whether an argument is the model or what it is asked, or it cannot be told by the keywords."""
        given = [keyword for keyword, _ in self.program.node(use).args[1]]
        if any(keyword in (None, "*", "**") for keyword in given):
            return True
        wanted = self._keywords(method, "model") | self._keywords(method, "messages")
        return not wanted or not wanted.isdisjoint(map(str, given))

    def _keywords(self, method: SdkObject, role: str) -> set[str]:
        """The keywords by which a call takes a role."""
        call = self.resolver.objects.call_of(method)
        argument = (call.arguments.get(role) if call is not None else None) or self.knowledge.sdks[
            method.sdk
        ].arguments.get(role)
        return {str(at).split(".")[0] for at in argument.at} if argument is not None else set()
