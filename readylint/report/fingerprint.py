"""The fingerprint that GitHub knows a result by: a hash of the first hundred visible characters from its line on.

The action that uploads SARIF files computes the same hash and keeps it as `primaryLocationLineHash`; uploads that
do not go through it need ours. Spaces and tabs do not count, every line break counts as LF, the end of the file
counts as U+FFFF and then zeros. The hash is a polynomial in 37 over UTF-16 code units, modulo 2 to the 64th, and
equal hashes of one file are numbered in the order of their lines.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections import Counter

_WINDOW = 100
_FACTOR = 37
_MASK = (1 << 64) - 1
_FIRST = pow(_FACTOR, _WINDOW, 1 << 64)
_BLANK = frozenset((0x20, 0x09))
_LF, _CR, _END = 0x0A, 0x0D, 0xFFFF


def _visible(data: bytes) -> tuple[array[int], list[int]]:
    """The code units that count, and where each line starts among them."""
    units = array("H")
    units.frombytes(data.decode("utf-8", errors="replace").encode("utf-16-le"))
    if array("H", [1]).tobytes() == b"\x00\x01":
        units.byteswap()
    kept = array("H")
    starts: list[int] = []
    line_start, after_cr = True, False
    for unit in units:
        if unit in _BLANK or (after_cr and unit == _LF):
            after_cr = False
            continue
        after_cr = unit == _CR
        if after_cr:
            unit = _LF
        if line_start:
            starts.append(len(kept))
        line_start = unit == _LF
        kept.append(unit)
    if line_start:
        starts.append(len(kept))
    kept.append(_END)
    return kept, starts


def line_hashes(data: bytes) -> list[str]:
    """For each line of a file, first line first, the hash that GitHub gives it. A BOM counts as a character."""
    units, starts = _visible(data)
    units.extend([0] * _WINDOW)
    prefix = [0]
    value = 0
    for unit in units:
        value = (value * _FACTOR + unit) & _MASK
        prefix.append(value)
    seen: Counter[int] = Counter()
    hashes = []
    for start in starts:
        window = (prefix[start + _WINDOW] - prefix[start] * _FIRST) & _MASK
        seen[window] += 1
        hashes.append(f"{window:x}:{seen[window]}")
    return hashes


def own_fingerprint(rule: str, path: str, inside: str | None, line: str) -> str:
    """A name for a finding that survives moved lines: rule, file, function and the line without its white space."""
    text = "\0".join((rule, path, inside or "", re.sub(r"\s+", "", line)))
    return hashlib.sha256(text.encode("utf-8", errors="surrogatepass")).hexdigest()[:32]
