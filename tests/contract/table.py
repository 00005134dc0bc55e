"""The last contract tests as a table: what readylint claims and what was seen.

PYTHONPATH=tests python -m contract.table [--json]
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from contract.cases import CASES
from contract.expectations import complaints
from contract.measure import Measured, saved
from contract.server import FAILURES

COLUMNS = ("program", "version", "call", "timeout claimed", "seen", "attempts claimed", *FAILURES, "malformed answer")
"""Under a failure stands how often the call was tried, under a malformed answer what was raised."""


def rows(measured: Measured) -> Iterator[dict[str, Any]]:
    """One row for each function of the program."""
    for function, seen in measured.seen.items():
        claim = measured.claims[function]
        malformed = seen["malformed"].error.rpartition(".")[2] if "malformed" in seen else ""
        yield {
            "program": measured.case.program,
            "version": " + ".join([f"{measured.case.distribution} {measured.case.version}", *measured.case.requires]),
            "call": function,
            "timeout claimed": claim.timeout if claim.timeout is not None else "?",
            "seen": seen["ok"].shown_limit,
            "attempts claimed": claim.attempts if claim.attempts is not None else "?",
            **{mode: seen[mode].attempts if mode in seen else "" for mode in FAILURES},
            "malformed answer": malformed,
        }


def document(measured: list[Measured]) -> dict[str, Any]:
    """The table as data, with what contradicts the claims."""
    return {
        "rows": [row for one in measured for row in rows(one)],
        "complaints": {one.case.id: found for one in measured if (found := complaints(one))},
        "paths on objects that the program does not build": {o.case.id: o.unseen for o in measured if o.unseen},
        "not measured": [case.id for case in CASES if case.id not in {one.case.id for one in measured}],
    }


def markdown(table: dict[str, Any]) -> str:
    """The same for people."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
    lines += [f"| {' | '.join(str(row[column]) for column in COLUMNS)} |" for row in table["rows"]]
    lines += [f"\n{case}:\n" + "\n".join(f"- {c}" for c in found) for case, found in table["complaints"].items()]
    if table["not measured"]:
        lines.append(f"\nNot measured: {', '.join(table['not measured'])}.")
    return "\n".join(lines)


if __name__ == "__main__":
    found = document([measured for case in CASES if (measured := saved(case))])
    print(json.dumps(found, indent=1) if "--json" in sys.argv[1:] else markdown(found))
