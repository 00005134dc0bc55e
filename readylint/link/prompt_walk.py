"""What is sent, read backward from a call: through text put together, messages, names, parameters and functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readylint.catalogue import PromptWords
from readylint.flow import NOTHING, Node
from readylint.link.prompt_calls import PromptCalls
from readylint.link.prompt_declarations import Declarations
from readylint.link.prompt_functions import Functions
from readylint.link.prompt_messages import Messages
from readylint.link.prompt_names import Names
from readylint.link.prompt_objects import PromptObjects
from readylint.link.prompt_parameters import Parameters
from readylint.link.prompt_pieces import Piece, Text, called, joined, limited, one_of, unknown, value
from readylint.link.prompt_questions import Questions
from readylint.link.prompt_sizes import SizeTests
from readylint.link.prompt_sources import Sources
from readylint.values import Answer, Const, Container, Environment, FunctionValue, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.histories import Histories
    from readylint.link.resolver import Resolver

ASIDE = {"test", "eval", "example", "docs"}
_PLAIN = {"compare", "not", "unary", "class", "exc", "slice"}
_NO_TEXT = re.compile(r"(^|_)(id|ids|at|timestamp|count|index|length|size|status_code|score|version)$")
"""Names of what holds no free text."""


class PromptWalk:
    """Reads texts; what was read once is not read again."""

    def __init__(self, resolver: Resolver, callees: Callees, entries: Entries, histories: Histories) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.histories = histories
        self.cuts = histories.cuts
        words: list[PromptWords] = resolver.knowledge.first_evidence("prompts")
        self.sources = Sources(resolver, callees, entries)
        self.sizes = SizeTests(resolver, callees)
        self.declarations = Declarations(resolver, callees, self.sizes)
        self.names = Names(resolver)
        self.messages = Messages(self, words)
        self.calls = PromptCalls(self, words)
        self.objects = PromptObjects(self)
        self.parameters = Parameters(self)
        self.functions = Functions(self)
        self._role_of = entries.role_of
        self._aside: dict[int, bool] = {}
        self._sized: dict[tuple[int, int, int], bool] = {}
        self.questions = Questions()
        self.models: set[Ref] = set()
        """All model calls of the program: what they give is no input."""

    def of(self, ref: Ref) -> Text:
        """The text of a node."""
        return self.questions.ask(ref, lambda: self._limited(ref, self._node(ref)), unknown(ref))

    def all(self, ref: Ref, numbers: Iterable[int]) -> list[Text]:
        """The texts of several nodes of a function."""
        return [self.of(ref.sibling(n)) for n in numbers if n != NOTHING]

    def _limited(self, ref: Ref, text: Text) -> Text:
        """The text with what a test in the function says about its length."""
        if all(p.limited_by is not None or not p.is_outer for p in text):
            return text
        by = self.sizes.tested(ref)
        return limited(text, by) if by is not None else text

    def counts(self, stored: Ref, ref: Ref) -> bool:
        """What tests put into objects of the app is nothing that the app sends."""
        return not self._is_aside(stored.module) or self._is_aside(ref.module)

    def _is_aside(self, module: int) -> bool:
        if module not in self._aside:
            self._aside[module] = self._role_of(self.program.modules[module].path) in ASIDE
        return self._aside[module]

    # nodes -----------------------------------------------------------------------------------------------------

    def _node(self, ref: Ref) -> Text:
        node = self.program.node(ref)
        op, args = node.op, node.args
        if op == "const":
            return (Piece(ref, text=args[0]),) if isinstance(args[0], str) else value(ref)
        if op == "join":
            return joined(self._part(ref, n) for n in args)
        if op == "binop":
            return joined(self.all(ref, args[1:])) if args[0] in ("Add", "Modulo", "BitOr", "Divide") else value(ref)
        if op == "union":
            return self._union(ref, node)
        if op == "ifexp":
            by_size = self.cuts.test(ref, args[0]) == "size"
            return one_of(self.all(ref, args[1:]), by_size)
        if op == "bool":
            return one_of(self.all(ref, args[1:]))
        if op in ("await", "enter", "star", "yield", "iter"):
            return self.of(ref.sibling(args[0]))
        if op == "unpack":
            return self.objects.unpacked(ref, node)
        if op in ("list", "tuple", "set", "comp"):
            return self.messages.of_list(ref, node)
        if op == "dict":
            return self.messages.of_dict(ref, node)
        if op == "item":
            return self._item(ref, node)
        if op == "attr":
            return self._attribute(ref, node)
        return self._named(ref, node)

    def _part(self, ref: Ref, number: int) -> Text:
        """A part of an f-string; its constant parts have no place of their own, and stand as they are written."""
        node = self.program.function(ref).nodes[number]
        if node.op == "const" and node.start == node.end and isinstance(node.args[0], str):
            return (Piece(ref, text=node.args[0].replace("\\n", "\n").replace("\\t", "\t")),)
        return self.of(ref.sibling(number))

    def _named(self, ref: Ref, node: Node) -> Text:
        op, args = node.op, node.args
        if op == "param":
            return self.parameters.of(ref, str(args[0]))
        if op == "name":
            return self._name(ref, str(args[0]))
        if op == "import":
            return self._constant(ref, self.names.imported(ref), str(args[1]))
        if op == "call":
            return self.calls.of(ref, node)
        if op == "func":
            return self.functions.returned([FunctionValue(ref.module, int(args[0]))], None)
        return value(ref) if op in _PLAIN else unknown(ref)

    def _union(self, ref: Ref, node: Node) -> Text:
        function = self.program.function(ref)
        members = [n for n in node.args if n != ref.node]
        texts = self.all(ref, members)
        cut = [n for n, text in zip(members, texts, strict=True) if any(p.limited_by is not None for p in text)]
        whole = cut and any(p.is_outer and p.limited_by is None for text in texts for p in text)
        by_size = whole and any(self._under_test(ref, function.nodes[n]) for n in cut)
        return one_of(texts, bool(by_size))

    def _under_test(self, ref: Ref, node: Node) -> bool:
        """Whether a value is made under a test of a size."""
        key = (ref.module, ref.function, node.start)
        if key not in self._sized:
            kind = self.cuts.under_size_test(ref, node.context, node.start) if node.context else "no"
            self._sized[key] = kind in ("if", "while")
        return self._sized[key]

    def _name(self, ref: Ref, name: str) -> Text:
        rule = self.sources.of_name(ref, name)
        if rule is not None:
            return (self.sources.piece(rule, ref),)
        nodes = self.names.nodes(ref, name)
        if self.names.is_global(ref, name):
            return self._constant(ref, nodes, name)
        return joined([one_of(self.of(n) for n in nodes), self.objects.added(ref)])

    def _constant(self, ref: Ref, nodes: list[Ref], name: str) -> Text:
        """A variable of a module, under its name, with what is added to it elsewhere."""
        rule = self.sources.of_name(ref, name)
        if rule is not None:
            return (self.sources.piece(rule, ref),)
        if not nodes:
            return self.by_value(ref)
        return joined([called(one_of(self.of(n) for n in nodes), name), self.objects.added(ref)])

    def _item(self, ref: Ref, node: Node) -> Text:
        base, key = ref.sibling(node.args[0]), ref.sibling(node.args[1])
        written = self.program.node(key)
        if written.op == "slice":
            text = self.of(base)
            cut = self.cuts.slice(key) == "window"
            return limited(text, self.program.modules[ref.module].written(*self._end_of(ref))) if cut else text
        if written.op == "const" and isinstance(written.args[0], str):
            entry = self.messages.entry(base, written.args[0])
            if entry is not None:
                return entry
            if _NO_TEXT.search(written.args[0]):
                return value(ref)
        # An entry of something that was read: what comes from outside in it.
        return self._inside(ref, self.of(base))

    def _end_of(self, ref: Ref) -> tuple[int, int]:
        """Where a slice is written: the last name before it and its brackets."""
        node = self.program.node(ref)
        return (node.start if node.end - node.start <= 60 else max(node.start, node.end - 40)), node.end

    def _attribute(self, ref: Ref, node: Node) -> Text:
        name = str(node.args[1])
        if _NO_TEXT.search(name):
            return value(ref)
        rule = self.sources.of_name(ref, name)
        if rule is not None:
            return (self.sources.piece(rule, ref),)
        return self.objects.attribute(ref, node)

    def _inside(self, ref: Ref, text: Text) -> Text:
        found = tuple(dict.fromkeys(text))
        return found or value(ref)

    def by_value(self, ref: Ref) -> Text:
        """Through what a node may stand for, where the way there is not written out."""
        texts: list[Text] = []
        for one in self.resolver.values(ref):
            if isinstance(one, Const | Container) and not self.counts(one.ref, ref):
                continue
            if isinstance(one, Const):
                texts.append((Piece(one.ref, text=one.value),) if isinstance(one.value, str) else value(one.ref))
            elif isinstance(one, Environment | Answer):
                texts.append(value(ref))
            elif isinstance(one, Container) and one.ref != ref:
                texts.append(self.of(one.ref))
            else:
                rule = self.sources.of_value(one)
                texts.append((self.sources.piece(rule, ref),) if rule is not None else unknown(ref))
        return one_of(texts) or unknown(ref)
