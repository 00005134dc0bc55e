"""What people read: the exact text of frames, checklist and last line."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from report_sample import (
    API,
    CHAT,
    at,
    checklist,
    item,
    options,
    report,
    secret,
    slow_timeout,
    span_of,
    unreadable,
    write_files,
)
from rich.cells import cell_len

from readylint.facts import FactSheet, Problem, Span
from readylint.report import write
from readylint.report.checklist import counts
from readylint.verdicts import Checklist, Label, ProjectReport, Report, SectionResult

LAST = "14 model calls in 9 files read of 120."


def printed(root: Path, made: Report, **more: object) -> str:
    stream = io.StringIO()
    write(made, "terminal", stream, options(root, **more))
    return stream.getvalue()


def frame(root: Path, made: Report, **more: object) -> str:
    """The first frame of a report."""
    return printed(root, made, **more).split("\n\n")[0]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_files(tmp_path)
    return tmp_path


def one_file(tmp_path: Path, text: str | bytes, name: str = "a.py") -> Path:
    write_files(tmp_path, {name: text})
    return tmp_path


def test_a_report_from_top_to_bottom(root: Path) -> None:
    made = report(slow_timeout(), ignored=2, excluded=["legacy/**"], notes=["prices are older than 180 days"])
    assert (
        printed(root, replace(made, problems=[unreadable()]))
        == """\
warning[slow-timeout]: client.chat.completions.create may wait 30 minutes
  --> app/chat.py:6:10
   |
 6 | client = AsyncOpenAI()
   |          ^^^^^^^^^^^ no timeout here; openai 2.54 (requirements.txt) waits 600 s a try and tries 3 times
   :
10 |     answer = await client.chat.completions.create(model=MODEL, messages=history)
   |                    ------------------------------ used here and in 6 more calls
  ::: app/api.py:4:18
   |
 4 |     return await chat.ask(body.messages)
   |                  -------- people wait here
   = help: AsyncOpenAI(timeout=30)
   = more: readylint explain slow-timeout

not read: app/broken.py:3:5: invalid syntax

Checklist

  Latency  Users are not kept waiting        █████████░  92 %
    ✘ Calls give up in time                  12 of 14 calls, 1 cannot tell
    ✔ The event loop is never blocked        14 of 14 calls
    ? Calls run side by side within a limit  cannot tell (3 calls)
    ◇ Targets are written down and measured
    – does not apply: Long texts are streamed

  · 1 item has no rule yet: listed with --show all

  ✔ holds   ✘ fails   ? cannot tell   – does not apply   ◇ for the team to attest, not in this version

