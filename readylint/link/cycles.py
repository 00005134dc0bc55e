"""Which nodes of a graph can reach each other: Tarjan's strongly connected components."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def components(nodes: Iterable[Node], following: Callable[[Node], Iterable[Node]]) -> dict[Node, int]:
    """A number for each node; nodes that lie on one cycle have the same."""
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    found: dict[Node, int] = {}
    stack: list[Node] = []
    for start in nodes:
        if start in index:
            continue
        index[start] = low[start] = len(index)
        stack.append(start)
        pending = [(start, iter(list(following(start))))]
        while pending:
            node, rest = pending[-1]
            after = next((n for n in rest if n not in found), None)
            if after is None:
                pending.pop()
                if pending:
                    low[pending[-1][0]] = min(low[pending[-1][0]], low[node])
                if low[node] == index[node]:
                    number = index[node]
                    while stack[-1] != node:
                        found[stack.pop()] = number
                    found[stack.pop()] = number
            elif after in index:
                low[node] = min(low[node], index[after])
            else:
                index[after] = low[after] = len(index)
                stack.append(after)
                pending.append((after, iter(list(following(after)))))
    return found
