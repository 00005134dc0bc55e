"""Write the rule pages (`docs/rules/`) and the generated parts of README.md from the built-in pack.

    python docs/make_rules.py           # write
    python docs/make_rules.py --check   # exit 1 and name the files that are out of date

The rule files are the only source: a page says what `readylint explain RULE --show all` says.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from readylint.packs import Pack, Rule, load
from readylint.report.rule_text import UNUSED_IGNORE_TEXT, Example, RuleText, rule_text

ROOT = Path(__file__).resolve().parents[1]
FOLDER = "docs/rules"
HEADINGS = {"fails": "Fails", "holds": "Holds", "cannot_tell": "Cannot be told"}
LANGUAGES = {".py": "python", ".toml": "toml", ".yaml": "yaml", ".yml": "yaml", ".json": "json"}
KEY = re.compile(r"(?P<head>[\"'][A-Za-z]{2,4}[\w-]{6})[\w-]{20,}")
"""Examples of written keys look real, since a rule has to know them; pages show only their beginning."""


def pages(pack: Pack) -> dict[str, str]:
    """The text of every generated file by its path below the repository."""
    made = {f"{FOLDER}/{rule.id}.md": page(rule_text(rule, pack.prose(rule.id)), rule) for rule in pack.rules}
    made[f"{FOLDER}/{UNUSED_IGNORE_TEXT.id}.md"] = page(UNUSED_IGNORE_TEXT)
    made[f"{FOLDER}/README.md"] = overview(pack)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, text in (("rules", rules_table(pack)), ("sdks", sdk_list(pack)), ("items", item_count(pack))):
        readme = put_between(readme, name, text)
    made["README.md"] = readme
    return made


def put_between(text: str, name: str, content: str) -> str:
    """The text with this content between `<!-- name -->` and `<!-- /name -->`."""
    before, opening, rest = text.partition(f"<!-- {name} -->")
    _, closing, after = rest.partition(f"<!-- /{name} -->")
    if not opening or not closing:
        raise SystemExit(f"README.md has no place marked <!-- {name} --> ... <!-- /{name} -->")
    return f"{before}{opening}\n{content.strip()}\n{closing}{after}"


def page(text: RuleText, rule: Rule | None = None) -> str:
    """The page of one rule."""
    return "\n".join(_page(text, rule)).rstrip() + "\n"


def _page(text: RuleText, rule: Rule | None) -> Iterator[str]:
    yield from (f"# {text.id}", "", f"**{text.title}.**", "")
    facts = [("Severity", severity(text, rule)), ("Checklist item", f"`{text.item}`" if text.item else "")]
    if rule is not None:
        facts += [("Confidence", rule.confidence), ("Since", rule.since or ""), ("Tags", ", ".join(rule.tags))]
    yield from ("| | |", "|---|---|")
    yield from (f"| {name} | {value} |" for name, value in facts if value)
    yield from ("", "A finding says:", "", "```text", text.failing, "```", "")
    yield from ("## Why", "", text.why.strip(), "")
    if text.help:
        yield from ("## How to fix it", "", sentence(text.help), "")
    if text.params:
        yield from ("## Settings", "", "```toml", f"[tool.readylint.rules.{text.id}]")
        yield from (f"{name} = {value}" for name, value in sorted(text.params.items()))
        yield from ("```", "")
    yield from ("## How to silence it", "", "```python", f"# readylint: ignore[{text.id}] reason", "```", "")
    if text.examples:
        yield from ("## Examples", "", f"A line marked `# <- {text.id}` carries the finding. These examples are tests.")
        for kind, heading in HEADINGS.items():
            for example in text.examples:
                if example.expects == kind:
                    yield from _example(example, heading, masked=rule is not None and rule.kind == "secret")


def _example(example: Example, heading: str, *, masked: bool) -> Iterator[str]:
    yield from ("", f"### {heading}: {example.name}")
    for path, code in example.files.items():
        shown = KEY.sub(r"\g<head>…", code) if masked else code
        yield from ("", f"`{path}`", "", f"```{LANGUAGES.get(Path(path).suffix, 'text')}", shown.rstrip("\n"), "```")


def sentence(text: str) -> str:
    """With a capital letter and a full stop."""
    return text[:1].upper() + text[1:].rstrip(".") + "."


def standing(rule: Rule) -> str:
    """When the rule is asked."""
    return {"pedantic": "with `--pedantic`", "preview": "when selected"}.get(str(rule.default), "always")


def severity(text: RuleText, rule: Rule | None) -> str:
    """One severity, or those that the conditions of the rule choose from."""
    found = list(dict.fromkeys(case.severity for case in rule.severity)) if rule is not None else [text.level]
    return " or ".join(found)


def overview(pack: Pack) -> str:
    """The index of the rule pages."""
    lines = ["# Rules", "", "Made by `docs/make_rules.py` from the rule files under `rules/`.", ""]
    for name, section in pack.checklist.sections.items():
        rules = [rule for rule in pack.rules if rule.section == name]
        if rules:
            lines += [f"## {name.capitalize()}: {section.title[:1].lower()}{section.title[1:]}", ""]
            lines += [f"- [{rule.id}]({rule.id}.md): {rule.title[:1].lower()}{rule.title[1:]}" for rule in rules]
            lines.append("")
    lines += ["## Comments", "", f"- [{UNUSED_IGNORE_TEXT.id}]({UNUSED_IGNORE_TEXT.id}.md): "
              + UNUSED_IGNORE_TEXT.title[:1].lower() + UNUSED_IGNORE_TEXT.title[1:]]  # fmt: skip
    return "\n".join(lines) + "\n"


def rules_table(pack: Pack) -> str:
    """The rules of the pack, one row each."""
    lines = ["| section | rule | what holds when it is met | severity | on |", "|---|---|---|---|---|"]
    before = ""
    for rule in pack.rules:
        shown = rule.section if rule.section != before else ""
        before = rule.section
        link = f"[`{rule.id}`]({FOLDER}/{rule.id}.md)"
        lines.append(f"| {shown} | {link} | {rule.title} | {severity(rule_text(rule), rule)} | {standing(rule)} |")
    return "\n".join(lines)


def sdk_list(pack: Pack) -> str:
    """The SDKs of the catalogue, and the HTTP clients."""
    known = pack.sdks(pack.sdk_index)
    sdks = ", ".join(sorted({sdk.sdk for sdk in known if sdk.transport == "sdk"}))
    clients = ", ".join(sorted({sdk.sdk for sdk in known if sdk.transport == "http"}))
    return f"SDKs: {sdks}. Raw HTTP to a known host, path or port of a provider: {clients}."


def item_count(pack: Pack) -> str:
    """How much of the checklist has rules."""
    items = [item for section in pack.checklist.sections.values() for item in section.items.values()]
    attested = sum(item.attested for item in items)
    answered = len({rule.item for rule in pack.rules})
    return (
        f"{len(pack.rules)} rules answer {answered} of the {len(items)} items of the checklist. "
        f"{attested} items are questions for the team; the other {len(items) - attested - answered} have no rule yet, "
        "are counted in one line (`--show all` names them), and count for nothing in the score."
    )


def outdated(pack: Pack) -> list[str]:
    """Generated files that differ from what would be written, and pages of rules that are gone."""
    made = pages(pack)
    wrong = [name for name, text in made.items() if not _is(ROOT / name, text)]
    present = (f"{FOLDER}/{path.name}" for path in (ROOT / FOLDER).glob("*.md"))
    return sorted([*wrong, *(name for name in present if name not in made)])


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def main() -> int:
    """Write or check; gives the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, name what is out of date")
    check = parser.parse_args().check
    pack = load()
    names = outdated(pack)
    if check:
        print("\n".join(f"out of date: {name}" for name in names) or "up to date")
        return 1 if names else 0
    made = pages(pack)
    for name in names:
        if name in made:
            (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / name).write_text(made[name], encoding="utf-8", newline="\n")
        else:
            (ROOT / name).unlink()
        print(f"{'wrote' if name in made else 'removed'} {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
