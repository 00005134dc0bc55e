"""Who calls a function of the project, and what it is passed. Asked on demand, answered once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readylint.catalogue import RunRule
from readylint.flow import NOTHING, FunctionFlow
from readylint.values import (
    UNKNOWN,
    ClassValue,
    External,
    FunctionValue,
    Made,
    ObjectValue,
    Open,
    Ref,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from readylint.catalogue import ReaderRule
    from readylint.link.resolver import Resolver

SPREADS = 2
"""Dicts inside dicts that are looked into for an argument."""
COMMON_LIMIT = 400
"""Calls of one name above which callers are not looked for: the name says too little (`get`, `run`)."""


@dataclass(slots=True)
class CallSite:
    """A place from which a function is run."""

    ref: Ref
    """The call, or the expression that hands the function on."""
    shift: int = 0
    """Arguments before the function's own (`to_thread(f, x)`: 1)."""
    through: RunRule | None = None
    """The library function that runs it."""
    maybe: bool = False
    """The call is resolved to the method of a base class, which may mean this override or another."""
    deferred: bool = False
    """It is handed on to be called later by code that was not followed."""
    apart: bool = False
    """It runs on its own, when the function around the place has been left."""
    read_by: ReaderRule | None = None
    """What reads the generator that the place makes."""
    handed: Ref | None = None
    """The call that hands the function to the one in which `ref` calls it."""


@dataclass(slots=True)
class CallerSet:
    """All known places that run a function; `complete` says that there are no others in the project."""

    sites: list[CallSite] = field(default_factory=list)
    complete: bool = True
    why_open: str = ""
    possible: list[CallSite] = field(default_factory=list)
    """Calls of that name on objects that nothing is known of."""
    elsewhere: bool = False
    """There may be callers that are neither among the sites nor among the possible ones."""

    def leave_open(self, why: str) -> None:
        """Further callers cannot be ruled out."""
        self.complete, self.why_open, self.elsewhere = False, why, True


