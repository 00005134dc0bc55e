"""How documents are split before they go into a store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.catalogue.store import SplitterRule, StoreRule, names
from readylint.facts import Chunking
from readylint.link.module_attributes import assigned_values
from readylint.link.store_uses import Use
from readylint.values import Container, Made, Ref

if TYPE_CHECKING:
    from collections.abc import Iterable

    from readylint.link.arguments import ArgumentReader
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

DEPTH = 4
LOADS = {"load", "lazy_load", "aload", "load_data", "aload_data"}
_WORST = ("none", "default", "partial", "unknown", "explicit", "not-applicable")


class StoreChunks:
    """Looks at splitters and at what is written."""

    def __init__(self, resolver: Resolver, callees: Callees, reader: ArgumentReader) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.reader = reader
        rules: list[SplitterRule] = resolver.knowledge.first_evidence("splitters")
        self._rules = {name: rule for rule in rules for name in names(rule.of, rule.make)}
        self._methods = {m for rule in rules for m in rule.methods}

    def of(self, writes: list[Use]) -> Chunking:
        """The worst way in which documents go into a store."""
        found = [self._of_write(use) for use in writes]
        order = sorted(found, key=lambda c: (_WORST.index(c.status), c.at is None, c.at))
        return order[0] if order else Chunking("not-applicable")

    def _of_write(self, use: Use) -> Chunking:
        given = self.reader.find(use.ref, use.rule.documents).refs
        split = [c for ref in given for c in self._split(ref, DEPTH)]
        if split:
            return min(split, key=lambda c: _WORST.index(c.status))
        if use.rule.splits and use.method == "from_documents":
            return self._by_store(use)
        if not given:
            return Chunking("unknown")
        if not use.rule.splits and all(self._is_loaded(ref) for ref in given):
            return Chunking("none", at=self.program.callee_span(use.ref))
        return Chunking("unknown")

    def _by_store(self, use: Use) -> Chunking:
        """The store splits by itself, as it is told or by its default."""
        rule = use.rule
        given = [ref for key in rule.split_by for ref in self.reader.path(use.ref, key).refs]
        if given or any(self.reader.path(use.ref, k).refs for k in rule.undecided_by):
            splitters = [self.sizes(m) for ref in given for m in self._splitters(ref)]
            return splitters[0] if splitters else Chunking("unknown")
        ambient = self._ambient(rule, use.made.module)
        return ambient or Chunking("default", ["size", "overlap"], self.program.callee_span(use.ref))

    def _ambient(self, rule: StoreRule, module: int) -> Chunking | None:
        """`Settings.chunk_size = 512`, `Settings.node_parser = SentenceSplitter(...)`."""
        sizes = 0
        for name in rule.split_ambient:
            for ref in assigned_values(self.resolver, name):
                if not name.endswith("chunk_size"):
                    splitters = [self.sizes(m) for m in self._splitters(ref)]
                    return splitters[0] if splitters else Chunking("unknown")
                sizes += 1
        overlaps = [
            name.replace("chunk_size", "chunk_overlap") for name in rule.split_ambient if name.endswith("chunk_size")
        ]
        if not sizes:
            return None
        if any(assigned_values(self.resolver, name) for name in overlaps):
            return Chunking("explicit")
        first = min(
            self.program.span(r)
            for n in rule.split_ambient
            if n.endswith("chunk_size")
            for r in assigned_values(self.resolver, n)
        )
        return Chunking("partial", ["overlap"], first)

    # splitters -------------------------------------------------------------------------------------------------

    def _split(self, ref: Ref, depth: int) -> list[Chunking]:
        """Where what is written was split, through names, lists and loops."""
        if depth <= 0:
            return []
        node = self.program.node(ref)
        if node.op in ("iter", "unpack", "star"):
            return self._split(ref.sibling(node.args[0]), depth - 1)
        found: list[Chunking] = []
        for value in self.resolver.values(ref):
            if isinstance(value, Made):
                found += self._by_call(value.ref, depth)
            elif isinstance(value, Container):
                found += [c for inner in self._inside(value.ref) for c in self._split(inner, depth - 1)]
        return found

    def _by_call(self, call: Ref, depth: int) -> list[Chunking]:
        node = self.program.node(call)
        target = self.program.node(call.sibling(node.args[0]))
        if target.op != "attr":
            return []
        if target.args[1] in self._methods:
            return [self.sizes(m) for m in self._splitters(call.sibling(target.args[0]))]
        if target.args[1] == "load_and_split":
            given = [n for _, n in node.args[1][:1]]
            if not given:
                return [Chunking("default", ["size", "overlap"], self.program.callee_span(call))]
            return [self.sizes(m) for m in self._splitters(call.sibling(given[0]))]
        return []

    def _inside(self, ref: Ref) -> Iterable[Ref]:
        """What a list is made of, or goes through."""
        node = self.program.node(ref)
        if node.op == "comp":
            function = self.program.function(ref)
            sources = [
                c.nodes[0]
                for c in function.contexts
                if c.kind == "comp" and c.nodes and node.start <= c.start <= c.end <= node.end
            ]
            return [ref.sibling(n) for n in sources]
        return [ref.sibling(n) for n in node.args] if node.op in ("list", "tuple") else []

    def _splitters(self, ref: Ref) -> list[Ref]:
        """The calls that made the splitters that a node may be, also in a list."""
        found: list[Ref] = []
        for value in self.resolver.values(ref):
            if isinstance(value, Made) and value.name.replace("().", ".") in self._rules:
                found.append(value.ref)
            elif isinstance(value, Container):
                found += [m for inner in self._inside(value.ref) for m in self._splitters(inner)]
        return found

    def sizes(self, made: Ref) -> Chunking:
        """What a splitter is told of size and overlap."""
        named = self.callees.of(made).names & set(self._rules)
        rule = self._rules[min(named)] if named else None
        if rule is None:
            return Chunking("unknown")
        at = self.program.callee_span(made)
        if not rule.size:
            return Chunking("explicit", at=at)
        missing = []
        for what, paths in (("size", rule.size), ("overlap", rule.overlap)):
            given = [self.reader.path(made, path) for path in paths]
            if any(g.unknown and not g.refs for g in given):
                return Chunking("unknown")
            if all(g.absent for g in given):
                missing.append(what)
        if not missing:
            return Chunking("explicit", at=at)
        return Chunking("default" if "size" in missing else "partial", missing, at)  # type: ignore[arg-type]

    def _is_loaded(self, ref: Ref) -> bool:
        """Documents as a loader gives them."""
        values = self.resolver.values(ref)
        return bool(values) and all(isinstance(v, Made) and v.name.rsplit(".", 1)[-1] in LOADS for v in values)
