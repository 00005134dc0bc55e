"""How many elements something that is gone through has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow, Node
from readylint.link.batches import Batches, argument_of
from readylint.link.sizes import ONE, OPEN, UNCLEAR, Size, largest, times
from readylint.values import Answer, ClassValue, Const, Container, Environment, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

DEPTH = 5
CUT = {"islice": 1, "sample": 1, "nlargest": 0, "nsmallest": 0, "most_common": 0, "head": 0, "choices": 1}
"""Functions that give a number of elements, by the position of it."""
GROW = {"append", "extend", "insert", "add", "update"}


class Sizes:
    """Works sizes out from nodes."""

    def __init__(self, resolver: Resolver, callees: Callees) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.batches = Batches(self)

    def of(self, ref: Ref, depth: int = DEPTH) -> Size:
        """How many elements the node has when it is gone through."""
        node = self.program.node(ref)
        op, args = node.op, node.args
        if depth <= 0:
            return UNCLEAR
        if op in ("list", "tuple", "set", "dict"):
            return self._display(ref, node)
        if op == "comp":
            return self.comprehension(ref, node, depth)
        if op == "item":
            sliced = self.program.node(ref.sibling(args[1])).op == "slice"
            return self.batches.part(ref, args[1]) if sliced else self._of_values(ref)
        if op == "call":
            return self._called(ref, node, depth)
        if op == "param":
            return self._given(ref, str(args[0]), depth)
        if op == "iter":
            return self.batches.of_elements(ref.sibling(args[0]), depth - 1)
        if op in ("union", "ifexp", "bool"):
            members = [n for n in (args if op == "union" else args[1:]) if isinstance(n, int)]
            # A list that starts empty is as long as what is put into it.
            return largest([self.of(ref.sibling(n), depth - 1) for n in members if n != ref.node])
        if op == "binop" and args[0] == "Multiply":
            sides = [n for n in args[1:] if self.program.node(ref.sibling(n)).op in ("list", "tuple")]
            others = [n for n in args[1:] if n not in sides]
            return (
                times(self.of(ref.sibling(sides[0]), depth - 1), self.number(ref.sibling(others[0])))
                if sides and others
                else OPEN
            )
        if op == "binop" and args[0] == "Add":
            both = [self.of(ref.sibling(n), depth - 1) for n in args[1:]]
            if all(s.number is not None for s in both):
                return Size(largest(both).kind, sum(s.number or 0 for s in both))
            return largest(both)
        return self._of_values(ref)

    def number(self, ref: Ref) -> Size:
        """A number as a size: the largest that it may be."""
        found: list[int] = []
        values = self.resolver.values(ref)
        for value in values:
            literal = self.resolver.fallback(value) if isinstance(value, Environment) else value
            if isinstance(literal, Const) and isinstance(literal.value, int | float) and literal.value is not True:
                found.append(int(literal.value))
        if found and len(found) == len(values):
            return Size("constant", max(found))
        return Size("unknown", max(found, default=None))

    def loops(self, function: FunctionFlow, at: Ref, inner: int, outer: int) -> Size:
        """How often something runs that stands in context `inner`, for one run of context `outer` around it."""
        around = {number for number, _ in function.ancestors(outer)}
        found = ONE
        for number, context in function.ancestors(inner):
            if number in around:
                break
            if context.kind in ("for", "comp") and context.nodes:
                found = times(found, self.of(at.sibling(context.nodes[0])))
            elif context.kind == "while":
                found = times(found, self._while(function, context.nodes[0]))
        return found

    def _while(self, function: FunctionFlow, test: int) -> Size:
        node = function.nodes[test]
        ordered = node.op == "compare" and any(str(o).startswith(("Less", "Greater")) for o, _ in node.args[1])
        return UNCLEAR if ordered else OPEN

    def comprehension(self, ref: Ref, node: Node, depth: int = DEPTH) -> Size:
        """The elements of a comprehension; conditions only make them fewer."""
        function = self.program.function(ref)
        inner = function.nodes[node.args[1]].context
        found = ONE
        for number, context in function.ancestors(inner):
            if number == node.context:
                break
            if context.kind == "comp" and context.nodes:
                found = times(found, self.of(ref.sibling(context.nodes[0]), depth - 1))
        return found

    def _display(self, ref: Ref, node: Node) -> Size:
        function = self.program.function(ref)
        members = [v for _, v in node.args] if node.op == "dict" else list(node.args)
        spread = node.op == "dict" and any(k == NOTHING for k, _ in node.args)
        if not members or spread or self._grows(ref):
            return OPEN
        stars = [n for n in members if function.nodes[n].op == "star"]
        sizes = [self.of(ref.sibling(function.nodes[n].args[0])) for n in stars]
        if any(s.number is None or s.kind not in ("constant", "limited") for s in sizes):
            return largest(sizes)
        total = len(members) - len(stars) + sum(s.number or 0 for s in sizes)
        return Size(largest(sizes).kind if sizes else "constant", total)

    def _grows(self, ref: Ref) -> bool:
        """Whether something is put into it after it was written down."""
        function = self.program.function(ref)
        users = self.program.users(ref.module, ref.function)
        pending = [ref.node]
        for number in pending:
            for user in users.get(number, ()):
                node = function.nodes[user]
                if node.op == "attr" and node.args[1] in GROW:
                    return True
                if node.op == "union" and user not in pending:
                    pending.append(user)
            if any(s.item and s.base == number for s in function.stores):
                return True
        return False

    def at_most(self, ref: Ref) -> Size:
        """A limit that somebody set, whether its number is known or not."""
        return Size("limited", self.number(ref).number)

    def _called(self, ref: Ref, node: Node, depth: int) -> Size:
        function = self.program.function(ref)
        callee = self.callees.of(ref)
        tail, given = callee.tail, [n for k, n in node.args[1] if k is None]
        if callee.functions or callee.classes:
            return self._of_values(ref)
        if tail == "range" and given:
            return self._range(ref, given)
        if tail == "zip" and given:
            sizes = [self.of(ref.sibling(n), depth - 1) for n in given]
            return next((s for s in sizes if s.kind in ("constant", "limited")), largest(sizes))
        if tail in CUT:
            number = argument_of(node, CUT[tail], ("k", "n"))
            return self.at_most(ref.sibling(number)) if number is not None else OPEN
        target = function.nodes[node.args[0]]
        if self.batches.is_same(callee) and tail != "as_completed":
            inner = target.args[0] if target.op == "attr" and not given else given[0] if given else None
            return self.of(ref.sibling(inner), depth - 1) if inner is not None else OPEN
        return self._of_values(ref)

    def _range(self, ref: Ref, given: list[int]) -> Size:
        """`range(3)`; one over the length of something is as long as that."""
        function = self.program.function(ref)
        last = function.nodes[given[1] if len(given) > 1 else given[0]]
        if last.op == "call" and self.program.tail(ref.module, function, last.args[0]) == "len":
            return OPEN
        ends = [self.number(ref.sibling(n)) for n in given]
        if any(e.kind != "constant" or e.number is None for e in ends):
            return UNCLEAR
        numbers = [e.number for e in ends if e.number is not None]
        return Size("constant", len(range(*numbers)) if len(numbers) < 3 or numbers[2] else 0)

    def _given(self, ref: Ref, name: str, depth: int) -> Size:
        """A parameter: what the callers pass, when they are all known."""
        flow = self.program.function(ref)
        param = next((p for p in flow.params if p.name == name), None)
        callers = self.resolver.callers.of(ref.module, ref.function)
        if param is None or not callers.complete or not callers.sites or param.kind in ("star", "double-star"):
            return OPEN
        sizes: list[Size] = []
        for _, argument in self.resolver.callers.argument_nodes(ref.module, ref.function, name):
            at = argument or (Ref(ref.module, max(flow.parent, 0), param.default) if param.default != NOTHING else None)
            sizes.append(self.of(at, depth - 1) if at is not None else OPEN)
        return largest(sizes)

    def _of_values(self, ref: Ref) -> Size:
        sizes: list[Size] = []
        for value in self.resolver.values(ref):
            node = self.program.node(value.ref) if isinstance(value, Container) else None
            if isinstance(value, Container) and node is not None and node.op in ("list", "tuple", "set", "dict"):
                sizes.append(self._display(value.ref, node))
            elif isinstance(value, ClassValue) and self.resolver.classes.flow(value).bindings:
                sizes.append(Size("constant", len(self.resolver.classes.flow(value).bindings)))  # an enumeration
            elif isinstance(value, Answer):
                return UNCLEAR  # as long as the prompt or the schema lets the model make it
            else:
                return OPEN
        return largest(sizes)
