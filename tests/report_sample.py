"""A small project on disk and the report of a run over it, for the tests of the report room."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from readylint.facts import FactSheet, Problem, Project, Secret, Span
from readylint.report import ReportOptions, RuleText
from readylint.verdicts import (
    Checklist,
    Finding,
    ItemResult,
    ItemStatus,
    Label,
    ProjectReport,
    Report,
    SectionResult,
)

CHAT = """\
import openai
from openai import AsyncOpenAI

MODEL = "gpt-6-sol"

client = AsyncOpenAI()


async def ask(history):
    answer = await client.chat.completions.create(model=MODEL, messages=history)
    return answer.choices[0].message.content
"""
API = """\
from app import chat

async def endpoint(body):
    return await chat.ask(body.messages)
"""

RULES = (
    RuleText(
        id="slow-timeout",
        title="Model calls give up in time",
        failing="{callee} may wait {timeout.worst_seconds}",
        why="A person waits for seconds, not for half an hour.\n\nDefaults are made for batch jobs.",
        help="{client}(timeout=30)",
        level="warning",
        tags=("owasp-llm10",),
        item="latency/timeouts",
    ),
    RuleText(
        id="output-to-code",
        title="Answers never become code",
        failing="text of {callee} is run as code",
        why="Whoever steers the model steers the process.",
        help="parse the answer instead",
        level="error",
        tags=("cwe-94", "owasp-llm05"),
        item="output/safe-sinks",
    ),
    RuleText(
        id="hardcoded-key",
        title="Keys stay out of the code",
        failing="a provider key stands in the code",
        why="Whoever reads the code can spend the money.",
        help="read it from the environment",
        level="error",
        tags=("cwe-798",),
        item="input/secrets-and-transport",
    ),
)


def span_of(path: str, text: str, part: str, occurrence: int = 1) -> Span:
    """The region of the n-th occurrence of `part` in a file's text."""
    at = -1
    for _ in range(occurrence):
        at = text.index(part, at + 1)
    before = text[:at].replace("\r\n", "\n").replace("\r", "\n")
    line, column = before.count("\n") + 1, at - max(text.rfind("\n", 0, at), text.rfind("\r", 0, at))
    return Span(path, line, column, line, column + len(part))


def slow_timeout() -> Finding:
    """The finding of the design: a constructor that decides the timeout of a call further down."""
    return Finding(
        rule="slow-timeout",
        severity="warning",
        confidence="high",
        message="client.chat.completions.create may wait 30 minutes",
        span=span_of("app/chat.py", CHAT, "AsyncOpenAI", 2),
        label="no timeout here; openai 2.54 (requirements.txt) waits 600 s a try and tries 3 times",
        project=".",
        evidence=[
            Label(span_of("app/chat.py", CHAT, "client.chat.completions.create"), "used here and in 6 more calls"),
            Label(span_of("app/api.py", API, "chat.ask"), "people wait here"),
        ],
        help="AsyncOpenAI(timeout=30)",
        facts=["app/chat.py#ask"],
        inside=None,
        item="latency/timeouts",
    )


def at(span: Span, rule: str = "slow-timeout", severity: str = "warning", **more: object) -> Finding:
    """A plain finding at a place."""
    message = "client.create may wait 20 minutes"
    plain = Finding(rule, "warning", "high", message, span, "here", ".", item="latency/timeouts")
    return replace(plain, severity=severity, **more)


def item(
    name: str, title: str, status: ItemStatus, holding: int = 0, failing: int = 0, undecided: int = 0
) -> ItemResult:
    """One line of the checklist of the section latency."""
    decided = holding + failing
    share = holding / decided if decided else None
    return ItemResult("latency", name, title, 2.0, status, holding, failing, undecided, share)


def checklist(score: int | None = 62) -> Checklist:
    """One section with every kind of item."""
    items = [
        item("timeouts", "Calls give up in time", "fails", 12, 2, 1),
        item("event-loop", "The event loop is never blocked", "holds", 14),
        item("concurrency", "Calls run side by side within a limit", "unknown", 0, 0, 3),
        item("streaming", "Long texts are streamed", "not-applicable"),
        item("clients-reused", "Clients are built once", "no-rule"),
        item("latency-targets", "Targets are written down and measured", "attestable"),
    ]
    latency = SectionResult("latency", "Users are not kept waiting", items, 0.928, 6.0)
    evaluation = SectionResult("evaluation", "Changes are measured", [], None, 0.0)
    decided, coverage = (5, 0.1) if score is None else (31, 0.8)
    return Checklist([latency, evaluation], score, decided, 38, coverage)


def report(*findings: Finding, projects: list[ProjectReport] | None = None, **more: object) -> Report:
    """A report of one project with 14 calls."""
    sheet = FactSheet(".", [Project(".", "requirements.txt")])
    plain = Report(
        version="0.1.0",
        sheet=sheet,
        projects=projects if projects is not None else [ProjectReport(".", "requirements.txt", checklist(), 14)],
        findings=list(findings),
        files_seen=120,
        files_parsed=[f"app/{n}.py" for n in range(9)],
    )
    return replace(plain, **more)


def write_files(root: Path, files: dict[str, str | bytes] | None = None) -> None:
    """Put the sample project, or other files, on disk."""
    sample: dict[str, str | bytes] = {"app/chat.py": CHAT, "app/api.py": API, "requirements.txt": "openai==2.54.0\n"}
    for name, text in (files or sample).items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())


def options(root: Path, **more: object) -> ReportOptions:
    """Options for a run whose repository is `root`."""
    return ReportOptions(**{"root": root, "repository_root": root, "rules": RULES, "color": "never", **more})


def secret(span: Span) -> Secret:
    """The fact that a key stands there."""
    return Secret(id="secret", span=span, role="app", project=".", pattern="example")


def unreadable(path: str = "app/broken.py", line: int | None = 3) -> Problem:
    """A file that does not parse."""
    return Problem(path, "invalid syntax", line, 5 if line else None)
