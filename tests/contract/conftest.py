"""Fixtures of the contract tests: every case is measured once, several at a time, as most of the time is waiting."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from contract.cases import Case
from contract.measure import Measured, measure

AT_ONCE = 4


def _measure(case: Case) -> Measured:
    measured = measure(case)
    measured.save()
    return measured


@pytest.fixture(scope="session")
def measurements(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[Measured]]]:
    """Case -> what is seen of it, for the installed cases of the tests that were chosen."""
    parameters = [
        item.callspec.params
        for item in request.session.items
        if isinstance(item, pytest.Function) and hasattr(item, "callspec")
    ]
    cases = {p["case"].id: p["case"] for p in parameters if "case" in p}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield {name: pool.submit(_measure, case) for name, case in cases.items() if case.folder is not None}


@pytest.fixture
def measured(case: Case, measurements: dict[str, Future[Measured]]) -> Measured:
    """What was seen of a case; skipped when its version is not installed."""
    if case.folder is None:
        pytest.skip(case.how_to_install)
    return measurements[case.id].result()
