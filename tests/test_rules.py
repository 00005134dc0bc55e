"""The rules of the built-in pack: what every rule has, and its examples, run."""

import ast

import pytest

from readylint import selftest
from readylint.packs import load

PACK = load()
EXAMPLES = list(selftest.examples(PACK))
NAMES = [f"{rule.id}/{kind}/{example.name}" for rule, kind, example in EXAMPLES]


@pytest.mark.parametrize(("rule", "kind", "example"), EXAMPLES, ids=NAMES)
def test_example_comes_out_as_it_says(rule, kind, example):
    result = selftest.run_example(PACK, rule, kind, example)
    assert result.passed, f"{result.outcome}: {result.detail}"


ALWAYS_KNOWN = {"no-circuit-breaker", "stages-share-one-try"}
"""Rules whose facts say only what was found."""


@pytest.mark.parametrize("rule", PACK.rules, ids=lambda rule: rule.id)
def test_every_rule_explains_itself_and_has_examples(rule):
    prose = PACK.prose(rule.id)
    assert len(prose.why.split()) > 40
    assert rule.fix is not None
    assert len(prose.examples.fails) >= 3
    assert len(prose.examples.holds) >= 3
    settled = rule.kind == "secret" or rule.id in ALWAYS_KNOWN
    assert prose.examples.cannot_tell or settled, "a fact that may be unknown needs such an example"


@pytest.mark.parametrize(("rule", "kind", "example"), EXAMPLES, ids=NAMES)
def test_examples_are_programs_whose_marks_fit_their_kind(rule, kind, example):
    for path, text in example.files.items():
        if path.endswith(".py"):
            ast.parse(text)
    assert bool(selftest.marks(rule.id, example.files)) == (kind == "fails")


def test_examples_mark_only_the_rule_that_they_belong_to():
    for rule, _, example in EXAMPLES:
        lines = [line for text in example.files.values() for line in text.split("\n") if "# <- " in line]
        assert {line.split("# <- ")[1].split()[0] for line in lines} <= {rule.id}


def test_names_of_examples_are_unique():
    assert len(set(NAMES)) == len(NAMES)


def test_every_conditional_severity_is_shown_by_an_example():
    for rule in PACK.rules:
        if len(rule.severity) == 1:
            continue
        fails = PACK.prose(rule.id).examples.fails
        shown = {severity for example in fails for severity in selftest.marks(rule.id, example.files).values()}
        assert {case.severity for case in rule.severity} <= shown
