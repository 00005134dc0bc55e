"""What object is this expression? Values of nodes, worked out on demand and across modules.

Evaluation is context-insensitive: a parameter stands for what all known callers pass. Cycles are solved by rounds
(`fixpoint.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from readylint.flow import NOTHING, FunctionFlow, Node
from readylint.link.fixpoint import Fixpoint
from readylint.link.knowledge import Knowledge
from readylint.link.program import Program
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

TYPE_WRAPPERS = ("Optional", "Annotated", "Union", "Type", "type", "ClassVar", "Final", "Required", "NotRequired")


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

    def all_values(self, ref: Ref, numbers: Iterable[int]) -> list[Value]:
        """The values of several nodes of the same function."""
        found: list[Value] = []
        for number in numbers:
            found.extend(self.values(Ref(ref.module, ref.function, number)))
        return found

    def _evaluate(self, ref: Ref, node: Node) -> Iterable[Value]:
        op, args = node.op, node.args
        if op == "const":
            return (Const(args[0], ref),)
        if op == "name":
            return self.name(ref.module, ref.function, args[0])
        if op == "param":
            return self.parameter(ref.module, ref.function, args[0])
        if op == "import":
            return self.imported(ref.module, args[0], args[1])
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
            return self.all_values(ref, args[1:])
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
            behind = Ref(ref.module, ref.function, right)
            if any(isinstance(v, Environment) and v.default is None for v in first) and len(second) == 1:
                return [
                    Environment(v.name, v.ref, behind) if isinstance(v, Environment) and v.default is None else v
                    for v in first
                ]
        return [*first, *second]

    # names -----------------------------------------------------------------------------------------------------

    def name(self, module: int, function: int, identifier: str) -> list[Value]:
        """A name that is not local: of an enclosing function, of the module, or a builtin."""
        flows = self.program.modules[module].functions
        parent = flows[function].parent
        while parent > 0:
            outer = flows[parent]
            if any(p.name == identifier for p in outer.params):
                return list(self.parameter(module, parent, identifier))
            if identifier in outer.bindings:
                return self.all_values(Ref(module, parent, 0), outer.bindings[identifier])
            parent = outer.parent
        return self.global_name(module, identifier)

    def global_name(self, module: int, identifier: str) -> list[Value]:
        """What a name of a module stands for, all its assignments taken together."""
        return self.table.ask(("global", module, identifier), lambda: self._global_name(module, identifier), [])

    def _global_name(self, module: int, identifier: str) -> list[Value]:
        flow = self.program.modules[module]
        body = flow.functions[0]
        found: list[Value] = []
        if identifier in body.bindings:
            found += self.all_values(Ref(module, 0, 0), body.bindings[identifier])
        for function in flow.functions:
            if identifier in function.global_bindings:
                found += self.all_values(Ref(module, function.number, 0), function.global_bindings[identifier])
        if found:
            real = [v for v in found if not (isinstance(v, Const) and v.value is None)]
            if all(isinstance(v, Unknown | Made) for v in real) and identifier in body.annotations:
                real += [
                    v for v in self.typed(Ref(module, 0, body.annotations[identifier])) if isinstance(v, SdkObject)
                ]
            return real or found
        if identifier in body.bindings:
            return []
        if identifier in body.annotations:
            return self.typed(Ref(module, 0, body.annotations[identifier]))
        for source in flow.star_imports:
            values = self.imported(module, source, identifier)
            if values and not isinstance(values[0], External):
                return values
        return [External(identifier)]

    def absolute(self, module: int, name: str) -> str:
        """The dotted name of a relative import."""
        if not name.startswith("."):
            return name
        flow = self.program.modules[module]
        level = len(name) - len(name.lstrip("."))
        parts = flow.name.split(".")
        drop = level - 1 if flow.is_package else level
        base = parts[: len(parts) - drop] if drop else parts
        rest = name[level:]
        return ".".join([*base, rest] if rest else base)

    def imported(self, module: int, source: str, name: str | None) -> list[Value]:
        """The object that an import statement binds."""
        dotted = self.absolute(module, source)
        index = self.program.find(dotted, module, self.loading)
        if name is None:
            own = self.program.is_own(dotted, module)
            return [ModuleValue(index)] if index is not None else [UNKNOWN if own else External(dotted)]
        if index is not None:
            return self.module_attribute(index, name)
        child = self.program.find(f"{dotted}.{name}", module, self.loading)
        if child is not None:
            return [ModuleValue(child)]
        if self.program.is_own(dotted, module):
            return [UNKNOWN]
        return [External(self.knowledge.plain_name(f"{dotted}.{name}"))]

    def module_attribute(self, index: int, name: str) -> list[Value]:
        """An attribute of a module of the project."""
        flow = self.program.modules[index]
        body = flow.functions[0]
        if name in body.bindings or name in body.annotations:
            return self.global_name(index, name)
        child = self.program.find(f"{flow.name}.{name}", index, self.loading)
        if child is not None:
            return [ModuleValue(child)]
        found = self.global_name(index, name)
        if found and found != [External(name)]:
            return found
        if "__getattr__" in body.bindings:
            return [UNKNOWN]
        return [External(f"{flow.name}.{name}")]

    # parameters ------------------------------------------------------------------------------------------------

    def parameter(self, module: int, function: int, name: str) -> list[Value]:
        """What a parameter may be: what callers pass, else its annotation, else its default."""
        key = ("parameter", module, function, name)
        return self.table.ask(key, lambda: self._parameter(module, function, name), [])

    def _parameter(self, module: int, function: int, name: str) -> list[Value]:
        flow = self.program.modules[module].functions[function]
        receiver = self.classes.receiver(module, flow, name)
        if receiver is not None:
            return [receiver]
        passed = [v for v in self.callers.argument_values(module, function, name) if not isinstance(v, Unknown)]
        known = [v for v in passed if not isinstance(v, Open)]
        param = next((p for p in flow.params if p.name == name), None)
        typed: list[Value] = []
        if param is not None and param.annotation != NOTHING:
            annotation = Ref(module, max(flow.parent, 0), param.annotation)
            injected = self._injected_by_type(annotation)
            if injected:
                return injected
            typed = self.typed(annotation)
        if known:
            only_none = all(isinstance(v, Const) and v.value is None for v in known)
            callers = self.callers.of(module, function)
            closed = bool(callers.sites) and callers.complete
            return [*known, *typed] if only_none and not closed else list(known)
        if param is not None and param.default != NOTHING:
            default = self.values(Ref(module, max(flow.parent, 0), param.default))
            injected = self.objects.injected(default)
            if injected:
                return injected
            if not typed:
                return [*default, Open(module, function, name)]
        return typed or [Open(module, function, name)]

    def _injected_by_type(self, annotation: Ref) -> list[Value]:
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
        return self.objects.injected(tuple(self.all_values(annotation, key.args[1:])))

    def typed(self, annotation: Ref) -> list[Value]:
        """Objects of an annotated type, as far as the catalogue or the project knows the type."""
        found: list[Value] = []
        for part in self._type_parts(annotation, 0):
            node = self.program.node(part)
            quoted = node.op == "const" and isinstance(node.args[0], str)
            for value in self.quoted(part, node.args[0]) if quoted else self.values(part):
                if isinstance(value, ClassValue):
                    found.append(ObjectValue(value))
                elif isinstance(value, External):
                    made = self.objects.of_type(value.name, annotation)
                    if made is not None:
                        found.append(made)
        return found

    def _type_parts(self, ref: Ref, depth: int) -> list[Ref]:
        node = self.program.node(ref)
        if depth > 4:
            return []
        if node.op == "binop" and node.args[0] == "BitOr":
            sides = [Ref(ref.module, ref.function, n) for n in node.args[1:]]
            return [p for side in sides for p in self._type_parts(side, depth + 1)]
        if node.op == "item":
            base = self.program.node(Ref(ref.module, ref.function, node.args[0]))
            name = base.args[-1] if base.op in ("name", "attr", "import") else None
            if name not in TYPE_WRAPPERS:
                return []
            key = self.program.node(Ref(ref.module, ref.function, node.args[1]))
            members = key.args if key.op == "tuple" else (node.args[1],)
            if name == "Annotated":
                members = members[:1]
            return [p for m in members for p in self._type_parts(Ref(ref.module, ref.function, m), depth + 1)]
        return [ref]

    def quoted(self, ref: Ref, text: str) -> list[Value]:
        """What a type written as a string means, when it is a plain or dotted name, perhaps optional."""
        name = text.removeprefix("Optional[").removesuffix("]").replace("| None", "").strip()
        root, *rest = name.split(".")
        if not all(part.isidentifier() for part in (root, *rest)):
            return []
        values = self.global_name(ref.module, root)
        for part in rest:
            values = [v for value in values for v in self.attribute(value, part, ref)]
        return values

    # attributes, items, elements -------------------------------------------------------------------------------

    def _attribute_of_node(self, ref: Ref, base: int, name: str) -> list[Value]:
        found: list[Value] = []
        bases = self.values(Ref(ref.module, ref.function, base))
        for value in bases:
            found += self.attribute(value, name, ref)
        if all(isinstance(v, Unknown | Open) for v in found):
            stored = self.classes.stored_elsewhere(ref, base, name)
            if stored:
                return stored
        return found or [UNKNOWN]

    def attribute(self, value: Value, name: str, ref: Ref) -> list[Value]:
        """An attribute of one value; `ref` is the node that reads it."""
        if isinstance(value, SdkObject):
            return self.objects.attribute(value, name)
        if isinstance(value, External):
            dotted = f"{value.name}.{name}"
            index = self.program.find(dotted, ref.module, self.loading)
            if index is not None:
                return [ModuleValue(index)]
            return [External(self.knowledge.plain_name(dotted))]
        if isinstance(value, Made):
            if value.name == "super":
                return self.classes.super_attribute(ref, name)
            if value.name.endswith(("parse_args", "parse_known_args")):
                return [self._option(name, ref)]
            return [External(f"{value.name}().{name}")]
        if isinstance(value, ModuleValue):
            return self.module_attribute(value.module, name)
        if isinstance(value, ObjectValue):
            return self.classes.instance_attribute(value.cls, name, ref)
        if isinstance(value, ClassValue):
            return self.classes.class_attribute(value, name, ref)
        if isinstance(value, Answer):
            return [value]
        return [UNKNOWN]

    def _option(self, name: str, ref: Ref) -> Value:
        """An option of the command line, with the default that `add_argument` gives it."""
        for call in self.program.calls_by_tail.get("add_argument", ()):
            arguments = self.program.node(call).args[1]
            words = [self.program.node(Ref(call.module, call.function, n)) for k, n in arguments if k is None]
            spelled = {str(w.args[0]).lstrip("-").replace("-", "_") for w in words if w.op == "const"}
            if call.module == ref.module and name in spelled:
                return Environment(name, ref, self.argument(call, "default"))
        return Environment(name, ref)

    def _item(self, ref: Ref, base: int, key: int) -> list[Value]:
        found = self._item_of(ref, base, key)
        if all(isinstance(v, Unknown | Open) for v in found):
            return self.classes.kept_in_table(ref) or found
        return found

    def _item_of(self, ref: Ref, base: int, key: int) -> list[Value]:
        found: list[Value] = []
        keys = [v.value for v in self.values(Ref(ref.module, ref.function, key)) if isinstance(v, Const)]
        for value in self.values(Ref(ref.module, ref.function, base)):
            if isinstance(value, Answer):
                found.append(value)
            elif isinstance(value, Container):
                found += self.objects.entry(value, keys[0] if len(keys) == 1 else None)
            elif isinstance(value, External) and value.name in self._environment:
                found.append(Environment(str(keys[0]) if keys else "", ref))
            else:
                found.append(UNKNOWN)
        return found or [UNKNOWN]

    def _passed(self, ref: Ref, op: str, args: tuple[int, ...]) -> list[Value]:
        inner = Ref(ref.module, ref.function, args[-1])
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
        for value in self.values(Ref(ref.module, ref.function, source)):
            if isinstance(value, Answer):
                found.append(value)
            elif isinstance(value, Container):
                found += self.objects.elements(value)
            else:
                found.append(UNKNOWN)
        return found

    def _unpacked(self, ref: Ref, source: int, index: int) -> list[Value]:
        found: list[Value] = []
        for value in self.values(Ref(ref.module, ref.function, source)):
            node = self.program.node(value.ref) if isinstance(value, Container) else None
            if isinstance(value, Answer):
                found.append(value)
            elif isinstance(value, Container) and node and node.op in ("tuple", "list") and index < len(node.args):
                found += self.values(Ref(value.ref.module, value.ref.function, node.args[index]))
            else:
                found.append(UNKNOWN)
        return found

    def _computed(self, ref: Ref, node: Node) -> list[Value]:
        if node.op == "binop" and node.args[0] == "BitOr":
            piped = self.objects.piped(ref, node)
            if piped:
                return piped
        parts = node.args if node.op == "join" else node.args[1:]
        values = [self.values(Ref(ref.module, ref.function, n)) for n in parts]
        if all(len(v) == 1 and isinstance(v[0], Const) for v in values):
            constants = [v[0].value for v in values if isinstance(v[0], Const)]
            folded = _fold(node, constants)
            if folded is not None:
                return [Const(folded, ref)]
        answers = [a for v in values for a in v if isinstance(a, Answer)]
        return [*answers, UNKNOWN] if answers else [UNKNOWN]

    # calls -----------------------------------------------------------------------------------------------------

    def _call(self, ref: Ref, node: Node) -> list[Value]:
        found: list[Value] = []
        for target in self.values(Ref(ref.module, ref.function, node.args[0])):
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
            return self.returned(target, ref)
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
        imported = self._imported_by_name(target, flow, ref)
        if imported:
            return imported
        at = Ref(target.module, target.number, 0)
        found = self.all_values(at, [e.node for e in flow.exits if e.kind == "return" and e.node != NOTHING])
        if all(isinstance(v, Unknown | Open) for v in found) and flow.returns_annotation != NOTHING:
            typed = self.typed(Ref(target.module, max(flow.parent, 0), flow.returns_annotation))
            return [*found, *typed] if typed else found or [UNKNOWN]
        return found or [UNKNOWN]

    def _imported_by_name(self, target: FunctionValue, flow: FunctionFlow, ref: Ref) -> list[Value]:
        """`def require(name): return import_module(name)`: the module that this caller names."""
        for leave in flow.exits:
            node = flow.nodes[leave.node] if leave.kind == "return" and leave.node != NOTHING else None
            if node is None or node.op != "call" or not node.args[1]:
                continue
            if self.program.tail(target.module, flow, node.args[0]) not in ("import_module", "__import__"):
                continue
            given = flow.nodes[node.args[1][0][1]]
            params = [p.name for p in flow.params]
            if given.op == "param" and given.args[0] in params and self.program.node(ref).op == "call":
                argument = self.argument(ref, given.args[0], params.index(given.args[0]) - (1 if target.bound else 0))
                names = self.values(argument) if argument is not None else ()
                return [v for n in names if isinstance(n, Const) for v in self.imported(ref.module, str(n.value), None)]
        return []

    def _external_called(self, name: str, ref: Ref) -> list[Value]:
        arguments = self.program.node(ref).args[1]
        if name == "getattr" and len(arguments) >= 2:
            keys = [
                v.value for v in self.values(Ref(ref.module, ref.function, arguments[1][1])) if isinstance(v, Const)
            ]
            bases = self.values(Ref(ref.module, ref.function, arguments[0][1]))
            return [v for k in keys for b in bases for v in self.attribute(b, str(k), ref)] or [UNKNOWN]
        if name in ("importlib.import_module", "__import__") and arguments:
            names = self.values(Ref(ref.module, ref.function, arguments[0][1]))
            return [v for n in names if isinstance(n, Const) for v in self.imported(ref.module, str(n.value), None)]
        if name in PASS_THROUGH:
            position = PASS_THROUGH[name]
            if len(arguments) > position:
                return list(self.values(Ref(ref.module, ref.function, arguments[position][1])))
        if name in self._environment:
            return [self.environment(ref)]
        known = self.objects.external_called(name, ref)
        return known or [Made(name, ref)]

    def environment(self, ref: Ref) -> Environment:
        """A value read from the environment by a call: its variable and its default."""
        arguments = self.program.node(ref).args[1]
        names = self.values(Ref(ref.module, ref.function, arguments[0][1])) if arguments else ()
        name = next((str(v.value) for v in names if isinstance(v, Const)), "")
        default = next((n for k, n in arguments[1:] if k in (None, "default")), None)
        return Environment(name, ref, Ref(ref.module, ref.function, default) if default is not None else None)

    def argument(self, ref: Ref, keyword: str, position: int | None = None) -> Ref | None:
        """The node given for a keyword or position of a call, spread arguments not looked into."""
        node = self.program.node(ref)
        if node.op != "call":
            return None
        plain = 0
        for name, number in node.args[1]:
            if name == keyword:
                return Ref(ref.module, ref.function, number)
            if name == "*":
                plain = 1 << 20
            if name is None:
                if plain == position:
                    return Ref(ref.module, ref.function, number)
                plain += 1
        return None

    def flow_of(self, value: FunctionValue) -> FunctionFlow:
        """The flow graph of a function value."""
        return self.program.modules[value.module].functions[value.number]


def _fold(node: Node, values: list[object]) -> object | None:
    """The value of a text or sum of literals."""
    if node.op == "join":
        return "".join(str(v) for v in values)
    operator, (left, right) = node.args[0], values
    if isinstance(left, str) and isinstance(right, str):
        return left + right if operator == "Add" else None
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return None
    if operator == "Add":
        return left + right
    if operator == "Subtract":
        return left - right
    if operator == "Multiply":
        return left * right
    return left / right if operator == "Divide" and right else None
