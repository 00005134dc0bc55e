"""Which failures of an SDK an `except` clause, a retry predicate or an error handler covers."""

from __future__ import annotations

import re
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from readylint.catalogue import Sdk
from readylint.flow import NOTHING
from readylint.values import ClassValue, Container, External, Ref

if TYPE_CHECKING:
    from readylint.link.calls import ModelCall
    from readylint.link.resolver import Resolver

FAILURES = ("rate-limit", "status", "connection", "timeout")
BUILTIN_PARENTS = {
    "TimeoutError": ["OSError"], "ConnectionError": ["OSError"], "ConnectionResetError": ["ConnectionError"],
    "ConnectionRefusedError": ["ConnectionError"], "IOError": ["OSError"], "OSError": ["Exception"],
    "asyncio.TimeoutError": ["TimeoutError"], "asyncio.exceptions.TimeoutError": ["TimeoutError"],
    "socket.timeout": ["TimeoutError"], "ValueError": ["Exception"], "Exception": ["BaseException"],
    "json.JSONDecodeError": ["ValueError"], "json.decoder.JSONDecodeError": ["ValueError"],
}  # fmt: skip
LASTING = re.compile(
    r"(BadRequest|InvalidRequest|Authentication|Unauthorized|PermissionDenied|UnprocessableEntity)\w*$"
)
"""How classes of errors are called that come again each time."""
OF_ANSWERS = re.compile(r"(Value|Decode|Validation|Pars(e|er|ing)|Assertion|Retry|Output)(Error|Exception|Failed)?$")
EVERYTHING = frozenset({"Exception", "BaseException"})


@dataclass(slots=True)
class Caught:
    """The classes that a clause names. `names` of a bare `except` is BaseException."""

    names: list[str] = field(default_factory=list)
    unknown: bool = False


