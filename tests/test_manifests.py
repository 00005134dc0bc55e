"""Dependencies and their versions, from the manifests and lock files of all common tools."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from readylint.facts import Problem
from readylint.files import discover
from readylint.manifests import Declared, dependencies, script_dependencies
from readylint.requirements import poetry_specifier
from readylint.settings import Settings


def declared(root: Path, files: dict[str, str], given: str = ".") -> list[Declared]:
    (root / ".git").mkdir(exist_ok=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / given / "app.py").write_text("", encoding="utf-8")
    projects = discover([root / given / "app.py"], Settings(base=root)).projects
    assert len(projects) == 1
    return dependencies(projects[0])


def short(found: list[Declared]) -> list[tuple[str, str, str | None, str, int]]:
    return [(d.name, d.specifier, d.locked, d.path, d.line) for d in found]


def test_pyproject(tmp_path: Path) -> None:
    text = """[project]
name = "x"
dependencies = [
    "openai>=1.2,<3",
    "Google_GenAI[extra] ; python_version > '3.8'",
    "not a requirement!!",
]
[project.optional-dependencies]
llm = ["anthropic==0.40.0"]
[dependency-groups]
dev = ["pytest", {include-group = "llm"}]
[tool.uv]
dev-dependencies = ["ruff"]
"""
    assert short(declared(tmp_path, {"pyproject.toml": text})) == [
        ("openai", "<3,>=1.2", None, "pyproject.toml", 4),
        ("google-genai", "", None, "pyproject.toml", 5),
        ("anthropic", "==0.40.0", "0.40.0", "pyproject.toml", 9),
        ("pytest", "", None, "pyproject.toml", 11),
        ("ruff", "", None, "pyproject.toml", 13),
    ]


def test_poetry_with_its_lock(tmp_path: Path) -> None:
    manifest = """[tool.poetry.dependencies]
python = "^3.11"
openai = "^1.40"
litellm = {version = "~1.50.1", extras = ["proxy"]}
local = {path = "../local"}
[tool.poetry.group.dev.dependencies]
pytest = "*"
"""
    lock = '[[package]]\nname = "openai"\nversion = "1.55.3"\ndescription = ""\n\n'
    lock += '[[package]]\nname = "httpx"\nversion = "0.28.1"\n'
    assert short(declared(tmp_path, {"pyproject.toml": manifest, "poetry.lock": lock})) == [
        ("openai", ">=1.40,<2", "1.55.3", "pyproject.toml", 3),
        ("litellm", ">=1.50.1,<1.51", None, "pyproject.toml", 4),
        ("local", "", None, "pyproject.toml", 5),
        ("pytest", "", None, "pyproject.toml", 7),
        ("httpx", "", "0.28.1", "poetry.lock", 7),
    ]


@pytest.mark.parametrize("name", ["uv.lock", "pdm.lock"])
def test_a_lock_file_of_the_repository_serves_its_projects(tmp_path: Path, name: str) -> None:
    lock = 'version = 1\n\n[[package]]\nname = "openai"\nversion = "2.1.0"\nsource = { registry = "x" }\n'
    manifest = '[project]\nname = "a"\ndependencies = ["openai"]\n'
    found = declared(tmp_path, {"services/a/pyproject.toml": manifest, name: lock}, "services/a")
    assert short(found) == [("openai", "", "2.1.0", "services/a/pyproject.toml", 3)]


def test_the_nearest_lock_file_counts(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "openai"\nversion = "{}"\n'
    files = {
        "a/pyproject.toml": '[project]\ndependencies = ["openai"]',
        "uv.lock": lock.format("1.0"),
        "a/uv.lock": lock.format("2.0"),
    }
    assert [d.locked for d in declared(tmp_path, files, "a")] == ["2.0"]


def test_a_lock_with_two_versions_of_a_package_decides_nothing(tmp_path: Path) -> None:
    lock = '[[package]]\nname = "openai"\nversion = "1.0"\n\n[[package]]\nname = "openai"\nversion = "2.0"\n'
    found = declared(tmp_path, {"pyproject.toml": '[project]\ndependencies = ["openai"]', "uv.lock": lock})
    assert [d.locked for d in found] == [None]


def test_requirements(tmp_path: Path) -> None:
    files = {
        "requirements.txt": """\
--index-url ${PACKAGE_INDEX}
-r requirements/base.txt
openai == 1.2.3 ; python_version > "3.8"   # why
anthropic>=0.30 \\
    --hash=sha256:abc \\
    --hash=sha256:def
