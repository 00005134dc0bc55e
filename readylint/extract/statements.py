"""Statements of a file as contexts, bindings, stores and exits of its flow graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from readylint.extract.builder import Builder, LoopFrame, Names
from readylint.extract.expressions import ExpressionReader
from readylint.flow import NOTHING, CatchClause, Context, Exit

Nested = Callable[[Builder, Any], int]
_PATTERN_PARTS = (
    cst.MatchPattern,
    cst.MatchMappingElement,
    cst.MatchKeywordElement,
    cst.MatchSequenceElement,
    cst.MatchOrElement,
)


class StatementReader:
    """Reads statements in order, keeping the names in force on each way through them."""

    def __init__(self, expressions: ExpressionReader, read_function: Nested, read_class: Nested) -> None:
        self.expressions = expressions
        self.read_function = read_function
        self.read_class = read_class
        self.readers: dict[type[cst.CSTNode], Callable[[Builder, Any], None]] = {
            cst.SimpleStatementLine: self.line,
            cst.Expr: self.expression,
            cst.Assign: self.assign,
            cst.AnnAssign: self.annotated,
            cst.AugAssign: self.augmented,
            cst.Return: self.leave,
            cst.Raise: self.leave,
            cst.Break: self.leave,
            cst.Continue: self.leave,
            cst.Assert: self.asserted,
            cst.Del: self.deleted,
            cst.Global: self.outer_names,
            cst.Nonlocal: self.outer_names,
            cst.Import: self.imported,
            cst.ImportFrom: self.imported_from,
            cst.If: self.branch,
            cst.While: self.while_loop,
            cst.For: self.for_loop,
            cst.Try: self.tried,
            cst.TryStar: self.tried,
            cst.With: self.managed,
            cst.Match: self.matched,
            cst.FunctionDef: self.function,
            cst.ClassDef: self.class_,
        }

    def block(self, b: Builder, body: cst.BaseSuite | Sequence[cst.CSTNode]) -> None:
        """All statements of a suite; sets `b.dead` when its end is never reached."""
        statements = body.body if isinstance(body, cst.BaseSuite) else body
        b.dead = False
        dead = False
        for statement in statements:
            reader = self.readers.get(type(statement))
            if reader is not None:
                reader(b, statement)
            dead = dead or b.dead
            b.dead = False
        b.dead = dead

    def _context(self, b: Builder, kind: str, at: cst.CSTNode, **fields: Any) -> Context:
        start, end = b.spans.get(id(at), (0, 0))
        return Context(kind, b.context, start=start, end=end, **fields)

    def line(self, b: Builder, node: cst.SimpleStatementLine) -> None:
        for small in node.body:
            reader = self.readers.get(type(small))
            if reader is not None:
                reader(b, small)

    def expression(self, b: Builder, node: cst.Expr) -> None:
        b.flow.statements.append(self.expressions.read(b, node.value))

    def assign(self, b: Builder, node: cst.Assign) -> None:
        value = self.expressions.read(b, node.value)
        for target in node.targets:
            self._pairwise(b, target.target, node.value, value)

    def _pairwise(self, b: Builder, target: cst.CSTNode, source: cst.CSTNode, value: int) -> None:
        nodes = b.flow.nodes
        same = isinstance(target, cst.Tuple | cst.List) and nodes[value].op in ("tuple", "list")
        if same and len(target.elements) == len(nodes[value].args):  # type: ignore[attr-defined]
            parts = nodes[value].args
            for element, part in zip(target.elements, parts, strict=True):  # type: ignore[attr-defined]
                self.expressions.assign_target(b, element.value, part)
        else:
            self.expressions.assign_target(b, target, value)

    def annotated(self, b: Builder, node: cst.AnnAssign) -> None:
        annotation = self.expressions.read(b, node.annotation.annotation)
        if isinstance(node.target, cst.Name):
            owner = b.class_flow.annotations if b.class_flow is not None and b.class_names else b.flow.annotations
            owner[node.target.value] = annotation
        elif isinstance(node.target, cst.Attribute) and isinstance(node.target.value, cst.Name):
            b.flow.annotations[f"{node.target.value.value}.{node.target.attr.value}"] = annotation
        if node.value is not None:
            self.expressions.assign_target(b, node.target, self.expressions.read(b, node.value))

    def augmented(self, b: Builder, node: cst.AugAssign) -> None:
        right = self.expressions.read(b, node.value)
        left = self.expressions.read(b, node.target)
        value = b.add("binop", (type(node.operator).__name__.removesuffix("Assign"), left, right), node)
        if isinstance(node.target, cst.Name):
            b.bind(node.target.value, value, anew=False)
        elif isinstance(node.target, cst.Attribute | cst.Subscript):
            self.expressions.store(b, node.target, value, augmented=True)

    def leave(self, b: Builder, node: cst.Return | cst.Raise | cst.Break | cst.Continue) -> None:
        value = NOTHING
        if isinstance(node, cst.Return) and node.value is not None:
            value = self.expressions.read(b, node.value)
        elif isinstance(node, cst.Raise) and node.exc is not None:
            value = self.expressions.read(b, node.exc)
        start, end = b.spans.get(id(node), (0, 0))
        b.flow.exits.append(Exit(type(node).__name__.lower(), value, b.context, start, end))
        if isinstance(node, cst.Break) and b.loops:
            b.loops[-1].breaks.append(dict(b.names))
        elif isinstance(node, cst.Continue) and b.loops:
            b.loops[-1].continues.append(dict(b.names))
        b.dead = True

    def asserted(self, b: Builder, node: cst.Assert) -> None:
        test = self.expressions.read(b, node.test)
        b.push(self._context(b, "assert", node, nodes=(test,)))
        b.pop()

    def deleted(self, b: Builder, node: cst.Del) -> None:
        b.flow.deletes.append(self.expressions.read(b, node.target))

    def outer_names(self, b: Builder, node: cst.Global | cst.Nonlocal) -> None:
        if isinstance(node, cst.Global):
            b.flow.global_names.update(item.name.value for item in node.names)

    def imported(self, b: Builder, node: cst.Import) -> None:
        for alias in node.names:
            module = _dotted(alias.name)
            if alias.asname is not None and isinstance(alias.asname.name, cst.Name):
                b.bind(alias.asname.name.value, b.add("import", (module, None), alias))
            else:
                root = module.split(".")[0]
                b.bind(root, b.add("import", (root, None), alias))
                if root != module:
                    b.add("import", (module, None), alias)

    def imported_from(self, b: Builder, node: cst.ImportFrom) -> None:
        module = "." * len(node.relative) + (_dotted(node.module) if node.module is not None else "")
        if isinstance(node.names, cst.ImportStar):
            b.add("import", (module, "*"), node)
            return
        for alias in node.names:
            name = _dotted(alias.name)
            bound = (
                alias.asname.name.value
                if alias.asname is not None and isinstance(alias.asname.name, cst.Name)
                else name
            )
            b.bind(bound, b.add("import", (module, name), alias))

    def branch(self, b: Builder, node: cst.If) -> None:
        test = self.expressions.read(b, node.test)
        before = dict(b.names)
        b.push(self._context(b, "if", node, nodes=(test,)))
        self.block(b, node.body)
        then_dead, then_names = b.dead, b.names
        b.flow.contexts[b.context].dead = then_dead
        b.pop()
        b.names = before
        else_dead = False
        if node.orelse is not None:
            b.push(self._context(b, "if", node.orelse, nodes=(test,), branch=False))
            b.dead = False
            if isinstance(node.orelse, cst.If):
                self.branch(b, node.orelse)
            else:
                self.block(b, node.orelse.body)
            else_dead = b.dead
            b.flow.contexts[b.context].dead = else_dead
            b.pop()
        if then_dead and not else_dead:
            pass
        elif else_dead and not then_dead:
            b.names = then_names
        else:
            b.names = b.join(then_names, b.names)
        b.dead = then_dead and else_dead

    def while_loop(self, b: Builder, node: cst.While) -> None:
        frame = LoopFrame(dict(b.names))
        b.loops.append(frame)
        test = self.expressions.read(b, node.test)
        b.push(self._context(b, "while", node, nodes=(test,)))
        self._loop_body(b, frame, node.body)
        constant = b.flow.nodes[test]
        endless = constant.op == "const" and bool(constant.args[0])
        self._after_loop(b, frame, node.orelse, endless)

    def for_loop(self, b: Builder, node: cst.For) -> None:
        source = self.expressions.read(b, node.iter)
        frame = LoopFrame(dict(b.names))
        b.loops.append(frame)
        b.push(self._context(b, "for", node, nodes=(source,), is_async=node.asynchronous is not None))
        self.expressions.assign_target(b, node.target, b.add("iter", (source,), node.iter))
        self._loop_body(b, frame, node.body)
        self._after_loop(b, frame, node.orelse, endless=False)

    def _loop_body(self, b: Builder, frame: LoopFrame, body: cst.BaseSuite) -> None:
        self.block(b, body)
        loop = b.context
        b.flow.contexts[loop].dead = b.dead
        b.pop()
        for name, joined in frame.joins.items():
            for names in (b.names, *frame.continues):
                b.extend_union(joined, names.get(name, joined))
            b.unchanged(joined)
            if b.flow.nodes[joined].op == "union":
                b.flow.carried[joined] = loop
        b.loops.pop()

    def _after_loop(self, b: Builder, frame: LoopFrame, orelse: cst.Else | None, endless: bool) -> None:
        after: Names = b.names
        before = {name: frame.joins.get(name, value) for name, value in frame.before.items()}
        if not endless:
            after = b.join(before, after)
        for names in frame.breaks:
            after = b.join(after, names) if not endless else b.join(names, after)
        b.names = after
        b.dead = endless and not frame.breaks
        if orelse is not None:
            dead = b.dead
            self.block(b, orelse.body)
            b.dead = dead

    def tried(self, b: Builder, node: cst.Try | cst.TryStar) -> None:
        before = dict(b.names)
        context = self._context(b, "try", node)
        number = b.push(context)
        self.block(b, node.body)
        body_dead, after_body = b.dead, b.names
        context.dead = body_dead
        b.pop()
        if node.orelse is not None:
            b.push(self._context(b, "else", node.orelse, owner=number))
            self.block(b, node.orelse.body)
            body_dead, after_body = body_dead or b.dead, b.names
            b.pop()
        ways = [] if body_dead else [after_body]
        at_handlers = b.join(before, after_body)
        for handler in node.handlers:
            b.names = dict(at_handlers)
            context.clauses.append(self._clause(b, handler, number))
            if not context.clauses[-1].ends:
                ways.append(b.names)
        b.names = ways[0] if ways else at_handlers
        for names in ways[1:]:
            b.names = b.join(b.names, names)
        dead = not ways
        if node.finalbody is not None:
            b.push(self._context(b, "finally", node.finalbody, owner=number))
            self.block(b, node.finalbody.body)
            dead = dead or b.dead
            b.pop()
        b.dead = dead

    def _clause(self, b: Builder, handler: cst.ExceptHandler | cst.ExceptStarHandler, owner: int) -> CatchClause:
        types = self.expressions.read(b, handler.type) if handler.type is not None else NOTHING
        clause = CatchClause(types, NOTHING)
        nodes = (types,) if types != NOTHING else ()
        clause.context = b.push(self._context(b, "handler", handler, nodes=nodes, owner=owner))
        if handler.name is not None and isinstance(handler.name.name, cst.Name):
            clause.name = handler.name.name.value
            b.bind(clause.name, b.add("exc", (types,), handler.name))
        self.block(b, handler.body)
        clause.ends = b.dead
        b.flow.contexts[clause.context].dead = b.dead
        b.pop()
        return clause

    def managed(self, b: Builder, node: cst.With) -> None:
        managers: list[int] = []
        depth = b.context
        for item in node.items:
            manager = self.expressions.read(b, item.item)
            managers.append(manager)
            b.push(self._context(b, "with", node, nodes=(manager,), is_async=node.asynchronous is not None))
            if item.asname is not None:
                self.expressions.assign_target(b, item.asname.name, b.add("enter", (manager,), item.item))
        self.block(b, node.body)
        b.context = depth

    def matched(self, b: Builder, node: cst.Match) -> None:
        subject = self.expressions.read(b, node.subject)
        before = dict(b.names)
        ways: list[Names] = [before]
        for case in node.cases:
            b.names = dict(before)
            b.push(self._context(b, "match", case, nodes=(subject,)))
            classes = tuple(("Matches", self.expressions.read(b, c)) for c in _classes(case.pattern))
            if classes:
                b.add("compare", (subject, classes), case.pattern)
            for name in _captured(case.pattern):
                b.bind(name, b.add("unpack", (subject, 0), case.pattern))
            if case.guard is not None:
                self.expressions.read(b, case.guard)
            self.block(b, case.body)
            if not b.dead:
                ways.append(b.names)
            b.pop()
        b.names = ways[0]
        for names in ways[1:]:
            b.names = b.join(b.names, names)
        b.dead = False

    def function(self, b: Builder, node: cst.FunctionDef) -> None:
        number = self.read_function(b, node)
        b.bind(node.name.value, b.add("func", (number,), node.name))
        if b.class_flow is not None and b.class_names:
            b.class_flow.methods[node.name.value] = number
        b.dead = False

    def class_(self, b: Builder, node: cst.ClassDef) -> None:
        number = self.read_class(b, node)
        b.bind(node.name.value, b.add("class", (number,), node.name))
        b.dead = False


def _dotted(node: cst.CSTNode) -> str:
    if isinstance(node, cst.Attribute):
        return f"{_dotted(node.value)}.{node.attr.value}"
    return node.value if isinstance(node, cst.Name) else ""


def _classes(pattern: cst.CSTNode) -> list[cst.CSTNode]:
    """The classes that a `case` pattern names, in any depth."""
    found: list[cst.CSTNode] = []
    pending: list[cst.CSTNode] = [pattern]
    while pending:
        node = pending.pop(0)
        if isinstance(node, cst.MatchClass):
            found.append(node.cls)
        pending.extend(c for c in node.children if isinstance(c, _PATTERN_PARTS))
    return found


def _captured(pattern: cst.CSTNode) -> list[str]:
    """The names that a `case` pattern binds."""
    names: list[str] = []
    pending: list[cst.CSTNode] = [pattern]
    while pending:
        node = pending.pop()
        if isinstance(node, cst.MatchAs | cst.MatchStar) and node.name is not None:
            names.append(node.name.value)
        pending.extend(node.children)
    return names
