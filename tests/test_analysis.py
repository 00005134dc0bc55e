"""One run as a whole: which files are read, what stops nothing, and what comes out of the two fixtures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import FactsOf, calls, write_files
from sarif_invariants import problems

from readylint.analysis import Gathered, collect, gather
from readylint.cli import main
from readylint.facts import FactSheet, to_json
from readylint.facts_schema import json_schema
from readylint.files import MissingPathError, NothingToReadError
from readylint.packs import Pack
from readylint.settings import Settings

FIXTURES = Path(__file__).parent.parent / "fixtures"
CALL = """
    from openai import OpenAI
    client = OpenAI(timeout=30)
    def ask(m):
        return client.responses.create(model="m", input=m).output_text
"""


class Reading:
    """Reads projects in the test's folder."""

    def __init__(self, folder: Path, pack: Pack) -> None:
        self.folder, self.pack = folder, pack

    def __call__(self, files: dict[str, str], *given: str, settings: Settings | None = None) -> Gathered:
        write_files(self.folder, files)
        paths = [self.folder / name for name in given] or [self.folder]
        return collect(paths, settings or Settings(), self.pack)


@pytest.fixture
def read(tmp_path: Path, pack: Pack) -> Reading:
    return Reading(tmp_path, pack)


def document(sheet: FactSheet) -> dict[str, Any]:
    """As `readylint facts --format json` has it."""
    made = json.loads(json.dumps(to_json(sheet)))
    assert isinstance(made, dict)
    return made


# which files are parsed ----------------------------------------------------------------------------------------------


def test_a_file_without_an_sdk_is_not_parsed(read: Reading) -> None:
    found = read({"app.py": CALL, "other.py": "import json\nprint(json.dumps(1))\n"})
    assert found.parsed == ["app.py"]
    assert found.seen == 2


def test_nothing_is_parsed_without_an_sdk(read: Reading) -> None:
    found = read({"app.py": "import json\n", "other.py": "import app\n"})
    assert found.parsed == []
    assert found.sheet.facts == []


def test_a_module_of_constants_is_parsed_when_it_is_needed(read: Reading) -> None:
    app = CALL.replace("from openai", "from limits import LIMIT\n    from openai").replace("30", "LIMIT")
    found = read({"app.py": app, "limits.py": "LIMIT = 30\n", "unused.py": "LIMIT = 9\n"})
    assert found.parsed == ["app.py", "limits.py"]
    assert calls(found.sheet)[0].timeout.value == 30


def test_a_large_module_beside_little_that_matters_is_unknown_and_a_small_one_is_read(read: Reading) -> None:
    app = CALL.replace("from openai", "from large import LIMIT\n    from small import MOST\n    from openai")
    app = app.replace("timeout=30", "timeout=LIMIT, max_retries=MOST")
    large = "LIMIT = None\n" + "# a line of a large module\n" * 20_000
    found = read({"app.py": app, "large.py": large, "small.py": "MOST = 0\n"})
    call = calls(found.sheet)[0]
    assert found.parsed == ["app.py", "small.py"]
    assert (call.timeout.value, call.timeout.source) == (None, "unknown")
    assert call.retry.status == "none"


def test_a_module_that_is_imported_and_not_needed_is_not_parsed(read: Reading) -> None:
    found = read({"app.py": "    import shapes\n" + CALL, "shapes.py": "class Square:\n    pass\n"})
    assert "app.py" in found.parsed
    assert calls(found.sheet)[0].timeout.value == 30


def test_importers_of_a_relevant_module_are_parsed(read: Reading) -> None:
    found = read(
        {
            "llm.py": CALL,
            "service.py": "from llm import ask\ndef answer(q):\n    return ask(q)\n",
            "web.py": "import service\n",
            "other.py": "import json\n",
        }
    )
    assert found.parsed == ["llm.py", "service.py", "web.py"]


