"""Assignments to attributes of library modules and objects: `litellm.cache = ...`, `Settings.llm = ...`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.values import External, Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


def assigned_values(resolver: Resolver, name: str) -> list[Ref]:
    """The values that the program assigns to an attribute, given by its qualified name."""
    base, _, attribute = name.rpartition(".")
    program = resolver.program
    found: list[Ref] = []
    for module, number, position in program.stores_by_attribute.get(attribute, ()):
        store = program.modules[module].functions[number].stores[position]
        holders = resolver.values(Ref(module, number, store.base))
        if any(isinstance(v, External) and v.name == base for v in holders):
            found.append(Ref(module, number, store.value))
    return found