excluded, so not in the score: legacy/**
note: prices are older than 180 days
score 62 of 100 (31 of 38 items decided; 1 of 6 items has no rule yet, 1 waits for the team)
Next: `readylint explain slow-timeout` says why and how to fix it; `# readylint: ignore[slow-timeout] reason` silences \
one place.
1 finding: 1 warning; 2 ignored; 1 file not read. 14 model calls in 9 files read of 120.
"""
    )


def test_a_terminal_wraps_labels_and_cuts_lines_but_never_paths(root: Path) -> None:
    assert (
        frame(root, report(slow_timeout()), width=60)
        == """\
warning[slow-timeout]: client.chat.completions.create may
    wait 30 minutes
  --> app/chat.py:6:10
   |
 6 | client = AsyncOpenAI()
   |          ^^^^^^^^^^^ no timeout here; openai 2.54
   |                      (requirements.txt) waits 600 s a
   |                      try and tries 3 times
   :
10 |     answer = await client.chat.completions.create(mode…
   |                    ------------------------------
   |                    used here and in 6 more calls
  ::: app/api.py:4:18
   |
 4 |     return await chat.ask(body.messages)
   |                  -------- people wait here
   = help: AsyncOpenAI(timeout=30)
   = more: readylint explain slow-timeout"""
    )


def test_a_long_line_is_cut_around_the_caret(tmp_path: Path) -> None:
    text = "x = [" + "0, " * 100 + "create(), " + "1, " * 100 + "]\n"
    shown = frame(one_file(tmp_path, text), report(at(span_of("a.py", text, "create"))))
    line, carets = shown.split("\n")[3:5]
    assert line.startswith("1 | …")
    assert line.endswith("…")
    assert len(line) <= 120
    assert carets.index("^") == line.index("create")
    assert carets.endswith("^^^^^^ here")


def test_tabs_and_wide_characters_keep_carets_below_their_words(tmp_path: Path) -> None:
    text = '\tname = "日本"; create()\n'
    assert (
        frame(one_file(tmp_path, text), report(at(span_of("a.py", text, "create"))))
        == """\
warning[slow-timeout]: client.create may wait 20 minutes
 --> a.py:1:15
  |
1 |     name = "日本"; create()
  |                    ^^^^^^ here
  = more: readylint explain slow-timeout"""
    )


def test_steering_characters_never_reach_the_terminal(tmp_path: Path) -> None:
    text = "a = '\x1b[31m\u202e'; create()\n"
    finding = at(span_of("a.py", text, "create"), message="x\x1b]8;;evil\x07 may\n\twait \u2066[bold]", label="\x9bh")
    shown = printed(one_file(tmp_path, text), report(finding))
    assert not set("\x1b\x07\x9b\u202e\u2066") & set(shown)
    assert "warning[slow-timeout]: x]8;;evil may wait [bold]\n" in shown
    assert "1 | a = '\ufffd[31m\ufffd'; create()\n" in shown


def test_a_region_of_several_lines_is_marked_to_the_end_of_its_first(tmp_path: Path) -> None:
    root = one_file(tmp_path, "x = create(\n    1,\n)\n")
    assert frame(root, report(at(Span("a.py", 1, 5, 3, 2)))).split("\n")[3:5] == [
        "1 | x = create(",
        "  |     ^^^^^^^ here",
    ]


def test_two_labels_on_one_line_stand_below_each_other(tmp_path: Path) -> None:
    text = "ask(create(), 1)\nother()\n"
    more = [Label(span_of("a.py", text, "ask"), "waits"), Label(span_of("a.py", text, "other"), "next line")]
    finding = at(span_of("a.py", text, "create"), evidence=more)
    assert frame(one_file(tmp_path, text), report(finding)).split("\n")[2:-1] == [
        "  |",
        "1 | ask(create(), 1)",
        "  |     ^^^^^^ here",
        "  | --- waits",
        "2 | other()",
        "  | ----- next line",
    ]


def test_a_cause_below_its_evidence_keeps_the_order_of_the_file(root: Path) -> None:
    more = [Label(span_of("app/chat.py", CHAT, "AsyncOpenAI"), "imported")]
    finding = at(span_of("app/chat.py", CHAT, "client.chat"), evidence=more)
    assert frame(root, report(finding)).split("\n")[1:-1] == [
        "  --> app/chat.py:10:20",
        "   |",
        " 2 | from openai import AsyncOpenAI",
        "   |                    ----------- imported",
        "   :",
        "10 |     answer = await client.chat.completions.create(model=MODEL, messages=history)",
        "   |                    ^^^^^^^^^^^ here",
    ]


def test_a_file_that_is_gone_still_gives_place_and_words(tmp_path: Path) -> None:
    finding = at(Span("gone.py", 12, 3, 12, 9), evidence=[Label(Span("gone.py", 40, 1, 40, 2), "used here")])
    assert (
        frame(tmp_path, report(finding))
        == """\
warning[slow-timeout]: client.create may wait 20 minutes
  --> gone.py:12:3
   = note: here
   = note: line 40: used here
   = more: readylint explain slow-timeout"""
    )


def test_a_line_beyond_the_file_is_not_an_error(root: Path) -> None:
    assert "   = note: here\n" in frame(root, report(at(Span("app/api.py", 99, 1, 99, 2))))


def test_keys_are_masked_in_frames(tmp_path: Path) -> None:
    text = 'client = Client(api_key="sk-abc")\n'
    made = report(at(span_of("a.py", text, "Client"), "hardcoded-key", "error"))
    made.sheet = FactSheet(".", facts=[secret(span_of("a.py", text, '"sk-abc"'))])
    assert '1 | client = Client(api_key="******")\n' in printed(one_file(tmp_path, text), made)


def test_latin_1_and_crlf_files_are_read_as_python_reads_them(tmp_path: Path) -> None:
    text = "# coding: latin-1\r\nname = 'é'; create()\r\n"
    shown = frame(one_file(tmp_path, text.encode("latin-1")), report(at(span_of("a.py", text, "create"))))
    assert "2 | name = 'é'; create()\n  |             ^^^^^^ here" in shown


def test_help_of_several_lines_is_indented(root: Path) -> None:
    finding = at(span_of("app/api.py", API, "chat.ask"), help="one\ntwo")
    assert frame(root, report(finding)).endswith(
        "  = help: one\n          two\n  = more: readylint explain slow-timeout"
    )


def test_many_places_are_counted_unless_all_are_wanted(root: Path) -> None:
    labels = [Label(Span("app/chat.py", n, 1, n, 3), f"place {n}") for n in range(1, 12)]
    made = report(at(span_of("app/api.py", API, "chat.ask"), evidence=labels))
    assert "  = note: 3 more places take part (--show all)\n" in frame(root, made)
    assert "place 11" in frame(root, made, show_all=True)


def test_the_first_twenty_are_shown_and_the_rest_is_counted(root: Path) -> None:
    place = span_of("app/api.py", API, "chat.ask")
    findings = [at(place, severity="error")] * 20 + [at(place)] * 2 + [at(place, "no-retry")] * 3
    shown = printed(root, report(*findings))
    assert shown.count("-->") == 20
    assert (
        "5 more findings (--show all prints them in full):\n    3  warning  no-retry\n    2  warning  slow-timeout\n"
    ) in shown
    assert printed(root, report(*findings), show_all=True).count("-->") == 25


def test_comments_that_do_not_count_are_named(root: Path) -> None:
    made = report(slow_timeout(), remarks=[Problem("app/api.py", "this ignore comment has no reason", 3, 9)])
    assert "\ncomment: app/api.py:3:9: this ignore comment has no reason\n\n" in printed(root, made)


def test_quiet_prints_one_line_each_and_the_last_line(root: Path) -> None:
    made = report(slow_timeout(), at(span_of("app/api.py", API, "chat.ask"), severity="note"), ignored=1)
    assert printed(root, made, quiet=True) == (
        "app/chat.py:6:10: slow-timeout [warning] client.chat.completions.create may wait 30 minutes\n"
        "app/api.py:4:18: slow-timeout [note] client.create may wait 20 minutes\n"
        f"2 findings: 1 warning, 1 note; 1 ignored. {LAST}\n"
    )


def test_statistics_count_rules(root: Path) -> None:
    place = span_of("app/api.py", API, "chat.ask")
    shown = printed(root, report(at(place, "b", "error"), at(place, "a"), at(place, "a")), statistics=True)
    assert shown.startswith("    1  error    b\n    2  warning  a\n\nscore 62 of 100")
    assert "-->" not in shown


def test_no_findings_are_said_warmly_with_checklist_and_last_line(root: Path) -> None:
    holds = item("timeouts", "Calls give up in time", "holds", 14)
    section = SectionResult("latency", "Users are not kept waiting", [holds], 1.0, 2.0)
    project = ProjectReport(".", None, Checklist([section], 100, 1, 1, 1.0), 14)
    assert (
        printed(root, report(projects=[project]))
        == f"""\
No findings: everything that can be decided holds. Well done.

Checklist

  Latency  Users are not kept waiting  ██████████ 100 %
    ✔ Calls give up in time     14 of 14 calls

  ✔ holds

score 100 of 100 (1 of 1 item decided)
No findings. {LAST}
"""
    )


def test_no_findings_are_no_praise_while_the_checklist_fails(root: Path) -> None:
    shown = printed(root, report(ignored=2))
    assert shown.startswith("No findings in what was selected; the checklist counts the whole project.\n")
    assert shown.endswith(f"No findings; 2 ignored. {LAST}\n")


def test_code_without_model_calls(root: Path) -> None:
    shown = printed(root, report(projects=[ProjectReport(".", None, checklist(None), 0)], files_parsed=[]))
    assert shown.startswith("No model calls found in 120 files.\nIf there are some, `readylint facts` says where")
    assert "Checklist" not in shown
    assert shown.endswith("No findings. No model calls in 0 files read of 120.\n")


def test_calls_in_tests_only(root: Path) -> None:
    shown = printed(root, report(projects=[ProjectReport(".", None, checklist(None), 0, 3)]))
    assert "No model calls found in the application; 3 in tests, examples and the like.\n" in shown


def test_too_little_decided_is_not_scored(root: Path) -> None:
    made = report(slow_timeout(), projects=[ProjectReport(".", None, checklist(None), 14)])
    shown = printed(root, made, min_score=50)
    assert (
        "\nnot enough to score (5 of 38 items decided; 1 of 6 items has no rule yet, 1 waits for the team)"
        "; --min-score asks for 50\n" in shown
    )


def test_several_projects_have_a_line_each_and_the_worst_score(root: Path) -> None:
    projects = [
        ProjectReport("services/search", None, checklist(77), 5, 2),
        ProjectReport("services/bot", None, checklist(41), 9),
        ProjectReport("services/none", None, checklist(None), 1),
        ProjectReport("tools", None, checklist(None), 0),
    ]
    shown = printed(root, report(slow_timeout(), projects=projects), min_score=60)
    assert "\nChecklist of services/bot\n" in shown
    assert shown.count("Checklist of") == 1
    assert (
        "services/search  score 77 of 100 (31 of 38 items decided), 5 model calls\n"
        "services/bot     score 41 of 100 (31 of 38 items decided), 9 model calls\n"
        "services/none    not enough to score (5 of 38 items decided), 1 model call\n"
        "worst score 41 of 100 (31 of 38 items decided; 1 of 6 items has no rule yet, 1 waits for the team)"
        ": services/bot; --min-score asks for 60\n"
    ) in shown
    assert "15 model calls (and 2 in tests, examples and the like) in" in shown
    assert printed(root, report(projects=projects), show_all=True).count("Checklist of") == 3


def test_nothing_is_wrapped_to_column_0(root: Path) -> None:
    finding = replace(slow_timeout(), help="give the client a timeout of 30 seconds, in the unit that the SDK reads")
    made = report(finding, notes=["prices are older than 180 days " * 3], excluded=["legacy/**"] * 9)
    shown = printed(root, replace(made, problems=[Problem("a.py", "cannot be parsed: " + "word " * 20)]), width=60)
    assert max(map(cell_len, shown.split("\n"))) <= 60
    assert (
        "   = help: give the client a timeout of 30 seconds, in the\n           unit that the SDK reads\n"
        "   = more: readylint explain slow-timeout\n"
    ) in shown
    assert (
        "score 62 of 100 (31 of 38 items decided; 1 of 6 items has no\n  rule yet, 1 waits for the team)\n"
        "Next: `readylint explain slow-timeout` says why and how to\n"
        "  fix it; `# readylint: ignore[slow-timeout] reason`\n  silences one place.\n"
    ) in shown
    begun = ("warning[", "not read", "Checklist", "excluded", "note", "score", "Next", "1 finding", " ")
    assert all(line.startswith(begun) or line[:1].isdigit() for line in shown.split("\n") if line)


def test_items_without_a_rule_are_one_line_unless_all_are_wanted(root: Path) -> None:
    items = [item(f"i{n}", f"Item {n}", "no-rule") for n in range(3)]
    sections = [*checklist().sections, SectionResult("scale", "It grows", items, None, 0.0)]
    made = report(projects=[ProjectReport(".", None, replace(checklist(), sections=sections), 14)])
    shown = printed(root, made)
    assert "\n  · 4 items have no rule yet: listed with --show all\n" in shown
    assert "Scale" not in shown
    assert shown.count("no rule yet") == 2
    assert "4 of 9 items have no rule yet, 1 waits for the team)\n" in shown
    everything = printed(root, made, show_all=True)
    assert "  Scale  It grows\n    · no rule yet: Item 0; Item 1; Item 2\n" in everything
    assert "listed with --show all" not in everything
    assert everything.count("attest, not in this version   · no rule yet\n") == 1


def test_what_comes_next_is_the_most_severe_then_the_most_frequent(root: Path) -> None:
    place = span_of("app/api.py", API, "chat.ask")
    found = [at(place, "a"), at(place, "a"), at(place, "a"), at(place, "b", "error"), at(place, "c", "error")]
    shown = printed(root, report(*found, at(place, "c", "error")))
    assert "Next: `readylint explain c` says why" in shown


def test_selected_rules_that_find_nothing_print_a_short_line(root: Path) -> None:
    assert printed(root, report(ignored=1), selected=["no-retry", "latency"]) == (
        f"No findings of no-retry, latency; 1 ignored. {LAST}\n"
    )
    assert "Checklist" in printed(root, report(slow_timeout()), selected=["slow-timeout"])
    assert "--min-score asks for 90" in printed(root, report(), selected=["no-retry"], min_score=90)


def test_a_stream_without_these_signs_gets_plain_ones(root: Path) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", newline="\n")
    write(report(slow_timeout()), "terminal", stream, options(root))
    stream.flush()
    shown = raw.getvalue().decode("ascii")
    assert "    x Calls give up in time                  12 of 14 calls, 1 cannot tell\n" in shown
    assert "  Latency  Users are not kept waiting        #########.  92 %\n" in shown


def test_colour_only_when_wanted(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in printed(root, report(slow_timeout()), color="never")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[1;33mwarning[slow-timeout]\x1b[0m" in printed(root, report(slow_timeout()), color="always")


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (item("a", "A", "holds", 1), "1 of 1 call"),
        (replace(item("a", "A", "fails", 0, 2), unit="task"), "0 of 2 tasks"),
        (replace(item("a", "A", "fails", 1, 1), unit="dependency"), "1 of 2 dependencies"),
        (replace(item("a", "A", "fails", 0, 1), unit="project"), ""),
        (replace(item("a", "A", "unknown", 0, 0, 1), unit="project"), "cannot tell"),
        (item("a", "A", "unknown", 2, 0, 1), "2 of 2 calls, 1 cannot tell"),
        (item("a", "A", "unknown"), "cannot tell"),
        (item("a", "A", "attestable"), ""),
    ],
)
def test_what_an_item_counts(made: object, text: str) -> None:
    assert counts(made) == text  # type: ignore[arg-type]


def test_an_unknown_format_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match="no format 'xml'; there are terminal, json, sarif"):
        write(report(), "xml", io.StringIO(), options(root))
