"""Functions that call themselves again when a call in them fails, and how often."""

from __future__ import annotations

from readylint.facts import RetryLayer
from readylint.flow import NOTHING, FunctionFlow
from readylint.link.control_paths import Ending, Walk
from readylint.link.retry_failures import Start
from readylint.link.retry_loops import Attempts, RetryLoops, leaves
from readylint.link.retry_values import TURNS_LIMIT, CountedTests, Frames
from readylint.values import Ref


class RetryRecursion:
    """Reads recursion as attempts, with the rooms of the loops."""

    def __init__(self, loops: RetryLoops) -> None:
        self.loops = loops
        self.program = loops.program
        self.guards = loops.guards
        self.failures = loops.failures
        self.paths = loops.paths

    def layer(self, ref: Ref, starts: list[Start], frames: Frames) -> RetryLayer | None:
        """The function calls itself again after a failure."""
        function = self.program.function(ref)
        found: list[tuple[Attempts, Start]] = []
        place: Ref | None = None
        for again in self._calls_of_itself(ref, function):
            for way in starts:
                if self.loops.asks_person(ref, way):
                    continue
                attempts = self._runs(ref, again, way, frames)
                if attempts != 1 and not self.loops.work.taken(ref, 0):
                    found.append((attempts, way))
                    place = place or again
        if place is None:
            return None
        return self.loops.as_layer(ref, 0, found, self.program.callee_span(place), frames)

    def _calls_of_itself(self, ref: Ref, function: FunctionFlow) -> list[Ref]:
        found = []
        for number in function.calls:
            at = ref.sibling(number)
            if number == ref.node or function.name not in self.program.tails(
                ref.module, function, function.nodes[number].args[0]
            ):
                continue
            targets = self.guards.callees.of(at).functions
            if any((t.module, t.number) == (ref.module, function.number) for t in targets):
                if self._same_work(at, function):
                    found.append(at)
        return found

    def _same_work(self, again: Ref, function: FunctionFlow) -> bool:
        """It is called with what it was given; numbers and literals beside it may differ."""
        names = {p.name for p in function.params}
        for _, number in self.program.node(again).args[1]:
            node = function.nodes[number]
            plain = node.op in ("param", "const", "star", "binop", "attr") or (
                node.op == "union" and any(function.nodes[n].op == "param" for n in node.args)
            )
            if not plain:
                return False
            if node.op == "binop" and node.args[0] == "Add":
                sides = [function.nodes[n] for n in node.args[1:]]
                if not any(s.op == "const" and isinstance(s.args[0], int) for s in sides):
                    return False
        return bool(names) or not self.program.node(again).args[1]

    def _runs(self, ref: Ref, again: Ref, way: Start, frames: Frames) -> Attempts:
        function = self.program.function(ref)
        counted = CountedTests(self.failures.situation(ref, way, NOTHING, frames, again))
        mark = Ending("mark", again.node)
        endings: set[Ending] = set()
        for turn in range(1, TURNS_LIMIT + 1):
            counted.turn = turn
            walk = Walk(self.paths, ref.module, function, NOTHING, counted.holds, {again.node}, failing=True)
            endings = walk.after(way.context, way.position)
            if mark not in endings:
                return turn
            counted.turn = turn + 1
            entered = Walk(self.paths, ref.module, function, NOTHING, counted.holds, {ref.node}).after(0, 0)
            if Ending("mark", ref.node) not in entered:
                return turn
            if turn >= 2 and not counted.decided:
                break
        open_end = any(e != mark for e in endings)
        return "bounded" if open_end and any(leaves(function, t) for t in counted.open) else "unbounded"
