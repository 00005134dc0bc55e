"""Evidence: which libraries, decorators and calls show that a concern is handled."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from readylint.catalogue.prompt import CutRule, InputRule, KeepRule, PromptWords, RecordRule
from readylint.catalogue.queue import OnceRule
from readylint.catalogue.sdk import Argument
from readylint.catalogue.store import AnswerCacheRule, EmbedderRule, SplitterRule, StoreRule


@dataclass(slots=True)
class RetryRule:
    """A retry decorator or retry loop object of a library."""

    make: list[str]
    iterate: bool = False
    """Used as `for attempt in X(...)` instead of as a decorator; `call` when used as `X(...)(f, args)`."""
    attempts: Argument | None = None
    attempts_of: dict[str, int] = field(default_factory=dict)
    """Constructor in the `attempts` argument -> position of the number (`tenacity.stop_after_attempt: 0`)."""
    attempts_keyword: str = "max_attempt_number"
    """The keyword of the number in those constructors."""
    time_bounds: list[str] = field(default_factory=list)
    """Constructors or keywords that bound by time."""
    default_attempts: int | str = "unbounded"
    """1: it retries only when it is told how often."""
    backoff: str | None = None
    """`always`, or the keyword that gives it."""
    backoff_of: list[str] = field(default_factory=list)
    """Constructors in that keyword whose waits grow or vary (`tenacity.wait_exponential`); empty: any value."""
    errors: Argument | None = None
    errors_of: dict[str, int] = field(default_factory=dict)
    """Constructor in the `errors` argument -> position of the classes (`tenacity.retry_if_exception_type: 0`)."""
    results_of: list[str] = field(default_factory=list)
    """Constructors in the `errors` argument that look at results instead (`tenacity.retry_if_result`)."""
    by_default: Literal["everything", "transient"] | None = None
    """Which errors are repeated where `errors` is not given; None: that cannot be told."""
    exempting: list[str] = field(default_factory=list)
    """Keywords that take some errors out again (`giveup`)."""
    reraises: bool = True
    """The last error is raised as it was, not wrapped."""
    answers_with: list[str] = field(default_factory=list)
    """Keywords for a function that answers when the attempts are used up, so that nothing is raised."""


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
    raises: bool = True
    """False: it answers whether the value fits, or gives the errors back."""


@dataclass(slots=True)
class SinkRule:
    """Where model text becomes code, a query, a path or a page."""

    sink: str
    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    argument: int | str = 0
    only_when: dict[str, Any] = field(default_factory=dict)
    """Keyword, or position as digits -> what must be given (`shell: true`): literal, library name or list of them."""
    built: bool = False
    """Only when the text is built into a larger string (SQL by f-string), or is the whole argument."""
    receiver: str | None = None
    """A regular expression on the written receiver of `method` where its type cannot be told (`(?i)cursor`)."""
    matches: str | None = None
    """A regular expression that the literal text of `argument` matches (`(?i)^\\s*insert`)."""
    without_arguments: bool = False
    """Only when nothing is given by position (`row.save()`; an image is given a file)."""
    idempotent: bool | None = False
    """For writes: doing it twice leaves the same state (`upsert`); None: that depends on what is written."""
    keys: list[str] = field(default_factory=list)
    """For writes: keywords that name what is written, so that doing it twice leaves one (`ids`, `idempotency_key`)."""
    opened_by: dict[str, int] = field(default_factory=dict)
    """For writes to a file: what opens it -> position of the mode, which says whether its text is replaced."""
    closes: bool = False
    """For writes: it ends what other writes began (`commit`), and counts only where none is seen."""
    of_path: bool = False
    """The methods are those of a path object that is made of the text (`(ROOT / name).write_text`)."""
    behind: str | None = None
    """The argument is a list of words: a regular expression that those in front of the text match (`^bash -c$`)."""


@dataclass(slots=True)
class ToolRule:
    """What makes a function a tool: an agent calls it with arguments that the model writes."""

    function: list[str] = field(default_factory=list)
    """Constructors and functions that take it (`langchain_core.tools.Tool`)."""
    callable: list[int | str] = field(default_factory=list)
    """Positions and keywords at which they take it."""
    subclass_of: list[str] = field(default_factory=list)
    """Classes of whose subclasses the agent calls `methods`."""
    methods: list[str] = field(default_factory=list)
    decorator_of: list[str] = field(default_factory=list)
    """Paths of an agent that decorate its tools (`tool` for `@agent.tool`)."""
    performs: dict[str, list[str]] = field(default_factory=dict)
    """Sink -> tools of libraries that put what the model wrote into it."""
    handed_in: list[str] = field(default_factory=list)
    """Last names of the types of parameters that the agent fills and not the model (`RunContext`)."""


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
    """Functions that make the client that they are given record, and give it back."""
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
class WorkRule:
    """A call that takes the next piece of work: out of a queue, from a socket."""

    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    receiver: str | None = None
    """A regular expression on the written receiver where its type cannot be told (`(?i)queue`)."""


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
    middleware: list[str] = field(default_factory=list)
    """Classes that hold for every handler when they are installed as middleware."""
    for_all: list[str] = field(default_factory=list)
    """Keywords of `make` with which it holds for every handler without being used (`default_limits`)."""
    class_attributes: list[str] = field(default_factory=list)
    """Attributes of a class of handlers that put it in force there (`throttle_classes`)."""
    settings: list[str] = field(default_factory=list)
    """Entries of a settings module that put it in force for every handler."""
    files: list[str] = field(default_factory=list)
    """Names of settings files that belong to it."""
    commands: list[str] = field(default_factory=list)
    """Commands in CI that run it."""


@dataclass(slots=True)
class KeptRule:
    """State of a framework that lives from one request to the next, entries by key or attribute."""

    object: list[str] = field(default_factory=list)
    """Qualified names (`streamlit.session_state`)."""
    attribute: list[str] = field(default_factory=list)
    """Attributes of what the framework hands in (`user_data`), with the written owner where the name alone says too
    little (`request.session`)."""
    imports: list[str] = field(default_factory=list)
    """Packages of which one is imported where `attribute` means this."""
    get: list[str] = field(default_factory=list)
    """Methods that read an entry by its key, beside `get` and `setdefault`."""
    set: list[str] = field(default_factory=list)
    """Methods that write one: key, value."""
    outside: bool = False
    """It is kept outside of the process: in a cookie, a database, a cache server."""


@dataclass(slots=True)
class ReadRule:
    """What reads a conversation back that is kept outside the process."""

    store: str
    """database, cache, file or channel."""
    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    receiver: str | None = None
    """A regular expression on the written receiver of `method` where its type cannot be told."""
    limit: Argument | None = None
    """The argument that says how much is read at most."""
    limited: bool = False
    """There is a limit when none is given."""
    span: int | None = None
    """Position of the first of two indexes, as of a slice; both ends count (`lrange(key, 0, -1)`)."""
    limits: list[str] = field(default_factory=list)
    """Methods of the query that set a limit (`limit`)."""
    text: str | None = None
    """A regular expression that the text of a query with a limit matches (`(?i)\\blimit\\b`)."""
    written_by: list[str] = field(default_factory=list)
    """Functions that write it back; what is never written is no conversation."""


@dataclass(slots=True)
class LengthRule:
    """A declaration that limits how many entries a list of a request may have."""

    function: list[str]
    keywords: list[str]


@dataclass(slots=True)
class ComparedRule:
    """A comparison in the code that is the control: regular expressions on how the two sides are written."""

    sums: str
    """What has been used, on one side."""
    limits: str
    """What may be used, on the other."""
    left: str
    """What is left, beside a plain number."""


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
    encoders: list[str] = field(default_factory=list)
    """Functions that make text of bytes that is none to read: of pictures, of sound (`base64.b64encode`)."""
    carriers: list[str] = field(default_factory=list)
    """Functions of libraries that give text back in another form (`markdown.markdown`)."""
    shows: list[str] = field(default_factory=list)
    """Methods and functions whose name alone says that they show or send what they are given (`send_text`)."""
    paths: list[str] = field(default_factory=list)
    """Constructors of path objects (`pathlib.Path`)."""
    tools: list[ToolRule] = field(default_factory=list)
    usage_readers: list[str] = field(default_factory=list)
    """Functions that read the usage of the answer that they are given (`litellm.completion_cost`)."""
    bounds: list[str] = field(default_factory=list)
    """Functions and constructors that bound a message list (`langchain_core.messages.trim_messages`)."""
    kept: list[KeptRule] = field(default_factory=list)
    reads: list[ReadRule] = field(default_factory=list)
    lengths: list[LengthRule] = field(default_factory=list)
    person: list[str] = field(default_factory=list)
    """Functions that wait for a person (`input`, `rich.prompt.Prompt.ask`)."""
    takes_work: list[WorkRule] = field(default_factory=list)
    """A loop with one of these repeats itself for other work, not for a failed call."""
    once: list[OnceRule] = field(default_factory=list)
    documents: list[WorkRule] = field(default_factory=list)
    """Calls that take a whole document apart: loaders, splitters, and what puts the parts into a store."""
    stores: list[StoreRule] = field(default_factory=list)
    embedders: list[EmbedderRule] = field(default_factory=list)
    splitters: list[SplitterRule] = field(default_factory=list)
    answer_caches: list[AnswerCacheRule] = field(default_factory=list)
    identities: str | None = None
    """A regular expression on names of parameters and variables that say who asks (`user_id`)."""
    environment: list[str] = field(default_factory=list)
    """Functions that read configuration (`os.getenv`)."""
    settings_classes: list[str] = field(default_factory=list)
    """Base classes whose attributes are configuration (`pydantic_settings.BaseSettings`)."""
    chosen_outside: list[str] = field(default_factory=list)
    """Packages and functions whose results whoever uses the program decides (`streamlit`, `input`)."""
    configuration: list[str] = field(default_factory=list)
    """What reads a configuration file by itself (`configparser.ConfigParser`)."""
    configuration_texts: list[str] = field(default_factory=list)
    """Parsers whose result is configuration when what they are given comes out of a file (`yaml.safe_load`)."""
    configuration_objects: list[str] = field(default_factory=list)
    """Objects of libraries whose attributes are configuration (`django.conf.settings`)."""
    settings_modules: dict[str, str] = field(default_factory=dict)
    """Such an object -> the variable of the environment that names the module behind it."""
    option_decorators: list[str] = field(default_factory=list)
    """Decorators that make a parameter an option of the command line (`click.option`)."""
    option_values: list[str] = field(default_factory=list)
    """Defaults that describe an option (`typer.Option`)."""
    commands: list[str] = field(default_factory=list)
    """Decorators that make the parameters of a function options (`typer.Typer().command`)."""
    record_classes: list[str] = field(default_factory=list)
    """Base classes whose annotated fields are the arguments of the constructor (`pydantic.BaseModel`)."""
    record_decorators: list[str] = field(default_factory=list)
    """Decorators that do the same (`dataclasses.dataclass`)."""
    unpacks: list[str] = field(default_factory=list)
    """What turns such an object into a dict of its fields (`dataclasses.asdict`, `pydantic.BaseModel().model_dump`)."""
    checked_decorators: list[str] = field(default_factory=list)
    """Decorators that check what a function is given against its annotations."""
    tool_runners: list[str] = field(default_factory=list)
    """Methods that run a tool and check its arguments against its schema first (`mcp.ClientSession.call_tool`)."""
    plain_decorators: list[str] = field(default_factory=list)
    """Packages and builtins whose decorators neither catch nor retry."""
    keeps_results: list[str] = field(default_factory=list)
    """Last names of decorators with which a function runs once and its result is kept (`lru_cache`)."""
    keys: dict[str, str] = field(default_factory=dict)
    """Name of a key pattern -> regular expression that a provider key matches whole."""
    uses: list[UseRule] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    """Names by which a project calls what it writes itself, as they stand in a file: where one is found and its use
    is not, nothing can be told."""
    around: str | None = None
    """A regular expression on the names by which a function asks a control that a project writes for itself."""
    compared: ComparedRule | None = None
    named: str | None = None
    """A regular expression on the name of a decorator, dependency or middleware that a project writes for it."""
    inputs: list[InputRule] = field(default_factory=list)
    cuts: list[CutRule] = field(default_factory=list)
    text_lengths: list[LengthRule] = field(default_factory=list)
    """Declarations that limit how long a text of a request may be."""
    prompts: list[PromptWords] = field(default_factory=list)
    records: list[RecordRule] = field(default_factory=list)
    keeps: list[KeepRule] = field(default_factory=list)
    recorders: dict[str, list[str]] = field(default_factory=dict)
    """Library of `tracers` -> what it keeps of a call by itself, beside model, correlation and latency."""
    correlates: list[str] = field(default_factory=list)
    """What puts the id of the request on every log line when it is used."""
