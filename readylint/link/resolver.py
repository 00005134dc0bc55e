"""What object is this expression? Values of nodes, worked out on demand and across modules.

Evaluation is context-insensitive: a parameter stands for what all known callers pass. Cycles are solved by rounds
(`fixpoint.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from readylint.flow import NOTHING, FunctionFlow, Node
from readylint.link.annotations import Annotations
from readylint.link.arguments import ArgumentReader
from readylint.link.classes import NEW
from readylint.link.computed import Computed
from readylint.link.containers import CHOOSING, Containers
from readylint.link.dictionaries import COPY, DICT
from readylint.link.durations import TIMEDELTA
from readylint.link.fixpoint import Fixpoint
from readylint.link.knowledge import Knowledge
from readylint.link.literals import is_class
from readylint.link.mappings import READS, Mappings
from readylint.link.module_attributes import assigned_values, stored_on
from readylint.link.options import Options
from readylint.link.passing import Passing
from readylint.link.pipelines import Pipelines
from readylint.link.program import Program
from readylint.link.protocols import Protocols
from readylint.link.provided import Provided
from readylint.link.scopes import Scopes
from readylint.link.shared_places import NAMESPACE, SharedPlaces
from readylint.link.unions import limited
from readylint.values import (
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
    "itertools.cycle": 0, "itertools.islice": 0, "filter": 1,
    "pydantic.SecretStr": 0,
}  # fmt: skip
"""Functions of the standard library that give back what they get, by the position of it."""


COPIES = ("copy.copy", "copy.deepcopy")


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
        self.containers = Containers(self)
        self.pipelines = Pipelines(self)
        self.scopes = Scopes(self)
        self.places = SharedPlaces(self)
        self.provided = Provided(self)
        self.passing = Passing(self)
        self.protocols = Protocols(self)
        self.annotations = Annotations(self)
        self.reader = ArgumentReader(self)
        self.computed = Computed(self)
        self.mappings = Mappings(self)
        self.options = Options(self)
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
        """What the node may stand for; no more than can be told apart."""
        known = self.table.final.get(ref)
        if known is not None:
            found: Values = known
            return found
        return self.table.ask(ref, lambda: limited(self._evaluate(ref, self.program.node(ref))), ())

    def fallback(self, value: Environment) -> Const | None:
        """The literal that holds when the environment does not say otherwise."""
        return self.computed.fallback(value)

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
            return self.computed.either(ref, args[0], args[1], args[2])
        if op == "ifexp":
            return self.computed.chosen(ref, args[0], args[1], args[2])
        if op in ("dict", "list", "tuple", "set", "comp"):
            return (Container(ref),)
        if op == "item":
            return self._item(ref, args[0], args[1])
        if op in ("join", "binop"):
            return self.computed.joined(ref, node)
        if op == "func":
            return (FunctionValue(ref.module, args[0]),)
        if op == "class":
            return (ClassValue(ref.module, args[0]),)
        if op == "iter":
            return self.containers.iterated(ref, args[0])
        if op == "unpack":
            return self.containers.unpacked(ref, args[0], args[1])
        return (UNKNOWN,)

    # attributes, items, elements -------------------------------------------------------------------------------

    def _attribute_of_node(self, ref: Ref, base: int, name: str) -> list[Value]:
        found: list[Value] = []
        bases = self.values(ref.sibling(base))
        for value in bases:
            found += self.attribute(value, name, ref)
        if all(self.protocols.is_open(v) for v in found) and (stored := self.places.found(ref)):
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
            setting = self.mappings.entry(value, name, ref)
            if setting is not None:
                return setting
            kept = [v for at in assigned_values(self, dotted) for v in self.values(at)]
            if any(isinstance(v, SdkObject | ObjectValue | Made) for v in kept):
                return kept
            return [External(self.knowledge.plain_name(dotted))]
        if isinstance(value, Made):
            if value.name == "super":
                return self.classes.super_attribute(ref, name)
            if value.name == NAMESPACE and (held := self._held(value, name)):
                return held
            if value.name.endswith(("parse_args", "parse_known_args")):
                return [self.options.parsed(name, ref)]
            configured = None if name in READS else self.mappings.entry(value, name, ref)
            if configured is not None and not name.startswith("_") and not self.mappings.is_called(ref):
                return configured
            return [External(f"{value.name}().{name}")]
        if isinstance(value, ModuleValue):
            return self.scopes.module_attribute(value.module, name)
        if isinstance(value, ObjectValue):
            return self.classes.instance_attribute(value, name, ref)
        if isinstance(value, ClassValue):
            return self.classes.class_attribute(value, name, ref)
        if isinstance(value, Answer):
            return [value]
        if isinstance(value, Const) and name == "value" and self.classes.is_member(value.ref):
            return [value]
        if isinstance(value, Open) and name == "value":
            return [value]
        if isinstance(value, Environment) and value.structured and not self.mappings.is_called(ref):
            return [Environment(name, ref, structured=True)]
        if isinstance(value, FunctionValue):
            return [v for d in self.objects.decorated(value) for v in self.objects.attribute(d, name)] or [UNKNOWN]
        return [UNKNOWN]

    def _held(self, value: Made, name: str) -> list[Value]:
        """An attribute of a namespace: what it is built with, and what is set on it."""
        given = self.argument(value.ref, name)
        stored = stored_on(self, name, lambda v: v == value)
        return [v for at in (*([given] if given is not None else ()), *stored) for v in self.values(at)]

    def _item(self, ref: Ref, base: int, key: int) -> list[Value]:
        found = self._item_of(ref, base, key)
        if all(self.protocols.is_open(v) for v in found):
            return self.places.found(ref) or self.places.kept_in_table(ref) or found
        return found

    def _item_of(self, ref: Ref, base: int, key: int) -> list[Value]:
        found: list[Value] = []
        keys = self.constants(ref.sibling(key))
        for value in self.values(ref.sibling(base)):
            if isinstance(value, External) and value.name in self._environment:
                found.append(Environment(str(keys[0]) if keys else "", ref))
            elif isinstance(value, Made) and value.name in (DICT, COPY) and len(keys) == 1 and isinstance(keys[0], str):
                given = self.reader.inside(value, keys[0], ref)
                found += [v for r in (given.refs if given is not None else ()) for v in self.values(r)] or [UNKNOWN]
            elif isinstance(value, Made | Environment):
                found += self.mappings.entry(value, keys[0] if len(keys) == 1 else None, ref) or [UNKNOWN]
            elif isinstance(value, ClassValue) or (isinstance(value, External) and is_class(value.name)):
                found.append(value)  # a generic class with its parameters: `Agent[Deps, str](...)`
            else:
                found += self.containers.item(value, keys[0] if len(keys) == 1 else None)
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

    # calls -----------------------------------------------------------------------------------------------------

    def _call(self, ref: Ref, node: Node) -> list[Value]:
        read = self.mappings.called(ref, node)
        if read is not None:
            return read
        found: list[Value] = []
        for target in self.values(ref.sibling(node.args[0])):
            made = self.called(target, ref)
            found += [self._by_factory(v, target, ref) for v in made] if isinstance(target, FunctionValue) else made
        if all(isinstance(v, Unknown) or (isinstance(v, Made) and v.ref == ref) for v in found):
            stored = self.containers.taken(ref, node) or self.places.found(ref)
            return stored or self.passing.unparsed(ref, node) or found
        return found

    def _by_factory(self, value: Value, target: FunctionValue, ref: Ref) -> Value:
        """An SDK object that a function builds, as this call of the function has it."""
        if not isinstance(value, SdkObject) or value.made is None or value.through is not None:
            return value
        same = value.made[:2] == (target.module, target.number)
        return replace(value, through=ref) if same and self.flow_of(target).params else value

    def called(self, target: Value, ref: Ref) -> list[Value]:
        """What calling one value gives; `ref` is the call node."""
        if isinstance(target, SdkObject):
            return self.objects.called(target, ref)
        if isinstance(target, External):
            return self._external_called(target.name, ref, target.laid)
        if isinstance(target, ClassValue):
            return self.classes.constructed(target, ref)
        if isinstance(target, FunctionValue):
            decorated = self.objects.decorated(target)
            return [v for d in decorated for v in self.objects.called(d, ref)] or self.returned(target, ref)
        if isinstance(target, ObjectValue):
            return [v for t in self.classes.instance_attribute(target, "__call__", ref) for v in self.called(t, ref)]
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
        overriding = self.classes.beside.overriding(target, flow, ref)
        if overriding:
            return overriding
        found = self.passing.values(
            target, ref, [e.node for e in flow.exits if e.kind == "return" and e.node != NOTHING]
        )
        if all(isinstance(v, Unknown | Open) for v in found) and flow.returns_annotation != NOTHING:
            typed = self.annotations.typed(Ref(target.module, max(flow.parent, 0), flow.returns_annotation))
            return [*found, *typed] if typed else found or [UNKNOWN]
        return found or [UNKNOWN]

    def _external_called(self, name: str, ref: Ref, laid: Ref | None = None) -> list[Value]:
        arguments = self.program.node(ref).args[1]
        if name == "getattr" and len(arguments) >= 2:
            return self._got_attribute(ref, [n for _, n in arguments])
        if name in ("importlib.import_module", "__import__") and arguments:
            return self.scopes.imported_at(ref.sibling(arguments[0][1]))
        if name == NEW and arguments:
            made = self.values(ref.sibling(arguments[0][1]))
            return [ObjectValue(v) for v in made if isinstance(v, ClassValue)] or [UNKNOWN]
        if name in COPIES and (copied := self.mappings.copied(name, ref)) is not None:
            return copied
        if name == f"{TIMEDELTA}().total_seconds":
            return self.computed.lengths(ref)
        if name in CHOOSING and (chosen := self.containers.chosen(name, ref)):
            return chosen
        if name in PASS_THROUGH:
            position = PASS_THROUGH[name]
            if len(arguments) > position:
                values = self.values(ref.sibling(arguments[position][1]))
                return self.computed.numbers(name, values) if name in ("int", "float") else list(values)
        if name in self._environment:
            return [self.computed.environment(ref)]
        known = self.objects.external_called(name, ref, laid)
        return known or self.provided.looked_up(name, ref) or self.provided.stands_for(name, ref) or [Made(name, ref)]

    def _got_attribute(self, ref: Ref, arguments: list[int]) -> list[Value]:
        """`getattr(object, name, default)`."""
        found: list[Value] = []
        for key in self.constants(ref.sibling(arguments[1])):
            for base in self.values(ref.sibling(arguments[0])):
                found += self.attribute(base, str(key), ref)
        if len(arguments) > 2:
            default = ref.sibling(arguments[2])
            if not found:
                found = [*(v for v in self.values(default) if isinstance(v, SdkObject | ObjectValue)), UNKNOWN]
            found = [
                replace(v, default=default, structured=False) if isinstance(v, Environment) and v.default is None else v
                for v in found
            ]
        return found or [UNKNOWN]

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
