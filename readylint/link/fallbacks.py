"""Whether a call that fails has another way out: another model or provider, a kept answer, a way without a model."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from readylint.facts import LlmCall
from readylint.flow import NOTHING, FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.fallback_branches import Branch, FallbackBranches
from readylint.link.fallback_objects import FallbackObjects
from readylint.link.handlers import subtree
from readylint.link.unused_fallbacks import UnusedFallbacks
from readylint.values import Const, Container, Ref

if TYPE_CHECKING:
    from readylint.link.effective import Effective
    from readylint.link.entries import Entries
    from readylint.link.fact_places import FactPlaces
    from readylint.link.guards import Guards
    from readylint.link.models import Models
    from readylint.link.resolver import Resolver

Kind = Literal["real", "paper", "none", "unknown"]
Fault = Literal["same", "retired", "unused"]
RANK: dict[Kind, int] = {"real": 3, "unknown": 2, "paper": 1, "none": 0}
FUNCTIONS = 20
NAMED = re.compile(r"(?i)fall_?back|back_?up|secondary|fail_?over")
CHOICE = re.compile(r"(?i)model|provider|llm|client|engine|backend|deployment|agent|" + NAMED.pattern[4:])
"""Names of what another attempt may ask with."""


@dataclass(slots=True, frozen=True)
class Way:
    """Another way out, or what looks like one; `fault` says why a paper one cannot help."""

    kind: Kind
    at: Ref | None = None
    fault: Fault | None = None


NO_WAY = Way("none")


class Fallbacks:
    """Looks at what was laid over a call, at the branches that deal with its errors, and at what nothing uses."""

    def __init__(
        self, resolver: Resolver, effective: Effective, guards: Guards, entries: Entries, models: Models,
        calls: Sequence[ModelCall],
    ) -> None:  # fmt: skip
        self.resolver = resolver
        self.program = resolver.program
        self.entries = entries
        self.guards = guards
        self.models = models
        self.branches = FallbackBranches(resolver, guards.callees, guards.handlers, {c.ref for c in calls})
        self.objects = FallbackObjects(resolver, effective, models)
        self.unused = UnusedFallbacks(resolver, guards.callees)
        self._facts: dict[Ref, tuple[ModelCall, LlmCall]] = {}
        self._refs: dict[int, Ref] = {}

    def fill(self, reached: list[tuple[ModelCall, LlmCall]], places: FactPlaces) -> None:
        """State it on every fact; their models are known."""
        self._facts = {call.ref: (call, fact) for call, fact in reached}
        self._refs = {id(fact): call.ref for call, fact in reached}
        for call, fact in reached:
            self._state(fact, self._of(call, fact))
        if any(fact.guard.fallback == "real" for _, fact in reached):
            return
        without = [fact for _, fact in reached if fact.guard.fallback == "none"]
        for at in self.unused.find(places) if without else ():
            path = self.program.modules[at.module].path
            for fact in [f for f in without if f.span.path == path] or without:
                if fact.guard.fallback == "none":
                    self._state(fact, Way("paper", at, "unused"))

    def _state(self, fact: LlmCall, way: Way) -> None:
        fact.guard.fallback = way.kind
        fact.guard.paper = way.fault
        fact.guard.fallback_at = self.program.callee_span(way.at) if way.at is not None else None

    def _of(self, call: ModelCall, fact: LlmCall) -> Way:
        if call.declared is not None:
            return Way("unknown")
        given = self.objects.of(call, fact)
        best = Way(given.kind, given.at, given.fault)
        for way in self._around(call, fact):
            if RANK[way.kind] > RANK[best.kind]:
                best = way
            if best.kind == "real":
                break
        return best

    # upwards ---------------------------------------------------------------------------------------------------

    def _around(self, call: ModelCall, fact: LlmCall) -> Iterator[Way]:
        """Every way out at the call and at the places above it from which it is reached."""
        pending, seen = [(call.ref, False)], {(call.ref.module, call.ref.function)}
        for at, held in pending:
            function = self.program.function(at)
            for number, around in function.ancestors(function.nodes[at.node].context):
                if around.kind == "try":
                    for clause in around.clauses:
                        types = at.sibling(clause.types) if clause.types != NOTHING else None
                        caught = self.guards.exceptions.caught(types)
                        own = self._own_classes.intersection(caught.names)
                        if own or caught.unknown or self.guards.exceptions.covered(caught, call) - {"validation"}:
                            held = True
                            yield from self._of_branch(at, self.branches.of(at, number, clause), fact)
                elif around.kind in ("for", "while") and held:
                    yield self._of_loop(at, number)
            if held:
                yield from self._instead(at, function, fact)
            if function.number == 0 or self.entries.of(at.module, function) is not None:
                continue
            for site in self.entries.sites(at.module, function)[0]:
                key = (site.ref.module, site.ref.function)
                if key not in seen and len(seen) < FUNCTIONS:
                    seen.add(key)
                    pending.append((site.ref, held))

    @cached_property
    def _own_classes(self) -> set[str]:
        """The classes of the project, into which it may turn the errors of the SDK."""
        return {cls.name for module in self.program.modules for cls in module.classes}

    def _of_branch(self, at: Ref, branch: Branch, fact: LlmCall) -> Iterator[Way]:
        if branch.answer != "none":
            yield Way(branch.answer, branch.at)
        for asked, models in branch.asks:
            for model in sorted(models):
                yield self._compared(at, asked, model, fact)

    def _instead(self, at: Ref, function: FunctionFlow, fact: LlmCall) -> Iterator[Way]:
        """`ask_one(q) or ask_other(q)`, `if answer is None: answer = ask_other(q)`."""
        users = self.program.users(at.module, at.function)
        pending, seen, tests = [at.node], {at.node}, set()
        while pending and len(seen) < FUNCTIONS:
            for user in users.get(pending.pop(), ()):
                op = function.nodes[user].op
                if op == "bool" and function.nodes[user].args[0] == "Or":
                    for side in function.nodes[user].args[2:]:
                        if side not in seen:
                            yield from self._asked(at, at.sibling(side), fact)
                if op in ("compare", "not", "bool", "unary", "await", "union", "enter") and user not in seen:
                    seen.add(user)
                    pending.append(user)
                    tests.add(user)
        start = function.nodes[at.node].end
        for number, context in enumerate(function.contexts):
            if (
                context.kind == "if"
                and context.nodes
                and context.start > start
                and context.nodes[0] in {at.node, *tests}
            ):
                yield from self._of_branch(at, self.branches.inside(at, subtree(function, number), start), fact)

    def _asked(self, at: Ref, other: Ref, fact: LlmCall) -> Iterator[Way]:
        node = self.program.node(other)
        while node.op == "await":
            other = other.sibling(node.args[0])
            node = self.program.node(other)
        for model in sorted(self.branches.reached(other, 3)) if node.op == "call" else ():
            yield self._compared(at, other, model, fact)

    # comparing -------------------------------------------------------------------------------------------------

    def _compared(self, at: Ref, asked: Ref, model: Ref, fact: LlmCall) -> Way:
        """What another call is to this one: another model, the same, or one that is gone. `asked` leads to it."""
        known = self._facts.get(model)
        if known is None:
            return Way("unknown", asked)
        call, other = known
        if self._facts[model][1] is fact:
            return self._again(at, asked)
        if (other.operation == "embedding") != (fact.operation == "embedding"):
            return NO_WAY
        ids = set(other.model.ids)
        if ids and all(self._is_retired(i) for i in ids):
            return Way("paper", asked, "retired")
        if other.provider != fact.provider:
            return Way("real", asked)
        if ids and set(fact.model.ids):
            if not ids <= set(fact.model.ids):
                return Way("real", asked)
            return self._same(asked, call, other)
        written, own = self._model_written(model), self._model_written(self._ref_of(fact))
        if written and own and written != own:
            return Way("real", asked)
        return self._same(asked, call, other) if written and written == own else Way("unknown", asked)

    def _ref_of(self, fact: LlmCall) -> Ref:
        return self._refs[id(fact)]

    def _same(self, asked: Ref, call: ModelCall, other: LlmCall) -> Way:
        """The same model again: of use only with another key or host; a fallback by its name is none on paper only."""
        names = f"{self.program.written(asked)[:80]} {other.inside or ''}"
        given = call.objects and any(o.made is not None for o in call.objects)
        if not NAMED.search(names):
            return NO_WAY
        return Way("paper", asked, "same") if given or not call.objects else Way("unknown", asked)

    def _again(self, at: Ref, asked: Ref) -> Way:
        """The same call once more through a function: with another model, or as it was."""
        first, second = self.program.node(at), self.program.node(asked)
        if at == asked or first.op != "call" or second.op != "call":
            return NO_WAY
        same = self.branches.callees.of(at).functions == self.branches.callees.of(asked).functions
        if not same:
            return NO_WAY
        before, after = self._written_arguments(at), self._written_arguments(asked)
        if not before or not after:
            return NO_WAY
        changed = {k for k in before.keys() | after.keys() if before.get(k) != after.get(k)}
        texts = " ".join(f"{k} {after.get(k, '')}" for k in sorted(changed))
        return Way("real", asked) if CHOICE.search(texts) else NO_WAY

    def _written_arguments(self, call: Ref) -> dict[str, str]:
        names: list[str] = []
        for target in self.branches.callees.of(call).functions[:1]:
            flow = self.resolver.flow_of(target)
            names = [p.name for p in flow.params if p.kind in ("plain", "only-position")]
            names = names[1:] if flow.owner != NOTHING else names
        found = {}
        for number, (keyword, given) in enumerate(self.program.node(call).args[1]):
            name = keyword or (names[number] if number < len(names) else str(number))
            found[str(name)] = self.program.written(call.sibling(given))
        return found

    def _model_written(self, ref: Ref) -> str:
        known = self._facts.get(ref)
        spec = known[0].argument("model") if known is not None else None
        place = known[0].place_of("model") if known is not None else None
        if spec is None or place is None:
            return ""
        refs = self.objects.effective.reader.find(place, spec).refs
        return " | ".join(self.program.written(r) for r in refs)

    def _is_retired(self, model: str) -> bool:
        entry = self.models.table.find(model)
        return entry is not None and entry.status == "retired"

    # loops -----------------------------------------------------------------------------------------------------

    def _of_loop(self, at: Ref, loop: int) -> Way:
        """`for model in MODELS: try: return ask(model)`: each turn asks another one, until one works."""
        function = self.program.function(at)
        context = function.contexts[loop]
        inside = subtree(function, loop)
        handlers = {n for n in inside if function.contexts[n].kind == "handler"}
        handlers |= {m for n in handlers for m in subtree(function, n)}
        leaves = any(e.kind in ("return", "break") and e.context in inside - handlers for e in function.exits)
        if context.kind != "for" or not context.nodes or not leaves:
            return NO_WAY
        taken = {n for n, node in enumerate(function.nodes) if node.op == "iter" and node.args[:1] == context.nodes[:1]}
        if not self._reaches(function, at.node, taken):
            return NO_WAY
        names = [
            name
            for name, numbers in function.bindings.items()
            if any(self._reaches(function, n, taken) for n in numbers)
        ]
        source = self.program.written(at.sibling(context.nodes[0]))
        if not CHOICE.search(" ".join([*sorted(names), source])):
            return NO_WAY
        elements = self._elements(at.sibling(context.nodes[0]))
        if elements is not None and len(set(elements)) < 2:
            return Way("paper", at.sibling(context.nodes[0]), "same") if len(elements) > 1 else NO_WAY
        return Way("real", at.sibling(context.nodes[0]))

    def _reaches(self, function: FunctionFlow, number: int, wanted: set[int]) -> bool:
        pending, seen = [number], {number}
        while pending and len(seen) < 200:
            at = pending.pop()
            if at in wanted:
                return True
            for child in function.children(at):
                if child not in seen:
                    seen.add(child)
                    pending.append(child)
        return False

    def _elements(self, source: Ref) -> list[object] | None:
        """The literals of a list that is written out; None when there is anything else in it."""
        found: list[object] = []
        for value in self.resolver.values(source):
            if not isinstance(value, Container):
                return None
            node = self.program.node(value.ref)
            for number in node.args if node.op in ("list", "tuple") else ():
                inner = list(self.resolver.values(value.ref.sibling(number)))
                if len(inner) != 1 or not isinstance(inner[0], Const):
                    return None
                found.append(inner[0].value)
        return found or None
