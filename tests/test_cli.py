"""The command line: commands, flags, streams and exit codes."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import write_files

from readylint import __version__, analysis
from readylint.cli import COMMANDS, main, with_command

UNREADY = """from openai import OpenAI

client = OpenAI(timeout=None)


def ask(question):
    return client.chat.completions.create(model="gpt-5.6", messages=[{"role": "user", "content": question}])
"""
CALL_LINE = 7


@pytest.fixture
def bot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small project with findings, as the current folder."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    write(tmp_path, "bot/__init__.py", "")
    write(tmp_path, "bot/llm.py", UNREADY)
    write(tmp_path, "bot/other.py", "import json\n")
    write(tmp_path, "requirements.txt", "openai==2.54.0\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


class Ran:
    """What a command did."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def json(self) -> dict[str, object]:
        value = json.loads(self.out)
        assert isinstance(value, dict)
        return value

    @property
    def rules(self) -> set[str]:
        return {finding["rule"] for finding in json.loads(self.out)["findings"]}


class Run:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str) -> Ran:
        self.capsys.readouterr()
        code = main(list(arguments))
        captured = self.capsys.readouterr()
        return Ran(code, captured.out, captured.err)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


def program(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "readylint", *arguments]
    return subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload]


def test_check_is_the_default_command(bot: Path, run: Run) -> None:
    expected = run("check", ".", "--format", "json")
    assert expected.code == 1
    assert run("--format", "json").out == expected.out
    assert run(".", "--format", "json").out == expected.out
    assert run("check", "--format", "json").out == expected.out


@pytest.mark.parametrize(
    ("given", "command"),
    [
        ([], ["check"]),
        (["."], ["check", "."]),
        (["-q", "a"], ["check", "-q", "a"]),
        (["./rules"], ["check", "./rules"]),
        (["rules"], ["rules"]),
        (["--version"], ["--version"]),
        (["--help"], ["--help"]),
    ],
)
def test_which_command_is_meant(given: list[str], command: list[str]) -> None:
    assert with_command(given) == command


def test_as_a_program_and_as_a_module(bot: Path) -> None:
    done = program("--format", "json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["findings"]
    assert done.stderr == ""


def test_version_comes_at_once() -> None:
    best = 9.0
    for _ in range(3):
        start = time.perf_counter()
        done = program("--version")
        best = min(best, time.perf_counter() - start)
    assert done.stdout == f"readylint {__version__}\n"
    assert best < 0.5, "libraries that are not needed are imported"
    imported = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "readylint", "--version"], capture_output=True, text=True
    ).stderr
    for heavy in ("libcst", "yaml", "sarif_om", "packaging", "pathspec", "rich.console"):
        assert f" {heavy}\n" not in imported


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(run: Run, command: str) -> None:
    ran = run(command, "--help")
    assert ran.code == 0
    assert "--debug" in ran.out


