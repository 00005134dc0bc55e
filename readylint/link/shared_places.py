"""Objects that code puts where other code finds them again: attributes of a shared owner, entries of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.values import Const, FunctionValue, ObjectValue, Ref, SdkObject, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


class SharedPlaces:
    """Looks for what was put there, anywhere in the program."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program

    def stored_elsewhere(self, ref: Ref, base: int, name: str) -> list[Value]:
        """Values that other code assigns to an attribute of the same written owner: `app.state.client = ...`.

        Only objects of an SDK or of the project are taken, and only when the name before the attribute is the same.
        """
        function = self.program.function(ref)
        owner = self.program.tail(ref.module, function, base)
        if owner is None or owner in ("self", "cls"):
            return []
        found: list[Value] = []
        for module, number, position in self.program.stores_by_attribute.get(name, ())[:16]:
            other = self.program.modules[module].functions[number]
            store = other.stores[position]
            if self.program.tail(module, other, store.base) != owner:
                continue
            for value in self.resolver.values(Ref(module, number, store.value)):
                if isinstance(value, SdkObject | ObjectValue | FunctionValue):
                    found.append(value)
        return found

    def kept_in_table(self, ref: Ref) -> list[Value]:
        """SDK objects that other code puts into the same table: `app.data[DOMAIN][key] = client`.

        The table is told by its attribute name and its constant keys; the last key may be any.
        """
        wanted = self._table_path(ref)
        if wanted is None:
            return []
        found: list[Value] = []
        for index, function in self.program.all_functions():
            for store in function.stores:
                if not store.item:
                    continue
                path = self._table_path(Ref(index, function.number, store.base), inner=True)
                if path == wanted:
                    values = self.resolver.values(Ref(index, function.number, store.value))
                    found += [v for v in values if isinstance(v, SdkObject | ObjectValue)]
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
            if node.op == "call":
                target = function.nodes[node.args[0]]
                if target.op != "attr" or target.args[1] not in ("setdefault", "get") or not node.args[1]:
                    return None
                base, key = target.args[0], node.args[1][0][1]
            else:
                base, key = node.args
            with self.resolver.mode(loading=True):
                values = self.resolver.values(ref.sibling(key))
            if len(values) != 1 or not isinstance(values[0], Const):
                return None
            keys.append(values[0].value)
            node = function.nodes[base]
        if node.op != "attr" or not keys:
            return None
        return (node.args[1], *reversed(keys))
