"""How often a client is built: once for the program, or again for each request or call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from readylint.flow import NOTHING, FunctionFlow
from readylint.values import ClassValue, Const, Environment, External, Ref

if TYPE_CHECKING:
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver

Built = Literal["module", "cached", "per-call", "per-request", "unknown"]
Function = tuple[int, int]
LOOPS = ("for", "while", "comp")
WHOSE = "api_key"
LEVELS = 12
PUT = {"append", "appendleft", "add", "put", "put_nowait", "set", "setdefault", "update"}
STARTS = {"__init__", "__post_init__", "setup", "model_post_init"}


class ClientLives:
    """Climbs from a constructor to what runs it."""

    def __init__(self, resolver: Resolver, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.entries = entries
        self.keeping = {n for e in resolver.knowledge.evidence for n in e.keeps_results}
        self.commands = {n.rsplit(".", 1)[-1] for e in resolver.knowledge.evidence for n in e.commands}
        self._memo: dict[Function, str] = {}

    def of(self, made: Ref) -> Built:
        """The word for one constructor."""
        function = self.program.function(made)
        if function.number == 0:
            return "per-call" if self._in_loop(made) else "module"
        kept = self._is_kept(made, function)
        if kept and function.name not in STARTS:
            return "cached"
        how = self._runs(made.module, function.number, LEVELS)
        if how == "once":
            return "per-call" if self._in_loop(made) and not kept else "cached"
        if how == "unknown" or self._is_of_someone(made) or self.entries.reached_from(*made[:2], "task"):
            return "unknown"
        return "per-request" if self.entries.reached_from(*made[:2], "handler") else "per-call"

    def _in_loop(self, ref: Ref) -> bool:
        function = self.program.function(ref)
        return any(c.kind in LOOPS for _, c in function.ancestors(function.nodes[ref.node].context))

    def _is_kept(self, at: Ref, function: FunctionFlow) -> bool:
        """What is made is put away: on an object, in a table, or under a name of the module."""
        if function.global_bindings:
            return True
        holders = {at.node}
        for number in range(at.node + 1, len(function.nodes)):
            node = function.nodes[number]
            if node.op in ("union", "bool", "ifexp", "await", "call") and holders & set(_values(node.op, node.args)):
                holders.add(number)
        return any(s.value in holders for s in function.stores) or any(
            function.nodes[n].op == "call" and self._puts(function, n) for n in holders
        )

    def _puts(self, function: FunctionFlow, call: int) -> bool:
        """`clients.append(OpenAI())`, `session.set("client", client)`."""
        target = function.nodes[function.nodes[call].args[0]]
        return target.op == "attr" and target.args[1] in PUT

    def _runs(self, module: int, number: int, levels: int) -> str:
        """How a function runs: once, each (again and again), or unknown."""
        key = (module, number)
        known = self._memo.get(key)
        if known is None:
            self._memo[key] = "unknown"  # of one that calls itself
            known = self._memo[key] = self._find(module, number, levels)
        return known

    def _find(self, module: int, number: int, levels: int) -> str:
        function = self.program.modules[module].functions[number]
        if number == 0:
            return "once"
        names = self.resolver.classes.decorator_names(module, function)
        if names & self.keeping or names & self.commands:
            return "once"
        entry = self.entries.of(module, function)
        if entry is not None:
            return "each" if entry.kind == "handler" else "unknown"
        if not levels:
            return "unknown"
        sites, complete = self.entries.sites(module, function)
        found = {self._at(site.ref, levels) if not site.deferred else "unknown" for site in sites}
        if "each" in found:
            return "each"
        if found == {"once"} and complete:
            return "once"
        return self._nobody(module, function) if not sites and complete else "unknown"

    def _at(self, site: Ref, levels: int) -> str:
        """A place that runs the function; what it gives may be put away there."""
        function = self.program.function(site)
        if function.number and self._is_kept(site, function):
            return "once" if function.name not in STARTS else self._runs(site.module, function.number, levels - 1)
        if self._in_loop(site):
            return "each"
        return self._runs(site.module, function.number, levels - 1)

    def _nobody(self, module: int, function: FunctionFlow) -> str:
        """Nobody calls it: a part of an interface runs as often as it is used, a main function once."""
        own = function.owner != NOTHING
        plain = [p for p in function.params if p.kind == "plain"][1 if own else 0 :]
        if function.name in STARTS or not plain or any(p.default != NOTHING for p in plain[:1]):
            return "unknown"
        if own and self.resolver.classes.bases(ClassValue(module, function.owner))[1]:
            return "unknown"
        return "each"

    def _is_of_someone(self, made: Ref) -> bool:
        """The key comes with the request, or it cannot be told whose it is."""
        given = self.resolver.argument(made, WHOSE)
        if given is None:
            return any(k == "**" for k, _ in self.program.node(made).args[1])
        return not all(isinstance(v, Const | Environment | External) for v in self.resolver.values(given))


def _values(op: str, args: tuple[object, ...]) -> list[object]:
    """The operands that an expression may give on."""
    if op == "call":
        return [n for _, n in args[1]]  # type: ignore[attr-defined]
    return list(args[1:]) if op == "bool" else list(args)