REQUEST = 'def ask(m):\n    return requests.post({url}, json={{"model": "m"}}, timeout=9).json()\n'


def test_http_clients_alone_do_not_make_a_file_matter(read: Reading) -> None:
    found = read({"app.py": "import requests\n" + REQUEST.format(url='"https://api.example.com/v1/things"')})
    assert found.parsed == []


def test_a_host_in_the_bytes_makes_an_http_file_matter(read: Reading) -> None:
    found = read({"app.py": "import requests\n" + REQUEST.format(url='"https://api.openai.com/v1/responses"')})
    assert found.parsed == ["app.py"]
    assert len(calls(found.sheet)) == 1


def test_a_host_in_an_imported_constant_makes_an_http_file_matter(read: Reading) -> None:
    found = read(
        {
            "config.py": 'URL = "https://api.openai.com/v1/responses"\n',
            "app.py": "import requests\nfrom config import URL\n" + REQUEST.format(url="URL"),
            "other.py": "import requests\n" + REQUEST.format(url='"https://api.example.com/v1/things"'),
        }
    )
    assert found.parsed == ["app.py", "config.py"]
    assert [c.span.path for c in calls(found.sheet)] == ["app.py"]


def test_a_host_without_an_http_client_does_not(read: Reading) -> None:
    assert read({"app.py": 'DOCS = "see https://api.openai.com/v1/responses"\n'}).parsed == []


def test_keys_are_found_in_files_that_reach_no_model(read: Reading) -> None:
    key = "sk-" + "proj-" + "aB3dE5fG7hJ9kL2mN4pQ6rS8tU0vW1xY3zA5bC7dE9fG2hJ4"
    found = read({"config.py": f'KEY = "{key}"\n'})
    secrets = [f for f in found.sheet.facts if f.kind == "secret"]
    assert [(s.span.path, s.span.line) for s in secrets] == [("config.py", 1)]
    assert key not in json.dumps(document(found.sheet))


# what cannot be read -------------------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_parsed_is_a_problem_and_the_rest_is_judged(read: Reading) -> None:
    found = read({"app.py": CALL, "broken.py": "import openai\n\ndef f(:\n"})
    assert [(p.path, p.line) for p in found.sheet.problems] == [("broken.py", 3)]
    assert found.sheet.problems[0].message
    assert [c.span.path for c in calls(found.sheet)] == ["app.py"]


def test_a_file_that_cannot_be_decoded_is_a_problem_and_the_rest_is_judged(read: Reading) -> None:
    (read.folder / "broken.py").write_bytes(b"import openai\nname = '\xff\xfe'\n")
    found = read({"app.py": CALL})
    assert [p.path for p in found.sheet.problems] == ["broken.py"]
    assert [c.span.path for c in calls(found.sheet)] == ["app.py"]


def test_only_files_that_matter_can_be_a_problem(read: Reading) -> None:
    assert read({"app.py": CALL, "broken.py": "def f(:\n"}).sheet.problems == []


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbffrom openai import OpenAI\r\nOpenAI().responses.create(model='m', input='x')\r\n",
        b"# -*- coding: latin-1 -*-\nfrom openai import OpenAI\nOpenAI().responses.create(model='m', input='\xe9')\n",
        "from openai import OpenAI\nOpenAI().responses.create(model='m', input='\N{GRINNING FACE}')\n".encode(),
        b"from openai import OpenAI\nOpenAI().responses.create(model='m', input='x')",
        b"\x0cfrom openai import OpenAI\nOpenAI().responses.create(model='m', input='x')\n",
        b"from openai import OpenAI\rOpenAI().responses.create(model='m', input='x')\r",
    ],
    ids=["BOM and CRLF", "latin-1", "emoji", "no line feed at the end", "form feed", "CR"],
)
def test_files_as_people_write_them(read: Reading, data: bytes) -> None:
    (read.folder / "app.py").write_bytes(data)
    found = read({})
    assert found.sheet.problems == []
    assert len(calls(found.sheet)) == 1


