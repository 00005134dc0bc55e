"""What becomes of an answer in a call that it is given to, or whose method it is."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import Node
from readylint.link.answer_checks import AnswerChecks
from readylint.link.answer_reads import AnswerReads
from readylint.link.answer_state import CHECKED, NUMBERS, PARSED, RESPONSE, TEXT, TOOL, WEAK, ParseEvent, State
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callee

GROWING = {
    "append", "add", "extend", "insert", "appendleft", "put", "put_nowait", "update", "write", "send", "setdefault",
}  # fmt: skip
LOOKING = {"len", "isinstance", "type", "bool", "hasattr", "print", "repr", "callable", "id"}
CARRYING = {
    "str", "dict", "list", "tuple", "set", "sorted", "reversed", "enumerate", "zip", "iter", "next", "anext", "max",
    "min", "json.dumps", "orjson.dumps", "copy.copy", "copy.deepcopy", "typing.cast", "asyncio.gather", "asyncio.run",
    "asyncio.wait_for", "asyncio.create_task", "asyncio.ensure_future", "asyncio.shield", "getattr", "vars",
    "map", "filter", "textwrap.dedent", "html.unescape", "re.sub", "unicodedata.normalize", "itertools.chain",
    "compile", "io.StringIO", "io.BytesIO", "contextlib.aclosing", "contextlib.closing", "any", "all", "sum",
    "asyncio.as_completed", "tqdm.tqdm", "tqdm.auto.tqdm",
}  # fmt: skip
TESTING = {"startswith", "endswith", "isdigit", "isnumeric", "index", "find", "count", "isalpha"}
"""Methods of text that only ask something of it."""
DUMPING = {"model_dump", "model_dump_json", "to_dict", "dict", "to_dict_recursive"}
"""Methods that give the response object as a whole."""


class AnswerCalls:
    """Goes from a node through the calls around it."""

    def __init__(self, reads: AnswerReads, checks: AnswerChecks, prompts: AbstractSet[Ref]) -> None:
        """`prompts` are the model calls of the program: an answer that reaches one of them feeds a prompt."""
        self.trail = reads.trail
        self.use = reads.trail.use
        self.ways = reads.ways
        self.reads = reads
        self.checks = checks
        self.prompts = prompts
        self.resolver = checks.resolver
        self.program = checks.program

    def called(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        """The node is called, or is an argument of a call."""
        if node.args[0] == ref.node:
            self._method(user, node, ref, state)
            return
        callee = self.checks.callees.of(user)
        position, keyword = next(((i, k) for i, (k, n) in enumerate(node.args[1]) if n == ref.node), (0, None))
        if user in self.prompts:
            self.use.drives.add("prompt")
            return
        if self._validated(user, callee, state) or self._parsed(user, callee, state, position):
            return
        if state.label == TOOL and self.checks.is_parse(callee):
            self.trail.push(user, state)
            return
        self._sunk(user, ref, state, position, keyword)
        effect = self.checks.effect(user)
        if effect is not None:
            self.use.drives.add(effect)
            self.use.shown = self.use.shown or effect == "reply"
        for value in callee.functions:
            self.trail.push_all(self.ways.into(value, user, ref, state, keyword))
        for cls in callee.classes:
            self.trail.push_all(self.ways.constructed(cls, user, ref, state, keyword))
        if not callee.functions and not callee.classes:
            self._library(user, node, callee, state)

    def _validated(self, user: Ref, callee: Callee, state: State) -> bool:
        """A check against a schema: the state becomes checked."""
        name = self.checks.validator(callee)
        if name is None or (state.label == TEXT and callee.classes and not self._is_enumeration(callee)):
            return False
        if state.parse is not None and state.parse in self.use.parses:
            self.use.parses[state.parse].validated_by = name
        if state.label in (TEXT, PARSED):
            self.use.validated = True
        self.trail.push(user, state.as_(CHECKED))
        return True

    def _is_enumeration(self, callee: Callee) -> bool:
        """`Label(text)` checks a text; a record that a text is put into does not."""
        return any(base.startswith("enum.") for base in callee.external_bases)

    def _parsed(self, user: Ref, callee: Callee, state: State, position: int) -> bool:
        if state.label not in (TEXT, PARSED, RESPONSE) or state.fields:
            return False
        how = self.checks.parse(callee, position)
        if how is None:
            return False
        if state.label == RESPONSE:
            self.trail.push(user, state)
        else:
            self._parse(user, how, state)
        return True

    def _parse(self, user: Ref, how: str, state: State) -> None:
        """The answer is taken apart here. A pre-clean before a stronger parse is no parse of its own."""
        if state.parse is not None and state.parse in self.use.parses:
            earlier = self.use.parses[state.parse]
            if earlier.how in WEAK and how not in WEAK:
                earlier.superseded = True
            elif how in WEAK and earlier.how not in WEAK:
                self.trail.push(user, state)
                return
        if state.far or state.fields:
            return
        if user not in self.use.parses:
            event = self.use.parses[user] = ParseEvent(how, user, self.checks.is_guarded(user))
            if how in NUMBERS and event.guarded:
                event.validated_by = "the conversion, whose error is handled"
        self.trail.push(user, state.as_(PARSED, user))

    def _sunk(self, user: Ref, ref: Ref, state: State, position: int, keyword: str | None) -> None:
        if state.label not in (TEXT, PARSED, TOOL) or state.far or state.fields or self._is_number(state):
            return
        for sink in self.checks.sinks_of(user, ref, position, keyword):
            self.use.sinks.setdefault(sink, user)

    def _is_number(self, state: State) -> bool:
        """What went through `int()` or `float()` can carry no code."""
        return state.parse in self.use.parses and self.use.parses[state.parse].how in NUMBERS

    # functions of libraries ------------------------------------------------------------------------------------

    def _library(self, user: Ref, node: Node, callee: Callee, state: State) -> None:
        if self.checks.is_sanitised(callee):
            self.use.shown = True
            return
        if callee.tail in ("get", "index", "count", "startswith", "endswith", "pop") and state.label in (TEXT, PARSED):
            self.use.drives.add("branch")
            return
        if callee.names & CARRYING or callee.tail in ("gather", "dumps"):
            if "getattr" in callee.names:
                self._got(user, node, state)
            else:
                self._carried(user, callee.tail, state)
            return
        if callee.names & LOOKING:
            event = self.trail.parse_of(state)
            if "isinstance" in callee.names and event is not None:
                event.validated_by = "isinstance"
            if callee.tail in ("len", "bool", "isinstance"):
                self.reads.looked_at(state)
            return
        target = self.program.node(user.sibling(node.args[0]))
        if target.op == "attr" and target.args[1] in GROWING:
            self._grown(user.sibling(target.args[0]), str(target.args[1]), state)
            return
        if target.op == "attr" and target.args[1] in ("join", "format"):
            self._carried(user, str(target.args[1]), state)
            return
        if callee.tail in LOOKING or self.checks.is_recorded(user):
            return
        self.use.escape(state, f"it is passed to {callee.tail or 'a function'}, which was not read")
        if state.label == RESPONSE and not callee.names:
            self.trail.push(user, state)

    def _carried(self, user: Ref, name: str, state: State) -> None:
        """Through a function that gives back what it gets, an element of it, or its text."""
        if name == "dumps":
            state = replace(state, fields=())
            self.trail.push(user, state.as_(TEXT, state.parse) if state.label == PARSED else state)
            return
        inner: State | None = state
        if name in ("join", "next", "anext", "max", "min", "sum", "format"):
            inner = state.out_of("[]")
        if inner is not None and name in ("join", "format") and state.label != RESPONSE:
            inner = inner.as_(TEXT, state.parse)
        self.trail.push(user, inner)

    def _grown(self, base: Ref, method: str, state: State) -> None:
        """Added to a list of the function. What joins a list that outlives it is not told apart any more."""
        node = self.program.node(base)
        for _ in range(4):
            if node.op == "union" and node.args:
                node = self.program.function(base).nodes[node.args[0]]
        if node.op in ("list", "set", "call", "comp") and method not in ("update", "setdefault"):
            self.trail.push(base, state.into("[]"))
        elif node.op == "dict" and method == "update":
            self.trail.push(base, state)
        elif node.op == "attr" and state.label == TEXT:
            self.use.drives.add("prompt")

    def _got(self, user: Ref, node: Node, state: State) -> None:
        """`getattr(response, "usage", None)`."""
        keys = self.resolver.constants(user.sibling(node.args[1][1][1])) if len(node.args[1]) > 1 else []
        names = [k for k in keys if isinstance(k, str)]
        for name in names:
            self.reads.attribute(user, name, state)
        if not names:
            self.use.escape(state, "an attribute is read by a computed name")

    # methods of what the node is -------------------------------------------------------------------------------

    def _method(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        """The node is an attribute that is called: a method of the answer, its text or its parsed form."""
        target = self.program.node(ref)
        name = str(target.args[1]) if target.op == "attr" else ""
        first = user.sibling(node.args[1][0][1]) if node.args[1] else None
        how = self.checks.parse_method(name)
        if state.fields:
            self._kept_method(user, first, name, state)
        elif state.label == TEXT and how is not None:
            self._parse(user, how, state)
        elif state.label == PARSED:
            event = self.trail.parse_of(state)
            self.trail.take_part(state)
            if name == "get" and event is not None and first is not None and self.resolver.values(first):
                event.keys_checked = True
            self.trail.push(user, state)
        elif state.label in (RESPONSE, CHECKED) and name == "get" and first is not None:
            for key in self.resolver.constants(first):
                if isinstance(key, str):
                    self.reads.attribute(user, key, state)
        elif name in TESTING:
            self.reads.looked_at(state)
        else:
            if state.label == RESPONSE and name in DUMPING:
                self.use.returned_raw = True
            self.trail.push(user, state)

    def _kept_method(self, user: Ref, first: Ref | None, name: str, state: State) -> None:
        """A method of the object in which the answer is kept: `get("text")`, `items()`, `pop()`."""
        if name in ("get", "pop", "setdefault") and first is not None:
            for key in self.resolver.constants(first):
                self.trail.push(user, state.out_of(str(key)))
        elif name in ("copy", "model_dump", "dict", "popleft", "pop"):
            self.trail.push(user, state)
