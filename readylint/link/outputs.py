"""What is done with the answer of a call, as facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.facts import LlmCall, Output, Parse, Usage
from readylint.link.answer_state import WEAK, AnswerUse, ParseEvent
from readylint.link.calls import ModelCall
from readylint.link.effective import Effective
from readylint.link.surroundings import Surroundings
from readylint.link.tracers import Tracers
from readylint.values import Const, Made, Ref, SdkObject

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver


JSON_MODES = {"json_object", "json", "text"}
"""What asks for JSON, or for nothing, where a schema may be given."""


class Outputs:
    """Turns what was seen on the way of an answer into facts."""

    def __init__(self, resolver: Resolver, effective: Effective, callees: Callees, surroundings: Surroundings) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.effective = effective
        self.callees = callees
        self.surroundings = surroundings
        self.tracers = Tracers(resolver, effective, callees, surroundings.entries)

    def output(self, call: ModelCall, fact: LlmCall, use: AnswerUse) -> Output:
        """How the answer is checked, and what it drives."""
        open_end = None if use.escapes or use.part_escapes else False
        events = [p for p in use.parses.values() if not p.superseded and not p.tool]
        output = Output(
            tool_arguments=self._tool_arguments(use),  # type: ignore[arg-type]
            parses=[Parse(p.how, p.guarded, p.validator, self.program.callee_span(p.ref)) for p in events],
            drives=sorted(use.drives),  # type: ignore[arg-type]
            stop_checked=True if use.stop or call.call.stop_raises else open_end,
            empty_checked=True if use.empty else open_end,
            sinks=sorted(use.sinks),  # type: ignore[arg-type]
            raw_returned=use.returned_raw,
        )
        self._performed(call, output)
        structured = self._structured(call, fact)
        loose = [p for p in events if p.unchecked and self._counts(p)]
        if use.sinks and output.sink_at is None:
            output.sink_at = self.program.callee_span(next(iter(use.sinks.values())))
            output.confirmed = self._confirmed(call, use)
        if structured:
            output.status = "structured"
        elif loose:
            output.status = "partial" if all(p.guarded or p.keys_checked for p in loose) else "parsed"
            output.at = self.program.callee_span(loose[0].ref)
            output.why = "the answer is taken apart here, and nothing checks it against a schema"
        elif any(p.unfinished and p.validator is None for p in events):
            output.status = "unknown"
        elif use.validated or any(p.validator for p in events):
            output.status = "validated"
        elif use.escapes or use.part_escapes or use.text_escapes:
            output.status = "unknown"
        else:
            output.status = "shown" if use.shown or use.drives else ("unused" if use.steps <= 2 else "shown")
        return output

    def _tool_arguments(self, use: AnswerUse) -> str:
        """What is done with the arguments of the functions that the model asks for."""
        events = [p for p in use.parses.values() if p.tool and (p.used or p.how != "arguments")]
        if any(p.unchecked for p in events):
            return "parsed"
        if use.tool_escapes or use.escapes or use.part_escapes or any(p.unfinished for p in events):
            return "unknown"
        if events:
            return "validated"
        return "unknown" if use.tool else "not-applicable"

    def _performed(self, call: ModelCall, output: Output) -> None:
        """Sinks that the library reaches by itself: a chain that runs the SQL which it asked for."""
        for value in call.objects:
            made = value.made
            if made is None:
                continue
            names = self.callees.of(made).names
            owner = self.callees.of(made).receiver.rsplit(".", 1)[-1]
            for sink, constructors in self.resolver.knowledge.sdks[value.sdk].performs.items():
                tails = {name.rsplit(".", 1)[-1] for name in names} | {owner}
                tails |= {name.rsplit(".", 2)[-2] for name in names if name.count(".") > 1}
                if tails & set(constructors) and sink not in output.sinks:
                    output.sinks = sorted([*output.sinks, sink])  # type: ignore[list-item]
                    output.sink_at = output.sink_at or self.program.callee_span(made)

    def _confirmed(self, call: ModelCall, use: AnswerUse) -> bool:
        """A person is asked in a function on the way to the sink."""
        for sink in use.sinks.values():
            function = self.program.function(sink)
            for number in function.calls:
                callee = self.callees.of(sink.sibling(number))
                if number < sink.node and (
                    callee.names & self.surroundings.person or callee.tail in ("input", "confirm")
                ):
                    return True
        return False

    def _counts(self, event: ParseEvent) -> bool:
        """Text is split or searched for many harmless reasons; only a result that is then taken apart counts."""
        if event.how == "split":
            return event.unpacked
        return event.how not in WEAK or event.used or event.how in ("int", "float")

    def _structured(self, call: ModelCall, fact: LlmCall) -> bool:
        if call.call.structured:
            return True
        setting = fact.settings.get("structured")
        if setting is None or setting.source in ("unknown", "unset") or setting.value is False:
            return False
        return not (self._at(call, "", ".type") & JSON_MODES or self._is_loose(call))

    def _is_loose(self, call: ModelCall) -> bool:
        """`"strict": False`: the schema is a wish, and answers need not follow it."""
        strict = self._at(call, ".strict", ".json_schema.strict")
        return bool(strict) and not any(strict)

    def _at(self, call: ModelCall, *ends: str) -> set[object]:
        """The literals at some paths below the argument for the schema.

        `{"type": "json_object"}` asks for JSON and for nothing about its shape.
        """
        spec = call.argument("structured")
        found: set[object] = set()
        for path in (f"{at}{end}" for at in spec.at for end in ends) if spec is not None else ():
            given = self.effective.reader.path(call.argument_call, path) if call.argument_call is not None else None
            for ref in given.refs if given is not None else ():
                found |= {v.value for v in self.resolver.values(ref) if isinstance(v, Const)}
        return found

    def usage(self, call: ModelCall, use: AnswerUse | None, fact: LlmCall) -> Usage:
        """Whether the token usage is read or recorded."""
        if use is not None and use.usage is not None:
            return Usage("read", at=self.program.span(use.usage))
        elsewhere = self._read_elsewhere(call)
        if elsewhere is not None:
            return Usage("read", at=self.program.span(elsewhere))
        recorder = self.tracers.of(call)
        if recorder is not None and not recorder.certain:
            return Usage("unknown", why=f"what is handed in as {recorder.name} was not read")
        if recorder is not None:
            at = self.program.callee_span(recorder.at) if recorder.at is not None else None
            return Usage("traced", at=at, why=f"recorded by {recorder.name}")
        if call.declared is not None:
            return Usage("read" if call.declared.get("usage") else "unknown")
        if use is None:
            return Usage("not-applicable")
        if use.escapes:
            return Usage("unknown", why=use.escapes)
        return Usage("none", why="nothing reads the token usage of this call")

    def _read_elsewhere(self, call: ModelCall) -> Ref | None:
        """Where the usage is read from the object that was asked, or from one that adds it up."""
        for name in call.sdk.answer.on_object:
            for ref in self.program.references_by_tail.get(name, ()):
                node = self.program.node(ref)
                for value in self.resolver.values(ref.sibling(node.args[0])) if node.op == "attr" else ():
                    if isinstance(value, SdkObject) and any(value.made == o.made for o in call.objects):
                        return ref
        for keyword in call.sdk.answer.collected_by if call.argument_call is not None else ():
            given = self.resolver.argument(call.argument_call, keyword) if call.argument_call is not None else None
            if given is not None and any(isinstance(v, Made) for v in self.resolver.values(given)):
                function = self.program.function(given)
                for user in self.program.users(given.module, given.function).get(given.node, ()):
                    if function.nodes[user].op == "attr":
                        return given.sibling(user)
        return None
