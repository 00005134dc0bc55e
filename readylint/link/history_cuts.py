"""What shortens a list: slices that keep its end, and tests of its size."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from readylint.flow import NOTHING, FunctionFlow
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

ORDERED = ("LessThan", "LessThanEqual", "GreaterThan", "GreaterThanEqual")
_SIZE = re.compile(r"token|len|count|size|char|total|used|budget|turns|limit|window|num_|max", re.IGNORECASE)
_TRIM = re.compile(
    r"trim|trunc|window|summar|compact|compress|prune|shorten|shrink|evict|clip|fit_|_fit|recent|last_n|limit",
    re.IGNORECASE,
)
Cut = Literal["window", "dropped", "same"]
_PARTS = 80


class Cuts:
    """Looks at slices and at tests."""

    def __init__(self, resolver: Resolver, callees: Callees) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees

    # slices ----------------------------------------------------------------------------------------------------

    def slice(self, key: Ref) -> Cut:
        """What a slice leaves: a window of limited size, all but the first few, or all that matters."""
        lower, upper, _ = self.program.node(key).args
        start, end = self._sign(key, lower), self._sign(key, upper)
        if start == "negative":
            return "window"
        if start in ("none", "zero"):
            return "window" if end in ("positive", "zero", "open") else "same"
        if start == "positive":
            return "window" if end in ("positive", "open") else "dropped"
        return "window"

    def _sign(self, key: Ref, number: int) -> str:
        if number == NOTHING:
            return "none"
        node = self.program.node(key.sibling(number))
        if node.op == "unary":
            return "negative"
        values = self.resolver.constants(key.sibling(number))
        signs = {self._of(v) for v in values if v is None or isinstance(v, int | float)}
        if len(values) != len(self.resolver.values(key.sibling(number))) or not signs:
            return "open"
        if signs <= {"positive", "zero"} and len(signs) == 2:
            return "positive"
        return signs.pop() if len(signs) == 1 else "open"

    def _of(self, value: float | None) -> str:
        if value is None:
            return "none"
        return "negative" if value < 0 else "positive" if value > 0 else "zero"

    # tests -----------------------------------------------------------------------------------------------------

    def under_size_test(self, ref: Ref, context: int, start: int) -> Literal["while", "if", "other", "no"]:
        """The test of a size under which a place stands: repeated, once, of something else (a time), or none."""
        function = self.program.function(ref)
        found: Literal["if", "other", "no"] = "no"
        for number, around in function.ancestors(context):
            if around.kind in ("while", "if", "match") and around.nodes:
                kind = self.test(ref, around.nodes[0])
                if kind == "size" and around.kind == "while":
                    return "while"
                if kind == "size" or (kind == "other" and found == "no"):
                    found = "if" if kind == "size" else "other"
            if around.kind in ("for", "while") and self._broken_off(ref, function, number):
                return "while"
        if found != "if" and self._past_return(ref, function, start):
            return "if"
        return found

    def _past_return(self, ref: Ref, function: FunctionFlow, start: int) -> bool:
        """`if len(messages) < 30: return` before it."""
        for leave in function.exits:
            if leave.kind in ("return", "continue") and leave.start < start:
                around = function.contexts[leave.context]
                if around.kind == "if" and around.nodes and self.test(ref, around.nodes[0]) == "size":
                    return True
        return False

    def _broken_off(self, ref: Ref, function: FunctionFlow, loop: int) -> bool:
        return any(
            leave.kind in ("break", "return") and self.leaves_for_size(ref, function, leave.context, loop)
            for leave in function.exits
        )

    def leaves_for_size(self, ref: Ref, function: FunctionFlow, context: int, loop: int) -> bool:
        """Whether a way out of a loop stands under a test of a size."""
        tested = False
        for number, around in function.ancestors(context):
            if number == loop:
                return tested
            if around.kind == "if" and around.nodes:
                tested = tested or self.test(ref, around.nodes[0]) == "size"
        return False

    def breaks_for_size(self, ref: Ref, loop: int) -> bool:
        """Whether a loop ends when something has become too much."""
        return self._broken_off(ref, self.program.function(ref), loop)

    def test(self, ref: Ref, test: int) -> Literal["size", "other", "no"]:
        """What a test compares: a size or count, something else in order (a time), or nothing in order."""
        function = self.program.function(ref)
        found: Literal["other", "no"] = "no"
        for number in parts(function, test):
            node = function.nodes[number]
            if (
                node.op == "compare"
                and any(o in ORDERED for o, _ in node.args[1])
                and not self._trifle(function, number)
            ):
                if any(self._counts(function, n) for n in parts(function, number)):
                    return "size"
                found = "other"
        if found == "no" and function.nodes[test].op == "call":
            for target in self.callees.of(ref.sibling(test)).functions:
                flow = self.resolver.flow_of(target)
                for leave in flow.exits:
                    if leave.node != NOTHING and flow.nodes[leave.node].op == "compare":
                        return "size"
        return found

    def _trifle(self, function: FunctionFlow, compare: int) -> bool:
        """`len(messages) > 0` asks whether there is anything."""
        node = function.nodes[compare]
        sides = [function.nodes[n] for n in (node.args[0], *(n for _, n in node.args[1]))]
        numbers = [s.args[0] for s in sides if s.op == "const" and isinstance(s.args[0], int | float)]
        return any(abs(n) <= 1 for n in numbers)

    def _counts(self, function: FunctionFlow, number: int) -> bool:
        node = function.nodes[number]
        if node.op == "call":
            target = function.nodes[node.args[0]]
            word = target.args[-1] if target.op in ("name", "attr", "import", "param") else None
        else:
            word = node.args[-1] if node.op in ("name", "attr", "param", "import") else None
        return isinstance(word, str) and _SIZE.search(word) is not None

    def empties(self, function: FunctionFlow) -> bool:
        """Whether a function replaces something inside of messages by a few words: `m["content"] = "[removed]"`."""
        for store in function.stores:
            value = function.nodes[store.value]
            if store.item and not store.augmented and value.op == "const" and value.args[0]:
                key, base = function.nodes[store.key], function.nodes[store.base]
                if key.op == "const" and key.args[0] == "content" and base.op in ("iter", "item", "union", "unpack"):
                    return True
        return False

    def trims(self, name: str) -> bool:
        """Whether the name of a function says that it shortens what it gets."""
        return _TRIM.search(name) is not None


def parts(function: FunctionFlow, number: int) -> list[int]:
    """A node and what it is made of, through joins of loops once."""
    found, pending = [number], [number]
    while pending and len(found) < _PARTS:
        for child in function.children(pending.pop()):
            if child not in found:
                found.append(child)
                pending.append(child)
    return found
