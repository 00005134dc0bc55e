"""What a project depends on, and in which versions: manifests and lock files of all common tools."""

from __future__ import annotations

import ast
import configparser
import json
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from readylint import toml
from readylint.facts import Problem
from readylint.files import ProjectFolder
from readylint.requirements import Requested, exact, parsed, poetry_specifier, requirement_file


@dataclass(slots=True)
class Declared:
    """One dependency at one place. `specifier` is "" for any version; `locked` is the exact version, if one is known.

    What only a lock file names has that file as its place.
    """

    name: str
    specifier: str
    locked: str | None
    path: str
    line: int


Scripts = Iterable[tuple[str, bytes]]


def dependencies(
    project: ProjectFolder, scripts: Scripts = (), problems: list[Problem] | None = None
) -> list[Declared]:
    """Everything that a project declares or locks. `scripts` (path, bytes) may hold PEP 723 blocks."""
    asked: list[Requested] = []
    complaints: list[Problem] = problems if problems is not None else []
    names = _names_in(project.folder)
    for name, read in _MANIFESTS.items():
        if name in names:
            asked += read(project.folder / name, project, complaints)
    read_files: set[Path] = set()
    for file in _requirement_files(project.folder, names):
        asked += requirement_file(file, project.root, Path(os.path.realpath(project.repository)), read_files)
    asked += _metadata(project, names)
    for rel, data in scripts:
        asked += script_dependencies(data, rel)
    locked = _locked(project, complaints)
    declared = _joined(asked, locked)
    known = {d.name for d in declared}
    for name, entries in sorted(locked.items()):
        if name not in known:
            version, path, line = entries[0]
            is_one = len({entry[0] for entry in entries}) == 1
            declared.append(Declared(name, "", version if is_one else None, path, line))
    return declared


def _joined(asked: list[Requested], locked: dict[str, list[tuple[str, str, int]]]) -> list[Declared]:
    """Requirements with the one version that lock files, else exact pins, give them."""
    pins: dict[str, set[str]] = defaultdict(set)
    for request in asked:
        version = exact(request.specifier)
        if version is not None:
            pins[request.name].add(version)
    declared = []
    seen = set()
    for request in asked:
        key = (request.name, request.path, request.line, request.specifier)
        if request.is_constraint or key in seen:
            continue
        seen.add(key)
        versions = {entry[0] for entry in locked.get(request.name, ())} or pins[request.name]
        own = exact(request.specifier)
        version = own or (next(iter(versions)) if len(versions) == 1 else None)
        declared.append(Declared(request.name, request.specifier, version, request.path, request.line))
    return declared


