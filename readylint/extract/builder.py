"""The function under construction: nodes, contexts and the local names in force."""

from __future__ import annotations

from dataclasses import dataclass, field

import libcst as cst

from readylint.flow import NOTHING, ClassFlow, Context, FunctionFlow, Node
from readylint.syntax import Spans

Names = dict[str, int]


@dataclass(slots=True)
class LoopFrame:
    """A loop being read: the names before it, and the joins made for names that its body may change."""

    before: Names
    joins: Names = field(default_factory=dict)
    breaks: list[Names] = field(default_factory=list)
    continues: list[Names] = field(default_factory=list)


class Builder:
    """Adds nodes to one function and knows which node each local name stands for just now."""

    def __init__(self, flow: FunctionFlow, spans: Spans, parent: Builder | None) -> None:
        self.flow = flow
        self.spans = spans
        self.parent = parent
        self.names: Names = {}
        self.context = 0
        self.dead = False
        self.loops: list[LoopFrame] = []
        self.class_flow: ClassFlow | None = None
        self.class_names: list[Names] = []
        self.functions: list[FunctionFlow] = []
        """For the module body: the functions read so far."""
        if not flow.contexts:
            flow.contexts.append(Context("body", NOTHING, start=flow.start, end=flow.end))

    def add(self, op: str, args: tuple[object, ...], at: cst.CSTNode | None) -> int:
        """A new node; its region is that of the tree node `at`."""
        start, end = self.spans.get(id(at), (self.flow.start, self.flow.start)) if at is not None else (0, 0)
        return self.add_at(op, args, start, end)

    def add_at(self, op: str, args: tuple[object, ...], start: int, end: int) -> int:
        """A new node with an explicit region (offsets)."""
        nodes = self.flow.nodes
        number = len(nodes)
        nodes.append(Node(op, args, start, end, self.context))
        if op == "call":
            self.flow.calls.append(number)
        elif op == "attr":
            self.flow.attributes.append(number)
        elif op == "import":
            self.flow.imports.append(number)
        return number

    def push(self, context: Context) -> int:
        """Enter a context; gives its number. Leave it with `pop`."""
        self.flow.contexts.append(context)
        self.context = len(self.flow.contexts) - 1
        return self.context

    def pop(self) -> None:
        """Back to the context around the present one."""
        self.context = self.flow.contexts[self.context].parent

    def bind(self, name: str, value: int, anew: bool = True) -> None:
        """The name stands for the value from here on; not `anew` when the value holds what the name stood for."""
        flow = self.flow
        if self.class_flow is not None and self.class_names:
            self.class_names[-1][name] = value
            self.class_flow.bindings.setdefault(name, []).append(value)
            return
        if name in flow.global_names:
            flow.global_bindings.setdefault(name, []).append(value)
            self.names[name] = value
            return
        self.names[name] = value
        bindings = flow.bindings.setdefault(name, [])
        if anew and bindings and self.functions and not self.context:
            flow.rebound.setdefault(name, []).append((len(self.functions), len(bindings)))
        bindings.append(value)

    def lookup(self, name: str, at: cst.CSTNode | None) -> int:
        """The node that a name stands for here; an open `name` node when it belongs to another scope."""
        for names in reversed(self.class_names):
            if name in names:
                return names[name]
        value = self.names.get(name)
        if value is None:
            return self.add("name", (name,), at)
        for frame in self.loops:
            if name not in frame.joins and frame.before.get(name) == value:
                joined = self.add("union", (value,), at)
                frame.joins[name] = joined
                for inner in self.loops[self.loops.index(frame) + 1 :]:
                    if inner.before.get(name) == value:
                        inner.before[name] = joined
                value = joined
                self.names[name] = joined
        return value

    def join(self, left: Names, right: Names) -> Names:
        """The names after two ways meet."""
        if left is right or left == right:
            return left
        merged: Names = {}
        for name, value in left.items():
            other = right.get(name)
            merged[name] = value if other is None or other == value else self.union((value, other))
        for name, value in right.items():
            if name not in merged:
                merged[name] = value
        return merged

    def union(self, values: tuple[int, ...]) -> int:
        """A node that stands for any of the values."""
        flat: list[int] = []
        for value in values:
            if value not in flat:
                flat.append(value)
        if len(flat) == 1:
            return flat[0]
        last = self.flow.nodes[flat[-1]]
        return self.add_at("union", tuple(flat), last.start, last.end)

    def unchanged(self, number: int) -> None:
        """A join of a name that the loop did not change stands for the name itself."""
        node = self.flow.nodes[number]
        if len(node.args) == 1:
            original = self.flow.nodes[node.args[0]]
            if original.op in ("param", "name", "const", "func", "class", "import"):
                node.op, node.args = original.op, original.args

    def extend_union(self, number: int, value: int) -> None:
        """One more way into a join made by a loop."""
        node = self.flow.nodes[number]
        if value != number and value not in node.args:
            node.args = (*node.args, value)
