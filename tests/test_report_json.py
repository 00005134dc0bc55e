"""The JSON report: every key, and the same text for the same run."""

import io
import json
from pathlib import Path

from report_sample import checklist, options, report, slow_timeout, unreadable

from readylint.report import write
from readylint.verdicts import ProjectReport, Report


def written(made: Report) -> str:
    stream = io.StringIO()
    write(made, "json", stream, options(Path("/nowhere")))
    return stream.getvalue()


def test_the_document() -> None:
    made = report(slow_timeout(), ignored=2, excluded=["legacy/**"], notes=["old data"], problems=[unreadable()])
    document = json.loads(written(made))
    assert list(document) == [
        "schema", "version", "root", "projects", "findings", "problems", "remarks", "notes", "ignored", "excluded",
        "files",
    ]  # fmt: skip
    assert (document["schema"], document["version"], document["root"]) == (1, "0.1.0", ".")
    assert document["ignored"] == 2
    assert document["excluded"] == ["legacy/**"]
    assert document["notes"] == ["old data"]
    assert document["files"]["seen"] == 120
    assert len(document["files"]["parsed"]) == 9
    assert document["problems"] == [
        {"path": "app/broken.py", "message": "invalid syntax", "line": 3, "column": 5},
    ]


def test_a_finding() -> None:
    (finding,) = json.loads(written(report(slow_timeout())))["findings"]
    assert finding.pop("evidence")[1] == {
        "span": {"path": "app/api.py", "line": 4, "column": 18, "end_line": 4, "end_column": 26},
        "text": "people wait here",
    }
    assert finding == {
        "rule": "slow-timeout",
        "severity": "warning",
        "confidence": "high",
        "message": "client.chat.completions.create may wait 30 minutes",
        "item": "latency/timeouts",
        "project": ".",
        "inside": None,
        "absence": False,
        "span": {"path": "app/chat.py", "line": 6, "column": 10, "end_line": 6, "end_column": 21},
        "label": "no timeout here; openai 2.54 (requirements.txt) waits 600 s a try and tries 3 times",
        "help": "AsyncOpenAI(timeout=30)",
        "facts": ["app/chat.py#ask"],
    }


def test_a_project_with_weights_and_counts() -> None:
    made = report(projects=[ProjectReport("bot", "bot/setup.cfg", checklist(), 14, 2)])
    (project,) = json.loads(written(made))["projects"]
    sections = project.pop("sections")
    assert project == {
        "path": "bot", "manifest": "bot/setup.cfg", "calls": 14, "calls_elsewhere": 2, "score": 62, "decided": 31,
        "total": 38, "coverage": 0.8,
    }  # fmt: skip
    items = sections[0].pop("items")
    assert sections[0] == {"section": "latency", "title": "Users are not kept waiting", "weight": 6.0, "share": 0.928}
    assert items[0] == {
        "item": "timeouts", "title": "Calls give up in time", "status": "fails", "weight": 2.0, "holding": 12,
        "failing": 2, "undecided": 1, "unit": "call", "share": 0.8571, "rules": [],
    }  # fmt: skip


def test_two_runs_give_the_same_text_in_ascii() -> None:
    made = report(slow_timeout())
    made.findings[0].message = "é\udcff"
    assert written(made) == written(made)
    assert written(made).isascii()
    assert written(made).endswith("}\n")
