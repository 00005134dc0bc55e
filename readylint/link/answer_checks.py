"""What a call does with an answer that it is given, as far as the catalogue's evidence tells."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from readylint.catalogue import ParseRule, SinkRule
from readylint.flow import NOTHING
from readylint.link.answer_shapes import Shapes
from readylint.link.answer_tests import AnswerTests
from readylint.link.exceptions import Exceptions
from readylint.values import Const, External, FunctionValue, Made, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callee, Callees
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver

PARSE_ERRORS = {"Exception", "BaseException", "ValueError", "JSONDecodeError", "YAMLError", "SyntaxError"}
VALIDATING = ("model_validate", "model_validate_json", "validate_python", "validate_json")
LOOSE_GROUP = re.compile(r"\((\?P<\w+>)?(\.|\[\^[^]]*\]|\[\\s\\S\])[*+]")
"""A group that takes any text: `(.*)`, `(?P<name>.+?)`, `([^\n]+)`."""
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
        self.shapes = Shapes(resolver)
        self.tests = AnswerTests(resolver, callees)
        sinks: list[SinkRule] = knowledge.first_evidence("sinks")
        self.sinks = [s for s in sinks if not s.of_path]
        self._validators: dict[Ref, str | None] = {}
        self._rules_of: dict[Ref, list[SinkRule]] = {}
        self._traces: dict[Ref, tuple[str | None, bool]] = {}
        self._path_methods = {m: s.sink for s in sinks if s.of_path for m in s.method}
        self.writes: list[SinkRule] = knowledge.first_evidence("writes")
        self.logs = knowledge.first_evidence("logs")
        self.validates = knowledge.first_evidence("validates")
        self.sanitisers = {n for e in knowledge.evidence for n in e.sanitisers}
        self.carriers = {n for e in knowledge.evidence for n in e.carriers}
        self.sessions = {o for e in knowledge.evidence for k in e.kept for o in k.object}
        self.shows = {n for e in knowledge.evidence for n in e.shows}
        self.paths = {n for e in knowledge.evidence for n in e.paths}
        self.usage_readers = {n for e in knowledge.evidence for n in e.usage_readers}
        runs = resolver.callers.runs
        self._running = {n.rsplit(".", 1)[-1] for r in runs for n in (*r.function, *r.method)}
        self._validating_bases = {n for r in self.validates for n in r.subclass_of}
        self._parse_methods = {m: r for r in self.parses for m in r.method}

    @cached_property
    def known_libraries(self) -> set[str]:
        """Import roots of the libraries that the catalogue speaks of, and of the standard library."""
        knowledge = self.resolver.knowledge
        imports = [framework.imports for framework in knowledge.frameworks]
        imports += [file.imports for file in knowledge.evidence]
        imports += [sdk.imports for sdk in knowledge.sdks.values()]
        return {root.partition(".")[0] for roots in imports for root in roots} | set(sys.stdlib_module_names)

    def validator(self, call: Ref) -> str | None:
        """What the call checks against: the name of a schema or of a function."""
        if call not in self._validators:
            self._validators[call] = self._validator(self.callees.of(call))
        return self._validators[call]

    def _validator(self, callee: Callee) -> str | None:
        for cls in callee.classes:
            if callee.external_bases & self._validating_bases or self.shapes.checks_itself(cls):
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

    def is_loose(self, call: Ref) -> bool:
        """Whether a group of the pattern that a call searches for takes any text."""
        node = self.program.node(call)
        target = self.program.node(call.sibling(node.args[0]))
        sources = [call.sibling(n) for _, n in node.args[1][:1]]
        for value in self.resolver.values(call.sibling(target.args[0])) if target.op == "attr" else ():
            if isinstance(value, Made):
                sources += [value.ref.sibling(n) for _, n in self.program.node(value.ref).args[1][:1]]
        texts = [t for ref in sources for t in self.resolver.constants(ref) if isinstance(t, str)]
        return any(LOOSE_GROUP.search(t) for t in texts)

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
        return [
            r.sink
            for r in self._sink_rules(call)
            if r.behind is None and self._is_place(r, position, keyword) and self._is_sink(r, call, argument)
        ]

    def _sink_rules(self, call: Ref) -> list[SinkRule]:
        """The rules that speak of what is called."""
        known = self._rules_of.get(call)
        if known is None:
            known = self._rules_of[call] = [r for r in self.sinks if self.callees.matches(call, r)]
        return known

    def sinks_through(self, call: Ref, argument: Ref, position: int) -> list[str]:
        """The sinks of a library function that the call runs with the argument: `to_thread(os.system, text)`."""
        found: list[str] = []
        for target, at in self.run_by(call, position):
            names = {target.name} if isinstance(target, External) else set()
            for rule in self.sinks if names else ():
                if rule.behind is None and names & set(rule.function) and rule.argument == at:
                    if self._is_sink(rule, call, argument):
                        found.append(rule.sink)
        return found

    def run_by(self, call: Ref, position: int) -> Iterator[tuple[External | FunctionValue, int]]:
        """The functions that a call runs, and the position at which they get its argument."""
        if self.callees.of(call).tail not in self._running:
            return
        for number in [n for _, n in self.program.node(call).args[1]]:
            targets = [v for v in self.resolver.values(call.sibling(number)) if isinstance(v, External | FunctionValue)]
            rule, shift = self.resolver.callers.run_rule(call, number) if targets else (None, 0)
            if rule is not None and position >= shift:
                for target in targets:
                    yield target, position - shift

    def _is_place(self, rule: SinkRule, position: int, keyword: str | None) -> bool:
        if keyword in (None, "*"):
            return position == rule.argument
        return keyword in ("**", rule.argument)

    def _is_sink(self, rule: SinkRule, call: Ref, argument: Ref) -> bool:
        if any(not self._is_given(call, k, wanted) for k, wanted in rule.only_when.items()):
            return False
        return not rule.built or self._is_text(argument)

    def _is_given(self, call: Ref, place: str, wanted: Any) -> bool:
        """Whether a keyword, or a position, of a call is one of the literals or library names."""
        ref = self.resolver.argument(call, place, int(place) if place.isdigit() else None)
        for value in self.resolver.values(ref) if ref is not None else ():
            known = value.value if isinstance(value, Const) else value.name if isinstance(value, External) else None
            if isinstance(value, Const | External):
                return known in wanted if isinstance(wanted, list) else bool(known == wanted)
        return False

    def words_sinks(self, call: Ref, words: Ref, text: int, position: int, keyword: str | None) -> list[str]:
        """The sinks that a word of an argument list is, by what stands in front of it: `["bash", "-c", text]`."""
        node = self.program.node(words)
        if node.op not in ("list", "tuple") or text not in node.args:
            return []
        spoken = [self._word(words.sibling(n)) for n in node.args[: node.args.index(text)]]
        if None in spoken or not spoken:
            return []
        front = " ".join(str(w) for w in spoken)
        found: list[str] = []
        for rule in self._sink_rules(call):
            if rule.behind is not None and self._is_place(rule, position, keyword) and re.search(rule.behind, front):
                found.append(rule.sink)
        return found

    def _word(self, ref: Ref) -> str | None:
        for value in self.resolver.values(ref):
            if isinstance(value, Const):
                return str(value.value)
            if isinstance(value, External):
                return value.name
        return None

    def path_sink(self, method: str) -> str | None:
        """The sink that a method of a path object is."""
        return self._path_methods.get(method)

    def _is_text(self, argument: Ref) -> bool:
        """The text is the whole argument or part of a larger text; not a value in a list of parameters."""
        return self.program.node(argument).op not in ("list", "tuple", "dict", "set")

    def effect(self, call: Ref) -> str | None:
        """What the call sets in motion by what it is given: a reply when it is printed, a write when it is stored."""
        return self._trace(call)[0]

    def is_recorded(self, call: Ref) -> bool:
        """Whether a call only logs, prints or writes what it is given."""
        return self._trace(call)[1]

    def _trace(self, call: Ref) -> tuple[str | None, bool]:
        """The effect of a call, and whether it logs or writes at all."""
        known = self._traces.get(call)
        if known is None:
            log = next((r for r in self.logs if self.callees.matches(call, r)), None)
            written = any(self.callees.matches(call, r) for r in self.writes)
            effect = "write" if written else None
            if log is not None:
                effect = "reply" if log.level == "printed" else None
            known = self._traces[call] = (effect, log is not None or written)
        return known

    def is_sanitised(self, callee: Callee) -> bool:
        """Whether it makes text harmless for a page."""
        return bool(callee.names & self.sanitisers)
