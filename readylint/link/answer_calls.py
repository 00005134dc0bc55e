"""What becomes of an answer in a call that it is given to, or whose method it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import Node, Param
from readylint.link.answer_checks import AnswerChecks
from readylint.link.answer_library import AnswerLibrary
from readylint.link.answer_reads import DUMPING, READING, AnswerReads
from readylint.link.answer_state import (
    CHECKED,
    NUMBERS,
    PARSED,
    RESPONSE,
    TEXT,
    TOOL,
    WEAK,
    ParseEvent,
    State,
)
from readylint.link.answer_trail import Step
from readylint.values import FunctionValue, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callee

PATH_KEEPING = {
    "resolve", "absolute", "expanduser", "with_name", "with_suffix", "with_stem", "joinpath", "as_posix", "relative_to",
    "rename", "replace",
}  # fmt: skip
"""Methods of a path that give a path again."""
TESTING = {"startswith", "endswith", "isdigit", "isnumeric", "index", "find", "count", "isalpha"}
"""Methods of text that only ask something of it."""
HANDLED = "the conversion, whose error is handled"


class AnswerCalls:
    """Goes from a node through the calls around it."""

    def __init__(self, reads: AnswerReads, checks: AnswerChecks, prompts: AbstractSet[Ref]) -> None:
        """`prompts` are the model calls of the program: an answer that reaches one of them feeds a prompt."""
        self.trail = reads.trail
        self.use = reads.trail.use
        self.ways = reads.ways
        self.reads = reads
        self.checks = checks
        self.prompts = prompts
        self.library = AnswerLibrary(reads, checks)
        self.resolver = checks.resolver
        self.program = checks.program

    def called(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        """The node is called, or is an argument of a call."""
        if node.args[0] == ref.node:
            self._method(user, node, ref, state)
            return
        callee = self.checks.callees.of(user)
        position, keyword = next(((i, k) for i, (k, n) in enumerate(node.args[1]) if n == ref.node), (0, None))
        if user in self.prompts:
            self.use.drives.add("prompt")
            return
        self._sunk(user, ref, state, position, keyword)
        if keyword == "**":
            state = self.trail.take_part(user, self.trail.opened(state))
        if self._validated(user, callee, state, keyword) or self._parsed(user, callee, state, position):
            return
        self._recorded(user, callee, state)
        for value in self.ways.overriding(callee.functions, user):
            steps = self.ways.into(value, user, ref, state, keyword)
            self.trail.push_all(self._spread(steps) if keyword == "**" else steps)
        for cls in callee.classes:
            self.trail.push_all(self.ways.constructed(cls, user, ref, state, keyword))
        if not callee.functions and not callee.classes and not self._run(user, state, position, keyword):
            self.library.given(user, node, callee, ref, state)

    def _spread(self, steps: Iterable[Step]) -> Iterator[Step]:
        """Each parameter takes its own entry of what is spread."""
        for ref, state in steps:
            name = str(self.program.node(ref).args[0])
            if state is None or not any(p.name == name and p.kind == "double-star" for p in self._params(ref)):
                state = state and (state.out_of(name) if state.fields else self.trail.keyed(state, [name]))
            yield ref, state

    def _params(self, ref: Ref) -> list[Param]:
        return self.program.function(ref).params

    def _recorded(self, user: Ref, callee: Callee, state: State) -> None:
        """What the call leaves a trace of: an answer that is shown or written; the usage with the whole of it."""
        effect = self.checks.effect(user)
        if effect is not None:
            self.use.drives.add(effect)
            self.use.shown = self.use.shown or effect == "reply"
        if state.label == RESPONSE and self.use.usage is None:
            kept = state.dumped and effect != "reply" and not callee.functions and self.checks.is_recorded(user)
            if kept or callee.names & self.checks.usage_readers:
                self.use.usage = user

    def _run(self, user: Ref, state: State, position: int, keyword: str | None) -> bool:
        """The call runs a function of the project with it: `to_thread(f, text)`, `Thread(target=f, args=(text,))`."""
        inside = state
        if keyword == "args" and state.fields:
            kept = state.out_of("[]")
            if kept is None:
                return False
            index = state.fields[-1].strip("[]")
            position, inside = int(index or 0), kept
        elif keyword is not None:
            return False
        targets = [(t, at) for t, at in self.checks.run_by(user, position) if isinstance(t, FunctionValue)]
        for target, at in targets:
            self.trail.push_all(self.ways.into_position(target, user, at, inside))
        return bool(targets)

    def _validated(self, user: Ref, callee: Callee, state: State, keyword: str | None) -> bool:
        """A check against a schema: the state becomes checked."""
        name = self.checks.validator(user)
        if name is None or (state.label in (TEXT, CHECKED) and callee.classes and not self._is_enumeration(callee)):
            return False  # a record that it is put into
        if state.label == PARSED and not self._asks_of_field(callee, state, keyword):
            return False
        state = self.trail.opened(state)
        event = self.use.parses.get(state.parse) if state.parse is not None else None
        if event is not None:
            event.check(name, state.key)
            event.checked_later.update([state.read] if state.read is not None else [])
        if state.label in (TEXT, PARSED) and not (event is not None and event.tool):
            self.use.validated = True
            if not state.far:
                self.use.checked_at.add(user)
        checked = state.harmless() if self._is_enumeration(callee) else state
        self.trail.push(user, replace(checked.as_(CHECKED), schema=self.checks.shapes.validated(user)))
        return True

    def _asks_of_field(self, callee: Callee, state: State, keyword: str | None) -> bool:
        """Whether the field of a record that it is put into asks anything of what is in it."""
        if keyword in (None, "*", "**") or self._is_enumeration(callee):
            return True
        whole = bool(state.fields) or not state.key
        for cls in callee.classes:
            shape = self.checks.shapes.field(cls, str(keyword))
            for name in reversed(state.fields):
                if shape is not None and shape.schema is not None and name[:1] != "[":
                    shape = self.checks.shapes.field(shape.schema, name)
            if shape is not None and shape.schema is None and (whole or not (shape.text or shape.plain)):
                return False
        return True

    def _is_enumeration(self, callee: Callee) -> bool:
        """`Label(text)` checks a text; a record that a text is put into does not."""
        return any(base.startswith("enum.") for base in callee.external_bases)

    def _parsed(self, user: Ref, callee: Callee, state: State, position: int) -> bool:
        if state.label not in (TEXT, PARSED, RESPONSE, TOOL) or state.fields:
            return False
        how = self.checks.parse(callee, position)
        if how is None:
            return False
        if state.label == RESPONSE:
            self.trail.push(user, state)
        else:
            self._parse(user, how, state)
        return True

    def _parse(self, user: Ref, how: str, state: State) -> None:
        """The answer is taken apart here. A pre-clean before a stronger parse is no parse of its own."""
        if state.parse is not None and state.parse in self.use.parses:
            earlier = self.use.parses[state.parse]
            if earlier.how in WEAK and how not in WEAK:
                earlier.superseded = True
            elif how in WEAK and earlier.how not in WEAK:
                if how in NUMBERS and state.key and self.checks.is_guarded(user):
                    earlier.check(HANDLED, state.key)
                self.trail.push(user, state.harmless() if how in NUMBERS else state)
                return
        if state.far:
            self.use.escape(state, "what is taken apart may be the answer of another call")
        if state.far or state.fields:
            return
        if user not in self.use.parses:
            event = self.use.parses[user] = ParseEvent(how, user, self.checks.is_guarded(user))
            event.tool = state.label == TOOL
            event.loose = how == "regex" and self.checks.is_loose(user)
            if how in NUMBERS and event.guarded:
                event.check(HANDLED, "")
        self.trail.push(user, replace(state.as_(PARSED, user), around=None, read=None))

    def _sunk(self, user: Ref, ref: Ref, state: State, position: int, keyword: str | None) -> None:
        if not state.dangerous or self.is_number(state):
            return
        found: list[str] = []
        if not state.fields:
            found = self.checks.sinks_of(user, ref, position, keyword)
            found += self.checks.sinks_through(user, ref, position) if keyword is None else []
        elif len(state.fields) == 1 and state.placed is not None:
            found = self.checks.words_sinks(user, ref, state.placed, position, keyword)
        for sink in found:
            if sink not in state.safe:
                self.use.sinks.setdefault(sink, user)

    def is_number(self, state: State) -> bool:
        """What went through `int()` or `float()` can carry no code."""
        return state.parse in self.use.parses and self.use.parses[state.parse].how in NUMBERS

    # methods of what the node is -------------------------------------------------------------------------------

    def _method(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        """The node is an attribute that is called: a method of the answer, its text or its parsed form."""
        target = self.program.node(ref)
        name = str(target.args[1]) if target.op == "attr" else ""
        first = user.sibling(node.args[1][0][1]) if node.args[1] else None
        how = self.checks.parse_method(name)
        if state.path and not state.fields:
            self._path_method(user, name, state)
            if name not in PATH_KEEPING and not hasattr(str, name):
                return  # what stands in the file is not what the model wrote
        if state.fields:
            self._kept_method(user, first, name, state)
        elif state.label == TEXT and how is not None:
            self._parse(user, how, state)
        elif state.label == PARSED or (state.label == TOOL and name in READING):
            state = self.trail.opened(state)
            event = self.trail.parse_of(state)
            state = self.trail.take_part(user, state)
            if name == "get" and event is not None and first is not None and self.resolver.values(first):
                event.keys_checked = True
            if name in ("get", "pop", "group") and first is not None:
                state = self.trail.keyed(state, self.resolver.constants(first))
            self.trail.push(user, state)
        elif state.label in (RESPONSE, CHECKED) and name == "get" and first is not None:
            for key in self.resolver.constants(first):
                if isinstance(key, str):
                    self.reads.attribute(user, key, state)
        elif state.label == TEXT and name == "get" and first is not None:
            for key in self.resolver.constants(first):
                self.reads.read_name(str(key), user)
            self.trail.push(user, state)
        elif name in TESTING:
            self.reads.looked_at(state)
        else:
            if state.label == RESPONSE and name in DUMPING:
                self.use.returned_raw = True
                state = replace(state, dumped=state.whole)
            self.trail.push(user, state)

    def _path_method(self, user: Ref, name: str, state: State) -> None:
        sink = self.checks.path_sink(name)
        if sink is not None and state.dangerous and sink not in state.safe and not self.is_number(state):
            self.use.sinks.setdefault(sink, user)

    def _kept_method(self, user: Ref, first: Ref | None, name: str, state: State) -> None:
        """A method of the object in which the answer is kept: `get("text")`, `items()`, `pop()`."""
        if name in ("get", "pop", "setdefault") and first is not None:
            for key in self.resolver.constants(first):
                self.trail.push(user, state.out_of(str(key)))
        elif name in ("get", "get_nowait", "popleft", "pop") and state.fields[-1][:1] == "[":
            self.trail.push(user, state.out_of("[]"))
        elif name in ("copy", "model_dump", "dict", "popleft", "pop"):
            self.trail.push(user, state)
        else:
            for value in self.checks.callees.of(user).functions:
                self.trail.push_all(self.ways.into_receiver(value, user, state))
