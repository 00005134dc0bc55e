"""Where control may go inside a function from a place in it, as its contexts and exits tell."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from readylint.flow import NOTHING, Exit, FunctionFlow

if TYPE_CHECKING:
    from readylint.link.program import Program

Decide = Callable[[int], bool | None]
"""Whether a test holds; None when it may or may not."""


class Ending(NamedTuple):
    """Where a way ends.

    kind: turn (the next turn of the loop that is looked at), left (that loop is left), return, raise, end (of the
    function), mark (a node that the way was to be followed to).
    """

    kind: str
    node: int = NOTHING
    loop: int = NOTHING
    """Of ways that are still under way (`break` and `continue`): the loop that they belong to."""
    context: int = NOTHING
    """Where a `return` or `raise` stands."""


class Item(NamedTuple):
    """A thing in a context that control meets: an inner context or an exit, at a position of the text."""

    position: int
    context: int
    leave: Exit | None = None
    mark: int = NOTHING


class ControlPaths:
    """The items of each context, worked out once per function."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._items: dict[tuple[int, int], dict[int, list[Item]]] = {}

    def items(self, module: int, function: FunctionFlow) -> dict[int, list[Item]]:
        """What stands in each context, in source order."""
        key = (module, function.number)
        found = self._items.get(key)
        if found is None:
            found = self._items[key] = {}
            for number, context in enumerate(function.contexts):
                found.setdefault(context.parent, []).append(Item(context.start, number))
            for leave in function.exits:
                # What an exit evaluates comes before it leaves.
                found.setdefault(leave.context, []).append(Item(max(leave.start, leave.end), NOTHING, leave))
            for inside in found.values():
                inside.sort(key=lambda item: (item.position, item.context))
        return found


