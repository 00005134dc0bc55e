"""The cost sheet in each of its formats."""

from __future__ import annotations

import json
from typing import TextIO

from readylint.cost import CostSheet
from readylint.report.options import ReportOptions

FORMATS = ("text", "json", "markdown")


def write(sheet: CostSheet, format: str, stream: TextIO, options: ReportOptions) -> None:  # noqa: A002
    """Write the cost sheet in one of `FORMATS`. Only what the format needs is imported."""
    if format == "text":
        from readylint.report.cost_text import write_cost

        write_cost(sheet, stream, options)
    elif format == "markdown":
        from readylint.report.cost_markdown import write_cost as write_markdown

        write_markdown(sheet, stream)
    elif format == "json":
        from readylint.report.cost_json import cost_document

        stream.write(json.dumps(cost_document(sheet), indent=2) + "\n")
    else:
        raise ValueError(f"no format {format!r}; there are {', '.join(FORMATS)}")
