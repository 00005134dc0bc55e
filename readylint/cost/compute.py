"""The whole cost sheet: every call that is priced by tokens, the total, and what would change it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from readylint.catalogue.model_table import ModelTable
from readylint.cost.amounts import total
from readylint.cost.places import CallPlaces
from readylint.cost.remarks import remarks
from readylint.cost.rows import Pricing
from readylint.cost.sheet import Change, CostSheet
from readylint.cost.traffic import Traffic
from readylint.facts import FactSheet, LlmCall

ROLES = frozenset({"app", "script", "notebook"})
BY_TOKENS = frozenset({"chat", "responses", "completion", "embedding", "agent"})
ASSUMED_RATE = 0.3
"""The hit rate of a cache of answers where nobody gives one."""


def cost_sheet(
    facts: FactSheet,
    table: ModelTable,
    traffic: Traffic,
    *,
    root: Path,
    prices_as_of: str = "",
    today: date,
    calls_per_day: float | None = None,
    cache_hit_rate: float | None = None,
) -> CostSheet:
    """Price every model call of applications, scripts and notebooks.

    `root` is what the places of the facts are relative to, `prices_as_of` the day of the table. `calls_per_day`
    (requests) and `cache_hit_rate` (0 to 1) stand for those of `default:` in the traffic file. Raises `SettingsError`
    for an entry of the traffic file that names no call of the sheet.
    """
    calls = [fact for fact in facts.facts if isinstance(fact, LlmCall)]
    ours = [call for call in calls if call.role in ROLES]
    priced = [call for call in ours if call.operation in BY_TOKENS]
    default = replace(traffic.default)
    default.calls_per_day = traffic.default.calls_per_day if calls_per_day is None else calls_per_day
    default.cache_hit_rate = traffic.default.cache_hit_rate if cache_hit_rate is None else cache_hit_rate
    places = CallPlaces(calls, root, traffic)
    loads = places.loads(priced, default, {call.id: _why_not(call) for call in calls})
    pricing = Pricing(table, today, traffic.days_per_month, default.model, ASSUMED_RATE)
    rows = [pricing.row(call, loads[call.id], places.written(call)) for call in priced]
    return CostSheet(
        prices_as_of,
        traffic.days_per_month,
        rows,
        total(row.cost for row in rows),
        Change(sum(r.switched for r in rows), total(r.smaller for r in rows), total(r.smaller_saves for r in rows)),
        Change(
            sum(r.cache_hit_rate > 0 for r in rows),
            total(r.cost.times(1 - r.cache_hit_rate) for r in rows),
            total(r.cost.times(r.cache_hit_rate) for r in rows),
        ),
        sorted({row.cache_hit_rate for row in rows}),
        any(loads[row.call.id].cache_hit_rate is None for row in rows),
        [call for call in ours if call.operation not in BY_TOKENS],
        len(calls) - len(ours),
        list(remarks(rows, prices_as_of, today)),
        list(facts.problems),
    )


def _why_not(call: LlmCall) -> str:
    """Why a call is not on the sheet."""
    if call.role not in ROLES:
        return f"the call there counts as {call.role}"
    return f"the call there ({call.operation}) is priced by something other than tokens"
