"""Which files there are: git's own answer inside a work tree, else a walk that minds .gitignore.

Strings and `os` only: a repository of thousands of files is listed in a fraction of a second.
"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

SUFFIXES = (".py", ".pyw")
MAX_BYTES = 1_000_000
GIT_SECONDS = 60

SKIPPED_FOLDERS = frozenset({
    ".bzr", ".direnv", ".eggs", ".git", ".git-rewrite", ".hg", ".idea", ".ipynb_checkpoints", ".nox", ".pants.d",
    ".pixi", ".pyenv", ".pytype", ".svn", ".tox", ".venv", ".vscode", "__pycache__", "__pypackages__", "_build",
    "bower_components", "buck-out", "node_modules", "site-packages", "venv",
})  # fmt: skip
"""Folders that never hold the user's own code."""
OUTPUT_FOLDERS = frozenset({"build", "dist"})
"""Build output, unless the folder is a package of that name."""
_CACHE_FOLDER = re.compile(r"\..*_cache$|.*\.egg-info$")

MANIFESTS = ("pyproject.toml", "setup.cfg", "setup.py", "requirements.txt", "requirements*.txt", "Pipfile")
"""What makes a folder a project, the most telling first; an unpacked wheel has its `*.dist-info/METADATA`."""

Excluded = Callable[[str, bool], bool]
"""Whether the user excludes an absolute path (True: of a folder)."""


@dataclass(slots=True)
class Listing:
    """What a folder holds; paths are POSIX and relative to it, "" is the folder itself."""

    files: dict[str, int] = field(default_factory=dict)
    """Source file -> bytes."""
    manifests: dict[str, list[str]] = field(default_factory=dict)
    """Folder -> names of manifests in it; a wheel's is `name.dist-info/METADATA`."""
    packages: set[str] = field(default_factory=set)
    """Folders with an `__init__.py`."""
    too_large: dict[str, int] = field(default_factory=dict)
    """Source file that is not read -> bytes."""
    notes: list[str] = field(default_factory=list)


def real(path: str | Path) -> str:
    """The absolute path, links resolved, with forward slashes on every system."""
    return os.path.realpath(path).replace(os.sep, "/")


def skipped_folder(name: str) -> bool:
    """Whether a folder of this name is never looked into, packages called `build` or `dist` apart."""
    return name in SKIPPED_FOLDERS or name in OUTPUT_FOLDERS or _CACHE_FOLDER.match(name) is not None


def is_manifest(name: str) -> bool:
    """Whether a file of this name makes its folder a project."""
    return name in MANIFESTS or (name.startswith("requirements") and name.endswith(".txt"))


def best_manifest(names: list[str]) -> str:
    """The most telling of several manifests."""
    return min(names, key=lambda n: (_rank(n), n))


def _rank(name: str) -> int:
    return next((n for n, pattern in enumerate(MANIFESTS) if fnmatchcase(name, pattern)), len(MANIFESTS))


def repository_top(folder: str) -> str | None:
    """The nearest folder upwards that holds `.git`."""
    while True:
        if os.path.lexists(folder + "/.git"):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def list_repository(top: str, excluded: Excluded) -> Listing:
    """What git knows of: tracked files, and untracked ones that are not ignored."""
    names = _git_names(top)
    if names is None:
        listing = walk(top, excluded)
        listing.notes.append(f"git could not list {top}; .gitignore files were read instead")
        return listing
    listing = Listing()
    environments = {n[: -len("pyvenv.cfg")] for n in names if n.endswith("/pyvenv.cfg")}
    inits = {n.rpartition("/")[0] for n in names if n.endswith("__init__.py")}
    closed: dict[str, bool] = {"": False}

    def is_closed(folder: str) -> bool:
        known = closed.get(folder)
        if known is None:
            parent, _, name = folder.rpartition("/")
            known = (
                is_closed(parent)
                or (skipped_folder(name) and not (name in OUTPUT_FOLDERS and folder in inits))
                or folder + "/" in environments
                or excluded(f"{top}/{folder}", True)
            )
            closed[folder] = known
        return known

    for name in names:
        folder, _, base = name.rpartition("/")
        if base.endswith(SUFFIXES) and not is_closed(folder) and not excluded(f"{top}/{name}", False):
            add_file(listing, top, name)
        if is_manifest(base) or base == "METADATA":
            _add_manifest(listing, folder, base, is_closed)
    return listing


def _add_manifest(listing: Listing, folder: str, base: str, is_closed: Callable[[str], bool]) -> None:
    if base == "METADATA":
        folder, _, holder = folder.rpartition("/")
        if not holder.endswith(".dist-info"):
            return
        base = f"{holder}/METADATA"
    if not is_closed(folder):
        listing.manifests.setdefault(folder, []).append(base)


