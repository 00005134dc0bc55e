"""YAML as packs use it: the plain values of YAML 1.2, and nothing that surprises.

`no`, `on`, `012`, `1:30` and `2026-01-02` are text; a duplicate key and a tag are refused. Keys are always text.
Aliases and the merge key `<<` with one mapping are read. Values carry no positions; when something is wrong with
one, `locate` composes the file again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Keys = tuple[str | int, ...]

_TEXT_TAG = "tag:yaml.org,2002:str"
_CORE_TAGS = frozenset({_TEXT_TAG, "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"})
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)\Z")
_NUMBER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)?(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


class Refused(Exception):  # noqa: N818 - never shown as it is
    """A text that is no document of a pack; line and column are 1-based."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


def documents(text: str) -> list[Any]:
    """The values of each document in the text."""
    return [_value(node, frozenset()) for node in _nodes(text)]


def locate(text: str, document: int, keys: Keys, of_key: bool = False) -> tuple[int, int]:
    """Where the value at `keys` stands (or its key); the nearest place above when it does not exist."""
    nodes = list(_nodes(text))
    if document >= len(nodes):
        return (1, 1)
    node = nodes[document]
    mark = node.start_mark
    for number, key in enumerate(keys):
        found = _child(node, key)
        if found is None:
            break
        last = number == len(keys) - 1
        mark = found[0].start_mark if of_key and last else found[1].start_mark
        node = found[1]
    return (mark.line + 1, mark.column + 1)


def top_value(text: str, key: str) -> Any:
    """The value of one key of the first mapping; stops reading behind it. None when the key is not there."""
    import yaml

    depth = 0
    wanted: list[Any] | None = None
    expecting_key = False
    try:
        for event in yaml.parse(text, Loader=_loader()):
            if isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                depth += 1
                expecting_key = depth == 1
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                depth -= 1
                if wanted is not None and depth <= 1:
                    return wanted
                expecting_key = depth == 1
            elif isinstance(event, yaml.ScalarEvent):
                if wanted is not None:
                    if depth == 1:
                        return event.value
                    wanted.append(event.value)
                elif depth == 1 and expecting_key:
                    wanted = [] if event.value == key else None
                    expecting_key = False
                elif depth == 1:
                    expecting_key = True
            elif isinstance(event, yaml.AliasEvent) and depth == 1:
                expecting_key = True
    except yaml.YAMLError as error:
        raise _refused(error) from error
    return None


def _loader() -> Any:
    import yaml

    return getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _nodes(text: str) -> Iterator[Any]:
    import yaml

    loader = _loader()(text)
    try:
        while loader.check_node():
            yield loader.get_node()
    except yaml.YAMLError as error:
        raise _refused(error) from error
    finally:
        loader.dispose()


def _refused(error: Exception) -> Refused:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    message = getattr(error, "problem", None) or str(error).splitlines()[0]
    return Refused(f"not YAML: {message}", mark.line + 1 if mark else 1, mark.column + 1 if mark else 1)


def _refuse(message: str, node: Any) -> Refused:
    return Refused(message, node.start_mark.line + 1, node.start_mark.column + 1)


def _value(node: Any, above: frozenset[int]) -> Any:
    if node.tag not in _CORE_TAGS:
        raise _refuse(f"tags such as {node.tag!r} are not read here", node)
    if node.id == "scalar":
        return _scalar(node)
    if id(node) in above:
        raise _refuse("an alias that contains itself", node)
    above = above | {id(node)}
    if node.id == "sequence":
        return [_value(child, above) for child in node.value]
    return _mapping(node, above)


def _mapping(node: Any, above: frozenset[int]) -> dict[str, Any]:
    own: dict[str, Any] = {}
    merged: dict[str, Any] = {}
    for key_node, value_node in node.value:
        if key_node.id != "scalar":
            raise _refuse("a key has to be text", key_node)
        key = key_node.value
        if key in own or (key == "<<" and merged):
            raise _refuse(f"the key {key!r} is here twice", key_node)
        value = _value(value_node, above)
        if key != "<<" or key_node.style:
            own[key] = value
        elif isinstance(value, dict):
            merged = value
        else:
            raise _refuse("a merge key takes one mapping", value_node)
    return {**merged, **own}


def _scalar(node: Any) -> Any:
    text = node.value
    if node.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if text[-1].isdigit() and _NUMBER.match(text):
        return float(text)
    return text


def _child(node: Any, key: str | int) -> tuple[Any, Any] | None:
    if node.id == "sequence" and isinstance(key, int) and key < len(node.value):
        return (node.value[key], node.value[key])
    if node.id == "mapping":
        for key_node, value_node in node.value:
            if key_node.value == str(key):
                return (key_node, value_node)
    return None
