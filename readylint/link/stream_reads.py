"""Where the stream that a call opens is read: only there its later errors come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.values import FunctionValue, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.deferral import Deferral
    from readylint.link.resolver import Resolver


class StreamReads:
    """Follows a stream to the loops over it, into functions that it is handed to."""

    def __init__(self, resolver: Resolver, callees: Callees, deferral: Deferral) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.deferral = deferral

    def read_at(self, ref: Ref) -> list[Ref]:
        """The places in the same function at which what a node gives is read to the end."""
        function = self.program.function(ref)
        users = self.program.users(ref.module, ref.function)
        looped = {c.nodes[0] for c in function.contexts if c.kind in ("for", "comp") and c.nodes}
        found: list[Ref] = []
        pending = [ref.node]
        for number in pending:
            for user in users.get(number, ()):
                node = function.nodes[user]
                if node.op in ("await", "union", "enter") and user not in pending:
                    pending.append(user)
                elif node.op == "iter" and node.args[0] in looped:
                    found.append(ref.sibling(user))
                elif node.op == "call" and number != node.args[0]:
                    found += self._handed(ref.sibling(user), number)
        return found

    def _handed(self, call: Ref, number: int) -> list[Ref]:
        """The stream is handed to a function of the project that reads it and catches nothing."""
        targets = self.callees.of(call).functions
        if not targets or not all(self._reads_bare(target, call, number) for target in targets):
            return []
        if not any(f.is_generator or f.is_async for f in map(self.resolver.flow_of, targets)):
            return [call]
        return [s.ref for s in self.deferral.of(call) if s.ref[:2] == call[:2] and not s.apart]

    def _reads_bare(self, target: FunctionValue, call: Ref, number: int) -> bool:
        flow = self.resolver.flow_of(target)
        name = self.resolver.callers.parameter_of(target, call, number)
        users = self.program.users(target.module, target.number)
        reads = [
            user
            for position, node in enumerate(flow.nodes)
            if node.op == "param" and node.args[0] == name
            for user in users.get(position, ())
            if flow.nodes[user].op == "iter"
        ]
        around = [c.kind for n in reads for _, c in flow.ancestors(flow.nodes[n].context)]
        return bool(reads) and "try" not in around
