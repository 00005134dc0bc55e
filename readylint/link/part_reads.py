"""What is read from a checked or parsed answer by name, and what becomes of it inside its function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from readylint.flow import Node
from readylint.link.answer_state import CHECKED, PARSED, AnswerUse, PartUse
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

STEPS = 120
BOTH = (PARSED, CHECKED)


class PartReads:
    """Goes from a part of an answer to its uses."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program

    def named(self, use: AnswerUse, labels: tuple[str, ...] = BOTH) -> Iterator[tuple[str, Ref]]:
        """The attributes, items and `get`s of what holds the answer, with their names."""
        for part in use.parts:
            if part.state.label in labels and not part.state.fields:
                name = self._name(part)
                if name is not None:
                    yield name, part.user

    def _name(self, part: PartUse) -> str | None:
        node = self.program.node(part.user)
        if node.op == "attr" and node.args[1] != "get":
            return str(node.args[1])
        if node.op == "item" and node.args[0] == part.ref.node:
            return self._word(part.user.sibling(node.args[1]))
        if node.op == "call" and node.args[0] == part.ref.node and node.args[1]:
            target = self.program.node(part.ref)
            if target.op == "attr" and target.args[1] in ("get", "pop"):
                return self._word(part.user.sibling(node.args[1][0][1]))
        return None

    def _word(self, key: Ref) -> str | None:
        words = [w for w in self.resolver.constants(key) if isinstance(w, str)]
        return words[0] if len(words) == 1 else None

    def after(self, start: Ref) -> Iterator[tuple[Ref, Node, Ref]]:
        """The nodes of the function that a value reaches: each with the node that brings it there."""
        function = self.program.function(start)
        users = self.program.users(start.module, start.function)
        pending, seen = [start.node], {start.node}
        while pending and len(seen) < STEPS:
            number = pending.pop()
            for user in users.get(number, ()):
                yield start.sibling(user), function.nodes[user], start.sibling(number)
                if user not in seen:
                    seen.add(user)
                    pending.append(user)
