"""What really shortens a list that is kept, and what only looks like it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from readylint.flow import NOTHING
from readylint.link.history_changes import Change, Changes
from readylint.link.history_counters import Counters
from readylint.link.history_cuts import parts
from readylint.link.history_places import Place
from readylint.link.history_sizes import Size
from readylint.values import Const, Ref

if TYPE_CHECKING:
    from readylint.link.histories import Histories

Verdict = Literal["yes", "maybe", "no"]


@dataclass(slots=True)
class Kept:
    """What was found out about one place."""

    place: Place
    changes: Changes
    grown: list[Change]
    given: list[tuple[Change, Size]]
    """What the place is given as a whole."""


class Shortenings:
    """Judges what takes messages away, and what refuses more of them."""

    def __init__(self, histories: Histories) -> None:
        self.h = histories
        self.program = histories.program
        self.resolver = histories.resolver
        self.counters = Counters(histories.resolver)

    def candidates(self, kept: Kept) -> list[tuple[Change, str]]:
        found: list[tuple[Change, str]] = [(c, s.status if s.is_relative else "fresh") for c, s in kept.given
                 if c.kind == "replaced" and s.status in ("cut", "dropped", "none", "bounded")]  # fmt: skip
        found += [(c, c.kind) for c in kept.changes.of_kind("first", "last", "many", "cleared")]
        return found

    def verdict(self, kept: Kept, change: Change, how: str) -> Verdict:
        """Whether a change keeps the list from growing for ever."""
        if how == "many":
            how = self._deleted(change)
        test = self._tested(change, 0)
        if how == "cut":
            return "yes" if self._is_run(change, kept) else "no"
        if test == "while":
            return "yes"
        if how in ("cleared", "fresh"):
            return "yes" if test == "if" else "maybe" if test == "other" else "no"
        if how == "dropped":
            return "yes" if test == "if" else "no"
        if how == "last":
            fronts = [c for c in kept.grown if self._in_front(c)]
            return "yes" if test == "if" and fronts else "no"
        return self._first(kept, change, test)

    def _first(self, kept: Kept, change: Change, test: str) -> Verdict:
        """One message goes: enough when no more than one comes for each that goes."""
        key = (change.ref.module, change.ref.function)
        function = self.program.function(change.ref)
        if any(c.kind == "handler" for _, c in function.ancestors(change.context)):
            return "maybe"
        gone = [c for c in kept.changes.of_kind("first") if (c.ref.module, c.ref.function) == key]
        come = [c for c in kept.grown if (c.ref.module, c.ref.function) == key]
        if test == "if":
            return "yes" if len(gone) >= len(come) else "no"
        if test == "other":
            return "maybe"
        around = {n for n, _ in function.ancestors(come[0].context)} if come else set()
        return "yes" if come and len(gone) >= len(come) and change.context in around else "no"

    def _in_front(self, change: Change) -> bool:
        return self.h.callees.of(change.ref).tail in ("insert", "appendleft") if self._is_call(change) else False

    def _is_call(self, change: Change) -> bool:
        return self.program.node(change.ref).op == "call"

    def _deleted(self, change: Change) -> str:
        """`del messages[:-20]` keeps the last, `del messages[:2]` drops a few."""
        lower, upper, _ = self.program.node(change.ref.sibling(self.program.node(change.ref).args[1])).args
        ends = self.resolver.constants(change.ref.sibling(upper)) if upper != NOTHING else []
        if upper == NOTHING:
            return "cleared" if lower == NOTHING else "cut"
        negative = self.program.node(change.ref.sibling(upper)).op == "unary" or any(
            isinstance(e, int) and e < 0 for e in ends
        )
        if lower == NOTHING and (negative or not ends):
            return "cut"
        return "dropped"

    def _tested(self, change: Change, depth: int) -> str:
        """The test of a size over a change, also over the calls of its function."""
        found = self.h.cuts.under_size_test(change.ref, change.context, change.start)
        if found in ("while", "if") or depth > 1:
            return found
        function = self.program.function(change.ref)
        for site in self.h.entries.sites(change.ref.module, function)[0] if function.number else ():
            node = self.program.node(site.ref)
            above = self.h.cuts.under_size_test(site.ref, node.context, node.start)
            if above in ("while", "if"):
                return above
        return found

    def _is_run(self, change: Change, kept: Kept) -> bool:
        """Whether anything runs the function that shortens."""
        function = self.program.function(change.ref)
        if function.number == 0 or self.h.entries.of(change.ref.module, function) is not None:
            return True
        if any((c.ref.module, c.ref.function) == (change.ref.module, change.ref.function) for c in kept.grown):
            return True
        sites, complete = self.h.entries.sites(change.ref.module, function)
        return bool(sites) or not complete or function.is_lambda or function.name.startswith("__")

    def shortened(self, ref: Ref, changes: Changes) -> Change | None:
        """What shortens a list that is made in a function."""
        kept = Kept(Place("call", ref.module, ref.function, ""), changes, changes.of_kind("grown"), [])
        found = [(c, self._slice_of(c)) for c in changes.of_kind("replaced")]
        for change, how in [*self.candidates(kept), *found]:
            if self.verdict(kept, change, how) == "yes":
                return change
        return None

    def _slice_of(self, change: Change) -> str:
        """`messages[:] = messages[-20:]`, `messages[:] = compact(messages)`."""
        node = self.program.node(change.ref)
        if node.op == "item" and self.program.node(change.ref.sibling(node.args[1])).op == "slice":
            return "cut" if self.h.cuts.slice(change.ref.sibling(node.args[1])) == "window" else "dropped"
        return "fresh"

    # refusals --------------------------------------------------------------------------------------------------

    def refused(self, kept: Kept, sent: Ref | None) -> Ref | None:
        """`if len(messages) >= 50: raise`, where it grows, is sent, or above that."""
        near = {(c.ref.module, c.ref.function) for c in kept.grown}
        if sent is not None:
            near.add((sent.module, sent.function))
        near |= {(s.ref.module, s.ref.function) for m, f in list(near)
                 for s in self.h.entries.sites(m, self.program.modules[m].functions[f])[0]}  # fmt: skip
        for change in kept.changes.of_kind("measured"):
            function = self.program.function(change.ref)
            for leave in function.exits:
                around = function.contexts[leave.context]
                if around.kind != "if" or not around.branch or not around.nodes or not around.dead:
                    continue
                if leave.kind == "raise" or (change.ref.module, change.ref.function) in near:
                    if self._too_long(change.ref, around.nodes[0]):
                        return change.ref
        return self.counters.stopping(kept.grown)

    def _too_long(self, length: Ref, test: int) -> bool:
        """Whether a test holds when the length is large."""
        function = self.program.function(length)
        for number in parts(function, test):
            node = function.nodes[number]
            if node.op != "compare" or len(node.args[1]) != 1:
                continue
            operator, right = node.args[1][0]
            left_side = length.node in parts(function, node.args[0])
            if not left_side and length.node not in parts(function, right):
                continue
            other = right if left_side else node.args[0]
            limits = [v.value for v in self.resolver.values(length.sibling(other)) if isinstance(v, Const)]
            if any(isinstance(x, int) and x < 3 for x in limits):
                continue
            if operator in (("GreaterThan", "GreaterThanEqual") if left_side else ("LessThan", "LessThanEqual")):
                return True
        return False