def test_columns_count_characters(read: Reading) -> None:
    code = 'from openai import OpenAI\nname = "\N{GRINNING FACE}"; OpenAI().responses.create(model="m")\n'
    (call,) = calls(read({"app.py": code}).sheet)
    assert (call.span.line, call.span.column) == (2, 13)


def test_an_empty_folder(tmp_path: Path, pack: Pack) -> None:
    with pytest.raises(NothingToReadError):
        gather([tmp_path], Settings(), pack)


def test_a_path_that_is_missing(tmp_path: Path, pack: Pack) -> None:
    with pytest.raises(MissingPathError):
        gather([tmp_path / "missing"], Settings(), pack)


def test_an_empty_file(read: Reading) -> None:
    found = read({"app.py": ""})
    assert (found.sheet.facts, found.sheet.problems) == ([], [])


# projects and roles --------------------------------------------------------------------------------------------------

TWO = {
    "shop/pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["openai==2.54.0"]\n',
    "shop/llm.py": CALL,
    "desk/requirements.txt": "openai==1.109.1\n",
    "desk/llm.py": CALL.replace("timeout=30", ""),
}


def test_several_projects_in_a_run(read: Reading) -> None:
    found = read(TWO)
    assert [(p.path, p.manifest) for p in found.sheet.projects] == [
        ("desk", "desk/requirements.txt"),
        ("shop", "shop/pyproject.toml"),
    ]
    assert {c.project: c.sdk_versions.assumed for c in calls(found.sheet)} == {"shop": "2.54.0", "desk": "1.109.1"}
    assert {c.project: c.timeout.value for c in calls(found.sheet)} == {"shop": 30, "desk": 600}


def test_modules_of_one_project_are_not_those_of_another(read: Reading) -> None:
    found = read({**TWO, "desk/app.py": "from llm import client\ndef a():\n    client.responses.create(model='m')\n"})
    assert {(c.span.path, c.timeout.value) for c in calls(found.sheet)} == {
        ("shop/llm.py", 30),
        ("desk/llm.py", 600),
        ("desk/app.py", 600),
    }


def test_given_paths_only_filter(read: Reading) -> None:
    files = {
        "llm.py": CALL,
        "app.py": "from llm import client\ndef a():\n    client.responses.create(model='m')\n",
    }
    whole = read(files)
    part = read(files, "app.py")
    assert document(part.sheet)["facts"] == document(whole.sheet)["facts"]
    assert [f.rel for f in part.discovery.files if f.given] == ["app.py"]


def test_only_the_projects_that_are_touched_are_read(read: Reading) -> None:
    found = read(TWO, "shop")
    assert [c.timeout.value for c in calls(found.sheet)] == [30]


@pytest.mark.parametrize(
    ("path", "role"),
    [
        ("app.py", "app"),
        ("bot/chat.py", "app"),
        ("scripts/try.py", "script"),
        ("tests/test_chat.py", "test"),
        ("evals/run.py", "eval"),
        ("examples/chat.py", "example"),
        ("docs/chat.py", "docs"),
        ("vendor/lib/chat.py", "vendored"),
    ],
)
def test_roles(read: Reading, path: str, role: str) -> None:
    (call,) = calls(read({path: CALL}).sheet)
    assert call.role == role


def test_the_role_of_a_generated_file(read: Reading) -> None:
    (call,) = calls(read({"app.py": "# @generated by a tool\n" + CALL.replace("\n    ", "\n")}).sheet)
    assert call.role == "generated"


def test_the_role_is_read_inside_the_project(read: Reading) -> None:
    found = read({"tests/fixtures/bot/pyproject.toml": "[project]\nname = 'bot'\n", "tests/fixtures/bot/app.py": CALL})
    (call,) = calls(found.sheet)
    assert (call.role, call.project) == ("app", "tests/fixtures/bot")


