"""Evidence about prompts: where their text comes from, what limits it, and what is kept of a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Origin = Literal["request", "message", "file", "database", "retrieval", "tool", "parameter", "unknown"]


@dataclass(slots=True)
class InputRule:
    """Where text comes into a program, and from where."""

    from_: Origin
    function: list[str] = field(default_factory=list)
    """Qualified names of functions and classes; `Class.method` for methods. Attributes of what they give are text
    from there too."""
    method: list[str] = field(default_factory=list)
    receiver: str | None = None
    """A regular expression on the written receiver of `method` where its type cannot be told."""
    attribute: list[str] = field(default_factory=list)
    """Qualified names of objects and attributes that hold it (`flask.request`)."""
    own_when_constant: int | str | None = None
    """Position or keyword of the path: with one that is written into the program the text is the program's own."""
    limits: list[str] = field(default_factory=list)
    """Keywords that limit how long it may be (`max_chars`)."""
    large: bool = False
    """It may be as long as a document: a page, a file, all rows of a query."""


@dataclass(slots=True)
class CutRule:
    """What makes a text shorter: a function, or a method of a splitter."""

    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    receiver: str | None = None
    keywords: list[str] = field(default_factory=list)
    """It cuts only when one of these is given (`truncation`)."""


@dataclass(slots=True)
class RecordRule:
    """Names under which a log line, a span or a row keeps something of a call."""

    what: Literal["model", "response_id", "prompt_version", "retrieved", "correlation", "content", "latency", "user"]
    names: str
    """A regular expression on a keyword, a key, an attribute, a variable or a word of the text before a value."""


@dataclass(slots=True)
class KeepRule:
    """A call that keeps what it is given, beside logs and writes: of a span, a trace, an experiment."""

    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    receiver: str | None = None


@dataclass(slots=True)
class PromptWords:
    """How messages, templates and prompt caches are written."""

    roles: dict[str, list[str]] = field(default_factory=dict)
    """system, user, assistant, tool -> what `role` says."""
    classes: dict[str, list[str]] = field(default_factory=dict)
    """The same -> classes of messages."""
    tool_parts: list[str] = field(default_factory=list)
    """Keys and types of a part that holds what a tool gave back."""
    plain_keys: list[str] = field(default_factory=list)
    """Keys of a message that hold no text for the model."""
    templates: list[str] = field(default_factory=list)
    """Functions and classes that make a template of the text they are given."""
    partials: list[str] = field(default_factory=list)
    """Keywords of a template's constructor that fill placeholders (`partial_variables`)."""
    placeholders: list[str] = field(default_factory=list)
    """Classes that stand in a template for messages given later, by the name that is their first argument."""
    same: list[str] = field(default_factory=list)
    """Methods of libraries that give what they are asked on, in one form or another (`model_dump`)."""
    registries: list[str] = field(default_factory=list)
    """Functions that fetch a prompt by its name."""
    markers: list[str] = field(default_factory=list)
    """Keys and keywords that mark what the provider shall cache."""
    automatic: list[str] = field(default_factory=list)
    """Providers that cache the start of a prompt by themselves."""
    by_marker: list[str] = field(default_factory=list)
    """Providers that cache only what is marked."""
    volatile: list[str] = field(default_factory=list)
    """Functions whose result differs from call to call (`datetime.datetime.now`, `uuid.uuid4`)."""
