"""One run of `readylint cost`: the facts of the code, the traffic file and the price table, put together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from readylint.analysis import Gathered, collect
from readylint.catalogue.model_table import ModelTable
from readylint.cost import CostSheet, Traffic, cost_sheet, read_traffic
from readylint.packs import Pack
from readylint.settings import Settings


def cost_of(
    paths: Sequence[Path],
    settings: Settings,
    pack: Pack,
    traffic: Path | None,
    *,
    today: date,
    calls_per_day: float | None = None,
    cache_hit_rate: float | None = None,
) -> tuple[CostSheet, Gathered]:
    """The cost sheet of the projects that the paths touch, and the facts that it was made of.

    `calls_per_day` (requests) and `cache_hit_rate` (0 to 1) stand for those of `default:` in the traffic file. Raises
    `SettingsError` for what is wrong in the traffic file, `OSError` when it cannot be read, else as `collect` does.
    """
    load = read_traffic(traffic) if traffic is not None else Traffic()
    gathered = collect(paths, settings, pack)
    sheet = cost_sheet(
        gathered.sheet,
        ModelTable(pack.models(), pack.model_spellings),
        load,
        root=gathered.discovery.root,
        prices_as_of=pack.models_as_of,
        today=today,
        calls_per_day=calls_per_day,
        cache_hit_rate=cache_hit_rate,
    )
    return sheet, gathered
