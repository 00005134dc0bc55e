"""The answer's way: from a call forward through names, attributes, returns and arguments to what is done with it.

A worklist of (node, state). States: `response` (the SDK's object or a part of it), `text` (model text), `parsed`
(taken apart, with the parse it came from), `checked` (validated), `tool` (arguments of a tool call). Where the way
leaves the code that was read the answer `escapes`, and what was not seen on it is unknown instead of missing.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from readylint.catalogue import ParseRule, SinkRule
from readylint.facts import Span
from readylint.flow import NOTHING, Exit, FunctionFlow, Node, Store
from readylint.link.calls import ModelCall
from readylint.link.exceptions import Exceptions
from readylint.link.objects import PIPE
from readylint.values import Const, Container, FunctionValue, ObjectValue, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callee, Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver

STEPS = 6000
PARSE_ERRORS = {"Exception", "BaseException", "ValueError", "JSONDecodeError", "YAMLError", "SyntaxError"}
RESPONSE, TEXT, PARSED, CHECKED, TOOL = "response", "text", "parsed", "checked", "tool"
WEAK = {"split", "regex", "int", "float", "date"}
GROWING = {
    "append",
    "add",
    "extend",
    "insert",
    "appendleft",
    "put",
    "put_nowait",
    "update",
    "write",
    "send",
    "setdefault",
}
TEXT_METHODS = {
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "casefold", "replace", "removeprefix", "removesuffix",
    "encode", "decode", "format", "join", "capitalize", "expandtabs", "translate", "zfill", "ljust", "rjust", "group",
    "groups", "model_dump_json",
    "to_json", "json",
}  # fmt: skip
LOOKING = {"len", "isinstance", "type", "bool", "hasattr", "print", "repr", "callable", "id"}
CARRYING = {
    "str", "dict", "list", "tuple", "set", "sorted", "reversed", "enumerate", "zip", "iter", "next", "anext", "max",
    "min", "json.dumps", "orjson.dumps", "copy.copy", "copy.deepcopy", "typing.cast", "asyncio.gather", "asyncio.run",
    "asyncio.wait_for", "asyncio.create_task", "asyncio.ensure_future", "asyncio.shield", "getattr", "vars",
    "map", "filter", "textwrap.dedent", "html.unescape", "re.sub", "unicodedata.normalize", "itertools.chain", "compile",
    "io.StringIO", "io.BytesIO", "contextlib.aclosing", "contextlib.closing", "any", "all", "sum",
    "asyncio.as_completed", "tqdm.tqdm", "tqdm.auto.tqdm",
}  # fmt: skip


Tables = tuple[dict[int, list[Exit]], dict[int, list[Store]], set[int], dict[int, list[str]]]


@dataclass(slots=True)
class ParseEvent:
    """One place where the answer is taken apart."""

    how: str
    ref: Ref
    guarded: bool | None = None
    validated_by: str | None = None
    superseded: bool = False
    used: bool = False
    keys_checked: bool = False
    unpacked: bool = False


@dataclass(slots=True)
class AnswerUse:
    """Everything seen on the way of one answer."""

    parses: dict[Ref, ParseEvent] = field(default_factory=dict)
    stop: bool = False
    usage: Ref | None = None
    empty: bool = False
    tested: bool = False
    escapes: str = ""
    """Why the response object left the code that was read."""
    text_escapes: str = ""
    """Why model text left it."""
    sinks: dict[str, Ref] = field(default_factory=dict)
    drives: set[str] = field(default_factory=set)
    validated: bool = False
    shown: bool = False
    returned_raw: bool = False
    steps: int = 0
    reached: bool = False


STACK = 6
"""Calls on the way that are remembered."""
FIELDS = 4
"""Longer access paths are not followed."""


@dataclass(frozen=True, slots=True)
class State:
    """What a node holds of the answer.

    `fields` are the keys, attributes or "[]" under which it is kept in the object that the node is, outermost last;
    `far` says that it went through an object that many places share, where reads of other instances look the same.
    """

    label: str
    parse: Ref | None = None
    fields: tuple[str, ...] = ()
    far: bool = False
    stack: tuple[Ref, ...] = ()
    """The calls through which it came into functions; it returns by the same way."""

    def into(self, name: str) -> State | None:
        """Kept under a name in a larger object; None when the path gets too long."""
        return replace(self, fields=(*self.fields, name)) if len(self.fields) < FIELDS else None

    def out_of(self, name: str | None) -> State | None:
        """Read again under a name; None when something else is read."""
        if not self.fields:
            return self
        return replace(self, fields=self.fields[:-1]) if name == self.fields[-1] else None

    def as_(self, label: str, parse: Ref | None = None) -> State:
        """The same value in another state."""
        return replace(self, label=label, parse=parse)


class Answers:
    """Follows answers forward."""

    def __init__(self, resolver: Resolver, callees: Callees, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.entries = entries
        knowledge = resolver.knowledge
        self.exceptions = Exceptions(resolver)
        self.parses: list[ParseRule] = knowledge.first_evidence("parses")
        self.sinks: list[SinkRule] = knowledge.first_evidence("sinks")
        self.writes: list[SinkRule] = knowledge.first_evidence("writes")
        self.logs = knowledge.first_evidence("logs")
        self.validates = knowledge.first_evidence("validates")
        self.sanitisers = {n for e in knowledge.evidence for n in e.sanitisers}
        self._validating_bases = {n for r in self.validates for n in r.subclass_of}
        self._validating_methods = {m for r in self.validates for m in r.method}
        self._parse_methods = {m: r for r in self.parses for m in r.method}
        self._call_refs: set[Ref] = set()
        self._by_function: dict[tuple[int, int], Tables] = {}

    def is_recorded(self, call: Ref) -> bool:
        """Whether a call only logs, prints or writes what it is given."""
        return any(self.callees.matches(call, rule) for rule in (*self.logs, *self.writes))

    def tables(self, module: int, function: FunctionFlow) -> Tables:
        """Exits and stores by their node, tested nodes, and names by the nodes bound to them."""
        key = (module, function.number)
        known = self._by_function.get(key)
        if known is None:
            exits: dict[int, list[Exit]] = defaultdict(list)
            stores: dict[int, list[Store]] = defaultdict(list)
            names: dict[int, list[str]] = defaultdict(list)
            for leave in function.exits:
                exits[leave.node].append(leave)
            for store in function.stores:
                stores[store.value].append(store)
            for name, values in function.bindings.items():
                for value in values:
                    names[value].append(name)
            tested = {n for c in function.contexts if c.kind in ("if", "while", "assert", "match") for n in c.nodes}
            known = self._by_function[key] = (exits, stores, tested, names)
        return known

    def set_calls(self, calls: list[ModelCall]) -> None:
        """The model calls of the program: an answer that reaches one of them feeds a prompt."""
        self._call_refs = {c.argument_call for c in calls if c.argument_call is not None}

    def follow(self, call: ModelCall) -> AnswerUse:
        """What becomes of the answer of a call."""
        walk = _Walk(self, call)
        walk.run()
        return walk.use


class _Walk:
    """One answer's way."""

    def __init__(self, answers: Answers, call: ModelCall) -> None:
        self.a = answers
        self.program = answers.program
        self.resolver = answers.resolver
        self.call = call
        self.use = AnswerUse()
        self.pending: deque[tuple[Ref, State]] = deque()
        self.seen: set[tuple[Ref, State]] = set()
        answer = call.sdk.answer
        extra = call.endpoint.answer if call.endpoint is not None else {}
        self.text_names = _last([*answer.text, *extra.get("text", [])])
        self.stop_names = _last([*answer.stop, *extra.get("stop", [])])
        self.usage_names = _last([*answer.usage, *extra.get("usage", [])])
        self.refusal_names = _last(answer.refusal)
        self.parsed_names = _last(answer.parsed)
        self.tool_names = _last(answer.tool_arguments)
        self.first = State(TEXT if answer.response_text else RESPONSE)

    # the worklist ----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Follow until nothing new is reached."""
        start = self.call.ref
        if self.call.by_reference and self.call.argument_call is not None:
            start = self.call.argument_call
        self.push(start, self._start_state())
        while self.pending and self.use.steps < STEPS:
            self.use.steps += 1
            ref, state = self.pending.popleft()
            self.step(ref, state)
        if self.pending:
            self.use.escapes = self.use.escapes or "its way is too long to follow"
            self.use.text_escapes = self.use.escapes

    def _start_state(self) -> State:
        """Structured calls give checked objects; a parser in a pipeline decides for pipelines."""
        for value in self.call.objects[:1]:
            found = self.resolver.objects.parser_of(self.call.sdk, value)
            if found is not None:
                how, at = found
                if how == "validated":
                    self.use.validated = True
                    return State(CHECKED)
                if how == "parsed":
                    self.use.parses[at] = ParseEvent("output parser", at, guarded=None)
                    return State(PARSED, at)
                return State(TEXT)
            views = {v.id: v for v in self.call.sdk.views}
            if any(o.view in views and views[o.view].sets.get("structured") for o in value.overlays if o.view != PIPE):
                self.use.validated = True
                return State(CHECKED)
        return self.first

    def push(self, ref: Ref, state: State) -> None:
        """Reach a node in a state."""
        if (ref, state) not in self.seen:
            self.seen.add((ref, state))
            self.pending.append((ref, state))

    def step(self, ref: Ref, state: State) -> None:
        """Everything that is done with a node."""
        function = self.program.function(ref)
        for user in self.program.users(ref.module, ref.function).get(ref.node, ()):
            self._used(Ref(ref.module, ref.function, user), function.nodes[user], ref, state, function)
        self._bound(ref, state, function)
        exits, stores, tested, _ = self.a.tables(ref.module, function)
        if any(leave.kind == "return" for leave in exits.get(ref.node, ())):
            self._returned(ref, state, function)
        if ref.node in function.yields:
            self._returned(ref, state, function)
        for store in stores.get(ref.node, ()):
            self._stored(ref, state, store.base, store.key, store.item)
        if ref.node in tested:
            self._looked_at(state)

    def _looked_at(self, state: State, compared: bool = False) -> None:
        """A test: of text only a comparison decides anything, the rest asks whether there is any."""
        if state.label in (RESPONSE, TEXT, CHECKED):
            self.use.empty = True
        if state.label in (PARSED, CHECKED) or (compared and state.label == TEXT):
            self.use.drives.add("branch")
        if state.label == PARSED and state.parse is not None:
            event = self.use.parses[state.parse]
            if event.how == "regex":
                event.validated_by = "the pattern, whose match is tested"

    # uses ------------------------------------------------------------------------------------------------------

    def _used(self, user: Ref, node: Node, ref: Ref, state: State, function: FunctionFlow) -> None:
        op = node.op
        if op == "attr":
            self._attribute(user, str(node.args[1]), state)
        elif op == "item":
            self._item(user, node, ref, state)
        elif op == "call":
            self._call(user, node, ref, state)
        elif op in ("compare", "not"):
            self._compared(user, node, ref, state)
        elif op == "binop" and node.args[0] == "Modulo" and ref.node == node.args[2]:
            self.push(user, state.as_(TEXT, state.parse) if state.label != RESPONSE else state)
        elif op == "binop" and node.args[0] not in ("Add", "Modulo", "BitOr"):
            return
        elif op in ("join", "binop"):
            self.push(user, state if state.label in (TEXT, RESPONSE) else state.as_(TEXT, state.parse))
        elif op == "bool":
            self._looked_at(state)
            self.push(user, state)
        elif op == "ifexp":
            if node.args[0] == ref.node:
                self._looked_at(state)
            else:
                self.push(user, state)
        elif op == "unpack":
            self._unpacked(user, state)
        elif op == "dict":
            self._into_dict(user, node, ref, state)
        elif op in ("list", "tuple", "set", "comp"):
            self._put(user, state, "[]")
        elif op == "iter":
            inner = state.out_of("[]")
            self.push(user, inner) if inner is not None else None
        elif op in ("await", "union", "star", "enter", "yield"):
            self.push(user, state)

    def _put(self, user: Ref, state: State, name: str) -> None:
        inner = state.into(name)
        if inner is not None:
            self.push(user, inner)

    def _into_dict(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        for key, value in node.args:
            if value != ref.node:
                continue
            if key == NOTHING:
                self.push(user, state)
                continue
            keys = [v.value for v in self.resolver.values(Ref(user.module, user.function, key)) if isinstance(v, Const)]
            if keys:
                self._put(user, state, str(keys[0]))

    def _read_name(self, name: str, user: Ref) -> None:
        if name in self.stop_names:
            self.use.stop = True
        if name in self.usage_names and self.use.usage is None:
            self.use.usage = user
        if name in self.refusal_names:
            self.use.empty = True

    def _attribute(self, user: Ref, name: str, state: State) -> None:
        if state.fields:
            inner = state.out_of(name)
            if inner is not None:
                self.push(user, inner)
            elif name in ("items", "values", "get", "pop", "copy", "model_dump", "dict"):
                self.push(user, state)
            return
        if state.label == RESPONSE:
            self._read_name(name, user)
            if name in self.usage_names or name in self.stop_names:
                return
            if name in self.tool_names:
                self.push(user, state.as_(TOOL))
                return
            if name in self.parsed_names:
                self.use.validated = True
                self.push(user, state.as_(CHECKED))
            else:
                self.push(user, state.as_(TEXT) if name in self.text_names else state)
        elif state.label == CHECKED:
            self._read_name(name, user)
            self.push(user, state)
        elif state.label == PARSED:
            self._used_parse(state)
            self.push(user, state)
        else:
            if name in self.stop_names or name in self.usage_names:
                self._read_name(name, user)
            self.push(user, state)

    def _used_parse(self, state: State) -> None:
        if state.parse is not None:
            self.use.parses[state.parse].used = True

    def _item(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        if node.args[1] == ref.node and node.args[0] != ref.node:
            if state.label in (PARSED, TEXT):
                self.use.drives.add("branch")
            return
        keys = [
            v.value for v in self.resolver.values(Ref(user.module, user.function, node.args[1])) if isinstance(v, Const)
        ]
        name = keys[0] if keys and isinstance(keys[0], str) else None
        if state.fields:
            inner = state.out_of(name if name is not None else "[]")
            if inner is not None:
                self.push(user, inner)
            return
        if name is not None and state.label == RESPONSE:
            self._attribute(user, name, state)
            return
        if name is not None and state.label == TEXT:
            self._read_name(name, user)
        if state.label == PARSED:
            self._used_parse(state)
        self.push(user, state)

    def _unpacked(self, user: Ref, state: State) -> None:
        if state.fields:
            inner = state.out_of("[]")
            self.push(user, inner) if inner is not None else None
            return
        if state.label == PARSED and state.parse is not None:
            self._used_parse(state)
            self.use.parses[state.parse].unpacked = True
        self.push(user, state)

    def _compared(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        operators = {operator for operator, _ in node.args[1]} if node.op == "compare" else set()
        self._looked_at(state, bool(operators & {"Equal", "NotEqual", "In", "NotIn"}))
        if state.label == PARSED and state.parse is not None and node.op == "compare":
            event = self.use.parses[state.parse]
            if any(operator in ("In", "NotIn") for operator, _ in node.args[1]) and node.args[0] != ref.node:
                event.keys_checked = True
            elif event.how in ("int", "float"):
                event.validated_by = "a comparison"

    # calls -----------------------------------------------------------------------------------------------------

    def _call(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        if node.args[0] == ref.node:
            self._method(user, node, ref, state)
            return
        callee = self.a.callees.of(user)
        keyword = next((k for k, n in node.args[1] if n == ref.node), None)
        position = next((i for i, (_, n) in enumerate(node.args[1]) if n == ref.node), 0)
        if user in self.a._call_refs:
            self.use.drives.add("prompt")
            return
        if self._validated(user, callee, state) or self._parsed(user, callee, state, position):
            return
        if state.label == TOOL and any(callee.names & set(r.function) for r in self.a.parses):
            self.push(user, state)
            return
        self._sinks(user, callee, ref, state, position, keyword)
        self._effects(user, callee, state)
        for value in callee.functions:
            self._into(value, user, ref, state, keyword)
        for cls in callee.classes:
            self._constructed(user, cls, ref, state, keyword)
        if callee.functions or callee.classes:
            return
        self._library(user, node, callee, ref, state)

    def _library(self, user: Ref, node: Node, callee: Callee, ref: Ref, state: State) -> None:
        if callee.names & self.a.sanitisers:
            self.use.shown = True
            return
        if callee.tail in ("get", "index", "count", "startswith", "endswith", "pop") and state.label in (TEXT, PARSED):
            self.use.drives.add("branch")
            return
        if callee.names & CARRYING or callee.tail in ("gather", "dumps"):
            if "getattr" in callee.names:
                self._got(user, node, state)
                return
            self._carried(user, callee.tail, state)
            return
        if callee.names & LOOKING:
            if "isinstance" in callee.names and state.label == PARSED and state.parse is not None:
                self.use.parses[state.parse].validated_by = "isinstance"
            self._looked_at(state) if callee.tail in ("len", "bool", "isinstance") else None
            return
        target = self.program.node(Ref(user.module, user.function, node.args[0]))
        if target.op == "attr" and target.args[1] in GROWING:
            self._grown(Ref(user.module, user.function, target.args[0]), str(target.args[1]), state)
            return
        if target.op == "attr" and target.args[1] in ("join", "format"):
            self._carried(user, str(target.args[1]), state)
            return
        if callee.tail in LOOKING or self.a.is_recorded(user):
            return
        self._escape(state, f"it is passed to {callee.tail or 'a function'}, which was not read")
        if state.label == RESPONSE and not callee.names:
            self.push(user, state)

    def _carried(self, user: Ref, name: str, state: State) -> None:
        """Through a function that gives back what it gets, an element of it, or its text."""
        if name == "dumps":
            state = replace(state, fields=())
            self.push(user, state.as_(TEXT, state.parse) if state.label == PARSED else state)
            return
        if name in ("join", "next", "anext", "max", "min", "sum", "format") and state.fields:
            inner = state.out_of("[]")
            if inner is None:
                return
            state = inner
        self.push(
            user, state.as_(TEXT, state.parse) if name in ("join", "format") and state.label != RESPONSE else state
        )

    def _grown(self, base: Ref, method: str, state: State) -> None:
        """Added to a list of the function. What joins a list that outlives it is not told apart any more."""
        node = self.program.node(base)
        for _ in range(4):
            if node.op == "union" and node.args:
                node = self.program.function(base).nodes[node.args[0]]
        if node.op in ("list", "set", "call", "comp") and method not in ("update", "setdefault"):
            self._put(base, state, "[]")
        elif node.op == "dict" and method == "update":
            self.push(base, state)
        elif node.op in ("attr", "name", "param") and state.label == TEXT:
            self.use.drives.add("prompt") if node.op == "attr" else None

    def _got(self, user: Ref, node: Node, state: State) -> None:
        """`getattr(response, "usage", None)`."""
        key = node.args[1][1][1] if len(node.args[1]) > 1 else NOTHING
        values = self.resolver.values(Ref(user.module, user.function, key)) if key != NOTHING else ()
        names = [v.value for v in values if isinstance(v, Const) and isinstance(v.value, str)]
        for name in names:
            self._attribute(user, name, state)
        if not names:
            self._escape(state, "an attribute is read by a computed name")

    def _method(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        """The node is an attribute that is called: a method of the answer, its text or its parsed form."""
        target = self.program.node(ref)
        name = str(target.args[1]) if target.op == "attr" else ""
        if state.fields:
            self._kept_method(user, node, name, state)
            return
        if state.label == TEXT and name in self.a._parse_methods:
            self._parse_event(user, self.a._parse_methods[name].how, state)
            return
        if state.label == PARSED:
            self._used_parse(state)
            if name == "get" and state.parse is not None:
                keys = [
                    v for _, n in node.args[1][:1] for v in self.resolver.values(Ref(user.module, user.function, n))
                ]
                if keys:
                    self.use.parses[state.parse].keys_checked = True
            self.push(user, state)
            return
        if state.label in (RESPONSE, CHECKED) and name == "get" and node.args[1]:
            for value in self.resolver.values(Ref(user.module, user.function, node.args[1][0][1])):
                if isinstance(value, Const) and isinstance(value.value, str):
                    self._attribute(user, value.value, state)
            return
        if name in ("startswith", "endswith", "isdigit", "isnumeric", "index", "find", "count", "isalpha"):
            self._looked_at(state)
            return
        if state.label == RESPONSE and name in (
            "model_dump",
            "model_dump_json",
            "to_dict",
            "dict",
            "to_dict_recursive",
        ):
            self.use.returned_raw = True
        self.push(user, state)

    def _kept_method(self, user: Ref, node: Node, name: str, state: State) -> None:
        """A method of the object in which the answer is kept: `get("text")`, `items()`, `pop()`."""
        if name in ("get", "pop", "setdefault") and node.args[1]:
            keys = self.resolver.values(Ref(user.module, user.function, node.args[1][0][1]))
            for value in keys:
                inner = state.out_of(str(value.value)) if isinstance(value, Const) else None
                if inner is not None:
                    self.push(user, inner)
        elif name in ("copy", "model_dump", "dict", "popleft", "pop"):
            self.push(user, state)

    def _validated(self, user: Ref, callee: Callee, state: State) -> bool:
        """A check against a schema: the state becomes checked."""
        name = self._validator(user, callee)
        if name is None:
            return False
        if state.label == PARSED and state.parse is not None:
            self.use.parses[state.parse].validated_by = name
        if state.label == TEXT and state.parse is not None and state.parse in self.use.parses:
            self.use.parses[state.parse].validated_by = name
        if state.label in (TEXT, PARSED):
            self.use.validated = True
        for other in self.use.parses.values():
            if other.ref == state.parse:
                other.validated_by = name
        self.push(user, state.as_(CHECKED))
        return True

    def _validator(self, user: Ref, callee: Callee) -> str | None:
        for cls in callee.classes:
            if callee.external_bases & self.a._validating_bases:
                return self.resolver.classes.flow(cls).name
        for rule in self.a.validates:
            if callee.names & set(rule.function):
                return callee.tail
            owners = {*rule.subclass_of, *rule.instance_of}
            for name in callee.names:
                owner, _, method = name.rpartition(".")
                if owner in owners and (method in rule.method or not rule.method):
                    return callee.receiver or callee.tail
                if method == "()" and owner in rule.instance_of and "()" in rule.method:
                    return callee.tail
            if not rule.function and not rule.instance_of and callee.names & set(rule.subclass_of):
                return callee.tail
        if (
            callee.tail in ("model_validate", "model_validate_json", "validate_python", "validate_json")
            and callee.receiver
        ):
            return callee.receiver
        return None

    def _parsed(self, user: Ref, callee: Callee, state: State, position: int) -> bool:
        if state.label not in (TEXT, PARSED, RESPONSE) or state.fields:
            return False
        for rule in self.a.parses:
            if rule.function and callee.names & set(rule.function) and position == rule.text:
                if state.label == RESPONSE and self.call.sdk.transport == "http":
                    self.push(user, state)
                    return True
                if state.label == RESPONSE:
                    self.push(user, state)
                    return True
                self._parse_event(user, rule.how, state)
                return True
        return False

    def _parse_event(self, user: Ref, how: str, state: State) -> None:
        """The answer is taken apart here. A pre-clean before a stronger parse is no parse of its own."""
        if state.parse is not None and state.parse in self.use.parses:
            earlier = self.use.parses[state.parse]
            if earlier.how in WEAK and how not in WEAK:
                earlier.superseded = True
            elif how in WEAK and earlier.how not in WEAK:
                self.push(user, state)
                return
        if state.far or state.fields:
            return
        if user not in self.use.parses:
            guarded = self._guarded(user)
            self.use.parses[user] = ParseEvent(how, user, guarded)
            if how in ("int", "float", "date") and guarded:
                self.use.parses[user].validated_by = "the conversion, whose error is handled"
        self.push(user, state.as_(PARSED, user))

    def _guarded(self, ref: Ref, depth: int = 0) -> bool:
        """Whether the error of a parse is caught: in its function, or in every caller."""
        function = self.program.function(ref)
        for _, around in function.ancestors(function.nodes[ref.node].context):
            for clause in around.clauses if around.kind == "try" else ():
                types = Ref(ref.module, ref.function, clause.types) if clause.types != NOTHING else None
                if PARSE_ERRORS & {n.rsplit(".", 1)[-1] for n in self.a.exceptions.caught(types).names}:
                    return True
        sites, complete = self.a.entries.sites(ref.module, function)
        if depth > 3 or not sites or not complete or self.a.entries.of(ref.module, function) is not None:
            return False
        return all(self._guarded(s.ref, depth + 1) for s in sites)

    def _sinks(self, user: Ref, callee: Callee, ref: Ref, state: State, position: int, keyword: str | None) -> None:
        if state.label not in (TEXT, PARSED, TOOL) or state.far or state.fields or self._is_number(state):
            return
        for rule in self.a.sinks:
            wanted = rule.argument
            if (keyword in (None, "*") and position != wanted) or (
                keyword not in (None, "*", "**") and keyword != wanted
            ):
                continue
            if not self.a.callees.matches(user, rule):
                continue
            if any(self.a.callees.literal_argument(user, k) != v for k, v in rule.only_when.items()):
                continue
            if rule.built and not self._built(ref):
                continue
            self.use.sinks.setdefault(rule.sink, user)

    def _is_number(self, state: State) -> bool:
        """What went through `int()` or `float()` can carry no code."""
        return state.parse in self.use.parses and self.use.parses[state.parse].how in ("int", "float", "date")

    def _built(self, ref: Ref) -> bool:
        """The text is the whole argument or part of a larger text; not a value in a list of parameters."""
        return self.program.node(ref).op not in ("list", "tuple", "dict", "set")

    def _effects(self, user: Ref, callee: Callee, state: State) -> None:
        for rule in self.a.logs:
            if self.a.callees.matches(user, rule):
                if rule.level == "printed":
                    self.use.shown = True
                    self.use.drives.add("reply")
                return
        for rule in self.a.writes:
            if self.a.callees.matches(user, rule):
                self.use.drives.add("write")
                return

    # into and out of functions ---------------------------------------------------------------------------------

    def _into(self, value: FunctionValue, user: Ref, ref: Ref, state: State, keyword: str | None) -> None:
        """The parameter that takes the argument, and what the function makes of it."""
        flow = self.resolver.flow_of(value)
        names: list[str] = []
        if keyword in ("*", "**"):
            names = [p.name for p in flow.params if p.name not in ("self", "cls")]
        else:
            name = self.resolver.callers.parameter_of(value, user, ref.node)
            names = [name] if name is not None else []
            if name is not None and not any(p.name == name for p in flow.params):
                names = [p.name for p in flow.params if p.kind == "double-star"]
        if not names:
            names = [p.name for p in flow.params if p.kind == "star"]
        for name in names:
            self._parameter(value, flow, name, state, user)

    def _parameter(self, value: FunctionValue, flow: FunctionFlow, name: str, state: State, call: Ref) -> None:
        state = replace(state, stack=(*state.stack, call)[-STACK:])
        for number, node in enumerate(flow.nodes):
            if node.op == "param" and node.args[0] == name:
                self.push(Ref(value.module, value.number, number), state)
                return

    def _constructed(self, user: Ref, cls: object, ref: Ref, state: State, keyword: str | None) -> None:
        from readylint.values import ClassValue

        if not isinstance(cls, ClassValue):
            return
        init = self.resolver.classes.method(cls, "__init__")
        if init is not None:
            self._into(FunctionValue(init.module, init.number, bound=True), user, ref, state, keyword)
            return
        fields = list(self.resolver.classes.flow(cls).annotations)
        positions = [n for k, n in self.program.node(user).args[1] if k is None]
        place = positions.index(ref.node) if ref.node in positions else len(fields)
        name = keyword if keyword not in (None, "*", "**") else (fields[place] if place < len(fields) else None)
        if name is not None:
            self._put(user, state, name)

    def _returned(self, ref: Ref, state: State, function: FunctionFlow) -> None:
        """Out to every caller; to the reply of a handler; or out of sight."""
        entry = self.a.entries.of(ref.module, function)
        if entry is not None:
            if entry.kind == "handler":
                self.use.drives.add("reply")
                self.use.shown = True
            if state.label == RESPONSE:
                self.use.returned_raw = True
            return
        if state.stack:
            self.push(state.stack[-1], replace(state, stack=state.stack[:-1]))
            return
        sites, complete = self.a.entries.sites(ref.module, function)
        if state.label == RESPONSE and sites:
            self.use.returned_raw = self.use.returned_raw or any(s.ref.module != ref.module for s in sites)
        for site in sites:
            self.push(site.ref, state)
        if not sites or not complete:
            self._escape(
                state, "it is returned to code that was not read" if not sites else "not all callers are known"
            )
        if not sites and state.label in (TEXT, CHECKED):
            self.use.shown = True

    def _escape(self, state: State, why: str) -> None:
        if state.label == RESPONSE:
            self.use.escapes = self.use.escapes or why
            self.use.returned_raw = True
        elif state.label in (TEXT, PARSED):
            self.use.text_escapes = self.use.text_escapes or why

    def _stored(self, ref: Ref, state: State, base: int, key: object, item: bool) -> None:
        at = Ref(ref.module, ref.function, base)
        if item:
            self._stored_under(at, state, key)
            return
        owner = self.program.node(at)
        found = False
        for value in self.resolver.values(at):
            if isinstance(value, ObjectValue):
                found = True
                self._attribute_reads(value, str(key), state, ref.module)
        if not found and owner.op != "unknown":
            self._escape(state, f"it is kept in {self.program.written(at)}.{key}")
        if not found:
            self.use.drives.add("write") if state.label == PARSED else None

    def _stored_under(self, base: Ref, state: State, key: object) -> None:
        """`record["text"] = answer`: read again under the same key; an unknown key says nothing."""
        values = self.resolver.values(Ref(base.module, base.function, int(str(key))))
        keys = [v.value for v in values if isinstance(v, Const)]
        if keys:
            self._put(base, state, str(keys[0]) if isinstance(keys[0], str) else "[]")

    def _attribute_reads(self, owner: ObjectValue, name: str, state: State, module: int) -> None:
        """Reads of an attribute of the same class, anywhere."""
        reads = self.program.references_by_tail.get(name, [])[:60]
        for ref in reads:
            state = replace(state, far=state.far or ref.module != module, stack=())
            node = self.program.node(ref)
            if node.op != "attr":
                continue
            bases = self.resolver.values(Ref(ref.module, ref.function, node.args[0]))
            if any(isinstance(b, ObjectValue) and self._same_class(b, owner) for b in bases):
                self.push(ref, state)

    def _same_class(self, left: ObjectValue, right: ObjectValue) -> bool:
        classes = self.resolver.classes
        return right.cls in classes.bases(left.cls)[0] or left.cls in classes.bases(right.cls)[0]

    def _bound(self, ref: Ref, state: State, function: FunctionFlow) -> None:
        """Names through which nested functions, or the whole module, read the value."""
        names = self.a.tables(ref.module, function)[3].get(ref.node)
        if not names:
            return
        for other in self.program.modules[ref.module].functions:
            if other.number == function.number or not self._sees(ref, other, function.number):
                continue
            for number, node in enumerate(other.nodes):
                if node.op == "name" and node.args[0] in names:
                    self.push(Ref(ref.module, other.number, number), state)

    def _sees(self, ref: Ref, other: FunctionFlow, outer: int) -> bool:
        parent = other.parent
        while parent > 0:
            if parent == outer:
                return True
            parent = self.program.modules[ref.module].functions[parent].parent
        return outer == 0 and other.number != 0


def _last(paths: list[str]) -> set[str]:
    """The last attribute or key of each path: `message.content` gives `content`, `choices[0].text` gives `text`."""
    names: set[str] = set()
    for path in paths:
        tail = path.rsplit(".", 1)[-1]
        tail = tail.split("[")[0] if not tail.startswith("[") else tail
        if tail.startswith("["):
            tail = tail.strip("[]'\" ")
        names.add(tail)
    return names


def parse_span(answers: Answers, event: ParseEvent) -> Span:
    """Where a parse stands."""
    return answers.program.callee_span(event.ref)


__all__ = ["AnswerUse", "Answers", "Container", "ParseEvent", "parse_span"]
