"""The length of one of several things that are given back at once: `system, messages = split(history)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING, Node
from readylint.link.history_sizes import NONE, UNKNOWN, Size, worst
from readylint.values import Const, FunctionValue, Ref

if TYPE_CHECKING:
    from readylint.link.history_calls import CallSizes
    from readylint.link.history_walk import Frame

DEPTH = 6
MOST = 6
"""Functions that one call may be of."""
CHOICES = {"union": 0, "bool": 1, "ifexp": 1}
"""Nodes that stand for one of their operands, and the position of the first of these."""


class PairSizes:
    """Follows one entry of a tuple back to where the tuple is written."""

    def __init__(self, calls: CallSizes) -> None:
        self.calls = calls
        self.walk = calls.walk
        self.program = calls.walk.program

    def of(self, ref: Ref, node: Node, frame: Frame, strict: bool) -> Size:
        """The size of what a name gets where several are bound at once."""
        size = self._entry(ref.sibling(node.args[0]), node.args[1], frame, strict, 0)
        return self.calls.h.growth.changed(self.walk, ref, size, frame, strict)

    def _entry(self, ref: Ref, index: int, frame: Frame, strict: bool, depth: int) -> Size:
        node = self.program.node(ref)
        if depth > DEPTH:
            return UNKNOWN
        if node.op in ("tuple", "list"):
            return self._written(ref, node, index, frame, strict)
        if node.op in CHOICES:
            members = [n for n in node.args[CHOICES[node.op] :] if n != ref.node]
            return worst(self._entry(ref.sibling(n), index, frame, strict, depth + 1) for n in members)
        if node.op == "await":
            return self._entry(ref.sibling(node.args[0]), index, frame, strict, depth + 1)
        if node.op == "const":
            return NONE
        if node.op == "call":
            functions = self.calls.h.callees.of(ref).functions
            if functions and len(functions) <= MOST and not self.calls.is_far(strict):
                return self._returned(functions, ref, index, frame, strict, depth)
        return self._by_value(ref, frame, strict)

    def _written(self, ref: Ref, node: Node, index: int, frame: Frame, strict: bool) -> Size:
        if index >= len(node.args) or any(
            self.program.node(ref.sibling(n)).op == "star" for n in node.args[: index + 1]
        ):
            return UNKNOWN
        return self.walk.of(ref.sibling(node.args[index]), frame, strict)

    def _returned(
        self, functions: list[FunctionValue], call: Ref, index: int, frame: Frame, strict: bool, depth: int
    ) -> Size:
        """What functions of the project give back at this place."""
        found: list[Size] = []
        self.calls.crossed += 1
        try:
            for target in functions:
                flow = self.calls.resolver.flow_of(target)
                if flow.is_generator:
                    return UNKNOWN
                inner = self.walk.frame(call, target, frame)
                at = Ref(target.module, target.number, 0)
                exits = [e.node for e in flow.exits if e.kind == "return" and e.node != NOTHING]
                found += [self._entry(at.sibling(n), index, inner, strict, depth + 1) for n in exits]
        finally:
            self.calls.crossed -= 1
        return worst(found) if found else UNKNOWN

    def _by_value(self, ref: Ref, frame: Frame, strict: bool) -> Size:
        """A tuple that is kept somewhere, or whatever goes into what gives one."""
        values = self.calls.resolver.values(ref)
        if values and all(isinstance(v, Const) for v in values):
            return NONE
        return UNKNOWN if strict else self.walk.of(ref, frame, strict=False)
