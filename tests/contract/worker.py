"""Runs calls of one program in an interpreter that sees one folder of packages, and says what came of them.

    python -I -S worker.py FOLDER PROGRAM

Reads one command per line from standard input, a JSON object with `do`, and writes one JSON line for each:

* `versions`: the distributions in the folder.
* `watch`: keep the objects that the program builds with these constructors.
* `call`: run a function of the program; the time it took, the error, and the limit of the waits for the network.
* `names`: which qualified names exist.
* `paths`: which attribute paths exist on the objects that the program has built.
* `parents`: which classes are subclasses of which.

What a wait is limited by is read where the operating system is asked to wait. A blocking socket has its limit at the
moment of `recv` (`gettimeout`), whichever library has set it. An event loop waits in its selector; what limits the wait
are the timers that the call has set and that are pending then, because every asyncio time-out (anyio's scopes,
`wait_for`, aiohttp's) is such a timer. The longest of all waits of a call are those for answers.

Only the standard library is used here, so that every version of every SDK can be run.
"""

from __future__ import annotations

import asyncio
import builtins
import functools
import importlib
import importlib.metadata
import inspect
import json
import os
import runpy
import selectors
import site
import socket
import sys
import time
from typing import Any

QUICK = 0.002
"""Seconds that a sleep takes at most while a failure is measured: what is counted are attempts, not back-off."""


class Waits:
    """The waits for the network during one call: how long they took, and the limits they had (None: none)."""

    def __init__(self) -> None:
        self.blocking: list[tuple[float, float | None]] = []
        self.looping: list[tuple[float, float | None]] = []
        self.timers: list[asyncio.TimerHandle] = []
        self.connections = 0

    @property
    def limit(self) -> float | None:
        """The limit of the longest waits, which are those for answers; the weakest one when they differ.

        Where a thread waits for an answer, an event loop only waits for the thread.
        """
        longest = max((seconds for seconds, _ in self.blocking + self.looping), default=0.0)
        long = [[limit for seconds, limit in w if seconds >= longest / 2] for w in (self.blocking, self.looping)]
        limits = long[0] or long[1]
        known = [limit for limit in limits if limit is not None]
        return max(known, default=None) if len(known) == len(limits) else None

    def limit_at(self, now: float) -> float | None:
        """Seconds until the first timer that would end the wait."""
        limits = [t.when() - now for t in self.timers if not t.cancelled() and is_limit(t)]
        return min((limit for limit in limits if limit > 0), default=None)


def is_limit(timer: asyncio.TimerHandle) -> bool:
    """Whether a timer may end a wait. What aiohttp's connector sets to tidy itself up does not."""
    return getattr(timer._callback, "__name__", "") != "_weakref_handle"  # type: ignore[attr-defined]


waits = Waits()
quick = False


def watch_blocking_sockets() -> None:
    """Note what `recv` and `recv_into` wait for, and each connection that is tried."""
    for name in ("recv", "recv_into"):
        setattr(socket.socket, name, _timed(getattr(socket.socket, name)))
    connect = socket.socket.connect

    def counted(self: socket.socket, address: Any) -> Any:
        waits.connections += 1
        return connect(self, address)

    socket.socket.connect = counted  # type: ignore[method-assign]


def _timed(receive: Any) -> Any:
    def timed(self: socket.socket, *args: Any) -> Any:
        limit, start = self.gettimeout(), time.monotonic()
        try:
            return receive(self, *args)
        finally:
            if limit != 0:
                waits.blocking.append((time.monotonic() - start, limit))

    return timed


def watch_event_loops() -> None:
    """Note how long a selector waits inside a running loop, and the first timer that would end the wait."""
    select, call_at = selectors.DefaultSelector.select, asyncio.BaseEventLoop.call_at

    def armed(self: asyncio.BaseEventLoop, *args: Any, **keywords: Any) -> asyncio.TimerHandle:
        handle = call_at(self, *args, **keywords)
        waits.timers.append(handle)
        return handle

    def timed(self: Any, timeout: float | None = None) -> Any:
        loop = asyncio._get_running_loop()
        if loop is None:
            return select(self, timeout)
        limit, start = waits.limit_at(loop.time()), time.monotonic()
        try:
            return select(self, timeout)
        finally:
            waits.looping.append((time.monotonic() - start, limit))

    selectors.DefaultSelector.select = timed  # type: ignore[method-assign]
    asyncio.BaseEventLoop.call_at = armed  # type: ignore[method-assign]


def shorten_sleeps() -> None:
    """Make back-off quick while `quick` is set. The time of day goes on as if it had been slept."""
    sleep, asleep, now = time.sleep, asyncio.sleep, time.time
    skipped = 0.0

    def shortened(seconds: float) -> float:
        nonlocal skipped
        short = min(seconds, QUICK) if quick else seconds
        skipped += seconds - short
        return short

    async def sleep_in_loop(delay: float, result: Any = None) -> Any:
        return await asleep(shortened(delay), result)

    time.sleep = lambda seconds: sleep(shortened(seconds))
    time.time = lambda: now() + skipped
    asyncio.sleep = asyncio.tasks.sleep = sleep_in_loop  # type: ignore[assignment]


