"""Objects of `sarif_om` as JSON: property names of the final schema, nothing that only repeats a default.

`level` is always written: without it a reader falls back on the rule's level, and a warning turns into an error.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

_RENAMED = {"state": "status"}  # sarif_om was made from a draft; the final schema calls it `status`
_KEPT = frozenset({"level"})


@cache
def columns(cls: type) -> tuple[tuple[str, str, Any], ...]:
    """Attribute, JSON name and default of each field of a class of `sarif_om`."""
    found = []
    for attribute in getattr(cls, "__attrs_attrs__", ()):
        name = attribute.metadata["schema_property_name"]
        if cls.__name__ == "Suppression":
            name = _RENAMED.get(name, name)
        default = attribute.default
        default = default.factory() if hasattr(default, "factory") else default
        found.append((attribute.name, name, None if name in _KEPT else default))
    if not found:
        raise TypeError(f"{cls.__name__} has no place in SARIF")
    return tuple(found)


def plain(value: Any) -> dict[str, Any]:
    """The hook for `json.dumps`: one object as a dict; its members are asked for in turn."""
    out = {}
    for attribute, name, default in columns(value.__class__):
        held = getattr(value, attribute)
        if held is None or (default is not None and held == default):
            continue
        out[name] = held
    return out


def dumps(log: Any) -> str:
    """Compact JSON in ASCII, with a line feed at the end."""
    return json.dumps(log, default=plain, separators=(",", ":")) + "\n"
