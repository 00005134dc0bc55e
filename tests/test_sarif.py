"""SARIF: valid, complete, and what code scanning shows is what was found."""

import copy
import importlib
import inspect
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sarif_om
from report_sample import (
    API,
    CHAT,
    RULES,
    at,
    options,
    report,
    secret,
    slow_timeout,
    span_of,
    unreadable,
    write_files,
)
from sarif_invariants import problems

from readylint.facts import Problem, Span
from readylint.report import RuleText, sarif, write
from readylint.report.fingerprint import line_hashes
from readylint.report.sarif_json import columns, dumps
from readylint.report.sarif_rules import arguments, pascal, quoted, shorten
from readylint.verdicts import Label, Report


def written(root: Path, made: Report, **more: object) -> str:
    stream = io.StringIO()
    write(made, "sarif", stream, options(root, **more))
    return stream.getvalue()


def run_of(root: Path, made: Report, **more: object) -> dict[str, Any]:
    """The run, after the whole file was found valid."""
    text = written(root, made, **more)
    assert problems(text.encode()) == []
    run: dict[str, Any] = json.loads(text)["runs"][0]
    return run


def region_of(root: Path, text: str, part: str, name: str = "a.py") -> dict[str, Any]:
    result = run_of(root, report(at(span_of(name, text, part))))["results"][0]
    region: dict[str, Any] = result["locations"][0]["physicalLocation"]["region"]
    return region


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_files(tmp_path)
    return tmp_path


def test_an_empty_project_is_a_valid_file_with_all_rules(tmp_path: Path) -> None:
    run = run_of(tmp_path, report())
    assert run["results"] == []
    assert [r["id"] for r in run["tool"]["driver"]["rules"]] == [
        "hardcoded-key", "output-to-code", "slow-timeout", "unused-ignore",
    ]  # fmt: skip
    assert run["automationDetails"] == {"id": "readylint/"}
    assert run["invocations"] == [{"executionSuccessful": True, "exitCode": 0}]
    assert run["tool"]["driver"]["semanticVersion"] == "0.1.0"


def test_a_version_that_is_not_semantic_is_not_called_so(tmp_path: Path) -> None:
    driver = run_of(tmp_path, report(version="0.2.0.dev1"))["tool"]["driver"]
    assert driver["version"] == "0.2.0.dev1"
    assert "semanticVersion" not in driver


def test_a_result(root: Path) -> None:
    run = run_of(root, report(slow_timeout()), exit_code=1)
    assert run["invocations"][0]["exitCode"] == 1
    (result,) = run["results"]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("slow-timeout", 2, "warning")
    evidence = (
        "no timeout here; openai 2.54 (requirements.txt) waits 600 s a try and tries 3 times; "
        "[used here and in 6 more calls](1); [people wait here](2)"
    )
    assert result["message"] == {
        "text": f"'client.chat.completions.create' may wait '30 minutes'. Evidence: '{evidence}'.",
        "id": "failingEvidence",
        "arguments": ["client.chat.completions.create", "30 minutes", evidence],
    }
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "app/chat.py"}
    assert place["region"] == {
        "startLine": 6, "startColumn": 10, "endLine": 6, "endColumn": 21, "snippet": {"text": "AsyncOpenAI"},
    }  # fmt: skip
    assert place["contextRegion"]["startLine"] == 4
    assert place["contextRegion"]["snippet"]["text"] == "\n".join(CHAT.split("\n")[3:8])
    second = result["relatedLocations"][1]
    assert (second["id"], second["message"]) == (2, {"text": "people wait here."})
    assert second["physicalLocation"]["artifactLocation"] == {"uri": "app/api.py"}
    hashes = line_hashes(CHAT.encode())
    assert result["partialFingerprints"]["primaryLocationLineHash"] == hashes[5]


def test_a_rule(tmp_path: Path) -> None:
    rules = run_of(tmp_path, report())["tool"]["driver"]["rules"]
    slow = rules[2]
    assert slow["name"] == "SlowTimeout"
    assert slow["shortDescription"] == {"text": "Model calls give up in time."}
    assert slow["fullDescription"] == {"text": "A person waits for seconds, not for half an hour."}
    assert "Defaults are made for batch jobs." in slow["help"]["text"]
    assert "**How to fix it:** {client}(timeout=30)" in slow["help"]["markdown"]
    assert slow["defaultConfiguration"] == {"level": "warning"}
    assert slow["properties"] == {
        "precision": "high", "problem.severity": "warning", "tags": ["latency", "owasp-llm10"],
    }  # fmt: skip
    assert rules[3]["properties"]["problem.severity"] == "recommendation"


