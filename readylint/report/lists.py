"""What `rules` and `settings` print: plain lines, one for each thing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TextIO

from rich.text import Text

from readylint.packs import Pack, Rule
from readylint.report.frame import SEVERITY_STYLE
from readylint.report.options import ReportOptions
from readylint.report.paper import Paper, number
from readylint.report.sources import clean
from readylint.settings import NOT_USED_YET, Settings
from readylint.tables import shown


def write_rules(pack: Pack, stream: TextIO, options: ReportOptions) -> None:
    """Every rule under its section and item."""
    paper = Paper(stream, options)
    wide = max((len(rule.id) for rule in pack.rules), default=0)
    for name, section in pack.checklist.sections.items():
        rules = [rule for rule in pack.rules if rule.section == name]
        if not rules:
            continue
        paper.wrap(Text(f"{name}  ", "bold").append(clean(section.title), "dim"))
        for rule in rules:
            line = Text(f"  {rule.id:<{wide}}  ").append(f"{rule.worst:<8}", SEVERITY_STYLE[rule.worst])
            line.append(clean(rule.title)).append(f"  ({rule.item})", "dim")
            paper.wrap(line.append("" if rule.default is True else f"  {rule.default}", "cyan"), wide + 12)
        paper.print()
    paper.print(f"{number(len(pack.rules), 'rule')}. `readylint explain RULE` shows one with its examples.")


def rules_document(pack: Pack) -> list[dict[str, Any]]:
    """Every rule as plain data."""
    return [_rule(rule) for rule in pack.rules]


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "section": rule.section,
        "item": rule.item,
        "severity": rule.worst,
        "confidence": rule.confidence,
        "default": rule.default,
        "since": rule.since,
        "params": rule.params,
        "scope": sorted(rule.scope),
        "tags": list(rule.tags),
        "pack": rule.pack,
    }


def write_settings(settings: Settings, stream: TextIO, options: ReportOptions) -> None:
    """Every setting with its value and the line that it was read from."""
    paper = Paper(stream, options)
    paper.print(f"# {shown(settings.path)}" if settings.path else "# no settings file: the defaults")
    for name, value in _values(settings):
        key = name.replace("_", "-")
        place = settings.where.get(key)
        line = Text(f"{key} = ").append(json.dumps(value, ensure_ascii=False, default=str), "cyan")
        origin = f"line {place.line}" if place else "default"
        unused = "; read, not used yet" if key in NOT_USED_YET else ""
        paper.wrap(line.append(f"  # {origin}{unused}", "dim"))


def _values(settings: Settings) -> Iterable[tuple[str, Any]]:
    plain = ("select", "ignore", "pedantic", "fail_on", "min_score", "format", "exclude", "force_exclude", "packs")
    for name in (*plain, "gateway", "attest"):
        yield name, getattr(settings, name)
    yield "overrides", [{"paths": o.paths, "ignore": o.ignore} for o in settings.overrides]
    rules: dict[str, dict[str, Any]] = {rule: dict(params) for rule, params in settings.params.items()}
    for rule, severity in settings.severities.items():
        rules.setdefault(rule, {})["severity"] = severity
    yield "rules", rules
    fields = ("operation", "timeout", "retries", "model", "max_output", "guarded", "validated", "usage", "provider")
    yield (
        "calls",
        {
            name: {field: value for field in fields if (value := getattr(call, field)) is not None}
            for name, call in settings.calls.items()
        },
    )
