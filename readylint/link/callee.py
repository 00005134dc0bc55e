"""What a call calls, in the terms that evidence files use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from readylint.values import ClassValue, Const, External, FunctionValue, Made, ObjectValue, Ref, SdkObject

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


@dataclass(slots=True)
class Callee:
    """The callee of one call."""

    names: frozenset[str]
    """Qualified library names it may be; a method of an instance reads `package.Class.method`."""
    tail: str
    """Its last written name."""
    receiver: str
    """What is written before the last name; empty for plain names."""
    functions: list[FunctionValue] = field(default_factory=list)
    classes: list[ClassValue] = field(default_factory=list)
    is_sdk: bool = False
    external_bases: frozenset[str] = frozenset()
    """For a class of the project, or a method on one: the library classes behind it."""


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text)


class Callees:
    """Answers `what is called here`, once per call."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self._memo: dict[Ref, Callee] = {}
        self._rule_tails: dict[int, frozenset[str]] = {}
        self._call_tails: dict[Ref, frozenset[str]] = {}

    def of(self, call: Ref) -> Callee:
        """The callee of a call node."""
        known = self._memo.get(call)
        if known is None:
            known = self._memo[call] = self._read(call)
        return known

    def _read(self, call: Ref) -> Callee:
        function = self.program.function(call)
        number = self.program.node(call).args[0]
        target = function.nodes[number]
        tail = self.program.tail(call.module, function, number) or ""
        receiver = ""
        if target.op == "attr":
            written = self.program.modules[call.module].written(target.start, target.end)
            receiver = written.rpartition(".")[0].rstrip()
        names: set[str] = set()
        bases: set[str] = set()
        callee = Callee(frozenset(), tail, receiver)
        for value in self.resolver.values(call.sibling(number)):
            if isinstance(value, External):
                names.add(value.name.replace("()", ""))
            elif isinstance(value, FunctionValue):
                callee.functions.append(value)
            elif isinstance(value, ClassValue):
                callee.classes.append(value)
                bases.update(self.resolver.classes.bases(value)[1])
            elif isinstance(value, SdkObject):
                callee.is_sdk = True
                names.update(self._of_transport(value))
            elif isinstance(value, Made):
                names.add(value.name.replace("()", "") + ".()")
            elif isinstance(value, ObjectValue):
                method = self.resolver.classes.method(value.cls, "__call__")
                if method is not None:
                    callee.functions.append(method)
        callee.names = frozenset(names)
        callee.external_bases = frozenset(bases)
        return callee

    def _of_transport(self, value: SdkObject) -> list[str]:
        """A method of an HTTP client: the client carries calls to providers, and any other request as well."""
        if self.resolver.knowledge.sdks[value.sdk].transport != "http":
            return []
        client = self.resolver.knowledge.client(value.sdk, value.constructor)
        return [f"{name}.{value.path}" for name in client.make] if client is not None and value.path else []

    def matches(self, call: Ref, rule: Any) -> bool:
        """Whether an evidence rule with `function`, `method`, `receiver` speaks of this call."""
        if self._tails(rule).isdisjoint(self.written_tails(call)):
            return False
        callee = self.of(call)
        if callee.names & set(rule.function):
            return True
        if callee.tail and rule.method:
            for method in rule.method:
                if "." in method:
                    owner, _, name = method.rpartition(".")
                    if name == callee.tail and callee.receiver.endswith(owner):
                        return self._receiver(callee, rule)
                elif method == callee.tail and (callee.receiver or not rule.function):
                    return self._receiver(callee, rule)
        return False

    def _tails(self, rule: Any) -> frozenset[str]:
        """The last names of everything that a rule speaks of."""
        known = self._rule_tails.get(id(rule))
        if known is None:
            known = frozenset(n.rsplit(".", 1)[-1] for n in (*rule.function, *rule.method))
            self._rule_tails[id(rule)] = known
        return known

    def written_tails(self, call: Ref) -> frozenset[str]:
        """The last name of what a call calls, before anything is resolved; also the name it was imported under."""
        known = self._call_tails.get(call)
        if known is None:
            function = self.program.function(call)
            found = self.program.tails(call.module, function, self.program.node(call).args[0])
            known = self._call_tails[call] = frozenset(found)
        return known

    def _receiver(self, callee: Callee, rule: Any) -> bool:
        if callee.functions and not callee.names:
            return False
        wanted = getattr(rule, "receiver", None)
        return wanted is None or _pattern(wanted).search(callee.receiver) is not None

    def literal_argument(self, call: Ref, keyword: str) -> Any:
        """The literal given for a keyword, else None."""
        ref = self.resolver.argument(call, keyword)
        for value in self.resolver.values(ref) if ref is not None else ():
            if isinstance(value, Const):
                return value.value
        return None
