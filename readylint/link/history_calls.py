"""The length of what calls give: functions of the language, of the project, of libraries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow, Node
from readylint.link.history_pairs import MOST, PairSizes
from readylint.link.history_sizes import NONE, UNKNOWN, Size, chosen, worst
from readylint.values import Answer, Const, FunctionValue, Made, ObjectValue, Ref

if TYPE_CHECKING:
    from readylint.link.history_walk import Frame, Walk

COPIES = {
    "list", "tuple", "copy", "deepcopy", "dumps", "loads", "cast", "reversed", "sorted", "str", "join", "filter", "map",
    "enumerate", "chain", "zip", "dict", "set", "values", "items", "iter",
}  # fmt: skip
"""Functions and methods that give as many messages as they get."""
SINGLE = {
    "len", "max", "min", "sum", "any", "all", "next", "int", "float", "bool", "round", "hash", "id", "type",
    "isinstance", "count", "exists",
}  # fmt: skip
"""Functions and methods that give one number or answer, whatever they look at."""
TEXT = {"format", "format_map", "join", "str", "strip", "rstrip", "lstrip", "replace", "lower", "title", "dedent"}
"""Functions and methods that give one text: not a list of messages, whatever goes into it."""
FUNCTIONS = 6
"""Calls that are followed up or down from the call of the model."""


class CallSizes:
    """Answers for the calls that a walk comes through."""

    def __init__(self, walk: Walk) -> None:
        self.walk = walk
        self.h = walk.h
        self.resolver = walk.resolver
        self.program = walk.program
        self.pairs = PairSizes(self)
        self.crossed = 0
        """Calls that were followed to get where the walk is."""

    def of(self, ref: Ref, node: Node, frame: Frame, strict: bool) -> Size:
        callee = self.h.callees.of(ref)
        arguments = [n for _, n in node.args[1]]
        rule = self.h.stores.rule(ref)
        if rule is not None:
            changes = self.h.changes.of_node(ref)
            return self.h.growth.changed(self.walk, ref, self.h.stores.of(ref, rule, changes), frame, strict)
        if callee.names & self.h.bounds:
            return self._bounding(ref, arguments, frame)
        if self._whole_conversation(ref, callee.tail):
            return Size(
                "longer", tag=self.walk.active[-1] if self.walk.active else "answer", ref=ref, at=self.walk.span(ref)
            )
        if callee.functions:
            return self.h.growth.changed(self.walk, ref, self._project(ref, node, frame, strict), frame, strict)
        if callee.tail == "deque" or callee.tail in COPIES or callee.tail == "range" or callee.tail in SINGLE:
            size = self._standard(ref, node, callee.tail, arguments, frame, strict)
            if size.status == "unknown" and callee.tail in TEXT:
                size = NONE
            return self.h.growth.changed(self.walk, ref, size, frame, strict)
        return self._other(ref, node, arguments, frame, strict)

    def _bounding(self, ref: Ref, arguments: list[int], frame: Frame) -> Size:
        inner = worst(self.walk.all(ref, arguments, frame, strict=False))
        if inner.is_relative:
            return replace(inner, status="cut", at=self.walk.span(ref))
        return Size("bounded", inner.scope, self.walk.span(ref), kept=inner.kept)

    def _standard(self, ref: Ref, node: Node, tail: str, arguments: list[int], frame: Frame, strict: bool) -> Size:
        """Functions of the language."""
        if tail in SINGLE:
            return NONE
        if tail == "range":
            lengths = [n for n in arguments if self.program.node(ref.sibling(n)).op == "call"]
            inner = [a for n in lengths for _, a in self.program.node(ref.sibling(n)).args[1]]
            return worst(self.walk.all(ref, inner, frame, strict))
        if tail == "deque":
            base = worst(self.walk.all(ref, arguments[:1], frame, strict))
            if self.resolver.argument(ref, "maxlen", 1) is not None:
                return (
                    replace(base, status="cut")
                    if base.is_relative
                    else Size("bounded", base.scope, self.walk.span(ref), kept=base.kept)
                )
            return base
        target = self.program.node(ref.sibling(node.args[0]))
        if tail in ("filter", "map", "cast") and len(arguments) > 1:
            arguments = arguments[1:]
        if tail in ("copy", "values", "items", "tolist") and not arguments and target.op == "attr":
            arguments = [target.args[0]]
        elif tail == "join" and target.op != "attr":
            return UNKNOWN
        loose = tail in ("dict", "dumps", "str", "values", "items")
        return worst(self.walk.all(ref, arguments, frame, strict and not loose))

    def _other(self, ref: Ref, node: Node, arguments: list[int], frame: Frame, strict: bool) -> Size:
        """A class or an unknown function: what grows inside its arguments comes out again."""
        target = self.program.node(ref.sibling(node.args[0]))
        inside = list(arguments)
        if target.op == "attr":
            inside.append(target.args[0])
        values = self.resolver.values(ref)
        if values and all(isinstance(v, Answer | Const) for v in values):
            return NONE
        if not strict and self._is_handed_in(ref, target):
            return NONE
        found = worst(self.walk.all(ref, inside, frame, strict=False))
        if found.status != "none" or self.h.callees.of(ref).tail in TEXT:
            return found
        made = any(isinstance(v, Made | ObjectValue) and self._is_class(v) for v in values)
        if made and strict and any(c.kind == "grown" for c in self.h.changes.of_node(ref).found):
            return self.h.growth.changed(self.walk, ref, NONE, frame, strict)  # an object that messages are put into
        return NONE if made and not strict else UNKNOWN

    def _is_handed_in(self, ref: Ref, target: Node) -> bool:
        """A function that somebody hands in: `self.ask(messages)`, `ask(messages)`. It may well answer in one word."""
        if target.op == "param":
            return True
        if target.op != "attr":
            return False
        return any(
            isinstance(v, ObjectValue) and self.resolver.classes.stores(v.cls, str(target.args[1]))
            for v in self.resolver.values(ref.sibling(target.args[0]))
        )

    def _is_class(self, value: Made | ObjectValue) -> bool:
        return isinstance(value, ObjectValue) or value.name.rsplit(".", 1)[-1][:1].isupper()

    def _whole_conversation(self, ref: Ref, tail: str) -> bool:
        """`result.all_messages()`: what was sent, and the answer."""
        if tail not in self.h.whole:
            return False
        target = self.program.node(ref.sibling(self.program.node(ref).args[0]))
        if target.op != "attr":
            return False
        return any(isinstance(v, Answer) for v in self.resolver.values(ref.sibling(target.args[0])))

    def _project(self, ref: Ref, node: Node, frame: Frame, strict: bool) -> Size:
        callee = self.h.callees.of(ref)
        if len(callee.functions) > MOST or self.is_far(strict):
            return UNKNOWN
        self.crossed += 1
        try:
            return self.returned(callee.functions, ref, frame, strict)
        finally:
            self.crossed -= 1

    def is_far(self, strict: bool) -> bool:
        """Whether enough functions were gone through; what is only part of a message is not looked for as far."""
        return self.crossed >= (FUNCTIONS if strict else FUNCTIONS // 3)

    def returned(self, functions: list[FunctionValue], call: Ref | None, frame: Frame, strict: bool) -> Size:
        """What functions of the project give back for the arguments of one call."""
        found: list[Size] = []
        for target in functions:
            flow = self.resolver.flow_of(target)
            inner = self.walk.frame(call, target, frame)
            exits = [e for e in flow.exits if e.kind == "return" and e.node != NOTHING]
            at = Ref(target.module, target.number, 0)
            if flow.is_generator:
                sizes = [self._yielded(at.sibling(n), inner, strict) for n in flow.yields]
            else:
                sizes = [self.walk.of(at.sibling(e.node), inner, strict) for e in exits]
            by_size = any(
                self.h.cuts.test(at, c.nodes[0]) == "size"
                for c in flow.contexts
                if c.kind in ("if", "while") and c.nodes
            )
            size = chosen(sizes, by_size) if sizes else UNKNOWN
            if size.status in ("unknown", "none") and self.h.cuts.trims(flow.name):
                arguments = [self.walk.argument(n, inner, strict=True) for n in sorted(inner.given)]
                whole = [s for s in arguments if s.status in ("unbounded", "same")]
                if whole:
                    size = replace(whole[0], status="cut" if whole[0].is_relative else "bounded", rows=False)
            found.append(size)
        return worst(found)

    def _yielded(self, ref: Ref, frame: Frame, strict: bool) -> Size:
        """How much one `yield` gives over all of its turns."""
        node = self.program.node(ref)
        if node.op == "iter" and node.context == 0:
            return self.walk.of(ref.sibling(node.args[0]), frame, strict)
        element = self.walk.of(ref, frame, strict=False)
        return worst([element, self.h.growth.turned(self.walk, ref, 0, frame, strict)])

    def given(self, target: FunctionValue, flow: FunctionFlow, call: Ref) -> dict[str, Ref | None]:
        """The arguments of one call by parameter; None for a constant default."""
        given: dict[str, Ref | None] = {}
        if self.program.node(call).op != "call":
            return given
        for keyword, number in self.program.node(call).args[1]:
            if keyword in ("*", "**"):
                continue
            name = self.resolver.callers.parameter_of(target, call, number)
            if name is not None:
                given[name] = call.sibling(number)
        for param in flow.params:
            if param.name not in given and param.default != NOTHING:
                outer = self.program.modules[target.module].functions[max(flow.parent, 0)]
                if outer.nodes[param.default].op == "const":
                    given[param.name] = None
        return given
