"""What numbers and tests are at the n-th failure of a call: constants, counters, and parameters of known calls."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from readylint.flow import NOTHING, FunctionFlow, Node
from readylint.values import UNKNOWN, Const, Environment, Open, Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

Frames = Mapping[tuple[int, int], Ref]
"""Functions that were entered by one known call: (module, function) -> that call."""
DEPTH = 6
TURNS_LIMIT = 1000
"""Turns that are counted one by one."""
ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "Add": operator.add, "Subtract": operator.sub, "Multiply": operator.mul, "FloorDivide": operator.floordiv,
    "Divide": operator.truediv, "Modulo": operator.mod,
}  # fmt: skip
COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "LessThan": operator.lt, "LessThanEqual": operator.le, "GreaterThan": operator.gt, "GreaterThanEqual": operator.ge,
    "Equal": operator.eq, "NotEqual": operator.ne, "Is": lambda a, b: a is b or a == b,
    "IsNot": lambda a, b: not (a is b or a == b), "In": lambda a, b: a in b, "NotIn": lambda a, b: a not in b,
}  # fmt: skip
PLAIN_CALLS: dict[str, Callable[..., Any]] = {"int": int, "max": max, "min": min, "abs": abs, "len": len, "bool": bool}


class Constants:
    """Literals behind nodes, parameters of known calls among them."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program

    def behind(self, ref: Ref, frames: Frames, depth: int = DEPTH) -> Ref:
        """The node that a parameter stands for where the call that fills it is known, else the node itself."""
        node = self.program.node(ref)
        if not frames or node.op not in ("param", "name") or depth <= 0:
            return ref
        flows = self.program.modules[ref.module].functions
        number = ref.function
        while number > 0:
            flow = flows[number]
            param = next((p for p in flow.params if p.name == node.args[0]), None)
            if param is not None:
                call = frames.get((ref.module, number))
                if call is None:
                    return ref
                given = self.passed(call, ref.module, flow, param.name)
                if given is not None:
                    return self.behind(given, frames, depth - 1)
                return ref if param.default == NOTHING else Ref(ref.module, max(flow.parent, 0), param.default)
            if node.args[0] in flow.bindings:
                return ref
            number = flow.parent
        return ref

    def passed(self, call: Ref, module: int, flow: FunctionFlow, name: str) -> Ref | None:
        """The node that a call passes for a parameter; None when it leaves it out."""
        params = [p.name for p in flow.params if p.kind in ("plain", "only-position")]
        position = params.index(name) if name in params else None
        if position is not None and flow.owner != NOTHING:
            static = "staticmethod" in self.resolver.classes.decorator_names(module, flow)
            position -= 0 if static else 1
        return self.resolver.argument(call, name, position)

    def value(self, ref: Ref, frames: Frames) -> Any:
        """The one literal that a node stands for, else UNKNOWN; for the environment its default."""
        at = self.behind(ref, frames)
        values = [v for v in self.resolver.values(at) if not isinstance(v, Open)]
        if len(values) > 1:
            values = [v for v in values if not (isinstance(v, Const) and v.value is None)]
        found = {self._literal(v) for v in values}
        return found.pop() if len(found) == 1 else UNKNOWN

    def _literal(self, value: object) -> Any:
        if isinstance(value, Const):
            return value.value
        if isinstance(value, Environment) and value.default is not None:
            defaults = self.resolver.constants(value.default)
            if len(defaults) == 1 and isinstance(defaults[0], str) and defaults[0].isdigit():
                return int(defaults[0])
            return defaults[0] if len(defaults) == 1 else UNKNOWN
        return UNKNOWN


