"""Whether the waits between attempts grow, or vary, or are as long as the provider says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import FunctionFlow
from readylint.link.retry_values import Constants, Frames
from readylint.values import UNKNOWN, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.program import Program

WAITING = {"sleep", "sleep_ms", "wait", "wait_for"}
"""Last names of what waits: `time.sleep`, `asyncio.sleep`, `event.wait`."""
FIXED = {"const", "name", "param", "attr", "import"}
VARYING = {"random", "uniform", "randint", "randrange", "triangular", "expovariate", "gauss", "choice", "normal"}
FUNCTIONS = 3
PARTS_LIMIT = 100
DEPTH = 2


class Waits:
    """Looks for waits in the part of a function that is repeated."""

    def __init__(self, program: Program, callees: Callees, constants: Constants) -> None:
        self.program = program
        self.callees = callees
        self.constants = constants

    def grow(self, ref: Ref, handlers: set[int], inside: set[int], frames: Frames) -> bool | None:
        """Whether they grow: False also where nothing waits. `handlers` deal with the failure, `inside` is repeated."""
        function = self.program.function(ref)
        for contexts in (handlers, inside - handlers):
            found = [
                self._of_call(ref.sibling(n), frames, DEPTH)
                for n in function.calls
                if function.nodes[n].context in contexts and n != ref.node
            ]
            known = [grows for waits, grows in found if waits]
            if known:
                return True if True in known else None if None in known else False
        return False

    def _of_call(self, call: Ref, frames: Frames, depth: int) -> tuple[bool, bool | None]:
        """Whether a call waits, itself or in a function of the project, and whether that wait grows."""
        function = self.program.function(call)
        node = self.program.node(call)
        tail = self.program.tail(call.module, function, node.args[0])
        if tail in WAITING:
            if tail.startswith("wait"):
                return bool(node.args[1]), None
            return True, self._grows(call.sibling(node.args[1][0][1]), function, frames) if node.args[1] else None
        for target in self.callees.of(call).functions[:FUNCTIONS] if depth else ():
            flow = self.program.modules[target.module].functions[target.number]
            inner = [self._of_call(Ref(target.module, target.number, n), frames, depth - 1) for n in flow.calls]
            waits = [grows for waiting, grows in inner if waiting]
            if waits:
                # What it is told (the number of the attempt, the error) may decide how long.
                return True, True if True in waits else None if node.args[1] or None in waits else False
        return False, None

    def _grows(self, ref: Ref, function: FunctionFlow, frames: Frames) -> bool | None:
        """Whether what is waited for is another number each time."""
        node = self.program.node(ref)
        if node.op == "iter" or (node.op == "union" and any(function.nodes[n].op != "const" for n in node.args)):
            return True
        if node.op == "call":
            return self._computed(ref, function, frames)
        if self.constants.value(ref, frames) is not UNKNOWN:
            return False
        if node.op in FIXED:
            return None
        if node.op in ("ifexp", "binop"):
            sides = [self._grows(ref.sibling(n), function, frames) for n in node.args[1:]]
            return True if True in sides else None if None in sides else False
        return True

    def _computed(self, ref: Ref, function: FunctionFlow, frames: Frames) -> bool | None:
        """`min(60, 2**attempt)`, `random.uniform(1, 3)`, `float(error.response.headers["retry-after"])`."""
        node = self.program.node(ref)
        if self.program.tail(ref.module, function, node.args[0]) in VARYING:
            return True
        if any(function.nodes[n].op == "exc" for n in _reached(function, ref.node)):
            return True
        sides = [self._grows(ref.sibling(n), function, frames) for _, n in node.args[1]]
        return True if True in sides else None


def _reached(function: FunctionFlow, number: int) -> set[int]:
    pending, seen = [number], {number}
    while pending and len(seen) < PARTS_LIMIT:
        for child in function.children(pending.pop()):
            if child not in seen:
                seen.add(child)
                pending.append(child)
    return seen
