"""One run of the whole flow: files, index, extract, link, judge, settle."""

from __future__ import annotations

import gc
import re
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from packaging.utils import canonicalize_name

from readylint import __version__
from readylint.aside import Aside
from readylint.catalogue import Sdk
from readylint.facts import AnyFact, Dependency, FactSheet, Role, Span
from readylint.files import Discovery, ProjectFolder, discover
from readylint.flow import ModuleFlow
from readylint.index import Index
from readylint.key_patterns import files_with_keys
from readylint.manifests import dependencies
from readylint.packs import Pack, load
from readylint.reach import Reach
from readylint.roles import is_generated
from readylint.settings import Settings
from readylint.source_reader import RECURSION, SourceReader
from readylint.verdicts import ProjectReport, Report

if TYPE_CHECKING:
    from readylint.link import LinkedProject, Linker
    from readylint.link.knowledge import Knowledge
    from readylint.link.silent_files import SilentFile
    from readylint.link.versions import Declared

LARGE_BYTES = 8_000_000
"""From this much source on the searches over all bytes run in processes of their own."""
SEARCHED_BYTES = 8_000_000
"""Up to this much source is searched for further callers of a method."""
LEAST_FILES = 10
"""Up to this many files are read for a method name alone, even where fewer matter."""
STACK_BYTES = 512 * 1024 * 1024
SCORED_ROLES = ("app", "script", "notebook")

Given = TypeVar("Given")


@dataclass(slots=True)
class Gathered:
    """The facts of a run, and how they were come by."""

    sheet: FactSheet
    discovery: Discovery
    pack: Pack
    seen: int = 0
    parsed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    linkers: list[Linker] = field(default_factory=list)
    """What linked each project: answers further questions."""
    calls_elsewhere: dict[str, int] = field(default_factory=dict)
    kept: list[object] = field(default_factory=list)
    """What is only kept so that it is not taken apart before the process ends; that takes longer than its use."""


def silent_files(gathered: Gathered) -> list[SilentFile]:
    """The files that import an SDK and hold no model call, and why none was found there."""
    return deep(lambda: [found for linker in gathered.linkers for found in linker.silent_files()])


def deep(work: Callable[[], Given]) -> Given:
    """Run with a deep stack: expressions may be nested a few thousand levels."""
    outcome: list[Given] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            outcome.append(work())
        except BaseException as error:  # handed to the caller below
            failure.append(error)

    limit, size = sys.getrecursionlimit(), threading.stack_size(STACK_BYTES)
    sys.setrecursionlimit(RECURSION)
    try:
        thread = threading.Thread(target=body, daemon=True)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(size)
        sys.setrecursionlimit(limit)
    if failure:
        raise failure[0]
    return outcome[0]


def pack_of(settings: Settings) -> Pack:
    """The built-in pack and those that the settings name."""
    return load([settings.base / p for p in settings.packs])


def gather(paths: Sequence[Path], settings: Settings, pack: Pack | None = None) -> FactSheet:
    """The facts of every project that the paths touch.

    Raises `MissingPathError`, `NothingToReadError` and `PackError`.
    """
    return collect(paths, settings, pack).sheet


def collect(paths: Sequence[Path], settings: Settings, pack: Pack | None = None) -> Gathered:
    """As `gather`, with everything that a report needs besides."""
    found = discover(paths, settings)
    chosen = pack or pack_of(settings)
    enabled = gc.isenabled()
    gc.disable()
    try:
        return deep(lambda: _collect(found, settings, chosen))
    finally:
        if enabled:
            gc.freeze()
            gc.enable()


def _collect(found: Discovery, settings: Settings, pack: Pack) -> Gathered:
    sheet = FactSheet(found.root.name or ".", [p.fact() for p in found.projects])
    result = Gathered(sheet, found, pack, seen=len(found.files), notes=list(found.notes))
    index = Index(found.files, pack.import_roots)
    result.kept.append(index)
    sheet.problems += index.problems
    reader = SourceReader(index, pack)
    large = sum(len(entry.data) for entry in index.entries.values()) > LARGE_BYTES
    keys = Aside(lambda: files_with_keys(index, [p.pattern for p in reader.patterns.values()]), large)
    for project in found.projects:
        ProjectRun(project, index, reader, settings, pack, result).run(keys, large)
    sheet.problems += reader.problems
    sheet.problems.sort(key=lambda p: (p.path, p.line or 0))
    result.texts = reader.texts
    result.parsed = sorted(reader.texts)
    sheet.facts.sort(key=lambda f: (f.span, f.kind, f.id))
    return result


