"""The table of models: what a reader of a finding relies on, and the program that rebuilds it."""

import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import yaml

from readylint.packs import load

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "rules" / "models.yaml"
REBUILD = ROOT / "benchmarks" / "models" / "rebuild.py"

PACK = load()
MODELS = PACK.models()
AS_OF = date.fromisoformat(PACK.models_as_of)
ENTRIES = list(MODELS.values())
WITH_SIBLING = [model for model in ENTRIES if model.sibling]

LOOKS_DATED = re.compile(
    r"\d{4}-\d\d-\d\d|20\d{6}|-\d\d-20\d\d$|-\d{4}(-|$)"  # 2025-08-07, 20250514, 08-2024, 2411
    r"|-00\d(-v\d)?$|-v\d$|v\d:\d$|-text-02$"  # a version: -001, -v1, -v1:0
)
FULL_DATE = re.compile(r"20\d\d-\d\d-\d\d|20\d{6}|-\d\d-20\d\d$")
PINNED_BY_VERSION = re.compile(r"claude-(haiku|sonnet|opus|fable|mythos)-(4-[6-9]|[5-9](-\d)?)")
"""Ids of Anthropic since 4.6 have no date and name one snapshot all the same."""


def blended(model):
    return (3 * model.input + model.output) / 4


def ids(models):
    return [model.id for model in models]


class TestTheTable:
    def test_every_id_stands_once(self):
        rows = yaml.safe_load(TABLE.read_text(encoding="utf-8"))["models"]
        assert [name for name, times in Counter(row["id"] for row in rows).items() if times > 1] == []

    def test_words_are_of_their_fixed_sets(self):
        assert {m.tier for m in ENTRIES} == {"flagship", "mid", "small", "embedding", "other", None}
        assert {m.mode for m in ENTRIES} <= {"chat", "responses", "completion", "embedding"}
        statuses = {"active", "scheduled", "deprecated", "retired", "unsupported", "unverified"}
        assert {m.status for m in ENTRIES} <= statuses

    def test_embeddings_stand_apart(self):
        assert ids(m for m in ENTRIES if (m.tier == "embedding") != (m.mode == "embedding")) == []

    def test_price_class_is_that_of_the_price(self):
        def by_price(m):
            if m.mode == "embedding" or m.input is None or m.output is None:
                return None
            return "flagship" if blended(m) >= 6.5 else "mid" if blended(m) >= 2.25 else "small"

        assert ids(m for m in ENTRIES if m.price_class != by_price(m)) == []

    def test_prices_are_of_the_right_unit(self):
        assert ids(m for m in ENTRIES if m.input is not None and not 0.01 <= m.input <= 150) == []
        assert ids(m for m in ENTRIES if m.output is not None and not 0.01 <= m.output <= 600) == []

    def test_sizes_are_positive_or_unknown(self):
        assert ids(m for m in ENTRIES if min(m.context or 1, m.max_output or 1) < 1) == []


class TestSiblings:
    def test_sibling_is_a_model_of_the_same_provider(self):
        assert ids(m for m in WITH_SIBLING if MODELS[m.sibling].provider != m.provider) == []

    def test_sibling_costs_a_third_at_most(self):
        dear = {m.id: blended(m) / blended(MODELS[m.sibling]) for m in WITH_SIBLING}
        assert {name: ratio for name, ratio in dear.items() if ratio < 3 - 1e-9} == {}

    def test_sibling_still_answers(self):
        ended = {"retired", "unsupported", "unverified"}
        assert ids(m for m in WITH_SIBLING if MODELS[m.sibling].status in ended) == []

    def test_sibling_does_not_end_before_the_model(self):
        ends = [(m, MODELS[m.sibling].retires_on) for m in WITH_SIBLING if m.status != "retired"]
        assert ids(m for m, end in ends if end is not None and (m.retires_on is None or end < m.retires_on)) == []

    def test_sibling_is_of_no_higher_tier(self):
        order = ["small", "mid", "flagship"].index
        assert ids(m for m in WITH_SIBLING if order(MODELS[m.sibling].tier) > order(m.tier)) == []

    @pytest.mark.parametrize(
        ("flagship", "sibling"),
        [
            ("gpt-4", "gpt-4o-mini"),
            ("gpt-4o", "gpt-4o-mini"),
            ("gpt-4.1", "gpt-4.1-mini"),
            ("gpt-5", "gpt-5.6-luna"),
            ("claude-opus-4-5", "claude-haiku-4-5"),
            ("claude-sonnet-4-6", "claude-haiku-4-5"),
            ("gemini-2.5-pro", "gemini-2.5-flash-lite"),
            ("mistral-large-latest", "ministral-14b-latest"),
            ("command-r-plus-08-2024", "command-r-08-2024"),
            ("claude-3-opus-20240229", None),
            ("grok-4", None),
        ],
    )
    def test_top_lines_are_flagships_whatever_they_cost(self, flagship, sibling):
        assert (MODELS[flagship].tier, MODELS[flagship].sibling) == ("flagship", sibling)


