"""Objects that code puts where other code finds them again: the state of an application or session, a table.

`app.state.model = ...`, `st.session_state["model"] = ...` and `cl.user_session.set("model", ...)` put something under a
key into an owner that is known by its name only; reading the same key of an owner of that name gives it back.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from readylint.flow import FunctionFlow, Node
from readylint.values import (
    ClassValue,
    Const,
    Container,
    External,
    FunctionValue,
    Made,
    ObjectValue,
    Ref,
    SdkObject,
    Value,
)

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

NAMESPACE = "types.SimpleNamespace"
GETTERS = {"get", "pop", "setdefault"}
SETTERS = {"set", "setdefault"}
NO_KEY = ""
"""The key of what holds one thing only: a context variable."""
KEY_NAMES = ("name", "import", "attr")
MOST = 16
"""Of more puts under one key than this the first are taken."""


class Put(NamedTuple):
    """Something is put under a key into what `owner` stands for."""

    owner: Ref | None
    """None when a framework puts it there."""
    value: Ref
    key: Ref | None
    """The key, where it is an item's; None for an attribute."""


class SharedPlaces:
    """Looks for what was put there, anywhere in the program."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self._puts: dict[tuple[str, object], list[Put]] = defaultdict(list)
        self._item_stores: list[tuple[Ref, Ref]] = []
        self._indexed = 0
        self._yielded: dict[tuple[str, object], list[Put]] | None = None

    def found(self, ref: Ref) -> list[Value]:
        """What was put where a node reads: an attribute, an item, or `owner.get(key)`.

        Only objects of an SDK or of the project are taken, and doubles of the standard library.
        """
        place = self._read_place(ref)
        if place is None:
            return []
        with self.resolver.mode(loading=False):  # modules that were not parsed at the start put no SDK object anywhere
            return self._found(ref, *place)

    def _found(self, ref: Ref, base: int, key: str, key_node: Ref | None) -> list[Value]:
        self._index()
        function = self.program.function(ref)
        owner = self.program.tail(ref.module, function, base)
        if owner is None or owner in ("self", "cls"):
            return []
        found: list[Value] = []
        for put in [*self._puts.get((owner, key), ())[:MOST], *self._from_frameworks().get((owner, key), ())]:
            if self._is_in_test(put.value, ref.module):
                continue
            if put.owner is not None and not (key_node is None and put.key is None):
                if not self._is_shared(ref.sibling(base), put.owner) or not self._same_key(key_node, put.key):
                    continue
            found += [v for v in self.resolver.values(put.value) if self._is_object(v)]
        return list(dict.fromkeys(found))

    def _is_in_test(self, put: Ref, reader: int) -> bool:
        """Whether a test of another module puts it there: that is how a double comes into its place."""
        provided = self.resolver.provided
        return put.module != reader and provided.is_test_input(put.module, put.function)

    def holds_other(self, ref: Ref) -> bool:
        """Whether something of the project's own was put where a node reads, which is no SDK object.

        A class of a module that was not parsed at the start is such a thing; it is parsed here.
        """
        place = self._read_place(ref)
        owner = self.program.tail(ref.module, self.program.function(ref), place[0]) if place is not None else None
        if place is None or owner is None:
            return False
        self._index()
        with self.resolver.mode(loading=True):
            values = [
                v for put in self._puts.get((owner, place[1]), ())[:MOST] for v in self.resolver.values(put.value)
            ]
        return any(isinstance(v, ObjectValue) for v in values) and not any(isinstance(v, SdkObject) for v in values)

    def _is_object(self, value: Value) -> bool:
        if isinstance(value, Made):
            return value.name == NAMESPACE
        return isinstance(value, SdkObject | ObjectValue | FunctionValue)

    def _is_shared(self, reading: Ref, writing: Ref) -> bool:
        """Whether both owners are something that is not the code's own, and one is more than a variable."""
        values = [self.resolver.values(reading), self.resolver.values(writing)]
        if any(isinstance(v, Container | ObjectValue | ClassValue | FunctionValue) for side in values for v in side):
            return False
        known = any(isinstance(v, External | Made) for side in values for v in side)
        return known or any(self._is_from_elsewhere(r) for r in (reading, writing))

    def _is_from_elsewhere(self, ref: Ref) -> bool:
        """Whether an owner is an attribute, or imported."""
        node = self.program.node(ref)
        if node.op != "name":
            return node.op in ("attr", "import")
        body = self.program.modules[ref.module].functions[0]
        return any(body.nodes[n].op == "import" for n in body.bindings.get(node.args[0], ()))

    # where it stands -------------------------------------------------------------------------------------------

    def _read_place(self, ref: Ref) -> tuple[int, str, Ref | None] | None:
        """Owner and key of a node that reads, and the node of the key where it is an item's."""
        node = self.program.node(ref)
        function = self.program.function(ref)
        if node.op == "attr":
            return node.args[0], node.args[1], None
        if node.op == "item":
            key = self._key(function, node.args[1])
            return (node.args[0], key, ref.sibling(node.args[1])) if key is not None else None
        if node.op != "call":
            return None
        target = function.nodes[node.args[0]]
        if target.op != "attr" or target.args[1] not in GETTERS:
            return None
        plain = [n for k, n in node.args[1] if k is None]
        if not plain:
            return None if node.args[1] or target.args[1] != "get" else (target.args[0], NO_KEY, ref)
        key = self._key(function, plain[0])
        return (target.args[0], key, ref.sibling(plain[0])) if key is not None else None

    def _key(self, function: FunctionFlow, number: int) -> str | None:
        """A key written out, or the name of a constant."""
        node = function.nodes[number]
        if node.op == "const":
            return node.args[0] if isinstance(node.args[0], str) else None
        if node.op in KEY_NAMES and str(node.args[-1]).isupper():
            return str(node.args[-1])
        return None

    def _same_key(self, one: Ref | None, other: Ref | None) -> bool:
        """Whether two keys that are written alike are the same: constants of one name may differ."""
        named = [ref for ref in (one, other) if ref is not None and self.program.node(ref).op in KEY_NAMES]
        if not named:
            return True
        if len(named) == 1:
            return False
        values = [self.resolver.constants(ref) for ref in named]
        if not any(values):
            with self.resolver.mode(loading=True):
                values = [self.resolver.constants(ref) for ref in named]
        return bool(values[0]) and values[0] == values[1]

    def _index(self) -> None:
        """Take note of what modules put anywhere that were read since the last time."""
        while self._indexed < len(self.program.modules):
            index = self._indexed
            self._indexed += 1
            for function in self.program.modules[index].functions:
                self._index_function(index, function)

    def _index_function(self, index: int, function: FunctionFlow) -> None:
        names = {n: name for name, values in function.bindings.items() for n in values} if function.stores else {}

        def put(owner: int, key: str | None, value: int, key_node: int | None) -> None:
            name = self.program.tail(index, function, owner) or names.get(owner) if key is not None else None
            if name is not None and key is not None and name not in ("self", "cls"):
                at = Ref(index, function.number, value)
                by = at.sibling(key_node) if key_node is not None else None
                self._puts[name, key].append(Put(at.sibling(owner), at, by))

        for store in function.stores:
            if store.item:
                at = Ref(index, function.number, store.value)
                self._item_stores.append((at.sibling(store.base), at))
                put(store.base, self._key(function, store.key), store.value, store.key)
            else:
                put(store.base, store.key, store.value, None)
        for number in function.calls:
            target, arguments = function.nodes[number].args
            method = function.nodes[target]
            if method.op != "attr" or method.args[1] not in SETTERS:
                continue
            plain = [n for k, n in arguments if k is None]
            if len(plain) == 2:
                put(method.args[0], self._key(function, plain[0]), plain[1], plain[0])
            elif len(plain) == 1 and method.args[1] == "set":
                put(method.args[0], NO_KEY, plain[0], number)

    def _from_frameworks(self) -> dict[tuple[str, object], list[Put]]:
        """What frameworks put into the state of a request: the dict that a function given to them yields."""
        if self._yielded is None:
            found: dict[tuple[str, object], list[Put]] = defaultdict(list)
            for rule in [r for f in self.resolver.knowledge.frameworks for r in f.states]:
                for name in rule.function:
                    for call in list(self.program.calls_by_tail.get(name.rsplit(".", 1)[-1], ())):
                        for key, value in self._dict_yielded(call, rule.argument):
                            found[rule.owner, key].append(Put(None, value, None))
            self._yielded = found
        return self._yielded

    def _dict_yielded(self, call: Ref, argument: str) -> list[tuple[str, Ref]]:
        given = self.resolver.argument(call, argument)
        found: list[tuple[str, Ref]] = []
        for value in self.resolver.values(given) if given is not None else ():
            if not isinstance(value, FunctionValue):
                continue
            flow = self.resolver.flow_of(value)
            for number in flow.yields:
                node = flow.nodes[number]
                for key, entry in node.args if node.op == "dict" else ():
                    name = self._key(flow, key) if key >= 0 else None
                    if name is not None:
                        found.append((name, Ref(value.module, value.number, entry)))
        return found

    # tables in tables ------------------------------------------------------------------------------------------

    def kept_in_table(self, ref: Ref) -> list[Value]:
        """SDK objects that other code puts into the same table: `app.data[DOMAIN][key] = client`.

        The table is told by its attribute name and its constant keys; the last key may be any.
        """
        wanted = self._table_path(ref)
        if wanted is None:
            return []
        self._index()
        found: list[Value] = []
        for table, value in self._item_stores:
            if self._table_path(table, inner=True) == wanted:
                found += [v for v in self.resolver.values(value) if isinstance(v, SdkObject | ObjectValue)]
        return found

    def _table_path(self, ref: Ref, inner: bool = False) -> tuple[object, ...] | None:
        """("data", "domain") for `x.data["domain"][key]`; `inner` when the node is already the table."""
        node = self.program.node(ref)
        if not inner:
            if node.op != "item":
                return None
            return self._table_path(ref.sibling(node.args[0]), inner=True)
        keys: list[object] = []
        function = self.program.function(ref)
        while node.op in ("item", "call"):
            inside = self._inside(function, node)
            if inside is None:
                return None
            base, key = inside
            if self._key(function, key) is None:
                return None
            with self.resolver.mode(loading=True):
                values = self.resolver.values(ref.sibling(key))
            if len(values) != 1 or not isinstance(values[0], Const):
                return None
            keys.append(values[0].value)
            node = function.nodes[base]
        if node.op != "attr" or not keys:
            return None
        return (node.args[1], *reversed(keys))

    def _inside(self, function: FunctionFlow, node: Node) -> tuple[int, int] | None:
        """Base and key of `table[key]` and `table.get(key)`."""
        if node.op == "item":
            return node.args[0], node.args[1]
        target = function.nodes[node.args[0]]
        if target.op != "attr" or target.args[1] not in ("setdefault", "get") or not node.args[1]:
            return None
        return target.args[0], node.args[1][0][1]
