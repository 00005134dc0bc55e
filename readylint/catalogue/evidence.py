"""Evidence: which libraries, decorators and calls show that a concern is handled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from readylint.catalogue.sdk import Argument


@dataclass(slots=True)
class RetryRule:
    """A retry decorator or retry loop object of a library."""

    make: list[str]
    iterate: bool = False
    """Used as `for attempt in X(...)` instead of as a decorator; `call` when used as `X(...)(f, args)`."""
    attempts: Argument | None = None
    attempts_of: dict[str, int] = field(default_factory=dict)
    """Constructor in the `attempts` argument -> position of the number (`tenacity.stop_after_attempt: 0`)."""
    time_bounds: list[str] = field(default_factory=list)
    """Constructors or keywords that bound by time."""
    default_attempts: int | str = "unbounded"
    backoff: str | None = None
    """`always`, or the keyword that gives it."""
    backoff_of: list[str] = field(default_factory=list)
    """Constructors in that keyword whose waits grow or vary (`tenacity.wait_exponential`); empty: any value."""
    errors: Argument | None = None
    errors_of: dict[str, int] = field(default_factory=dict)
    """Constructor in the `errors` argument -> position of the classes (`tenacity.retry_if_exception_type: 0`)."""
    reraises: bool = True
    """The last error is raised as it was, not wrapped."""


@dataclass(slots=True)
class ParseRule:
    """A function (argument `text`) or a method of the text itself that takes model text apart."""

    how: str
    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    text: int = 0


@dataclass(slots=True)
class ValidateRule:
    """A check of parsed or raw model output against a schema."""

    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    subclass_of: list[str] = field(default_factory=list)
    """Classes whose subclasses validate when constructed, or in `method`."""
    instance_of: list[str] = field(default_factory=list)


@dataclass(slots=True)
class SinkRule:
    """Where model text becomes code, a query, a path or a page."""

    sink: str
    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    argument: int | str = 0
    only_when: dict[str, Any] = field(default_factory=dict)
    """Keyword -> literal that must be given (`shell: true`)."""
    built: bool = False
    """Only when the text is built into a larger string (SQL by f-string), or is the whole argument."""
    receiver: str | None = None
    """A regular expression on the written receiver of `method` where its type cannot be told (`(?i)cursor`)."""
    matches: str | None = None
    """A regular expression that the literal text of `argument` matches (`(?i)^\\s*insert`)."""
    idempotent: bool = False
    """For writes: doing it twice leaves the same state (`upsert`)."""


@dataclass(slots=True)
class TracerRule:
    """What records calls and their token usage when it is initialised."""

    library: str
    initialise: list[str] = field(default_factory=list)
    """Qualified names whose call initialises it; `Class.method` for `Class().method()`."""
    assign: list[str] = field(default_factory=list)
    """Module attributes whose assignment initialises it (`litellm.callbacks`)."""
    drop_in: list[str] = field(default_factory=list)
    """Modules whose client classes record by themselves (`langfuse.openai`)."""
    wrapper: list[str] = field(default_factory=list)
    decorator: list[str] = field(default_factory=list)
    spans: list[str] = field(default_factory=list)
    """Context managers that record what is called inside: functions, or `.method` on any receiver."""
    argument: list[str] = field(default_factory=list)
    """Keywords of a call or constructor that hand a recorder in (`callbacks`); with `initialise`, one made by these."""
    base_urls: list[str] = field(default_factory=list)
    usage: bool = True
    sdks: list[str] = field(default_factory=list)
    """SDK names it covers; empty: all."""


@dataclass(slots=True)
class LogRule:
    """A call that leaves a trace for people: `level` exception (with the traceback), message, printed or metric."""

    level: str
    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    receiver: str | None = None
    """A regular expression on the written receiver where its type cannot be told (`(?i)log`)."""
    exception_argument: list[str] = field(default_factory=list)


@dataclass(slots=True)
class UseRule:
    """What shows that a control is in force. One of the ways is given; that a library is imported is none."""

    library: str
    initialise: list[str] = field(default_factory=list)
    """Names whose call puts it in force."""
    make: list[str] = field(default_factory=list)
    """Names whose result counts only when it is used: by one of `use`, as a decorator, or in a `with`."""
    use: list[str] = field(default_factory=list)
    decorator: list[str] = field(default_factory=list)
    manager: list[str] = field(default_factory=list)
    function: list[str] = field(default_factory=list)
    """Names whose call is the control itself (`tiktoken.encoding_for_model`)."""
    argument: list[str] = field(default_factory=list)
    """Keywords of a model call or of its client that switch it on."""
    subclass_of: list[str] = field(default_factory=list)
    assign: list[str] = field(default_factory=list)
    """Module attributes whose assignment switches it on."""
    base_urls: list[str] = field(default_factory=list)
    environment: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    """Names of settings files that belong to it."""
    commands: list[str] = field(default_factory=list)
    """Commands in CI that run it."""


@dataclass(slots=True)
class EvidenceFile:
    """One file under `evidence/`."""

    category: str
    imports: list[str] = field(default_factory=list)
    verified: dict[str, Any] = field(default_factory=dict)
    retry: list[RetryRule] = field(default_factory=list)
    parses: list[ParseRule] = field(default_factory=list)
    validates: list[ValidateRule] = field(default_factory=list)
    sinks: list[SinkRule] = field(default_factory=list)
    tracers: list[TracerRule] = field(default_factory=list)
    logs: list[LogRule] = field(default_factory=list)
    writes: list[SinkRule] = field(default_factory=list)
    """Calls that write somewhere; `sink` names the kind: database, http, file, queue, message, memory, vector."""
    sanitisers: list[str] = field(default_factory=list)
    """Functions that make text safe for a sink (`html.escape`, `shlex.quote`)."""
    bounds: list[str] = field(default_factory=list)
    """Functions and constructors that bound a message list (`langchain_core.messages.trim_messages`)."""
    person: list[str] = field(default_factory=list)
    """Functions that wait for a person (`input`, `rich.prompt.Prompt.ask`)."""
    environment: list[str] = field(default_factory=list)
    """Functions that read configuration (`os.getenv`)."""
    settings_classes: list[str] = field(default_factory=list)
    """Base classes whose attributes are configuration (`pydantic_settings.BaseSettings`)."""
    plain_decorators: list[str] = field(default_factory=list)
    """Packages and builtins whose decorators neither catch nor retry."""
    keys: dict[str, str] = field(default_factory=dict)
    """Name of a key pattern -> regular expression that a provider key matches whole."""
    uses: list[UseRule] = field(default_factory=list)