class TestDates:
    def test_dated_ids_look_dated(self):
        dated = [m for m in ENTRIES if m.dated and not PINNED_BY_VERSION.fullmatch(m.id)]
        assert ids(m for m in dated if not LOOKS_DATED.search(m.id)) == []

    def test_an_id_that_names_one_snapshot_is_dated(self):
        pinned = [m for m in ENTRIES if FULL_DATE.search(m.id) or PINNED_BY_VERSION.fullmatch(m.id)]
        assert ids(m for m in pinned if not m.dated) == []

    def test_snapshots_belong_to_floating_ids(self):
        assert ids(m for m in ENTRIES if m.dated and m.snapshots) == []
        named = {(snapshot, m.provider) for m in ENTRIES for snapshot in m.snapshots}
        assert [snapshot for snapshot, _ in named if not LOOKS_DATED.search(snapshot)] == []
        known = [(MODELS[snapshot], provider) for snapshot, provider in named if snapshot in MODELS]
        assert ids(m for m, provider in known if not m.dated or m.provider != provider) == []

    def test_end_dates_are_days_that_fit_the_status(self):
        for model in ENTRIES:
            if model.retires_on is None:
                assert model.status not in {"retired", "scheduled"}, model.id
            else:
                ended = date.fromisoformat(model.retires_on) <= AS_OF
                assert model.status in ({"retired"} if ended else {"scheduled", "deprecated"}), model.id

    @pytest.mark.parametrize(
        ("model", "end"),
        [
            ("gpt-4-0314", "2026-03-26"),
            ("gpt-5", "2026-12-11"),
            ("claude-3-opus-20240229", "2026-01-05"),
            ("claude-sonnet-4-5", "2026-11-30"),
            ("claude-3-5-sonnet-20241022", "2025-10-28"),
            ("gemini-2.0-flash", "2026-06-01"),
            ("grok-3", "2026-05-15"),
        ],
    )
    def test_ends_that_were_announced(self, model, end):
        assert MODELS[model].retires_on == end


GENAI = """
from types import SimpleNamespace as N

class Model:
    id = "old"
    context_window = 4000
    deprecated = True
    def get_prices(self, moment):
        return N(input_mtok=4, output_mtok=16)

providers = [N(id="openai", find_model=lambda name: Model() if name == "old" else None)]
"""
OPENAI = '''
from typing import Literal, TypeAlias
ChatModel: TypeAlias = Literal["big", "little", "new"]
"""Deprecated values:

- "big", "big-2026-01-01": Announced shutdown
  date: 2027-02-03. See the page.
- "never": Not a supported model ID.
"""
'''
PACKAGES = {
    "litellm": {
        "litellm/model_prices_and_context_window_backup.json": """{
            "big": {"input_cost_per_token": 1e-05, "output_cost_per_token": 3e-05, "max_input_tokens": 1000,
                    "max_output_tokens": 200, "mode": "chat"},
            "little": {"input_cost_per_token": 5e-07, "output_cost_per_token": 1.5e-06, "mode": "chat"}}"""
    },
    "tokencost": {"tokencost/model_prices.json": "{}"},
    "genai-prices": {"genai_prices/__init__.py": "", "genai_prices/data.py": GENAI},
    "openai": {
        "openai/types/shared/chat_model.py": OPENAI,
        "openai/types/shared/all_models.py": "AllModels = None",
        "openai/types/embedding_model.py": "EmbeddingModel = None",
    },
    "anthropic": {
        "anthropic/types/model.py": "Model = None",
        "anthropic/resources/messages/messages.py": 'DEPRECATED_MODELS = {"wise-1": "March 2nd, 2026"}',
    },
    "google-genai": {"google/genai/_gaos/types/interactions/model.py": "Model = None"},
    "groq": {"groq/types/chat/completion_create_params.py": ""},
    "xai-sdk": {"xai_sdk/types/model.py": "ChatModel = None"},
}
SMALL_TABLE = """# a comment that stays
as_of: "2026-11-20"
verified: {}

models:
  # openai
  - {id: big, provider: openai, tier: flagship, sibling: little, input: 8, output: 30, status: active, mode: chat}
  - {id: little, provider: openai, tier: small, status: active, mode: chat}
  - {id: new, provider: openai, tier: small, status: active, mode: chat}
  - {id: old, provider: openai, tier: mid, status: active, mode: chat}
  - {id: never, provider: openai, status: active, mode: chat}
  - {id: wise-1, provider: anthropic, tier: flagship, status: active, mode: chat}
"""


