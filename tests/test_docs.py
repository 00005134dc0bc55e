"""What is written is true: generated pages are up to date, commands and settings in the README exist."""

import importlib.util
import re
import shlex
from pathlib import Path
from types import ModuleType

import pytest
import typer

from readylint import cli
from readylint.cost.traffic import Load, read_traffic
from readylint.packs import load
from readylint.report import FORMATS
from readylint.report.rule_text import HOME, UNUSED_IGNORE_TEXT, rule_text
from readylint.request import check_rule_names, names_in
from readylint.settings import ATTEST_KEYS, CALL_KEYS
from readylint.settings import load as load_settings

ROOT = Path(__file__).resolve().parents[1]
PACK = load()
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
COMMANDS = typer.main.get_command(cli.app).commands


def script(name: str) -> ModuleType:
    """A script under docs/, as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def said() -> list[str]:
    """Every readylint command that the README shows, in a block or between backticks."""
    lines = [line for language, text in BLOCKS if language == "bash" for line in text.splitlines()]
    found = [part.strip() for line in lines for part in line.split("&&")]
    found += re.findall(r"`(readylint [^`]+)`", README)
    return sorted({command for command in found if command.startswith("readylint ")})


def flags_of(command: str) -> set[str]:
    return {flag for parameter in COMMANDS[command].params for flag in (*parameter.opts, *parameter.secondary_opts)}


def test_rule_pages_and_generated_parts_of_the_readme_are_up_to_date():
    assert script("make_rules").outdated(PACK) == [], "run `python docs/make_rules.py`"


def test_every_rule_has_the_page_that_reports_link_to():
    for text in (*map(rule_text, PACK.rules), UNUSED_IGNORE_TEXT):
        page = ROOT / text.url.removeprefix(f"{HOME}/blob/main/")
        assert page.is_file(), text.id


def test_pictures_show_what_is_printed_today():
    for name, today in script("make_picture").pictures().items():
        drawn = (ROOT / "docs" / "images" / f"{name}.svg").read_text(encoding="utf-8")
        assert drawn.startswith("<svg")
        assert "@font-face" not in drawn
        assert words(drawn) == words(today), "run `python docs/make_picture.py`"


def words(svg: str) -> list[str]:
    """The text of a picture."""
    return re.findall(r"<text[^>]*>(.*?)</text>", svg)


@pytest.mark.parametrize("command", said())
def test_commands_of_the_readme_exist(command):
    name, *rest = cli.with_command(shlex.split(command)[1:])
    assert name in COMMANDS
    assert {word for word in rest if word.startswith("-")} <= flags_of(name)


def test_the_readme_shows_commands():
    assert {"readylint check fixtures/support-bot", "readylint rules", "readylint sdks"} <= set(said())


def test_flags_that_the_readme_names_exist():
    known = {flag for command in COMMANDS for flag in flags_of(command)}
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    table = re.sub(r"<!-- speed -->.*?<!-- /speed -->", "", prose, flags=re.DOTALL)
    named = {word for text in re.findall(r"`(-[^`]+)`", table) for word in text.split() if word.startswith("-")}
    assert named
    assert named <= known


@pytest.mark.parametrize("text", [text for language, text in BLOCKS if language == "toml"])
def test_settings_of_the_readme_are_settings(text, tmp_path):
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")
    settings = load_settings(tmp_path)
    assert settings.path is not None
    check_rule_names(settings, names_in(PACK))


def test_the_traffic_file_of_the_readme_is_one(tmp_path):
    (text,) = [text for language, text in BLOCKS if language == "yaml" and "calls_per_day" in text]
    (tmp_path / "traffic.yaml").write_text(text, encoding="utf-8")
    (entry,) = read_traffic(tmp_path / "traffic.yaml").entries
    assert all(f"{key}:" in text for key in (*Load.__slots__, "at", "days_per_month"))
    assert entry.calls_per_day == 4000


def test_the_readme_names_every_key_of_a_declared_call():
    sentence = README.partition("Known keys:")[2].partition("What is not said")[0]
    assert set(re.findall(r"`(\w+)`", sentence)) == set(CALL_KEYS)
    assert not set(ATTEST_KEYS) & set(CALL_KEYS)


def test_the_readme_names_every_format():
    table = README.partition("## Formats")[2].partition("`--format`")[0]
    assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == list(FORMATS)


def test_files_that_the_readme_links_to_exist():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target


def test_folders_that_the_readme_names_exist():
    for path in re.findall(r"(?:fixtures|docs|benchmarks)/[\w/.-]*[\w]", README):
        assert (ROOT / path).exists(), path
