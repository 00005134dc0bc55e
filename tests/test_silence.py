"""Ignore comments and settings: what they cover, and what is said of those that are wrong or not needed."""

from pathlib import Path

import pytest

from readylint.facts import Problem, Span
from readylint.settings import Override, Settings
from readylint.silence import Settled, settle
from readylint.verdicts import Finding, Label

KNOWN = {"no-timeout": "latency/timeouts", "slow-timeout": "latency/timeouts", "no-retry": "resilience/retries"}


def finding(line: int, rule: str = "no-timeout", path: str = "a.py", evidence: int = 0) -> Finding:
    labels = [Label(Span("a.py", evidence, 1, evidence, 2), "used here")] if evidence else []
    span = Span(path, line, 1, line, 2)
    return Finding(rule, "warning", "high", "m", span, "", ".", labels, item=KNOWN[rule])


def settled(text: str, *findings: Finding, settings: Settings | None = None, **more: object) -> Settled:
    """What remains when all rules ran over one file."""
    more.setdefault("paths", ["a.py"])
    return settle(list(findings), lambda path: text, settings or Settings(), KNOWN, set(KNOWN), **more)


def lines_left(text: str, *lines: int) -> list[int]:
    """The lines of `no-timeout` findings that a comment does not cover."""
    kept = settled(text, *(finding(n) for n in lines)).kept
    return [f.span.line for f in kept if f.rule == "no-timeout"]


def test_a_comment_with_a_reason_silences_its_statement() -> None:
    result = settled("ask()  # readylint: ignore[no-timeout] the gateway has one\nask()\n", finding(1), finding(2))
    assert [f.span.line for f in result.kept] == [2]
    assert result.ignored == 1
    assert result.problems == []


def test_it_counts_on_every_line_of_a_statement() -> None:
    for line in range(5):
        rows = ["x = ask(", "    1,", "", "    2,", ")"]
        rows[line] += "  # readylint: ignore[no-timeout] slow by design"
        assert lines_left("\n".join(rows) + "\nask()\n", 1, 2, 5, 6) == [6]


def test_alone_on_its_line_it_covers_the_statement_below() -> None:
    text = "# readylint: ignore[no-timeout] the gateway has one\n# more words\n\nx = ask(\n  1)\nask()\n"
    assert lines_left(text, 4, 5, 6) == [6]


def test_alone_in_a_block_it_covers_the_statement_below_and_not_the_block() -> None:
    text = "def f():\n    # readylint: ignore[no-timeout] why\n    ask()\n    ask()\n"
    assert lines_left(text, 1, 3, 4) == [1, 4]


def test_on_a_header_it_covers_the_header_and_not_the_body() -> None:
    assert lines_left("with open(\n    a,\n) as f:  # readylint: ignore[no-timeout] why\n    ask()\n", 1, 2, 4) == [4]


def test_decorators_belong_to_their_header() -> None:
    above = "# readylint: ignore[no-timeout] why\n@retry(\n  3)\n@route\ndef f(): # x\n    ask()\n"
    assert lines_left(above, 2, 4, 5, 6) == [6]
    on_it = "@retry\nclass A:  # readylint: ignore[no-timeout] why\n    x = ask()\n"
    assert lines_left(on_it, 1, 2, 3) == [3]


def test_a_matrix_product_is_no_decorator() -> None:
    assert lines_left("x = (a\n@ b)  # readylint: ignore[no-timeout] why\nask()\n", 1, 3) == [3]


def test_strings_hold_no_comments() -> None:
    text = 's = "# readylint: ignore[no-timeout] why"\nt = """\n# readylint: ignore[no-timeout] why\n"""\nask()\n'
    assert lines_left(text, 1, 3, 5) == [1, 3, 5]
    assert settled(text).kept == []


def test_several_ids_and_items() -> None:
    text = "ask()  # readylint: ignore[no-retry, latency/timeouts] a batch job\n"
    result = settled(text, finding(1), finding(1, "slow-timeout"), finding(1, "no-retry"))
    assert (result.kept, result.ignored) == ([], 3)


def test_other_comments_may_stand_on_the_line() -> None:
    assert lines_left("ask()  # noqa: S1 # readylint: ignore[no-timeout] why # type: ignore\n", 1) == []
    assert lines_left("ask()  # see '# readylint: ignore[no-timeout] why'\n", 1) == [1]


def test_windows_line_ends_and_a_file_without_an_end() -> None:
    assert lines_left("ask()\r\nask()  # readylint: ignore[no-timeout] why", 1, 2) == [1]


def test_a_file_that_cannot_be_read_to_its_end_keeps_its_comments() -> None:
    assert lines_left("ask()  # readylint: ignore[no-timeout] why\nx = (\n", 1) == []


@pytest.mark.parametrize(
    ("comment", "message"),
    [
        (
            "# readylint: ignore[no-timeout]",
            "this ignore comment has no reason and does not count; write `# readylint: ignore[no-timeout] reason`",
        ),
        (
            "# readylint: ignore",
            "this ignore comment names no rule and does not count; write `# readylint: ignore[rule] reason`",
        ),
        (
            "# readylint: ignore[ ] why",
            "this ignore comment names no rule and does not count; write `# readylint: ignore[rule] reason`",
        ),
        ("# readylint: ignroe[no-timeout] why", "`ignroe` is no comment that readylint knows; did you mean `ignore`?"),
    ],
)
def test_comments_that_do_not_count_are_reported(comment: str, message: str) -> None:
    result = settled(f"ask()  {comment}\n", finding(1))
    assert result.problems == [Problem("a.py", message, 1, 8)]
    assert [f.rule for f in result.kept] == ["no-timeout"]


