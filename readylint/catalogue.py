"""The catalogue as types: what packs say of SDKs, frameworks, evidence and models.

Files under `sdks/`, `frameworks/` and `evidence/` of a pack are read into these classes (`packs/`). Names are
fully qualified (`package.Client`). `at` paths of arguments start with a keyword and may go on into an object or
dict that is passed (`http_options.timeout`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(slots=True)
class Argument:
    """Where a role (timeout, retries, model, ...) is given: keywords in `at`, or `position` (0-based)."""

    at: list[str] = field(default_factory=list)
    position: int | None = None
    unit: Literal["s", "ms"] = "s"
    counts: Literal["retries", "attempts"] = "retries"
    """`attempts` counts the first try too."""
    attempts_at: list[str] = field(default_factory=list)
    """Further keywords, tried before `at`, that count the first try too whatever `counts` says."""
    transport: bool = False
    """The argument takes an HTTP client or transport object that carries a timeout of its own."""
    present: bool = False
    """Only whether it is given matters, not its value."""


@dataclass(slots=True)
class Client:
    """A constructor, or a call with a given argument, that makes an SDK object."""

    id: str
    make: list[str] = field(default_factory=list)
    is_async: bool = False
    provider: str | None = None
    arguments: dict[str, Argument] = field(default_factory=dict)
    argument_is: dict[str, list[str]] = field(default_factory=dict)
    """Keyword (or `0` for the first position) -> literals: `boto3.client("bedrock-runtime")`."""
    model_is: Literal["id", "deployment"] = "id"
    method: str | None = None
    """With `make` being a class: the method of its instance that makes the object (`boto3.Session().client`)."""
    managed: bool = False
    """The object is what `with`/`async with` over the expression gives."""
    model_default: str | None = None
    defaults: list[dict[str, Any]] | None = None
    """Defaults of this constructor where they differ from those of the file."""
    errors_of: str | None = None
    """SDK whose errors pass through (`langchain_openai.ChatOpenAI` raises those of `openai`)."""


@dataclass(slots=True)
class View:
    """An object derived from another: by attribute `path`, by `method` call, or by a `wrapper` function around it."""

    id: str
    of: list[str]
    path: str | None = None
    method: str | None = None
    wrapper: list[str] = field(default_factory=list)
    is_async: bool | None = None
    overlay: bool = False
    """Arguments of the method are settings of the object (`with_options(timeout=5)`); the result keeps its kind."""
    gives: str | None = None
    """Id of the kind of object that results; default: the same kind for overlays, else `id`."""
    arguments: dict[str, Argument] = field(default_factory=dict)
    sets: dict[str, Any] = field(default_factory=dict)
    """Settings that the view brings by itself: `{structured: true}`, `{retries: 2}`, `{guard: true}`."""


@dataclass(slots=True)
class Call:
    """A method of an SDK object, or a module function, that sends a request to a model."""

    path: str
    """Attribute path from the object (`chat.completions.create`), `()` when the object itself is called, or the
    qualified name of a function when `of` is empty."""
    of: list[str] = field(default_factory=list)
    operation: str = "chat"
    stream: str | None = None
    """`always`, or the keyword that switches streaming on; None: never."""
    manager: bool = False
    is_async: bool | None = None
    """True or False; None: as the object."""
    history: Literal["sdk"] | None = None
    arguments: dict[str, Argument] = field(default_factory=dict)
    structured: bool = False
    """The SDK itself parses and validates the answer."""
    stop_raises: bool = False
    """A truncated answer raises."""
    provider: str | None = None
    defaults: list[dict[str, Any]] | None = None
    since: str | None = None
    until: str | None = None
    legacy: bool = False


@dataclass(slots=True)
class Answer:
    """How the answer is read. Only the last attribute or key of each path is matched on the way of the answer."""

    text: list[str] = field(default_factory=list)
    usage: list[str] = field(default_factory=list)
    stop: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    parsed: list[str] = field(default_factory=list)
    may_be_none: list[str] = field(default_factory=list)
    tool_arguments: list[str] = field(default_factory=list)
    """Where the arguments of a tool call stand (`choices[0].message.tool_calls[0].function.arguments`)."""
    response_text: bool = False
    """The object itself is the text (a string), as with output parsers."""


@dataclass(slots=True)
class Errors:
    """What the SDK raises. `raises`: failure (rate-limit, status, connection, timeout, validation) -> classes."""

    raises: dict[str, list[str]] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)
    """Class -> its bases, SDK classes only; a class without an entry descends from Exception."""


@dataclass(slots=True)
class Sdk:
    """One file under `sdks/`."""

    sdk: str
    provider: str
    package: str | None
    imports: list[str]
    verified: dict[str, Any] = field(default_factory=dict)
    mentions: list[str] = field(default_factory=list)
    """Words of which one must stand in a file for an import to make it matter (`boto3` alone says nothing)."""
    transport: Literal["sdk", "http"] = "sdk"
    clients: list[Client] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    module: list[dict[str, Any]] = field(default_factory=list)
    """`{root: openai, of: client}`: attributes of the module act like those of an object of kind `of`."""
    globals: dict[str, list[str]] = field(default_factory=dict)
    """Role -> module attributes that set it for all calls: `{timeout: [openai.timeout]}`."""
    transparent: list[str] = field(default_factory=list)
    """Attributes that change nothing for us: `with_raw_response`."""
    readers: dict[str, list[str]] = field(default_factory=dict)
    """Role of a value object -> constructors whose keywords are read as keys (`google.genai.types.HttpOptions`)."""
    positions: dict[str, list[str]] = field(default_factory=dict)
    """Constructor of a value object -> names of its leading positional parameters: `httpx.Timeout: [timeout]`."""
    arguments: dict[str, Argument] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    """Environment variable -> role."""
    defaults: list[dict[str, Any]] = field(default_factory=list)
    answer: Answer = field(default_factory=Answer)
    errors: Errors = field(default_factory=Errors)
    pipe: list[str] = field(default_factory=list)
    """Ids of objects that `|` joins into a pipeline (LCEL)."""
    pipe_parsers: dict[str, str] = field(default_factory=dict)
    """Class that may stand in a pipeline -> what it does to the answer: text, parsed, validated."""
    providers: dict[str, str] = field(default_factory=dict)
    """Part of a base URL -> provider: `{api.groq.com: groq}`."""
    endpoints: list[dict[str, Any]] = field(default_factory=list)
    """Raw HTTP only: `{hosts, paths, provider, operation}`."""


@dataclass(slots=True)
class EntryRule:
    """What makes a function a handler, a task or an error handler. One of the ways below is given."""

    decorator: list[str] = field(default_factory=list)
    """Decorators by qualified name: `celery.shared_task`."""
    decorator_of: list[str] = field(default_factory=list)
    """Classes on whose instances `methods` are used as decorators (`app.post`) or registrations (`add_api_route`)."""
    methods: list[str] = field(default_factory=list)
    register: bool = False
    """`methods` are called with the function (`callable`) instead of decorating it."""
    callable: int | str | None = None
    """Position or keyword of the function, for registrations."""
    subclass_of: list[str] = field(default_factory=list)
    """Classes whose subclasses' `methods` are entry points (`rest_framework.views.APIView`)."""
    script: bool = False
    """The whole module is run for each user action (Streamlit)."""
    threads_sync: bool = False
    """Sync functions run in a thread pool, not on the event loop."""
    errors: int | str | None = None
    """For error handlers: where the exception class stands."""
    catches_all: bool = False
    retries: dict[str, Argument] = field(default_factory=dict)
    """For tasks: `{errors: {at: [autoretry_for]}, attempts: {at: [max_retries], counts: retries}}`."""
    time_limit: Argument | None = None
    default_retries: int | None = None
    default_time_limit: float | None = None
    """Seconds after which the queue stops a task by itself; None: never."""
    listed_in: list[str] = field(default_factory=list)
    """Class attributes whose list names the functions (`functions` of an arq `WorkerSettings`)."""


