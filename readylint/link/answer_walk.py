"""One answer's way from node to node, until nothing new is reached.

Where the way leaves the code that was read the answer `escapes`, and what was not seen on it is unknown instead of
missing.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

from readylint.flow import FunctionFlow, Node, Store
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
    State,
)
from readylint.link.answer_trail import AnswerTrail
from readylint.link.answer_ways import AnswerWays
from readylint.link.calls import ModelCall
from readylint.link.objects import PIPE
from readylint.values import Ref

STEPS = 6000


class AnswerWalk:
    """Follows the answer of one call forward, and writes down what is done with it in `use`."""

    def __init__(self, call: ModelCall, ways: AnswerWays, checks: AnswerChecks, prompts: AbstractSet[Ref]) -> None:
        """`prompts` are the model calls of the program: an answer that reaches one of them feeds a prompt."""
        self.call = call
        self.ways = ways
        self.resolver = ways.resolver
        self.program = ways.program
        self.trail = AnswerTrail()
        self.use = self.trail.use
        self.reads = AnswerReads(self.trail, ways, AnswerNames(call))
        self.calls = AnswerCalls(self.reads, checks, prompts)

    # the worklist ----------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Follow until nothing new is reached."""
        start = self.call.ref
        if self.call.by_reference and self.call.argument_call is not None:
            start = self.call.argument_call
        self.trail.push(start, self._start_state())
        while self.trail.pending and self.use.steps < STEPS:
            self.use.steps += 1
            self._step(*self.trail.pending.popleft())
        if self.trail.pending:
            self.use.escapes = self.use.escapes or "its way is too long to follow"
            self.use.text_escapes = self.use.escapes

    def _start_state(self) -> State:
        """Structured calls give checked objects; a parser in a pipeline decides for pipelines."""
        for value in self.call.objects[:1]:
            found = self.resolver.objects.parser_of(self.call.sdk, value)
            if found is not None:
                how, at = found
                if how == "validated":
                    self.use.validated = True
                    return State(CHECKED)
                if how == "parsed":
                    self.use.parses[at] = ParseEvent("output parser", at, guarded=None)
                    return State(PARSED, at)
                return State(TEXT)
            views = {v.id: v for v in self.call.sdk.views}
            if any(o.view in views and views[o.view].sets.get("structured") for o in value.overlays if o.view != PIPE):
                self.use.validated = True
                return State(CHECKED)
        return State(TEXT if self.call.sdk.answer.response_text else RESPONSE)

    def _step(self, ref: Ref, state: State) -> None:
        """Everything that is done with a node."""
        function = self.program.function(ref)
        for user in self.program.users(ref.module, ref.function).get(ref.node, ()):
            self._used(ref.sibling(user), function.nodes[user], ref, state)
        self.trail.push_all(self.ways.bound(ref, state, function))
        places = self.ways.places(ref.module, function)
        if any(leave.kind == "return" for leave in places.exits.get(ref.node, ())):
            self._returned(ref, state, function)
        if ref.node in function.yields:
            self._returned(ref, state, function)
        for store in places.stores.get(ref.node, ()):
            self._stored(ref, state, store)
        if ref.node in places.tested:
            self.reads.looked_at(state)

    def _returned(self, ref: Ref, state: State, function: FunctionFlow) -> None:
        """Out to every caller; to the reply of a handler; or out of sight."""
        entry = self.ways.entries.of(ref.module, function)
        if entry is not None:
            if entry.kind == "handler":
                self.use.drives.add("reply")
                self.use.shown = True
            if state.label == RESPONSE:
                self.use.returned_raw = True
            return
        if state.stack:
            self.trail.push(state.stack[-1], replace(state, stack=state.stack[:-1]))
            return
        sites, complete = self.ways.entries.sites(ref.module, function)
        if state.label == RESPONSE and any(s.ref.module != ref.module for s in sites):
            self.use.returned_raw = True
        for site in sites:
            self.trail.push(site.ref, state)
        if not sites:
            self.use.escape(state, "it is returned to code that was not read")
            self.use.shown = self.use.shown or state.label in (TEXT, CHECKED)
        elif not complete:
            self.use.escape(state, "not all callers are known")

    def _stored(self, ref: Ref, state: State, store: Store) -> None:
        base = ref.sibling(store.base)
        if store.item:
            self.trail.push(*self.ways.stored_under(base, ref.sibling(store.key), state))
            return
        owners = self.ways.owners(base)
        for owner in owners:
            self.trail.push_all(self.ways.attribute_reads(owner, str(store.key), state, ref.module))
        if owners:
            return
        if self.program.node(base).op != "unknown":
            self.use.escape(state, f"it is kept in {self.program.written(base)}.{store.key}")
        if state.label == PARSED:
            self.use.drives.add("write")

    # uses by nodes ---------------------------------------------------------------------------------------------

    def _used(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        op = node.op
        if op == "attr":
            self.reads.attribute(user, str(node.args[1]), state)
        elif op == "item":
            self.reads.item(user, node, ref, state)
        elif op == "call":
            self.calls.called(user, node, ref, state)
        elif op in ("compare", "not"):
            self.reads.compared(node, ref, state)
        elif op in ("binop", "join"):
            self._joined(user, node, ref, state)
        elif op == "bool":
            self.reads.looked_at(state)
            self.trail.push(user, state)
        elif op == "ifexp" and node.args[0] == ref.node:
            self.reads.looked_at(state)
        elif op == "unpack":
            self.reads.unpacked(user, state)
        elif op == "dict":
            self.trail.push_all(self.ways.into_dict(user, ref, state))
        elif op in ("list", "tuple", "set", "comp"):
            self.trail.push(user, state.into("[]"))
        elif op == "iter":
            self.trail.push(user, state.out_of("[]"))
        elif op in ("await", "union", "star", "enter", "yield", "ifexp"):
            self.trail.push(user, state)

    def _joined(self, user: Ref, node: Node, ref: Ref, state: State) -> None:
        """Part of a larger text: it is text again, whatever it was."""
        if node.op == "binop" and node.args[0] == "Modulo" and ref.node == node.args[2]:
            self.trail.push(user, state.as_(TEXT, state.parse) if state.label != RESPONSE else state)
        elif node.op == "join" or node.args[0] in ("Add", "Modulo", "BitOr"):
            self.trail.push(user, state if state.label in (TEXT, RESPONSE) else state.as_(TEXT, state.parse))
