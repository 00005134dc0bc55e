"""Abstract values: what an expression may stand for, as far as the code tells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

UNION_LIMIT = 8
"""More values than this for one expression are not told apart any more."""


class Ref(NamedTuple):
    """A node of the program: numbers of its module, function and node."""

    module: int
    function: int
    node: int

    def sibling(self, node: int) -> Ref:
        """Another node of the same function."""
        return Ref(self.module, self.function, node)


@dataclass(frozen=True, slots=True)
class Const:
    """A literal."""

    value: Any
    ref: Ref


@dataclass(frozen=True, slots=True)
class External:
    """A name of a library or builtin, fully qualified: `os.environ`, `openai.OpenAI`, `json.loads`."""

    name: str
    laid: Ref | None = None
    """The call that laid arguments over it: `partial(OpenAI, timeout=90)`."""


@dataclass(frozen=True, slots=True)
class Made:
    """What calling a library name gives: an instance of a class, or the result of a function."""

    name: str
    ref: Ref


@dataclass(frozen=True, slots=True)
class ClassValue:
    """A class of the project."""

    module: int
    number: int


@dataclass(frozen=True, slots=True)
class ObjectValue:
    """An instance of a class of the project."""

    cls: ClassValue
    made: Ref | None = None
    """The call that built it, for instances of records (dataclasses and their like)."""
    outside: bool = False
    """Who built it is not in the project: the body of a request."""


@dataclass(frozen=True, slots=True)
class FunctionValue:
    """A function of the project; `receiver` when it is bound to an object or class."""

    module: int
    number: int
    bound: bool = False


@dataclass(frozen=True, slots=True)
class ModuleValue:
    """A module of the project."""

    module: int


@dataclass(frozen=True, slots=True)
class Overlay:
    """A step that changed an SDK object: the view of the catalogue, and the call or operator it stands at."""

    view: str
    ref: Ref


@dataclass(frozen=True, slots=True)
class SdkObject:
    """An SDK object, or an attribute path from one (`client.chat.completions`)."""

    sdk: str
    kind: str
    path: str = ""
    made: Ref | None = None
    """The call that built the object; None when only its type is known, or for a module-level client."""
    constructor: int = -1
    """Which entry of the SDK's `clients` built it."""
    is_async: bool | None = None
    overlays: tuple[Overlay, ...] = ()
    through: Ref | ClassValue | None = None
    """Whose view of the constructor's arguments holds: the call of its factory, or the class of who built it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model call gives back."""

    call: Ref


@dataclass(frozen=True, slots=True)
class Container:
    """A dict, list, tuple, set or comprehension written in the code."""

    ref: Ref


@dataclass(frozen=True, slots=True)
class Environment:
    """A value read from the environment or from settings, with the default it falls back on."""

    name: str
    ref: Ref
    default: Ref | None = None
    fallback: Const | None = None
    """The default after what was done to it: `"ollama/" + os.getenv("MODEL", "llama3.2")`."""
    structured: bool = False
    """It may hold entries of its own: a section of a configuration file."""


@dataclass(frozen=True, slots=True)
class Open:
    """A parameter that no known caller fills."""

    module: int
    function: int
    name: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Cannot be told."""


Value = (
    Const | External | Made | ClassValue | ObjectValue | FunctionValue | ModuleValue | SdkObject | Answer | Container
    | Environment | Open | Unknown
)  # fmt: skip
Values = tuple[Value, ...]
UNKNOWN = Unknown()
