"""The user's settings: find them, read them, check them. Each value knows its file and line."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from readylint import toml
from readylint.facts import Operation
from readylint.tables import Place, SettingsError, TableReader, dotted, meant, shown, type_word
from readylint.verdicts import Severity

__all__ = ["DeclaredCall", "Override", "Place", "Settings", "SettingsError", "check_rule_names", "load"]

Format = Literal["terminal", "json", "sarif"]
DEDICATED = ("readylint.toml", ".readylint.toml")
SEVERITIES: tuple[str, ...] = get_args(Severity)
FORMATS: tuple[str, ...] = get_args(Format)
NOT_USED_YET = ("attest", "gateway")
"""Settings that are read and checked, and decide nothing in this version."""
OPERATIONS: tuple[str, ...] = get_args(Operation)


@dataclass(slots=True)
class DeclaredCall:
    """A function of the user's own that reaches a model: `[tool.readylint.calls]`."""

    name: str
    operation: Operation = "chat"
    timeout: float | Literal["none"] | None = None
    retries: int | None = None
    model: str | None = None
    max_output: int | None = None
    guarded: bool | None = None
    validated: bool | None = None
    usage: bool | None = None
    provider: str | None = None


@dataclass(slots=True)
class Override:
    """Rules or items that are ignored under some paths; the patterns are relative to `Settings.base`."""

    paths: list[str]
    ignore: dict[str, str]


@dataclass(slots=True)
class Settings:
    """Everything that the user may decide. `ignore` maps a rule or item to the reason, "" when none is given."""

    select: list[str] = field(default_factory=list)
    ignore: dict[str, str] = field(default_factory=dict)
    pedantic: bool = False
    fail_on: Severity = "error"
    min_score: int | None = None
    format: Format = "terminal"
    exclude: list[str] = field(default_factory=list)
    force_exclude: bool = False
    packs: list[str] = field(default_factory=list)
    calls: dict[str, DeclaredCall] = field(default_factory=dict)
    overrides: list[Override] = field(default_factory=list)
    params: dict[str, dict[str, Any]] = field(default_factory=dict)
    severities: dict[str, Severity] = field(default_factory=dict)
    gateway: list[str] = field(default_factory=list)
    attest: dict[str, Any] = field(default_factory=dict)
    base: Path = field(default_factory=Path.cwd)
    """The folder that relative paths and patterns of the settings start from."""
    path: Path | None = None
    """The file that was read; None: the defaults."""
    where: dict[str, Place] = field(default_factory=dict)
    """Dotted key -> place: `min-score`, `ignore.no-timeout`, `overrides.0.paths`, `exclude.1`."""
    warnings: list[str] = field(default_factory=list)


def load(start: Path, config: Path | None = None, isolated: bool = False) -> Settings:
    """The settings for the files under `start`: from `config` when given, else from the nearest file, or none."""
    if isolated:
        return Settings(base=_folder(start))
    if config is not None:
        path = config.absolute()
        if not path.is_file():
            raise SettingsError(f"no settings file at {config}")
        return _read(path, required=True) or Settings(base=path.parent, path=path)
    warnings: list[str] = []
    for folder in _upwards(_folder(start)):
        found = _nearest(folder, warnings)
        if found is not None:
            found.warnings = warnings + found.warnings
            return found
    return Settings(base=_folder(start), warnings=warnings)


def _folder(start: Path) -> Path:
    start = start.absolute()
    return start if start.is_dir() else start.parent


def _upwards(folder: Path) -> Iterable[Path]:
    """The folder and its ancestors, up to the top of the repository."""
    for here in (folder, *folder.parents):
        yield here
        if (here / ".git").exists():
            return


def _nearest(folder: Path, warnings: list[str]) -> Settings | None:
    dedicated = [folder / name for name in DEDICATED if (folder / name).is_file()]
    pyproject = folder / "pyproject.toml"
    if dedicated:
        losers = dedicated[1:]
        if pyproject.is_file() and b"tool.readylint" in pyproject.read_bytes():
            losers.append(pyproject)
        warnings += [f"{shown(dedicated[0])} is used; the settings in {shown(loser)} are not" for loser in losers]
        return _read(dedicated[0], required=True)
    return _read(pyproject, required=False) if pyproject.is_file() else None


