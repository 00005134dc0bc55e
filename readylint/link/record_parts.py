"""What one log line, span or row keeps of a model call: the parts of what it is given."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readylint.catalogue import RecordRule
from readylint.flow import FunctionFlow
from readylint.link.calls import ModelCall
from readylint.values import Answer, Ref

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

PARTS = 60
_LABEL = re.compile(r"([A-Za-z_][\w.]*)\s*[=:]\s*$")
_CLOCKS = {"time", "perf_counter", "monotonic", "now", "utcnow", "time_ns", "perf_counter_ns", "process_time"}
_NUMBERS = {"len", "type", "bool", "isinstance", "hash", "sha256", "md5", "count", "count_tokens"}
_OF_ANSWER = re.compile(
    r"usage\b|usage_metadata|(tokens?(_\w+)?|finish_reason|stop_reason|created|cost|role|status|status_code)$"
)
"""Parts of an answer that hold nothing of its text."""
_WHOLE = {"model_dump", "model_dump_json", "to_dict", "to_json", "dict", "json"}


class RecordParts:
    """Takes apart what a call is given."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        names: list[RecordRule] = resolver.knowledge.first_evidence("records")
        self._names = [(rule.what, re.compile(rule.names)) for rule in names]
        self._of_word: dict[str, set[str]] = {}

    def kept(self, site: Ref, call: ModelCall) -> tuple[set[str], bool]:
        """What a call keeps, and whether something of the answer of the model call is among it."""
        kept: set[str] = set()
        of_call = False
        function = self.program.function(site)
        arguments = self.program.node(site).args[1]
        pending = [(n, str(k) if k not in (None, "*", "**") else None) for k, n in arguments]
        words = [function.nodes[n] for k, n in arguments if k is None]
        if len(words) == 2 and words[0].op == "const":  # set_attribute("model", model)
            kept |= self._named(str(words[0].args[0]))
        seen: set[int] = set()
        while pending and len(seen) < PARTS:
            number, label = pending.pop()
            if number in seen:
                continue
            seen.add(number)
            ref = site.sibling(number)
            if label is not None and _OF_ANSWER.search(label):
                continue
            if label is not None and not self._is_number(ref):
                kept |= self._named(label)
            leaf = self._leaf(ref, call, kept)
            if leaf is not None:
                of_call = of_call or leaf
                continue
            pending += self._inside(function, number)
        return kept, of_call

    def _named(self, word: str) -> set[str]:
        if word not in self._of_word:
            found = [what for what, pattern in self._names if pattern.search(word)]
            # Whose a call was may be told by what correlates it as well; else a word means one thing.
            self._of_word[word] = {*found[:1], *(what for what in found if what == "user")}
        return self._of_word[word]

    def _is_number(self, ref: Ref) -> bool:
        node = self.program.node(ref)
        if node.op != "call":
            return False
        return self.program.tail(ref.module, self.program.function(ref), node.args[0]) in _NUMBERS

    def _leaf(self, ref: Ref, call: ModelCall, kept: set[str]) -> bool | None:
        """A variable, an attribute or a method call: what it keeps, and whether it is of the answer; None for what is
        put together."""
        node = self.program.node(ref)
        function = self.program.function(ref)
        if node.op == "call":
            target = function.nodes[node.args[0]]
            if self._is_number(ref):
                return False
            if target.op == "attr" and target.args[1] in _WHOLE and self.is_answer(ref.sibling(target.args[0]), call):
                kept.update(("model", "response_id", "content"))
                return True
            return None
        if node.op == "binop" and node.args[0] == "Subtract":
            if any(self._is_clock(ref.sibling(n)) for n in node.args[1:]):
                kept.add("latency")
            return False
        if node.op == "item" and not self.is_answer(ref, call):
            return None
        if node.op not in ("name", "param", "attr", "import", "item"):
            return None
        return self._read(ref, function, call, kept)

    def _read(self, ref: Ref, function: FunctionFlow, call: ModelCall, kept: set[str]) -> bool:
        node = function.nodes[ref.node]
        key = function.nodes[node.args[1]] if node.op == "item" else None
        tail = str(key.args[0]) if key is not None and key.op == "const" else str(node.args[-1])
        of_call = self.is_answer(ref, call)
        if of_call and node.op in ("attr", "item"):
            base = ref.sibling(node.args[0])
            if tail == "id" and not self._is_part(base):
                kept.add("response_id")
            elif tail == "model":
                kept.add("model")
            elif not _OF_ANSWER.search(self.program.written(ref)) and not _OF_ANSWER.search(tail):
                kept.add("content")
            return True
        if of_call:
            kept.add("content")
            return True
        kept |= self._named(tail)
        return False

    def _is_part(self, ref: Ref) -> bool:
        """A choice, message or tool call has an id of its own."""
        return self.program.node(ref).op in ("item", "iter")

    def is_answer(self, ref: Ref, call: ModelCall) -> bool:
        """Whether a node is the answer of the call, or a part of it."""
        return any(isinstance(v, Answer) and v.call == call.ref for v in self.resolver.values(ref))

    def _is_clock(self, ref: Ref) -> bool:
        node = self.program.node(ref)
        if node.op == "union":
            return any(self._is_clock(ref.sibling(n)) for n in node.args if n < ref.node)
        if node.op != "call":
            return False
        return self.program.tail(ref.module, self.program.function(ref), node.args[0]) in _CLOCKS

    def _inside(self, function: FunctionFlow, number: int) -> list[tuple[int, str | None]]:
        """The parts of what is put together, each with the word that stands before it."""
        node = function.nodes[number]
        if node.op == "dict":
            found: list[tuple[int, str | None]] = []
            for key, value in node.args:
                word = function.nodes[key] if key >= 0 else None
                found.append((value, str(word.args[0]) if word is not None and word.op == "const" else None))
            return found
        if node.op == "call":
            return [(n, str(k) if k not in (None, "*", "**") else None) for k, n in node.args[1]]
        if node.op == "join":
            labelled: list[tuple[int, str | None]] = []
            label: str | None = None
            for part in node.args:
                inner = function.nodes[part]
                if inner.op == "const":
                    match = _LABEL.search(str(inner.args[0]))
                    label = match.group(1) if match is not None else None
                else:
                    labelled.append((part, label))
                    label = None
            return labelled
        if node.op == "union" and node.args:
            return [(n, None) for n in node.args if n < number]
        return [(n, None) for n in function.children(number)]