def test_security_rules_name_their_weakness_both_ways(tmp_path: Path) -> None:
    run = run_of(tmp_path, report())
    key = run["tool"]["driver"]["rules"][0]
    assert key["properties"]["tags"] == ["security", "external/cwe/cwe-798", "input"]
    assert key["properties"]["security-severity"] == "8.0"
    target = key["relationships"][0]["target"]
    assert target == {"id": "798", "toolComponent": {"name": "CWE", "index": 0}}
    assert [t["id"] for t in run["taxonomies"][0]["taxa"]] == ["94", "798"]
    assert run["tool"]["driver"]["supportedTaxonomies"] == [{"name": "CWE", "index": 0}]


def test_a_security_rule_without_a_weakness_has_a_severity_all_the_same(tmp_path: Path) -> None:
    rule = RuleText(id="a-b", title="t", failing="", tags=("security",), security_severity="6.5")
    (found, _) = run_of(tmp_path, report(), rules=[rule])["tool"]["driver"]["rules"]
    assert found["properties"]["security-severity"] == "6.5"
    assert "relationships" not in found


def test_levels_are_written_even_where_they_are_the_default(root: Path) -> None:
    finding = at(span_of("app/api.py", API, "chat.ask"), "output-to-code", "warning")
    assert '"level":"warning","locations"' in written(root, report(finding))


def test_the_same_run_gives_the_same_bytes_and_no_path_of_this_machine(root: Path) -> None:
    made = report(slow_timeout(), problems=[unreadable()], notes=["old data"])
    assert written(root, made) == written(root, made)
    assert str(root) not in written(root, made)
    assert written(root, made).isascii()


def test_columns_are_utf_16_units(tmp_path: Path) -> None:
    text = 's = "𝒳é"; evaluate(cmd)\n'
    write_files(tmp_path, {"a.py": text})
    region = region_of(tmp_path, text, "evaluate")
    assert (region["startColumn"], region["endColumn"]) == (12, 20)
    assert region["snippet"] == {"text": "evaluate"}


def test_crlf_and_a_byte_order_mark(tmp_path: Path) -> None:
    text = "import a\r\n\r\nclient = make()\r\n"
    data = b"\xef\xbb\xbf" + text.encode()
    write_files(tmp_path, {"a.py": data})
    made = run_of(tmp_path, report(at(span_of("a.py", text, "make")), at(span_of("a.py", text, "import"))))
    first, second = made["results"]
    assert first["locations"][0]["physicalLocation"]["region"]["startColumn"] == 1
    assert second["locations"][0]["physicalLocation"]["region"]["startLine"] == 3
    assert first["partialFingerprints"]["primaryLocationLineHash"] == line_hashes(data)[0]
    assert line_hashes(data)[0] != line_hashes(text.encode())[0]


def test_the_context_is_more_than_the_region_or_left_out(tmp_path: Path) -> None:
    write_files(tmp_path, {"a.py": "x=f()"})
    place = run_of(tmp_path, report(at(Span("a.py", 1, 1, 1, 6))))["results"][0]["locations"][0]["physicalLocation"]
    assert "contextRegion" not in place


def test_two_findings_on_one_line(root: Path) -> None:
    place = span_of("app/api.py", API, "chat.ask")
    run = run_of(root, report(at(place), at(place, "output-to-code", "error"), at(place)))
    assert [r["ruleId"] for r in run["results"]] == ["output-to-code", "slow-timeout", "slow-timeout"]


def test_paths_start_at_the_repository_and_are_encoded(tmp_path: Path) -> None:
    write_files(tmp_path, {"services/bot 1/ä#.py": "create()\n"})
    made = report(at(Span("ä#.py", 1, 1, 1, 7)))
    run = run_of(tmp_path / "services/bot 1", made, repository_root=tmp_path)
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "services/bot%201/%C3%A4%23.py"


def test_links_are_followed_while_they_stay_in_the_repository(tmp_path: Path) -> None:
    write_files(tmp_path, {"repo/real.py": "create()\n", "other/far.py": "create()\n"})
    (tmp_path / "repo/link.py").symlink_to("real.py")
    (tmp_path / "repo/out.py").symlink_to("../other/far.py")
    (tmp_path / "entrance").symlink_to("repo")
    findings = [at(Span(name, 1, 1, 1, 7)) for name in ("link.py", "out.py")]
    for entrance in ("repo", "entrance"):
        run = run_of(tmp_path / entrance, report(*findings))
        places = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in run["results"]]
        assert places == ["real.py", "out.py"]


