"""What a model call sends, as facts: where the text comes from, and what can be told of the prompt."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from readylint.catalogue import Argument
from readylint.facts import Input, LlmCall, PromptUse, Span
from readylint.flow import NOTHING
from readylint.link.calls import ModelCall
from readylint.link.objects import PIPE
from readylint.link.prompt_amounts import counted, merged
from readylint.link.prompt_fills import BRACES, fill
from readylint.link.prompt_pieces import Piece, Text, in_message, joined, one_of, unknown
from readylint.link.prompt_use import PromptFacts
from readylint.link.prompt_walk import PromptWalk
from readylint.values import Overlay, Ref, SdkObject

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.effective import Effective
    from readylint.link.entries import Entries
    from readylint.link.histories import Histories
    from readylint.link.resolver import Resolver

_REACHES: dict[str, Literal["system", "user", "tool", "unknown"]] = {
    "system": "system", "user": "user", "assistant": "user", "tool": "tool",
}  # fmt: skip


class Prompts:
    """Puts together what a call sends."""

    def __init__(
        self, resolver: Resolver, effective: Effective, callees: Callees, entries: Entries, histories: Histories
    ) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.effective = effective
        self.walk = PromptWalk(resolver, callees, entries, histories)
        self.facts = PromptFacts(resolver, effective)

    def fill(self, call: ModelCall, fact: LlmCall, generating: bool) -> None:
        """Set what is known of the prompt of a call and of its inputs."""
        text = self._sent(call)
        fact.inputs = self._inputs(call, fact, text)
        if generating:
            fact.prompt = self.facts.of(call, fact, text) if text is not None else PromptUse()

    # what is sent ----------------------------------------------------------------------------------------------

    def _sent(self, call: ModelCall) -> Text | None:
        """System text, what was said before, and what is asked now, in this order; None when that is not seen."""
        if call.declared is not None or call.argument_call is None:
            return None
        system = self._system(call)
        asked: list[Text] = []
        for role in ("history", "messages"):
            spec = call.argument(role)
            place = call.place_of(role)
            if spec is not None and place is not None:
                given = self.effective.reader.find(place, self.effective.shifted(call, spec))
                asked.append(one_of(self.walk.of(ref) for ref in given.refs))
        if not any(asked):
            asked = [unknown(call.ref)]
        question = self._through_pipe(call, joined(asked))
        apart = call.ref.sibling(NOTHING)
        sent = joined([in_message(system, "system", apart), in_message(question, "user", call.ref)])
        return self.walk.parameters.closed(sent)

    def _system(self, call: ModelCall) -> Text:
        """The system text of the call, of what was laid over its client, or of the client."""
        spec, place = call.argument("system"), call.place_of("system")
        found = self._given(place, self.effective.shifted(call, spec)) if spec is not None and place is not None else []
        if not found:
            found = [t for value in call.objects for t in self._of_object(value)]
        return one_of(found)

    def _of_object(self, value: SdkObject) -> Iterator[Text]:
        knowledge = self.resolver.knowledge
        views = {v.id: v for v in knowledge.sdks[value.sdk].views}
        for overlay in value.overlays:
            view = views.get(overlay.view)
            if view is not None and "system" in view.arguments:
                yield from self._given(overlay.ref, view.arguments["system"])
        client = knowledge.client(value.sdk, value.constructor)
        if client is not None and "system" in client.arguments and value.made is not None:
            spec = client.arguments["system"]
            yield joined(
                t for n, path in enumerate(spec.at or [""])
                for t in self._given(value.made, replace(spec, at=[path], position=spec.position if n == 0 else None))
            )  # fmt: skip

    def _given(self, place: Ref, spec: Argument) -> list[Text]:
        given = self.effective.reader.find(place, spec)
        texts = [self.walk.of(ref) for ref in given.refs]
        if not texts and given.unknown:
            texts.append(unknown(place))
        return [t for t in texts if t]

    # pipes -----------------------------------------------------------------------------------------------------

    def _through_pipe(self, call: ModelCall, question: Text) -> Text:
        """`prompt | model`: the template of the pipe with what the pipe is given in its placeholders."""
        pipes = [o for value in call.objects[:1] for o in value.overlays if o.view == PIPE]
        template = joined(self._template(o) for o in pipes)
        if not template:
            return question
        named: dict[str, Text] = {}
        spec, place = call.argument("messages"), call.argument_call
        given = self.effective.reader.find(place, spec).refs if spec is not None and place is not None else []
        complete = bool(given)
        for ref in given:
            written = self.program.node(ref)
            if written.op == "dict" and all(k >= 0 for k, _ in written.args):
                named.update(self.walk.calls.methods.entries(ref))
            else:
                complete = False
        complete = complete and not any(self._has_steps(o) for o in pipes)
        if not named:
            holes = fill(template, BRACES, {}, (), strict=True)
            return joined([tuple(p for p in holes if p.missing is None), tuple(p for p in question if p.origin)])
        return fill(template, BRACES, named, (), strict=complete)

    def _has_steps(self, pipe: Overlay) -> bool:
        """Something before the prompt makes its values: `RunnableParallel(...) | prompt | model`."""
        node = self.program.node(pipe.ref)
        return node.op == "binop" and self.program.node(pipe.ref.sibling(node.args[1])).op == "binop"

    def _template(self, pipe: Overlay) -> Text:
        """The left side of a pipe, when that is a prompt."""
        node = self.program.node(pipe.ref)
        if node.op != "binop":
            return ()
        left = pipe.ref.sibling(node.args[1])
        if any(isinstance(v, SdkObject) for v in self.resolver.values(left)):
            return ()
        text = self.walk.of(left)
        return text if any(p.is_constant or p.own_file for p in text) else ()

    # inputs ----------------------------------------------------------------------------------------------------

    def _inputs(self, call: ModelCall, fact: LlmCall, text: Text | None) -> list[Input]:
        if text is None:
            return [Input("unknown", "unknown")]
        found: dict[tuple[object, ...], Input] = {}
        for piece in text:
            if piece.origin is None:
                continue
            reaches = _REACHES.get(piece.role or "user", "unknown")
            origin = "tool" if reaches == "tool" else piece.origin
            at = self._at(piece)
            key = (origin, reaches, at)
            known = found.get(key)
            if known is None:
                found[key] = Input(reaches, origin, piece.limited_by, at, counted(piece, reaches, fact))
            else:
                known.counted = merged(known, counted(piece, reaches, fact))
                if piece.limited_by is None:
                    known.limited_by = None  # it reaches the model unlimited on one of its ways
        return sorted(found.values(), key=lambda i: (i.at is None, i.at, i.reaches, i.from_))

    def _at(self, piece: Piece) -> Span:
        nodes = self.program.function(piece.at).nodes
        if piece.at.node >= len(nodes) or nodes[piece.at.node].op == "param":
            return self.facts.parameter_span(piece.at)
        return self.program.callee_span(piece.at)
