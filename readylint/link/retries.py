"""Retries: every mechanism that repeats a call, whether it can fire, and how often the call is tried in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.catalogue import Argument, RetryRule
from readylint.facts import Retry, RetryAlternative, RetryLayer
from readylint.flow import Context, FunctionFlow
from readylint.link.calls import ModelCall
from readylint.link.effective import Effective
from readylint.link.exceptions import FAILURES
from readylint.link.guards import Guards
from readylint.link.readings import Reading
from readylint.link.retry_loops import RetryLoops
from readylint.values import Const, External, FunctionValue, Made, Ref

if TYPE_CHECKING:
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver

DEPTH = 8


class Retries:
    """Collects the layers of a call and multiplies them."""

    def __init__(self, resolver: Resolver, effective: Effective, guards: Guards, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.effective = effective
        self.guards = guards
        self.entries = entries
        self.written_loops = RetryLoops(resolver, guards)
        self.rules: list[RetryRule] = resolver.knowledge.first_evidence("retry")

    def retry(self, call: ModelCall) -> Retry:
        """The retry fact of a call."""
        layers = self._outer_layers(call)
        readings = self.effective.readings(call, "retries")
        spec = self._spec(call)
        if len(readings) > 1:
            ways = [self._with_sdk(call, [self._sdk_layer(r, r.counts or spec)], layers) for r in readings]
            first = ways[0]
            same = all((w.attempts, w.status) == (first.attempts, first.status) for w in ways)
            for way, r in zip(ways, readings, strict=True):
                way.at, way.path = r.at, f"{r.at.path}:{r.at.line}" if r.at else ""
            return Retry(
                first.status if same else "unknown", first.attempts if same else None, first.layers, at=first.at,
                alternatives=[] if same else ways,
            )  # fmt: skip
        sdk = [self._sdk_layer(readings[0], readings[0].counts or spec)] if readings else self._default_layer(call)
        way = self._with_sdk(call, sdk, layers)
        place = readings[0].at if readings and readings[0].at else self.effective.cause(call, "retries")
        return Retry(way.status, way.attempts, way.layers, at=place)

    def _spec(self, call: ModelCall) -> str:
        for value in call.objects:
            client = self.resolver.knowledge.client(value.sdk, value.constructor)
            if client is not None and "retries" in client.arguments:
                return client.arguments["retries"].counts
        spec = call.argument("retries")
        return spec.counts if spec is not None else "retries"

    def _sdk_layer(self, reading: Reading, counts: str) -> RetryLayer:
        attempts: int | None = None
        if isinstance(reading.value, int | float) and not isinstance(reading.value, bool):
            attempts = max(1, int(reading.value) + (0 if counts == "attempts" else 1))
        elif reading.value == "none":
            attempts = None
        at = None if reading.source == "sdk-default" else reading.at
        return RetryLayer("sdk", attempts, bool(attempts is None or attempts > 1), True, None, at)

    def _default_layer(self, call: ModelCall) -> list[RetryLayer]:
        default = self.effective.default(call, "retries")
        if not default.known:
            has = self.effective.has_default(call, "retries")
            if not has and call.declared is None and call.sdk.defaults:
                return [RetryLayer("sdk", None, None)]
            return [RetryLayer("sdk", None, None)] if has or call.declared is not None else []
        if isinstance(default.value, int):
            return [RetryLayer("sdk", default.value + 1, default.value > 0, True)] if default.value > 0 else []
        return [RetryLayer("sdk", None, None)]

    def _with_sdk(self, call: ModelCall, sdk: list[RetryLayer], outer: list[RetryLayer]) -> RetryAlternative:
        layers = [x for x in sdk if x.attempts != 1] + outer
        firing = [x for x in layers if x.fires is not False]
        explicit = [x for x in firing if x.kind != "sdk" or x.at is not None]
        total: int | str | None = 1
        for layer in firing:
            if layer.attempts == "unbounded" or total == "unbounded":
                total = "unbounded"
            elif layer.attempts == "bounded" or total == "bounded":
                total = "bounded" if layer.attempts is not None and total is not None else None
            elif layer.attempts is None or total is None:
                total = None
            elif isinstance(total, int) and isinstance(layer.attempts, int):
                total *= layer.attempts
        if any(x.fires is True and x.attempts != 1 and (x.kind != "sdk" or x.attempts is not None) for x in explicit):
            status = "explicit"
        elif any(x.attempts is None or x.fires is None for x in firing):
            status = "unknown"
        elif firing:
            status = "sdk-default"
        else:
            status = "none"
        return RetryAlternative(status, total, layers)  # type: ignore[arg-type]

    # layers around the call ------------------------------------------------------------------------------------

    def _outer_layers(self, call: ModelCall) -> list[RetryLayer]:
        layers = self._views(call)
        seen: set[tuple[int, int]] = set()
        layers += self._around(call.ref, call, 0, seen)
        for value in call.objects:
            decorated = self.resolver.objects.function_of(value)
            if decorated is not None:
                layers += self._decorators(decorated[0], decorated[1], call, call.ref)
        return layers

    def _views(self, call: ModelCall) -> list[RetryLayer]:
        """`with_retry(...)` and the like laid over the object."""
        found: list[RetryLayer] = []
        for value in call.objects[:1]:
            views = {v.id: v for v in self.resolver.knowledge.sdks[value.sdk].views}
            for overlay in value.overlays:
                view = views.get(overlay.view)
                if view is None or "attempts" not in view.sets:
                    continue
                attempts = view.sets["attempts"]
                spec = view.arguments.get("attempts") or view.arguments.get("retries")
                given = self.effective.reader.find(overlay.ref, spec) if spec is not None else None
                for ref in given.refs if given is not None else ():
                    for inner in self.resolver.values(ref):
                        attempts = inner.value if isinstance(inner, Const) else None
                at = self.program.callee_span(overlay.ref)
                found.append(RetryLayer("framework", attempts, True, True, None, at))
        return found

    def _around(self, ref: Ref, call: ModelCall, depth: int, seen: set[tuple[int, int]]) -> list[RetryLayer]:
        function = self.program.function(ref)
        layers = self._loops(ref, call)
        key = (ref.module, ref.function)
        if key in seen or depth > DEPTH:
            return layers
        seen.add(key)
        layers += self._decorators(ref.module, function, call, ref)
        entry = self.entries.of(ref.module, function)
        if entry is not None:
            return layers + self._task(entry.rule.retries, entry.rule.default_retries, entry.kind, entry.at)
        sites, complete = self.entries.sites(ref.module, function)
        above = [self._around(s.ref, call, depth + 1, seen) for s in sites if not (s.deferred and s.through is None)]
        if above and complete and all(above):
            best = min(above, key=lambda way: (way[0].attempts is None, len(way)))
            for layer in best:
                layers.append(layer)
        return layers

    def _task(self, retries: dict[str, Argument], default: int | None, kind: str, at: Ref | None) -> list[RetryLayer]:
        """Retries of a queue, when the task asks for them for errors."""
        if kind != "task" or at is None or (not retries and default is None):
            return []
        if "errors" not in retries and default is not None:
            count: int | None = default + 1
            return [
                RetryLayer(
                    "task", self._task_attempts(at, retries, count), True, True, None, self.program.callee_span(at)
                )
            ]
        if self.program.node(at).op != "call":
            return []
        errors = retries.get("errors")
        given = self.effective.reader.find(at, errors) if errors is not None else None
        if given is None or not given.refs:
            return []
        count = self._task_attempts(at, retries, default + 1 if default is not None else None)
        return [RetryLayer("task", count, True, None, None, self.program.callee_span(at))]

    def _task_attempts(self, at: Ref, retries: dict[str, Argument], count: int | None) -> int | None:
        """The attempts that a task's decorator asks for, the first one counted."""
        attempts = retries.get("attempts")
        if attempts is None or self.program.node(at).op != "call":
            return count
        for ref in self.effective.reader.find(at, attempts).refs:
            for value in self.resolver.values(ref):
                if isinstance(value, Const) and isinstance(value.value, int):
                    return value.value + (0 if attempts.counts == "attempts" else 1)
        return count

    def _decorators(self, module: int, function: FunctionFlow, call: ModelCall, ref: Ref) -> list[RetryLayer]:
        layers: list[RetryLayer] = []
        for at, target in self.program.decorations(module, function):
            for value in self.resolver.values(at):
                if isinstance(value, Made | External):
                    layers += self._library_decorator(value, at, function, call, ref)
                elif isinstance(value, FunctionValue):
                    layers += self._project_decorator(value, call, at)
            for value in self.resolver.values(target) if target != at else ():
                if isinstance(value, FunctionValue):
                    layers += self._project_decorator(value, call, at)
        return layers[:2]

    def _library_decorator(
        self, value: Made | External, at: Ref, function: FunctionFlow, call: ModelCall, ref: Ref
    ) -> list[RetryLayer]:
        name = value.name.replace("()", "")
        for rule in self.rules:
            if name not in rule.make or rule.iterate:
                continue
            made = value.ref if isinstance(value, Made) else None
            layer = self._from_rule(rule, made, call)
            layer.at = self.program.callee_span(made or at)
            if function.is_generator:
                layer.fires, layer.why_not = False, "it decorates a generator, which only raises while it is iterated"
            else:
                inside = self.guards.in_function(ref, call)
                if (
                    inside.status == "site"
                    and set(FAILURES) <= inside.covered
                    and inside.body is not None
                    and inside.body.on_error in ("dropped", "answered")
                ):
                    layer.fires, layer.why_not = False, "the function catches the error inside, so nothing reaches it"
            return [layer]
        return []

    def _from_rule(self, rule: RetryRule, made: Ref | None, call: ModelCall) -> RetryLayer:
        attempts: int | str | None = rule.default_attempts
        layer = RetryLayer("decorator", attempts, True, rule.backoff == "always")
        if made is None:
            return layer
        given = self.effective.reader.find(made, rule.attempts) if rule.attempts is not None else None
        if given is not None and given.refs:
            layer.attempts = self._attempts(rule, given.refs[0])
        elif given is not None and given.unknown:
            layer.attempts = None
        for bound in rule.time_bounds:
            if "." not in bound and self.resolver.argument(made, bound) is not None and layer.attempts == "unbounded":
                layer.attempts = "bounded"
        if rule.backoff and rule.backoff != "always":
            layer.backoff = self.resolver.argument(made, rule.backoff) is not None
        self._predicate(rule, made, call, layer)
        if layer.attempts == 1:
            layer.fires, layer.why_not = False, "it stops after the first attempt"
        return layer

    def _attempts(self, rule: RetryRule, ref: Ref, depth: int = 0) -> int | str | None:
        """The number in `stop=stop_after_attempt(3) | stop_after_delay(60)`."""
        node = self.program.node(ref)
        if node.op == "binop" and depth < 4:
            sides = [self._attempts(rule, ref.sibling(n), depth + 1) for n in node.args[1:]]
            numbers = [s for s in sides if isinstance(s, int)]
            return min(numbers) if numbers else ("bounded" if "bounded" in sides else None)
        for value in self.resolver.values(ref):
            if isinstance(value, Const):
                if isinstance(value.value, int) and not isinstance(value.value, bool):
                    return value.value if value.value > 0 else "unbounded"
                return "unbounded" if value.value is None else None
            if isinstance(value, Made):
                name = value.name.replace("()", "")
                if name in rule.attempts_of:
                    inner = self.resolver.argument(value.ref, "max_attempt_number", rule.attempts_of[name])
                    for number in self.resolver.values(inner) if inner is not None else ():
                        if isinstance(number, Const) and isinstance(number.value, int):
                            return number.value
                if name in rule.time_bounds:
                    return "bounded"
                return "unbounded" if name.endswith("stop_never") else None
            if isinstance(value, External):
                return "unbounded" if value.name.endswith("stop_never") else None
        return None

    def _predicate(self, rule: RetryRule, made: Ref, call: ModelCall, layer: RetryLayer) -> None:
        if rule.errors is None:
            return
        given = self.effective.reader.find(made, rule.errors)
        for ref in given.refs:
            classes: Ref | None = None
            for value in self.resolver.values(ref):
                if isinstance(value, Made) and value.name in rule.errors_of:
                    classes = self.resolver.argument(value.ref, "exception_types", rule.errors_of[value.name])
                elif not rule.errors_of:
                    classes = ref
            if classes is None:
                return
            caught = self.guards.exceptions.caught(classes)
            layer.errors = caught.names
            covered = self.guards.exceptions.covered(caught, call) & set(FAILURES)
            if not covered and (caught.unknown or not caught.names or call.is_http):
                # Whoever looks at the status of a plain response may raise an error of another kind for it.
                layer.fires = None
                return
            if not covered:
                layer.fires = False
                layer.why_not = f"the SDK never raises {', '.join(caught.names)}"

    def _project_decorator(self, value: FunctionValue, call: ModelCall, at: Ref) -> list[RetryLayer]:
        """A decorator of the project whose inner function repeats the decorated one."""
        flows = self.program.modules[value.module].functions
        for flow in flows:
            parent = flow
            while parent.number != value.number and parent.parent > 0:
                parent = flows[parent.parent]
            if parent.number != value.number:
                continue
            names = {p.name for f in flows if f.number in (value.number, flow.parent, flow.number) for p in f.params}
            for number in flow.calls:
                target = flow.nodes[flow.nodes[number].args[0]]
                if target.op == "union" and target.args:
                    target = flow.nodes[target.args[0]]
                if target.op in ("name", "param") and target.args[0] in names:
                    layers = self._loops(Ref(value.module, flow.number, number), call)
                    for layer in layers:
                        layer.kind, layer.at = "decorator", self.program.callee_span(at)
                    if layers:
                        return layers
        return []

    # loops -----------------------------------------------------------------------------------------------------

    def _loops(self, ref: Ref, call: ModelCall) -> list[RetryLayer]:
        """Loops that try the call again when it fails."""
        function = self.program.function(ref)
        layers: list[RetryLayer] = []
        tried: list[int] = []
        for number, around in function.ancestors(function.nodes[ref.node].context):
            if around.kind == "try":
                tried.append(number)
            elif around.kind in ("for", "while"):
                library = self._library_loop(ref, around, call)
                if library is not None:
                    layers.append(library)
                    continue
                for attempt in tried:
                    layer = self.written_loops.layer(ref, function, number, attempt, call)
                    if layer is not None:
                        layers.append(layer)
                        break
        return layers

    def _library_loop(self, ref: Ref, around: Context, call: ModelCall) -> RetryLayer | None:
        if around.kind != "for" or not around.nodes:
            return None
        for value in self.resolver.values(ref.sibling(around.nodes[0])):
            name = value.name.replace("()", "") if isinstance(value, Made) else ""
            for rule in self.rules:
                if rule.iterate and name in rule.make and isinstance(value, Made):
                    layer = self._from_rule(rule, value.ref, call)
                    layer.kind, layer.at = "loop", self.program.callee_span(value.ref)
                    return layer
        return None