def test_unknown_ids_are_reported_with_what_was_meant() -> None:
    result = settled("ask()  # readylint: ignore[no-timeot, no-retry] why\n", finding(1, "no-retry"))
    message = "there is no rule or item `no-timeot`; did you mean `no-timeout`?"
    assert result.problems == [Problem("a.py", message, 1, 28)]
    assert (result.kept, result.ignored) == ([], 1)


def test_items_without_a_rule_are_known_when_they_are_named() -> None:
    text = "ask()  # readylint: ignore[resilience/fallback] why\n"
    assert len(settled(text).problems) == 1
    assert settled(text, known_items=["resilience/fallback"]).problems == []


def test_prose_about_the_program_is_left_alone() -> None:
    result = settled("# readylint: a linter\n# readylint: ignored things [x]\nask()\n", finding(3))
    assert result.problems == []


def test_a_comment_that_silences_nothing_is_a_note() -> None:
    (unused,) = settled("ask()  # readylint: ignore[no-timeout] why\n").kept
    assert (unused.rule, unused.severity, unused.project) == ("unused-ignore", "note", ".")
    assert unused.message == "`no-timeout` is ignored here, but there is nothing to ignore"
    assert unused.span == Span("a.py", 1, 28, 1, 38)


def test_each_id_is_judged_by_itself() -> None:
    result = settled("ask()  # readylint: ignore[no-timeout, no-retry] why\n", finding(1))
    assert [f.message.split("`")[1] for f in result.kept] == ["no-retry"]


def test_only_rules_that_ran_can_leave_a_comment_unused() -> None:
    text = "ask()  # readylint: ignore[no-timeout, latency/timeouts] why\n"
    some = settle([], lambda path: text, Settings(), KNOWN, {"no-timeout"}, paths=["a.py"])
    assert [f.message.split("`")[1] for f in some.kept] == ["no-timeout"]
    assert settle([], lambda path: text, Settings(), KNOWN, set(), paths=["a.py"]).kept == []


def test_a_comment_at_a_use_points_to_the_cause() -> None:
    text = "client = make()\nask()  # readylint: ignore[no-timeout] why\n"
    cause, unused = settled(text, finding(1, evidence=2)).kept
    assert cause.rule == "no-timeout"
    assert unused.evidence == [Label(cause.span, "put the comment here")]
    assert unused.help == "move the comment to the cause"


def test_the_innermost_project_owns_an_unused_comment() -> None:
    text = "# readylint: ignore[no-timeout] why\n"
    result = settled(text, paths=["bots/a/x.py"], projects=[".", "bots", "bots/a", "bots/ab"])
    assert [f.project for f in result.kept] == ["bots/a"]


def test_settings_silence_rules_and_items_everywhere() -> None:
    settings = Settings(ignore={"no-retry": "a batch job", "latency/timeouts": "the gateway"})
    result = settled("ask()\n", finding(1), finding(1, "no-retry"), settings=settings)
    assert (result.kept, result.ignored) == ([], 2)


def test_overrides_silence_under_their_paths(tmp_path: Path) -> None:
    override = Override(["jobs/**", "*_batch.py"], {"no-timeout": "nobody waits"})
    settings = Settings(overrides=[override], base=tmp_path / "svc")
    paths = ["svc/jobs/a/b.py", "svc/x_batch.py", "svc/api.py", "jobs/a.py"]
    findings = [finding(1, path=p) for p in paths] + [finding(1, "no-retry", "svc/jobs/c.py")]
    result = settled("", *findings, settings=settings, root=tmp_path, paths=[])
    assert [f.span.path for f in result.kept] == ["jobs/a.py", "svc/api.py", "svc/jobs/c.py"]
    assert result.ignored == 2


def test_settings_silence_unused_comments_too() -> None:
    settings = Settings(ignore={"unused-ignore": "shared code"})
    result = settled("ask()  # readylint: ignore[no-timeout] why\n", settings=settings)
    assert (result.kept, result.ignored) == ([], 1)


def test_files_that_are_not_python_have_comments_by_line() -> None:
    text = 'a = "# readylint: ignore[no-timeout] why"\nopenai  # readylint: ignore[no-timeout] why\n\n'
    text += "# readylint: ignore[no-timeout] why\n# more\n\nlast\nmore\n"
    result = settled(text, *(finding(n, path="requirements.txt") for n in (1, 2, 7, 8)), paths=[])
    assert [f.span.line for f in result.kept] == [1, 8]


def test_what_remains_is_sorted_by_severity_and_place() -> None:
    late, early = finding(2), finding(1)
    error = finding(3)
    error.severity = "error"
    assert [f.span.line for f in settled("\n\n\n", late, early, error).kept] == [3, 1, 2]


def test_only_files_with_the_mark_are_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(readline: object) -> object:
        raise AssertionError("tokenized without need")

    monkeypatch.setattr("tokenize.generate_tokens", refuse)
    assert len(settled("ask()  # nothing\n", finding(1)).kept) == 1
