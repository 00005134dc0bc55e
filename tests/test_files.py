"""Files: found as git and people see them, put into projects, given a role, decoded."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from readylint.facts import Problem
from readylint.files import Discovery, MissingPathError, NothingToReadError, decode, discover, normalise, root_of
from readylint.roles import file_role, folder_role, is_generated
from readylint.settings import Settings


def tree(root: Path, *names: str, **contents: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("[project]\nname = 'x'\n" if path.name == "pyproject.toml" else "", encoding="utf-8")
    for name, text in contents.items():
        (root / name).write_text(text, encoding="utf-8")
    return root


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


@pytest.fixture(params=["git", "plain"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder, once as a git repository and once not."""
    made = tmp_path / "top"
    made.mkdir()
    if request.param == "git":
        git(made, "init", "-q")
    tree(made, "pyproject.toml")
    return made


def found(root: Path, *paths: str, **settings: object) -> Discovery:
    return discover([root / p for p in paths] or [root], Settings(base=root, **settings))  # type: ignore[arg-type]


def names(discovery: Discovery, *, given: bool = False) -> list[str]:
    return [f.rel for f in discovery.files if f.given or not given]


def test_python_files_are_found_and_others_not(root: Path) -> None:
    tree(root, "app.py", "pkg/mod.py", "pkg/data.json", "run.pyw", "stub.pyi", "README.md")
    assert names(found(root)) == ["app.py", "pkg/mod.py", "run.pyw"]


def test_ignored_files_are_left_out(root: Path) -> None:
    tree(root, "app.py", "local/a.py", "keep/b.py", "pkg/gen_x.py", "pkg/gen_keep.py")
    (root / ".gitignore").write_text("/local/\n", encoding="utf-8")
    (root / "pkg" / ".gitignore").write_text("gen_*\n!gen_keep.py\n", encoding="utf-8")
    assert names(found(root)) == ["app.py", "keep/b.py", "pkg/gen_keep.py"]


def test_what_is_ignored_but_given_is_read(root: Path) -> None:
    tree(root, "app.py", "local/a.py", "local/deep/b.py")
    (root / ".gitignore").write_text("/local/\n", encoding="utf-8")
    assert "local/a.py" in names(found(root, "local/a.py"), given=True)
    assert names(found(root, "local"), given=True) == ["local/a.py", "local/deep/b.py"]


@pytest.mark.parametrize(
    "folder", [".venv", "venv", "node_modules", "site-packages", "__pycache__", ".tox", ".mypy_cache", "build", "dist"]
)
def test_folders_that_are_nobodys_code_are_skipped(root: Path, folder: str) -> None:
    tree(root, "app.py", f"{folder}/x.py", f"pkg/{folder}/y/z.py")
    assert names(found(root)) == ["app.py"]


def test_a_package_called_build_is_code(root: Path) -> None:
    tree(root, "pkg/build/__init__.py", "pkg/build/wheel.py", "build/lib/x.py")
    assert names(found(root)) == ["pkg/build/__init__.py", "pkg/build/wheel.py"]


def test_an_environment_of_any_name_is_skipped(root: Path) -> None:
    tree(root, "app.py", "env311/pyvenv.cfg", "env311/lib/x.py")
    assert names(found(root)) == ["app.py"]


def test_a_given_path_inside_a_skipped_folder_is_read_and_stays_small(root: Path) -> None:
    tree(root, "app.py")
    site = "venv/lib/site-packages"
    tree(root, f"{site}/acme/__init__.py", f"{site}/acme/llm.py", f"{site}/other/__init__.py")
    tree(root, f"{site}/acme-1.0.dist-info/METADATA", f"{site}/other-1.0.dist-info/METADATA")
    discovery = found(root, f"{site}/acme")
    assert [f.path for f in discovery.files] == [root / site / "acme" / n for n in ("__init__.py", "llm.py")]
    assert {f.role for f in discovery.files} == {"app"}
    assert [f.path for f in found(root, f"{site}/acme/llm.py").files if f.given] == [root / site / "acme" / "llm.py"]


