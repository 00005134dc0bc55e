"""One answer's way from node to node, until nothing new is reached.

Where the way leaves the code that was read the answer `escapes`, and what was not seen on it is unknown instead of
missing.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import Exit, FunctionFlow, Node, Store
from readylint.link.answer_branches import AnswerBranches
from readylint.link.answer_calls import AnswerCalls
from readylint.link.answer_checks import AnswerChecks
from readylint.link.answer_reads import AnswerReads
from readylint.link.answer_state import (
    CHECKED,
    PARSED,
    RESPONSE,
    TEXT,
    AnswerNames,
    ParseEvent,
    PartUse,
    State,
)
from readylint.link.answer_trail import AnswerTrail
from readylint.link.answer_ways import AnswerWays
from readylint.link.calls import ModelCall
from readylint.link.objects import PIPE
from readylint.values import External, FunctionValue, Made, Ref, SdkObject

if TYPE_CHECKING:
    from readylint.link.entries import Entry

STEPS = 6000
MARKUP = re.compile(r"<[a-zA-Z!/]")


class AnswerWalk:
    """Follows the answer of one call forward, and writes down what is done with it in `use`."""

    def __init__(
        self,
        call: ModelCall,
        ways: AnswerWays,
        checks: AnswerChecks,
        branches: AnswerBranches,
        prompts: AbstractSet[Ref],
    ) -> None:
        """`prompts` are the model calls of the program: an answer that reaches one of them feeds a prompt."""
        self.call = call
        self.ways = ways
        self.resolver = ways.resolver
        self.program = ways.program
        self.trail = AnswerTrail()
        self.use = self.trail.use
        self.checks = checks
        self.branches = branches
        self.reads = AnswerReads(self.trail, ways, checks, AnswerNames(call))
        self.reads.schema = checks.shapes.of_call(call)
        self.calls = AnswerCalls(self.reads, checks, prompts)
        self.tool: tuple[int, int] | None = None
        """The function that is followed in the place of the answer."""

    # the worklist ----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Follow until nothing new is reached."""
        start = self.call.ref
        if self.call.by_reference and self.call.argument_call is not None:
            start = self.call.argument_call
        state = self._start_state()
        stages = self._stages()
        self.trail.push_all(step for f in stages for step in self.ways.into_position(f, start, 0, state))
        if not stages:
            self.trail.push(start, state)
        self._follow()

    def run_tool(self, tool: FunctionValue, names: list[str]) -> None:
        """Follow the parameters of a function that the model calls, up to where it returns to the model."""
        self.tool = (tool.module, tool.number)
        for name in names:
            self.trail.push_all(self.ways.parameter(tool, name, State(TEXT)))
        self._follow()

    def _follow(self) -> None:
        while self.trail.pending and self.use.steps < STEPS:
            self.use.steps += 1
            self._step(*self.trail.pending.popleft())
        for _, left in self.trail.pending:
            if left.parse in self.use.parses:
                self.use.parses[left.parse].unfinished = True
        raw = self.use.returned_raw
        for _, left in self.trail.pending:
            self.use.escape(left, "its way is too long to follow")
        self.use.returned_raw = raw

    def _start_state(self) -> State:
        """Structured calls give checked objects; a parser in a pipeline decides for pipelines."""
        checked = State(CHECKED, schema=self.reads.schema)
        for value in self.call.objects[:1]:
            found = self.resolver.pipelines.parser_of(self.call.sdk, value)
            if found is not None:
                return self._parsed_start(*found)
            if self._is_structured_view(value):
                self.use.validated = True
                return checked
        argument = self.call.argument("structured")
        if self.call.call.gives_schema and argument is not None and self.call.argument_call is not None:
            if self.checks.shapes.is_given(self.call.argument_call, argument):
                self.use.validated = True
                return checked
        return State(TEXT) if self.call.sdk.answer.response_text else State(RESPONSE, whole=True)

    def _parsed_start(self, how: str, at: Ref) -> State:
        """What a parser of the pipeline gives."""
        if how == "validated":
            self.use.validated = True
            return State(CHECKED)
        if how == "parsed":
            self.use.parses[at] = ParseEvent("output parser", at, guarded=None)
            return State(PARSED, at)
        return State(TEXT)

    def _is_structured_view(self, value: SdkObject) -> bool:
        views = {v.id: v for v in self.call.sdk.views}
        return any(o.view in views and views[o.view].sets.get("structured") for o in value.overlays if o.view != PIPE)

    def _stages(self) -> list[FunctionValue]:
        """The function of the project that stands last in the pipeline, behind the model."""
        for value in self.call.objects[:1]:
            pipes = [o.ref for o in value.overlays if o.view == PIPE]
            if not pipes:
                continue
            last = pipes[-1].sibling(self.program.node(pipes[-1]).args[2])
            found: list[FunctionValue] = []
            for side in self.resolver.values(last):
                if isinstance(side, Made) and side.name in self.call.sdk.pipe_functions:
                    inner = self.resolver.argument(side.ref, "func", 0)
                    found += [v for v in self.resolver.values(inner) if isinstance(v, FunctionValue)] if inner else []
                elif isinstance(side, FunctionValue):
                    found.append(side)
            return found
        return []

    def _step(self, ref: Ref, state: State) -> None:
        """Everything that is done with a node."""
        function = self.program.function(ref)
        for user in self.program.users(ref.module, ref.function).get(ref.node, ()):
            node = function.nodes[user]
            self._used(ref.sibling(user), node, ref, self._narrowed(ref, user, node, state))
        self.trail.push_all(self.ways.bound(ref, state, function))
        places = self.ways.places(ref.module, function)
        for leave in places.exits.get(ref.node, ()):
            if leave.kind == "return":
                self._returned(ref, self._past_checks(ref, leave, state), function, leave.context)
        if ref.node in function.yields:
            self._returned(ref, state, function, function.nodes[ref.node].context, piece=not function.decorators)
        for store in places.stores.get(ref.node, ()):
            self._stored(ref, state, store)
        if ref.node in places.tested:
            self.reads.looked_at(state)

    def _narrowed(self, ref: Ref, user: int, node: Node, state: State) -> State:
        """What is known of the value where a node uses it, by the tests that were passed up to there."""
        if state.fields:
            return state
        if state.dangerous:
            sinks = self.checks.tests.harmless(ref, user)
            if sinks:
                state = state.harmless(*sinks)
        if state.label == PARSED and state.around is None:
            around = self.branches.passed_by(ref, node.context, node.start, user)
            if around is not None:
                state = replace(state, around=around)
        return state

    def _past_checks(self, ref: Ref, leave: Exit, state: State) -> State:
        """What is known of the value where it is returned: the tests that it passed, the check that it did not."""
        if state.dangerous and not state.fields:
            sinks = self.checks.tests.harmless_at(ref, leave.context, leave.start)
            state = state.harmless(*sinks) if sinks else state
        if state.label == PARSED and state.around is None and not state.fields:
            around = self.branches.passed_by(ref, leave.context, leave.start)
            if around is not None:
                return replace(state, around=around)
        return state

    def _returned(self, ref: Ref, state: State, function: FunctionFlow, context: int, piece: bool = False) -> None:
        """Out to every caller; to the reply of a handler; or out of sight. `piece`: a generator gives it."""
        if self.tool == (ref.module, ref.function) and not state.stack:
            return
        entry = self.ways.entries.of(ref.module, function)
        if entry is not None:
            if entry.kind == "handler":
                self.use.drives.add("reply")
                self.use.shown = True
                if entry.rule.html and state.dangerous and not state.fields and self._is_markup(ref):
                    self.use.sinks.setdefault("html", ref)
                for sink in self._shown_in(entry, state):
                    self.use.sinks.setdefault(sink, ref)
            if state.label == RESPONSE:
                self.use.returned_raw = True
            return
        if piece and state.fields:
            inside = state.into("[]")
            if inside is None:
                return
            state = inside  # the loop over the generator takes it out again
        wrapped = self.ways.through_decorators(ref.module, function) if function.decorators else []
        if state.stack:
            back, state = state.stack[-1], replace(state, stack=state.stack[:-1])
            if self.ways.flags.leaves_out(back, ref.module, function, context):
                return
            for at in wrapped:
                self.trail.push(at, state.called(back))
            if not wrapped:
                self.trail.push(back, state)
            return
        sites, complete = self.ways.entries.sites(ref.module, function)
        if state.label == RESPONSE and any(s.ref.module != ref.module for s in sites):
            self.use.returned_raw = True
        if not complete:
            kept = self.ways.components.kept_calls(ref.module, function)
            self.trail.push_all((at, state) for at in kept)
        for site in sites:
            if self.ways.flags.leaves_out(site.ref, ref.module, function, context):
                continue
            given = self.branches.checked_for(site, state, ref)
            if site.deferred and site.through is None:
                kept = self.ways.kept.calls(site.ref, ref.module, function)
                self.trail.push_all((at, given) for at in kept)
                given = given.harmless()  # what the call gives that it is handed to may be something else
            for at in wrapped:
                self.trail.push(at, given.called(site.ref))
            if not wrapped:
                self.trail.push(site.ref, given)
        if not sites:
            self.use.shown = self.use.shown or state.label in (TEXT, CHECKED)
        if not complete:
            self._possibly_returned(ref, state, function)
        elif not sites and state.label not in (TEXT, CHECKED):
            self.use.escape(state, "it is returned to code that was not read")

    def _possibly_returned(self, ref: Ref, state: State, function: FunctionFlow) -> None:
        """To calls of the name on objects that nobody knows, or out of sight."""
        possible = self.ways.entries.possible_sites(ref.module, function)
        if possible is None:
            self.use.escape(state, "not all callers are known")
        for site in possible or ():
            self.trail.push(site.ref, replace(state, far=True))

    def _shown_in(self, entry: Entry, state: State) -> list[str]:
        """The sinks that the component is which shows this result of a handler."""
        if not entry.rule.shows or not state.dangerous or self.calls.is_number(state):
            return []
        place = state.fields[-1][1:-1] if state.fields and state.fields[-1][:1] == "[" else ""
        alone = self.ways.components.number(entry) == 1
        if not place.isdigit() and not alone:
            return []
        found = self.ways.components.sinks(entry, 0 if alone else int(place))
        return [sink for sink in found if sink not in state.safe]

    def _is_markup(self, ref: Ref) -> bool:
        """Whether a text is built with tags around it."""
        function = self.program.function(ref)
        pending = [ref.node]
        for number in pending:
            node = function.nodes[number]
            if node.op == "const" and isinstance(node.args[0], str) and MARKUP.search(node.args[0]):
                return True
            if node.op in ("join", "binop", "union"):
                pending += list(function.children(number))
        return False

    def _stored(self, ref: Ref, state: State, store: Store) -> None:
        base = ref.sibling(store.base)
        if store.item:
            self.trail.push(*self.ways.stored_under(base, ref.sibling(store.key), state))
            for key in self.resolver.constants(ref.sibling(store.key)):
                self.trail.push_all(self.ways.kept_by_library(base, str(key), state))
            return
        owners = self.ways.owners(base)
        for owner in owners:
            self.trail.push_all(self.ways.attribute_reads(owner, str(store.key), state, ref.module))
        if owners:
            return
        self.trail.push_all(self.ways.kept_by_library(base, str(store.key), state))
        if state.label == TEXT and any(isinstance(v, External | Made) for v in self.resolver.values(base)):
            self.use.drives.add("write")  # a row, a widget or a message of a library
            return
        if any(isinstance(v, External) and v.name in self.checks.sessions for v in self.resolver.values(base)):
            self.use.drives.add("write")  # what reads it again was found by its name
            return
        if self.program.node(base).op != "unknown":
            self.use.escape(state, f"it is kept in {self.program.written(base)}.{store.key}")
        if state.label == PARSED:
            self.use.drives.add("write")

    # uses by nodes ---------------------------------------------------------------------------------------------

    def _used(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        op = node.op
        if state.label != RESPONSE:
            self.use.parts.append(PartUse(user, ref, state))
        if op == "attr":
            self.reads.attribute(user, str(node.args[1]), state)
        elif op == "item":
            self.reads.item(user, node, ref, state)
        elif op == "call":
            self.calls.called(user, node, ref, state)
        elif op in ("compare", "not"):
            self.reads.compared(user, node, ref, state)
        elif op in ("binop", "join"):
            self._joined(user, node, ref, state)
        elif op == "bool":
            self.reads.looked_at(state)
            self.trail.push(user, state)
        elif op == "ifexp" and node.args[0] == ref.node:
            self.reads.looked_at(state)
        elif op == "unpack":
            self.reads.unpacked(user, int(node.args[1]), state)
        elif op == "dict":
            self.trail.push_all(self.ways.into_dict(user, ref, state))
        elif op in ("list", "tuple", "set", "comp"):
            kept = state.into(self._place(node, ref, user))
            if kept is not None and op in ("list", "tuple") and state.dangerous:
                kept = replace(kept, placed=ref.node)
            self.trail.push(user, kept)
        elif op == "iter":
            self.trail.push(user, state.out_of("[]"))
        elif op in ("await", "union", "star", "enter", "yield", "ifexp"):
            self.trail.push(user, state)

    def _place(self, node: Node, ref: Ref, user: Ref) -> str:
        """Where in a list or tuple the value stands, when nothing of unknown length stands before it."""
        function = self.program.function(user)
        if (
            node.op != "tuple"
            or node.args.count(ref.node) != 1
            or any(function.nodes[n].op == "star" for n in node.args)
        ):
            return "[]"
        return f"[{node.args.index(ref.node)}]"

    def _joined(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        """Part of a larger text: it is text again, whatever it was."""
        if node.op == "binop" and node.args[0] == "Divide" and not state.fields:
            self.trail.push(user, replace(state, path=True))
        elif node.op == "join" or node.args[0] in ("Add", "Modulo", "BitOr"):
            if node.op == "binop" and node.args[0] == "Modulo" and ref.node != node.args[2]:
                self.trail.push(user, state)
                return
            if state.label != RESPONSE:
                if state.label == CHECKED and not state.written:
                    state = state.harmless()
                state = state.as_(TEXT, state.parse) if state.label != TEXT else state
                in_string = node.op == "join" or self._has_string(ref, node)
                state = replace(state, built=state.built or (in_string and not state.fields))
                if state.dangerous and self._behind_address(ref, node):
                    state = state.harmless("url")
            self.trail.push(user, state)

    def _has_string(self, ref: Ref, node: Node) -> bool:
        """One of the operands is a string that is written out."""
        operands = [self.program.node(ref.sibling(n)) for n in node.args[1:]]
        return any(o.op == "join" or (o.op == "const" and isinstance(o.args[0], str)) for o in operands)

    def _behind_address(self, ref: Ref, node: Node) -> bool:
        """The text stands behind the host of an address: `f"{BASE}/search?q={text}"`."""
        parts = node.args if node.op == "join" else node.args[1:]
        front = ""
        for number in parts[: parts.index(ref.node)]:
            words = self.resolver.constants(ref.sibling(number))
            front += str(words[0]) if words else "://host"
        return bool(re.search(r"://[^/?#]+[/?#]", front))
