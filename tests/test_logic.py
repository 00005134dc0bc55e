"""Conditions in three values."""

import itertools

import pytest

from readylint.facts import LlmCall
from readylint.logic import evaluate
from readylint.packs.condition import All, Constant, Context, Either, Not, parse

PARAMS = {"seconds": 60, "names": ["a", "b"]}
TRUE, FALSE = Constant(True), Constant(False)


def ask(text_or_data, fact):
    return evaluate(parse(text_or_data, Context((LlmCall,), PARAMS)), fact, PARAMS)


def value_of(condition, fact):
    return ask(condition, fact).value


def timeout(value, source="client", **more):
    return {"timeout": {"value": value, "source": source, **more}}


@pytest.mark.parametrize("parts", list(itertools.product([True, False, None], repeat=3)))
def test_all_and_any_follow_kleene(parts):
    unknown = parse({"in_task": {"is": True}}, Context((LlmCall,)))
    conditions = tuple(unknown if part is None else Constant(part) for part in parts)
    assert evaluate(All(conditions), {}).value == (False if False in parts else None if None in parts else True)
    assert evaluate(Either(conditions), {}).value == (True if True in parts else None if None in parts else False)


def test_not_keeps_what_cannot_be_told():
    assert evaluate(Not(TRUE), {}).value is False
    assert evaluate(Not(FALSE), {}).value is True
    assert value_of({"not": {"in_task": {"is": True}}}, {"in_task": None}) is None


@pytest.mark.parametrize(
    ("test", "value", "expected"),
    [
        ({"is": 30}, 30, True),
        ({"is": 30}, 30.0, True),
        ({"is": "none"}, "none", True),
        ({"is": 1}, True, False),
        ({"is": "none"}, None, None),
        ({"in": [1, 30]}, 30, True),
        ({"in": [1, "none"]}, 30, False),
        ({"at_most": 60}, 60, True),
        ({"at_most": 60}, 60.5, False),
        ({"at_most": 60}, "none", False),
        ({"at_most": 60}, "unbounded", False),
        ({"at_least": 60}, "none", True),
        ({"at_least": 60}, "unbounded", True),
        ({"at_least": 60}, 59, False),
        ({"at_most": 60}, None, None),
        ({"at_most": 60}, "soon", None),
        ({"at_most": 60}, True, None),
        ({"at_most": "$seconds"}, 61, False),
        ({"at_most": 60, "at_least": 30}, 20, False),
        ({"not": {"is": "none"}}, 5, True),
        ({"any": [{"is": "none"}, {"at_least": 9}]}, 9, True),
    ],
)
def test_tests_of_a_value(test, value, expected):
    assert value_of({"timeout.value": test}, timeout(value)) is expected


@pytest.mark.parametrize(
    ("source", "is_set", "given"),
    [
        ("call", True, True), ("client", True, True), ("environment", True, True), ("global", True, True),
        ("sdk-default", True, False), ("unset", False, False), ("unknown", None, None),
    ],
)  # fmt: skip
def test_set_is_every_source_but_unset_and_given_is_what_a_person_chose(source, is_set, given):
    fact = {"max_output": {"value": 9, "source": source}}
    assert value_of({"max_output": {"set": True}}, fact) is is_set
    assert value_of({"max_output": {"given": True}}, fact) is given
    assert value_of({"max_output": {"set": False}}, fact) is (None if is_set is None else not is_set)


def test_a_setting_of_unknown_source_is_unknown_whatever_its_value():
    assert value_of({"timeout.value": {"at_most": 60}}, timeout(30, "unknown")) is None


def test_the_word_unknown_and_a_missing_object_cannot_be_told():
    assert value_of({"guard.status": {"is": "site"}}, {"guard": {"status": "unknown"}}) is None
    assert value_of({"prompt.static_tokens": {"at_most": 9}}, {"prompt": None}) is None
    assert value_of({"settings.temperature": {"set": True}}, {"settings": {}}) is None