class Walk:
    """One question about one function: the endings of all ways from a place."""

    def __init__(
        self, paths: ControlPaths, module: int, function: FunctionFlow, loop: int, decide: Decide, marks: set[int],
        failing: bool = False,
    ) -> None:  # fmt: skip
        """`loop` is the loop whose turns are told apart, if any; ways end at `marks`.

        After a failure (`failing`) what follows in another `try` may fail as well.
        """
        self.function = function
        self.contexts = function.contexts
        self.items = paths.items(module, function)
        self.loop = loop
        self.decide = decide
        self.failing = failing
        self.marks: dict[int, list[Item]] = {}
        for mark in marks:
            node = function.nodes[mark]
            self.marks.setdefault(node.context, []).append(Item(node.start, NOTHING, None, mark))

    def after(self, context: int, position: int) -> set[Ending]:
        """The endings of ways from a position of a context on."""
        inside, open_end = self._block(context, position)
        found = set(inside)
        if open_end:
            found |= self._past(context)
        return self._resolved(found)

    def turn(self) -> set[Ending]:
        """The endings of one whole turn of the loop."""
        return self.after(self.loop, 0)

    def _resolved(self, endings: set[Ending]) -> set[Ending]:
        """`break` and `continue` of loops around the start lead on behind those loops."""
        found: set[Ending] = set()
        for ending in endings:
            if ending.kind not in ("break", "continue"):
                found.add(ending)
            elif ending.loop == self.loop:
                found.add(Ending("left" if ending.kind == "break" else "turn"))
            elif ending.kind == "break":
                around = self.contexts[ending.loop]
                found |= self.after(around.parent, around.end)
            else:
                found |= self._past(ending.loop)
        return found

    def _past(self, context: int) -> set[Ending]:
        """The end of a context is reached."""
        at = self.contexts[context]
        if context == self.loop:
            return {Ending("turn")}
        if at.parent == NOTHING:
            return {Ending("end")}
        if at.kind in ("for", "while"):
            return set() if self._endless(context) else self.after(at.parent, at.start + 1)
        if at.kind == "try":
            return self._behind_try(context, ("else", "finally"))
        if at.kind in ("handler", "else"):
            return self._behind_try(at.owner, ("finally",))
        return self.after(at.parent, at.end)

    def _behind_try(self, tried: int, kinds: tuple[str, ...]) -> set[Ending]:
        found: set[Ending] = set()
        for context in self._parts(tried, kinds):
            inside, open_end = self._block(context, 0)
            found |= inside
            if not open_end:
                return self._resolved(found)
        around = self.contexts[tried]
        return self._resolved(found) | self.after(around.parent, around.end)

    def _parts(self, tried: int, kinds: tuple[str, ...]) -> list[int]:
        contexts = self.contexts
        return [n for n in range(tried + 1, len(contexts)) if contexts[n].owner == tried and contexts[n].kind in kinds]

    def _endless(self, context: int) -> bool:
        at = self.contexts[context]
        test = self.function.nodes[at.nodes[0]] if at.kind == "while" and at.nodes else None
        return test is not None and test.op == "const" and bool(test.args[0])

    # inside a context ------------------------------------------------------------------------------------------

    def _block(self, context: int, position: int) -> tuple[set[Ending], bool]:
        """The endings inside a context from a position on, and whether its end may be reached."""
        items = self.items.get(context, [])
        marks = self.marks.get(context)
        if marks:
            items = sorted([*items, *marks], key=lambda item: (item.position, item.context))
        return self._from(items, position)

    def _from(self, items: list[Item], position: int) -> tuple[set[Ending], bool]:
        found: set[Ending] = set()
        index = bisect_left(items, position, key=lambda item: item.position)
        while index < len(items):
            item = items[index]
            index += 1
            if item.position < position:
                continue
            if item.mark != NOTHING:
                return found | {Ending("mark", item.mark)}, False
            if item.leave is not None:
                return found | {self._leaving(item.leave)}, False
            inside, open_end, position = self._compound(item.context, items)
            found |= inside
            if not open_end:
                return found, False
        return found, True

    def _leaving(self, leave: Exit) -> Ending:
        if leave.kind in ("return", "raise"):
            return Ending(leave.kind, leave.node, context=leave.context)
        for number, around in self.function.ancestors(leave.context):
            if around.kind in ("for", "while"):
                return Ending(leave.kind, NOTHING, number)
        return Ending("end")

    def _compound(self, context: int, items: list[Item]) -> tuple[set[Ending], bool, int]:
        """An inner context as a step: its endings, whether control goes on behind it, and where."""
        at = self.contexts[context]
        if at.kind == "if":
            return self._branches(context)
        if at.kind in ("for", "while"):
            return self._inner_loop(context, items)
        inside, open_end = self._block(context, 0)
        if at.kind == "try":
            for part in self._parts(context, ("else", "finally")):
                if open_end or self.contexts[part].kind == "finally":
                    more, reached = self._block(part, 0)
                    inside, open_end = inside | more, open_end and reached
            for part in self._parts(context, ("handler",)) if self.failing else ():
                more, reached = self._block(part, 0)
                inside, open_end = inside | more, open_end or reached
        return inside, open_end or at.kind in ("match", "comp"), max(at.end, at.start + 1)

    def _branches(self, context: int) -> tuple[set[Ending], bool, int]:
        at = self.contexts[context]
        other = self._other_branch(context)
        held = self.decide(at.nodes[0]) if at.nodes else None
        held = held if at.branch or held is None else not held
        found: set[Ending] = set()
        open_end = False
        for part, taken in ((context, held is not False), (other, held is not True)):
            if not taken:
                continue
            inside, reached = self._block(part, 0) if part != NOTHING else (set(), True)
            found, open_end = found | inside, open_end or reached
        return found, open_end, max(at.end, at.start + 1)

    def _other_branch(self, context: int) -> int:
        at = self.contexts[context]
        if not at.branch:
            return NOTHING
        for number in range(context + 1, len(self.contexts)):
            other = self.contexts[number]
            if other.parent == at.parent and other.start > at.start:
                same = other.kind == "if" and not other.branch and other.nodes == at.nodes and other.start < at.end
                return number if same else NOTHING
        return NOTHING

    def _inner_loop(self, context: int, items: list[Item]) -> tuple[set[Ending], bool, int]:
        at = self.contexts[context]
        inside, _ = self._block(context, 0)
        broken = Ending("break", NOTHING, context) in inside
        found = {e for e in inside if e.loop != context}
        if self._endless(context):
            return found, broken, at.end
        # Behind the last turn comes the `else` of the loop, which a `break` leaves out.
        between = [i for i in items if at.start < i.position < at.end and (i.leave is not None or i.context > context)]
        more, open_end = self._from(between, at.start + 1)
        return found | more, open_end or broken, at.end
