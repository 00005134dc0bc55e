"""One run of the whole flow: files, index, extract, link, judge, settle."""

from __future__ import annotations

import gc
import sys
import threading
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
from readylint.relevance import RelevantFiles
from readylint.roles import is_generated
from readylint.settings import Settings
from readylint.source_reader import RECURSION, SourceReader
from readylint.unread_callers import UnreadCallers
from readylint.verdicts import ProjectReport, Report

if TYPE_CHECKING:
    from readylint.link import LinkedProject, Linker
    from readylint.link.knowledge import Knowledge
    from readylint.link.silent_files import SilentFile
    from readylint.link.versions import Declared

LARGE_BYTES = 8_000_000
"""From this much source on the searches over all bytes run in processes of their own."""
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
        self.unread = UnreadCallers(index, list)
        self.reach = Reach((), set, len)

    def run(self, keys: Aside[set[str]], large: bool) -> None:
        """Find, read, link; adds facts to the run's sheet."""
        sdks = self._sdks()
        frameworks = self.pack.frameworks(self._roots)
        files = RelevantFiles(self.project.path, self.files, self.index, self.pack, frameworks, self.settings.calls)
        relevant = Aside(lambda: files.find(sdks), large)
        # Loading the linker takes as long as the search for what matters.
        from readylint.link import Linker
        from readylint.link.program import Program

        matter = relevant.result() | (keys.result() & self.files)
        if not matter:
            return
        declared = self._declared()
        self.unread = UnreadCallers(
            self.index, lambda: [rel for rel in sorted(self.files - matter) if self._role(rel) in SCORED_ROLES]
        )
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
        return self.unread.calling(method)

    def has_coroutines(self) -> bool:
        """Whether some file of the application defines a coroutine function."""
        return self._coroutines

    @cached_property
    def _coroutines(self) -> bool:
        return any(
            b"async def" in self.index.entries[rel].data for rel in self.files if self._role(rel) in SCORED_ROLES
        )

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
