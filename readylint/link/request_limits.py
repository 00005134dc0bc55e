"""Whether a handler is rate limited: by a decorator, a dependency, or a middleware that is installed."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow
from readylint.values import ClassValue, Container, External, FunctionValue, Made, ObjectValue, Ref, Value

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.controls import Control
    from readylint.link.entries import Entry
    from readylint.link.resolver import Resolver

CATEGORY = "rate-limit"
KEY = 40
"""Characters of a key under which requests are counted (`f"rate_limit_{user}"`); longer texts tell people something."""


class RequestLimits:
    """Looks at what is put around handlers."""

    def __init__(self, resolver: Resolver, callees: Callees, controls: list[Control]) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        files = [e for e in resolver.knowledge.evidence if e.category == CATEGORY]
        self.rules = [rule for e in files for rule in e.uses]
        self.own = [re.compile(e.around) for e in files if e.around]
        self.words = sorted({word for e in files for word in e.words})
        self.named = [re.compile(e.named) for e in files if e.named]
        frameworks = resolver.knowledge.frameworks
        self.includes = {n for f in frameworks for n in f.includes}
        self.installs = sorted({n for f in frameworks for n in f.installs})
        self.apps = {n for f in frameworks for r in f.handlers for n in r.decorator_of}
        self.before = {m for f in frameworks for r in f.handlers if not r.answers for m in r.methods}
        self.injects = {n for f in resolver.knowledge.frameworks for r in f.inject for n in r.function}
        self.around = {c.function for c in controls if c.in_force and c.category == CATEGORY}

    def of(self, function: tuple[int, int], entry: Entry) -> bool | None:
        """True when a limiter stands around the handler; False when none was found."""
        module, number = function
        flow = self.program.modules[module].functions[number]
        if (
            function in self.around
            or self._for_all(entry)
            or self._decorated(module, flow)
            or self._of_class(module, flow)
        ):
            return True
        if any(self._depends(at, module, flow, entry) for at in self._dependencies):
            return True
        return None if self._asks(module, flow) or self._elsewhere else False

    # names -----------------------------------------------------------------------------------------------------

    @cached_property
    def _library_names(self) -> set[str]:
        return {n for r in self.rules for n in (*r.initialise, *r.make, *r.decorator, *r.middleware)}

    def _limits(self, values: tuple[Value, ...]) -> bool:
        """Whether one of the values is a limiter of a library, or something of the project that is called one."""
        for value in values:
            if isinstance(value, External | Made) and value.name.replace("()", "") in self._library_names:
                return True
            if isinstance(value, FunctionValue) and self._is_named(self.resolver.flow_of(value).name):
                return True
            if isinstance(value, ClassValue | ObjectValue):
                cls = value.cls if isinstance(value, ObjectValue) else value
                if self._is_named(self.resolver.classes.flow(cls).name):
                    return True
        return False

    def _is_named(self, name: str) -> bool:
        return any(p.search(name) for p in self.named)

    # decorators and classes ------------------------------------------------------------------------------------

    def _decorated(self, module: int, flow: FunctionFlow) -> bool:
        for at, target in self.program.decorations(module, flow):
            tail = self.program.tail(module, self.program.function(target), target.node) or ""
            if self._is_named(tail) or self._limits(self.resolver.values(at)) or self._limits(self._of(target)):
                return True
        return False

    def _of(self, target: Ref) -> tuple[Value, ...]:
        """What is decorated with; of a method the object that it belongs to."""
        node = self.program.node(target)
        if node.op == "attr":
            return tuple(v for v in self.resolver.values(target.sibling(node.args[0])) if isinstance(v, ObjectValue))
        return self.resolver.values(target)

    def _of_class(self, module: int, flow: FunctionFlow) -> bool:
        """`throttle_classes = [...]` of a class of views."""
        if flow.owner == NOTHING:
            return False
        names = {n for r in self.rules for n in r.class_attributes}
        for cls in self.resolver.classes.bases(ClassValue(module, flow.owner))[0]:
            class_flow = self.resolver.classes.flow(cls)
            for name in sorted(names & set(class_flow.bindings)):
                for number in class_flow.bindings[name]:
                    node = self.program.node(Ref(cls.module, class_flow.owner, number))
                    if node.op not in ("list", "tuple") or node.args:
                        return True
        return False

    # dependencies ----------------------------------------------------------------------------------------------

    @cached_property
    def _dependencies(self) -> list[Ref]:
        """The places where a limiter is made a dependency: `Depends(RateLimiter(times=5, seconds=60))`."""
        found: list[Ref] = []
        for tail in sorted({n.rsplit(".", 1)[-1] for n in self.injects}):
            for call in self.program.calls_by_tail.get(tail, ()):
                arguments = self.program.node(call).args[1]
                if arguments and self.callees.of(call).names & self.injects:
                    if self._limits(self.resolver.values(call.sibling(arguments[0][1]))):
                        found.append(call)
        return found

    def _depends(self, at: Ref, module: int, flow: FunctionFlow, entry: Entry) -> bool:
        """Whether a dependency belongs to the handler: to its parameters, its route, its router or its app."""
        node = self.program.node(at)
        if at.module == module and at.function == max(flow.parent, 0):
            parent = self.program.function(at)
            own = [*flow.decorators, *(n for p in flow.params for n in (p.default, p.annotation) if n != NOTHING)]
            if any(parent.nodes[n].start <= node.start < parent.nodes[n].end for n in own):
                return True
        around = self._call_around(at)
        if around is None:
            return False
        callee = self.callees.of(around)
        if callee.tail in self.includes:
            given = self.program.node(around).args[1]
            routers = self.resolver.values(around.sibling(given[0][1])) if given else ()
            return bool({v.ref for v in routers if isinstance(v, Made)} & self._routers(entry))
        if around in self._routers(entry):
            return True
        return bool(callee.names & self.apps) and bool(self._routers(entry) & self._of_app(around))

    @cached_property
    def _included(self) -> dict[Ref, set[Ref]]:
        """An app or router -> the routers that are put into it."""
        found: dict[Ref, set[Ref]] = defaultdict(set)
        for tail in sorted(self.includes):
            for call in self.program.calls_by_tail.get(tail, ()):
                for _, number in self.program.node(call).args[1][:1]:
                    inner = {v.ref for v in self.resolver.values(call.sibling(number)) if isinstance(v, Made)}
                    for outer in self._receivers(call):
                        found[outer] |= inner
        return found

    def _call_around(self, at: Ref) -> Ref | None:
        """The outermost call that the node is an argument of."""
        function = self.program.function(at)
        node = function.nodes[at.node]
        outer = [
            n for n in function.calls if function.nodes[n].start <= node.start and node.end <= function.nodes[n].end
        ]
        outer = [n for n in outer if n != at.node]
        return at.sibling(min(outer, key=lambda n: function.nodes[n].start)) if outer else None

    def _routers(self, entry: Entry) -> set[Ref]:
        """The object on which the handler is registered."""
        return self._receivers(entry.at) if entry.at is not None else set()

    # for every handler of an app --------------------------------------------------------------------------------

    def _for_all(self, entry: Entry) -> bool:
        """A middleware of the app to which the handler belongs, a default, or an entry of the settings."""
        if self._everywhere:
            return True
        if not self._limited_apps:
            return False
        mine = self._routers(entry)
        apps = {app for app in self._limited_apps if app is None or not mine or mine & self._of_app(app)}
        return bool(apps)

    @cached_property
    def _everywhere(self) -> bool:
        for rule in self.rules:
            for name in rule.make if rule.for_all else ():
                for call in self.program.calls_by_tail.get(name.rsplit(".", 1)[-1], ()):
                    if name in self.callees.of(call).names and self._given(call, rule.for_all):
                        return True
        return self._in_settings()

    @cached_property
    def _limited_apps(self) -> set[Ref | None]:
        """The apps with a limiter as middleware; None for one that cannot be told."""
        found: set[Ref | None] = set()
        for tail in self.installs:
            for call in self.program.calls_by_tail.get(tail, ()):
                arguments = self.program.node(call).args[1]
                if arguments and self._limits(self.resolver.values(call.sibling(arguments[0][1]))):
                    found |= self._receivers(call) or {None}
        for module, flow in self.program.all_functions():
            if flow.decorators and self._is_named(flow.name):
                for at, target in self.program.decorations(module, flow):
                    if self.program.tail(module, self.program.function(target), target.node) in self.before:
                        found |= self._receivers(at) or {None}
        return found

    def _receivers(self, at: Ref) -> set[Ref]:
        """The objects on which a method is called."""
        node = self.program.node(at)
        target = self.program.node(at.sibling(node.args[0])) if node.op == "call" else node
        if target.op != "attr":
            return set()
        return {v.ref for v in self.resolver.values(at.sibling(target.args[0])) if isinstance(v, Made)}

    def _of_app(self, app: Ref) -> set[Ref]:
        """The app, and the routers that are put into it, through others too."""
        found = [app]
        for one in found:
            found += sorted(self._included.get(one, set()) - set(found))
        return set(found)

    def _given(self, call: Ref, keywords: list[str]) -> bool:
        """A keyword with something in it."""
        for keyword in keywords:
            ref = self.resolver.argument(call, keyword)
            if ref is not None and not all(
                isinstance(v, Container) and not self.program.node(v.ref).args for v in self.resolver.values(ref)
            ):
                return True
        return False

    def _in_settings(self) -> bool:
        names = {n for r in self.rules for n in r.settings}
        roots = self.program.import_roots()
        libraries = {n.split(".")[0] for r in self.rules if r.settings for n in (*r.decorator, *r.subclass_of)}
        return bool(libraries & roots) and any(self.program.holding(name) for name in sorted(names))

    @cached_property
    def _elsewhere(self) -> bool:
        """A file that was not parsed holds the name of a limiter of its own, or one is asked by a name that tells."""
        read = {module.path for module in self.program.modules}
        if any(path not in read for word in self.words for path in self.program.holding(word)):
            return True
        return any(
            p.search(str(flow.nodes[base].args[-1]))
            for _, flow in self.program.all_functions()
            for base in (flow.nodes[n].args[0] for n in flow.attributes)
            if flow.nodes[base].op in ("name", "attr", "param", "import")
            for p in self.own
        )

    def _asks(self, module: int, flow: FunctionFlow) -> bool:
        """The handler itself calls something that is called a limiter: what that does was not read."""
        tails = [self.program.tail(module, flow, flow.nodes[n].args[0]) or "" for n in flow.calls]
        keys = [str(node.args[0]) for node in flow.nodes if node.op == "const" and isinstance(node.args[0], str)]
        return any(self._is_named(word) for word in (*tails, *(k for k in keys if len(k) < KEY)))
