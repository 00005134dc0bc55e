"""Messages and lists of them: the role of what stands in a message, and what is put in later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.catalogue import PromptWords
from readylint.flow import NOTHING, Node
from readylint.link.prompt_pieces import Piece, Text, in_message, joined, one_of
from readylint.values import Const, Container, Ref

if TYPE_CHECKING:
    from readylint.link.prompt_walk import PromptWalk

ADDED = 16
"""Messages put into one list that are looked at."""


class Messages:
    """Reads dicts, tuples and lists that are sent."""

    def __init__(self, walk: PromptWalk, words: list[PromptWords]) -> None:
        self.walk = walk
        self.program = walk.program
        self.resolver = walk.resolver
        self._roles = {word: role for w in words for role, said in w.roles.items() for word in said}
        self._tool_parts = {n for w in words for n in w.tool_parts}
        self.plain_keys = {n for w in words for n in w.plain_keys}
        self._markers = {n for w in words for n in w.markers}

    def role(self, ref: Ref) -> str:
        """The role that a node says: one of the catalogue's, or "unknown"."""
        node = self.program.node(ref)
        if node.op == "const":
            return self._roles.get(str(node.args[0]).lower(), "unknown")
        said = {
            self._roles.get(str(v.value).lower(), "unknown") if isinstance(v, Const) else "unknown"
            for v in self.resolver.values(ref)
        }
        if len(said) > 1 and said <= {"user", "assistant"}:
            return "user"
        return said.pop() if len(said) == 1 else "unknown"

    def of_dict(self, ref: Ref, node: Node) -> Text:
        """A message, a part of one, or any other dict."""
        role: str | None = None
        found: list[Text] = []
        marked = False
        for key, number in node.args:
            word = self.program.node(ref.sibling(key)) if key != NOTHING else None
            name = word.args[0] if word is not None and word.op == "const" else None
            if name == "role":
                role = self.role(ref.sibling(number))
            elif name == "type":
                kind = self.program.node(ref.sibling(number))
                role = "tool" if kind.op == "const" and kind.args[0] in self._tool_parts else role
            elif name in self._tool_parts:
                found.append(in_message(self.walk.of(ref.sibling(number)), "tool", ref))
            elif name in self._markers:
                marked = True
            elif name not in self.plain_keys:
                found.append(self.walk.of(ref.sibling(number)))
        for store in self._stored(ref):
            found.append(self.walk.of(store))
        text = joined(found)
        if role is not None:
            text = in_message(text, role, ref)
        return (*text, Piece(ref, text="", role=role, message=ref, marker=True)) if marked else text

    def _stored(self, ref: Ref) -> list[Ref]:
        """`message["content"] = text`, in the function that makes the message."""
        function = self.program.function(ref)
        found = []
        for store in function.stores:
            if store.item and (store.base == ref.node or ref.node in self._members(ref, store.base)):
                key = function.nodes[store.key]
                if key.op == "const" and key.args[0] not in self.plain_keys:
                    found.append(ref.sibling(store.value))
        return found

    def _members(self, ref: Ref, number: int) -> tuple[int, ...]:
        node = self.program.function(ref).nodes[number]
        return node.args if node.op == "union" else ()

    def entry(self, base: Ref, key: str) -> Text | None:
        """The entry of a dict that is written out; None when there is none."""
        node = self.program.node(base)
        if node.op == "dict":
            return self._written(base, node, key)
        if node.op not in ("name", "import", "attr", "union", "call"):
            return None
        found = []
        for value in self.resolver.values(base):
            if (
                isinstance(value, Container)
                and self.program.node(value.ref).op == "dict"
                and self.walk.counts(value.ref, base)
            ):
                entry = self._written(value.ref, self.program.node(value.ref), key)
                if entry is not None:
                    found.append(entry)
        return one_of(found) if found else None

    def _written(self, ref: Ref, node: Node, key: str) -> Text | None:
        for name, number in node.args:
            word = self.program.node(ref.sibling(name)) if name != NOTHING else None
            if word is not None and word.op == "const" and word.args[0] == key:
                return self.walk.of(ref.sibling(number))
        return None

    def of_list(self, ref: Ref, node: Node) -> Text:
        """A list, with what is added to it later; a pair of a role and a text is a message."""
        if node.op == "comp":
            found = self.walk.all(ref, node.args[1:])
        elif node.op in ("tuple", "list") and len(node.args) == 2:
            pair = self._pair(ref, node)
            found = [pair] if pair is not None else self.walk.all(ref, node.args)
        else:
            found = self.walk.all(ref, node.args)
        if node.op in ("list", "comp"):
            found += self._added(ref)
        return joined(found)

    def _pair(self, ref: Ref, node: Node) -> Text | None:
        first = self.program.node(ref.sibling(node.args[0]))
        if first.op != "const" or first.args[0] not in self._roles:
            return None
        return in_message(self.walk.of(ref.sibling(node.args[1])), self._roles[first.args[0]], ref)

    def _added(self, ref: Ref) -> list[Text]:
        users = self.program.users(ref.module, ref.function).get(ref.node, ())
        function = self.program.function(ref)
        if all(function.nodes[u].op in ("call", "dict", "list", "item", "comp", "star") for u in users):
            # Sent or put into something at once: nobody has a name for it.
            if not any(ref.node in numbers for numbers in function.bindings.values()):
                return []
        found = []
        for change in self.walk.histories.changes.of_node(ref).of_kind("grown")[:ADDED]:
            if change.amount is not None:
                here = (change.ref.module, change.ref.function) == (ref.module, ref.function)
                text = self.walk.of(change.amount)
                found.append(text if here else self.walk.parameters.closed(text))
        return found
