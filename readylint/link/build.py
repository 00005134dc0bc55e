"""The linked program as facts."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readylint.facts import (
    SETTING_ROLES,
    Alternative,
    AnyFact,
    Guard,
    LlmCall,
    Output,
    Role,
    Setting,
    Span,
)
from readylint.link.answers import Answers
from readylint.link.caches import AnswerCaches
from readylint.link.call_details import CallDetails
from readylint.link.callee import Callees
from readylint.link.calls import CallFinder, ModelCall
from readylint.link.client_lives import ClientLives
from readylint.link.controls import Controls
from readylint.link.effective import Effective
from readylint.link.entries import Entries
from readylint.link.entry_facts import EntryFacts
from readylint.link.fact_places import FactPlaces
from readylint.link.fallbacks import Fallbacks
from readylint.link.fan_out import FanOuts
from readylint.link.further_facts import FurtherFacts
from readylint.link.guards import Guards
from readylint.link.histories import Histories
from readylint.link.knowledge import Knowledge
from readylint.link.models import Models
from readylint.link.output_details import OutputDetails
from readylint.link.outputs import Outputs
from readylint.link.program import Program
from readylint.link.providers import Providers
from readylint.link.readings import as_setting
from readylint.link.refusals import Refusals
from readylint.link.resolver import Resolver
from readylint.link.retries import Retries
from readylint.link.silent_files import SilentFile, SilentFiles
from readylint.link.stages import Stages
from readylint.link.surroundings import Surroundings
from readylint.link.timeouts import Timeouts
from readylint.link.turns import Turns
from readylint.link.vector_stores import VectorStores
from readylint.link.versions import Declared
from readylint.link.wording import failure_words, output_words, retry_words, steps_words
from readylint.values import Ref

if TYPE_CHECKING:
    from collections.abc import Callable

GENERATING = {"chat", "responses", "completion", "agent", "realtime"}


@dataclass(slots=True)
class LinkedProject:
    """The facts of one project, and the modules that were read for them."""

    facts: list[AnyFact]
    calls: int
    modules: list[str] = field(default_factory=list)


class Linker:
    """Joins the modules of one project and states what holds for each model call."""

    def __init__(
        self,
        program: Program,
        knowledge: Knowledge,
        dependencies: dict[str, Declared],
        project: str,
        role_of: Callable[[str], Role],
    ) -> None:
        """`dependencies` are by distribution name; `role_of` gives the role of a path."""
        self.program = program
        self.read = len(program.modules)
        self.knowledge = knowledge
        self.places = FactPlaces(program, project, role_of)
        self.resolver = Resolver(program, knowledge)
        self.callees = Callees(self.resolver)
        self.effective = Effective(self.resolver, dependencies, role_of)
        self.resolver.classes.load_bases()
        self.calls = CallFinder(self.resolver).find()
        self.entries = Entries(self.resolver, self.callees, role_of)
        self.guards = Guards(self.resolver, self.callees, self.entries)
        self.retries = Retries(self.resolver, self.effective, self.guards, self.entries)
        self.surroundings = Surroundings(self.resolver, self.effective, self.callees, self.entries)
        self.timeouts = Timeouts(self.resolver, self.effective)
        self.answers = Answers(self.resolver, self.callees, self.entries, self.calls)
        self.outputs = Outputs(self.resolver, self.effective, self.callees, self.surroundings)
        self.output_details = OutputDetails(self.answers, self.guards)
        self.histories = Histories(self.resolver, self.effective, self.callees, self.surroundings, self.entries)
        controls = Controls(self.resolver, self.effective, self.callees, self.entries)
        self.fan_outs = FanOuts(self.resolver, self.callees, self.entries, self.surroundings)
        self.providers = Providers(knowledge, self.effective)
        self.refusals = Refusals(self.resolver, self.effective)
        self.turns = Turns(self.resolver, self.effective, self.callees)
        self.models = Models(self.resolver, self.effective)
        self.details = CallDetails(self.resolver, self.effective, self.callees, self.entries, self.histories)
        self.details.know(self.calls)
        self.fallbacks = Fallbacks(self.resolver, self.effective, self.guards, self.entries, self.models, self.calls)
        self.stages = Stages(self.resolver, self.callees, self.details.effects, self.calls)
        entry_facts = EntryFacts(self.fan_outs, controls, self.details.effects)
        self.caches = AnswerCaches(self.resolver, self.effective, self.callees, self.entries, self.places)
        self.stores = VectorStores(
            self.resolver, self.effective, self.callees, self.entries, self.places, self.details.effects.idempotence
        )
        lives = ClientLives(self.resolver, self.entries)
        self.further = FurtherFacts(program, self.places, self.entries, lives, controls, entry_facts)

    def link(self) -> LinkedProject:
        """All facts of the project, in order of place."""
        facts: list[AnyFact] = []
        by_client: dict[Ref, list[LlmCall]] = defaultdict(list)
        reached: list[tuple[ModelCall, LlmCall]] = []
        for call in self.calls:
            fact = self._call(call)
            facts.append(fact)
            reached.append((call, fact))
            for made in dict.fromkeys(value.made for value in call.objects):
                if made is not None:
                    by_client[made].append(fact)
        self._compare_models(reached)
        self.fallbacks.fill(reached, self.places)
        facts += self.further.clients(by_client)
        facts += self.further.entry_points(reached)
        facts += self.further.evidence(reached)
        facts += self.further.secrets()
        facts += self.stores.find(reached)
        facts += self.caches.find(reached)
        facts.sort(key=lambda f: (f.span, f.kind, f.id))
        return LinkedProject(facts, len(self.calls), [m.path for m in self.program.modules])

    def _compare_models(self, reached: list[tuple[ModelCall, LlmCall]]) -> None:
        """A literal beside calls of the same function that take the model from elsewhere is what is left over."""
        groups: dict[tuple[str, str | None, str], list[LlmCall]] = defaultdict(list)
        for _, fact in reached:
            groups[fact.span.path, fact.inside, fact.callee].append(fact)
        for group in groups.values():
            if any(f.model.origin not in ("literal", "constant", "not-applicable") for f in group):
                for fact in group:
                    if fact.model.origin in ("literal", "constant"):
                        fact.model.origin = "config-with-default"

    def silent_files(self) -> list[SilentFile]:
        """The files that import an SDK and hold no call, and why."""
        return SilentFiles(self.resolver).find(self.calls, self.read)

    # calls -----------------------------------------------------------------------------------------------------

    def _call(self, call: ModelCall) -> LlmCall:
        ref = call.ref
        callee_span = self.program.callee_span(ref)
        node = self.program.node(ref)
        function = self.program.function(ref)
        target = function.nodes[node.args[0]] if node.op == "call" else node
        callee = self.program.modules[ref.module].written(target.start, target.end)
        path = self.program.modules[ref.module].path
        assumed = self.effective.applying(call)
        fact = LlmCall(
            id=self.places.identity("llm.call", ref, callee),
            span=self.program.span(ref),
            role=self.places.role_of(path),
            project=self.places.project,
            inside=self.places.inside(ref),
            callee=callee,
            callee_span=callee_span,
            sdk=call.sdk.sdk,
            provider=self.providers.of(call),
            operation=(call.endpoint.operation if call.endpoint else call.call.operation),  # type: ignore[arg-type]
            sdk_versions=assumed.versions,
            by_reference=call.by_reference,
            is_async=function.is_async,
            transport="http" if call.is_http else "sdk",
        )
        fact.loop = self.surroundings.loop(ref)
        fact.streaming = self._streaming(call)
        fact.in_handler = self.entries.reached_from(ref.module, ref.function, "handler")
        fact.in_task = self.entries.reached_from(ref.module, ref.function, "task")
        fact.blocking_in_async, _ = self.surroundings.blocking(call)
        fact.guard = self._guard(call)
        fact.guard.why = failure_words(fact.guard)
        fact.guard.stages = self.stages.of(fact.guard, call)
        fact.retry = self.retries.retry(call)
        if any(layer.attempts == "unbounded" and layer.kind == "decorator" for layer in fact.retry.layers):
            self._held_back(fact)
        enclosing = self.surroundings.enclosing(call)
        fact.time_limited = enclosing is not None and enclosing.value != "none"
        fact.timeout = self.timeouts.timeout(call, fact, assumed, enclosing)
        fact.retry.why = retry_words(fact.retry, assumed, self.effective.default(call, "retries"))
        fact.max_output = self._max_output(call)
        fact.model = self.models.model(call)
        if fact.operation == "completion" and (
            fact.model.tier == "embedding" or any("embed" in i for i in fact.model.ids)
        ):
            fact.operation = "embedding"
        fact.settings = self._settings(call)
        fact.json_mode = self._json_mode(call)
        fact.refused = self.refusals.refused(call, fact)
        self._answer(call, fact)
        fact.history = self.histories.history(call)
        self.details.fill(call, fact, self.outputs.tracers, fact.operation in GENERATING)
        fact.fan_out = self.fan_outs.of(call)
        fact.loop_dependent = self.turns.dependent(call) if fact.loop != "none" else None
        return fact

    def _guard(self, call: ModelCall) -> Guard:
        returned = call.sdk.errors.returned
        if returned is not None and self.effective.defaults.version_lines(call).within(returned) is not False:
            return Guard("unknown", why="failures are handed back here, not raised")
        return self.guards.guard(call)

    def _streaming(self, call: ModelCall) -> bool | None:
        if call.endpoint is not None and call.call.stream is None:
            return self._body_streams(call)
        if call.call.stream is None:
            return False
        if call.call.stream == "always":
            return True
        if call.argument_call is None:
            return None
        given = self.effective.reader.keyword(call.argument_call, call.call.stream, None, 4)
        for value in call.objects if given.absent else ():
            if value.made is not None and given.absent:
                given = self.effective.reader.keyword(value.made, call.call.stream, None, 4)
        if given.absent:
            return False
        values = [v for r in given.refs for v in self.resolver.values(r)]
        constants = {getattr(v, "value", None) for v in values}
        if len(constants) == 1 and constants <= {True, False}:
            return constants.pop()
        return None

    def _body_streams(self, call: ModelCall) -> bool | None:
        """`"stream": true` in the body of a request."""
        values = [r.value for r in self.effective.readings(call, "stream")]
        if all(v is True for v in values):
            return bool(values)
        return False if all(v is False for v in values) else None

    def _held_back(self, fact: LlmCall) -> None:
        """What a decorator retries for ever does not come out."""
        fact.guard.covers_all = None if fact.guard.covers_all is False else fact.guard.covers_all
        if fact.guard.status == "none":
            fact.guard = Guard("unknown", "unknown", logged="unknown", why="a decorator retries it without end")

    def _max_output(self, call: ModelCall) -> Setting:
        setting = self.effective.setting(call, "max_output")
        if setting.source == "sdk-default" and setting.value == "none":
            setting.source = "unset"
        switched_off = setting.value == "none" and setting.source != "unset"
        possible: list[Setting | Alternative] = [setting, *setting.alternatives]
        for one in possible:
            one.source = "unset" if one.value == "none" else one.source
        if any(one.source == "unknown" for one in possible) and self._is_given(call, "max_output"):
            for one in possible:
                one.source = "call" if one.source == "unknown" else one.source
        if call.declared is not None and setting.source == "unset":
            return Setting(None, "unknown", self.program.callee_span(call.ref))
        if setting.source == "unset" and not switched_off:
            setting.why = output_words(self.effective.applying(call))
            setting.at = self._where_given(call, "max_output")
        return setting

    def _is_given(self, call: ModelCall, role: str) -> bool:
        """Whether a value that cannot be told is written at its place on every way, and none of them may be None."""
        readings = self.effective.readings(call, role)
        return bool(readings) and all(r.given is not None and r.value != "none" for r in readings)

    def _where_given(self, call: ModelCall, role: str) -> Span | None:
        """The constructor, when it takes the role; else None, which means the call itself."""
        for value in call.objects:
            client = self.knowledge.client(value.sdk, value.constructor)
            if client is not None and role in client.arguments and value.made is not None:
                return self.program.callee_span(value.made)
        return None

    def _settings(self, call: ModelCall) -> dict[str, Setting]:
        found: dict[str, Setting] = {}
        for role in SETTING_ROLES:
            readings = self.effective.readings(call, role)
            if readings:
                found[role] = as_setting(readings)
        if call.call.operation == "agent":
            found["steps"] = self._steps(call)
            found["tools"] = self._tools(call, found.get("tools"))
        elif "tools" not in found and call.argument("tools") is not None:
            found["tools"] = Setting("none", "unset")
        # What is not given is said where its absence means something.
        if call.declared is None:
            found.setdefault("user", self.effective.setting(call, "user"))
            if call.argument("stream_usage") is not None or self.effective.has_default(call, "stream_usage"):
                found.setdefault("stream_usage", self.effective.setting(call, "stream_usage"))
        if call.call.structured and "structured" not in found:
            found["structured"] = Setting(True, "call", self.program.callee_span(call.ref))
        if self.output_details.offered(call):
            found.setdefault("structured", Setting("none", "unset"))
        return found

    def _json_mode(self, call: ModelCall) -> Setting:
        """Whether the API is asked for JSON; unset where it could be and is not."""
        readings = self.effective.readings(call, "json_mode")
        if readings:
            return as_setting(readings)
        return Setting("none", "unset") if self.output_details.offered(call) else Setting()

    def _steps(self, call: ModelCall) -> Setting:
        """How many steps an agent may take; "none" when nothing ends it."""
        setting = self.effective.setting(call, "steps")
        if call.declared is not None or setting.source == "unset":
            return Setting(None, "unknown", self.program.callee_span(call.ref))
        if setting.source == "sdk-default":
            setting.at = self._where_given(call, "steps") or self.program.callee_span(call.ref)
        if setting.value == "unbounded":
            setting.value = "none"
        setting.why = steps_words(setting, self.effective.defaults.applying(call))
        return setting

    def _tools(self, call: ModelCall, read: Setting | None) -> Setting:
        """Whether the agent has something to call: without it the model is asked once."""
        answers: set[bool | None] = set()
        for value in call.objects:
            client = self.knowledge.client(value.sdk, value.constructor)
            if client is None or not client.once_without or value.made is None:
                return read or Setting(True, "sdk-default")
            given = [self.effective.given_something(value.made, client, path) for path in client.once_without]
            answers.add(True if True in given else None if None in given else False)
        if answers == {False}:
            return Setting("none", "unset", why="an agent without tools asks the model once")
        return Setting(None, "unknown") if None in answers else read or Setting(True, "sdk-default")

    # the answer ------------------------------------------------------------------------------------------------

    def _answer(self, call: ModelCall, fact: LlmCall) -> None:
        if fact.operation not in GENERATING:
            fact.output = Output("not-applicable", tool_arguments="not-applicable")
            fact.usage = self.outputs.usage(call, None, fact)
            return
        use = self.answers.follow(call)
        if fact.operation == "completion" and use.names & {"embedding", "embeddings"}:
            fact.operation = "embedding"
            self._answer(call, fact)
            return
        fact.output = self.outputs.output(call, fact, use)
        self.output_details.fill(call, fact, use)
        fact.usage = self.outputs.usage(call, use, fact)
        fact.traced = True if fact.usage.status == "traced" else None