# ids and order -------------------------------------------------------------------------------------------------------


def test_facts_are_in_the_order_of_their_places(read: Reading) -> None:
    sheet = read({"b.py": CALL, "a.py": CALL, "c/d.py": CALL}).sheet
    assert [f.span for f in sheet.facts] == sorted(f.span for f in sheet.facts)


def test_ids_are_unique_and_do_not_depend_on_lines(read: Reading) -> None:
    twice = CALL + "    def other(m):\n        return client.responses.create(model='m', input=m)\n"
    before = read({"app.py": twice}).sheet.facts
    after = read({"app.py": "    # a comment\n\n\n" + twice}).sheet.facts
    assert len({f.id for f in before}) == len(before)
    assert {f.id for f in before} == {f.id for f in after}


def test_deeply_nested_code(read: Reading) -> None:
    deep = " + ".join(["1"] * 3000)
    found = read({"app.py": CALL + f"    x = {deep}\n", "b.py": "import openai\ny = " + "[" * 80 + "]" * 80 + "\n"})
    assert found.sheet.problems == []
    assert len(calls(found.sheet)) == 1


def test_nothing_is_executed_or_imported(read: Reading) -> None:
    trap = "import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\n"
    read({"app.py": trap + "import openai\nopenai.OpenAI().responses.create(model='m')\n", "conftest.py": trap,
          "setup.py": trap, "openai.pth": "import os"})  # fmt: skip
    assert list(read.folder.rglob("*.ran")) == []


