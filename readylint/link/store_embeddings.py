"""Which model embeds what goes into a store and what is looked for in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readylint.catalogue import Argument
from readylint.catalogue.store import EmbedderRule, names
from readylint.facts import LlmCall
from readylint.link.module_attributes import assigned_values
from readylint.link.store_uses import Use
from readylint.values import Answer, Const, Container, Environment, Made, Ref, SdkObject, Value

if TYPE_CHECKING:
    from readylint.link.arguments import ArgumentReader
    from readylint.link.resolver import Resolver

DEPTH = 5
_FLOATING = re.compile(r"[-:/@]latest$", re.IGNORECASE)


@dataclass(slots=True)
class Model:
    """The embedding models of one use. `complete` when there can be no others."""

    ids: set[str] = field(default_factory=set)
    complete: bool = True
    by_default: bool = False
    settings: set[str] = field(default_factory=set)
    """Variables of the environment that decide."""
    at: Ref | None = None
    """Where it is said, or would be."""

    def join(self, other: Model) -> None:
        """What is one of both."""
        self.ids |= other.ids
        self.settings |= other.settings
        self.complete = self.complete and other.complete
        self.by_default = self.by_default or other.by_default
        self.at = self.at or other.at

    @property
    def known(self) -> str | None:
        """The one model that it is."""
        only = self.complete and len(self.ids) == 1 and not self.settings
        return next(iter(self.ids)) if only else None

    @property
    def floats(self) -> bool:
        """Its name stands for another model tomorrow."""
        return any(_FLOATING.search(one) for one in self.ids)


class StoreEmbeddings:
    """Follows objects that embed, and vectors back to what made them."""

    def __init__(self, resolver: Resolver, reader: ArgumentReader) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.reader = reader
        rules: list[EmbedderRule] = resolver.knowledge.first_evidence("embedders")
        self._rules = {name: rule for rule in rules for name in names(rule.of, rule.make)}
        self.calls: dict[Ref, LlmCall] = {}
        """The model calls of the program by their nodes."""

    def of(self, use: Use) -> Model:
        """The model of a write or a search."""
        rule = use.rule
        spec = rule.vectors if use.kind == "write" else rule.query
        given = self.reader.find(use.ref, spec).refs if spec is not None and use.ref != use.made else []
        if given:
            return self._one_of([self._of_vector(ref, DEPTH) for ref in given])
        if rule.embedding is None or any(self.reader.path(use.made, k).refs for k in rule.undecided_by):
            return Model(complete=False)
        found = self.reader.find(use.made, rule.embedding)
        if found.refs:
            return self._one_of([self._of_object(ref) for ref in found.refs])
        if found.unknown:
            return Model(complete=False)
        return self._ambient(use)

    def _ambient(self, use: Use) -> Model:
        """What is set for every store, in this program; else what the library takes."""
        rule = use.rule
        refs = [ref for name in rule.ambient for ref in assigned_values(self.resolver, name)]
        near = [ref for ref in refs if self._related(ref.module, use.made.module)]
        if near:
            return self._one_of([self._of_object(ref) for ref in near])
        if refs or rule.embedding_default is None:
            return Model(complete=False)
        return Model({rule.embedding_default}, by_default=True, at=use.made)

    def _related(self, one: int, other: int) -> bool:
        return one == other or self.program.imports(one, other) or self.program.imports(other, one)

    def _one_of(self, models: list[Model]) -> Model:
        found = Model()
        for model in models:
            found.join(model)
        return found if found.ids or found.settings else Model(complete=False, at=found.at)

    # objects ---------------------------------------------------------------------------------------------------

    def _of_object(self, ref: Ref) -> Model:
        return self._one_of([self._of_value(value, ref) for value in self.resolver.values(ref)])

    def _of_value(self, value: Value, ref: Ref) -> Model:
        if isinstance(value, SdkObject) and value.made is not None:
            client = self.resolver.knowledge.client(value.sdk, value.constructor)
            spec = client.arguments.get("model") if client is not None else None
            if client is None or spec is None or client.model_is == "deployment":
                return Model(complete=False)
            return self._named(value.made, spec, client.model_default)
        if isinstance(value, Made) and value.name in self._rules:
            rule = self._rules[value.name]
            return self._named(value.ref, rule.model, rule.default)
        if isinstance(value, Const) and isinstance(value.value, str) and value.value not in ("default", "local"):
            return Model({_plain(value.value)}, at=ref)  # `embed_model="local:BAAI/bge-m3"`
        return Model(complete=False)

    def _named(self, made: Ref, spec: Argument, default: str | None) -> Model:
        """The model that a constructor is told, or its default."""
        given = self.reader.find(made, spec)
        found = Model(at=made)
        for ref in given.refs:
            for value in self.resolver.values(ref):
                if isinstance(value, Const) and isinstance(value.value, str):
                    found.ids.add(_plain(value.value))
                elif isinstance(value, Environment):
                    found.settings.add(value.name)
                else:
                    found.complete = False
        if given.absent and default is not None:
            return Model({_plain(default)}, by_default=True, at=made)
        if given.unknown or not given.settled:
            found.complete = False
        return found

    # vectors ---------------------------------------------------------------------------------------------------

    def _of_vector(self, ref: Ref, depth: int) -> Model:
        """What a vector, or a list of them, was made with."""
        if depth <= 0:
            return Model(complete=False)
        return self._one_of([self._made_by(value, ref, depth) for value in self.resolver.values(ref)])

    def _made_by(self, value: Value, ref: Ref, depth: int) -> Model:
        if isinstance(value, Answer) and value.call in self.calls:
            call = self.calls[value.call]
            named = call.model.origin in ("literal", "constant")
            settled = named or (call.model.origin == "unknown" and len(call.model.ids) == 1)
            return Model({_plain(i) for i in call.model.ids}, complete=settled, at=value.call)
        if isinstance(value, Container):
            return self._of_elements(value.ref, depth)
        if isinstance(value, Made):
            if value.name in self._rules:
                return self._of_value(value, ref)
            target = self.program.node(value.ref.sibling(self.program.node(value.ref).args[0]))
            if target.op == "attr":  # `model.encode(text).tolist()`
                return self._of_vector(value.ref.sibling(target.args[0]), depth - 1)
            inner = self.program.node(value.ref).args[1][:1]  # `np.array(vectors)`
            return self._one_of([self._of_vector(value.ref.sibling(n), depth - 1) for _, n in inner])
        return Model(complete=False)

    def _of_elements(self, ref: Ref, depth: int) -> Model:
        node = self.program.node(ref)
        if node.op == "comp":
            return self._of_vector(ref.sibling(node.args[1]), depth - 1)
        if node.op in ("list", "tuple") and node.args:
            return self._of_vector(ref.sibling(node.args[0]), depth - 1)
        return Model(complete=False)


def _plain(model: str) -> str:
    """Without what only says where it runs."""
    for prefix in ("local:", "models/", "openai/", "sentence-transformers/"):
        model = model.removeprefix(prefix)
    return model
