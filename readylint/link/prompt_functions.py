"""What functions of the project give back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING
from readylint.link.prompt_pieces import Text, one_of, unknown
from readylint.values import ClassValue, FunctionValue, Ref

if TYPE_CHECKING:
    from readylint.link.prompt_walk import PromptWalk

MOST = 4
"""Functions that one call may mean and that are read."""


class Functions:
    """Reads what is returned and what is yielded."""

    def __init__(self, walk: PromptWalk) -> None:
        self.walk = walk
        self.program = walk.program
        self.resolver = walk.resolver

    def returned(self, functions: list[FunctionValue], call: Ref | None) -> Text:
        """What functions give back for the arguments of one call; for those of all calls without one."""
        found: list[Text] = []
        for target in self._overriding(functions)[:MOST]:
            text = self._open(target.module, target.number)
            if call is None:
                found.append(self.walk.parameters.closed(text))
            else:
                found.append(self.walk.parameters.passed(text, target, call))
        return one_of(found)

    def _overriding(self, functions: list[FunctionValue]) -> list[FunctionValue]:
        """For a method that only says what others do, those of the classes that inherit."""
        found: list[FunctionValue] = []
        classes = self.resolver.classes
        for target in functions:
            flow = self.resolver.flow_of(target)
            silent = not flow.yields and all(e.kind != "return" for e in flow.exits)
            if not silent or flow.owner == NOTHING:
                found.append(target)
                continue
            for cls in classes.subclasses(ClassValue(target.module, flow.owner)):
                number = classes.flow(cls).methods.get(flow.name)
                if number is not None:
                    found.append(FunctionValue(cls.module, number, target.bound))
        return found

    def _open(self, module: int, number: int) -> Text:
        """What a function gives back, its parameters left open."""
        at = Ref(module, number, 0)
        return self.walk.questions.ask(("returned", at), lambda: self._given_back(at), unknown(at))

    def _given_back(self, at: Ref) -> Text:
        flow = self.program.modules[at.module].functions[at.function]
        numbers = [e.node for e in flow.exits if e.kind == "return" and e.node != NOTHING]
        texts = self.walk.all(at, flow.yields if flow.is_generator else numbers)
        by_size = any(p.limited_by is not None for t in texts for p in t) and (
            self.walk.cuts.trims(flow.name)
            or any(
                c.kind in ("if", "while") and c.nodes and self.walk.cuts.test(at, c.nodes[0]) == "size"
                for c in flow.contexts
            )
        )
        return one_of(texts, by_size)
