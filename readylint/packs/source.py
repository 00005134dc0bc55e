"""Where a pack comes from: a folder of YAML files, or the compiled form that lies beside them."""

from __future__ import annotations

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from readylint.packs import document
from readylint.packs.document import Refused
from readylint.packs.reading import Unreadable

COMPILED = "pack.json"
FORM = 2
KINDS = ("sdks", "frameworks")
CATALOGUE = ("sdks", "frameworks", "evidence")


class PackError(Exception):
    """Something is wrong with a pack: file, 1-based line and column, the keys that lead there, and a hint."""

    def __init__(
        self, file: Path, line: int, column: int, message: str, keys: tuple[str | int, ...] = (), hint: str = ""
    ) -> None:
        self.file = file
        self.line = line
        self.column = column
        self.message = message
        self.keys = keys
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        keys = ".".join(str(key) for key in self.keys)
        where = f"{self.file}:{self.line}:{self.column}: "
        return where + (f"{keys}: " if keys else "") + self.message + (f"; {self.hint}" if self.hint else "")


class Source(Protocol):
    """One pack as raw values. Files are named by their path inside the pack, with forward slashes."""

    root: Path

    def rule_files(self) -> list[str]:
        """The rule files, sorted."""

    def catalogue_files(self, folder: str) -> list[str]:
        """The files of `sdks`, `frameworks` or `evidence`, sorted."""

    def head(self, file: str) -> Any:
        """The first document of a file."""

    def prose(self, file: str) -> Any:
        """The second document of a rule file."""

    def probes(self, file: str) -> Any:
        """The second document of an SDK file; None when it has one only."""

    def exists(self, file: str) -> bool:
        """Whether the pack has that file."""

    def index(self, folder: str) -> dict[str, list[str]]:
        """Import root -> files of the folder that know it."""

    def failure(self, file: str, complaint: Unreadable, number: int = 0) -> PackError:
        """The complaint with its place in the file."""


