"""What is known of an answer's schema, doubts, sources and tool arguments, stated on its fact."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from readylint.facts import LlmCall
from readylint.flow import Node
from readylint.link.answer_state import CHECKED, PARSED, AnswerUse
from readylint.link.calls import ModelCall
from readylint.link.check_errors import CheckErrors
from readylint.link.part_reads import PartReads
from readylint.link.schema_facts import CONFIDENCE, SchemaFacts
from readylint.link.tool_arguments import ToolArguments
from readylint.values import ClassValue, Ref

if TYPE_CHECKING:
    from readylint.link.answers import Answers
    from readylint.link.guards import Guards

SOURCES = re.compile(r"source|citation|cited|reference|evidence|quote|doc(?:ument)?_?ids?$|chunk_?ids?$", re.IGNORECASE)
SCORES = re.compile(CONFIDENCE.pattern + r"|score", re.IGNORECASE)
LOOKING_UP = {"get", "issubset", "issuperset", "intersection", "difference", "index", "count", "find"}
SETS = {"BitAnd", "Subtract"}
LISTS = {"choices", "candidates"}
"""Lists of answers, of which there may be none."""
MARKS = "regex"
"""How a text is taken apart whose marks (`[1]`) name sources."""


class OutputDetails:
    """Fills the further fields of `output`."""

    def __init__(self, answers: Answers, guards: Guards) -> None:
        self.checks = answers.checks
        self.resolver = answers.checks.resolver
        self.program = answers.checks.program
        self.ways = answers.ways
        self.errors = CheckErrors(answers.checks, guards)
        self.schemas = SchemaFacts(answers.checks)
        self.tools = ToolArguments(answers.checks)
        self.reads = PartReads(self.resolver)

    def offered(self, call: ModelCall) -> bool:
        """Whether the SDK has structured output."""
        views = any(v.sets.get("structured") and not v.wrapper for v in call.sdk.views)
        return call.declared is None and (call.argument("structured") is not None or views)

    def fill(self, call: ModelCall, fact: LlmCall, use: AnswerUse) -> None:
        """Set the fields; status and settings of the fact are known."""
        output = fact.output
        self.tools.fill(call, fact, use)
        self._empty(call, fact, use)
        state, at = self.errors.of(call, use)
        output.check_errors = state  # type: ignore[assignment]
        output.check_at = self.program.callee_span(at) if at is not None else None
        schemas = self.schemas.of(call, use)
        self._schema(fact, use, schemas)
        lost = bool(use.text_escapes or use.escapes or use.part_escapes)
        asks = any(self.schemas.asks_confidence(cls) for cls in schemas)
        if self._routed(use):
            output.confidence = "routed"
        elif asks:
            output.confidence = "unknown" if lost else "unused"
        else:
            output.confidence = "unknown" if lost or (output.status == "structured" and not schemas) else "none"
        if use.names & set(call.sdk.answer.citations):
            output.grounding = "provider"
        elif self._grounded(use):
            output.grounding = "checked"
        else:
            output.grounding = "unknown" if lost else "none"

    def _schema(self, fact: LlmCall, use: AnswerUse, schemas: list[ClassValue]) -> None:
        """Whether the schema limits what it takes; prose needs no limits."""
        output = fact.output
        output.compared = True if self.schemas.compared(use) else None if use.escapes else False
        for cls in schemas[:1]:
            flow = self.resolver.classes.flow(cls)
            output.schema = flow.name
            output.schema_at = self.program.modules[cls.module].place(flow.start, flow.start + len("class"))
        known = {self.schemas.constrained(cls) for cls in schemas}
        if True in known:
            output.constrained = True
        elif known == {False}:
            fields = [name for cls in schemas if (name := self.schemas.open_field(cls)) is not None]
            output.open_field = fields[0] if fields else None
            output.constrained = False if fields or output.compared else None

    def _empty(self, call: ModelCall, fact: LlmCall, use: AnswerUse) -> None:
        """Whether there may be no text, and whether somebody notices."""
        answer = call.sdk.answer
        extra = call.endpoint.answer if call.endpoint is not None else {}
        absent = _last([*answer.may_be_none, *extra.get("may_be_none", [])])
        texts = _last([*answer.text, *extra.get("text", [])]) | LISTS
        fact.output.may_be_empty = bool(absent & texts & use.names)
        if fact.output.empty_checked is False and fact.output.may_be_empty:
            fact.output.empty_checked = self.errors.of_nothing(call, use)

    def _routed(self, use: AnswerUse) -> bool:
        """A field that says how sure the answer is decides something."""
        for name, at in self.reads.named(use):
            if SCORES.search(name) and self._is_tested(at):
                return True
            for user, node, ref in self.reads.after(at) if SCORES.search(name) else ():
                if self._decides(node, ref) or self._is_tested(user):
                    return True
        return False

    def _is_tested(self, at: Ref) -> bool:
        return at.node in self.ways.places(at.module, self.program.function(at)).tested

    def _decides(self, node: Node, ref: Ref) -> bool:
        return node.op == "compare" or (node.op == "ifexp" and node.args[0] == ref.node) or node.op == "not"

    def _grounded(self, use: AnswerUse) -> bool:
        """The sources that the answer names are held against a collection."""
        starts = [at for name, at in self.reads.named(use, (PARSED, CHECKED)) if SOURCES.search(name)]
        starts += [p.ref for p in use.parses.values() if p.how == MARKS]
        for start in starts:
            for user, node, ref in self.reads.after(start):
                if node.op == "compare" and any(o in ("In", "NotIn") for o, _ in node.args[1]):
                    return True
                if node.op == "item" and node.args[1] == ref.node:
                    return True
                if node.op == "binop" and node.args[0] in SETS:
                    return True
                if node.op == "call" and self.checks.callees.of(user).tail in LOOKING_UP and node.args[0] != ref.node:
                    return True
        return False


def _last(paths: list[str]) -> set[str]:
    """The last attribute of each path."""
    return {path.rsplit(".", 1)[-1].split("[")[0] for path in paths}
