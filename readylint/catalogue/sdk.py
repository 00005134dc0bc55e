"""SDKs: constructors, derived objects, calls, arguments, defaults, answers and errors."""

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
    taken_for_default: float | None = None
    """With `transport`: a time limit of the HTTP client that the SDK takes for one that nobody gave."""
    unlimited: list[Any] = field(default_factory=list)
    """Values that mean no limit (`num_predict: -1`)."""
    ignored: list[str] = field(default_factory=list)
    """Keywords that look like this role and have no effect on it."""
    needs: dict[str, list[Any]] = field(default_factory=dict)
    """Path -> literals of which one must stand there, by itself or in a list, for the argument to have an effect."""


@dataclass(slots=True)
class Gathers:
    """Inner objects that a method puts in later: `pipeline.add_component("llm", generator)`."""

    method: str
    argument: Argument


@dataclass(slots=True)
class Ambient:
    """Where a model object is set for everything that has none of its own."""

    call: list[str] = field(default_factory=list)
    argument: Argument = field(default_factory=Argument)
    assigned: list[str] = field(default_factory=list)
    """Attributes by qualified name: `llama_index.core.Settings.llm`."""


@dataclass(slots=True)
class Memory:
    """What makes an object keep what is said: a chat of an SDK, an agent with a store, a chain with a memory."""

    at: list[str] = field(default_factory=list)
    """Keywords that hand a memory in; without one of them nothing is kept, unless `always`."""
    position: int | None = None
    always: bool = False
    bounded_by: list[str] = field(default_factory=list)
    """Keywords of what shortens the conversation, when one of `bounds` of the evidence files, or a function of the
    project that shortens, stands there."""
    scope: Literal["session", "store"] = "session"
    factory: bool = False
    """What is handed in makes the memory (`get_session_history`)."""


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
    decorator: bool = False
    """`make` is used as a decorator: the decorated function is the object, its settings stand in the decorator."""
    inner: Argument | None = None
    """The argument that holds a model object, which decides what this object does not (`Agent(model=...)`)."""
    inner_of: list[str] = field(default_factory=list)
    """SDKs whose objects are used as they are when they stand inside; empty: all. Others are wrapped or replaced."""
    gathers: Gathers | None = None
    answering: list[str] = field(default_factory=list)
    """Methods in which it asks its provider: a subclass that overrides one without `super()` answers itself."""
    once_without: list[str] = field(default_factory=list)
    """Keywords without any of which an agent asks the model once: its tools, its members, what it knows."""
    memory: Memory | None = None
    """Where the object keeps what is said."""
    settable: list[str] = field(default_factory=list)
    """Keywords that act the same when they are set on the object as attributes (`client.timeout = 20`)."""
    package: str | None = None
    """Distribution whose version decides `defaults`, where it is not that of the file."""
    since: str | None = None
    """First version in which the names exist; `until`: the first in which they are gone."""
    until: str | None = None


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
    memory: Memory | None = None
    """Where the object keeps what is said."""


