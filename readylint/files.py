"""The files of a run: found, put into projects, given a role, decoded."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from readylint import facts
from readylint.facts import Problem, Role
from readylint.listing import (
    OUTPUT_FOLDERS,
    SUFFIXES,
    Excluded,
    Listing,
    add_file,
    best_manifest,
    exclusion,
    list_repository,
    real,
    repository_top,
    skipped_folder,
    walk,
)
from readylint.projects import is_project, manifest_above, nobodys
from readylint.roles import file_role, folder_role
from readylint.settings import Settings


class MissingPathError(Exception):
    """A path that was given and is not there."""


class NothingToReadError(Exception):
    """No path that was given holds a file that readylint reads."""


@dataclass(slots=True)
class SourceFile:
    """One file. `rel` is POSIX and relative to the root of the run; `given` is whether its findings are wanted."""

    absolute: str
    rel: str
    project: str
    role: Role
    given: bool
    size: int

    @property
    def path(self) -> Path:
        """The file on disk."""
        return Path(self.absolute)


@dataclass(slots=True)
class ProjectFolder:
    """A folder with a manifest of its own. `path` and `manifest` are relative to the root of the run."""

    path: str
    manifest: str | None
    folder: Path
    repository: Path
    """Lock files and CI are sought from `folder` up to here."""
    root: Path

    def fact(self) -> facts.Project:
        """As the facts contract has it."""
        return facts.Project(self.path, self.manifest)


@dataclass(slots=True)
class Discovery:
    """All files of each project that the given paths touch."""

    root: Path
    """What `rel` and spans are relative to: the repository root, or the common folder of several."""
    files: list[SourceFile] = field(default_factory=list)
    projects: list[ProjectFolder] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Scope:
    """A folder that is listed as one: a repository, or what stands for it."""

    folder: str
    repository: str
    by_git: bool
    given: list[str] = field(default_factory=list)


def discover(paths: Sequence[Path], settings: Settings) -> Discovery:
    """Find the files.

    A path that does not exist is a `MissingPathError`; when none holds a source file that is a `NothingToReadError`.
    """
    given = [_real(path) for path in paths]
    excluded = _exclusion(settings, given)
    listed: list[tuple[_Scope, Listing]] = []
    for scope in _scopes(given):
        listing = list_repository(scope.folder, excluded) if scope.by_git else _walk(scope, excluded)
        listed.append((scope, listing))
        listed += [(s, _walk(s, excluded)) for s in _beyond(scope, listing, excluded)]
    repositories = {scope.repository for scope, _ in listed}
    root = os.path.commonpath(repositories).replace(os.sep, "/")
    found = Discovery(Path(root))
    for scope, listing in listed:
        found.notes += listing.notes
        _collect(found, scope, listing, root)
    if not any(f.given for f in found.files):
        raise NothingToReadError("; ".join([*found.notes, "no Python file in " + ", ".join(map(str, paths))]))
    unique = {f.absolute: f for f in sorted(found.files, key=lambda f: f.given)}
    found.files = sorted(unique.values(), key=lambda f: f.rel)
    found.projects = sorted({p.path: p for p in found.projects}.values(), key=lambda p: p.path)
    return found


def root_of(paths: Sequence[Path]) -> Path:
    """The root that `discover` gives for these paths."""
    repositories = {scope.repository for scope in _scopes([_real(path) for path in paths])}
    return Path(os.path.commonpath(repositories))


def _real(path: Path) -> str:
    if not os.path.exists(path):
        raise MissingPathError(f"{path} does not exist")
    return real(path)


def _exclusion(settings: Settings, given: list[str]) -> Excluded:
    """The user's excludes; a path that was given all the same is read, unless they are forced."""
    excluded = exclusion(settings.exclude, settings.base)
    if settings.force_exclude or not settings.exclude:
        return excluded
    wanted = tuple(path + "/" for path in given if _reached(path, excluded))
    if not wanted:
        return excluded

    def without_given(path: str, is_folder: bool) -> bool:
        way_there = is_folder and any(w.startswith(path + "/") for w in wanted)
        return not way_there and not (path + "/").startswith(wanted) and excluded(path, is_folder)

    return without_given


def _reached(path: str, excluded: Excluded) -> bool:
    """Whether an exclude reaches the path or a folder around it."""
    is_folder = os.path.isdir(path)
    while path != os.path.dirname(path):
        if excluded(path, is_folder):
            return True
        path, is_folder = os.path.dirname(path), True
    return False


