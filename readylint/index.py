"""Every file read once as bytes: what it imports, which module it is, and whether it matters.

A file matters when it imports an SDK, or a project module that matters. Importing an HTTP client is not enough: the
file, or a module that it imports, has to hold a host of the catalogue as well.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b

from readylint.facts import Problem
from readylint.files import SourceFile
from readylint.imports import Import, ImportReader, dotted_names
from readylint.modules import ModuleNames

HASH_BYTES = 16


@dataclass(slots=True)
class IndexEntry:
    """One file, as it was read. `imports` are absolute dotted names; `from a import b` gives `a` and `a.b`."""

    file: SourceFile
    data: bytes
    module: str
    """The dotted name of the file itself."""
    is_package: bool
    statements: list[Import]
    imports: frozenset[str] = frozenset()
    _hash: str = ""

    @property
    def hash(self) -> str:
        """A digest of the bytes."""
        if not self._hash:
            self._hash = blake2b(self.data, digest_size=HASH_BYTES).hexdigest()
        return self._hash


class ModuleGraph:
    """Who imports whom, among the files of the run; each edge is worked out when it is first asked for."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self.imports = _Imports(index)
        """File -> the files that it imports from."""

    @cached_property
    def _importing(self) -> dict[str, list[str]]:
        """Imported name -> the files that import exactly that name."""
        found: dict[str, list[str]] = defaultdict(list)
        for rel, entry in self._index.entries.items():
            for name in entry.imports:
                found[name].append(rel)
        return found

    def importers(self, rel: str) -> set[str]:
        """The files that import from a file."""
        names = self._index.names.names_of(rel)
        candidates = {other for name in names for other in self._importing.get(name, ())}
        candidates.update(other for name in names for other in self._importing.get(f"{name}.*", ()))
        if rel.endswith("/__init__.py"):
            inside = tuple(f"{name}." for name in names)
            candidates.update(
                other for name, others in self._importing.items() if name.startswith(inside) for other in others
            )
        return {other for other in candidates if other != rel and rel in self.imports[other]}

    def closure(self, seeds: Iterable[str]) -> set[str]:
        """The seeds and everything that imports them, directly or not."""
        return _reach(seeds, self.importers)

    def below(self, seeds: Iterable[str]) -> set[str]:
        """The seeds and everything that they import, directly or not."""
        return _reach(seeds, self.imports.__getitem__)


class _Imports(dict[str, set[str]]):
    """Edges that are made when they are asked for."""

    def __init__(self, index: Index) -> None:
        super().__init__()
        self._index = index

    def __missing__(self, rel: str) -> set[str]:
        found = self[rel] = self._index.targets(rel)
        return found


def _reach(seeds: Iterable[str], edges: Callable[[str], set[str]]) -> set[str]:
    found = set(seeds)
    todo = list(found)
    while todo:
        for other in edges(todo.pop()):
            if other not in found:
                found.add(other)
                todo.append(other)
    return found


@dataclass(slots=True)
class Relevance:
    """The files that matter. `seeds` maps those that name an SDK or a host themselves to what they name."""

    files: set[str] = field(default_factory=set)
    seeds: dict[str, str] = field(default_factory=dict)