class ProjectRun:
    """One project: which files matter, what they say, and the facts."""

    def __init__(
        self,
        project: ProjectFolder,
        index: Index,
        reader: SourceReader,
        settings: Settings,
        pack: Pack,
        result: Gathered,
    ) -> None:
        self.project = project
        self.index = index
        self.reader = reader
        self.settings = settings
        self.pack = pack
        self.result = result
        self.files = {r for r, e in index.entries.items() if e.file.project == project.path}
        self.unread: list[str] = []
        """Files that are not parsed at the start, to be searched for callers."""
        self.reach = Reach((), set, len)

    def run(self, keys: Aside[set[str]], large: bool) -> None:
        """Find, read, link; adds facts to the run's sheet."""
        sdks = self._sdks()
        relevant = Aside(lambda: self._relevant(sdks), large)
        # Loading the linker takes as long as the search for what matters.
        from readylint.link import Linker
        from readylint.link.program import Program

        matter = relevant.result() | (keys.result() & self.files)
        if not matter:
            return
        declared = self._declared()
        self.unread = self._beside(matter)
        self.reach = Reach(matter, self.index.graph.imports.__getitem__, self._size)
        program = Program(self.reader.read(matter), self)
        linker = Linker(program, self._knowledge(sdks), declared, self.project.path, self._role)
        self.result.kept.append(linker)
        linked = linker.link()
        self.result.linkers.append(linker)
        self.result.sheet.facts += linked.facts
        self.result.sheet.facts += self._dependency_facts(declared, sdks)
        self._count(linked)

    @cached_property
    def _roots(self) -> set[str]:
        """Import roots of the catalogue that the project imports, with the names below them that were imported.

        The builtins are there without an import.
        """
        known = self.pack.sdk_index.keys() | self.pack.framework_index.keys()
        matched = self.index.imported(known).keys()
        return {"builtins"} | {name for rel in self.files for name in matched & self.index.entries[rel].imports}

    def _sdks(self) -> list[Sdk]:
        """The SDKs that the project imports, HTTP clients and what they build on included."""
        return self.pack.sdks(self._roots)

    def _relevant(self, sdks: list[Sdk]) -> set[str]:
        roots = {r for s in sdks if s.transport == "sdk" for r in s.imports}
        http = {r for s in sdks if s.transport == "http" for r in s.imports}
        found = self.index.relevant(roots - self._unmentioned(sdks), http, self._hosts()).files & self.files
        if self.settings.calls:
            found |= self._gateways()
        if found:
            found |= self._evidence_files(found) | self._handed_clients(found, sdks)
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
        modules = {n.rsplit(".", depth)[0] for n in self.settings.calls for depth in (1, 2) if n.count(".") >= depth}
        files = {self.index.names.module(m, project=self.project.path) for m in modules}
        seeds = self.index.importing(modules) | {f for f in files if f is not None}
        return self.index.graph.closure(seeds & self.files) & self.files

    def _evidence_files(self, found: set[str]) -> set[str]:
        """Files next to those that matter which set up error handlers or tracers."""
        roots = {r for e in self.pack.evidence() if e.tracers for r in e.imports}
        for framework in self.pack.frameworks(self._roots):
            if framework.error_handlers:
                roots.update(framework.imports)
        near = self.index.graph.below(found) & self.files
        return self.index.importing(roots) & near

    def _handed_clients(self, found: set[str], sdks: list[Sdk]) -> set[str]:
        """Files that import no SDK and are handed its clients: they hold a call path such as `messages.create`.

        They are imported by a file that matters, or a framework loads them by name: views, cogs, tasks.
        """
        paths = {c.path for s in sdks if s.transport == "sdk" for c in s.calls if "." in c.path and c.of}
        plugged_in = self.index.importing({r for f in self.pack.frameworks(self._roots) for r in f.imports})
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

    def _knowledge(self, sdks: list[Sdk]) -> Knowledge:
        from readylint.link.knowledge import Knowledge

        frameworks = self.pack.frameworks(self._roots)
        declared = {
            name: {k: v for k, v in _fields(call).items() if v is not None and k != "name"}
            for name, call in self.settings.calls.items()
        }
        return Knowledge(
            sdks,
            frameworks,
            self.pack.evidence(),
            self.pack.models(),
            self.pack.model_spellings,
            self.pack.endpoints,
            declared,
            self.pack.sdk_named,
        )

    def path_of(self, name: str, importer: str) -> str | None:
        """The file of the project that a dotted name means in the importing file."""
        if not self.index.names.may_know(name):
            return None
        path = self.index.names.module(name, importer)
        return path if path in self.index.entries else None

    def module_at(self, path: str) -> ModuleFlow | None:
        """A file that the linker asks for, parsed; None when there is none."""
        read = self.reader.read([path]) if path in self.index.entries else []
        return read[0] if read else None

    def in_reach(self, path: str) -> bool:
        """Whether a file that others import is near enough to be parsed."""
        return self.reach.holds(path)

    def _size(self, path: str) -> int:
        return len(self.index.entries[path].data)

    def holding(self, text: str) -> list[str]:
        """The files of the project that hold a text."""
        return sorted(self.index.holding({text}, self.files))

    def _role(self, path: str) -> Role:
        entry = self.index.entries[path]
        return "generated" if is_generated(entry.data) else entry.file.role

    def _declared(self) -> dict[str, Declared]:
        from readylint.link.versions import Declared

        data = {rel: self.index.entries[rel].data for rel in sorted(self.files)}
        scripts = [(rel, held) for rel, held in data.items() if b"# /// script" in held]
        found: dict[str, Declared] = {}
        for d in dependencies(self.project, scripts, self.result.sheet.problems):
            name = canonicalize_name(d.name)
            known = found.get(name)
            if known is None or (known.locked is None and d.locked is not None):
                found[name] = Declared(name, d.specifier or None, d.locked, d.path, d.line)
        return found

    def _dependency_facts(self, declared: dict[str, Declared], sdks: list[Sdk]) -> list[AnyFact]:
        """The SDKs' own distributions as the project declares them."""
        facts: list[AnyFact] = []
        for package in sorted({s.package for s in sdks if s.package}):
            d = declared.get(canonicalize_name(package))
            if d is None:
                continue
            upper = None if d.specifier is None else any(sign in d.specifier for sign in ("==", "<", "~=", "==="))
            span = Span(d.path, max(d.line, 1), 1, max(d.line, 1), 2)
            facts.append(
                Dependency(
                    id=f"dependency:{self.project.path}:{package}",
                    span=span,
                    role="app",
                    project=self.project.path,
                    name=package,
                    specifier=d.specifier,
                    locked=d.locked,
                    upper=upper if d.locked is None else True,
                )
            )
        return facts

    def imported_by(self, path: str) -> set[str]:
        """The files that a file imports, through others too."""
        return self.index.graph.below({path})

    def unread_caller(self, method: str) -> str | None:
        """A file that was not parsed and calls a method of that name on an object; tests do not count."""
        call = re.compile(rb"(\w+|[\])])\s*\." + re.escape(method.encode()) + rb"\(")
        for rel in self._unread_calls.get(method.encode(), ()):
            data = self.index.entries[rel].data
            for found in call.finditer(data):
                owner = found[1]
                module = (
                    re.search(rb"\b(?:import|as)[ \t]+" + re.escape(owner) + rb"\b", data) if owner != b")" else None
                )
                if owner not in (b"self", b"cls") and module is None:
                    return rel
        return None

    @cached_property
    def _unread_calls(self) -> dict[bytes, list[str]]:
        """The names of methods that files call which were not parsed, with these files."""
        found: dict[bytes, list[str]] = defaultdict(list)
        for rel in self.unread:
            for name in set(re.findall(rb"\.(\w+)\(", self.index.entries[rel].data)):
                found[name].append(rel)
        return found

    def has_coroutines(self) -> bool:
        """Whether some file of the application defines a coroutine function."""
        return self._coroutines

    @cached_property
    def _coroutines(self) -> bool:
        return any(
            b"async def" in self.index.entries[rel].data for rel in self.files if self._role(rel) in SCORED_ROLES
        )

    def _beside(self, matter: set[str]) -> list[str]:
        """The other files of the application; none where there is too much to search."""
        rest = [rel for rel in sorted(self.files - matter) if self._role(rel) in SCORED_ROLES]
        return rest if sum(len(self.index.entries[rel].data) for rel in rest) <= SEARCHED_BYTES else []

    def _count(self, linked: LinkedProject) -> None:
        elsewhere = sum(1 for f in linked.facts if f.kind == "llm.call" and f.role not in SCORED_ROLES)
        self.result.calls_elsewhere[self.project.path] = elsewhere