def test_flags_stand_under_headings(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    out = run("check", "-h").out
    for heading in ("Rules", "Files", "Output", "Exit code", "Settings and messages"):
        assert f" {heading} " in out


def test_findings_fail_and_ready_code_does_not(bot: Path, run: Run) -> None:
    ran = run()
    assert ran.code == 1
    assert "bot/llm.py" in ran.out
    assert ran.err == ""
    assert run("--exit-zero").code == 0
    assert run("--exit-zero").out == ran.out
    write(bot, "bot/llm.py", "x = 1\n")
    assert run().code == 0
    assert "No model calls found" in run().out
    assert run("--min-score", "100").code == 0


def test_fail_on(bot: Path, run: Run) -> None:
    severities = {f["severity"] for f in run("--format", "json", "--select", "hardcoded-model").json["findings"]}  # type: ignore[attr-defined]
    assert severities <= {"warning", "note"}
    assert run("--select", "hardcoded-model").code == 0
    assert run("--select", "hardcoded-model", "--fail-on", "note").code == 1
    write(bot, "readylint.toml", 'fail-on = "note"\n')
    assert run("--select", "hardcoded-model").code == 1
    assert run("--select", "hardcoded-model", "--fail-on", "error").code == 0


def test_min_score(bot: Path, run: Run) -> None:
    quiet = ("--select", "hardcoded-model")
    assert run(*quiet, "--min-score", "0").code in (0, 1)
    assert run(*quiet, "--min-score", "100").code == 1
    assert run(*quiet, "--min-score", "100", "--exit-zero").code == 0
    assert run("--min-score", "101").code == 2


def test_the_score_does_not_follow_what_is_selected(bot: Path, run: Run) -> None:
    def scores(*flags: str) -> object:
        return [(p["score"], p["coverage"]) for p in run("--format", "json", *flags).json["projects"]]  # type: ignore[attr-defined]

    whole = scores()
    for flags in (["--select", "no-retry"], ["--ignore", "no-timeout"], ["--pedantic"], ["bot/other.py"]):
        assert scores(*flags) == whole


def test_select_and_ignore(bot: Path, run: Run) -> None:
    every = run("--format", "json").rules
    assert {"unguarded-call", "hardcoded-model"} <= every
    assert run("--format", "json", "--select", "unguarded-call, hardcoded-model").rules == {
        "unguarded-call",
        "hardcoded-model",
    }
    assert run("--format", "json", "--select", "no-retry", "--select", "unguarded-call").rules <= every
    ran = run("--format", "json", "--ignore", "unguarded-call")
    assert ran.rules == every - {"unguarded-call"}
    assert ran.json["ignored"] == 1
    write(bot, "readylint.toml", 'ignore = {hardcoded-model = "on purpose"}\nselect = ["cost"]\n')
    assert "hardcoded-model" not in run("--format", "json").rules
    assert "unguarded-call" in run("--format", "json", "--select", "unguarded-call").rules


def test_given_files_filter_what_is_reported(bot: Path, run: Run) -> None:
    assert run("--format", "json", "bot/llm.py").rules
    other = run("--format", "json", "bot/other.py")
    assert other.rules == set()
    assert other.code == 0


def test_from_another_folder_the_findings_are_the_same(bot: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = run("--format", "json").out
    monkeypatch.chdir(bot / "bot")
    assert run("--format", "json", "..").out == expected
    assert run("--format", "json", str(bot)).out == expected


def test_exclude(bot: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("--exclude", "llm.py").code == 0
    assert run("--exclude", "bot/llm.py").code == 0
    assert run("--exclude", "/llm.py").code == 1
    write(bot, "readylint.toml", "")
    monkeypatch.chdir(bot / "bot")
    assert run("--exclude", "./llm.py", ".").code == 0
    assert run("--exclude", "/llm.py", ".").code == 0
    assert run("--exclude", "bot/llm.py", ".").code == 1


def test_reports_into_files(bot: Path, run: Run) -> None:
    ran = run("--report", "sarif=out/deep/x.sarif", "--report", "json=x.json", "--report", "terminal=x.txt", "-q")
    assert ran.code == 1
    sarif = json.loads((bot / "out/deep/x.sarif").read_text(encoding="utf-8"))
    assert sarif["version"] == "2.1.0"
    assert len(sarif["runs"][0]["tool"]["driver"]["rules"]) > 5
    assert json.loads((bot / "x.json").read_text(encoding="utf-8"))["findings"]
    assert (bot / "x.txt").read_text(encoding="utf-8") == ran.out
    assert "\x1b" not in ran.out
    if os.name == "posix":
        assert stat.S_IMODE((bot / "x.json").stat().st_mode) == stat.S_IMODE((bot / "bot/llm.py").stat().st_mode)
    assert {p.name for p in (bot / "out/deep").iterdir()} == {"x.sarif"}


def test_no_format_changes_the_exit_code(bot: Path, run: Run) -> None:
    assert {run("--format", name).code for name in ("terminal", "json", "sarif")} == {1}


def test_format_from_the_settings(bot: Path, run: Run) -> None:
    write(bot, "readylint.toml", 'format = "json"\n')
    assert run().json["findings"]
    assert "bot/llm.py" in run("--format", "terminal").out
    assert "bot/llm.py:" in run("--isolated", "-q").out


def test_color(bot: Path, run: Run) -> None:
    assert "\x1b[" not in run().out
    assert "\x1b[" in run("--color", "always").out
    assert "\x1b[" not in run("--color", "never").out


def test_quiet_statistics_and_verbose(bot: Path, run: Run) -> None:
    quiet = run("-q").out.splitlines()
    assert all(line.startswith("bot/llm.py:") for line in quiet[:-1])
    assert "-->" not in run("--statistics").out
    ran = run("-v")
    assert "parsed: bot/llm.py" in ran.err.splitlines()
    assert ran.out == run().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.py"], "none.py does not exist"),
        (["chekc"], "did you mean the command `check`?"),
        (["--format", "xml"], "xml"),
        (["--fomat", "json"], "--fomat"),
        (["--select", "no-timeuot"], "did you mean `no-timeout`?"),
        (["--ignore", "resilience/retris"], "did you mean `resilience/retries`?"),
        (["--report", "sarif"], "FORMAT=FILE"),
        (["--report", "sarf=x"], "did you mean `sarif`?"),
        (["--report", "json=bot"], "bot is a folder"),
        (["--report", "json=requirements.txt/x"], "requirements.txt"),
        (["--config", "none.toml"], "no settings file at none.toml"),
        (["--pack", "bot"], "pack.yaml"),
        (["--pack", "none"], "none"),
        (["--min-score", "high"], "--min-score"),
    ],
)
def test_wrong_use(bot: Path, run: Run, arguments: list[str], said: str) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.startswith("error, nothing was judged: ")
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert run(*arguments, "--exit-zero").code == 2


def test_wrong_settings_are_shown_where_they_stand(bot: Path, run: Run) -> None:
    write(bot, "readylint.toml", "min-score = 10\nselekt = []\n")
    ran = run()
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "error, nothing was judged: readylint.toml:2:1: unknown setting `selekt`",
        "  |",
        "2 | selekt = []",
        "  | ^^^^^^",
        "  = help: did you mean `select`?",
    ]
    write(bot, "readylint.toml", "[rules.slow-timout]\nseconds = 3\n")
    ran = run()
    assert "readylint.toml:1:8: no rule or item is called `slow-timout`" in ran.err
    assert "did you mean `slow-timeout`?" in ran.err


