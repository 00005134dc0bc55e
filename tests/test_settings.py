"""Settings: found, read, checked; what is wrong is shown where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from readylint import toml
from readylint.settings import Settings, SettingsError, check_rule_names, load


def write(folder: Path, text: str, name: str = "readylint.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str, name: str = "readylint.toml") -> SettingsError:
    write(folder, text, name)
    with pytest.raises(SettingsError) as caught:
        load(folder)
    return caught.value


def test_defaults_without_a_file(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    settings = load(tmp_path)
    assert settings == Settings(base=tmp_path)
    assert settings.fail_on == "error"
    assert settings.format == "terminal"


def test_every_setting_is_read(tmp_path: Path) -> None:
    write(
        tmp_path,
        """
[tool.readylint]
select = ["resilience/retries", "no-timeout"]
ignore = {no-retry = "the gateway retries"}
pedantic = true
fail-on = "warning"
min-score = 70
format = "json"
exclude = ["generated/"]
force-exclude = true
packs = ["./rules"]
gateway = ["app/llm.py"]

[tool.readylint.calls]
"acme.llm.Gateway.ask" = {
    operation = "chat", timeout = 20, retries = 2, model = "m", max_output = 500,
    guarded = true, validated = false, usage = true, provider = "acme",
}
"acme.llm.embed" = {operation = "embedding", timeout = "none"}

[[tool.readylint.overrides]]
paths = ["legacy/**"]
ignore = ["no-timeout"]

[tool.readylint.rules.slow-timeout]
seconds = 90
severity = "error"

