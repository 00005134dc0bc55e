"""Assignments to attributes from outside: `litellm.cache = ...`, `Settings.llm = ...`, `Bot.client = ...`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from readylint.values import External, Ref, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


def stored_on(resolver: Resolver, attribute: str, is_holder: Callable[[Value], bool]) -> list[Ref]:
    """The values that the program assigns to an attribute of something that is a holder."""
    program = resolver.program
    found: list[Ref] = []
    for module, number, position in program.stores_by_attribute.get(attribute, ()):
        store = program.modules[module].functions[number].stores[position]
        if any(is_holder(v) for v in resolver.values(Ref(module, number, store.base))):
            found.append(Ref(module, number, store.value))
    return found


def assigned_values(resolver: Resolver, name: str) -> list[Ref]:
    """The values that the program assigns to an attribute of a library, given by its qualified name."""
    base, _, attribute = name.rpartition(".")
    return stored_on(resolver, attribute, lambda v: isinstance(v, External) and v.name == base)
