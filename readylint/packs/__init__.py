"""Packs: rules, catalogue, evidence, models and checklist as data.

`load` reads the built-in pack and any others into one `Pack`. What is always needed (the checklist and the heads of
the rules) is read and checked at once; SDK files, prose and models are read when somebody asks.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from readylint.catalogue import EvidenceFile, Framework, ModelEntry, Probes, Sdk
from readylint.packs.reading import Unreadable, read
from readylint.packs.rule import Example, Examples, Fix, Rule, RuleProse, build
from readylint.packs.source import PackError, Source, open_source

__all__ = [
    "ChecklistPlan", "Example", "Examples", "Fix", "Item", "Pack", "PackError", "Question", "Rule", "RuleProse",
    "Section", "builtin_root", "load",
]  # fmt: skip

Read = TypeVar("Read")


@dataclass(slots=True)
class Item:
    """A line of the checklist; rules name it as `section/item`. Attested items have no rule and no weight."""

    title: str
    weight: float = 0
    attested: bool = False


@dataclass(slots=True)
class Section:
    """A group of items."""

    title: str
    items: dict[str, Item]


@dataclass(slots=True)
class Question:
    """A question that the report ends with, answered by its sections."""

    ask: str
    sections: list[str]


@dataclass(slots=True)
class ChecklistPlan:
    """Sections, items and ship questions, before anything was judged."""

    sections: dict[str, Section] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)

    def items(self) -> dict[str, Item]:
        """Every item, as `section/item`."""
        return {f"{s}/{name}": item for s, section in self.sections.items() for name, item in section.items.items()}


@dataclass(slots=True)
class PackHead:
    """`pack.yaml`. The ids of a pack with a `prefix` start with it: `acme/gateway-timeout`."""

    name: str
    version: str
    prefix: str | None = None
    sections: dict[str, Section] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)


@dataclass(slots=True)
class ModelFile:
    """`models.yaml`: what is known of models, and on which day that was checked."""

    as_of: str
    models: list[ModelEntry]
    strip: dict[str, list[str]] = field(default_factory=dict)
    """`prefixes`, and `suffixes` as regular expressions, that other spellings of an id carry."""
    verified: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class EndpointFile:
    """`endpoints.yaml`: the HTTP endpoints of providers."""

    as_of: str
    endpoints: list[dict[str, Any]]


class Pack:
    """Several packs, read as one."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.sources = list(sources)
        self.heads = [_read(source, "pack.yaml", PackHead) for source in self.sources]
        self.checklist = self._checklist()
        self._by_id = self._rules()
        self.rules = [rule for rule, _ in self._by_id.values()]

    @property
    def version(self) -> str:
        """The version of the first pack."""
        return self.heads[0].version

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id."""
        found = self._by_id.get(rule_id)
        return found[0] if found else None

    def prose(self, rule_id: str) -> RuleProse:
        """Why, and the examples, of a rule; KeyError for an unknown id."""
        rule, source = self._by_id[rule_id]
        try:
            prose: RuleProse = read(RuleProse, source.prose(rule.file))
        except Unreadable as complaint:
            raise source.failure(rule.file, complaint, 1) from None
        return prose

    def probes(self) -> Iterable[tuple[Sdk, Probes, str]]:
        """The probes of each SDK file that has some, with the name of its pack."""
        for source, head in zip(self.sources, self.heads, strict=True):
            for file in source.catalogue_files("sdks"):
                found = source.probes(file)
                if found is None:
                    continue
                try:
                    probes: Probes = read(Probes, found)
                except Unreadable as complaint:
                    raise source.failure(file, complaint, 1) from None
                yield self._once(source, file, Sdk), probes, head.name

    @cached_property
    def sdk_index(self) -> dict[str, list[str]]:
        """Import root -> SDK files."""
        return self._index("sdks")

    @cached_property
    def framework_index(self) -> dict[str, list[str]]:
        """Import root -> framework files."""
        return self._index("frameworks")

    @cached_property
    def import_roots(self) -> set[str]:
        """First parts of all libraries that the catalogue knows."""
        known = [*self.sdk_index, *self.framework_index, *(r for e in self.evidence() for r in e.imports)]
        return {root.partition(".")[0] for root in known}

    def sdks(self, roots: Iterable[str]) -> list[Sdk]:
        """The SDKs that these imported modules belong to (`openai.types` asks for `openai`)."""
        return self._catalogue("sdks", Sdk, roots)

    def sdk_named(self, name: str) -> Sdk | None:
        """The SDK whose file has that name."""
        file = f"sdks/{name}.yaml"
        return next((self._once(s, file, Sdk) for s in self.sources if s.exists(file)), None)

    def frameworks(self, roots: Iterable[str]) -> list[Framework]:
        """The frameworks that these imported modules belong to."""
        return self._catalogue("frameworks", Framework, roots)

    def evidence(self) -> list[EvidenceFile]:
        """All evidence files."""
        return self._evidence

    def models(self) -> dict[str, ModelEntry]:
        """Model id -> entry; an entry's snapshots are found under their own ids only where they have an entry."""
        return self._models

    @cached_property
    def model_spellings(self) -> dict[str, list[str]]:
        """`prefixes` and `suffixes` that gateways and clouds put around a model id."""
        found: dict[str, list[str]] = {"prefixes": [], "suffixes": []}
        for file in self._model_files:
            for kind, parts in file.strip.items():
                found.setdefault(kind, []).extend(parts)
        return found

    @cached_property
    def endpoints(self) -> list[dict[str, Any]]:
        """The HTTP endpoints of providers; the first that matches a request wins."""
        files = [_read(s, "endpoints.yaml", EndpointFile) for s in self.sources if s.exists("endpoints.yaml")]
        return [entry for file in files for entry in file.endpoints]

    @cached_property
    def models_as_of(self) -> str:
        """The day on which the models were checked; the oldest one of several packs, empty without models."""
        return min((file.as_of for file in self._model_files), default="")

    def check(self) -> None:
        """Read everything that is otherwise read when asked for; raises the first PackError."""
        self.sdks(self.sdk_index)
        self.frameworks(self.framework_index)
        self.evidence()
        self.models()
        _ = self.endpoints
        for _ in self.probes():
            pass
        for rule in self.rules:
            self.prose(rule.id)

    def _checklist(self) -> ChecklistPlan:
        plan = ChecklistPlan()
        for source, head in zip(self.sources, self.heads, strict=True):
            for name, section in head.sections.items():
                known = plan.sections.setdefault(name, Section(section.title, {}))
                for item_name, item in section.items.items():
                    if item_name in known.items:
                        complaint = Unreadable("another pack has this item", ("sections", name, "items", item_name))
                        raise source.failure("pack.yaml", complaint)
                    known.items[item_name] = item
            for number, question in enumerate(head.questions):
                for place, section_name in enumerate(question.sections):
                    if section_name not in plan.sections:
                        keys = ("questions", number, "sections", place)
                        raise source.failure("pack.yaml", Unreadable(f"there is no section {section_name!r}", keys))
            plan.questions.extend(head.questions)
        return plan

    def _rules(self) -> dict[str, tuple[Rule, Source]]:
        """Every rule and where it comes from, in the order of the checklist."""
        items = self.checklist.items()
        rules: dict[str, tuple[Rule, Source]] = {}
        for source, head in zip(self.sources, self.heads, strict=True):
            for file in source.rule_files():
                rule = _rule(source, head, file, items)
                if rule.id in rules:
                    raise source.failure(file, Unreadable(f"the rule {rule.id!r} is defined twice"))
                rules[rule.id] = (rule, source)
        order = {item: number for number, item in enumerate(items)}
        return dict(sorted(rules.items(), key=lambda entry: (order[entry[1][0].item], entry[0])))

    def _index(self, folder: str) -> dict[str, list[str]]:
        out: dict[str, list[str]] = {}
        for source in self.sources:
            for root, files in source.index(folder).items():
                out.setdefault(root, []).extend(files)
        return out

    def _catalogue(self, folder: str, cls: type[Read], roots: Iterable[str]) -> list[Read]:
        wanted = {part for root in roots for part in _prefixes(root)}
        found: list[Read] = []
        for source in self.sources:
            files = {file for root, known in source.index(folder).items() if root in wanted for file in known}
            found.extend(self._once(source, file, cls) for file in sorted(files))
        return found

    def _once(self, source: Source, file: str, cls: type[Read]) -> Read:
        key = (id(source), file)
        if key not in self._read:
            self._read[key] = _read(source, file, cls)
        value: Read = self._read[key]
        return value

    @cached_property
    def _read(self) -> dict[tuple[int, str], Any]:
        return {}

    @cached_property
    def _evidence(self) -> list[EvidenceFile]:
        return [_read(s, file, EvidenceFile) for s in self.sources for file in s.catalogue_files("evidence")]

    @cached_property
    def _model_files(self) -> list[ModelFile]:
        return [_read(s, "models.yaml", ModelFile) for s in self.sources if s.exists("models.yaml")]

    @cached_property
    def _models(self) -> dict[str, ModelEntry]:
        return {entry.id: entry for file in self._model_files for entry in file.models}


