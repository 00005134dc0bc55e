"""Parsing: a libcst tree and the region of every expression and statement, in one pass over the tree.

libcst's metadata providers are not used: their position pass costs several times the parse. Generating the code
once and noting the offset before and after each node costs a quarter of it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

import libcst as cst
from libcst._nodes.internal import CodegenState

from readylint.facts import Problem

Spans = dict[int, tuple[int, int]]


class _Recorder:
    """A context manager that notes where a node begins and ends; one object serves all nodes."""

    __slots__ = ("open", "spans", "state")

    def __init__(self, state: _SpanState) -> None:
        self.state = state
        self.open: list[tuple[int, int, Any]] = []
        self.spans: Spans = {}

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        node, start, last = self.open.pop()
        end = self.state.offset
        if last is not None:
            end = self.spans.get(last, (0, end))[1]
        self.spans[node] = (start, end)


class _SpanState(CodegenState):
    """Counts code points instead of keeping lines and columns; those are worked out for the few places shown."""

    def __init__(self, module: cst.Module) -> None:
        super().__init__(default_indent=module.default_indent, default_newline=module.default_newline)
        self.offset = 0
        self.recorder = _Recorder(self)

    def add_indent_tokens(self) -> None:
        for token in self.indent_tokens:
            self.tokens.append(token)
            self.offset += len(token)

    def add_token(self, value: str) -> None:
        self.tokens.append(value)
        self.offset += len(value)

    def record_syntactic_position(  # type: ignore[override]
        self, node: cst.CSTNode, *, start_node: cst.CSTNode | None = None, end_node: cst.CSTNode | None = None
    ) -> _Recorder:
        start = self.offset
        if start_node is not None:
            start = self.recorder.spans.get(id(start_node), (start, 0))[0]
        self.recorder.open.append((id(node), start, None if end_node is None else id(end_node)))
        return self.recorder


def parse(text: str, path: str) -> tuple[cst.Module, Spans] | Problem:
    """The tree of a decoded file and the offsets (code points, by `id(node)`) of its expressions and statements.

    Gives a `Problem` with a 1-based line and column when the text is no Python that libcst can read.
    """
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        return Problem(path, f"cannot be parsed: {_parser_words(error.message)}", error.raw_line, error.raw_column + 1)
    except RecursionError:
        return Problem(path, "cannot be parsed: expressions are nested too deeply")
    except Exception as error:  # libcst lets errors of its native parser through under several types
        return Problem(path, f"cannot be parsed: {_parser_words(str(error)) or type(error).__name__}")
    state = _SpanState(module)
    try:
        module._codegen(state)
    except RecursionError:
        return Problem(path, "cannot be read: expressions are nested too deeply")
    generated = "".join(state.tokens)
    spans = state.recorder.spans
    return module, spans if generated == text else _moved(spans, _shifts(generated, text))


def _shifts(generated: str, text: str) -> tuple[list[int], list[int]]:
    """Where generated code lost or gained white space: offsets in it, and what to add from there on.

    libcst drops a space here and there, as before the colon of `except (A, B) :`.
    """
    offsets, deltas = [0], [0]
    left = right = 0
    while left < len(generated) and right < len(text):
        if generated[left] == text[right]:
            left, right = left + 1, right + 1
            continue
        if text[right] in " \t\\\r\n":
            right += 1
        else:
            left += 1
        offsets.append(left)
        deltas.append(right - left)
    return offsets, deltas


def _moved(spans: Spans, shifts: tuple[list[int], list[int]]) -> Spans:
    """Spans of generated code as spans of the source."""
    offsets, deltas = shifts

    def moved(offset: int) -> int:
        return offset + deltas[bisect_right(offsets, offset) - 1]

    return {node: (moved(start), moved(end)) for node, (start, end) in spans.items()}


def _parser_words(message: str) -> str:
    """What the parser says, in short: its list of everything that might have stood there says nothing to people."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    first = lines[0] if lines else ""
    if "expected one of" in first:
        return "what stands here is no Python"
    return first.removeprefix("parser error: ").removeprefix("tokenizer error: ")


def line_starts(text: str) -> list[int]:
    """Offsets at which lines begin. LF, CRLF and a lone CR end a line; form feed and U+2028 do not."""
    starts = [0]
    position = 0
    if "\r" not in text:
        while (position := text.find("\n", position) + 1) > 0:
            starts.append(position)
        return starts
    for index, character in enumerate(text):
        if character == "\n" or (character == "\r" and text[index + 1 : index + 2] != "\n"):
            starts.append(index + 1)
    return starts
