"""The cost sheet: arithmetic written out by hand, open ends, traffic files, and what is printed."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from conftest import write_files
from markdown_it import MarkdownIt

from readylint.analysis import gather
from readylint.catalogue import ModelEntry
from readylint.catalogue.model_table import ModelTable
from readylint.cli import main
from readylint.cost import CostSheet, Traffic, cost_sheet, read_traffic
from readylint.cost.amounts import NOTHING, UNKNOWN, Quantiles, Range, hull, total
from readylint.cost.sheet import Row
from readylint.packs import Pack
from readylint.report import ReportOptions
from readylint.report.cost_json import cost_document
from readylint.report.cost_markdown import code, prose
from readylint.report.cost_markdown import write_cost as write_markdown
from readylint.report.cost_text import write_cost
from readylint.report.cost_words import money
from readylint.settings import Settings
from readylint.tables import SettingsError

ROOT = Path(__file__).resolve().parents[1]
BOT = ROOT / "fixtures" / "support-bot"
TODAY = date(2026, 11, 21)
AS_OF = "2026-11-20"

# Dollars per million tokens in and out, and the smaller model. Written here, so that new prices change no test.
PRICES = {
    "gpt-6-sol": (2, 10, "gpt-6-luna"),
    "gpt-6-luna": (0.1, 0.5, None),
    "gpt-5.6": (4, 20, "gpt-5.6-luna"),
    "gpt-5.6-luna": (0.2, 1.2, None),
    "claude-opus-5-5": (4, 20, "claude-haiku-5-5"),
    "claude-haiku-5-5": (0.1, 0.5, None),
    "gemini-3.8-flash": (0.75, 3.75, None),
    "gemini-2.5-flash": (0.3, 2.5, "gemini-2.5-flash-lite"),
    "gemini-2.5-flash-lite": (0.1, 0.4, None),
    "gpt-4o": (2.5, 10, "gpt-4o-mini"),
    "gpt-4o-mini": (0.15, 0.6, None),
    "gpt-5.4-mini": (0.75, 4.5, None),
    "claude-haiku-4-5": (1, 5, None),
    "no-price": (None, None, None),
}
MODELS = {
    name: ModelEntry(name, "p", input=price_in, output=price_out, sibling=sibling, mode="chat")
    for name, (price_in, price_out, sibling) in PRICES.items()
}
MODELS["text-embedding-3-small"] = ModelEntry("text-embedding-3-small", "p", input=0.02, mode="embedding")
MODELS["text-embedding-ada-002"] = ModelEntry("text-embedding-ada-002", "p", input=0.1, mode="embedding")
MODELS["old"] = ModelEntry("old", "p", input=1, output=1, status="retired", retires_on="2026-01-02")
TABLE = ModelTable(MODELS, {"prefixes": ["openai/"], "suffixes": [r"-v\d+$"]})

CLIENT = """
from openai import OpenAI
client = OpenAI()
"""
CHAT = f"""{CLIENT}

def ask(question):
    return client.chat.completions.create(model="gpt-4o", messages=[{{"role": "user", "content": question}}])
