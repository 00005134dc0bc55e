"""Rebuild the machine columns of `rules/models.yaml` from installed packages, and show what differs.

    python benchmarks/models/rebuild.py [--write] [--as-of DATE] [--verbose] [FILE]

Prices, price class, sizes, mode, status and end dates come from the packages (see README.md); tier, sibling, dated and
snapshots are kept by hand. Without --write nothing is changed and a difference ends in exit code 1. Columns kept by
hand that no longer hold (a sibling that is retired or not cheap enough any more) end in exit code 1 either way. A
package that is not installed ends in exit code 2. Nothing is fetched.
"""

from __future__ import annotations

import argparse
import re
import sys
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from sources import LICENCES, Price, SourceError, Sources, read_all

HERE = Path(__file__).resolve().parent
TABLE = HERE.parents[1] / "rules" / "models.yaml"
COLUMNS = [
    "id", "provider", "tier", "price_class", "dated", "snapshots", "sibling", "input", "output", "context",
    "max_output", "status", "retires_on", "mode",
]  # fmt: skip
MACHINE = ["price_class", "input", "output", "context", "max_output", "status", "retires_on", "mode"]
ROW = re.compile(r"^  - \{id: ")
CLASSES = [("flagship", 6.5), ("mid", 2.25), ("small", 0.0)]
CHEAPER = 3
OTHER_KINDS = re.compile(
    r"audio|banana|cyber|daybreak|gemma|guard|image|lyria|omni|robotics|rosalind|transcribe|tts", re.IGNORECASE
)
"""Ids of the SDKs' lists that are no business of the table: other media, and models for a closed circle."""
REFUSED = {
    "embed-multilingual-light-v3.0": "litellm: 100 dollars per million tokens, a thousand times its sisters",
    "command-a-plus-05-2026": "litellm: nothing, which means that it is not known",
}
"""Prices of the tables that are plainly wrong, and why."""
MODES = {
    "command": "chat",  # litellm and tokencost file these two under the older completion API; the chat API takes them
    "command-nightly": "chat",
}


def blended(row: dict[str, Any]) -> float | None:
    """Dollars per million tokens of three parts input and one part output."""
    if row.get("input") is None or row.get("output") is None:
        return None
    return float(3 * row["input"] + row["output"]) / 4


def price_class(row: dict[str, Any]) -> str | None:
    """The class that the price puts a model into; none for embeddings."""
    price = blended(row) if row.get("mode") != "embedding" else None
    return None if price is None else next(name for name, least in CLASSES if price >= least)


class Rebuild:
    """The rows of the table, computed anew."""

    def __init__(self, sources: Sources, announced: dict[str, dict[str, str]], as_of: str) -> None:
        self.sources = sources
        self.announced = announced
        self.as_of = as_of

    def row(self, old: dict[str, Any]) -> dict[str, Any]:
        """The row as the packages have it; what is kept by hand stays, and the mode where no package knows it."""
        prices = self.sources.prices(old["provider"], old["id"], self.as_of)
        new = {key: value for key, value in old.items() if key not in MACHINE}
        new["mode"] = MODES.get(old["id"]) or next((p.mode for p in prices if p.mode), old.get("mode"))
        if old["id"] not in REFUSED:
            new |= self._price(prices)
        new["context"] = next((p.context for p in prices if p.context), None)
        new["max_output"] = next((p.max_output for p in prices if p.max_output), None)
        if new["mode"] == "embedding":
            new["output"] = new["max_output"] = None
        new["retires_on"] = self._end(old["id"], prices)
        new["status"] = self._status(old, prices, new["retires_on"])
        new["price_class"] = price_class(new)
        return {key: new[key] for key in COLUMNS if new.get(key) not in (None, [], False)}

    def _price(self, prices: list[Price]) -> dict[str, Any]:
        for price in prices:
            if price.input is not None:
                return {"input": price.input, "output": price.output}
        return {}

    def _end(self, model: str, prices: list[Price]) -> str | None:
        if model in self.announced:
            return self.announced[model]["ends"]
        if model in self.sources.announced:
            return self.sources.announced[model]
        return next((price.ends for price in prices if price.ends), None)

    def _status(self, old: dict[str, Any], prices: list[Price], end: str | None) -> str:
        model = old["id"]
        if model in self.sources.unsupported:
            return "unsupported"
        if end is not None and end <= self.as_of:
            return "retired"
        if end is not None and (model in self.announced or model in self.sources.announced):
            return "deprecated"
        if any(price.deprecated for price in prices):
            return "deprecated"
        if end is not None:
            return "scheduled"
        listed = model in self.sources.listed.get(old["provider"], set())
        return "active" if listed or any(p.source == "litellm" for p in prices) else "unverified"

    def unknown(self, rows: list[dict[str, Any]]) -> list[str]:
        """Ids that an SDK lists and the table does not have."""
        known = {row["id"] for row in rows}
        missing = sorted((provider, model) for provider, ids in self.sources.listed.items() for model in ids - known)
        wanted = [(provider, model) for provider, model in missing if not OTHER_KINDS.search(model)]
        return [f"{model}: {provider} lists it; add a row with id, provider and tier" for provider, model in wanted]

    def disagreements(self, rows: list[dict[str, Any]]) -> list[str]:
        """Where the price tables differ; the first one named was taken."""
        found = []
        for row in rows:
            told = [p for p in self.sources.prices(row["provider"], row["id"], self.as_of) if p.input is not None]
            if len({(p.input, p.output) for p in told if p.source != "tokencost"}) > 1:
                found.append(f"{row['id']}: " + ", ".join(f"{p.source} {p.input:g}/{p.output or 0:g}" for p in told))
        return found


