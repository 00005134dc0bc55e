"""Decorators that catch what the function below them raises, and functions that a library runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from readylint.flow import NOTHING, FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.catches import Catch
from readylint.link.enclosing_catches import EnclosingCatches
from readylint.link.exceptions import FAILURES
from readylint.link.handlers import HandlerBody
from readylint.values import ClassValue, External, FunctionValue, Ref, SdkObject

if TYPE_CHECKING:
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver


class DecoratorCatches:
    """Asks the decorators of a function."""

    def __init__(self, resolver: Resolver, entries: Entries, enclosing: EnclosingCatches) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.entries = entries
        self.enclosing = enclosing
        self.plain = {n for e in resolver.knowledge.evidence for n in e.plain_decorators}
        self.retry_rules = resolver.knowledge.first_evidence("retry")

    def of(self, module: int, function: FunctionFlow, call: ModelCall) -> Catch:
        """A decorator of the project whose inner function calls the decorated one inside a try."""
        for at, target in self.program.decorations(module, function):
            for value in self.resolver.values(target):
                if isinstance(value, External) and self._answers(value.name.replace("()", ""), at):
                    body = HandlerBody("answered", "unknown")
                    span = self.program.callee_span(at)
                    return Catch("decorator", covered=set(FAILURES), names=["Exception"], body=body, span=span)
                if isinstance(value, FunctionValue):
                    catch = self._wrapper_catch(value, call, function.is_async)
                    if catch.status != "none":
                        catch.status = "decorator"
                        return catch
        return Catch()

    def _answers(self, name: str, decorator: Ref) -> bool:
        """A retry that calls a function for an answer when its attempts are used up."""
        keywords = [k for r in self.retry_rules if name in r.make for k in r.answers_with]
        return any(self.resolver.argument(decorator, keyword) is not None for keyword in keywords)

    def unread(self, module: int, function: FunctionFlow) -> bool:
        """Whether code that is not read stands between the function and its callers."""
        return self._unread_decorator(module, function) or self._run_by_library(module, function)

    def _unread_decorator(self, module: int, function: FunctionFlow) -> bool:
        """A decorator of a library that nothing is known of: it may catch, or not."""
        for _, target in self.program.decorations(module, function):
            for value in self.resolver.values(target):
                if isinstance(value, SdkObject):
                    return True  # `@agent.tool`: the SDK runs the function
                if isinstance(value, FunctionValue) and self._keeps_function(value):
                    return True
                if isinstance(value, External) and value.name.split(".")[0].replace("()", "") not in self.plain:
                    if not any(value.name.replace("()", "") in r.make for r in self.retry_rules):
                        return True
        return False

    def _keeps_function(self, decorator: FunctionValue) -> bool:
        """A decorator of the project that puts the function into a table: whoever takes it out may catch."""
        flows = self.program.modules[decorator.module].functions
        for flow in flows:
            if not self._descends(decorator.module, flow, decorator.number):
                continue
            own = {p.name for p in flow.params}
            for store in flow.stores:
                value = flow.nodes[store.value]
                if store.item and value.op in ("param", "name") and value.args[0] in own:
                    return True
        return False

    def _run_by_library(self, module: int, function: FunctionFlow) -> bool:
        """A method of a class that extends a library's, called by nobody here: the library calls it, and may catch."""
        if function.owner == NOTHING or function.name.startswith("__"):
            return False
        bases = self.resolver.classes.bases(ClassValue(module, function.owner))[1]
        roots = {base.split(".")[0] for base in bases}
        return bool(roots - sys.stdlib_module_names - {"object", "pydantic", "typing_extensions"}) and not any(
            self.entries.sites(module, function)[0]
        )

    def _wrapper_catch(self, decorator: FunctionValue, call: ModelCall, is_async: bool) -> Catch:
        flows = self.program.modules[decorator.module].functions
        inside = [f for f in flows if self._descends(decorator.module, f, decorator.number)]
        names = {p.name for f in inside for p in f.params if p.kind == "plain"}
        for flow in inside:
            for number in flow.calls:
                target = flow.nodes[flow.nodes[number].args[0]]
                if target.op == "union" and target.args:
                    target = flow.nodes[target.args[0]]
                if is_async and not self._awaits(decorator.module, flow, number):
                    continue  # the coroutine leaves the try before anything of it runs
                if target.op in ("name", "param") and target.args[0] in names:
                    catch = self.enclosing.in_function(Ref(decorator.module, flow.number, number), call)
                    if catch.status != "none":
                        return catch
        return Catch()

    def _awaits(self, module: int, function: FunctionFlow, number: int) -> bool:
        users = self.program.users(module, function.number).get(number, ())
        return any(function.nodes[u].op in ("await", "iter", "call") for u in users)

    def _descends(self, module: int, function: FunctionFlow, outer: int) -> bool:
        while True:
            if function.number == outer:
                return True
            if function.parent <= 0:
                return False
            function = self.program.modules[module].functions[function.parent]
