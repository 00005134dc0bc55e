"""Objects joined into a pipeline: `prompt | model | parser`, `prompt.pipe(model, parser)`."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.catalogue import Sdk
from readylint.flow import Node
from readylint.link.objects import PIPE
from readylint.values import Container, External, Made, Open, Overlay, Ref, SdkObject, Unknown, Value, Values

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


class Pipelines:
    """Finds the models in pipelines."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.knowledge = resolver.knowledge
        self._methods = {
            v.method: v.id
            for s in self.knowledge.sdks.values()
            for v in s.views
            if v.gives in s.pipe and not v.overlay and v.method is not None
        }

    def joined(self, ref: Ref, node: Node) -> list[Value]:
        """`left | right`: the models of both sides with a pipe laid over them; else what is known not to be one."""
        left, right = (self.resolver.values(ref.sibling(n)) for n in node.args[1:])
        found = self._models((*left, *right), Overlay(PIPE, ref))
        if found:
            return found
        known = [self._parts(side) for side in (left, right)]
        if not any(known):
            return []
        sdk = self.knowledge.sdk_roots[self._root((known[0] or known[1])[0])]
        asked = known[0] and self._may_be_model(right)
        parsed = self._may_be_model(left) and any(v.name in self.knowledge.sdks[sdk].pipe_parsers for v in known[1])
        if asked or parsed:
            return [SdkObject(sdk, self.knowledge.sdks[sdk].pipe[-1], overlays=(Overlay(PIPE, ref),))]
        # A pipe of prompts, functions and parsers asks a model as little as the first of them does.
        parts: list[Value] = [*[v for v in left if isinstance(v, SdkObject)], *known[0], *known[1]]
        return parts[:1]

    def by_method(self, name: str, ref: Ref) -> list[Value]:
        """`prompt.pipe(model, parser)`."""
        owner, _, method = name.rpartition(".")
        if method not in self._methods or owner.split(".")[0] not in self.knowledge.sdk_roots:
            return []
        arguments = [n for _, n in self.program.node(ref).args[1]]
        return self._models(tuple(self.resolver.all_values(ref, arguments)), Overlay(self._methods[method], ref))

    def _models(self, values: Values, pipe: Overlay) -> list[Value]:
        found = [v for v in values if isinstance(v, SdkObject)]
        if not any(self._joins(v) for v in found):
            # Chains side by side: `{"summary": chain, "text": itemgetter("text")} | prompt`.
            dicts = [v for v in values if isinstance(v, Container) and self.program.node(v.ref).op == "dict"]
            found = [e for d in dicts for e in self.resolver.containers.entry(d, None) if isinstance(e, SdkObject)]
        return [
            replace(v, kind=self.knowledge.sdks[v.sdk].pipe[-1], overlays=(*v.overlays, pipe))
            for v in found
            if self._joins(v)
        ]

    def _joins(self, value: SdkObject) -> bool:
        return not value.path and value.kind in self.knowledge.sdks[value.sdk].pipe

    def _root(self, value: Made | External) -> str:
        return value.name.split(".")[0]

    def _parts(self, side: Values) -> list[Made | External]:
        """The prompts, parsers and the like of an SDK with pipelines."""
        named = [v for v in side if isinstance(v, Made | External)]
        return [v for v in named if self._root(v) in self.knowledge.sdk_roots]

    def _may_be_model(self, side: Values) -> bool:
        """Whether nothing is known of it, or it is an object of a library that the catalogue does not know."""
        return any(isinstance(v, Unknown | Open) or self._is_foreign(v) for v in side)

    def _is_foreign(self, value: Value) -> bool:
        if isinstance(value, External) and "()." in value.name:
            return self._root(value) not in self.knowledge.sdk_roots  # an attribute that some base class may have
        plain = sys.stdlib_module_names | self.knowledge.sdk_roots.keys()
        return isinstance(value, Made) and "." in value.name and self._root(value) not in plain

    def parser_of(self, sdk: Sdk, value: SdkObject) -> tuple[str, Ref] | None:
        """What a parser in the pipeline does to the answer (text, parsed, validated) and where it stands."""
        for overlay in reversed(value.overlays):
            if overlay.view != PIPE:
                continue
            node = self.program.node(overlay.ref)
            for side in self.resolver.all_values(overlay.ref, node.args[1:]):
                name = side.name if isinstance(side, Made | External) else None
                if name in sdk.pipe_parsers:
                    return sdk.pipe_parsers[name], overlay.ref
        return None
