"""Frameworks: what makes a function a handler or task, what runs a callable, what limits its time."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