@dataclass(slots=True)
class Several:
    """How many requests a call sends at once by itself (`chain.batch(inputs)`)."""

    inputs: Argument = field(default_factory=Argument)
    """What it sends one request each for."""
    number: Argument = field(default_factory=Argument)
    """Where the number that run at once is given."""
    default: int | None = None
    """How many when none is given; None: all."""


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
    background: bool = False
    """The call returns at once, and the work goes on in a task."""
    several: Several | None = None
    history: Literal["sdk"] | None = None
    arguments: dict[str, Argument] = field(default_factory=dict)
    structured: bool = False
    """The SDK itself parses and validates the answer."""
    gives_schema: bool = False
    """With `structured` given the answer is the validated object itself."""
    stop_raises: bool = False
    """A truncated answer raises."""
    provider: str | None = None
    defaults: list[dict[str, Any]] | None = None
    raises: dict[str, list[str]] | None = None
    """Failure -> classes, where this call raises others than `errors.raises` of the file says."""
    object: Argument | None = None
    """The argument that holds the SDK object (`Runner.run(agent, ...)`). A method is a model call only with one
    in it (`kernel.invoke(prompt_function)`)."""
    replaces: list[str] = field(default_factory=list)
    """Keywords that, given here, replace what the object was given under the same keyword as a whole."""
    needs_inner: bool | list[str] = False
    """A model call only when the object holds a model object (a pipeline with a generator in it), of these kinds."""
    since: str | None = None
    """First version in which the call exists; `until`: the first in which it is gone."""
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
    citations: list[str] = field(default_factory=list)
    """Attributes and keys in which the provider names the sources that it used (`grounding_metadata`)."""
    conversation: list[str] = field(default_factory=list)
    """Methods that give the whole conversation, what was sent included (`all_messages`)."""
    on_object: list[str] = field(default_factory=list)
    """Attributes of the object that was asked in which the usage stands afterwards (`crew.usage_metrics`)."""
    collected_by: list[str] = field(default_factory=list)
    """Keywords of a call that take an object in which the usage is added up."""
    response_text: bool = False
    """The object itself is the text (a string), as with output parsers."""


@dataclass(slots=True)
class Errors:
    """What the SDK raises. `raises`: failure (rate-limit, status, connection, timeout, validation) -> classes."""

    raises: dict[str, list[str]] = field(default_factory=dict)
    parents: dict[str, list[str]] = field(default_factory=dict)
    """Class -> its bases, SDK classes only; a class without an entry descends from Exception."""
    returned: str | None = None
    """Versions in which failures are not raised but handed back (`answer.status`)."""


@dataclass(slots=True)
class RefusalTest:
    """A test on one role of a call. One of the fields is given."""

    given: bool | None = None
    over: float | None = None
    matches: str | None = None
    """A regular expression on a model id."""
    is_: Any = None


@dataclass(slots=True)
class RefusalRule:
    """What an SDK or its provider rejects at run time. All tests of `when` hold; `why` names what to do instead."""

    why: str
    when: dict[str, RefusalTest | bool | str]
    """Role -> `RefusalTest`; `keyword: NAME` (given at the call), `streaming`, `client_timeout` (given by anyone)."""
    versions: str = "*"
    paths: list[str] = field(default_factory=list)
    """Calls that it is about; empty: all of the file."""


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
    absent: list[str] = field(default_factory=list)
    """What means "not given" where it is passed: `openai.NOT_GIVEN`."""
    performs: dict[str, list[str]] = field(default_factory=dict)
    """Sink -> last names of constructors whose objects put the answer into it by themselves (`create_sql_agent`)."""
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
    pipe_functions: list[str] = field(default_factory=list)
    """Classes that put a function into a pipeline."""
    providers: dict[str, str] = field(default_factory=dict)
    """Part of a base URL -> provider: `{api.groq.com: groq}`."""
    endpoints: list[dict[str, Any]] = field(default_factory=list)
    """Raw HTTP only: `{hosts, paths, provider, operation}`."""
    refuses: list[RefusalRule] = field(default_factory=list)
    ambient: Ambient | None = None
    """What stands inside an object with `inner` when nothing is given there."""
    same_version: list[str] = field(default_factory=list)
    """Distributions whose version is that of `package` (`llama-index` of `llama-index-core`)."""


@dataclass(slots=True)
class Probe:
    """A small program of a catalogue file. Each line with a model call ends with `# <- call`, and with what its fact
    says (`timeout=600`)."""

    form: Literal["sync", "async", "stream", "structured", "factory", "derived", "module", "agent"] = "sync"
    name: str | None = None
    code: str | None = None
    files: dict[str, str] = field(default_factory=dict)
    """Path -> text, where one file does not do."""


@dataclass(slots=True)
class LookAlike:
    """A small program in which nothing is a call of the SDK, though it looks like one."""

    name: str
    code: str | None = None
    files: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Probes:
    """The second document of a file under `sdks/`: its tests."""

    probes: list[Probe] = field(default_factory=list)
    look_alikes: list[LookAlike] = field(default_factory=list)
