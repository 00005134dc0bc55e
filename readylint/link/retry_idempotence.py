"""Whether a write that is done twice leaves the same as one that is done once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.catalogue import SinkRule
from readylint.flow import Node
from readylint.link.history_cuts import parts
from readylint.values import Const, External, Made, Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


class Idempotence:
    """Reads keys, ids and modes of writes."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self._volatile = {n for w in resolver.knowledge.first_evidence("prompts") for n in w.volatile}

    def of(self, ref: Ref, rule: SinkRule) -> bool | None:
        """True for an upsert, a key or a stable id; False for what is added; None where that cannot be told."""
        if rule.opened_by:
            return self._adds(ref, rule)
        for path in rule.keys:
            given = self._given(ref, path)
            if given is not None:
                return not self.is_volatile(given)
        return rule.idempotent

    def _given(self, ref: Ref, path: str) -> Ref | None:
        """A keyword, or an entry of the dict that is given for one (`headers.Idempotency-Key`)."""
        head, _, key = path.partition(".")
        given = self.resolver.argument(ref, head)
        if given is None or not key:
            return given
        for value in self.resolver.values(given):
            at = getattr(value, "ref", None)
            node = self.program.node(at) if isinstance(at, Ref) else None
            for name, number in node.args if node is not None and node.op == "dict" else ():
                word = self.program.node(at.sibling(name)) if isinstance(at, Ref) and name >= 0 else None
                if word is not None and word.op == "const" and str(word.args[0]).lower() == key.lower():
                    return at.sibling(number) if isinstance(at, Ref) else None
        return None

    def is_volatile(self, ref: Ref) -> bool:
        """Whether it is made anew each time: `uuid4()`."""
        function = self.program.function(ref)
        for number in parts(function, ref.node):
            node = function.nodes[number]
            if node.op == "call":
                for value in self.resolver.values(ref.sibling(node.args[0])):
                    if isinstance(value, External) and value.name.replace("()", "") in self._volatile:
                        return True
        return False

    def _adds(self, ref: Ref, rule: SinkRule) -> bool | None:
        """False for a file that is added to (`a`); what a file that was opened anew holds in the end is not told."""
        node = self.program.node(ref)
        holder = self._holder(ref, node, rule)
        for value in self.resolver.values(holder) if holder is not None else ():
            name = value.name.replace("()", "") if isinstance(value, Made) else ""
            if isinstance(value, Made) and name in rule.opened_by:
                given = self.resolver.argument(value.ref, "mode", rule.opened_by[name])
                modes = [v.value for v in self.resolver.values(given) if isinstance(v, Const)] if given else []
                if len(modes) == 1 and isinstance(modes[0], str) and "a" in modes[0]:
                    return False
        return None

    def _holder(self, ref: Ref, node: Node, rule: SinkRule) -> Ref | None:
        if isinstance(rule.argument, int) and rule.argument > 0:
            return self.resolver.argument(ref, "fp", rule.argument)
        target = self.program.node(ref.sibling(node.args[0]))
        return ref.sibling(target.args[0]) if target.op == "attr" else None
