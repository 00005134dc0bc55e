"""The public facts contract: what is true of the code, and where.

Every value has one home. ``None`` means that it cannot be told; ``"none"`` means that there is no limit;
``"unbounded"`` is above every number. Seconds and tokens are plain numbers, lines and columns are 1-based,
columns count code points and end columns are exclusive. The JSON schema of ``readylint facts`` is made from
these types (`facts_schema`), so contract and code cannot drift apart.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Literal

SCHEMA_NUMBER = 1
OMITTED_WHEN_NONE = frozenset({"cell", "why", "why_not", "path"})

Source = Literal[
    "call", "client", "transport", "enclosing", "wrapper", "decorator", "caller", "global", "environment",
    "sdk-default", "unset", "unknown",
]  # fmt: skip
Role = Literal["app", "script", "test", "eval", "example", "docs", "notebook", "generated", "vendored"]
Operation = Literal[
    "chat", "responses", "completion", "embedding", "image", "audio", "video", "realtime", "agent", "rerank",
    "moderation", "batch", "other",
]  # fmt: skip
Scalar = str | int | float | bool | None


@dataclass(slots=True, frozen=True, order=True)
class Span:
    """A region of a file. `path` is POSIX and relative to the root of the run."""

    path: str
    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None

    def __post_init__(self) -> None:
        if self.line < 1 or self.column < 1 or (self.end_line, self.end_column) < (self.line, self.column):
            raise ValueError(f"not a region: {self.path}:{self.line}:{self.column}-{self.end_line}:{self.end_column}")


BY_DEFAULT = "default: "
"""How the path of an alternative begins that is what one of several versions of an SDK does by itself.

