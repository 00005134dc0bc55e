"""Named checks: what YAML cannot say, as functions over facts (never over trees).

A rule names one with `check:`; its `where`, message, severity and place stay in YAML. Rules of any pack may name the
checks that are registered here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from readylint.logic import Answer

Check = Callable[[Mapping[str, Any], Mapping[str, Any]], Answer]
"""Takes the fact as plain JSON and the rule's parameters."""

CHECKS: dict[str, Check] = {}
