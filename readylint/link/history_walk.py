"""The length of what is sent, read backward from the call: through names, functions, copies and slices."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from readylint.facts import Span
from readylint.flow import NOTHING, FunctionFlow, Node
from readylint.link.history_calls import CallSizes
from readylint.link.history_changes import Change
from readylint.link.history_places import Place
from readylint.link.history_sizes import NONE, UNKNOWN, Size, chosen, joined, worst
from readylint.values import Answer, Const, Container, FunctionValue, Made, Ref

if TYPE_CHECKING:
    from readylint.link.histories import Histories

DEPTH = 40
BUDGET = 1000
"""Nodes that are looked at for one question."""
CALLERS = 24
UNITED = 12
"""Values that are told apart at the head of a loop."""
CONTENT = {"messages", "history", "buffer"}
"""Attributes under which objects that keep a conversation give it."""


@dataclass(slots=True, eq=False)
class Frame:
    """The function being read: what its parameters hold, and where in it (or below) the messages go."""

    sent: Ref | None = None
    given: dict[str, Ref | None] = field(default_factory=dict)
    """The argument of each parameter at the call that is followed; None for one that is left out."""
    outer: Frame | None = None
    """That of the call."""


class Walk:
    """Answers one question."""

    def __init__(self, histories: Histories, active: tuple[Place, ...] = (), sent: Ref | None = None) -> None:
        self.h = histories
        self.sent = sent
        """The call of the model."""
        self.loose = False
        """What is looked for goes into the text of a message."""
        self.resolver = histories.resolver
        self.program = histories.program
        self.active = active
        """Places being judged just now."""
        self.budget = BUDGET
        self._open: set[tuple[Ref, Frame]] = set()
        self._known: dict[tuple[Ref, Frame, bool], Size] = {}
        """What was found out, as far as it does not speak of something that is still being looked at."""
        self._frames: dict[tuple[Ref | None, FunctionValue | None, Frame | None], Frame] = {}
        self._asked: set[tuple[int, int, str]] = set()
        self._depth = 0
        self.calls = CallSizes(self)

    def of(self, ref: Ref, frame: Frame, strict: bool = True) -> Size:
        """The size of a node; `strict` for what is the list of messages itself, else only what is known to grow."""
        key = (ref, frame)
        if key in self._open:
            return Size("same", tag=key)
        known = self._known.get((ref, frame, strict))
        if known is not None:
            return known
        if self.budget <= 0 or self._depth > DEPTH:
            return UNKNOWN if strict else NONE
        self.budget -= 1
        self._depth += 1
        self._open.add(key)
        try:
            found = self._node(ref, frame, strict)
        finally:
            self._open.discard(key)
            self._depth -= 1
        if (not strict and (found.status == "unknown" or found.rows)) or found.tag == key:
            found = NONE  # rows in a text are data like any other
        if not found.is_relative:
            self._known[ref, frame, strict] = found
        return found

    def frame(self, sent: Ref | None, target: FunctionValue | None = None, outer: Frame | None = None) -> Frame:
        """The frame of a place in a caller, or of a function for one call of it."""
        key = (sent, target, outer)
        found = self._frames.get(key)
        if found is None:
            given: dict[str, Ref | None] = {}
            if target is not None and sent is not None:
                given = self.calls.given(target, self.resolver.flow_of(target), sent)
            found = self._frames[key] = Frame(sent if target is None else None, given, outer)
        return found

    def all(self, ref: Ref, numbers: list[int], frame: Frame, strict: bool) -> list[Size]:
        """The sizes of several nodes of a function."""
        return [self.of(ref.sibling(n), frame, strict) for n in numbers if n != NOTHING]

    def span(self, ref: Ref) -> Span:
        """Where a finding about a node stands."""
        return self.program.callee_span(ref)

    def _node(self, ref: Ref, frame: Frame, strict: bool) -> Size:
        node = self.program.node(ref)
        op = node.op
        if op in ("const", "compare", "not", "func", "class", "unknown", "exc", "slice"):
            return NONE if op != "unknown" else UNKNOWN
        if op in ("name", "attr", "item", "call", "import"):
            place = self.h.places.of(ref)
            limited = self.h.limits.declared_length(ref) if op == "attr" and place is not None else None
            if place is not None:
                return limited or self._place(place, frame, strict)
        if op == "union":
            return self._union(ref, node, frame, strict)
        if op in ("await", "star", "enter", "yield"):
            return self.of(ref.sibling(node.args[0]), frame, strict)
        if op == "ifexp":
            by_size = self.h.cuts.test(ref, node.args[0]) == "size"
            return chosen(self.all(ref, list(node.args[1:]), frame, strict), by_size)
        if op == "bool":
            return worst(self.all(ref, list(node.args[1:]), frame, strict))
        if op == "join":
            return self._joined(ref, list(node.args), frame, strict=False)
        if op == "binop":
            return self._binop(ref, node, frame, strict)
        if op in ("list", "tuple", "set"):
            return self.h.growth.changed(self, ref, self._written(ref, node, frame, strict), frame, strict)
        if op == "dict":
            return worst(self.all(ref, [v for _, v in node.args], frame, strict=False))
        if op == "comp":
            return self.h.growth.changed(self, ref, self._comprehension(ref, node, frame, strict), frame, strict)
        if op == "param":
            return self._parameter(ref, str(node.args[0]), frame, strict)
        if op == "call":
            return self.calls.of(ref, node, frame, strict)
        if op == "item":
            return self._item(ref, node, frame, strict)
        if op == "attr":
            return self._attribute(ref, node, frame, strict)
        if op == "name":
            return self._name(ref, node, frame, strict)
        if op == "unpack":
            return self.calls.pairs.of(ref, node, frame, strict)
        return UNKNOWN

    def _place(self, place: Place, frame: Frame, strict: bool) -> Size:
        if place in self.active:
            return Size("same", tag=place)
        return self.h.limits.of_place(self, place, frame.sent, self.loose or not strict)

    # put together ----------------------------------------------------------------------------------------------

    def _joined(self, ref: Ref, numbers: list[int], frame: Frame, strict: bool) -> Size:
        return joined(self.all(ref, numbers, frame, strict), ref, self.span(ref))

    def _binop(self, ref: Ref, node: Node, frame: Frame, strict: bool) -> Size:
        sides = [node.args[1], node.args[2]]
        if node.args[0] != "Add":
            return worst(self.all(ref, sides, frame, strict=False))
        text = any(self._is_text(ref.sibling(n)) for n in sides)
        return self._joined(ref, sides, frame, strict and not text)

    def _is_text(self, ref: Ref) -> bool:
        node = self.program.node(ref)
        return node.op == "join" or (node.op == "const" and isinstance(node.args[0], str))

    def _written(self, ref: Ref, node: Node, frame: Frame, strict: bool) -> Size:
        sizes = []
        for number in node.args:
            starred = self.program.node(ref.sibling(number)).op == "star"
            sizes.append(self.of(ref.sibling(number), frame, strict and starred))
        return joined(sizes, ref, self.span(ref)) if len(sizes) > 1 else worst(sizes)

    def _union(self, ref: Ref, node: Node, frame: Frame, strict: bool) -> Size:
        key = (ref, frame)
        members = self._members(ref, node)
        each = [(n, self._emptied(ref.sibling(n), self.of(ref.sibling(n), frame, strict))) for n in members]
        around = [s for _, s in each if s.tag == key]
        sizes = [s for _, s in each if s.tag != key]
        shorter = next((s for s in around if s.status == "cut"), None)
        for size in around:
            if size.status == "longer" and size.ref is not None and shorter is None:
                sizes.append(self.h.growth.turned(self, size.ref, 0, frame, strict))
        if shorter is not None:
            return Size("bounded", "call", shorter.at)
        function = self.program.function(ref)
        shortened = [function.nodes[n] for n, s in each if s.status in ("cut", "bounded", "dropped")]
        by_size = any(
            self.h.cuts.under_size_test(ref, n.context, n.start) in ("if", "while") for n in shortened if n.context
        )
        return chosen(sizes, by_size)

    def _emptied(self, ref: Ref, size: Size) -> Size:
        """What a function gives back that puts a placeholder into messages, when there are too many."""
        node = self.program.node(ref)
        if node.op != "call" or size.status not in ("same", "unbounded", "unknown"):
            return size
        functions = self.h.callees.of(ref).functions
        if not functions or not all(self.h.cuts.empties(self.resolver.flow_of(f)) for f in functions):
            return size
        if self.h.cuts.under_size_test(ref, node.context, node.start) not in ("if", "while"):
            return size
        return replace(size, status="cut" if size.is_relative else "bounded", at=self.span(ref))

    def _members(self, ref: Ref, node: Node) -> list[int]:
        """What a union stands for; at the head of a loop also what ways out of a turn before its end join again."""
        members = [n for n in node.args if n != ref.node]
        function = self.program.function(ref)
        if ref.node not in function.carried:
            return members
        first = members[0] if members else NOTHING
        pending = members
        members = []
        while pending and len(members) < UNITED:
            number = pending[0]
            pending = pending[1:]
            if self._begins_with(function, number, first, 0):
                pending = [*(n for n in function.nodes[number].args if n != ref.node), *pending]
            elif number not in members:
                members.append(number)
        return members

    def _begins_with(self, function: FunctionFlow, number: int, first: int, depth: int) -> bool:
        """Whether a union inside a loop may also stand for what was there before the loop."""
        node = function.nodes[number]
        if number == first or node.op != "union" or number in function.carried or depth > 3:
            return False
        return any(n == first or self._begins_with(function, n, first, depth + 1) for n in node.args if n != number)

    def _comprehension(self, ref: Ref, node: Node, frame: Frame, strict: bool) -> Size:
        function = self.program.function(ref)
        sources = [
            c.nodes[0]
            for c in function.contexts
            if c.kind == "comp" and c.nodes and node.start <= c.start <= c.end <= node.end
        ]
        size = worst(self.all(ref, sources, frame, strict))
        element = self.of(ref.sibling(node.args[1]), frame, strict=False)
        if size.rows:
            size = self.h.speakers.conversation(size, [ref.sibling(node.args[1])], strict)
        return worst([size, element])

    # entries and attributes ------------------------------------------------------------------------------------

    def _item(self, ref: Ref, node: Node, frame: Frame, strict: bool) -> Size:
        key = ref.sibling(node.args[1])
        written = self.program.node(key)
        if written.op == "slice":
            return self._sliced(ref, self.of(ref.sibling(node.args[0]), frame, strict), self.h.cuts.slice(key))
        if written.op == "const" and isinstance(written.args[0], int):
            return NONE
        base = self.of(ref.sibling(node.args[0]), frame, strict=True)
        if base.status in ("bounded", "unbounded") and base.rows:
            return self.h.growth.changed(self, ref, base, frame, strict)
        return self._by_value(ref, frame, strict)

    def _sliced(self, ref: Ref, base: Size, cut: str) -> Size:
        if cut == "same" or base.status in ("none", "bounded", "cut"):
            return base
        if cut == "dropped":
            return replace(base, status="dropped", at=self.span(ref)) if base.status == "same" else base
        if base.is_relative:
            return replace(base, status="cut", at=self.program.span(ref))
        return replace(base, status="bounded", at=self.program.span(ref))

    def _attribute(self, ref: Ref, node: Node, frame: Frame, strict: bool) -> Size:
        functions = self.h.places.property_function(ref)
        if functions:
            return self.calls.returned([FunctionValue(m, n, True) for m, n in functions], None, frame, strict)
        base = self.of(ref.sibling(node.args[0]), frame, strict=True)
        if base.status in ("bounded", "unbounded") and (base.rows or node.args[1] in CONTENT):
            return self.h.growth.changed(self, ref, base, frame, strict)
        return self._by_value(ref, frame, strict)

    def _name(self, ref: Ref, node: Node, frame: Frame, strict: bool) -> Size:
        flows = self.program.modules[ref.module].functions
        parent = flows[ref.function].parent
        while parent > 0:
            if any(p.name == node.args[0] for p in flows[parent].params):
                for param in self.h.changes.parameters(ref.module, parent, str(node.args[0])):
                    return self.of(param, self.frame(None), strict)
                break
            parent = flows[parent].parent
        return self._by_value(ref, frame, strict)

    def _by_value(self, ref: Ref, frame: Frame, strict: bool) -> Size:
        """Through what the node may stand for, where the way there is not written out."""
        sizes: list[Size] = []
        for value in self.resolver.values(ref):
            if isinstance(value, Container) and value.ref != ref:
                sizes.append(self.of(value.ref, self.frame(None), strict))
            elif isinstance(value, Const | Answer):
                sizes.append(NONE)
            elif isinstance(value, Made) and value.name.replace("()", "") in self.h.bounds:
                sizes.append(Size("bounded", at=self.span(ref)))
            else:
                sizes.append(UNKNOWN)
        return worst(sizes) if sizes else UNKNOWN

    # parameters ------------------------------------------------------------------------------------------------

    def _parameter(self, ref: Ref, name: str, frame: Frame, strict: bool) -> Size:
        if name in frame.given:
            return self.h.growth.changed(self, ref, self.argument(name, frame, strict), frame, strict)
        function = self.program.function(ref)
        handed = self.h.handed_in(ref.module, function, name)
        if handed is not None:
            return self.h.growth.changed(self, ref, handed, frame, strict)
        size = self._passed(ref, function, name, strict)
        if size.status == "unknown" and self._is_text_param(ref, function, name):
            return NONE
        return self.h.growth.changed(self, ref, size, frame, strict)

    def _is_text_param(self, ref: Ref, function: FunctionFlow, name: str) -> bool:
        """`prompt: str` is one text, whoever hands it in."""
        param = next((p for p in function.params if p.name == name), None)
        if param is None or param.annotation == NOTHING:
            return False
        outer = self.program.modules[ref.module].functions[max(function.parent, 0)]
        written = outer.nodes[param.annotation]
        return written.op == "name" and written.args[0] == "str"

    def argument(self, name: str, frame: Frame, strict: bool) -> Size:
        """What the call that is followed gives for a parameter."""
        argument = frame.given[name]
        return self.of(argument, frame.outer or self.frame(None), strict) if argument is not None else NONE

    def _passed(self, ref: Ref, function: FunctionFlow, name: str, strict: bool) -> Size:
        """What callers hand in."""
        key = (ref.module, function.number, name)
        if key in self._asked:  # a function that calls itself
            return Size("same", tag=key)
        if self.calls.is_far(strict):
            return UNKNOWN
        self._asked.add(key)
        self.calls.crossed += 1
        try:
            sizes = self._from_callers(ref, function, name, strict)
        finally:
            self.calls.crossed -= 1
            self._asked.discard(key)
        if any(s.tag == key and s.status == "longer" for s in sizes):
            return UNKNOWN
        return worst(s for s in sizes if s.tag != key)

    def _from_callers(self, ref: Ref, function: FunctionFlow, name: str, strict: bool) -> list[Size]:
        passed = self.h.passed(ref.module, function.number, name)
        default = self.h.places.default(ref, name)
        sizes: list[Size] = []
        left_out = not passed
        for site, argument in passed[: CALLERS + 1]:
            if argument is None:
                left_out = True
            else:
                sizes.append(self.of(argument, self.frame(site), strict))
        if left_out and default is not None:
            sizes.append(self._place(default, self.frame(ref), strict))
        elif not sizes and not (passed and self._has_default(function, name)):
            sizes.append(UNKNOWN)
        if strict and (len(passed) > CALLERS or not self.resolver.callers.of(ref.module, function.number).complete):
            sizes.append(UNKNOWN)
        return sizes

    def _has_default(self, function: FunctionFlow, name: str) -> bool:
        return any(p.name == name and p.default != NOTHING for p in function.params)

    def appended(self, change: Change, frame: Frame, strict: bool) -> Size:
        """What a change adds."""
        if change.amount is None:
            return NONE
        return self.of(change.amount, frame, strict and change.many)
