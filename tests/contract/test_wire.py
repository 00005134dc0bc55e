"""Attempts, time limits and errors of the real SDKs are those that readylint tells of."""

from __future__ import annotations

import pytest
from contract import expectations
from contract.cases import CASE_PARAMETERS, Case
from contract.measure import Measured
from contract.server import FAILURES

pytestmark = [pytest.mark.contract, pytest.mark.parametrize("case", CASE_PARAMETERS)]


def test_good_answer_takes_one_request(case: Case, measured: Measured) -> None:
    assert not [*expectations.good_answers(measured)]


@pytest.mark.parametrize("mode", FAILURES)
def test_attempts(case: Case, measured: Measured, mode: str) -> None:
    assert not [*expectations.attempts(measured, mode)]


@pytest.mark.parametrize("mode", FAILURES)
def test_errors(case: Case, measured: Measured, mode: str) -> None:
    assert not [*expectations.errors(measured, mode)]


def test_time_limit(case: Case, measured: Measured) -> None:
    assert not [*expectations.limits(measured)]


def test_time_limit_ends_a_call(case: Case, measured: Measured) -> None:
    assert not [*expectations.time_limits_end_a_call(measured)]


def test_what_the_time_limit_measures(case: Case, measured: Measured) -> None:
    assert not [*expectations.measures(measured)]


def test_every_exemption_is_needed(case: Case, measured: Measured) -> None:
    assert not [*expectations.needless_exemptions(measured)]
