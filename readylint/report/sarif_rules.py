"""The tool in SARIF: its rules, the weaknesses they are about, and what it may have to say about itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import sarif_om as om

from readylint.report.rule_text import HOME, UNUSED_IGNORE_TEXT, RuleText
from readylint.report.sources import clean
from readylint.verdicts import Report

TEXT_LIMIT = 1024
_TAG_LIMIT = 10
_SEMANTIC = re.compile(r"\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?")
_FIELD = re.compile(r"\{[^{}]*\}")
_PROBLEM_SEVERITY = {"error": "error", "warning": "warning", "note": "recommendation"}
_SECURITY_SEVERITY = {"error": "8.0", "warning": "5.0", "note": "3.0"}
_WEAKNESSES = {
    22: "Path Traversal", 78: "OS Command Injection", 79: "Cross-site Scripting", 89: "SQL Injection",
    94: "Code Injection", 295: "Improper Certificate Validation", 319: "Cleartext Transmission", 502: "Deserialization",
    532: "Insertion of Sensitive Information into Log File", 770: "Allocation of Resources Without Limits",
    798: "Use of Hard-coded Credentials",
}  # fmt: skip
PROBLEM, LIMIT, NOTE, REMARK = "unreadable-file", "too-many-results", "assumption-made", "comment-without-effect"
_NOTIFICATIONS = {
    PROBLEM: (
        "A file could not be read.",
        "A file could not be read or parsed. It was left out; all other files were judged.",
        "Mend the file, or exclude it in the settings.",
    ),
    LIMIT: (
        "There are more results than code scanning takes.",
        "Only the most severe results are in this file, because code scanning refuses files with more.",
        "Fix the most severe findings first, or select fewer rules.",
    ),
    REMARK: (
        "An ignore comment does not count.",
        "An ignore comment has no reason, names no rule, or names one that is not known.",
        "Write the comment with the ids of rules or items and a reason, or remove it.",
    ),
    NOTE: (
        "Something was assumed.",
        "The results rest on an assumption that readers should know of.",
        "Read the message; it says what would make the results firmer.",
    ),
}


def sentence(text: str) -> str:
    """Text that ends like a sentence."""
    text = clean(text).strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def shorten(text: str, limit: int) -> str:
    """Text of at most `limit` characters, cut at a word."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"


def pascal(name: str) -> str:
    """`no-timeout` as `NoTimeout`; a name of one word gets another, because name and id must differ."""
    joined = "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", name))
    return f"{joined}Rule" if joined.lower() == name.lower() else joined


def message_strings(rule: RuleText) -> dict[str, str]:
    """The sentences of a rule: its own, or a plain one where its own does not fit; each also with evidence."""
    text, number = quoted(rule.failing)
    strings = {"plain": "'{0}'.", "plainEvidence": "'{0}'. Evidence: '{1}'."}
    if rule.failing:
        strings["failing"] = sentence(text)
        strings["failingEvidence"] = f"{sentence(text)} Evidence: '{{{number}}}'."
    return strings


def quoted(failing: str) -> tuple[str, int]:
    """A `failing` sentence as a SARIF message string, `'{0}' may wait '{1}'`, and the number of its arguments.

    A sentence without fields is followed by the place, because SARIF wants each message to say something of its own.
    """
    parts = _FIELD.split(failing.replace("`", ""))
    text = parts[0]
    for index, part in enumerate(parts[1:]):
        text = text.removesuffix("'").removesuffix('"') + f"'{{{index}}}'" + part.removeprefix("'").removeprefix('"')
    return (text, len(parts) - 1) if len(parts) > 1 else (f"{text.removesuffix('.')}, in '{{0}}'", 1)


def arguments(failing: str, message: str, place: str) -> list[str] | None:
    """What stands in the fields of a rule's sentence, or None when the message was made another way."""
    if not failing:
        return None
    pattern = "(.*?)".join(re.escape(part) for part in _FIELD.split(failing))
    match = re.fullmatch(pattern, message)
    if match is None:
        return None
    return [value.strip("'\"`") for value in match.groups()] or [place]


def active_rules(report: Report, rules: Iterable[RuleText]) -> list[RuleText]:
    """All active rules and those that findings name, by id."""
    found = {rule.id: rule for rule in rules}
    found.setdefault(UNUSED_IGNORE_TEXT.id, UNUSED_IGNORE_TEXT)
    for finding in report.findings:
        if finding.rule not in found:
            title = finding.rule.split("/")[-1].replace("-", " ").capitalize()
            found[finding.rule] = RuleText(id=finding.rule, title=title, failing="", item=finding.item)
    return [found[name] for name in sorted(found)]


