"""Which files of a project are parsed at the start: those that may hold, hand on or surround a model call."""

from __future__ import annotations

import re
from collections.abc import Collection

from readylint.catalogue import Framework, Sdk
from readylint.index import Index
from readylint.packs import Pack

LEAST_FILES = 10
"""Up to this many files are read for a method name alone, even where fewer matter."""
COMPUTED_IMPORT = re.compile(
    rb"(?:import_module|__import__)\(\s*(?:name\s*=\s*)?(?:[fF][\"']((?:\w+\.)+)[\w.]*\{|[\"']((?:\w+\.)+)\w*[\"']\s*\+)"
)
"""The package that a computed name of a module begins with."""


class RelevantFiles:
    """Finds them by their imports and bytes alone."""

    def __init__(
        self,
        project: str,
        files: set[str],
        index: Index,
        pack: Pack,
        frameworks: list[Framework],
        calls: Collection[str],
    ) -> None:
        """`files` are those of the project, `frameworks` those it imports, `calls` the gateways that users declared."""
        self.project = project
        self.files = files
        self.index = index
        self.pack = pack
        self.frameworks = frameworks
        self.calls = calls

    def find(self, sdks: list[Sdk]) -> set[str]:
        """The files that import an SDK, what imports them, and what they may hand a client to."""
        roots = {r for s in sdks if s.transport == "sdk" for r in s.imports}
        http = {r for s in sdks if s.transport == "http" for r in s.imports}
        found = self.index.relevant(roots - self._unmentioned(sdks), http, self._hosts()).files & self.files
        if self.calls:
            found |= self._gateways()
        if found:
            found |= self._evidence_files(found) | self._handed_clients(found, sdks)
            found |= self._importing_by_name(found)
        return found

    def _unmentioned(self, sdks: list[Sdk]) -> set[str]:
        """Import roots that are mostly used for other things, when no file holds a word that says otherwise."""
        rare = [s for s in sdks if s.mentions]
        words = {w for s in rare for w in s.mentions}
        importing = self.index.importing({r for s in rare for r in s.imports}) & self.files if rare else set()
        near = importing.union(*(self.index.graph.imports[r] for r in importing)) if importing else set()
        near |= {other for r in importing for other in self.index.graph.importers(r)}
        held = self.index.holding(words, near) if words else {}
        always = {r for s in sdks if not s.mentions for r in s.imports}
        return set() if held else {r for s in rare for r in s.imports} - always

    def _hosts(self) -> set[str]:
        """Texts that show a request to a provider: its host; for a server of one's own the path."""
        found: set[str] = set()
        for entry in self.pack.endpoints:
            for host in entry["hosts"]:
                local = host == "*" or host.startswith(("localhost", "127.0.0.1", "<"))
                paths = [max(p.split("*"), key=len) for p in entry["paths"] if p.count("/") > 1]
                texts = paths if local else [host]
                found.update(t.strip("*") for t in texts if len(t.strip("*")) > 8 and "*" not in t.strip("*."))
        return found

    def _gateways(self) -> set[str]:
        """Files that import a declared gateway, and what imports them."""
        modules = {n.rsplit(".", depth)[0] for n in self.calls for depth in (1, 2) if n.count(".") >= depth}
        files = {self.index.names.module(m, project=self.project) for m in modules}
        seeds = self.index.importing(modules) | {f for f in files if f is not None}
        return self.index.graph.closure(seeds & self.files) & self.files

    def _evidence_files(self, found: set[str]) -> set[str]:
        """Files next to those that matter which set up error handlers or tracers, and all that hold a store of vectors:
        what fills one is often a script of its own."""
        stores = {r for e in self.pack.evidence() if e.stores for r in e.imports}
        roots = {r for e in self.pack.evidence() if e.tracers for r in e.imports}
        for framework in self.frameworks:
            if framework.error_handlers:
                roots.update(framework.imports)
        near = self.index.graph.below(found) & self.files
        return (self.index.importing(roots) & near) | (self.index.importing(stores) & self.files)

    def _importing_by_name(self, found: set[str]) -> set[str]:
        """Files that import modules under a computed name, `import_module(f"tools.{name}")`, and what imports them.

        The start of the name has to mean a package with a file that matters.
        """
        names = {f".{name}." for rel in found for name in self.index.names.names_of(rel)}
        importing: set[str] = set()
        for rel in self.index.holding(["import_module(", "__import__("], self.files - found):
            written = COMPUTED_IMPORT.finditer(self.index.entries[rel].data)
            prefixes = {(one[1] or one[2]).decode() for one in written}
            if any(f".{prefix}" in name for prefix in prefixes for name in names):
                importing.add(rel)
        above = self.index.graph.closure(importing) & self.files if importing else set()
        return above if len(above - found) <= max(len(found), LEAST_FILES) else importing

    def _handed_clients(self, found: set[str], sdks: list[Sdk]) -> set[str]:
        """Files that import no SDK and are handed its clients: they hold a call path such as `messages.create`.

        They are imported by a file that matters, or a framework loads them by name: views, cogs, tasks.
        """
        paths = {c.path for s in sdks if s.transport == "sdk" for c in s.calls if "." in c.path and c.of}
        plugged_in = self.index.importing({r for f in self.frameworks for r in f.imports})
        near = ((self.index.graph.below(found) | plugged_in) & self.files) - found
        handed = set(self.index.holding(paths, near)) if paths else set()
        return handed | self._handed_by_name(near - handed, max(len(found), LEAST_FILES), sdks)

    def _handed_by_name(self, near: set[str], most: int, sdks: list[Sdk]) -> set[str]:
        """Files that call a method of an SDK by its name alone, such as `.invoke(`.

        A name that stands in more than `most` of these files says too little.
        """
        names = {c.path for s in sdks if s.transport == "sdk" for c in s.calls if c.of and c.path.isidentifier()}
        found: set[str] = set()
        for text in sorted({f".{name}(" for name in names} if near else ()):
            holding = self.index.holding([text], near)
            if len(holding) <= most:
                found |= holding.keys()
        return found
