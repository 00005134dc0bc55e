"""What is known on the way of an answer: what a node holds of it, and what was seen up to there.

An answer is `response` (the SDK's object or a part of it), `text` (model text), `parsed` (taken apart, with the parse
it came from), `checked` (validated) or `tool` (arguments of a tool call).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from readylint.link.calls import ModelCall
from readylint.values import Ref

RESPONSE, TEXT, PARSED, CHECKED, TOOL = "response", "text", "parsed", "checked", "tool"
NUMBERS = ("int", "float", "date")
WEAK = {"split", "regex", *NUMBERS}
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


@dataclass(slots=True)
class AnswerUse:
    """Everything seen on the way of one answer."""

    parses: dict[Ref, ParseEvent] = field(default_factory=dict)
    stop: bool = False
    usage: Ref | None = None
    empty: bool = False
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
    names: set[str] = field(default_factory=set)
    """Keys and attributes read from the response object."""

    def escape(self, state: State, why: str) -> None:
        """It leaves the code that was read."""
        if state.label == RESPONSE:
            self.escapes = self.escapes or why
            self.returned_raw = True
        elif state.label in (TEXT, PARSED):
            self.text_escapes = self.text_escapes or why


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

    def called(self, call: Ref) -> State:
        """Inside a function that a call gave it to."""
        return replace(self, stack=(*self.stack, call)[-STACK:])


class AnswerNames:
    """Under which keys and attributes the SDK of a call keeps the parts of its answers."""

    def __init__(self, call: ModelCall) -> None:
        answer = call.sdk.answer
        extra = call.endpoint.answer if call.endpoint is not None else {}
        self.text = _last([*answer.text, *extra.get("text", [])])
        self.stop = _last([*answer.stop, *extra.get("stop", [])])
        self.usage = _last([*answer.usage, *extra.get("usage", [])])
        self.refusal = _last(answer.refusal)
        self.parsed = _last(answer.parsed)
        self.tool = _last(answer.tool_arguments)


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