def test_an_unpacked_wheel_is_a_project(tmp_path: Path) -> None:
    tree(tmp_path, "w/acme/__init__.py", "w/acme/tools/x.py", "w/acme-1.0.dist-info/METADATA")
    discovery = found(tmp_path, "w/acme")
    assert discovery.root == tmp_path / "w"
    assert [(p.path, p.manifest) for p in discovery.projects] == [(".", "acme-1.0.dist-info/METADATA")]


def test_user_excludes(root: Path) -> None:
    tree(root, "app.py", "legacy/a.py", "pkg/legacy/b.py", "pkg/c_gen.py", "pkg/d.py")
    assert names(found(root, exclude=["/legacy/", "*_gen.py"])) == ["app.py", "pkg/d.py", "pkg/legacy/b.py"]
    assert names(found(root, exclude=["legacy"])) == ["app.py", "pkg/c_gen.py", "pkg/d.py"]
    assert names(found(root, exclude=["pkg/*", "!pkg/d.py"])) == ["app.py", "legacy/a.py", "pkg/d.py"]


def test_an_excluded_path_that_is_given_is_read_unless_forced(root: Path) -> None:
    tree(root, "app.py", "legacy/a.py", "legacy/b.py")
    assert names(found(root, "legacy/a.py", exclude=["legacy/"])) == ["app.py", "legacy/a.py"]
    assert names(found(root, "legacy", exclude=["legacy/"]), given=True) == ["legacy/a.py", "legacy/b.py"]
    with pytest.raises(NothingToReadError):
        found(root, "legacy", exclude=["legacy/"], force_exclude=True)


def test_the_whole_project_is_read_and_the_given_part_is_marked(root: Path) -> None:
    tree(root, "app/a.py", "app/b.py", "lib/c.py")
    for given in (["app/a.py"], ["app/a.py", "app"], ["app/a.py", "."]):
        assert names(found(root, *given)) == ["app/a.py", "app/b.py", "lib/c.py"]
    assert names(found(root, "app/a.py"), given=True) == ["app/a.py"]
    assert names(found(root, "app"), given=True) == ["app/a.py", "app/b.py"]


def test_each_manifest_makes_a_project(root: Path) -> None:
    tree(root, "a.py", "one/pyproject.toml", "one/b.py", "two/requirements-dev.txt", "two/x/c.py", "three/d.py")
    tree(root, "four/setup.cfg", "four/e.py", "five/Pipfile", "five/f.py")
    tree(root / "three", **{"setup.py": "from setuptools import setup\nsetup()\n"})
    discovery = found(root)
    assert [(p.path, p.manifest) for p in discovery.projects] == [
        (".", "pyproject.toml"),
        ("five", "five/Pipfile"),
        ("four", "four/setup.cfg"),
        ("one", "one/pyproject.toml"),
        ("three", "three/setup.py"),
        ("two", "two/requirements-dev.txt"),
    ]
    assert {f.rel: f.project for f in discovery.files}["two/x/c.py"] == "two"


def test_only_touched_projects_are_read(root: Path) -> None:
    if not (root / ".git").exists():
        (root / "pyproject.toml").unlink()
    tree(root, "a.py", "one/pyproject.toml", "one/b.py", "one/c.py", "two/pyproject.toml", "two/d.py")
    prefix = "one/" if (root / ".git").exists() else ""
    discovery = found(root, "one/b.py")
    assert names(discovery) == [f"{prefix}b.py", f"{prefix}c.py"]
    assert [p.path for p in discovery.projects] == [prefix.rstrip("/") or "."]
    assert discovery.root == (root if prefix else root / "one")


def test_files_that_only_look_like_manifests(root: Path) -> None:
    tree(root, "tests/requirements.txt", "tests/test_a.py", "docs/requirements.txt", "docs/conf.py", "app/b.py")
    tree(root / "docs", **{"pyproject.toml": "[tool.ruff]\nline-length = 80\n", "setup.cfg": "[flake8]\n"})
    tree(root / "app", **{"setup.py": "def setup(hass):\n    return True\n"})
    assert [p.path for p in found(root).projects] == ["."]


