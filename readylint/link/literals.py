"""What can be worked out of literals, and of how a name is written."""

from __future__ import annotations

from readylint.flow import Node
from readylint.values import Const, Value


def is_class(name: str) -> bool:
    """Whether a library name is written like a class."""
    last = name.rpartition(".")[2]
    return last[:1].isupper() and not last.isupper() and "()" not in name


def fails(value: Value, operator: str, limit: Value) -> bool:
    """Whether a literal surely fails a comparison with another."""
    if not isinstance(value, Const) or not isinstance(limit, Const):
        return False
    left, right = value.value, limit.value
    if operator in ("Is", "IsNot"):
        return (left is right) != (operator == "Is") if right is None else False
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return False
    if operator == "GreaterThan":
        return left <= right
    if operator == "GreaterThanEqual":
        return left < right
    return left >= right if operator == "LessThan" else left > right if operator == "LessThanEqual" else False


def number_in(kind: str, value: object) -> object:
    """What `int(value)` or `float(value)` gives for a literal; the literal itself where that fails."""
    if not isinstance(value, str | int | float):
        return value
    try:
        return int(value) if kind == "int" else float(value)
    except ValueError:
        return value


def folded(node: Node, values: list[object]) -> object | None:
    """The value of a text or sum of literals."""
    if node.op == "join":
        return "".join(str(v) for v in values)
    operator, (left, right) = node.args[0], values
    if isinstance(left, str) and isinstance(right, str):
        return left + right if operator == "Add" else None
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return None
    if operator == "Add":
        return left + right
    if operator == "Subtract":
        return left - right
    if operator == "Multiply":
        return left * right
    return left / right if operator == "Divide" and right else None
