"""What catches errors: the clauses around a place, and the frameworks that run the code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readylint.facts import Span
from readylint.flow import NOTHING, CatchClause, FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.exceptions import FAILURES, Exceptions
from readylint.link.handlers import HandlerBody
from readylint.values import ClassValue, Ref

if TYPE_CHECKING:
    from readylint.link.entries import Entries, Entry
    from readylint.link.resolver import Resolver


@dataclass(slots=True)
class Catch:
    """The clauses that catch errors coming out of one place, innermost first, and what they leave uncaught."""

    status: str = "none"
    at: Ref | None = None
    clause: CatchClause | None = None
    covered: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    body: HandlerBody | None = None
    unknown: bool = False
    bare: list[Span] = field(default_factory=list)
    complete: bool = True
    vague: bool = False
    """More may be caught than `covered` says: by classes that cannot be told, or further up."""
    span: Span | None = None


class FrameworkCatches:
    """Error handlers, view classes and queues that catch what an entry point lets through."""

    def __init__(self, resolver: Resolver, entries: Entries, exceptions: Exceptions) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.entries = entries
        self.exceptions = exceptions

    def own_handler(self, module: int, function: FunctionFlow, call: ModelCall) -> Catch | None:
        """A method of the same view class that its framework calls for every error."""
        if function.owner == NOTHING:
            return None
        cls = ClassValue(module, function.owner)
        for framework in self.resolver.knowledge.frameworks:
            for rule in framework.error_handlers:
                if rule.subclass_of and self.resolver.classes.inherits(cls, set(rule.subclass_of)):
                    for name in rule.methods:
                        method = self.resolver.classes.method(cls, name)
                        if method is not None:
                            flow = self.resolver.flow_of(method)
                            span = self.program.modules[method.module].place(
                                flow.name_start, flow.name_start + len(name)
                            )
                            body = HandlerBody("answered", "unknown")
                            return Catch("framework", covered=set(FAILURES), names=["Exception"], body=body, span=span)
        return None

    def retried_task(self, entry: Entry, call: ModelCall) -> Catch | None:
        """A queue that retries the SDK's errors catches them too."""
        errors = entry.rule.retries.get("errors")
        if entry.kind != "task" or errors is None or entry.at is None or self.program.node(entry.at).op != "call":
            return None
        for keyword in errors.at:
            given = self.resolver.argument(entry.at, keyword)
            if given is not None:
                caught = self.exceptions.caught(given)
                covered = self.exceptions.covered(caught, call)
                if covered:
                    span = self.program.callee_span(entry.at)
                    return Catch(
                        "framework",
                        covered=covered,
                        names=caught.names,
                        body=HandlerBody("raised", "unknown"),
                        span=span,
                    )
        return None

    def framework(self, framework: str, catches_all: bool, call: ModelCall) -> Catch:
        """An entry point: its framework may have error handlers for the SDK's errors."""
        result = Catch()
        for handler in self.entries.error_handlers:
            if handler.framework != framework and not self._related(handler.framework, framework):
                continue
            caught = self.exceptions.caught(handler.errors) if handler.errors is not None else None
            covered = set(FAILURES) if caught is None else self.exceptions.covered(caught, call) & set(FAILURES)
            if covered:
                result.status = "framework"
                result.covered |= covered
                result.span = self.program.callee_span(handler.at)
                result.body = HandlerBody("answered", "unknown")
                result.names += caught.names if caught is not None else ["Exception"]
        if catches_all and result.status == "none":
            result.status, result.covered = "framework", set(FAILURES)
            result.body = HandlerBody("unknown", "unknown")
        return result

    def _related(self, left: str, right: str) -> bool:
        frameworks = {f.framework: set(f.imports) for f in self.resolver.knowledge.frameworks}
        return bool(frameworks.get(left, set()) & frameworks.get(right, set()))
