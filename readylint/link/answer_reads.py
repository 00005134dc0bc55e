"""What is read from an answer, and what is asked of it: attributes, items, tests, comparisons."""

from __future__ import annotations

from readylint.flow import Node
from readylint.link.answer_state import CHECKED, PARSED, RESPONSE, TEXT, TOOL, AnswerNames, State
from readylint.link.answer_trail import AnswerTrail
from readylint.link.answer_ways import AnswerWays
from readylint.values import Ref


class AnswerReads:
    """Goes from a node to what is read from it."""

    def __init__(self, trail: AnswerTrail, ways: AnswerWays, names: AnswerNames) -> None:
        self.trail = trail
        self.use = trail.use
        self.ways = ways
        self.names = names

    def looked_at(self, state: State, compared: bool = False) -> None:
        """A test: of text only a comparison decides anything, the rest asks whether there is any."""
        if state.label in (RESPONSE, TEXT, CHECKED):
            self.use.empty = True
        if state.label in (PARSED, CHECKED) or (compared and state.label == TEXT):
            self.use.drives.add("branch")
        event = self.trail.parse_of(state)
        if event is not None and event.how == "regex":
            event.validated_by = "the pattern, whose match is tested"

    def compared(self, node: Node, ref: Ref, state: State) -> None:
        """A comparison, also with `not`."""
        operators = {operator for operator, _ in node.args[1]} if node.op == "compare" else set()
        self.looked_at(state, bool(operators & {"Equal", "NotEqual", "In", "NotIn"}))
        event = self.trail.parse_of(state)
        if event is not None and node.op == "compare":
            if operators & {"In", "NotIn"} and node.args[0] != ref.node:
                event.keys_checked = True
            elif event.how in ("int", "float"):
                event.validated_by = "a comparison"

    def _read_name(self, name: str, user: Ref) -> None:
        if name in self.names.stop:
            self.use.stop = True
        if name in self.names.usage and self.use.usage is None:
            self.use.usage = user
        if name in self.names.refusal:
            self.use.empty = True

    def attribute(self, user: Ref, name: str, state: State) -> None:
        """An attribute of the answer, or of the object that keeps it."""
        if state.fields:
            whole = name in ("items", "values", "get", "pop", "copy", "model_dump", "dict")
            self.trail.push(user, state.out_of(name) or (state if whole else None))
        elif state.label == RESPONSE:
            self._response_attribute(user, name, state)
        else:
            about = name in self.names.stop or name in self.names.usage
            if state.label == CHECKED or (state.label in (TEXT, TOOL) and about):
                self._read_name(name, user)
            self.trail.take_part(state)
            self.trail.push(user, state)

    def _response_attribute(self, user: Ref, name: str, state: State) -> None:
        self.use.names.add(name)
        self._read_name(name, user)
        if name in self.names.usage or name in self.names.stop:
            return
        if name in self.names.tool:
            self.trail.push(user, state.as_(TOOL))
        elif name in self.names.parsed:
            self.use.validated = True
            self.trail.push(user, state.as_(CHECKED))
        else:
            self.trail.push(user, state.as_(TEXT) if name in self.names.text else state)

    def item(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        """An item of the answer, or of the object that keeps it; or the answer is the key."""
        if node.args[1] == ref.node and node.args[0] != ref.node:
            if state.label in (PARSED, TEXT):
                self.use.drives.add("branch")
            return
        keys = self.ways.resolver.constants(user.sibling(node.args[1]))
        name = keys[0] if keys and isinstance(keys[0], str) else None
        if state.fields:
            self.trail.push(user, state.out_of(name if name is not None else "[]"))
            return
        if name is not None and state.label == RESPONSE:
            self.attribute(user, name, state)
            return
        if name is not None and state.label == TEXT:
            self._read_name(name, user)
        self.trail.take_part(state)
        self.trail.push(user, state)

    def unpacked(self, user: Ref, state: State) -> None:
        """Taken apart into several names."""
        event = self.trail.parse_of(state)
        if event is not None and not state.fields:
            event.used = event.unpacked = True
        self.trail.push(user, state.out_of("[]"))
