"""How many of a call's runs go on at once: bursts on the way up to its entry points, and what bounds them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from readylint.facts import FanOut
from readylint.flow import FunctionFlow
from readylint.link.awaitables import Awaitables
from readylint.link.bursts import Burst, Run, Runs
from readylint.link.callers import CallSite
from readylint.link.calls import ModelCall
from readylint.link.collection_sizes import Sizes
from readylint.link.library_runs import LibraryRuns
from readylint.link.limiters import Limiter, Limiters
from readylint.link.pools import Pools
from readylint.link.sizes import ONE, OPEN, UNCLEAR, Size, times
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver
    from readylint.link.surroundings import Surroundings

STEPS = 200
ORDER = ("none", "constant", "unknown", "limited", "paper", "unlimited")
"""Of several ways the one that runs most at once counts."""


@dataclass(frozen=True, slots=True)
class Track:
    """What was met on one way up."""

    size: Size = ONE
    at: Ref | None = None
    limiters: tuple[Limiter, ...] = ()
    """Acquired around the work so far, with a limiter that outlives it."""
    void: bool = False
    """A limiter cannot work: it is made anew for each run, or acquired around the whole burst."""
    paper: bool = False
    detached: bool = False

    @property
    def status(self) -> str:
        """The word for it."""
        if self.size.kind == "open":
            return "paper" if self.paper else "unlimited"
        if self.size.kind == "constant":
            return "none" if self.size == ONE else "constant"
        return "limited" if self.size.kind == "limited" else "unknown"


class FanOuts:
    """Walks up from a call; what stands above a function is worked out once."""

    def __init__(self, resolver: Resolver, callees: Callees, entries: Entries, surroundings: Surroundings) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.entries = entries
        self.surroundings = surroundings
        self.sizes = Sizes(resolver, callees)
        self.limiters = Limiters(resolver, callees, resolver.reader)
        self.awaitables = Awaitables(resolver, callees, self.sizes)
        self.library = LibraryRuns(self.awaitables, Pools(resolver, self.limiters))
        self._memo: dict[tuple[int, int], tuple[list[Run], bool]] = {}

    def of(self, call: ModelCall) -> FanOut:
        """The fan-out of a call as a fact."""
        start, known = self.first(call)
        tracks: list[Track] = []
        track = self._inside(call)
        pending = [(run, track) for run in start]
        seen: set[tuple[Ref, str, bool, bool]] = set()
        while pending and len(seen) < STEPS:
            run, track = pending.pop()
            track = self._at(run, track)
            key = (run.ref, track.status, bool(track.limiters), track.detached)
            if key in seen:
                continue
            seen.add(key)
            above, complete = self._above(run.ref.module, self.program.function(run.ref))
            known = known and complete
            outer = self._left(run.ref, track)
            if not above:
                tracks.append(self._end(track, complete))
            pending += [(one, outer) for one in above]
        known = known and not pending
        return self._fact(tracks, known)

    def _fact(self, tracks: list[Track], known: bool) -> FanOut:
        worst = max(tracks, key=lambda t: (ORDER.index(t.status), t.size.number or 0), default=None)
        status = worst.status if worst is not None else "unknown"
        if not known and status in ("none", "constant"):
            status = "unknown"
        if worst is None or status in ("none", "unknown"):
            return FanOut("none" if status == "none" else "unknown")
        at = self.program.callee_span(worst.at) if worst.at is not None else None
        number = worst.size.number if status in ("constant", "limited") else None
        return FanOut(status, number, at)  # type: ignore[arg-type]

    def _end(self, track: Track, complete: bool) -> Track:
        """A call that only runs under a limiter is limited, whoever calls its function from elsewhere."""
        lasting = tuple(x for x in track.limiters if x.made is None or self._lasts(x.made))
        if not complete and lasting and track.size == ONE:
            return replace(track, size=Size("limited", smallest(lasting)))
        return track

    def _lasts(self, made: Ref) -> bool:
        """Made once for the module or for an object, not for each user or each run."""
        return made.function == 0 or self.program.function(made).name == "__init__"

    # the call itself -------------------------------------------------------------------------------------------

    def _inside(self, call: ModelCall) -> Track:
        """A call that sends several requests by itself: `chain.batch(inputs)`."""
        spec = call.call.several
        if spec is None:
            return Track()
        place = call.argument_call or call.ref
        inputs = self.resolver.reader.find(place, spec.inputs).refs
        size = self.sizes.of(inputs[0]) if inputs else OPEN
        given = self.resolver.reader.find(place, spec.number).refs
        numbers = [self.sizes.number(ref).number for ref in given]
        number = max((n for n in numbers if n is not None), default=None) if given else spec.default
        few = size.kind == "constant" and (number is None or (size.number or 0) <= number)
        if (given or spec.default is not None) and not few:
            size = Size("limited", number)
        return Track(size, call.ref)

    def first(self, call: ModelCall) -> tuple[list[Run], bool]:
        """Where the call runs: at its own place, or where its coroutine is awaited."""
        if call.by_reference:
            if call.argument_call is None:
                return [Run(call.ref)], False
            rule, _ = self.resolver.callers.run_rule(call.argument_call, call.ref.node)
            if rule is None:
                return [Run(call.ref)], False
            runs = self.library.runs(CallSite(call.argument_call, through=rule), rule, is_async=False)
        elif self.surroundings.sync_call(call) is False and not call.call.background:
            runs = self.awaitables.of(call.ref)
            if not runs.places and call.call.stream is not None:
                return [Run(call.ref)], True
        else:
            return [Run(call.ref)], True
        return runs.places or [Run(call.ref)], not runs.unclear

    # on the way ------------------------------------------------------------------------------------------------

    def _at(self, run: Run, track: Track) -> Track:
        """Arrived at a place: the bursts that led there, then what stands around it."""
        for burst in run.bursts:
            track = self._burst(track, burst)
        function = self.program.function(run.ref)
        around = tuple(self.limiters.around(run.ref))
        if track.status == "unlimited" and any(self._made_here(x, run.ref) for x in around):
            track = replace(track, paper=True)  # acquired once around them all
        if track.detached and self.sizes.loops(function, run.ref, function.nodes[run.ref.node].context, 0) != ONE:
            # A task of its own, started again and again: whether the one before has ended is not seen.
            track = self._burst(track, Burst(UNCLEAR, run.ref))
        detached = (track.detached or run.detached) and function.name != "__init__"
        return replace(track, limiters=(*track.limiters, *around), detached=detached)

    def _burst(self, track: Track, burst: Burst) -> Track:
        if burst.size == ONE:
            return track
        if track.limiters:
            number = smallest(track.limiters)
            few = burst.size.kind == "constant" and burst.size.number is not None and track.size == ONE
            if few and (number is None or (burst.size.number or 0) <= number):
                return replace(track, size=burst.size, at=burst.at)
            if number is None and track.size == ONE:
                number = burst.size.number
            return replace(track, size=Size("limited", number), at=burst.at)
        size = times(track.size, burst.size)
        changed = replace(track, size=size, at=burst.at if track.status != "unlimited" else track.at)
        if changed.status == "unlimited" and track.status != "unlimited":
            changed = replace(changed, paper=track.void or self.limiters.unused(burst.at))
        return changed

    def _left(self, ref: Ref, track: Track) -> Track:
        """What is left of the limiters outside the function: one that it makes itself bounds nothing there."""
        kept = tuple(x for x in track.limiters if not self._made_here(x, ref))
        unused = len(kept) < len(track.limiters) and track.size == ONE
        return replace(track, limiters=kept, void=track.void or unused)

    def _made_here(self, limiter: Limiter, ref: Ref) -> bool:
        """Made in the function, each time that it runs."""
        made = limiter.made
        return made is not None and made.function != 0 and (made.module, made.function) == (ref.module, ref.function)

    # above a function ------------------------------------------------------------------------------------------

    def _above(self, module: int, function: FunctionFlow) -> tuple[list[Run], bool]:
        """The places above a function at which it runs, and whether they are all that there are."""
        key = (module, function.number)
        known = self._memo.get(key)
        if known is None:
            self._memo[key] = ([], True)
            known = self._memo[key] = self._find_above(module, function)
        return known

    def _find_above(self, module: int, function: FunctionFlow) -> tuple[list[Run], bool]:
        if function.number == 0 or self.entries.of(module, function) is not None:
            return [], True
        sites, complete = self.entries.sites(module, function)
        found: list[Run] = []
        for site in sites:
            runs = self.of_site(site, function)
            found += runs.places
            complete = complete and not runs.unclear
        return list(dict.fromkeys(found)), complete

    def of_site(self, site: CallSite, function: FunctionFlow) -> Runs:
        """Where a function goes on that one place runs."""
        if site.through is not None:
            return self.library.runs(site, site.through, function.is_async and not function.is_generator)
        if site.deferred:
            return Runs(unclear=True)
        if function.is_async and not function.is_generator and self.program.node(site.ref).op == "call":
            runs = self.awaitables.of(site.ref)
            return runs if runs.places else Runs([Run(site.ref)], unclear=True)
        return Runs([Run(site.ref)])


def smallest(limiters: tuple[Limiter, ...]) -> int | None:
    """The number of the tightest limiter."""
    return min((x.number for x in limiters if x.number is not None), default=None)
