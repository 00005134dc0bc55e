"""Where text comes into the program, by the rules of the catalogue and by what frameworks hand to functions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from readylint.catalogue import InputRule
from readylint.flow import FunctionFlow
from readylint.link.prompt_pieces import Piece
from readylint.values import External, Made, Ref, Value

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver


class Sources:
    """Tells sources of text by calls, names and parameters."""

    def __init__(self, resolver: Resolver, callees: Callees, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.entries = entries
        self._by_tail: dict[str, list[InputRule]] = defaultdict(list)
        self._names: dict[str, InputRule] = {}
        for rule in resolver.knowledge.first_evidence("inputs"):
            for name in (*rule.function, *rule.method):
                tail = name.rsplit(".", 1)[-1]
                if rule not in self._by_tail[tail]:
                    self._by_tail[tail].append(rule)
            self._names.update(dict.fromkeys((*rule.function, *rule.attribute), rule))
        self._attributes = {n.rsplit(".", 1)[-1] for r in self._names.values() for n in r.attribute}
        self._frameworks = {f.framework: f for f in entries.frameworks}

    def of_call(self, ref: Ref) -> InputRule | None:
        """The rule that a call matches."""
        function = self.program.function(ref)
        tails = self.program.tails(ref.module, function, self.program.node(ref).args[0])
        for tail in sorted(tails):
            for rule in self._by_tail.get(tail, ()):
                if self.callees.matches(ref, rule):
                    return rule
        return None

    def of_name(self, ref: Ref, name: str) -> InputRule | None:
        """The rule for an object or attribute of a library (`request`, `response.text`)."""
        if name not in self._attributes:
            return None
        return next((r for v in self.resolver.values(ref) if (r := self.of_value(v)) is not None), None)

    def of_value(self, value: Value) -> InputRule | None:
        """The rule for a value of a library."""
        if isinstance(value, External | Made):
            return self._names.get(value.name.replace("()", ""))
        return None

    def piece(self, rule: InputRule, ref: Ref) -> Piece:
        """The text that comes in at a call."""
        limit = next((k for k in rule.limits if self.resolver.argument(ref, k) is not None), None)
        return Piece(ref, origin=rule.from_, limited_by=limit, large=rule.large)

    def of_parameter(self, ref: Ref, function: FunctionFlow) -> Piece | None:
        """What a framework hands to a handler in a parameter; None where no framework calls the function."""
        entry = self.entries.of(ref.module, function)
        if entry is None or entry.kind != "handler":
            return None
        framework = self._frameworks.get(entry.framework)
        if framework is None:
            return Piece(ref, origin="request")
        origin = entry.rule.gives or framework.gives
        limit = f"{framework.text_limit} ({framework.framework})" if framework.text_limit else None
        return Piece(ref, origin=origin, limited_by=limit)