class Situation:
    """The values of nodes of one function on one way through it: after the n-th failure, or after a success."""

    def __init__(self, constants: Constants, at: Ref, frames: Frames, loop: int, again: Ref | None = None) -> None:
        """`at` is the call whose failures are counted; `loop` what repeats it, `again` the call that recurs."""
        self.constants = constants
        self.program = constants.program
        self.at = at
        self.function = self.program.function(at)
        self.frames = frames
        self.loop = loop
        self.again = again
        self.given: dict[int, Any] = {}
        """What the call gives: known when a function of the project answers for the error."""
        self.preferred: set[int] = set()
        """Contexts that are on the way: of several values those set there hold."""
        self.passed_over: set[int] = set()
        """Contexts that are not on the way behind the call."""
        self._known: dict[tuple[int, int], Any] = {}
        self._active: set[tuple[int, int]] = set()

    def holds(self, test: int, turn: int) -> bool | None:
        """Whether a test holds in a turn."""
        value = self.value(test, turn)
        return None if value is UNKNOWN else bool(value)

    def value(self, number: int, turn: int) -> Any:
        """The literal that a node is in a turn (the first is 1), else UNKNOWN."""
        key = (number, turn)
        if key in self._known:
            return self._known[key]
        if key in self._active:
            return UNKNOWN
        self._active.add(key)
        try:
            found = self._value(number, self.function.nodes[number], turn)
        except (TypeError, ValueError, ArithmeticError, MemoryError):
            found = UNKNOWN
        self._active.discard(key)
        self._known[key] = found
        return found

    def _value(self, number: int, node: Node, turn: int) -> Any:
        op, args = node.op, node.args
        if number in self.given:
            return self.given[number]
        if op == "const":
            return args[0]
        if op == "await":
            return self.value(args[0], turn)
        if op == "union":
            return self._joined(number, args, turn)
        if op == "binop" and args[0] in ARITHMETIC:
            return _combined(ARITHMETIC[args[0]], self.value(args[1], turn), self.value(args[2], turn))
        if op in ("compare", "not", "bool", "ifexp"):
            return self._test(op, args, turn)
        if op == "iter":
            return self._element(args[0], turn)
        if op == "unpack" and args[1] == 0:
            return self._numbered(args[0], turn)
        if op == "param" and self.again is not None and turn > 1:
            return self._handed_on(self.again, str(args[0]), turn)
        if op == "call" and len(args[1]) <= 2:
            plain = PLAIN_CALLS.get(self.program.tail(self.at.module, self.function, args[0]) or "")
            if plain is not None:
                return self._plain_call(plain, number, args[1], turn)
        if op in ("list", "tuple"):
            return tuple(self.value(n, turn) for n in args)
        if op not in ("name", "param", "attr", "import"):
            return UNKNOWN
        return self.constants.value(self.at.sibling(number), self.frames)

    def _joined(self, number: int, args: tuple[int, ...], turn: int) -> Any:
        carried = self.function.carried.get(number)
        if carried is not None:
            if carried == self.loop and turn > 1:
                return self._one_of(args[1:], turn - 1)
            return self.value(args[0], turn) if carried == self.loop else UNKNOWN
        return self._one_of(args, turn)

    def _one_of(self, numbers: tuple[int, ...], turn: int) -> Any:
        """The value of a name that was set on several ways."""
        nodes = self.function.nodes
        behind = self.function.nodes[self.at.node].start
        on_the_way = [n for n in numbers if nodes[n].context in self.preferred]
        if not on_the_way:
            on_the_way = [
                n for n in numbers if not (nodes[n].context in self.passed_over and nodes[n].end > behind)
            ]  # fmt: skip
        found = {_key(self.value(n, turn)) for n in on_the_way}
        return found.pop() if len(found) == 1 else UNKNOWN

    def _test(self, op: str, args: tuple[Any, ...], turn: int) -> Any:
        if op == "not":
            value = self.value(args[0], turn)
            return UNKNOWN if value is UNKNOWN else not value
        if op == "ifexp":
            test = self.value(args[0], turn)
            return UNKNOWN if test is UNKNOWN else self.value(args[1] if test else args[2], turn)
        if op == "bool":
            stops = args[0] == "Or"
            values = [self.value(n, turn) for n in args[1:]]
            decided = next((v for v in values if v is not UNKNOWN and bool(v) is stops), UNKNOWN)
            return decided if decided is not UNKNOWN else UNKNOWN if UNKNOWN in values else values[-1]
        left = self.value(args[0], turn)
        for name, number in args[1]:
            right = self.value(number, turn)
            held = _combined(COMPARISONS[name], left, right) if name in COMPARISONS else UNKNOWN
            if held is UNKNOWN or not held:
                return held
            left = right
        return True

    def _element(self, source: int, turn: int) -> Any:
        """The loop variable of `for attempt in range(...)`."""
        context = self.function.contexts[self.loop] if self.loop != NOTHING else None
        if context is None or context.kind != "for" or context.nodes[:1] != (source,):
            return UNKNOWN
        turns = self.range(source, turn)
        return turns[turn - 1] if turns is not None and turn <= len(turns) else UNKNOWN

    def _numbered(self, pair: int, turn: int) -> Any:
        """The number in `for number, delay in enumerate(delays)`."""
        node = self.function.nodes[pair]
        source = self.function.nodes[node.args[0]] if node.op == "iter" else node
        if source.op != "call" or self.program.tail(self.at.module, self.function, source.args[0]) != "enumerate":
            return UNKNOWN
        start = self.constants.resolver.argument(self.at.sibling(node.args[0]), "start", 1)
        first = self.value(start.node, turn) if start is not None else 0
        return _combined(operator.add, first, turn - 1)

    def range(self, source: int, turn: int) -> range | None:
        """The numbers that a `range(...)` goes through."""
        node = self.function.nodes[source]
        if node.op != "call" or self.program.tail(self.at.module, self.function, node.args[0]) != "range":
            return None
        bounds = [self.value(n, 1) for _, n in node.args[1]]
        return range(*bounds) if bounds and all(type(b) is int for b in bounds) else None

    def _plain_call(self, plain: Callable[..., Any], number: int, arguments: Any, turn: int) -> Any:
        values = [self.value(n, turn) for _, n in arguments]
        if len(values) == 1 and (plain is len or UNKNOWN in values):
            node = self.function.nodes[arguments[0][1]]
            if plain is len and node.op in ("list", "tuple") and not any(
                self.function.nodes[n].op == "star" for n in node.args
            ):  # fmt: skip
                return len(node.args)
            return self.constants.value(self.at.sibling(number), self.frames) if plain is int else UNKNOWN
        return UNKNOWN if UNKNOWN in values else plain(*values)

    def _handed_on(self, again: Ref, name: str, turn: int) -> Any:
        """A parameter in the n-th run of a function that calls itself."""
        given = self.constants.passed(again, self.at.module, self.function, name)
        if given is not None:
            return self.value(given.node, turn - 1)
        param = next((p for p in self.function.params if p.name == name), None)
        if param is None or param.default == NOTHING:
            return UNKNOWN
        return self.constants.value(Ref(self.at.module, max(self.function.parent, 0), param.default), self.frames)

    # what tests look at ----------------------------------------------------------------------------------------

    def depends(self, test: int, on: int) -> bool:
        """Whether the value of a node comes from another one."""
        pending, seen = [test], {test}
        while pending:
            number = pending.pop()
            if number == on:
                return True
            for child in self.function.children(number):
                if child not in seen and len(seen) < 200:
                    seen.add(child)
                    pending.append(child)
        return False

    def asks_error(self, test: int) -> bool:
        """Whether a test is about the error itself, and not about how often it came."""
        pending, seen = [test], {test}
        while pending:
            number = pending.pop()
            if self.function.nodes[number].op == "exc":
                return True
            for child in self.function.children(number):
                if child not in seen and len(seen) < 200:
                    seen.add(child)
                    pending.append(child)
        return False


class CountedTests:
    """Answers tests for one turn after the other, and remembers which could be told."""

    def __init__(self, situation: Situation) -> None:
        self.situation = situation
        self.turn = 1
        self.decided = False
        self.open: set[int] = set()

    def holds(self, test: int) -> bool | None:
        """Whether the test holds in the present turn."""
        held = self.situation.holds(test, self.turn)
        if held is None:
            if not self.situation.asks_error(test):
                self.open.add(test)
        elif self.situation.function.nodes[test].op != "const":
            self.decided = True
        return held


def _combined(function: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    return UNKNOWN if left is UNKNOWN or right is UNKNOWN else function(left, right)


def _key(value: Any) -> Any:
    return value if isinstance(value, int | float | str | bool | tuple | type(None) | type(UNKNOWN)) else UNKNOWN