class Built:
    """The objects that the program builds with constructors of the catalogue."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}

    def watch(self, names: list[str]) -> None:
        """Keep what these classes and functions make from now on, by their names.

        What a function makes is also kept as `name:first argument` (`boto3.client:bedrock-runtime`).
        """
        for name in names:
            module, _, last = name.rpartition(".")
            try:
                made = resolve(name)
                if inspect.isclass(made):
                    made.__init__ = self._kept_by_class(name, made, made.__init__)  # type: ignore[misc]
                elif inspect.isfunction(made):
                    setattr(resolve(module), last, self._kept_by_function(name, made))
            except (LookupError, AttributeError, TypeError):
                continue

    def _kept_by_class(self, name: str, cls: type, original: Any) -> Any:
        def kept(this: Any, *args: Any, **keywords: Any) -> None:
            original(this, *args, **keywords)
            if type(this) is cls:
                self.objects[name] = this

        return functools.wraps(original)(kept)

    def _kept_by_function(self, name: str, original: Any) -> Any:
        def kept(*args: Any, **keywords: Any) -> Any:
            made = original(*args, **keywords)
            for key in (name, *(f"{name}:{a}" for a in args[:1] if isinstance(a, str))):
                self.objects[key] = made
            return made

        return functools.wraps(original)(kept)


built = Built()


def resolve(name: str) -> Any:
    """The object of a qualified name; LookupError when there is none."""
    if "." not in name and hasattr(builtins, name):
        return getattr(builtins, name)
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except Exception:  # a module may raise what it likes
            continue
        try:
            for part in parts[length:]:
                found = getattr(found, part)
        except (AttributeError, ImportError):
            continue
        return found
    raise LookupError(name)


def call(program: dict[str, Any], command: dict[str, Any]) -> dict[str, Any]:
    """Run one function of the program."""
    global waits, quick  # noqa: PLW0603 - the patched functions above look here
    waits, quick = Waits(), command["quick"]
    error: BaseException | None = None
    start = time.monotonic()
    try:
        outcome = program[command["function"]]()
        if inspect.iscoroutine(outcome):
            asyncio.run(outcome)
    except BaseException as raised:  # whatever it is, it is the observation
        error = raised
    seconds = time.monotonic() - start
    quick = False
    return {
        "seconds": seconds,
        "connections": waits.connections,
        "limit": waits.limit,
        "raised": None if error is None else [qualified(c) for c in type(error).__mro__],
        "text": "" if error is None else str(error)[:300],
        "among": [] if error is None else [n for n in command["classes"] if is_instance(error, n)],
    }


def is_instance(error: BaseException, name: str) -> bool:
    """Whether an error is of the class of that name; a name that does not exist here is no class."""
    try:
        cls = resolve(name)
    except LookupError:
        return False
    return inspect.isclass(cls) and isinstance(error, cls)


def qualified(cls: type) -> str:
    """`package.module.Class`; builtins without a module."""
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def exists(name: str) -> str:
    """`yes`, `no`, or `no package` when what it needs is not installed."""
    try:
        resolve(name)
    except LookupError:
        return "no package" if lacks_a_package(name) else "no"
    return "yes"


def lacks_a_package(name: str) -> bool:
    """Whether importing a name fails for want of another module than its own, or its root is not there at all."""
    module = name
    while "." in module:
        module = module.rpartition(".")[0]
        try:
            importlib.import_module(module)
            getattr(resolve(module), name[len(module) + 1 :].partition(".")[0], None)
        except ModuleNotFoundError as error:
            if not f"{module}.".startswith(f"{error.name}.") or "." not in module:
                return True
        except Exception:  # a module may raise what it likes when it lacks something
            return True
        else:
            return False
    return True


def path_exists(make: str, steps: list[str]) -> str:
    """`yes`, `no`, or `not built` when the program has built no such object."""
    if make not in built.objects:
        return "not built"
    found = built.objects[make]
    for step in steps:
        try:
            found = getattr(found, step)
        except Exception:  # a property may raise what it likes
            return "no"
    return "yes"


def inherits(child: str, parent: str) -> str:
    """`yes`, `no`, or `no name` when one of them does not exist here."""
    try:
        one, other = resolve(child), resolve(parent)
    except LookupError:
        return "no name"
    return "yes" if inspect.isclass(one) and inspect.isclass(other) and issubclass(one, other) else "no"


def serve(program_path: str) -> None:
    """Answer commands until standard input ends. Whatever the program prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    program: dict[str, Any] | None = None
    for line in sys.stdin:
        command = json.loads(line)
        match command["do"]:
            case "call":
                program = program or runpy.run_path(program_path)
                reply: Any = call(program, command)
            case "watch":
                built.watch(command["names"])
                reply = None
            case "names":
                reply = {n: exists(n) for n in command["names"]}
            case "paths":
                reply = [path_exists(make, steps) for make, steps in command["paths"]]
            case "parents":
                reply = [inherits(child, parent) for child, parent in command["pairs"]]
            case "versions":
                reply = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__":
    watch_blocking_sockets()
    watch_event_loops()
    shorten_sleeps()
    site.addsitedir(sys.argv[1])
    serve(sys.argv[2])
