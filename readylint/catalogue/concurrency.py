"""What runs several things at once, and what bounds how many."""

from __future__ import annotations

from dataclasses import dataclass, field

from readylint.catalogue.sdk import Argument


@dataclass(slots=True)
class LimiterRule:
    """An object that bounds how many run at once: a semaphore that is acquired, or a pool that is handed functions."""

    make: list[str] = field(default_factory=list)
    """Constructors, and functions that give one."""
    number: Argument = field(default_factory=Argument)
    """Where the number stands."""
    default: int | None = None
    """How many it lets run when no number is given; None: as many as the machine has processors, or not known."""
    pool: bool = False
    """It runs the functions that it is handed; otherwise it is entered or acquired around what it bounds."""
    acquire: list[str] = field(default_factory=list)
    """Methods that wait for room, beside `with` over the object."""
    decorator: list[str] = field(default_factory=list)
    """Decorators that make a function wait for room."""
    receiver: str | None = None
    """A regular expression on the written name of an object that is entered, where its type cannot be told."""


@dataclass(slots=True)
class GroupRule:
    """A function that runs awaitables beside each other. The first rule that matches wins."""

    function: list[str] = field(default_factory=list)
    method: list[str] = field(default_factory=list)
    listed: bool = False
    """They are given as one collection (`asyncio.wait(tasks)`) instead of one by one."""
    starts: bool = False
    """It starts one and gives a handle back: several run at once where it is called again before they end."""
    joins: bool = False
    """With `starts`: the `with` over its object waits for all (`TaskGroup`)."""
    number: Argument | None = None
    """Where the number that run at once is given."""
    default: int | None = None
    """How many run at once when no number is given; None: all."""


@dataclass(slots=True)
class BatchRule:
    """A function that cuts something into parts of a size."""

    function: list[str] = field(default_factory=list)
    number: Argument = field(default_factory=Argument)
    """Where the size of a part stands."""
