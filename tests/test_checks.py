"""The list of checks that the product promises, and that no defect is reported twice."""

from itertools import combinations
from pathlib import Path

import pytest
import yaml

from readylint.analysis import analyse
from readylint.packs import condition, load
from readylint.settings import Settings

HERE = Path(__file__).parent
PACK = load()
PLANNED = yaml.safe_load((HERE / "data" / "checks.yaml").read_text(encoding="utf-8"))
ROWS = [(section, name, row) for section, rows in PLANNED.items() for name, row in rows.items()]
FIXTURES = sorted(p for p in (HERE.parent / "fixtures").iterdir() if p.is_dir())


@pytest.mark.parametrize(("section", "name", "row"), [r for r in ROWS if r[2] != "attested"], ids=str)
def test_a_promised_check_is_a_rule(section, name, row):
    rule = PACK.rule(name)
    assert rule is not None
    assert (rule.section, rule.worst) == (section, row["severity"])
    assert (rule.kind == "project") == (row["of"] == "project")
    assert {True: "default"}.get(rule.default, rule.default) == row.get("standing", "default")


def test_every_rule_of_these_sections_is_promised():
    assert {r.id for r in PACK.rules if r.section in PLANNED} == {n for _, n, row in ROWS if row != "attested"}


@pytest.mark.parametrize(("section", "name"), [r[:2] for r in ROWS if r[2] == "attested"])
def test_what_only_people_know_is_an_item_of_the_checklist(section, name):
    assert PACK.checklist.items()[f"{section}/{name}"].attested


def asked_of(rule):
    """The fields that decide: of a list those of its elements, without what only says which elements are meant."""
    if rule.expect is None:
        return set()
    found, pending = set(), [(rule.expect, ())]
    while pending:
        part, above = pending.pop()
        match part:
            case condition.All(parts) | condition.Either(parts):
                pending += [(one, above) for one in parts]
            case condition.Not(one):
                pending.append((one, above))
            case condition.Over(path, _, of):
                pending.append((of, (*above, *path)))
            case condition.Ask(path) | condition.Count(path):
                found.add((*above, *path))
    return {path for path in found if path[:2] != ("retry", "layers") or path[-1] not in ("kind", "fires")}


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda p: p.name)
def test_no_defect_has_two_owners(fixture):
    """Two rules that fail on one fact ask different fields of it."""
    settings = Settings(base=fixture, pedantic=True, select=[r.id for r in PACK.rules])
    report, _ = analyse([fixture], settings, PACK)
    by_fact: dict[str, set[str]] = {}
    for found in report.findings:
        for fact in found.facts:
            by_fact.setdefault(fact, set()).add(found.rule)
    asked = {r.id: asked_of(r) for r in PACK.rules}
    twice = {
        (fact, one, other, *asked[one] & asked[other])
        for fact, rules in by_fact.items()
        for one, other in combinations(sorted(rules), 2)
        if asked[one] & asked[other]
    }
    assert not twice
