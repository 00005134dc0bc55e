"""Expressions of a file as nodes of its flow graph."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any, cast

import libcst as cst

from readylint.extract.builder import Builder
from readylint.flow import NOTHING, Context, Store

FunctionReader = Callable[[Builder, "cst.FunctionDef | cst.Lambda"], int]


class ExpressionReader:
    """Turns tree expressions into nodes. Lambdas are handed to `read_function`."""

    def __init__(self, read_function: FunctionReader) -> None:
        self.read_function = read_function
        self.readers: dict[type[cst.CSTNode], Callable[[Builder, Any], int]] = {
            cst.Name: self.name,
            cst.Attribute: self.attribute,
            cst.Call: self.call,
            cst.Subscript: self.subscript,
            cst.SimpleString: self.string,
            cst.ConcatenatedString: self.concatenated,
            cst.FormattedString: self.formatted,
            cst.Integer: self.number,
            cst.Float: self.number,
            cst.Imaginary: self.unknown,
            cst.Ellipsis: self.unknown,
            cst.Dict: self.mapping,
            cst.List: self.sequence,
            cst.Tuple: self.sequence,
            cst.Set: self.sequence,
            cst.BinaryOperation: self.binary,
            cst.BooleanOperation: self.boolean,
            cst.UnaryOperation: self.unary,
            cst.Comparison: self.comparison,
            cst.IfExp: self.conditional,
            cst.Await: self.awaited,
            cst.Yield: self.yielded,
            cst.From: self.unknown,
            cst.Lambda: self.function,
            cst.NamedExpr: self.walrus,
            cst.StarredElement: self.starred,
            cst.ListComp: self.comprehension,
            cst.SetComp: self.comprehension,
            cst.GeneratorExp: self.comprehension,
            cst.DictComp: self.dict_comprehension,
        }

    def read(self, b: Builder, node: cst.CSTNode) -> int:
        """The node number of an expression."""
        reader = self.readers.get(type(node))
        return reader(b, node) if reader is not None else self.unknown(b, node)

    def unknown(self, b: Builder, node: cst.CSTNode) -> int:
        return b.add("unknown", (), node)

    def name(self, b: Builder, node: cst.Name) -> int:
        value = node.value
        if value == "None" or value == "True" or value == "False":
            return b.add("const", ({"None": None, "True": True, "False": False}[value],), node)
        return b.lookup(value, node)

    def attribute(self, b: Builder, node: cst.Attribute) -> int:
        base = self.read(b, node.value)
        return b.add("attr", (base, node.attr.value), node)

    def call(self, b: Builder, node: cst.Call) -> int:
        function = self.read(b, node.func)
        if isinstance(node.func, cst.Name) and b.flow.nodes[function].start != b.spans.get(id(node.func), (0, 0))[0]:
            function = b.add("union", (function,), node.func)
        arguments: list[tuple[str | None, int]] = []
        for argument in node.args:
            value = self.read(b, argument.value)
            keyword = argument.star or (argument.keyword.value if argument.keyword is not None else None)
            arguments.append((keyword, value))
        if isinstance(node.func, cst.Name) and node.func.value == "setattr":
            self._set_by_name(b, node, [number for _, number in arguments])
        return b.add("call", (function, tuple(arguments)), node)

    def _set_by_name(self, b: Builder, node: cst.Call, arguments: list[int]) -> None:
        """`setattr(plugin, "model", model)` is an assignment to an attribute."""
        key = b.flow.nodes[arguments[1]] if len(arguments) == len(node.args) == 3 else None
        if key is not None and key.op == "const" and isinstance(key.args[0], str):
            start, end = b.spans.get(id(node), (0, 0))
            b.flow.stores.append(Store(arguments[0], key.args[0], arguments[2], b.context, start, end))

    def subscript(self, b: Builder, node: cst.Subscript) -> int:
        base = self.read(b, node.value)
        keys = [self._index(b, element.slice) for element in node.slice]
        key = keys[0] if len(keys) == 1 else b.add("tuple", tuple(keys), node)
        return b.add("item", (base, key), node)

    def _index(self, b: Builder, node: cst.BaseSlice) -> int:
        if isinstance(node, cst.Index):
            return self.read(b, node.value)
        bounds = cast(cst.Slice, node)
        parts = (bounds.lower, bounds.upper, bounds.step)
        return b.add("slice", tuple(self.read(b, part) if part is not None else NOTHING for part in parts), node)

    def string(self, b: Builder, node: cst.SimpleString) -> int:
        try:
            value: object = node.evaluated_value
        except (ValueError, SyntaxError):
            return self.unknown(b, node)
        return b.add("const", (value,), node)

    def concatenated(self, b: Builder, node: cst.ConcatenatedString) -> int:
        parts = [self.read(b, node.left), self.read(b, node.right)]
        values = [b.flow.nodes[p] for p in parts]
        if all(v.op == "const" and isinstance(v.args[0], str) for v in values):
            return b.add("const", (values[0].args[0] + values[1].args[0],), node)
        return b.add("join", tuple(parts), node)

    def formatted(self, b: Builder, node: cst.FormattedString) -> int:
        parts: list[int] = []
        for part in node.parts:
            if isinstance(part, cst.FormattedStringText):
                parts.append(b.add("const", (part.value,), part))
            elif isinstance(part, cst.FormattedStringExpression):
                parts.append(self.read(b, part.expression))
        return b.add("join", tuple(parts), node)

    def number(self, b: Builder, node: cst.Integer | cst.Float) -> int:
        try:
            return b.add("const", (ast.literal_eval(node.value),), node)
        except (ValueError, SyntaxError):
            return self.unknown(b, node)

    def mapping(self, b: Builder, node: cst.Dict) -> int:
        entries: list[tuple[int, int]] = []
        for element in node.elements:
            if isinstance(element, cst.DictElement):
                entries.append((self.read(b, element.key), self.read(b, element.value)))
            else:
                entries.append((NOTHING, self.read(b, element.value)))
        return b.add("dict", tuple(entries), node)

    def sequence(self, b: Builder, node: cst.List | cst.Tuple | cst.Set) -> int:
        op = {cst.List: "list", cst.Tuple: "tuple", cst.Set: "set"}[type(node)]
        values = []
        for element in node.elements:
            value = self.read(b, element.value)
            values.append(b.add("star", (value,), element) if isinstance(element, cst.StarredElement) else value)
        return b.add(op, tuple(values), node)

    def binary(self, b: Builder, node: cst.BinaryOperation) -> int:
        left, right = self.read(b, node.left), self.read(b, node.right)
        return b.add("binop", (type(node.operator).__name__, left, right), node)

    def boolean(self, b: Builder, node: cst.BooleanOperation) -> int:
        left, right = self.read(b, node.left), self.read(b, node.right)
        return b.add("bool", (type(node.operator).__name__, left, right), node)

    def unary(self, b: Builder, node: cst.UnaryOperation) -> int:
        value = self.read(b, node.expression)
        if isinstance(node.operator, cst.Not):
            return b.add("not", (value,), node)
        inner = b.flow.nodes[value]
        if isinstance(node.operator, cst.Minus) and inner.op == "const" and isinstance(inner.args[0], int | float):
            return b.add("const", (-inner.args[0],), node)
        return b.add("unary", (type(node.operator).__name__, value), node)

    def comparison(self, b: Builder, node: cst.Comparison) -> int:
        left = self.read(b, node.left)
        rights = tuple((type(c.operator).__name__, self.read(b, c.comparator)) for c in node.comparisons)
        return b.add("compare", (left, rights), node)

    def conditional(self, b: Builder, node: cst.IfExp) -> int:
        test = self.read(b, node.test)
        return b.add("ifexp", (test, self.read(b, node.body), self.read(b, node.orelse)), node)

    def awaited(self, b: Builder, node: cst.Await) -> int:
        return b.add("await", (self.read(b, node.expression),), node)

    def yielded(self, b: Builder, node: cst.Yield) -> int:
        b.flow.is_generator = True
        value = node.value
        if value is None:
            nothing = b.add("const", (None,), node)
            b.flow.yields.append(nothing)
            return b.add("yield", (nothing,), node)
        if isinstance(value, cst.From):
            source = self.read(b, value.item)
            b.flow.yields.append(b.add("iter", (source,), value.item))
            return b.add("yield", (source,), node)
        number = self.read(b, value)
        b.flow.yields.append(number)
        return b.add("yield", (number,), node)

    def function(self, b: Builder, node: cst.Lambda) -> int:
        return b.add("func", (self.read_function(b, node),), node)

    def walrus(self, b: Builder, node: cst.NamedExpr) -> int:
        value = self.read(b, node.value)
        if isinstance(node.target, cst.Name):
            b.bind(node.target.value, value)
        return value

    def starred(self, b: Builder, node: cst.StarredElement) -> int:
        return b.add("star", (self.read(b, node.value),), node)

    def comprehension(self, b: Builder, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> int:
        saved, context = dict(b.names), b.context
        self._generators(b, node.for_in)
        element = self.read(b, node.elt)
        self._leave(b, saved, context)
        return b.add("comp", (type(node).__name__, element, NOTHING), node)

    def dict_comprehension(self, b: Builder, node: cst.DictComp) -> int:
        saved, context = dict(b.names), b.context
        self._generators(b, node.for_in)
        key, value = self.read(b, node.key), self.read(b, node.value)
        self._leave(b, saved, context)
        return b.add("comp", ("DictComp", key, value), node)

    def _leave(self, b: Builder, saved: dict[str, int], context: int) -> None:
        b.names = saved
        b.context = context
        if b.class_names:
            b.class_names.pop()

    def _generators(self, b: Builder, first: cst.CompFor) -> None:
        if b.class_names:
            b.class_names.append({})
        clause: cst.CompFor | None = first
        while clause is not None:
            source = self.read(b, clause.iter)
            start, end = b.spans.get(id(clause.iter), (0, 0))
            b.push(
                Context("comp", b.context, (source,), start=start, end=end, is_async=clause.asynchronous is not None)
            )
            self.assign_target(b, clause.target, b.add("iter", (source,), clause.iter), local=True)
            for condition in clause.ifs:
                test = self.read(b, condition.test)
                b.push(Context("if", b.context, (test,), start=start, end=end))
            clause = clause.inner_for_in

    def assign_target(self, b: Builder, target: cst.CSTNode, value: int, local: bool = False) -> None:
        """Bind a name, unpack a tuple, or note a store to an attribute or item."""
        if isinstance(target, cst.Name):
            if local:
                (b.class_names[-1] if b.class_names else b.names)[target.value] = value
            else:
                b.bind(target.value, value)
        elif isinstance(target, cst.Tuple | cst.List):
            for index, element in enumerate(target.elements):
                part = b.add("unpack", (value, index), element.value)
                self.assign_target(b, element.value, part, local)
        elif isinstance(target, cst.StarredElement):
            self.assign_target(b, target.value, value, local)
        elif isinstance(target, cst.Attribute | cst.Subscript):
            self.store(b, target, value)

    def store(self, b: Builder, target: cst.Attribute | cst.Subscript, value: int, augmented: bool = False) -> None:
        """Note an assignment to an attribute or an item."""
        start, end = b.spans.get(id(target), (0, 0))
        base = self.read(b, target.value)
        if isinstance(target, cst.Attribute):
            store = Store(base, target.attr.value, value, b.context, start, end, augmented=augmented)
        else:
            key = self._index(b, target.slice[0].slice)
            store = Store(base, key, value, b.context, start, end, item=True, augmented=augmented)
        b.flow.stores.append(store)
