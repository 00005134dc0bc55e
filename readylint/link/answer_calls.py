"""What becomes of an answer in a call that it is given to, or whose method it is."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import Node
from readylint.link.answer_checks import AnswerChecks
from readylint.link.answer_reads import DUMPING, AnswerReads
from readylint.link.answer_state import (
    CHECKED,
    CONTAINERS,
    NUMBERS,
    PARSED,
    RESPONSE,
    TEXT,
    TOOL,
    WEAK,
    ParseEvent,
    State,
)
from readylint.values import FunctionValue, Ref

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
    "asyncio.as_completed", "tqdm.tqdm", "tqdm.auto.tqdm", "textwrap.fill", "textwrap.shorten", "textwrap.wrap",
    "textwrap.indent", "shlex.split", "os.path.join", "os.path.abspath", "os.path.realpath", "os.path.normpath",
    "os.path.expanduser", "urllib.parse.urljoin",
}  # fmt: skip
PATH_KEEPING = {
    "resolve", "absolute", "expanduser", "with_name", "with_suffix", "with_stem", "joinpath", "as_posix", "relative_to",
    "rename", "replace",
}  # fmt: skip
"""Methods of a path that give a path again."""
SUBSTITUTING = {"re.sub", "regex.sub"}
QUEUES = {"put", "put_nowait"}
TESTING = {"startswith", "endswith", "isdigit", "isnumeric", "index", "find", "count", "isalpha"}
"""Methods of text that only ask something of it."""


TAKING_APART = (
    "load", "parse", "decode", "json", "yaml", "toml", "xml", "csv", "read", "from_", "extract", "split", "convert",
    "compile", "eval", "exec", "run", "call", "apply", "map", "invoke", "submit", "validate", "transform", "import",
    "query", "sql", "thread", "partial", "deserial", "unmarshal", "match", "search", "find",
)  # fmt: skip
"""Parts of names of library functions that may do more with a text than show, send or store it."""


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
        self._sunk(user, ref, state, position, keyword)
        if self._validated(user, callee, state) or self._parsed(user, callee, state, position):
            return
        if state.label == TOOL and self.checks.is_parse(callee):
            self.trail.push(user, state)
            return
        self._recorded(user, callee, state)
        for value in self.ways.overriding(callee.functions, user):
            self.trail.push_all(self.ways.into(value, user, ref, state, keyword))
        for cls in callee.classes:
            self.trail.push_all(self.ways.constructed(cls, user, ref, state, keyword))
        if not callee.functions and not callee.classes and not self._run(user, state, position, keyword):
            self._library(user, node, callee, state)

    def _recorded(self, user: Ref, callee: Callee, state: State) -> None:
        """What the call leaves a trace of: an answer that is shown or written; the usage with the whole of it."""
        effect = self.checks.effect(user)
        if effect is not None:
            self.use.drives.add(effect)
            self.use.shown = self.use.shown or effect == "reply"
        if state.label == RESPONSE and self.use.usage is None:
            kept = state.dumped and effect != "reply" and not callee.functions and self.checks.is_recorded(user)
            if kept or callee.names & self.checks.usage_readers:
                self.use.usage = user

    def _run(self, user: Ref, state: State, position: int, keyword: str | None) -> bool:
        """The call runs a function of the project with it: `to_thread(f, text)`, `Thread(target=f, args=(text,))`."""
        inside = state
        if keyword == "args" and state.fields:
            kept = state.out_of("[]")
            if kept is None:
                return False
            index = state.fields[-1].strip("[]")
            position, inside = int(index or 0), kept
        elif keyword is not None:
            return False
        targets = [(t, at) for t, at in self.checks.run_by(user, position) if isinstance(t, FunctionValue)]
        for target, at in targets:
            self.trail.push_all(self.ways.into_position(target, user, at, inside))
        return bool(targets)

    def _validated(self, user: Ref, callee: Callee, state: State) -> bool:
        """A check against a schema: the state becomes checked."""
        name = self.checks.validator(user)
        if name is None or (state.label in (TEXT, CHECKED) and callee.classes and not self._is_enumeration(callee)):
            return False  # a record that it is put into
        event = self.use.parses.get(state.parse) if state.parse is not None else None
        if event is not None:
            event.validated_by = name
            event.checked_later.update([state.read] if state.read is not None else [])
        if state.label in (TEXT, PARSED):
            self.use.validated = True
            if not state.far:
                self.use.checked_at.add(user)
        checked = state.harmless() if self._is_enumeration(callee) else state
        self.trail.push(user, replace(checked.as_(CHECKED), schema=self.checks.shapes.validated(user)))
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
                self.trail.push(user, state.harmless() if how in NUMBERS else state)
                return
        if state.far or state.fields:
            return
        if user not in self.use.parses:
            event = self.use.parses[user] = ParseEvent(how, user, self.checks.is_guarded(user))
            if how in NUMBERS and event.guarded:
                event.validated_by = "the conversion, whose error is handled"
        self.trail.push(user, replace(state.as_(PARSED, user), around=None, read=None))

    def _sunk(self, user: Ref, ref: Ref, state: State, position: int, keyword: str | None) -> None:
        if not state.dangerous or self._is_number(state):
            return
        found: list[str] = []
        if not state.fields:
            found = self.checks.sinks_of(user, ref, position, keyword)
            found += self.checks.sinks_through(user, ref, position) if keyword is None else []
        elif len(state.fields) == 1 and state.placed is not None:
            found = self.checks.words_sinks(user, ref, state.placed, position, keyword)
        for sink in found:
            if sink not in state.safe:
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
        if callee.names & self.checks.paths:
            self.trail.push(user, replace(state, path=True))
            return
        if callee.names & CARRYING or callee.names & self.checks.carriers or callee.tail in ("gather", "dumps"):
            if "getattr" in callee.names:
                self._got(user, node, state)
            elif callee.names & SUBSTITUTING and self.checks.tests.keeps_words(user):
                self._carried(user, callee.tail, state.harmless())
            else:
                self._carried(user, callee.tail, state)
            return
        if callee.names & LOOKING:
            event = self.trail.parse_of(state)
            if "isinstance" in callee.names and event is not None:
                if self._asks_content(user, node):
                    event.validated_by = "isinstance"
                else:
                    event.keys_checked = True
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
        if state.label == TEXT and self._takes_as_text(user, callee):
            self.use.shown = True
            return
        self.use.escape(state, f"it is passed to {callee.tail or 'a function'}, which was not read")
        if state.label == RESPONSE and not callee.names:
            self.trail.push(user, state)

    def _takes_as_text(self, call: Ref, callee: Callee) -> bool:
        """A function of a library that is known, and whose name speaks of neither parsing nor running.

        It shows, sends or stores the text; what takes a text apart is in the evidence files.
        """
        if not callee.names or callee.functions or callee.classes or callee.is_sdk:
            return False
        if not all(name.partition(".")[0] in self.checks.known_libraries for name in callee.names):
            return False
        tail = callee.tail.lower()
        if any(word in tail for word in TAKING_APART):
            return False
        return not any(self.resolver.callers.run_rule(call, n)[0] for _, n in self.program.node(call).args[1])

    def _asks_content(self, user: Ref, node: Node) -> bool:
        """Whether `isinstance` asks for more than that it is an object or a list."""
        if len(node.args[1]) < 2:
            return False
        types = self.program.node(user.sibling(node.args[1][1][1]))
        function = self.program.function(user)
        numbers = types.args if types.op == "tuple" else (node.args[1][1][1],)
        names = {self.program.tail(user.module, function, n) for n in numbers}
        return not names <= CONTAINERS

    def _carried(self, user: Ref, name: str, state: State) -> None:
        """Through a function that gives back what it gets, an element of it, or its text."""
        if name == "dumps":
            state = replace(state, fields=(), dumped=state.whole and not state.fields)
            self.trail.push(user, state.as_(TEXT, state.parse) if state.label == PARSED else state)
            return
        inner: State | None = state
        if name in ("join", "next", "anext", "max", "min", "sum", "format"):
            inner = state.out_of("[]")
        if inner is not None and name in ("join", "format") and state.label != RESPONSE:
            inner = replace(inner.as_(TEXT, state.parse), built=not inner.fields)
        self.trail.push(user, inner)

    def _grown(self, base: Ref, method: str, state: State) -> None:
        """Added to a list of the function. What joins a list that outlives it is not told apart any more."""
        node = self.program.node(base)
        for _ in range(4):
            if node.op == "union" and node.args:
                node = self.program.function(base).nodes[node.args[0]]
        if node.op in ("list", "set", "call", "comp") and method not in ("update", "setdefault"):
            self.trail.push(base, state.into("[]"))
        elif node.op == "name" and method in QUEUES:
            self._queued(base, state)
        elif node.op == "dict" and method == "update":
            self.trail.push(base, state)
        elif node.op == "attr" and state.label == TEXT:
            self.use.drives.add("prompt")

    def _queued(self, base: Ref, state: State) -> None:
        """Put into a queue of the module: it is taken out again wherever the module names that."""
        others = self.ways.same_name(base)
        self.trail.push_all((other, state.into("[]")) for other in others)
        if not others:
            self.use.escape(state, "it is put into a queue")

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
        if state.path and not state.fields:
            self._path_method(user, name, state)
            if name not in PATH_KEEPING and not hasattr(str, name):
                return  # what stands in the file is not what the model wrote
        if state.fields:
            self._kept_method(user, first, name, state)
        elif state.label == TEXT and how is not None:
            self._parse(user, how, state)
        elif state.label == PARSED:
            event = self.trail.parse_of(state)
            state = self.trail.take_part(user, state)
            if name == "get" and event is not None and first is not None and self.resolver.values(first):
                event.keys_checked = True
            self.trail.push(user, state)
        elif state.label in (RESPONSE, CHECKED) and name == "get" and first is not None:
            for key in self.resolver.constants(first):
                if isinstance(key, str):
                    self.reads.attribute(user, key, state)
        elif state.label == TEXT and name == "get" and first is not None:
            for key in self.resolver.constants(first):
                self.reads.read_name(str(key), user)
            self.trail.push(user, state)
        elif name in TESTING:
            self.reads.looked_at(state)
        else:
            if state.label == RESPONSE and name in DUMPING:
                self.use.returned_raw = True
                state = replace(state, dumped=state.whole)
            self.trail.push(user, state)

    def _path_method(self, user: Ref, name: str, state: State) -> None:
        sink = self.checks.path_sink(name)
        if sink is not None and state.dangerous and sink not in state.safe and not self._is_number(state):
            self.use.sinks.setdefault(sink, user)

    def _kept_method(self, user: Ref, first: Ref | None, name: str, state: State) -> None:
        """A method of the object in which the answer is kept: `get("text")`, `items()`, `pop()`."""
        if name in ("get", "pop", "setdefault") and first is not None:
            for key in self.resolver.constants(first):
                self.trail.push(user, state.out_of(str(key)))
        elif name in ("get", "get_nowait", "popleft", "pop") and state.fields[-1][:1] == "[":
            self.trail.push(user, state.out_of("[]"))
        elif name in ("copy", "model_dump", "dict", "popleft", "pop"):
            self.trail.push(user, state)
        else:
            for value in self.checks.callees.of(user).functions:
                self.trail.push_all(self.ways.into_receiver(value, user, state))