def test_two_settings_files_are_a_warning(bot: Path, run: Run) -> None:
    write(bot, "readylint.toml", "")
    write(bot, "pyproject.toml", "[tool.readylint]\n")
    ran = run()
    assert ran.code == 1
    assert ran.err.startswith("warning: readylint.toml is used")


def test_nothing_to_read(bot: Path, run: Run) -> None:
    for paths in (["requirements.txt"], [str(write(bot, "docs/index.md", "").parent)]):
        ran = run(*paths)
        assert ran.code == 3
        assert ran.out == ""
        assert ran.err.startswith("nothing to check: no Python file in ")
    assert run("requirements.txt", "--exit-zero").code == 3
    assert run("requirements.txt", "bot").code == 1


def test_files_that_cannot_be_read(bot: Path, run: Run) -> None:
    write(bot, "bot/broken.py", "from bot.llm import ask\ndef f(:\n")
    (bot / "bot/bytes.py").write_bytes(b"from bot.llm import ask\nx = '\xff'\n")
    ran = run()
    assert ran.code == 1
    assert "bot/broken.py" in ran.out
    assert "bot/bytes.py" in ran.out
    assert "cannot be parsed: what stands here is no Python\n" in ran.out
    strict = run("--strict")
    assert strict.code == 2
    assert strict.out == ran.out
    assert "--strict" in strict.err
    assert run("--strict", "--exit-zero").code == 2


