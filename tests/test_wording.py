"""What people read of a finding of the built-in rules: message, words under the carets, evidence and help."""

import io
from pathlib import Path

import pytest
from report_sample import write_files

from readylint.analysis import analyse
from readylint.audit.wording import part_of, render
from readylint.packs import load
from readylint.packs.template import parse
from readylint.report import ReportOptions, write
from readylint.settings import DeclaredCall, Settings

ASK = 'client.responses.create(model="gpt-5.4-mini", input={text}, max_output_tokens=9, timeout=9).output_text'
REQUEST = """\
import requests


def ask(text):
    body = {"model": "gpt-5.4-mini", "messages": [{"role": "user", "content": text}]}
    return requests.post("https://api.openai.com/v1/chat/completions", json=body).json()
"""


def shown(folder: Path, rule: str, files: dict[str, str], **more: object) -> str:
    """The findings of one rule as they are printed."""
    write_files(folder, {"requirements.txt": "openai==2.54.0\nrequests==2.34.2\n", **files})
    made, gathered = analyse([folder], Settings(base=folder, select=[rule], **more))  # type: ignore[arg-type]
    stream = io.StringIO()
    root = gathered.discovery.root
    write(made, "terminal", stream, ReportOptions(root=root, repository_root=root, color="never", show_all=True))
    return stream.getvalue().split("Checklist")[0]


def test_callers_that_do_not_catch_are_shown_at_their_places(tmp_path: Path) -> None:
    call = ASK.format(text="text")
    files = {
        "llm.py": f"from openai import OpenAI\n\nclient = OpenAI()\n\n\ndef ask(text):\n    return {call}\n",
        "app.py": "from llm import ask\n\n\n" + "".join(f"def f{n}(x):\n    return ask(x)\n\n\n" for n in range(4)),
    }
    found = shown(tmp_path, "unguarded-call", files)
    assert found.count("error[") + found.count("warning[") == 1
    assert "nothing catches the provider errors of client.responses.create\n" in found
    assert "^ not caught here, and not by every caller\n" in found
    assert (
        " ::: app.py:5:12\n  |\n5 |     return ask(x)\n  |            --- this caller does not catch\n  :\n"
        "9 |     return ask(x)\n  |            --- this caller does not catch (and 2 more)\n"
    ) in found


def test_a_call_without_callers_says_that_nothing_catches(tmp_path: Path) -> None:
    call = ASK.format(text='"x"')
    found = shown(
        tmp_path, "unguarded-call", {"app.py": f"from openai import OpenAI\n\nclient = OpenAI()\nprint({call})\n"}
    )
    assert "^ nothing catches what the SDK raises here\n" in found
    assert "caller does not catch" not in found


def test_raw_http_is_spoken_of_without_client_and_sdk(tmp_path: Path) -> None:
    for rule in ("no-timeout", "unguarded-call", "no-retry", "no-output-cap"):
        found = shown(tmp_path, rule, {"app.py": REQUEST})
        assert f"[{rule}]" in found
        assert "SDK" not in found
        assert "client" not in found
    assert "= help: give the request, or the session that sends it, a timeout of 30 to 60 seconds\n" in shown(
        tmp_path, "no-timeout", {"app.py": REQUEST}
    )


@pytest.mark.parametrize(
    ("use", "message", "carets"),
    [
        ("eval({answer})", "is run by eval", "^^^^"),
        ("subprocess.run({answer}, shell=True)", "is run in a shell", "^^^^^^^^^^^^^^"),
        ("open({answer})", "becomes a file path", "^^^^"),
        ("eval({answer}), open({answer})", "is run by eval and becomes a file path", "^^^^"),
    ],
)
def test_sinks_are_words_with_words_under_their_carets(tmp_path: Path, use: str, message: str, carets: str) -> None:
    text = (
        f"import subprocess\nfrom openai import OpenAI\n\nclient = OpenAI()\n\n\ndef run(text):\n    answer = {ASK}\n"
    )
    text = text.format(text="text") + f"    return {use.format(answer='answer')}\n"
    found = shown(tmp_path, "output-to-code", {"app.py": text})
    assert f"the answer of client.responses.create {message}\n" in found
    assert f" {carets} what the model wrote arrives here\n" in found


