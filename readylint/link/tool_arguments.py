"""What is done with the arguments of tool calls, and with the names of the tools that a model asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.facts import LlmCall
from readylint.flow import Node
from readylint.link.answer_state import TOOL, AnswerUse, PartUse
from readylint.link.calls import ModelCall
from readylint.values import External, Ref

if TYPE_CHECKING:
    from readylint.link.answer_checks import AnswerChecks
    from readylint.link.callee import Callee

ORDER = {"Lt", "LtE", "Gt", "GtE", "Equal", "NotEqual", "LessThan", "LessThanEqual", "GreaterThan", "GreaterThanEqual"}
CONVERTING = {"int", "float", "Decimal", "UUID", "date", "fromisoformat", "strptime"}
NAMESPACES = {"globals", "locals", "vars"}
RUNNING = {"eval", "exec", "shell", "pickle", "import", "sql"}
"""Sinks in which text does something."""


class ToolArguments:
    """Judges the uses that were seen on the way of one answer."""

    def __init__(self, checks: AnswerChecks) -> None:
        self.checks = checks
        self.resolver = checks.resolver
        self.program = checks.program
        evidence = self.resolver.knowledge.evidence
        self.decorators = {n for e in evidence for n in e.checked_decorators}
        self.runners = {n for e in evidence for n in e.tool_runners}

    def fill(self, call: ModelCall, fact: LlmCall, use: AnswerUse) -> None:
        """Set the tool fields of the output of a call."""
        output = fact.output
        parts = [p for p in use.parts if p.state.label == TOOL or self._of_tool(p, use)]
        if not parts or fact.operation == "agent":  # the framework of an agent runs and checks its tools
            tools = fact.settings.get("tools")
            none = tools.source == "unset" if tools is not None else call.argument("tools") is None
            if fact.operation == "agent" or none:
                output.tool_arguments = "not-applicable"
            return
        parts.sort(key=lambda p: (p.user, p.ref))
        named = [p for p in parts if self._opens(p)]
        checked = any(self._checks(p) for p in parts)
        raw = named or ([] if checked else [p for p in parts if self._takes(p)])
        output.tool_writes = self._writes(parts, use)
        if raw:
            output.tool_arguments = "parsed"
            output.tool_at = self.program.callee_span(raw[0].user)
            output.tool_why = "the model names the function that runs here" if named else self._words(raw[0])
        elif checked:
            output.tool_arguments = "validated"
        unused = not any(event.tool and event.used for event in use.parses.values())
        if not raw and not checked and (unused or self._lost(parts)):
            output.tool_arguments = "unknown"

    def _of_tool(self, part: PartUse, use: AnswerUse) -> bool:
        """What the text of the arguments was parsed to."""
        return part.state.parse in use.parses and use.parses[part.state.parse].tool

    def _words(self, part: PartUse) -> str:
        splat = self._keyword(part) == "**"
        return "the arguments arrive here as they are" if splat else "an argument is taken out here as it is"

    # what is a check -------------------------------------------------------------------------------------------

    def _checks(self, part: PartUse) -> bool:
        node = self.program.node(part.user)
        if node.op == "compare":
            return self._compares(part, node)
        if node.op != "call" or node.args[0] == part.ref.node:
            return False
        callee = self.checks.callees.of(part.user)
        if self.checks.validator(part.user) is not None or callee.tail in CONVERTING:
            return True
        if "isinstance" in callee.names or callee.tail == "isinstance":
            return self._asks_type(part, node)
        return bool(callee.names & self.runners) or self._is_decorated(callee)

    def _compares(self, part: PartUse, node: Node) -> bool:
        """Against a limit, a word or a collection; whether a key is there says nothing of its value."""
        if node.args[0] != part.ref.node:
            return False
        for operator, right in node.args[1]:
            if operator in ("In", "NotIn") and self.checks.tests.is_collection(part.user.sibling(right)):
                return True
            if operator in ORDER and not self._is_nothing(part.user.sibling(right)):
                return True
        return False

    def _is_nothing(self, ref: Ref) -> bool:
        """`== ""` and `== None` ask only whether there is something."""
        return any(word in ("", None) for word in self.resolver.constants(ref))

    def _asks_type(self, part: PartUse, node: Node) -> bool:
        """`isinstance(arguments, dict)` says nothing of what is in it."""
        if len(node.args[1]) < 2 or node.args[1][0][1] != part.ref.node:
            return False
        function = self.program.function(part.user)
        return self.program.tail(part.user.module, function, node.args[1][1][1]) not in ("dict", "str", "list")

    def _is_decorated(self, callee: Callee) -> bool:
        """`@validate_call` checks what the function is given."""
        for value in callee.functions:
            flow = self.program.modules[value.module].functions[value.number]
            for _, target in self.program.decorations(value.module, flow):
                names = {v.name for v in self.resolver.values(target) if isinstance(v, External)}
                if names & self.decorators:
                    return True
        return False

    # what is none ----------------------------------------------------------------------------------------------

    def _keyword(self, part: PartUse) -> str | None:
        node = self.program.node(part.user)
        return next((k for k, n in node.args[1] if n == part.ref.node), None) if node.op == "call" else None

    def _takes(self, part: PartUse) -> bool:
        """The arguments are spread over a function, or one of them is taken out by its name."""
        if part.state.fields:
            return False
        node = self.program.node(part.user)
        if node.op == "item":
            return node.args[0] == part.ref.node and bool(self._text(part.user.sibling(node.args[1])))
        if node.op != "call":
            return False
        if node.args[0] == part.ref.node:
            target = self.program.node(part.ref)
            first = part.user.sibling(node.args[1][0][1]) if node.args[1] else None
            return target.op == "attr" and target.args[1] in ("get", "pop") and first is not None and self._text(first)
        # A function that was not found may check what it is given; `dict(**arguments)` only copies.
        return self._keyword(part) == "**" and bool(self.checks.callees.of(part.user).functions)

    def _text(self, key: Ref) -> bool:
        return any(isinstance(w, str) for w in self.resolver.constants(key))

    def _lost(self, parts: list[PartUse]) -> bool:
        """They are given to something that was not read."""
        for part in parts:
            node = self.program.node(part.user)
            if node.op == "call" and node.args[0] != part.ref.node:
                callee = self.checks.callees.of(part.user)
                if not (callee.names or callee.functions or callee.classes):
                    return True
        return False

    # tool names ------------------------------------------------------------------------------------------------

    def _opens(self, part: PartUse) -> bool:
        """What is called with them was looked up by name among everything that there is: `globals()[name](**args)`."""
        node = self.program.node(part.user)
        if node.op != "call" or node.args[0] == part.ref.node:
            return False
        return self._is_open(part.user.sibling(node.args[0]))

    def _is_open(self, target: Ref) -> bool:
        function = self.program.function(target)
        node = function.nodes[target.node]
        for _ in range(4):
            if node.op in ("union", "await") and node.args:
                node = function.nodes[node.args[0]]
        if node.op == "item":
            base = function.nodes[node.args[0]]
            return self._is_namespace(target, base) and not self.resolver.constants(target.sibling(node.args[1]))
        if node.op != "call":
            return False
        called = function.nodes[node.args[0]]
        base = function.nodes[called.args[0]] if called.op == "attr" and called.args[1] == "get" else None
        if base is not None and self._is_namespace(target, base):
            return bool(node.args[1]) and not self.resolver.constants(target.sibling(node.args[1][0][1]))
        tail = self.program.tail(target.module, function, node.args[0])
        if tail == "eval":
            return True
        if tail != "getattr" or len(node.args[1]) < 2:
            return False
        return self._is_bare(target, node.args[1][1][1])

    def _is_bare(self, at: Ref, name: int) -> bool:
        """The name is what the model wrote: no prefix, and no test against what is allowed, stands before it."""
        function = self.program.function(at)
        node = function.nodes[name]
        if node.op in ("join", "binop", "const") or self.resolver.constants(at.sibling(name)):
            return False
        for user in self.program.users(at.module, at.function).get(name, ()):
            asked = function.nodes[user]
            if asked.op == "compare" and any(o in ("In", "NotIn") for o, _ in asked.args[1]):
                return False
        return True

    def _is_namespace(self, at: Ref, base: Node) -> bool:
        function = self.program.function(at)
        if base.op == "call":
            return self.program.tail(at.module, function, base.args[0]) in NAMESPACES
        return base.op == "attr" and base.args[1] == "__dict__"

    # what they do ----------------------------------------------------------------------------------------------

    def _writes(self, parts: list[PartUse], use: AnswerUse) -> bool:
        """One of them reaches a call that writes, or text that runs."""
        if RUNNING & set(use.sinks):
            return True
        for part in parts:
            node = self.program.node(part.user)
            if node.op == "call" and node.args[0] != part.ref.node and self.checks.effect(part.user) == "write":
                return True
        return False