class Index:
    """All files of a run by their path relative to the root."""

    def __init__(self, files: Sequence[SourceFile], libraries: Collection[str] = ()) -> None:
        """`libraries` are import roots that a file of the same name in a package does not stand for."""
        self.entries: dict[str, IndexEntry] = {}
        self.problems: list[Problem] = []
        reader = ImportReader()
        shadowing: set[str] = set()
        for file in files:
            data = _bytes_of(file)
            if data is None:
                self.problems.append(Problem(file.rel, "cannot be read"))
                continue
            statements = reader.read(data)
            stem = file.rel.rpartition("/")[2].rpartition(".")[0]
            if any(not i.level and (i.module == stem or i.module.startswith(stem + ".")) for i in statements):
                shadowing.add(file.rel)
            self.entries[file.rel] = IndexEntry(file, data, "", False, statements)
        self.names = ModuleNames([e.file for e in self.entries.values()], shadowing, libraries)
        for rel, entry in self.entries.items():
            module = self.names.files[rel]
            entry.module, entry.is_package = module.name, module.is_package
            entry.imports = self._absolute(rel, entry.statements)

    def _absolute(self, rel: str, statements: list[Import]) -> frozenset[str]:
        found: set[str] = set()
        for statement in statements:
            if statement.level:
                module = self.names.absolute(rel, statement.level, statement.module)
                found.update(dotted_names(module, statement.names))
            else:
                found.update(statement.dotted)
        return frozenset(found)

    @cached_property
    def _names_by_root(self) -> dict[str, list[str]]:
        """All imported names by their first part."""
        found: dict[str, list[str]] = defaultdict(list)
        for name in set().union(*(entry.imports for entry in self.entries.values())):
            found[name.partition(".")[0]].append(name)
        return found

    def imported(self, roots: Collection[str]) -> dict[str, str]:
        """The imported names that are one of these roots or below one, each with its root."""
        found: dict[str, str] = {}
        wanted = {root.partition(".")[0] for root in roots}
        for name in [n for first in wanted for n in self._names_by_root.get(first, ())]:
            end = len(name)
            while end > 0:
                if name[:end] in roots:
                    found[name] = name[:end]
                    break
                end = name.rfind(".", 0, end)
        return found

    @cached_property
    def graph(self) -> ModuleGraph:
        """The module graph."""
        return ModuleGraph(self)

    def targets(self, rel: str) -> set[str]:
        """The files that a file imports from."""
        found: set[str] = set()
        entry = self.entries[rel]
        for statement in entry.statements:
            module = statement.module
            if statement.level:
                module = self.names.absolute(rel, statement.level, module)
            if module and not self.names.may_know(module):
                continue
            home = self.names.resolve(module, rel) if module else None
            if not statement.names:
                found.update(self._packages_on_the_way(module, rel))
            for name in statement.names:
                inner = self.names.module(f"{module}.{name}" if module else name, rel) if name != "*" else None
                if inner is not None:
                    found.add(inner)
                if home is not None and (inner is None or name.encode() in self.entries[home[0]].data):
                    found.add(home[0])
            if home is not None and not statement.names:
                found.add(home[0])
        found.discard(rel)
        return found

    def _packages_on_the_way(self, module: str, rel: str) -> Iterable[str]:
        """`import a.b.c` binds `a`, through which all of them can be reached."""
        end = module.find(".")
        while end > 0:
            found = self.names.module(module[:end], rel)
            if found is not None:
                yield found
            end = module.find(".", end + 1)

    def importing(self, roots: Collection[str]) -> set[str]:
        """The files that import one of these roots, or something below it."""
        names = self.imported(roots).keys()
        return {rel for rel, entry in self.entries.items() if not entry.imports.isdisjoint(names)}

    def holding(self, texts: Iterable[str], among: Iterable[str] | None = None) -> dict[str, str]:
        """The files whose bytes hold one of the texts, with the first of them that was found."""
        paths = list(self.entries if among is None else among)
        everything = b"\n".join(self.entries[rel].data for rel in paths)
        ordered = sorted(set(texts), key=lambda t: (-len(t), t))
        # Most texts stand in no file at all: one look at everything is quicker than one at each.
        present = _present([text.encode() for text in ordered], everything)
        wanted = [text.encode() for text in ordered if text.encode() in present]
        found: dict[str, str] = {}
        for rel in paths if wanted else ():
            data = self.entries[rel].data
            for text in wanted:
                if text in data:
                    found[rel] = text.decode()
                    break
        return found

    def calling(self, name: str, among: Iterable[str] | None = None) -> list[str]:
        """The files whose bytes hold `name` right before an opening parenthesis."""
        plain = name.encode()
        pattern = re.compile(rb"(?<![\w])" + re.escape(plain) + rb"[ \t]*\(")
        return [
            rel
            for rel in (self.entries if among is None else among)
            if plain in (data := self.entries[rel].data) and pattern.search(data) is not None
        ]

    def relevant(self, sdk_roots: Collection[str], http_roots: Collection[str], hosts: Collection[str]) -> Relevance:
        """The files that matter.

        `sdk_roots` are import roots of SDKs, `http_roots` those of HTTP clients, `hosts` the catalogue's hosts and
        paths. A constant module that gives an HTTP file its host matters too: the host has to be read from it.
        """
        found = Relevance()
        roots = self.imported(sdk_roots)
        for rel in self.importing(sdk_roots):
            found.seeds[rel] = min(roots[name] for name in self.entries[rel].imports & roots.keys())
        constants: set[str] = set()
        speaking = self.importing(frozenset(http_roots).difference(sdk_roots)) - found.seeds.keys() if hosts else set()
        if speaking:
            near = speaking.union(*(self.graph.imports[rel] for rel in speaking))
            holding = self.holding(hosts, near)
            for rel in sorted(speaking):
                givers = sorted(holding.keys() & self.graph.imports[rel])
                if rel in holding:
                    found.seeds[rel] = holding[rel]
                elif givers:
                    found.seeds[rel] = holding[givers[0]]
                    constants.update(givers)
        found.files = (self.graph.closure(found.seeds) if found.seeds else set()) | constants
        return found


def _present(texts: Sequence[bytes], data: bytes) -> set[bytes]:
    """Which of the texts stand in the data. Those that begin alike (`api.`) are looked for together."""
    groups: dict[bytes, list[bytes]] = defaultdict(list)
    for text in texts:
        groups[text[:4]].append(text)
    found: set[bytes] = set()
    for prefix, group in groups.items():
        if len(group) > 2:
            rests = b"|".join(re.escape(text[len(prefix) :]) for text in group)
            found.update(re.findall(re.escape(prefix) + b"(?:" + rests + b")", data))
        else:
            found.update(text for text in group if text in data)
    return found


def _bytes_of(file: SourceFile) -> bytes | None:
    try:
        descriptor = os.open(file.absolute, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    try:
        data = os.read(descriptor, file.size + 1)
        if len(data) == file.size:
            return data
        parts = [data]
        while data:
            data = os.read(descriptor, 1 << 20)
            parts.append(data)
        return b"".join(parts)
    except OSError:
        return None
    finally:
        os.close(descriptor)