def test_a_project_in_a_folder_named_like_a_role(root: Path) -> None:
    tree(root, "examples/bot/pyproject.toml", "examples/bot/app.py", "tests/pyproject.toml", "tests/test_x.py")
    discovery = found(root)
    roles = {f.rel: (f.project, f.role) for f in discovery.files}
    assert roles["examples/bot/app.py"] == ("examples/bot", "app")
    assert roles["tests/test_x.py"] == ("tests", "test")


def test_without_any_manifest_the_given_folder_is_the_project(tmp_path: Path) -> None:
    tree(tmp_path, "top/a/b.py", "top/c.py")
    discovery = found(tmp_path, "top")
    assert discovery.root == tmp_path / "top"
    assert names(discovery) == ["a/b.py", "c.py"]
    assert [(p.path, p.manifest) for p in discovery.projects] == [(".", None)]


def test_several_folders_without_a_repository(tmp_path: Path) -> None:
    tree(tmp_path, "one/pyproject.toml", "one/a.py", "two/pyproject.toml", "two/a.py")
    discovery = found(tmp_path, "one", "two")
    assert discovery.root == tmp_path
    assert names(discovery) == ["one/a.py", "two/a.py"]
    assert [p.path for p in discovery.projects] == ["one", "two"]
    assert root_of([tmp_path / "one", tmp_path / "two"]) == tmp_path


def test_a_home_folder_is_never_a_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    tree(tmp_path, "requirements.txt", "script.py", "stuff/other.py", "stuff/deep/x.py")
    assert names(found(tmp_path, "script.py")) == ["script.py"]
    assert names(found(tmp_path, "stuff")) == ["deep/x.py", "other.py"]


def test_a_path_that_is_not_there(root: Path) -> None:
    with pytest.raises(MissingPathError, match=r"none\.py does not exist"):
        found(root, "none.py")


def test_nothing_to_read(root: Path) -> None:
    tree(root, "README.md", "docs/index.md", "pkg/a.py")
    assert names(found(root)) == ["pkg/a.py"]
    for paths in (["docs"], ["README.md"], ["docs", "README.md"]):
        with pytest.raises(NothingToReadError, match=f"no Python file in .*{paths[-1]}"):
            found(root, *paths)


def test_large_files_are_skipped_with_a_note(root: Path) -> None:
    (root / "big.py").write_bytes(b"#" * 1_400_000)
    tree(root, "app.py")
    with pytest.raises(NothingToReadError, match=r"big\.py was skipped: 1\.4 MB"):
        found(root, "big.py")
    assert names(found(root, "app.py")) == ["app.py"]
    assert found(root).notes == ["big.py was skipped: 1.4 MB, more than 1 MB"]


def test_links(root: Path) -> None:
    tree(root, "pkg/a.py")
    outside = root.parent / "outside"
    tree(outside, "o.py")
    (root / "same.py").symlink_to(root / "pkg" / "a.py")
    (root / "linked").symlink_to(root / "pkg")
    (root / "gone.py").symlink_to(root / "nothing.py")
    (root / "o.py").symlink_to(outside / "o.py")
    assert names(found(root)) == ["o.py", "pkg/a.py"]
    assert names(found(root, "same.py"), given=True) == ["pkg/a.py"]
    assert names(found(root, "linked"), given=True) == ["pkg/a.py"]


def test_names_that_are_not_plain(root: Path) -> None:
    tree(root, "my app/ä é.py", "x\ty.py")
    assert names(found(root)) == ["my app/ä é.py", "x\ty.py"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_not_text(root: Path) -> None:
    (root / os.fsdecode(b"caf\xe9.py")).write_text("", encoding="utf-8")
    (file,) = found(root).files
    assert file.rel == "caf\ufffd.py"
    assert file.path.exists()


def test_deleted_but_tracked_files(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    tree(tmp_path, "a.py", "b.py", "pyproject.toml")
    git(tmp_path, "add", "-A")
    (tmp_path / "b.py").unlink()
    tree(tmp_path, "new.py")
    assert names(found(tmp_path)) == ["a.py", "new.py"]


def test_a_commit_hook_of_another_repository_does_not_mislead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, "one/a.py", "two/b.py")
    git(tmp_path / "one", "init", "-q")
    git(tmp_path / "two", "init", "-q")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "one" / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "one"))
    assert names(found(tmp_path, "two")) == ["b.py"]


