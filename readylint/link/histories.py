"""Conversation history: whether the list of messages that is sent grows from call to call, and who shares it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from readylint.facts import History
from readylint.flow import NOTHING, FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.effective import Effective
from readylint.values import ClassValue, FunctionValue, Made, ObjectValue, Ref

if TYPE_CHECKING:
    from readylint.link.callee import Callees
    from readylint.link.resolver import Resolver

GROW = {"append", "extend", "insert", "appendleft", "add_user_message", "add_ai_message", "add_message"}
SHRINK = {"pop", "popleft", "clear", "remove", "popitem"}


@dataclass(slots=True, frozen=True)
class Holder:
    """The variable that keeps the messages."""

    scope: str
    """call, session, instance, class or module."""
    name: str
    module: int
    owner: int
    """Number of the function (call), class (instance, class) or -1 (module)."""
    at: Ref


class Histories:
    """Looks at what is sent as messages, and at everything that changes it."""

    def __init__(self, resolver: Resolver, effective: Effective, callees: Callees) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.effective = effective
        self.callees = callees
        self.bounds = {n for e in resolver.knowledge.evidence for n in e.bounds}

    def history(self, call: ModelCall, loop: str) -> History:
        """The history fact of a call; `loop` is what repeats it."""
        spec = call.argument("messages")
        if call.declared is not None or spec is None or call.argument_call is None:
            return History("unknown")
        if call.call.history == "sdk":
            return self._kept_by_sdk(call)
        kept = call.argument("conversation")
        if kept is not None and self.effective.reader.find(call.argument_call, kept).refs:
            return History("none", "store")
        given = self.effective.reader.find(call.argument_call, spec)
        if given.unknown and not given.refs:
            return History("unknown")
        results = [self._of_node(ref, loop, 0) for ref in given.refs]
        return _worst(results)

    def _kept_by_sdk(self, call: ModelCall) -> History:
        """A chat object of the SDK keeps the messages: it grows as long as the object lives."""
        for value in call.objects:
            if not value.overlays:
                continue
            made = value.overlays[-1].ref
            function = self.program.function(made)
            at = self.program.callee_span(made)
            if function.number == 0:
                return History("unbounded", "module", at)
            if any(s.value == made.node and not s.item for s in function.stores):
                return History("unbounded", "instance", at)
            if made.module == call.ref.module and made.function == call.ref.function:
                return History("unknown", "call", at)
        return History("unknown", "session")

    def _of_node(self, ref: Ref, loop: str, depth: int) -> History:
        node = self.program.node(ref)
        if depth > 5 or node.op in ("const", "join", "dict"):
            return History("none")
        if node.op in ("list", "tuple", "binop", "star", "union", "bool", "ifexp", "comp"):
            return self._parts(ref, loop, depth)
        if node.op == "item":
            key = self.program.node(ref.sibling(node.args[1]))
            if key.op == "slice":
                return History("bounded", at=self.program.span(ref))
        if node.op == "call":
            return self._called(ref, loop, depth)
        holder = self._holder(ref)
        if holder is None:
            return History("unknown" if node.op in ("param", "item") else "none")
        return self._judge(holder, loop)

    def _parts(self, ref: Ref, loop: str, depth: int) -> History:
        node = self.program.node(ref)
        function = self.program.function(ref)
        if node.op == "list" and not any(function.nodes[n].op == "star" for n in node.args):
            return self._local_list(ref, function, loop)
        if node.op == "binop" and self._appends_to_self(ref, node.args):
            grows = loop in ("unbounded", "person")
            return History("unbounded", "call", self.program.span(ref)) if grows else History("bounded")
        members = node.args[1:] if node.op in ("binop", "bool", "ifexp") else node.args
        if node.op == "comp":
            members = (node.args[1],)
        results = [
            self._of_node(ref.sibling(n), loop, depth + 1)
            for n in members
            if isinstance(n, int) and n != NOTHING and n < ref.node
        ]
        return _worst(results)

    def _appends_to_self(self, ref: Ref, args: tuple[object, ...]) -> bool:
        """`messages = messages + [...]` in a loop: the sum is one of its own operands."""
        left = self.program.node(ref.sibling(int(str(args[1]))))
        return left.op == "union" and ref.node in left.args

    def _local_list(self, ref: Ref, function: FunctionFlow, loop: str) -> History:
        """A list made in the function: it grows only when a loop around the call appends to it."""
        grown = self._changes(Holder("call", "", ref.module, function.number, ref), [function])
        if not grown[0]:
            return History("none")
        made_in = function.nodes[ref.node].context
        appended_in_loop = any(
            any(
                c.kind in ("for", "while") and n != made_in
                for n, c in function.ancestors(function.nodes[r.node].context)
            )
            and not self._inside_same_loop(function, made_in, function.nodes[r.node].context)
            for r in grown[0]
        )
        if not appended_in_loop or grown[1]:
            return History("bounded" if appended_in_loop else "none", "call")
        if loop == "unbounded":
            return History("unbounded", "call", self.program.callee_span(grown[0][0]))
        if loop == "person":
            return History("unbounded", "session", self.program.callee_span(grown[0][0]))
        return History("bounded" if loop == "bounded" else "unknown", "call")

    def _inside_same_loop(self, function: FunctionFlow, made: int, grown: int) -> bool:
        """The list is made anew on each turn of the loop that appends to it."""

        def loops(context: int) -> list[int]:
            return [n for n, c in function.ancestors(context) if c.kind in ("for", "while")]

        inner = loops(grown)
        return not inner or bool(set(inner) <= set(loops(made)))

    def _called(self, ref: Ref, loop: str, depth: int) -> History:
        """Messages that go through a function: one that trims bounds them."""
        callee = self.callees.of(ref)
        node = self.program.node(ref)
        if callee.names & self.bounds:
            return History("bounded", at=self.program.callee_span(ref))
        for target in callee.functions:
            if self._trims(target):
                return History("bounded", at=self.program.callee_span(ref))
        if callee.tail in ("setdefault", "get") and callee.receiver:
            function = self.program.function(ref)
            target = function.nodes[node.args[0]]
            if target.op == "attr":
                holder = self._holder(ref.sibling(target.args[0]))
                if holder is not None and holder.scope in ("module", "instance", "class"):
                    return self._judge(Holder("session", holder.name, holder.module, holder.owner, ref), loop)
        if callee.functions:
            return self._returned(callee.functions, loop, depth)
        arguments = [n for _, n in node.args[1]]
        if callee.tail in ("list", "copy", "deepcopy", "dumps", "tuple", "cast") and arguments:
            return self._of_node(ref.sibling(arguments[0]), loop, depth + 1)
        return History("unknown")

    def _returned(self, functions: list[FunctionValue], loop: str, depth: int) -> History:
        """Messages that a function of the project builds or hands out."""
        results: list[History] = []
        for target in functions[:3]:
            flow = self.resolver.flow_of(target)
            for leave in flow.exits:
                if leave.kind == "return" and leave.node != NOTHING:
                    results.append(self._of_node(Ref(target.module, target.number, leave.node), loop, depth + 1))
        for status in ("unbounded", "bounded"):
            for result in results:
                if result.status == status:
                    return result
        return History("none") if results and all(r.status == "none" for r in results) else History("unknown")

    def _trims(self, target: FunctionValue) -> bool:
        """A function that cuts, counts or summarises what it gets."""
        flow = self.resolver.flow_of(target)
        if any(n.op == "slice" for n in flow.nodes):
            return True
        for number in flow.calls:
            callee = self.callees.of(Ref(target.module, target.number, number))
            if callee.names & self.bounds or callee.tail in SHRINK or "token" in callee.tail:
                return True
        return False

    # the variable ----------------------------------------------------------------------------------------------

    def _holder(self, ref: Ref) -> Holder | None:
        """The variable that a node reads, when it outlives the call."""
        node = self.program.node(ref)
        function = self.program.function(ref)
        if node.op == "item":
            inner = self._holder(ref.sibling(node.args[0]))
            return Holder("session", inner.name, inner.module, inner.owner, ref) if inner is not None else None
        if node.op == "name":
            return self._global_holder(ref, str(node.args[0]))
        if node.op == "attr":
            base = function.nodes[node.args[0]]
            if base.op in ("param", "name") and base.args[0] in ("self", "cls"):
                owner = function
                while owner.owner == NOTHING and owner.parent > 0:
                    owner = self.program.modules[ref.module].functions[owner.parent]
                if owner.owner != NOTHING:
                    cls = ClassValue(ref.module, owner.owner)
                    name = str(node.args[1])
                    shared = name in self.resolver.classes.flow(cls).bindings and not self.resolver.classes.stores(
                        cls, name
                    )
                    return Holder("class" if shared else "instance", name, ref.module, owner.owner, ref)
        return None

    def _global_holder(self, ref: Ref, name: str) -> Holder | None:
        """A list or dict of a module, also one that was imported from another module."""
        body = self.program.modules[ref.module].functions[0]
        for number in body.bindings.get(name, ()):
            bound = body.nodes[number]
            made = bound.op == "call" and self.program.tail(ref.module, body, bound.args[0]) in (
                "list", "dict", "defaultdict", "deque", "OrderedDict",
            )  # fmt: skip
            if bound.op in ("list", "dict") or made:
                return Holder("module", name, ref.module, -1, ref)
            if bound.op == "import" and bound.args[1]:
                index = self.program.find(self.resolver.scopes.absolute(ref.module, bound.args[0]), ref.module)
                if index is not None:
                    other = self.program.modules[index].functions[0].bindings.get(bound.args[1], [])
                    if any(self.program.modules[index].functions[0].nodes[n].op in ("list", "dict") for n in other):
                        return Holder("module", bound.args[1], index, -1, ref)
        return None

    def _judge(self, holder: Holder, loop: str) -> History:
        scope = holder.scope if holder.scope in ("module", "instance", "class", "session", "call") else None
        if self._made_bounded(holder):
            return History("bounded", scope, self.program.span(holder.at))  # type: ignore[arg-type]
        functions = self._functions(holder)
        grown, trimmed = self._changes(holder, functions)
        if not grown:
            return History("none", scope)  # type: ignore[arg-type]
        if trimmed:
            return History("bounded", scope, self.program.span(trimmed[0]))  # type: ignore[arg-type]
        return History("unbounded", scope, self.program.callee_span(grown[0]))  # type: ignore[arg-type]

    def _made_bounded(self, holder: Holder) -> bool:
        """`deque(maxlen=20)` and the memory classes that the catalogue names."""
        values = self.resolver.values(holder.at)
        for value in values:
            if isinstance(value, Made):
                name = value.name.replace("()", "")
                if name in self.bounds or (name.endswith("deque") and self.resolver.argument(value.ref, "maxlen", 1)):
                    return True
        return self._entries_bounded(holder)

    def _entries_bounded(self, holder: Holder) -> bool:
        """`defaultdict(lambda: deque(maxlen=20))`."""
        body = self.program.modules[holder.module].functions[0]
        for number in body.bindings.get(holder.name, ()) if holder.owner == -1 else ():
            node = body.nodes[number]
            if node.op != "call" or not node.args[1]:
                continue
            made = Ref(holder.module, 0, number)
            for target in self.resolver.values(Ref(holder.module, 0, node.args[1][0][1])):
                for value in self.resolver.called(target, made) if isinstance(target, FunctionValue) else ():
                    if isinstance(value, Made) and value.name.endswith("deque"):
                        return self.resolver.argument(value.ref, "maxlen", 1) is not None
        return False

    def _functions(self, holder: Holder) -> list[FunctionFlow]:
        if holder.owner == -1:
            return [f for m in self.program.modules for f in m.functions if self._may_see(m.name, f, holder)]
        classes = [ClassValue(holder.module, holder.owner)]
        classes += self.resolver.classes.bases(classes[0])[0] + self.resolver.classes.subclasses(classes[0])
        keys = {(c.module, c.number) for c in classes}
        return self._users_of(holder, set(classes)) + [
            f
            for i, m in enumerate(self.program.modules)
            for f in m.functions
            if (i, f.owner) in keys or self._nested(i, f, keys)
        ]

    def _users_of(self, holder: Holder, classes: set[ClassValue]) -> list[FunctionFlow]:
        """Functions elsewhere that reach into an object: `bot.messages.append(...)`."""
        found: list[FunctionFlow] = []
        for module, function in self.program.all_functions():
            if function.owner != NOTHING:
                continue
            for number in function.attributes:
                node = function.nodes[number]
                if node.args[1] == holder.name:
                    values = self.resolver.values(Ref(module, function.number, node.args[0]))
                    if any(isinstance(v, ObjectValue) and v.cls in classes for v in values):
                        found.append(function)
                        break
        return found

    def _nested(self, module: int, function: FunctionFlow, keys: set[tuple[int, int]]) -> bool:
        parent = function.parent
        return parent > 0 and (module, self.program.modules[module].functions[parent].owner) in keys

    def _may_see(self, name: str, function: FunctionFlow, holder: Holder) -> bool:
        return any(n.op in ("name", "attr") and holder.name in n.args for n in function.nodes)

    def _changes(self, holder: Holder, functions: list[FunctionFlow]) -> tuple[list[Ref], list[Ref]]:
        """Where the list grows, and where it is cut."""
        grown: list[Ref] = []
        trimmed: list[Ref] = []
        for function in functions:
            module = self._module_of(function)
            for number in function.calls:
                target = function.nodes[function.nodes[number].args[0]]
                if target.op == "attr" and self._is(module, function, target.args[0], holder):
                    if target.args[1] in GROW:
                        grown.append(Ref(module, function.number, number))
                    elif target.args[1] in SHRINK and not self._pops_key(function, number, holder):
                        trimmed.append(Ref(module, function.number, number))
            self._stores(module, function, holder, grown, trimmed)
            for number, node in enumerate(function.nodes):
                if node.op == "item" and self._is(module, function, node.args[0], holder):
                    if function.nodes[node.args[1]].op == "slice":
                        trimmed.append(Ref(module, function.number, number))
                if node.op == "call" and any(self._is(module, function, n, holder) for _, n in node.args[1]):
                    callee = self.callees.of(Ref(module, function.number, number))
                    if callee.names & self.bounds or any(self._trims(t) for t in callee.functions):
                        trimmed.append(Ref(module, function.number, number))
        return grown, trimmed

    def _pops_key(self, function: FunctionFlow, number: int, holder: Holder) -> bool:
        """`SESSIONS.pop(id)` ends one conversation; it does not shorten it."""
        arguments = function.nodes[number].args[1]
        return holder.scope == "session" and bool(arguments) and function.nodes[arguments[0][1]].op != "const"

    def _stores(
        self, module: int, function: FunctionFlow, holder: Holder, grown: list[Ref], trimmed: list[Ref]
    ) -> None:
        for store in function.stores:
            named = not store.item and store.key == holder.name and holder.owner != -1
            kept = store.item and self._is(module, function, store.base, holder)
            if not named and not kept:
                continue
            value = function.nodes[store.value]
            if store.augmented:
                grown.append(Ref(module, function.number, store.value))
            elif value.op == "item" and function.nodes[value.args[1]].op == "slice":
                trimmed.append(Ref(module, function.number, store.value))
            elif value.op == "call":
                callee = self.callees.of(Ref(module, function.number, store.value))
                if callee.names & self.bounds or any(self._trims(t) for t in callee.functions):
                    trimmed.append(Ref(module, function.number, store.value))

    def _module_of(self, function: FunctionFlow) -> int:
        for index, module in enumerate(self.program.modules):
            if function.number < len(module.functions) and module.functions[function.number] is function:
                return index
        raise LookupError(function.qualified_name)

    def _is(self, module: int, function: FunctionFlow, number: int, holder: Holder, depth: int = 0) -> bool:
        """Whether a node is the variable, an entry of it, or a local name for it."""
        if holder.scope == "call":
            return self._local_is(function, number, holder, 0)
        node = function.nodes[number]
        if node.op == "item" or (node.op == "call" and depth < 3):
            inner = node.args[0]
            if node.op == "call":
                target = function.nodes[inner]
                if target.op != "attr" or target.args[1] not in ("setdefault", "get"):
                    return False
                inner = target.args[0]
            return self._is(module, function, inner, holder, depth + 1)
        if node.op in ("union", "bool", "ifexp") and depth < 3:
            members = node.args if node.op == "union" else node.args[1:]
            return any(m != number and self._is(module, function, m, holder, depth + 1) for m in members)
        if holder.owner == -1 and node.op == "name":
            return bool(node.args[0] == holder.name)
        return node.op == "attr" and bool(node.args[1] == holder.name)

    def _local_is(self, function: FunctionFlow, number: int, holder: Holder, depth: int) -> bool:
        if number == holder.at.node:
            return True
        node = function.nodes[number]
        if node.op == "union" and depth < 4:
            return any(m < number and self._local_is(function, m, holder, depth + 1) for m in node.args)
        return False


def _worst(results: list[History]) -> History:
    """What holds when a list is put together of several."""
    for status in ("unbounded", "unknown", "bounded"):
        for result in results:
            if result.status == status:
                return result
    return History("none")
