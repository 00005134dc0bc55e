"""`readylint facts` for people: all facts in short, or one call with every setting, who decided it, and why."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, TextIO

from rich.text import Text

from readylint.facts import (
    AnswerCache,
    AnyFact,
    Dependency,
    Evidence,
    FactSheet,
    Handler,
    LlmCall,
    LlmClient,
    Project,
    Secret,
    Span,
    Task,
    VectorStore,
)
from readylint.report.frame import Frame, place
from readylint.report.options import ReportOptions
from readylint.report.paper import Paper, number
from readylint.report.sources import Sources, clean
from readylint.verdicts import Finding

UNKNOWN = "cannot tell"
_KIND_WORDS = {
    "llm.call": "model call", "llm.client": "client", "handler": "handler", "task": "task", "dependency": "dependency",
    "evidence": "evidence item", "secret": "written key",
}  # fmt: skip
_SECONDS = frozenset({"timeout", "time_limit", "worst_seconds"})
_OWN_LINE = frozenset({"at", "via", "why", "alternatives", "source", "value", "status", "bare", "layers", "path"})
_USUAL = (("ignored", False), ("unit", "s"))
"""What goes without saying."""
_LEFT_OUT_WHEN_EMPTY = frozenset({"loop_dependent", "refused"})
"""Fields that say something only where there is a loop, or something that the SDK rejects."""
_HEAD = ("kind", "id", "span", "callee", "callee_span", "settings")


def calls_at(sheet: FactSheet, path: str, line: int) -> list[LlmCall]:
    """The model calls that stand on a line, innermost first."""
    found = [f for f in sheet.facts if isinstance(f, LlmCall) and f.span.path == path]
    found = [f for f in found if f.span.line <= line <= f.span.end_line]
    return sorted(found, key=lambda f: (f.span.end_line - f.span.line, f.span))


def write_facts(sheet: FactSheet, stream: TextIO, options: ReportOptions, notes: Sequence[str] = ()) -> None:
    """Every fact in a line, by project and file. `notes` say where an SDK is imported and no call was found."""
    paper = Paper(stream, options)
    for project in sheet.projects:
        facts = sorted((f for f in sheet.facts if f.project == project.path), key=lambda f: (f.span, f.kind))
        paper.wrap(_title(project))
        counted: Counter[str] = Counter(f.kind for f in facts)
        kinds = [number(counted[kind], word) for kind, word in _KIND_WORDS.items() if counted[kind]]
        paper.wrap("  " + (", ".join(kinds) or "no facts"))
        paper.print()
        for path, group in groupby(facts, key=lambda f: f.span.path):
            paper.print(Text().append(f"  {clean(path)}", "bold"))
            for fact in group:
                line = Text().append(f"  {f'{fact.span.line}:{fact.span.column}':>8}  ", "blue")
                paper.wrap(line.append(f"{fact.kind:<11} ", "dim").append(clean(_short(fact))), 24)
            paper.print()
    for problem in sheet.problems:
        at = f":{problem.line}" if problem.line is not None else ""
        paper.wrap(f"not read: {clean(problem.path)}{at}: {clean(problem.message)}")
    for note in notes:
        paper.wrap(f"note: {clean(note)}")


def write_call(call: LlmCall, sheet: FactSheet, stream: TextIO, options: ReportOptions) -> None:
    """Everything known of one call and why: each value, who decided it, and the places on its way."""
    paper = Paper(stream, options)
    frame = Frame(Sources(options.root, sheet.facts), paper.width)
    shown = Finding("call", "note", "high", call.callee, call.callee_span, f"{call.sdk} {call.operation}", call.project)
    paper.print(clean(call.callee), "bold")
    for line in frame.places(shown):
        paper.print(line)
    paper.print()
    for name, value in _fields(call, sheet):
        first, *more = _described(name, value)
        head = Text().append(f"  {name.replace('_', ' '):<18}", "cyan")
        paper.wrap(head.append(clean(first)), 20)
        for text in more:
            paper.wrap(Text(" " * 20).append(clean(text), "dim"), 23)


def _title(project: Project) -> Text:
    """`Project services/bot (manifest: requirements.txt)`."""
    whole = project.path in ("", ".")
    title = Text("This project" if whole else "Project ", "bold").append("" if whole else clean(project.path), "bold")
    manifest = (project.manifest or "").removeprefix(f"{project.path}/")
    return title.append(f" (manifest: {clean(manifest)})" if manifest else " (no manifest)", "dim")


def _fields(call: LlmCall, sheet: FactSheet) -> Iterator[tuple[str, Any]]:
    """The fields of a call that mean something to people; ids become places."""
    for field in dataclasses.fields(call):
        value = getattr(call, field.name)
        if field.name in _HEAD or (field.name in _LEFT_OUT_WHEN_EMPTY and not value):
            continue
        if field.name == "client":
            value = next((f.span for f in sheet.facts if f.kind == "llm.client" and f.id == value), None)
        elif field.name == "inside":
            value = value or "the module itself"
        yield field.name, value
    yield from sorted(call.settings.items())


def _short(fact: AnyFact) -> str:
    """What one line says of a fact."""
    match fact:
        case LlmCall():
            wait = said("timeout", fact.timeout.value)
            tries = "attempts: " + said("attempts", fact.retry.attempts)
            guard = f"guard: {said('status', fact.guard.status)}"
            model = ", ".join(fact.model.ids) or said("origin", fact.model.origin)
            return f"{fact.callee}  {fact.sdk} {fact.operation}; model: {model}; timeout: {wait}; {tries}; {guard}"
        case LlmClient():
            built = said("built", fact.built)
            return f"{fact.sdk or 'client'}, built: {built}, used by {number(len(fact.calls), 'call')}"
        case Handler():
            replies = "" if fact.replies == "unknown" else f", replies: {fact.replies}"
            return f"{fact.framework or 'handler'}{replies}, reaches {number(len(fact.calls), 'call')}"
        case Task():
            limit = "" if fact.time_limit is None else f", time limit: {said('time_limit', fact.time_limit)}"
            return f"{fact.queue or 'task'}{limit}, reaches {number(len(fact.calls), 'call')}"
        case VectorStore():
            model = ", ".join(fact.embedding.ids) or said("origin", fact.embedding.origin)
            return f"{fact.library} store {fact.store or 'without a name'}, embedded with {model}"
        case AnswerCache():
            return f"{fact.library} cache, expires: {said('expires', fact.expires)}"
        case Dependency():
            return f"{fact.name} {fact.locked or fact.specifier or 'without a version'}"
        case Evidence():
            return f"{fact.category}: {fact.library}, initialised: {said('initialised', fact.initialised)}"
        case Secret():
            return f"a key of the form {fact.pattern}"


def said(name: str, value: Any) -> str:
    """A value in words: `600 s`, `yes`, `cannot tell`."""
    if value is None or value == "unknown":
        return UNKNOWN
    if value == "not-applicable":
        return "does not apply"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Span):
        return place(value)
    if isinstance(value, list | tuple):
        return ", ".join(dict.fromkeys(said(name, v) for v in value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{k} {said(name, v)}" for k, v in value.items()) or "none"
    if dataclasses.is_dataclass(value):
        parts = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return ", ".join(
            f"{k.rstrip('_').replace('_', ' ')} {said(k, v)}" for k, v in parts if v is not None and v != []
        )
    if value == "none" and name in (*_SECONDS, "max_output"):
        return "no limit"
    if name in _SECONDS and isinstance(value, int | float):
        return f"{value:g} s"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _described(name: str, value: Any) -> Iterator[str]:
    """The first line says the value; the lines after it who decided it, why, and where."""
    if not dataclasses.is_dataclass(value) or isinstance(value, Span):
        yield said(name, value)
        return
    held = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    main = next((held[k] for k in ("value", "status", "origin") if k in held), None)
    headed = any(k in held for k in ("value", "status", "origin"))
    source = held.get("source")
    more = [
        f"{k.rstrip('_').replace('_', ' ')}: {said(k, v)}"
        for k, v in held.items()
        if k not in _OWN_LINE and k != "origin" and v is not None and v != [] and (k, v) not in _USUAL
    ]
    first = [said(name, main) + (f" ({source})" if source and source != "unknown" else "")] if headed else []
    yield "; ".join([*first, *more]) or UNKNOWN
    if held.get("why"):
        yield f"why: {held['why']}"
    if held.get("at") is not None:
        yield f"at {place(held['at'])}"
    for step in held.get("via") or []:
        yield f"through {place(step)}"
    for step in held.get("bare") or []:
        yield f"not caught at {place(step)}"
    for layer in held.get("layers") or []:
        yield f"layer: {said(name, layer)}"
    for other in held.get("alternatives") or []:
        lines = list(_described(name, other))
        yield f"or {lines[0]}" + (f", from {other.path}" if other.path else "")
        yield from (f"   {line}" for line in lines[1:])
