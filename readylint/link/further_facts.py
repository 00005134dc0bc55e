"""Facts besides the calls: clients, handlers, tasks, evidence and keys."""

from __future__ import annotations

from collections import defaultdict

from readylint.facts import AnyFact, Evidence, Handler, LlmCall, LlmClient, Secret, Task
from readylint.link.calls import ModelCall
from readylint.link.client_lives import ClientLives
from readylint.link.controls import Controls
from readylint.link.entries import Entries
from readylint.link.entry_facts import EntryFacts
from readylint.link.fact_places import FactPlaces
from readylint.link.program import Program
from readylint.values import Ref


class FurtherFacts:
    """States them for the calls that were found."""

    def __init__(
        self,
        program: Program,
        places: FactPlaces,
        entries: Entries,
        lives: ClientLives,
        controls: Controls,
        entry_facts: EntryFacts,
    ) -> None:
        self.entry_facts = entry_facts
        self.program = program
        self.places = places
        self.entries = entries
        self.lives = lives
        self.controls = controls

    def clients(self, by_client: dict[Ref, list[LlmCall]]) -> list[AnyFact]:
        """The places where clients are built."""
        found: list[AnyFact] = []
        for made, calls in by_client.items():
            path = self.program.modules[made.module].path
            target = self.program.function(made).nodes[self.program.node(made).args[0]]
            name = self.program.modules[made.module].written(target.start, target.end)
            client = LlmClient(
                id=self.places.identity("llm.client", made, name),
                span=self.program.callee_span(made),
                role=self.places.role_of(path),
                project=self.places.project,
                inside=self.places.inside(made),
                sdk=calls[0].sdk,
                built=self.lives.of(made),
                calls=[c.id for c in calls],
            )
            for call in calls:
                call.client = call.client or client.id
            found.append(client)
        return found

    def entry_points(self, reached: list[tuple[ModelCall, LlmCall]]) -> list[AnyFact]:
        """A handler or task fact for each entry point that reaches a model call."""
        below: dict[tuple[int, int], list[LlmCall]] = defaultdict(list)
        for call, fact in reached:
            for key in self.entries.ways(call.ref.module, call.ref.function).functions:
                if self.entries.of(key[0], self.program.modules[key[0]].functions[key[1]]) is not None:
                    below[key].append(fact)
        found: list[AnyFact] = []
        self.entry_facts.begin(reached)
        for (module, number), calls in below.items():
            function = self.program.modules[module].functions[number]
            entry = self.entries.of(module, function)
            if entry is None:
                continue
            ref = Ref(module, number, 0)
            span = self.places.name_span(module, function.name_start, function.name)
            common = {
                "span": span,
                "role": self.places.role_of(span.path),
                "project": self.places.project,
                "inside": function.qualified_name,
            }
            ids = [c.id for c in calls]
            if entry.kind == "handler":
                identity = self.places.identity("handler", ref, function.name)
                handler = Handler(id=identity, framework=entry.framework, calls=ids, **common)  # type: ignore[arg-type]
                self.entry_facts.handler(handler, (module, number), entry)
                found.append(handler)
            else:
                identity = self.places.identity("task", ref, function.name)
                task = Task(id=identity, queue=entry.framework, calls=ids, **common)  # type: ignore[arg-type]
                self.entry_facts.task(task, (module, number), entry)
                found.append(task)
        return found

    def evidence(self, reached: list[tuple[ModelCall, LlmCall]]) -> list[AnyFact]:
        """The controls of the project, with the calls that they stand around."""
        found: list[AnyFact] = []
        for control in self.controls.find([call for call, _ in reached]):
            span = self.program.callee_span(control.at)
            name = f"{control.category} {control.library}"
            found.append(
                Evidence(
                    id=self.places.identity("evidence", control.at, name),
                    span=span,
                    role=self.places.role_of(span.path),
                    project=self.places.project,
                    inside=self.places.inside(control.at),
                    category=control.category,
                    library=control.library,
                    initialised=control.in_force,
                    reaches=[fact.id for call, fact in reached if self.controls.reaches(control, call)],
                )
            )
        return found

    def secrets(self) -> list[AnyFact]:
        """Provider keys that are written into files."""
        found: list[AnyFact] = []
        for index, module in enumerate(self.program.modules):
            for position, (pattern, start, end) in enumerate(module.secrets):
                ref = Ref(index, 0, 0)
                span = module.place(start, end)
                identity = self.places.identity("secret", ref, f"{pattern} {position}")
                role = self.places.role_of(module.path)
                found.append(Secret(id=identity, span=span, role=role, project=self.places.project, pattern=pattern))
        return found
