"""Reading what a call is given: keywords, positions, spread dicts, and values inside objects and dicts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from readylint.catalogue import Argument
from readylint.link.branches import condition, cover
from readylint.link.dictionaries import COPY, DICT, Dictionaries, tested
from readylint.link.given import Given, one_of
from readylint.values import Const, Container, Environment, External, Made, ObjectValue, Open, Ref, Value

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

DEPTH = 4
FROM_ELSEWHERE = ("param", "name", "call", "await", "item", "unpack")
"""Nodes that stand for a dict which another place makes, and which may be changed here."""


class ArgumentReader:
    """Looks arguments up by the paths of the catalogue."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.dictionaries = Dictionaries(self)
        self.positions: dict[str, list[str]] = {}
        for sdk in resolver.knowledge.sdks.values():
            self.positions.update(sdk.positions)
        self._caller: Ref | None = None

    @contextmanager
    def called_from(self, caller: Ref | None) -> Iterator[None]:
        """Read what stands in a function as this one of its callers has it."""
        before = self._caller
        self._caller = caller
        try:
            yield
        finally:
            self._caller = before

    def find(self, call: Ref, argument: Argument) -> Given:
        """The argument's paths at a call: the first that is given on every way, else all that may be."""
        result = Given()
        for path in argument.at or [""]:
            given = self.path(call, path, argument.position)
            if not result.refs:
                unknown = given.unknown or result.unknown
                result = given if given.refs else Given()
                result.unknown = unknown
            elif given.refs:
                result = self._either(result, given)
            if result.settled:
                break
        return result

    def _either(self, one: Given, other: Given) -> Given:
        """Two names of one argument, given under different conditions."""
        found = Given([*one.refs, *(r for r in other.refs if r not in one.refs)], one.unknown or other.unknown)
        found.not_none = one.not_none | other.not_none
        places = {ref[:2] for ref in found.refs}
        found.ways = [*one.ways, *other.ways] if len(places) == 1 else []
        found.certain = other.settled or cover(found.ways)
        found.left_out = one.left_out and other.left_out
        return found

    def path(self, call: Ref, path: str, position: int | None = None) -> Given:
        """A dotted path: a keyword, then keys of the object or dict that is passed."""
        head, _, rest = path.partition(".")
        given = self.keyword(call, head, position, DEPTH)
        return self._descend(given, rest, call) if rest else given

    def _descend(self, given: Given, rest: str, use: Ref) -> Given:
        head, _, more = rest.partition(".")
        found: list[Given] = []
        for ref in given.refs:
            for value in self.resolver.values(ref):
                inner = self.inside(value, head, use)
                if inner is not None:
                    found.append(self._descend(inner, more, ref) if more else inner)
        result = one_of(found)
        result.unknown = result.unknown or given.unknown
        result.certain = result.certain and given.certain
        result.left_out = result.left_out or given.left_out
        result.ways = result.ways or given.ways
        return result

    def inside(self, value: Value, key: str, use: Ref | None = None) -> Given | None:
        """The entry of a dict or value object; None when the value is a plain one without entries."""
        if isinstance(value, Container):
            return self.dictionaries.entry(value, key, DEPTH, use)
        if isinstance(value, Made):
            if value.name.endswith("dumps") or value.name.endswith("dumps().encode"):
                return self._dumped(value, key)
            if value.name in (DICT, COPY):
                return self.dictionaries.made(value, key, DEPTH, use)
            if value.name in self.resolver.knowledge.readers:
                names = self.positions.get(value.name, [])
                given = self.keyword(value.ref, key, names.index(key) if key in names else None, DEPTH)
                return self._set_later(value.ref, key) or given
            fields = self._fields(value, key, DEPTH)
            return fields if fields is not None else Given(unknown=True)
        if isinstance(value, Const) or self.is_left_out(value):
            return None
        if isinstance(value, Environment) and not value.structured:
            return None
        return Given(unknown=True)

    def _fields(self, value: Made, key: str, depth: int) -> Given | None:
        """A field of an object that is turned into a dict: `asdict(settings)`, `settings.model_dump()`."""
        if value.name not in self.resolver.classes.records.unpacks or depth <= 0:
            return None
        node = self.program.node(value.ref)
        target = self.program.node(value.ref.sibling(node.args[0]))
        method = target.op == "attr" and value.name.endswith(f"().{target.args[1]}")
        if not method and not node.args[1]:
            return None
        holder = value.ref.sibling(target.args[0] if method else node.args[1][0][1])
        found: list[Given] = []
        for one in self.resolver.values(holder):
            if not isinstance(one, ObjectValue):
                return None
            refs = self.resolver.classes.records.nodes(one, key, depth - 1)
            found.append(Given(unknown=True) if refs is None else Given(refs, not_none=set(refs)))
        return one_of(found) if found else None

    def is_left_out(self, value: Value) -> bool:
        """What an SDK takes for "not given": `NOT_GIVEN`, `omit`."""
        return isinstance(value, External | Made) and value.name in self.resolver.knowledge.absent

    def leaves_out(self, ref: Ref) -> bool | None:
        """Whether a node stands for "not given"; None when it may."""
        if not self.resolver.knowledge.absent:
            return False
        answers = {self.is_left_out(v) for v in self.resolver.values(ref)}
        return answers.pop() if len(answers) == 1 else None if True in answers else False

    def _set_later(self, made: Ref, key: str) -> Given | None:
        """`options.timeout = 5` after `options = Options()`, in the function that makes it."""
        function = self.program.function(made)
        at = [s for s in function.stores if not s.item and s.key == key and self._same(made.sibling(s.base), made)]
        if not at:
            return None
        outer = self.program.node(made).context
        ways = [condition(function, store.context, (outer,)) for store in at]
        return Given([made.sibling(store.value) for store in at], certain=cover(ways))

    def _same(self, base: Ref, made: Ref) -> bool:
        node = self.program.node(base)
        return base == made or (node.op == "union" and made.node in node.args)

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
        return one_of(g for v in self.resolver.values(inner) if (g := self.inside(v, key, value.ref)) is not None)

    def keyword(self, call: Ref, name: str, position: int | None, depth: int) -> Given:
        """A keyword of a call, also inside `**spread` arguments."""
        if self.program.node(call).op != "call":
            return Given(unknown=True)
        direct = self.resolver.argument(call, name, position)
        if direct is not None:
            left_out = self.leaves_out(direct)
            if left_out:
                return Given()
            result = Given([direct], certain=left_out is False)
            if tested(self.program.function(call), self.program.node(call).context, direct.node):
                result.not_none.add(direct)
            return result
        result = Given()
        for keyword, number in self.program.node(call).args[1]:
            if keyword == "**" and depth > 0:
                inner = self.spread(call.sibling(number), name, depth - 1, call)
                result = inner.over(result) if result.refs or result.unknown else inner
            elif keyword == "*" and position is not None:
                result.unknown = True
        return result

    def spread(self, ref: Ref, name: str, depth: int, use: Ref | None = None) -> Given:
        """A key of what is spread into a call or dict; `use` is where."""
        node = self.program.node(ref)
        function = self.program.function(ref)
        if node.op == "param" and any(p.name == node.args[0] and p.kind == "double-star" for p in function.params):
            return self._of_keywords(ref, name, depth, use)
        if node.op == "binop" and node.args[0] == "BitOr" and depth > 0:
            left, right = (self.spread(ref.sibling(side), name, depth - 1, use) for side in node.args[1:])
            return right.over(left)
        found = one_of(self._in_spread(value, name, depth, use) for value in self.resolver.values(ref))
        if node.op in FROM_ELSEWHERE and not self._is_made_here(ref):
            return self.dictionaries.changed(found, ref, name, use)
        return found

    def _is_made_here(self, ref: Ref) -> bool:
        """Whether a node makes the dict itself (`dict(...)`, `options.copy()`): what is done to it is seen there."""
        return any(isinstance(v, Made) and v.ref == ref for v in self.resolver.values(ref))

    def _in_spread(self, value: Value, name: str, depth: int, use: Ref | None) -> Given:
        if isinstance(value, Container):
            return self.dictionaries.entry(value, name, depth, use)
        if isinstance(value, Made) and value.name in (DICT, COPY):
            return self.dictionaries.made(value, name, depth, use)
        if isinstance(value, Made):
            fields = self._fields(value, name, depth)
            return fields if fields is not None else Given(unknown=True)
        if isinstance(value, Open):
            return self.kept_keywords(value, name, depth, use)
        return Given(unknown=not (isinstance(value, Const) and value.value is None))

    def kept_keywords(self, value: Open, name: str, depth: int, use: Ref | None) -> Given:
        """A keyword in `**kwargs` that was kept: `self.defaults = defaults`."""
        function = self.program.modules[value.module].functions[value.function]
        if depth > 0 and any(p.name == value.name and p.kind == "double-star" for p in function.params):
            for number, node in enumerate(function.nodes):
                if node.op == "param" and node.args[0] == value.name:
                    return self._of_keywords(Ref(value.module, value.function, number), name, depth - 1, use)
        return Given(unknown=True)

    def _of_keywords(self, ref: Ref, name: str, depth: int, use: Ref | None) -> Given:
        """A keyword that callers pass on through `**kwargs`, after what the function does to it."""
        function = self.program.function(ref)
        if any(p.name == name for p in function.params):
            return self.dictionaries.changed(Given(), ref, name, use)
        return self.dictionaries.changed(self._from_callers(ref, name, depth), ref, name, use)

    def _from_callers(self, ref: Ref, name: str, depth: int) -> Given:
        if self._caller is not None and self._calls(self._caller, ref):
            return self.keyword(self._caller, name, None, depth) if depth > 0 else Given(unknown=True)
        callers = self.resolver.callers.of(ref.module, ref.function)
        if not callers.sites:
            return Given(unknown=True)
        found: list[Given] = []
        for site in callers.sites:
            known = depth > 0 and not site.deferred
            found.append(self.keyword(site.ref, name, None, depth) if known else Given(unknown=True))
        result = one_of(found)
        result.unknown = result.unknown or not callers.complete
        return result

    def _calls(self, caller: Ref, ref: Ref) -> bool:
        """Whether a call is one of the function in which a node stands."""
        callers = self.resolver.callers.of(ref.module, ref.function)
        return any(site.ref == caller and not site.deferred for site in callers.sites)