"""
CAPPED = CHAT.replace('model="gpt-4o"', 'model="gpt-4o", max_tokens=100')
LINE = 6
"""Where the call of CHAT stands, after the first line break is dropped."""


class Bench:
    """A small project, and the cost sheets of it."""

    def __init__(self, folder: Path, pack: Pack) -> None:
        self.folder, self.pack = folder, pack

    def traffic(self, text: str) -> Traffic:
        path = self.folder / "traffic.yaml"
        path.write_text(text, encoding="utf-8")
        return read_traffic(path)

    def sheet(self, files: str | dict[str, str], traffic: str = "", **more: object) -> CostSheet:
        write_files(self.folder, {"app.py": files} if isinstance(files, str) else files)
        facts = gather([self.folder], Settings(base=self.folder), self.pack)
        load = self.traffic(traffic) if traffic else Traffic()
        given = {"prices_as_of": AS_OF, "today": TODAY, **more}
        return cost_sheet(facts, TABLE, load, root=self.folder, **given)  # type: ignore[arg-type]

    def row(self, files: str | dict[str, str], traffic: str = "", **more: object) -> Row:
        (row,) = self.sheet(files, traffic, **more).rows
        return row

    def wrong(self, traffic: str, files: str | dict[str, str] = CHAT) -> str:
        with pytest.raises(SettingsError) as caught:
            self.sheet(files, traffic)
        return str(caught.value).replace(f"{self.folder.as_posix()}/", "")


@pytest.fixture
def bench(tmp_path: Path, pack: Pack) -> Bench:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return Bench(tmp_path, pack)


def text(sheet: CostSheet, **more: object) -> str:
    stream = io.StringIO()
    write_cost(sheet, stream, ReportOptions(root=ROOT, repository_root=ROOT, **more))  # type: ignore[arg-type]
    return stream.getvalue()


def markdown(sheet: CostSheet) -> str:
    stream = io.StringIO()
    write_markdown(sheet, stream)
    return stream.getvalue()


def exact(amount: Range) -> float:
    assert amount.exact, amount
    assert amount.low is not None
    return amount.low


# (requests a day x 30) x (tokens in x price in + tokens out x price out) / 1 000 000, by hand
BY_HAND = {
    "api.py:55": (11.70, 28.80),  # 4 500 x (400 x 2 + 180 x 10 = 2 600); 4 500 x (2 400 + 4 000 = 6 400)
    "chat.py:37": (888.00, 2880.00),  # 120 000 x (5 200 + 2 200 = 7 400); 120 000 x (18 000 + 6 000 = 24 000)
    "classify.py:15": (33.12, 79.20),  # 18 000 x (1 040 + 800 = 1 840); 18 000 x (3 200 + 1 200 = 4 400)
    "classify.py:27": (18.72, 57.96),  # 18 000 x (960 + 80 = 1 040); 18 000 x (3 120 + 100 = 3 220)
    "retrieval.py:25": (0.024, 0.0576),  # 48 000 x 25 x 0.02; 48 000 x 60 x 0.02
    "retrieval.py:32": (5.56875, 16.875),  # 45 000 x (67.5 + 56.25 = 123.75); 45 000 x (225 + 150 = 375)
    "summarize.py:23": (2.538, 4.077),  # 2 700 x (540 + 400 = 940); 2 700 x (960 + 550 = 1 510)
    "summarize.py:43": (4.311, 14.67),  # 1 800 x (270 + 2 125 = 2 395); 1 800 x (900 + 7 250 = 8 150)
    "summarize.py:54": (0.09072, 0.12096),  # 1 800 x (36 + 14.4 = 50.4); 1 800 x (48 + 19.2 = 67.2)
    "followup.py:22": (1.0125, 2.025),  # 3 000 x (150 + 187.5 = 337.5); 3 000 x (300 + 375 = 675)
    "followup.py:37": (0.30, 0.60),  # 3 000 x (40 + 60 = 100); 3 000 x (80 + 120 = 200)
    "followup.py:56": (0.30, 0.60),
    "letters.py:31": (0.30, 0.60),
    "letters.py:49": (0.30, 0.60),
    "letters.py:73": (0.012, 0.024),  # 3 000 x 200 x 0.02; 3 000 x 400 x 0.02
    "manuals.py:29": (0.06, 0.12),  # 3 000 x 200 x 0.1; 3 000 x 400 x 0.1
    "manuals.py:43": (1.125, 2.25),  # 3 000 x (150 + 225 = 375); 3 000 x (300 + 450 = 750)
    "manuals.py:58": (1.125, 2.25),
    "manuals.py:75": (1.125, 2.25),
    "returns.py:21": (1.35, 2.70),  # 3 000 x (200 + 250 = 450); 3 000 x (400 + 500 = 900)
    "tools.py:24": (3.225, 6.30),  # 6 000 x (237.5 + 300 = 537.5); 6 000 x (350 + 700 = 1 050)
}


@pytest.fixture(scope="module")
def sheet(pack: Pack) -> CostSheet:
    """Of `fixtures/support-bot`, with its own traffic file."""
    facts = gather([BOT], Settings(base=ROOT), pack)
    load = read_traffic(BOT / "traffic.yaml")
    return cost_sheet(facts, TABLE, load, root=ROOT, prices_as_of=AS_OF, today=TODAY)


class TestSupportBot:
    def test_each_call(self, sheet: CostSheet) -> None:
        found = {row.place.rpartition("/")[2]: (exact(row.cost.p50), exact(row.cost.p95)) for row in sheet.rows}
        assert found.keys() == BY_HAND.keys()
        for place, costs in BY_HAND.items():
            assert found[place] == pytest.approx(costs), place

    def test_total(self, sheet: CostSheet) -> None:
        assert exact(sheet.total.p50) == pytest.approx(974.30697)
        assert exact(sheet.total.p95) == pytest.approx(3102.07956)

    def test_smaller_models(self, sheet: CostSheet) -> None:
        # 0.585 + 44.4 + 1.8 + 0.468 + 0.024 + 5.56875 + 0.6588 + 0.774 + 0.09072 + 0.1935; 7.0095 where there
        # is no smaller one: 1.0125 + 4 x 0.30 + 0.012 + 0.06 + 3 x 1.125 + 1.35
        assert exact(sheet.smaller.cost.p50) == pytest.approx(61.57227)
        assert exact(sheet.smaller.saved.p50) == pytest.approx(912.7347)
        assert sheet.smaller.calls == 7

    def test_cached_answers(self, sheet: CostSheet) -> None:
        # a quarter of everything but the conversation: (974.30697 - 888) / 4 = 21.5767425
        assert exact(sheet.cached.saved.p50) == pytest.approx(21.5767425)
        assert exact(sheet.cached.cost.p50) == pytest.approx(952.7302275)
        assert (sheet.cached.calls, sheet.hit_rates, sheet.rate_assumed) == (20, [0, 0.25], False)

    def test_nothing_is_left_open(self, sheet: CostSheet) -> None:
        assert [row.place for row in sheet.rows if row.gaps] == []

    def test_what_is_printed(self, sheet: CostSheet) -> None:
        printed = text(sheet, color="never")
        assert (
            "\n     37:20  gpt-6-sol                     2/10      55  none      4,000    $888.00  $2,880.00" in printed
        )
        assert "\n  as it is                                  $974.31  $3,102.08\n" in printed
        assert "\n  smaller models for 7 calls                 $61.57    $186.25   $912.73  $2,915.83\n" in printed
        assert "Not known" not in printed


def say(numbers: str, at: str = "app.py") -> str:
    return f"calls:\n- {{at: {at}, {numbers}}}\n"


FULL = "calls_per_day: 100, input_tokens: {p50: 1000, p95: 2000}, output_tokens: {p50: 10, p95: 20}"


class TestOpenEnds:
    def test_without_traffic_nothing_is_known_and_everything_is_asked_for(self, bench: Bench) -> None:
        row = bench.row(CHAT)
        assert row.cost == Quantiles(UNKNOWN, UNKNOWN)
        assert [gap.settle for gap in row.gaps] == [
            f"say calls_per_day for app.py:{LINE} in the traffic file, or --calls-per-day",
            f"say input_tokens for app.py:{LINE} in the traffic file",
            f"say output_tokens for app.py:{LINE} in the traffic file",
        ]

    def test_the_prompt_in_the_code_is_a_lower_bound(self, bench: Bench) -> None:
        code = CHAT.replace("[{", '[{"role": "system", "content": "Answer in one short and friendly sentence."}, {')
        row = bench.row(code, calls_per_day=1000)
        assert row.static_tokens is not None
        assert row.static_tokens > 0
        assert row.cost.p50 == Range(pytest.approx(1000 * 30 * row.static_tokens * 2.5 / 1e6), None)
        assert money(row.cost.p50).startswith("at least $")

    def test_the_output_limit_in_the_code_is_an_upper_bound(self, bench: Bench) -> None:
        row = bench.row(CAPPED, say("calls_per_day: 100, input_tokens: {p50: 0, p95: 1000}"))
        # 3 000 x 100 x 10 / 1 000 000, and 3 000 x 1 000 x 2.5 / 1 000 000 more at p95
        assert row.cost.p50 == Range(0, pytest.approx(3.0))
        assert row.cost.p95 == Range(pytest.approx(7.5), pytest.approx(10.5))
        assert (money(row.cost.p50), money(row.cost.p95)) == ("at most $3.00", "$7.50 to $10.50")

    def test_answers_of_one_request_multiply_the_limit(self, bench: Bench) -> None:
        assert bench.row(CAPPED.replace("max_tokens=100", "max_tokens=100, n=3")).output_cap == 300

    def test_of_several_limits_the_largest_counts(self, bench: Bench) -> None:
        assert bench.row(CAPPED.replace("=100", "=100 if question else 50")).output_cap == 100

    def test_a_limit_that_cannot_be_told_bounds_nothing(self, bench: Bench) -> None:
        code = "import os" + CAPPED.replace("=100", '=int(os.environ["LIMIT"])')
        assert bench.row(code).output_cap is None

    def test_one_quantile_bounds_the_other(self, bench: Bench) -> None:
        row = bench.row(CHAT, say("calls_per_day: 1, input_tokens: {p95: 50}, output_tokens: {p50: 7}"))
        assert row.input == Quantiles(Range(0, 50), Range(50, 50))
        assert row.output == Quantiles(Range(7, 7), Range(7, None))
        assert [gap.of for gap in row.gaps] == ["input_tokens", "output_tokens"]

    def test_a_total_with_an_unknown_part_is_at_least_the_rest(self, bench: Bench) -> None:
        sheet = bench.sheet({"app.py": CHAT, "other.py": CHAT}, say(FULL))
        # 3 000 x (1 000 x 2.5 + 10 x 10) / 1 000 000
        assert sheet.total.p50 == Range(pytest.approx(7.8), None)
        assert money(sheet.total.p50) == "at least $7.80"
        assert "say input_tokens in the traffic file: other.py:6" in text(sheet)

    def test_a_model_from_the_environment_is_open_until_it_is_named(self, bench: Bench) -> None:
        code = "import os" + CHAT.replace('"gpt-4o"', 'os.environ["MODEL"]')
        row = bench.row(code, say(FULL))
        assert row.cost == Quantiles(UNKNOWN, UNKNOWN)
        (gap,) = row.gaps
        assert gap.settle.startswith("the model comes from the environment or the configuration: name it with `model:`")
        assert gap.settle.endswith(" for app.py:7 in the traffic file")
        named = bench.row(code, say(FULL + ", model: openai/gpt-4o"))
        assert (exact(named.cost.p50), named.model_from) == (pytest.approx(7.8), "traffic")
        assert [model.row for model in named.models] == ["gpt-4o"]

    def test_the_default_model_is_for_calls_that_leave_it_open(self, bench: Bench) -> None:
        open_one = "import os" + CHAT.replace('"gpt-4o"', 'os.environ["MODEL"]')
        sheet = bench.sheet({"a.py": open_one, "b.py": CHAT}, "default: {model: gpt-6-sol}")
        assert [[m.id for m in row.models] for row in sheet.rows] == [["gpt-6-sol"], ["gpt-4o"]]

    def test_a_parameter_is_open_even_where_one_value_is_known(self, bench: Bench) -> None:
        code = CHAT.replace("(question)", "(question, model)").replace('"gpt-4o"', "model")
        callers = '\ndef one(q):\n    return ask(q, "gpt-4o")\n\ndef other(q, model):\n    return ask(q, model)\n'
        row = bench.row(code + callers, say(FULL))
        assert (row.model_from, row.cost) == ("open", Quantiles(UNKNOWN, UNKNOWN))
        assert row.gaps[0].remedy == "the model is a parameter (perhaps gpt-4o): name it with `model:`"

    def test_a_deployment_is_no_model(self, bench: Bench) -> None:
        code = CHAT.replace("OpenAI", "AzureOpenAI")
        row = bench.row(code, say(FULL))
        assert row.cost == Quantiles(UNKNOWN, UNKNOWN)
        assert row.gaps[0].remedy.startswith("the model is what stands behind a deployment (perhaps gpt-4o)")

    @pytest.mark.parametrize(
        ("model", "said"), [("no-price", "no price is known for no-price"), ("gpt-4oo", "gpt-4oo (is it gpt-4o?)")]
    )
    def test_a_model_without_a_price_is_said(self, bench: Bench, model: str, said: str) -> None:
        row = bench.row(CHAT, say(f"{FULL}, model: {model}"))
        assert row.cost == Quantiles(UNKNOWN, UNKNOWN)
        assert said in row.gaps[0].settle

    def test_a_default_is_priced_and_said(self, bench: Bench) -> None:
        code = "import os" + CHAT.replace('"gpt-4o"', 'os.environ.get("MODEL", "gpt-4o")')
        sheet = bench.sheet(code, say(FULL))
        assert exact(sheet.total.p50) == pytest.approx(7.8)
        assert "priced with a default that a setting or an argument may replace: app.py:7" in sheet.remarks

    def test_several_models_give_a_range(self, bench: Bench) -> None:
        code = CHAT.replace('"gpt-4o"', '"gpt-4o" if len(question) > 99 else "gpt-4o-mini"')
        row = bench.row(code, say(FULL))
        # 3 000 x (1 000 x 0.15 + 10 x 0.6) / 1 000 000 to 7.80
        assert row.cost.p50 == Range(pytest.approx(0.468), pytest.approx(7.8))
        assert exact(row.smaller.p50) == pytest.approx(0.468)
        assert row.smaller_saves.p50 == Range(0, pytest.approx(7.332))
        assert "0.15-2.5/0.6-10" in text(bench.sheet(code, say(FULL)))

    def test_one_model_without_a_price_leaves_the_range_open(self, bench: Bench) -> None:
        code = CHAT.replace('"gpt-4o"', '"gpt-4o" if len(question) > 99 else "private"')
        row = bench.row(code, say(FULL))
        assert row.cost == Quantiles(UNKNOWN, UNKNOWN)
        assert [gap.of for gap in row.gaps] == ["price"]

    def test_a_call_that_never_runs_costs_nothing(self, bench: Bench) -> None:
        row = bench.row(CHAT, say("calls_per_day: 0"))
        assert (row.cost, row.gaps) == (Quantiles(NOTHING, NOTHING), [])


class TestCalls:
    def test_embeddings_have_no_answer_to_pay(self, bench: Bench) -> None:
        code = (
            f'{CLIENT}\ndef embed(t):\n    return client.embeddings.create(model="text-embedding-3-small", input=t)\n'
        )
        row = bench.row(code, say("calls_per_day: 1000, input_tokens: {p50: 100, p95: 500}"))
        # 30 000 x 100 x 0.02 / 1 000 000
        assert (exact(row.cost.p50), exact(row.cost.p95)) == (pytest.approx(0.06), pytest.approx(0.3))
        assert (row.gaps, row.output_cap) == ([], None)

    def test_images_are_listed_apart(self, bench: Bench) -> None:
        code = f'{CHAT}\ndef draw(p):\n    return client.images.generate(model="gpt-image-1", prompt=p)\n'
        sheet = bench.sheet(code)
        assert len(sheet.rows) == 1
        assert "priced by something other than tokens: app.py:9 client.images.generate (image)" in text(sheet)

    def test_calls_in_tests_are_only_counted(self, bench: Bench) -> None:
        sheet = bench.sheet({"app.py": CHAT, "tests/test_live.py": CHAT})
        assert [row.place for row in sheet.rows] == ["app.py:6"]
        assert "not on the sheet: 1 call in tests, examples and the like" in text(sheet)

    def test_a_cache_without_a_given_rate_is_an_assumption(self, bench: Bench) -> None:
        sheet = bench.sheet(CHAT, say(FULL))
        assert exact(sheet.cached.saved.p50) == pytest.approx(2.34)  # 0.3 of 7.80
        assert "a hit rate of 0.3 (assumed)" in text(sheet)
        given = bench.sheet(CHAT, say(FULL), cache_hit_rate=0.5)
        assert exact(given.cached.cost.p50) == pytest.approx(3.9)
        assert "(assumed)" not in text(given)

    def test_retired_models_and_old_prices_are_said_once(self, bench: Bench) -> None:
        files = {"a.py": CHAT.replace("gpt-4o", "old"), "b.py": CHAT.replace("gpt-4o", "old")}
        sheet = bench.sheet(files, prices_as_of="2026-05-20")
        assert sheet.remarks == [
            "the prices are those of 2026-05-20, more than 180 days old: look them up again",
            "old is retired since 2026-01-02: a.py:6, b.py:6",
        ]

    def test_prices_of_180_days_ago_are_not_old(self, bench: Bench) -> None:
        assert bench.sheet(CHAT, prices_as_of="2026-05-25").remarks == []

    def test_contradictions_are_said(self, bench: Bench) -> None:
        numbers = (
            "calls_per_day: 1, input_tokens: {p50: 1, p95: 9}, output_tokens: {p50: 1, p95: 900}, model: gpt-6-sol"
        )
        code = CAPPED.replace("[{", '[{"role": "system", "content": "Answer in a short and friendly way."}, {')
        low, high, model = bench.sheet(code, say(numbers)).remarks
        assert "input_tokens p50 of 1 is less than the prompt in the code" in low
        assert high == "app.py:6: output_tokens p95 of 900 is more than the limit in the code, 100"
        assert model == "app.py:6: priced as gpt-6-sol, and the code asks gpt-4o"


SEVERAL = f"""{CHAT}

