"""What declarations say of a text: how long it may be, and whether it is free text at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow
from readylint.link.history_cuts import parts
from readylint.values import ClassValue, Const, External, FunctionValue, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.prompt_sizes import SizeTests
    from readylint.link.resolver import Resolver

_PLAIN = {"int", "float", "bool", "complex", "UUID", "uuid", "date", "datetime", "Decimal", "Literal", "UUID4"}
_WRAPPED = {"Optional", "Annotated", "Union", "Required", "NotRequired", "Final"}


class Declarations:
    """Reads annotations, defaults and the fields of classes."""

    def __init__(self, resolver: Resolver, callees: Callees, sizes: SizeTests) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.sizes = sizes
        knowledge = resolver.knowledge
        self._lengths = [*knowledge.first_evidence("lengths"), *knowledge.first_evidence("text_lengths")]
        self._length_tails = {n.rsplit(".", 1)[-1] for r in self._lengths for n in r.function}
        self._fields: dict[tuple[ClassValue, str], str | None] = {}

    def of_parameter(self, module: int, function: FunctionFlow, name: str) -> str | None:
        """What the annotation or the default of a parameter says about the length of a text."""
        for param in function.params:
            if param.name == name:
                for number in (param.annotation, param.default):
                    found = self._declared(Ref(module, max(function.parent, 0), number)) if number != NOTHING else None
                    if found is not None:
                        return found
        return None

    def of_field(self, cls: ClassValue, name: str) -> str | None:
        """What the declaration of a field, or a validator of it, says about the length of a text."""
        key = (cls, name)
        if key not in self._fields:
            self._fields[key] = self._of_field(cls, name)
        return self._fields[key]

    def _of_field(self, cls: ClassValue, name: str) -> str | None:
        for base in self.resolver.classes.bases(cls)[0]:
            flow = self.resolver.classes.flow(base)
            written = list(flow.bindings.get(name, ()))
            if name in flow.annotations:
                written.append(flow.annotations[name])
            for number in written:
                found = self._declared(Ref(base.module, flow.owner, number))
                if found is not None:
                    return found
            found = self._validated(base, name)
            if found is not None:
                return found
        return None

    def _declared(self, ref: Ref) -> str | None:
        function = self.program.function(ref)
        if function.nodes[ref.node].op in ("const", "attr", "import", "func"):
            return None
        for number in parts(function, ref.node):
            node = function.nodes[number]
            at = ref.sibling(number)
            if node.op != "call":
                found = self._alias(at) if node.op == "name" else None
                if found is not None:
                    return found
                continue
            if not self.program.tails(ref.module, function, node.args[0]) & self._length_tails:
                continue
            for rule in self._lengths:
                given = next((k for k in rule.keywords if self.resolver.argument(at, k) is not None), None)
                if given is not None and self.callees.of(at).names & set(rule.function):
                    limits = self.resolver.constants(at.sibling(dict(node.args[1])[given]))
                    return f"{given}={limits[0]}" if limits else given
        return None

    def _alias(self, ref: Ref) -> str | None:
        """`Message = Annotated[str, Field(max_length=500)]`."""
        body = self.program.modules[ref.module].functions[0]
        for number in body.bindings.get(str(self.program.node(ref).args[0]), ())[:2]:
            if body.nodes[number].op in ("item", "call") and (ref.function != 0 or number != ref.node):
                return self._declared(Ref(ref.module, 0, number))
        return None

    def _validated(self, cls: ClassValue, name: str) -> str | None:
        """A method that a decorator makes the validator of the field, and that refuses long values."""
        for number in self.resolver.classes.flow(cls).methods.values():
            function = self.program.modules[cls.module].functions[number]
            if len(function.params) < 2:
                continue
            for at, target in self.program.decorations(cls.module, function):
                tail = self.program.tail(cls.module, self.program.function(target), target.node) or ""
                if not tail.endswith("validator") or self.program.node(at).op != "call":
                    continue
                fields = [v.value for _, n in self.program.node(at).args[1]
                          for v in self.resolver.values(at.sibling(n)) if isinstance(v, Const)]  # fmt: skip
                if name in fields:
                    return self.sizes.own(cls.module, number).get(("name", function.params[1].name))
        return None

    def is_plain(self, ref: Ref, depth: int = 4) -> bool:
        """Whether an annotation allows no free text: numbers, dates, choices."""
        node = self.program.node(ref)
        if node.op == "class":
            return self.resolver.classes.is_enum(ClassValue(ref.module, node.args[0]))
        if node.op in ("name", "attr", "import"):
            tail = self.program.tail(ref.module, self.program.function(ref), ref.node)
            return tail in _PLAIN or self._is_choice(ref)
        if node.op == "const":
            return node.args[0] is None or node.args[0] in _PLAIN
        if node.op == "item" and depth:
            tail = self.program.tail(ref.module, self.program.function(ref), node.args[0]) or ""
            if tail in _WRAPPED:
                inner = self.program.node(ref.sibling(node.args[1]))
                members = inner.args if inner.op == "tuple" and tail == "Union" else [node.args[1]]
                if inner.op == "tuple" and tail == "Annotated":
                    members = inner.args[:1]
                return all(self.is_plain(ref.sibling(m), depth - 1) for m in members)
            return tail in _PLAIN
        if node.op == "binop" and node.args[0] == "BitOr" and depth:
            return all(self.is_plain(ref.sibling(m), depth - 1) for m in node.args[1:])
        return False

    def _is_choice(self, ref: Ref) -> bool:
        for value in self.resolver.values(ref):
            if isinstance(value, ClassValue):
                return self.resolver.classes.is_enum(value)
            if isinstance(value, External | FunctionValue):
                return False
        return False
