"""Fallbacks that are handed to a call, to its client, or laid over it: `with_fallbacks`, `fallbacks=`, `models=`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from readylint.facts import LlmCall
from readylint.link.calls import ModelCall
from readylint.values import Const, Container, Ref, SdkObject

if TYPE_CHECKING:
    from readylint.link.effective import Effective
    from readylint.link.models import Models
    from readylint.link.readings import Reading
    from readylint.link.resolver import Resolver

ROLE = "fallbacks"
DEPTH = 3


@dataclass(slots=True, frozen=True)
class Given:
    """What is given, and why it cannot help where it cannot."""

    kind: Literal["real", "paper", "none", "unknown"]
    at: Ref | None = None
    fault: Literal["same", "retired"] | None = None


class FallbackObjects:
    """Reads the role `fallbacks` of the catalogue, and views that bring a fallback."""

    def __init__(self, resolver: Resolver, effective: Effective, models: Models) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.effective = effective
        self.models = models

    def of(self, call: ModelCall, fact: LlmCall) -> Given:
        """What is given for the call."""
        for value in call.objects:
            laid = self._laid_over(call, value, fact)
            if laid is not None:
                return laid
        readings = [*self.effective.readings(call, ROLE), *self._inside(call)]
        given = [r for r in readings if r.value is True and r.ref is not None]
        if given:
            return self._judged([ref for r in given if (ref := r.ref) is not None])
        return Given("unknown") if any(r.value is None for r in readings) else Given("none")

    def _inside(self, call: ModelCall) -> list[Reading]:
        """What the model objects inside an agent were given."""
        found: list[Reading] = []
        pending = [(value, DEPTH) for value in call.objects]
        for value, depth in pending:
            for one in self.effective.inner.of(value).objects if depth else ():
                found += self.effective.clients.of(call, one, ROLE, None)[0]
                pending.append((one, depth - 1))
        return found

    def _judged(self, refs: list[Ref]) -> Given:
        """`fallbacks=[{"large": ["large"]}]` leads back to where it failed."""
        pairs = [pair for ref in refs for pair in self._pairs(ref)]
        if pairs and all(left == right for left, right in pairs):
            return Given("paper", refs[0], "same")
        names = [right for _, right in pairs] or [c for r in refs for c in self._texts(r)]
        if names and all(self._is_retired(name) for name in names):
            return Given("paper", refs[0], "retired")
        return Given("real", refs[0])

    def _pairs(self, ref: Ref) -> list[tuple[str, str]]:
        """The entries of a list of dicts of names."""
        found = []
        for value in self.resolver.values(ref):
            node = self.program.node(value.ref) if isinstance(value, Container) else None
            if not isinstance(value, Container) or node is None or node.op not in ("list", "tuple"):
                continue
            for number in node.args:
                entry = self.program.node(value.ref.sibling(number))
                for key, names in entry.args if entry.op == "dict" else ():
                    left = self.resolver.constants(value.ref.sibling(key)) if key >= 0 else []
                    right = self._texts(value.ref.sibling(names))
                    found += [(str(one), other) for one in left for other in right]
        return found

    def _texts(self, ref: Ref) -> list[str]:
        node = self.program.node(ref)
        parts = [ref.sibling(n) for n in node.args] if node.op in ("list", "tuple") else [ref]
        return [
            v.value for p in parts for v in self.resolver.values(p) if isinstance(v, Const) and isinstance(v.value, str)
        ]

    # views -----------------------------------------------------------------------------------------------------

    def _laid_over(self, call: ModelCall, value: SdkObject, fact: LlmCall) -> Given | None:
        views = {v.id: v for v in self.resolver.knowledge.sdks[value.sdk].views}
        for overlay in value.overlays:
            view = views.get(overlay.view)
            if view is None or not view.sets.get("fallback"):
                continue
            spec = view.arguments.get(ROLE)
            refs = self.effective.reader.find(overlay.ref, spec).refs if spec is not None else []
            others = [v for ref in refs for v in self._members(ref)]
            ids = [self._ids(call, o) if isinstance(o, SdkObject) else None for o in others]
            known = [i for i in ids if i]
            if ids and len(known) == len(ids):
                every = set().union(*known)
                if all(self._is_retired(i) for i in every):
                    return Given("paper", overlay.ref, "retired")
                same = {o.sdk for o in others if isinstance(o, SdkObject)} == {value.sdk}
                if same and every <= self._ids(call, value):
                    return Given("paper", overlay.ref, "same")
            return Given("real", overlay.ref)
        return None

    def _members(self, ref: Ref) -> list[object]:
        found: list[object] = []
        for value in self.resolver.values(ref):
            found += self.resolver.containers.elements(value) if isinstance(value, Container) else [value]
        return found

    def _ids(self, call: ModelCall, value: SdkObject) -> set[str]:
        """The models that an object may ask; nothing when that cannot be told."""
        readings, _ = self.effective.clients.of(call, value, "model", None)
        known = {r.value for r in readings if isinstance(r.value, str)}
        return known if len(known) == len({r.value for r in readings}) else set()

    def _is_retired(self, model: str) -> bool:
        entry = self.models.table.find(model)
        return entry is not None and entry.status == "retired"
