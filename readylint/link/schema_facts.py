"""What the schema of an answer says of its fields: whether they are limited, and whether one says how sure it is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readylint.flow import NOTHING, ClassFlow
from readylint.link.answer_shapes import PLAIN_TYPES, Shapes
from readylint.link.answer_state import CHECKED, AnswerUse
from readylint.link.calls import ModelCall
from readylint.values import ClassValue, Const, External, Ref

if TYPE_CHECKING:
    from readylint.link.answer_checks import AnswerChecks

LIMITS = {
    "ge", "gt", "le", "lt", "multiple_of", "pattern", "regex", "min_length", "max_length", "min_items", "max_items",
    "max_digits", "decimal_places", "enum", "discriminator", "choices",
}  # fmt: skip
"""Keywords of a field that limit what it takes."""
FREE_TYPES = {"str", "bytes", "dict", "list", "tuple", "set", "object", "typing.Any", "typing.Dict", "typing.List"}
NUMBERS = PLAIN_TYPES - {"bool"}
WRAPPERS = {
    "Optional", "Union", "List", "list", "Sequence", "Iterable", "Set", "set", "Tuple", "tuple", "Required",
    "NotRequired", "ClassVar", "Final", "Dict", "dict", "Mapping",
}  # fmt: skip
CONFIDENCE = re.compile(
    r"confiden|certaint|likelihood|probabilit|needs?_?(?:human|person|review)|(?:human|manual)_?(?:review|check)|escalat"
    r"|ambigu|unsure",
    re.IGNORECASE,
)
CLOSED = re.compile(
    r"(?:^|_)(?:category|kind|type|status|state|label|priorit\w*|severity|level|sentiment|intent|language|currency|country"
    r"|decision|verdict|grade|rating|score|binary_score|role|target|route|action|tool|difficulty|gender|mood|genre"
    r"|date|day|time|email|url|link|phone|zip|amount|price|total|quantity|iban|sku)$",
    re.IGNORECASE,
)
"""Names of fields that take few words, or words of a form: a text without limits says too little of them."""
DEPTH = 4


class SchemaFacts:
    """Reads the classes that answers are held against."""

    def __init__(self, checks: AnswerChecks) -> None:
        self.checks = checks
        self.shapes: Shapes = checks.shapes
        self.resolver = checks.resolver
        self.program = checks.program
        self._known: dict[ClassValue, bool | None] = {}

    def of(self, call: ModelCall, use: AnswerUse) -> list[ClassValue]:
        """The classes of the project that an answer is held against, in order of place."""
        found = {self.shapes.of_call(call), *(self.shapes.validated(at) for at in use.checked_at)} - {None}
        return sorted((c for c in found if c is not None), key=lambda c: (c.module, c.number))

    def constrained(self, cls: ClassValue, depth: int = 0) -> bool | None:
        """Whether a schema limits what it takes: False when every field takes any text, None when that is not seen."""
        if depth > DEPTH:
            return None
        if depth:
            return self._constrained(cls, depth)
        if cls not in self._known:
            self._known[cls] = self._constrained(cls, 0)
        return self._known[cls]

    def _constrained(self, cls: ClassValue, depth: int) -> bool | None:
        own, outside = self.resolver.classes.bases(cls)
        if any(b.startswith("enum.") for b in outside):
            return True
        found: set[bool | None] = set()
        for base in own:
            flow = self.resolver.classes.flow(base)
            if self._has_validator(base, flow):
                return True
            for name, annotation in flow.annotations.items():
                if self._is_limited(base, flow, name):
                    return True
                found.add(self._of_type(Ref(base.module, flow.owner, annotation), depth))
        if True in found:
            return True
        return False if found == {False} else None

    def _has_validator(self, cls: ClassValue, flow: ClassFlow) -> bool:
        for method, number in flow.methods.items():
            function = self.program.modules[cls.module].functions[number]
            names = self.resolver.classes.decorator_names(cls.module, function)
            if method in ("__post_init__", "model_post_init") or any("validator" in n for n in names):
                return True
        return False

    def _is_limited(self, cls: ClassValue, flow: ClassFlow, name: str) -> bool:
        """`Field(ge=0)`."""
        for number in flow.bindings.get(name, ()):
            if number != NOTHING and self._limits(Ref(cls.module, flow.owner, number)):
                return True
        return False

    def _limits(self, ref: Ref) -> bool:
        node = self.program.node(ref)
        return node.op == "call" and any(k in LIMITS or k == "**" for k, _ in node.args[1])

    def _of_type(self, ref: Ref, depth: int) -> bool | None:
        """True: limited; False: any text; None: a number, or a type that is not seen."""
        node = self.program.node(ref)
        if node.op == "binop" and node.args[0] == "BitOr":
            return _joined([self._of_type(ref.sibling(n), depth) for n in node.args[1:]])
        if node.op == "const" and node.args[0] is None:
            return False
        if node.op == "item":
            return self._of_generic(ref, depth)
        return _joined([self._of_value(v, depth) for v in self.shapes.named(ref)] or [None])

    def _of_generic(self, ref: Ref, depth: int) -> bool | None:
        node = self.program.node(ref)
        base = self.program.tail(ref.module, self.program.function(ref), node.args[0])
        key = self.program.node(ref.sibling(node.args[1]))
        inner = [ref.sibling(n) for n in (key.args if key.op == "tuple" else (node.args[1],))]
        if base == "Literal":
            return True
        if base == "Annotated":
            beside = [self.program.node(i).op for i in inner[1:]]
            if any(self._limits(i) for i in inner[1:]):
                return True
            return self._of_type(inner[0], depth) if inner and set(beside) <= {"const", "call"} else None
        return _joined([self._of_type(i, depth) for i in inner]) if base in WRAPPERS else None

    def _of_value(self, value: object, depth: int) -> bool | None:
        if isinstance(value, ClassValue):
            return self.constrained(value, depth + 1)
        if isinstance(value, External):
            name = value.name.replace("builtins.", "")
            return True if name == "bool" else False if name in FREE_TYPES else None
        return False if isinstance(value, Const) and value.value is None else None

    def open_field(self, cls: ClassValue) -> str | None:
        """The first field that takes any text although only few words, or words of a form, make sense in it."""
        for base in self.resolver.classes.bases(cls)[0]:
            flow = self.resolver.classes.flow(base)
            for name, annotation in flow.annotations.items():
                if CLOSED.search(name) and self._of_type(Ref(base.module, flow.owner, annotation), 0) is False:
                    return name
        return None

    def compared(self, use: AnswerUse) -> bool:
        """A free text of what was checked is compared with words."""
        for part in use.parts:
            if part.state.label != CHECKED or not part.state.written or part.state.fields:
                continue
            node = self.program.node(part.user)
            if node.op == "compare" and node.args[0] == part.ref.node:
                if any(o in ("Equal", "NotEqual") and self._is_word(part.user.sibling(n)) for o, n in node.args[1]):
                    return True
        return False

    def _is_word(self, ref: Ref) -> bool:
        return any(isinstance(w, str) and w for w in self.resolver.constants(ref))

    # how sure it is --------------------------------------------------------------------------------------------

    def asks_confidence(self, cls: ClassValue, depth: int = 0) -> bool:
        """A field of the schema, or of a schema in it, says how sure the answer is."""
        for base in self.resolver.classes.bases(cls)[0]:
            flow = self.resolver.classes.flow(base)
            for name, annotation in flow.annotations.items():
                if CONFIDENCE.search(name):
                    return True
                inner = self.shapes.of_type(Ref(base.module, flow.owner, annotation)).schema if depth < DEPTH else None
                if inner is not None and inner != cls and self.asks_confidence(inner, depth + 1):
                    return True
        return False


def _joined(parts: list[bool | None]) -> bool | None:
    """Limited when one part is; free when all are."""
    if True in parts:
        return True
    return False if parts and all(p is False for p in parts) else None