class Exceptions:
    """The class hierarchies of the catalogue and of the project."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        self._parents: dict[str, dict[str, list[str]]] = {}

    def caught(self, at: Ref | None) -> Caught:
        """The classes named at a node; None for a bare `except`."""
        if at is None or at.node == NOTHING:
            return Caught(["BaseException"])
        result = Caught()
        self._collect(at, result, 0)
        if not result.names and not result.unknown:
            result.unknown = True
        return result

    def _collect(self, at: Ref, result: Caught, depth: int) -> None:
        for value in self.resolver.values(at):
            if isinstance(value, External):
                _note(value.name.replace("()", ""), result)
            elif isinstance(value, ClassValue):
                result.names.append(self.resolver.classes.flow(value).name)
                result.names += [f"<{b}>" for b in self.resolver.classes.bases(value)[1]]
            elif isinstance(value, Container) and depth < 4:
                node = self.program.node(value.ref)
                for number in node.args if node.op in ("tuple", "list", "set") else ():
                    self._collect(value.ref.sibling(number), result, depth + 1)
            else:
                self._collect_sum(at, result, depth)

    def _collect_sum(self, at: Ref, result: Caught, depth: int) -> None:
        """`ERRORS + (TimeoutError,)`, else something that cannot be told."""
        node = self.program.node(at)
        if node.op == "binop" and node.args[0] == "Add" and depth < 4:
            for number in node.args[1:]:
                self._collect(at.sibling(number), result, depth + 1)
        elif node.op in ("attr", "name"):
            _note(self.program.written(at), result)
        else:
            result.unknown = True

    def covered(self, caught: Caught, call: ModelCall) -> set[str]:
        """The failures of the call's SDK that the classes catch."""
        return {f for f in (*FAILURES, "validation") if self.covers(caught, call, f)}

    def covers_lasting(self, caught: Caught, call: ModelCall) -> bool | None:
        """Whether what fails again each time is caught too: bad requests, wrong keys."""
        names = set(caught.names)
        if names & EVERYTHING:
            return True
        table = self._table(call)
        lasting = [c for c in table if LASTING.search(c)]
        asked = lasting or self.raised(call, "status")
        if any(_same(n, a) for c in asked for n in names for a in _ancestors(table, c)):
            return True
        # Without classes of their own they may hide in the one for rate limits.
        shared = not lasting and self.covers(caught, call, "rate-limit")
        return None if caught.unknown or shared else False

    def names_all(self, call: ModelCall) -> bool:
        """Whether each failure of the call is an error with a class: a plain request may answer with a status."""
        return call.endpoint is None and all(self.raised(call, f) for f in FAILURES)

    def are_of_answers(self, names: list[str], known: Collection[str]) -> bool:
        """Whether these classes are there for answers that do not fit: of the project (`known`), or of parsing."""
        outside = [n for n in names if not n.startswith("<")]
        return any(n in known for n in outside) or all(OF_ANSWERS.search(n) for n in outside)

    def covers(self, caught: Caught, call: ModelCall, failure: str) -> bool:
        """Whether one failure is caught: by its class, a base of it, or all of its children."""
        names = set(caught.names)
        if names & EVERYTHING:
            return True
        return any(self._covers_class(names, call, c) for c in self.raised(call, failure))

    def raised(self, call: ModelCall, failure: str) -> list[str]:
        """The classes that a failure comes as; empty when that is not known."""
        if call.call.raises is not None:
            table = call.call.raises
        else:
            below = self._below(call)
            table = below[0].errors.raises if below else call.sdk.errors.raises
        found = table.get(failure, [])
        return found if found or failure == "validation" else table.get("status", [])

    def used(self, call: ModelCall, failure: str) -> list[str]:
        """As `raised`, without the classes of wrappers that the project does not import."""
        knowledge = self.resolver.knowledge
        found = self.raised(call, failure)
        absent = {
            root
            for root in {name.partition(".")[0] for name in found} - knowledge.sdks.keys()
            if (sdk := knowledge.sdk(root)) is not None and sdk.transport == "sdk"
        }
        return [name for name in found if name.partition(".")[0] not in absent] or found

    def key(self, call: ModelCall) -> str:
        """The same for calls of one SDK that raise the same."""
        if call.call.raises is not None:
            return f"{call.call.path} {sorted((k, tuple(v)) for k, v in call.call.raises.items())}"
        return " ".join(s.sdk for s in self._below(call))

    def _below(self, call: ModelCall) -> list[Sdk]:
        """The SDK whose errors pass through the objects of the call; nothing when they differ."""
        knowledge = self.resolver.knowledge
        clients = [knowledge.client(o.sdk, o.constructor) for o in call.objects]
        names = {c.errors_of if c is not None else None for c in clients}
        name = names.pop() if len(names) == 1 else None
        sdk = knowledge.sdk(name) if name is not None else None
        return [sdk] if sdk is not None and sdk.errors.raises else []

    def _covers_class(self, names: set[str], call: ModelCall, cls: str) -> bool:
        table = self._table(call)
        if any(_same(n, a) for n in names for a in _ancestors(table, cls)):
            return True
        children = [c for c, parents in table.items() if cls in parents]
        return len(children) > 1 and all(
            any(_same(n, a) for n in names for a in _ancestors(table, c)) for c in children
        )

    def _table(self, call: ModelCall) -> dict[str, list[str]]:
        sdks = [call.sdk, *self._below(call)]
        key = " ".join(s.sdk for s in sdks)
        table = self._parents.get(key)
        if table is None:
            table = self._parents[key] = dict(BUILTIN_PARENTS)
            for sdk in sdks:
                table.update(sdk.errors.parents)
        return table


def _ancestors(table: dict[str, list[str]], cls: str) -> set[str]:
    found, pending = {cls}, [cls]
    while pending:
        for parent in table.get(pending.pop(), ["Exception"]):
            if parent not in found and parent != "BaseException":
                found.add(parent)
                pending.append(parent)
    return found


def _note(name: str, result: Caught) -> None:
    """Add a name that nothing in the project defines. `ERRORS` of a library may be a tuple of anything; only the
    standard library has classes with such names."""
    result.names.append(name)
    last = name.rpartition(".")[2]
    is_class = last[:1].isupper() and not last.isupper()
    result.unknown = result.unknown or not (is_class or name.partition(".")[0] in sys.stdlib_module_names)


def _same(written: str, known: str) -> bool:
    """Names of one class under several import paths: same package, same last name."""
    if written == known:
        return True
    if "." not in written or "." not in known:
        return (
            "." not in known and written.rsplit(".", 1)[-1] == known and written.startswith(("builtins.", "asyncio."))
        )
    left, right = written.strip("<>").split("."), known.split(".")
    return left[-1] == right[-1] and left[0] == right[0] and not written.startswith("<")
