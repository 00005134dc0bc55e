"""Retries by hand: `except` bodies in a loop that try again, and let the same error out in the end."""

from __future__ import annotations

from readylint.flow import NOTHING, CatchClause, Exit, FunctionFlow


def gives_up(function: FunctionFlow, clause: CatchClause, inside: set[int]) -> bool:
    """Whether the error leaves a loop after the last attempt; `inside` are the contexts of the clause's body.

    The body does nothing but go round the loop or raise: always in the end, on a count of the attempts, or behind the
    loop.
    """
    loop = _loop(function, clause)
    exits = [e for e in function.exits if e.context in inside]
    if loop == NOTHING or any(e.kind in ("return", "break") for e in exits):
        return False
    if any(function.nodes[n].context in inside for n in function.yields):
        return False
    raises = [e for e in exits if e.kind == "raise"]
    if not all(_is_same_error(function, e.node, inside) for e in raises):
        return False
    if any(e.context == clause.context or _is_counted(function, e, clause, loop) for e in raises):
        return True
    return not _leaves_after(function, clause, loop) and _raised_behind(function, loop, inside)


def _loop(function: FunctionFlow, clause: CatchClause) -> int:
    """The innermost loop around the `try`."""
    return next((n for n, c in function.ancestors(clause.context) if c.kind in ("for", "while")), NOTHING)


def _is_same_error(function: FunctionFlow, number: int, inside: set[int]) -> bool:
    """Whether what is raised is what was caught: nothing named, or a variable that was given it."""
    if number == NOTHING:
        return True
    node = function.nodes[number]
    return (node.op == "exc" and node.context in inside) or (
        node.op == "union" and any(_is_same_error(function, n, inside) for n in node.args if n < number)
    )


def _is_counted(function: FunctionFlow, leave: Exit, clause: CatchClause, loop: int) -> bool:
    """Whether nothing but the count of the attempts decides that the error is raised: `if attempt == last: raise`."""
    for number, around in function.ancestors(leave.context):
        if number == clause.context:
            break
        if around.kind != "if" or not around.nodes or not _counts(function, around.nodes[0], around.branch, loop):
            return False
    return True


def _counts(function: FunctionFlow, test: int, branch: bool, loop: int) -> bool:
    """Whether a branch is taken at some count, whatever the error is."""
    node = function.nodes[test]
    if node.op == "bool":
        enough = any if (node.args[0] == "Or") is branch else all
        return enough(_counts(function, n, branch, loop) for n in node.args[1:])
    if node.op == "not" and function.nodes[node.args[0]].op in ("bool", "compare"):
        return _counts(function, node.args[0], not branch, loop)
    counted = False
    pending = [test]
    for number in pending:
        node = function.nodes[number]
        if node.op in ("exc", "call"):
            return False
        counted = counted or function.carried.get(number) == loop
        counted = counted or (node.op == "iter" and node.args[0] in function.contexts[loop].nodes)
        if node.op != "iter":
            pending += [n for n in function.children(number) if n < number and n not in pending]
    return counted


def _leaves_after(function: FunctionFlow, clause: CatchClause, loop: int) -> bool:
    """Whether the loop may be left behind the `try`, in the turn that failed."""
    behind = function.contexts[clause.context].end
    around = {n for n, _ in function.ancestors(clause.context)}
    return not clause.ends and any(
        e.kind in ("return", "break") and e.context in around and e.start > behind and e.context >= loop
        for e in function.exits
    )


def _raised_behind(function: FunctionFlow, loop: int, inside: set[int]) -> bool:
    """Whether a loop that runs out is followed by `raise last_error`."""
    around = function.contexts[loop]
    following = [
        e
        for e in function.exits
        if (e.context == around.parent and e.start > around.end)
        or (function.contexts[e.context].kind == "else" and function.contexts[e.context].owner == loop)
    ]
    first = min(following, key=lambda e: e.start, default=None)
    if first is None or first.kind != "raise" or first.node == NOTHING:
        return False
    return _is_same_error(function, first.node, inside)
