"""Dicts, lists and tuples of the code: what is put into them, and what comes out by key, loop or choice."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from readylint.flow import NOTHING, FunctionFlow, Node
from readylint.values import (
    UNKNOWN,
    Answer,
    ClassValue,
    Const,
    Container,
    External,
    FunctionValue,
    ObjectValue,
    Ref,
    SdkObject,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

Kept = SdkObject | ObjectValue | FunctionValue | ClassValue
"""What is followed through methods of a container."""
SPREADS = 4
"""Dicts spread into one another; `options = {**options, ...}` in a loop has no end."""
PUTTING = {"append": 0, "appendleft": 0, "add": 0, "insert": 1, "setdefault": 1}
"""Methods that put an argument into a container, by its position."""
TAKING = {"get", "pop", "popleft", "setdefault"}
CHOOSING = {"next", "max", "min", "random.choice", "secrets.choice"}
"""Functions that give one of the elements of their argument, or one of their arguments."""


class Put(NamedTuple):
    """Something is put into the container that `base` stands for."""

    function: int
    base: int
    key: int
    """The node of the key, or NOTHING."""
    value: int
    by_method: bool


class Containers:
    """Follows values through containers of the project."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self._puts: dict[int, dict[tuple[object, ...], list[Put]]] = {}

    # what is inside --------------------------------------------------------------------------------------------

    def elements(self, value: Container) -> list[Value]:
        """What iterating over a written container or generator gives."""
        node = self.program.node(value.ref)
        at = value.ref
        if node.op in ("list", "tuple", "set"):
            return [*self.resolver.all_values(at, node.args), *self._put_values(at, None)]
        if node.op == "comp":
            return list(self.resolver.values(at.sibling(node.args[1])))
        if node.op == "dict":
            return self.resolver.all_values(at, [k for k, _ in node.args if k != NOTHING])
        if node.op == "call":
            return self.resolver.objects.yielded(at)
        return [UNKNOWN]

    def entry(self, value: Container, key: object, depth: int = SPREADS) -> list[Value]:
        """What a subscript of a written container gives; all entries when the key cannot be told."""
        kept = self._put_values(value.ref, key)
        written = self._written_entry(value, key, depth)
        return [*kept, *(v for v in written if not isinstance(v, Unknown))] if kept else written

    def _written_entry(self, value: Container, key: object, depth: int) -> list[Value]:
        node, at = self.program.node(value.ref), value.ref
        if node.op == "dict":
            found: list[Value] = []
            for k, v in node.args:
                if k == NOTHING:
                    for inner in self.resolver.values(at.sibling(v)):
                        if depth and isinstance(inner, Container):
                            found += self.entry(inner, key, depth - 1)
                        else:
                            found.append(UNKNOWN)
                    continue
                keys = self.resolver.values(at.sibling(k))
                same = any(isinstance(c, Const) and c.value == key for c in keys)
                if key is None or same:
                    found += self.resolver.values(at.sibling(v))
            return found or [UNKNOWN]
        if node.op in ("list", "tuple") and isinstance(key, int) and -len(node.args) <= key < len(node.args):
            return list(self.resolver.values(at.sibling(node.args[key])))
        if node.op in ("list", "tuple", "set"):
            return self.resolver.all_values(at, node.args)
        if node.op == "comp":
            return list(self.resolver.values(at.sibling(node.args[1 if node.args[2] == NOTHING else 2])))
        return [UNKNOWN]

    def _put_values(self, at: Ref, key: object) -> list[Value]:
        """What other statements put into a container under a key; of methods only objects are taken."""
        found: list[Value] = []
        for put in self._put_in(at):
            if key is not None and put.key != NOTHING:
                keys = self.resolver.values(Ref(at.module, put.function, put.key))
                if keys and all(isinstance(k, Const) and k.value != key for k in keys):
                    continue
            values = self.resolver.values(Ref(at.module, put.function, put.value))
            found += [v for v in values if self._is_kept(v)] if put.by_method else values
        return found

    def added(self, value: Container) -> list[Ref]:
        """The expressions that other statements put into a container."""
        return [Ref(value.ref.module, put.function, put.value) for put in self._put_in(value.ref)]

    def _is_kept(self, value: Value) -> bool:
        """Whether it is followed through a method of a container: objects, and tuples that hold them."""
        return isinstance(value, Kept) or (isinstance(value, Container) and self.program.node(value.ref).op == "tuple")

    def _put_in(self, at: Ref) -> list[Put]:
        """What is put into a container of the module, of an object or of the function."""
        puts = self._puts.get(at.module)
        if puts is None:
            puts = self._puts[at.module] = self._puts_of_module(at.module)
        if not puts:
            return []
        flow = self.program.function(at)
        found = list(puts.get((at.function, at.node), ()))
        for name, values in flow.bindings.items():
            if at.node in values:
                found += puts.get(("name", name), ())
        for store in flow.stores:
            if store.value == at.node and not store.item:
                own = self._class_around(at.module, flow) if self._is_receiver(flow, store.base) else None
                found += self._on_attribute(at.module, puts, store.key, own)
        for cls in self.program.modules[at.module].classes:
            if cls.owner == at.function:
                for name, values in cls.bindings.items():
                    if at.node in values:
                        found += self._on_attribute(at.module, puts, name, cls.number)
        return list(dict.fromkeys(found))

    def _on_attribute(
        self, module: int, puts: dict[tuple[object, ...], list[Put]], name: str, own: int | None
    ) -> list[Put]:
        """What is put into an attribute of that name, but not into that of an unrelated class."""
        found: list[Put] = []
        for put in puts.get(("attr", name), ()):
            flow = self.program.modules[module].functions[put.function]
            base = flow.nodes[flow.nodes[put.base].args[0]]
            other = self._class_around(module, flow) if self._names_receiver(module, flow, base) else None
            if own is None or other is None or self._related(ClassValue(module, own), ClassValue(module, other)):
                found.append(put)
        return found

    def _related(self, one: ClassValue, other: ClassValue) -> bool:
        classes = self.resolver.classes
        return one == other or other in classes.bases(one)[0] or one in classes.bases(other)[0]

    def _class_around(self, module: int, flow: FunctionFlow) -> int | None:
        while flow.owner == NOTHING and flow.parent > 0:
            flow = self.program.modules[module].functions[flow.parent]
        return None if flow.owner == NOTHING else flow.owner

    def _is_receiver(self, flow: FunctionFlow, number: int) -> bool:
        node = flow.nodes[number]
        return node.op == "param" and bool(flow.params) and flow.params[0].name == node.args[0]

    def _names_receiver(self, module: int, flow: FunctionFlow, node: Node) -> bool:
        while flow.owner == NOTHING and flow.parent > 0:
            flow = self.program.modules[module].functions[flow.parent]
        named = node.op in ("param", "name") and bool(flow.params)
        return named and flow.owner != NOTHING and flow.params[0].name == node.args[0]

    def _puts_of_module(self, index: int) -> dict[tuple[object, ...], list[Put]]:
        """Everything put into anything, by how the container is written: its node, name or attribute."""
        table: dict[tuple[object, ...], list[Put]] = defaultdict(list)
        for function in self.program.modules[index].functions:
            puts = [Put(function.number, s.base, s.key, s.value, False) for s in function.stores if s.item]
            for number in function.calls:
                target, arguments = function.nodes[number].args
                method = function.nodes[target]
                if method.op == "attr" and method.args[1] in PUTTING:
                    plain = [n for k, n in arguments if k is None]
                    position = PUTTING[method.args[1]]
                    if position < len(plain):
                        key = plain[0] if method.args[1] == "setdefault" else NOTHING
                        puts.append(Put(function.number, method.args[0], key, plain[position], True))
            for put in puts:
                base = function.nodes[put.base]
                if base.op in ("name", "attr"):
                    table[base.op, base.args[-1]].append(put)
                for member in base.args if base.op == "union" else (put.base,):
                    table[function.number, member].append(put)
        return table

    # what comes out --------------------------------------------------------------------------------------------

    def item(self, value: Value, key: object) -> list[Value]:
        """What a subscript of one value gives; `key` is None when it cannot be told."""
        if isinstance(value, Answer):
            return [value]
        if isinstance(value, Container):
            return self.entry(value, key)
        if isinstance(value, ObjectValue):
            return self._item_of_object(value)
        return [UNKNOWN]

    def _item_of_object(self, value: ObjectValue) -> list[Value]:
        """`models[name]` by the methods of the class, and what they put into the object itself."""
        found: list[Value] = []
        for name in ("__getitem__", "__missing__"):
            method = self.resolver.classes.method(value.cls, name)
            if method is None:
                continue
            flow = self.resolver.flow_of(method)
            at = Ref(method.module, method.number, 0)
            kept = self.resolver.all_values(at, [s.value for s in flow.stores if s.item])
            found += [v for v in kept if isinstance(v, Kept)]
            found += self.resolver.returned(method, at)
        return [v for v in found if not isinstance(v, Unknown)] or [UNKNOWN]

    def iterated(self, ref: Ref, source: int) -> list[Value]:
        """What a loop over a node gives."""
        node = self.program.node(ref.sibling(source))
        while node.op == "item" and self.program.node(ref.sibling(node.args[1])).op == "slice":
            source = node.args[0]
            node = self.program.node(ref.sibling(source))
        if node.op == "call":
            values = self._of_method(ref, node, "values")
            if values:
                return values
        found: list[Value] = []
        for value in self.resolver.values(ref.sibling(source)):
            if isinstance(value, Answer):
                found.append(value)
            else:
                found += self.elements(value) if isinstance(value, Container) else [UNKNOWN]
        return found

    def unpacked(self, ref: Ref, source: int, index: int) -> list[Value]:
        """What a name gets where several are bound at once."""
        node = self.program.node(ref.sibling(source))
        if node.op == "iter":
            paired = self._of_pair(ref, self.program.node(ref.sibling(node.args[0])), index)
            if paired:
                return paired
        found: list[Value] = []
        for value in self.resolver.values(ref.sibling(source)):
            written = self.program.node(value.ref) if isinstance(value, Container) else None
            if isinstance(value, Answer):
                found.append(value)
            elif isinstance(value, Container) and written is not None and written.op in ("tuple", "list"):
                inside = index < len(written.args)
                found += self.resolver.values(value.ref.sibling(written.args[index])) if inside else [UNKNOWN]
            elif isinstance(value, ObjectValue):
                found += self.resolver.classes.records.unpacked(value, index)
            else:
                found.append(UNKNOWN)
        return found

    def _of_pair(self, ref: Ref, node: Node, index: int) -> list[Value]:
        """One side of the pairs that `.items()`, `enumerate` and `zip` give; nothing when it is something else."""
        if node.op != "call":
            return []
        if index == 1:
            values = self._of_method(ref, node, "items")
            if values:
                return values
        arguments = [n for k, n in node.args[1] if k is None]
        names = {v.name for v in self.resolver.values(ref.sibling(node.args[0])) if isinstance(v, External)}
        if names == {"enumerate"} and arguments:
            return self.iterated(ref, arguments[0]) if index == 1 else [UNKNOWN]
        if names == {"zip"} and index < len(arguments):
            return self.iterated(ref, arguments[index])
        return []

    def _of_method(self, ref: Ref, node: Node, method: str) -> list[Value]:
        """The entries of a dict, where a call is `table.values()` or `table.items()`."""
        target = self.program.node(ref.sibling(node.args[0]))
        if target.op != "attr" or target.args[1] != method or node.args[1]:
            return []
        bases = self.resolver.values(ref.sibling(target.args[0]))
        return [v for base in bases if isinstance(base, Container) for v in self.entry(base, None)]

    def taken(self, ref: Ref, node: Node) -> list[Value]:
        """The objects that `table.get(key, default)` gives, where the table is one of several values."""
        target = self.program.node(ref.sibling(node.args[0]))
        if target.op != "attr" or target.args[1] not in TAKING:
            return []
        bases = [v for v in self.resolver.values(ref.sibling(target.args[0])) if isinstance(v, Container)]
        plain = [n for k, n in node.args[1] if k is None]
        if not bases:
            return []
        keys = self.resolver.constants(ref.sibling(plain[0])) if plain else []
        found = [v for base in bases for v in self.entry(base, keys[0] if len(keys) == 1 else None)]
        if len(plain) > 1:
            found += self.resolver.values(ref.sibling(plain[1]))
        return found if any(isinstance(v, Kept) for v in found) else []

    def chosen(self, name: str, ref: Ref) -> list[Value]:
        """`random.choice(models)`, `next(models)`, `max(models, key=...)`, where that gives objects."""
        arguments = self.program.node(ref).args[1]
        plain = [n for k, n in arguments if k is None]
        if not plain:
            return []
        if name in ("max", "min") and len(plain) > 1:
            found = self.resolver.all_values(ref, plain)
        else:
            found = self.iterated(ref, plain[0])
            found += self.resolver.all_values(ref, [n for k, n in arguments if k == "default"])
        return found if any(isinstance(v, Kept) for v in found) else []