def test_a_file_that_does_not_parse_is_a_warning_of_a_run_that_succeeded(root: Path) -> None:
    write_files(root, {"app/broken.py": "a\nb\ndef é(:\n"})
    remark = Problem("app/api.py", "this ignore comment has no reason", 1, 1)
    problems_ = [unreadable(), unreadable("app/gone.py", None)]
    run = run_of(root, report(problems=problems_, remarks=[remark], notes=["data of 2026-01-01"]))
    invocation = run["invocations"][0]
    assert invocation["executionSuccessful"] is True
    first, second, comment, note = invocation["toolExecutionNotifications"]
    assert first["message"]["text"] == "'app/broken.py' was left out: 'invalid syntax'."
    assert first["level"] == "warning"
    assert first["descriptor"] == {"id": "unreadable-file", "index": 0}
    region = first["locations"][0]["physicalLocation"]["region"]
    assert (region["startLine"], region["startColumn"], region["endColumn"]) == (3, 5, 8)
    assert "region" not in second["locations"][0]["physicalLocation"]
    assert comment["descriptor"]["id"] == "comment-without-effect"
    assert comment["message"]["text"] == (
        "'app/api.py' has a comment without effect: 'this ignore comment has no reason'."
    )
    assert (note["level"], note["message"]["text"]) == ("note", "data of 2026-01-01.")


def test_a_place_beyond_the_file_is_still_valid(root: Path) -> None:
    findings = [at(Span("app/api.py", 99, 3, 99, 9)), at(Span("gone.py", 2, 1, 3, 4))]
    run_of(root, report(*findings, problems=[unreadable(line=77)]))


def test_keys_in_snippets_are_masked(tmp_path: Path) -> None:
    text = 'a = 1\nkey = "sk-abc"\nclient = make(key)\n'
    write_files(tmp_path, {"a.py": text})
    made = report(at(span_of("a.py", text, "make")), at(span_of("a.py", text, '"sk-abc"'), "hardcoded-key", "error"))
    made.sheet.facts.append(secret(span_of("a.py", text, '"sk-abc"')))
    run = run_of(tmp_path, made)
    assert "sk-abc" not in json.dumps(run)
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"]["snippet"] == {"text": '"******"'}


def test_only_as_many_results_as_code_scanning_takes(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sarif, "RESULT_LIMIT", 2)
    place = span_of("app/api.py", API, "chat.ask")
    run = run_of(root, report(at(place), at(place), at(place, severity="error")))
    assert [r["level"] for r in run["results"]] == ["error", "warning"]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "The '2' most severe results are kept and '1' are left out."


def test_messages_stay_short_and_hold_no_false_links(root: Path) -> None:
    place = span_of("app/api.py", API, "chat.ask")
    evidence = [Label(Span("app/chat.py", n, 1, n, 2), f"[{n}] " + "long " * 60) for n in range(1, 12)]
    finding = at(place, message="m[0](9) " * 400, evidence=evidence, label="\u202elabel\x1b")
    text = run_of(root, report(finding))["results"][0]["message"]["text"]
    assert "](9)" not in text
    assert not {"\x1b", "\u202e"} & set(text)


def test_a_rule_that_is_not_listed_is_described_from_its_finding(root: Path) -> None:
    finding = at(span_of("app/api.py", API, "chat.ask"), "acme/own-rule", message="odd", label="")
    run = run_of(root, report(finding))
    assert run["tool"]["driver"]["rules"][0]["name"] == "AcmeOwnRule"
    assert run["results"][0]["message"] == {"text": "'odd'.", "id": "plain", "arguments": ["odd"]}


def test_a_finding_in_a_notebook_points_to_a_line_of_its_file(tmp_path: Path) -> None:
    cells = [{"cell_type": "markdown", "source": "# a"}, {"cell_type": "code", "source": ["import a\n", 'make("x")\n']}]
    text = json.dumps({"cells": cells}, indent=1)
    write_files(tmp_path, {"n.ipynb": text})
    made = report(at(Span("n.ipynb", 2, 1, 2, 5, cell=2)))
    region = run_of(tmp_path, made)["results"][0]["locations"][0]["physicalLocation"]["region"]
    number = next(n for n, line in enumerate(text.split("\n"), 1) if "make(" in line)
    assert (region["startLine"], region["endLine"]) == (number, number)