def test_settings_of_the_repository_run_nothing(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    tree(tmp_path, "a.py")
    git(tmp_path, "config", "core.fsmonitor", f"touch {tmp_path}/ran; false")
    assert names(found(tmp_path)) == ["a.py"]
    assert not (tmp_path / "ran").exists()


def test_a_broken_repository_is_walked(tmp_path: Path) -> None:
    tree(tmp_path, "a.py", "skipped.py")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("skipped.py\n", encoding="utf-8")
    discovery = found(tmp_path)
    assert names(discovery) == ["a.py"]
    assert "git could not list" in discovery.notes[0]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git to make the repository")
def test_a_repository_inside_a_repository_is_its_own(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    tree(tmp_path, "a.py", "inner/b.py")
    git(tmp_path / "inner", "init", "-q")
    assert names(found(tmp_path)) == ["a.py"]
    assert found(tmp_path, "inner").root == tmp_path / "inner"


def test_an_unreadable_folder_is_passed_over(root: Path) -> None:
    if os.geteuid() == 0:
        return
    tree(root, "a.py", "closed/b.py")
    (root / "closed").chmod(0)
    try:
        assert "a.py" in names(found(root))
    finally:
        (root / "closed").chmod(0o755)


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("app/chat.py", "app"),
        ("main.py", "app"),
        ("contest/entry.py", "app"),
        ("app/latest.py", "app"),
        ("app/attest.py", "app"),
        ("app/protest_bot.py", "app"),
        ("tests_api/client.py", "app"),
        ("app/testing.py", "app"),
        ("evaluator/run.py", "app"),
        ("retrieval_eval_app/x.py", "app"),
        ("documents/store.py", "app"),
        ("app/docs/router.py", "app"),
        ("pkg/tools/search.py", "app"),
        ("backend/tools/search.py", "app"),
        ("toolspkg/x.py", "app"),
        ("app/demo/view.py", "app"),
        ("app/evaluation/scores.py", "app"),
        ("app/setup.py", "script"),
        ("pkg/setup.py", "app"),
        ("pkg/manage.py", "app"),
        ("src/pkg/mod.py", "app"),
        ("tests/test_chat.py", "test"),
        ("tests/helpers.py", "test"),
        ("pkg/tests/data.py", "test"),
        ("app/test_chat.py", "test"),
        ("app/chat_test.py", "test"),
        ("app/conftest.py", "test"),
        ("integration_tests/x.py", "test"),
        ("scripts/tests/test_x.py", "test"),
        ("examples/bot/test_x.py", "test"),
        ("evals/run.py", "eval"),
        ("evals/test_quality.py", "eval"),
        ("tests/evals/test_quality.py", "eval"),
        ("pkg/evals/run.py", "eval"),
        ("eval_suite/run.py", "eval"),
        ("eval_answers.py", "eval"),
        ("evaluation/run.py", "eval"),
        ("examples/quick.py", "example"),
        ("demo/app.py", "example"),
        ("cookbook/rag.py", "example"),
        ("samples/x/y.py", "example"),
        ("docs/examples/x.py", "example"),
        ("docs/conf.py", "docs"),
        ("scripts/load.py", "script"),
        ("bin/run.py", "script"),
        ("tools/release.py", "script"),
        (".github/scripts/x.py", "script"),
        (".github/tools/x.py", "script"),
        ("setup.py", "script"),
        ("noxfile.py", "script"),
        ("manage.py", "script"),
        ("vendor/openai/x.py", "vendored"),
        ("pkg/_vendor/requests/tests/test_x.py", "vendored"),
        ("third_party/x_pb2.py", "vendored"),
        ("app/api_pb2.py", "generated"),
        ("app/api_pb2_grpc.py", "generated"),
    ],
)
def test_roles(path: str, role: str) -> None:
    folder, _, name = path.rpartition("/")
    packages = {"pkg", "pkg/tools", "pkg/tests", "pkg/evals", "src/pkg", "app/docs"}
    assert file_role(name, folder_role(folder, packages), folder in packages) == role


