"""How long an object lives that keeps messages, and what repeats while it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from readylint.flow import FunctionFlow
from readylint.link.history_changes import GROW
from readylint.link.history_sizes import Scope
from readylint.values import ClassValue, ObjectValue, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.history_places import Places
    from readylint.link.resolver import Resolver
    from readylint.link.surroundings import Loop, Surroundings

DEPTH = 4
CACHES = {"lru_cache", "cache", "cached_property", "cache_resource"}
_ORDER: tuple[Loop, ...] = ("person", "unbounded", "unknown", "bounded", "none")


@dataclass(slots=True, frozen=True)
class Life:
    """How long what a constructor call makes lives."""

    kind: Literal["long", "call", "unknown"]
    made: Ref
    scope: Scope = "instance"
    framework: bool = False
    """A framework keeps it for the session."""


class Lives:
    """Follows an object from its constructor to where it is kept."""

    def __init__(
        self, resolver: Resolver, callees: Callees, places: Places, surroundings: Surroundings, entries: Entries
    ) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.places = places
        self.surroundings = surroundings
        self.entries = entries
        self._of_class: dict[ClassValue, list[Life]] = {}

    def of_class(self, cls: ClassValue, depth: int = 0) -> list[Life]:
        """The lives of the instances of a class; none when nobody in the project makes one."""
        known = self._of_class.get(cls)
        if known is None:
            known = []
            for made in self.resolver.callers.constructor_calls(cls):
                if self.entries.role_of(self.program.modules[made.module].path) not in ("test", "eval"):
                    known += self.of(made, depth + 1)
            if not known and (listed := self._listed(cls)) is not None:
                known = [Life("unknown", listed)]
            if depth == 0:
                self._of_class[cls] = known
        return known

    def _listed(self, cls: ClassValue) -> Ref | None:
        """Where a class stands in a table, from which something else may take and build it."""
        for ref in self.program.references_by_tail.get(self.resolver.classes.flow(cls).name, ()):
            function = self.program.function(ref)
            users = self.program.users(ref.module, ref.function).get(ref.node, ())
            if any(function.nodes[u].op == "dict" for u in users):
                if cls in self.resolver.values(ref):
                    return ref
        return None

    def of(self, made: Ref, depth: int = 0) -> list[Life]:
        """How long what is made at a node lives."""
        function = self.program.function(made)
        if depth > DEPTH:
            return [Life("unknown", made)]
        if self.resolver.classes.decorator_names(made.module, function) & CACHES:
            return [Life("long", made, "module")]
        found: list[Life] = []
        for alias in self._aliases(made, function):
            found += self._kept(alias, function, depth)
        return found or [Life("call", made)]

    def _aliases(self, made: Ref, function: FunctionFlow) -> list[Ref]:
        users = self.program.users(made.module, made.function)
        found, pending = [made.node], [made.node]
        while pending:
            for user in users.get(pending.pop(), ()):
                if function.nodes[user].op in ("union", "await", "bool", "ifexp", "enter") and user not in found:
                    found.append(user)
                    pending.append(user)
        return [made.sibling(n) for n in found]

    def _kept(self, ref: Ref, function: FunctionFlow, depth: int) -> list[Life]:
        found = self._stored(ref, function, depth)
        if any(ref.node in values for values in function.global_bindings.values()):
            found.append(Life("long", ref, "module"))
        names = sorted(n for n, values in function.bindings.items() if ref.node in values)
        if function.number == 0:
            found += [Life("long", ref, "module") for n in names if self._seen_elsewhere(ref, n)]
        elif any(self._seen_inside(ref, n) for n in names):
            found.append(Life("long", ref, "instance"))
        if any(e.kind == "return" and e.node == ref.node for e in function.exits):
            sites = self.entries.sites(ref.module, function)[0]
            for site in sites:
                found += [Life("unknown", ref)] if site.deferred else self.of(site.ref, depth + 1)
            if not sites:
                found.append(Life("unknown", ref))
        if ref.node in function.yields:
            found.append(Life("unknown", ref))
        for user in self.program.users(ref.module, ref.function).get(ref.node, ()):
            found += self._handed(ref, user, function, depth)
        return found

    def _stored(self, ref: Ref, function: FunctionFlow, depth: int) -> list[Life]:
        found: list[Life] = []
        for store in function.stores:
            if store.value != ref.node:
                continue
            base = ref.sibling(store.base)
            if store.item:
                place = self.places.root(base)
                kept = place is not None and place.kind == "session"
                found.append(Life("long", ref, "session", kept) if place is not None else Life("unknown", ref))
                continue
            owners = [v for v in self.resolver.values(base) if isinstance(v, ObjectValue)]
            lives = [life for o in owners for life in self.of_class(o.cls, depth + 1)] if depth < DEPTH else []
            session = self.places.root(base)
            if session is not None and session.kind == "session":
                found.append(Life("long", ref, "session", True))
            else:
                found += lives or [Life("long", ref, "instance")]
        return found

    def _seen_elsewhere(self, ref: Ref, name: str) -> bool:
        """Whether functions or other modules use a variable of a module."""
        for other in self.program.references_by_tail.get(name, ()):
            node = self.program.node(other)
            if other.module == ref.module:
                if node.op == "name" and other.function != 0:
                    return True
            elif node.op in ("import", "attr") and self.program.imports(other.module, ref.module):
                return True
        calls = self.program.calls_by_tail.get(name, ())
        return any(c.module == ref.module and c.function != 0 for c in calls) or self._receives(ref, name)

    def _receives(self, ref: Ref, name: str) -> bool:
        flows = self.program.modules[ref.module].functions[1:]
        return any(n.op == "name" and n.args[0] == name for f in flows for n in f.nodes)

    def _seen_inside(self, ref: Ref, name: str) -> bool:
        """Whether a function inside this one uses the variable."""
        flows = self.program.modules[ref.module].functions
        for flow in flows:
            parent = flow.parent
            while parent > 0 and parent != ref.function:
                parent = flows[parent].parent
            if parent == ref.function and flow.number != ref.function and ref.function > 0:
                if any(n.op == "name" and n.args[0] == name for n in flow.nodes):
                    return True
        return False

    def _handed(self, ref: Ref, user: int, function: FunctionFlow, depth: int) -> list[Life]:
        """What takes the object, or a method of it, over."""
        node = function.nodes[user]
        users = self.program.users(ref.module, ref.function)
        if node.op == "attr":
            methods = [u for u in users.get(user, ()) if function.nodes[u].op == "call"]
            passed = [u for u in methods if function.nodes[u].args[0] != user]
            held = any(isinstance(v, ObjectValue) and self.resolver.classes.method(v.cls, str(node.args[1]))
                       for v in self.resolver.values(ref))  # fmt: skip
            return [Life("long", ref) for _ in passed[:1]] if held else []
        if node.op in ("list", "tuple", "dict", "set"):
            return self.of(ref.sibling(user), depth + 1) if depth < DEPTH else [Life("unknown", ref)]
        if node.op != "call" or node.args[0] == user or ref.node not in [n for _, n in node.args[1]]:
            return []
        at = ref.sibling(user)
        callee = self.callees.of(at)
        if callee.tail in self.places.writers and self._session_object(at):
            return [Life("long", ref, "session", True)]
        if callee.classes:
            return self.of(at, depth + 1)
        if callee.functions:
            return [Life("long", ref)] if self._stores_parameter(at, ref.node) else []
        return [Life("unknown", ref)] if callee.names or callee.tail in GROW else []

    def _session_object(self, at: Ref) -> bool:
        node = self.program.node(at)
        target = self.program.node(at.sibling(node.args[0]))
        return target.op == "attr" and self.places.root(at.sibling(target.args[0])) is not None

    def _stores_parameter(self, call: Ref, passed: int) -> bool:
        for target in self.callees.of(call).functions:
            name = self.resolver.callers.parameter_of(target, call, passed)
            flow = self.resolver.flow_of(target)
            for store in flow.stores:
                value = flow.nodes[store.value]
                if value.op == "param" and value.args[0] == name:
                    return True
        return False

    # what repeats ----------------------------------------------------------------------------------------------

    def loop_between(self, ref: Ref, outer: int) -> Loop:
        """What repeats a node inside a context of its function."""
        function = self.program.function(ref)
        around = {n for n, _ in function.ancestors(outer)}
        kinds = {
            c.kind
            for n, c in function.ancestors(function.nodes[ref.node].context)
            if c.kind in ("for", "while") and n not in around
        }
        if not kinds:
            return "none"
        return self.surroundings.loop(ref) if "while" in kinds else "bounded"

    def repeats(self, ref: Ref, made: Ref) -> Loop:
        """What repeats a node while an object lives that is made elsewhere, through the functions in between."""
        found: set[Loop] = set()
        pending: list[tuple[Ref, int]] = [(ref, 0)]
        seen: set[tuple[int, int]] = set()
        while pending:
            at, depth = pending.pop()
            function = self.program.function(at)
            home = (at.module, at.function) == (made.module, made.function)
            found.add(self.loop_between(at, self.program.node(made).context if home else 0))
            key = (at.module, at.function)
            if home or key in seen or depth > DEPTH:
                continue
            seen.add(key)
            pending += [(s.ref, depth + 1) for s in self.entries.sites(at.module, function)[0] if not s.deferred]
        return next(kind for kind in _ORDER if kind in found)
