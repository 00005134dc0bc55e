"""Methods of texts, templates and dicts on the way of a prompt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.catalogue import PromptWords
from readylint.flow import Node
from readylint.link.prompt_amounts import as_text
from readylint.link.prompt_fills import BRACES, DOLLARS, DOUBLE, fill, replaced
from readylint.link.prompt_pieces import Text, joined, one_of, sources, value
from readylint.values import Made, Ref

if TYPE_CHECKING:
    from readylint.link.prompt_walk import PromptWalk

_SAME = {
    "strip", "lstrip", "rstrip", "lower", "upper", "title", "capitalize", "casefold", "swapcase", "translate", "encode",
    "decode", "splitlines", "split", "rsplit", "partition", "rpartition", "removeprefix", "removesuffix", "expandtabs",
    "zfill", "ljust", "center", "items", "values", "copy", "pop", "popleft", "group", "groups", "hex", "isoformat",
    "as_posix", "read", "readlines", "readline", "getvalue", "tolist",
}  # fmt: skip
"""Methods of the language that give what they are asked on, in one form or another."""
_FILLS = {
    "format", "format_map", "format_messages", "aformat_messages", "format_prompt", "substitute", "safe_substitute",
    "render", "partial", "invoke", "compile",
}  # fmt: skip


class PromptMethods:
    """Reads methods."""

    def __init__(self, walk: PromptWalk, words: list[PromptWords], templates: set[str], environment: set[str]) -> None:
        self.walk = walk
        self.program = walk.program
        self.resolver = walk.resolver
        self.callees = walk.callees
        self._templates = templates
        self._environment = environment
        self._same = _SAME | {n for w in words for n in w.same}

    def of(self, ref: Ref, node: Node, name: str, base: Ref) -> Text | None:
        """A method of a text or of something that holds text; None when it is a function of somebody."""
        plain = [n for k, n in node.args[1] if k is None]
        if name == "join" and len(plain) == 1:
            # The separator says nothing.
            return self.walk.of(ref.sibling(plain[0]))
        if name in ("get", "setdefault") and plain:
            return self._got(ref, plain, base)
        if name == "replace" and len(plain) >= 2:
            return self._replaced(ref, plain, base)
        if name in _FILLS and not self._is_own(ref):
            return self._filled(ref, node, name, base)
        if name in self._same and not self._is_own(ref):
            found = self.walk.of(base)
            if name in ("encode", "decode") and node.args[1] and not sources(found):
                given = joined(self.walk.calls.arguments(ref, node))  # of a tokenizer
                return given if sources(given) else found
            return tuple(map(as_text, found)) if name == "decode" else found
        return None

    def _is_own(self, ref: Ref) -> bool:
        callee = self.callees.of(ref)
        return bool(callee.functions) or callee.is_sdk

    def _got(self, ref: Ref, plain: list[int], base: Ref) -> Text:
        key = self.program.node(ref.sibling(plain[0]))
        if self.callees.of(ref).names & self._environment:
            return value(ref)
        entry = self.walk.messages.entry(base, key.args[0]) if key.op == "const" else None
        found = entry if entry is not None else self.walk.of(base)
        added = self.walk.objects.added(ref)
        default = self.walk.all(ref, plain[1:2])
        return joined([one_of([found, *default]), added])

    def _replaced(self, ref: Ref, plain: list[int], base: Ref) -> Text:
        text = self.walk.of(base)
        wanted = self.resolver.constants(ref.sibling(plain[0]))
        put = self.walk.of(ref.sibling(plain[1]))
        if len(wanted) == 1 and isinstance(wanted[0], str):
            found = replaced(text, wanted[0], put)
            if found is not None:
                return found
        return joined([text, sources(put)])

    def _filled(self, ref: Ref, node: Node, name: str, base: Ref) -> Text | None:
        """`template.format(text=...)`, `prompt.invoke({"text": ...})`, `template.render(text=...)`."""
        template = self.walk.of(base)
        names = {v.name.replace("()", "") for v in self.resolver.values(base) if isinstance(v, Made)}
        known = bool(names & self._templates)
        if name in ("invoke", "partial", "render", "compile") and not known:
            if name != "render" and name != "compile":
                return None
        named, plain = self._given(ref, node)
        pattern = BRACES
        if name in ("substitute", "safe_substitute"):
            pattern = DOLLARS
        elif name in ("render", "compile"):
            pattern = DOUBLE
        strict = name in ("format", "substitute") and not any(k == "**" for k, _ in node.args[1]) and not known
        if any(p.own_file for p in template):
            return joined([template, *(sources(v) for v in (*named.values(), *plain))])
        return fill(template, pattern, named, plain, strict)

    def _given(self, ref: Ref, node: Node) -> tuple[dict[str, Text], list[Text]]:
        """The values that a call gives by name, a dict among them opened, and those that it gives by position."""
        named: dict[str, Text] = {}
        plain: list[Text] = []
        for keyword, number in node.args[1]:
            inner = self.program.node(ref.sibling(number))
            if keyword not in (None, "*", "**"):
                named[keyword] = self.walk.of(ref.sibling(number))
            elif inner.op == "dict":
                named.update(self.entries(ref.sibling(number)))
            else:
                plain.append(self.walk.of(ref.sibling(number)))
        return named, plain

    def entries(self, ref: Ref) -> dict[str, Text]:
        """The entries of a dict that is written out."""
        found: dict[str, Text] = {}
        for key, number in self.program.node(ref).args:
            word = self.program.node(ref.sibling(key)) if key >= 0 else None
            if word is not None and word.op == "const":
                found[str(word.args[0])] = self.walk.of(ref.sibling(number))
        return found