def test_matches_looks_anywhere_in_the_text():
    assert value_of({"callee": {"matches": r"\.create$"}}, {"callee": "client.responses.create"}) is True
    assert value_of({"callee": {"matches": "^create"}}, {"callee": "client.responses.create"}) is False


def test_a_pattern_that_runs_away_cannot_be_told(monkeypatch):
    monkeypatch.setattr("readylint.logic.MATCH_SECONDS", 0.01)
    assert value_of({"callee": {"matches": "(a|a|b)*(a|a|c)*$"}}, {"callee": "a" * 5000 + "!"}) is None


def test_another_field_may_be_the_operand():
    fact = {**timeout(30), "retry": {"attempts": 40}}
    assert value_of({"timeout.value": {"at_most": {"field": "retry.attempts"}}}, fact) is True
    fact["retry"]["attempts"] = None
    assert value_of({"timeout.value": {"at_most": {"field": "retry.attempts"}}}, fact) is None


class TestLists:
    def drives(self, test, *values):
        return value_of({"output.drives": test}, {"output": {"drives": list(values)}})

    def test_some_each_and_none(self):
        assert self.drives({"some": {"is": "write"}}, "reply", "write") is True
        assert self.drives({"some": {"is": "write"}}, "reply") is False
        assert self.drives({"each": {"is": "write"}}, "write", "reply") is False
        assert self.drives({"none": {"is": "write"}}, "reply") is True
        assert self.drives({"none": {"is": "write"}}, "write") is False

    def test_an_empty_list_has_none_and_each_but_not_some(self):
        assert self.drives({"some": {"is": "write"}}) is False
        assert self.drives({"each": {"is": "write"}}) is True
        assert self.drives({"none": {"is": "write"}}) is True

    def test_a_list_that_cannot_be_told(self):
        assert value_of({"output.drives": {"some": {"is": "write"}}}, {"output": None}) is None

    def test_elements_that_cannot_be_told_leave_it_open_unless_another_decides(self):
        layers = [{"fires": None}, {"fires": True}]
        assert value_of({"retry.layers": {"some": {"fires": {"is": True}}}}, {"retry": {"layers": layers}}) is True
        assert value_of({"retry.layers": {"each": {"fires": {"is": True}}}}, {"retry": {"layers": layers}}) is None

    def test_a_count_is_decided_when_every_possible_number_says_the_same(self):
        layers = {"retry": {"layers": [{"fires": True}, {"fires": None}, {"fires": False}]}}
        count = lambda test: {"retry.layers": {"count": {"where": {"fires": {"is": True}}, **test}}}  # noqa: E731
        assert value_of(count({"at_most": 2}), layers) is True
        assert value_of(count({"at_least": 3}), layers) is False
        assert value_of(count({"is": 1}), layers) is None
        assert value_of({"retry.layers": {"count": {"is": 3}}}, layers) is True


class TestLeaves:
    def leaves(self, condition):
        layers = [{"fires": True}, {"fires": False}]
        fact = {**timeout(90), "in_handler": True, "in_task": None, "retry": {"layers": layers}}
        return ask(condition, fact).leaves

    def test_all_fails_by_its_first_part_that_fails(self):
        parts = [{"in_handler": {"is": True}}, {"timeout.value": {"at_most": 60}}, {"in_handler": {"is": False}}]
        assert self.leaves({"all": parts}) == (("timeout", "value"),)

    def test_any_fails_by_all_its_parts(self):
        parts = [{"in_handler": {"is": False}}, {"timeout.value": {"at_most": 60}}]
        assert self.leaves({"any": parts}) == (("in_handler",), ("timeout", "value"))

    def test_what_is_undecided_names_the_leaves_that_are(self):
        parts = [{"in_handler": {"is": True}}, {"in_task": {"is": True}}]
        assert self.leaves({"all": parts}) == (("in_task",),)

    def test_elements_carry_their_number(self):
        assert self.leaves({"retry.layers": {"each": {"fires": {"is": True}}}}) == (("retry", "layers", 1, "fires"),)
        assert self.leaves({"retry.layers": {"none": {"fires": {"is": True}}}}) == (("retry", "layers", 0, "fires"),)
