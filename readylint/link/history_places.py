"""Where messages are kept between two requests: variables of a module, attributes of objects, session state."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from readylint.flow import NOTHING, FunctionFlow, Node
from readylint.link.classes import PROPERTY_DECORATORS
from readylint.link.history_sizes import Scope
from readylint.values import ClassValue, Const, External, ModuleValue, ObjectValue, Ref

if TYPE_CHECKING:
    from readylint.catalogue import KeptRule
    from readylint.link.resolver import Resolver

LISTS = {"list", "dict", "defaultdict", "deque", "OrderedDict"}
"""Calls that make something messages are put into."""
KEEPERS = ("Cache", "Dict", "LRU", "History", "Messages", "Memory", "Conversation")
"""Ends of the names of classes whose instances messages are put into."""
ANY = "*"
"""A key that is not written out: of a user, of a session."""
DEPTH = 8


class Place(NamedTuple):
    """A variable or attribute, and the keys that lead from it to the messages."""

    kind: str
    """module, class, instance, closure, default or session."""
    module: int
    """Where the variable or class is; for a session who reads it, as scripts have sessions of their own."""
    owner: int
    """Number of the class (class, instance) or function (closure, default); else NOTHING."""
    name: str
    keys: tuple[str, ...] = ()

    @property
    def scope(self) -> Scope:
        """Who shares what is kept there."""
        if self.kind == "session" or ANY in self.keys:
            return "session"
        if self.kind == "instance" or self.kind == "closure":
            return "instance"
        return "class" if self.kind == "class" else "module"

    def below(self, key: str) -> Place:
        """The place under a key."""
        return self._replace(keys=(*self.keys, key))


class Places:
    """Tells which place a node reads."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self._known: dict[Ref, Place | None] = {}
        self.kept: list[KeptRule] = resolver.knowledge.first_evidence("kept")
        self._objects = {n for r in self.kept for n in r.object}
        self.readers = {m for r in self.kept for m in r.get}
        self.writers = {m for r in self.kept for m in r.set}

    def of(self, ref: Ref, depth: int = 0) -> Place | None:
        """The place whose content a node is; None for anything made here."""
        if depth:
            return self._find(ref, depth) if depth < DEPTH else None
        if ref not in self._known:
            self._known[ref] = self._find(ref, 0)
        return self._known[ref]

    def root(self, ref: Ref) -> Place | None:
        """The variable, attribute or state object that a node reads."""
        return self.of(ref) or self._session(ref)

    def owner(self, base: Ref) -> ClassValue | None:
        """The class of the project whose attribute a store to `base` is."""
        for value in self.resolver.values(base):
            if isinstance(value, ObjectValue | ClassValue):
                return value.cls if isinstance(value, ObjectValue) else value
        return None

    def owner_of(self, ref: Ref) -> ClassValue | None:
        """The class in whose methods a node stands."""
        flows = self.program.modules[ref.module].functions
        function = flows[ref.function]
        while function.owner == NOTHING and function.parent > 0:
            function = flows[function.parent]
        return ClassValue(ref.module, function.owner) if function.owner != NOTHING else None

    def _find(self, ref: Ref, depth: int) -> Place | None:
        node = self.program.node(ref)
        if node.op == "name":
            return self._name(ref, str(node.args[0]))
        if node.op == "import" and node.args[1]:
            return self._imported(ref, node)
        if node.op == "attr":
            return self._attribute(ref, node, depth)
        if node.op == "item":
            return self._item(ref, node, depth)
        if node.op == "call":
            return self._called(ref, node, depth)
        if node.op in ("union", "bool", "ifexp"):
            members = node.args if node.op == "union" else node.args[1:]
            for member in members:
                if member != ref.node:
                    found = self.of(ref.sibling(member), depth + 1)
                    if found is not None:
                        return found
        if node.op in ("await", "enter"):
            return self.of(ref.sibling(node.args[0]), depth + 1)
        return None

    def default(self, ref: Ref, name: str) -> Place | None:
        """A list as the default of a parameter, which all calls share."""
        function = self.program.function(ref)
        param = next((p for p in function.params if p.name == name), None)
        if param is None or param.default == NOTHING:
            return None
        written = self.program.modules[ref.module].functions[max(function.parent, 0)].nodes[param.default]
        return Place("default", ref.module, ref.function, name) if written.op in ("list", "dict") else None

    # variables -------------------------------------------------------------------------------------------------

    def _name(self, ref: Ref, name: str) -> Place | None:
        flows = self.program.modules[ref.module].functions
        parent = flows[ref.function].parent
        while parent > 0:
            if any(p.name == name for p in flows[parent].params):
                return None
            if name in flows[parent].bindings:
                return Place("closure", ref.module, parent, name)
            parent = flows[parent].parent
        return self._global(ref.module, name)

    def _global(self, module: int, name: str, depth: int = 0) -> Place | None:
        """A variable of a module, also one that was imported from another module."""
        flow = self.program.modules[module]
        body = flow.functions[0]
        given = [(body, n) for n in body.bindings.get(name, ())]
        given += [(f, n) for f in flow.functions for n in f.global_bindings.get(name, ())]
        for function, number in given:
            bound = function.nodes[number]
            if bound.op == "import" and bound.args[1] and depth < 4:
                index = self.program.find(self.resolver.scopes.absolute(module, bound.args[0]), module)
                if index is not None:
                    return self._global(index, str(bound.args[1]), depth + 1)
            elif self.is_made(module, function, number):
                return Place("module", module, NOTHING, name)
        return None

    def _imported(self, ref: Ref, node: Node) -> Place | None:
        index = self.program.find(self.resolver.scopes.absolute(ref.module, node.args[0]), ref.module)
        return self._global(index, str(node.args[1])) if index is not None else None

    def is_made(self, module: int, function: FunctionFlow, number: int) -> bool:
        """Whether a node makes something that messages or text are put into."""
        node = function.nodes[number]
        if node.op in ("list", "dict", "comp"):
            return True
        if node.op == "const":
            return isinstance(node.args[0], str)
        if node.op == "call":
            tail = self.program.tail(module, function, node.args[0]) or ""
            return tail in LISTS or (tail[:1].isupper() and tail.endswith(KEEPERS))
        if node.op in ("union", "bool", "ifexp"):
            members = node.args if node.op == "union" else node.args[1:]
            return any(m < number and self.is_made(module, function, m) for m in members)
        return node.op in ("binop", "join") and any(
            c < number and self.is_made(module, function, c) for c in function.children(number)
        )

    # attributes ------------------------------------------------------------------------------------------------

    def _attribute(self, ref: Ref, node: Node, depth: int) -> Place | None:
        base, name = ref.sibling(node.args[0]), str(node.args[1])
        handed = self._handed_in(ref, node)
        if handed is not None:
            return handed
        for value in self.resolver.values(base):
            if isinstance(value, ObjectValue | ClassValue):
                return self.of_class(value.cls if isinstance(value, ObjectValue) else value, name)
            if isinstance(value, ModuleValue):
                return self._global(value.module, name)
            if isinstance(value, External) and value.name in self._objects:
                return Place("session", ref.module, NOTHING, value.name, (name,))
            if isinstance(value, External) and f"{value.name}.{name}" in self._objects:
                return Place("session", ref.module, NOTHING, f"{value.name}.{name}")
        inner = self.of(base, depth + 1)
        return inner.below(name) if inner is not None and inner.keys else None

    def _handed_in(self, ref: Ref, node: Node) -> Place | None:
        """State that a framework hands to its functions: `context.user_data`."""
        owner = None
        for rule in self.kept:
            for written in rule.attribute:
                before, _, name = written.rpartition(".")
                if name != node.args[1] or not self._imports(rule):
                    continue
                owner = owner or self.program.tail(ref.module, self.program.function(ref), node.args[0]) or ""
                if not before or before == owner:
                    return Place("session", ref.module, NOTHING, written)
        return None

    def _imports(self, rule: KeptRule) -> bool:
        return not rule.imports or bool(set(rule.imports) & self.program.import_roots())

    def of_class(self, cls: ClassValue, name: str) -> Place | None:
        """The place of an attribute, under the class of the project that first has it."""
        classes = self.resolver.classes
        order, outside = classes.bases(cls)
        method = classes.method(cls, name)
        if method is not None:
            return None
        having = [c for c in order if classes.stores(c, name) or name in classes.flow(c).bindings]
        if not having:
            return Place("instance", cls.module, cls.number, name) if not outside else None
        owner = having[-1]
        flow = classes.flow(owner)
        shared = name in flow.bindings and not any(classes.stores(c, name) for c in having)
        if shared and not flow.decorators and not outside:
            made = self.program.modules[owner.module].functions[flow.owner]
            if any(self.is_made(owner.module, made, n) for n in flow.bindings[name]):
                return Place("class", owner.module, owner.number, name)
        return Place("instance", owner.module, owner.number, name)

    def family(self, place: Place) -> set[ClassValue]:
        """The class of an attribute's place, its bases and those that inherit from it."""
        cls = ClassValue(place.module, place.owner)
        return {cls, *self.resolver.classes.bases(cls)[0], *self.resolver.classes.subclasses(cls)}

    def property_function(self, ref: Ref) -> list[tuple[int, int]]:
        """The functions that reading an attribute runs."""
        node = self.program.node(ref)
        found: list[tuple[int, int]] = []
        for value in self.resolver.values(ref.sibling(node.args[0])):
            if isinstance(value, ObjectValue):
                method = self.resolver.classes.method(value.cls, str(node.args[1]))
                if method is not None:
                    flow = self.resolver.flow_of(method)
                    if self.resolver.classes.decorator_names(method.module, flow) & PROPERTY_DECORATORS:
                        found.append((method.module, method.number))
        return found

    # entries ---------------------------------------------------------------------------------------------------

    def _item(self, ref: Ref, node: Node, depth: int) -> Place | None:
        key = self.program.node(ref.sibling(node.args[1]))
        if key.op == "slice" or (key.op == "const" and isinstance(key.args[0], int)):
            return None
        inner = self.of(ref.sibling(node.args[0]), depth + 1) or self._session(ref.sibling(node.args[0]))
        return inner.below(self.key(ref.sibling(node.args[1]))) if inner is not None else None

    def key(self, ref: Ref) -> str:
        """A key as it is written, or the sign for any key."""
        values = self.resolver.values(ref)
        if len(values) == 1 and isinstance(values[0], Const) and isinstance(values[0].value, str):
            return values[0].value
        return ANY

    def _session(self, base: Ref) -> Place | None:
        for value in self.resolver.values(base):
            if isinstance(value, External) and value.name in self._objects:
                return Place("session", base.module, NOTHING, value.name)
        return None

    def _called(self, ref: Ref, node: Node, depth: int) -> Place | None:
        """`table.get(key)`, `table.setdefault(key, [])`, `getattr(self, "messages")`."""
        target = self.program.node(ref.sibling(node.args[0]))
        if target.op != "attr" or not node.args[1]:
            return None
        base = ref.sibling(target.args[0])
        if target.args[1] in ("get", "setdefault"):
            inner = self._session(base) or self.of(base, depth + 1)
        elif target.args[1] in self.readers:
            inner = self._session(base)
        else:
            return None
        return inner.below(self.key(ref.sibling(node.args[1][0][1]))) if inner is not None else None