@dataclass(slots=True)
class RunRule:
    """A function that calls a callable handed to it (`asyncio.to_thread`, `partial`, `executor.submit`)."""

    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    callable: int | str = 0
    arguments: int | None = None
    """Position from which the callable's own arguments follow."""
    thread: bool = False
    wraps: bool = False
    """Gives a callable back instead of calling (`partial`, `sync_to_async`)."""
    fan_out: bool = False


@dataclass(slots=True)
class LimitRule:
    """A time limit around a call: as a function over an awaitable, as a context manager, or as a decorator."""

    function: list[str] = field(default_factory=list)
    manager: list[str] = field(default_factory=list)
    decorator: list[str] = field(default_factory=list)
    awaitable: int = 0
    seconds: Argument = field(default_factory=Argument)


@dataclass(slots=True)
class Framework:
    """One file under `frameworks/`."""

    framework: str
    imports: list[str]
    verified: dict[str, Any] = field(default_factory=dict)
    handlers: list[EntryRule] = field(default_factory=list)
    tasks: list[EntryRule] = field(default_factory=list)
    error_handlers: list[EntryRule] = field(default_factory=list)
    inject: list[RunRule] = field(default_factory=list)
    runs: list[RunRule] = field(default_factory=list)
    limits: list[LimitRule] = field(default_factory=list)
    """`Depends(get_client)`: gives what the callable returns."""


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


@dataclass(slots=True)
class ModelEntry:
    """One row of `models.yaml`. Prices are US dollars per million tokens."""

    id: str
    provider: str
    tier: str | None = None
    dated: bool = False
    snapshots: list[str] = field(default_factory=list)
    sibling: str | None = None
    input: float | None = None
    output: float | None = None
    context: int | None = None
    max_output: int | None = None
    status: str | None = None
    retires_on: str | None = None
    mode: str | None = None
