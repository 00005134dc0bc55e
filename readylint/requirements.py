"""Requirement lines and specifiers, as pip, Poetry and Pipenv write them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

_OPTION = re.compile(r"\s+--?[a-zA-Z][\w-]*(?:[= ]\S+)?")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)[\s=]*(\S+)")
_EXACT = re.compile(r"\s*={2,3}\s*([^\s,*]+)\s*\Z")
_POETRY = re.compile(r"\s*([\^~])\s*v?(\d+(?:\.\d+)*)(\S*)\s*\Z")


@dataclass(slots=True)
class Requested:
    """One requirement of one line. `is_constraint` ones only pin what others ask for."""

    name: str
    specifier: str
    path: str
    line: int
    is_constraint: bool = False


def parsed(text: str) -> tuple[str, str] | None:
    """Normalised name and specifier of a PEP 508 requirement."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return None
    return canonicalize_name(requirement.name), str(requirement.specifier)


def exact(specifier: str) -> str | None:
    """The version that a specifier pins, or None."""
    found = _EXACT.match(specifier)
    return found[1] if found else None


def poetry_specifier(text: str) -> str | None:
    """A Poetry or Pipenv constraint as a PEP 440 specifier; "" is any version, None what cannot be said."""
    parts = []
    if "||" in text or "|" in text:
        return None
    for part in text.split(","):
        part = part.strip()
        if part in ("", "*"):
            continue
        caret = _POETRY.match(part)
        if caret:
            parts.append(_caret(caret[1], caret[2], caret[3]))
        elif part[0].isdigit():
            parts.append(f"=={part}")
        else:
            parts.append(part)
    joined = ",".join(parts)
    try:
        SpecifierSet(joined)
    except InvalidSpecifier:
        return None
    return joined


def _caret(sign: str, version: str, rest: str) -> str:
    numbers = [int(n) for n in version.split(".")]
    if sign == "~":
        keep = min(len(numbers), 2) - 1
    else:
        keep = next((n for n, number in enumerate(numbers) if number), len(numbers) - 1)
    upper = [*numbers[:keep], numbers[keep] + 1]
    return f">={version}{rest},<{'.'.join(map(str, upper))}"


def requirement_file(path: Path, root: Path, limit: Path, read: set[Path]) -> Iterator[Requested]:
    """The requirements of a file and of those that it includes, as long as they stand below `limit`.

    A file is read once; `read` holds those that were.
    """
    if path in read:
        return
    read.add(path)
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return
    shown = os.path.relpath(path, root).replace(os.sep, "/")
    for number, line in _logical_lines(text):
        include = _INCLUDE.match(line)
        if include:
            other = Path(os.path.realpath(path.parent / include[2]))
            if other.is_relative_to(limit):
                for inner in requirement_file(other, root, limit, read):
                    inner.is_constraint |= include[1] in ("-c", "--constraint")
                    yield inner
            continue
        requirement = None if line.startswith("-") else parsed(_OPTION.sub("", line))
        if requirement is not None:
            yield Requested(*requirement, shown, number)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments, those that end in a backslash joined; each with the number of its first."""
    start, joined = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        start = start if joined else number
        line = line.rstrip("\r")
        if line.endswith("\\"):
            joined += line[:-1] + " "
            continue
        whole = _COMMENT.sub("", joined + line).strip()
        joined = ""
        if whole:
            yield start, whole
