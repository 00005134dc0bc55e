"""Pools that run what they are handed, and how many of it at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.catalogue import RunRule
from readylint.link.limiters import Limiters
from readylint.link.sizes import Size
from readylint.values import Const, Made, Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


class Pools:
    """Looks for the pool behind a call that hands work on."""

    def __init__(self, resolver: Resolver, limiters: Limiters) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.limiters = limiters

    def of(self, call: Ref, rule: RunRule) -> Size | None:
        """What bounds the work that a call hands to a pool; None when nothing does."""
        if rule.number is not None:
            given = self.resolver.reader.find(call, rule.number)
            if given.refs:
                numbers = [v.value for r in given.refs for v in self.resolver.values(r) if isinstance(v, Const)]
                whole = [n for n in numbers if isinstance(n, int)]
                return Size("limited", max(whole, default=None))
        holder = self._pool_node(call, rule)
        for value in self.resolver.values(holder) if holder is not None else ():
            made = self.limiters.makers.get(value.name.replace("()", "")) if isinstance(value, Made) else None
            if isinstance(value, Made) and made is not None and made.pool:
                return Size("limited", self.limiters.number(made, value.ref))
            if isinstance(value, Const) and value.value is None:
                return Size("limited", rule.at_once)
        if rule.at_once is not None and rule.pool is None:
            return Size("limited", rule.at_once)
        return Size("limited") if rule.pool is not None else None

    def _pool_node(self, call: Ref, rule: RunRule) -> Ref | None:
        node = self.program.node(call)
        if rule.pool == "self":
            target = self.program.node(call.sibling(node.args[0]))
            return call.sibling(target.args[0]) if target.op == "attr" else None
        plain = [n for k, n in node.args[1] if k is None]
        return call.sibling(plain[rule.pool]) if isinstance(rule.pool, int) and rule.pool < len(plain) else None
