"""A whole file: its functions, classes and module body."""

from __future__ import annotations

import re

import libcst as cst

from readylint.extract.builder import Builder
from readylint.extract.expressions import ExpressionReader
from readylint.extract.statements import StatementReader
from readylint.facts import Problem
from readylint.flow import NOTHING, ClassFlow, FunctionFlow, ModuleFlow, Param
from readylint.syntax import Spans, line_starts, parse


def extract_module(
    text: str, path: str, name: str, is_package: bool, key_patterns: dict[str, re.Pattern[str]]
) -> ModuleFlow | Problem:
    """The flow graph of one decoded file, or the `Problem` why there is none.

    `name` is its dotted module name, `path` relative to the root; `key_patterns` are provider keys to look for in
    string literals (name -> pattern that matches the whole literal).
    """
    parsed = parse(text, path)
    if isinstance(parsed, Problem):
        return parsed
    tree, spans = parsed
    reader = ModuleReader(path, name, is_package, text, spans)
    try:
        module = reader.read(tree)
    except RecursionError:
        return Problem(path, "cannot be read: expressions are nested too deeply")
    module.secrets = list(_secrets(module, key_patterns))
    return module


def _secrets(module: ModuleFlow, patterns: dict[str, re.Pattern[str]]) -> list[tuple[str, int, int]]:
    found: list[tuple[str, int, int]] = []
    for function in module.functions:
        for node in function.nodes:
            value = node.args[0] if node.op == "const" else None
            if not isinstance(value, str) or not 16 <= len(value) <= 300 or " " in value:
                continue
            for name, pattern in patterns.items():
                if pattern.fullmatch(value):
                    found.append((name, node.start, node.end))
                    break
    return found


class ModuleReader:
    """Reads one tree; functions and classes are numbered in the order of their statements."""

    def __init__(self, path: str, name: str, is_package: bool, text: str, spans: Spans) -> None:
        self.module = ModuleFlow(path, name, is_package, text, line_starts(text), [], [])
        self.spans = spans
        self.expressions = ExpressionReader(self.function)
        self.statements = StatementReader(self.expressions, self.function, self.class_)

    def read(self, tree: cst.Module) -> ModuleFlow:
        """The flow graph of the module."""
        body = FunctionFlow(0, "<module>", "", NOTHING, end=len(self.module.text))
        self.module.functions.append(body)
        b = Builder(body, self.spans, None)
        b.functions = self.module.functions
        self.statements.block(b, tree.body)
        for function in self.module.functions:
            for number in function.imports:
                module, name = function.nodes[number].args
                if name == "*":
                    self.module.star_imports.append(module)
        return self.module

    def function(self, b: Builder, node: cst.FunctionDef | cst.Lambda) -> int:
        """Read a function or lambda; gives its number."""
        number = len(self.module.functions)
        start, end = self.spans.get(id(node), (0, 0))
        inside_class = b.class_flow is not None and bool(b.class_names)
        name = node.name.value if isinstance(node, cst.FunctionDef) else "<lambda>"
        around = b.class_flow.qualified_name if inside_class and b.class_flow else b.flow.qualified_name
        flow = FunctionFlow(number, name, f"{around}.{name}" if around else name, b.flow.number, start=start, end=end)
        self.module.functions.append(flow)
        if inside_class and b.class_flow is not None:
            flow.owner = b.class_flow.number
        flow.params = self._params(b, node.params)
        inner = Builder(flow, self.spans, b)
        if isinstance(node, cst.FunctionDef):
            flow.is_async = node.asynchronous is not None
            flow.decorators = [self.expressions.read(b, d.decorator) for d in node.decorators]
            if node.returns is not None:
                flow.returns_annotation = self.expressions.read(b, node.returns.annotation)
            flow.name_start = self.spans.get(id(node.name), (start, start))[0]
        else:
            flow.is_lambda = True
            flow.name_start = start
        for param in flow.params:
            inner.names[param.name] = inner.add_at("param", (param.name,), flow.name_start, flow.name_start)
        if isinstance(node, cst.Lambda):
            self._lambda_body(inner, node)
        else:
            self.statements.block(inner, node.body)
            flow.contexts[0].dead = inner.dead
        return number

    def _lambda_body(self, inner: Builder, node: cst.Lambda) -> None:
        from readylint.flow import Exit

        value = self.expressions.read(inner, node.body)
        start, end = self.spans.get(id(node.body), (0, 0))
        inner.flow.exits.append(Exit("return", value, 0, start, end))

    def _params(self, b: Builder, params: cst.Parameters) -> list[Param]:
        groups: list[tuple[str, list[cst.Param]]] = [
            ("only-position", list(params.posonly_params)),
            ("plain", list(params.params)),
            ("star", [params.star_arg] if isinstance(params.star_arg, cst.Param) else []),
            ("only-keyword", list(params.kwonly_params)),
            ("double-star", [params.star_kwarg] if params.star_kwarg is not None else []),
        ]
        out: list[Param] = []
        for kind, members in groups:
            for param in members:
                default = self.expressions.read(b, param.default) if param.default is not None else NOTHING
                annotation = NOTHING
                if param.annotation is not None:
                    annotation = self.expressions.read(b, param.annotation.annotation)
                out.append(Param(param.name.value, kind, default, annotation))
        return out

    def class_(self, b: Builder, node: cst.ClassDef) -> int:
        """Read a class statement; gives its number."""
        number = len(self.module.classes)
        bases = tuple(self.expressions.read(b, base.value) for base in node.bases if not base.star)
        keywords = {k.keyword.value: self.expressions.read(b, k.value) for k in node.keywords if k.keyword is not None}
        decorators = tuple(self.expressions.read(b, d.decorator) for d in node.decorators)
        inside_class = b.class_flow is not None and bool(b.class_names)
        around = b.class_flow.qualified_name if inside_class and b.class_flow else b.flow.qualified_name
        name = node.name.value
        start, end = self.spans.get(id(node), (0, 0))
        flow = ClassFlow(
            number, name, f"{around}.{name}" if around else name, b.flow.number, bases, decorators, keywords,
            start=start, end=end,
        )  # fmt: skip
        self.module.classes.append(flow)
        saved = b.class_flow
        b.class_flow = flow
        b.class_names.append({})
        self.statements.block(b, node.body)
        b.class_names.pop()
        b.class_flow = saved
        return number
