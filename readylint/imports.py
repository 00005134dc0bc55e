"""Import statements read from bytes, without parsing.

Every import holds the word `import`, so the file is searched for that word and the line around it is looked at. What
stands in a docstring may be taken for an import; that costs a file that is parsed for nothing, never a missed one.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from dataclasses import dataclass

_WORD = re.compile(rb"import")
_FROM = re.compile(rb"(?:.*[;:])?[ \t\f]*(?:lazy[ \t]+)?from(?![\w])([\w. \t\f]+)\Z", re.DOTALL)
_PLAIN = re.compile(rb"(?:.*[;:])?[ \t\f]*(?:lazy[ \t]+)?\Z", re.DOTALL)
_PARENTHESES = re.compile(rb"[ \t\f]*\((?P<names>(?>[^()#]+|#[^\n]*)*+)")
_LINE = re.compile(rb"(?>[^\\\n#;]+|\\\r?\n)*+")
_CALL = re.compile(rb"import_module\([ \t\r\n]*(?:name[ \t]*=[ \t]*)?[rRuU]?[\"']([.\w]+)[\"']")
_DUNDER = re.compile(rb"import__\([ \t\r\n]*[rRuU]?[\"']([.\w]+)[\"']")
_COMMENT = re.compile(rb"#[^\n]*")
_LONGEST_BEFORE = 500
_LONGEST_LINE = 2000
_LONGEST_KEPT = 400
_BACKSLASH = 0x5C
_AFTER_WORD = frozenset(b" \t\f\\(*")


@dataclass(slots=True, frozen=True)
class Import:
    """One import of one module. `level` counts the leading dots; `names` is empty for `import module`."""

    level: int
    module: str
    names: tuple[str, ...] = ()
    dotted: tuple[str, ...] = ()
    """For an absolute import: `module`, and each of `names` below it."""


def dotted_names(module: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """`module` itself and what is imported from it, as absolute names."""
    own = (module,) if module else ()
    return (*own, *(f"{module}.{n}" if module else n for n in names if n != "*"))


def _absolute(name: str) -> Import:
    return Import(0, name, (), (name,))


class ImportReader:
    """Reads files one after another and remembers lines, since most lines stand in many files."""

    def __init__(self) -> None:
        self._lines: dict[tuple[bytes, bytes], tuple[Import, ...]] = {}

    def read(self, data: bytes) -> list[Import]:
        """All imports of a file, in order; the same one may come twice."""
        data = data.removeprefix(BOM_UTF8)
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        found: list[Import] = []
        for match in _WORD.finditer(data):
            at = match.start()
            end = match.end()
            following = data[end : end + 1]
            if following == b"_":
                found += _from_call(data, at)
                continue
            if not following or following[0] not in _AFTER_WORD:
                continue
            before = data[_start_of_line(data, at) : at]
            if b"\\" in before:
                before = before.replace(b"\\\n", b" ")
            if before and _PLAIN.match(before) is None and _FROM.match(before) is None:
                continue
            rest = _LINE.match(data, end, end + _LONGEST_LINE)
            after = rest[0] if rest else b""
            if b"(" in after:
                inner = _PARENTHESES.match(data, end)
                after = inner["names"] if inner else after
            known = self._lines.get((before, after))
            if known is None:
                known = _read_line(before, after)
                if len(after) < _LONGEST_KEPT:
                    self._lines[before, after] = known
            found += known
        return found


def _start_of_line(data: bytes, at: int) -> int:
    """Where the logical line begins, or a place not too far before: files may be one line of a megabyte."""
    limit = max(0, at - _LONGEST_BEFORE)
    start = max(limit, data.rfind(b"\n", limit, at) + 1)
    while start > limit + 1 and data[start - 2] == _BACKSLASH:
        start = max(limit, data.rfind(b"\n", limit, start - 1) + 1)
    return start


def _from_call(data: bytes, at: int) -> list[Import]:
    """`import_module("x")` and `__import__("x")`."""
    call = _CALL.match(data, at) or (_DUNDER.match(data, at) if data[at - 2 : at] == b"__" else None)
    if call is None:
        return []
    name = call[1].decode("utf-8", "replace")
    module = name.lstrip(".")
    return [_absolute(name) if module == name else Import(len(name) - len(module), module)]


def _read_line(before: bytes, after: bytes) -> tuple[Import, ...]:
    if b"#" in after:
        after = _COMMENT.sub(b"", after)
    names = after.replace(b"\\\n", b" ").decode("utf-8", "replace").split(",")
    wanted = tuple([name.split(None, 1)[0].strip("()") for name in names if name and not name.isspace()])
    if not before or _PLAIN.match(before):
        return tuple([_absolute(name) for name in wanted if _is_dotted(name)])
    source = _FROM.match(before)
    if source is None or not wanted:
        return ()
    written = "".join(source[1].decode("utf-8", "replace").split())
    if not written:
        return ()
    module = written.lstrip(".")
    level = len(written) - len(module)
    return (Import(level, module, wanted, () if level else dotted_names(module, wanted)),)


def _is_dotted(name: str) -> bool:
    return name.isidentifier() or all(part.isidentifier() for part in name.split("."))
