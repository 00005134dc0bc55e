"""What `sdks` prints: each SDK with its default timeout and tries, by version, and how that is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from rich.text import Text

from readylint.catalogue import Sdk
from readylint.report.options import ReportOptions
from readylint.report.paper import Paper, number
from readylint.report.sources import clean

_SHOWN = 3


@dataclass(slots=True)
class Row:
    """One default line of an SDK."""

    versions: str
    of: str
    """The constructors that it holds for; empty for all."""
    timeout: Any = None
    """Seconds, "none" for no limit, None when nobody knows."""
    attempts: int | None = None
    """Tries in all, the first one counted; None when nobody knows."""
    steps: Any = None
    confirmed: list[str] = field(default_factory=list)
    """Versions in which a contract test saw these values."""
    when: str = ""


def rows(sdk: Sdk) -> list[Row]:
    """The default lines of an SDK, those of single constructors and calls included."""
    found = [_row(line, "") for line in sdk.defaults]
    for client in sdk.clients:
        if client.defaults is not None and client.make:
            found += [_row(line, client.make[0].rsplit(".", 1)[-1], client.package) for line in client.defaults]
    for call in sdk.calls:
        found += [_row(line, call.path) for line in call.defaults or () if {"timeout", "retries"} & line.keys()]
    return found


def _row(line: dict[str, Any], of: str, package: str | None = None) -> Row:
    retries = line.get("retries")
    when = ", ".join(f"{test.replace('_', ' ')} {_few(wanted)}" for test, wanted in line.get("when", {}).items())
    versions = str(line.get("versions", "*"))
    return Row(
        f"{package} {versions}" if package else versions, of, line.get("timeout"),
        retries + 1 if isinstance(retries, int) else None, line.get("steps"),
        [str(v) for v in line.get("confirmed", [])], when,
    )  # fmt: skip


def _few(wanted: Any) -> str:
    values = [str(v) for v in wanted] if isinstance(wanted, list) else [str(wanted)]
    return " ".join(values[:_SHOWN]) + (" ..." if len(values) > _SHOWN else "")


def sdks_document(sdks: Iterable[Sdk]) -> list[dict[str, Any]]:
    """Every SDK as plain data."""
    return [
        {
            "sdk": sdk.sdk,
            "provider": sdk.provider,
            "package": sdk.package,
            "imports": sdk.imports,
            "verified": {
                "versions": [str(v) for v in sdk.verified.get("versions") or ()],
                "date": sdk.verified.get("date"),
                "how": sdk.verified.get("how", "unverified"),
            },
            "calls": [{"path": c.path, "operation": c.operation} for c in sdk.calls],
            "defaults": [
                {
                    "versions": row.versions, "of": row.of or None, "when": row.when or None, "timeout": row.timeout,
                    "attempts": row.attempts, "steps": row.steps, "confirmed": row.confirmed,
                }
                for row in rows(sdk)
            ],
        }
        for sdk in _ordered(sdks)
    ]  # fmt: skip


def write_sdks(sdks: Sequence[Sdk], stream: TextIO, options: ReportOptions, every: bool = False) -> None:
    """A table of what is known; `every` shows the lines of single constructors and calls too."""
    paper = Paper(stream, options)
    head = ("SDK", "calls", "timeout", "tries", "known")
    table = [line for sdk in _ordered(sdks) for line in _lines(sdk, every)]
    widths = [max(len(line[n]) for line in [head, *table]) for n in range(4)]
    paper.wrap(Text(_cells(head[:4], widths) + head[4], "bold"), sum(widths) + 8)
    for line in table:
        text = Text(f"{clean(line[0]):<{widths[0]}}  ", "bold").append(_cells(line[1:4], widths[1:]))
        style = "yellow" if line[4].startswith("unverified") else "dim"
        paper.wrap(text.append(clean(line[4]), style), sum(widths) + 8)
    paper.print()
    confirmed = sum(1 for sdk in sdks if any(row.confirmed for row in rows(sdk)))
    paper.wrap(
        f"{number(len(sdks), 'SDK')}. Of {confirmed} a contract test saw the values on the wire. ? is not known.", 0
    )
    if not every:
        paper.wrap("`readylint sdks --all` shows the lines of single constructors and calls too.", 0)


def _ordered(sdks: Iterable[Sdk]) -> list[Sdk]:
    return sorted(sdks, key=lambda s: (s.transport, s.sdk))


def _cells(values: Sequence[str], widths: Sequence[int]) -> str:
    return "".join(f"{value:<{width}}  " for value, width in zip(values, widths, strict=False))


def _lines(sdk: Sdk, every: bool) -> list[tuple[str, str, str, str, str]]:
    known = rows(sdk)
    shown = known if every else [row for row in known if not row.of] or known[:1]
    out: list[tuple[str, str, str, str, str]] = []
    for row in shown or [Row("*", "")]:
        first = not out
        steps = f", {_steps(row.steps)}" if row.steps is not None else ""
        out.append((
            sdk.sdk if first else "", str(len(sdk.calls)) if first else "", _seconds(row.timeout),
            ("?" if row.attempts is None else str(row.attempts)) + steps, _known(sdk, row, first),
        ))  # fmt: skip
    return out


def _seconds(value: Any) -> str:
    if value is None:
        return "?"
    return f"{value:g} s" if isinstance(value, int | float) else str(value)


def _steps(value: Any) -> str:
    return "no end" if value == "unbounded" else f"{value} steps"


def _known(sdk: Sdk, row: Row, first: bool) -> str:
    scope = " ".join(part for part in (row.of, row.versions if row.versions != "*" else "", row.when) if part)
    if row.confirmed:
        how = f"measured with {', '.join(row.confirmed)}"
    else:
        seen = str(sdk.verified.get("how", "unverified"))
        seen = "introspected" if seen == "measured" else seen
        how = "unverified" if seen == "unverified" else f"unverified on the wire, {seen}"
        versions = [str(v) for v in sdk.verified.get("versions") or ()] if first else []
        rest = f" and {len(versions) - _SHOWN} more" if len(versions) > _SHOWN else ""
        how += f" in {', '.join(versions[:_SHOWN])}{rest}" if versions else ""
    return f"{scope}: {how}" if scope else how
