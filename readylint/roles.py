"""What a file is for, read from its path inside its project and from its first lines."""

from __future__ import annotations

import re
from collections.abc import Collection

from readylint.facts import Role

# Folders that mean the same wherever they stand.
_ANYWHERE: dict[str, Role] = {
    **dict.fromkeys(("test", "tests", "testdata", "test_data", "e2e"), "test"),
    **dict.fromkeys(("evals",), "eval"),
    **dict.fromkeys(("example", "examples", "cookbook", "cookbooks"), "example"),
    **dict.fromkeys(("scripts", "bin"), "script"),
    **dict.fromkeys(("vendor", "_vendor", "vendored", "_vendored", "third_party", "site-packages"), "vendored"),
}
# Folders that mean it only in front: `docs/` is documentation, `app/docs/` is an app's own package.
_IN_FRONT: dict[str, Role] = {
    **dict.fromkeys(("eval", "evaluation", "evaluations"), "eval"),
    **dict.fromkeys(("demo", "demos", "sample", "samples", "tutorial", "tutorials"), "example"),
    **dict.fromkeys(("doc", "docs"), "docs"),
    **dict.fromkeys(("script", "tools"), "script"),
}
_TEST_FOLDER = re.compile(
    r"(?:unit|integration|functional|acceptance|system|smoke|regression|e2e|end_to_end)[_-]tests?$"
)
_TEST_FILE = re.compile(r"(?:test_.*|.*_test|conftest)\.pyw?$")
_EVAL_FILE = re.compile(r"(?:eval_.*|.*_evals?|evals)\.pyw?$")
_SCRIPT_FILES = frozenset({"setup.py", "noxfile.py", "manage.py", "fabfile.py", "dodo.py"})
_GENERATED_FILE = re.compile(r".*_pb2(?:_grpc)?\.py$")
_STRONGEST_FIRST: tuple[Role, ...] = ("vendored", "eval", "test", "example", "docs", "script")

_GENERATED_MARK = re.compile(rb"[#\"'*][^\n]*@generated(?![\w.(])")
_FIRST_LINES = 10


def is_role_folder(name: str) -> bool:
    """Whether a folder of this name says what its files are for (`tests`, `docs`, `scripts`)."""
    return name in _ANYWHERE or name in _IN_FRONT or _folder_role(name) is not None


def _folder_role(name: str) -> Role | None:
    """The role of a folder name that means the same everywhere."""
    if name in _ANYWHERE:
        return _ANYWHERE[name]
    if _TEST_FOLDER.match(name):
        return "test"
    return "eval" if name.startswith("eval_") else None


def folder_role(folder: str, packages: Collection[str]) -> Role:
    """The role that a folder gives to its files. Both are relative to the project; `packages` have `__init__.py`."""
    found: set[Role] = set()
    in_front = True
    here = ""
    for name in folder.split("/") if folder else ():
        here = f"{here}/{name}" if here else name
        role = _folder_role(name)
        if role is None and in_front:
            role = None if name == "tools" and here in packages else _IN_FRONT.get(name)
        if role is not None:
            found.add(role)
        elif not name.startswith("."):
            in_front = False
    return next((role for role in _STRONGEST_FIRST if role in found), "app")


def file_role(name: str, folder: Role, in_package: bool) -> Role:
    """The role of a file, from its name and from the role of its folder."""
    if folder == "vendored":
        return folder
    if _GENERATED_FILE.match(name):
        return "generated"
    if folder == "eval" or _EVAL_FILE.match(name):
        return "eval" if folder in ("app", "script", "test", "eval") else folder
    if _TEST_FILE.match(name):
        return "test"
    if folder == "app" and name in _SCRIPT_FILES and not in_package:
        return "script"
    return folder


def is_generated(data: bytes) -> bool:
    """Whether the first lines say `@generated`, in a comment or a docstring."""
    if b"@generated" not in data:
        return False
    end = -1
    for _ in range(_FIRST_LINES):
        end = data.find(b"\n", end + 1)
        if end < 0:
            end = len(data)
            break
    return _GENERATED_MARK.search(data, 0, end) is not None
