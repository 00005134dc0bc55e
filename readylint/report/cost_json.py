"""`readylint cost` for programs: plain data. An end of a range that nobody knows is null."""

from __future__ import annotations

from typing import Any

from readylint.cost.amounts import Quantiles, Range
from readylint.cost.sheet import Change, CostSheet, ModelPrice, Row
from readylint.facts import to_json

SCHEMA_NUMBER = 1
_DIGITS = 6


def cost_document(sheet: CostSheet) -> dict[str, Any]:
    """The cost sheet. Money is US dollars in a month, prices are per million tokens."""
    return {
        "schema": SCHEMA_NUMBER,
        "currency": "USD",
        "prices_as_of": sheet.prices_as_of or None,
        "days_per_month": sheet.days_per_month,
        "calls": [_row(row) for row in sheet.rows],
        "total": _quantiles(sheet.total),
        "changes": {
            "smaller_models": _change(sheet.smaller),
            "cached_answers": {
                **_change(sheet.cached), "hit_rates": sheet.hit_rates, "hit_rate_assumed": sheet.rate_assumed,
            },
        },
        "not_priced_by_tokens": [
            {"at": to_json(call.span), "callee": call.callee, "operation": call.operation}
            for call in sheet.not_by_tokens
        ],
        "calls_elsewhere": sheet.elsewhere,
        "remarks": sheet.remarks,
        "problems": to_json(sheet.problems),
    }  # fmt: skip


def _row(row: Row) -> dict[str, Any]:
    return {
        "id": row.call.id,
        "at": to_json(row.call.span),
        "inside": row.call.inside,
        "project": row.call.project,
        "callee": row.call.callee,
        "operation": row.call.operation,
        "models": [_model(model) for model in row.models],
        "model_from": row.model_from,
        "static_prompt_tokens": row.static_tokens,
        "output_cap": row.output_cap,
        "calls_per_day": row.calls_per_day,
        "cache_hit_rate": row.cache_hit_rate,
        "input_tokens": _quantiles(row.input),
        "output_tokens": _quantiles(row.output),
        "cost": _quantiles(row.cost),
        "with_smaller_models": _quantiles(row.smaller),
        "not_known": [{"what": gap.of, "settle": gap.settle} for gap in row.gaps],
    }


def _model(model: ModelPrice) -> dict[str, Any]:
    return {
        "id": model.id,
        "known_as": model.row,
        "input": model.input,
        "output": model.output,
        "retired": model.retired,
        "retires_on": model.retires_on,
        "smaller": model.sibling.id if model.sibling is not None else None,
    }


def _change(change: Change) -> dict[str, Any]:
    return {"calls": change.calls, "cost": _quantiles(change.cost), "saved": _quantiles(change.saved)}


def _quantiles(amount: Quantiles) -> dict[str, Any]:
    return {"p50": _range(amount.p50), "p95": _range(amount.p95)}


def _range(amount: Range) -> dict[str, float | None]:
    return {"low": _rounded(amount.low), "high": _rounded(amount.high)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, _DIGITS)