One of them is installed, not known which: a rule fails only where it fails for all of them.
"""


@dataclass(slots=True)
class Alternative:
    """One of several values that a setting may have; `path` names the caller, factory or branch it comes from.

    After `BY_DEFAULT` it names the version of the SDK.
    """

    value: Any = None
    source: Source = "unknown"
    at: Span | None = None
    via: list[Span] = field(default_factory=list)
    path: str = ""
    why: str | None = None


@dataclass(slots=True)
class Setting:
    """A value, who decided it, and the places on its way. `why` is the sentence that evidence shows."""

    value: Any = None
    source: Source = "unknown"
    at: Span | None = None
    via: list[Span] = field(default_factory=list)
    alternatives: list[Alternative] = field(default_factory=list)
    why: str | None = None


@dataclass(slots=True)
class TimeoutAlternative(Alternative):
    """A `Timeout` as seen from one caller, factory or branch."""

    measures: Literal["total", "read"] | None = None
    worst_seconds: float | str | None = None
    unit: Literal["s", "ms"] | None = None


@dataclass(slots=True)
class Timeout:
    """Seconds for one attempt; `worst_seconds` is the value times the attempts, or "none"."""

    value: Any = None
    source: Source = "unknown"
    at: Span | None = None
    via: list[Span] = field(default_factory=list)
    alternatives: list[TimeoutAlternative] = field(default_factory=list)
    why: str | None = None
    measures: Literal["total", "read"] | None = None
    worst_seconds: float | str | None = None
    unit: Literal["s", "ms"] | None = None
    """The unit in which the SDK reads the number that was given; `value` is in seconds always."""
    ignored: bool = False
    """Something that looks like a timeout is given, and does not limit the request."""


Failure = Literal["rate-limit", "status", "connection", "timeout", "validation"]
FAILURE_NAMES = {
    "rate-limit": "rate limits", "status": "error statuses", "connection": "broken connections", "timeout": "time-outs",
    "validation": "answers that do not fit the schema",
}  # fmt: skip
"""How a failure is called in a sentence."""


@dataclass(slots=True)
class RetryLayer:
    """One mechanism that repeats the call. `attempts` counts the first try too, or is "unbounded".

    kind "router": each attempt asks with something else, another model, provider or key.
    """

    kind: Literal["sdk", "framework", "decorator", "loop", "caller", "task", "transport", "router"]
    attempts: int | str | None
    fires: bool | None
    backoff: bool | None = None
    why_not: str | None = None
    at: Span | None = None
    errors: list[str] = field(default_factory=list)
    """The classes that it repeats, as they are written; `Exception` where it repeats every error."""
    transient: bool | None = None
    """Only what passes is repeated; False: also a bad request or a wrong key, which fail again each time."""
    misses: list[Failure] = field(default_factory=list)
    """Failures that pass and that it does not repeat, as far as that is known."""


@dataclass(slots=True)
class Effect:
    """A write that is repeated together with a call."""

    kind: str
    idempotent: bool | None = None
    at: Span | None = None


RetryStatus = Literal["explicit", "sdk-default", "none", "unknown"]


@dataclass(slots=True)
class RetryAlternative:
    """`Retry` as seen from one caller, factory or branch."""

    status: RetryStatus = "unknown"
    attempts: int | str | None = None
    layers: list[RetryLayer] = field(default_factory=list)
    at: Span | None = None
    path: str = ""
    why: str | None = None


@dataclass(slots=True)
class Retry:
    """What retries the call, all layers multiplied."""

    status: RetryStatus = "unknown"
    attempts: int | str | None = None
    layers: list[RetryLayer] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    at: Span | None = None
    path: str | None = None
    alternatives: list[RetryAlternative] = field(default_factory=list)
    why: str | None = None


@dataclass(slots=True)
class Sibling:
    """A cheaper model of the same vendor and generation; `price_ratio` is how many times cheaper it is."""

    id: str
    price_ratio: float


@dataclass(slots=True)
class Model:
    """Which model is asked, and how that was chosen."""

    origin: Literal[
        "literal", "constant", "config", "config-with-default", "parameter", "deployment", "unknown", "not-applicable"
    ] = "unknown"
    ids: list[str] = field(default_factory=list)
    tier: Literal["flagship", "mid", "small", "embedding", "other"] | None = None
    sibling: Sibling | None = None
    dated: bool | None = None
    retires_on: str | None = None
    routed: bool | None = None
    at: Span | None = None
    why: str | None = None


@dataclass(slots=True)
class Guard:
    """Who catches the SDK's errors, and what is done then."""

    status: Literal["site", "decorator", "wrapper", "callers", "framework", "none", "unknown"] = "unknown"
    on_error: Literal["raised", "answered", "dropped", "unknown", "not-applicable"] = "unknown"
    catches: list[str] = field(default_factory=list)
    misses: list[Failure] = field(default_factory=list)
    callers_complete: bool | None = None
    fallback: Literal["real", "paper", "none", "unknown"] = "unknown"
    at: Span | None = None
    logged: Literal["exception", "message", "printed", "no", "unknown", "not-applicable"] = "unknown"
    bare: list[Span] = field(default_factory=list)
    covers_all: bool | None = None
    """Whether every failure of the SDK is caught; `misses` says which are not, as far as that is known."""
    stages: list[Literal["embedding", "retrieval", "model", "memory", "action"]] = field(default_factory=list)
    paper: Literal["same", "retired", "unused"] | None = None
    """Why a fallback cannot help: it asks the same model again, a retired one, or nothing uses it."""
    fallback_at: Span | None = None
    why: str | None = None


@dataclass(slots=True)
class Parse:
    """A place where model text is taken apart."""

    how: str
    guarded: bool | None = None
    validated_by: str | None = None
    at: Span | None = None


Sink = Literal["eval", "exec", "shell", "sql", "html", "path", "pickle", "import", "url"]