def test_truncation_stands_at_its_call_with_words_of_its_own(tmp_path: Path) -> None:
    call = ASK.format(text="text")
    text = f"import json\nfrom openai import OpenAI\n\nclient = OpenAI()\n\n\ndef ask(text):\n    answer = {call}\n"
    found = shown(tmp_path, "truncation-unchecked", {"app.py": text + "    return json.loads(answer)['a']\n"})
    assert "--> app.py:8:14\n" in found
    assert "^ nothing reads why this answer stopped\n" in found
    assert "- the answer is taken apart here\n" in found
    assert "schema" not in found


def test_a_history_has_words_under_its_carets(tmp_path: Path) -> None:
    text = (
        "from openai import OpenAI\n\nclient = OpenAI()\nmessages = []\n\nwhile True:\n"
        '    messages.append({"role": "user", "content": input()})\n'
        '    print(client.chat.completions.create(model="gpt-5.4-mini", messages=messages))\n'
    )
    found = shown(tmp_path, "unbounded-history", {"app.py": text})
    assert "^ each turn is added here, and nothing takes an old one away\n" in found


def test_a_blocking_call_has_words_under_its_carets(tmp_path: Path) -> None:
    call = ASK.format(text="text")
    text = f"from openai import OpenAI\n\nclient = OpenAI()\n\n\nasync def ask(text):\n    return {call}\n"
    found = shown(tmp_path, "blocking-call-in-async", {"app.py": text})
    assert "^ this is a synchronous call, and async code waits for it\n" in found


def test_a_declared_gateway_without_a_limit_switches_nothing_off(tmp_path: Path) -> None:
    declared = DeclaredCall("acme.llm.Gateway.ask", timeout="none")
    text = "from acme.llm import Gateway\n\ngateway = Gateway()\n\n\ndef ask(q):\n    return gateway.ask(q)\n"
    found = shown(tmp_path, "no-timeout", {"app.py": text}, calls={declared.name: declared})
    assert "^ this is declared to have no time limit\n" in found
    assert "switches" not in found
    assert "client" not in found


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (1, "100 %"), (1.25, "80 %"), (1.6, "62.5 %"), (2, "half"), (2.5, "40 %"), (3, "a third"), (4.0, "a quarter"),
        (4.4, "22.7 %"), (4.9, "about a fifth"), (5, "a fifth"), (8, "an 8th"), (10, "a tenth"), (11, "an 11th"),
        (12, "a 12th"), (16.7, "about a 17th"), (17.8, "about an 18th"), (21, "a 21st"), (40, "a 40th"),
        (83, "an 83rd"), (112, "a 112th"),
    ],
)  # fmt: skip
def test_a_ratio_of_prices_is_a_part(ratio: float, words: str) -> None:
    assert part_of(ratio) == words


def test_the_flagship_message_says_the_part(tmp_path: Path) -> None:
    text = 'from openai import OpenAI\n\nprint(OpenAI().responses.create(model="gpt-4o", input="x"))\n'
    found = shown(tmp_path, "flagship-model", {"app.py": text})
    assert "; gpt-4o-mini costs about a 17th of that\n" in found
    assert "times less" not in found


def test_every_sink_of_the_contract_has_words() -> None:
    rule = load().rule("output-to-code")
    assert rule is not None
    for sink in ("eval", "exec", "shell", "sql", "html", "path", "pickle", "import", "url"):
        said = render(rule.failing, {"callee": "c", "output": {"sinks": [sink]}}, {})
        assert len(said.split("the answer of c ")[1].split()) >= 2


def test_a_parameter_in_a_sentence_keeps_its_unit() -> None:
    template = parse("at most {$seconds} of {$tokens}", (), {"seconds": 1, "tokens": 1})
    assert render(template, {}, {"seconds": 3600, "tokens": 64}) == "at most 3600 seconds of 64"
