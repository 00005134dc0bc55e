"""`readylint explain` and `readylint facts` as people read them."""

import io
import re
from pathlib import Path

import pytest
from report_sample import CHAT, options, secret, span_of, unreadable, write_files

from readylint.catalogue import Sdk
from readylint.facts import (
    Dependency,
    Evidence,
    FactSheet,
    Handler,
    LlmCall,
    LlmClient,
    Parse,
    Project,
    Retry,
    RetryLayer,
    SdkVersions,
    Setting,
    Span,
    Task,
    Timeout,
    TimeoutAlternative,
)
from readylint.packs import load
from readylint.report import Example, RuleText, explain, facts_text, lists, sdk_table
from readylint.report.rule_text import rule_texts
from readylint.settings import Settings

CLIENT = span_of("app/chat.py", CHAT, "AsyncOpenAI", 2)
CALLEE = span_of("app/chat.py", CHAT, "client.chat.completions.create")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_files(tmp_path)
    return tmp_path


def call() -> LlmCall:
    made = LlmCall(
        id="c1", span=Span("app/chat.py", 10, 20, 11, 5), role="app", project=".", inside="app.chat.ask",
        callee="client.chat.completions.create", callee_span=CALLEE, sdk="openai", provider="openai", operation="chat",
        sdk_versions=SdkVersions(["2.x"], "range", "2.54.0", "requirements.txt"), in_handler=True,
        timeout=Timeout(
            600, "sdk-default", CLIENT, why="no timeout is set", measures="read", worst_seconds=1800,
            alternatives=[TimeoutAlternative(20.5, "caller", path="app.api.endpoint", worst_seconds=61.5)],
        ),
        retry=Retry("sdk-default", 3, [RetryLayer("sdk", 3, True)]),
    )  # fmt: skip
    made.settings = {"temperature": Setting(None, "unknown", via=[CLIENT]), "seed": Setting(7, "call")}
    made.output.parses = [Parse("json", guarded=False)]
    return made


def printed_call(root: Path) -> list[str]:
    stream = io.StringIO()
    facts_text.write_call(call(), FactSheet("."), stream, options(root))
    return stream.getvalue().split("\n")


def test_one_call_begins_with_its_frame(root: Path) -> None:
    assert printed_call(root)[:6] == [
        "client.chat.completions.create",
        "  --> app/chat.py:10:20",
        "   |",
        "10 |     answer = await client.chat.completions.create(model=MODEL, messages=history)",
        "   |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ openai chat",
        "",
    ]


def test_one_call_says_each_value_who_decided_it_and_why(root: Path) -> None:
    lines = printed_call(root)
    at = lines.index("  timeout           600 s (sdk-default); measures: read; worst seconds: 1800 s")
    assert lines[at + 1 : at + 4] == [
        "                    why: no timeout is set",
        "                    at app/chat.py:6:10",
        "                    or 20.5 s (caller); worst seconds: 61.5 s, from app.api.endpoint",
    ]
    assert "  retry             sdk-default; attempts: 3" in lines
    assert "                    layer: kind sdk, attempts 3, fires yes" in lines
    assert any(line.startswith("  output            cannot tell; parses: how json, guarded no; tool") for line in lines)
    assert "  in handler        yes" in lines
    assert "  is async          cannot tell" in lines
    assert "  seed              7 (call)" in lines
    assert lines[-3:-1] == ["  temperature       cannot tell", "                    through app/chat.py:6:10"]
    assert "  sdk versions      lines: 2.x; from: range; assumed: 2.54.0; manifest: requirements.txt" in lines


