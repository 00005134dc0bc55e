"""What people do not want to hear of, and why: ignore comments and the `ignore` settings.

`# readylint: ignore[rule, section/item] reason` covers the simple statement, or the header with its decorators, that
the comment stands on or in; alone on its line it covers the one below. The reason is mandatory. A comment that silences
nothing becomes a finding of the rule `unused-ignore`, for rules that ran.
"""

from __future__ import annotations

import io
import os
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from readylint.facts import Problem, Span
from readylint.settings import Override, Settings
from readylint.tables import meant
from readylint.verdicts import SEVERITY_ORDER, Finding, Label

UNUSED = "unused-ignore"
MARK = "readylint:"
_COMMENT = re.compile(r"(?<!\S)#\s*readylint:\s*(?P<verb>[\w-]+)(?P<bracket>\s*\[(?P<ids>[^\]]*)\])?(?P<reason>[^#]*)")
_ID = re.compile(r"[^\s,]+")


@dataclass(slots=True)
class Ignore:
    """One ignore comment. `first` to `last` are the lines that it covers; 0 when there is nothing to cover."""

    span: Span
    ids: list[tuple[str, Span]]
    reason: str
    first: int
    last: int
    used: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Settled:
    """Findings that remain, how many are silenced, and what is wrong with comments (`Report.remarks`)."""

    kept: list[Finding]
    ignored: int
    problems: list[Problem]


def settle(
    findings: Sequence[Finding],
    texts: Callable[[str], str],
    settings: Settings,
    known_rules: Mapping[str, str],
    ran_rules: Collection[str],
    *,
    paths: Iterable[str] = (),
    known_items: Collection[str] = (),
    projects: Sequence[str] = (".",),
    root: Path | None = None,
) -> Settled:
    """Take out what comments and settings silence.

    `known_rules` maps each rule to its item; `texts` gives the decoded text of a path. `paths` are all files whose
    comments count, also those without a finding. Paths are relative to `root`, patterns to the folder of the settings.
    """
    files = sorted({f.span.path for f in findings} | set(paths))
    known = {**known_rules, UNUSED: ""}
    names = {*known, *known_rules.values(), *known_items} - {""}
    problems: list[Problem] = []
    ignores: dict[str, list[Ignore]] = {}
    for path in files:
        ignores[path] = list(_read(path, texts(path), names, problems))
    unsaid = _Settings(settings, root)
    kept = [f for f in findings if not _silenced(f, ignores[f.span.path]) and not unsaid(f)]
    unused = _unused(ignores, findings, known, set(ran_rules), projects)
    said = [f for f in unused if not unsaid(f)]
    ignored = len(findings) - len(kept) + len(unused) - len(said)
    return Settled(sorted([*kept, *said], key=order), ignored, problems)


def order(finding: Finding) -> tuple[int, str, int, int, str]:
    """How findings are sorted: errors first, then by place and rule."""
    span = finding.span
    return -SEVERITY_ORDER[finding.severity], span.path, span.line, span.column, finding.rule


def _silenced(finding: Finding, ignores: list[Ignore]) -> bool:
    """Whether a comment covers the finding's own place; every comment that does is used."""
    silenced = False
    for ignore in ignores:
        if ignore.first <= finding.span.line <= ignore.last:
            hit = {name for name, _ in ignore.ids if name in (finding.rule, finding.item)}
            ignore.used |= hit
            silenced = silenced or bool(hit)
    return silenced


class _Settings:
    """The `ignore` settings: everywhere, and under paths."""

    def __init__(self, settings: Settings, root: Path | None) -> None:
        self.everywhere = settings.ignore
        self.base = os.path.realpath(settings.base)
        self.root = os.path.realpath(root or settings.base)
        self.overrides = [(_matcher(o), o.ignore) for o in settings.overrides]

    def __call__(self, finding: Finding) -> bool:
        """Whether the settings silence this finding."""
        if finding.rule in self.everywhere or finding.item in self.everywhere:
            return True
        local = os.path.relpath(os.path.join(self.root, finding.span.path), self.base).replace(os.sep, "/")
        return not local.startswith("../") and any(
            (finding.rule in names or finding.item in names) and match(local) for match, names in self.overrides
        )


def _matcher(override: Override) -> Callable[[str], bool]:
    from pathspec import GitIgnoreSpec

    spec = GitIgnoreSpec.from_lines(override.paths)
    return lambda path: bool(spec.match_file(path))


def _read(path: str, text: str, names: Collection[str], problems: list[Problem]) -> Iterator[Ignore]:
    """The comments of a file that count; what is wrong with the others goes to `problems`."""
    if MARK not in text:
        return
    comments = _python_comments(text) if path.endswith((".py", ".pyi")) else _line_comments(text)
    for line, column, comment, first, last in comments:
        match = _COMMENT.search(comment)
        if match is None:
            continue
        start = column + match.start()
        end = column + len(comment[: match.end()].rstrip())
        span = Span(path, line, start, line, end)
        complaint = _complaint(match)
        if complaint:
            problems.append(Problem(path, complaint, line, start))
            continue
        if match["verb"] != "ignore":
            continue
        at = column + match.start("ids")
        ids = [(m[0], Span(path, line, at + m.start(), line, at + m.end())) for m in _ID.finditer(match["ids"])]
        for name, where in ids:
            if name not in names:
                hint = meant(name, names)
                message = f"there is no rule or item `{name}`" + (f"; {hint}" if hint else "")
                problems.append(Problem(path, message, line, where.column))
        yield Ignore(span, [x for x in ids if x[0] in names], match["reason"].strip(), first, last)