def _scopes(given: list[str]) -> list[_Scope]:
    scopes: dict[str, _Scope] = {}
    for path in given:
        folder = path if os.path.isdir(path) else os.path.dirname(path)
        top = repository_top(folder)
        closed = _closed_part(path, folder, top)
        if closed is not None:
            scope = _Scope(closed, top or closed, by_git=False)
        elif top is not None:
            scope = _Scope(top, top, by_git=True)
        else:
            project = manifest_above(folder, None) or folder
            scope = _Scope(project, project, by_git=False)
        scopes.setdefault(scope.folder, scope).given.append(path)
    return list(scopes.values())


def _closed_part(path: str, folder: str, top: str | None) -> str | None:
    """For a path inside a folder that is never looked into (`site-packages/x`): the project or folder in there."""
    above = top or os.path.dirname(manifest_above(folder, None) or folder)
    names = folder[len(above) :].split("/")
    for n in range(len(names) - 1, -1, -1):
        limit = above + "/".join(names[: n + 1])
        if skipped_folder(names[n]) and not (names[n] in OUTPUT_FOLDERS and os.path.isfile(limit + "/__init__.py")):
            return manifest_above(folder, limit) or (f"{limit}/{names[n + 1]}" if n + 1 < len(names) else limit)
    return None


def _walk(scope: _Scope, excluded: Excluded) -> Listing:
    """List a folder; of one that is nobody's project (a home, a temporary folder) only the files that were given."""
    if scope.folder in nobodys() and scope.folder not in scope.given:
        listing = Listing()
        for path in scope.given:
            if path.endswith(SUFFIXES):
                add_file(listing, scope.folder, os.path.basename(path))
        return listing
    return walk(scope.folder, excluded)


def _beyond(scope: _Scope, listing: Listing, excluded: Excluded) -> list[_Scope]:
    """Scopes for given paths that are not listed: what is given is read though it is ignored."""
    found: dict[str, _Scope] = {}
    for path in scope.given:
        rel = path[len(scope.folder) + 1 :]
        if os.path.isfile(path):
            if rel not in listing.files and rel.endswith(SUFFIXES) and not excluded(path, False):
                add_file(listing, scope.folder, rel)
        elif rel and not any(name.startswith(rel + "/") for name in listing.files):
            folder = manifest_above(path, scope.folder) or path
            found.setdefault(folder, _Scope(folder, scope.repository, by_git=False)).given.append(path)
    return list(found.values())


def _collect(found: Discovery, scope: _Scope, listing: Listing, root: str) -> None:
    """Put the files of a listing into projects, and keep the projects that the given paths touch."""
    prefix = scope.folder[len(root) :].lstrip("/")
    lead = prefix + "/" if prefix else ""
    homes = _Homes(scope.folder, listing)
    files: list[tuple[str, str, Role]] = []
    for name in listing.files:
        folder, _, base = name.rpartition("/")
        home = homes.of(folder)
        files.append((name, home, file_role(base, homes.role(folder, home), folder in listing.packages)))
    wanted_files = set(scope.given)
    wanted_folders = tuple(path.rstrip("/") + "/" for path in scope.given)
    made: list[SourceFile] = []
    paths = {home: (lead + home).rstrip("/") or "." for home in homes.all()}
    top = scope.folder.rstrip("/")
    for name, home, role in files:
        absolute = f"{top}/{name}"
        given = absolute in wanted_files or absolute.startswith(wanted_folders)
        rel = lead + (name if name.isascii() else _printable(name))
        made.append(SourceFile(absolute, rel, paths[home], role, given, listing.files[name]))
    touched = {f.project for f in made if f.given}
    found.files += [f for f in made if f.project in touched]
    for home, path in paths.items():
        if path in touched:
            manifest = homes.manifest(home)
            shown = None if manifest is None else (manifest if path == "." else f"{path}/{manifest}")
            found.projects.append(
                ProjectFolder(path, shown, Path(scope.folder, home), Path(scope.repository), Path(root))
            )
    for name, size in listing.too_large.items():
        if paths.get(homes.of(name.rpartition("/")[0])) in touched or f"{top}/{name}" in wanted_files:
            found.notes.append(f"{lead}{name} was skipped: {size / 1e6:.1f} MB, more than 1 MB")