def _read(path: Path, *, required: bool) -> Settings | None:
    """The settings of one file. A pyproject.toml (not `required`) counts only when it has the table."""
    table: toml.Key = ("tool", "readylint") if path.name == "pyproject.toml" else ()
    try:
        document = toml.read(path)
    except toml.TomlError as e:
        if not required and "readylint" not in e.text:
            return None
        line = e.text.split("\n")[e.line - 1].rstrip("\r") if e.line <= e.text.count("\n") + 1 else ""
        raise SettingsError(f"not TOML: {e.message}", path, e.line, e.column, line) from None
    except OSError as e:
        raise SettingsError(f"cannot read {shown(path)}: {e.strerror}") from None
    data: Any = document.data
    for part in table:
        data = data.get(part) if isinstance(data, dict) else None
    if data is None:
        if required:
            raise SettingsError(f"{shown(path)} has no [tool.readylint] table")
        return None
    return _Reader(path, document, table).settings(data)


class _Reader(TableReader):
    """Knows what each setting may be."""

    def settings(self, data: Any) -> Settings:
        """The whole table."""
        if not isinstance(data, dict):
            self.wrong((), "a table", data)
        self.refuse_unknown((), data, READERS, "setting")
        made = Settings(base=self.path.parent, path=self.path)
        for name, value in data.items():
            READERS[name](self, made, (name,), value)
        depth = len(self.table)
        for key in self.document.marks:
            if len(key) > depth and key[:depth] == self.table:
                made.where[dotted(key[depth:])] = Place(self.path, *self.document.place(key))
        return made

    def ignored(self, key: toml.Key, value: Any) -> dict[str, str]:
        """An array of rules and items, or a table with the reasons."""
        if isinstance(value, list):
            return dict.fromkeys(self.texts(key, value), "")
        if not isinstance(value, dict):
            self.wrong(key, "an array of rules or a table of rules with reasons", value)
        return {name: self.text((*key, name), reason) for name, reason in value.items()}

    def call(self, key: toml.Key, name: str, value: Any) -> DeclaredCall:
        """One entry of `calls`."""
        data = self.table_at(key, value)
        nested = [k for k, v in data.items() if isinstance(v, dict)]
        if nested:
            self.fail(key, "a qualified name is written in quotes", f'"{name}.{nested[0]}" = {{...}}', of_value=False)
        if "." not in name:
            self.fail(key, f"`{name}` is not a qualified name", f'for instance "app.llm.{name}"', of_value=False)
        self.refuse_unknown(key, data, CALL_KEYS, "key of a call")
        made = DeclaredCall(name)
        for field_name, given in data.items():
            at = (*key, field_name)
            if field_name == "timeout":
                made.timeout = self._seconds(at, given)
            elif field_name == "operation":
                made.operation = self.one_of(at, given, OPERATIONS)
            elif field_name in ("guarded", "validated", "usage"):
                setattr(made, field_name, self.flag(at, given))
            elif field_name in ("retries", "max_output"):
                setattr(made, field_name, self.whole(at, given, 0 if field_name == "retries" else 1))
            else:
                setattr(made, field_name, self.text(at, given))
        return made

    def _seconds(self, key: toml.Key, value: Any) -> float | Literal["none"]:
        if value == "none":
            return "none"
        if not isinstance(value, int | float) or isinstance(value, bool):
            self.wrong(key, 'a number of seconds or "none"', value)
        if value <= 0:
            self.fail(key, f"`{dotted(key)}` must be more than 0", '"none" says that there is no limit')
        return float(value)

    def attested(self, key: toml.Key, value: Any) -> None:
        """A reason, or a table with the reason and who gave it when."""
        if isinstance(value, str):
            self.text(key, value)
            return
        if not isinstance(value, dict):
            self.wrong(key, "a string or a table", value)
        self.refuse_unknown(key, value, ATTEST_KEYS, "key of an attestation")
        if "reason" not in value:
            self.fail(key, f"`{dotted(key)}` needs a reason", 'reason = "..."', of_value=False)
        for name in ("reason", "by"):
            if name in value:
                self.text((*key, name), value[name])
        for name in ("on", "until"):
            if name in value and not hasattr(value[name], "year"):
                self.wrong((*key, name), "a date", value[name])


_Read = Callable[[_Reader, Settings, toml.Key, Any], None]
CALL_KEYS = ("operation", "timeout", "retries", "model", "max_output", "guarded", "validated", "usage", "provider")
ATTEST_KEYS = ("reason", "by", "on", "until")


