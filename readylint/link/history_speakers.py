"""Whose messages are rows of a store? Only those of several speakers are a conversation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import NOTHING
from readylint.link.history_sizes import NONE, UNKNOWN, Size
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.program import Program

SPEAKERS = "*"
"""Stands for whoever a row says."""


class Speakers:
    """Looks at the messages that rows are made into."""

    def __init__(self, program: Program) -> None:
        self.program = program

    def conversation(self, size: Size, elements: list[Ref], strict: bool) -> Size:
        """What is read from a store is a conversation when it is sent as messages of more than one speaker."""
        speakers: set[str] = set()
        for element in elements:
            self._speakers(element, speakers)
        if strict and (SPEAKERS in speakers or len(speakers) > 1):
            return replace(size, rows=False)
        return UNKNOWN if strict else NONE

    def _speakers(self, ref: Ref, found: set[str]) -> None:
        node = self.program.node(ref)
        if node.op == "dict":
            for key, value in node.args:
                word = self.program.node(ref.sibling(key)) if key != NOTHING else None
                if word is None:
                    found.add(SPEAKERS)
                elif word.op == "const" and word.args[0] == "role":
                    self._role(ref.sibling(value), found)
        elif node.op == "tuple" and node.args:
            self._role(ref.sibling(node.args[0]), found)
        elif node.op == "ifexp":
            self._speakers(ref.sibling(node.args[1]), found)
            self._speakers(ref.sibling(node.args[2]), found)
        elif node.op == "call":
            role = next((n for k, n in node.args[1] if k == "role"), None)
            tail = self.program.tail(ref.module, self.program.function(ref), node.args[0]) or ""
            if role is not None:
                self._role(ref.sibling(role), found)
            else:
                found.add(tail if tail[:1].isupper() else SPEAKERS)
        elif node.op != "join":
            found.add(SPEAKERS)

    def _role(self, ref: Ref, found: set[str]) -> None:
        node = self.program.node(ref)
        found.add(str(node.args[0]) if node.op == "const" else SPEAKERS)
