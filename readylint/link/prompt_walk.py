"""What is sent, read backward from a call: through text put together, messages, names, parameters and functions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readylint.catalogue import PromptWords
from readylint.flow import NOTHING, Node
from readylint.link.prompt_calls import PromptCalls
from readylint.link.prompt_declarations import Declarations
from readylint.link.prompt_messages import Messages
from readylint.link.prompt_names import Names
from readylint.link.prompt_objects import PromptObjects
from readylint.link.prompt_parameters import Parameters
from readylint.link.prompt_pieces import NOTHING_SENT, Piece, Text, called, joined, limited, one_of, unknown, value
from readylint.link.prompt_sizes import SizeTests
from readylint.link.prompt_sources import Sources
from readylint.values import Answer, ClassValue, Const, Container, Environment, FunctionValue, Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.histories import Histories
    from readylint.link.resolver import Resolver

DEPTH = 60
ASIDE = {"test", "eval", "example", "docs"}
BUDGET = 2500
"""Nodes that are looked at for one question."""
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
        self.parameters = Parameters(self, entries)
        self._role_of = entries.role_of
        self._aside: dict[int, bool] = {}
        self.budget = BUDGET
        self._known: dict[Hashable, Text] = {}
        self._meanwhile: dict[Hashable, Text] = {}
        """Answers that depend on open questions: they hold until the question from outside is answered."""
        self._open: dict[Hashable, int] = {}
        self._lowest = DEPTH
        """The outermost open question on which what is being read depends."""

    def of(self, ref: Ref) -> Text:
        """The text of a node."""
        return self.ask(ref, ref, lambda: self._limited(ref, self._node(ref)))

    def ask(self, key: Hashable, ref: Ref, answer: Callable[[], Text]) -> Text:
        """The answer to a question, worked out once; a question inside itself adds nothing."""
        known = self._known.get(key) or self._meanwhile.get(key)
        if known is not None:
            return known
        depth = len(self._open)
        if not depth:
            self._meanwhile.clear()
        if key in self._open:
            self._lowest = min(self._lowest, self._open[key])
            return NOTHING_SENT
        if depth >= DEPTH or self.budget <= 0:
            self._lowest = -1
            return unknown(ref)
        self.budget -= 1
        before, self._lowest = self._lowest, DEPTH
        self._open[key] = depth
        try:
            found = answer()
        finally:
            del self._open[key]
        if self._lowest >= depth:
            self._known[key] = found
            self._lowest = before
        else:
            self._meanwhile[key] = found
            self._lowest = min(before, self._lowest)
        return found

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
            return joined(self.all(ref, args))
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
            return self.returned([FunctionValue(ref.module, int(args[0]))], None)
        return value(ref) if op in _PLAIN else unknown(ref)

    def _union(self, ref: Ref, node: Node) -> Text:
        function = self.program.function(ref)
        members = [n for n in node.args if n != ref.node]
        texts = self.all(ref, members)
        cut = [n for n, text in zip(members, texts, strict=True) if any(p.limited_by is not None for p in text)]
        whole = cut and any(p.is_outer and p.limited_by is None for text in texts for p in text)
        by_size = whole and any(
            function.nodes[n].context
            and self.cuts.under_size_test(ref, function.nodes[n].context, function.nodes[n].start) in ("if", "while")
            for n in cut
        )
        return one_of(texts, bool(by_size))

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

    # functions -------------------------------------------------------------------------------------------------

    def returned(self, functions: list[FunctionValue], call: Ref | None) -> Text:
        """What functions of the project give back for the arguments of one call; for those of all without one."""
        found: list[Text] = []
        for target in self._overriding(functions)[:4]:
            text = self.of_function(target.module, target.number)
            found.append(
                self.parameters.passed(text, target, call) if call is not None else self.parameters.closed(text)
            )
        return one_of(found)

    def _overriding(self, functions: list[FunctionValue]) -> list[FunctionValue]:
        """For a method that only says what others do, those of the classes that inherit."""
        found: list[FunctionValue] = []
        for target in functions:
            flow = self.resolver.flow_of(target)
            silent = not flow.yields and all(e.kind != "return" for e in flow.exits)
            if silent and flow.owner != NOTHING:
                classes = self.resolver.classes
                own = [
                    c
                    for c in classes.subclasses(ClassValue(target.module, flow.owner))
                    if flow.name in classes.flow(c).methods
                ]
                found += [FunctionValue(c.module, classes.flow(c).methods[flow.name], target.bound) for c in own]
            else:
                found.append(target)
        return found

    def of_function(self, module: int, number: int) -> Text:
        """What a function gives back, its parameters left open."""
        return self.ask(("returned", module, number), Ref(module, number, 0), lambda: self._given_back(module, number))

    def _given_back(self, module: int, number: int) -> Text:
        flow = self.program.modules[module].functions[number]
        at = Ref(module, number, 0)
        numbers = [e.node for e in flow.exits if e.kind == "return" and e.node != NOTHING]
        texts = self.all(at, flow.yields if flow.is_generator else numbers)
        by_size = any(p.limited_by is not None for t in texts for p in t) and (
            self.cuts.trims(flow.name)
            or any(
                c.kind in ("if", "while") and c.nodes and self.cuts.test(at, c.nodes[0]) == "size"
                for c in flow.contexts
            )
        )
        return one_of(texts, by_size)
