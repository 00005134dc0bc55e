"""Branches on a parameter that a caller gives as a constant: `if stream:` is not taken where it passes False."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow
from readylint.values import Const, Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

Flag = tuple[str, bool]
"""A parameter, and whether it is true in the branch."""


class FlagBranches:
    """Tells which places of a function a call of it never comes to."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self._memo: dict[tuple[Ref, int, int, Flag], bool] = {}

    def leaves_out(self, call: Ref, module: int, function: FunctionFlow, context: int) -> bool:
        """Whether a call never runs what stands in a context of the function that it calls."""
        return any(self._excludes(call, module, function, flag) for flag in self._flags(function, context))

    def _flags(self, function: FunctionFlow, context: int) -> Iterator[Flag]:
        """The tests around a context that ask for nothing but a parameter."""
        for _, around in function.ancestors(context):
            if around.kind == "if" and around.nodes:
                test, truth = function.nodes[around.nodes[0]], around.branch
                if test.op == "not":
                    test, truth = function.nodes[test.args[0]], not truth
                if test.op == "param":
                    yield str(test.args[0]), truth

    def _excludes(self, call: Ref, module: int, function: FunctionFlow, flag: Flag) -> bool:
        key = (call, module, function.number, flag)
        known = self._memo.get(key)
        if known is None:
            given = self._given(call, module, function, flag[0])
            known = self._memo[key] = bool(given) and all(truth is not flag[1] for truth in given)
        return known

    def _given(self, call: Ref, module: int, function: FunctionFlow, name: str) -> list[bool]:
        """How the parameter comes out at a call; empty when that cannot be told."""
        sites = self.resolver.callers.argument_nodes(module, function.number, name)
        places = [argument for site, argument in sites if site.ref == call and site.handed is None]
        if len(places) != 1:
            return []
        at = places[0]
        node = self.program.node(call)
        if at is None and node.op == "call" and not any(keyword in ("*", "**") for keyword, _ in node.args[1]):
            default = next((p.default for p in function.params if p.name == name), NOTHING)
            at = Ref(module, max(function.parent, 0), default) if default != NOTHING else None
        values = self.resolver.values(at) if at is not None else ()
        known = [bool(v.value) for v in values if isinstance(v, Const)]
        return known if len(known) == len(values) else []
