"""Stores of vectors as facts: how they are embedded, filled, searched."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from readylint.facts import AnyFact, Embedding, LlmCall, VectorStore
from readylint.link.calls import ModelCall
from readylint.link.store_chunks import StoreChunks
from readylint.link.store_embeddings import Model, StoreEmbeddings
from readylint.link.store_uses import Store, StoreUses, Use
from readylint.values import Const, Environment, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.effective import Effective
    from readylint.link.entries import Entries
    from readylint.link.fact_places import FactPlaces
    from readylint.link.resolver import Resolver
    from readylint.link.retry_idempotence import Idempotence


class VectorStores:
    """States them."""

    def __init__(
        self,
        resolver: Resolver,
        effective: Effective,
        callees: Callees,
        entries: Entries,
        places: FactPlaces,
        idempotence: Idempotence,
    ) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.reader = effective.reader
        self.entries = entries
        self.places = places
        self.idempotence = idempotence
        self.uses = StoreUses(resolver, callees, effective.reader)
        self.embeddings = StoreEmbeddings(resolver, effective.reader)
        self.chunks = StoreChunks(resolver, callees, effective.reader)
        patterns = [e.identities for e in resolver.knowledge.evidence if e.identities]
        self._identity = re.compile("|".join(patterns)) if patterns else None

    def find(self, reached: Iterable[tuple[ModelCall, LlmCall]]) -> list[AnyFact]:
        """A fact for each store that is used outside of tests."""
        self.embeddings.calls = {call.ref: fact for call, fact in reached}
        # Stores are made and used in files that were read for their calls: nothing more is parsed for them.
        with self.resolver.mode(loading=False):
            return [self._fact(store) for store in self._of_application(self.uses.find())]

    def _of_application(self, stores: list[Store]) -> list[Store]:
        """Tests and examples have stores of their own."""
        kept: list[Store] = []
        for store in stores:
            roles = {u: self.places.role_of(self.program.modules[u.ref.module].path) for u in store.uses}
            own = [u for u in store.uses if roles[u] in ("app", "script", "notebook")]
            store.uses = own or store.uses
            store.made = [m for m in store.made if any(u.made == m for u in store.uses)]
            kept.append(store)
        return kept

    def _fact(self, store: Store) -> VectorStore:
        made = store.made[0]
        span = self.program.callee_span(made)
        fact = VectorStore(
            id=self.places.identity("vector.store", made, f"{store.rule.library} {store.name or ''}"),
            span=span,
            role=self.places.role_of(span.path),
            project=self.places.project,
            inside=self.places.inside(made),
            library=store.rule.library,
            store=store.name,
        )
        self._embed(fact, store)
        self._search(fact, store)
        writes = store.of_kind("write")
        ids = {self._stable(use) for use in writes}
        fact.stable_ids = False if False in ids else True if ids == {True} else None
        fact.chunks = self.chunks.of(writes)
        fact.chunking = fact.chunks.status if fact.chunks.status != "unknown" else None
        return fact

    # embeddings ------------------------------------------------------------------------------------------------

    def _embed(self, fact: VectorStore, store: Store) -> None:
        written = [(use, self.embeddings.of(use)) for use in store.of_kind("write")]
        read = [(use, self.embeddings.of(use)) for use in store.of_kind("read")]
        fact.written_with = sorted({i for _, m in written for i in m.ids})
        fact.read_with = sorted({i for _, m in read for i in m.ids})
        sides = [[m.known for _, m in side] for side in (written, read)]
        known = {one for side in sides for one in side}
        if all(sides) and None not in known:
            fact.same_embedding = len(known) == 1
        elif self._differ(sides):
            fact.same_embedding = False
        other = [use for use, m in read if m.known is not None and m.known not in fact.written_with]
        fact.read_at = self.program.callee_span(other[0].ref) if other else None
        fact.embedding = self._embedding([m for _, m in (*written, *read)])

    def _differ(self, sides: list[list[str | None]]) -> bool:
        """One write and one search are known, and no model of the one is one of the other."""
        written, read = (set(side) for side in sides)
        return bool(written and read) and None not in written | read and written.isdisjoint(read)

    def _embedding(self, models: list[Model]) -> Embedding:
        found = next((m for m in models if m.by_default), None)
        if found is not None and found.at is not None:
            return Embedding("default", sorted(found.ids), self.program.callee_span(found.at))
        found = next((m for m in models if m.floats), None)
        if found is not None and found.at is not None:
            return Embedding("floating", sorted(found.ids), self.program.callee_span(found.at))
        given = [m for m in models if m.ids or m.settings]
        ids = sorted({i for m in given for i in m.ids})
        return Embedding("given" if given and all(m.complete for m in given) else "unknown", ids)

    # searches and writes ---------------------------------------------------------------------------------------

    def _search(self, fact: VectorStore, store: Store) -> None:
        reads = store.of_kind("read")
        answers = [(use, self._filtered(use)) for use in reads]
        if answers:
            values = {answer for _, answer in answers}
            fact.filtered = False if False in values else True if values == {True} else None
            first = next((use for use, answer in answers if answer is False), reads[0])
            fact.searched_at = self.program.callee_span(first.ref)
        fact.per_user = self._per_user(store)

    def _filtered(self, use: Use) -> bool | None:
        given = [self.reader.path(use.ref, key) for key in use.rule.filters]
        if any(g.refs for g in given) or self._is_own(use):
            return True
        return None if any(g.unknown for g in given) else False

    def _is_own(self, use: Use) -> bool:
        """The store itself is named after somebody: its name is no constant."""
        rule = use.rule
        spec, call = (rule.name_in_use, use.ref) if rule.name_in_use is not None else (rule.name, use.made)
        given = self.reader.find(call, spec)
        values = [v for ref in given.refs for v in self.resolver.values(ref)]
        return any(not isinstance(v, Const | Environment) for v in values)

    def _per_user(self, store: Store) -> bool | None:
        sides = [[self._knows_user(use.ref) for use in store.of_kind(kind)] for kind in ("write", "read")]
        if all(True in side for side in sides):
            return True
        return None if any(None in side for side in sides) else False

    def _knows_user(self, ref: Ref) -> bool | None:
        """Whether a handler runs it, and something on the way there says who asks."""
        if self._identity is None or self.entries.reached_from(ref.module, ref.function, "handler") is not True:
            return False
        for module, number in self.entries.ways(ref.module, ref.function).functions:
            function = self.program.modules[module].functions[number]
            if any(self._identity.search(name) for name in (*(p.name for p in function.params), *function.bindings)):
                return True
        return False

    def _stable(self, use: Use) -> bool | None:
        """Whether writing the same again leaves one of it."""
        keyed = any(self.reader.path(use.ref, key).refs for key in use.rule.ids)
        if keyed:
            given = [ref for key in use.rule.ids for ref in self.reader.path(use.ref, key).refs]
            return not any(self.idempotence.is_volatile(ref) for ref in given)
        if use.method in use.rule.upserts:
            return None  # the names stand inside of what is written
        return False if not any(self.reader.path(use.ref, key).unknown for key in use.rule.ids) else None
