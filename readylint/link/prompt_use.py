"""What can be told of the prompt of a call: how much of it is constant, what caches it, what it asks for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from readylint.catalogue import PromptWords
from readylint.facts import LlmCall, PromptUse, Span
from readylint.flow import NOTHING
from readylint.link.calls import ModelCall
from readylint.link.prompt_pieces import Piece, Text
from readylint.values import Const, Ref

if TYPE_CHECKING:
    from readylint.link.effective import Effective
    from readylint.link.resolver import Resolver

CHARACTERS = 4
"""Characters of a token, about, in English text."""
LABEL = 40
"""Constant text beside what comes from outside that is no more than a label (`Question:`)."""
LARGE = 1024
"""Tokens from which on providers cache."""
_ASKS_JSON = re.compile(
    r"\b(?:return|respond|reply|answer|output|produce|generate|provide|format|give|write|emit|create)\b[^.]{0,120}?\bjson\b"
    r"|\bjson\b[^.\n]{0,40}\b(?:object|format|schema|array|list|response|output|structure|only)\b"
    r"|\b(?:as|in|valid|strict|raw)\s+(?:valid\s+|a\s+|strict\s+)?json\b|```json",
    re.IGNORECASE,
)
ASKS_SOURCES = re.compile(
    r"\b(?:cite|citing|citations?)\b"
    r"|\b(?:include|list|provide|return|give|name|mention|add|state|reference|quote|specify)\b[^.\n]{0,60}"
    r"\b(?:sources?\b(?!\s+code)|references|source_?ids?|document ids?|page numbers?)",
    re.IGNORECASE,
)
_FENCE = re.compile(r"(```\w*|\"\"\"|'''|<[A-Za-z][\w -]*>|---+|===+|###+[^\n]*|\[\[|<<<|\*\*\*+|~~~+)\s*[\"'`]?\s*$")
_VERSION = re.compile(r"(?:^|[_\-./ ])v(?:er(?:sion)?)?[_\-]?(\d+(?:[._]\d+)*)(?:$|[_\-./ ])", re.IGNORECASE)
_NAMED = re.compile(r"prompt|template|instruction|system|persona|message|preamble", re.IGNORECASE)
_EXTENSION = re.compile(r"\.(txt|md|j2|jinja2?|prompt|ya?ml|json|toml)$", re.IGNORECASE)
_UNFORMATTED = re.compile(r"(?<!\{)\{([A-Za-z_]\w*)\}(?!\})")
Cache = Literal["marked", "automatic", "spoiled", "none", "unknown"]


class PromptFacts:
    """Turns the text that a call sends into a fact."""

    def __init__(self, resolver: Resolver, effective: Effective) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.effective = effective
        words: list[PromptWords] = resolver.knowledge.first_evidence("prompts")
        self._markers = {n for w in words for n in w.markers}
        self._automatic = {n for w in words for n in w.automatic}
        self._by_marker = {n for w in words for n in w.by_marker}

    def of(self, call: ModelCall, fact: LlmCall, text: Text) -> PromptUse:
        """The prompt fact of a call. Tokens are estimated: characters of the constant parts divided by 4."""
        main = [p for p in text if not p.aside and p.text is not None]
        longest = max(main, key=lambda p: len(p.text or ""), default=None)
        use = PromptUse(
            asks_json=_says(text, _ASKS_JSON), unfilled=self._unfilled(call, text), separated=separated(text)
        )
        use.asks_sources = _says(text, ASKS_SOURCES)
        if not any(p.own_file or self._opaque(p) for p in text):
            use.static_tokens = sum(len(p.text or "") for p in main) // CHARACTERS
            use.cacheable_tokens = self._prefix(text) // CHARACTERS
        use.cache = self._cache(call, fact, text)
        self._name(text, use)
        if longest is not None and longest.text:
            use.at = self.program.span(longest.at)
        return use

    def parameter_span(self, ref: Ref) -> Span:
        """Where a parameter's function has its name: parameters have no place of their own."""
        function = self.program.function(ref)
        return self.program.modules[ref.module].place(function.name_start, function.name_start + len(function.name))

    # size and cache --------------------------------------------------------------------------------------------

    def _opaque(self, piece: Piece) -> bool:
        """A system text of which nothing is known may be long."""
        return piece.origin == "unknown" and piece.role == "system"

    def _prefix(self, text: Text) -> int:
        length = 0
        for piece in text:
            if piece.aside:
                continue
            if piece.text is None:
                break
            length += len(piece.text)
        return length

    def _cache(self, call: ModelCall, fact: LlmCall, text: Text) -> Cache:
        main = [p for p in text if not p.aside]
        marks = [n for n, p in enumerate(main) if p.marker]
        volatile = next((n for n, p in enumerate(main) if p.volatile), None)
        if marks:
            return "spoiled" if volatile is not None and volatile < marks[-1] else "marked"
        if self._marked_by_argument(call):
            return "spoiled" if volatile is not None and self._precedes(main, volatile) else "marked"
        if fact.provider in self._automatic:
            return "spoiled" if volatile is not None and self._precedes(main, volatile) else "automatic"
        return "none" if fact.provider in self._by_marker else "unknown"

    def _precedes(self, pieces: list[Piece], volatile: int) -> bool:
        """Whether the text behind would have been worth a cache, and the text before it is not."""
        before = sum(len(p.text or "") for p in pieces[:volatile]) // CHARACTERS
        behind = sum(len(p.text or "") for p in pieces[volatile:]) // CHARACTERS
        return before < LARGE and before + behind >= LARGE

    def _marked_by_argument(self, call: ModelCall) -> bool:
        spec = call.argument("cache")
        if spec is not None and call.argument_call is not None:
            for path in spec.at:
                if (
                    path.rsplit(".", 1)[-1] in self._markers
                    and self.effective.reader.path(call.argument_call, path).refs
                ):
                    return True
        for value in call.objects:
            client = self.resolver.knowledge.client(value.sdk, value.constructor)
            if client is None or value.made is None or "cache" not in client.arguments:
                continue
            for path in client.arguments["cache"].at:
                if path.rsplit(".", 1)[-1] in self._markers and self.effective.reader.path(value.made, path).refs:
                    return True
        return False

    # what it says ----------------------------------------------------------------------------------------------

    def _unfilled(self, call: ModelCall, text: Text) -> list[str]:
        """Placeholders without a value: of a template that is filled, or in a text that was to be an f-string."""
        found = [p.missing for p in text if p.missing is not None]
        for piece in text:
            if piece.text is None or "{" not in piece.text or piece.aside or piece.maybe:
                continue
            function = self.program.function(piece.at)
            if function.number == 0:
                continue
            known = {p.name for p in function.params} | set(function.bindings)
            found += [m for m in _UNFORMATTED.findall(piece.text) if m in known]
        at = call.argument_call
        node = self.program.node(at) if at is not None else None
        given = {keyword for keyword, _ in node.args[1]} if node is not None and node.op == "call" else set()
        return list(dict.fromkeys(m for m in found if m not in given))  # the call may fill its template by itself

    def _name(self, text: Text, use: PromptUse) -> None:
        """The constant or file that holds the largest named part, and the version in its name or beside it."""
        named = [
            p for p in text if p.name is not None and (p.own_file or len(p.text or "") > LABEL or _NAMED.search(p.name))
        ]
        if not named:
            return
        piece = max(named, key=lambda p: (p.own_file, len(p.text or "")))
        name = piece.name or ""
        use.name = _EXTENSION.sub("", name)
        match = _VERSION.search(use.name)
        if match is not None:
            use.version = match.group(1).replace("_", ".")
        elif not piece.own_file:
            use.version = self._version_beside(piece, name)

    def _version_beside(self, piece: Piece, name: str) -> str | None:
        """`PROMPT_VERSION = "3"` in the module of the constant."""
        body = self.program.modules[piece.at.module].functions[0]
        for candidate in (f"{name}_VERSION", f"{name}_version", "PROMPT_VERSION", "PROMPTS_VERSION", "prompt_version"):
            for number in body.bindings.get(candidate, ()):
                for value in self.resolver.values(Ref(piece.at.module, 0, number)) if number != NOTHING else ():
                    if isinstance(value, Const) and isinstance(value.value, str | int | float):
                        return str(value.value)
        return None


