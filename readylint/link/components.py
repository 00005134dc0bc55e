"""Components of a page: what a handler is given from them, and in which of them its results are shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from readylint.catalogue import Argument
from readylint.flow import NOTHING, FunctionFlow
from readylint.values import ClassValue, Const, Made, Ref

if TYPE_CHECKING:
    from readylint.link.entries import Entries, Entry
    from readylint.link.resolver import Resolver

NAMED_ALIKE = 60
"""Calls of one name that are looked at."""


class Components:
    """Reads the inputs and outputs that handlers are registered with."""

    def __init__(self, resolver: Resolver, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.entries = entries
        self._kept_calls: dict[tuple[int, int], list[Ref]] = {}

    def sinks(self, entry: Entry, place: int) -> list[str]:
        """The sinks that the component for one of the results of a handler is."""
        found: list[str] = []
        for made in self._at(entry, entry.rule.outputs, place) if entry.rule.shows else ():
            for rule in entry.rule.shows:
                if made.name.replace("()", "") in rule.function and all(
                    self._is_given(made.ref, name, wanted) for name, wanted in rule.only_when.items()
                ):
                    found.append(rule.sink)
        return found

    def number(self, entry: Entry) -> int:
        """How many results a handler gives."""
        return len(self._listed(entry, entry.rule.outputs))

    def _is_given(self, made: Ref, name: str, wanted: object) -> bool:
        ref = self.resolver.argument(made, name)
        values = self.resolver.values(ref) if ref is not None else ()
        return any(isinstance(v, Const) and v.value == wanted for v in values)

    def _at(self, entry: Entry, argument: Argument | None, place: int) -> Iterator[Made]:
        listed = self._listed(entry, argument)
        for value in self.resolver.values(listed[place]) if place < len(listed) else ():
            if isinstance(value, Made):
                yield value

    def _listed(self, entry: Entry, argument: Argument | None) -> list[Ref]:
        """The components of a list, or the only one."""
        if argument is None or entry.at is None or self.program.node(entry.at).op != "call":
            return []
        for ref in self.resolver.reader.find(entry.at, argument).refs:
            node = self.program.node(ref)
            return [ref.sibling(n) for n in node.args] if node.op in ("list", "tuple") else [ref]
        return []

    def kept_calls(self, module: int, flow: FunctionFlow) -> list[Ref]:
        """Calls of a method on an object that a framework keeps for the session, and hands to its handlers.

        Which object that is nobody says; where one family of classes has a method of the name it is one of them.
        """
        key = (module, flow.number)
        known = self._kept_calls.get(key)
        if known is None:
            calls = self.program.calls_by_tail.get(flow.name, ()) if flow.owner != NOTHING else ()
            found = [c for c in list(calls)[:NAMED_ALIKE] if self._is_on_kept(c)]
            known = self._kept_calls[key] = found if found and self._is_only_family(module, flow) else []
        return known

    def _is_on_kept(self, call: Ref) -> bool:
        """`model.ask()` in a handler whose parameter `model` is a component that keeps an object."""
        function = self.program.function(call)
        target = function.nodes[function.nodes[call.node].args[0]]
        base = function.nodes[target.args[0]] if target.op == "attr" else None
        entry = self.entries.of(call.module, function)
        if base is None or base.op != "param" or entry is None or not entry.rule.kept:
            return False
        names = [p.name for p in function.params if p.name not in ("self", "cls")]
        if base.args[0] not in names:
            return False
        made = self._at(entry, entry.rule.inputs, names.index(base.args[0]))
        return any(m.name.replace("()", "") in entry.rule.kept for m in made)

    def _is_only_family(self, module: int, flow: FunctionFlow) -> bool:
        """All classes of the program with a method of the name descend from one that the method's class is or has."""
        own = set(self.resolver.classes.bases(ClassValue(module, flow.owner))[0])
        for index, other in enumerate(self.program.modules):
            for number, cls in enumerate(other.classes):
                if flow.name in cls.methods and own.isdisjoint(
                    self.resolver.classes.bases(ClassValue(index, number))[0]
                ):
                    return False
        return True
