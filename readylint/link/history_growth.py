"""Growth of lists that are made for one request: loops that fill them, and what stops these."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.facts import Span
from readylint.link.history_changes import Change
from readylint.link.history_sizes import NONE, UNKNOWN, Size, worst
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.histories import Histories
    from readylint.link.history_walk import Frame, Walk
    from readylint.link.surroundings import Loop


class Growth:
    """Looks at what is done to a list where it is read."""

    def __init__(self, histories: Histories) -> None:
        self.h = histories
        self.program = histories.program

    def changed(self, walk: Walk, ref: Ref, size: Size, frame: Frame, strict: bool) -> Size:
        """The size of a list with what is done to it after it was made."""
        changes = self.h.changes.of_node(ref)
        if not changes.found:
            return size
        made = self.program.node(ref).context
        sizes = [size]
        for change in changes.of_kind("grown"):
            sizes.append(self._added(walk, ref, change, made, frame, strict))
        found = worst(sizes)
        if found.status in ("unbounded", "unknown") or found.is_relative:
            cut = self.h.limits.shortening.shortened(ref, changes)
            if cut is not None:
                at = self.program.callee_span(cut.ref)
                return replace(found, status="cut" if found.is_relative else "bounded", at=at, rows=False)
        return found

    def _added(self, walk: Walk, ref: Ref, change: Change, made: int, frame: Frame, strict: bool) -> Size:
        home = (change.ref.module, change.ref.function) == (ref.module, ref.function)
        at = change.ref if home else frame.sent
        if at is None or (at.module, at.function) != (ref.module, ref.function):
            return NONE
        amount = walk.appended(change, frame, strict) if home else NONE
        function = self.program.function(ref)
        around = {n for n, _ in function.ancestors(made)}
        context = change.context if home else function.nodes[at.node].context
        loops = [n for n, c in function.ancestors(context) if c.kind in ("for", "while") and n not in around]
        if not loops:
            return amount
        return worst([amount, *(self._loop(walk, at, n, frame, strict, change) for n in loops)])

    def turned(self, walk: Walk, ref: Ref, made: int, frame: Frame, strict: bool) -> Size:
        """What a loop makes of something that is put together anew, longer, on each turn."""
        function = self.program.function(ref)
        around = {n for n, _ in function.ancestors(made)}
        context = function.nodes[ref.node].context
        loop = next((n for n, c in function.ancestors(context) if c.kind in ("for", "while") and n not in around), None)
        return self._loop(walk, ref, loop, frame, strict, None) if loop is not None else NONE

    def _loop(self, walk: Walk, at: Ref, loop: int, frame: Frame, strict: bool, change: Change | None) -> Size:
        function = self.program.function(at)
        context = function.contexts[loop]
        sent = frame.sent
        inside = (
            sent is not None
            and (sent.module, sent.function) == (at.module, at.function)
            and any(n == loop for n, _ in function.ancestors(function.nodes[sent.node].context))
        )
        where = self.program.callee_span(change.ref if change is not None else at)
        if context.kind == "for":
            source = walk.of(at.sibling(context.nodes[0]), frame, strict)
            if source.rows:
                source = self.h.speakers.conversation(source, self._appended(at, loop), strict)
            if source.status != "none" and self.h.cuts.breaks_for_size(at, loop):
                return replace(source, status="cut" if source.is_relative else "bounded", at=where)
            if inside:
                return source if source.status == "unbounded" else Size("bounded", "call", where)
            return source
        if not inside or sent is None:
            if self.h.cuts.test(at, context.nodes[0]) == "size" or self.h.cuts.breaks_for_size(at, loop):
                return Size("bounded", "call", where)
            kind = self.h.surroundings.loop(at)
            return NONE if kind == "bounded" else UNKNOWN
        return self.by_loop(self.h.surroundings.loop(sent), where)

    def by_loop(self, kind: Loop, at: Span) -> Size:
        """What a list becomes that grows on each turn of a loop."""
        if kind == "unbounded":
            return Size("unbounded", "call", at)
        if kind == "person":
            return Size("unbounded", "session", at)
        return Size("bounded", "call", at) if kind == "bounded" else NONE if kind == "none" else UNKNOWN

    def _appended(self, at: Ref, loop: int) -> list[Ref]:
        """What is put into lists inside a loop."""
        function = self.program.function(at)
        found: list[Ref] = []
        for number in function.calls:
            node = function.nodes[number]
            target = function.nodes[node.args[0]]
            if target.op == "attr" and target.args[1] in ("append", "insert", "appendleft") and node.args[1]:
                if any(n == loop for n, _ in function.ancestors(node.context)):
                    found.append(at.sibling(node.args[1][-1][1]))
        return found
