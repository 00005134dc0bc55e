"""Everything that the program does to a list of messages: where it grows, is shortened, replaced or measured."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from readylint.flow import NOTHING, FunctionFlow, Node
from readylint.link.history_places import ANY, Place
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.history_places import Places
    from readylint.link.resolver import Resolver

GROW = {"append", "extend", "insert", "appendleft", "add_user_message", "add_ai_message", "add_message"}
SHRINK = {"pop", "popleft", "clear", "remove", "popitem"}
PASSES = 4
"""Calls and returns that a list is followed through."""
NODES = 1500

Kind = Literal["grown", "first", "last", "many", "cleared", "replaced", "initial", "measured", "handed"]


@dataclass(slots=True, frozen=True)
class Change:
    """One thing that is done to the list."""

    kind: Kind
    """grown; first or last: one message is taken away there; many: a run of them; cleared; replaced by a value;
    initial: what is there when nothing was kept yet; measured: its length is asked for; handed: it is given to a
    function."""
    ref: Ref
    """The call, for `replaced` the new value."""
    context: int
    start: int
    amount: Ref | None = None
    """What it grows by."""
    many: bool = False
    """The amount is itself a list."""


@dataclass(slots=True)
class Changes:
    """All that is done to one list."""

    found: list[Change] = field(default_factory=list)
    complete: bool = True

    def of_kind(self, *kinds: Kind) -> list[Change]:
        """Changes of these kinds, in order of place."""
        return [c for c in self.found if c.kind in kinds]


class ChangeFinder:
    """Follows a list forward through names, functions and returns."""

    def __init__(self, resolver: Resolver, callees: Callees, places: Places) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.places = places
        self._of_place: dict[Place, Changes] = {}
        self._of_node: dict[Ref, Changes] = {}
        self._stores: dict[tuple[int, int], dict[int, list[int]]] = {}

    def of_place(self, place: Place) -> Changes:
        """What is done to what is kept at a place."""
        known = self._of_place.get(place)
        if known is None:
            root = place._replace(keys=())
            walk = _Walk(self, place)
            for ref in self.references(root):
                walk.push(ref, place.keys, 0)
            walk.run()
            if not place.keys:
                walk.found += self._bound(place)
            known = self._of_place[place] = self._sorted(walk)
        return known

    def of_node(self, ref: Ref) -> Changes:
        """What is done to a list that is made at a node."""
        known = self._of_node.get(ref)
        if known is None:
            walk = _Walk(self, None)
            walk.push(ref, (), 0)
            walk.run()
            known = self._of_node[ref] = self._sorted(walk)
        return known

    def _sorted(self, walk: _Walk) -> Changes:
        order = sorted(set(walk.found), key=lambda c: (self.program.modules[c.ref.module].path, c.start, c.ref, c.kind))
        return Changes(order, walk.complete)

    def references(self, root: Place) -> list[Ref]:
        """The nodes that read a variable or attribute."""
        found: list[Ref] = []
        if root.kind in ("module", "closure"):
            flows = self.program.modules[root.module].functions
            owner = flows[root.owner if root.kind == "closure" else 0]
            found += [Ref(root.module, owner.number, n) for n in owner.bindings.get(root.name, ())]
            for function in flows if root.kind == "module" else ():
                found += [Ref(root.module, function.number, n) for n in function.global_bindings.get(root.name, ())]
        if root.kind == "default":
            return self.parameters(root.module, root.owner, root.name)
        for ref in list(self.program.references_by_tail.get(root.name.rsplit(".", 1)[-1], ())):
            place = self.places.root(ref)
            same = place is not None and place._replace(module=root.module) == root
            if same and place is not None and (place == root or self._one_program(place.module, root)):
                found.append(ref)
        return found

    def _one_program(self, module: int, root: Place) -> bool:
        """Whether two modules share a session: one imports the other, or is a page beside it."""
        if root.kind != "session":
            return False
        if self.program.imports(module, root.module) or self.program.imports(root.module, module):
            return True
        paths = [self.program.modules[m].path.rpartition("/")[0] for m in (module, root.module)]
        return any(a == f"{b}/pages".lstrip("/") for a in paths for b in paths)

    def parameters(self, module: int, function: int, name: str) -> list[Ref]:
        """The nodes of a function that read a parameter."""
        flow = self.program.modules[module].functions[function]
        return [
            Ref(module, function, n) for n, node in enumerate(flow.nodes) if node.op == "param" and node.args[0] == name
        ]

    def _bound(self, place: Place) -> list[Change]:
        """Values that statements give to the variable or attribute as a whole."""
        found: list[Change] = []
        if place.kind in ("module", "closure"):
            for function in self.program.modules[place.module].functions:
                given = function.global_bindings.get(place.name, ()) if place.kind == "module" else ()
                own = (place.owner if place.kind == "closure" else 0) == function.number
                for number in (*given, *(function.bindings.get(place.name, ()) if own else ())):
                    node = function.nodes[number]
                    found.append(
                        Change("replaced", Ref(place.module, function.number, number), node.context, node.start)
                    )
        if place.kind in ("instance", "class"):
            family = self.places.family(place)
            for module, number, position in self.program.stores_by_attribute.get(place.name, ()):
                function = self.program.modules[module].functions[number]
                store = function.stores[position]
                if not store.augmented and self.places.owner(Ref(module, number, store.base)) in family:
                    found.append(Change("replaced", Ref(module, number, store.value), store.context, store.start))
        return found

    def is_text(self, place: Place | None) -> bool:
        """Whether what is kept there is text, not a list."""
        if place is None or place.keys:
            return False
        given = [c.ref for c in self._bound(place)]
        return any(self.program.node(r).op == "const" and self._is_word(r) for r in given)

    def _is_word(self, ref: Ref) -> bool:
        return isinstance(self.program.node(ref).args[0], str)

    def stores(self, ref: Ref) -> dict[int, list[int]]:
        """The stores of a function by their base, those of a value under its complement."""
        key = (ref.module, ref.function)
        found = self._stores.get(key)
        if found is None:
            found = defaultdict(list)
            for position, store in enumerate(self.program.function(ref).stores):
                found[store.base].append(position)
                found[~store.value].append(position)
            self._stores[key] = found
        return found


class _Walk:
    """One search."""

    def __init__(self, finder: ChangeFinder, place: Place | None) -> None:
        self.finder = finder
        self.program = finder.program
        self.place = place
        self.found: list[Change] = []
        self.complete = True
        self._pending: list[tuple[Ref, tuple[str, ...], int]] = []
        self._seen: set[tuple[Ref, tuple[str, ...]]] = set()

    def push(self, ref: Ref, keys: tuple[str, ...], depth: int) -> None:
        """The node is the list, or holds it under the keys."""
        if depth > PASSES or (ref, keys) in self._seen:
            return
        if len(self._seen) > NODES:
            self.complete = False
            return
        self._seen.add((ref, keys))
        self._pending.append((ref, keys, depth))

    def run(self) -> None:
        """Follow everything that was pushed."""
        while self._pending:
            ref, keys, depth = self._pending.pop()
            function = self.program.function(ref)
            for user in self.program.users(ref.module, ref.function).get(ref.node, ()):
                self._used(ref, user, function, keys, depth)
            stores = self.finder.stores(ref)
            for position in stores.get(ref.node, ()):
                self._stored_in(ref, function, position, keys)
            for position in stores.get(~ref.node, ()):
                self._stored_as(ref, function, position, keys, depth)
            if any(e.kind == "return" and e.node == ref.node for e in function.exits) and not function.is_generator:
                for site in self.finder.resolver.callers.of(ref.module, ref.function).sites:
                    if not site.deferred and site.through is None:
                        self.push(site.ref, keys, depth + 1)

    def _add(self, kind: Kind, ref: Ref, amount: int | None = None, many: bool = False) -> None:
        node = self.program.node(ref)
        given = ref.sibling(amount) if amount is not None else None
        self.found.append(Change(kind, ref, node.context, node.start, given, many))

    def _used(self, ref: Ref, user: int, function: FunctionFlow, keys: tuple[str, ...], depth: int) -> None:
        node = function.nodes[user]
        at = ref.sibling(user)
        if node.op in ("union", "await", "enter") or (node.op == "bool") or (
            node.op == "ifexp" and ref.node in node.args[1:]
        ):  # fmt: skip
            self.push(at, keys, depth)
        elif node.op == "item" and node.args[0] == ref.node:
            self._entry(at, node, function, keys, depth)
        elif node.op == "attr":
            self._attribute(at, node, function, keys, depth)
        elif node.op == "call" and node.args[0] != ref.node:
            self._argument(ref, at, keys, depth)
        elif node.op == "binop" and not keys and node.args[1] == ref.node and self._in_place(at, node, function):
            self._add("grown", at, node.args[2], many=True)
            self.push(at, keys, depth)

    def _in_place(self, at: Ref, node: Node, function: FunctionFlow) -> bool:
        """`messages += [...]`; of a text only where the result is kept."""
        text = self.program.modules[at.module].text
        if "+=" not in text[node.start : function.nodes[node.args[2]].start]:
            return False
        if not self.finder.is_text(self.place):
            return True
        kept = any(s.value == at.node for s in function.stores)
        place = self.place
        return kept or (place is not None and at.node in (
            *function.global_bindings.get(place.name, ()), *function.bindings.get(place.name, ()),
        ))  # fmt: skip

    def _entry(self, at: Ref, node: Node, function: FunctionFlow, keys: tuple[str, ...], depth: int) -> None:
        key = function.nodes[node.args[1]]
        deleted = at.node in function.deletes
        if keys:
            if key.op != "slice" and not deleted and self._matches(at.sibling(node.args[1]), keys[0]):
                self.push(at, keys[1:], depth)
        elif deleted and key.op == "slice":
            self._add("many", at)
        elif deleted:
            self._add("last" if key.op == "const" and key.args[0] == -1 else "first", at)

    def _matches(self, key: Ref, wanted: str) -> bool:
        found = self.finder.places.key(key)
        return ANY in (found, wanted) or found == wanted

    def _attribute(self, at: Ref, node: Node, function: FunctionFlow, keys: tuple[str, ...], depth: int) -> None:
        name = str(node.args[1])
        if keys and name == keys[0]:
            self.push(at, keys[1:], depth)
        for user in self.program.users(at.module, at.function).get(at.node, ()):
            call = function.nodes[user]
            if call.op == "call" and call.args[0] == at.node:
                if keys:
                    self._method_of_table(at.sibling(user), call, name, keys, depth)
                else:
                    self._method_of_list(at.sibling(user), call, name)

    def _method_of_table(self, at: Ref, call: Node, name: str, keys: tuple[str, ...], depth: int) -> None:
        arguments = [n for _, n in call.args[1]]
        if not arguments or not self._matches(at.sibling(arguments[0]), keys[0]):
            return
        if name in ("get", "setdefault") or name in self.finder.places.readers:
            self.push(at, keys[1:], depth)
            if len(arguments) > 1 and not keys[1:]:
                self.found.append(Change("initial", at.sibling(arguments[1]), call.context, call.start))
        elif name in self.finder.places.writers and len(arguments) > 1 and not keys[1:]:
            node = self.program.node(at)
            self.found.append(Change("replaced", at.sibling(arguments[1]), node.context, node.start))

    def _method_of_list(self, at: Ref, call: Node, name: str) -> None:
        arguments = [n for _, n in call.args[1]]
        if name in GROW:
            self._add("grown", at, arguments[-1] if arguments else None, many=name == "extend")
        elif name == "clear":
            self._add("cleared", at)
        elif name in SHRINK:
            first = self.program.node(at.sibling(arguments[0])) if arguments else None
            last = name == "pop" and (first is None or (first.op == "const" and first.args[0] == -1))
            self._add("last" if last else "first", at)

    def _argument(self, ref: Ref, at: Ref, keys: tuple[str, ...], depth: int) -> None:
        """The list is passed to a function."""
        callee = self.finder.callees.of(at)
        if not keys:
            self._add("measured" if callee.tail == "len" else "handed", at)
        constructors = [self.finder.resolver.classes.method(c, "__init__") for c in callee.classes]
        for target in (*callee.functions, *(c for c in constructors if c is not None)):
            name = self.finder.resolver.callers.parameter_of(target, at, ref.node)
            for param in self.finder.parameters(target.module, target.number, name) if name is not None else ():
                self.push(param, keys, depth + 1)

    def _stored_in(self, ref: Ref, function: FunctionFlow, position: int, keys: tuple[str, ...]) -> None:
        """Something is put into the list, or into what holds it."""
        store = function.stores[position]
        value = ref.sibling(store.value)
        if store.augmented:
            return
        if not keys:
            if store.item and function.nodes[store.key].op == "slice":
                self.found.append(Change("replaced", value, store.context, store.start))
            return
        hit = self._matches(ref.sibling(store.key), keys[0]) if store.item else store.key == keys[0]
        if not hit:
            return
        rest = list(keys[1:])
        while rest:
            inner = self._written(value, rest.pop(0))
            if inner is None:
                return
            value = inner
        self.found.append(Change("replaced", value, store.context, store.start))

    def _written(self, value: Ref, key: str) -> Ref | None:
        """The entry of a dict that is written out."""
        node = self.program.node(value)
        for name, number in node.args if node.op == "dict" else ():
            if name != NOTHING:
                word = self.program.node(value.sibling(name))
                if word.op == "const" and word.args[0] == key:
                    return value.sibling(number)
        return None

    def _stored_as(self, ref: Ref, function: FunctionFlow, position: int, keys: tuple[str, ...], depth: int) -> None:
        """The list gets a further name: `self.messages = messages`."""
        store = function.stores[position]
        if store.item or store.augmented or keys:
            return
        owner = self.finder.places.owner(ref.sibling(store.base))
        place = self.finder.places.of_class(owner, store.key) if owner is not None else None
        if place is not None and place != self.place and depth < PASSES:
            for other in self.finder.references(place):
                self.push(other, (), depth + 1)
