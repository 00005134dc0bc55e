"""Work done in a process of its own while the rest goes on: for searches over all bytes of a large tree."""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Aside(Generic[Result]):
    """One piece of work; it begins when it is made, and `result` waits for it."""

    def __init__(self, work: Callable[[], Result], forked: bool) -> None:
        """`work` sees everything as it is now and gives something that can be pickled.

        Without `forked`, or where processes cannot be forked, it is done when the result is asked for.
        """
        self._work = work
        self._done: list[Result] = []
        self._process = 0
        if forked and sys.platform == "linux":
            self._begin()

    def _begin(self) -> None:
        reading, writing = os.pipe()
        self._process = os.fork()
        if self._process:
            os.close(writing)
            self._reading = reading
            return
        status = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as end:
                pickle.dump(self._work(), end)
            status = 0
        finally:
            os._exit(status)

    def result(self) -> Result:
        """What the work gave; done here when the process failed."""
        if not self._done:
            self._done.append(self._received() if self._process else self._work())
        return self._done[0]

    def _received(self) -> Result:
        with os.fdopen(self._reading, "rb") as end:
            sent = end.read()
        _, status = os.waitpid(self._process, 0)
        if status != 0:
            return self._work()
        received: Result = pickle.loads(sent)  # noqa: S301, written by our own process
        return received
