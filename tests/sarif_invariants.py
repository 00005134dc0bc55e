"""The project's own check of a SARIF file: the JSON schema of 2.1.0, and what code scanning needs beyond it.

`python tests/sarif_invariants.py FILE...` says what is wrong with each file; the exit code is 0 only when all are
clean.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

SCHEMA = Path(__file__).parent / "data" / "sarif-2.1.0.json"
LEVELS = ("none", "note", "warning", "error")
REGION = ("startLine", "startColumn", "endLine", "endColumn")


@cache
def _validator() -> Any:
    schema = json.loads(SCHEMA.read_text("utf-8-sig"))
    return jsonschema.validators.validator_for(schema)(schema)


def problems(raw: bytes) -> list[str]:
    """What is wrong with a file; nothing when it is clean."""
    try:
        log = json.loads(raw)
    except ValueError as error:
        return [f"not JSON: {error}"]
    found = [f"schema: {'/'.join(map(str, e.path))}: {e.message[:150]}" for e in _validator().iter_errors(log)]
    return found or [*_file(raw, log), *(x for run in log["runs"] for x in _run(run))]


def _file(raw: bytes, log: dict[str, Any]) -> Iterator[str]:
    if log.get("$schema") != "https://json.schemastore.org/sarif-2.1.0.json":
        yield "$schema"
    if len(log["runs"]) != 1:
        yield "not one run"
    if raw.startswith(b"\xef\xbb\xbf") or not raw.endswith(b"}\n") or raw.count(b"\n") != 1:
        yield "not compact UTF-8 with one line feed at its end"
    if len(gzip.compress(raw)) > 10_000_000:
        yield "over 10 MB when packed"
    if _holds_null(log):
        yield "a null"


def _holds_null(value: Any) -> bool:
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return value is None or any(_holds_null(x) for x in members)


def _run(run: dict[str, Any]) -> Iterator[str]:
    driver = run["tool"]["driver"]
    ids = [rule["id"] for rule in driver.get("rules", [])]
    if ids != sorted(set(ids)):
        yield "rule ids are not sorted, or not unique"
    if not run.get("automationDetails", {}).get("id", "").endswith("/"):
        yield "automationDetails.id does not end with a slash"
    if run.get("columnKind") != "utf16CodeUnits":
        yield "columnKind"
    for invocation in run["invocations"]:
        for note in invocation.get("toolExecutionNotifications", []):
            index = note["descriptor"]["index"]
            if driver["notifications"][index]["id"] != note["descriptor"]["id"]:
                yield "a notification points to another descriptor"
            if note["level"] == "error" and invocation["executionSuccessful"]:
                yield "an error of a run that succeeded"
    for rule in driver.get("rules", []):
        yield from (f"rule {rule['id']}: {x}" for x in _rule(rule))
    if len(run["results"]) > 25_000:
        yield "more than 25,000 results"
    for number, result in enumerate(run["results"]):
        rules = driver["rules"]
        yield from (f"result {number}: {x}" for x in _result(result, rules))


def _rule(rule: dict[str, Any]) -> Iterator[str]:
    properties = rule.get("properties", {})
    tags = properties.get("tags", [])
    for key in ("shortDescription", "fullDescription"):
        if not 0 < len(rule.get(key, {}).get("text", "")) <= 1024:
            yield f"{key} is missing or too long"
    if not rule.get("help", {}).get("text") or not rule.get("help", {}).get("markdown"):
        yield "no help"
    own = "/" not in rule["id"]
    if own != rule.get("helpUri", "").startswith("https://"):
        yield "no helpUri" if own else "a page of readylint for the rule of another pack"
    if not re.fullmatch(r"(?:[A-Z0-9][A-Za-z0-9]*)+", rule.get("name", "")):
        yield "the name is not in PascalCase"
    if rule.get("defaultConfiguration", {}).get("level") not in LEVELS:
        yield "no default level"
    if properties.get("precision") not in ("very-high", "high", "medium", "low"):
        yield "precision"
    if properties.get("problem.severity") not in ("error", "warning", "recommendation"):
        yield "problem.severity"
    if len(tags) > 10:
        yield "more than 10 tags"
    score = properties.get("security-severity")
    if (score is not None) != ("security" in tags):
        yield "security-severity and the tag security come together"
    if score is not None and not (isinstance(score, str) and 0 < float(score) <= 10):
        yield "security-severity is no string from 0.1 to 10.0"


def _result(result: dict[str, Any], rules: list[dict[str, Any]]) -> Iterator[str]:
    index = result.get("ruleIndex", -1)
    if not 0 <= index < len(rules) or rules[index]["id"] != result.get("ruleId"):
        yield "ruleId and ruleIndex differ"
        return
    if result.get("level") not in LEVELS:
        yield "the level is not explicit"
    if {"rank", "suppressions", "baselineState"} & set(result):
        yield "rank, suppressions or baselineState"
    if not result.get("partialFingerprints", {}).get("primaryLocationLineHash"):
        yield "no primaryLocationLineHash"
    message = result["message"]
    text, values = message.get("text", ""), message.get("arguments", [])
    if not 0 < len(text) <= 2000 or not text.endswith("."):
        yield "the message is missing, too long, or ends without a period"
    template = rules[index].get("messageStrings", {}).get(message.get("id"), {}).get("text")
    if template is None or text != re.sub(r"\{(\d+)\}", lambda m: values[int(m[1])], template):
        yield "the message is not what its id and arguments say"
    related = [x["id"] for x in result.get("relatedLocations", [])]
    links = [int(n) for n in re.findall(r"\[[^\]]+\]\((\d+)\)", text)]
    if any(n not in related for n in links):
        yield "a link to a related location that is not there"
    for location in [*result["locations"], *result.get("relatedLocations", [])]:
        yield from _physical(location["physicalLocation"])


def _physical(location: dict[str, Any]) -> Iterator[str]:
    uri = location["artifactLocation"]["uri"]
    if not uri or uri.startswith("/") or ":" in uri.split("/")[0] or ".." in uri.split("/") or "\\" in uri:
        yield f"the path {uri!r} is not relative to the repository"
    if not re.fullmatch(r"(?:[A-Za-z0-9._~/!$&'()*+,;=@-]|%[0-9A-F]{2})+", uri):
        yield f"the path {uri!r} is not encoded"
    region, context = location["region"], location.get("contextRegion")
    if not set(REGION) <= set(region):
        yield "the region is not complete"
        return
    inner = [region[k] for k in REGION]
    if min(inner) < 1 or (inner[2], inner[3]) < (inner[0], inner[1]):
        yield "the region runs backwards"
    if context:
        outer = [context[k] for k in REGION]
        if inner == outer or outer[:2] > inner[:2] or outer[2:] < inner[2:]:
            yield "the context does not hold the region"


def main(paths: list[str]) -> int:
    """Check files, and say what was found."""
    bad = False
    for path in paths:
        found = problems(Path(path).read_bytes())
        bad = bad or bool(found)
        sys.stdout.write(f"{path}: {len(found)} problems\n" + "".join(f"   {x}\n" for x in found))
    return int(bad)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