class TestRebuild:
    @pytest.fixture
    def site(self, tmp_path):
        """A folder of small stand-ins for the packages."""
        for package, files in PACKAGES.items():
            about = tmp_path / f"{package.replace('-', '_')}-1.0.dist-info"
            about.mkdir()
            (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
            for path, text in files.items():
                (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / path).write_text(text)
        return tmp_path

    @pytest.fixture
    def table(self, site):
        file = site / "models.yaml"
        file.write_text(SMALL_TABLE)
        return file

    @staticmethod
    def run(site, *arguments):
        command = [sys.executable, "-I", "-c", RUNNER, str(site), str(REBUILD), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True)

    def test_differences_are_shown_and_nothing_is_written(self, site, table):
        done = self.run(site, table)
        assert done.returncode == 1
        assert "big: input 8 -> 10.0" in done.stdout
        assert "big: retires_on nothing -> 2027-02-03" in done.stdout
        assert "old: status active -> deprecated" in done.stdout
        assert "never: status active -> unsupported" in done.stdout
        assert table.read_text() == SMALL_TABLE

    def test_what_is_written_is_what_the_packages_say(self, site, table):
        assert self.run(site, table, "--write").returncode == 0
        text = table.read_text()
        rows = {row["id"]: row for row in yaml.safe_load(text)["models"]}
        assert rows["big"] == {
            "id": "big", "provider": "openai", "tier": "flagship", "price_class": "flagship", "sibling": "little",
            "input": 10, "output": 30, "context": 1000, "max_output": 200, "status": "deprecated",
            "retires_on": "2027-02-03", "mode": "chat",
        }  # fmt: skip
        assert (rows["little"]["input"], rows["little"]["output"]) == (0.5, 1.5)
        assert (rows["old"]["price_class"], rows["old"]["context"]) == ("flagship", 4000)
        assert (rows["wise-1"]["status"], rows["wise-1"]["retires_on"]) == ("retired", "2026-03-02")
        assert text.startswith("# a comment that stays\n")
        assert "litellm 1.0" in text
        again = self.run(site, table)
        assert (again.returncode, "6 models, 0 differences" in again.stdout) == (0, True)

    def test_another_day_changes_what_has_ended(self, site, table):
        done = self.run(site, table, "--write", "--as-of", "2027-02-03")
        assert done.returncode == 0
        rows = {row["id"]: row for row in yaml.safe_load(table.read_text())["models"]}
        assert rows["big"]["status"] == "retired"

    def test_a_sibling_that_no_longer_fits_is_for_a_person(self, site, table):
        table.write_text(SMALL_TABLE.replace("sibling: little", "sibling: old"))
        done = self.run(site, table, "--write")
        assert done.returncode == 1
        assert "big: the sibling old is only 2.14 times cheaper" in done.stdout

    def test_an_id_that_only_the_sdk_has_is_for_a_person(self, site, table):
        lines = [line for line in SMALL_TABLE.splitlines() if "id: new" not in line]
        table.write_text("\n".join(lines) + "\n")
        done = self.run(site, table, "--write")
        assert done.returncode == 1
        assert "new: openai lists it; add a row" in done.stdout

    def test_a_package_that_is_not_there_is_named_with_its_command(self, site, table):
        for file in (site / "tokencost-1.0.dist-info").iterdir():
            file.unlink()
        (site / "tokencost-1.0.dist-info").rmdir()
        done = self.run(site, table)
        assert done.returncode == 2
        assert done.stderr == "tokencost is not installed: python -m pip install --no-deps tokencost\n"

    def test_a_package_that_looks_different_is_named_with_the_file(self, site, table):
        (site / "xai_sdk" / "types" / "model.py").unlink()
        done = self.run(site, table)
        assert done.returncode == 2
        assert done.stderr == "xai-sdk 1.0 has no xai_sdk/types/model.py; find where it went and change sources.py\n"


# Runs the program with the folder of stand-ins before everything that is installed.
RUNNER = """
import runpy, sys
site, program, *arguments = sys.argv[1:]
sys.path[:0] = [site, program.rpartition("/")[0]]
sys.argv = [program, *arguments]
sys.dont_write_bytecode = True
runpy.run_path(program, run_name="__main__")
"""
