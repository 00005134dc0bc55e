"""Conversation history: whether the messages that are sent grow from call to call, and who shares them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.catalogue import Argument
from readylint.facts import History
from readylint.link.calls import ModelCall
from readylint.link.history_changes import GROW, ChangeFinder
from readylint.link.history_cuts import Cuts, parts
from readylint.link.history_growth import Growth
from readylint.link.history_kept import KeptBySdk
from readylint.link.history_limits import Limits
from readylint.link.history_lives import Lives
from readylint.link.history_places import Places
from readylint.link.history_sharing import SENT, Sharing
from readylint.link.history_sizes import UNKNOWN, Size, worst
from readylint.link.history_speakers import Speakers
from readylint.link.history_stores import Stores
from readylint.link.history_walk import Frame, Walk
from readylint.values import Made, Ref

if TYPE_CHECKING:
    from readylint.flow import FunctionFlow
    from readylint.link.callee import Callees
    from readylint.link.callers import CallSite
    from readylint.link.effective import Effective
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver
    from readylint.link.surroundings import Surroundings

__all__ = ["GROW", "Histories"]


class Histories:
    """Looks at what is sent as messages, and at everything that changes it."""

    def __init__(
        self, resolver: Resolver, effective: Effective, callees: Callees, surroundings: Surroundings, entries: Entries
    ) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.reader = effective.reader
        self.shifted = effective.shifted
        self.callees = callees
        self.surroundings = surroundings
        self.entries = entries
        self.bounds = {n for e in resolver.knowledge.evidence for n in e.bounds}
        self.whole = {m for s in resolver.knowledge.sdks.values() for m in s.answer.conversation}
        """Methods of an answer that give the whole conversation."""
        self._tests: dict[int, bool] = {}
        self.places = Places(resolver)
        self.cuts = Cuts(resolver, callees)
        self.changes = ChangeFinder(resolver, callees, self.places)
        self.stores = Stores(resolver, callees, self.reader, self.cuts)
        self.speakers = Speakers(self.program)
        self.lives = Lives(resolver, callees, self.places, surroundings, entries)
        self.growth = Growth(self)
        self.sharing = Sharing(self)
        self.limits = Limits(self)
        self.kept = KeptBySdk(self)

    def history(self, call: ModelCall) -> History:
        """The history fact of a call."""
        if call.declared is not None or call.argument_call is None:
            return History("unknown")
        size = self._size(call)
        kept = size.kept
        if size.status == "longer":
            size = self.growth.by_loop(self.surroundings.loop(call.ref), size.at or self.program.callee_span(call.ref))
        if size.status == "unbounded":
            cut = self.kept.cut_in_pipe(call)
            if cut is not None:
                size = replace(size, status="bounded", at=cut)
        status = "bounded" if size.status == "cut" else size.status
        if status not in ("none", "bounded", "unbounded", "unknown"):
            return History("unknown")
        history = History(status, size.scope, size.at)
        self.sharing.fill(history, kept)
        return history

    def _size(self, call: ModelCall) -> Size:
        kept = self.kept.of(call)
        specs = [call.argument("messages"), call.argument("history")]
        if kept is not None:
            return kept
        if specs == [None, None]:
            return UNKNOWN
        place = call.argument_call
        assert place is not None
        sizes = [self.at(place, self.shifted(call, spec), call.ref) for spec in specs if spec is not None]
        if call.endpoint is not None and call.endpoint.body is not None:
            sizes = [self.at(call.place_of("messages") or place, s, call.ref) for s in specs if s is not None]
        sent = worst(sizes)
        conversation = call.argument("conversation")
        if conversation is not None and self.reader.find(place, conversation).refs and sent.status != "unbounded":
            return Size("none", "store")
        return sent

    def at(self, place: Ref, spec: Argument, sent: Ref) -> Size:
        """The size of what is given for an argument."""
        given = self.reader.find(place, spec)
        if given.unknown and not given.refs:
            return UNKNOWN
        sizes = []
        for ref in given.refs:
            walk = Walk(self, sent=sent)
            sizes.append(walk.of(ref, self._frame(walk, ref, sent)))
        return worst(sizes)

    def _frame(self, walk: Walk, ref: Ref, sent: Ref) -> Frame:
        """The function in which an argument is written: that of the call, or one that builds it for the call."""
        if (ref.module, ref.function) == (sent.module, sent.function):
            return walk.frame(sent)
        function = self.program.function(sent)
        building = [
            (sent.sibling(number), target)
            for number in parts(function, sent.node)
            if number != sent.node and function.nodes[number].op == "call"
            for target in self.callees.of(sent.sibling(number)).functions
            if (target.module, target.number) == (ref.module, ref.function)
        ]
        if len(building) != 1:
            return walk.frame(None)
        return walk.frame(*building[0], walk.frame(sent))

    # what functions are given ----------------------------------------------------------------------------------

    def passed(self, module: int, function: int, name: str) -> list[tuple[Ref, Ref | None]]:
        """The calls of a function outside of tests, with what they pass for a parameter, in order of place."""
        found = [
            (site.ref, argument)
            for site, argument in self.resolver.callers.argument_nodes(module, function, name)
            if self._counts(site)
        ]
        return sorted(found, key=lambda p: (self.program.modules[p[0].module].path, p[0].function, p[0].node))

    def _counts(self, site: CallSite) -> bool:
        return not self.is_test(site.ref.module)

    def is_test(self, module: int) -> bool:
        """Whether a module only tests the others."""
        known = self._tests.get(module)
        if known is None:
            known = self._tests[module] = self.entries.role_of(self.program.modules[module].path) in ("test", "eval")
        return known

    def handed_in(self, module: int, function: FunctionFlow, name: str) -> Size | None:
        """A parameter in which a framework hands the whole conversation to a function."""
        size = self._handed_in(module, function, name)
        return replace(size, kept=SENT) if size is not None else None

    def _handed_in(self, module: int, function: FunctionFlow, name: str) -> Size | None:
        entry = self.entries.of(module, function)
        if entry is None:
            return None
        names = [p.name for p in function.params if p.name not in ("self", "cls")]
        if name not in names:
            return None
        text = self.program.modules[module]
        at = text.place(function.name_start, function.name_start + len(function.name))
        if entry.rule.conversation is not None and names.index(name) == entry.rule.conversation:
            return Size("unbounded", "session", at)
        if entry.rule.inputs is None or entry.at is None or self.program.node(entry.at).op != "call":
            return None
        for ref in self.reader.find(entry.at, entry.rule.inputs).refs:
            node = self.program.node(ref)
            parts = list(node.args) if node.op in ("list", "tuple") else [ref.node]
            if names.index(name) < len(parts):
                for value in self.resolver.values(ref.sibling(parts[names.index(name)])):
                    if isinstance(value, Made) and value.name in entry.rule.conversations:
                        return Size("unbounded", "session", at)
        return None
