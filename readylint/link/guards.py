"""Guards: who catches the SDK's errors of a call, and what is done then."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.facts import Guard, Span
from readylint.flow import NOTHING, CatchClause, FunctionFlow
from readylint.link.callers import CallSite
from readylint.link.calls import ModelCall
from readylint.link.catches import Catch, FrameworkCatches
from readylint.link.deferral import Deferral
from readylint.link.exceptions import FAILURES, Exceptions
from readylint.link.handlers import HandlerBody, HandlerReader
from readylint.link.translations import Translations
from readylint.link.wording import misses_words
from readylint.values import ClassValue, External, FunctionValue, Ref, SdkObject

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
        self.translations = Translations(resolver, entries)
        self.plain = {n for e in resolver.knowledge.evidence for n in e.plain_decorators}
        self.retry_rules = resolver.knowledge.first_evidence("retry")
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
        if catch.status in ("site", "callers") and self._stream_escapes(call, catch):
            return Guard(
                "none", "not-applicable", at=None, logged="not-applicable", why="the stream is read outside the try"
            )
        return self._fact(catch, call)

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
        inner = self.in_function(ref, call)
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

    def in_function(self, ref: Ref, call: ModelCall) -> Catch:
        """The try statements, and context managers of the project, around a node inside its function."""
        function = self.program.function(ref)
        result = Catch()
        if self._gathered(ref, function):
            result.status, result.covered, result.names = "site", set(FAILURES), ["Exception"]
            result.body, result.span = HandlerBody("answered", "unknown"), self.program.callee_span(ref)
            return result
        context = function.nodes[ref.node].context
        for number, around in function.ancestors(context):
            if around.kind == "try":
                self._clauses(ref, function, number, call, result)
            elif around.kind == "with":
                self._manager(ref, around.nodes, call, result)
            if set(FAILURES) <= result.covered:
                break
        return result

    def _gathered(self, ref: Ref, function: FunctionFlow) -> bool:
        """`asyncio.gather(*calls, return_exceptions=True)` gives errors back as results."""
        users = self.program.users(ref.module, ref.function)
        pending, seen = [ref.node], {ref.node}
        while pending:
            for user in users.get(pending.pop(), ()):
                node = function.nodes[user]
                if node.op == "call" and self.program.tail(ref.module, function, node.args[0]) == "gather":
                    at = ref.sibling(user)
                    return self.callees.literal_argument(at, "return_exceptions") is True
                if node.op in ("comp", "star", "list", "tuple", "union") and user not in seen:
                    seen.add(user)
                    pending.append(user)
        return False

    def _clauses(self, ref: Ref, function: FunctionFlow, number: int, call: ModelCall, result: Catch) -> None:
        for clause in function.contexts[number].clauses:
            types = ref.sibling(clause.types) if clause.types != NOTHING else None
            caught = self.exceptions.caught(types)
            covered = self.exceptions.covered(caught, call)
            if caught.unknown and not covered:
                result.unknown = True
            result.vague = result.vague or caught.unknown
            new = covered - result.covered - {"validation"}
            if not new:
                result.covered |= covered
                continue
            body = self.handlers.read(ref.sibling(0), clause, number)
            if body.on_error == "raised" and body.reraises:
                continue
            result.names += [n for n in caught.names if not n.startswith("<")]
            result.covered |= covered
            # An error that is raised as another one has to be caught further up; a handler answers with it.
            if body.on_error == "raised" and self.entries.of(ref.module, function) is None:
                result.vague = True
            if result.status == "none":
                context = function.contexts[clause.context]
                result.status, result.clause, result.body = "site", clause, body
                result.span = self._clause_span(ref, clause, context.start)
            elif result.body is not None and result.body.on_error == "dropped" and body.on_error != "dropped":
                pass

    def _clause_span(self, ref: Ref, clause: CatchClause, start: int) -> Span:
        module = self.program.modules[ref.module]
        if clause.types != NOTHING:
            node = self.program.node(ref.sibling(clause.types))
            return module.place(node.start, node.end)
        return module.place(start, start + len("except"))

    def _manager(self, ref: Ref, nodes: tuple[int, ...], call: ModelCall, result: Catch) -> None:
        """`with suppress(...)`, and generators of the project that catch around their `yield`."""
        for number in nodes:
            at = ref.sibling(number)
            if self.program.node(at).op != "call":
                continue
            callee = self.callees.of(at)
            if callee.names & {"contextlib.suppress", "suppress"}:
                for _, value in self.program.node(at).args[1]:
                    caught = self.exceptions.caught(ref.sibling(value))
                    covered = self.exceptions.covered(caught, call)
                    if covered - result.covered and result.status == "none":
                        result.status, result.body = "site", HandlerBody("dropped", "no")
                        result.span = self.program.callee_span(at)
                        result.names += caught.names
                    result.covered |= covered
            for target in callee.functions:
                self._generator(target, call, result, at)
            for cls in callee.classes:
                self._exit(cls, result, at)

    def _exit(self, cls: ClassValue, result: Catch, at: Ref) -> None:
        """A context manager class whose `__exit__` says that the error is dealt with."""
        method = self.resolver.classes.method(cls, "__exit__") or self.resolver.classes.method(cls, "__aexit__")
        if method is None or result.status != "none":
            return
        flow = self.resolver.flow_of(method)
        for leave in flow.exits:
            node = flow.nodes[leave.node] if leave.kind == "return" and leave.node != NOTHING else None
            if node is not None and not (node.op == "const" and not node.args[0]):
                result.status, result.body, result.names = "wrapper", HandlerBody(), ["Exception"]
                result.span = self.program.callee_span(at)
                result.covered |= set(FAILURES)

    def _generator(self, target: FunctionValue, call: ModelCall, result: Catch, at: Ref) -> None:
        flow = self.resolver.flow_of(target)
        for number, node in enumerate(flow.nodes):
            if node.op == "yield":
                inner = self.in_function(Ref(target.module, target.number, number), call)
                if inner.status == "site" and result.status == "none":
                    result.status, result.body, result.names = "wrapper", inner.body, inner.names
                    result.span = self.program.callee_span(at)
                result.covered |= inner.covered
                return

    def above(self, module: int, function: FunctionFlow, call: ModelCall, depth: int) -> Catch:
        """What catches errors that leave a function: decorators, then every caller, then the framework."""
        key = (module, function.number, call.sdk.sdk, self.exceptions.key(call))
        known = self._memo.get(key)
        if known is not None:
            return replace(known, covered=set(known.covered), names=list(known.names), bare=list(known.bare))
        if key in self._active or depth > DEPTH:
            return Catch("recursive")
        self._active.add(key)
        result = self._decorated(module, function, call)
        result.vague = result.vague or not set(FAILURES) <= result.covered
        if result.status == "none":
            unread = self._unread_decorator(module, function) or self._run_by_library(module, function)
            result = self._from_callers(module, function, call, depth)
            if unread and result.status == "none":
                result.unknown, result.complete, result.bare = True, False, []
        self._active.discard(key)
        self._memo[key] = result
        return result

    def _decorated(self, module: int, function: FunctionFlow, call: ModelCall) -> Catch:
        """A decorator of the project whose inner function calls the decorated one inside a try."""
        for at, target in self.program.decorations(module, function):
            for value in self.resolver.values(target):
                if isinstance(value, External) and self._answers(value.name.replace("()", ""), at):
                    body = HandlerBody("answered", "unknown")
                    span = self.program.callee_span(at)
                    return Catch("decorator", covered=set(FAILURES), names=["Exception"], body=body, span=span)
                if isinstance(value, FunctionValue):
                    catch = self._wrapper_catch(value, call, function.is_async)
                    if catch.status != "none":
                        catch.status = "decorator"
                        return catch
        return Catch()

    def _answers(self, name: str, decorator: Ref) -> bool:
        """A retry that calls a function for an answer when its attempts are used up."""
        keywords = [k for r in self.retry_rules if name in r.make for k in r.answers_with]
        return any(self.resolver.argument(decorator, keyword) is not None for keyword in keywords)

    def _unread_decorator(self, module: int, function: FunctionFlow) -> bool:
        """A decorator of a library that nothing is known of: it may catch, or not."""
        for _, target in self.program.decorations(module, function):
            for value in self.resolver.values(target):
                if isinstance(value, SdkObject):
                    return True  # `@agent.tool`: the SDK runs the function
                if isinstance(value, FunctionValue) and self._keeps_function(value):
                    return True
                if isinstance(value, External) and value.name.split(".")[0].replace("()", "") not in self.plain:
                    if not any(value.name.replace("()", "") in r.make for r in self.retry_rules):
                        return True
        return False

    def _keeps_function(self, decorator: FunctionValue) -> bool:
        """A decorator of the project that puts the function into a table: whoever takes it out may catch."""
        flows = self.program.modules[decorator.module].functions
        for flow in flows:
            if not self._descends(decorator.module, flow, decorator.number):
                continue
            own = {p.name for p in flow.params}
            for store in flow.stores:
                value = flow.nodes[store.value]
                if store.item and value.op in ("param", "name") and value.args[0] in own:
                    return True
        return False

    def _run_by_library(self, module: int, function: FunctionFlow) -> bool:
        """A method of a class that extends a library's, called by nobody here: the library calls it, and may catch."""
        if function.owner == NOTHING or function.name.startswith("__"):
            return False
        bases = self.resolver.classes.bases(ClassValue(module, function.owner))[1]
        roots = {base.split(".")[0] for base in bases}
        return bool(roots - sys.stdlib_module_names - {"object", "pydantic", "typing_extensions"}) and not any(
            self.entries.sites(module, function)[0]
        )

    def _wrapper_catch(self, decorator: FunctionValue, call: ModelCall, is_async: bool) -> Catch:
        flows = self.program.modules[decorator.module].functions
        inside = [f for f in flows if self._descends(decorator.module, f, decorator.number)]
        names = {p.name for f in inside for p in f.params if p.kind == "plain"}
        for flow in inside:
            for number in flow.calls:
                target = flow.nodes[flow.nodes[number].args[0]]
                if target.op == "union" and target.args:
                    target = flow.nodes[target.args[0]]
                if is_async and not self._awaits(decorator.module, flow, number):
                    continue  # the coroutine leaves the try before anything of it runs
                if target.op in ("name", "param") and target.args[0] in names:
                    catch = self.in_function(Ref(decorator.module, flow.number, number), call)
                    if catch.status != "none":
                        return catch
        return Catch()

    def _awaits(self, module: int, function: FunctionFlow, number: int) -> bool:
        users = self.program.users(module, function.number).get(number, ())
        return any(function.nodes[u].op in ("await", "iter", "call") for u in users)

    def _descends(self, module: int, function: FunctionFlow, outer: int) -> bool:
        while True:
            if function.number == outer:
                return True
            if function.parent <= 0:
                return False
            function = self.program.modules[module].functions[function.parent]

    def _from_callers(self, module: int, function: FunctionFlow, call: ModelCall, depth: int) -> Catch:
        entry = self.entries.of(module, function)
        if entry is not None:
            own = self.frameworks.own_handler(module, function, call)
            retried = own or self.frameworks.retried_task(entry, call)
            return retried or self.frameworks.framework(entry.framework, entry.rule.catches_all, call)
        sites, complete = self.entries.sites(module, function)
        if not sites:
            return Catch(complete=complete, unknown=not complete)
        places = [place for site in sites for place in self.deferral.raised_at(site, function)]
        return self._joined(places, complete, call, depth)

    def _joined(self, sites: list[CallSite], complete: bool, call: ModelCall, depth: int) -> Catch:
        """What catches errors that come out at all of these places."""
        result = Catch(complete=complete)
        results: list[Catch] = []
        for site in sites:
            if site.deferred and site.through is None:
                result.complete = False
                continue
            found = Catch() if site.apart else self.at(site.ref, call, depth + 1)
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
        if not result.bare and (result.unknown or not result.complete or (caught and len(caught) < len(results))):
            result.unknown = True
        return result

    def _stream_escapes(self, call: ModelCall, catch: Catch) -> bool:
        """A stream that is opened inside a try and iterated outside of any in the same function."""
        if call.call.stream is None or call.by_reference or catch.status != "site":
            return False
        function = self.program.function(call.ref)
        users = self.program.users(call.ref.module, call.ref.function)
        pending, seen = [call.ref.node], {call.ref.node}
        iterations: list[int] = []
        while pending:
            for user in users.get(pending.pop(), ()):
                op = function.nodes[user].op
                if op in ("await", "union", "enter") and user not in seen:
                    seen.add(user)
                    pending.append(user)
                elif op == "iter":
                    iterations.append(user)
        contexts = [c.nodes[0] for c in function.contexts if c.kind in ("for", "comp") and c.nodes]
        loops = [n for n in iterations if function.nodes[n].args[0] in contexts]
        return bool(loops) and all(self.in_function(call.ref.sibling(n), call).status == "none" for n in loops)
