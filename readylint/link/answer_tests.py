"""What tests around a place say of a value there: that it is one of a fixed set, a known host, a path below a root."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from readylint.flow import FunctionFlow, Node
from readylint.values import UNKNOWN, Answer, ClassValue, Const, Container, External, Made, Open, Ref, Unknown, Value

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

ANY_SINK = "*"
CHANGING = {"lower", "upper", "strip", "casefold", "title", "resolve", "absolute", "expanduser"}
"""Methods after which a value is still told by what it was before."""
RENAMING = {"str", "Path", "PurePath"}
WORDS = {"isalnum", "isalpha", "isidentifier", "isdigit", "isdecimal", "isnumeric"}
SEPARATORS = set("/\\;|&$<>\"'`(")
"""Characters with which a text gets out of where it is put."""
COLLECTIONS = {"set", "frozenset", "list", "tuple", "dict"}
ADDRESS_PARTS = {"hostname", "netloc"}
COMMON_PATH = {"os.path.commonpath", "os.path.commonprefix"}
NEGATED = re.compile(r"^\[\^(?P<kept>[^\]]*)\][+*]?$")
"""A pattern that matches all but some characters."""
Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class TestedFact:
    """Something that a test says of a value, and where that holds."""

    sink: str
    """The sink in which the value does no harm, or "*"."""
    inside: frozenset[int] = frozenset()
    """Contexts in which it holds."""
    after: int = -1
    """Offset from which it holds in them."""
    join: frozenset[int] = frozenset()
    """It holds where ways meet and these contexts gave the other value."""
    choice: tuple[int, int] = (-1, -1)
    """It holds in one operand of a conditional expression."""


class AnswerTests:
    """Finds the tests of each function once."""

    def __init__(self, resolver: Resolver, callees: Callees) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self._tables: dict[tuple[int, int], dict[Key, list[TestedFact]]] = {}

    def harmless(self, ref: Ref, user: int) -> set[str]:
        """The sinks in which a value does no harm where a node of its function uses it."""
        facts = self._facts(ref)
        if not facts:
            return set()
        function = self.program.function(ref)
        node = function.nodes[user]
        return {f.sink for f in facts if self._holds(f, function, node, user, ref.node)}

    def harmless_at(self, ref: Ref, context: int, start: int) -> set[str]:
        """The sinks in which a value does no harm at a place of its function."""
        return {f.sink for f in self._facts(ref) if context in f.inside and start >= f.after}

    def _facts(self, ref: Ref) -> list[TestedFact]:
        table = self._table(ref)
        return table.get(self._key(self.program.function(ref), ref.node), []) if table else []

    def _holds(self, fact: TestedFact, function: FunctionFlow, node: Node, user: int, number: int) -> bool:
        if fact.choice[0] == user:
            return bool(node.args[fact.choice[1]] == number)
        if fact.join and node.op == "union":
            return any(o != number and function.nodes[o].context in fact.join for o in node.args)
        if node.op == "comp" and node.args[1] == number:
            around = function.nodes[number].context
            return around not in fact.inside and any(function.contexts[c].parent == around for c in fact.inside)
        return node.context in fact.inside and node.start >= fact.after

    # the table of a function -----------------------------------------------------------------------------------

    def _table(self, ref: Ref) -> dict[Key, list[TestedFact]]:
        key = (ref.module, ref.function)
        known = self._tables.get(key)
        if known is None:
            table: dict[Key, list[TestedFact]] = defaultdict(list)
            function = self.program.function(ref)
            self._from_contexts(ref, function, table)
            self._from_expressions(ref, function, table)
            known = self._tables[key] = dict(table)
        return known

    def _from_contexts(self, ref: Ref, function: FunctionFlow, table: dict[Key, list[TestedFact]]) -> None:
        for number, around in enumerate(function.contexts):
            if around.kind not in ("if", "while", "assert") or not around.nodes:
                continue
            test = around.nodes[0]
            if around.kind == "assert":
                for key, sink in self._said(ref, function, test, True):
                    table[key].append(TestedFact(sink, self._below(function, around.parent), around.end))
                continue
            for key, sink in self._said(ref, function, test, around.branch):
                table[key].append(TestedFact(sink, self._below(function, number)))
            for key, sink in self._said(ref, function, test, not around.branch):
                if around.dead:
                    table[key].append(TestedFact(sink, self._below(function, around.parent), around.end))
                else:
                    table[key].append(TestedFact(sink, join=self._below(function, number)))

    def _from_expressions(self, ref: Ref, function: FunctionFlow, table: dict[Key, list[TestedFact]]) -> None:
        for number, node in enumerate(function.nodes):
            if node.op == "ifexp":
                for operand, truth in ((1, True), (2, False)):
                    for key, sink in self._said(ref, function, node.args[0], truth):
                        table[key].append(TestedFact(sink, choice=(number, operand)))
            elif node.op == "call":
                target = function.nodes[node.args[0]]
                if target.op == "attr" and target.args[1] == "relative_to":
                    inside = self._below(function, self._where_kept(function, node.context))
                    for key in self._receivers(function, target.args[0]):
                        table[key].append(TestedFact("path", inside, node.end))

    def _where_kept(self, function: FunctionFlow, context: int) -> int:
        """The context in which one that raises is known to have passed: past a `try` whose handlers all leave."""
        around = function.contexts[context]
        if around.kind == "try" and around.clauses and all(c.ends for c in around.clauses):
            return around.parent
        return context

    def _below(self, function: FunctionFlow, number: int) -> frozenset[int]:
        found = {number}
        for index, context in enumerate(function.contexts):
            if context.parent in found and index > number:
                found.add(index)
        return frozenset(found)

    # what a test says ------------------------------------------------------------------------------------------

    def _said(self, ref: Ref, function: FunctionFlow, test: int, truth: bool) -> Iterator[tuple[Key, str]]:
        """The values of which a test, when it comes out so, says that they do no harm."""
        node = function.nodes[test]
        if node.op == "not":
            yield from self._said(ref, function, node.args[0], not truth)
        elif node.op == "bool" and (node.args[0] == "And") == truth:
            for part in node.args[1:]:
                yield from self._said(ref, function, part, truth)
        elif node.op == "bool":
            each = [set(self._said(ref, function, part, truth)) for part in node.args[1:]]
            yield from sorted(set.intersection(*each), key=str)
        elif node.op == "compare" and len(node.args[1]) == 1:
            operator, right = node.args[1][0]
            if operator in (("In", "Equal") if truth else ("NotIn", "NotEqual")):
                yield from self._is_one_of(ref, function, node.args[0], operator, right)
        elif node.op == "call" and truth:
            yield from self._asked(ref, function, test)
        elif node.op == "union" and len(node.args) == 1:
            yield from self._said(ref, function, node.args[0], truth)

    def _is_one_of(
        self, ref: Ref, function: FunctionFlow, left: int, operator: str, right: int
    ) -> Iterator[tuple[Key, str]]:
        node = function.nodes[left]
        if node.op == "call" and self.callees.of(ref.sibling(left)).names & COMMON_PATH:
            for inner in self._leaves(function, left):
                yield self._key(function, inner), "path"
            return
        member = operator in ("In", "NotIn")
        if not (self.is_collection(ref.sibling(right)) if member else self._is_constant(ref.sibling(right))):
            return
        for key in self._receivers(function, left):
            yield key, ANY_SINK
        if node.op == "attr" and node.args[1] in ADDRESS_PARTS:
            source = function.nodes[node.args[0]]
            if source.op == "call" and source.args[1]:
                yield self._key(function, source.args[1][0][1]), "url"

    def _asked(self, ref: Ref, function: FunctionFlow, call: int) -> Iterator[tuple[Key, str]]:
        """A call whose result is true: a match of the whole text, a method of it, a path below another."""
        node = function.nodes[call]
        target = function.nodes[node.args[0]]
        callee = self.callees.of(ref.sibling(call))
        if callee.tail in ("fullmatch", "match") and node.args[1]:
            pattern = node.args[1][0][1] if len(node.args[1]) > 1 else target.args[0] if target.op == "attr" else call
            if callee.tail == "fullmatch" or self._ends(ref.sibling(pattern)):
                yield (
                    self._key(function, node.args[1][-1][1] if len(node.args[1]) < 3 else node.args[1][1][1]),
                    ANY_SINK,
                )
        elif target.op == "attr" and callee.tail in WORDS:
            yield self._key(function, target.args[0]), ANY_SINK
        elif target.op == "attr" and callee.tail in ("is_relative_to", "startswith"):
            text = self.resolver.constants(ref.sibling(node.args[1][0][1])) if node.args[1] else []
            for key in self._receivers(function, target.args[0]) if not text else ():
                yield key, "path"
            if any(isinstance(t, str) and "/" in t.partition("://")[2] for t in text):
                yield self._key(function, target.args[0]), "url"

    def _ends(self, pattern: Ref) -> bool:
        """Whether a pattern is written out and reaches to the end of the text."""
        for value in self.resolver.values(pattern):
            at = value.ref if isinstance(value, Made) else pattern
            node = self.program.node(at)
            first = at.sibling(node.args[1][0][1]) if node.op == "call" and node.args[1] else pattern
            if any(isinstance(t, str) and t.endswith(("$", "\\Z")) for t in self.resolver.constants(first)):
                return True
        return False

    def is_collection(self, ref: Ref) -> bool:
        """Whether an expression may be a list of what is allowed. One that starts empty is filled on the way."""
        return any(self._may_allow(v) for v in self.resolver.values(ref) or (UNKNOWN,))

    def is_fixed_set(self, ref: Ref) -> bool:
        """Whether an expression is a collection that the program writes out, or an enumeration."""
        return any(self._may_allow(v) and not isinstance(v, Unknown | Open) for v in self.resolver.values(ref))

    def _may_allow(self, value: Value) -> bool:
        if isinstance(value, Container):
            node = self.program.node(value.ref)
            return node.op == "comp" or (node.op in ("list", "tuple", "set", "dict") and bool(node.args))
        if isinstance(value, Made):
            node = self.program.node(value.ref)
            return value.name not in COLLECTIONS or (node.op == "call" and bool(node.args[1]))
        if isinstance(value, ClassValue):
            return any(b.startswith("enum.") for b in self.resolver.classes.bases(value)[1])
        if isinstance(value, Const):
            return isinstance(value.value, str) and not SEPARATORS & set(value.value)
        if isinstance(value, External):
            return value.name.startswith("string.")
        return not isinstance(value, Answer)

    def _is_constant(self, ref: Ref) -> bool:
        return any(isinstance(v, Const) and v.value is not None for v in self.resolver.values(ref))

    def keeps_words(self, call: Ref) -> bool:
        """`re.sub("[^a-z0-9]+", "-", text)`: nothing is left of the text that could do harm."""
        arguments = self.program.node(call).args[1]
        patterns = self.resolver.constants(call.sibling(arguments[0][1])) if arguments else []
        kept = [NEGATED.match(p) for p in patterns if isinstance(p, str)]
        return bool(kept) and all(m is not None and not SEPARATORS & set(m["kept"]) for m in kept)

    # keys ------------------------------------------------------------------------------------------------------

    def _key(self, function: FunctionFlow, number: int) -> Key:
        """The same for two reads of the same item or attribute."""
        node = function.nodes[number]
        if node.op == "union" and len(node.args) == 1:
            return self._key(function, node.args[0])
        if node.op == "attr":
            return ("attr", self._key(function, node.args[0]), node.args[1])
        if node.op == "item":
            key = function.nodes[node.args[1]]
            if key.op == "const":
                return ("item", self._key(function, node.args[0]), key.args[0])
        if node.op == "name":
            return ("name", node.args[0])
        return ("node", number)

    def _receivers(self, function: FunctionFlow, number: int) -> Iterator[Key]:
        """The value and what it was before `.strip().lower()`, `.resolve()`, `str(...)`."""
        for _ in range(4):
            yield self._key(function, number)
            node = function.nodes[number]
            if node.op != "call":
                return
            target = function.nodes[node.args[0]]
            if target.op == "attr" and target.args[1] in CHANGING:
                number = target.args[0]
            elif len(node.args[1]) == 1 and self._written_name(function, node.args[0]) in RENAMING:
                number = node.args[1][0][1]
            else:
                return

    def _written_name(self, function: FunctionFlow, number: int) -> str:
        node = function.nodes[number]
        if node.op == "union" and node.args:
            node = function.nodes[node.args[0]]
        return str(node.args[0 if node.op == "name" else -1]) if node.op in ("name", "import") else ""

    def _leaves(self, function: FunctionFlow, number: int) -> Iterator[int]:
        pending = [number]
        for one in pending:
            yield one
            pending += list(function.children(one))[:8]
