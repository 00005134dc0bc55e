"""What reports say of a rule: the words of its file, in one shape for the terminal and for SARIF."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from readylint.audit.wording import param_words
from readylint.packs import Pack, Rule, RuleProse
from readylint.packs.template import Template
from readylint.verdicts import Severity

HOME = "https://github.com/readylint/readylint"
UNUSED_IGNORE = "unused-ignore"


@dataclass(slots=True, frozen=True)
class Example:
    """A small program of a rule page. `expects` is fails, holds or cannot_tell."""

    expects: str
    name: str
    files: dict[str, str]


@dataclass(slots=True, frozen=True, kw_only=True)
class RuleText:
    """A rule as people read it."""

    id: str
    title: str
    """What holds when the rule is met."""
    failing: str
    """The sentence of a finding, with `{fields}`."""
    why: str = ""
    help: str = ""
    level: Severity = "warning"
    precision: str = "high"
    tags: tuple[str, ...] = ()
    """As in the pack. `cwe-N` makes it a security rule."""
    item: str = ""
    security_severity: str | None = None
    """0.1 to 10.0 as a string; only security rules have one."""
    params: dict[str, Any] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    by_default: bool = True

    @property
    def cwes(self) -> list[int]:
        """The numbers of the weaknesses (CWE) that the tags name."""
        return sorted({int(tag[4:]) for tag in self.tags if tag.startswith("cwe-") and tag[4:].isdigit()})

    @property
    def is_security(self) -> bool:
        """Whether code scanning shows it among the security alerts."""
        return bool(self.cwes) or "security" in self.tags

    @property
    def url(self) -> str | None:
        """Where the rule page is read on the web; None for a rule of somebody else's pack."""
        return None if "/" in self.id else f"{HOME}/blob/main/docs/rules/{self.id}.md"


UNUSED_IGNORE_TEXT = RuleText(
    id=UNUSED_IGNORE,
    title="Every ignore comment silences something",
    failing="`{name}` is ignored here, but there is nothing to ignore",
    why="A comment that silences nothing hides the next real finding at its place, and warns of a danger that is gone.",
    help="remove the comment, or the id that it does not need",
    level="note",
    precision="high",
    tags=("upkeep",),
)


def rule_text(rule: Rule, prose: RuleProse | None = None) -> RuleText:
    """The words of a rule of a pack; without its prose there is neither why nor examples."""
    examples = () if prose is None else tuple(_examples(prose))
    return RuleText(
        id=rule.id,
        title=rule.title,
        failing=_written(rule.failing),
        why=prose.why if prose else "",
        help=_written(rule.help[-1].text, rule.params) if rule.help else "",
        level=rule.worst,
        precision=rule.confidence,
        tags=rule.tags,
        item=rule.item,
        params=dict(rule.params),
        examples=examples,
        by_default=rule.default is True,
    )


def rule_texts(pack: Pack, ids: Collection[str] | None = None) -> list[RuleText]:
    """The words of the rules of a pack, or of those that are named; reads their prose."""
    return [rule_text(rule, pack.prose(rule.id)) for rule in pack.rules if ids is None or rule.id in ids]


def _examples(prose: RuleProse) -> Iterator[Example]:
    for expects in ("fails", "holds", "cannot_tell"):
        for example in getattr(prose.examples, expects):
            yield Example(expects, example.name, dict(example.files))


def _written(template: Template, params: dict[str, Any] | None = None) -> str:
    """The sentence with one name in each of its places, and the values of the parameters that are given."""
    text = ""
    for literal, places in template.parts:
        text += literal.replace("{", "(").replace("}", ")")
        if not places:
            continue
        first = places[0]
        if isinstance(first, str):
            text += param_words(first, params[first]) if params else f"{{{first}}}"
        else:
            text += f"{{{'.'.join(first)}}}"
    return text
