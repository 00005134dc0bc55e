"""Retries: every mechanism that repeats a call, whether it can fire, and how often the call is tried in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.facts import Retry, RetryAlternative, RetryLayer
from readylint.link.calls import ModelCall
from readylint.link.effective import Effective
from readylint.link.guards import Guards
from readylint.link.readings import Reading
from readylint.link.retry_ways import RetryWays
from readylint.values import Const

if TYPE_CHECKING:
    from readylint.link.entries import Entries
    from readylint.link.resolver import Resolver


class Retries:
    """Collects the layers of a call and multiplies them."""

    def __init__(self, resolver: Resolver, effective: Effective, guards: Guards, entries: Entries) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self.effective = effective
        self.ways = RetryWays(resolver, effective, guards, entries)

    def retry(self, call: ModelCall) -> Retry:
        """The retry fact of a call."""
        layers = self._outer_layers(call)
        readings = self.effective.readings(call, "retries") or self._differing(call)
        spec = self._spec(call)
        if len(readings) > 1:
            ways = [self._with_sdk(call, [self._sdk_layer(r, r.counts or spec)], layers) for r in readings]
            first = ways[0]
            same = all((w.attempts, w.status) == (first.attempts, first.status) for w in ways)
            for way, r in zip(ways, readings, strict=True):
                way.at, way.path = r.at, r.path
            agreed = all(w.status == first.status for w in ways)
            return Retry(
                first.status if agreed else "unknown", first.attempts if same else None, first.layers, at=first.at,
                alternatives=[] if same else ways,
            )  # fmt: skip
        sdk = [self._sdk_layer(readings[0], readings[0].counts or spec)] if readings else self._default_layer(call)
        way = self._with_sdk(call, sdk, layers)
        place = readings[0].at if readings and readings[0].at else self.effective.cause(call, "retries")
        return Retry(way.status, way.attempts, way.layers, at=place)

    def _differing(self, call: ModelCall) -> list[Reading]:
        """The defaults of the versions that may be installed, where they differ."""
        found = self.effective.default_readings(call, "retries")
        return found if len(found) > 1 else []

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
            at = self.effective.cause(call, "retries") if "retries" in default.line.get("chosen", ()) else None
            return [RetryLayer("sdk", default.value + 1, True, True, None, at)] if default.value > 0 else []
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
        return [*self._views(call), *self.ways.layers(call)]

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
                layer = RetryLayer("framework", attempts, True, True, None, at)
                self.ways.libraries.repeated_by(layer, overlay.ref, view.arguments.get("errors"), call)
                found.append(layer)
        return found