# the fixtures --------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["support-bot", "support-bot-ready"])
def fixture(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A copy of one of the two applications."""
    return copy(str(request.param), tmp_path)


def copy(name: str, folder: Path) -> Path:
    made = folder / name
    shutil.copytree(FIXTURES / name, made, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
    return made


class Checked:
    """What `readylint check` said."""

    def __init__(self, code: int, out: str) -> None:
        self.code = code
        self.report = json.loads(out)

    @property
    def rules(self) -> set[str]:
        return {f["rule"] for f in self.report["findings"]}


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> Checked:
    capsys.readouterr()
    code = main(["check", *arguments, "--format", "json"])
    return Checked(code, capsys.readouterr().out)


def test_facts_of_the_fixtures_keep_the_contract(fixture: Path, pack: Pack) -> None:
    sheet = gather([fixture], Settings(), pack)
    assert calls(sheet)
    assert sheet.problems == []
    errors = jsonschema.Draft202012Validator(json_schema()).iter_errors(document(sheet))
    assert [f"{'/'.join(map(str, e.path))}: {e.message[:200]}" for e in errors] == []


def test_facts_of_the_fixtures_are_the_same_each_time(fixture: Path, pack: Pack) -> None:
    first, second = (document(gather([fixture], Settings(), pack)) for _ in range(2))
    assert first == second


def test_facts_of_the_fixtures_do_not_depend_on_the_paths_given(fixture: Path, pack: Pack) -> None:
    whole = document(gather([fixture], Settings(), pack))
    for name in ("support_bot", "support_bot/chat.py", "support_bot/clients.py"):
        assert document(gather([fixture / name], Settings(), pack))["facts"] == whole["facts"]


def test_facts_keep_the_contract_where_something_is_missing(facts_of: FactsOf) -> None:
    sheet = facts_of({"app.py": CALL, "broken.py": "import openai\ndef f(:\n"})
    jsonschema.Draft202012Validator(json_schema()).validate(document(sheet))


def test_the_unready_fixture_breaks_every_default_rule(
    tmp_path: Path, pack: Pack, capsys: pytest.CaptureFixture[str]
) -> None:
    done = check(capsys, str(copy("support-bot", tmp_path)))
    default = {r.id for r in pack.rules if r.default is True}
    assert len(default) >= 16
    assert done.code == 1
    assert default - done.rules == set()


def test_the_ready_fixture_breaks_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = check(capsys, str(copy("support-bot-ready", tmp_path)))
    assert [(f["rule"], f["span"]["path"], f["span"]["line"]) for f in done.report["findings"]] == []
    assert done.code == 0


def test_the_scores_of_the_fixtures(tmp_path: Path) -> None:
    ready, unready = copy("support-bot-ready", tmp_path), copy("support-bot", tmp_path)
    assert main(["check", str(ready), "--min-score", "95", "-q"]) == 0
    assert main(["check", str(unready), "--min-score", "60", "--fail-on", "none", "-q"]) != 0


def test_findings_are_the_same_for_a_part_and_for_the_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copy("support-bot", tmp_path)
    monkeypatch.chdir(folder)
    whole = check(capsys, ".")
    part = check(capsys, "support_bot/chat.py")
    here = "support_bot/chat.py"
    inside = [f for f in part.report["findings"] if f["span"]["path"] == here]
    assert inside == [f for f in whole.report["findings"] if f["span"] and f["span"]["path"] == here]
    assert inside
    # What else is shown has its cause elsewhere and its evidence here.
    for finding in part.report["findings"]:
        assert finding in whole.report["findings"]
        assert f'"{here}"' in json.dumps(finding)


# SARIF ---------------------------------------------------------------------------------------------------------------


def sarif(folder: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> bytes:
    capsysbinary.readouterr()
    main(["check", str(folder), "--format", "sarif"])
    return capsysbinary.readouterr().out


def test_sarif_of_the_fixtures(fixture: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    raw = sarif(fixture, capsysbinary)
    assert problems(raw) == []
    assert bool(json.loads(raw)["runs"][0]["results"]) == (fixture.name == "support-bot")


def test_sarif_of_a_project_without_a_model_call(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    write_files(tmp_path, {"app.py": ""})
    raw = sarif(tmp_path, capsysbinary)
    assert problems(raw) == []
    assert json.loads(raw)["runs"][0]["results"] == []


def test_sarif_of_files_as_people_write_them(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    code = (
        "# \N{GRINNING FACE} caf\N{LATIN SMALL LETTER E WITH ACUTE}\r\n"
        "from openai import OpenAI\r\n"
        'name = "\N{GRINNING FACE}"; client = OpenAI(timeout=None)\r\n'
        'def ask(q): "\N{FAMILY}"; return client.responses.create(model="gpt-5.6", input=q).output_text'
    )
    (tmp_path / "caf\N{LATIN SMALL LETTER E WITH ACUTE} 1.py").write_bytes(b"\xef\xbb\xbf" + code.encode())
    raw = sarif(tmp_path, capsysbinary)
    assert problems(raw) == []
    assert json.loads(raw)["runs"][0]["results"]


def test_sarif_with_a_syntax_error(tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    write_files(tmp_path, {"app.py": CALL, "broken.py": "import openai\ndef f(:\n"})
    raw = sarif(tmp_path, capsysbinary)
    assert problems(raw) == []
    (run,) = json.loads(raw)["runs"]
    assert run["invocations"][0]["toolExecutionNotifications"]
    assert run["results"]


def test_of_two_scripts_with_requirements_the_first_by_name_counts(tmp_path: Path) -> None:
    head = '# /// script\n# dependencies = ["openai>={}"]\n# ///\n'
    text = head + 'import openai\nopenai.OpenAI().responses.create(model="m")\n'
    files = {f"{name}.py": text.format(version) for name, version in zip("edcba", range(1, 6), strict=True)}
    for seed in ("1", "2", "3"):
        folder = write_files(tmp_path / seed, files)
        command = [sys.executable, "-m", "readylint", "facts", "--isolated", "--format", "json", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": seed})
        found = {f["sdk_versions"]["manifest"] for f in json.loads(done.stdout)["facts"] if f["kind"] == "llm.call"}
        assert found == {"a.py"}