def _says(text: Text, pattern: re.Pattern[str]) -> bool | None:
    """Whether the text asks for something; None where not all of it is known."""
    said = "".join(p.text if p.text is not None else "\0" for p in text)
    if pattern.search(said):
        return True
    return None if any(p.own_file or p.origin == "unknown" for p in text) or not said else False


def separated(text: Text) -> bool | None:
    """Whether all text from outside stands in a message of its own, or between delimiters.

    A short label before it is no instruction when those stand in a system message. None when nothing comes from
    outside, or it cannot be told where it stands.
    """
    outer = [n for n, p in enumerate(text) if p.origin is not None and p.role not in ("tool", "assistant")]
    if not outer:
        return None
    instructed = any((p.role == "system" and len((p.text or "").strip()) > LABEL) or p.own_file for p in text)
    undecided = False
    for number in outer:
        piece = text[number]
        beside = "".join(p.text or "" for p in text if p.message == piece.message and p.message is not None)
        words = beside.strip()
        if piece.message is None or (not words and any(p.own_file and p.message == piece.message for p in text)):
            undecided = True
        elif not words or (instructed and piece.role == "user" and len(words) <= LABEL):
            continue
        elif not _is_fenced(text, number):
            if piece.origin == "unknown" or piece.aside:
                undecided = True
            else:
                return False
    return None if undecided else True


def _is_fenced(text: Text, number: int) -> bool:
    """A delimiter stands right before the part, in the same message."""
    before = ""
    for piece in reversed(text[:number]):
        if piece.message != text[number].message or piece.text is None:
            break
        before = piece.text + before
        if len(before) > 80:
            break
    return _FENCE.search(before) is not None
