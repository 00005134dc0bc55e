"""The index: imports read from bytes, modules under their names, and which files matter."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readylint.files import discover
from readylint.imports import Import, ImportReader
from readylint.index import Index
from readylint.settings import Settings


def read(text: str | bytes) -> set[tuple[int, str, tuple[str, ...]]]:
    data = text.encode() if isinstance(text, str) else text
    return {(i.level, i.module, i.names) for i in ImportReader().read(data)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a", {(0, "a", ())}),
        ("import a.b as c, d", {(0, "a.b", ()), (0, "d", ())}),
        ("import a, \\\n    b", {(0, "a", ()), (0, "b", ())}),
        ("import\ta", {(0, "a", ())}),
        ("import \\\n a", {(0, "a", ())}),
        ("from a import b", {(0, "a", ("b",))}),
        ("from a.b import c as d, e", {(0, "a.b", ("c", "e"))}),
        ("from a import (b,\n  c as d,  # ) not the end\n  e,\n)\n", {(0, "a", ("b", "c", "e"))}),
        ("from a import(b)", {(0, "a", ("b",))}),
        ("from a import *", {(0, "a", ("*",))}),
        ("from a \\\n  import \\\n  b", {(0, "a", ("b",))}),
        ("from . import a", {(1, "", ("a",))}),
        ("from .. import a", {(2, "", ("a",))}),
        ("from ...a.b import c", {(3, "a.b", ("c",))}),
        ("from.a import b", {(1, "a", ("b",))}),
        ("from . a import b", {(1, "a", ("b",))}),
        ("def f():\n    from a import b\n    import c\n", {(0, "a", ("b",)), (0, "c", ())}),
        ("try: import a\nexcept ImportError: import b", {(0, "a", ()), (0, "b", ())}),
        ("import a; import b;from c import d", {(0, "a", ()), (0, "b", ()), (0, "c", ("d",))}),
        ("import a  # from b import c", {(0, "a", ())}),
        ("# import a", set()),
        ("x = 'import a'", set()),
        ("important = 1\nreimport = 2\nobj.import_ = 3", set()),
        ("m = importlib.import_module('a.b')", {(0, "a.b", ())}),
        ('m = import_module(\n    "a.b",\n)', {(0, "a.b", ())}),
        ("import_module(name='a')", {(0, "a", ())}),
        ("import_module('.a', package=__package__)", {(1, "a", ())}),
        ("import_module(name)", set()),
        ("__import__('a')", {(0, "a", ())}),
        ("lazy import a\nlazy from b import c", {(0, "a", ()), (0, "b", ("c",))}),
        (b"import a\rimport b\r\nfrom c import (d,\r\n e)\r", {(0, "a", ()), (0, "b", ()), (0, "c", ("d", "e"))}),
        (b"\xef\xbb\xbfimport a\nimport b", {(0, "a", ()), (0, "b", ())}),
        ("\fimport a", {(0, "a", ())}),
        ("from a import ()", set()),
        ("import", set()),
        ("import ", set()),
        ("from import x", set()),
        ("import ünïcode", {(0, "ünïcode", ())}),
    ],
)
def test_imports(text: str | bytes, expected: set[tuple[int, str, tuple[str, ...]]]) -> None:
    assert read(text) == expected


NAMES = st.sampled_from(["a", "bb", "c_1", "importer", "from_x"])
DOTTED = st.lists(NAMES, min_size=1, max_size=3).map(".".join)
ALIAS = st.sampled_from(["", " as z", "  as   y"])
PLAIN = st.lists(st.tuples(DOTTED, ALIAS).map("".join), min_size=1, max_size=3).map(lambda n: "import " + ", ".join(n))
FROM = st.tuples(
    st.sampled_from(["", ".", "..", "... "]),
    DOTTED,
    st.lists(st.tuples(NAMES, ALIAS).map("".join), min_size=1, max_size=3),
    st.sampled_from(["{}", "({})", "(  # why (\n    {},\n)", "\\\n  {}", "(\n{}  # )\n)"]),
).map(lambda t: f"from {t[0]}{t[1]} import " + t[3].format(", ".join(t[2])))
NOISE = st.sampled_from(["x = 1", "'''doc\nof imports\n'''", "# import nothing", "y = 'from'", "pass", ""])
LINES = st.lists(st.one_of(PLAIN, FROM, NOISE), max_size=6)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_no_import_is_missed(lines: list[str], end: str, indented: bool) -> None:
    text = "\n".join(lines)
    if indented:
        text = "if x:\n" + "\n".join("    " + line for line in text.split("\n")) + "\n    pass"
    tree = ast.parse(text)
    expected = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            expected |= {(0, alias.name, ()) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            expected.add((node.level, node.module or "", tuple(alias.name for alias in node.names)))
    assert read(text.replace("\n", end)) == expected


@given(
    st.lists(
        st.sampled_from(
            [b"import", b" ", b"\n", b"\\\n", b"from ", b"(", b")", b".", b"a", b",", b"#", b"_", b"\xff", b"'"]
        )
    )
)
def test_anything_can_be_read(parts: list[bytes]) -> None:
    ImportReader().read(b"".join(parts))


@pytest.mark.parametrize("part", [b"import \\\n", b"import (", b"import ", b"from . . . import ", b"import_module("])
def test_hostile_files_take_time_in_proportion(part: bytes) -> None:
    ImportReader().read(part * (200_000 // len(part)))


def edges(index: Index) -> dict[str, set[str]]:
    return {rel: targets for rel in index.entries if (targets := index.graph.imports[rel])}


def make(root: Path, files: dict[str, str]) -> Index:
    (root / ".git").mkdir(exist_ok=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Index(discover([root], Settings(base=root)).files, {"anthropic"})


def test_names_of_modules(tmp_path: Path) -> None:
    index = make(
        tmp_path,
        {
            "main.py": "",
            "pkg/__init__.py": "",
            "pkg/sub/__init__.py": "",
            "pkg/sub/mod.py": "",
            "src/lib/__init__.py": "",
            "src/lib/x.py": "",
            "src/flat.py": "",
            "app/api/routes.py": "",
            "my-app/tool.py": "",
            "my-app/inner/__init__.py": "",
        },
    )
    assert {rel: e.module for rel, e in index.entries.items()} == {
        "main.py": "main",
        "pkg/__init__.py": "pkg",
        "pkg/sub/__init__.py": "pkg.sub",
        "pkg/sub/mod.py": "pkg.sub.mod",
        "src/lib/__init__.py": "lib",
        "src/lib/x.py": "lib.x",
        "src/flat.py": "flat",
        "app/api/routes.py": "app.api.routes",
        "my-app/tool.py": "tool",
        "my-app/inner/__init__.py": "inner",
    }


def test_imports_are_absolute_names(tmp_path: Path) -> None:
    index = make(
        tmp_path,
        {
            "pkg/__init__.py": "from .a import x",
            "pkg/a.py": "from . import b\nfrom .sub.c import y, z\nimport os.path as p\nfrom q import *",
            "pkg/sub/__init__.py": "from ..a import x",
        },
    )
    assert index.entries["pkg/__init__.py"].imports == {"pkg.a", "pkg.a.x"}
    expected = {"pkg", "pkg.b", "pkg.sub.c", "pkg.sub.c.y", "pkg.sub.c.z", "os.path", "q"}
    assert index.entries["pkg/a.py"].imports == expected
    assert index.entries["pkg/sub/__init__.py"].imports == {"pkg.a", "pkg.a.x"}


def test_graph_of_a_package(tmp_path: Path) -> None:
    index = make(
        tmp_path,
        {
            "pkg/__init__.py": "from .client import client",
            "pkg/client.py": "client = 1",
            "pkg/a.py": "from pkg import client",
            "pkg/b.py": "from . import a",
            "pkg/c.py": "import pkg.a",
            "pkg/d.py": "def f():\n    from .a import thing",
            "pkg/e.py": "import json",
            "tests/test_a.py": "from pkg.a import thing",
        },
    )
    assert edges(index) == {
        "pkg/__init__.py": {"pkg/client.py"},
        "pkg/a.py": {"pkg/__init__.py", "pkg/client.py"},
        "pkg/b.py": {"pkg/a.py"},
        "pkg/c.py": {"pkg/__init__.py", "pkg/a.py"},
        "pkg/d.py": {"pkg/a.py"},
        "tests/test_a.py": {"pkg/a.py"},
    }
    assert index.graph.closure({"pkg/a.py"}) == {"pkg/a.py", "pkg/b.py", "pkg/c.py", "pkg/d.py", "tests/test_a.py"}
    assert index.graph.below({"pkg/b.py"}) == {"pkg/b.py", "pkg/a.py", "pkg/__init__.py", "pkg/client.py"}


def test_cycles_and_files_that_import_themselves(tmp_path: Path) -> None:
    index = make(tmp_path, {"a.py": "import b, a", "b.py": "import a"})
    assert index.graph.closure({"a.py"}) == {"a.py", "b.py"}
    assert edges(index) == {"b.py": {"a.py"}, "a.py": {"b.py"}}


def test_roots_that_nobody_wrote_down(tmp_path: Path) -> None:
    index = make(
        tmp_path,
        {
            "backend/app/main.py": "from app.db import x\nfrom utils import y",
            "backend/app/db.py": "import config",
            "backend/utils.py": "",
            "backend/config.py": "",
            "src/lib/__init__.py": "",
            "src/lib/m.py": "",
            "tests/test_m.py": "from lib.m import x\nfrom tests.helpers import y\nimport helpers",
            "tests/helpers.py": "",
            "scripts/run.py": "import common\nfrom backend.utils import y",
            "scripts/common.py": "",
        },
    )
    assert edges(index) == {
        "backend/app/main.py": {"backend/app/db.py", "backend/utils.py"},
        "backend/app/db.py": {"backend/config.py"},
        "tests/test_m.py": {"src/lib/m.py", "tests/helpers.py"},
        "scripts/run.py": {"scripts/common.py", "backend/utils.py"},
    }


def test_what_only_has_the_name_of_a_library_is_not_imported(tmp_path: Path) -> None:
    index = make(
        tmp_path,
        {
            "providers/openai.py": "import openai",
            "providers/json.py": "",
            "providers/chat.py": "import openai, json\nfrom providers import openai as own",
            "main.py": "import openai\nimport chat",
            "pkg/__init__.py": "",
            "pkg/anthropic.py": "",
            "pkg/x.py": "import anthropic",
        },
    )
    assert edges(index) == {"providers/chat.py": {"providers/openai.py"}}


def test_a_script_in_a_package_may_import_the_files_beside_it(tmp_path: Path) -> None:
    index = make(
        tmp_path, {"bot/__init__.py": "", "bot/ai.py": "", "bot/main.py": "import ai", "other.py": "import ai"}
    )
    assert edges(index) == {"bot/main.py": {"bot/ai.py"}}


def test_the_nearest_of_several_modules_is_meant(tmp_path: Path) -> None:
    index = make(
        tmp_path,
        {
            "one/app/__init__.py": "",
            "one/app/a.py": "from app import b",
            "one/app/b.py": "",
            "two/app/__init__.py": "",
            "two/app/a.py": "from app import b\nfrom .b import c",
            "two/app/b.py": "",
            "run.py": "from app import b",
        },
    )
    assert edges(index) == {"one/app/a.py": {"one/app/b.py"}, "two/app/a.py": {"two/app/b.py"}}


def test_projects_see_their_own_modules_first_and_packages_of_others(tmp_path: Path) -> None:
    index = make(
        tmp_path,
        {
            "one/pyproject.toml": "",
            "one/app/__init__.py": "",
            "one/app/a.py": "from app.b import x\nfrom shared.llm import ask",
            "one/app/b.py": "",
            "two/pyproject.toml": "",
            "two/app/__init__.py": "",
            "two/app/b.py": "",
            "libs/shared/pyproject.toml": "",
            "libs/shared/src/shared/__init__.py": "",
            "libs/shared/src/shared/llm.py": "",
        },
    )
    assert edges(index) == {"one/app/a.py": {"one/app/b.py", "libs/shared/src/shared/llm.py"}}


def test_a_project_whose_folder_is_a_package(tmp_path: Path) -> None:
    index = make(
        tmp_path,
        {
            "bot/requirements.txt": "",
            "bot/__init__.py": "",
            "bot/a.py": "import b\nfrom bot import c",
            "bot/b.py": "",
            "bot/c.py": "",
        },
    )
    assert edges(index) == {"bot/a.py": {"bot/b.py", "bot/c.py"}}
    assert index.entries["bot/a.py"].module == "bot.a"


def test_finding_a_module_and_the_rest_of_a_name(tmp_path: Path) -> None:
    index = make(tmp_path, {"pkg/__init__.py": "", "pkg/m.py": "", "main.py": ""})
    assert index.names.resolve("pkg.m.Class.method", "main.py") == ("pkg/m.py", "Class.method")
    assert index.names.resolve("pkg.m", "main.py") == ("pkg/m.py", "")
    assert index.names.resolve("requests.get", "main.py") is None
    assert index.names.module("pkg.m", project=".") == "pkg/m.py"
    assert index.names.module("pkg.m.Class", project=".") is None
    assert index.names.absolute("pkg/m.py", 1, "x") == "pkg.x"
    assert index.names.absolute("pkg/__init__.py", 1, "") == "pkg"
    assert index.names.absolute("pkg/m.py", 4, "x") == ""


ROOTS = {"openai", "google.genai"}
HTTP = {"requests", "httpx", "urllib.request"}
HOSTS = {"api.openai.com", "/v1/chat/completions"}


def test_files_that_import_an_sdk_matter_and_who_imports_them(tmp_path: Path) -> None:
    index = make(
        tmp_path,
        {
            "llm.py": "from openai import OpenAI",
            "genai.py": "from google import genai",
            "types.py": "from google.genai.types import X",
            "storage.py": "from google.cloud import storage",
            "alike.py": "import openai_tools\nfrom myopenai import x",
            "service.py": "import llm",
            "api.py": "from service import ask",
            "other.py": "import json",
            "config.py": "MODEL = 'x'",
        },
    )
    found = index.relevant(ROOTS, HTTP, HOSTS)
    assert found.files == {"llm.py", "genai.py", "types.py", "service.py", "api.py"}
    assert found.seeds == {"llm.py": "openai", "genai.py": "google.genai", "types.py": "google.genai"}


def test_an_http_client_matters_only_with_a_host(tmp_path: Path) -> None:
    index = make(
        tmp_path,
        {
            "plain.py": "import requests\nrequests.get('https://example.com')",
            "direct.py": "import httpx\nhttpx.post('https://api.openai.com/v1/responses')",
            "constants.py": "URL = 'http://gateway/v1/chat/completions'",
            "through.py": "import requests\nfrom constants import URL\nrequests.post(URL)",
            "unrelated.py": "from constants import URL",
            "caller.py": "import through",
            "urllib_user.py": "from urllib import request\nrequest.urlopen('https://api.openai.com')",
            "text.py": "HELP = 'see api.openai.com'",
        },
    )
    found = index.relevant(ROOTS, HTTP, HOSTS)
    assert found.files == {"direct.py", "constants.py", "through.py", "caller.py", "urllib_user.py"}
    assert found.seeds["through.py"] == "/v1/chat/completions"
    assert index.relevant(ROOTS, HTTP, ()).files == set()


def test_who_holds_and_who_calls_a_name(tmp_path: Path) -> None:
    index = make(
        tmp_path,
        {"a.py": "def ask(q): ...", "b.py": "bot.ask (1)", "c.py": "asked(1)\ntask(2)\nask = 3", "d.py": "x = 'ask'"},
    )
    assert index.calling("ask") == ["a.py", "b.py"]
    assert index.calling("ask", ["b.py", "c.py"]) == ["b.py"]
    assert index.holding(["ask = ", "'ask'"]) == {"c.py": "ask = ", "d.py": "'ask'"}
    assert index.holding([]) == {}


def test_the_bytes_are_kept_and_hashed(tmp_path: Path) -> None:
    index = make(tmp_path, {"a.py": "x = 1\n", "b.py": "x = 1\n", "c.py": "x = 2\n"})
    a, b, c = (index.entries[n] for n in ("a.py", "b.py", "c.py"))
    assert a.data == b"x = 1\n"
    assert a.hash == b.hash != c.hash
    assert len(a.hash) == 32


def test_a_file_that_went_away_or_grew_since_it_was_found(tmp_path: Path) -> None:
    make(tmp_path, {"a.py": "import x\n", "b.py": "import y\n", "c.py": ""})
    files = discover([tmp_path], Settings(base=tmp_path)).files
    (tmp_path / "a.py").unlink()
    (tmp_path / "b.py").write_text("import y\n" * 1000, encoding="utf-8")
    index = Index(files)
    assert [(p.path, p.message) for p in index.problems] == [("a.py", "cannot be read")]
    assert len(index.entries["b.py"].data) == 9000


def test_the_same_import_is_read_once(tmp_path: Path) -> None:
    reader = ImportReader()
    first, second = reader.read(b"import a\n"), reader.read(b"import a\n")
    assert first == second == [Import(0, "a", (), ("a",))]
    assert first[0] is second[0]