class Folder:
    """A folder of YAML files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._texts: dict[str, str] = {}
        self._values: dict[str, list[Any]] = {}

    @cached_property
    def files(self) -> list[str]:
        """Every YAML file of the pack."""
        return _yaml_files(self.root)

    def text(self, file: str) -> str:
        """The text of a file; a file that is not UTF-8 is an error."""
        if file not in self._texts:
            try:
                self._texts[file] = (self.root / file).read_text(encoding="utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                raise PackError(self.root / file, 1, 1, f"cannot be read: {error}") from None
        return self._texts[file]

    def rule_files(self) -> list[str]:
        """Files in section folders."""
        return [f for f in self.files if "/" in f and f.partition("/")[0] not in CATALOGUE]

    def catalogue_files(self, folder: str) -> list[str]:
        """Files of a catalogue folder."""
        return [f for f in self.files if f.startswith(folder + "/")]

    def documents(self, file: str) -> list[Any]:
        """All documents of a file."""
        if file not in self._values:
            try:
                self._values[file] = document.documents(self.text(file))
            except Refused as refused:
                raise self._refused(file, refused) from None
        return self._values[file]

    def head(self, file: str) -> Any:
        """The first document."""
        found = self.documents(file)
        if not found:
            raise PackError(self.root / file, 1, 1, "the file is empty")
        return found[0]

    def prose(self, file: str) -> Any:
        """The second document; a rule file has exactly two."""
        found = self.documents(file)
        if len(found) != 2:
            raise PackError(self.root / file, 1, 1, f"a rule has two documents, head and prose; here are {len(found)}")
        return found[1]

    def probes(self, file: str) -> Any:
        """The second document of an SDK file; None when it has one only."""
        found = self.documents(file)
        if len(found) > 2:
            raise PackError(
                self.root / file, 1, 1, f"an SDK has at most two documents, facts and probes; here are {len(found)}"
            )
        return found[1] if len(found) == 2 else None

    def exists(self, file: str) -> bool:
        """Whether the file is there."""
        return file in self.files

    def index(self, folder: str) -> dict[str, list[str]]:
        """Read from the `imports` line of each file, without reading the rest."""
        out: dict[str, list[str]] = {}
        for file in self.catalogue_files(folder):
            try:
                imports = document.top_value(self.text(file), "imports")
            except Refused as refused:
                raise self._refused(file, refused) from None
            for root in [imports] if isinstance(imports, str) else imports or []:
                out.setdefault(root, []).append(file)
        return out

    def failure(self, file: str, complaint: Unreadable, number: int = 0) -> PackError:
        """The complaint at the line and column of its value."""
        line, column = document.locate(self.text(file), number, complaint.keys, complaint.of_key)
        return PackError(self.root / file, line, column, complaint.message, complaint.keys, complaint.hint)

    def _refused(self, file: str, refused: Refused) -> PackError:
        return PackError(self.root / file, refused.line, refused.column, refused.message)


class Compiled:
    """The compiled form: what is always needed as JSON, the rest as JSON texts that are read when asked for."""

    def __init__(self, root: Path, data: dict[str, Any]) -> None:
        self.root = root
        self._data = data

    def rule_files(self) -> list[str]:
        """The rule files, sorted."""
        return list(self._data["rules"])

    def catalogue_files(self, folder: str) -> list[str]:
        """Files of a catalogue folder."""
        return [f for f in self._data["documents"] if f.startswith(folder + "/")]

    def head(self, file: str) -> Any:
        """The first document of a file."""
        heads = self._data["rules"]
        return heads[file] if file in heads else json.loads(self._data["documents"][file])

    def prose(self, file: str) -> Any:
        """The second document of a rule file."""
        return json.loads(self._data["prose"][file])

    def probes(self, file: str) -> Any:
        """The second document of an SDK file; None when it has one only."""
        text = self._data["probes"].get(file)
        return None if text is None else json.loads(text)

    def exists(self, file: str) -> bool:
        """Whether the pack has that file."""
        return file in self._data["rules"] or file in self._data["documents"]

    def index(self, folder: str) -> dict[str, list[str]]:
        """As the build found it."""
        found: dict[str, list[str]] = self._data["index"][folder]
        return found

    def failure(self, file: str, complaint: Unreadable, number: int = 0) -> PackError:
        """The complaint; the compiled form has no lines."""
        return PackError(self.root / file, 1, 1, complaint.message, complaint.keys, complaint.hint)


def compile_folder(root: Path) -> dict[str, Any]:
    """The compiled form of a pack folder, as JSON data."""
    folder = Folder(root)
    rules = folder.rule_files()
    return {
        "form": FORM,
        "hash": content_hash(root),
        "rules": {file: folder.head(file) for file in rules},
        "prose": {file: _packed(folder.prose(file)) for file in rules},
        "probes": {
            file: _packed(folder.probes(file)) for file in folder.catalogue_files("sdks") if folder.probes(file)
        },
        "documents": {file: _packed(folder.head(file)) for file in folder.files if file not in set(rules)},
        "index": {kind: folder.index(kind) for kind in KINDS},
    }


def open_source(root: Path) -> Source:
    """The pack in that folder; its compiled form where that is there and says the same as the YAML files."""
    compiled = root / COMPILED
    if compiled.is_file():
        try:
            data = json.loads(compiled.read_bytes())
        except ValueError:
            data = {}
        if data.get("form") == FORM:
            found = content_hash(root)
            if not found or found == data.get("hash"):
                return Compiled(root, data)
    if not (root / "pack.yaml").is_file():
        raise PackError(root, 1, 1, "this is no pack: there is no pack.yaml in it")
    return Folder(root)


def content_hash(root: Path) -> str:
    """A hash over names and bytes of the YAML files; empty when there are none."""
    files = _yaml_files(root)
    digest = hashlib.blake2b(digest_size=16)
    for name in files:
        data = (root / name).read_bytes()
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest() if files else ""


def _yaml_files(root: Path) -> list[str]:
    found = (path.relative_to(root).as_posix() for path in root.rglob("*.y*ml"))
    return sorted(name for name in found if name.endswith((".yaml", ".yml")))


def _packed(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