def add_file(listing: Listing, top: str, name: str) -> None:
    """Note a file that is there, is a file and is not too large. A link into the same folder is read at its target."""
    path = f"{top}/{name}"
    try:
        status = os.lstat(path)
        if stat.S_ISLNK(status.st_mode):
            if real(path).startswith(real(top) + "/"):
                return
            status = os.stat(path)
    except OSError:
        return
    if not stat.S_ISREG(status.st_mode):
        return
    if status.st_size > MAX_BYTES:
        listing.too_large[name] = status.st_size
        return
    listing.files[name] = status.st_size
    if name.endswith("__init__.py"):
        folder, _, base = name.rpartition("/")
        if base == "__init__.py":
            listing.packages.add(folder)


def _git_names(top: str) -> list[str] | None:
    """Paths as git lists them; None when git cannot tell. Nothing that the repository configures is run."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    command = ["git", "-c", "core.fsmonitor=false", "-C", top, "ls-files", "-z", "--cached", "--others"]
    command += ["--exclude-standard", "--deduplicate"]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, check=False, env=environment, timeout=GIT_SECONDS, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return os.fsdecode(done.stdout).split("\0") if done.returncode == 0 else None


def walk(top: str, excluded: Excluded) -> Listing:
    """Everything below a folder, .gitignore files minded, links to folders not followed."""
    listing = Listing()
    ignores = _Ignores()
    todo: list[tuple[str, tuple[_Ignore, ...]]] = [("", ())]
    while todo:
        folder, above = todo.pop()
        entries = list(_entries(f"{top}/{folder}" if folder else top))
        names = {entry.name for entry in entries}
        if folder and _closed_by_content(folder.rpartition("/")[2], names):
            continue
        rules = ignores.of(top, folder, names, above)
        for entry in entries:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                if entry.name.endswith(".dist-info"):
                    if os.path.isfile(f"{top}/{name}/METADATA"):
                        listing.manifests.setdefault(folder, []).append(f"{entry.name}/METADATA")
                elif not _closed(top, name, entry.name, rules, excluded):
                    todo.append((name, rules))
            elif (is_source := entry.name.endswith(SUFFIXES)) or is_manifest(entry.name):
                if ignores.match(rules, name):
                    continue
                if is_source and not excluded(f"{top}/{name}", False):
                    add_file(listing, top, name)
                if is_manifest(entry.name):
                    listing.manifests.setdefault(folder, []).append(entry.name)
    return listing


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            yield from sorted(found, key=lambda e: e.name)
    except OSError:
        return


def _closed_by_content(name: str, names: set[str]) -> bool:
    return "pyvenv.cfg" in names or (name in OUTPUT_FOLDERS and "__init__.py" not in names)


def _closed(top: str, path: str, name: str, rules: tuple[_Ignore, ...], excluded: Excluded) -> bool:
    if skipped_folder(name) and name not in OUTPUT_FOLDERS:
        return True
    return _Ignores.match(rules, path + "/") or excluded(f"{top}/{path}", True)


@dataclass(slots=True, frozen=True)
class _Ignore:
    """One .gitignore file: the folder it stands in, and its test (True: ignored, False: wanted, None: silent)."""

    prefix: str
    test: Callable[[str], bool | None]


class _Ignores:
    """Reads .gitignore files on the way down. The deepest one that speaks decides."""

    @staticmethod
    def of(top: str, folder: str, names: set[str], above: tuple[_Ignore, ...]) -> tuple[_Ignore, ...]:
        """The rules in force in a folder."""
        if ".gitignore" not in names:
            return above
        try:
            with open(f"{top}/{folder}/.gitignore", encoding="utf-8", errors="replace") as f:
                lines = f.read().splitlines()
        except OSError:
            return above
        return (_Ignore(folder + "/" if folder else "", pattern_test(lines)), *above)

    @staticmethod
    def match(rules: tuple[_Ignore, ...], path: str) -> bool:
        """Whether a path is ignored; a folder's path ends in a slash."""
        for rule in rules:
            verdict = rule.test(path[len(rule.prefix) :])
            if verdict is not None:
                return verdict
        return False


def pattern_test(lines: list[str]) -> Callable[[str], bool | None]:
    """A test of paths against patterns as .gitignore writes them."""
    from pathspec import GitIgnoreSpec  # not needed in most runs

    spec = GitIgnoreSpec.from_lines(lines)

    def test(path: str) -> bool | None:
        return spec.check_file(path).include

    return test


def exclusion(patterns: list[str], base: Path) -> Excluded:
    """The user's `exclude`, relative to `base`."""
    if not patterns:
        return lambda path, is_folder: False
    test = pattern_test(patterns)
    prefix = real(base).rstrip("/") + "/"

    def excluded(path: str, is_folder: bool) -> bool:
        if not path.startswith(prefix):
            return False
        return test(path[len(prefix) :] + ("/" if is_folder else "")) is True

    return excluded
