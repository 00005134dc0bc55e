"""Frameworks: what makes a function a handler or task, what runs a callable, what limits its time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from readylint.catalogue.concurrency import BatchRule, GroupRule, LimiterRule
from readylint.catalogue.evidence import SinkRule
from readylint.catalogue.queue import QueueRule
from readylint.catalogue.sdk import Argument


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
    html: bool = False
    """Text that the function returns is sent as a page of HTML."""
    threads_sync: bool = False
    """Sync functions run in a thread pool, not on the event loop."""
    errors: int | str | None = None
    """For error handlers: where the exception class stands."""
    catches_all: bool = False
    retries: dict[str, Argument] = field(default_factory=dict)
    """For tasks: `{errors: {at: [autoretry_for]}, attempts: {at: [max_retries], counts: retries}}`."""
    retried_by: list[str] = field(default_factory=list)
    """For tasks: methods of the task that ask the queue to run it again (`self.retry()`)."""
    receiver: str | None = None
    """For tasks: keyword of the class whose instance the function is given first, where the keyword `receives` says
    that it is given one (`base` and `bind`)."""
    receives: str | None = None
    time_limit: Argument | None = None
    default_retries: int | None = None
    default_time_limit: float | None = None
    """Seconds after which the queue stops a task by itself; None: never."""
    conversation: int | None = None
    """Position of the parameter that holds all that was said before."""
    inputs: Argument | None = None
    """For registrations: the list of what the function is given, in the order of its parameters."""
    conversations: list[str] = field(default_factory=list)
    """Classes in `inputs` that hold all that was said before."""
    outputs: Argument | None = None
    """For registrations: the list of the components that show what the function gives, in the order of its results."""
    shows: list[SinkRule] = field(default_factory=list)
    """Components in `outputs` that show text as a page of HTML."""
    kept: list[str] = field(default_factory=list)
    """Classes in `inputs` that keep an object of the program for a session."""
    gives: Literal["request", "message"] | None = None
    """What parameters of a handler hold, where it is not that of the framework."""
    answers: bool = True
    """False for what runs as a part of a request and is not what answers it (`Depends`)."""
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
    gives: bool = False
    """Stands for what the callable returns (`LocalProxy(get_client)`)."""
    fan_out: bool = False
    apart: bool = False
    """What it runs is on its own: no `try` around the place that hands it over catches its errors."""
    each: bool = False
    """It runs the callable for each element of what follows (`executor.map`)."""
    pool: int | str | None = None
    """Where the pool stands that bounds how many run at once: `self` for the receiver, or the position of it."""
    number: Argument | None = None
    """Where the call itself says how many run at once."""
    at_once: int | None = None
    """How many run at once when neither says."""


@dataclass(slots=True)
class ReaderRule:
    """Something that takes a generator and reads it later, when the function that gave it has returned."""

    function: list[str] = field(default_factory=list)
    thread: bool = False
    """A generator that is not async is read in a thread."""


@dataclass(slots=True)
class FixtureRule:
    """Functions whose results tests are given under the function's name."""

    decorator: list[str] = field(default_factory=list)
    file: str = ""
    """The name of files whose fixtures all tests of the folder and of those below it see."""


@dataclass(slots=True)
class LookupRule:
    """A function that finds the framework's instance of a class of the project by a name."""

    function: list[str] = field(default_factory=list)
    argument: str = ""
    """The keyword of the name; it is also the first argument."""
    subclass_of: list[str] = field(default_factory=list)
    named_by: list[str] = field(default_factory=list)
    """Class attributes that give the name, its last part counts."""


@dataclass(slots=True)
class StateRule:
    """A function given to the framework yields a dict whose entries are attributes of an object of its own."""

    function: list[str] = field(default_factory=list)
    """What is called with it: `fastapi.FastAPI`."""
    argument: str = ""
    """The keyword by which it is given: `lifespan`."""
    owner: str = ""
    """The name of that object: `state`."""


@dataclass(slots=True)
class NodeRule:
    """An object that is given functions and runs them when one of its methods is called: a graph with nodes."""

    make: list[str] = field(default_factory=list)
    """What builds the object."""
    method: str = ""
    """Its method that takes a function, at any place."""
    run_by: list[str] = field(default_factory=list)
    """Its methods that run the functions, with those in between (`compile.invoke`)."""
    run_by_async: list[str] = field(default_factory=list)
    """The same for methods that are awaited: functions that are not async run in a thread there."""


@dataclass(slots=True)
class LimitRule:
    """A time limit around a call: as a function over an awaitable, as a context manager, or as a decorator."""

    function: list[str] = field(default_factory=list)
    manager: list[str] = field(default_factory=list)
    decorator: list[str] = field(default_factory=list)
    awaitable: int = 0
    seconds: Argument = field(default_factory=Argument)


@dataclass(slots=True)
class ReplyRule:
    """What a handler answers with: an object that it returns, or a call that sends."""

    sends: Literal["text", "json", "stream", "none"]
    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    receiver: str | None = None
    """A regular expression on the written receiver of `method` where its type cannot be told."""
    body: Argument | None = None
    """What is sent: a generator makes it a stream."""
    type: Argument | None = None
    """The content type: one of JSON or of an event stream decides."""
    pieces: bool = False
    """Called for each piece of an answer, in a loop over it, it sends a stream."""


@dataclass(slots=True)
class Framework:
    """One file under `frameworks/`."""

    framework: str
    imports: list[str]
    verified: dict[str, Any] = field(default_factory=dict)
    gives: Literal["request", "message"] = "request"
    """What parameters of its handlers hold: a request of the web, or what a person wrote in a chat."""
    streams: bool = False
    """It shows an answer piece by piece; chat platforms show a message when it is whole."""
    text_limit: str | None = None
    """How long a message may be on that platform, in words (`4096 characters`)."""
    handlers: list[EntryRule] = field(default_factory=list)
    tasks: list[EntryRule] = field(default_factory=list)
    error_handlers: list[EntryRule] = field(default_factory=list)
    inject: list[RunRule] = field(default_factory=list)
    runs: list[RunRule] = field(default_factory=list)
    readers: list[ReaderRule] = field(default_factory=list)
    fixtures: list[FixtureRule] = field(default_factory=list)
    lookups: list[LookupRule] = field(default_factory=list)
    states: list[StateRule] = field(default_factory=list)
    nodes: list[NodeRule] = field(default_factory=list)
    limits: list[LimitRule] = field(default_factory=list)
    limiters: list[LimiterRule] = field(default_factory=list)
    groups: list[GroupRule] = field(default_factory=list)
    batches: list[BatchRule] = field(default_factory=list)
    passes: list[str] = field(default_factory=list)
    """Functions that give the elements of what they are given on, one by one (`tqdm.tqdm`)."""
    includes: list[str] = field(default_factory=list)
    """Methods that put a router with its handlers into an app."""
    installs: list[str] = field(default_factory=list)
    """Functions and methods that install a middleware, which they are given first."""
    queue: QueueRule | None = None
    """For frameworks with tasks."""
    replies: list[ReplyRule] = field(default_factory=list)
    returns: dict[str, Literal["text", "json", "stream", "none"]] = field(default_factory=dict)
    """What becomes of what a handler returns: `text`, `data` (dicts, lists, records), `pieces` (generators), and
    `nothing`; `other` for what cannot be told."""
    """`Depends(get_client)`: gives what the callable returns."""
