"""Options of the command line: parameters that whoever runs the program decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow
from readylint.values import Environment, External, Made, Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


class Options:
    """Finds the default of an option."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        evidence = resolver.knowledge.evidence
        self._decorators = {n for e in evidence for n in e.option_decorators}
        self._values = {n for e in evidence for n in e.option_values}
        self._commands = {n for e in evidence for n in e.commands}
        self._tails = {n.rsplit(".", 1)[-1] for n in (*self._decorators, *self._commands)}

    def parsed(self, name: str, ref: Ref) -> Environment:
        """An attribute of what a parser gives, with the default that `add_argument` gives it."""
        for call in self.program.calls_by_tail.get("add_argument", ()):
            if call.module == ref.module and name in self._spelled(call):
                return Environment(name, ref, self.resolver.argument(call, "default"))
        return Environment(name, ref)

    def _spelled(self, call: Ref) -> set[str]:
        """The names of an option: `("-m", "--max-tokens")` is `max_tokens`, and also `m`."""
        arguments = self.program.node(call).args[1]
        words = [self.program.node(call.sibling(n)) for k, n in arguments if k is None]
        return {str(w.args[0]).lstrip("-").replace("-", "_") for w in words if w.op == "const"}

    def of_parameter(self, module: int, flow: FunctionFlow, name: str) -> Environment | None:
        """The option that a parameter of a command is."""
        if not flow.decorators or not self._tails:
            return None
        is_command = False
        for at, target in self.program.decorations(module, flow):
            tail = self.program.tail(module, self.program.function(target), target.node)
            if tail not in self._tails:
                continue
            names = {v.name for v in self.resolver.values(target) if isinstance(v, External)}
            if names & self._decorators and name in self._spelled(at):
                return Environment(name, at, self.resolver.argument(at, "default"))
            is_command = is_command or bool(names & self._commands)
        default = next((p.default for p in flow.params if p.name == name), NOTHING)
        if not is_command or default == NOTHING:
            return None
        return self._with_default(Ref(module, max(flow.parent, 0), default), name)

    def _with_default(self, at: Ref, name: str) -> Environment:
        for value in self.resolver.values(at):
            if isinstance(value, Made) and value.name in self._values:
                inner = self.resolver.argument(value.ref, "default", 0)
                given = inner is not None and self.program.node(inner).op != "unknown"
                return Environment(name, at, inner if given else None)
        return Environment(name, at, at)
