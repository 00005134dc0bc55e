"""What a call does with an answer that it is given, as far as the catalogue's evidence tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.catalogue import ParseRule, SinkRule
from readylint.flow import NOTHING
from readylint.link.exceptions import Exceptions
from readylint.values import Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callee, Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver

PARSE_ERRORS = {"Exception", "BaseException", "ValueError", "JSONDecodeError", "YAMLError", "SyntaxError"}
VALIDATING = ("model_validate", "model_validate_json", "validate_python", "validate_json")
DEPTH = 3
"""Callers of callers that are asked whether they catch the error of a parse."""


class AnswerChecks:
    """Tells validators, parses, sinks, logs and writes."""

    def __init__(self, resolver: Resolver, callees: Callees, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.entries = entries
        knowledge = resolver.knowledge
        self.exceptions = Exceptions(resolver)
        self.parses: list[ParseRule] = knowledge.first_evidence("parses")
        self.sinks: list[SinkRule] = knowledge.first_evidence("sinks")
        self.writes: list[SinkRule] = knowledge.first_evidence("writes")
        self.logs = knowledge.first_evidence("logs")
        self.validates = knowledge.first_evidence("validates")
        self.sanitisers = {n for e in knowledge.evidence for n in e.sanitisers}
        self._validating_bases = {n for r in self.validates for n in r.subclass_of}
        self._parse_methods = {m: r for r in self.parses for m in r.method}

    def validator(self, callee: Callee) -> str | None:
        """What the call checks against: the name of a schema or of a function."""
        for cls in callee.classes:
            if callee.external_bases & self._validating_bases:
                return self.resolver.classes.flow(cls).name
        for rule in self.validates:
            if callee.names & set(rule.function):
                return callee.tail
            owners = {*rule.subclass_of, *rule.instance_of}
            for name in callee.names:
                owner, _, method = name.rpartition(".")
                if owner in owners and (method in rule.method or not rule.method):
                    return callee.receiver or callee.tail
                if method == "()" and owner in rule.instance_of and "()" in rule.method:
                    return callee.tail
            if not rule.function and not rule.instance_of and callee.names & set(rule.subclass_of):
                return callee.tail
        return (callee.receiver or None) if callee.tail in VALIDATING else None

    def parse(self, callee: Callee, position: int) -> str | None:
        """How a function takes the text at a position apart."""
        for rule in self.parses:
            if rule.function and callee.names & set(rule.function) and position == rule.text:
                return rule.how
        return None

    def parse_method(self, name: str) -> str | None:
        """How a method of text takes it apart."""
        rule = self._parse_methods.get(name)
        return rule.how if rule is not None else None

    def is_parse(self, callee: Callee) -> bool:
        """Whether it takes any of its arguments apart."""
        return any(callee.names & set(r.function) for r in self.parses)

    def is_guarded(self, ref: Ref, depth: int = 0) -> bool:
        """Whether the error of a parse is caught: in its function, or in every caller."""
        function = self.program.function(ref)
        for _, around in function.ancestors(function.nodes[ref.node].context):
            for clause in around.clauses if around.kind == "try" else ():
                types = ref.sibling(clause.types) if clause.types != NOTHING else None
                if PARSE_ERRORS & {n.rsplit(".", 1)[-1] for n in self.exceptions.caught(types).names}:
                    return True
        sites, complete = self.entries.sites(ref.module, function)
        if depth > DEPTH or not sites or not complete or self.entries.of(ref.module, function) is not None:
            return False
        return all(self.is_guarded(s.ref, depth + 1) for s in sites)

    def sinks_of(self, call: Ref, argument: Ref, position: int, keyword: str | None) -> list[str]:
        """The sinks that the argument of a call is."""
        return [r.sink for r in self.sinks if self._is_sink(r, call, argument, position, keyword)]

    def _is_sink(self, rule: SinkRule, call: Ref, argument: Ref, position: int, keyword: str | None) -> bool:
        if keyword in (None, "*") and position != rule.argument:
            return False
        if keyword not in (None, "*", "**") and keyword != rule.argument:
            return False
        if not self.callees.matches(call, rule):
            return False
        if any(self.callees.literal_argument(call, k) != v for k, v in rule.only_when.items()):
            return False
        return not rule.built or self._is_text(argument)

    def _is_text(self, argument: Ref) -> bool:
        """The text is the whole argument or part of a larger text; not a value in a list of parameters."""
        return self.program.node(argument).op not in ("list", "tuple", "dict", "set")

    def effect(self, call: Ref) -> str | None:
        """What the call sets in motion by what it is given: a reply when it is printed, a write when it is stored."""
        for rule in self.logs:
            if self.callees.matches(call, rule):
                return "reply" if rule.level == "printed" else None
        return "write" if any(self.callees.matches(call, rule) for rule in self.writes) else None

    def is_recorded(self, call: Ref) -> bool:
        """Whether a call only logs, prints or writes what it is given."""
        return any(self.callees.matches(call, rule) for rule in (*self.logs, *self.writes))

    def is_sanitised(self, callee: Callee) -> bool:
        """Whether it makes text harmless for a page."""
        return bool(callee.names & self.sanitisers)
