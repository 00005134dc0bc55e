"""What is known on the way of an answer: what a node holds of it, and what was seen up to there.

An answer is `response` (the SDK's object or a part of it), `text` (model text), `parsed` (taken apart, with the parse
it came from), `checked` (validated) or `tool` (arguments of a tool call).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from readylint.link.calls import ModelCall
from readylint.values import ClassValue, Ref

RESPONSE, TEXT, PARSED, CHECKED, TOOL = "response", "text", "parsed", "checked", "tool"
NUMBERS = ("int", "float", "date")
WEAK = {"split", "regex", *NUMBERS}
CONTAINERS = {"dict", "list", "tuple", "set", "Mapping", "MutableMapping", "Sequence", "Iterable"}
"""Types of which `isinstance` says nothing about what is inside."""
USAGE = {"usage", "usage_metadata", "token_usage"}
"""What usage is called in responses, whatever the SDK."""
STACK = 6
"""Calls on the way that are remembered."""
FIELDS = 4
"""Longer access paths are not followed."""


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
    tool: bool = False
    """It takes the arguments of a tool call apart."""
    loose: bool = False
    """A pattern that lets any text into its groups."""
    matched: bool = False
    """Of a pattern: whether it matched is asked."""
    whole_checked: bool = False
    """A check speaks of all of it, not of single fields."""
    keys: set[str] = field(default_factory=set)
    """Fields that are read from it."""
    opened: set[str] = field(default_factory=set)
    """Those of them that only hold others."""
    checked: set[str] = field(default_factory=set)
    """Those of them whose content is checked."""
    unfinished: bool = False
    """What is done with it was not followed to the end."""
    past_checks: set[Ref] = field(default_factory=set)
    """Reads of what was taken apart on ways that lead around its check."""
    checked_later: set[Ref] = field(default_factory=set)
    """Those of them whose result is checked after all."""

    @property
    def unchecked(self) -> bool:
        """Nothing checks it, or it is used on a way that leads around the check."""
        if self.unfinished:
            return False
        return self.validator is None or bool(self.past_checks - self.checked_later)

    @property
    def validator(self) -> str | None:
        """What checks it: as a whole, or each field that is read."""
        complete = self.whole_checked or not self.keys - self.opened - self.checked
        if self.validated_by is not None and complete:
            return self.validated_by
        # One group is cut out for many reasons; several are fields, and any text may stand in them.
        fields = self.loose and len(self.keys) > 1
        return "the pattern, whose match is tested" if self.matched and not fields else None

    def check(self, name: str, key: str) -> None:
        """A check of one field, or of all without a name."""
        self.validated_by = name
        if key:
            self.checked.add(key)
        else:
            self.whole_checked = True


class PartUse(NamedTuple):
    """A node that uses a part of the answer."""

    user: Ref
    ref: Ref
    """The part."""
    state: State


@dataclass(slots=True)
class AnswerUse:
    """Everything seen on the way of one answer."""

    parses: dict[Ref, ParseEvent] = field(default_factory=dict)
    stop: bool = False
    usage: Ref | None = None
    empty: bool = False
    escapes: str = ""
    """Why the response object left the code that was read."""
    part_escapes: str = ""
    """Why a part of it without the usage left it."""
    text_escapes: str = ""
    """Why model text left it."""
    tool: bool = False
    """Arguments of a tool call are read."""
    tool_escapes: str = ""
    """Why they left the code that was read."""
    sinks: dict[str, Ref] = field(default_factory=dict)
    drives: set[str] = field(default_factory=set)
    validated: bool = False
    shown: bool = False
    returned_raw: bool = False
    steps: int = 0
    names: set[str] = field(default_factory=set)
    """Keys and attributes read from the response object."""
    parts: list[PartUse] = field(default_factory=list)
    """Uses of model text, of what was taken apart or checked, and of the arguments of tool calls."""
    checked_at: set[Ref] = field(default_factory=set)
    """Calls that hold it against a schema."""

    def escape(self, state: State, why: str) -> None:
        """It leaves the code that was read."""
        if state.label == RESPONSE and state.part:
            self.part_escapes = self.part_escapes or why
        elif state.label == RESPONSE:
            self.escapes = self.escapes or why
            self.returned_raw = True
        elif state.label == TOOL or (state.parse in self.parses and self.parses[state.parse].tool):
            self.tool_escapes = self.tool_escapes or why
        elif state.label in (TEXT, PARSED):
            self.text_escapes = self.text_escapes or why


@dataclass(frozen=True, slots=True)
class State:
    """What a node holds of the answer.

    `fields` are the keys, attributes or places ("[]", "[1]") under which it is kept in the object that the node is,
    outermost last;
    `far` says that it went through an object that many places share, where reads of other instances look the same.
    """

    label: str
    parse: Ref | None = None
    fields: tuple[str, ...] = ()
    far: bool = False
    stack: tuple[Ref, ...] = ()
    """The calls through which it came into functions; it returns by the same way."""
    part: bool = False
    """Of a response: a part in which the usage is not."""
    whole: bool = False
    """Of a response: all of it, nothing was read from it yet."""
    dumped: bool = False
    """Of a response: all of it, as plain data or text."""
    schema: ClassValue | None = None
    """Of what is checked: the class of the project that it was checked against."""
    written: bool = False
    """Of what is checked: a field that holds whatever text the model wrote."""
    built: bool = False
    """Of text: a string of the program's own making, which has the attributes of strings and no others."""
    path: bool = False
    """Text that was made a path of the file system."""
    placed: int | None = None
    """Of a word in a list: the node that was put into it."""
    safe: frozenset[str] = frozenset()
    """Sinks in which it can do no harm; "*" for all: it is a number, or one of a fixed set."""
    key: str = ""
    """Of what is parsed: the field that was read from it last."""
    around: Ref | None = None
    """Of what is parsed: the test or check that this way leads around."""
    read: Ref | None = None
    """The first read from it on that way."""

    def into(self, name: str) -> State | None:
        """Kept under a name in a larger object; None when the path gets too long."""
        return replace(self, fields=(*self.fields, name)) if len(self.fields) < FIELDS else None

    def out_of(self, name: str | None) -> State | None:
        """Read again under a name; None when something else is read."""
        if not self.fields:
            return self
        last = self.fields[-1]
        # "[1]" is one place of a tuple, "[]" any place of a list.
        same = last == name or (last[:1] == "[" and name is not None and name[:1] == "[" and "[]" in (last, name))
        return replace(self, fields=self.fields[:-1], placed=None) if same else None

    def as_(self, label: str, parse: Ref | None = None) -> State:
        """The same value in another state."""
        return replace(self, label=label, parse=parse, part=False, whole=False, dumped=False, built=False, key="")

    @property
    def dangerous(self) -> bool:
        """Whether it holds text of the model that nothing narrowed down."""
        if self.far or "*" in self.safe:
            return False
        return self.label in (TEXT, PARSED, TOOL) or (self.label == CHECKED and self.written)

    def harmless(self, *sinks: str) -> State:
        """The same value where it can do no harm in these sinks (all by default)."""
        return replace(self, safe=self.safe | set(sinks or ("*",)))

    def called(self, call: Ref) -> State:
        """Inside a function that a call gave it to; a call in it that leads back to itself changes nothing."""
        if call in self.stack:
            return replace(self, stack=self.stack[: self.stack.index(call) + 1])
        return replace(self, stack=(*self.stack, call)[-STACK:])


class AnswerNames:
    """Under which keys and attributes the SDK of a call keeps the parts of its answers."""

    def __init__(self, call: ModelCall) -> None:
        answer = call.sdk.answer
        extra = call.endpoint.answer if call.endpoint is not None else {}
        self.text = _last([*answer.text, *extra.get("text", [])])
        self.stop = _last([*answer.stop, *extra.get("stop", [])])
        self.usage = USAGE | _last([*answer.usage, *extra.get("usage", [])])
        self.refusal = _last(answer.refusal)
        self.parsed = _last(answer.parsed)
        self.tool = _last(answer.tool_arguments)
        self.towards_usage = {name for path in answer.usage for name in _names(path)}
        paths = [*answer.text, *answer.stop, *answer.refusal, *answer.parsed, *answer.tool_arguments]
        beside = {name for path in paths for name in _names(path)} - self.towards_usage
        # The steps and messages of an agent's answer may carry usage of their own.
        self.beside_usage = set() if call.call.operation == "agent" else beside


def _names(path: str) -> list[str]:
    """The attributes of a path: `choices[0].text` gives `choices` and `text`."""
    return [name for part in path.split(".") if (name := part.split("[")[0])]


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
