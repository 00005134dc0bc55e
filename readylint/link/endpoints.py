"""Raw HTTP: which URL a request goes to, as far as the code tells, and which provider endpoint that is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from readylint.catalogue import Argument, Call, Sdk
from readylint.values import Const, Environment, External, FunctionValue, Made, Ref, SdkObject

if TYPE_CHECKING:
    from readylint.link.arguments import ArgumentReader
    from readylint.link.resolver import Resolver

HOLE = "\0"
"""Stands for a part of a text that cannot be told."""
CONFIGURED = "<configured>"
"""The host in endpoints.yaml for a base that only the configuration knows, and the path for a whole URL like that."""


@dataclass(slots=True)
class Endpoint:
    """A provider endpoint that a request goes to."""

    provider: str
    operation: str
    host: str
    arguments: dict[str, Argument] = field(default_factory=dict)
    answer: dict[str, list[str]] = field(default_factory=dict)
    body: Ref | None = None
    """The call that carries the body where that is not the request itself: `urlopen(Request(url, data=...))`."""


@lru_cache(maxsize=512)
def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(re.sub(r"\{[^}]*\}", "*", pattern)), re.IGNORECASE)


class TextReader:
    """Texts that an expression may be, with `HOLE` for unknown parts."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program

    def texts(self, ref: Ref, depth: int = 8) -> list[str]:
        """Possible texts of a node; at most 8."""
        if depth <= 0:
            return [HOLE]
        node = self.program.node(ref)
        if node.op in ("join", "binop") and (node.op == "join" or node.args[0] in ("Add", "Divide")):
            numbers = node.args if node.op == "join" else node.args[1:]
            joined = [""]
            for number in numbers:
                parts = self.texts(ref.sibling(number), depth - 1)
                joined = [a + b for a in joined for b in parts][:8]
            return joined
        if node.op == "call":
            return self._called(ref, depth)
        return self._values(ref, depth)

    def _called(self, ref: Ref, depth: int) -> list[str]:
        """Texts that pass through `str(...)`, `.rstrip("/")`, `.format(...)`, `urljoin(...)`."""
        node = self.program.node(ref)
        target = self.program.function(ref).nodes[node.args[0]]
        arguments = [ref.sibling(v) for k, v in node.args[1] if k is None]
        if target.op == "attr" and target.args[1] in (
            "rstrip",
            "strip",
            "lstrip",
            "lower",
            "removesuffix",
            "unicode_string",
        ):
            return [t.rstrip("/") for t in self.texts(ref.sibling(target.args[0]), depth - 1)]
        if target.op == "attr" and target.args[1] == "format":
            base = self.texts(ref.sibling(target.args[0]), depth - 1)
            return [re.sub(r"\{[^}]*\}", HOLE, t) for t in base]
        tail = self.program.tail(ref.module, self.program.function(ref), node.args[0])
        if tail in ("urljoin", "join") and len(arguments) >= 2:
            left, right = self.texts(arguments[0], depth - 1), self.texts(arguments[1], depth - 1)
            return [f"{a.rstrip('/')}/{b.lstrip('/')}" for a in left for b in right][:8]
        if tail in ("str", "URL", "Request", "HttpUrl", "AnyUrl", "AnyHttpUrl") and arguments:
            return self.texts(arguments[0], depth - 1)
        returned = self._returned(ref, depth)
        return returned or self._values(ref, depth)

    def _returned(self, ref: Ref, depth: int) -> list[str]:
        """Texts that a function of the project returns."""
        found: list[str] = []
        for value in self.resolver.values(ref.sibling(self.program.node(ref).args[0])):
            if isinstance(value, FunctionValue):
                flow = self.resolver.flow_of(value)
                for leave in flow.exits:
                    if leave.kind == "return" and leave.node >= 0:
                        found += self.texts(Ref(value.module, value.number, leave.node), depth - 1)
        return list(dict.fromkeys(found))[:8]

    def _values(self, ref: Ref, depth: int) -> list[str]:
        found: list[str] = []
        node = self.program.node(ref)
        if node.op == "param":
            sites = self.resolver.callers.argument_nodes(ref.module, ref.function, node.args[0])
            given = [a for _, a in sites if a is not None and a != ref][:4]
            if given:
                texts = [t for a in given for t in self.texts(a, depth - 1)]
                return list(dict.fromkeys(texts + self._default(ref)))[:8]
        if node.op in ("bool", "ifexp", "union") and len(node.args) > 1:
            members = node.args if node.op == "union" else node.args[1:]
            return [t for m in members if m != ref.node for t in self.texts(ref.sibling(m), depth - 1)][:8]
        for value in self.resolver.values(ref):
            if isinstance(value, Const) and isinstance(value.value, str):
                found.append(value.value)
            elif isinstance(value, Const) and value.value is None:
                continue
            elif isinstance(value, Environment) and value.fallback is not None:
                found.append(str(value.fallback.value))
            elif isinstance(value, Environment) and value.default is not None:
                found += self.texts(value.default, depth - 1)
            elif isinstance(value, Made) and value.ref != ref:
                found += self.texts(value.ref, depth - 1)
            else:
                inner = self._other_node(ref)
                found += self.texts(inner, depth - 1) if inner is not None else [HOLE]
        return list(dict.fromkeys(found))[:8] or [HOLE]

    def _default(self, ref: Ref) -> list[str]:
        """The default text of a parameter."""
        function = self.program.function(ref)
        name = self.program.node(ref).args[0]
        number = next((p.default for p in function.params if p.name == name), -1)
        if number < 0:
            return []
        values = self.resolver.values(Ref(ref.module, max(function.parent, 0), number))
        return [v.value for v in values if isinstance(v, Const) and isinstance(v.value, str)]

    def _other_node(self, ref: Ref) -> Ref | None:
        """The node behind a name whose value is a computed text: follow one binding."""
        node = self.program.node(ref)
        if node.op == "name":
            body = self.program.modules[ref.module].functions[0]
            bound = body.bindings.get(node.args[0], [])
            if len(bound) == 1:
                return Ref(ref.module, 0, bound[0])
        if node.op == "union" and len(node.args) == 1:
            return ref.sibling(node.args[0])
        if node.op == "attr":
            return self._attribute_node(ref, node.args[0], node.args[1])
        if node.op == "param":
            sites = self.resolver.callers.argument_nodes(ref.module, ref.function, node.args[0])
            given = [a for _, a in sites if a is not None]
            return given[0] if len(given) == 1 and given[0] != ref else None
        return None

    def _attribute_node(self, ref: Ref, base: int, name: str) -> Ref | None:
        from readylint.values import ObjectValue

        for value in self.resolver.values(ref.sibling(base)):
            if isinstance(value, ObjectValue):
                for cls in self.resolver.classes.bases(value.cls)[0]:
                    stores = self.resolver.classes.stores(cls, name)
                    if len(stores) == 1 and stores[0] != ref:
                        return stores[0]
        return None