def _complaint(match: re.Match[str]) -> str:
    """What is wrong with a comment, or nothing. Prose that only starts with the program's name is left alone."""
    if match["verb"] != "ignore":
        hint = meant(match["verb"], ["ignore"])
        return f"`{match['verb']}` is no comment that readylint knows; {hint}" if match["bracket"] and hint else ""
    if not match["bracket"] or not _ID.search(match["ids"]):
        return "this ignore comment names no rule and does not count; write `# readylint: ignore[rule] reason`"
    if not match["reason"].strip():
        wanted = f"# readylint: ignore[{match['ids']}] reason"
        return f"this ignore comment has no reason and does not count; write `{wanted}`"
    return ""


Comment = tuple[int, int, str, int, int]
Statement = tuple[int, int]


def _python_comments(text: str) -> Iterator[Comment]:
    """Line, column and text of each comment, and the lines that it covers. Strings hold no comments."""
    comments, statements = _python_tokens(text)
    firsts = [first for first, _ in statements]
    for line, column, comment in comments:
        index = bisect_right(firsts, line) - 1
        if index < 0 or statements[index][1] < line:
            index += 1
        first, last = statements[index] if index < len(statements) else (0, 0)
        yield line, column, comment, first, last


def _python_tokens(text: str) -> tuple[list[tuple[int, int, str]], list[Statement]]:
    """Comments, and the first and last line of each simple statement or header. Decorators belong to their header."""
    import tokenize

    blank = (tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    comments: list[tuple[int, int, str]] = []
    statements: list[Statement] = []
    first = last = 0
    fresh, decorator = True, False
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            last = token.end[0]
            if token.type == tokenize.COMMENT:
                comments.append((token.start[0], token.start[1] + 1, token.string))
            elif token.type == tokenize.NEWLINE:
                if not decorator:
                    statements.append((first, token.start[0]))
                    first = 0
                fresh, decorator = True, False
            elif token.type not in blank:
                if fresh:
                    first = first or token.start[0]
                    decorator = token.string == "@"
                fresh = False
    except (tokenize.TokenError, SyntaxError):
        pass
    if first:
        statements.append((first, last))
    return comments, statements


def _line_comments(text: str) -> Iterator[Comment]:
    """Comments of files that are not Python (TOML, YAML, requirements): each covers its line or, alone, the next."""
    lines = re.split(r"\r\n|\r|\n", text)
    for number, line in enumerate(lines, 1):
        match = re.search(r"(?:^|\s)(#\s*readylint:.*)$", line) if MARK in line else None
        before = line[: match.start(1)] if match else ""
        if match is None or before.count('"') % 2 or before.count("'") % 2:
            continue
        covered = number
        if not before.strip():
            below = enumerate(lines[number:], number + 1)
            covered = next((n for n, x in below if x.strip() and not x.lstrip().startswith("#")), 0)
        yield number, match.start(1) + 1, match[1], covered, covered


def _unused(
    ignores: Mapping[str, list[Ignore]],
    findings: Sequence[Finding],
    known: Mapping[str, str],
    ran: Collection[str],
    projects: Sequence[str],
) -> list[Finding]:
    """A finding for each id of a comment that silenced nothing, when every rule behind the id ran."""
    unused = []
    for path, comments in ignores.items():
        for ignore in comments:
            for name, span in ignore.ids:
                rules = {name} if name in known else {r for r, item in known.items() if item == name}
                if name not in ignore.used and rules and rules <= {*ran, UNUSED}:
                    unused.append(_unused_finding(name, span, ignore, findings, _project(path, projects)))
    return unused


def _unused_finding(name: str, span: Span, ignore: Ignore, findings: Sequence[Finding], project: str) -> Finding:
    cause = _cause(name, span.path, ignore, findings)
    return Finding(
        rule=UNUSED,
        severity="note",
        confidence="high",
        message=f"`{name}` is ignored here, but there is nothing to ignore",
        span=span,
        label="its finding stands at its cause" if cause else "nothing to ignore",
        project=project,
        evidence=[Label(cause.span, "put the comment here")] if cause else [],
        help="move the comment to the cause" if cause else "remove the comment, or the id that it does not need",
    )


def _cause(name: str, path: str, ignore: Ignore, findings: Sequence[Finding]) -> Finding | None:
    """A finding that this comment was meant for: one whose evidence stands where the comment covers."""
    for finding in findings:
        if name in (finding.rule, finding.item):
            for label in finding.evidence:
                if label.span.path == path and ignore.first <= label.span.line <= ignore.last:
                    return finding
    return None


def _project(path: str, projects: Sequence[str]) -> str:
    """The innermost project that holds a path."""
    around = [p for p in projects if p == "." or path == p or path.startswith(f"{p}/")]
    return max(around, key=lambda p: 0 if p == "." else len(p), default=".")
