"""Fixtures of the contract tests: every case is measured once."""

from __future__ import annotations

import pytest
from contract.cases import Case
from contract.measure import Measured, measure

_measured: dict[str, Measured] = {}


@pytest.fixture
def measured(case: Case) -> Measured:
    """What was seen of a case; skipped when its version is not installed."""
    if case.folder is None:
        pytest.skip(case.how_to_install)
    if case.id not in _measured:
        _measured[case.id] = measure(case)
        _measured[case.id].save()
    return _measured[case.id]
