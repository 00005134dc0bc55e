"""How a handler answers: text, JSON, a stream, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from readylint.catalogue import Framework, ReplyRule
from readylint.flow import NOTHING, FunctionFlow
from readylint.link.rule_tables import RuleTable
from readylint.values import Answer, Const, Container, External, Made, ObjectValue, Ref, Value

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.entries import Entry
    from readylint.link.resolver import Resolver

Reply = Literal["text", "json", "stream", "none", "unknown"]
DEPTH = 4
STATUS = ("status_code", "status")


class Replies:
    """Reads what is returned and what is sent."""

    def __init__(self, resolver: Resolver, callees: Callees) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.callees = callees
        self.frameworks = {f.framework: f for f in resolver.knowledge.frameworks}
        self.tables: dict[str, RuleTable[ReplyRule]] = {}
        self.made = {n: r for f in resolver.knowledge.frameworks for r in f.replies for n in r.function}

    def of(self, function: tuple[int, int], entry: Entry, below: list[tuple[int, int]]) -> Reply:
        """The reply of a handler; `below` are its functions on the way to a model."""
        if not entry.rule.answers:
            return "none"
        framework = self.frameworks[entry.framework]
        flow = self.program.modules[function[0]].functions[function[1]]
        declared = self._declared(entry, framework)
        if declared is not None:
            return declared
        found = self._sent(framework, below)
        if framework.returns or any(r.function and not r.method and not r.pieces for r in framework.replies):
            found |= self._returned(Ref(*function, 0), flow, framework)
        if "stream" in found:
            return "stream"
        known = found - {"unknown", "none"}
        if len(known) == 1 and "unknown" not in found:
            return next(iter(known))
        return "none" if found == {"none"} else "unknown"

    def _declared(self, entry: Entry, framework: Framework) -> Reply | None:
        """`@app.get(..., response_class=StreamingResponse)`."""
        if entry.at is None or self.program.node(entry.at).op != "call":
            return None
        given = self.resolver.argument(entry.at, "response_class")
        for value in self.resolver.values(given) if given is not None else ():
            rule = self.made.get(value.name) if isinstance(value, External) else None
            if rule is not None and rule.body is None:
                return rule.sends
        return None

    # what is sent ----------------------------------------------------------------------------------------------

    def _sent(self, framework: Framework, functions: list[tuple[int, int]]) -> set[Reply]:
        """Calls that send something, outside of what deals with errors; first those of the handler itself."""
        found: set[Reply] = set()
        table = self.tables.setdefault(framework.framework, RuleTable(self.callees, framework.replies))
        for module, number in functions:
            flow = self.program.modules[module].functions[number]
            for call in flow.calls:
                node = flow.nodes[call]
                at = Ref(module, number, call)
                rule = table.first(at)
                if rule is None or any(c.kind == "handler" for _, c in flow.ancestors(node.context)):
                    continue
                if rule.method or rule.pieces:
                    found.add("stream" if rule.pieces and self._in_pieces(at, flow) else rule.sends)
                elif rule.sends == "stream":
                    found.add("stream")
        return found

    def _in_pieces(self, at: Ref, flow: FunctionFlow) -> bool:
        """In a loop over an answer, or over what a generator of the project gives."""
        for _, around in flow.ancestors(flow.nodes[at.node].context):
            if around.kind != "for" or not around.nodes:
                continue
            source = at.sibling(around.nodes[0])
            if around.is_async or any(isinstance(v, Answer) for v in self.resolver.values(source)):
                return True
            node = self.program.node(source)
            if node.op == "call" and any(
                self.resolver.flow_of(f).is_generator for f in self.callees.of(source).functions
            ):
                return True
        return False

    # what is returned ------------------------------------------------------------------------------------------

    def _returned(self, at: Ref, flow: FunctionFlow, framework: Framework) -> set[Reply]:
        if flow.is_generator:
            return {framework.returns.get("pieces", "unknown")}
        found: set[Reply] = set()
        nothing = True
        for leave in flow.exits:
            if leave.kind != "return" or leave.node == NOTHING:
                continue
            nothing = False
            if any(c.kind == "handler" for _, c in flow.ancestors(leave.context)):
                continue
            reply = self._of_node(at.sibling(leave.node), framework, DEPTH)
            if reply is not None:
                found.add(reply)
        if nothing:
            return {"none"} if framework.returns else set()
        return found

    def _of_node(self, ref: Ref, framework: Framework, depth: int) -> Reply | None:
        """None for an answer that only tells of a failure: `"no question", 400`."""
        node = self.program.node(ref)
        if node.op == "tuple" and node.args and framework.returns.get("text") == "text":
            status = self.resolver.constants(ref.sibling(node.args[1])) if len(node.args) > 1 else []
            if status and isinstance(status[0], int):
                return None if status[0] >= 400 else self._of_node(ref.sibling(node.args[0]), framework, depth)
        if node.op in ("join", "binop"):
            return framework.returns.get("text", "unknown")
        if node.op == "await":
            return self._of_node(ref.sibling(node.args[0]), framework, depth)
        replies = {
            self._of_value(v, ref, framework, depth) for v in self.resolver.values(ref) if not self._is_failure(v)
        }
        if not replies:
            return None
        if "stream" in replies:
            return "stream"
        return replies.pop() if len(replies) == 1 else "unknown"

    def _is_failure(self, value: Value) -> bool:
        """A response whose status says that something went wrong."""
        if not isinstance(value, Made) or value.name.replace("()", "") not in self.made:
            return False
        given = [self.resolver.argument(value.ref, keyword) for keyword in STATUS]
        codes = [code for ref in given if ref is not None for code in self.resolver.constants(ref)]
        return any(isinstance(code, int) and code >= 400 for code in codes)

    def _of_value(self, value: Value, ref: Ref, framework: Framework, depth: int) -> Reply:
        returns = framework.returns
        if isinstance(value, Made):
            rule = self.made.get(value.name.replace("()", ""))
            if rule is not None:
                return self._of_response(rule, value.ref, framework, depth)
            return "unknown"
        if isinstance(value, Container):
            made = self.program.node(value.ref)
            pieces = made.op == "call" or (made.op == "comp" and made.args[0] == "GeneratorExp")
            return returns.get("pieces" if pieces else "data", "unknown")
        if isinstance(value, ObjectValue):
            return returns.get("data", "unknown")
        if isinstance(value, Const):
            if value.value is None:
                return returns.get("nothing", "none")
            return returns.get("text" if isinstance(value.value, str) else "data", "unknown")
        if isinstance(value, Answer):
            return returns.get("text", "unknown")
        return "unknown"

    def _of_response(self, rule: ReplyRule, made: Ref, framework: Framework, depth: int) -> Reply:
        """A response object: its content type and its body may say more than its class."""
        if rule.body is not None and depth > 0:
            for given in self.resolver.reader.find(made, rule.body).refs:
                inner = self._of_node(given, framework, depth - 1)
                if inner == "stream" or (inner == "json" and self._is_response(given)):
                    return inner
        if rule.type is not None:
            for given in self.resolver.reader.find(made, rule.type).refs:
                for kind in self.resolver.constants(given):
                    if "event-stream" in str(kind) or "ndjson" in str(kind):
                        return "stream"
                    if "json" in str(kind):
                        return "json"
        return rule.sends

    def _is_response(self, ref: Ref) -> bool:
        return any(isinstance(v, Made) and v.name.replace("()", "") in self.made for v in self.resolver.values(ref))
