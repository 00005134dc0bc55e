"""Keys of dicts that the code writes out, copies, changes and filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow
from readylint.link.branches import Condition, condition, reaches
from readylint.link.given import Changes, Given
from readylint.values import Const, Container, Made, Ref

if TYPE_CHECKING:
    from readylint.link.arguments import ArgumentReader

DICT = "dict"
COPY = "dict.copy"
"""What a copy of a dict is, in `Made`: its entries are those of the original, what is done to it is its own."""
EVERY = "*"
"""The key that stands for every entry of a list."""


class Dictionaries:
    """Looks keys up, with what is done to the dict between its making and its use."""

    def __init__(self, reader: ArgumentReader) -> None:
        self.reader = reader
        self.resolver = reader.resolver
        self.program = reader.program

    def entry(self, value: Container, key: str, depth: int, use: Ref | None = None) -> Given:
        """A key of a dict that the code writes out; for a list the number of an element."""
        at, node = value.ref, self.program.node(value.ref)
        if node.op in ("list", "tuple"):
            return self._element(at, key)
        if node.op == "comp" and node.args[0] == "DictComp":
            return self._filtered(at, key, depth)
        if node.op != "dict":
            return Given(unknown=node.op in ("comp", "call"))
        return self.changed(self._written(at, key, depth), at, key, use)

    def made(self, value: Made, key: str, depth: int, use: Ref | None = None) -> Given:
        """A key of `dict(other, key=value)`, or of a copy of a dict."""
        node = self.program.node(value.ref)
        if value.name == COPY:
            target = self.program.node(value.ref.sibling(node.args[0]))
            original = node.args[1][0][1] if node.args[1] else target.args[0]
            first = self.reader.spread(value.ref.sibling(original), key, depth - 1, value.ref) if depth else Given()
        else:
            first = self.reader.keyword(value.ref, key, None, depth)
            if not first.settled and node.args[1] and node.args[1][0][0] is None and depth > 0:
                first = first.over(self.reader.spread(value.ref.sibling(node.args[1][0][1]), key, depth - 1, value.ref))
        return self.changed(first, value.ref, key, use)

    def _element(self, at: Ref, key: str) -> Given:
        node = self.program.node(at)
        starred = any(self.program.node(at.sibling(n)).op == "star" for n in node.args)
        if key == EVERY:
            return Given([at.sibling(n) for n in node.args], starred)
        if not key.isdigit():
            return Given()
        index = int(key)
        return Given([at.sibling(node.args[index])] if index < len(node.args) and not starred else [], starred)

    def _written(self, at: Ref, key: str, depth: int) -> Given:
        """The last of the entries of a dict literal that gives the key."""
        result = Given()
        for k, v in self.program.node(at).args:
            if k == NOTHING:
                if depth > 0:
                    result = self.reader.spread(at.sibling(v), key, depth - 1, at).over(result)
                continue
            keys = self.resolver.values(at.sibling(k))
            if any(isinstance(c, Const) and c.value == key for c in keys):
                result = Given([at.sibling(v)])
            elif not all(isinstance(c, Const) for c in keys):
                result.unknown = True
        return result

    def _filtered(self, at: Ref, key: str, depth: int) -> Given:
        """`{k: v for k, v in other.items() if v is not None}`: the entries of the other dict, some left out."""
        function, node = self.program.function(at), self.program.node(at)
        kept, value = (function.nodes[n] for n in node.args[1:])
        same = kept.op == value.op == "unpack" and kept.args[0] == value.args[0]
        if not same or (kept.args[1], value.args[1]) != (0, 1) or depth <= 0:
            return Given(unknown=True)
        source = function.nodes[function.nodes[kept.args[0]].args[0]]
        target = function.nodes[source.args[0]] if source.op == "call" else source
        if target.op != "attr" or target.args[1] != "items":
            return Given(unknown=True)
        found = self.reader.spread(at.sibling(target.args[0]), key, depth - 1, at)
        tests = self._tests(function, kept.args[0])
        if any(node.args[1] in below(function, test) for test in tests):
            return Given(found.refs, True, False)
        if tests:
            found.not_none |= set(found.refs)
        return found

    def _tests(self, function: FunctionFlow, iteration: int) -> list[int]:
        """The conditions of a comprehension, by the node of what it iterates over."""
        source = function.nodes[iteration].args[0]
        loops = {n for n, c in enumerate(function.contexts) if c.kind == "comp" and c.nodes == (source,)}
        return [
            c.nodes[0]
            for c in function.contexts
            if c.kind == "if" and any(n in loops for n, _ in function.ancestors(c.parent))
        ]

    # changes ---------------------------------------------------------------------------------------------------

    def changed(self, first: Given, dictionary: Ref, key: str, use: Ref | None) -> Given:
        """What a key stands for at its use, after what the function that builds the dict does to it."""
        function = self.program.function(dictionary)
        made = self.program.node(dictionary).context
        same = use is not None and use[:2] == dictionary[:2]
        place = self.program.node(use) if use is not None and same else None
        beside = (made,) if place is None else (made, place.context)
        at = None if place is None else (place.start, place.context)
        taken = condition(function, place.context, (made,)) if place is not None else ()
        changes = Changes(first)
        for start, context, what, number in sorted(self._places(dictionary, function)):
            if not reaches(function, start, context, at, made):
                continue
            when = condition(function, context, beside)
            if any((test, not way) in taken for test, way in when):
                continue
            if what == "store":
                changes.put(self._stored(dictionary, function, number, key), when)
            else:
                self._called(changes, dictionary.sibling(number), what, key, when)
        return changes.result()

    def _places(self, dictionary: Ref, function: FunctionFlow) -> list[tuple[int, int, str, int]]:
        """Where an entry of the dict is stored or a method changes it: start, context, what, number."""
        found = [
            (s.start, s.context, "store", n)
            for n, s in enumerate(function.stores)
            if s.item and self._same(dictionary.sibling(s.base), dictionary)
        ]
        for number in function.calls:
            node = function.nodes[number]
            target = function.nodes[node.args[0]]
            if target.op == "attr" and target.args[1] in ("update", "setdefault", "pop", "clear"):
                if self._same(dictionary.sibling(target.args[0]), dictionary):
                    found.append((node.start, node.context, target.args[1], number))
        for number in function.deletes:
            node = function.nodes[number]
            if node.op == "item" and self._same(dictionary.sibling(node.args[0]), dictionary):
                found.append((node.start, node.context, "del", number))
        return found

    def _stored(self, dictionary: Ref, function: FunctionFlow, number: int, key: str) -> Given:
        store = function.stores[number]
        named = self._names(dictionary.sibling(store.key), key)
        if not named:
            return Given(unknown=named is None)
        given = Given([dictionary.sibling(store.value)])
        if tested(function, store.context, store.value):
            given.not_none.add(given.refs[0])
        return given

    def _called(self, changes: Changes, call: Ref, method: str, key: str, when: Condition) -> None:
        if method == "update":
            changes.put(self._update(call, key), when)
        elif method == "clear":
            changes.remove(when)
        elif method == "del":
            if self._names(call.sibling(self.program.node(call).args[1]), key):
                changes.remove(when)
        else:
            first = self.resolver.argument(call, "key", 0)
            if first is None or not self._names(first, key):
                return
            default = self.resolver.argument(call, "default", 1)
            if method == "pop":
                changes.remove(when)
            elif default is not None:
                changes.fill_in(Given([default]), when)

    def _names(self, node: Ref, key: str) -> bool | None:
        """Whether a node is the key; None when that cannot be told."""
        keys = self.resolver.values(node)
        if any(isinstance(c, Const) and c.value == key for c in keys):
            return True
        return None if not keys or not all(isinstance(c, Const) for c in keys) else False

    def _update(self, call: Ref, key: str) -> Given:
        given = self.reader.keyword(call, key, None, 1)
        arguments = self.program.node(call).args[1]
        if not given.settled and arguments and arguments[0][0] is None:
            given = given.over(self.reader.spread(call.sibling(arguments[0][1]), key, 1, call))
        return given

    def _same(self, base: Ref, dictionary: Ref) -> bool:
        """Whether a node stands for the dict built at another node of the same function."""
        function = self.program.function(base)
        pending, seen = [base.node], {base.node}
        for number in pending:
            if number == dictionary.node:
                return True
            node = function.nodes[number]
            if node.op in ("union", "bool", "ifexp"):
                members = node.args[1:] if node.op != "union" else node.args
                further = {m for m in members if isinstance(m, int) and (m < number or m == dictionary.node)} - seen
                seen |= further
                pending += sorted(further)
            elif node.op == "attr" and self._kept_as(base.sibling(number), dictionary):
                return True
        return False

    def _kept_as(self, attribute: Ref, dictionary: Ref) -> bool:
        """`self.options = {...}`, then `self.options["key"] = value` in the same function."""
        node = self.program.node(attribute)
        owner = self.program.node(attribute.sibling(node.args[0]))
        return owner.op == "param" and any(
            s.value == dictionary.node and not s.item and s.key == node.args[1]
            for s in self.program.function(dictionary).stores
        )


def tested(function: FunctionFlow, context: int, value: int) -> bool:
    """Under `if value:` or `if value is not None:`."""
    for _, around in function.ancestors(context):
        if around.kind == "if" and around.branch and around.nodes:
            inside = below(function, around.nodes[0])
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


def below(function: FunctionFlow, test: int) -> list[int]:
    """A test and all parts of it: `not stream and limit is not None`."""
    found, pending = [test], [test]
    while pending:
        for child in function.children(pending.pop()):
            if child < test and child not in found and len(found) < 40:
                found.append(child)
                pending.append(child)
    return found
