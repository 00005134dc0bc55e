"""The nodes that the way of an answer has reached and still has to go on from, with what was seen on it."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from readylint.link.answer_state import PARSED, RESPONSE, TOOL, AnswerUse, ParseEvent, State
from readylint.values import Ref

WAYS_IN = 8
"""Chains of calls by which a node is reached, that are told apart."""
PLACES = 12
"""Places in an object under which a node keeps parts of the answer, that are told apart."""
Step = tuple[Ref, State | None]
"""A node, and what it holds; None when the way ends there."""


class AnswerTrail:
    """The worklist of one answer."""

    def __init__(self) -> None:
        self.use = AnswerUse()
        self.pending: deque[tuple[Ref, State]] = deque()
        self._entered: Counter[tuple[object, ...]] = Counter()
        self._seen: set[tuple[Ref, State]] = set()
        self._places: dict[tuple[Ref, str], set[tuple[str, ...]]] = defaultdict(set)

    def push(self, ref: Ref, state: State | None) -> None:
        """Reach a node in a state; without one the way ends."""
        if state is None or (ref, state) in self._seen:
            return
        if len(state.stack) > 1:
            # Functions that call one another in turns are entered in ever new ways: they return to the first call.
            key = (ref, state.label, state.fields, state.parse)
            self._entered[key] += 1
            if self._entered[key] > WAYS_IN:
                state = replace(state, stack=state.stack[:1])
                if (ref, state) in self._seen:
                    return
        if state.fields:
            # A record of many fields: what is done with some of them is done with the others.
            places = self._places[ref, state.label]
            if state.fields not in places and len(places) >= PLACES:
                self.use.part_escapes = self.use.part_escapes or "parts of the answer are kept in very many places"
                return
            places.add(state.fields)
        self._seen.add((ref, state))
        if state.label in (PARSED, RESPONSE):
            # What is done with them decides most: it is seen before a very long way is given up.
            self.pending.appendleft((ref, state))
        else:
            self.pending.append((ref, state))

    def push_all(self, steps: Iterable[Step]) -> None:
        """Reach several nodes."""
        for ref, state in steps:
            self.push(ref, state)

    def parse_of(self, state: State) -> ParseEvent | None:
        """The parse whose result it is."""
        if state.label != PARSED or state.parse is None:
            return None
        return self.use.parses[state.parse]

    def opened(self, state: State) -> State:
        """Arguments of a tool call that are read from: they come apart here."""
        if state.label != TOOL or state.fields or state.parse is None:
            return state
        self.use.parses.setdefault(state.parse, ParseEvent("arguments", state.parse, tool=True))
        return state.as_(PARSED, state.parse)

    def keyed(self, state: State, names: Sequence[object]) -> State:
        """A field is read from what a parse gave; "?" is one that cannot be told."""
        name = str(names[0]) if len(names) == 1 else "?"
        event = self.parse_of(state)
        if event is None or state.fields:
            return state
        event.keys.add(name)
        if state.key and state.key != name:
            event.opened.add(state.key)
        return replace(state, key=name)

    def take_part(self, at: Ref, state: State, counts: bool = True) -> State:
        """Something is read from what a parse gave; gives what is known of the part.

        A plain attribute is none of what JSON gives, so it does not count as a read past a check.
        """
        event = self.parse_of(state)
        if event is None:
            return state
        event.used = True
        if state.around is None or state.read is not None or not counts:
            return state
        event.past_checks.add(at)
        return replace(state, read=at)
