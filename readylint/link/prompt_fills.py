"""Templates: where their placeholders stand, and the text after values were put in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from readylint.link.prompt_pieces import NOTHING_SENT, Piece, Text, joined

BRACES = re.compile(r"(?<!\{)\{([A-Za-z_]\w*|\d*)((?:\.\w+|\[\w+\])*(?:![rsa])?(?::[^{}]*)?)\}(?!\})")
"""`{name}`, `{}`, `{0}`, `{name.attribute}` as `str.format` reads them."""
DOLLARS = re.compile(r"\$(?:\{(\w+)\}|([A-Za-z_]\w*))()")
DOUBLE = re.compile(r"\{\{-?\s*([A-Za-z_]\w*)([^{}]*)\}\}")
"""`{{ name }}` of template languages."""


def fill(
    text: Text, pattern: re.Pattern[str], named: Mapping[str, Text], plain: Sequence[Text] = (), strict: bool = False
) -> Text:
    """The text with values in the place of placeholders; `strict` when one without a value is an error."""
    found: list[Text] = []
    used: set[str] = set()
    position = 0
    for piece in text:
        if piece.text is None:
            found.append((piece,))
            continue
        start = 0
        for match in pattern.finditer(piece.text):
            name = next((g for g in match.groups()[:-1] if g), None)
            if name is None or name.isdigit():
                at = int(name) if name else position
                value = plain[at] if at < len(plain) else None
                position = max(position, at + 1)
            else:
                value = named.get(name)
                used.add(name)
            if value is None and (not strict or piece.maybe):
                continue
            found.append(_constant(piece, piece.text[start : match.start()]))
            found.append(
                _put(piece, value) if value is not None else (piece._replace(text=None, missing=name or "{}"),)
            )
            start = match.end()
        found.append(_constant(piece, piece.text[start:]))
    # Values whose place is not seen come last.
    found += [_loose(v) for v in plain[position:]]
    if not any(p.is_constant for p in text):
        found += [_loose(v) for n, v in named.items() if n not in used]
    return joined(found)


def replaced(text: Text, wanted: str, value: Text) -> Text | None:
    """`text.replace("{name}", value)`; None when the wanted text does not stand there."""
    if not wanted or not any(p.text and wanted in p.text for p in text):
        return None
    found: list[Text] = []
    for piece in text:
        if piece.text is None or wanted not in piece.text:
            found.append((piece,))
            continue
        parts = piece.text.split(wanted)
        for number, part in enumerate(parts):
            if number:
                found.append(_put(piece, value))
            found.append(_constant(piece, part))
    return joined(found)


def names(text: Text, pattern: re.Pattern[str]) -> list[str]:
    """The placeholders of a template, in order."""
    found = [m.group(1) for p in text if p.text for m in pattern.finditer(p.text) if m.group(1)]
    return list(dict.fromkeys(found))


def _constant(piece: Piece, text: str) -> Text:
    return (piece._replace(text=text),) if text else NOTHING_SENT


def _put(piece: Piece, value: Text) -> Text:
    """A value stands in the message in which the placeholder stands, unless it is messages itself."""
    return tuple(
        p._replace(role=piece.role, message=piece.message, aside=p.aside or piece.aside) if p.role is None else p
        for p in value
    )


def _loose(value: Text) -> Text:
    return tuple(p for p in value if p.is_outer)