# GitHub's own examples (github/codeql-action, MIT): every kind of line break gives the same hashes.
BROKEN_LINES = [
    "e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1", "b3edc88f2938467e:1",
    "c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1",
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hashes"),
    [
        ("", ["c129715d7a2bc9a3:1"]),
        (
            " a\nb\n  \t\tc\n d",
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"],
        ),
        (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", BROKEN_LINES),
        (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", BROKEN_LINES),
        (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", BROKEN_LINES),
        (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", BROKEN_LINES),
    ],
)
def test_line_hashes_are_those_of_github(text: str, hashes: list[str]) -> None:
    assert line_hashes(text.encode()) == hashes


def test_equal_lines_are_numbered() -> None:
    assert line_hashes(b"Lorem ipsum dolor sit amet.\n" * 10) == [
        *(f"a7f2ff13bc495cf2:{n}" for n in range(1, 7)),
        "a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1", "55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1", "c129715d7a2bc9a3:1",
    ]  # fmt: skip


def test_only_line_breaks_break_lines() -> None:
    assert len(line_hashes("a\u2028b\x0cc\x0bd\x85e".encode())) == 1
    assert len(line_hashes(b"\xff\xfe invalid\n\xf0\x9d\x92")) == 2


def test_every_class_of_sarif_has_its_property_names() -> None:
    for name, cls in inspect.getmembers(importlib.import_module("sarif_om"), inspect.isclass):
        assert columns(cls), name
    assert ("state", "status", None) in columns(sarif_om.Suppression)


def test_what_has_no_place_in_sarif_is_refused() -> None:
    with pytest.raises(TypeError, match="Path has no place in SARIF"):
        dumps(sarif_om.Message(text=Path()))  # type: ignore[arg-type]


def test_names_and_sentences() -> None:
    assert pascal("acme/no-timeout") == "AcmeNoTimeout"
    assert pascal("timeout") == "TimeoutRule"
    assert quoted("`{name}` may wait '{x.y}'") == ("'{0}' may wait '{1}'", 2)
    assert quoted("nothing is tested.") == ("nothing is tested, in '{0}'", 1)
    assert arguments("`{name}` may wait {x}", "`a` may wait 3 s", "here") == ["a", "3 s"]
    assert arguments("{name} may wait {x}", "made by hand", "here") is None
    assert arguments("nothing is tested", "nothing is tested", "here") == ["here"]
    assert shorten("one two three", 9) == "one two…"


Edit = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    "edit",
    [
        lambda run: run["results"][0].pop("level"),
        lambda run: run["results"][0].update(level="fatal"),
        lambda run: run["results"][0].update(ruleIndex=0),
        lambda run: run["results"][0].update(rank=50.0),
        lambda run: run["results"][0].pop("partialFingerprints"),
        lambda run: run["results"][0]["message"].update(text="other."),
        lambda run: run["results"][0].pop("relatedLocations"),
        lambda run: run["results"][0]["locations"][0]["physicalLocation"]["region"].pop("endColumn"),
        lambda run: run["results"][0]["locations"][0]["physicalLocation"]["region"].update(startLine=0),
        lambda run: run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"].update(uri="../a.py"),
        lambda run: run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"].update(uri="/a.py"),
        lambda run: run["tool"]["driver"]["rules"][0].pop("help"),
        lambda run: run["tool"]["driver"]["rules"][0]["properties"].update({"security-severity": 8.0}),
        lambda run: run["tool"]["driver"]["rules"].reverse(),
        lambda run: run.pop("columnKind"),
        lambda run: run.update(results=None),
    ],
)
def test_the_check_refuses_broken_files(root: Path, edit: Edit) -> None:
    log = json.loads(written(root, report(slow_timeout())))
    broken = copy.deepcopy(log)
    edit(broken["runs"][0])
    assert problems((json.dumps(log, separators=(",", ":")) + "\n").encode()) == []
    assert problems((json.dumps(broken, separators=(",", ":")) + "\n").encode()) != []


def test_the_check_refuses_what_is_no_json() -> None:
    assert problems(b"{") != []


def test_rules_of_one_word_and_many_tags(tmp_path: Path) -> None:
    rule = RuleText(id="slow", title="Fast", failing="slow", tags=tuple(f"t{n}" for n in range(30)), why="long " * 600)
    found = run_of(tmp_path, report(), rules=[*RULES, rule])["tool"]["driver"]["rules"][2]
    assert found["id"] == "slow"
    assert len(found["properties"]["tags"]) == 10
