"""Guards: who catches the SDK's errors of a call, and what is done then."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.facts import Guard
from readylint.flow import FunctionFlow
from readylint.link.callers import CallSite
from readylint.link.calls import ModelCall
from readylint.link.catches import Catch, FrameworkCatches
from readylint.link.decorator_catches import DecoratorCatches
from readylint.link.deferral import Deferral
from readylint.link.enclosing_catches import EnclosingCatches
from readylint.link.exceptions import FAILURES, Exceptions
from readylint.link.handlers import HandlerBody, HandlerReader
from readylint.link.stream_reads import StreamReads
from readylint.link.translations import Translations
from readylint.link.wording import misses_words
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver

DEPTH = 12


class Guards:
    """Asks upwards from a call; memoised per function and SDK."""

    def __init__(self, resolver: Resolver, callees: Callees, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.entries = entries
        self.exceptions = Exceptions(resolver)
        self.frameworks = FrameworkCatches(resolver, entries, self.exceptions)
        self.handlers = HandlerReader(resolver, callees)
        self.deferral = Deferral(resolver, callees)
        self.streams = StreamReads(resolver, callees, self.deferral)
        self.translations = Translations(resolver, entries)
        self.enclosing = EnclosingCatches(resolver, callees, entries, self.exceptions, self.handlers)
        self.decorators = DecoratorCatches(resolver, entries, self.enclosing)
        self._memo: dict[tuple[int, int, str, str], Catch] = {}
        self._active: set[tuple[int, int, str, str]] = set()

    def guard(self, call: ModelCall) -> Guard:
        """The guard of a model call as a fact."""
        if call.declared is not None:
            return self._declared(call)
        laid = self._laid_over(call)
        if laid is not None:
            return laid
        catch = self._of_call(call)
        if catch.status == "site":
            read = self._of_stream(call)
            if read is not None and (read.status != "none" or read.unknown):
                catch = read
            elif read is not None:
                why = "the stream is read outside the try"
                return Guard("none", "not-applicable", at=None, logged="not-applicable", bare=read.bare, why=why)
        return self._fact(catch, call)

    def _of_stream(self, call: ModelCall) -> Catch | None:
        """What catches errors that come while the stream is read, where that is behind the try around the call."""
        if call.call.stream is None or call.by_reference:
            return None
        places = self.streams.read_at(call.ref)
        if not places or any(self.enclosing.in_function(place, call).status != "none" for place in places):
            return None
        return self._joined([CallSite(place) for place in places], True, call, 0)

    def _of_call(self, call: ModelCall) -> Catch:
        """What catches errors of the call itself; those of a coroutine come out where it is awaited."""
        if call.by_reference or not any(value.is_async for value in call.objects):
            return self.at(call.ref, call, 0)
        places = self.deferral.of(call.ref)
        if not places:
            return self.at(call.ref, call, 0)
        return (
            self._joined(places, True, call, 0)
            if len(places) > 1 or places[0].apart
            else self.at(places[0].ref, call, 0)
        )

    def _declared(self, call: ModelCall) -> Guard:
        entry = call.declared or {}
        if entry.get("guarded") is True:
            return Guard("wrapper", "unknown", logged="unknown", why="declared in the settings")
        catch = self.at(call.ref, call, 0)
        if catch.status == "none" and "guarded" not in entry:
            return Guard("unknown", "unknown", why="the settings do not say whether it raises")
        return self._fact(catch, call)

    def _laid_over(self, call: ModelCall) -> Guard | None:
        """`with_fallbacks` and the like guard by themselves."""
        for value in call.objects:
            views = {v.id: v for v in self.resolver.knowledge.sdks[value.sdk].views}
            for overlay in value.overlays:
                view = views.get(overlay.view)
                if view is not None and view.sets.get("guard"):
                    at = self.program.callee_span(overlay.ref)
                    fallback = "real" if view.sets.get("fallback") else "unknown"
                    return Guard("wrapper", "answered", at=at, logged="not-applicable", fallback=fallback)  # type: ignore[arg-type]
        return None

    def _fact(self, catch: Catch, call: ModelCall) -> Guard:
        if catch.status in ("none", "unknown"):
            status = "unknown" if catch.unknown or (not catch.complete and not catch.bare) else catch.status
            return Guard(
                "unknown" if status == "unknown" else "none",
                "unknown" if status == "unknown" else "not-applicable",
                callers_complete=catch.complete,
                logged="unknown" if status == "unknown" else "not-applicable",
                bare=catch.bare,
            )
        asked = (
            (*FAILURES, "validation")
            if call.call.structured and self.exceptions.raised(call, "validation")
            else FAILURES
        )
        misses = [f for f in asked if f not in catch.covered]
        body = catch.body or HandlerBody()
        guard = Guard(
            catch.status,  # type: ignore[arg-type]
            body.on_error,
            sorted(set(catch.names)),
            misses,  # type: ignore[arg-type]
            catch.complete if catch.status == "callers" else None,
            "unknown",
            catch.span,
            body.logged,
            catch.bare,
            True if not misses else None,
        )
        if (
            misses
            and not catch.vague
            and call.declared is None
            and all(self.exceptions.raised(call, f) for f in misses)
        ):
            guard.covers_all = False
            guard.why = misses_words(guard.catches, {f: self.exceptions.used(call, f) for f in misses})
        return guard

    # upwards ---------------------------------------------------------------------------------------------------

    def at(self, ref: Ref, call: ModelCall, depth: int) -> Catch:
        """What catches errors that leave the node at `ref`."""
        function = self.program.function(ref)
        inner = self.enclosing.in_function(ref, call)
        instead = self.translations.of(ref, inner) if inner.status == "site" else []
        if instead:
            outer = self.above(ref.module, function, self.translations.raising(call, instead), depth)
            # A function that nobody calls has said by its error what its users are to catch.
            if outer.status == "none" and outer.bare and not outer.unknown:
                return outer
        if inner.status != "none" and set(FAILURES) <= inner.covered:
            return inner
        outer = self.above(ref.module, function, call, depth)
        if inner.status == "none":
            unclear = inner.unknown and outer.status == "none"
            return replace(outer, unknown=True, complete=False, bare=[]) if unclear else outer
        inner.covered |= outer.covered if outer.status not in ("none", "unknown") else set()
        inner.vague = inner.vague or outer.vague or outer.unknown or not outer.complete or outer.status == "recursive"
        return inner

    def _at_site(self, site: CallSite, call: ModelCall, depth: int) -> Catch:
        """What catches errors that come out at a place; those of a function that is passed on, at who passes it on."""
        if site.handed is not None and depth <= DEPTH:
            inner = self.enclosing.in_function(site.ref, call)
            passed_at = self._passed_at(site.handed, site.ref) if inner.status == "none" and not inner.unknown else None
            if passed_at is not None:
                return self.at(passed_at, call, depth)
        return self.at(site.ref, call, depth)

    def _passed_at(self, handed: Ref, place: Ref) -> Ref | None:
        """Where errors come out that leave the function which `handed` calls, and in which `place` stands."""
        target = self.program.function(place)
        if target.parent > 0 or target.decorators:
            return None
        if not (target.is_async or target.is_generator):
            return handed
        places = self.deferral.of(handed)
        return places[0].ref if len(places) == 1 and not places[0].apart else None

    def above(self, module: int, function: FunctionFlow, call: ModelCall, depth: int) -> Catch:
        """What catches errors that leave a function: decorators, then every caller, then the framework."""
        key = (module, function.number, call.sdk.sdk, self.exceptions.key(call))
        known = self._memo.get(key)
        if known is not None:
            return replace(known, covered=set(known.covered), names=list(known.names), bare=list(known.bare))
        if key in self._active or depth > DEPTH:
            return Catch("recursive")
        self._active.add(key)
        result = self.decorators.of(module, function, call)
        result.vague = result.vague or not set(FAILURES) <= result.covered
        if result.status == "none":
            unread = self.decorators.unread(module, function)
            result = self._from_callers(module, function, call, depth)
            if unread and result.status == "none":
                result.unknown, result.complete, result.bare = True, False, []
        self._active.discard(key)
        self._memo[key] = result
        return result

    def _from_callers(self, module: int, function: FunctionFlow, call: ModelCall, depth: int) -> Catch:
        entry = self.entries.of(module, function)
        if entry is not None:
            own = self.frameworks.own_handler(module, function, call)
            retried = own or self.frameworks.retried_task(entry, call)
            return retried or self.frameworks.framework(entry.framework, entry.rule.catches_all, call)
        sites, complete = self.entries.sites(module, function)
        places = [place for site in sites for place in self.deferral.raised_at(site, function)]
        found = self._joined(places, complete, call, depth) if sites else Catch(complete=complete, unknown=not complete)
        if complete or found.bare:
            return found
        return self._from_possible(module, function, places, call, depth) or found

    def _from_possible(
        self, module: int, function: FunctionFlow, places: list[CallSite], call: ModelCall, depth: int
    ) -> Catch | None:
        """Calls on unknown objects count where it makes no difference whether they mean the function."""
        possible = self.entries.possible_sites(module, function)
        if not possible:
            return None
        places = [*places, *(p for site in possible for p in self.deferral.raised_at(site, function))]
        each = [self._joined([place], True, call, depth) for place in places]
        each = [c for c in each if c.bare or c.unknown or c.status != "none"]  # not what comes round in a circle
        bare = [c for c in each if c.status == "none" and c.bare]
        caught = [c for c in each if c.status not in ("none", "unknown")]
        return self._joined(places, True, call, depth) if each and len(each) in (len(bare), len(caught)) else None

    def _joined(self, sites: list[CallSite], complete: bool, call: ModelCall, depth: int) -> Catch:
        """What catches errors that come out at all of these places."""
        result = Catch(complete=complete)
        results: list[Catch] = []
        for site in sites:
            if site.deferred and site.through is None:
                result.complete = False
                continue
            found = Catch() if site.apart else self._at_site(site, call, depth + 1)
            if found.status == "recursive":
                continue
            results.append(found)
            if found.status == "none" and not found.unknown:
                result.bare += found.bare or [self.program.callee_span(site.ref)]
            elif found.status in ("none", "unknown"):
                result.unknown = True
        caught = [r for r in results if r.status not in ("none", "unknown")]
        if caught and len(caught) == len(results) and result.complete:
            if all(c.status == "framework" for c in caught):
                covered = set.intersection(*[c.covered for c in caught])
                return Catch(
                    "framework", covered=covered, names=caught[0].names, body=caught[0].body, span=caught[0].span,
                    vague=any(c.vague for c in caught),
                )  # fmt: skip
            first = next((c for c in caught if c.body and c.body.on_error == "dropped"), caught[0])
            covered = set.intersection(*[c.covered for c in caught])
            names = [n for c in caught for n in c.names]
            vague = any(c.vague for c in caught)
            return Catch("callers", first.at, first.clause, covered, names, first.body, span=first.span, vague=vague)
        result.complete = result.complete and all(r.complete for r in results)
        # One way on which nothing catches is enough, whatever is on the others.
        result.unknown = not result.bare and (
            result.unknown or not result.complete or bool(caught and len(caught) < len(results))
        )
        return result
