"""Which files hold something that begins like a provider key: a look at their bytes before anything is parsed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from readylint.index import Index


def files_with_keys(index: Index, patterns: Iterable[str]) -> set[str]:
    """Files with a quoted text that begins like one of the patterns, each of which matches a whole key."""
    beginnings = sorted({beginning(p).encode() for p in patterns} - {b""})
    if not beginnings:
        return set()
    quoted = re.compile(b"[\"'](?:" + b"|".join(map(re.escape, beginnings)) + b")[^\\s\"']{12,}[\"']")
    return {rel for rel, entry in index.entries.items() if quoted.search(entry.data)}


def beginning(pattern: str) -> str:
    """The literal text with which every match of a pattern begins, behind its look-aheads."""
    while pattern.startswith("(?"):
        pattern = pattern[_group_end(pattern) :]
    found = re.match(r"[\w-]*", pattern)
    return found.group() if found else ""


def _group_end(pattern: str) -> int:
    """The offset behind the group with which a pattern begins."""
    depth = 0
    for offset, sign in enumerate(pattern):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return offset + 1
    return len(pattern)
