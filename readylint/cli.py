"""Commands and request. Nothing is judged here, and heavy modules are imported by the command that needs them."""

from __future__ import annotations

import difflib
import os
import sys
import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from readylint import __version__, flags
from readylint.settings import SettingsError

if TYPE_CHECKING:
    from readylint.analysis import Gathered
    from readylint.packs import Pack
    from readylint.report import ReportOptions
    from readylint.verdicts import Report

COMMANDS = ("check", "facts", "explain", "rules", "sdks", "cost", "test", "schema", "settings")
INTERRUPTED = 130

app = typer.Typer(
    name="readylint",
    help="Finds every call that reaches a model provider and says what stands around it.",
    epilog="`readylint PATHS` is `readylint check PATHS`; without a path it is the current folder.",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    rich_markup_mode="markdown",
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"readylint {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("-V", "--version", help="The version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Finds every call that reaches a model provider and says what stands around it."""


@app.command()
def check(
    paths: flags.Paths = None,
    select: flags.Select = None,
    ignore: flags.Ignore = None,
    pedantic: flags.Pedantic = None,
    pack: flags.Packs = None,
    exclude: flags.Exclude = None,
    format: flags.Format = None,  # noqa: A002
    report: flags.ReportFiles = None,
    show: flags.Show = "first",
    statistics: flags.Statistics = False,
    color: flags.Color = "auto",
    fail_on: flags.FailOn = None,
    min_score: flags.MinScore = None,
    exit_zero: flags.ExitZero = False,
    strict: flags.Strict = False,
    config: flags.Config = None,
    isolated: flags.Isolated = False,
    quiet: flags.Quiet = False,
    verbose: flags.Verbose = False,
    debug: flags.Debug = False,
) -> None:
    """Check files and folders: findings, checklist and score. This is the default command."""
    from readylint import request, streams
    from readylint.analysis import analyse

    given = paths or [Path()]
    files = [_report_file(text) for text in report or ()]
    settings = request.settings_for(given, config, isolated)
    request.add_flags(settings, select=select, ignore=ignore, pedantic=pedantic, pack=pack, exclude=exclude)
    settings.format = format or settings.format
    settings.fail_on = fail_on or settings.fail_on
    settings.min_score = settings.min_score if min_score is None else min_score
    loaded = request.pack_of(settings)
    with streams.patience("reading the code"):
        made, gathered = analyse(given, settings)
    code = request.exit_code(made, settings, exit_zero=exit_zero, strict=strict)
    options = _options(gathered.discovery.root, color)
    options.show_all, options.statistics, options.quiet = show == "all", statistics, quiet
    options.exit_code, options.min_score = code, settings.min_score
    options.selected = request.split(select or ())
    if verbose:
        streams.say("\n".join(f"parsed: {path}" for path in made.files_parsed))
    _put_reports(made, settings.format, files, options, loaded)
    if strict and made.problems:
        streams.say("error: not every file could be read, and --strict was given")
    raise typer.Exit(code)


def _put_reports(made: Report, format: str, files: list[ReportFile], options: ReportOptions, pack: Pack) -> None:  # noqa: A002
    """The report on stdout and those into files; only SARIF tells of rules without a finding."""
    from readylint import streams
    from readylint.report import write
    from readylint.report.rule_text import rule_texts

    if "sarif" in {format, *(file.format for file in files)}:
        options.rules = rule_texts(pack)
    for file in files:
        streams.put_file(file.path, partial(write, made, file.format, options=options))
    streams.put(lambda out: write(made, format, out, options))


@app.command()
def facts(
    paths: flags.Paths = None,
    format: flags.TextOrJson = "text",  # noqa: A002
    at: flags.At = None,
    exclude: flags.Exclude = None,
    pack: flags.Packs = None,
    color: flags.Color = "auto",
    config: flags.Config = None,
    isolated: flags.Isolated = False,
    debug: flags.Debug = False,
) -> None:
    """What is true of the code: calls, clients, handlers, tasks, and who decided each value."""
    from readylint import request, streams
    from readylint.analysis import collect, silent_files
    from readylint.facts import to_json
    from readylint.report.facts_text import write_facts

    place = _place(at) if at is not None else None
    given = paths or [place[0] if place else Path()]
    settings = request.settings_for(given, config, isolated)
    request.add_flags(settings, pack=pack, exclude=exclude)
    with streams.patience("reading the code"):
        gathered = collect(given, settings, request.pack_of(settings))
    options = _options(gathered.discovery.root, color)
    if place is not None:
        _put_calls(gathered, place, format, options)
    elif format == "json":
        streams.put_json(to_json(gathered.sheet))
    else:
        silent = [
            f"{f.path}:{f.line} imports {f.sdk}, and no model call was found there: it {f.why}"
            for f in silent_files(gathered)
        ]
        streams.put(lambda out: write_facts(gathered.sheet, out, options, [*gathered.notes, *silent]))


def _put_calls(gathered: Gathered, place: tuple[Path, int], format: str, options: ReportOptions) -> None:  # noqa: A002
    """Everything known of the calls on one line."""
    from readylint import streams
    from readylint.facts import to_json
    from readylint.report.facts_text import calls_at, write_call

    sheet = gathered.sheet
    rel = Path(os.path.relpath(os.path.realpath(place[0]), os.path.realpath(options.root))).as_posix()
    found = calls_at(sheet, rel, place[1])
    if not found:
        lines = sorted({str(f.span.line) for f in sheet.facts if f.kind == "llm.call" and f.span.path == rel}, key=int)
        hint = f"calls of this file are in line {', '.join(lines)}" if lines else _why_none(gathered, rel)
        raise SettingsError(f"there is no model call in {place[0]}, line {place[1]}", hint=hint)
    if format == "json":
        streams.put_json([to_json(call) for call in found])
        return
    for call in found:
        streams.put(partial(write_call, call, sheet, options=options))


def _why_none(gathered: Gathered, path: str) -> str:
    """Why a file holds no model call."""
    from readylint.analysis import silent_files

    for silent in silent_files(gathered):
        if silent.path == path:
            return f"no call was found in this file: it imports {silent.sdk} in line {silent.line} and {silent.why}"
    if path in gathered.parsed:
        return "no call was found in this file, and it imports no SDK that readylint knows"
    return "no call was found in this file: it was not parsed, since it leads to no SDK that readylint knows"


@app.command()
def explain(
    rule: flags.RuleName,
    show: flags.Show = "first",
    pack: flags.Packs = None,
    color: flags.Color = "auto",
    config: flags.Config = None,
    isolated: flags.Isolated = False,
    debug: flags.Debug = False,
) -> None:
    """A rule: what it expects, why, how to fix it, how to silence it, and examples."""
    from readylint import streams
    from readylint.report.explain import write
    from readylint.report.rule_text import UNUSED_IGNORE_TEXT, rule_texts

    loaded = _loaded(pack, config, isolated)
    texts = [UNUSED_IGNORE_TEXT] if rule == UNUSED_IGNORE_TEXT.id else rule_texts(loaded, {rule})
    if not texts:
        known = {r.id for r in loaded.rules}
        from readylint.tables import meant

        raise SettingsError(f"no rule is called `{rule}`", hint=meant(rule, known) or "`readylint rules` lists them")
    options = _options(Path.cwd(), color)
    options.show_all = show == "all"
    streams.put(lambda out: write(texts[0], out, options))


@app.command()
def rules(
    format: flags.TextOrJson = "text",  # noqa: A002
    pack: flags.Packs = None,
    color: flags.Color = "auto",
    config: flags.Config = None,
    isolated: flags.Isolated = False,
    debug: flags.Debug = False,
) -> None:
    """Every rule, under the section and item that it answers."""
    from readylint import streams
    from readylint.report.lists import rules_document, write_rules

    loaded = _loaded(pack, config, isolated)
    if format == "json":
        streams.put_json(rules_document(loaded))
    else:
        streams.put(lambda out: write_rules(loaded, out, _options(Path.cwd(), color)))


@app.command()
def sdks(
    format: flags.TextOrJson = "text",  # noqa: A002
    every: flags.AllLines = False,
    pack: flags.Packs = None,
    color: flags.Color = "auto",
    config: flags.Config = None,
    isolated: flags.Isolated = False,
    debug: flags.Debug = False,
) -> None:
    """Every SDK that is known: its default timeout and tries by version, and how that was found out."""
    from readylint import streams
    from readylint.report.sdk_table import sdks_document, write_sdks

    loaded = _loaded(pack, config, isolated)
    known = loaded.sdks(loaded.sdk_index)
    if format == "json":
        streams.put_json(sdks_document(known))
    else:
        streams.put(lambda out: write_sdks(known, out, _options(Path.cwd(), color), every))


@app.command()
def cost(
    paths: flags.Paths = None,
    traffic: flags.Traffic = None,
    calls_per_day: flags.CallsPerDay = None,
    cache_hit_rate: flags.CacheHitRate = None,
    format: flags.TextJsonOrMarkdown = "text",  # noqa: A002
    exclude: flags.Exclude = None,
    pack: flags.Packs = None,
    color: flags.Color = "auto",
    config: flags.Config = None,
    isolated: flags.Isolated = False,
    debug: flags.Debug = False,
) -> None:
    """What the model calls cost in a month, what is not known of that, and what would change it."""
    from datetime import UTC, datetime

    from readylint import request, streams
    from readylint.costing import cost_of
    from readylint.report.cost import write

    given, today = paths or [Path()], datetime.now(UTC).date()
    settings = request.settings_for(given, config, isolated)
    request.add_flags(settings, pack=pack, exclude=exclude)
    loaded = request.pack_of(settings)
    with streams.patience("reading the code"):
        made, gathered = cost_of(
            given, settings, loaded, traffic, today=today, calls_per_day=calls_per_day, cache_hit_rate=cache_hit_rate
        )
    streams.put(lambda out: write(made, format, out, _options(gathered.discovery.root, color)))


@app.command("test")
def run_examples(
    pack: flags.PackFolder = None,
    debug: flags.Debug = False,
) -> None:
    """Run the examples of a pack's rules and the probes of its SDKs: what is documented has to be true."""
    from readylint import probes, streams
    from readylint.packs import load as load_packs
    from readylint.selftest import run

    loaded = load_packs([pack] if pack is not None else [])
    loaded.check()
    own = {r.id for r in loaded.rules} - ({r.id for r in load_packs().rules} if pack is not None else set())
    results = run(loaded, own)
    failed = [r for r in results if not r.passed]
    lines = [f"{r.rule}: {r.kind} `{r.name}`: {r.outcome}: {r.detail}\n" for r in failed]
    lines.append(f"{len(results) - len(failed)} of {len(results)} examples of {len(own)} rules come out as they say.\n")
    tried = [probes.run_probe(loaded, sdk, probe) for sdk, probe in probes.probes(loaded, {loaded.heads[-1].name})]
    wrong = [p for p in tried if not p.passed]
    lines += [f"{p.sdk}: {p.name}: {p.detail}\n" for p in wrong]
    if tried:
        names = len({p.sdk for p in tried})
        lines.append(f"{len(tried) - len(wrong)} of {len(tried)} probes of {names} SDKs come out as they say.\n")
    streams.put(lambda out: out.writelines(lines))
    raise typer.Exit(1 if failed or wrong else 0)


@app.command()
def schema(debug: flags.Debug = False) -> None:
    """The JSON schema of `readylint facts --format json`."""
    from readylint import streams
    from readylint.facts_schema import json_schema

    streams.put_json(json_schema())


@app.command()
def settings(
    paths: flags.Paths = None,
    color: flags.Color = "auto",
    config: flags.Config = None,
    isolated: flags.Isolated = False,
    debug: flags.Debug = False,
) -> None:
    """Every setting that is in force, and where it was read from."""
    from readylint import request, streams
    from readylint.report.lists import write_settings

    found = request.settings_for(paths or [Path()], config, isolated)
    request.pack_of(found)
    streams.put(lambda out: write_settings(found, out, _options(Path.cwd(), color)))


class ReportFile(NamedTuple):
    """A `--report`."""

    format: str
    path: Path


def _report_file(text: str) -> ReportFile:
    from readylint.report import FORMATS
    from readylint.tables import meant

    name, sign, path = text.partition("=")
    if not sign or not path:
        raise SettingsError(f"--report {text}: a report is FORMAT=FILE", hint="for instance --report sarif=out.sarif")
    if name not in FORMATS:
        hint = meant(name, FORMATS) or "known: " + ", ".join(FORMATS)
        raise SettingsError(f"--report {text}: there is no format `{name}`", hint=hint)
    if Path(path).is_dir():
        raise SettingsError(f"--report {text}: {path} is a folder")
    return ReportFile(name, Path(path))


def _place(text: str) -> tuple[Path, int]:
    """FILE:LINE, also as editors write it: FILE:LINE:COLUMN."""
    parts = text.split(":")
    if len(parts) > 2 and parts[-1].isdigit() and parts[-2].isdigit():
        parts.pop()
    if len(parts) < 2 or not parts[-1].isdigit():
        raise SettingsError(f"--at {text}: a place is FILE:LINE", hint="for instance --at app/chat.py:12")
    return Path(":".join(parts[:-1])), int(parts[-1])


def _loaded(pack: list[Path] | None, config: Path | None, isolated: bool) -> Pack:
    """The packs that are in force in the current folder."""
    from readylint import request

    settings = request.settings_for([Path()], config, isolated)
    request.add_flags(settings, pack=pack)
    return request.pack_of(settings)


def _options(root: Path, color: flags.WhatColor) -> ReportOptions:
    from readylint.report import ReportOptions

    return ReportOptions(root=root, repository_root=root, color=color)


def main(arguments: list[str] | None = None) -> int:
    """Run a command; gives the exit code."""
    from readylint import streams

    streams.prepare()
    given = with_command(list(sys.argv[1:]) if arguments is None else list(arguments))
    try:
        result = app(args=given, prog_name="readylint", standalone_mode=False)
    except (KeyboardInterrupt, typer.Abort):
        result = INTERRUPTED
    except Exception as error:
        code, message = _told(error)
        judging = given[0] == "check" and code == 2
        streams.say(("error, nothing was judged: " if judging else "error: " if code == 2 else "") + message)
        if "--debug" in given:
            streams.say("".join(traceback.format_exception(error)).rstrip())
        return code
    if result == INTERRUPTED:
        streams.say("interrupted")
        streams.leave_at_once(INTERRUPTED)
    return result if isinstance(result, int) else 0


def with_command(arguments: list[str]) -> list[str]:
    """`check` stands in front unless there is a command, or something that is asked of the program itself."""
    first = arguments[0] if arguments else ""
    own = ("-h", "--help", "-V", "--version", "--install-completion", "--show-completion")
    return arguments if first in COMMANDS or first in own else ["check", *arguments]


def _told(error: Exception) -> tuple[int, str]:
    """The exit code for a failure, and what people are told."""
    from readylint.audit import UnknownCheckError
    from readylint.files import MissingPathError, NothingToReadError
    from readylint.packs import PackError

    if isinstance(error, NothingToReadError):
        return 3, f"nothing to check: {error}"
    if isinstance(error, MissingPathError):
        near = difflib.get_close_matches(str(error).partition(" ")[0], COMMANDS, 1, 0.7)
        return 2, f"{error}" + (f"\n  = help: did you mean the command `{near[0]}`?" if near else "")
    if isinstance(error, SettingsError | PackError | UnknownCheckError):
        return 2, str(error)
    if isinstance(error, USAGE_ERROR):
        said = error.format_message().replace(": Value error, ", ": ")
        return 2, f"{said}\n  = help: `readylint --help` and `readylint COMMAND --help`"
    if isinstance(error, OSError) and error.filename:
        return 2, f"{error.filename}: {error.strerror}"
    said = " ".join(str(error).split())
    return 2, f"internal error: {type(error).__name__}: {said}\n  = help: --debug shows where; please report it"


USAGE_ERROR: Any = typer.BadParameter.__mro__[2]
"""What is raised for wrong flags; typer has no public name for it."""
