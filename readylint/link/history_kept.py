"""Conversations that an SDK keeps by itself: chat objects, memories, checkpoints."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from readylint.catalogue import Argument, Memory
from readylint.flow import NOTHING
from readylint.link.calls import ModelCall
from readylint.link.history_cuts import parts
from readylint.link.history_sizes import NONE, UNKNOWN, Size, worst
from readylint.link.objects import PIPE
from readylint.values import Const, FunctionValue, Made, ObjectValue, Open, Ref, SdkObject, Unknown

if TYPE_CHECKING:
    from readylint.facts import Span
    from readylint.link.histories import Histories


class KeptBySdk:
    """Looks at the objects that a call is made on."""

    def __init__(self, histories: Histories) -> None:
        self.h = histories
        self.program = histories.program
        self.resolver = histories.resolver

    def of(self, call: ModelCall) -> Size | None:
        """What the objects of a call keep; None when they keep nothing."""
        found = [self._of_object(call, value) for value in call.objects]
        kept = [size for size in found if size is not None]
        return worst(kept) if kept else None

    def _of_object(self, call: ModelCall, value: SdkObject) -> Size | None:
        cut = self._cut_in_pipe(value)
        for memory, made in self._memories(value):
            size = self._of_memory(call, memory, made)
            if size is not None:
                if cut is not None and size.status == "unbounded":
                    size = Size("bounded", size.scope, cut)
                return replace(size, kept=size.kept or Made("", made))
        if call.call.history != "sdk":
            return None
        if not value.overlays:
            return Size("unknown", "session")
        return self._of_chat(call, value, value.overlays[-1].ref)

    # chat objects ----------------------------------------------------------------------------------------------

    def _of_chat(self, call: ModelCall, value: SdkObject, made: Ref) -> Size:
        """It grows as long as the object lives."""
        at = self.program.callee_span(made)
        if self._is_made_here(call, made):
            grown = self.h.growth.by_loop(self.h.lives.loop_between(call.ref, self.program.node(made).context), at)
        else:
            grown = self._by_life(call, made, at)
        return worst([grown, self._begun_with(value, made)])

    def _is_made_here(self, call: ModelCall, made: Ref) -> bool:
        """Whether the call is made on what its own function has just made, wherever that is kept afterwards."""
        if (call.ref.module, call.ref.function) != (made.module, made.function):
            return False
        node = self.program.node(call.ref)
        number = node.args[0] if node.op == "call" else call.ref.node
        while (inner := self.program.node(call.ref.sibling(number))).op in ("attr", "await"):
            number = inner.args[0]
        return number == made.node

    def _begun_with(self, value: SdkObject, made: Ref) -> Size:
        views = {v.id: v for v in self.resolver.knowledge.sdks[value.sdk].views}
        spec = views[value.overlays[-1].view].arguments.get("history") if value.overlays[-1].view in views else None
        return self.h.at(made, spec, made) if spec is not None else NONE

    def _by_life(self, call: ModelCall, made: Ref, at: Span) -> Size:
        lives = self.h.lives.of(made)
        for life in lives:
            if life.kind == "long":
                return Size("unbounded", life.scope, at, kept=Made("", made))
        if any(life.kind == "unknown" for life in lives):
            return Size("unknown", "session", at)
        sizes = []
        for life in lives:
            loop = self.h.lives.repeats(call.ref, life.made)
            sizes.append(self.h.growth.by_loop(loop, at))
        return worst(sizes)

    # memories --------------------------------------------------------------------------------------------------

    def _memories(self, value: SdkObject) -> list[tuple[Memory, Ref]]:
        sdk = self.resolver.knowledge.sdks[value.sdk]
        views = {v.id: v for v in sdk.views}
        found: list[tuple[Memory, Ref]] = []
        for overlay in reversed(value.overlays):
            view = views.get(overlay.view)
            if view is not None and view.memory is not None:
                found.append((view.memory, overlay.ref))
        client = self.resolver.knowledge.client(value.sdk, value.constructor)
        if client is not None and client.memory is not None and value.made is not None:
            found.append((client.memory, value.made))
        return found

    def _of_memory(self, call: ModelCall, memory: Memory, made: Ref) -> Size | None:
        given = self.h.reader.find(made, Argument(at=memory.at, position=memory.position))
        refs = [r for r in given.refs if not self._is_nothing(r)]
        if not refs and not memory.always:
            return UNKNOWN if given.unknown else None
        at = self.program.callee_span(made)
        shortened = self._shortened(memory, made)
        if shortened is not None:
            return Size("bounded", memory.scope, shortened) if shortened else UNKNOWN
        sizes = [self._of_value(call, memory, r, at) for r in refs] or [Size("unbounded", memory.scope, at)]
        return worst(sizes)

    def _is_nothing(self, ref: Ref) -> bool:
        values = self.resolver.values(ref)
        return bool(values) and all(isinstance(v, Const) and not v.value for v in values)

    def _shortened(self, memory: Memory, made: Ref) -> Span | Literal[False] | None:
        """Where the conversation is shortened; False when something unknown may do it."""
        found: Literal[False] | None = None
        for keyword in memory.bounded_by:
            given = self.h.reader.path(made, keyword)
            for ref in given.refs:
                node = self.program.node(ref)
                members = list(node.args) if node.op in ("list", "tuple") else [ref.node]
                values = [v for n in members for v in self.resolver.values(ref.sibling(n))]
                if any(self._bounds(v) for v in values):
                    return self.program.span(ref)
                if any(isinstance(v, Unknown | Open) for v in values):
                    found = False
            if given.unknown:
                found = False
        return found

    def _bounds(self, value: object) -> bool:
        if isinstance(value, Made):
            return value.name.replace("()", "") in self.h.bounds
        if isinstance(value, FunctionValue):
            flow = self.resolver.flow_of(value)
            if self.h.cuts.trims(flow.name):
                return True
            at = Ref(value.module, value.number, 0)
            return any(self.h.callees.of(at.sibling(n)).names & self.h.bounds for n in flow.calls) or any(
                n.op == "slice" and self.h.cuts.slice(at.sibling(i)) == "window" for i, n in enumerate(flow.nodes)
            )
        return False

    def _of_value(self, call: ModelCall, memory: Memory, ref: Ref, at: Span) -> Size:
        sizes: list[Size] = []
        for value in self.resolver.values(ref):
            if memory.factory and isinstance(value, FunctionValue):
                flow = self.resolver.flow_of(value)
                inner = [
                    Ref(value.module, value.number, e.node)
                    for e in flow.exits
                    if e.kind == "return" and e.node != NOTHING
                ]
                made = [v for r in inner for v in self.resolver.values(r)] + self._made_in(value)
                bounded = any(self._bounds(v) for v in made)
                sizes.append(Size("bounded" if bounded else "unbounded", memory.scope, at))
            elif isinstance(value, Made):
                name = value.name.replace("()", "")
                if name in self.h.bounds:
                    sizes.append(Size("bounded", memory.scope, self.program.callee_span(value.ref)))
                elif memory.scope == "session":
                    size = self._by_life(call, value.ref, self.program.callee_span(value.ref))
                    sizes.append(size if size.status != "unknown" else replace(size, scope=memory.scope))
                else:
                    sizes.append(Size("unbounded", memory.scope, at))
            elif isinstance(value, ObjectValue):
                sizes.append(UNKNOWN)
            elif isinstance(value, Const):
                sizes.append(Size("unbounded", memory.scope, at) if value.value is True else NONE)
            else:
                sizes.append(UNKNOWN)
        return worst(sizes) if sizes else UNKNOWN

    def _made_in(self, target: FunctionValue) -> list[object]:
        """Everything that a factory builds, whatever of it is returned."""
        flow = self.resolver.flow_of(target)
        at = Ref(target.module, target.number, 0)
        return [v for n in flow.calls for v in self.resolver.values(at.sibling(n)) if isinstance(v, Made)]

    # pipelines -------------------------------------------------------------------------------------------------

    def _cut_in_pipe(self, value: SdkObject) -> Span | None:
        """`trimmer | model`: a step of the pipeline that shortens."""
        for overlay in value.overlays:
            if overlay.view != PIPE:
                continue
            function = self.program.function(overlay.ref)
            for number in parts(function, overlay.ref.node):
                at = overlay.ref.sibling(number)
                if function.nodes[number].op == "binop":
                    continue
                if any(self._bounds(v) for v in self.resolver.values(at)):
                    return self.program.span(at)
        return None

    def cut_in_pipe(self, call: ModelCall) -> Span | None:
        """Where a pipeline shortens what all its ways are given."""
        found = [self._cut_in_pipe(value) for value in call.objects]
        return found[0] if found and all(f is not None for f in found) else None