class Callers:
    """The call graph upwards."""

    def __init__(self, resolver: Resolver) -> None:
        from readylint.link.computed_imports import ComputedImports
        from readylint.link.dispatch import Dispatch
        from readylint.link.handed_functions import HandedFunctions

        self.resolver = resolver
        self.program = resolver.program
        self.handed = HandedFunctions(resolver, self)
        self.dispatch = Dispatch(resolver)
        self.computed_imports = ComputedImports(resolver)
        self.runs = [r for f in resolver.knowledge.frameworks for r in f.runs]
        self.injects = [r for f in resolver.knowledge.frameworks for r in f.inject]

    def of(self, module: int, function: int) -> CallerSet:
        """The callers of a function."""
        flow = self.program.modules[module].functions[function]
        with self.resolver.mode(loading=False):
            return self.resolver.table.ask(("callers", module, function), lambda: self._find(module, flow), CallerSet())

    def _find(self, module: int, flow: FunctionFlow) -> CallerSet:
        found = CallerSet()
        names = [flow.name]
        if flow.name in ("__init__", "__new__") and flow.owner != NOTHING:
            return self._constructor_callers(module, flow)
        if flow.is_lambda:
            names = ["<lambda>"]
        for name in names:
            calls = self.program.calls_by_tail.get(name, [])
            if len(calls) > COMMON_LIMIT:
                found.leave_open(f"{len(calls)} calls of that name")
                continue
            for ref in list(calls):
                self._consider_call(found, ref, module, flow)
            for ref in list(self.program.references_by_tail.get(name, ())):
                self._consider_reference(found, ref, module, flow)
        if flow.owner == NOTHING and flow.parent == 0:
            for ref in self.computed_imports.readings(module, flow.name):
                self.handed.given_out(found, ref, module, flow)
        if flow.name == "__call__" and flow.owner != NOTHING:
            self._instance_called(found, module, flow)
        if flow.owner != NOTHING and self.resolver.classes.is_property(module, flow):
            self._property_read(found, module, flow)
        self._called_by_protocol(found, module, flow)
        if flow.owner != NOTHING and not found.elsewhere:
            unread = self.program.unread_caller(flow.name)
            if unread is not None:
                found.leave_open(f"{unread} calls a method of that name")
        return found

    def _instance_called(self, found: CallerSet, module: int, flow: FunctionFlow) -> None:
        """Calls of instances: under the names that they are given, and where a constructor call is handed on."""
        for made in self.constructor_calls(ClassValue(module, flow.owner)):
            function = self.program.function(made)
            for user in self.program.users(made.module, made.function).get(made.node, []):
                self.handed.handed_on(found, made.sibling(user), made)
            names = {n for n, values in function.bindings.items() if made.node in values}
            names |= {s.key for s in function.stores if s.value == made.node and not s.item}
            for name in sorted(names):
                for call in list(self.program.calls_by_tail.get(name, ()))[:COMMON_LIMIT]:
                    self._consider_call(found, call, module, flow)

    def _property_read(self, found: CallerSet, module: int, flow: FunctionFlow) -> None:
        """Reading a property runs its function."""
        for ref in list(self.program.references_by_tail.get(flow.name, ())):
            node = self.program.node(ref)
            if node.op != "attr":
                continue
            for value in self.resolver.values(ref.sibling(node.args[0])):
                if isinstance(value, ObjectValue):
                    method = self.resolver.classes.method(value.cls, flow.name)
                    if method is not None and (method.module, method.number) == (module, flow.number):
                        found.sites.append(CallSite(ref))
                        break

    def _consider_call(self, found: CallerSet, ref: Ref, module: int, flow: FunctionFlow) -> None:
        target = ref.sibling(self.program.node(ref).args[0])
        values = self.resolver.values(target)
        exact = self._above(ref)
        if any(self._is(v, module, flow, ref, exact) for v in values):
            certain = any(self._is(v, module, flow, ref, exact=True) for v in values)
            found.sites.append(CallSite(ref, maybe=not certain))
        elif any(isinstance(v, Unknown | Open) for v in values) and (
            flow.owner != NOTHING or self._reaches(ref, module)
        ):
            found.complete, found.why_open = False, found.why_open or "a call of that name on an unknown object"
            found.possible.append(CallSite(ref))

    def consider_calls(self, found: CallerSet, name: str, module: int, flow: FunctionFlow) -> None:
        """Calls under another name that the function was given."""
        for call in self.program.calls_by_tail.get(name, [])[:COMMON_LIMIT]:
            self._consider_call(found, call, module, flow)

    def _reaches(self, ref: Ref, module: int) -> bool:
        """Whether a call on an unknown object may mean a function of a module: only where that is imported."""
        if ref.module == module:
            return False
        for function in self.program.modules[ref.module].functions:
            for number in function.imports:
                source, name = function.nodes[number].args
                dotted = self.resolver.scopes.absolute(ref.module, source)
                names = [dotted] if name in (None, "*") else [dotted, f"{dotted}.{name}"]
                if any(self.program.find(n, ref.module, load=False) == module for n in names):
                    return True
        return False

    def _above(self, ref: Ref) -> bool:
        """A call through `super()` reaches the base's method and no other."""
        function = self.program.function(ref)
        target = function.nodes[function.nodes[ref.node].args[0]]
        if target.op != "attr" or function.nodes[target.args[0]].op != "call":
            return False
        return self.program.tail(ref.module, function, function.nodes[target.args[0]].args[0]) == "super"

    def _is(self, value: Value, module: int, flow: FunctionFlow, at: Ref, exact: bool = False) -> bool:
        if isinstance(value, FunctionValue):
            if (value.module, value.number) == (module, flow.number):
                return True
            if exact or flow.owner == NOTHING or not value.bound:
                return False
            return self.dispatch.may(value, module, flow, at)
        if isinstance(value, ObjectValue) and flow.name == "__call__":
            method = self.resolver.classes.method(value.cls, "__call__")
            return method is not None and (method.module, method.number) == (module, flow.number)
        return False

    def _consider_reference(self, found: CallerSet, ref: Ref, module: int, flow: FunctionFlow) -> None:
        if not any(self._is(v, module, flow, ref) for v in self.resolver.values(ref)):
            return
        for store in self.program.function(ref).stores:
            if store.value == ref.node and not store.item and store.key != flow.name:
                self.consider_calls(found, store.key, module, flow)
        users = self.program.users(ref.module, ref.function).get(ref.node, [])
        for user in users:
            self.handed.handed_on(found, ref.sibling(user), ref)
        if any(e.kind == "return" and e.node == ref.node for e in self.program.function(ref).exits):
            self.handed.returned(found, ref, module, flow)

    def parameter_of(self, target: FunctionValue, call: Ref, passed: int) -> str | None:
        """The parameter of the target that receives the argument node `passed` of a call."""
        flow = self.resolver.flow_of(target)
        params = [p for p in flow.params if p.kind in ("plain", "only-position")]
        offset = 1 if target.bound and flow.owner != NOTHING else 0
        position = offset
        for keyword, number in self.program.node(call).args[1]:
            if number == passed:
                if keyword is not None and keyword not in ("*", "**"):
                    return str(keyword)
                return params[position].name if keyword is None and position < len(params) else None
            if keyword is None:
                position += 1
        return None

    def run_rule(self, call: Ref, passed: int) -> tuple[RunRule | None, int]:
        """The catalogue rule by which a call runs the callable passed as node `passed`, and the argument shift."""
        node = self.program.node(call)
        target = call.sibling(node.args[0])
        tail = self.program.tail(call.module, self.program.function(call), node.args[0])
        names = {v.name.replace("()", "") for v in self.resolver.values(target) if isinstance(v, External)}
        names |= {f"{v.name.replace('()', '')}.()" for v in self.resolver.values(target) if isinstance(v, Made)}
        project = any(isinstance(v, FunctionValue | ClassValue) for v in self.resolver.values(target))
        for rule in self.runs:
            if not (names & set(rule.function)) and (project or tail not in rule.method):
                continue
            for position, (keyword, number) in enumerate(node.args[1]):
                if number == passed and (position == rule.callable or keyword == rule.callable):
                    return rule, rule.arguments if rule.arguments is not None else position + 1
        return None, 0

    def _called_by_protocol(self, found: CallerSet, module: int, flow: FunctionFlow) -> None:
        if flow.owner == NOTHING:
            return
        if flow.name.startswith("__") and flow.name not in ("__init__", "__call__", "__new__"):
            found.leave_open("it is called by the language")
        elif self.resolver.classes.bases(ClassValue(module, flow.owner))[1] and not found.sites:
            found.why_open = "a library class may call it"

    def _constructor_callers(self, module: int, flow: FunctionFlow) -> CallerSet:
        cls = ClassValue(module, flow.owner)
        found = CallerSet([CallSite(ref) for ref in self.constructor_calls(cls)])
        for ref in self.program.calls_by_tail.get("__init__", []):
            target = ref.sibling(self.program.node(ref).args[0])
            if any(self._is(v, module, flow, ref) for v in self.resolver.values(target)):
                found.sites.append(CallSite(ref))
        return found

    def constructor_calls(self, cls: ClassValue) -> list[Ref]:
        """Calls that build an instance through this class's constructor."""
        with self.resolver.mode(loading=False):
            return self.resolver.table.ask(("constructors", cls), lambda: self._constructor_calls(cls), [])

    def _constructor_calls(self, cls: ClassValue) -> list[Ref]:
        found: list[Ref] = []
        candidates = [cls]
        own = self.resolver.classes.method(cls, "__init__")
        for sub in self.resolver.classes.subclasses(cls):
            if self.resolver.classes.method(sub, "__init__") == own:
                candidates.append(sub)
        for candidate in candidates:
            for ref in list(self.program.calls_by_tail.get(self.resolver.classes.flow(candidate).name, ())):
                target = ref.sibling(self.program.node(ref).args[0])
                if candidate in self.resolver.values(target):
                    found.append(ref)
            for ref in list(self.program.calls_by_tail.get("cls", ())):
                target = ref.sibling(self.program.node(ref).args[0])
                if candidate in self.resolver.values(target):
                    found.append(ref)
        return found

    # what is passed --------------------------------------------------------------------------------------------

    def argument_nodes(self, module: int, function: int, name: str) -> list[tuple[CallSite, Ref | None]]:
        """For each caller the node it passes for a parameter; None when it leaves the default."""
        flow = self.program.modules[module].functions[function]
        params = [p.name for p in flow.params if p.kind in ("plain", "only-position")]
        position = params.index(name) if name in params else None
        result: list[tuple[CallSite, Ref | None]] = []
        for site in self.of(module, function).sites:
            if site.deferred:
                continue
            offset = self._bound_offset(site, module, flow)
            at = None if position is None else position - offset + site.shift
            result.append((site, self.resolver.argument(site.ref, name, at)))
        return result

    def _bound_offset(self, site: CallSite, module: int, flow: FunctionFlow) -> int:
        if flow.owner == NOTHING:
            return 0
        if flow.name in ("__init__", "__new__"):
            return 1
        decorators = self.resolver.classes.decorator_names(module, flow)
        if "staticmethod" in decorators:
            return 0
        node = self.program.node(site.ref)
        target = site.ref.sibling(node.args[0])
        for value in self.resolver.values(target):
            if isinstance(value, FunctionValue) and value.number == flow.number and value.module == module:
                return 1 if value.bound else 0
        return 1

    def _arguments(self, site: CallSite) -> tuple[tuple[str | None, int], ...]:
        node = self.program.node(site.ref)
        return node.args[1] if node.op == "call" else ()

    def argument_values(self, module: int, function: int, name: str) -> list[Value]:
        """What all callers pass for a parameter, defaults of those that leave it out included."""
        flow = self.program.modules[module].functions[function]
        param = next((p for p in flow.params if p.name == name), None)
        if param is not None and param.kind in ("star", "double-star"):
            return []
        found: list[Value] = []
        for site, argument in self.argument_nodes(module, function, name):
            if argument is not None:
                found += self.resolver.values(argument)
            elif any(keyword == "**" for keyword, _ in self._arguments(site)):
                given = self.resolver.reader.keyword(site.ref, name, None, SPREADS)
                found += [v for ref in given.refs for v in self.resolver.values(ref)]
                found += [UNKNOWN] if given.unknown else []
                if not given.settled and param is not None and param.default != NOTHING:
                    found += self.resolver.values(Ref(module, max(flow.parent, 0), param.default))
            elif param is not None and param.default != NOTHING:
                found += self.resolver.values(Ref(module, max(flow.parent, 0), param.default))
            else:
                found.append(UNKNOWN)
        return found
