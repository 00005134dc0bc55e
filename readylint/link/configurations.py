"""Classes of the project that read settings and hand them out by name: `config.get("model", "small-1")`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow
from readylint.values import ClassValue, Environment, Ref, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

OPENERS = ("open", "read_text", "read_bytes", "read")


class Configurations:
    """Tells such classes by what their methods read: a settings file or the environment."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        evidence = resolver.knowledge.evidence
        self._reads = {n for e in evidence for n in (*e.configuration, *e.environment)}
        self._parses = {n for e in evidence for n in e.configuration_texts}
        self._known: dict[ClassValue, bool] = {}

    def got(self, cls: ClassValue, name: str, ref: Ref) -> list[Value] | None:
        """What a method that takes a key, and perhaps a default, gives; None when it is not one of such a class."""
        method = self.resolver.classes.method(cls, name)
        if method is None or not self._is_configuration(cls):
            return None
        flow = self.resolver.flow_of(method)
        params = flow.params[int(method.bound) :]
        if not params or flow.is_generator or not any(e.kind == "return" for e in flow.exits):
            return None
        if params[0].kind == "star":  # `get("section", "key")`
            return [Environment("", ref)]
        names, default = self.resolver.constants(ref.sibling(self.program.node(ref).args[1][0][1])), None
        if len(params) > 1 and params[1].default != NOTHING:
            place = Ref(method.module, max(flow.parent, 0), params[1].default)
            default = self.resolver.argument(ref, params[1].name, 1) or place
            default = None if self.program.node(default).args == (None,) else default
        return [Environment(str(names[0]) if len(names) == 1 else "", ref, default)]

    def _is_configuration(self, cls: ClassValue) -> bool:
        if cls not in self._known:
            self._known[cls] = any(
                self._reads_settings(base.module, self.program.modules[base.module].functions[number])
                for base in self.resolver.classes.bases(cls)[0]
                for number in self.resolver.classes.flow(base).methods.values()
            )
        return self._known[cls]

    def _reads_settings(self, module: int, function: FunctionFlow) -> bool:
        for number in function.calls:
            node = function.nodes[number]
            written = self.program.written(Ref(module, function.number, node.args[0]))
            if written in self._reads or (written in self._parses and self._of_file(module, function, number)):
                return True
        return any(
            self.program.written(Ref(module, function.number, n)).startswith("os.environ") for n in function.attributes
        )

    def _of_file(self, module: int, function: FunctionFlow, call: int) -> bool:
        """Whether a parser is given what comes out of a file."""
        arguments = function.nodes[call].args[1]
        node = function.nodes[arguments[0][1]] if arguments else None
        while node is not None and node.op in ("enter", "await"):
            node = function.nodes[node.args[0]]
        return node is not None and node.op == "call" and self.program.tail(module, function, node.args[0]) in OPENERS
