"""Where facts stand: ids that stay when lines move, the function around a place, its role."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from readylint.facts import Role, Span
from readylint.link.program import Program
from readylint.values import Ref


class FactPlaces:
    """Names the places of one project's facts; `role_of` gives the role of a path."""

    def __init__(self, program: Program, project: str, role_of: Callable[[str], Role]) -> None:
        self.program = program
        self.project = project
        self.role_of = role_of
        self._ids: set[str] = set()

    def identity(self, kind: str, ref: Ref, name: str) -> str:
        """An id that stays when lines move: file, function, name and, for repetitions, a count."""
        function = self.program.function(ref)
        text = f"{kind}\x00{self.program.modules[ref.module].path}\x00{function.qualified_name}\x00{name}"
        count = 0
        while True:
            found = hashlib.blake2b(f"{text}\0{count}".encode(), digest_size=8).hexdigest()
            if found not in self._ids:
                self._ids.add(found)
                return found
            count += 1

    def inside(self, ref: Ref) -> str | None:
        """The qualified name of the function around a node; None in the module itself."""
        return self.program.function(ref).qualified_name or None

    def name_span(self, module: int, start: int, name: str) -> Span:
        """The region of a name where it is defined."""
        flow = self.program.modules[module]
        length = len(name) if flow.text[start : start + len(name)] == name else 1
        return flow.place(start, start + length)