def driver(version: str, rules: list[RuleText]) -> Any:
    """The tool with all its rules."""
    return om.ToolComponent(
        name="readylint",
        organization="readylint",
        version=version,
        semantic_version=version if _SEMANTIC.fullmatch(version) else None,
        information_uri=HOME,
        short_description=_message("Finds what stands around every call to a model."),
        full_description=_message(
            "readylint reads a code base, finds every call that reaches a model provider, and says what surrounds it."
        ),
        rules=[descriptor(rule) for rule in rules],
        notifications=[_notification(name) for name in _NOTIFICATIONS],
        supported_taxonomies=[om.ToolComponentReference(name="CWE", index=0)] if any(r.cwes for r in rules) else None,
    )


def notification_reference(name: str) -> Any:
    """Which of the notifications of the tool is meant."""
    return om.ReportingDescriptorReference(id=name, index=list(_NOTIFICATIONS).index(name))


def _notification(name: str) -> Any:
    short, full, advice = _NOTIFICATIONS[name]
    return om.ReportingDescriptor(
        id=name,
        name=pascal(name),
        short_description=_message(short),
        full_description=_message(full),
        help=_message(advice),
        help_uri=f"{HOME}#{name}",
        default_configuration=om.ReportingConfiguration(level="note" if name == NOTE else "warning"),
    )


def descriptor(rule: RuleText) -> Any:
    """One rule: what GitHub shows, what GitLab sorts by, what viewers explain."""
    why = rule.why.strip() or sentence(rule.title)
    tags = [*(["security"] if rule.is_security else []), *(f"external/cwe/cwe-{n}" for n in rule.cwes)]
    tags += [t for t in (rule.item.split("/")[0], *rule.tags) if t and not t.startswith("cwe-")]
    properties = {
        "precision": rule.precision,
        "problem.severity": _PROBLEM_SEVERITY[rule.level],
        "tags": list(dict.fromkeys(tags))[:_TAG_LIMIT],
    }
    if rule.is_security:
        properties["security-severity"] = rule.security_severity or _SECURITY_SEVERITY[rule.level]
    return om.ReportingDescriptor(
        id=rule.id,
        name=pascal(rule.id),
        short_description=_message(shorten(sentence(rule.title), TEXT_LIMIT)),
        full_description=_message(shorten(sentence(why.split("\n\n")[0]), TEXT_LIMIT)),
        help=_help(rule, why),
        help_uri=rule.url,
        default_configuration=om.ReportingConfiguration(level=rule.level),
        message_strings={key: _message(text) for key, text in message_strings(rule).items()},
        properties=properties,
        relationships=[_weakness(n) for n in rule.cwes] or None,
    )


def _help(rule: RuleText, why: str) -> Any:
    fix = f"How to fix it: {clean(rule.help)}" if rule.help else ""
    silence = f"Silence one place with the comment: # readylint: ignore[{rule.id}] reason"
    markdown = [f"**{sentence(rule.title)}**", why]
    if rule.help:
        markdown.append(f"**How to fix it:** {clean(rule.help)}")
    markdown.append(f"Silence one place with `# readylint: ignore[{rule.id}] reason`.")
    text = "\n\n".join(x for x in (sentence(rule.title), why, fix, silence) if x)
    return om.MultiformatMessageString(text=text, markdown="\n\n".join(markdown))


def _weakness(number: int) -> Any:
    component = om.ToolComponentReference(name="CWE", index=0)
    target = om.ReportingDescriptorReference(id=str(number), tool_component=component)
    return om.ReportingDescriptorRelationship(target=target, kinds=["superset"])


def taxonomies(rules: list[RuleText]) -> list[Any] | None:
    """The weaknesses (CWE) that the rules point to."""
    numbers = sorted({n for rule in rules for n in rule.cwes})
    if not numbers:
        return None
    taxa = [
        om.ReportingDescriptor(
            id=str(n),
            name=pascal(_WEAKNESSES.get(n, f"CWE {n}")),
            short_description=_message(sentence(_WEAKNESSES.get(n, f"CWE-{n}"))),
            help_uri=f"https://cwe.mitre.org/data/definitions/{n}.html",
        )
        for n in numbers
    ]
    return [
        om.ToolComponent(
            name="CWE",
            organization="MITRE",
            version="4.18",
            information_uri="https://cwe.mitre.org/",
            short_description=_message("The MITRE Common Weakness Enumeration."),
            is_comprehensive=False,
            taxa=taxa,
        )
    ]


def _message(text: str) -> Any:
    return om.MultiformatMessageString(text=text)
