"""What functions of libraries do with an answer that they are given: carry it on, keep it, show it, or nobody knows."""

from __future__ import annotations

import builtins
from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import Node
from readylint.link.answer_checks import AnswerChecks
from readylint.link.answer_reads import AnswerReads
from readylint.link.answer_state import CONTAINERS, PARSED, RESPONSE, TEXT, State
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
    "map", "filter", "textwrap.dedent", "html.unescape", "re.sub", "regex.sub", "unicodedata.normalize",
    "itertools.chain", "compile", "io.StringIO", "io.BytesIO", "contextlib.aclosing", "contextlib.closing", "any",
    "all", "sum", "asyncio.as_completed", "tqdm.tqdm", "tqdm.auto.tqdm", "textwrap.fill", "textwrap.shorten",
    "textwrap.wrap",
    "textwrap.indent", "shlex.split", "os.path.join", "os.path.abspath", "os.path.realpath", "os.path.normpath",
    "os.path.expanduser", "urllib.parse.urljoin",
}  # fmt: skip
AS_FILE = {"io.StringIO", "io.BytesIO"}
"""What is read like a file and is none: the text is its content, not its name."""
GIVING = {"gather", "dumps", "run_until_complete"}
"""Methods that give back what they are given, whatever they are methods of."""
PAIRING = {"enumerate", "zip"}
SUBSTITUTING = {"re.sub", "regex.sub"}
QUEUES = {"put", "put_nowait"}
TAKING_APART = (
    "load", "parse", "decode", "json", "yaml", "toml", "xml", "csv", "read", "from_", "extract", "split", "convert",
    "compile", "eval", "exec", "run", "call", "apply", "map", "invoke", "submit", "validate", "transform", "import",
    "query", "sql", "thread", "partial", "deserial", "unmarshal", "match", "search", "find",
)  # fmt: skip
"""Parts of names of library functions that may do more with a text than show, send or store it."""
ERRORS = {n for n, value in vars(builtins).items() if isinstance(value, type) and issubclass(value, BaseException)}
"""Errors of the language: what they are given goes no further than the message."""
ASKING = {"get", "index", "count", "startswith", "endswith", "pop"}
"""Methods that look for what they are given."""


class AnswerLibrary:
    """Goes through calls of functions that were not read."""

    def __init__(self, reads: AnswerReads, checks: AnswerChecks) -> None:
        self.trail = reads.trail
        self.use = reads.trail.use
        self.ways = reads.ways
        self.reads = reads
        self.checks = checks
        self.resolver = checks.resolver
        self.program = checks.program

    def given(self, user: Ref, node: Node, callee: Callee, ref: Ref, state: State) -> None:
        """What a function that is not of the project does with what it is given."""
        if self.checks.is_sanitised(callee):
            self.use.shown = True
            return
        if callee.tail in ASKING and state.label in (TEXT, PARSED, RESPONSE):
            self.use.drives.update(["branch"] if state.label != RESPONSE else [])
            return
        if callee.names & self.checks.paths:
            self.trail.push(user, replace(state, path=True))
            return
        if callee.names & CARRYING or callee.names & self.checks.carriers or callee.tail in GIVING:
            if "getattr" in callee.names:
                self._got(user, node, state)
            elif callee.names & PAIRING:
                self._paired(user, node, callee, ref, state)
            elif callee.names & AS_FILE:
                self._carried(user, callee.tail, state.harmless("path"))
            elif callee.names & SUBSTITUTING and self.checks.tests.keeps_words(user):
                self._carried(user, callee.tail, state.harmless())
            else:
                self._carried(user, callee.tail, state)
            return
        if callee.names & LOOKING:
            event = self.trail.parse_of(state)
            if "isinstance" in callee.names and event is not None:
                if self._asks_content(user, node):
                    event.check("isinstance", state.key)
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
        if state.label == RESPONSE and (callee.tail in self.checks.shows or self._only_shows(user, callee)):
            return
        if state.label == TEXT and self._takes_as_text(user, callee):
            self.use.shown = True
            return
        if callee.tail in ERRORS and not callee.classes:
            return
        self.use.escape(state, f"it is passed to {callee.tail or 'a function'}, which was not read")
        if state.label == RESPONSE and not callee.names:
            self.trail.push(user, state)

    def _only_shows(self, call: Ref, callee: Callee) -> bool:
        """A function of a known library that is no class: nothing of an answer is read in it that it would tell."""
        known = all(n.partition(".")[0] in self.checks.known_libraries for n in callee.names)
        return known and "." in next(iter(callee.names), "") and self._takes_as_text(call, callee)

    def _takes_as_text(self, call: Ref, callee: Callee) -> bool:
        """A function of a library that is known, and whose name speaks of neither parsing nor running.

        It shows, sends or stores the text; what takes a text apart is in the evidence files. Of a library that is not
        known only a class is told, which keeps the text, or a name that says it all.
        """
        if callee.tail in self.checks.shows and not callee.functions and not callee.classes:
            return True
        if not callee.names or callee.functions or callee.classes or callee.is_sdk:
            return False
        known = self.checks.known_libraries
        if not callee.tail[:1].isupper() and not all(n.partition(".")[0] in known for n in callee.names):
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
        if name == "str" and state.label == RESPONSE and not state.fields:
            state = replace(state.as_(TEXT), built=True)
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

    def _paired(self, user: Ref, node: Node, callee: Callee, ref: Ref, state: State) -> None:
        """An entry beside its number, or beside those of other lists."""
        place = 1 if "enumerate" in callee.names else [n for _, n in node.args[1]].index(ref.node)
        inner = state.out_of("[]")
        pair = inner.into(f"[{place}]") if inner is not None else None
        self.trail.push(user, pair.into("[]") if pair is not None else None)

    def _grown(self, base: Ref, method: str, state: State) -> None:
        """Added to a list of the function. What joins a list that outlives it is not told apart any more."""
        node = self.program.node(base)
        for _ in range(4):
            if node.op == "union" and node.args:
                node = self.program.function(base).nodes[node.args[0]]
        if node.op in ("list", "set", "call", "comp", "param") and method not in ("update", "setdefault"):
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