def _names_in(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()


def _shown(path: Path, project: ProjectFolder) -> str:
    return os.path.relpath(path, project.root).replace(os.sep, "/")


def _requirement_files(folder: Path, names: set[str]) -> list[Path]:
    own = sorted((n != "requirements.txt", n) for n in names if n.startswith("requirements") and n.endswith(".txt"))
    found = [folder / name for _, name in own]
    if "requirements" in names:
        inner = folder / "requirements"
        found += [inner / n for n in sorted(_names_in(inner)) if n.endswith(".txt")]
    return found


def _toml(path: Path, project: ProjectFolder, problems: list[Problem]) -> toml.Document | None:
    try:
        return toml.read(path)
    except OSError:
        return None
    except toml.TomlError as e:
        problems.append(Problem(_shown(path, project), f"not TOML: {e.message}", e.line, e.column))
        return None


def _at(data: Any, *keys: str) -> Any:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


_GROUPS: tuple[tuple[str, ...], ...] = (
    ("project", "optional-dependencies"),
    ("dependency-groups",),
    ("tool", "pdm", "dev-dependencies"),
)


def _pyproject(path: Path, project: ProjectFolder, problems: list[Problem]) -> Iterator[Requested]:
    document = _toml(path, project, problems)
    if document is None:
        return
    shown = _shown(path, project)
    data = document.data
    lists: list[tuple[toml.Key, Any]] = [(("project", "dependencies"), _at(data, "project", "dependencies"))]
    for path_of_groups in _GROUPS:
        groups = _at(data, *path_of_groups)
        if isinstance(groups, dict):
            lists += [((*path_of_groups, name), group) for name, group in groups.items()]
    lists.append((("tool", "uv", "dev-dependencies"), _at(data, "tool", "uv", "dev-dependencies")))
    for key, group in lists:
        for n, text in enumerate(group if isinstance(group, list) else ()):
            read = parsed(text) if isinstance(text, str) else None
            if read is not None:
                yield Requested(*read, shown, document.place((*key, n))[0])
    poetry = _at(data, "tool", "poetry")
    tables: list[toml.Key] = [("dependencies",), ("dev-dependencies",)]
    tables += [("group", name, "dependencies") for name in _at(poetry, "group") or ()]
    for table in tables:
        yield from _constraints(document, ("tool", "poetry", *table), shown)


def _pipfile(path: Path, project: ProjectFolder, problems: list[Problem]) -> Iterator[Requested]:
    document = _toml(path, project, problems)
    if document is not None:
        for table in ("packages", "dev-packages"):
            yield from _constraints(document, (table,), _shown(path, project))


def _constraints(document: toml.Document, table: toml.Key, shown: str) -> Iterator[Requested]:
    """A table of names with Poetry constraints: text, tables with `version`, or arrays of those."""
    entries = _at(document.data, *(str(part) for part in table))
    for name, entry in entries.items() if isinstance(entries, dict) else ():
        if name == "python":
            continue
        options = entry if isinstance(entry, list) else [entry]
        versions = [_at(option, "version") if isinstance(option, dict) else option for option in options]
        specifiers = {poetry_specifier(v) if isinstance(v, str) else "" for v in versions}
        specifier = next(iter(specifiers)) if len(specifiers) == 1 else None
        yield Requested(canonicalize_name(name), specifier or "", shown, document.place((*table, name))[0])


def _setup_cfg(path: Path, project: ProjectFolder, problems: list[Problem]) -> Iterator[Requested]:
    parser = configparser.RawConfigParser(strict=False)
    shown = _shown(path, project)
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        parser.read_string(text)
    except (OSError, configparser.Error) as e:
        problems.append(Problem(shown, f"cannot be read: {str(e).splitlines()[0]}"))
        return
    values = [parser.get("options", "install_requires", fallback="")]
    if parser.has_section("options.extras_require"):
        values += [value for _, value in parser.items("options.extras_require")]
    lines = text.split("\n")
    for value in values:
        for written in value.split("\n"):
            read = parsed(written.partition(" #")[0].strip()) if written.strip() else None
            if read is not None:
                line = next((n for n, line in enumerate(lines, 1) if written.strip() in line), 1)
                yield Requested(*read, shown, line)


def _setup_py(path: Path, project: ProjectFolder, problems: list[Problem]) -> Iterator[Requested]:
    """Literal `install_requires` and `extras_require`, also through a name. The file is never run."""
    shown = _shown(path, project)
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or _called(call) != "setup":
            continue
        for keyword in call.keywords:
            if keyword.arg in ("install_requires", "extras_require"):
                value = keyword.value
                value = constants.get(value.id, value) if isinstance(value, ast.Name) else value
                groups = value.values if isinstance(value, ast.Dict) else [value]
                for literal in [e for g in groups if isinstance(g, ast.List | ast.Tuple) for e in g.elts]:
                    text = literal.value if isinstance(literal, ast.Constant) else None
                    read = parsed(text) if isinstance(text, str) else None
                    if read is not None:
                        yield Requested(*read, shown, literal.lineno)


def _called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _metadata(project: ProjectFolder, names: set[str]) -> Iterator[Requested]:
    """`Requires-Dist` of an unpacked wheel."""
    for name in sorted(names):
        path = project.folder / name / "METADATA"
        if not name.endswith(".dist-info") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        lines = text.partition("\n\n")[0].split("\n")
        for value in HeaderParser().parsestr(text, headersonly=True).get_all("Requires-Dist") or ():
            read = parsed(str(value))
            if read is not None:
                line = next((n for n, line in enumerate(lines, 1) if line.startswith(f"Requires-Dist: {value}")), 1)
                yield Requested(*read, _shown(path, project), line)


_SCRIPT_BLOCK = re.compile(rb"^# /// script[ \t]*\r?$((?:\r?\n#(?: [^\n]*)?)+?)\r?\n# ///[ \t]*\r?$", re.MULTILINE)


def script_dependencies(data: bytes, rel: str) -> list[Requested]:
    """The dependencies in the PEP 723 block of a script."""
    block = _SCRIPT_BLOCK.search(data) if b"# /// script" in data else None
    if block is None:
        return []
    lines = block[1].decode("utf-8", "replace").replace("\r", "").split("\n")[1:]
    first = data.count(b"\n", 0, block.start(1)) + 1
    try:
        document = toml.parse("\n".join(line[2:] for line in lines))
    except toml.TomlError:
        return []
    found = []
    listed = document.data.get("dependencies")
    for n, text in enumerate(listed if isinstance(listed, list) else ()):
        read = parsed(text) if isinstance(text, str) else None
        if read is not None:
            found.append(Requested(*read, rel, first + document.place(("dependencies", n))[0]))
    return found


_Manifest = Callable[[Path, ProjectFolder, list[Problem]], Iterator[Requested]]
_MANIFESTS: dict[str, _Manifest] = {
    "pyproject.toml": _pyproject,
    "setup.cfg": _setup_cfg,
    "setup.py": _setup_py,
    "Pipfile": _pipfile,
}

_LOCKED_PACKAGE = re.compile(
    r"^\[\[packages?\]\][ \t]*\r?\n(?:[ \t]*\r?\n)*name = \"([^\"\n]+)\"\r?\nversion = \"([^\"\n]+)\"", re.MULTILINE
)
_TOML_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
Locked = dict[str, list[tuple[str, str, int]]]
"""Name -> versions, each with file and line."""


def _locked(project: ProjectFolder, problems: list[Problem]) -> Locked:
    """The versions of the nearest lock files, from the project's folder up to the repository root."""
    folder = project.folder
    while True:
        names = _names_in(folder)
        found: Locked = defaultdict(list)
        for name in _TOML_LOCKS:
            if name in names:
                _read_toml_lock(folder / name, project, found)
        if "Pipfile.lock" in names:
            _read_pipfile_lock(folder / "Pipfile.lock", project, found, problems)
        if found or folder == project.repository or folder == folder.parent:
            return dict(found)
        folder = folder.parent


def _read_toml_lock(path: Path, project: ProjectFolder, found: Locked) -> None:
    """Lock files are large and written by tools: one regular expression reads what is needed."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    shown = _shown(path, project)
    line, counted = 1, 0
    for match in _LOCKED_PACKAGE.finditer(text):
        line += text.count("\n", counted, match.start(1))
        counted = match.start(1)
        found[canonicalize_name(match[1])].append((match[2], shown, line))


def _read_pipfile_lock(path: Path, project: ProjectFolder, found: Locked, problems: list[Problem]) -> None:
    shown = _shown(path, project)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
        data = json.loads(text)
    except OSError:
        return
    except ValueError as e:
        problems.append(Problem(shown, f"not JSON: {e}"))
        return
    lines = {match[1]: n for n, line in enumerate(text.split("\n"), 1) if (match := _JSON_KEY.match(line))}
    for section in ("default", "develop"):
        entries = _at(data, section)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            version = exact(str(_at(entry, "version") or ""))
            if version is not None:
                found[canonicalize_name(name)].append((version, shown, lines.get(name, 1)))


_JSON_KEY = re.compile(r'\s*"([^"]+)": \{')
