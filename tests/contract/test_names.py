"""The names of the catalogue exist in the versions that it speaks of."""

from __future__ import annotations

import ast
from fnmatch import fnmatch

import pytest
from contract.cases import CASE_PARAMETERS, Case
from contract.measure import Measured

pytestmark = [pytest.mark.contract, pytest.mark.parametrize("case", CASE_PARAMETERS)]


def test_constructors_calls_and_errors_exist(case: Case, measured: Measured) -> None:
    excused = {name for name in measured.missing if any(fnmatch(name, pattern) for pattern in case.absent)}
    assert sorted(set(measured.missing) - excused) == []


def test_every_excuse_is_needed(case: Case, measured: Measured) -> None:
    names = [*measured.missing, *measured.wrong_parents]
    assert [pattern for pattern in case.absent if not any(fnmatch(name, pattern) for name in names)] == []


def test_base_classes(case: Case, measured: Measured) -> None:
    excused = {name for name in measured.wrong_parents if any(fnmatch(name, pattern) for pattern in case.absent)}
    assert sorted(set(measured.wrong_parents) - excused) == []


def test_each_function_is_one_model_call(case: Case, measured: Measured) -> None:
    tree = ast.parse(case.path.read_text(encoding="utf-8"))
    functions = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert functions == measured.claims.keys()
