"""`confirmed` of a default line names the versions in which a contract test has seen its values, and no others."""

from __future__ import annotations

import pytest
from contract.cases import CASE_PARAMETERS, CASES, Case
from contract.claims import claims, default_lines, seen_lines
from contract.measure import Measured

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("case", CASE_PARAMETERS)
def test_what_was_run_is_confirmed(case: Case, measured: Measured) -> None:
    lines = seen_lines(case, measured.claims)
    assert [f"{line} lacks {version}" for line, version in lines if version not in line.confirmed] == []


def test_what_is_confirmed_was_run() -> None:
    seen = {pair for case in CASES for pair in seen_lines(case, claims(case.path, case.pins))}
    run = {(line.sdk.sdk, str(line.line), version) for line, version in seen}  # an alias of YAML repeats a line
    confirmed = [(line, version) for line in default_lines() for version in line.confirmed]
    unfounded = [(line, v) for line, v in confirmed if (line.sdk.sdk, str(line.line), v) not in run]
    assert [f"{line}: {version}" for line, version in unfounded] == []
