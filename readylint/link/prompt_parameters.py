"""What parameters hold: what callers pass, and what frameworks hand to the functions that they call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING
from readylint.link.prompt_pieces import Hole, Piece, Text, joined, limited, one_of, own_file, put, unknown, value
from readylint.values import FunctionValue, Ref

if TYPE_CHECKING:
    from readylint.link.prompt_walk import PromptWalk

CALLERS = 6
"""Of more callers than this the first are read, and it is said that others may send something else."""


class Parameters:
    """Goes from parameters to callers."""

    def __init__(self, walk: PromptWalk) -> None:
        self.walk = walk
        self.resolver = walk.resolver
        self.program = walk.program

    def of(self, ref: Ref, name: str) -> Text:
        """The text of a parameter: what a framework hands in, else left open."""
        function = self.program.function(ref)
        param = next((p for p in function.params if p.name == name), None)
        outside = max(function.parent, 0)
        if param is None or self.resolver.classes.receiver(ref.module, function, name) is not None:
            return value(ref)
        if param.annotation != NOTHING:
            if self.walk.declarations.is_plain(Ref(ref.module, outside, param.annotation)):
                return value(ref)
        piece = self.walk.sources.of_parameter(ref, function)
        if piece is None:
            return (Piece(ref, hole=(ref.module, ref.function, name)),)
        default = Ref(ref.module, outside, param.default) if param.default != NOTHING else None
        by = self.walk.declarations.of_parameter(ref.module, function, name)
        text = self._handed(piece, default)
        return limited(text, by) if by is not None else text

    def _handed(self, piece: Piece, default: Ref | None) -> Text:
        """What a framework hands in; what it injects is what the function of the project gives."""
        if default is not None and self.program.node(default).op == "call":
            names = self.walk.callees.of(default).names
            if any(names & set(rule.function) for rule in self.resolver.callers.injects):
                targets = [
                    v
                    for _, n in self.program.node(default).args[1]
                    for v in self.resolver.values(default.sibling(n))
                    if isinstance(v, FunctionValue)
                ]
                return self.walk.functions.returned(targets, None) or value(default)
        return (piece,)

    # what stands in the place of parameters --------------------------------------------------------------------

    def passed(self, text: Text, target: FunctionValue, call: Ref) -> Text:
        """The text that a function gives, with what one call passes."""
        key = (target.module, target.number)
        if not any(p.hole is not None and p.hole[:2] == key for p in text):
            return text
        given: dict[str, Text] = {}
        found: list[Text] = []
        for piece in text:
            if piece.hole is None or piece.hole[:2] != key:
                found.append((piece,))
                continue
            name = piece.hole[2]
            if name not in given:
                given[name] = self._argument(target, name, call)
            found.append(self._put(piece, given[name]))
        return joined(found)

    def _put(self, piece: Piece, text: Text) -> Text:
        """The text of a parameter in its place; of the path of a file, whether the file is the program's own."""
        if piece.origin != "file":
            if self.program.node(piece.at).op != "param":
                text = tuple(self._read_at(p, piece) for p in text)
            return put(piece, text)
        holes = [p.hole for p in text if p.hole is not None]
        if any(p.origin is not None for p in text) or not text:
            return (piece._replace(hole=None),)
        if holes:
            return (piece._replace(hole=holes[-1]),)
        return (own_file(piece, text),)

    def _read_at(self, piece: Piece, hole: Piece) -> Piece:
        """A part of a parameter has its place where it is read."""
        whole = piece.is_outer and self.program.node(piece.at).op == "param"
        return piece._replace(at=hole.at) if whole else piece

    def _argument(self, target: FunctionValue, name: str, call: Ref) -> Text:
        function = self.resolver.flow_of(target)
        param = next((p for p in function.params if p.name == name), None)
        node = self.program.node(call)
        arguments = node.args[1] if node.op == "call" else ()
        if param is None:
            return value(call)
        if param.kind in ("star", "double-star"):
            named = {p.name for p in function.params}
            rest = [n for k, n in arguments if (k is None) == (param.kind == "star") and k not in named]
            return joined(self.walk.all(call, rest))
        plain = [p.name for p in function.params if p.kind in ("plain", "only-position")]
        offset = 1 if (target.bound and function.owner != NOTHING) or function.name == "__init__" else 0
        given = self.resolver.argument(call, name, plain.index(name) - offset if name in plain else None)
        if given is not None:
            return self.walk.of(given)
        spread = [n for k, n in arguments if k in ("*", "**")]
        if spread:
            return joined(self.walk.all(call, spread))
        outside = max(function.parent, 0)
        return self.walk.of(Ref(target.module, outside, param.default)) if param.default != NOTHING else value(call)

    def closed(self, text: Text) -> Text:
        """The text with what all callers pass."""
        if all(p.hole is None for p in text):
            return text
        found = [(p,) if p.hole is None else self._put(p, self._from_callers(p.hole)) for p in text]
        return joined(found)

    def _from_callers(self, hole: Hole) -> Text:
        at = Ref(hole[0], hole[1], 0)
        return self.walk.questions.ask(("passed", hole), lambda: self._by_callers(hole), unknown(at))

    def _by_callers(self, hole: Hole) -> Text:
        module, number, name = hole
        function = self.program.modules[module].functions[number]
        numbered = (n for n, node in enumerate(function.nodes) if node.op == "param" and node.args[0] == name)
        ref = Ref(module, number, next(numbered, 0))
        param = next(p for p in function.params if p.name == name)
        default = Ref(module, max(function.parent, 0), param.default) if param.default != NOTHING else None
        texts: list[Text] = []
        left_out = False
        passed = self.walk.histories.passed(module, number, name)
        for _, argument in passed[:CALLERS]:
            if argument is None:
                left_out = True
            else:
                texts.append(self.closed(self.walk.of(argument)))
        if left_out and default is not None:
            texts.append(self.walk.of(default))
        if len(passed) > CALLERS:
            texts.append(unknown(ref))
        return one_of(texts) if texts else (Piece(ref, origin="parameter"),)