def _fields(record: object) -> dict[str, object]:
    return {name: getattr(record, name) for name in getattr(record, "__slots__", ())}


def analyse(paths: Sequence[Path], settings: Settings, pack: Pack | None = None) -> tuple[Report, Gathered]:
    """Judge the projects that the paths touch. Raises as `gather` does."""
    from readylint.audit import judge, select
    from readylint.silence import settle

    gathered = collect(paths, settings, pack)
    sheet, pack = gathered.sheet, gathered.pack
    judged = judge(sheet, pack, settings)
    given = [f.rel for f in gathered.discovery.files if f.given]
    whole = len(given) == len(gathered.discovery.files)
    chosen = select(judged.findings, pack, settings, None if whole else given)
    settled = settle(
        chosen.shown,
        lambda path: gathered.texts.get(path, ""),
        settings,
        {r.id: r.item for r in pack.rules},
        {f.rule for f in chosen.shown} | {r.id for r in pack.rules},
        paths=gathered.parsed,
        known_items=pack.checklist.items(),
        projects=[p.path for p in gathered.discovery.projects],
        root=gathered.discovery.root,
    )
    projects = []
    for project in sheet.projects:
        calls = [f for f in sheet.facts if f.kind == "llm.call" and f.project == project.path]
        scored = sum(1 for c in calls if c.role in SCORED_ROLES)
        if project.path in judged.checklists:
            checklist = judged.checklists[project.path]
            projects.append(ProjectReport(project.path, project.manifest, checklist, scored, len(calls) - scored))
    report = Report(
        __version__, sheet, projects, settled.kept, settled.ignored + len(chosen.ignored), list(settings.exclude),
        gathered.seen, gathered.parsed, gathered.notes, sheet.problems,
    )  # fmt: skip
    report.remarks += settled.problems
    return report, gathered
