"""What reading a key gives: of dicts, of keyword arguments, of configuration files and objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.flow import Node
from readylint.link.configurations import OPENERS, Configurations
from readylint.link.dictionaries import COPY, DICT
from readylint.values import (
    UNKNOWN,
    ClassValue,
    Const,
    Container,
    Environment,
    External,
    Made,
    ObjectValue,
    Open,
    Ref,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from readylint.link.resolver import Resolver

READS = ("get", "getint", "getfloat", "getboolean", "pop", "setdefault")
SECTIONS = "configparser."
"""Its `get` takes a section before the key."""
DEPTH = 4


class Mappings:
    """Reads keys of mappings."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.program = resolver.program
        evidence = resolver.knowledge.evidence
        self._files = {n for e in evidence for n in e.configuration}
        self._texts = {n for e in evidence for n in e.configuration_texts}
        self._objects = {n for e in evidence for n in e.configuration_objects}
        self._modules = {k: v for e in evidence for k, v in e.settings_modules.items()}
        self._settings: dict[str, int | None] = {}
        self.configurations = Configurations(resolver)

    # methods ---------------------------------------------------------------------------------------------------

    def called(self, ref: Ref, node: Node) -> list[Value] | None:
        """What `mapping.get(key, default)` and `mapping.copy()` give; None for any other call."""
        target = self.program.node(ref.sibling(node.args[0]))
        if target.op != "attr":
            return None
        if target.args[1] == "copy" and not node.args[1]:
            bases = self.resolver.values(ref.sibling(target.args[0]))
            return [Made(COPY, ref)] if bases and all(self._is_dict(v) for v in bases) else None
        if target.args[1] not in READS or not node.args[1]:
            return None
        found: list[Value] = []
        for value in self.resolver.values(ref.sibling(target.args[0])):
            got = self._got(value, ref)
            if got is None:
                return None
            found += got
        return found or None

    def _is_dict(self, value: Value) -> bool:
        if isinstance(value, Container):
            return self.program.node(value.ref).op == "dict"
        return isinstance(value, Made) and value.name in (DICT, COPY)

    def copied(self, name: str, ref: Ref) -> list[Value] | None:
        """What `copy.deepcopy(options)` gives where a dict is copied; None where something else is."""
        argument = self.resolver.argument(ref, "x", 0)
        values = self.resolver.values(argument) if argument is not None else ()
        return [Made(COPY, ref)] if values and all(self._is_dict(v) for v in values) else None

    def _got(self, value: Value, ref: Ref) -> list[Value] | None:
        if isinstance(value, ObjectValue | ClassValue):
            target = self.program.node(ref.sibling(self.program.node(ref).args[0]))
            return self.configurations.got(value.cls if isinstance(value, ObjectValue) else value, target.args[1], ref)
        sections = isinstance(value, Environment | Made) and self._name(value).startswith(SECTIONS)
        key = self.resolver.argument(ref, "option" if sections else "key", 1 if sections else 0)
        default = self._default(ref, sections)
        if key is None:
            return None
        if self._is_dict(value):
            return self._entries(value, key, default, ref)
        if self.is_configuration(value):
            names = self.resolver.constants(key)
            return [Environment(str(names[0]) if len(names) == 1 else "", ref, default, structured=True)]
        if isinstance(value, Open) and self._takes_keywords(value):
            return self._keyword(value, key, default, ref)
        if isinstance(value, Unknown | Open) and default is not None:
            return self._from_outside(key, default, ref)
        return None

    def _default(self, ref: Ref, sections: bool) -> Ref | None:
        return self.resolver.argument(ref, "fallback") if sections else self.resolver.argument(ref, "default", 1)

    def _entries(self, value: Value, key: Ref, default: Ref | None, use: Ref) -> list[Value]:
        names = self.resolver.constants(key)
        name = names[0] if len(names) == 1 else None
        found: list[Value] = []
        written = False
        if isinstance(value, Container):
            written = all(k >= 0 for k, _ in self.program.node(value.ref).args)
            entries = self.resolver.containers.entry(value, name)
            found = [v for v in entries if not (written and isinstance(v, Unknown))]
        elif isinstance(value, Made) and isinstance(name, str):
            given = self.resolver.reader.inside(value, name, use)
            found = [v for r in (given.refs if given is not None else ()) for v in self.resolver.values(r)]
            written = given is not None and not given.unknown
            found += [] if written else [UNKNOWN]
        if default is not None and (name is None or not found or not written):
            found += self.resolver.values(default)
        return found or [Const(None, key) if written and default is None else UNKNOWN]

    def _takes_keywords(self, value: Open) -> bool:
        function = self.program.modules[value.module].functions[value.function]
        return any(p.name == value.name and p.kind == "double-star" for p in function.params)

    def _keyword(self, value: Open, key: Ref, default: Ref | None, use: Ref) -> list[Value]:
        """`kwargs.get("model", DEFAULT)`: what callers give, or the default where one of them may leave it out."""
        names = [n for n in self.resolver.constants(key) if isinstance(n, str)]
        if len(names) != 1:
            return [UNKNOWN]
        given = self.resolver.reader.kept_keywords(value, names[0], DEPTH, use)
        found = [v for r in given.refs for v in self.resolver.values(r)]
        if given.unknown:
            found.append(Open(value.module, value.function, value.name))
        if default is not None and not given.settled:
            found += self.resolver.values(default)
        return found or [UNKNOWN]

    def _from_outside(self, key: Ref, default: Ref, ref: Ref) -> list[Value] | None:
        """`user_data.get("model", "gpt")`: something from outside, or else a literal."""
        values = self.resolver.values(default)
        names = self.resolver.constants(key)
        if len(values) != 1 or len(names) != 1 or not isinstance(names[0], str):
            return None
        value = values[0]
        if not isinstance(value, Const) or not value.value or not isinstance(value.value, str | int | float):
            return None
        return None if isinstance(value.value, bool) else [Environment(names[0], ref, default)]

    def is_called(self, ref: Ref) -> bool:
        """Whether the node is what a call calls."""
        function = self.program.function(ref)
        users = self.program.users(ref.module, ref.function).get(ref.node, ())
        return any(function.nodes[u].op == "call" and function.nodes[u].args[0] == ref.node for u in users)

    # configuration ---------------------------------------------------------------------------------------------

    def _name(self, value: Environment | Made) -> str:
        if isinstance(value, Made):
            return value.name
        node = self.program.node(value.ref)
        targets = self.resolver.values(value.ref.sibling(node.args[0])) if node.op == "call" else ()
        return next((t.name for t in targets if isinstance(t, External)), "")

    def is_configuration(self, value: Value) -> bool:
        """Whether the entries of a value are configuration: what was read from a file, or a part of it."""
        if isinstance(value, Environment):
            return value.structured or self._name(value) in self._files
        if isinstance(value, External):
            return value.name in self._objects
        if not isinstance(value, Made):
            return False
        return value.name in self._files or (value.name in self._texts and self._is_file(value.ref))

    def _is_file(self, call: Ref) -> bool:
        """Whether what a parser is given comes out of a file, and not out of an answer."""
        node = self.program.node(call)
        if not node.args[1]:
            return False
        at = call.sibling(node.args[1][0][1])
        names = [v.name for v in self.resolver.values(at) if isinstance(v, Made)]
        if names:
            return all(n.replace("()", "").rsplit(".", 1)[-1] in OPENERS for n in names)
        given = self.program.node(at)
        if given.op in ("call", "enter"):
            if given.op == "enter":
                given = self.program.node(at.sibling(given.args[0]))
            return given.op == "call" and (
                self.program.tail(at.module, self.program.function(at), given.args[0]) in OPENERS
            )
        return False

    def entry(self, value: Value, key: object, ref: Ref) -> list[Value] | None:
        """What a subscript or attribute of configuration gives; None for anything else."""
        if isinstance(value, External):
            return self._setting(value.name, str(key), ref) if value.name in self._objects else None
        if not self.is_configuration(value):
            return None
        return [Environment(str(key) if key is not None else "", ref, structured=True)]

    def _setting(self, holder: str, name: str, ref: Ref) -> list[Value] | None:
        """A setting of the settings module of a framework: `django.conf.settings.MODEL`."""
        if not name.isupper() and holder in self._modules:
            return None
        index = self._settings_module(holder)
        if index is None or name not in self.program.modules[index].functions[0].bindings:
            return [Environment(name, ref, structured=True)]
        found: list[Value] = []
        for value in self.resolver.scopes.module_attribute(index, name):
            found.append(Environment(name, ref, value.ref) if isinstance(value, Const) else value)
        return found or [Environment(name, ref)]

    def _settings_module(self, holder: str) -> int | None:
        """The module that a variable of the environment names: `setdefault("DJANGO_SETTINGS_MODULE", "x.settings")`."""
        variable = self._modules.get(holder)
        if variable is None or not self.resolver.loading:
            return None
        if holder not in self._settings:
            self._settings[holder] = self._named_module(variable)
        return self._settings[holder]

    def _named_module(self, variable: str) -> int | None:
        names: dict[str, int] = {}
        for path in self.program.holding(variable):
            importer = self.program.load(path)
            for function in self.program.modules[importer].functions if importer is not None else ():
                for number in function.calls:
                    words = [
                        function.nodes[n].args[0]
                        for _, n in function.nodes[number].args[1]
                        if function.nodes[n].op == "const"
                    ]
                    if len(words) == 2 and words[0] == variable and isinstance(words[1], str):
                        names.setdefault(words[1], importer or 0)
        found = [self.program.find(name, importer, far=True) for name, importer in sorted(names.items())]
        return next((index for index in found if index is not None), None)
