"""The symbolic flow graph of a file: what extraction leaves behind and linking reads.

A module is a list of functions (number 0 is the module body); a function is a flat list of nodes. Nodes name their
operands by number, so a graph pickles without recursion. Local names are already resolved to the node that gives
their value where they are read; names of other scopes stay open (`name`) until the modules are joined.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from readylint.facts import Span

NOTHING = -1
"""The node number that stands for "no node"."""


@dataclass(slots=True)
class Node:
    """One value. `op` says what it is; `args` are operands (numbers of nodes of the same function) or plain data:

    const (value) | name (identifier) | param (identifier) | import (module, name or None) | attr (base, name) |
    item (base, key) | call (function, ((keyword | None | "*" | "**", node), ...)) | await (x) | union (x, ...) |
    dict ((key or NOTHING for **, value), ...) | list (x, ...) | tuple (x, ...) | set (x, ...) | join (part, ...) |
    binop (operator, left, right) | compare (left, (operator, right), ...) | not (x) | unary (operator, x) |
    bool (operator, x, ...) | ifexp (test, then, else) | func (number of the function) | class (number) |
    iter (x) | enter (x) | unpack (x, index) | star (x) | yield (x) | comp (kind, element, value or NOTHING) |
    slice (lower, upper, step; NOTHING where left out) | exc (types or NOTHING) | unknown ()
    """

    op: str
    args: tuple[Any, ...]
    """The operator of a compare is `Matches` for a `case` pattern: the value, and the classes named in the pattern."""
    start: int
    end: int
    """Offsets of the expression in the text of the module, in code points."""
    context: int


@dataclass(slots=True)
class CatchClause:
    """One `except` of a `try`."""

    types: int
    """The node of the caught types, or NOTHING for a bare `except`."""
    context: int
    """The context of its body."""
    name: str | None = None
    ends: bool = False
    """Its body always leaves (return, raise, break or continue)."""


@dataclass(slots=True)
class Context:
    """Where a statement stands. Number 0 of a function is its body.

    kind: body, try, handler, else, finally, for, while, if, with, comp, match, assert.
    `nodes`: for -> (iterable,); while and if -> (test,); with -> the managers; handler -> (types,).
    """

    kind: str
    parent: int
    nodes: tuple[int, ...] = ()
    branch: bool = True
    """For `if`: whether this is the branch taken when the test holds."""
    clauses: list[CatchClause] = field(default_factory=list)
    start: int = 0
    end: int = 0
    is_async: bool = False
    owner: int = NOTHING
    """For handler, else and finally: the context of their `try`."""
    dead: bool = False
    """Its end is never reached."""


@dataclass(slots=True)
class Param:
    """A parameter. `kind`: plain, only-keyword, only-position, star, double-star."""

    name: str
    kind: str
    default: int = NOTHING
    annotation: int = NOTHING


@dataclass(slots=True)
class Exit:
    """A statement that leaves: return, raise, break, continue."""

    kind: str
    node: int
    context: int
    start: int
    end: int = 0


@dataclass(slots=True)
class Store:
    """An assignment to an attribute (`key` is its name) or an item (`key` is a node number)."""

    base: int
    key: Any
    value: int
    context: int
    start: int
    end: int
    item: bool = False
    augmented: bool = False


@dataclass(slots=True)
class ClassFlow:
    """A class: its bases and the names bound in its body (nodes of the function around it)."""

    number: int
    name: str
    qualified_name: str
    owner: int
    """The function in whose body the class statement stands."""
    bases: tuple[int, ...]
    decorators: tuple[int, ...]
    keywords: dict[str, int]
    bindings: dict[str, list[int]] = field(default_factory=dict)
    annotations: dict[str, int] = field(default_factory=dict)
    methods: dict[str, int] = field(default_factory=dict)
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class FunctionFlow:
    """A function or lambda, or (number 0) the body of the module."""

    number: int
    name: str
    qualified_name: str
    parent: int
    """The function around it; NOTHING for the module body."""
    owner: int = NOTHING
    """The class whose method it is."""
    is_async: bool = False
    is_generator: bool = False
    is_lambda: bool = False
    params: list[Param] = field(default_factory=list)
    """Defaults and annotations are nodes of the parent."""
    decorators: list[int] = field(default_factory=list)
    """Nodes of the parent."""
    returns_annotation: int = NOTHING
    nodes: list[Node] = field(default_factory=list)
    contexts: list[Context] = field(default_factory=list)
    bindings: dict[str, list[int]] = field(default_factory=dict)
    annotations: dict[str, int] = field(default_factory=dict)
    rebound: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    """Of the module body, names bound anew in its straight line: (functions read before, number of the binding).

    Functions that follow see this binding and later ones.
    """
    global_names: set[str] = field(default_factory=set)
    global_bindings: dict[str, list[int]] = field(default_factory=dict)
    """Values that a `global` statement lets this function give to names of the module."""
    exits: list[Exit] = field(default_factory=list)
    yields: list[int] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)
    attributes: list[int] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)
    """Nodes whose value is dropped (expression statements)."""
    imports: list[int] = field(default_factory=list)
    carried: dict[int, int] = field(default_factory=dict)
    """Joins of a name at the head of a loop (its value before the loop, then those of each turn's end) -> the loop."""
    deletes: list[int] = field(default_factory=list)
    """What `del` statements take away."""
    start: int = 0
    end: int = 0
    name_start: int = 0

    def children(self, number: int) -> Iterator[int]:
        """The operands of a node, in source order."""
        return operands(self.nodes[number])

    def ancestors(self, context: int) -> Iterator[tuple[int, Context]]:
        """The context and those around it, innermost first."""
        while context >= 0:
            found = self.contexts[context]
            yield context, found
            context = found.parent


def operands(node: Node) -> Iterator[int]:
    """The node numbers among the arguments of a node, in source order."""
    op, args = node.op, node.args
    if op == "call":
        yield args[0]
        for _, value in args[1]:
            yield value
    elif op == "dict":
        for key, value in args:
            if key >= 0:
                yield key
            yield value
    elif op in ("attr", "unpack", "await", "iter", "enter", "star", "not", "yield"):
        yield args[0]
    elif op == "item":
        yield args[0]
        yield args[1]
    elif op in ("union", "list", "tuple", "set", "join", "ifexp"):
        yield from args
    elif op == "binop":
        yield args[1]
        yield args[2]
    elif op == "unary":
        yield args[1]
    elif op == "bool":
        yield from args[1:]
    elif op == "compare":
        yield args[0]
        for _, right in args[1]:
            yield right
    elif op in ("comp", "exc", "slice"):
        for arg in args[1:] if op == "comp" else args:
            if arg >= 0:
                yield arg


@dataclass(slots=True)
class ModuleFlow:
    """One parsed file."""

    path: str
    """POSIX, relative to the root of the run."""
    name: str
    """Dotted module name."""
    is_package: bool
    text: str
    line_starts: list[int]
    functions: list[FunctionFlow]
    classes: list[ClassFlow]
    star_imports: list[str] = field(default_factory=list)
    secrets: list[tuple[str, int, int]] = field(default_factory=list)
    """Provider keys in string literals: name of the pattern, start and end offset of the literal."""

    def place(self, start: int, end: int) -> Span:
        """The region between two offsets."""
        starts = self.line_starts
        line = bisect_right(starts, start)
        end = max(end, start)
        end_line = bisect_right(starts, end)
        return Span(self.path, line, start - starts[line - 1] + 1, end_line, end - starts[end_line - 1] + 1)

    def written(self, start: int, end: int) -> str:
        """The source between two offsets, on one line."""
        return " ".join(self.text[start:end].split())
