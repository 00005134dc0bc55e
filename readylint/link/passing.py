"""Functions that give back what they are given: `client = closed_at_exit(OpenAI())`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow, Node
from readylint.values import Container, FunctionValue, Ref, SdkObject, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver


class Passing:
    """Values of returned and yielded nodes, seen from one call."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program

    def values(self, target: FunctionValue, call: Ref, numbers: Iterable[int]) -> list[Value]:
        """The values of nodes of a function; a parameter stands for what this call passes, not for what all do."""
        flow = self.resolver.flow_of(target)
        found: list[Value] = []
        for number in numbers:
            argument = self._argument(target, flow, number, call)
            found += self.resolver.values(argument or Ref(target.module, target.number, number))
        return found

    def _argument(self, target: FunctionValue, flow: FunctionFlow, number: int, call: Ref) -> Ref | None:
        node, calling = flow.nodes[number], self.program.node(call)
        if node.op != "param" or calling.op != "call":
            return None
        params = [p.name for p in flow.params if p.kind in ("plain", "only-position")]
        bound = target.bound and flow.owner != NOTHING
        if node.args[0] not in params or (bound and params[0] == node.args[0]):
            return None
        if flow.name not in self.program.tails(call.module, self.program.function(call), calling.args[0]):
            return None  # something else runs the function: `Depends(get_client)`
        return self.resolver.argument(call, node.args[0], params.index(node.args[0]) - int(bound))

    def unparsed(self, call: Ref, node: Node) -> list[Value]:
        """What a function of a module that was not parsed gives back of the SDK objects it is given.

        Such a module imports no SDK, so that is all it can give.
        """
        if not any(self._is_object(call.sibling(n)) for _, n in node.args[1]):
            return []
        found: list[Value] = []
        for target in self._loaded(call.sibling(node.args[0])):
            flow = self.resolver.flow_of(target)
            if flow.is_generator:
                return [Container(call)]
            returned = [e.node for e in flow.exits if e.kind == "return" and e.node != NOTHING]
            found += self.values(target, call, returned)
        return [v for v in found if isinstance(v, SdkObject)]

    def yielded(self, call: Ref) -> list[Value]:
        """What a generator gives that a call makes, where its function was not known before."""
        targets = self._loaded(call.sibling(self.program.node(call).args[0]))
        return [v for t in targets for v in self.values(t, call, self.resolver.flow_of(t).yields)]

    def _is_object(self, ref: Ref) -> bool:
        if self.program.node(ref).op in ("const", "attr", "dict", "list", "join"):
            return False
        return any(isinstance(v, SdkObject) and not v.path for v in self.resolver.values(ref))

    def _loaded(self, callee: Ref) -> list[FunctionValue]:
        with self.resolver.mode(loading=True):
            return [v for v in self.resolver.values(callee) if isinstance(v, FunctionValue)]
