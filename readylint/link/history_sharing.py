"""Where a conversation is kept from one turn to the next, and whether all users have the same one."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING

from readylint.facts import History, Span
from readylint.flow import NOTHING
from readylint.link.history_lives import Life
from readylint.link.history_places import ANY, Place
from readylint.values import ClassValue, Made, Ref

if TYPE_CHECKING:
    from readylint.link.histories import Histories

SENT = "sent"
"""What is kept by the other side, which sends it with each request."""


class Sharing:
    """Reads the places that the walk over a conversation ends at."""

    def __init__(self, histories: Histories) -> None:
        self.h = histories
        self.program = histories.program
        self.resolver = histories.resolver
        self._outside = {n for r in histories.places.kept if r.outside for n in (*r.object, *r.attribute)}

    def fill(self, history: History, kept: Hashable) -> None:
        """Set where the conversation of a call is kept, and who shares it."""
        if history.scope == "store":
            history.kept, history.shared = "outside", False
        elif kept == SENT:
            history.kept, history.shared = "sent", False
        elif isinstance(kept, Made):
            history.kept_at = self.program.callee_span(kept.ref)
            self._in_process(history, self.h.lives.of(kept.ref))
        elif isinstance(kept, Place):
            self._in_place(history, kept)

    def _in_place(self, history: History, place: Place) -> None:
        if place.kind == "session":
            known = {place.name, ".".join((place.name, *place.keys[:1]))}
            history.kept = "outside" if known & self._outside else "framework"
            history.shared = False
            return
        history.kept_at = self._defined(place) or history.at
        if ANY in place.keys:
            history.kept, history.shared = "process", False
        elif place.kind == "instance" and self._in_handlers(place):
            family = sorted(self.h.places.family(place), key=lambda c: (self.program.modules[c.module].path, c.number))
            self._in_process(history, [life for cls in family for life in self.h.lives.of_class(cls)])
        elif place.kind in ("module", "class", "default") and self._in_handlers(place):
            if place.kind != "module" or not self._runs_anew(place.module):
                history.kept, history.shared = "common", True

    def _in_process(self, history: History, lives: list[Life]) -> None:
        """In objects that outlive the request."""
        if lives and all(life.kind == "long" for life in lives):
            history.shared = self._by_life(lives)
            by_framework = any(life.framework for life in lives)
            history.kept = "common" if history.shared else "framework" if by_framework else "process"

    def _by_life(self, lives: list[Life]) -> bool | None:
        """Shared when every object that keeps it is a variable of a module; not when each session has its own."""
        if all(life.scope == "session" for life in lives):
            return False
        if any(life.scope != "module" or self._chosen_by_key(life) for life in lives):
            return None
        return True if not any(self._runs_anew(life.made.module) for life in lives) else None

    def _chosen_by_key(self, life: Life) -> bool:
        """A cached function with parameters makes one object for each argument."""
        function = self.program.function(life.made)
        return any(p.name not in ("self", "cls") for p in function.params)

    def _runs_anew(self, module: int) -> bool:
        """Whether the body of a module runs for each user, as that of a script of Streamlit."""
        return self.h.entries.of(module, self.program.modules[module].functions[0]) is not None

    def _in_handlers(self, place: Place) -> bool:
        """Whether code that handlers run reads or changes what is kept there."""
        if place.kind == "default":
            return self.h.entries.reached_from(place.module, place.owner, "handler") is True
        refs = [c.ref for c in self.h.changes.of_place(place).found]
        if place.kind == "module":
            refs += self.h.changes.references(place)
        functions = dict.fromkeys((r.module, r.function) for r in refs if not self.h.is_test(r.module))
        return any(self.h.entries.reached_from(m, f, "handler") is True for m, f in functions if f != 0)

    def _defined(self, place: Place) -> Span | None:
        """Where the variable, attribute or default gets its first value."""
        module = self.program.modules[place.module]
        refs: list[Ref] = []
        if place.kind == "module":
            refs = [Ref(place.module, 0, n) for n in module.functions[0].bindings.get(place.name, ())]
        elif place.kind == "class":
            cls = module.classes[place.owner]
            refs = [Ref(place.module, cls.owner, n) for n in cls.bindings.get(place.name, ())]
        elif place.kind == "instance":
            refs = self.resolver.classes.stores(ClassValue(place.module, place.owner), place.name)
        elif place.kind == "default":
            function = module.functions[place.owner]
            given = [p.default for p in function.params if p.name == place.name and p.default != NOTHING]
            refs = [Ref(place.module, max(function.parent, 0), n) for n in given]
        return min((self.program.span(r) for r in refs), default=None)
