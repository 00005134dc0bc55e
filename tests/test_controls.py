"""Evidence that a control is in force: used around a call or switched on, not only imported or made."""

from __future__ import annotations

import pytest
from conftest import FactsOf

from readylint.facts import Evidence, LlmCall

CALL = """
        from openai import OpenAI
        client = OpenAI()
        def ask(q):
            return client.responses.create(model="m", input=q)
"""


def controls(facts_of: FactsOf, code: str) -> list[tuple[str | None, str | None, bool | None, bool]]:
    sheet = facts_of({"app.py": code})
    [call] = [f for f in sheet.facts if isinstance(f, LlmCall)]
    found = [f for f in sheet.facts if isinstance(f, Evidence)]
    return [(f.category, f.library, f.initialised, call.id in f.reaches) for f in found]


BREAKER = "import pybreaker\nb = pybreaker.CircuitBreaker()"


@pytest.mark.parametrize(
    ("head", "around", "found"),
    [
        (BREAKER, "@b\ndef go(q): return ask(q)", ("circuit-breaker", "pybreaker")),
        (BREAKER, "def go(q): return b.call(ask, q)", ("circuit-breaker", "pybreaker")),
        (
            "from circuitbreaker import circuit",
            "@circuit\ndef go(q): return ask(q)",
            ("circuit-breaker", "circuitbreaker"),
        ),
        (
            "import aiolimiter\nl = aiolimiter.AsyncLimiter(9)",
            "async def go(q):\n    async with l: return ask(q)",
            ("rate-limit", "aiolimiter"),
        ),
        (
            "from cachetools import cached, TTLCache",
            "@cached(TTLCache(9, 60))\ndef go(q): return ask(q)",
            ("cache", "cachetools"),
        ),
    ],
)
def test_a_control_around_a_call_reaches_it(facts_of: FactsOf, head: str, around: str, found: tuple[str, str]) -> None:
    text = "\n".join([head, CALL.replace("\n        ", "\n"), around, "print(go('q'))"])
    assert (*found, True, True) in controls(facts_of, text)


def test_a_control_elsewhere_does_not_reach_the_call(facts_of: FactsOf) -> None:
    text = "import pybreaker\nb = pybreaker.CircuitBreaker()\n" + CALL.replace("\n        ", "\n")
    found = controls(facts_of, text + "@b\ndef other(): ...\nprint(ask('q'), other())\n")
    assert found == [("circuit-breaker", "pybreaker", True, False)]


def test_what_is_only_made_is_not_in_force_and_what_is_only_imported_is_nothing(facts_of: FactsOf) -> None:
    text = CALL.replace("\n        ", "\n") + "print(ask('q'))\n"
    assert controls(facts_of, "import pybreaker\nb = pybreaker.CircuitBreaker()\n" + text) == [
        ("circuit-breaker", "pybreaker", False, False)
    ]
    assert controls(facts_of, "import pybreaker\n" + text) == []


def test_a_gateway_by_its_host(facts_of: FactsOf) -> None:
    text = CALL.replace("\n        ", "\n").replace("OpenAI()", 'OpenAI(base_url="https://oai.helicone.ai/v1")')
    assert ("gateway", "helicone", True, True) in controls(facts_of, text)
