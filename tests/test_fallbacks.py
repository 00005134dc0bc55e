"""Other ways out of a failed call, and what a retry repeats."""

import pytest
from conftest import CallOf

HEAD = """
import openai
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_fixed
client = openai.OpenAI(max_retries=0)
"""
ASK = 'client.responses.create(model="gpt-5.4-mini", input=q)'
WAYS = {
    "an answer that is kept": ("return CACHE[q]", "real"),
    "an answer that is written out": ('return "The office answers tomorrow."', "real"),
    "the text as it came": ("return q", "real"),
    "a report": ('return f"Error: {error}"', "none"),
    "a report in a dict": ('return {"error": "not now"}', "none"),
    "nothing": ("return None", "none"),
    "raised": ("raise", "none"),
    "an answer of a library": ("import acme; return acme.stand_in(q)", "unknown"),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_branch_as_a_way_out(call_of: CallOf, name: str) -> None:
    body, kind = WAYS[name]
    code = f"{HEAD}\ndef ask(q):\n    try:\n        return {ASK}\n    except Exception as error:\n        {body}\n"
    assert call_of(code).guard.fallback == kind


LAYERS = {
    "@retry(stop=stop_after_attempt(3))": (["Exception"], False, False),
    "@retry(stop=stop_after_attempt(3), wait=wait_fixed(1), retry=retry_if_exception_type(openai.RateLimitError))": (
        ["openai.RateLimitError"],
        True,
        False,
    ),
    "@retry(stop=stop_after_attempt(3), retry=retry_if_exception_type(openai.APIError))": (
        ["openai.APIError"],
        False,
        False,
    ),
    "@retry(stop=stop_after_attempt(3), **OPTIONS)": ([], None, None),
}


@pytest.mark.parametrize("decorator", LAYERS)
def test_what_a_decorator_repeats(call_of: CallOf, decorator: str) -> None:
    call = call_of(f"{HEAD}\n{decorator}\ndef ask(q):\n    return {ASK}\n")
    layer = next(x for x in call.retry.layers if x.kind == "decorator")
    assert (layer.errors, layer.transient, layer.backoff) == LAYERS[decorator]