def test_tools_at_the_top_is_an_app_when_it_is_a_package(root: Path) -> None:
    tree(root, "tools/__init__.py", "tools/search.py")
    assert {f.role for f in found(root).files} == {"app"}


def test_the_role_is_read_inside_the_project(tmp_path: Path) -> None:
    tree(tmp_path, "fixtures/tests/bot/requirements.txt", "fixtures/tests/bot/chat.py")
    assert [f.role for f in found(tmp_path, "fixtures/tests/bot").files] == ["app"]


@pytest.mark.parametrize(
    ("text", "generated"),
    [
        (b"# @generated by tool\nx = 1\n", True),
        (b'"""Client.\n\n@generated by openapi"""\n', False),
        (b'"""@generated"""\n', True),
        (b"#!/usr/bin/env python\n# coding: utf-8\n# Code. @generated SignedSource<<a>>\n", True),
        (b"@generated\ndef f(): ...\n", False),
        (b"# @generated_by\n", False),
        (b"\n" * 30 + b"# @generated\n", False),
        (b"# @generated", True),
        (b"", False),
    ],
)
def test_generated_files_say_so_in_their_first_lines(text: bytes, generated: bool) -> None:
    assert is_generated(text) is generated


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"x = '\xc3\xa4'\n", "x = 'ä'\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"# -*- coding: latin-1 -*-\nx = '\xe4'\n", "# -*- coding: latin-1 -*-\nx = 'ä'\n"),
        (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'\x80'\n", None),
        (b"\xef\xbb\xbf# coding: utf-8\n", "# coding: utf-8\n"),
        (b"x = 1\n# coding: latin-1\n'\xc3\xa4'\n", "x = 1\n# coding: latin-1\n'ä'\n"),
        (b"", ""),
        (b"a\r\nb\rc", "a\r\nb\rc"),
    ],
)
def test_decoding_as_python_does(data: bytes, text: str | None) -> None:
    assert decode(data) == (data.decode("cp1252") if text is None else text)


@pytest.mark.parametrize(
    ("data", "message", "line", "column"),
    [
        (b"x = 1\ny = '\xff'\n", "this byte is not UTF-8", 2, 6),
        (b"x = 1\r\ry = '\xc3\xa4\xff'", "this byte is not UTF-8", 3, 7),
        (b"#!x\n# coding: klingon\n", "unknown encoding: klingon", 2, 1),
        (b"\xef\xbb\xbf# coding: latin-1\n", "the byte order mark says UTF-8, the comment says latin-1", 1, 1),
        (b"# coding: hex\n", "not an encoding of text: hex", 1, 1),
        (b"# coding: ascii\nx = '\xc3'", "this byte is not ASCII", 2, 6),
    ],
)
def test_what_cannot_be_decoded_is_a_problem_with_its_place(data: bytes, message: str, line: int, column: int) -> None:
    assert decode(data, "a.py") == Problem("a.py", message, line, column)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("a\rb\r\nc\n", "a\nb\r\nc\n"),
        ("x = 1\n\f\nclass A: ...\n", "x = 1\n \nclass A: ...\n"),
        ("x = 1\n\fclass A: ...\n", "x = 1 \nclass A: ...\n"),
        ("x = 1\r\n \fclass A: ...\n", "x = 1  \r\nclass A: ...\n"),
        ("if x:\n\f    y\n", "if x: \n    y\n"),
        ("\fimport x\ny\n", "import x \ny\n"),
        ("x = 1 + \\\n\f 2\n", "x = 1 + \\\n  2\n"),
        ("x\n\n\fdef f(): ...\n", "x\n \ndef f(): ...\n"),
        ("x =\f1\n", "x = 1\n"),
    ],
)
def test_text_for_the_parser_keeps_its_length_and_its_meaning(text: str, normal: str) -> None:
    assert normalise(text) == normal
    assert len(normal) == len(text)
    compile(normal, "x", "exec")