[tool.readylint.attest]
"latency/latency-targets" = "p95 under 4 s, see the dashboard"
"scale/load-tested" = {reason = "k6 run", by = "ann", on = 2026-10-01}
""",
        "pyproject.toml",
    )
    settings = load(tmp_path / "app.py")
    assert settings.select == ["resilience/retries", "no-timeout"]
    assert settings.ignore == {"no-retry": "the gateway retries"}
    assert (settings.pedantic, settings.fail_on, settings.min_score, settings.format) == (True, "warning", 70, "json")
    assert (settings.exclude, settings.force_exclude, settings.packs) == (["generated/"], True, ["./rules"])
    ask = settings.calls["acme.llm.Gateway.ask"]
    assert (ask.operation, ask.timeout, ask.retries, ask.model, ask.max_output) == ("chat", 20, 2, "m", 500)
    assert (ask.guarded, ask.validated, ask.usage, ask.provider) == (True, False, True, "acme")
    assert settings.calls["acme.llm.embed"].timeout == "none"
    assert settings.overrides[0].paths == ["legacy/**"]
    assert settings.overrides[0].ignore == {"no-timeout": ""}
    assert settings.params == {"slow-timeout": {"seconds": 90}}
    assert settings.severities == {"slow-timeout": "error"}
    assert settings.gateway == ["app/llm.py"]
    assert settings.attest["scale/load-tested"]["by"] == "ann"
    assert settings.base == tmp_path


def test_each_value_knows_its_place(tmp_path: Path) -> None:
    path = write(
        tmp_path, 'min-score = 7\n\nexclude = [\n  "a",\n  "b",\n]\n[[overrides]]\npaths=["x"]\nignore=["y"]\n'
    )
    where = load(tmp_path).where
    assert where["min-score"] == (path, 1, 1)
    assert where["exclude.1"] == (path, 5, 3)
    assert where["overrides.0.ignore"] == (path, 9, 1)


def test_the_nearest_file_with_a_table_is_used(tmp_path: Path) -> None:
    write(tmp_path, "[tool.readylint]\nmin-score = 1\n", "pyproject.toml")
    inner = tmp_path / "service" / "app"
    inner.mkdir(parents=True)
    write(tmp_path / "service", "[project]\nname = 'x'\n", "pyproject.toml")
    assert load(inner).min_score == 1
    write(tmp_path / "service", "min-score = 2\n", ".readylint.toml")
    assert load(inner).min_score == 2


def test_the_search_stops_at_the_top_of_the_repository(tmp_path: Path) -> None:
    write(tmp_path, "min-score = 1\n")
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    assert load(tmp_path / "repo").min_score is None


def test_a_dedicated_file_wins_with_a_warning(tmp_path: Path) -> None:
    write(tmp_path, "[tool.readylint]\nmin-score = 1\n", "pyproject.toml")
    write(tmp_path, "min-score = 2\n")
    settings = load(tmp_path)
    assert settings.min_score == 2
    assert len(settings.warnings) == 1
    assert "pyproject.toml are not" in settings.warnings[0]


def test_config_and_isolated(tmp_path: Path) -> None:
    write(tmp_path, "min-score = 1\n")
    other = write(tmp_path, "min-score = 2\n", "other.toml")
    assert load(tmp_path, other).min_score == 2
    assert load(tmp_path, other, isolated=True).min_score is None
    with pytest.raises(SettingsError, match=r"no settings file at .*none\.toml"):
        load(tmp_path, tmp_path / "none.toml")
    bare = write(tmp_path, "[project]\n", "pyproject.toml")
    with pytest.raises(SettingsError, match=r"has no \[tool.readylint\] table"):
        load(tmp_path, bare)


def test_an_unknown_key_is_shown_with_what_was_meant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    error = refused(tmp_path, '[tool.readylint]\nselekt = ["a"]\n', "pyproject.toml")
    assert str(error).splitlines() == [
        "pyproject.toml:2:1: unknown setting `selekt`",
        "  |",
        '2 | selekt = ["a"]',
        "  | ^^^^^^",
        "  = help: did you mean `select`?",
    ]


@pytest.mark.parametrize(
    ("text", "message", "place", "hint"),
    [
        ('fail_on = "error"', "unknown setting `fail_on`", (1, 1), "`fail-on`"),
        ('min-score = "high"', "`min-score` must be an integer from 0 to 100, not a string", (1, 13), ""),
        ("min-score = true", "`min-score` must be an integer from 0 to 100, not a boolean", (1, 13), ""),
        ("min-score = 101", "`min-score` must be an integer from 0 to 100", (1, 13), ""),
        ("min-score = 1.5", "not a float", (1, 13), ""),
        ('select = "no-timeout"', "`select` must be an array of strings, not a string", (1, 10), '["no-timeout"]'),
        ("select = [\n 'a',\n 3]", "`select.1` must be a string, not an integer", (3, 2), ""),
        ('fail-on = "eror"', '`fail-on` cannot be "eror"', (1, 11), "`error`"),
        ('format = "xml"', '`format` cannot be "xml"', (1, 10), 'one of "terminal", "json", "sarif"'),
        ('ignore = {a = ""}', "`ignore.a` is empty", (1, 15), ""),
        ("ignore = 1", "not an integer", (1, 10), ""),
        ("calls.acme.llm.ask = {timeout = 3}", "a qualified name is written in quotes", (1, 7), '"acme.llm" = {...}'),
        ("calls.ask = {timeout = 3}", "`ask` is not a qualified name", (1, 7), ""),
        ('calls."a.b" = {timout = 3}', "unknown key of a call `timout`", (1, 16), "`timeout`"),
        ('calls."a.b" = {timeout = 0}', "must be more than 0", (1, 26), '"none"'),
        ('calls."a.b" = {timeout = "3"}', 'must be a number of seconds or "none", not a string', (1, 26), ""),
        ('calls."a.b".operation = "chatt"', 'cannot be "chatt"', (1, 25), "`chat`"),
        ('[[overrides]]\npaths = ["a"]', "an override needs `ignore`", (1, 1), ""),
        ('overrides = {paths = ["a"]}', "`overrides` must be an array of tables, not a table", (1, 13), ""),
        ("[rules.a]\nseconds = {b = 1}", "not a table", (2, 11), ""),
        ("[rules]\na = 1", "`rules.a` must be a table, not an integer", (2, 5), ""),
        ("[rules.a]\nseverity = 'bad'", 'cannot be "bad"', (2, 12), ""),
        ("[attest]\n'a/b' = {by = 'x'}", "needs a reason", (2, 1), ""),
        ("[attest]\n'a/b' = {reason = 'x', on = 'y'}", "must be a date, not a string", (2, 29), ""),
        ("select = [\n", "not TOML", (2, 1), ""),
        ("pedantic = 1", "`pedantic` must be a boolean, not an integer", (1, 12), ""),
    ],
)
def test_what_is_wrong_is_refused_at_its_place(
    tmp_path: Path, text: str, message: str, place: tuple[int, int], hint: str
) -> None:
    error = refused(tmp_path, text)
    assert message in error.message
    assert (error.line, error.column) == place
    assert hint in error.hint


def test_a_broken_pyproject_without_our_table_is_left_to_others(tmp_path: Path) -> None:
    write(tmp_path, "[project\n", "pyproject.toml")
    assert load(tmp_path).path is None
    assert "not TOML" in refused(tmp_path, "[tool.readylint]\nselect = [\n", "pyproject.toml").message


def test_settings_that_are_not_text(tmp_path: Path) -> None:
    (tmp_path / "readylint.toml").write_bytes(b'select = ["a"]\nexclude = ["\xff"]\n')
    with pytest.raises(SettingsError, match="not UTF-8") as caught:
        load(tmp_path)
    assert (caught.value.line, caught.value.column) == (2, 13)


@pytest.mark.parametrize(
    ("text", "place", "meant"),
    [
        ('select = ["no-timeout",\n  "no-rety"]', (2, 3), "`no-retry`"),
        ('ignore = ["no-timeot"]', (1, 11), "`no-timeout`"),
        ('[ignore]\nno-retries = "why"', (2, 1), "`no-retry`"),
        ('[[overrides]]\npaths = ["a"]\nignore = {no-timeoutt = "b"}', (3, 11), "`no-timeout`"),
        ("[rules.no-timeouts]\nseconds = 3", (1, 8), "`no-timeout`"),
        ("[attest]\n'latency/timeout' = 'x'", (2, 1), "`latency/timeouts`"),
    ],
)
def test_rule_names_are_checked_against_the_pack(tmp_path: Path, text: str, place: tuple[int, int], meant: str) -> None:
    write(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        check_rule_names(load(tmp_path), {"no-timeout", "no-retry", "latency/timeouts"})
    assert (caught.value.line, caught.value.column) == place
    assert meant in caught.value.hint


def test_rule_names_from_the_command_line_have_no_place() -> None:
    with pytest.raises(SettingsError) as caught:
        check_rule_names(Settings(select=["no-tiemout"]), {"no-timeout"})
    assert str(caught.value) == ("no rule or item is called `no-tiemout`\n  = help: did you mean `no-timeout`?")


def test_places_of_all_ways_to_write_a_key() -> None:
    document = toml.parse(
        "# comment = 1\n"
        "top.dotted . 'quoted.key' = 1\n"
        '[table."x\\u0041"]  # after\n'
        "inline = {a = [1, {b = 2}], c.d = '''\n]\n'''}\n"
        "[[many]]\n"
        "n = 1\n"
        "[[many]]\n"
        "n = 2979-05-27 07:32:00\n"
        "[many.sub]\n"
        'm = """quotes\\"""""\n'
    )
    places = {key: document.position(mark.key) for key, mark in document.marks.items()}
    assert places["top", "dotted", "quoted.key"] == (2, 14)
    assert places["table", "xA"] == (3, 8)
    assert places["table", "xA", "inline", "a", 1, "b"] == (4, 20)
    assert places["table", "xA", "inline", "c", "d"] == (4, 31)
    assert places["many", 0, "n"] == (8, 1)
    assert places["many", 1, "n"] == (10, 1)
    assert places["many", 1, "sub", "m"] == (12, 1)
    assert document.place(("many", 1, "absent")) == (9, 1)


def paths_of(value: object, key: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    found = {key} if key else set()
    if isinstance(value, dict):
        for name, inner in value.items():
            found |= paths_of(inner, (*key, name))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            found |= paths_of(inner, (*key, n))
    return found


KEYS = st.from_regex(r"[a-z]{1,3}", fullmatch=True)
SCALARS = st.one_of(
    st.integers(-5, 5).map(str),
    st.sampled_from(["true", '"a#b]"', "'}'", '"""x\n"y" """', "'''z'''", "1979-05-27", '"\\""', "-1.5e3", "inf"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda vs: "[" + ", ".join(vs) + "]"),
        st.lists(inner, max_size=3).map(lambda vs: "[\n" + "".join(f"  {v}, # ] {{\n" for v in vs) + "]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda d: "{" + ", ".join(f"{k} = {v}" for k, v in d.items()) + "}"
        ),
    ),
    max_leaves=6,
)


@given(
    st.lists(
        st.tuples(st.sampled_from(["", "[{}]", "[[{}]]", "[a.{}]"]), KEYS, st.dictionaries(KEYS, VALUES)), max_size=4
    )
)
def test_every_key_and_element_of_any_file_has_a_place(tables: list[tuple[str, str, dict[str, str]]]) -> None:
    text = "\n".join(
        head.format(name) + "\n" + "".join(f"{k} = {v}\n" for k, v in pairs.items()) for head, name, pairs in tables
    )
    try:
        tomli.loads(text)
    except tomli.TOMLDecodeError:
        return
    document = toml.parse(text)
    assert set(document.marks) == paths_of(document.data)
    for key, mark in document.marks.items():
        if isinstance(key[-1], str):
            assert document.text[mark.key : mark.key_end] == key[-1]
