"""Stores of vectors as they are made, and what is done with them: written, searched, saved."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from readylint.catalogue.store import StoreRule, names
from readylint.values import Const, Environment, Made, Ref, SdkObject

if TYPE_CHECKING:
    from readylint.catalogue import Argument
    from readylint.link.arguments import ArgumentReader
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

Key = tuple[str, ...]


@dataclass(slots=True, eq=False)
class Use:
    """One thing that is done with a store. `made` is where the store was opened for it."""

    kind: Literal["write", "read"]
    ref: Ref
    made: Ref
    rule: StoreRule
    method: str


@dataclass(slots=True)
class Store:
    """All that is done with one store of the program."""

    rule: StoreRule
    name: str | None
    made: list[Ref] = field(default_factory=list)
    uses: list[Use] = field(default_factory=list)

    def of_kind(self, kind: str) -> list[Use]:
        """Its writes, or its searches."""
        return [u for u in self.uses if u.kind == kind]


class StoreUses:
    """Finds them by the rules of the catalogue."""

    def __init__(self, resolver: Resolver, callees: Callees, reader: ArgumentReader) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.reader = reader
        roots = self.program.import_roots()
        rules: list[StoreRule] = resolver.knowledge.first_evidence("stores")
        self._rules: list[tuple[StoreRule, set[str], set[str]]] = []
        for rule in rules:
            if any(name.split(".")[0] in roots for name in rule.of or rule.make):
                self._rules.append((rule, names(rule.of, rule.make), names(rule.of, rule.fills)))

    def find(self) -> list[Store]:
        """The stores of the program that are used, in order of place."""
        made: dict[Ref, StoreRule] = {}
        uses: list[Use] = []
        for rule, makes, fills in self._rules:
            for tail in sorted({n.rsplit(".", 1)[-1] for n in rule.make}):
                for call in self.program.calls_by_tail.get(tail, ()):
                    found = self.callees.of(call).names & makes if call not in made else set()
                    if found:
                        made[call] = rule
                        if found & fills and self.reader.find(call, rule.documents).refs:
                            uses.append(Use("write", call, call, rule, tail))
        if made:
            uses += self._used(made)
        return self._grouped(made, uses)

    def _used(self, made: dict[Ref, StoreRule]) -> list[Use]:
        """Calls of methods on what was made."""
        kinds: dict[str, list[Literal["write", "read"]]] = defaultdict(list)
        for rule in made.values():
            for method in rule.write:
                kinds[method] += [] if "write" in kinds[method] else ["write"]
            for method in rule.read:
                kinds[method] += [] if "read" in kinds[method] else ["read"]
        found: list[Use] = []
        for method in sorted(kinds):
            for call in self.program.calls_by_tail.get(method, ()):
                for at in self.made_of(call) if self._is_method(call, method) else ():
                    known = made.get(at)
                    if known is not None:
                        named = (("write", known.write), ("read", known.read))
                        found += [Use(k, call, at, known, method) for k, methods in named if method in methods]  # type: ignore[arg-type]
        return found

    def _is_method(self, call: Ref, method: str) -> bool:
        target = self.program.node(call.sibling(self.program.node(call).args[0]))
        return target.op == "attr" and target.args[1] == method

    def made_of(self, call: Ref) -> list[Ref]:
        """Where the object was made on which a method is called."""
        target = self.program.node(call.sibling(self.program.node(call).args[0]))
        if target.op != "attr":
            return []
        values = self.resolver.values(call.sibling(target.args[0]))
        found = [v.ref if isinstance(v, Made) else v.made for v in values if isinstance(v, Made | SdkObject)]
        return [ref for ref in found if ref is not None]

    # which store it is -----------------------------------------------------------------------------------------

    def _grouped(self, made: dict[Ref, StoreRule], uses: list[Use]) -> list[Store]:
        """One store for each name; without one, one for each place where it is made."""
        saved = self._saved(made)
        stores: dict[Key, Store] = {}
        for use in sorted(uses, key=lambda u: self._order(u.ref)):
            name = self._name(use, saved)
            place = self._order(use.made)
            key = (use.rule.library, name) if name is not None else (use.rule.library, "", *map(str, place))
            store = stores.setdefault(key, Store(use.rule, name))
            store.uses.append(use)
            if use.made not in store.made:
                store.made.append(use.made)
        return list(stores.values())

    def _order(self, ref: Ref) -> tuple[str, int, int]:
        return (self.program.modules[ref.module].path, ref.function, ref.node)

    def _name(self, use: Use, saved: dict[Ref, str]) -> str | None:
        rule = use.rule
        if rule.name_in_use is not None and use.ref != use.made:
            return self.written(use.ref, rule.name_in_use)
        return saved.get(use.made) or self.written(use.made, rule.name)

    def written(self, call: Ref, spec: Argument) -> str | None:
        """The constants of an argument's names, all of them; a variable of the environment stands for itself."""
        found: list[str] = []
        for number, path in enumerate(spec.at):
            given = self.reader.path(call, path, spec.position if number == 0 else None)
            values = {v for ref in given.refs for v in self.resolver.values(ref)}
            words = {str(v.value) for v in values if isinstance(v, Const) and isinstance(v.value, str)}
            words |= {f"${v.name}" for v in values if isinstance(v, Environment) and v.name}
            if given.refs and (len(values) != 1 or len(words) != 1):
                return None
            found += [w.rstrip("/").removeprefix("./") for w in words]
        return " ".join(found) or None

    def _saved(self, made: dict[Ref, StoreRule]) -> dict[Ref, str]:
        """The folders into which stores are put."""
        found: dict[Ref, str] = {}
        for method in sorted({m for rule in made.values() for m in rule.saves}):
            for call in self.program.calls_by_tail.get(method, ()):
                for at in self.made_of(call):
                    given = self.resolver.argument(call, "folder_path", 0)
                    words = self.resolver.constants(given) if given is not None and at in made else []
                    if len(words) == 1:
                        found[at] = str(words[0]).rstrip("/").removeprefix("./")
        return found
