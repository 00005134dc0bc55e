"""Fallbacks that were prepared and that nothing uses: a constant with a model or an answer, a function, a setting."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from readylint.flow import NOTHING
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.fact_places import FactPlaces
    from readylint.link.resolver import Resolver

PREPARED = re.compile(r"(?i)(^|_)(fallback|backup|secondary|failover)(_|$)")
SUBJECT = re.compile(r"(?i)model|provider|llm|client|answer|response|reply|engine|deployment")
USES = {"name", "attr", "func"}


class UnusedFallbacks:
    """Looks through the names of the program once."""

    def __init__(self, resolver: Resolver, callees: Callees) -> None:
        self.program = resolver.program
        self.callees = callees

    def find(self, places: FactPlaces) -> list[Ref]:
        """What nothing uses, in order of place."""
        found = []
        for index in range(len(self.program.modules)):
            if places.role_of(self.program.modules[index].path) in ("app", "script"):
                for name, at in self._prepared(index):
                    if PREPARED.search(name) and SUBJECT.search(name) and not self._is_used(name):
                        found.append(at)
        return sorted(found, key=lambda at: (self.program.span(at), at))

    def _prepared(self, index: int) -> Iterator[tuple[str, Ref]]:
        module = self.program.modules[index]
        for name, numbers in module.functions[0].bindings.items():
            if module.functions[0].nodes[numbers[0]].op in ("const", "list", "tuple", "dict", "join"):
                yield name, Ref(index, 0, numbers[0])
        for cls in module.classes:
            for name, numbers in cls.bindings.items():
                if module.functions[cls.owner].nodes[numbers[0]].op in ("const", "list", "call"):
                    yield name, Ref(index, cls.owner, numbers[0])
        for flow in module.functions[1:]:
            if not flow.decorators and not flow.is_lambda and flow.owner == NOTHING and flow.parent == 0:
                made = module.functions[0].bindings.get(flow.name, ())
                if made:
                    yield flow.name, Ref(index, 0, made[0])

    def _is_used(self, name: str) -> bool:
        """Whether anything but the definition names it: code, or a file that was not parsed."""
        if self.program.calls_by_tail.get(name):
            return True
        for ref in self.program.references_by_tail.get(name, ()):
            node = self.program.node(ref)
            if node.op in USES and not (node.op == "func" and ref.function == 0):
                return True
        return any(path not in self.program.by_path for path in self.program.holding(name))
