"""What an `except` branch, and what follows it, does instead of the call that failed: asks a model, or answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from readylint.flow import NOTHING, CatchClause, Exit, FunctionFlow
from readylint.link.handlers import subtree
from readylint.values import Const, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.handlers import HandlerReader
    from readylint.link.resolver import Resolver

Answer = Literal["real", "unknown", "none"]
DEPTH = 3
FUNCTIONS = 2
CALLS_LIMIT = 80
PARTS_LIMIT = 120
REPORT = re.compile(
    r"(?i)\b(errors?|exceptions?|fail(ed|ure|s)?|traceback|unable|could ?n[o']t|cannot|can't|invalid|try again"
    r"|went wrong|unavailable)\b|^\W*$"
)
"""Texts that say that there is no answer."""
REPORT_KEYS = {"error", "errors", "detail", "success", "ok", "status", "exception", "message", "status_code"}
SHORTEST = 8
"""Shorter literals are codes and labels, no answers."""


@dataclass(slots=True)
class Branch:
    """What happens behind one clause: the calls there that reach a model, with the models, and the answer given."""

    asks: list[tuple[Ref, frozenset[Ref]]] = field(default_factory=list)
    answer: Answer = "none"
    at: Ref | None = None


class FallbackBranches:
    """Reads branches once each."""

    def __init__(self, resolver: Resolver, callees: Callees, handlers: HandlerReader, models: set[Ref]) -> None:
        """`models` are all model calls of the program."""
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.handlers = handlers
        self.models = models
        self._branches: dict[tuple[int, int, int], Branch] = {}
        self._of_functions: dict[tuple[int, int, int], frozenset[Ref]] = {}

    def of(self, at: Ref, tried: int, clause: CatchClause) -> Branch:
        """The branch of a clause of a `try` in the function of `at`."""
        key = (at.module, at.function, clause.context)
        known = self._branches.get(key)
        if known is None:
            known = self._branches[key] = self._read(at, tried, clause)
        return known

    def _read(self, at: Ref, tried: int, clause: CatchClause) -> Branch:
        function = self.program.function(at)
        inside = subtree(function, clause.context)
        branch = Branch(self.asking(at, inside, 0))
        self._answered(branch, at, self._given(at, inside))
        handlers = {c for other in function.contexts[tried].clauses for c in subtree(function, other.context)}
        end = max([function.contexts[c.context].end for c in function.contexts[tried].clauses])
        leaves = subtree(function, tried) - handlers
        leaves |= {n for n, c in enumerate(function.contexts) if c.owner == tried and c.kind == "else"}
        if not clause.ends and any(e.kind == "return" and e.context in leaves for e in function.exits):
            around = {n for n, _ in function.ancestors(function.contexts[tried].parent)}
            behind = {n for n, c in enumerate(function.contexts) if c.start > end} | around
            branch.asks += self.asking(at, behind, end)
            self._answered(branch, at, [e.node for e in self._returns(function, behind) if e.start > end])
        return branch

    def inside(self, at: Ref, contexts: set[int], start: int) -> Branch:
        """What is done in contexts, as with a branch."""
        branch = Branch(self.asking(at, contexts, start))
        self._answered(branch, at, self._given(at, contexts))
        return branch

    def _answered(self, branch: Branch, at: Ref, nodes: Iterable[int]) -> None:
        for number in nodes:
            answer = self._answer(at.sibling(number), 0)
            if answer == "real" or (answer == "unknown" and branch.answer == "none"):
                branch.answer, branch.at = answer, at.sibling(number)

    def _returns(self, function: FunctionFlow, inside: set[int]) -> Iterator[Exit]:
        for leave in function.exits:
            if leave.kind == "return" and leave.node != NOTHING and leave.context in inside:
                yield leave

    def _given(self, at: Ref, inside: set[int]) -> list[int]:
        """What a branch returns, yields, or gives to a name."""
        function = self.program.function(at)
        found = [leave.node for leave in self._returns(function, inside)]
        found += [n for n in function.yields if function.nodes[n].context in inside]
        bound = [n for numbers in function.bindings.values() for n in numbers]
        found += [n for n in bound if function.nodes[n].context in inside and self._is_own(at.sibling(n))]
        return found

    def _is_own(self, ref: Ref) -> bool:
        """Whether what a name is given is written out here, or comes from a function of the project."""
        node = self.program.node(ref)
        if node.op == "await":
            return self._is_own(ref.sibling(node.args[0]))
        return node.op in ("const", "join") or (node.op == "call" and bool(self.callees.of(ref).functions))

    # models ----------------------------------------------------------------------------------------------------

    def asking(self, at: Ref, inside: set[int], start: int) -> list[tuple[Ref, frozenset[Ref]]]:
        """The calls in these contexts, from a position on, that reach a model."""
        function = self.program.function(at)
        found = []
        for number in function.calls:
            node = function.nodes[number]
            if node.context in inside and node.start >= start:
                reached = self.reached(at.sibling(number), DEPTH)
                if reached:
                    found.append((at.sibling(number), reached))
        return found

    def reached(self, call: Ref, depth: int) -> frozenset[Ref]:
        """The model calls that a call is, or that the functions of the project behind it make."""
        if call in self.models:
            return frozenset({call})
        found: frozenset[Ref] = frozenset()
        for target in self.callees.of(call).functions[:FUNCTIONS] if depth else ():
            found |= self._of_function(target.module, target.number, depth - 1)
        return found

    def _of_function(self, module: int, number: int, depth: int) -> frozenset[Ref]:
        key = (module, number, depth)
        known = self._of_functions.get(key)
        if known is None:
            known = frozenset()
            flow = self.program.modules[module].functions[number]
            for call in flow.calls[:CALLS_LIMIT]:
                known |= self.reached(Ref(module, number, call), depth)
            self._of_functions[key] = known
        return known

    # answers ---------------------------------------------------------------------------------------------------

    def _answer(self, ref: Ref, depth: int) -> Answer:
        """Whether a value is an answer that does without the model; what reports the failure is none."""
        node = self.program.node(ref)
        function = self.program.function(ref)
        if node.op == "await":
            return self._answer(ref.sibling(node.args[0]), depth)
        parts = self._parts(function, ref.node)
        if any(function.nodes[n].op == "exc" for n in parts):
            return "none"
        texts = [str(function.nodes[n].args[0]) for n in parts if function.nodes[n].op == "const"]
        if any(REPORT.search(t) for t in texts if t) or REPORT_KEYS & self._keys(function, parts):
            return "none"
        if node.op == "call":
            return self._of_call(ref, depth)
        if node.op in ("const", "name", "attr", "import"):
            return self._of_values(ref)
        if node.op in ("dict", "list", "tuple"):
            return "real" if any(len(t) >= SHORTEST for t in texts) else "none"
        return "real" if node.op in ("join", "item", "param") else "none"

    def _of_values(self, ref: Ref) -> Answer:
        """A literal, or a name: the text of it, or what was there before the call."""
        values = self.resolver.values(ref)
        literals = [v.value for v in values if isinstance(v, Const)]
        if len(literals) < len(values) or not values:
            return "unknown"
        texts = [v for v in literals if isinstance(v, str) and len(v) >= SHORTEST and not REPORT.search(v)]
        return "real" if texts else "none"

    def _of_call(self, ref: Ref, depth: int) -> Answer:
        """A function of the project that answers; of a library nothing is known."""
        if self.handlers.log_level(ref) is not None or self.reached(ref, DEPTH):
            return "none"
        targets = self.callees.of(ref).functions[:FUNCTIONS]
        if not targets or depth >= FUNCTIONS:
            return "unknown"
        found: set[Answer] = set()
        for target in targets:
            flow = self.resolver.flow_of(target)
            every = set(range(len(flow.contexts)))
            for leave in self._returns(flow, every):
                found.add(self._answer(Ref(target.module, target.number, leave.node), depth + 1))
        return "real" if "real" in found else "unknown" if "unknown" in found else "none"

    def _keys(self, function: FunctionFlow, parts: set[int]) -> set[str]:
        """The keys of dicts and the keywords of calls."""
        found: set[str] = set()
        for number in parts:
            node = function.nodes[number]
            if node.op == "dict":
                found |= {
                    str(function.nodes[k].args[0]) for k, _ in node.args if k >= 0 and function.nodes[k].op == "const"
                }
            elif node.op == "call":
                found |= {str(name) for name, _ in node.args[1] if name}
        return found

    def _parts(self, function: FunctionFlow, number: int) -> set[int]:
        pending, seen = [number], {number}
        while pending and len(seen) < PARTS_LIMIT:
            at = pending.pop()
            if function.nodes[at].op == "union":
                continue
            for child in function.children(at):
                if child not in seen:
                    seen.add(child)
                    pending.append(child)
        return seen
