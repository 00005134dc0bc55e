"""What is read from an answer, and what is asked of it: attributes, items, tests, comparisons."""

from __future__ import annotations

from dataclasses import replace

from readylint.flow import Node
from readylint.link.answer_checks import AnswerChecks
from readylint.link.answer_state import (
    CHECKED,
    CONTAINERS,
    PARSED,
    RESPONSE,
    TEXT,
    TOOL,
    AnswerNames,
    ParseEvent,
    State,
)
from readylint.link.answer_trail import AnswerTrail
from readylint.link.answer_ways import AnswerWays
from readylint.values import ClassValue, FunctionValue, Ref

DUMPING = {"model_dump", "model_dump_json", "to_dict", "dict", "to_dict_recursive"}
"""Methods that give the response object as a whole."""
MODEL_METHODS = {"model_dump", "model_dump_json"}
"""Methods that no text has: what has them was made from the text by a library, and checked."""
IDENTITY = {"id", "model", "created", "created_at", "object"}
"""Attributes of responses that tell them apart: nothing of the answer is in them."""
READING = {"get", "items", "values", "keys", "pop"}
"""Methods that read something of a dict."""
NAMING = {"name", "stem", "suffix"}
"""Attributes of a path that cannot lead out of a folder."""


class AnswerReads:
    """Goes from a node to what is read from it."""

    def __init__(self, trail: AnswerTrail, ways: AnswerWays, checks: AnswerChecks, names: AnswerNames) -> None:
        self.trail = trail
        self.use = trail.use
        self.ways = ways
        self.checks = checks
        self.names = names
        self.schema: ClassValue | None = None
        """The class that the call itself is given."""

    def looked_at(self, state: State, compared: bool = False) -> None:
        """A test: of text only a comparison decides anything, the rest asks whether there is any."""
        if state.label in (RESPONSE, TEXT, CHECKED):
            self.use.empty = True
        if state.label in (PARSED, CHECKED) or (compared and state.label == TEXT):
            self.use.drives.add("branch")
        event = self.trail.parse_of(state)
        if event is not None and event.how == "regex":
            event.matched = event.keys_checked = True

    def compared(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        """A comparison, also with `not`."""
        operators = {operator for operator, _ in node.args[1]} if node.op == "compare" else set()
        self.looked_at(state, bool(operators & {"Equal", "NotEqual", "In", "NotIn"}))
        event = self.trail.parse_of(state)
        if event is not None and node.op == "compare":
            if operators & {"In", "NotIn"} and node.args[0] != ref.node:
                event.keys_checked = True
            elif (
                operators & {"In", "NotIn"}
                and self._is_asked(user)
                and self._is_listed(ref.sibling(node.args[1][0][1]), operators)
            ):
                event.check("a test against what is allowed", state.key)
            elif "Matches" in operators:
                self._matched(node, ref, event, state)
            elif event.how in ("int", "float"):
                event.check("a comparison", state.key)

    def _matched(self, node: Node, ref: Ref, event: ParseEvent, state: State) -> None:
        """A `case` pattern that names types asks for them."""
        function = self.ways.program.function(ref)
        names = {self.ways.program.tail(ref.module, function, n) for _, n in node.args[1]}
        if names <= CONTAINERS:
            event.keys_checked = True
        else:
            event.check("a pattern that names the types", state.key)

    def _is_asked(self, comparison: Ref) -> bool:
        """Whether something depends on a comparison; one that is only noted keeps nothing out."""
        function = self.ways.program.function(comparison)
        places = self.ways.places(comparison.module, function)
        if comparison.node in places.tested or comparison.node in places.exits:
            return True
        users = self.ways.program.users(comparison.module, comparison.function).get(comparison.node, ())
        return not users or any(function.nodes[u].op not in ("dict", "call", "list", "tuple", "join") for u in users)

    def _is_listed(self, right: Ref, operators: set[str]) -> bool:
        """`x in ALLOWED`, or `x not in allowed` where the collection is not in sight."""
        tests = self.checks.tests
        return tests.is_fixed_set(right) or ("NotIn" in operators and tests.is_collection(right))

    def read_name(self, name: str, user: Ref) -> None:
        """A key or attribute is read that may be the usage, the stop reason or the refusal."""
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
            whole = whole or any(isinstance(v, FunctionValue) for v in self.ways.resolver.values(user))
            self.trail.push(user, state.out_of(name) or (state if whole else None))
        elif state.label == RESPONSE:
            self._response_attribute(user, name, state)
        elif state.built and not state.path and not hasattr(str, name):
            return
        else:
            about = name in self.names.stop or name in self.names.usage
            if state.label == CHECKED or (state.label in (TEXT, TOOL) and about):
                self.read_name(name, user)
            if state.label == TEXT and name in MODEL_METHODS:
                state = state.as_(CHECKED)
            state = self.trail.take_part(user, state, counts=name in READING)
            if state.path and name in NAMING:
                state = replace(state, path=False).harmless("path")
            self.trail.push(user, self._of_schema(name, state))

    def _of_schema(self, name: str, state: State) -> State:
        """A field of what was checked: free text, numbers, or an object of another schema."""
        schema = state.schema or (self.schema if state.label in (TEXT, CHECKED) else None)
        field = self.checks.shapes.field(schema, name) if schema is not None else None
        if field is None:
            return state
        if state.label == CHECKED:
            state = replace(state, schema=field.schema, written=field.text)
        return state.harmless() if field.plain else state

    def _response_attribute(self, user: Ref, name: str, state: State) -> None:
        self.use.names.add(name)
        self.read_name(name, user)
        if name in self.names.usage or name in self.names.stop:
            return
        if name in self.names.tool:
            self.use.tool = True
            self.trail.push(user, state.as_(TOOL, user))
        elif name in self.names.parsed:
            self.use.validated = True
            self.trail.push(user, replace(state.as_(CHECKED), schema=self.schema))
        elif name in self.names.text:
            self.trail.push(user, state.as_(TEXT))
        elif name not in IDENTITY or name in self.names.beside_usage | self.names.towards_usage:
            part = state.part or name in self.names.beside_usage
            self.trail.push(user, replace(state, part=part, whole=state.whole and name in DUMPING, dumped=False))

    def item(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        """An item of the answer, or of the object that keeps it; or the answer is the key."""
        if node.args[1] == ref.node and node.args[0] != ref.node:
            if state.label in (PARSED, TEXT):
                self.use.drives.add("branch")
            return
        keys = self.ways.resolver.constants(user.sibling(node.args[1]))
        name = keys[0] if keys and isinstance(keys[0], str) else None
        if state.fields:
            place = f"[{keys[0]}]" if len(keys) == 1 and isinstance(keys[0], int) and keys[0] >= 0 else "[]"
            self.trail.push(user, state.out_of(name if name is not None else place))
            return
        if name is not None and state.label == RESPONSE:
            self.attribute(user, name, state)
            return
        if name is not None and state.built:
            return
        if name is not None and state.label == TEXT:
            self.read_name(name, user)
        state = self.trail.take_part(user, self.trail.opened(state))
        if name is not None:
            state = self.trail.keyed(state, keys)
        if state.label == RESPONSE:
            state = replace(state, whole=False, dumped=False)
        self.trail.push(user, self._of_schema(name, state) if name is not None else state)

    def unpacked(self, user: Ref, index: int, state: State) -> None:
        """Taken apart into several names."""
        event = self.trail.parse_of(state)
        if event is not None and not state.fields:
            event.unpacked = True
            state = self.trail.take_part(user, state)
        self.trail.push(user, state.out_of(f"[{index}]"))
