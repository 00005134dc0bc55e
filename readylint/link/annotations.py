"""Types of annotations: which objects they promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.values import ClassValue, External, ObjectValue, Ref, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

TYPE_WRAPPERS = ("Optional", "Annotated", "Union", "Type", "type", "ClassVar", "Final", "Required", "NotRequired")


class Annotations:
    """Reads the annotations of parameters, variables and results."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program

    def typed(self, annotation: Ref) -> list[Value]:
        """Objects of an annotated type, as far as the catalogue or the project knows the type."""
        found: list[Value] = []
        for part in self._type_parts(annotation, 0):
            node = self.program.node(part)
            quoted = node.op == "const" and isinstance(node.args[0], str)
            for value in self._quoted(part, node.args[0]) if quoted else self.resolver.values(part):
                if isinstance(value, ClassValue):
                    found.append(ObjectValue(value))
                elif isinstance(value, External):
                    made = self.resolver.objects.of_type(value.name, annotation)
                    if made is not None:
                        found.append(made)
        return found

    def injected(self, annotation: Ref) -> list[Value]:
        """`Annotated[OpenAI, Depends(get_client)]`, also under a name of its own."""
        node = self.program.node(annotation)
        if node.op == "name":
            bound = self.program.modules[annotation.module].functions[0].bindings.get(node.args[0], [])
            if len(bound) == 1:
                annotation = Ref(annotation.module, 0, bound[0])
                node = self.program.node(annotation)
        if node.op != "item":
            return []
        function = self.program.function(annotation)
        key = function.nodes[node.args[1]]
        if self.program.tail(annotation.module, function, node.args[0]) != "Annotated" or key.op != "tuple":
            return []
        return self.resolver.objects.injected(tuple(self.resolver.all_values(annotation, key.args[1:])))

    def _type_parts(self, ref: Ref, depth: int) -> list[Ref]:
        node = self.program.node(ref)
        if depth > 4:
            return []
        if node.op == "binop" and node.args[0] == "BitOr":
            sides = [ref.sibling(n) for n in node.args[1:]]
            return [p for side in sides for p in self._type_parts(side, depth + 1)]
        if node.op == "item":
            base = self.program.node(ref.sibling(node.args[0]))
            name = base.args[-1] if base.op in ("name", "attr", "import") else None
            if name not in TYPE_WRAPPERS:
                return []
            key = self.program.node(ref.sibling(node.args[1]))
            members = key.args if key.op == "tuple" else (node.args[1],)
            if name == "Annotated":
                members = members[:1]
            return [p for m in members for p in self._type_parts(ref.sibling(m), depth + 1)]
        return [ref]

    def _quoted(self, ref: Ref, text: str) -> list[Value]:
        """What a type written as a string means, when it is a plain or dotted name, perhaps optional."""
        name = text.removeprefix("Optional[").removesuffix("]").replace("| None", "").strip()
        root, *rest = name.split(".")
        if not all(part.isidentifier() for part in (root, *rest)):
            return []
        values = self.resolver.scopes.global_name(ref.module, root)
        for part in rest:
            values = [v for value in values for v in self.resolver.attribute(value, part, ref)]
        return values
