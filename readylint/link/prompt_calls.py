"""Calls on the way of a prompt: sources, functions that give text on, messages, templates, and what cuts."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from readylint.catalogue import CutRule, InputRule, PromptWords
from readylint.flow import Node
from readylint.link.answer_library import CARRYING
from readylint.link.prompt_amounts import Amounts
from readylint.link.prompt_fills import BRACES, fill
from readylint.link.prompt_methods import PromptMethods
from readylint.link.prompt_pieces import (
    Piece,
    Text,
    in_message,
    is_value,
    joined,
    limited,
    own_file,
    sources,
    unknown,
    value,
)
from readylint.values import FunctionValue, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callee
    from readylint.link.prompt_walk import PromptWalk

_NUMBERS = {
    "len", "int", "float", "bool", "round", "sum", "abs", "id", "hash", "type", "isinstance", "range", "count", "find",
    "index", "startswith", "endswith", "isdigit", "any", "all", "callable", "hasattr", "perf_counter", "now", "today",
}  # fmt: skip


class PromptCalls:
    """Reads calls."""

    def __init__(self, walk: PromptWalk, words: list[PromptWords]) -> None:
        self.walk = walk
        self.program = walk.program
        self.resolver = walk.resolver
        self.callees = walk.callees
        knowledge = walk.resolver.knowledge
        self._classes = {n: role for w in words for role, names in w.classes.items() for n in names}
        self._templates = {n for w in words for n in w.templates}
        self._partials = {n for w in words for n in w.partials}
        self._placeholders = {n for w in words for n in w.placeholders}
        self._registries = {n for w in words for n in w.registries}
        self._volatile = {n for w in words for n in w.volatile}
        self._volatile_tails = {n.rsplit(".", 1)[-1] for n in self._volatile}
        self._environment = {n for e in knowledge.evidence for n in e.environment}
        self._carriers = CARRYING | {n for e in knowledge.evidence for n in (*e.carriers, *e.sanitisers)}
        self._encoders = {n for e in knowledge.evidence for n in e.encoders}
        self.methods = PromptMethods(walk, words, self._templates, self._environment)
        self.amounts = Amounts(walk)
        runs = walk.resolver.callers.runs
        self._running = {n.rsplit(".", 1)[-1] for r in runs for n in (*r.function, *r.method)}
        self._cuts: dict[str, list[CutRule]] = defaultdict(list)
        for rule in knowledge.first_evidence("cuts"):
            for name in (*rule.function, *rule.method):
                self._cuts[name.rsplit(".", 1)[-1]].append(rule)

    def of(self, ref: Ref, node: Node) -> Text:
        """The text that a call gives."""
        function = self.program.function(ref)
        tail = self.program.tail(ref.module, function, node.args[0]) or ""
        if tail in self._volatile_tails and self.callees.of(ref).names & self._volatile:
            return (Piece(ref, volatile=True),)
        if tail in _NUMBERS:
            return value(ref)
        rule = self.walk.sources.of_call(ref)
        if rule is not None:
            return self._source(ref, node, rule)
        cut = self._cut(ref, tail)
        if cut is not None:
            return limited(self._whole(ref, node), cut)
        target = function.nodes[node.args[0]]
        while target.op == "union" and len(target.args) == 1:
            target = function.nodes[target.args[0]]
        if target.op == "attr":
            method = self.methods.of(ref, node, str(target.args[1]), ref.sibling(target.args[0]))
            if method is not None:
                return method
        return self._called(ref, node, tail, target)

    def arguments(self, ref: Ref, node: Node) -> list[Text]:
        """The texts of all arguments."""
        return self.walk.all(ref, (n for _, n in node.args[1]))

    def _whole(self, ref: Ref, node: Node) -> Text:
        """The arguments of a call, or what its method is asked of when there is none with text."""
        text = joined(self.arguments(ref, node))
        if sources(text):
            return text
        target = self.program.node(ref.sibling(node.args[0]))
        base = sources(self.walk.of(ref.sibling(target.args[0]))) if target.op == "attr" else ()
        return base or text

    # sources and cuts ------------------------------------------------------------------------------------------

    def _source(self, ref: Ref, node: Node, rule: InputRule) -> Text:
        piece = self.walk.sources.piece(rule, ref)
        if piece.large:
            piece = self.amounts.of(ref, rule, piece)
        if rule.own_when_constant is None:
            return (piece,)
        path = self._path(ref, node, rule.own_when_constant)
        if path is None:
            return (piece,)
        text = self.walk.of(path)
        if any(p.origin is not None for p in text):
            # A name that nobody knows beside text that is written: of a folder of the program, most likely.
            unread = all(p.origin in (None, "unknown") for p in text) and any(p.text for p in text)
            return (own_file(piece, text),) if unread else (piece,)
        holes = [p.hole for p in text if p.hole is not None]
        return (piece._replace(hole=holes[-1]) if holes else own_file(piece, text),)

    def _path(self, ref: Ref, node: Node, place: int | str) -> Ref | None:
        if place == "self":
            target = self.program.node(ref.sibling(node.args[0]))
            return ref.sibling(target.args[0]) if target.op == "attr" else None
        return self.resolver.argument(ref, str(place), place if isinstance(place, int) else None)

    def _cut(self, ref: Ref, tail: str) -> str | None:
        """What shortens the text here."""
        for rule in self._cuts.get(tail, ()):
            if self.callees.matches(ref, rule):
                if not rule.keywords or any(self.resolver.argument(ref, k) is not None for k in rule.keywords):
                    callee = self.callees.of(ref)
                    return f"{callee.receiver}.{tail}" if 0 < len(callee.receiver) < 40 else tail
        return None

    # functions -------------------------------------------------------------------------------------------------

    def _called(self, ref: Ref, node: Node, tail: str, target: Node) -> Text:
        callee = self.callees.of(ref)
        if callee.functions:
            return self.walk.functions.returned(callee.functions, ref)
        if callee.is_sdk or ref in self.walk.models or callee.names & self._environment:
            return value(ref)  # an answer, or a setting
        role = self._message_role(callee)
        if role is not None:
            return in_message(self._content(ref, node), role, ref)
        if callee.names & self._placeholders:
            names = self.resolver.constants(ref.sibling(node.args[1][0][1])) if node.args[1] else []
            return (Piece(ref, text=f"{{{names[0]}}}", role="unknown", message=ref),) if names else unknown(ref)
        if callee.names & self._registries:
            return self._registered(ref, node)
        if callee.classes:
            return self._built(ref, node)
        return self._library(ref, node, callee, tail, target)

    def _message_role(self, callee: Callee) -> str | None:
        return next((self._classes[n] for n in sorted(callee.names) if n in self._classes), None)

    def _content(self, ref: Ref, node: Node) -> Text:
        """What a message says: its arguments without its id and the like."""
        plain = self.walk.messages.plain_keys
        left_out = plain | self._partials
        return joined(self.walk.of(ref.sibling(n)) for k, n in node.args[1] if k not in left_out)

    def _registered(self, ref: Ref, node: Node) -> Text:
        """A prompt that is fetched by its name."""
        names = self.resolver.constants(ref.sibling(node.args[1][0][1])) if node.args[1] else []
        return (Piece(ref, own_file=True, name=str(names[0]) if names else None),)

    def _built(self, ref: Ref, node: Node) -> Text:
        """An object of a class of the project: what it is made of, in the role that it says."""
        role = next((n for k, n in node.args[1] if k == "role"), None)
        text = self._content(ref, node)
        return in_message(text, self.walk.messages.role(ref.sibling(role)), ref) if role is not None else text

    def _library(self, ref: Ref, node: Node, callee: Callee, tail: str, target: Node) -> Text:
        if callee.names & self._encoders:
            return tuple(p._replace(large=None) for p in sources(self._whole(ref, node))) or value(ref)
        if callee.names & self._carriers or callee.names & self._templates or self._is_class(callee, tail):
            return self._filled_before(ref, node, self._built(ref, node))
        if tail in self._running:
            run = self._run(ref, node)
            if run:
                return run
        if target.op == "attr":
            # A method of something that was read: `page.extract()` of a document.
            base = self.walk.of(ref.sibling(target.args[0]))
            if is_value(base):
                return base
            inside = tuple(p for p in sources(base) if p.origin != "unknown")
            if inside or any(p.own_file for p in base):
                return inside or tuple(p._replace(text=None) for p in base if p.own_file)
        return unknown(ref)

    def _filled_before(self, ref: Ref, node: Node, text: Text) -> Text:
        """A template some of whose placeholders are filled where it is made."""
        for keyword, number in node.args[1]:
            if keyword in self._partials and self.program.node(ref.sibling(number)).op == "dict":
                text = fill(text, BRACES, self.methods.entries(ref.sibling(number)))
        return text

    def _run(self, ref: Ref, node: Node) -> Text:
        """What a function of the project gives that a library runs: `to_thread(build, text)`."""
        targets = [
            value
            for _, number in node.args[1][:2]
            for value in self.resolver.values(ref.sibling(number))
            if isinstance(value, FunctionValue) and self._is_run(ref, number)
        ]
        return self.walk.functions.returned(targets, None)

    def _is_run(self, ref: Ref, number: int) -> bool:
        rule, _ = self.resolver.callers.run_rule(ref, number)
        return rule is not None and not rule.wraps

    def _is_class(self, callee: Callee, tail: str) -> bool:
        """A class of a library, or one of its constructors, around a text: `Part.from_text(text=...)`."""
        parts = [p for name in callee.names for p in name.split(".")[-2:]]
        if tail.startswith(("from_text", "from_", "of_text")):
            return any(p[:1].isupper() for p in parts)
        return tail[:1].isupper() and (not callee.names or any(p[:1].isupper() for p in parts))