def complaints(rows: list[dict[str, Any]]) -> list[str]:
    """What is wrong with the columns that are kept by hand."""
    known = {row["id"]: row for row in rows}
    found = [f"{row['id']}: stands twice" for row in rows if known[row["id"]] is not row]
    for row in rows:
        found.extend(f"{row['id']}: {what}" for what in _of_sibling(row, known))
        for snapshot in row.get("snapshots", []):
            if snapshot in known and not known[snapshot].get("dated"):
                found.append(f"{row['id']}: the snapshot {snapshot} is not marked as dated")
    return found


def _of_sibling(row: dict[str, Any], known: dict[str, dict[str, Any]]) -> list[str]:
    if "sibling" not in row:
        return []
    name = row["sibling"]
    if name not in known or known[name]["provider"] != row["provider"]:
        return [f"there is no sibling {name} of {row['provider']}"]
    sibling, found = known[name], []
    own, its = blended(row), blended(sibling)
    if not own or not its:
        found.append(f"the price of itself or of the sibling {name} is not known")
    elif own / its < CHEAPER - 1e-9:
        found.append(f"the sibling {name} is only {own / its:.2f} times cheaper")
    if sibling.get("status") in ("retired", "unverified", "unsupported"):
        found.append(f"the sibling {name} is {sibling['status']}")
    elif sibling.get("retires_on", "9999") < row.get("retires_on", "9999"):
        found.append(f"the sibling {name} ends on {sibling['retires_on']}, before it")
    return found


def written(row: dict[str, Any]) -> str:
    """The row as a line of the table."""
    return "  - {" + ", ".join(f"{key}: {_value(value)}" for key, value in row.items()) + "}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "[" + ", ".join(_value(part) for part in value) + "]"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    text = str(value)
    plain = yaml.safe_load(text) == value and not re.search(r"[:#,\[\]{}]", text)
    return text if plain else f'"{text}"'


def changed(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The columns that differ, in words."""
    return [
        f"{old['id']}: {column} {old.get(column, 'nothing')} -> {new.get(column, 'nothing')}"
        for column in COLUMNS
        if old.get(column) != new.get(column)
    ]


def rebuilt(text: str, rebuild: Rebuild) -> tuple[str, list[dict[str, Any]], list[str]]:
    """The table's new text, its rows and the differences."""
    lines, rows, differences = [], [], []
    for line in text.splitlines():
        if ROW.match(line):
            old = yaml.safe_load(line)[0]
            new = rebuild.row(old)
            differences.extend(changed(old, new))
            rows.append(new)
            line = written(new)
        lines.append(line)
    head = {"as_of": f'as_of: "{rebuild.as_of}"', "verified": _verified(rebuild)}
    for number, line in enumerate(lines):
        key = line.split(":")[0]
        if key in head and line != head[key]:
            differences.append(f"head: {head[key]}")
            lines[number] = head[key]
    return "\n".join(lines) + "\n", rows, differences


def _verified(rebuild: Rebuild) -> str:
    versions = ", ".join(f"{package} {version}" for package, version in rebuild.sources.versions.items())
    return f'verified: {{versions: [{versions}], date: "{rebuild.as_of}", how: source-read}}'


def show(title: str, lines: list[str]) -> None:
    """A titled list, when there is something in it."""
    if lines:
        print(f"{title}:", *(f"  {line}" for line in lines), sep="\n")


def main() -> int:
    """Compare, and write when asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=TABLE, metavar="FILE")
    parser.add_argument("--write", action="store_true", help="change the table")
    parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="default: the day in the table")
    parser.add_argument("-v", "--verbose", action="store_true", help="also show where the price tables differ")
    given = parser.parse_args()
    try:
        sources = read_all()
    except SourceError as missing:
        print(missing, file=sys.stderr)
        return 2
    text = given.file.read_text(encoding="utf-8")
    as_of = given.as_of.isoformat() if given.as_of else yaml.safe_load(text)["as_of"]
    announced = yaml.safe_load((HERE / "announced.yaml").read_text(encoding="utf-8"))
    rebuild = Rebuild(sources, announced, as_of)
    new_text, rows, differences = rebuilt(text, rebuild)
    by_hand = complaints(rows) + rebuild.unknown(rows)
    print("sources: " + ", ".join(f"{p} {v} ({LICENCES[p]})" for p, v in sources.versions.items()))
    show("differences", differences)
    show("to be done by hand", by_hand)
    if given.verbose:
        show("the price tables differ, the first was taken", rebuild.disagreements(rows))
    if given.write and new_text != text:
        given.file.write_text(new_text, encoding="utf-8")
    print(f"{len(rows)} models, {len(differences)} differences, {len(by_hand)} to be done by hand")
    return 1 if by_hand or (differences and not given.write) else 0


if __name__ == "__main__":
    sys.exit(main())
