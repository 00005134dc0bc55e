"""What is kept at a place between two requests: whether it grows, and what really limits it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from readylint.facts import Span
from readylint.flow import NOTHING
from readylint.link.history_changes import Change
from readylint.link.history_cuts import parts
from readylint.link.history_lives import Life
from readylint.link.history_places import ANY, Place
from readylint.link.history_shortening import Kept, Shortenings
from readylint.link.history_sizes import NONE, UNKNOWN, Size, worst
from readylint.link.history_turns import Turns
from readylint.values import ClassValue, FunctionValue, Made, ObjectValue, Ref

if TYPE_CHECKING:
    from collections.abc import Iterator

    from readylint.flow import Context
    from readylint.link.histories import Histories
    from readylint.link.history_walk import Walk

SET_UP = {"__init__", "__post_init__", "__new__", "model_post_init"}
CONSTRUCTORS = 12
"""Calls of one constructor that are looked at."""


class Limits:
    """Judges places."""

    def __init__(self, histories: Histories) -> None:
        self.h = histories
        self.program = histories.program
        self.resolver = histories.resolver
        self.shortening = Shortenings(histories)
        self.turns = Turns(histories.entries)
        self._known: dict[tuple[Place, Ref | None, Ref | None], Size] = {}
        self.lengths = histories.resolver.knowledge.first_evidence("lengths")

    def of_place(self, walk: Walk, place: Place, sent: Ref | None, loose: bool) -> Size:
        """The size of what is kept at a place, where it is sent at a node; `loose` as part of a message only."""
        key = (place, sent, walk.sent if loose else None)
        if not walk.active and key in self._known:
            return self._known[key]
        found = self._judge(walk, place, sent, loose)
        if loose and found.status == "unbounded" and walk.sent is not None and not self._by_talking(place, walk.sent):
            found = NONE
        if found.kept is None and found.scope is not None and found.scope != "call":
            found = replace(found, kept=place)
        if not walk.active:
            self._known[key] = found
        return found

    def _judge(self, walk: Walk, place: Place, sent: Ref | None, loose: bool) -> Size:
        from readylint.link.history_walk import Frame, Walk

        changes = self.h.changes.of_place(place)
        inner = Walk(self.h, (*walk.active, place), walk.sent)
        inner.budget, inner.loose = walk.budget, loose
        given = [(c, inner.of(c.ref, Frame())) for c in changes.of_kind("replaced", "initial")]
        walk.budget = inner.budget
        if any(self._is_number(c.ref) for c, _ in given):
            return NONE
        grown = [c for c in changes.of_kind("grown") if not self._sets_up(c, place)]
        grown += [c for c, s in given if s.status == "longer" and not self._sets_up(c, place)]
        kept = Kept(place, changes, grown, given)
        if not changes.complete:
            return UNKNOWN
        if place.kind == "closure" and all(self._at_home(c, place) for c in grown):
            owner = [r for r in self.h.changes.references(place) if r.function == place.owner]
            return worst(walk.of(r, walk.frame(None)) for r in owner)
        made = self._made_bounded(kept)
        if made is not None:
            return Size("bounded", place.scope, made)
        if not grown:
            passed = self._constructed(inner, place) if not given else []
            return worst(passed) if passed else self._constant(kept)
        kept.grown = [c for c in grown if not self._begun_anew(kept, c)]
        if not kept.grown:
            looped = any(c.kind in ("for", "while") for g in grown for _, c in self._around(g))
            return Size("bounded", "call", self._at(grown[0])) if looped else NONE
        return self._growing(kept, sent, loose)

    def _by_talking(self, place: Place, sent: Ref) -> bool:
        """Whether what is put into a text grows where the model is called; a catalogue or register does not."""
        grown = [c for c in self.h.changes.of_place(place).of_kind("grown") if not self._sets_up(c, place)]
        return not grown or self.turns.any_in(grown, sent)

    def _constructed(self, walk: Walk, place: Place) -> list[Size]:
        """What constructor calls give for a field of a record."""
        if place.kind != "instance" or place.keys:
            return []
        cls = ClassValue(place.module, place.owner)
        fields = list(self.resolver.classes.flow(cls).annotations)
        position = fields.index(place.name) if place.name in fields else None
        if self.resolver.classes.method(cls, "__init__") is not None:
            return []
        calls = [c for c in self.resolver.callers.constructor_calls(cls) if not self.h.is_test(c.module)]
        if len(calls) > CONSTRUCTORS:
            return []
        given = [(c, self.resolver.argument(c, place.name, position)) for c in calls]
        return [walk.of(a, walk.frame(c)) for c, a in given if a is not None]

    def _is_number(self, ref: Ref) -> bool:
        """A counter is no list."""
        node = self.program.node(ref)
        return node.op == "const" and isinstance(node.args[0], int | float) and not isinstance(node.args[0], bool)

    def _around(self, change: Change) -> Iterator[tuple[int, Context]]:
        return self.program.function(change.ref).ancestors(change.context)

    def _begun_anew(self, kept: Kept, change: Change) -> bool:
        """The function that adds to the list has made it anew before."""
        function = self.program.function(change.ref)
        if function.number == 0 or kept.place.kind == "session":
            return False
        around = {n for n, _ in self._around(change)}
        fresh = [c for c, s in kept.given if c.kind == "replaced" and s.status == "none"]
        for other in (*fresh, *kept.changes.of_kind("cleared")):
            same = (other.ref.module, other.ref.function) == (change.ref.module, change.ref.function)
            if same and other.start < change.start and other.context in around:
                return self.h.lives.loop_between(change.ref, other.context) in ("none", "bounded")
        return False

    def _growing(self, kept: Kept, sent: Ref | None, loose: bool) -> Size:
        place = kept.place
        texts = [c for c in kept.grown if self.program.node(c.ref).op == "binop" and self._foreign(c, place)]
        if len(texts) == len(kept.grown):
            return UNKNOWN  # other code adds a few words to a text of an object
        verdicts = [(self.shortening.verdict(kept, c, s), c) for c, s in self.shortening.candidates(kept)]
        effective = next((c for v, c in verdicts if v == "yes"), None)
        if effective is not None:
            return Size("bounded", place.scope, self._at(effective))
        refusal = self.shortening.refused(kept, sent)
        if refusal is not None:
            return Size("bounded", place.scope, self.program.span(refusal))
        restarted = self._restarted(kept, sent, 0)
        if restarted is not None:
            return self._by_loop(restarted, kept, "call")
        if any(v == "maybe" for v, _ in verdicts):
            return UNKNOWN
        size = self._by_life(kept, sent)
        if size.status in ("none", "bounded") and not loose:
            return worst([size, *(s for _, s in kept.given if s.status == "unbounded")])
        return size

    def _at_home(self, change: Change, place: Place) -> bool:
        """A list of a function that inner functions only read is like any list of that function."""
        return change.ref.function == place.owner

    def _constant(self, kept: Kept) -> Size:
        """Nothing is added: what it is given decides."""
        fresh = [s for _, s in kept.given if not s.is_relative]
        if not fresh:
            return UNKNOWN if kept.place.kind in ("session", "instance") else NONE
        return worst(fresh)

    def _at(self, change: Change) -> Span:
        return self.program.callee_span(change.ref)

    # growth ----------------------------------------------------------------------------------------------------

    def _sets_up(self, change: Change, place: Place) -> bool:
        """It happens once: when the module is read or the object made; or only in a test."""
        function = self.program.function(change.ref)
        if self.h.is_test(change.ref.module):
            return True
        if place.kind == "session":
            return False
        looped = any(c.kind in ("for", "while") for _, c in function.ancestors(change.context))
        if function.number == 0:
            return not looped and self.h.entries.of(change.ref.module, function) is None
        if place.kind == "closure" and function.number == place.owner:
            return not looped
        return place.kind == "instance" and function.name in SET_UP and not looped

    def _made_bounded(self, kept: Kept) -> Span | None:
        """`deque(maxlen=20)`, a memory class of the catalogue, or a table that makes such entries."""
        refs = [c.ref for c, _ in kept.given]
        if ANY in kept.place.keys:
            refs += [r for c in self.h.changes.of_place(kept.place._replace(keys=())).of_kind("replaced")
                     for r in self._entries(c.ref)]  # fmt: skip
        for ref in refs:
            if self._bounds(ref):
                return self.program.span(ref)
        return None

    def _bounds(self, ref: Ref) -> bool:
        for value in self.resolver.values(ref):
            if isinstance(value, Made):
                name = value.name.replace("()", "")
                if name in self.h.bounds or (name.endswith("deque") and self.resolver.argument(value.ref, "maxlen", 1)):
                    return True
        return False

    def _entries(self, table: Ref) -> list[Ref]:
        """What `defaultdict(lambda: deque(maxlen=20))` puts in by itself."""
        node = self.program.node(table)
        found: list[Ref] = []
        for _, number in node.args[1][:1] if node.op == "call" else ():
            for value in self.resolver.values(table.sibling(number)):
                if isinstance(value, FunctionValue):
                    flow = self.resolver.flow_of(value)
                    found += [Ref(value.module, value.number, e.node) for e in flow.exits if e.node != NOTHING]
        return found

    def declared_length(self, ref: Ref) -> Size | None:
        """A field of a request whose declaration says how many entries it may have."""
        node = self.program.node(ref)
        for value in self.resolver.values(ref.sibling(node.args[0])):
            for cls in self.resolver.classes.bases(value.cls)[0] if isinstance(value, ObjectValue) else ():
                flow = self.resolver.classes.flow(cls)
                written = list(flow.bindings.get(node.args[1], ()))
                if node.args[1] in flow.annotations:
                    written.append(flow.annotations[node.args[1]])
                for at in (Ref(cls.module, flow.owner, number) for number in written):
                    if self._declares(at):
                        return Size("bounded", None, self.program.span(at))
        return None

    def _declares(self, ref: Ref) -> bool:
        for number in parts(self.program.function(ref), ref.node):
            at = ref.sibling(number)
            if self.program.node(at).op == "call":
                names = self.h.callees.of(at).names
                for rule in self.lengths:
                    if names & set(rule.function) and any(self.resolver.argument(at, k) for k in rule.keywords):
                        return True
        return False

    # once per request ------------------------------------------------------------------------------------------

    def _restarted(self, kept: Kept, sent: Ref | None, depth: int) -> str | None:
        """What repeats the call since the list was last made anew; None when it may be older than the request."""
        if sent is None or depth > 3 or kept.place.kind == "session":
            return None
        fresh = [c for c, s in kept.given if c.kind == "replaced" and s.status == "none"]
        fresh += kept.changes.of_kind("cleared")
        function = self.program.function(sent)
        node = function.nodes[sent.node]
        around = {n for n, _ in function.ancestors(node.context)}
        for change in fresh:
            context = self._reached_in(change, sent, around)
            if context is not None:
                return self.h.lives.loop_between(sent, context)
        if function.number == 0 or self.h.entries.of(sent.module, function) is not None:
            return None
        sites = [s for s in self.h.entries.sites(sent.module, function)[0] if not s.deferred]
        above = [self._restarted(kept, s.ref, depth + 1) for s in sites]
        if not above or any(a is None for a in above):
            return None
        kinds = {*above, self.h.lives.loop_between(sent, 0)}
        return next(k for k in ("person", "unbounded", "unknown", "bounded", "none") if k in kinds)

    def _reached_in(self, change: Change, sent: Ref, around: set[int]) -> int | None:
        """The context in the function of the call in which a change always happens, there or in a function called."""
        function = self.program.function(sent)
        if function.name in SET_UP:
            return None
        if (change.ref.module, change.ref.function) == (sent.module, sent.function):
            return change.context if change.context in around else None
        other = self.program.function(change.ref)
        if change.context != 0 or other.number == 0 or other.name in SET_UP:
            return None
        for site in self.h.entries.sites(change.ref.module, other)[0]:
            if (site.ref.module, site.ref.function) == (sent.module, sent.function) and not site.deferred:
                context = self.program.node(site.ref).context
                if context in around:
                    return context
        return None

    def _by_loop(self, loop: str, kept: Kept, scope: Literal["call", "instance"]) -> Size:
        at = self._at(kept.grown[0])
        if loop == "person":
            return Size("unbounded", "session", at)
        if loop == "unbounded":
            return Size("unbounded", scope, at)
        if loop == "unknown":
            return UNKNOWN
        grown_in_loops = any(
            c.kind in ("for", "while") for g in kept.grown for _, c in self.program.function(g.ref).ancestors(g.context)
        )
        return Size("bounded", "call", at) if loop == "bounded" or grown_in_loops else NONE

    def _foreign(self, change: Change, place: Place) -> bool:
        """Whether other code than the class of an attribute changes it."""
        return place.kind == "instance" and self.h.places.owner_of(change.ref) not in self.h.places.family(place)

    def _from_outside(self, change: Change, place: Place) -> bool:
        """Other code changes an object that a library makes: a request, a row."""
        outside = any(self.resolver.classes.bases(c)[1] for c in self.h.places.family(place))
        return outside and self._foreign(change, place)

    def _family(self, place: Place) -> list[ClassValue]:
        return sorted(self.h.places.family(place), key=lambda c: (self.program.modules[c.module].path, c.number))

    def _by_life(self, kept: Kept, sent: Ref | None) -> Size:
        """It grows as long as the object lives that keeps it."""
        place = kept.place
        long = Size("unbounded", place.scope, self._at(kept.grown[0]))
        if place.kind != "instance" or ANY in place.keys:
            return long
        lives: list[Life] = [life for cls in self._family(place) for life in self.h.lives.of_class(cls)]
        if not lives and all(self._from_outside(c, place) for c in kept.grown):
            return UNKNOWN
        if not lives or any(life.kind == "long" for life in lives):
            return long
        if sent is None or any(life.kind == "unknown" for life in lives):
            return UNKNOWN
        loops = {self.h.lives.repeats(g.ref, life.made) for g in kept.grown for life in lives}
        return worst(self._by_loop(loop, kept, "call") for loop in sorted(loops))
