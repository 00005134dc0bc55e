"""What records the token usage of a call without its code reading it: recording clients, callbacks, tracers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from readylint.catalogue import TracerRule
from readylint.flow import NOTHING
from readylint.link.answer_state import AnswerNames
from readylint.link.calls import ModelCall
from readylint.link.effective import Effective
from readylint.link.module_attributes import assigned_values
from readylint.values import ClassValue, Const, Container, External, Made, ObjectValue, Ref, SdkObject, Value

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver

DEPTH = 4
"""Callers of callers in whose blocks a call may stand."""
OFF = {"", "0", "false", "no", "off"}
"""Values with which a variable of the environment switches nothing on."""


@dataclass(slots=True)
class Start:
    """A call or assignment that starts a tracer."""

    rule: TracerRule
    at: Ref
    clients: frozenset[Ref] | None = None
    """The constructor calls of the clients that it was started for; None: all."""


@dataclass(slots=True)
class Recorder:
    """What records the usage of a call; `certain` is False where something is handed in that was not read."""

    name: str
    at: Ref | None = None
    certain: bool = True


class Tracers:
    """Finds what records a call."""

    def __init__(self, resolver: Resolver, effective: Effective, callees: Callees, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.effective = effective
        self.callees = callees
        self.entries = entries
        self.rules = [t for t in resolver.knowledge.tracers if t.usage]
        self._starts: list[Start] | None = None

    def of(self, call: ModelCall) -> Recorder | None:
        """What records the call's usage: a recording client, a callback handed in, or an initialised tracer."""
        covering = [t for t in self.rules if not t.sdks or call.sdk.sdk in t.sdks]
        for rule in covering:
            if self._recording_client(call, rule) or self._gateway(call, rule):
                return Recorder(rule.library)
        handed = self._handed_in(call, covering)
        if handed is not None and handed.certain:
            return handed
        for rule in covering:
            inside = self._inside(call.ref, set(rule.spans), 0, set()) if self._is_used(rule.spans) else False
            if inside:
                return Recorder(rule.library)
            if inside is None and handed is None:
                handed = Recorder(f"the block of {rule.spans[0].rsplit('.', 1)[-1]}", certain=False)
        for start in self._started():
            if any(start.rule is t for t in covering) and self._is_meant(start, call):
                return Recorder(start.rule.library, start.at)
        return handed

    # the client ------------------------------------------------------------------------------------------------

    def _recording_client(self, call: ModelCall, tracer: TracerRule) -> bool:
        for value in call.objects:
            if value.made is not None:
                node = self.program.node(value.made)
                for target in self.resolver.values(value.made.sibling(node.args[0])):
                    name = target.name if isinstance(target, External) else ""
                    if any(self._comes_from(value.made, module) for module in tracer.drop_in) or name.startswith(
                        tuple(f"{m}." for m in tracer.drop_in)
                    ):
                        return True
                if tracer.wrapper and self._is_wrapped(value.made, tracer):
                    return True
            for overlay in value.overlays:
                if self.program.node(overlay.ref).op == "call" and self.callees.of(overlay.ref).names & set(
                    tracer.wrapper
                ):
                    return True
        return False

    def _is_wrapped(self, made: Ref, tracer: TracerRule) -> bool:
        """Whether the client is given to a wrapper anywhere: that changes the client itself."""
        wanted = {n for n in tracer.wrapper if n.split(".")[0] in self.program.import_roots()}
        for tail in sorted({n.rsplit(".", 1)[-1] for n in wanted}):
            for call in list(self.program.calls_by_tail.get(tail, ())):
                if self.callees.of(call).names & wanted and made in self._clients_in(call):
                    return True
        return False

    def _clients_in(self, call: Ref) -> frozenset[Ref]:
        """The constructor calls of the SDK objects among the arguments of a call."""
        given = self.resolver.all_values(call, [n for _, n in self.program.node(call).args[1]])
        return frozenset(v.made for v in given if isinstance(v, SdkObject) and v.made is not None)

    def _comes_from(self, made: Ref, module: str) -> bool:
        """Whether the constructor's name was imported from the recording module."""
        function = self.program.function(made)
        number = function.nodes[made.node].args[0]
        while function.nodes[number].op == "attr":
            number = function.nodes[number].args[0]
        name = self.program.tail(made.module, function, number)
        for flow in (function, self.program.modules[made.module].functions[0]):
            for number in flow.bindings.get(name or "", ()):
                node = flow.nodes[number]
                if node.op == "import" and node.args[0] == module:
                    return True
        return False

    def _gateway(self, call: ModelCall, tracer: TracerRule) -> bool:
        if not tracer.base_urls or (call.argument("base_url") is None and not call.objects):
            return False
        for reading in self.effective.readings(call, "base_url"):
            if isinstance(reading.value, str) and any(u in reading.value for u in tracer.base_urls):
                return True
        return False

    # callbacks -------------------------------------------------------------------------------------------------

    def _handed_in(self, call: ModelCall, covering: list[TracerRule]) -> Recorder | None:
        """A recorder among the arguments of the call or of its client."""
        places = [p for p in (call.argument_call, *(o.made for o in call.objects)) if p is not None]
        unread: Recorder | None = None
        for rule in covering:
            for place in places if rule.argument else ():
                for argument in rule.argument:
                    given = self.effective.reader.path(place, argument).refs
                    if given and not rule.initialise:
                        return Recorder(rule.library)
                    for value in self._members(given):
                        if isinstance(value, Made) and value.name in rule.initialise:
                            return Recorder(rule.library)
                        if isinstance(value, ObjectValue) and self._counts(value.cls, call):
                            return Recorder(self.resolver.classes.flow(value.cls).name)
                        if not self._is_plain(value):
                            unread = Recorder(argument, certain=False)
        return unread

    def _members(self, given: list[Ref]) -> Iterator[Value]:
        """What a list of callbacks holds; a single one is given as it is."""
        for value in (v for ref in given for v in self.resolver.values(ref)):
            if isinstance(value, Container):
                yield from self.resolver.containers.elements(value)
            else:
                yield value

    def _is_plain(self, value: Value) -> bool:
        """Certainly no recorder: nothing, a handler of the project, or one of a library whose recorders are known."""
        if isinstance(value, Made | External):
            recorders = [t for t in self.rules if t.argument or t.spans]
            roots = {n.split(".")[0] for t in recorders for n in (*t.initialise, *t.spans)}
            return value.name.split(".")[0] in roots
        return isinstance(value, ObjectValue) or (isinstance(value, Const) and value.value is None)

    def _counts(self, cls: ClassValue, call: ModelCall) -> bool:
        """Whether a handler of the project reads the usage of what it is told."""
        wanted = AnswerNames(call).usage
        for base in self.resolver.classes.bases(cls)[0]:
            flows = self.program.modules[base.module].functions
            for number in self.resolver.classes.flow(base).methods.values():
                for node in flows[number].nodes:
                    if (node.op == "attr" and node.args[1] in wanted) or (
                        node.op == "const" and node.args[0] in wanted
                    ):
                        return True
        return False

    # blocks ----------------------------------------------------------------------------------------------------

    def _is_used(self, managers: list[str]) -> bool:
        """Whether one of the managers is called anywhere."""
        wanted = {n for n in managers if n.split(".")[0] in self.program.import_roots()}
        calls = [c for n in wanted for c in self.program.calls_by_tail.get(n.rsplit(".", 1)[-1], ())]
        return any(self.callees.of(c).names & wanted for c in calls)

    def _inside(self, ref: Ref, managers: set[str], depth: int, seen: set[tuple[int, int]]) -> bool | None:
        """Whether the place is run inside a `with` over one of the managers, here or at a caller."""
        function = self.program.function(ref)
        if self._is_within(ref, managers, 0):
            return True
        key = (ref.module, ref.function)
        if key in seen:
            return False
        seen.add(key)
        if depth > DEPTH:
            return None
        sites, complete = self.entries.sites(ref.module, function)
        found = [self._inside(s.ref, managers, depth + 1, seen) for s in sites]
        if True in found:
            return True
        return None if None in found or not complete else False

    def _is_within(self, ref: Ref, managers: set[str], depth: int) -> bool:
        """A `with` around the place is over a manager, or over a function of the project that yields inside one."""
        function = self.program.function(ref)
        for _, around in function.ancestors(function.nodes[ref.node].context):
            for number in around.nodes if around.kind == "with" else ():
                if function.nodes[number].op != "call":
                    continue
                callee = self.callees.of(ref.sibling(number))
                if callee.names & managers:
                    return True
                for value in callee.functions if depth < 2 else ():
                    yields = self.resolver.flow_of(value).yields
                    if any(self._is_within(Ref(value.module, value.number, y), managers, depth + 1) for y in yields):
                        return True
        return False

    # tracers that are started ----------------------------------------------------------------------------------

    def _is_meant(self, start: Start, call: ModelCall) -> bool:
        """A tracer that was given a client records that client and no other."""
        if start.clients is None:
            return True
        return any(o.made is None or o.made in start.clients for o in call.objects)

    def _started(self) -> list[Start]:
        """Tracers whose start-up call or assignment stands somewhere in the program."""
        if self._starts is not None:
            return self._starts
        found: list[Start] = []
        for rule in self.rules:
            wanted = {n for n in rule.initialise if n.split(".")[0] in self.program.import_roots()}
            for name in sorted(wanted):
                for call in list(self.program.calls_by_tail.get(name.rsplit(".", 1)[-1], ())):
                    if self.callees.of(call).names & wanted and self._is_run(call):
                        found.append(Start(rule, call, self._clients_in(call) or None))
            for name in rule.assign:
                found += [Start(rule, at) for at in self._assigned(name) if self._is_on(at)]
        self._starts = found
        return found

    def _is_run(self, call: Ref) -> bool:
        """False for a plain function that nothing of the project calls, decorates, or hands on."""
        function = self.program.function(call)
        if function.number == 0 or function.owner != NOTHING or function.parent > 0 or function.decorators:
            return True
        if self.entries.of(call.module, function) is not None:
            return True
        sites, complete = self.entries.sites(call.module, function)
        references = self.program.references_by_tail.get(function.name, ())
        named = any(self.program.node(r).op != "func" for r in references)
        return bool(sites) or not complete or named

    def _assigned(self, name: str) -> list[Ref]:
        """Values given to an attribute of a library, or (`os.environ.NAME`) to a key of the environment."""
        base, _, key = name.rpartition(".")
        owner, _, attribute = base.rpartition(".")
        found = assigned_values(self.resolver, name)
        if attribute != "environ":
            return found
        for ref in self.program.references_by_tail.get(attribute, ()):
            if not any(isinstance(v, External) and v.name == base for v in self.resolver.values(ref)):
                continue
            for store in self.program.function(ref).stores:
                if store.item and store.base == ref.node and key in self.resolver.constants(ref.sibling(store.key)):
                    found.append(ref.sibling(store.value))
        for call in self.program.calls_by_tail.get("setdefault", ()) if owner else ():
            arguments = self.program.node(call).args[1]
            if len(arguments) > 1 and f"{base}.setdefault" in self.callees.of(call).names:
                if key in self.resolver.constants(call.sibling(arguments[0][1])):
                    found.append(call.sibling(arguments[1][1]))
        return found

    def _is_on(self, at: Ref) -> bool:
        """Whether an assigned value switches something on: not None, not empty, not `"false"`."""
        values = self.resolver.values(at)
        for value in values:
            if isinstance(value, Const):
                if value.value is not None and str(value.value).lower() not in OFF:
                    return True
            elif isinstance(value, Container):
                node = self.program.node(value.ref)
                if node.op not in ("list", "tuple", "set", "dict") or node.args:
                    return True
            else:
                return True
        return False
