"""How much text may come in at one place: a whole document, or a few words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readylint.catalogue import InputRule
from readylint.facts import Input, LlmCall
from readylint.link.history_changes import Changes
from readylint.link.prompt_pieces import Piece
from readylint.values import Const, Ref

if TYPE_CHECKING:
    from readylint.link.prompt_walk import PromptWalk

READ = ("file", "database", "retrieval", "tool")
"""Where text comes from that nobody types."""
_OWN = re.compile(
    r"prompt|templat|persona|instruct|character|config|setting|schema|(^|_)meta|guide|example|\bsys|agent|role|rubric|"
    r"histor|conversation|chat|session|(^|_)state|workflow|ideas|inbox|(^|_)task|(^|_)db|(^|_)toc",
    re.IGNORECASE,
)
"""Words of paths of files that belong to a program more likely than to who uses it."""

_TABLES = re.compile(
    r"information_schema|sqlite_master|\bPRAGMA\b|\bSHOW\s+(TABLES|COLUMNS)|\bDESCRIBE\b", re.IGNORECASE
)
"""Queries for what tables there are, and not for what is in them."""


class Amounts:
    """Looks at the calls that read."""

    def __init__(self, walk: PromptWalk) -> None:
        self.program = walk.program
        self.resolver = walk.resolver
        self.callees = walk.callees
        self.stores = walk.histories.stores

    def of(self, ref: Ref, rule: InputRule, piece: Piece) -> Piece:
        """The text that comes in at a call, with what the call itself says about its length."""
        if rule.from_ == "database":
            read = self.stores.rule(ref)
            nodes = self.program.function(ref).nodes
            if any(n.op == "const" and isinstance(n.args[0], str) and _TABLES.search(n.args[0]) for n in nodes):
                return piece._replace(large=False)
            by_query = read is not None and self.stores.of(ref, read, Changes()).status == "bounded"
            return piece._replace(limited_by="a limit of the query") if by_query else piece
        if rule.own_when_constant is None:
            return piece
        if self._is_binary(ref):
            return piece._replace(large=None)
        stem = self.program.modules[ref.module].path.rsplit("/", 1)[-1].removesuffix(".py")
        written = (self.program.written(ref), stem if "config" in stem else "")
        return piece._replace(large=False if any(map(_OWN.search, written)) else "file")

    def _is_binary(self, ref: Ref) -> bool:
        """A file that is opened for its bytes, as pictures are."""
        for name, position in (("mode", 1), ("mode", 0)):
            given = self.resolver.argument(ref, name, position)
            for value in self.resolver.values(given) if given is not None else ():
                if isinstance(value, Const) and isinstance(value.value, str) and re.fullmatch(r"[rb+]+", value.value):
                    return "b" in value.value
        return False


def as_text(piece: Piece) -> Piece:
    """What was read as bytes and turned into text is as long as the file."""
    return piece._replace(large="file") if piece.origin == "file" and piece.large is False else piece


def counted(piece: Piece, reaches: str, fact: LlmCall) -> bool | None:
    """Whether the length of a part that was read is limited."""
    if piece.origin not in READ:
        return True if piece.limited_by is not None else None
    if piece.limited_by is not None:
        return True
    if not piece.large or (piece.large == "file" and reaches == "system"):
        return None  # a file in the system text is a prompt of the program more often than not
    if piece.origin == "database" and fact.history.scope == "store":
        return None  # the conversation itself: how it grows is another matter
    return False


def merged(known: Input, other: bool | None) -> bool | None:
    """One source on two ways: uncounted where one of them is."""
    if False in (known.counted, other):
        return False
    return None if None in (known.counted, other) else True