langchain[openai]~=0.2 --no-binary :all:
-e ./local
git+https://example.com/x.git
pkg @ https://example.com/pkg-1.0.zip
-c constraints.txt
""",
        "requirements/base.txt": "httpx\n-r ../requirements.txt\n",
        "requirements/dev.txt": "pytest==8.0\n",
        "constraints.txt": "anthropic==0.31.0\nunused==1.0\n",
        "requirements-dev.txt": "-r requirements.txt\nruff\n",
    }
    assert short(declared(tmp_path, files)) == [
        ("httpx", "", None, "requirements/base.txt", 1),
        ("openai", "==1.2.3", "1.2.3", "requirements.txt", 3),
        ("anthropic", ">=0.30", "0.31.0", "requirements.txt", 4),
        ("langchain", "~=0.2", None, "requirements.txt", 7),
        ("pkg", "", None, "requirements.txt", 10),
        ("ruff", "", None, "requirements-dev.txt", 2),
        ("pytest", "==8.0", "8.0", "requirements/dev.txt", 1),
    ]


def test_includes_stay_inside_the_repository(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("stolen==1.0\n", encoding="utf-8")
    root = tmp_path / "repo"
    root.mkdir()
    assert declared(root, {"requirements.txt": "-r ../secret.txt\nopenai\n"})[0].name == "openai"


def test_setup_cfg(tmp_path: Path) -> None:
    text = "[metadata]\nname = x\n[options]\ninstall_requires =\n    openai>=1\n    httpx  # why\n"
    text += "[options.extras_require]\nx =\n    anthropic\n"
    assert short(declared(tmp_path, {"setup.cfg": text})) == [
        ("openai", ">=1", None, "setup.cfg", 5),
        ("httpx", "", None, "setup.cfg", 6),
        ("anthropic", "", None, "setup.cfg", 9),
    ]


def test_setup_py_is_read_and_never_run(tmp_path: Path) -> None:
    text = """import setuptools
open("ran", "w")
NEEDS = ["openai>=1.0"]
setuptools.setup(
    install_requires=NEEDS,
    extras_require={"x": ["anthropic<1"], "y": compute()},
)
"""
    assert short(declared(tmp_path, {"setup.py": text})) == [
        ("openai", ">=1.0", None, "setup.py", 3),
        ("anthropic", "<1", None, "setup.py", 6),
    ]
    assert not (tmp_path / "ran").exists()


def test_pipfile_with_its_lock(tmp_path: Path) -> None:
    files = {
        "Pipfile": '[packages]\nopenai = "*"\nhttpx = {version = "==0.27"}\n[dev-packages]\npytest = ">=8"\n',
        "Pipfile.lock": '{\n  "default": {\n    "openai": {\n      "version": "==1.3.0"\n    }\n  }\n}\n',
    }
    assert short(declared(tmp_path, files)) == [
        ("openai", "", "1.3.0", "Pipfile", 2),
        ("httpx", "==0.27", "0.27", "Pipfile", 3),
        ("pytest", ">=8", None, "Pipfile", 5),
    ]


def test_an_unpacked_wheel(tmp_path: Path) -> None:
    text = "Metadata-Version: 2.1\nName: x\nRequires-Dist: openai (>=1.0)\n"
    text += "Requires-Dist: httpx; extra == 'a'\n\nRequires-Dist: no\n"
    assert short(declared(tmp_path, {"x-1.0.dist-info/METADATA": text})) == [
        ("openai", ">=1.0", None, "x-1.0.dist-info/METADATA", 3),
        ("httpx", "", None, "x-1.0.dist-info/METADATA", 4),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_block_of_a_script(end: str) -> None:
    lines = [
        "#!/usr/bin/env python",
        "# /// script",
        "# requires-python = '>=3.11'",
        "# dependencies = [",
        "#   'openai>=2',",
    ]
    lines += ["#", "#   'httpx',", "# ]", "# ///", "import openai"]
    found = script_dependencies(end.join(lines).encode(), "run.py")
    assert [(r.name, r.specifier, r.path, r.line) for r in found] == [
        ("openai", ">=2", "run.py", 5),
        ("httpx", "", "run.py", 7),
    ]
    assert script_dependencies(b"x = 1\n", "run.py") == []
    assert script_dependencies(b"# /// script\n# dependencies = [\n# ///\n", "run.py") == []


def test_manifests_that_are_broken_are_told(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    for name, text in {
        "pyproject.toml": "[project\n",
        "setup.cfg": "no section\n",
        "setup.py": "from setuptools import (\n",
        "Pipfile.lock": "{",
        "poetry.lock": "\0",
        "requirements.txt": "=== what\nopenai\n",
        "app.py": "",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    problems: list[Problem] = []
    project = discover([tmp_path], Settings(base=tmp_path)).projects[0]
    assert [d.name for d in dependencies(project, problems=problems)] == ["openai"]
    assert {(p.path, p.message.partition(":")[0], p.line) for p in problems} == {
        ("pyproject.toml", "not TOML", 1),
        ("setup.cfg", "cannot be read", None),
        ("Pipfile.lock", "not JSON", None),
    }


@pytest.mark.parametrize(
    ("written", "inside", "outside"),
    [
        ("^1.2.3", ["1.2.3", "1.9"], ["1.2.2", "2.0"]),
        ("^0.2.3", ["0.2.9"], ["0.3.0"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("^0", ["0.9"], ["1.0"]),
        ("~1.2.3", ["1.2.9"], ["1.3"]),
        ("~1", ["1.9"], ["2.0"]),
        ("1.2.3", ["1.2.3"], ["1.2.4"]),
        ("1.*", ["1.9"], ["2.0"]),
        (">=1.2, <2", ["1.5"], ["2.0"]),
        ("~=1.4", ["1.9"], ["2.0"]),
        ("*", ["0.1", "99"], []),
    ],
)
def test_poetry_constraints(written: str, inside: list[str], outside: list[str]) -> None:
    text = poetry_specifier(written)
    assert text is not None
    specifier = SpecifierSet(text)
    assert all(v in specifier for v in inside)
    assert not any(v in specifier for v in outside)


@pytest.mark.parametrize("written", ["^1 || ^2", "latest", "^x"])
def test_constraints_that_cannot_be_said(written: str) -> None:
    assert poetry_specifier(written) is None
