"""Errors that are caught and raised again as another one: whoever calls has to catch that one."""

from __future__ import annotations

import builtins
from dataclasses import replace
from typing import TYPE_CHECKING

from readylint.flow import NOTHING
from readylint.link.exceptions import FAILURES
from readylint.link.handlers import subtree
from readylint.values import ClassValue, External, Made, ObjectValue, Ref, Value

if TYPE_CHECKING:
    from readylint.link.calls import ModelCall
    from readylint.link.catches import Catch
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver


class Translations:
    """What an `except` body raises in place of the error that it caught."""

    def __init__(self, resolver: Resolver, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.entries = entries

    def of(self, ref: Ref, caught: Catch) -> list[str]:
        """Names of the error raised instead, its bases included; nothing when no other one is, or it cannot be told.

        Errors of libraries (`HTTPException`) are left out: the framework that they belong to answers for them.
        """
        function = self.program.function(ref)
        if caught.clause is None or caught.body is None or caught.body.on_error != "raised":
            return []
        if self.entries.of(ref.module, function) is not None:
            return []
        inside = subtree(function, caught.clause.context)
        leaving = [e for e in function.exits if e.context in inside]
        if not leaving or any(e.kind != "raise" or e.node == NOTHING for e in leaving):
            return []
        names: list[str] = []
        for leave in leaving:
            one = self._names(ref.sibling(leave.node))
            if not one:
                return []
            names += one
        return sorted(set(names))

    def raising(self, call: ModelCall, names: list[str]) -> ModelCall:
        """The call as one that fails with these errors."""
        return replace(call, call=replace(call.call, raises=dict.fromkeys(FAILURES, names)))

    def _names(self, raised: Ref) -> list[str]:
        found: list[str] = []
        for value in self.resolver.values(raised):
            names = self._of_value(value)
            if not names:
                return []
            found += names
        return found

    def _of_value(self, value: Value) -> list[str]:
        if isinstance(value, ObjectValue | ClassValue):
            order, outside = self.resolver.classes.bases(value.cls if isinstance(value, ObjectValue) else value)
            builtin = [name for name in outside if _is_builtin_error(name)]
            return [self.resolver.classes.flow(c).name for c in order] + builtin if len(builtin) == len(outside) else []
        name = value.name if isinstance(value, Made | External) else ""
        return [name] if _is_builtin_error(name) else []


def _is_builtin_error(name: str) -> bool:
    known = getattr(builtins, name, None)
    return isinstance(known, type) and issubclass(known, BaseException)
