"""Queues: what they do with a task when nothing else is said, and what keeps a task from doing its work twice."""

from __future__ import annotations

from dataclasses import dataclass, field

from readylint.catalogue.sdk import Argument


@dataclass(slots=True)
class QueueRule:
    """The defaults of a queue, and where they are set for one task or for all."""

    make: list[str] = field(default_factory=list)
    """Constructors of the queue, or of the app, whose keywords are settings of all tasks."""
    settings: dict[str, list[str]] = field(default_factory=dict)
    """`time_limit`, `retries`, `late`, `result`, `no_result` -> names by which they are set for all tasks: keywords,
    attributes of the configuration, names of a settings module."""
    keywords: dict[str, list[str]] = field(default_factory=dict)
    """The same for names that mean this only as keywords of `make`."""
    configuration: str | None = None
    """The attribute of the app that holds its settings (`app.conf`)."""
    unit: str = "s"
    """Of the time limits in `settings`: s or ms."""
    in_class: bool = False
    """The settings are attributes of the class that lists the tasks."""
    may_repeat: bool | None = None
    """A task that did not fail may run again: it is taken off the queue only when it is done."""
    late: Argument | None = None
    """Where a task says that it is taken off only when it is done."""
    asks_by: list[str] = field(default_factory=list)
    """Exceptions by which a task asks to be run again."""
    asked_retries: int | None = None
    """How often it is run again when it asks and no number is given."""
    keeps_result: bool | None = None
    """What a task returns is kept for a while."""
    with_result: Argument | None = None
    """Where a task says that its result is kept."""
    without_result: Argument | None = None
    """Where a task says that it is not."""


@dataclass(slots=True)
class OnceRule:
    """A call that keeps work from being done twice: a lock by key, a look at what is there already."""

    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    receiver: str | None = None
    """A regular expression on the written receiver of `method` where its type cannot be told."""
    keyword: str | None = None
    """It does so only with this keyword (`set(key, 1, nx=True)`)."""
    tested: bool = False
    """It does so only where the function is left when it says yes."""
