"""What object is this expression? Values of nodes, worked out on demand and across modules.

Evaluation is context-insensitive: a parameter stands for what all known callers pass. Cycles are solved by rounds
(`fixpoint.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from readylint.flow import NOTHING, FunctionFlow, Node
from readylint.link.annotations import Annotations
from readylint.link.classes import NEW
from readylint.link.fixpoint import Fixpoint
from readylint.link.knowledge import Knowledge
from readylint.link.literals import fails, folded, is_class
from readylint.link.module_attributes import assigned_values
from readylint.link.program import Program
from readylint.link.protocols import Protocols
from readylint.link.scopes import Scopes
from readylint.link.shared_places import SharedPlaces
from readylint.values import (
    UNION_LIMIT,
    UNKNOWN,
    Answer,
    ClassValue,
    Const,
    Container,
    Environment,
    External,
    FunctionValue,
    Made,
    ModuleValue,
    ObjectValue,
    Open,
    Ref,
    SdkObject,
    Unknown,
    Value,
    Values,
)

PASS_THROUGH = {
    "typing.cast": 1, "cast": 1, "copy.copy": 0, "copy.deepcopy": 0, "asyncio.run": 0, "asyncio.wait_for": 0,
    "asyncio.create_task": 0, "asyncio.ensure_future": 0, "asyncio.shield": 0, "iter": 0, "next": 0, "anext": 0,
    "functools.cache": 0, "functools.lru_cache": 0, "enumerate": 0, "list": 0, "tuple": 0, "sorted": 0, "reversed": 0,
    "str": 0, "int": 0, "float": 0, "contextlib.closing": 0, "contextlib.aclosing": 0, "contextlib.nullcontext": 0,
    "pydantic.SecretStr": 0,
}  # fmt: skip
"""Functions of the standard library that give back what they get, by the position of it."""


class Resolver:
    """Evaluates nodes of a program with the names of the catalogue."""

    def __init__(self, program: Program, knowledge: Knowledge) -> None:
        from readylint.link.callers import Callers
        from readylint.link.classes import Classes
        from readylint.link.objects import Objects

        self.program = program
        self.knowledge = knowledge
        self.loading = True
        """Whether modules that were not parsed yet are parsed when a value is looked for in them."""
        self._tables = {True: Fixpoint(), False: Fixpoint()}
        self.table = self._tables[True]
        self.callers = Callers(self)
        self.classes = Classes(self)
        self.objects = Objects(self)
        self.scopes = Scopes(self)
        self.places = SharedPlaces(self)
        self.protocols = Protocols(self)
        self.annotations = Annotations(self)
        self._environment = {n for e in knowledge.evidence for n in e.environment}

    @contextmanager
    def mode(self, loading: bool) -> Iterator[None]:
        """Evaluate with or without parsing more modules.

        A module that was not parsed at the start imports no SDK, not even through others: it can give constants and
        checks, but neither SDK objects nor functions that lead to a call. Those are looked for without loading.
        """
        before = self.loading
        self.loading, self.table = loading, self._tables[loading]
        try:
            yield
        finally:
            self.loading, self.table = before, self._tables[before]

    def values(self, ref: Ref) -> Values:
        """What the node may stand for; at most `UNION_LIMIT` values, else unknown."""
        known = self.table.final.get(ref)
        if known is not None:
            found: Values = known
            return found
        return self.table.ask(ref, lambda: self._limited(self._evaluate(ref, self.program.node(ref))), ())

    def _limited(self, values: Iterable[Value]) -> Values:
        seen = tuple(dict.fromkeys(values))
        if len(seen) > UNION_LIMIT:
            kept = tuple(v for v in seen if isinstance(v, SdkObject | FunctionValue | ClassValue | Answer))
            return (*kept[:UNION_LIMIT], UNKNOWN)
        return seen

    def constants(self, ref: Ref) -> list[Any]:
        """The literals that the node may stand for."""
        return [v.value for v in self.values(ref) if isinstance(v, Const)]

    def all_values(self, ref: Ref, numbers: Iterable[int]) -> list[Value]:
        """The values of several nodes of the same function."""
        found: list[Value] = []
        for number in numbers:
            found.extend(self.values(ref.sibling(number)))
        return found

    def _evaluate(self, ref: Ref, node: Node) -> Iterable[Value]:
        op, args = node.op, node.args
        if op == "const":
            return (Const(args[0], ref),)
        if op == "name":
            return self.scopes.name(ref.module, ref.function, args[0])
        if op == "param":
            return self.scopes.parameter(ref.module, ref.function, args[0])
        if op == "import":
            return self.scopes.imported(ref.module, args[0], args[1])
        if op == "attr":
            return self._attribute_of_node(ref, args[0], args[1])
        if op == "call":
            return self._call(ref, node)
        if op in ("await", "enter", "star", "unary"):
            return self._passed(ref, op, args)
        if op == "union":
            return self.all_values(ref, args)
        if op == "bool":
            return self._either(ref, args[0], args[1], args[2])
        if op == "ifexp":
            return [*self._where_true(ref, args[0], args[1]), *self.values(ref.sibling(args[2]))]
        if op in ("dict", "list", "tuple", "set", "comp"):
            return (Container(ref),)
        if op == "item":
            return self._item(ref, args[0], args[1])
        if op in ("join", "binop"):
            return self._computed(ref, node)
        if op == "func":
            return (FunctionValue(ref.module, args[0]),)
        if op == "class":
            return (ClassValue(ref.module, args[0]),)
        if op == "iter":
            return self._elements(ref, args[0])
        if op == "unpack":
            return self._unpacked(ref, args[0], args[1])
        return (UNKNOWN,)

    def _either(self, ref: Ref, operator: str, left: int, right: int) -> list[Value]:
        """`a or b`: a value of the environment without a default takes the right side as its default."""
        first, second = self.all_values(ref, [left]), self.all_values(ref, [right])
        if operator == "Or":
            first = [v for v in first if not (isinstance(v, Const) and not v.value)]
            behind = ref.sibling(right)
            if any(isinstance(v, Environment) and v.default is None for v in first) and len(second) == 1:
                return [
                    Environment(v.name, v.ref, behind) if isinstance(v, Environment) and v.default is None else v
                    for v in first
                ]
        return [*first, *second]

    def _where_true(self, ref: Ref, test: int, taken: int) -> list[Value]:
        """The values of `x` in `x if x else y` and `x if x > 0 else y`: literals that fail the test are not taken."""
        values = list(self.values(ref.sibling(taken)))
        node = self.program.node(ref.sibling(test))
        if test == taken:
            return [v for v in values if not isinstance(v, Const) or v.value]
        if node.op != "compare" or node.args[0] != taken or len(node.args[1]) != 1:
            return values
        operator, right = node.args[1][0]
        limits = self.values(ref.sibling(right))
        limit = limits[0] if len(limits) == 1 else UNKNOWN
        return [v for v in values if not fails(v, operator, limit)]

    # attributes, items, elements -------------------------------------------------------------------------------

    def _attribute_of_node(self, ref: Ref, base: int, name: str) -> list[Value]:
        found: list[Value] = []
        bases = self.values(ref.sibling(base))
        for value in bases:
            found += self.attribute(value, name, ref)
        if all(isinstance(v, Unknown | Open) for v in found):
            stored = self.places.stored_elsewhere(ref, base, name)
            if stored:
                return stored
        return self.protocols.method(ref, name, found) or found or [UNKNOWN]

    def attribute(self, value: Value, name: str, ref: Ref) -> list[Value]:
        """An attribute of one value; `ref` is the node that reads it."""
        if isinstance(value, SdkObject):
            return self.objects.attribute(value, name)
        if isinstance(value, External):
            dotted = f"{value.name}.{name}"
            index = self.program.find(dotted, ref.module, self.loading)
            if index is not None:
                return [ModuleValue(index)]
            kept = [v for at in assigned_values(self, dotted) for v in self.values(at)]
            if any(isinstance(v, SdkObject | ObjectValue) for v in kept):
                return kept
            return [External(self.knowledge.plain_name(dotted))]
        if isinstance(value, Made):
            if value.name == "super":
                return self.classes.super_attribute(ref, name)
            if value.name.endswith(("parse_args", "parse_known_args")):
                return [self._option(name, ref)]
            return [External(f"{value.name}().{name}")]
        if isinstance(value, ModuleValue):
            return self.scopes.module_attribute(value.module, name)
        if isinstance(value, ObjectValue):
            return self.classes.instance_attribute(value.cls, name, ref)
        if isinstance(value, ClassValue):
            return self.classes.class_attribute(value, name, ref)
        if isinstance(value, Answer):
            return [value]
        if isinstance(value, FunctionValue):
            return [v for d in self.objects.decorated(value) for v in self.objects.attribute(d, name)] or [UNKNOWN]
        return [UNKNOWN]

    def _option(self, name: str, ref: Ref) -> Value:
        """An option of the command line, with the default that `add_argument` gives it."""
        for call in self.program.calls_by_tail.get("add_argument", ()):
            arguments = self.program.node(call).args[1]
            words = [self.program.node(call.sibling(n)) for k, n in arguments if k is None]
            spelled = {str(w.args[0]).lstrip("-").replace("-", "_") for w in words if w.op == "const"}
            if call.module == ref.module and name in spelled:
                return Environment(name, ref, self.argument(call, "default"))
        return Environment(name, ref)

    def _item(self, ref: Ref, base: int, key: int) -> list[Value]:
        found = self._item_of(ref, base, key)
        if all(isinstance(v, Unknown | Open) for v in found):
            return self.places.kept_in_table(ref) or found
        return found

    def _item_of(self, ref: Ref, base: int, key: int) -> list[Value]:
        found: list[Value] = []
        keys = self.constants(ref.sibling(key))
        for value in self.values(ref.sibling(base)):
            if isinstance(value, Answer):
                found.append(value)
            elif isinstance(value, Container):
                found += self.objects.entry(value, keys[0] if len(keys) == 1 else None)
            elif isinstance(value, External) and value.name in self._environment:
                found.append(Environment(str(keys[0]) if keys else "", ref))
            elif isinstance(value, ClassValue) or (isinstance(value, External) and is_class(value.name)):
                found.append(value)  # a generic class with its parameters: `Agent[Deps, str](...)`
            else:
                found.append(UNKNOWN)
        return found or [UNKNOWN]

    def _passed(self, ref: Ref, op: str, args: tuple[int, ...]) -> list[Value]:
        inner = ref.sibling(args[-1])
        if op == "unary":
            return [UNKNOWN]
        found: list[Value] = []
        for value in self.values(inner):
            if op == "enter":
                found += self.objects.entered(value, inner)
            else:
                found.append(value)
        return found

    def _elements(self, ref: Ref, source: int) -> list[Value]:
        found: list[Value] = []
        for value in self.values(ref.sibling(source)):
            if isinstance(value, Answer):
                found.append(value)
            elif isinstance(value, Container):
                found += self.objects.elements(value)
            else:
                found.append(UNKNOWN)
        return found

    def _unpacked(self, ref: Ref, source: int, index: int) -> list[Value]:
        found: list[Value] = []
        for value in self.values(ref.sibling(source)):
            node = self.program.node(value.ref) if isinstance(value, Container) else None
            if isinstance(value, Answer):
                found.append(value)
            elif isinstance(value, Container) and node and node.op in ("tuple", "list") and index < len(node.args):
                found += self.values(value.ref.sibling(node.args[index]))
            else:
                found.append(UNKNOWN)
        return found

    def _computed(self, ref: Ref, node: Node) -> list[Value]:
        if node.op == "binop" and node.args[0] == "BitOr":
            piped = self.objects.piped(ref, node)
            if piped:
                return piped
        parts = node.args if node.op == "join" else node.args[1:]
        values = [self.values(ref.sibling(n)) for n in parts]
        if all(len(v) == 1 and isinstance(v[0], Const) for v in values):
            constants = [v[0].value for v in values if isinstance(v[0], Const)]
            text = folded(node, constants)
            if text is not None:
                return [Const(text, ref)]
        answers = [a for v in values for a in v if isinstance(a, Answer)]
        return [*answers, UNKNOWN] if answers else [UNKNOWN]

    # calls -----------------------------------------------------------------------------------------------------

    def _call(self, ref: Ref, node: Node) -> list[Value]:
        found: list[Value] = []
        for target in self.values(ref.sibling(node.args[0])):
            found += self.called(target, ref)
        return found

    def called(self, target: Value, ref: Ref) -> list[Value]:
        """What calling one value gives; `ref` is the call node."""
        if isinstance(target, SdkObject):
            return self.objects.called(target, ref)
        if isinstance(target, External):
            return self._external_called(target.name, ref)
        if isinstance(target, ClassValue):
            return self.classes.constructed(target, ref)
        if isinstance(target, FunctionValue):
            decorated = self.objects.decorated(target)
            return [v for d in decorated for v in self.objects.called(d, ref)] or self.returned(target, ref)
        if isinstance(target, ObjectValue):
            return [
                v for t in self.classes.instance_attribute(target.cls, "__call__", ref) for v in self.called(t, ref)
            ]
        if isinstance(target, Answer):
            return [target]
        return [UNKNOWN]

    def returned(self, target: FunctionValue, ref: Ref) -> list[Value]:
        """What a function of the project returns; for a generator the call itself, as something to iterate."""
        flow = self.program.modules[target.module].functions[target.number]
        if flow.is_generator:
            return [Container(ref)]
        imported = self.scopes.imported_by_name(target, flow, ref)
        if imported:
            return imported
        at = Ref(target.module, target.number, 0)
        found = self.all_values(at, [e.node for e in flow.exits if e.kind == "return" and e.node != NOTHING])
        if all(isinstance(v, Unknown | Open) for v in found) and flow.returns_annotation != NOTHING:
            typed = self.annotations.typed(Ref(target.module, max(flow.parent, 0), flow.returns_annotation))
            return [*found, *typed] if typed else found or [UNKNOWN]
        return found or [UNKNOWN]

    def _external_called(self, name: str, ref: Ref) -> list[Value]:
        arguments = self.program.node(ref).args[1]
        if name == "getattr" and len(arguments) >= 2:
            keys = self.constants(ref.sibling(arguments[1][1]))
            bases = self.values(ref.sibling(arguments[0][1]))
            return [v for k in keys for b in bases for v in self.attribute(b, str(k), ref)] or [UNKNOWN]
        if name in ("importlib.import_module", "__import__") and arguments:
            return self.scopes.imported_at(ref.sibling(arguments[0][1]))
        if name == NEW and arguments:
            made = self.values(ref.sibling(arguments[0][1]))
            return [ObjectValue(v) for v in made if isinstance(v, ClassValue)] or [UNKNOWN]
        if name in PASS_THROUGH:
            position = PASS_THROUGH[name]
            if len(arguments) > position:
                return list(self.values(ref.sibling(arguments[position][1])))
        if name in self._environment:
            return [self.environment(ref)]
        known = self.objects.external_called(name, ref)
        return known or [Made(name, ref)]

    def environment(self, ref: Ref) -> Environment:
        """A value read from the environment by a call: its variable and its default."""
        arguments = self.program.node(ref).args[1]
        names = self.values(ref.sibling(arguments[0][1])) if arguments else ()
        name = next((str(v.value) for v in names if isinstance(v, Const)), "")
        default = next((n for k, n in arguments[1:] if k in (None, "default")), None)
        return Environment(name, ref, ref.sibling(default) if default is not None else None)

    def argument(self, ref: Ref, keyword: str, position: int | None = None) -> Ref | None:
        """The node given for a keyword or position of a call, spread arguments not looked into."""
        node = self.program.node(ref)
        if node.op != "call":
            return None
        plain = 0
        for name, number in node.args[1]:
            if name == keyword:
                return ref.sibling(number)
            if name == "*":
                plain = 1 << 20
            if name is None:
                if plain == position:
                    return ref.sibling(number)
                plain += 1
        return None

    def flow_of(self, value: FunctionValue) -> FunctionFlow:
        """The flow graph of a function value."""
        return self.program.modules[value.module].functions[value.number]