def test_an_internal_error_is_short_unless_debugging(bot: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("told\nyou")

    monkeypatch.setattr(analysis, "analyse", broken)
    ran = run("--exit-zero")
    assert ran.code == 2
    assert ran.err.splitlines()[0] == "error, nothing was judged: internal error: ZeroDivisionError: told you"
    assert "Traceback" not in ran.err
    ran = run("--debug")
    assert ran.err.startswith("error, nothing was judged: internal error")
    assert "Traceback" in ran.err


def test_interrupted(bot: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(analysis, "analyse", stopped)
    assert run().code == 130


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
def test_an_interrupted_program_ends_at_once(bot: Path) -> None:
    code = (
        "import sys, threading, time\n"
        "from readylint import analysis, cli\n"
        "def busy(*_):\n"
        "    thread = threading.Thread(target=time.sleep, args=(60,))\n"
        "    thread.start()\n"
        "    print('started', flush=True)\n"
        "    thread.join()\n"
        "analysis.analyse = busy\n"
        "sys.exit(cli.main([]))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"started\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err == b"interrupted\n"


def test_a_reader_that_goes_away(bot: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "readylint", "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


def test_names_that_the_terminal_cannot_show(bot: Path) -> None:
    (bot / "bot" / "llm.py").rename(bot / "bot" / "lläm.py")
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    for flags in ([], ["-q"], ["--format", "sarif"], ["--format", "json"]):
        done = program(*flags, env=environment)
        assert done.returncode == 1
        assert done.stderr == ""
        assert done.stdout.isascii()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_file_names_that_are_not_text(bot: Path) -> None:
    folder = os.fsencode(bot / "bot")
    os.rename(folder + b"/llm.py", folder + b"/l\xe9m.py")
    for flags in ([], ["-q"], ["--format", "sarif"], ["--format", "json"]):
        done = program(*flags)
        assert done.returncode == 1
        assert done.stderr == ""


def test_facts(bot: Path, run: Run) -> None:
    text = run("facts")
    assert text.code == 0
    assert "client.chat.completions.create" in text.out
    document = run("facts", "--format", "json").json
    assert [f["callee"] for f in document["facts"] if f["kind"] == "llm.call"] == ["client.chat.completions.create"]  # type: ignore[attr-defined]


def test_facts_of_one_call(bot: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = run("facts", "--at", f"bot/llm.py:{CALL_LINE}")
    assert ran.code == 0
    assert "timeout" in ran.out
    assert run("facts", "--at", f"bot/llm.py:{CALL_LINE}:12").out == ran.out
    assert run("facts", ".", "--at", f"bot/llm.py:{CALL_LINE}").out == ran.out
    calls = json.loads(run("facts", "--at", f"bot/llm.py:{CALL_LINE}", "--format", "json").out)
    assert [c["kind"] for c in calls] == ["llm.call"]
    monkeypatch.chdir(bot / "bot")
    assert run("facts", "--at", f"llm.py:{CALL_LINE}").code == 0


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("bot/llm.py:1", f"calls of this file are in line {CALL_LINE}"),
        ("bot/other.py:1", "no call was found in this file"),
        ("bot/none.py:1", "does not exist"),
        ("bot/llm.py", "a place is FILE:LINE"),
        ("bot/llm.py:x", "a place is FILE:LINE"),
    ],
)
def test_places_without_a_call(bot: Path, run: Run, at: str, said: str) -> None:
    ran = run("facts", "--at", at)
    assert ran.code == 2
    assert ran.err.startswith("error: ")
    assert said in ran.err


def test_explain(bot: Path, run: Run) -> None:
    ran = run("explain", "slow-timeout")
    assert ran.code == 0
    assert "How to fix it" in ran.out
    assert len(run("explain", "slow-timeout", "--show", "all").out) > len(ran.out)
    wrong = run("explain", "slow-timeot")
    assert wrong.code == 2
    assert "did you mean `slow-timeout`?" in wrong.err
    assert run("explain", "unused-ignore").code == 0
    assert run("explain").code == 2


def test_rules_and_sdks(bot: Path, run: Run) -> None:
    rules = json.loads(run("rules", "--format", "json").out)
    assert {"id", "item", "severity", "title", "params"} <= rules[0].keys()
    text = run("rules").out
    assert all(rule["id"] in text for rule in rules)
    assert "langgraph" in run("sdks").out
    known = {entry["sdk"]: entry for entry in json.loads(run("sdks", "--format", "json").out)}
    assert known["openai"]["defaults"][0]["timeout"] == 600
    assert known["openai"]["verified"]["versions"]


def test_schema_describes_the_facts(bot: Path, run: Run) -> None:
    from jsonschema import Draft202012Validator

    schema = run("schema").json
    Draft202012Validator(schema).validate(run("facts", "--format", "json").json)


def test_settings(bot: Path, run: Run) -> None:
    assert "# default" in run("settings").out
    write(bot, "readylint.toml", '# mine\nmin-score = 50\n[calls]\n"bot.llm.ask" = {timeout = 3}\n')
    lines = run("settings").out.splitlines()
    assert lines[0] == "# readylint.toml"
    assert "min-score = 50  # line 2" in lines
    assert 'calls = {"bot.llm.ask": {"operation": "chat", "timeout": 3.0}}  # line 3' in lines
    assert run("settings", "--isolated").out.startswith("# no settings file")


PACK = """name: acme
version: "1.0"
prefix: acme
"""
RULE = """title: Calls are named
failing: "{callee} has no name"
item: observability/traced
severity: error
for: llm.call
expect: {callee: {matches: "^named"}}
at: span
fix: {text: name the prompt}
---
why: |
  A prompt without a name cannot be found again.
examples:
  fails:
    - name: nameless
      files:
        app.py: |
          from openai import OpenAI
          client = OpenAI()
          def ask(q): return client.responses.create(model="m", input=q)  # <- acme/named
"""


def test_a_pack_of_ones_own(bot: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(bot, "house/pack.yaml", PACK)
    write(bot, "house/observability/named.yaml", RULE)
    listed = json.loads(run("rules", "--format", "json", "--pack", "house").out)
    assert "acme/named" in {rule["id"] for rule in listed}
    assert run("explain", "acme/named", "--pack", "house").code == 0
    write(bot, "readylint.toml", 'packs = ["house"]\nselect = ["acme/named"]\n')
    monkeypatch.chdir(bot / "bot")
    assert run(".").code in (0, 1)
    assert run("explain", "acme/named").code == 0
    tested = run("test", "../house")
    assert "of 1 rules" in tested.out


def test_the_examples_of_a_pack_that_is_wrong(bot: Path, run: Run) -> None:
    write(bot, "house/pack.yaml", PACK)
    write(bot, "house/observability/named.yaml", RULE.replace("  # <- acme/named", "").replace("nameless", "unmarked"))
    ran = run("test", "house")
    assert ran.code == 1
    assert "acme/named: fails `unmarked`: " in ran.out
    write(bot, "house/observability/named.yaml", RULE.replace("severity", "severty"))
    ran = run("test", "house")
    assert ran.code == 2
    assert "named.yaml:4:1" in ran.err


def test_a_file_that_never_had_to_be_read_is_not_strict_about(bot: Path, run: Run) -> None:
    write(bot, "bot/elsewhere.py", "def f(:\n")
    assert run("--strict", "--exit-zero").code == 0
    shown = " ".join(run("check", "--help").out.replace("│", " ").split())
    assert "A file that had to be read" in shown


def test_a_wrong_value_of_a_flag_is_said_in_words(bot: Path, run: Run) -> None:
    for flag, known in (("--format", "'terminal', 'json', 'sarif'"), ("--fail-on", "'error', 'warning', 'note'")):
        ran = run(flag, "xml")
        assert ran.code == 2
        said = f"error, nothing was judged: Invalid value for '{flag}': 'xml' is not one of {known}.\n"
        assert ran.err.startswith(said)


def test_selected_rules_without_findings_print_one_line(bot: Path, run: Run) -> None:
    ran = run("--select", "output-to-code, swallowed-failure")
    assert ran.code == 0
    assert ran.out.startswith("No findings of output-to-code, swallowed-failure. 1 model call in ")
    assert ran.out.count("\n") == 1
    assert "Checklist" in run("--select", "no-timeout").out


def test_settings_say_what_is_not_used_yet(bot: Path, run: Run) -> None:
    write(bot, "readylint.toml", 'gateway = ["bot/llm.py"]\n')
    assert 'gateway = ["bot/llm.py"]  # line 1; read, not used yet\n' in run("settings").out


def test_a_rule_of_another_pack_has_no_page_of_readylint(bot: Path, run: Run) -> None:
    write(bot, "pack/pack.yaml", "name: acme\nversion: 1.0.0\nprefix: acme\n")
    head = 'title: Never\nfailing: "{callee} is here"\nitem: latency/timeouts\nseverity: note\n'
    write(bot, "pack/latency/never.yaml", f"{head}for: llm.call\nexpect: false\n---\nwhy: because\n")
    rules = run("--pack", "pack", "--format", "sarif").json["runs"][0]["tool"]["driver"]["rules"]
    urls = {rule["id"]: rule.get("helpUri") for rule in rules}
    assert urls["acme/never"] is None
    assert all(url.startswith("https://") for rule, url in urls.items() if rule != "acme/never")
    slow = next(rule for rule in rules if rule["id"] == "slow-timeout")
    assert "at most 120 seconds (60 seconds where a user waits)" in slow["help"]["text"]
    assert "at most 120 seconds (60 seconds where a user waits)" in run("explain", "slow-timeout").out


SILENT = {
    "llm/build.py": "import openai\nclient = openai.OpenAI()\n",
    "llm/ask.py": "from llm.build import client\ndef ask(q):\n    return client.responses.create(model='m', input=q)\n",
    "llm/errors.py": "from openai import APIError\ndef is_known(e):\n    return isinstance(e, APIError)\n",
    "llm/names.py": "from openai import OpenAI\ndef names():\n    return [m.id for m in OpenAI().models.list()]\n",
    "llm/open.py": "from openai import BadRequestError\ndef ask(bot):\n    return bot.talk.create(q=1)\n",
}


@pytest.mark.parametrize(
    ("file", "why"),
    [
        ("llm/build.py", "it imports openai in line 1 and builds a client whose calls stand in llm/ask.py"),
        ("llm/errors.py", "uses only APIError of it"),
        ("llm/names.py", "calls only what asks no model: OpenAI().models.list"),
        ("llm/open.py", "cannot tell on which object bot.talk.create is called"),
    ],
)
def test_a_file_with_an_sdk_and_without_a_call_says_why(
    file: str, why: str, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, SILENT)
    monkeypatch.chdir(tmp_path)
    assert why in run("facts", ".", "--at", f"{file}:1").err.replace("\n", " ").replace("         ", "")
    assert f"{file}:1 imports openai" in run("facts").out.replace("\n", " ")


def test_a_file_whose_call_was_found_is_silent_in_no_other_project(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = "OpenAI({}).responses.create(model='m', input=q)\n"
    ask = f"from openai import OpenAI\nLIMIT = 20\ndef ask(q):\n    return {call.format('')}"
    use = (
        f"from openai import OpenAI\nfrom lib.ask import LIMIT\ndef talk(q):\n    return {call.format('timeout=LIMIT')}"
    )
    write_files(tmp_path, {"pyproject.toml": "[project]\nname = 'a'\n", "lib/__init__.py": "", "lib/ask.py": ask})
    write_files(tmp_path, {"web/pyproject.toml": "[project]\nname = 'b'\n", "web/use.py": use})
    monkeypatch.chdir(tmp_path)
    out = run("facts").out.replace("\n", " ")
    assert "timeout: 20 s" in out
    assert "imports openai" not in out