class EndpointMatcher:
    """Matches requests against the hosts and paths of the catalogue."""

    def __init__(self, resolver: Resolver, reader: ArgumentReader) -> None:
        self.resolver = resolver
        self.reader = reader
        self.text = TextReader(resolver)
        self.endpoints = resolver.knowledge.endpoints

    def match(self, ref: Ref, sdk: Sdk, call: Call, value: SdkObject | None) -> Endpoint | None:
        """The endpoint that a request goes to; None when it goes elsewhere or cannot be told."""
        spec = call.arguments.get("url") or sdk.arguments.get("url")
        if spec is None or self._reads_only(ref, call):
            return None
        url: Ref | None = None
        for keyword in spec.at or [""]:
            url = self.resolver.argument(ref, keyword, spec.position)
            if url is not None:
                break
        if url is None:
            return None
        bases = self._bases(sdk, value)
        made = [v.ref for v in self.resolver.values(url) if isinstance(v, Made)]
        body = next((m for m in made if self._is_request(m)), None)
        for text in self.text.texts(url):
            whole = (
                [text]
                if "://" in text or (text.startswith(HOLE) and not bases)
                else [b.rstrip("/") + "/" + text.lstrip("/") for b in bases or [""]]
            )
            for candidate in whole:
                found = self._endpoint(candidate, body or ref)
                if found is not None:
                    found.body = body
                    return found
        return None

    def _is_request(self, made: Ref) -> bool:
        program = self.resolver.program
        return program.tail(made.module, program.function(made), program.node(made).args[0]) == "Request"

    def _reads_only(self, ref: Ref, call: Call) -> bool:
        """A request whose method is given as GET, HEAD or DELETE asks no model."""
        spec = call.arguments.get("method")
        for keyword in spec.at if spec is not None else ():
            method = self.resolver.argument(ref, keyword, spec.position if spec is not None else None)
            for value in self.resolver.values(method) if method is not None else ():
                if isinstance(value, Const) and str(value.value).upper() in ("GET", "HEAD", "DELETE", "OPTIONS"):
                    return True
        return False

    def _bases(self, sdk: Sdk, value: SdkObject | None) -> list[str]:
        if value is None or value.made is None:
            return []
        client = self.resolver.knowledge.client(value.sdk, value.constructor)
        spec = client.arguments.get("base_url") if client is not None else None
        for keyword in spec.at if spec is not None else ():
            base = self.resolver.argument(value.made, keyword, spec.position if spec is not None else None)
            if base is not None:
                return self.text.texts(base)
        return []

    def _endpoint(self, url: str, request: Ref) -> Endpoint | None:
        """The first entry that fits the URL and, where it names what it needs, what the request sends."""
        whole = re.match(rf"{HOLE}(?=$|[/?#])", url)
        if whole is not None:
            path = url[whole.end() :]
            url = f"https://{CONFIGURED}{path if path.startswith('/') else '/' + CONFIGURED + path}"
        match = re.match(r"(?:https?|wss?)://([^/?#]+)([^?#]*)", url)
        if match is None:
            return None
        host, path = match.group(1).replace(HOLE, "x").split("@")[-1], match.group(2) or "/"
        for entry in self.endpoints:
            if not any(_glob(h).match(host) for h in entry["hosts"]):
                continue
            if any(self._path(p, path) for p in entry["paths"]):
                found = self._made(entry, host)
                if all(self.reader.find(request, found.arguments[role]).refs for role in entry.get("needs") or ()):
                    return found
        return None

    def _path(self, pattern: str, path: str) -> bool:
        if HOLE not in path:
            return _glob(pattern).match(path) is not None
        literal = re.sub(r"\{[^}]*\}", "*", pattern)
        return (
            _glob(path.replace(HOLE, "*")).match(literal) is not None
            or _glob(literal).match(path.replace(HOLE, "x")) is not None
        )

    def _made(self, entry: dict[str, Any], host: str) -> Endpoint:
        arguments: dict[str, Argument] = {}
        for role, keys in {"stream": "stream", **(entry.get("body") or {})}.items():
            names = [keys] if isinstance(keys, str) else list(keys)
            paths = [f"{carrier}.{name}" for name in names for carrier in ("json", "data", "content", "body")]
            arguments[role] = replace(
                Argument(), at=paths, unlimited=list((entry.get("unlimited") or {}).get(role, ()))
            )
        for role, names in (entry.get("headers") or {}).items():
            arguments[role] = replace(Argument(), at=[f"headers.{name}" for name in names])
        answer = {k: list(v) for k, v in (entry.get("answer") or {}).items()}
        return Endpoint(str(entry["provider"]), str(entry["operation"]), host, arguments, answer)


def is_external(value: object, name: str) -> bool:
    """Whether a value is the library name."""
    return isinstance(value, External) and value.name == name
