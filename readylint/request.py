"""What one run is asked for: settings with the flags on top, packs, and the code that it ends with."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from readylint.packs import Pack
from readylint.packs import load as load_packs
from readylint.settings import Settings, check_rule_names, load
from readylint.streams import say
from readylint.verdicts import SEVERITY_ORDER, Report

CLEAN, FINDINGS, WRONG, NOTHING_READ, INTERRUPTED = 0, 1, 2, 3, 130
IGNORED_BY_FLAG = "ignored on the command line"


def settings_for(paths: Sequence[Path], config: Path | None, isolated: bool) -> Settings:
    """The settings for these paths: those nearest to the folder that they have in common."""
    folders = [os.path.abspath(p if p.is_dir() else p.parent) for p in paths]
    found = load(Path(os.path.commonpath(folders)), config, isolated)
    for warning in found.warnings:
        say(f"warning: {warning}")
    return found


def add_flags(
    settings: Settings,
    *,
    select: Iterable[str] | None = None,
    ignore: Iterable[str] | None = None,
    pedantic: bool | None = None,
    pack: Iterable[Path] | None = None,
    exclude: Iterable[str] | None = None,
) -> None:
    """`--select` replaces what the settings select; the other lists are added to."""
    if select:
        settings.select = split(select)
    settings.ignore = {**settings.ignore, **dict.fromkeys(split(ignore or ()), IGNORED_BY_FLAG)}
    settings.pedantic = settings.pedantic if pedantic is None else pedantic
    settings.packs = [*settings.packs, *(os.path.abspath(p) for p in pack or ())]
    settings.exclude = [*settings.exclude, *(_from_here(p, settings.base) for p in split(exclude or ()))]


def split(values: Iterable[str]) -> list[str]:
    """Comma separated values, given once or several times."""
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _from_here(pattern: str, base: Path) -> str:
    """A pattern that was written for the current folder, as it is written for the folder of the settings."""
    here = os.path.relpath(Path.cwd(), base).replace(os.sep, "/")
    sign = "!" if pattern.startswith("!") else ""
    body = pattern.removeprefix("!").removeprefix("./")
    if "/" not in body.rstrip("/") or here == "." or here.startswith(".."):
        return sign + body
    return f"{sign}/{here}/{body.lstrip('/')}"


def pack_of(settings: Settings) -> Pack:
    """The built-in pack and those of the settings; every rule that the settings name has to be in one of them."""
    pack = load_packs([settings.base / p for p in settings.packs])
    check_rule_names(settings, names_in(pack))
    return pack


def names_in(pack: Pack) -> set[str]:
    """Everything that can be selected or ignored: rules, items and sections."""
    return (
        {rule.id for rule in pack.rules}
        | set(pack.checklist.items())
        | set(pack.checklist.sections)
        | {"unused-ignore"}
    )


def exit_code(report: Report, settings: Settings, *, exit_zero: bool, strict: bool) -> int:
    """The code of a run that was judged."""
    if strict and report.problems:
        return WRONG
    if exit_zero:
        return CLEAN
    least = SEVERITY_ORDER[settings.fail_on]
    fails = any(SEVERITY_ORDER[finding.severity] >= least for finding in report.findings)
    return FINDINGS if fails or _too_short(report, settings.min_score) else CLEAN


def _too_short(report: Report, wanted: int | None) -> bool:
    """Whether the score of a project with model calls is missing or too low."""
    if wanted is None:
        return False
    scores = [project.checklist.score for project in report.projects if project.calls]
    return any(score is None or score < wanted for score in scores)
