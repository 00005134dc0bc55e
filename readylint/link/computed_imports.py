"""Modules that are imported under a computed name: `import_module(f"tools.{name}")`, and what is taken from them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from readylint.flow import FunctionFlow
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

IMPORTS = ("import_module", "__import__")


class Reading(NamedTuple):
    """A place that takes something out of such a module."""

    at: Ref
    prefix: str
    """How the names of the modules begin that may be meant."""


class ComputedImports:
    """Finds what is read from them; the start of their name has to be written out."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self._readings: dict[str, list[Reading]] = {}
        self._read_modules = -1

    def readings(self, module: int, name: str) -> list[Ref]:
        """The nodes that read a name of a module which may be this one."""
        if self._read_modules != len(self.program.modules):
            self._read_modules = len(self.program.modules)
            self._readings = self._all_readings()
        dotted = f".{self.program.modules[module].name}."
        return [r.at for r in self._readings.get(name, ()) if f".{r.prefix}" in dotted]

    def _all_readings(self) -> dict[str, list[Reading]]:
        found: dict[str, list[Reading]] = defaultdict(list)
        for tail in IMPORTS:
            for call in self.program.calls_by_tail.get(tail, ()):
                prefix = self._prefix(call)
                for name, at in self._read_from(call) if prefix else ():
                    found[name].append(Reading(at, prefix))
        return found

    def _prefix(self, call: Ref) -> str:
        """The package that the computed name begins with: `tools.`; empty where none is written."""
        function = self.program.function(call)
        arguments = self.program.node(call).args[1]
        name = function.nodes[arguments[0][1]] if arguments else None
        if name is None or name.op not in ("join", "binop"):
            return ""
        first = function.nodes[name.args[1] if name.op == "binop" else name.args[0]]
        text = first.args[0] if first.op == "const" else None
        if not isinstance(text, str) or "." not in text.lstrip("."):
            return ""
        if text.startswith("."):
            text = self.resolver.scopes.absolute(call.module, text)
        return text[: text.rindex(".") + 1]

    def _read_from(self, call: Ref) -> list[tuple[str, Ref]]:
        """Names that are read of what a call gives, in the same function."""
        function = self.program.function(call)
        users = self.program.users(call.module, call.function)
        found: list[tuple[str, Ref]] = []
        pending = [call.node]
        for number in pending:
            for user in users.get(number, ()):
                node = function.nodes[user]
                if node.op == "attr":
                    found.append((str(node.args[1]), call.sibling(user)))
                elif node.op == "union" and user not in pending:
                    pending.append(user)
                elif node.op == "call" and (name := self._got(call.module, function, user, number)) is not None:
                    found.append((name, call.sibling(user)))
        return found

    def _got(self, module: int, function: FunctionFlow, number: int, base: int) -> str | None:
        """`getattr(module, "run")`."""
        node = function.nodes[number]
        given = [n for _, n in node.args[1]]
        if len(given) < 2 or given[0] != base or self.program.tail(module, function, node.args[0]) != "getattr":
            return None
        key = function.nodes[given[1]]
        return key.args[0] if key.op == "const" and isinstance(key.args[0], str) else None