def _read_rules(reader: _Reader, made: Settings, key: toml.Key, value: Any) -> None:
    for rule, params in reader.table_at(key, value).items():
        at = (*key, rule)
        for name, given in reader.table_at(at, params).items():
            if name == "severity":
                made.severities[rule] = reader.one_of((*at, name), given, SEVERITIES)
            elif isinstance(given, dict) or (isinstance(given, list) and any(isinstance(g, dict) for g in given)):
                reader.wrong((*at, name), "a string, a number, a boolean or an array of these", given)
            else:
                made.params.setdefault(rule, {})[name] = given


def _read_overrides(reader: _Reader, made: Settings, key: toml.Key, value: Any) -> None:
    if not isinstance(value, list):
        reader.fail(key, f"`overrides` must be an array of tables, not {type_word(value)}", "write [[...overrides]]")
    for n, entry in enumerate(value):
        at = (*key, n)
        data = reader.table_at(at, entry)
        reader.refuse_unknown(at, data, ("paths", "ignore"), "key of an override")
        for needed in ("paths", "ignore"):
            if not data.get(needed):
                reader.fail(at, f"an override needs `{needed}`", of_value=False)
        made.overrides.append(
            Override(reader.texts((*at, "paths"), data["paths"]), reader.ignored((*at, "ignore"), data["ignore"]))
        )


def _read_calls(reader: _Reader, made: Settings, key: toml.Key, value: Any) -> None:
    for name, call in reader.table_at(key, value).items():
        made.calls[name] = reader.call((*key, name), name, call)


def _read_attest(reader: _Reader, made: Settings, key: toml.Key, value: Any) -> None:
    made.attest = reader.table_at(key, value)
    for item, attestation in made.attest.items():
        reader.attested((*key, item), attestation)


def _into(name: str, check: Callable[[_Reader, toml.Key, Any], Any]) -> _Read:
    """Check the value and keep it as it is."""

    def read(reader: _Reader, made: Settings, key: toml.Key, value: Any) -> None:
        setattr(made, name, check(reader, key, value))

    return read


READERS: dict[str, _Read] = {
    "select": _into("select", TableReader.texts),
    "ignore": _into("ignore", _Reader.ignored),
    "pedantic": _into("pedantic", TableReader.flag),
    "fail-on": _into("fail_on", lambda reader, key, value: reader.one_of(key, value, SEVERITIES)),
    "min-score": _into("min_score", lambda reader, key, value: reader.whole(key, value, 0, 100)),
    "format": _into("format", lambda reader, key, value: reader.one_of(key, value, FORMATS)),
    "exclude": _into("exclude", TableReader.texts),
    "force-exclude": _into("force_exclude", TableReader.flag),
    "packs": _into("packs", TableReader.texts),
    "gateway": _into("gateway", TableReader.texts),
    "calls": _read_calls,
    "overrides": _read_overrides,
    "rules": _read_rules,
    "attest": _read_attest,
}


def check_rule_names(settings: Settings, known: Collection[str]) -> None:
    """Every rule or item that the settings name must be known to a pack. `known` holds both."""
    named: list[tuple[str, toml.Key]] = [(name, ("select", n)) for n, name in enumerate(settings.select)]
    named += _ignored_names(settings.ignore, ("ignore",), settings)
    for n, override in enumerate(settings.overrides):
        named += _ignored_names(override.ignore, ("overrides", n, "ignore"), settings)
    named += [(name, ("rules", name)) for name in (*settings.params, *settings.severities)]
    named += [(name, ("attest", name)) for name in settings.attest]
    for name, key in named:
        if name not in known:
            raise _unknown_name(name, settings.where.get(dotted(key)), known)


def _ignored_names(ignored: dict[str, str], key: toml.Key, settings: Settings) -> list[tuple[str, toml.Key]]:
    """Names with their keys: by name in a table, by position in an array."""
    return [
        (name, (*key, name) if dotted((*key, name)) in settings.where else (*key, n)) for n, name in enumerate(ignored)
    ]


def _unknown_name(name: str, place: Place | None, known: Collection[str]) -> SettingsError:
    hint = meant(name, known) or "`readylint rules` lists rules and items"
    message = f"no rule or item is called `{name}`"
    if place is None:
        return SettingsError(message, hint=hint)
    try:
        text = toml.read(place.path).line_of(place.line)
    except (OSError, toml.TomlError):
        text = ""
    return SettingsError(message, place.path, place.line, place.column, text, hint, len(name))