class Bot:
    def ask(self, question):
        return client.chat.completions.create(
            model="gpt-4o",
            messages=[{{"role": "user", "content": question}}],
        )
"""


class TestPlaces:
    def rates(self, bench: Bench, traffic: str) -> list[float | None]:
        return [row.calls_per_day for row in bench.sheet({"bot/app.py": SEVERAL}, traffic).rows]

    @pytest.mark.parametrize(
        ("at", "rates"),
        [
            ("bot/app.py", [5, 5]),
            ("./bot/app.py", [5, 5]),
            ("bot/app.py:6", [5, None]),
            ("bot/app.py:13", [None, 5]),
            ("bot/app.py:6:12", [5, None]),
            ("bot.app.ask", [5, None]),
            ("Bot.ask", [None, 5]),
            ("bot.app.Bot.ask", [None, 5]),
        ],
    )
    def test_what_a_place_names(self, bench: Bench, at: str, rates: list[float | None]) -> None:
        assert self.rates(bench, say("calls_per_day: 5", at)) == rates

    def test_the_closer_entry_counts_key_by_key(self, bench: Bench) -> None:
        traffic = (
            "default: {calls_per_day: 1, cache_hit_rate: 0.1}\n"
            "calls:\n- {at: bot/app.py, calls_per_day: 2}\n- {at: Bot.ask, calls_per_day: 3}\n"
            "- {at: 'bot/app.py:13', cache_hit_rate: 0.9}\n"
        )
        rows = bench.sheet({"bot/app.py": SEVERAL}, traffic).rows
        assert [(row.calls_per_day, row.cache_hit_rate) for row in rows] == [(2, 0.1), (3, 0.9)]

    def test_paths_are_those_from_the_traffic_file_too(self, bench: Bench) -> None:
        write_files(bench.folder, {"bot/app.py": CHAT, "bot/traffic.yaml": say("calls_per_day: 4", "app.py:6")})
        facts = gather([bench.folder], Settings(base=bench.folder), bench.pack)
        load = read_traffic(bench.folder / "bot" / "traffic.yaml")
        (row,) = cost_sheet(facts, TABLE, load, root=bench.folder, today=TODAY).rows
        assert row.calls_per_day == 4
        assert row.gaps[0].settle == "say input_tokens for app.py:6 in the traffic file"

    def test_an_unknown_place_is_refused_with_the_nearest(self, bench: Bench) -> None:
        assert bench.wrong(say("calls_per_day: 5", "bot/ap.py"), {"bot/app.py": CHAT}) == (
            "traffic.yaml:2:8: there is no model call at 'bot/ap.py'\n"
            "  |\n"
            "2 | - {at: bot/ap.py, calls_per_day: 5}\n"
            "  |        ^\n"
            "  = help: did you mean 'bot/app.py' or 'bot/app.py:6' or 'bot.app.ask'?"
        )

    @pytest.mark.parametrize(
        ("at", "said"),
        [
            ("bot/app.py:7", "calls of this file are in line 6, 11"),
            ("bot.app.askk", "did you mean 'bot.app.ask' or 'bot.app.Bot.ask' or"),
            ("zzzz", "model calls are at bot/app.py:6, bot/app.py:11"),
            ("ask", "'ask' may be bot.app.Bot.ask or bot.app.ask"),
        ],
    )
    def test_places_that_name_nothing_or_too_much(self, bench: Bench, at: str, said: str) -> None:
        assert said in bench.wrong(say("calls_per_day: 5", at), {"bot/app.py": SEVERAL})

    def test_a_call_that_is_not_on_the_sheet_is_refused(self, bench: Bench) -> None:
        files = {"app.py": CHAT, "tests/test_live.py": CHAT}
        assert "the call there counts as test" in bench.wrong(say("calls_per_day: 5", "tests/test_live.py"), files)

    def test_two_entries_for_one_call_are_refused(self, bench: Bench) -> None:
        traffic = "calls:\n- {at: app.py, model: a}\n- {at: ./app.py, model: b}\n"
        assert "traffic.yaml:3:8: the call at './app.py' has an entry already, in line 2" in bench.wrong(traffic)


class TestBadTrafficFiles:
    @pytest.mark.parametrize(
        ("traffic", "said"),
        [
            ("calls:\n- at: app.py\n  call_per_day: 3\n", "3:3: unknown key 'call_per_day'"),
            ("calls:\n- at: app.py\n  call_per_day: 3\n", "did you mean 'calls_per_day'?"),
            (
                "calls:\n- at: app.py\n  calls_per_day: many\n",
                "3:18: calls.calls_per_day: expected a number, found the",
            ),
            ("calls:\n- at: app.py\n  input_tokens: 30\n", "3:17: calls.input_tokens: expected a mapping, found the"),
            ("calls:\n- calls_per_day: 3\n", "2:3: calls: the key 'at' is missing"),
            ("calls: {app.py: 3}\n", "1:8: calls: expected a list, found a mapping"),
            ("default:\n  calls_per_day: -1\n", "2:18: default.calls_per_day: expected a number of at least 0, found"),
            ("default:\n  calls_per_day: 1e999\n", "expected a number of at most 1e+15"),
            ("default: {cache_hit_rate: 1.5}\n", "1:27: default.cache_hit_rate: expected a number from 0 to 1, found"),
            ("default: {input_tokens: {p50: 9, p95: 3}}\n", "expected at least p50, which is 9, found the number 3"),
            ("default: {input_tokens: {}}\n", "expected p50, p95 or both, found neither"),
            ("default: {output_tokens: {p50: -3}}\n", "default.output_tokens.p50: expected a number of at least 0"),
            ("default: {output_tokens: {p99: 3}}\n", "1:27: unknown key 'p99'"),
            ("default: {model: ' '}\n", "expected the id of a model, found an empty text"),
            ("days_per_month: 0\n", "days_per_month: expected a number from 1 to 31, found the number 0"),
            ("calls:\n- {at: ''}\n", "expected FILE, FILE:LINE or a function"),
            ("calls: [\n", "not YAML"),
            ("calls: []\ncalls: []\n", "2:1: the key 'calls' is here twice"),
            ("# nothing\n", "the file is empty"),
            ("a: 1\n---\nb: 2\n", "a traffic file is one document; here are 2"),
            ("- at: app.py\n", "1:1: expected a mapping, found a list"),
            ("[" * 5000 + "]" * 5000, "1:1: "),
        ],
    )
    def test_what_is_wrong_is_said_with_its_place(self, bench: Bench, traffic: str, said: str) -> None:
        assert said in bench.wrong(traffic)

    def test_bytes_that_are_no_text(self, bench: Bench) -> None:
        (bench.folder / "t.yaml").write_bytes(b"calls: \xff")
        with pytest.raises(SettingsError, match="is not UTF-8"):
            read_traffic(bench.folder / "t.yaml")

    @pytest.mark.parametrize(
        "arguments",
        [
            ("--traffic", "bad.yaml"),
            ("--traffic", "missing.yaml"),
            ("--traffic", "."),
            ("--calls-per-day", "-1"),
            ("--calls-per-day", "inf"),
            ("--calls-per-day", "nan"),
            ("--cache-hit-rate", "1.1"),
            ("--format", "yaml"),
            ("missing",),
        ],
    )
    def test_wrong_use_ends_with_2(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
    ) -> None:
        write_files(bench.folder, {"app.py": CHAT, "bad.yaml": "callz: []\n"})
        monkeypatch.chdir(bench.folder)
        assert main(["cost", *arguments]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.startswith("error: ")
        assert "internal error" not in captured.err


class TestOutput:
    def test_the_shape_of_json(self, bench: Bench) -> None:
        sheet = bench.sheet(CAPPED, say("calls_per_day: 100, input_tokens: {p50: 1000, p95: 2000}"))
        document = json.loads(json.dumps(cost_document(sheet)))
        assert list(document) == [
            "schema", "currency", "prices_as_of", "days_per_month", "calls", "total", "changes", "not_priced_by_tokens",
            "calls_elsewhere", "remarks", "problems",
        ]  # fmt: skip
        (call,) = document["calls"]
        assert call["at"]["path"] == "app.py"
        assert call["models"] == [
            {
                "id": "gpt-4o", "known_as": "gpt-4o", "input": 2.5, "output": 10, "retired": False, "retires_on": None,
                "smaller": "gpt-4o-mini",
            }
        ]  # fmt: skip
        assert call["cost"] == {"p50": {"low": 7.5, "high": 10.5}, "p95": {"low": 15.0, "high": 18.0}}
        assert call["not_known"] == [
            {"what": "output_tokens", "settle": "say output_tokens for app.py:6 in the traffic file"}
        ]
        assert document["total"] == call["cost"]
        assert document["changes"]["cached_answers"]["hit_rate_assumed"] is True

    def test_ends_that_nobody_knows_are_null(self, bench: Bench) -> None:
        document = cost_document(bench.sheet(CHAT))
        assert document["total"]["p50"] == {"low": 0.0, "high": None}

    def test_markdown_shows_hostile_text_as_it_is(self, bench: Bench) -> None:
        name = "a|b`c`<img src=x>@all\x1b[2J[x](http://evil)_www.evil.com_"
        sheet = bench.sheet(CHAT.replace("gpt-4o", "X"), say(FULL))
        row = sheet.rows[0]
        row.models[0].id = row.call.callee = name
        row.place = f"{name}.py:6"
        sheet.remarks.append(f"{name} is odd")
        sheet.not_by_tokens.append(row.call)
        printed = markdown(sheet)
        for sign in ("<img", "\x1b", "@all", "](", "`c`", "://", "_www", "<script"):
            assert sign not in printed.replace("@&#8203;all", "").replace(":&#8203;//", ""), sign
        table = [line for line in printed.splitlines() if line.startswith("|")]
        assert {line.count("|") for line in table[:4]} == {9}

    @pytest.mark.parametrize(
        "name", ["a|b", "\\|", "``", "`a|`", "<b>x", "[a](b)", "**a**", "__a__", "&lt;", "~~a~~", "\\`a\\`|", "<!--"]
    )
    def test_names_of_the_code_stay_text_in_markdown(self, name: str) -> None:
        parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
        tokens = parser.parse(f"| a | b |\n|---|---|\n| {code(name)} | {prose(name)} |\n\n- {prose(name)}\n")
        assert sum(token.type == "td_open" for token in tokens) == 2
        pieces = [piece for token in tokens for piece in token.children or ()]
        html = {piece.content for piece in pieces if piece.type == "html_inline"}
        assert {piece.type for piece in pieces} <= {"text", "text_special", "code_inline", "html_inline"}
        assert html <= {"<code>", "</code>"}
        assert "".join(p.content for p in pieces if p.type != "html_inline") == "ab" + 3 * name

    def test_markdown_is_a_table_with_a_total(self, bench: Bench) -> None:
        printed = markdown(bench.sheet(CHAT, say(FULL)))
        call = "`app.py:6`<br>`client.chat.completions.create`"
        assert f"| {call} | `gpt-4o` | 2.5/10 | 0 | none | 100 | $7.80 | $15.60 |\n" in printed
        assert "| **total** |  |  |  |  |  | **$7.80** | **$15.60** |\n" in printed

    def test_text_steers_no_terminal(self, bench: Bench) -> None:
        sheet = bench.sheet(CHAT, say(FULL))
        sheet.rows[0].call.callee = "x\x1b[31m\u202ey"
        sheet.rows[0].models[0].id = "m\x07"
        sheet.remarks.append("note \x1b[2J")
        assert not {"\x1b", "\u202e", "\x07"} & set(text(sheet))

    def test_text_fits_the_terminal(self, bench: Bench) -> None:
        printed = text(bench.sheet({"app.py": CHAT, "other.py": CHAT}), width=100)
        assert max(len(line) for line in printed.splitlines()) <= 100

    @pytest.mark.parametrize("format", ["text", "json", "markdown"])
    def test_code_without_a_call(self, bench: Bench, capsys: pytest.CaptureFixture[str], format: str) -> None:  # noqa: A002
        write_files(bench.folder, {"app.py": "x = 1\n"})
        assert main(["cost", str(bench.folder), "--format", format]) == 0
        printed = capsys.readouterr().out
        assert json.loads(printed)["calls"] == [] if format == "json" else "no model call here" in printed

    def test_the_whole_way(self, capsys: pytest.CaptureFixture[str]) -> None:
        traffic = str(BOT / "traffic.yaml")
        assert main(["cost", str(BOT), "--traffic", traffic, "--format", "json"]) == 0
        assert len(json.loads(capsys.readouterr().out)["calls"]) == 21

    def test_calls_per_day_alone_is_for_every_call(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["cost", str(BOT), "--calls-per-day", "7", "--format", "json"]) == 0
        assert {call["calls_per_day"] for call in json.loads(capsys.readouterr().out)["calls"]} == {7}


class TestAmounts:
    @pytest.mark.parametrize(
        ("amount", "shown"),
        [
            (Range(0, 0), "$0.00"),
            (Range(1234.5, 1234.5), "$1,234.50"),
            (Range(0.001, 0.001), "under $0.01"),
            (Range(1, None), "at least $1.00"),
            (Range(0, 2), "at most $2.00"),
            (Range(None, 2), "at most $2.00"),
            (Range(1, 2), "$1.00 to $2.00"),
            (Range(1, 1.001), "$1.00"),
            (Range(-3, -3), "-$3.00"),
            (Range(0, None), "?"),
            (Range(None, None), "?"),
        ],
    )
    def test_in_words(self, amount: Range, shown: str) -> None:
        assert money(amount) == shown

    def test_a_negative_factor_swaps_the_ends(self) -> None:
        assert Range(1, None).times(-2) == Range(None, -2)

    def test_zero_of_something_unknown_is_zero(self) -> None:
        assert UNKNOWN.times(0) == NOTHING

    def test_the_hull_is_open_where_one_is(self) -> None:
        assert hull([Range(1, 2), Range(0, None)]) == Range(0, None)
        assert hull([]) == UNKNOWN

    def test_the_sum_of_nothing_is_nothing(self) -> None:
        assert total([]) == Quantiles(NOTHING, NOTHING)


class TestModelTable:
    @pytest.mark.parametrize(
        ("written", "row"),
        [("gpt-4o", "gpt-4o"), ("OpenAI/GPT-4o-v2", "gpt-4o"), ("openai/openai/gpt-4o", "gpt-4o"), ("other", None)],
    )
    def test_other_spellings(self, written: str, row: str | None) -> None:
        found = TABLE.find(written)
        assert (found.id if found else None) == row


def test_other_commands_do_not_load_the_cost_sheet() -> None:
    program = (
        "import sys; from readylint.cli import main; "
        "assert main(['facts', sys.argv[1], '--format', 'json']) == 0; "
        "loaded = [m for m in sys.modules if m.startswith(('readylint.cost', 'readylint.report.cost'))]; "
        "assert not loaded, loaded"
    )
    done = subprocess.run([sys.executable, "-c", program, str(BOT)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
