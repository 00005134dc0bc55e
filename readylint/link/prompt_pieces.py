"""What is sent to a model, as pieces in order: constant text, and parts that come from somewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from readylint.values import Ref

From = Literal["request", "message", "file", "database", "retrieval", "tool", "parameter", "unknown"]
Hole = tuple[int, int, str]
"""A parameter: its module, function and name."""
MOST = 40
"""Of a longer prompt only the parts that come from somewhere are kept behind that many pieces."""


class Piece(NamedTuple):
    """A part of a prompt. With neither `text` nor `origin` it is a value that holds no text from outside: a number,
    a date, an answer of the model, a setting."""

    at: Ref
    text: str | None = None
    origin: From | None = None
    role: str | None = None
    """system, user, assistant or tool; "unknown" when the message does not tell; None outside of messages."""
    limited_by: str | None = None
    message: Ref | None = None
    volatile: bool = False
    """It differs from call to call without anyone asking for it."""
    aside: bool = False
    """It stands here only on another way through the program than the rest."""
    name: str | None = None
    """The constant or file that holds the text."""
    marker: bool = False
    """What stands before it is marked for the provider's cache."""
    maybe: bool = False
    """Of constant text: another text may stand in its place."""
    own_file: bool = False
    """Text of a file that is a part of the program."""
    missing: str | None = None
    """The placeholder that stands here and gets no value."""
    large: bool | Literal["file"] | None = False
    """Of a part that comes from somewhere: it may be as long as a document; "file" where that is any file of text.
    None for bytes that are no text."""
    hole: Hole | None = None
    """The parameter whose text stands here. With `origin` file: whose text is the path of the file."""

    @property
    def is_outer(self) -> bool:
        """Whether it comes from somewhere, as far as that is known."""
        return self.origin is not None or self.hole is not None

    @property
    def is_constant(self) -> bool:
        """Whether the text is written in the program."""
        return self.text is not None


Text = tuple[Piece, ...]
NOTHING_SENT: Text = ()


def joined(parts: Iterable[Text]) -> Text:
    """Texts one after the other."""
    found: list[Piece] = []
    for part in parts:
        found += part
    if len(found) <= MOST:
        return tuple(found)
    rest: dict[tuple[object, ...], Piece] = {}
    for piece in found[MOST:]:
        if piece.is_outer:
            rest.setdefault((piece.origin, piece.role, piece.limited_by, piece.hole), piece)
    return (*found[:MOST], *rest.values())


def one_of(ways: Iterable[Text], by_size: bool = False) -> Text:
    """One of several texts: the one with the most constant text stands for all; of the others what comes from
    somewhere stands aside.

    `by_size` when a test of the size chooses: what one way cuts is short enough on the other.
    """
    texts = [w for w in ways if w]
    if len(texts) < 2:
        return texts[0] if texts else NOTHING_SENT
    if by_size:
        cut = {_source(p): p.limited_by for t in texts for p in t if p.limited_by is not None}
        texts = [_cut_as(t, cut) for t in texts] if cut else texts
    main = max(texts, key=_weight)
    if any(t is not main and any(p.text for p in t) for t in texts):
        main = tuple([p._replace(maybe=True) if p.text and not p.maybe else p for p in main])
    seen = {(p.origin, p.hole, p.role, p.limited_by, p.at) for p in main if p.is_outer}
    aside: list[Piece] = []
    for text in texts:
        for piece in text:
            if piece.is_outer:
                key = (piece.origin, piece.hole, piece.role, piece.limited_by, piece.at)
                if key not in seen:
                    seen.add(key)
                    aside.append(piece if piece.aside else piece._replace(aside=True))
    return joined([main, tuple(aside)]) if aside else main


def _source(piece: Piece) -> tuple[object, ...]:
    """What tells that two pieces are the same text: read at one place, or in one function from one source."""
    if piece.origin == "unknown":
        return (piece.at,)
    return (piece.origin, piece.hole, piece.at.module, piece.at.function)


def _cut_as(text: Text, cut: dict[tuple[object, ...], str]) -> Text:
    if all(p.limited_by is not None or not p.is_outer for p in text):
        return text
    return tuple([_cut(p, cut.get(_source(p))) if p.is_outer else p for p in text])


def _weight(text: Text) -> tuple[int, int]:
    return constant_length(text), len(text)


def _cut(piece: Piece, by: str | None) -> Piece:
    return piece._replace(limited_by=by) if by and piece.is_outer and piece.limited_by is None else piece


def limited(text: Text, by: str) -> Text:
    """The text after something made it shorter; what was shortened before keeps its reason."""
    if all(p.limited_by is not None or not p.is_outer for p in text):
        return text
    return tuple(_cut(p, by) for p in text)


def in_message(text: Text, role: str, message: Ref) -> Text:
    """The text as the content of a message; what already is in one stays there."""
    return tuple(p._replace(role=role, message=message) if p.role is None else p for p in text)


def called(text: Text, name: str) -> Text:
    """The text under the name of the constant that holds it; the innermost name counts."""
    return tuple(p._replace(name=name) if p.name is None and (p.is_constant or p.own_file) else p for p in text)


def put(hole: Piece, text: Text) -> Text:
    """The text in the place of a parameter's: in the message in which that stands, limited as that is."""
    if hole.role is None and hole.limited_by is None and hole.name is None and not hole.aside:
        return text
    found: list[Piece] = []
    for piece in text:
        if hole.role is not None and piece.role is None:
            piece = piece._replace(role=hole.role, message=hole.message)
        if hole.limited_by is not None:
            piece = _cut(piece, hole.limited_by)
        if hole.aside and not piece.aside:
            piece = piece._replace(aside=True)
        if hole.name is not None and piece.name is None and piece.text is not None:
            piece = piece._replace(name=hole.name)
        found.append(piece)
    return tuple(found)


def own_file(piece: Piece, path: Text) -> Piece:
    """The text of a file of the program, named by its path."""
    written = [p.text for p in path if p.text]
    name = written[-1].replace("\\", "/").rsplit("/", 1)[-1] if written else None
    return piece._replace(origin=None, hole=None, limited_by=None, own_file=True, name=name or None)


def constant_length(text: Text) -> int:
    """Characters of the constant parts."""
    return sum([len(p.text) for p in text if p.text is not None and not p.aside])


def sources(text: Text) -> Text:
    """The parts that come from somewhere."""
    return tuple(p for p in text if p.is_outer)


def is_value(text: Text) -> bool:
    """Whether it is something that holds no text from outside, and none that is written."""
    return bool(text) and all(not p.is_outer and p.text is None and not p.own_file for p in text)


def value(at: Ref) -> Text:
    """Something that holds no text from outside."""
    return (Piece(at),)


def unknown(at: Ref) -> Text:
    """Text of which nothing is known."""
    return (Piece(at, origin="unknown"),)