def test_all_facts_in_short(root: Path) -> None:
    place = Span("app/api.py", 3, 1, 3, 2)
    common = {"id": "x", "span": place, "role": "app", "project": "."}
    facts = [
        call(), LlmClient(**common, sdk="openai", built="module", calls=["c1"]),
        Handler(**common, framework="fastapi"),
        Task(**common, queue="celery", time_limit=30), Dependency(**common, name="openai", specifier=">=2"),
        Evidence(**common, category="tracer", library="langfuse", initialised=True), secret(place),
    ]  # fmt: skip
    stream = io.StringIO()
    sheet = FactSheet(".", [Project(".", "requirements.txt"), Project("empty")], facts, [unreadable()])
    facts_text.write_facts(sheet, stream, options(root), ["app/x.py imports openai, but calls nothing of it"])
    assert (
        stream.getvalue()
        == """\
This project (manifest: requirements.txt)
  1 model call, 1 client, 1 handler, 1 task, 1 dependency, 1 evidence item, 1 written key

  app/api.py
       3:1  dependency  openai >=2
       3:1  evidence    tracer: langfuse, initialised: yes
       3:1  handler     fastapi, reaches 0 calls
       3:1  llm.client  openai, built: module, used by 1 call
       3:1  secret      a key of the form example
       3:1  task        celery, time limit: 30 s, reaches 0 calls

  app/chat.py
     10:20  llm.call    client.chat.completions.create  openai chat; model: cannot tell; timeout: 600 s; \
attempts: 3; guard: cannot tell

Project empty (no manifest)
  no facts

not read: app/broken.py:3: invalid syntax
note: app/x.py imports openai, but calls nothing of it
"""
    )


def test_calls_are_found_by_line() -> None:
    sheet = FactSheet(".", facts=[call()])
    assert facts_text.calls_at(sheet, "app/chat.py", 11) == [call()]
    assert facts_text.calls_at(sheet, "app/chat.py", 12) == []
    assert facts_text.calls_at(sheet, "app/api.py", 10) == []


def test_a_rule_page() -> None:
    rule = RuleText(
        id="slow-timeout", title="Model calls give up in time", failing="{callee} may wait {timeout}",
        why="A person waits for seconds,\nnot for half an hour.\n\n- batch jobs may wait\n",
        help="{client}(timeout=30)",
        item="latency/timeouts", params={"seconds": 120}, by_default=False,
        examples=(
            Example("fails", "ten minutes", {"app.py": "client = OpenAI()\n\tx\x1b\n"}),
            Example("fails", "another", {"b.py": "pass\n"}),
        ),
    )  # fmt: skip
    stream = io.StringIO()
    explain.write(rule, stream, options(Path()))
    assert (
        stream.getvalue()
        == """\
slow-timeout  warning  latency/timeouts  not on by default

What holds
  Model calls give up in time

What a finding says
  {callee} may wait {timeout}

Why
  A person waits for seconds, not for half an hour.
  - batch jobs may wait

How to fix it
  {client}(timeout=30)

Settings
  seconds = 120

How to silence it
  # readylint: ignore[slow-timeout] reason

This fails: ten minutes
  app.py
    client = OpenAI()
        x
"""
    )
    everything = io.StringIO()
    explain.write(rule, everything, options(Path(), show_all=True))
    assert "This fails: another\n  b.py\n    pass\n" in everything.getvalue()


def test_a_rule_page_is_wrapped_on_a_terminal() -> None:
    stream = io.StringIO()
    rule = RuleText(id="a-b", title="t", failing="", why="word " * 20)
    explain.write(rule, stream, options(Path(), width=40))
    assert "Why\n  word word word word word word word\n  word" in stream.getvalue()


def test_the_words_of_a_pack(tmp_path: Path) -> None:
    write_files(tmp_path, {
        "pack.yaml": "name: acme\nversion: 1.0.0\nprefix: acme\n"
        "sections: {latency: {title: Fast, items: {timeouts: {title: Calls give up in time, weight: 3}}}}\n",
        "latency/slow.yaml": "title: Calls give up\nfailing: '{callee|sdk} may wait {{long}}'\nitem: latency/timeouts\n"
        "severity: warning\nparams: {seconds: 120}\nfor: llm.call\nexpect: {timeout.value: {at_most: $seconds}}\n"
        "fix: {text: 'wait {$seconds}'}\ntags: [cwe-770]\n---\nwhy: because\n"
        "examples: {fails: [{name: a, files: {a.py: pass}}]}\n",
    })  # fmt: skip
    (text,) = rule_texts(load([tmp_path], builtin=False))
    assert text == RuleText(
        id="acme/slow", title="Calls give up", failing="{callee} may wait (long)", why="because",
        help="wait 120 seconds",
        tags=("cwe-770",), item="latency/timeouts", params={"seconds": 120},
        examples=(Example("fails", "a", {"a.py": "pass"}),),
    )  # fmt: skip
    assert text.cwes == [770]
    assert text.url is None


