"""The JSON schema of ``readylint facts``, made from the types of the contract."""

from __future__ import annotations

import dataclasses
import types
import typing
from functools import cache
from typing import Any, Literal, Union

from readylint.facts import OMITTED_WHEN_NONE, SCHEMA_NUMBER, SETTING_ROLES, FactSheet, LlmCall, Span


@cache
def field_types(cls: type) -> dict[str, Any]:
    """The resolved type of each field of a contract class, under its JSON name."""
    hints = typing.get_type_hints(cls)
    return {f.name.rstrip("_"): hints[f.name] for f in dataclasses.fields(cls)}


def without_null(annotation: Any) -> Any:
    """The annotation without ``None``: ``int | None`` gives ``int``."""
    if typing.get_origin(annotation) in (Union, types.UnionType):
        rest = [a for a in typing.get_args(annotation) if a is not type(None)]
        return rest[0] if len(rest) == 1 else Union[tuple(rest)]  # noqa: UP007
    return annotation


_PRIMITIVES: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def _schema_of(annotation: Any, defs: dict[str, Any]) -> dict[str, Any]:
    origin = typing.get_origin(annotation)
    if annotation is Any:
        return {}
    if annotation in _PRIMITIVES:
        return {"type": _PRIMITIVES[annotation]}
    if origin is Literal:
        return {"enum": list(typing.get_args(annotation))}
    if origin in (Union, types.UnionType):
        return {"anyOf": [_schema_of(a, defs) for a in typing.get_args(annotation)]}
    if origin is list:
        return {"type": "array", "items": _schema_of(typing.get_args(annotation)[0], defs)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema_of(typing.get_args(annotation)[1], defs)}
    if dataclasses.is_dataclass(annotation):
        name = typing.cast(type, annotation).__name__
        if name not in defs:
            defs[name] = {}
            defs[name] = _schema_of_class(typing.cast(type, annotation), defs)
        return {"$ref": f"#/$defs/{name}"}
    raise TypeError(f"no JSON schema for {annotation!r}")


def _schema_of_class(cls: type, defs: dict[str, Any]) -> dict[str, Any]:
    properties = {name: _schema_of(t, defs) for name, t in field_types(cls).items()}
    if cls is LlmCall:
        properties["settings"]["propertyNames"] = {"enum": list(SETTING_ROLES)}
    schema: dict[str, Any] = {
        "type": "object",
        "description": " ".join((cls.__doc__ or "").split()),
        "properties": properties,
        "required": [n for n in properties if n not in OMITTED_WHEN_NONE or (n == "path" and cls is Span)],
        "additionalProperties": False,
    }
    return schema


def json_schema() -> dict[str, Any]:
    """The closed JSON schema (draft 2020-12) of ``readylint facts --format json``."""
    defs: dict[str, Any] = {}
    top = _schema_of_class(FactSheet, defs)
    top["properties"]["schema"] = {"const": SCHEMA_NUMBER}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "readylint facts", **top, "$defs": defs}
