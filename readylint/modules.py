"""Which file a dotted name means, in a project whose import roots nobody has written down."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from readylint.files import SourceFile

_SOURCE_FOLDERS = ("src", "lib", "python")


@dataclass(slots=True, frozen=True)
class ModuleFile:
    """One file as a module. `name` is the one that people would use; `root` is the folder where that name begins."""

    rel: str
    name: str
    root: str
    is_package: bool

    @property
    def package(self) -> str:
        """The package that relative imports start from."""
        return self.name if self.is_package else self.name.rpartition(".")[0]


@dataclass(slots=True, frozen=True)
class _Candidate:
    rel: str
    root: str
    is_package: bool
    is_own_name: bool
    """The name begins at the topmost package, or at a source folder."""


class ModuleNames:
    """The modules of all projects. A file is known under its name from each folder that may be on `sys.path`."""

    def __init__(
        self, files: Iterable[SourceFile], shadowing: Collection[str] = (), libraries: Collection[str] = ()
    ) -> None:
        """`shadowing` files import what has their own name: an `openai.py` with `import openai` is not that module.

        Nor is a file in a package that has the name of one of the `libraries`.
        """
        self._libraries = libraries
        self.files: dict[str, ModuleFile] = {}
        self._project: dict[str, str] = {}
        self._all_names: dict[str, list[str]] = {}
        self._names: dict[str, dict[str, list[_Candidate]]] = defaultdict(lambda: defaultdict(list))
        files = list(files)
        packages = {f.rel.rpartition("/")[0] for f in files if f.rel.endswith("/__init__.py")}
        tops: dict[str, str] = {}
        for f in files:
            self._add(f, packages, tops, shadowing)
        self._packages = packages
        beside = {rel.rpartition("/")[2].removesuffix(".py") for rel in self.files}
        self._first_words = {name.partition(".")[0] for table in self._names.values() for name in table} | beside

    def _add(self, f: SourceFile, packages: set[str], tops: dict[str, str], shadowing: Collection[str]) -> None:
        folder, _, base = f.rel.rpartition("/")
        stem = base.rpartition(".")[0]
        is_package = stem == "__init__"
        top = _above_packages(folder, packages, tops)
        project = "" if f.project == "." else f.project
        names = [(_dotted(f.rel, top, stem, is_package), top)]
        if len(top) < len(project):  # the project's own folder is a package
            names.append((_dotted(f.rel, project, stem, is_package), project))
        root = top
        while len(root) > len(project):
            root, _, step = root.rpartition("/")
            if not step.isidentifier():
                break
            names.append((f"{step}.{names[-1][0]}", root))
        own = names[0] if top != folder or is_package else _readable(names, project)
        self.files[f.rel] = ModuleFile(f.rel, own[0], own[1], is_package)
        self._project[f.rel] = f.project
        self._all_names[f.rel] = [dotted for dotted, _ in names]
        table = self._names[f.project]
        for dotted, at in names:
            if dotted and ("." in dotted or dotted == own[0] or f.rel not in shadowing):
                table[dotted].append(_Candidate(f.rel, at, is_package, dotted == own[0]))

    def module(self, name: str, importer: str | None = None, project: str | None = None) -> str | None:
        """The file of the module with exactly this name, as `importer` would get it; None when it is none of ours."""
        home = project if importer is None else self._project[importer]
        if home is None:
            found = {rel for rel in (self._in(p, name, None) for p in self._names) if rel is not None}
            return found.pop() if len(found) == 1 else None
        return self._in(home, name, importer) or self._beside(name, importer) or self._elsewhere(home, name)

    def _beside(self, name: str, importer: str | None) -> str | None:
        """A file in the same package, which may be run as a script: then what lies beside it can be imported."""
        folder, _, own = (importer or "").rpartition("/")
        first = name.partition(".")[0]
        if folder not in self._packages or first in self._libraries or first in sys.stdlib_module_names:
            return None
        path = f"{folder}/{name.replace('.', '/')}"
        found = next((rel for rel in (f"{path}.py", f"{path}/__init__.py") if rel in self.files), None)
        return found if found != f"{folder}/{own}" else None

    def _in(self, project: str, name: str, importer: str | None) -> str | None:
        candidates = self._names[project].get(name) if project in self._names else None
        if not candidates:
            return None
        folder = importer.rpartition("/")[0] if importer is not None else None
        best: list[_Candidate] = []
        best_rank = (-1, False)
        for c in candidates:
            if c.rel == importer and not c.is_package:
                continue
            rank = (_rank(c, folder, name), c.is_package)
            if rank > best_rank:
                best, best_rank = [c], rank
            elif rank == best_rank:
                best.append(c)
        return best[0].rel if len(best) == 1 and best_rank[0] >= 0 else None

    def _elsewhere(self, home: str, name: str) -> str | None:
        """A package of another project of the run, when only one has it."""
        if len(self._names) == 1 or self._names[home].get(name.partition(".")[0]):
            return None
        found = {
            c.rel
            for project, table in self._names.items()
            if project != home
            for c in table.get(name, ())
            if c.is_own_name and (c.is_package or "." in name)
        }
        return found.pop() if len(found) == 1 else None

    def names_of(self, rel: str) -> list[str]:
        """All dotted names under which a file may be imported."""
        folder, _, base = rel.rpartition("/")
        beside = base.removesuffix(".py")
        if folder not in self._packages or beside == "__init__" or beside in self._libraries:
            return self._all_names[rel]
        return [*self._all_names[rel], beside]

    def may_know(self, name: str) -> bool:
        """False when nothing of ours begins like this name: a quick answer for libraries."""
        return name.partition(".")[0] in self._first_words

    def resolve(self, name: str, importer: str) -> tuple[str, str] | None:
        """The file that the longest prefix of a dotted name means, and the rest of the name ("" when it is all)."""
        if not self.may_know(name):
            return None
        end = len(name)
        while end > 0:
            found = self.module(name[:end], importer)
            if found is not None:
                return found, name[end + 1 :]
            end = name.rfind(".", 0, end)
        return None

    def absolute(self, importer: str, level: int, module: str) -> str:
        """The absolute dotted name of a relative import; "" when it leads out of the top."""
        parts = self.files[importer].package.split(".") if self.files[importer].package else []
        if level - 1 > len(parts):
            return ""
        parts = parts[: len(parts) - (level - 1)]
        return ".".join([*parts, module] if module else parts)


def _above_packages(folder: str, packages: set[str], tops: dict[str, str]) -> str:
    """The folder above the topmost package around a folder; folders without __init__ inside a package belong to it."""
    known = tops.get(folder)
    if known is None:
        known, step = folder, folder
        while step:
            if step in packages:
                known = step.rpartition("/")[0]
            step = step.rpartition("/")[0]
        tops[folder] = known
    return known


def _dotted(rel: str, root: str, stem: str, is_package: bool) -> str:
    """The name of a file as seen from a folder."""
    parts = rel[len(root) + 1 if root else 0 :].split("/")[:-1]
    return ".".join(parts if is_package else [*parts, stem])


def _readable(names: list[tuple[str, str]], project: str) -> tuple[str, str]:
    """Of the names of a file outside packages: from the source folder, else from the project."""
    for name, root in reversed(names):
        if root[len(project) :].lstrip("/") in _SOURCE_FOLDERS:
            return name, root
    return names[-1]


def _rank(candidate: _Candidate, folder: str | None, name: str) -> int:
    """How near a candidate is; -1: it cannot be meant."""
    is_single = "." not in name and not candidate.is_package
    if is_single and name in sys.stdlib_module_names:
        return -1
    root = candidate.root
    if folder is not None and (not root or folder == root or folder.startswith(root + "/")):
        return 2 + len(root)
    if candidate.is_own_name:
        return 1
    return -1 if is_single else 0