def test_rules_of_readylint_itself_have_a_page_on_the_web() -> None:
    assert str(RuleText(id="slow-timeout", title="t", failing="").url).endswith("/docs/rules/slow-timeout.md")


def test_parameters_keep_their_unit_in_the_advice() -> None:
    (text,) = rule_texts(load(), {"slow-timeout"})
    assert "at most 120 seconds (60 seconds where a user waits)" in text.help


def test_one_call_shows_the_place_of_its_client_and_leaves_out_what_is_empty(root: Path) -> None:
    made = call()
    made.client = "k1"
    client = LlmClient(id="k1", span=CLIENT, role="app", project=".")
    stream = io.StringIO()
    facts_text.write_call(made, FactSheet(".", facts=[made, client]), stream, options(root))
    shown = stream.getvalue()
    assert "\n  client            app/chat.py:6:10\n" in shown
    assert "k1" not in shown
    names = {line[2:20].strip() for line in shown.split("\n\n", 1)[1].split("\n")}
    assert not {"refused", "loop dependent"} & names
    assert {"prompt", "inputs", "record", "fan out"} <= names
    assert "inside            app.chat.ask" in shown


def test_the_facts_of_one_call_are_wrapped_below_their_values(root: Path) -> None:
    stream = io.StringIO()
    facts_text.write_call(call(), FactSheet("."), stream, options(root, width=50))
    assert (
        "  timeout           600 s (sdk-default); measures:\n                    read; worst seconds: 1800 s\n"
    ) in stream.getvalue()


def test_the_manifest_of_a_project_is_named_from_its_folder(root: Path) -> None:
    stream = io.StringIO()
    sheet = FactSheet(".", [Project("services/bot", "services/bot/pyproject.toml")])
    facts_text.write_facts(sheet, stream, options(root))
    assert stream.getvalue().startswith("Project services/bot (manifest: pyproject.toml)\n  no facts\n")


def test_sdks_say_timeout_tries_and_how_that_is_known() -> None:
    pack, stream = load(), io.StringIO()
    known = pack.sdks(pack.sdk_index)
    sdk_table.write_sdks(known, stream, options(Path(), width=140))
    lines = stream.getvalue().split("\n")
    assert max(map(len, lines)) <= 140
    openai = next(line for line in lines if line.startswith("openai "))
    assert re.search(r"600 s +3 +.*measured with 1.109.1, 2.54.0", openai)
    assert re.search(r"^ollama +\d+ +none +1 ", stream.getvalue(), re.MULTILINE)
    every = io.StringIO()
    sdk_table.write_sdks(known, every, options(Path(), width=140), every=True)
    assert "ChatOpenAI" in every.getvalue()
    assert "ChatOpenAI" not in stream.getvalue()


def test_what_no_contract_test_saw_is_called_unverified() -> None:
    lines = [{"versions": ">=2", "timeout": 5, "retries": 1, "confirmed": ["2.1"]}, {"versions": "<2", "timeout": 9}]
    made_up = Sdk("made-up", "x", "x", ["x"], {"versions": ["2.1", "1.0"], "how": "source-read"}, defaults=lines)
    stream = io.StringIO()
    sdk_table.write_sdks([made_up], stream, options(Path()))
    [_, first, second, *_] = stream.getvalue().split("\n")
    assert first.split("  ")[0] == "made-up"
    assert first.endswith(">=2: measured with 2.1")
    assert re.search(r" 9 s +\? +<2: unverified on the wire, source-read$", second)


def test_settings_without_effect_say_so() -> None:
    stream = io.StringIO()
    lists.write_settings(Settings(gateway=["app/llm.py"]), stream, options(Path()))
    assert 'gateway = ["app/llm.py"]  # default; read, not used yet\n' in stream.getvalue()
    assert "attest = {}  # default; read, not used yet\n" in stream.getvalue()
    assert stream.getvalue().count("not used yet") == 2
