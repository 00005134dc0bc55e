"""What a report is told beside the findings themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from readylint.report.rule_text import RuleText


@dataclass(slots=True, kw_only=True)
class ReportOptions:
    """`root` is what spans are relative to; `repository_root` is what paths in SARIF are relative to."""

    root: Path
    repository_root: Path
    rules: Sequence[RuleText] = ()
    """All active rules, also those without a finding."""
    show_all: bool = False
    selected: Sequence[str] = ()
    """What `--select` names: a run without findings then says only that."""
    quiet: bool = False
    statistics: bool = False
    color: Literal["auto", "always", "never"] = "auto"
    width: int | None = None
    """Columns of the terminal; None: ask the stream, and wrap nothing when it is no terminal."""
    exit_code: int = 0
    min_score: int | None = None
    category: str = "readylint/"
    """`automationDetails.id` of SARIF: what tells several uploads of one commit apart."""
