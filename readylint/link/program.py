"""The parsed modules of one project as one program: modules by name, names of calls, regions of nodes.

Modules are added as they are asked for: a file that matters only because it holds a constant or a checking function
is parsed when the linker first looks for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Protocol

from readylint.facts import Span
from readylint.flow import NOTHING, ClassFlow, FunctionFlow, ModuleFlow, Node
from readylint.values import Ref


class Sources(Protocol):
    """Where modules come from that were not parsed at the start."""

    def path_of(self, name: str, importer: str) -> str | None:
        """The file of the project that a dotted name means in the importing file, if it is one."""

    def module_at(self, path: str) -> ModuleFlow | None:
        """The file, parsed; None when that fails."""

    def in_reach(self, path: str) -> bool:
        """Whether a file that others import is near enough to be parsed."""

    def imported_by(self, path: str) -> set[str]:
        """The files that a file imports, through others too."""

    def unread_caller(self, method: str) -> str | None:
        """A file that was not parsed and calls a method of that name on an object."""

    def has_coroutines(self) -> bool:
        """Whether some file of the application defines a coroutine function."""

    def holding(self, text: str) -> list[str]:
        """The files that hold a text."""


class Program:
    """Modules that were parsed, and the questions that need all of them."""

    def __init__(self, modules: list[ModuleFlow], sources: Sources) -> None:
        """`sources` gives further modules when they are asked for."""
        self.modules: list[ModuleFlow] = []
        self.by_path: dict[str, int] = {}
        self.calls_by_tail: dict[str, list[Ref]] = defaultdict(list)
        self.references_by_tail: dict[str, list[Ref]] = defaultdict(list)
        self.stores_by_attribute: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
        """Attribute name -> (module, function, number of the store)."""
        self._users: dict[tuple[int, int], dict[int, list[int]]] = {}
        self._paths: dict[tuple[str, int], str | None] = {}
        self._unreadable: set[str] = set()
        self._unread: dict[str, str | None] = {}
        self._sources = sources
        self._roots: set[str] = set()
        self._roots_of = -1
        for module in modules:
            self.add(module)

    def add(self, module: ModuleFlow) -> int:
        """Take a module in; gives its number."""
        known = self.by_path.get(module.path)
        if known is not None:
            return known
        index = len(self.modules)
        self.modules.append(module)
        self.by_path[module.path] = index
        for function in module.functions:
            self._index_function(index, function)
        return index

    def find(self, name: str, importer: int, load: bool = True, far: bool = False) -> int | None:
        """The number of the module that a name means where module `importer` imports it.

        None when the name is none of the project's own, when its file cannot be parsed or (unless `far`) is too far
        away, and, without `load`, when it was not parsed yet.
        """
        key = (name, importer)
        if key not in self._paths:
            self._paths[key] = self._sources.path_of(name, self.modules[importer].path)
        path = self._paths[key]
        if path is None:
            return None
        if path not in self.by_path and load and (far or self._sources.in_reach(path)):
            return self.load(path)
        return self.by_path.get(path)

    def load(self, path: str) -> int | None:
        """The number of the module in a file, parsed when it was not yet; None when that fails."""
        if path in self.by_path or path in self._unreadable:
            return self.by_path.get(path)
        module = self._sources.module_at(path)
        if module is None:
            self._unreadable.add(path)
            return None
        return self.add(module)

    def holding(self, text: str) -> list[str]:
        """The files of the project that hold a text, parsed or not."""
        return self._sources.holding(text)

    def imports(self, importer: int, module: int) -> bool:
        """Whether one module imports another, directly or through others."""
        return self.modules[module].path in self._sources.imported_by(self.modules[importer].path)

    def unread_caller(self, method: str) -> str | None:
        """A file of the project that was not parsed and calls a method of that name on an object."""
        if method not in self._unread:
            self._unread[method] = self._sources.unread_caller(method)
        return self._unread[method]

    def has_coroutines(self) -> bool:
        """Whether some file of the application defines a coroutine function."""
        return self._sources.has_coroutines()

    def is_own(self, name: str, importer: int) -> bool:
        """Whether a name means a file of the project, parsed or not, where a module imports it."""
        self.find(name, importer, load=False)
        return self._paths[name, importer] is not None

    def import_roots(self) -> set[str]:
        """First parts of all modules that the parsed files import."""
        if self._roots_of != len(self.modules):
            self._roots_of = len(self.modules)
            self._roots = {
                str(f.nodes[n].args[0]).split(".")[0] for m in self.modules for f in m.functions for n in f.imports
            }
        return self._roots

    def decorations(self, module: int, function: FunctionFlow) -> Iterator[tuple[Ref, Ref]]:
        """Each decorator of a function: the expression, and what is called in it (the same where nothing is)."""
        for number in function.decorators:
            at = Ref(module, max(function.parent, 0), number)
            node = self.node(at)
            yield at, at.sibling(node.args[0]) if node.op == "call" else at

    def is_inside(self, module: int, inner: FunctionFlow, outer: int) -> bool:
        """Whether a function is defined inside another one, at any depth."""
        parent = inner.parent
        while parent > 0:
            if parent == outer:
                return True
            parent = self.modules[module].functions[parent].parent
        return False

    def function(self, ref: Ref | tuple[int, int]) -> FunctionFlow:
        """The function that a node belongs to."""
        return self.modules[ref[0]].functions[ref[1]]

    def node(self, ref: Ref) -> Node:
        """The node itself."""
        return self.modules[ref.module].functions[ref.function].nodes[ref.node]

    def span(self, ref: Ref) -> Span:
        """The region of a node."""
        node = self.node(ref)
        return self.modules[ref.module].place(node.start, node.end)

    def callee_span(self, ref: Ref) -> Span:
        """For a call the region of what is called, for anything else its own."""
        node = self.node(ref)
        if node.op == "call":
            node = self.function(ref).nodes[node.args[0]]
        return self.modules[ref.module].place(node.start, node.end)

    def written(self, ref: Ref) -> str:
        """The source of a node on one line."""
        node = self.node(ref)
        return self.modules[ref.module].written(node.start, node.end)

    def all_functions(self) -> Iterator[tuple[int, FunctionFlow]]:
        """Each function with the number of its module."""
        for index in range(len(self.modules)):
            for function in self.modules[index].functions:
                yield index, function

    def class_of(self, module: int, function: FunctionFlow) -> ClassFlow | None:
        """The class whose method the function is."""
        return self.modules[module].classes[function.owner] if function.owner != NOTHING else None

    def users(self, module: int, function: int) -> dict[int, list[int]]:
        """For each node of a function the nodes that have it as an operand."""
        key = (module, function)
        found = self._users.get(key)
        if found is None:
            found = defaultdict(list)
            flow = self.modules[module].functions[function]
            for number in range(len(flow.nodes)):
                for child in flow.children(number):
                    found[child].append(number)
            self._users[key] = found
        return found

    def tail(self, module: int, function: FunctionFlow, number: int) -> str | None:
        """The last name of an expression as it is defined: `ask` of `self.bot.ask`, also through a local alias."""
        for _ in range(8):
            node = function.nodes[number]
            if node.op == "attr":
                return str(node.args[1])
            if node.op == "name" or node.op == "param":
                return str(node.args[0])
            if node.op == "import":
                return str(node.args[1] or node.args[0].rsplit(".", 1)[-1])
            if node.op == "func":
                return self.modules[module].functions[int(node.args[0])].name
            if node.op == "class":
                return self.modules[module].classes[int(node.args[0])].name
            if node.op == "union" and node.args:
                number = node.args[0]
                continue
            return None
        return None

    def _index_function(self, index: int, function: FunctionFlow) -> None:
        called: set[int] = set()
        for number in function.calls:
            target = function.nodes[number].args[0]
            called.add(target)
            if function.nodes[target].op == "union":
                called.update(function.nodes[target].args)
            ref = Ref(index, function.number, number)
            for tail in self.tails(index, function, target):
                self.calls_by_tail[tail].append(ref)
        for position, store in enumerate(function.stores):
            if not store.item:
                self.stores_by_attribute[store.key].append((index, function.number, position))
        for number, node in enumerate(function.nodes):
            if node.op in ("name", "attr", "func", "import") and number not in called:
                for tail in self.tails(index, function, number):
                    self.references_by_tail[tail].append(Ref(index, function.number, number))

    def tails(self, index: int, function: FunctionFlow, number: int) -> set[str]:
        """The last name of an expression, and for a global name also the names it was imported or defined under."""
        tail = self.tail(index, function, number)
        if tail is None:
            return set()
        names = {tail}
        if function.nodes[number].op == "name":
            body = self.modules[index].functions[0]
            for bound in body.bindings.get(tail, ())[:4]:
                original = self.tail(index, body, bound)
                if original is not None:
                    names.add(original)
        return names
