"""The flags of the command line: their names, values, and where help lists them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Annotated, Literal

import typer

from readylint.settings import Format as ReportFormat
from readylint.verdicts import Severity

RULES, FILES, OUTPUT, EXIT, MORE = "Rules", "Files", "Output", "Exit code", "Settings and messages"
TRAFFIC = "Traffic"
WhatColor = Literal["auto", "always", "never"]
HowMany = Literal["first", "all"]


def _finite(value: float | None) -> float | None:
    """Neither infinity nor what is no number."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter("a finite number is wanted")
    return value


Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="PATHS", help="Files and folders; the current folder when none is given.")
]
Select = Annotated[
    list[str] | None,
    typer.Option(
        "--select", metavar="NAMES", rich_help_panel=RULES, help="Only these rules, items or sections; comma separated."
    ),
]
Ignore = Annotated[
    list[str] | None,
    typer.Option("--ignore", metavar="NAMES", rich_help_panel=RULES, help="Not these rules, items or sections."),
]
Pedantic = Annotated[
    bool | None, typer.Option("--pedantic", rich_help_panel=RULES, help="Also the rules that are not on by default.")
]
Packs = Annotated[
    list[Path] | None,
    typer.Option("--pack", metavar="FOLDER", rich_help_panel=RULES, help="Rules of your own; repeatable."),
]
Exclude = Annotated[
    list[str] | None,
    typer.Option(
        "--exclude", metavar="PATTERNS", rich_help_panel=FILES, help="Patterns as in .gitignore; changes the score."
    ),
]
Format = Annotated[ReportFormat | None, typer.Option("--format", rich_help_panel=OUTPUT, help="The report on stdout.")]
TextOrJson = Annotated[
    Literal["text", "json"], typer.Option("--format", rich_help_panel=OUTPUT, help="How it is printed.")
]
TextJsonOrMarkdown = Annotated[
    Literal["text", "json", "markdown"], typer.Option("--format", rich_help_panel=OUTPUT, help="How it is printed.")
]
Traffic = Annotated[
    Path | None,
    typer.Option(
        "--traffic",
        metavar="FILE",
        rich_help_panel=TRAFFIC,
        help="How often each call runs and how large its requests and answers are, as YAML; README.md shows one.",
    ),
]
CallsPerDay = Annotated[
    float | None,
    typer.Option(
        "--calls-per-day",
        metavar="N",
        min=0,
        callback=_finite,
        rich_help_panel=TRAFFIC,
        help="Requests a day of each call that the traffic file gives no number of its own.",
    ),
]
CacheHitRate = Annotated[
    float | None,
    typer.Option(
        "--cache-hit-rate",
        metavar="SHARE",
        min=0,
        max=1,
        callback=_finite,
        rich_help_panel=TRAFFIC,
        help="The share of requests, 0 to 1, that a cache of answers would save; 0.3 when nobody gives one.",
    ),
]
AllLines = Annotated[
    bool, typer.Option("--all", rich_help_panel=OUTPUT, help="The lines of single constructors and calls too.")
]
ReportFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--report", metavar="FORMAT=FILE", rich_help_panel=OUTPUT, help="A report into a file as well; repeatable."
    ),
]
Show = Annotated[
    HowMany, typer.Option("--show", rich_help_panel=OUTPUT, help="How many findings or examples are shown in full.")
]
Statistics = Annotated[bool, typer.Option("--statistics", rich_help_panel=OUTPUT, help="Only count, rule by rule.")]
Color = Annotated[WhatColor, typer.Option("--color", rich_help_panel=OUTPUT, help="Colours in the output.")]
FailOn = Annotated[
    Severity | None, typer.Option("--fail-on", rich_help_panel=EXIT, help="The least severity that fails.")
]
MinScore = Annotated[
    int | None,
    typer.Option("--min-score", metavar="N", min=0, max=100, rich_help_panel=EXIT, help="Fail below this score."),
]
ExitZero = Annotated[bool, typer.Option("--exit-zero", rich_help_panel=EXIT, help="Findings do not fail.")]
Strict = Annotated[
    bool,
    typer.Option(
        "--strict",
        rich_help_panel=EXIT,
        help="A file that had to be read and could not be, or is no Python, fails with 2. Files that have nothing to "
        "do with model calls are not looked at.",
    ),
]
Config = Annotated[
    Path | None, typer.Option("--config", metavar="FILE", rich_help_panel=MORE, help="The settings file to use.")
]
Isolated = Annotated[bool, typer.Option("--isolated", rich_help_panel=MORE, help="Read no settings file.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", rich_help_panel=MORE, help="One line for each finding.")]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", rich_help_panel=MORE, help="Name the files that were parsed.")
]
Debug = Annotated[bool, typer.Option("--debug", rich_help_panel=MORE, help="The traceback of an internal error.")]
At = Annotated[
    str | None, typer.Option("--at", metavar="FILE:LINE", help="Everything known of the call there, and why.")
]
RuleName = Annotated[str, typer.Argument(metavar="RULE", help="The name of a rule.")]
PackFolder = Annotated[
    Path | None, typer.Argument(metavar="PACK", help="The folder of a pack; the built-in one when none is given.")
]