@dataclass(slots=True)
class Output:
    """What becomes of the answer."""

    status: Literal["shown", "structured", "validated", "partial", "parsed", "unused", "unknown", "not-applicable"] = (
        "unknown"
    )
    parses: list[Parse] = field(default_factory=list)
    drives: list[Literal["reply", "write", "branch", "tool", "prompt"]] = field(default_factory=list)
    stop_checked: bool | None = None
    empty_checked: bool | None = None
    sinks: list[Sink] = field(default_factory=list)
    tool_arguments: Literal["validated", "parsed", "not-applicable", "unknown"] = "unknown"
    constrained: bool | None = None
    raw_returned: bool | None = None
    sink_at: Span | None = None
    """The first place where the text reaches one of `sinks`."""
    confirmed: bool | None = None
    """A person is asked before the text reaches a sink."""
    may_be_empty: bool | None = None
    """The SDK may give an answer without text: a refusal, a safety block, a tool call, no choices."""
    check_errors: Literal["caught", "uncaught", "none", "unknown"] = "unknown"
    """What becomes of the errors of the project's own schema check, and of the parse before it; none: it has none."""
    check_at: Span | None = None
    """The check or parse whose error nothing catches."""
    tool_at: Span | None = None
    """The first place where tool arguments are used that nothing checked."""
    tool_why: str | None = None
    """What is done there, as a sentence."""
    tool_writes: bool | None = None
    """Something is written, sent or run with them."""
    schema: str | None = None
    """The class of the project that the answer is held against."""
    schema_at: Span | None = None
    open_field: str | None = None
    """A field of the schema that takes any text although only few words, or words of a form, make sense in it."""
    compared: bool | None = None
    """A free text of the checked answer is compared with words that the program writes out."""
    confidence: Literal["routed", "unused", "none", "unknown"] = "unknown"
    """Whether the answer says how sure it is: looked at in a test, asked for and not looked at, or not asked for."""
    grounding: Literal["checked", "provider", "none", "unknown"] = "unknown"
    """Who holds the sources that the answer names against what was retrieved: the program, the provider, or nobody."""
    at: Span | None = None
    why: str | None = None


@dataclass(slots=True)
class Usage:
    """Whether the token usage of the call is read or traced."""

    status: Literal["read", "traced", "none", "unknown", "not-applicable"] = "unknown"
    per_user: bool | None = None
    at: Span | None = None
    why: str | None = None


@dataclass(slots=True)
class History:
    """Whether the messages sent grow from call to call."""

    status: Literal["bounded", "unbounded", "none", "unknown"] = "unknown"
    scope: Literal["call", "session", "instance", "class", "module", "store"] | None = None
    at: Span | None = None
    kept: Literal["process", "common", "framework", "sent", "outside"] | None = None
    """Where it is from one turn to the next: in the process, under a key or in objects; in a variable of the process
    that all have in common; in the session of a framework; in each request that the other side sends; or outside of
    the process."""
    shared: bool | None = None
    """All users of a handler have one and the same."""
    kept_at: Span | None = None
    """Where that variable or attribute is made, for what is kept in the process."""
    why: str | None = None


@dataclass(slots=True)
class PromptUse:
    """What can be told of the prompt of one call. Token counts are estimates."""

    static_tokens: int | None = None
    cacheable_tokens: int | None = None
    cache: Literal["marked", "automatic", "spoiled", "none", "unknown"] = "unknown"
    asks_json: bool | None = None
    asks_sources: bool | None = None
    """It asks for the sources of what the answer says."""
    name: str | None = None
    version: str | None = None
    unfilled: list[str] = field(default_factory=list)
    separated: bool | None = None
    at: Span | None = None


@dataclass(slots=True)
class Input:
    """A source of the text that is sent."""

    reaches: Literal["system", "user", "tool", "unknown"]
    from_: Literal["request", "message", "file", "database", "retrieval", "tool", "parameter", "unknown"]
    limited_by: str | None = None
    at: Span | None = None
    counted: bool | None = None
    """True where something limits it; false for text that may be as long as a document, of which nothing limits the
    length; None for what is short by nature, and where it cannot be told."""


@dataclass(slots=True)
class FanOut:
    """How many calls run at once."""

    status: Literal["none", "limited", "constant", "unlimited", "paper", "unknown"] = "unknown"
    limit: int | None = None
    at: Span | None = None


@dataclass(slots=True)
class Record:
    """What is kept with the answer; each true, false or cannot tell."""

    model: bool | None = None
    response_id: bool | None = None
    prompt_version: bool | None = None
    retrieved: bool | None = None
    correlation: bool | None = None
    content: bool | None = None
    latency: bool | None = None


@dataclass(slots=True)
class Refusal:
    """Something that the SDK of this version rejects at run time."""

    why: str
    certain: bool | None = None
    at: Span | None = None