def _printable(name: str) -> str:
    """A file name whose bytes the system could not decode, as text that can be encoded."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class _Homes:
    """Which project each folder of a listing belongs to, and the role it has in there."""

    def __init__(self, top: str, listing: Listing) -> None:
        self.top = top
        self.listing = listing
        self._homes: dict[str, str] = {"": ""}
        self._roles: dict[str, Role] = {}
        self._packages: dict[str, set[str]] = {}

    def all(self) -> set[str]:
        """Every project that was named so far."""
        return set(self._homes.values())

    def of(self, folder: str) -> str:
        """The project of a folder, "" for the top."""
        home = self._homes.get(folder)
        if home is None:
            manifests = self.listing.manifests.get(folder)
            if manifests and is_project(f"{self.top}/{folder}", manifests):
                home = folder
            else:
                home = self.of(folder.rpartition("/")[0])
            self._homes[folder] = home
        return home

    def role(self, folder: str, home: str) -> Role:
        """The role of a folder inside its project."""
        role = self._roles.get(folder)
        if role is None:
            packages = self._packages.get(home)
            cut = len(home) + 1 if home else 0
            if packages is None:
                packages = {p[cut:] for p in self.listing.packages if not home or p.startswith(home + "/")}
                self._packages[home] = packages
            role = self._roles[folder] = folder_role(folder[cut:], packages)
        return role

    def manifest(self, home: str) -> str | None:
        """The name of the manifest of a project."""
        manifests = self.listing.manifests.get(home)
        return best_manifest(manifests) if manifests else None


_COOKIE = re.compile(rb"\A(?:[ \t\f]*(?:#[^\r\n]*)?(?:\r\n|\r|\n))?[ \t\f]*#[^\r\n]*?coding[:=][ \t]*([-\w.]+)")
_LINE_END = re.compile(rb"\r\n|\r|\n")


def decode(data: bytes, path: str = "") -> str | Problem:
    """The text of a source file, as Python itself would read it: byte order mark, PEP 263 cookie, else UTF-8."""
    encoding = "utf-8"
    has_mark = data.startswith(codecs.BOM_UTF8)
    if has_mark:
        data = data[len(codecs.BOM_UTF8) :]
    cookie = _COOKIE.match(data)
    if cookie:
        named = cookie[1].decode("ascii", "replace")
        line = len(_LINE_END.findall(data[: cookie.start(1)])) + 1
        try:
            info = codecs.lookup(named)
        except (LookupError, ValueError):
            return Problem(path, f"unknown encoding: {named}", line, 1)
        if has_mark and info.name != "utf-8":
            return Problem(path, f"the byte order mark says UTF-8, the comment says {named}", line, 1)
        encoding = info.name
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as e:
        before = data[: e.start]
        ends = list(_LINE_END.finditer(before))
        column = len(before[ends[-1].end() if ends else 0 :].decode(encoding, "replace")) + 1
        return Problem(path, f"this byte is not {encoding.upper()}", len(ends) + 1, column)
    except (LookupError, ValueError):  # codecs that do not give text
        return Problem(path, f"not an encoding of text: {encoding}", 1, 1)


_LONE_RETURN = re.compile(r"\r(?!\n)")
_LEADING_FEED = re.compile(r"(?<!\\)(?<!\\\r)(\r?\n)([ \t]*\f[ \t\f]*)(?=[^\s])")
_FIRST_FEED = re.compile(r"\A([ \t]*\f[ \t\f]*)([^\r\n]*)")


def normalise(text: str) -> str:
    """The text for the parser, as long as the original so that positions stay true.

    A lone carriage return becomes a line feed, a form feed a space. One that begins a line with code resets the
    indentation, so its blanks move to the end of the line above.
    """
    if "\r" in text:
        text = _LONE_RETURN.sub("\n", text)
    if "\f" in text:
        text = _FIRST_FEED.sub(lambda m: m[2] + " " * len(m[1]), text)
        text = _LEADING_FEED.sub(_feed_moved, text)
        text = text.replace("\f", " ")
    return text


def _feed_moved(found: re.Match[str]) -> str:
    blanks, end = found[2], found[1]
    indent = blanks[blanks.rfind("\f") + 1 :]
    return " " * (len(blanks) - len(indent)) + end + indent
