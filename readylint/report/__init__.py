"""Reports: everything that people and machines read comes from here, one file for each format."""

from __future__ import annotations

from typing import TextIO

from readylint.report.options import ReportOptions
from readylint.report.rule_text import Example, RuleText
from readylint.verdicts import Report

FORMATS = ("terminal", "json", "sarif")

__all__ = ["FORMATS", "Example", "ReportOptions", "RuleText", "write"]


def write(report: Report, format: str, stream: TextIO, options: ReportOptions) -> None:  # noqa: A002
    """Write a report in one of `FORMATS`. Only what the format needs is imported."""
    if format == "terminal":
        from readylint.report.terminal import write as write_as
    elif format == "json":
        from readylint.report.json_format import write as write_as
    elif format == "sarif":
        from readylint.report.sarif import write as write_as
    else:
        raise ValueError(f"no format {format!r}; there are {', '.join(FORMATS)}")
    write_as(report, stream, options)