@dataclass(slots=True)
class SdkVersions:
    """The catalogue lines that apply, and how they were chosen. `assumed` is the version shown to people."""

    lines: list[str] = field(default_factory=list)
    from_: Literal["locked", "range", "names", "unknown"] = "unknown"
    assumed: str | None = None
    manifest: str | None = None


SETTING_ROLES = (
    "temperature", "top_p", "seed", "structured", "tools", "user", "cache", "idempotency", "system", "stream_usage",
    "reasoning", "base_url", "verify", "api_key", "steps", "n",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Fact:
    """Something true of the code, with a place. `id` is stable for the same code."""

    kind: str
    id: str
    span: Span
    role: Role
    project: str
    inside: str | None = None


@dataclass(slots=True, kw_only=True)
class LlmCall(Fact):
    """One SDK call expression that reaches a model; never one per caller."""

    kind: Literal["llm.call"] = "llm.call"
    callee: str
    callee_span: Span
    sdk: str
    provider: str
    operation: Operation
    sdk_versions: SdkVersions = field(default_factory=SdkVersions)
    client: str | None = None
    by_reference: bool = False
    is_async: bool | None = None
    streaming: bool | None = None
    blocking_in_async: bool | None = None
    loop: Literal["none", "bounded", "unbounded", "person", "unknown"] = "unknown"
    in_handler: bool | None = None
    in_task: bool | None = None
    timeout: Timeout = field(default_factory=Timeout)
    retry: Retry = field(default_factory=Retry)
    max_output: Setting = field(default_factory=Setting)
    json_mode: Setting = field(default_factory=Setting)
    """The API is asked for JSON of any shape; with a shape it is `settings.structured`."""
    settings: dict[str, Setting] = field(default_factory=dict)
    model: Model = field(default_factory=Model)
    guard: Guard = field(default_factory=Guard)
    output: Output = field(default_factory=Output)
    usage: Usage = field(default_factory=Usage)
    history: History = field(default_factory=History)
    prompt: PromptUse | None = None
    inputs: list[Input] = field(default_factory=list)
    traced: bool | None = None
    transport: Literal["sdk", "http"] = "sdk"
    loop_dependent: bool | None = None
    time_limited: bool = False
    """A time limit stands around the whole call, whatever the SDK does inside: `wait_for`, `fail_after`."""
    fan_out: FanOut | None = None
    record: Record | None = None
    refused: list[Refusal] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class LlmClient(Fact):
    """A place where a client object is built."""

    kind: Literal["llm.client"] = "llm.client"
    sdk: str | None = None
    built: Literal["module", "cached", "per-call", "per-request", "unknown"] = "unknown"
    calls: list[str] = field(default_factory=list)
    settings: dict[str, Setting] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Handler(Fact):
    """A web route, bot or UI handler that reaches a model call."""

    kind: Literal["handler"] = "handler"
    framework: str | None = None
    replies: Literal["text", "json", "stream", "none", "unknown"] = "unknown"
    calls: list[str] = field(default_factory=list)
    sequential: int | float | str | None = None
    rate_limited: bool | None = None
    long_job: bool | None = None
    can_stream: bool | None = None
    """The framework shows an answer piece by piece when the handler gives it so."""
    in_loops: bool = False
    """Calls of it stand in loops of their own functions, which the calls tell of."""
    generated: bool | None = None
    """What it answers with is text that a model wrote."""


@dataclass(slots=True, kw_only=True)
class Task(Fact):
    """A queue task that reaches a model call. `time_limit` is seconds."""

    kind: Literal["task"] = "task"
    queue: str | None = None
    time_limit: int | float | str | None = None
    retries: int | float | str | None = None
    may_repeat: bool | None = None
    idempotent: bool | None = None
    result_kept: bool | None = None
    calls: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Embedding:
    """Which model makes the vectors of a store. `given`: in the code or the settings; `default`: what the library
    takes when nobody says; `floating`: by a name that stands for another model tomorrow."""

    origin: Literal["given", "default", "floating", "unknown"] = "unknown"
    ids: list[str] = field(default_factory=list)
    at: Span | None = None


@dataclass(slots=True)
class Chunking:
    """How documents are split before they are written."""

    status: Literal["explicit", "partial", "default", "none", "not-applicable", "unknown"] = "unknown"
    missing: list[Literal["size", "overlap"]] = field(default_factory=list)
    at: Span | None = None


@dataclass(slots=True, kw_only=True)
class VectorStore(Fact):
    """A store of vectors that is written or searched; one fact for each store of a name."""

    kind: Literal["vector.store"] = "vector.store"
    library: str | None = None
    store: str | None = None
    """Its name, where that is written in the code: a collection, an index, a folder."""
    written_with: list[str] = field(default_factory=list)
    read_with: list[str] = field(default_factory=list)
    same_embedding: bool | None = None
    """Whether it is written and searched with one model."""
    read_at: Span | None = None
    """Where it is searched with a model; for one that has several, the first that differs."""
    embedding: Embedding = field(default_factory=Embedding)
    filtered: bool | None = None
    """Every search leaves out what is not meant."""
    searched_at: Span | None = None
    """The first search without a filter, else the first search."""
    per_user: bool | None = None
    """Handlers that know who asks both write and search it."""
    stable_ids: bool | None = None
    chunking: str | None = None
    """`chunks.status`, or null where that cannot be told."""
    chunks: Chunking = field(default_factory=Chunking)


@dataclass(slots=True, kw_only=True)
class AnswerCache(Fact):
    """A cache outside of the process that keeps what a model answered or what was retrieved."""

    kind: Literal["cache"] = "cache"
    library: str | None = None
    key: list[Literal["input", "model", "prompt", "version"]] = field(default_factory=list)
    """What the key is made of, as far as it is seen."""
    lacks: list[Literal["model", "prompt"]] = field(default_factory=list)
    """What changes the answer and is surely not in the key."""
    complete: bool | None = None
    """Whether everything that changes the answer is in the key."""
    expires: bool | None = None
    calls: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Dependency(Fact):
    """A provider SDK or evidence library that the project declares or locks."""

    kind: Literal["dependency"] = "dependency"
    name: str | None = None
    specifier: str | None = None
    locked: str | None = None
    upper: bool | None = None


@dataclass(slots=True, kw_only=True)
class Evidence(Fact):
    """Something that shows a concern is handled: a tracer that is initialised, a limiter, a cache."""

    kind: Literal["evidence"] = "evidence"
    category: str | None = None
    library: str | None = None
    initialised: bool | None = None
    reaches: list[str] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Secret(Fact):
    """A provider key written into a file. The key itself is never kept."""

    kind: Literal["secret"] = "secret"
    pattern: str | None = None


AnyFact = LlmCall | LlmClient | Handler | Task | VectorStore | AnswerCache | Dependency | Evidence | Secret
FACT_TYPES: dict[str, type[Fact]] = {
    "llm.call": LlmCall, "llm.client": LlmClient, "handler": Handler, "task": Task,
    "vector.store": VectorStore, "cache": AnswerCache, "dependency": Dependency, "evidence": Evidence, "secret": Secret,
}  # fmt: skip


@dataclass(slots=True)
class Project:
    """A folder with a manifest of its own; `path` is relative to the root, "." for the root itself."""

    path: str
    manifest: str | None = None


@dataclass(slots=True)
class Problem:
    """A file that could not be read or parsed, and why. `line` is 1-based where it is known."""

    path: str
    message: str
    line: int | None = None
    column: int | None = None


@dataclass(slots=True)
class FactSheet:
    """Everything that one run knows: the document of ``readylint facts``."""

    root: str
    projects: list[Project] = field(default_factory=list)
    facts: list[AnyFact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    schema: int = SCHEMA_NUMBER


def to_json(value: Any) -> Any:
    """Plain JSON data of a fact, a span or anything built of them. A trailing underscore of a field is dropped."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        out = {}
        for f in dataclasses.fields(value):
            v = getattr(value, f.name)
            if v is None and f.name in OMITTED_WHEN_NONE:
                continue
            out[f.name.rstrip("_")] = to_json(v)
        return out
    if isinstance(value, list | tuple):
        return [to_json(v) for v in value]
    if isinstance(value, dict):
        return {k: to_json(v) for k, v in value.items()}
    return value