def load(paths: Iterable[Path] = (), builtin: bool = True) -> Pack:
    """The built-in pack (unless told otherwise) and the packs in these folders, read as one; raises `PackError`."""
    roots = [*([builtin_root()] if builtin else []), *paths]
    return Pack([open_source(root) for root in roots])


def builtin_root() -> Path:
    """The folder of the built-in pack: inside the package, or beside it in a checkout."""
    inside = Path(str(importlib.resources.files("readylint"))) / "rules"
    if inside.is_dir():
        return inside
    repository = Path(__file__).resolve().parents[2]
    beside = repository / "rules"
    if beside.is_dir() and _is_ours(repository / "pyproject.toml"):
        return beside
    raise PackError(inside, 1, 1, f"the built-in pack is neither here nor in {beside}; the installation is broken")


def _is_ours(manifest: Path) -> bool:
    try:
        text = manifest.read_text(encoding="utf-8")
    except OSError:
        return False
    return any(line.split() == ["name", "=", '"readylint"'] for line in text.splitlines())


def _prefixes(module: str) -> list[str]:
    steps = module.split(".")
    return [".".join(steps[: n + 1]) for n in range(len(steps))]


def _read(source: Source, file: str, cls: type[Read]) -> Read:
    try:
        value: Read = read(cls, source.head(file))
    except Unreadable as complaint:
        raise source.failure(file, complaint) from None
    return value


def _rule(source: Source, head: PackHead, file: str, items: dict[str, Item]) -> Rule:
    section, _, name = file.rpartition(".")[0].rpartition("/")
    rule_id = f"{head.prefix}/{name}" if head.prefix else name
    rule = _complaining(source, file, lambda: build(source.head(file), rule_id, head.name, file, items))
    if rule.section != section:
        raise source.failure(file, Unreadable(f"the file stands in {section!r}, its item does not", ("item",)))
    if items[rule.item].attested:
        raise source.failure(file, Unreadable(f"{rule.item!r} is attested, no rule answers it", ("item",)))
    return rule


def _complaining(source: Source, file: str, act: Callable[[], Rule]) -> Rule:
    try:
        return act()
    except Unreadable as complaint:
        raise source.failure(file, complaint) from None
