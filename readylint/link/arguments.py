"""Reading what a call is given: keywords, positions, spread dicts, and values inside objects and dicts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readylint.catalogue import Argument
from readylint.flow import NOTHING, FunctionFlow
from readylint.values import Const, Container, Environment, FunctionValue, Made, ObjectValue, Open, Ref, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

DEPTH = 4


@dataclass(slots=True)
class Given:
    """What was found for an argument: the nodes that give it, and whether it may be given in a way not seen."""

    refs: list[Ref] = field(default_factory=list)
    unknown: bool = False
    certain: bool = True
    """False when some way to the call leaves it out."""
    not_none: set[Ref] = field(default_factory=set)
    """Nodes that are given only where they are not None."""

    @property
    def absent(self) -> bool:
        """Surely not given."""
        return not self.refs and not self.unknown


class ArgumentReader:
    """Looks arguments up by the paths of the catalogue."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.positions: dict[str, list[str]] = {}
        for sdk in resolver.knowledge.sdks.values():
            self.positions.update(sdk.positions)

    def find(self, call: Ref, argument: Argument) -> Given:
        """The first of the argument's paths that is given at a call."""
        result = Given()
        for path in argument.at or [""]:
            given = self.path(call, path, argument.position)
            if given.refs:
                given.unknown = given.unknown or result.unknown
                return given
            result.unknown = result.unknown or given.unknown
        return result

    def path(self, call: Ref, path: str, position: int | None = None) -> Given:
        """A dotted path: a keyword, then keys of the object or dict that is passed."""
        head, _, rest = path.partition(".")
        given = self.keyword(call, head, position, DEPTH)
        return self._descend(given, rest) if rest else given

    def _descend(self, given: Given, rest: str) -> Given:
        result = Given(unknown=given.unknown, certain=given.certain, not_none=set(given.not_none))
        head, _, more = rest.partition(".")
        for ref in given.refs:
            for value in self.resolver.values(ref):
                inner = self.inside(value, head)
                if inner is None:
                    continue
                if more:
                    inner = self._descend(inner, more)
                result.refs += inner.refs
                result.unknown = result.unknown or inner.unknown
                result.not_none |= inner.not_none
                result.certain = result.certain and inner.certain
        return result

    def inside(self, value: Value, key: str) -> Given | None:
        """The entry of a dict or value object; None when the value is a plain one without entries."""
        if isinstance(value, Container):
            return self.entry(value, key, DEPTH)
        if isinstance(value, Made):
            if value.name.endswith("dumps") or value.name.endswith("dumps().encode"):
                return self._dumped(value, key)
            if value.name == "dict":
                return self._dict_call(value.ref, key, DEPTH)
            if value.name in self.resolver.knowledge.readers:
                names = self.positions.get(value.name, [])
                given = self.keyword(value.ref, key, names.index(key) if key in names else None, DEPTH)
                return self._set_later(value.ref, key) or given
            return Given(unknown=True)
        if isinstance(value, Const):
            return None
        if isinstance(value, Environment):
            return None
        return Given(unknown=True)

    def _set_later(self, made: Ref, key: str) -> Given | None:
        """`options.timeout = 5` after `options = Options()`, in the function that makes it."""
        function = self.program.function(made)
        at = [
            store
            for store in function.stores
            if not store.item and store.key == key and self._same(made.sibling(store.base), made)
        ]
        if not at:
            return None
        outer = self.program.node(made).context
        certain = not any(self._conditional(function, store.context, outer) for store in at)
        return Given([made.sibling(store.value) for store in at], certain=certain)

    def _dumped(self, value: Made, key: str) -> Given:
        """The entry of a dict that is sent as text: `json.dumps({...})`, `json.dumps({...}).encode()`."""
        node = self.program.node(value.ref)
        if value.name.endswith(".encode"):
            target = self.program.function(value.ref).nodes[node.args[0]]
            inner = value.ref.sibling(target.args[0])
        elif node.op == "call" and node.args[1]:
            inner = value.ref.sibling(node.args[1][0][1])
        else:
            return Given(unknown=True)
        result = Given()
        for one in self.resolver.values(inner):
            given = self.inside(one, key)
            if given is not None:
                result.refs += given.refs
                result.unknown = result.unknown or given.unknown
        return result

    def keyword(self, call: Ref, name: str, position: int | None, depth: int) -> Given:
        """A keyword of a call, also inside `**spread` arguments."""
        result = Given()
        if self.program.node(call).op != "call":
            return Given(unknown=True)
        direct = self.resolver.argument(call, name, position)
        if direct is not None:
            result.refs.append(direct)
            if self._tested(self.program.function(call), self.program.node(call).context, direct.node):
                result.not_none.add(direct)
            return result
        for keyword, number in self.program.node(call).args[1]:
            if keyword == "**" and depth > 0:
                inner = self._spread(call.sibling(number), name, depth - 1)
                result.refs += inner.refs
                result.unknown = result.unknown or inner.unknown
                result.not_none |= inner.not_none
                result.certain = result.certain and inner.certain
            elif keyword == "*" and position is not None:
                result.unknown = True
        return result

    def _spread(self, ref: Ref, name: str, depth: int) -> Given:
        node = self.program.node(ref)
        function = self.program.function(ref)
        if node.op == "param" and any(p.name == node.args[0] and p.kind == "double-star" for p in function.params):
            return self._from_callers(ref, name, depth)
        if node.op == "binop" and node.args[0] == "BitOr" and depth > 0:
            for side in (node.args[2], node.args[1]):
                inner = self._spread(ref.sibling(side), name, depth - 1)
                if inner.refs or inner.unknown:
                    return inner
            return Given()
        result = Given()
        for value in self.resolver.values(ref):
            if isinstance(value, Container):
                inner = self.entry(value, name, depth)
            elif isinstance(value, Made) and value.name == "dict":
                inner = self._dict_call(value.ref, name, depth)
            elif isinstance(value, Const) and value.value is None:
                continue
            else:
                inner = Given(unknown=True)
            result.refs += inner.refs
            result.unknown = result.unknown or inner.unknown
            result.not_none |= inner.not_none
            result.certain = result.certain and inner.certain
        return result

    def _dict_call(self, call: Ref, key: str, depth: int) -> Given:
        """A key of `dict(other, key=value)`, later assignments included."""
        result = self.keyword(call, key, None, depth)
        arguments = self.program.node(call).args[1]
        if not result.refs and arguments and arguments[0][0] is None and depth > 0:
            inner = self._spread(call.sibling(arguments[0][1]), key, depth - 1)
            result.refs += inner.refs
            result.unknown = result.unknown or inner.unknown
        later = self._item_stores(call, key)
        result.refs += later.refs
        result.unknown = result.unknown or later.unknown
        result.not_none |= later.not_none
        result.certain = result.certain and (later.certain or bool(result.refs))
        return result

    def _from_callers(self, ref: Ref, name: str, depth: int) -> Given:
        """A keyword that callers pass on through `**kwargs`."""
        callers = self.resolver.callers.of(ref.module, ref.function)
        function = self.program.function(ref)
        stored = self._item_stores(ref, name)
        if stored.refs:
            return stored
        if any(p.name == name for p in function.params):
            return stored
        result = Given(unknown=stored.unknown or not callers.complete or not callers.sites)
        missing = not callers.sites
        for site in callers.sites:
            if site.deferred:
                result.unknown = True
                continue
            inner = self.keyword(site.ref, name, None, depth) if depth > 0 else Given(unknown=True)
            result.refs += inner.refs
            result.unknown = result.unknown or inner.unknown
            missing = missing or not inner.refs
        result.certain = not missing
        return result

    def entry(self, value: Container, key: str, depth: int) -> Given:
        """A key of a dict that the code writes out, later assignments included."""
        at, node = value.ref, self.program.node(value.ref)
        result = Given()
        if node.op in ("list", "tuple") and key.isdigit():
            index = int(key)
            starred = any(self.program.node(at.sibling(n)).op == "star" for n in node.args[: index + 1])
            return Given([at.sibling(node.args[index])] if index < len(node.args) and not starred else [], starred)
        if node.op != "dict":
            return Given(unknown=node.op in ("comp", "call"))
        for k, v in node.args:
            if k == NOTHING:
                if depth > 0:
                    inner = self._spread(at.sibling(v), key, depth - 1)
                    result.refs += inner.refs
                    result.unknown = result.unknown or inner.unknown
                continue
            keys = self.resolver.values(at.sibling(k))
            if any(isinstance(c, Const) and c.value == key for c in keys):
                result.refs = [at.sibling(v)]
            elif not all(isinstance(c, Const) for c in keys):
                result.unknown = True
        later = self._item_stores(at, key)
        result.certain = result.certain and (later.certain or bool(result.refs))
        result.refs += later.refs
        result.unknown = result.unknown or later.unknown
        result.not_none |= later.not_none
        return result

    def _item_stores(self, dictionary: Ref, key: str) -> Given:
        """Assignments `d[key] = value` and `d.update(key=value)` to a dict in the function that builds it."""
        result = Given()
        function = self.program.function(dictionary)
        module, number = dictionary.module, dictionary.function
        for store in function.stores:
            if store.item and self._same(Ref(module, number, store.base), dictionary):
                keys = self.resolver.values(Ref(module, number, store.key))
                if any(isinstance(c, Const) and c.value == key for c in keys):
                    given = Ref(module, number, store.value)
                    result.refs.append(given)
                    if self._tested(function, store.context, store.value):
                        result.not_none.add(given)
                    if self._conditional(function, store.context, self.program.node(dictionary).context):
                        result.certain = False
                elif not keys or not all(isinstance(c, Const) for c in keys):
                    result.unknown = True
        for call in function.calls:
            node = function.nodes[call]
            target = function.nodes[node.args[0]]
            if target.op != "attr" or target.args[1] not in ("update", "setdefault"):
                continue
            if self._same(Ref(module, number, target.args[0]), dictionary):
                inner = self._update(Ref(module, number, call), target.args[1], key)
                result.refs += inner.refs
                result.unknown = result.unknown or inner.unknown
        return result

    def _conditional(self, function: FunctionFlow, inner: int, outer: int) -> bool:
        """Whether one context stands under a condition that the other does not stand under."""
        for number, around in function.ancestors(inner):
            if number == outer:
                return False
            if around.kind in ("if", "match", "handler"):
                return True
        return False

    def _tested(self, function: FunctionFlow, context: int, value: int) -> bool:
        """Under `if value:` or `if value is not None:`."""
        for _, around in function.ancestors(context):
            if around.kind == "if" and around.branch and around.nodes:
                inside = _below(function, around.nodes[0])
                if value in inside:
                    return True
                written = function.nodes[value]
                for inner in inside:
                    if (
                        function.nodes[inner].op == written.op == "attr"
                        and function.nodes[inner].args[1] == written.args[1]
                    ):
                        return True
        return False

    def _update(self, call: Ref, method: str, key: str) -> Given:
        arguments = self.program.node(call).args[1]
        if method == "setdefault":
            first = self.resolver.argument(call, "key", 0)
            second = self.resolver.argument(call, "default", 1)
            names = self.resolver.values(first) if first is not None else ()
            same = any(isinstance(c, Const) and c.value == key for c in names)
            return Given([second]) if same and second is not None else Given()
        result = self.keyword(call, key, None, 1)
        if arguments and arguments[0][0] is None:
            inner = self._spread(call.sibling(arguments[0][1]), key, 1)
            result.refs += inner.refs
            result.unknown = result.unknown or inner.unknown
        return result

    def _same(self, base: Ref, dictionary: Ref) -> bool:
        """Whether a node stands for the dict built at another node of the same function."""
        if base == dictionary:
            return True
        node = self.program.node(base)
        if node.op in ("union", "bool", "ifexp"):
            members = node.args[1:] if node.op != "union" else node.args
            return any(
                m == dictionary.node or (m < base.node and self._same(base.sibling(m), dictionary))
                for m in members
                if isinstance(m, int)
            )
        return False

    def is_open(self, ref: Ref) -> bool:
        """Whether a node only says that its value comes from outside the code that was read."""
        values = self.resolver.values(ref)
        return bool(values) and all(isinstance(v, Open | FunctionValue | ObjectValue) for v in values)


def _below(function: FunctionFlow, test: int) -> list[int]:
    """A test and all parts of it: `not stream and limit is not None`."""
    found, pending = [test], [test]
    while pending:
        for child in function.children(pending.pop()):
            if child < test and child not in found and len(found) < 40:
                found.append(child)
                pending.append(child)
    return found
