"""Where output goes: reports on stdout or into files, everything else on stderr."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

PATIENCE_SECONDS = 2


def prepare() -> None:
    """Print any file name: what the encoding cannot carry is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """A message to the person who waits."""
    with suppress(BrokenPipeError):
        print(text, file=sys.stderr, flush=True)


@contextmanager
def patience(text: str) -> Iterator[None]:
    """On a terminal: after two seconds say that something is being done, and since when."""
    if not sys.stderr.isatty():
        yield
        return
    done = threading.Event()
    waiter = threading.Thread(target=_show_patience, args=(text, done), daemon=True)
    waiter.start()
    try:
        yield
    finally:
        done.set()
        waiter.join()


def _show_patience(text: str, done: threading.Event) -> None:
    start = time.monotonic()
    if done.wait(PATIENCE_SECONDS):
        return
    from rich.console import Console

    with Console(stderr=True).status(text) as status:
        while not done.wait(1):
            status.update(f"{text} ({time.monotonic() - start:.0f} s)")


def leave_at_once(code: int) -> None:
    """End the process now if something still works in the background, where it would be waited for."""
    here = threading.current_thread()
    if all(thread is here or thread.daemon for thread in threading.enumerate()):
        return
    if "multiprocessing" in sys.modules:
        for child in sys.modules["multiprocessing"].active_children():
            child.terminate()
    os._exit(code)


def put(write: Callable[[TextIO], None]) -> None:
    """Write to stdout. A reader that went away (`| head`) has seen what it wanted."""
    try:
        write(sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def put_json(value: Any) -> None:
    """Plain data on stdout."""
    put(lambda out: out.writelines((json.dumps(value, indent=2), "\n")))


def put_file(path: Path, write: Callable[[TextIO], None]) -> None:
    """Write a file as a whole or not at all, folders included."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=path.name, dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as out:
            write(out)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
