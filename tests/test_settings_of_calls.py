"""Time limits, retries and output caps: what really holds for a call, and who decided it."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import CallOf, FactsOf, calls, write_files

from readylint.analysis import gather
from readylint.facts import Source
from readylint.packs import Pack
from readylint.settings import DeclaredCall, Settings, load

OPENAI = "openai==2.54.0\n"
CREATE = 'chat.completions.create(model="gpt-5.6", messages=m)'


# time limits ---------------------------------------------------------------------------------------------------------

LIMITS: dict[str, tuple[str, object, Source]] = {
    "client": (f"client = OpenAI(timeout=30)\ndef ask(m): return client.{CREATE}", 30, "client"),
    "call": (
        'client = OpenAI(timeout=500)\ndef ask(m): return client.responses.create(model="m", input=m, timeout=20)',
        20,
        "call",
    ),
    "with_options": (
        f"client = OpenAI(timeout=500)\ndef ask(m): return client.with_options(timeout=12.5).{CREATE}",
        12.5,
        "client",
    ),
    "with_options that says nothing of it": (
        f"client = OpenAI(timeout=30)\ndef ask(m): return client.with_options(max_retries=0).{CREATE}",
        30,
        "client",
    ),
    "None on the client": (f"client = OpenAI(timeout=None)\ndef ask(m): return client.{CREATE}", "none", "client"),
    "None on the call": (
        'client = OpenAI()\ndef ask(m): return client.chat.completions.create(model="m", messages=m, timeout=None)',
        "none",
        "call",
    ),
    "httpx.Timeout": (f"client = OpenAI(timeout=httpx.Timeout(25))\ndef ask(m): return client.{CREATE}", 25, "client"),
    "httpx.Timeout with a longer read": (
        f"client = OpenAI(timeout=httpx.Timeout(10, read=40))\ndef ask(m): return client.{CREATE}",
        40,
        "client",
    ),
    "httpx.Timeout(None)": (
        f"client = OpenAI(timeout=httpx.Timeout(None))\ndef ask(m): return client.{CREATE}",
        "none",
        "client",
    ),
    "openai.Timeout": (
        f"client = OpenAI(timeout=openai.Timeout(15))\ndef ask(m): return client.{CREATE}",
        15,
        "client",
    ),
    "HTTP client": (
        f"client = OpenAI(http_client=httpx.Client(timeout=35))\ndef ask(m): return client.{CREATE}",
        35,
        "transport",
    ),
    "HTTP client of the SDK": (
        f"client = OpenAI(http_client=openai.DefaultHttpxClient(timeout=35))\ndef ask(m): return client.{CREATE}",
        35,
        "transport",
    ),
    "HTTP client made elsewhere": (
        f"http = httpx.Client(timeout=35)\nclient = OpenAI(http_client=http)\ndef ask(m): return client.{CREATE}",
        35,
        "transport",
    ),
    "HTTP client without a limit": (
        f"client = OpenAI(http_client=httpx.Client(timeout=None))\ndef ask(m): return client.{CREATE}",
        "none",
        "transport",
    ),
    # httpx's own five seconds are no one's choice: the SDK keeps its ten minutes.
    "HTTP client that says nothing of it": (
        f"client = OpenAI(http_client=httpx.Client(verify=False))\ndef ask(m): return client.{CREATE}",
        600,
        "sdk-default",
    ),
    "client over HTTP client": (
        f"client = OpenAI(timeout=20, http_client=httpx.Client(timeout=35))\ndef ask(m): return client.{CREATE}",
        20,
        "client",
    ),
    "nothing": (f"client = OpenAI()\ndef ask(m): return client.{CREATE}", 600, "sdk-default"),
}


@pytest.mark.parametrize("name", LIMITS)
def test_time_limits(call_of: CallOf, name: str) -> None:
    code, value, source = LIMITS[name]
    head = "import httpx\nimport openai\nfrom openai import OpenAI\n"
    call = call_of({"app.py": head + code, "requirements.txt": OPENAI})
    assert (call.timeout.value, call.timeout.source) == (value, source)
    assert call.timeout.at is not None


ENCLOSING = {
    "wait_for": f"    return await asyncio.wait_for(client.{CREATE}, timeout=15)",
    "wait_for by position": f"    return await asyncio.wait_for(client.{CREATE}, 15)",
    "wait_for over a name": f"    work = client.{CREATE}\n    return await asyncio.wait_for(work, 15)",
    "asyncio.timeout": f"    async with asyncio.timeout(15):\n        return await client.{CREATE}",
    "anyio.fail_after": f"    with anyio.fail_after(15):\n        return await client.{CREATE}",
}


@pytest.mark.parametrize("name", ENCLOSING)
def test_limits_around_a_call(call_of: CallOf, name: str) -> None:
    head = "import asyncio\nimport anyio\nfrom openai import AsyncOpenAI\nclient = AsyncOpenAI()\nasync def ask(m):\n"
    call = call_of({"app.py": head + ENCLOSING[name], "requirements.txt": OPENAI})
    assert (call.timeout.value, call.timeout.source, call.timeout.measures) == (15, "enclosing", "total")
    assert call.timeout.worst_seconds == 15  # the retries of the SDK run inside


def test_a_limit_around_every_caller_counts(call_of: CallOf) -> None:
    call = call_of(
        {
            "llm.py": f"""
                from openai import AsyncOpenAI
                client = AsyncOpenAI()
                async def _ask(m):
                    return await client.{CREATE}
            """,
            "app.py": """
                import asyncio
                from llm import _ask
                async def main():
                    return await asyncio.wait_for(_ask([]), timeout=15)
            """,
            "requirements.txt": OPENAI,
        }
    )
    assert (call.timeout.value, call.timeout.source) == (15, "enclosing")


def test_a_limit_around_some_callers_does_not(call_of: CallOf) -> None:
    call = call_of(
        f"""
        import asyncio
        from openai import AsyncOpenAI
        client = AsyncOpenAI(timeout=100)
        async def ask(m):
            return await client.{CREATE}
        async def quick():
            return await asyncio.wait_for(ask([]), timeout=15)
        async def slow():
            return await ask([])
    """
    )
    assert call.timeout.value == 100


def test_a_longer_limit_around_a_call_does_not_hide_its_own(call_of: CallOf) -> None:
    call = call_of(
        f"""
        import asyncio
        from openai import AsyncOpenAI
        client = AsyncOpenAI(timeout=20)
        async def ask(m):
            return await asyncio.wait_for(client.{CREATE}, timeout=300)
    """
    )
    assert (call.timeout.value, call.timeout.source) == (20, "client")


def test_a_limit_that_is_switched_off_is_none(call_of: CallOf) -> None:
    call = call_of(
        f"""
        import asyncio
        from openai import AsyncOpenAI
        client = AsyncOpenAI(timeout=20)
        async def ask(m):
            return await asyncio.wait_for(client.{CREATE}, timeout=None)
    """
    )
    assert (call.timeout.value, call.timeout.source) == (20, "client")


def test_a_time_measured_afterwards_is_no_limit(call_of: CallOf) -> None:
    call = call_of(
        {
            "app.py": """
                import time
                from google import genai
                client = genai.Client()
                def ask(q, timeout=10):
                    started = time.monotonic()
                    answer = client.models.generate_content(model="gemini-3-pro", contents=q)
                    if time.monotonic() - started > timeout:
                        raise TimeoutError
                    return answer.text
            """
        }
    )
    assert (call.timeout.value, call.timeout.source) == ("none", "sdk-default")
    assert call.timeout.worst_seconds == "none"


@pytest.mark.parametrize(
    ("options", "seconds"),
    [
        ("types.HttpOptions(timeout=30_000)", 30),
        ("types.HttpOptions(timeout=30)", 0.03),
        ('{"timeout": 45000}', 45),
        ("types.HttpOptions()", "none"),
        ("types.HttpOptions(timeout=None)", "none"),
        ("types.HttpOptions(api_version='v1')", "none"),
    ],
)
def test_limits_in_milliseconds(call_of: CallOf, options: str, seconds: object) -> None:
    call = call_of(f"""
        from google import genai
        from google.genai import types
        client = genai.Client(http_options={options})
        def ask(q):
            return client.models.generate_content(model="gemini-3-pro", contents=q)
    """)
    assert call.timeout.value == seconds


def test_the_limit_of_one_call_in_milliseconds(call_of: CallOf) -> None:
    call = call_of("""
        from google import genai
        from google.genai import types
        client = genai.Client()
        def ask(q):
            config = types.GenerateContentConfig(http_options=types.HttpOptions(timeout=20_000), max_output_tokens=9)
            return client.models.generate_content(model="gemini-3-pro", contents=q, config=config)
    """)
    assert (call.timeout.value, call.timeout.source) == (20, "call")
    assert call.max_output.value == 9


@pytest.mark.parametrize(
    ("given", "value", "source"),
    [
        ("timeout=30", 30, "call"),
        ("timeout=(5, 30)", 30, "call"),
        ("timeout=(5, None)", "none", "call"),
        ("timeout=None", "none", "call"),
        ("verify=True", "none", "sdk-default"),
    ],
)
def test_limits_of_requests(call_of: CallOf, given: str, value: object, source: str) -> None:
    call = call_of(f"""
        import requests
        def ask(m):
            return requests.post("https://api.openai.com/v1/chat/completions", json={{"messages": m}}, {given}).json()
    """)
    assert (call.timeout.value, call.timeout.source) == (value, source)


def test_httpx_has_five_seconds(call_of: CallOf) -> None:
    call = call_of("""
        import httpx
        def ask(m):
            return httpx.post("https://api.openai.com/v1/chat/completions", json={"messages": m}).json()
    """)
    assert (call.timeout.value, call.timeout.source) == (5, "sdk-default")


def test_a_chat_model_switches_the_default_of_the_sdk_off(call_of: CallOf) -> None:
    call = call_of("""
        from langchain_openai import ChatOpenAI
        llm = ChatOpenAI(model="gpt-5.6")
        def ask(q):
            return llm.invoke(q)
    """)
    assert (call.timeout.value, call.timeout.worst_seconds) == ("none", "none")


# versions ------------------------------------------------------------------------------------------------------------

NOTHING_GIVEN = f"from openai import OpenAI\nclient = OpenAI()\ndef ask(m): return client.{CREATE}\n"


@pytest.mark.parametrize(
    ("manifest", "how", "assumed"),
    [
        ({"requirements.txt": "openai==2.54.0\n"}, "locked", "2.54.0"),
        ({"requirements.txt": "openai>=1.30,<2\n"}, "range", "<2,>=1.30"),
        (
            {"pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["openai~=2.1"]\n'},
            "range",
            "~=2.1",
        ),
        ({}, "names", None),
    ],
)
def test_the_version_is_read_from_the_manifest(
    call_of: CallOf, manifest: dict[str, str], how: str, assumed: str | None
) -> None:
    call = call_of({"app.py": NOTHING_GIVEN, **manifest})
    assert (call.timeout.value, call.timeout.source, call.timeout.worst_seconds) == (600, "sdk-default", 1800)
    assert (call.sdk_versions.from_, call.sdk_versions.assumed) == (how, assumed)
    assert call.sdk_versions.manifest == next(iter(manifest), None)


def test_a_lock_file_decides_over_a_range(call_of: CallOf) -> None:
    call = call_of(
        {
            "app.py": NOTHING_GIVEN,
            "pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = ["openai>=1"]\n',
            "uv.lock": 'version = 1\n[[package]]\nname = "openai"\nversion = "2.54.0"\n',
        }
    )
    assert (call.sdk_versions.from_, call.sdk_versions.assumed) == ("locked", "2.54.0")
    assert call.timeout.why is not None
    assert "2.54.0" in call.timeout.why


@pytest.mark.parametrize(
    ("requirement", "attempts"),
    [
        ("boto3==1.43.2", 5),
        ("boto3==1.44.5", 3),
        ("boto3>=1.44", 3),
        ("boto3<1.44", 5),
        ("boto3>=1.40", None),  # lines that differ make it unknown
        ("", None),
    ],
)
def test_defaults_follow_the_version(call_of: CallOf, requirement: str, attempts: int | None) -> None:
    files = {
        "app.py": """
            import boto3
            client = boto3.client("bedrock-runtime")
            def ask(m):
                return client.converse(modelId="anthropic.claude-sonnet-4-5", messages=m)
        """
    }
    call = call_of({**files, "requirements.txt": f"{requirement}\n"} if requirement else files)
    assert (call.timeout.value, call.timeout.source) == (60, "sdk-default")
    assert call.retry.attempts == attempts
    assert call.timeout.worst_seconds == (60 * attempts if attempts else None)
    assert call.retry.status in ("sdk-default", "unknown") if attempts is None else call.retry.status == "sdk-default"


@pytest.mark.parametrize(
    ("config", "attempts"),
    [
        ('Config(retries={"max_attempts": 1})', 2),
        ('Config(retries={"total_max_attempts": 4, "mode": "standard"})', 4),
        ('Config(retries={"max_attempts": 0})', 1),
    ],
)
def test_attempts_and_retries_are_told_apart(call_of: CallOf, config: str, attempts: int) -> None:
    call = call_of(
        {
            "app.py": f"""
            import boto3
            from botocore.config import Config
            client = boto3.client("bedrock-runtime", config={config})
            def ask(m):
                return client.converse(modelId="anthropic.claude-sonnet-4-5", messages=m)
        """,
            "requirements.txt": "boto3==1.44.5\n",
        }
    )
    assert call.retry.attempts == attempts
    assert call.retry.status == ("none" if attempts == 1 else "explicit")


def test_the_read_timeout_of_boto3(call_of: CallOf) -> None:
    call = call_of("""
        import boto3
        from botocore.config import Config
        client = boto3.client("bedrock-runtime", config=Config(read_timeout=20, connect_timeout=3))
        def ask(m):
            return client.converse(modelId="anthropic.claude-sonnet-4-5", messages=m)
    """)
    assert (call.timeout.value, call.timeout.source) == (20, "client")


# worst case ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "attempts", "worst"),
    [
        ("OpenAI(timeout=30)", 3, 90),
        ("OpenAI(timeout=30, max_retries=0)", 1, 30),
        ("OpenAI(timeout=30, max_retries=5)", 6, 180),
        ("OpenAI()", 3, 1800),
        ("OpenAI(timeout=None)", 3, "none"),
        ("OpenAI(timeout=30).with_options(max_retries=1)", 2, 60),
    ],
)
def test_the_worst_case_counts_every_attempt(call_of: CallOf, made: str, attempts: int, worst: object) -> None:
    code = f"from openai import OpenAI\nclient = {made}\ndef ask(m): return client.{CREATE}\n"
    call = call_of({"app.py": code, "requirements.txt": OPENAI})
    assert (call.retry.attempts, call.timeout.worst_seconds) == (attempts, worst)


# retries -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "status", "attempts"),
    [
        ("OpenAI()", "sdk-default", 3),
        ("OpenAI(max_retries=0)", "none", 1),
        ("OpenAI(max_retries=4)", "explicit", 5),
        ("OpenAI(max_retries=unknown())", "unknown", None),
    ],
)
def test_retries_of_the_sdk(call_of: CallOf, made: str, status: str, attempts: int | None) -> None:
    code = (
        f"from elsewhere import unknown\nfrom openai import OpenAI\nclient = {made}\ndef ask(m): return client.{CREATE}"
    )
    call = call_of({"app.py": code, "requirements.txt": OPENAI})
    assert (call.retry.status, call.retry.attempts) == (status, attempts)


HEAD = """
        import time
        import backoff
        import openai
        import stamina
        from openai import OpenAI
        from tenacity import (
            Retrying, retry, retry_if_exception_type, stop_after_attempt, stop_after_delay, wait_exponential,
        )
        client = OpenAI(max_retries=0)
"""
# decorator or loop -> attempts in all, whether it waits longer each time
REPEATED: dict[str, tuple[str, object, bool | None]] = {
    "tenacity with stop and wait": (
        """
        @retry(stop=stop_after_attempt(3), wait=wait_exponential())
        def ask(m):
            return client.responses.create(model="m", input=m)
        """,
        3,
        True,
    ),
    "tenacity with stop only": (
        """
        @retry(stop=stop_after_attempt(3))
        def ask(m):
            return client.responses.create(model="m", input=m)
        """,
        3,
        False,
    ),
    "tenacity with attempts or time": (
        """
        @retry(stop=stop_after_attempt(5) | stop_after_delay(60), wait=wait_exponential())
        def ask(m):
            return client.responses.create(model="m", input=m)
        """,
        5,
        True,
    ),
    "tenacity with a constant": (
        """
        TRIES = 4
        @retry(stop=stop_after_attempt(TRIES), wait=wait_exponential())
        def ask(m):
            return client.responses.create(model="m", input=m)
        """,
        4,
        True,
    ),
    "tenacity with a predicate": (
        """
        @retry(retry=retry_if_exception_type(openai.APIError), stop=stop_after_attempt(3), wait=wait_exponential())
        def ask(m):
            return client.responses.create(model="m", input=m)
        """,
        3,
        True,
    ),
    "bare tenacity": (
        """
        @retry
        def ask(m):
            return client.responses.create(model="m", input=m)
        """,
        "unbounded",
        False,
    ),
    "bare tenacity, called": (
        """
        @retry()
        def ask(m):
            return client.responses.create(model="m", input=m)
        """,
        "unbounded",
        False,
    ),
    "tenacity on a caller": (
        """
        def _send(m):
            return client.responses.create(model="m", input=m)
        @retry(stop=stop_after_attempt(3), wait=wait_exponential())
        def ask(m):
            return _send(m)
        """,
        3,
        True,
    ),
    "tenacity as a loop": (
        """
        def ask(m):
            for attempt in Retrying(stop=stop_after_attempt(3), wait=wait_exponential()):
                with attempt:
                    return client.responses.create(model="m", input=m)
        """,
        3,
        True,
    ),
    "backoff": (
        """
        @backoff.on_exception(backoff.expo, openai.APIError, max_tries=4)
        def ask(m):
            return client.responses.create(model="m", input=m)
        """,
        4,
        True,
    ),
    "backoff without end": (
        """
        @backoff.on_exception(backoff.expo, openai.APIError)
        def ask(m):
            return client.responses.create(model="m", input=m)
        """,
        "unbounded",
        True,
    ),
    "stamina": (
        """
        @stamina.retry(on=openai.APIError, attempts=3)
        def ask(m):
            return client.responses.create(model="m", input=m)
        """,
        3,
        True,
    ),
    "loop with a cap": (
        """
        def ask(m):
            for attempt in range(3):
                try:
                    return client.responses.create(model="m", input=m)
                except openai.APIError:
                    time.sleep(2 ** attempt)
            raise RuntimeError("no answer")
        """,
        3,
        True,
    ),
    "loop with a constant wait": (
        """
        def ask(m):
            for attempt in range(3):
                try:
                    return client.responses.create(model="m", input=m)
                except openai.APIError:
                    time.sleep(1)
        """,
        3,
        False,
    ),
    "while without end": (
        """
        def ask(m):
            while True:
                try:
                    return client.responses.create(model="m", input=m)
                except openai.RateLimitError:
                    time.sleep(5)
        """,
        "unbounded",
        False,
    ),
    "while with a counter in its test": (
        """
        def ask(m):
            attempt = 0
            while attempt < 4:
                try:
                    return client.responses.create(model="m", input=m)
                except openai.APIError:
                    attempt += 1
                    time.sleep(2 ** attempt)
        """,
        4,
        True,
    ),
    "own decorator": (
        """
        def again(function):
            def wrapper(*args):
                for attempt in range(3):
                    try:
                        return function(*args)
                    except openai.APIError:
                        time.sleep(2 ** attempt)
                raise RuntimeError("no answer")
            return wrapper
        @again
        def ask(m):
            return client.responses.create(model="m", input=m)
        """,
        3,
        True,
    ),
    "loop in a caller": (
        """
        def _send(m):
            return client.responses.create(model="m", input=m)
        def ask(m):
            for attempt in range(3):
                try:
                    return _send(m)
                except openai.APIError:
                    time.sleep(2 ** attempt)
            raise RuntimeError("no answer")
        """,
        3,
        True,
    ),
}


@pytest.mark.parametrize("name", REPEATED)
def test_what_repeats_a_call(call_of: CallOf, name: str) -> None:
    code, attempts, backoff = REPEATED[name]
    call = call_of({"app.py": HEAD + code, "requirements.txt": OPENAI})
    assert (call.retry.status, call.retry.attempts) == ("explicit", attempts)
    layer = next(x for x in call.retry.layers if x.kind != "sdk")
    assert layer.fires is True
    assert layer.backoff is backoff
    assert layer.at is not None


@pytest.mark.parametrize(
    "leave",
    [
        "            attempt += 1\n            if attempt > 3:\n                raise",
        "            if time.monotonic() > deadline:\n                return None",
    ],
)
def test_a_loop_with_a_way_out_has_an_end(call_of: CallOf, leave: str) -> None:
    call = call_of(f"""
import time
import openai
client = openai.OpenAI(max_retries=0)
def ask(m, deadline):
    attempt = 0
    while True:
        try:
            return client.responses.create(model="m", input=m)
        except openai.APIError:
{leave}
    """)
    assert call.retry.status == "explicit"
    assert call.retry.attempts != "unbounded"


def test_a_loop_over_items_is_no_retry(call_of: CallOf) -> None:
    call = call_of("""
        import openai
        client = openai.OpenAI(max_retries=0)
        def ask(items):
            answers = []
            for item in items:
                try:
                    answers.append(client.responses.create(model="m", input=item))
                except openai.APIError:
                    continue
            return answers
    """)
    assert (call.retry.status, call.retry.attempts) == ("none", 1)


def test_layers_multiply(call_of: CallOf) -> None:
    call = call_of(
        {
            "app.py": """
                from openai import OpenAI
                from tenacity import retry, stop_after_attempt, wait_exponential
                client = OpenAI(timeout=10)
                @retry(stop=stop_after_attempt(4), wait=wait_exponential())
                def ask(m):
                    return client.responses.create(model="m", input=m)
            """,
            "requirements.txt": OPENAI,
        }
    )
    assert call.retry.attempts == 12
    assert {x.kind: x.attempts for x in call.retry.layers} == {"sdk": 3, "decorator": 4}
    assert call.timeout.worst_seconds == 120


NEVER = {
    "one attempt": """
        @retry(stop=stop_after_attempt(1))
        def ask(m):
            return client.responses.create(model="m", input=m)
    """,
    "error caught inside": """
        @retry(stop=stop_after_attempt(3))
        def ask(m):
            try:
                return client.responses.create(model="m", input=m)
            except openai.OpenAIError:
                return None
    """,
    "predicate that never holds": """
        @retry(stop=stop_after_attempt(3), retry=retry_if_exception_type(KeyError))
        def ask(m):
            return client.responses.create(model="m", input=m)
    """,
    "generator": """
        @retry(stop=stop_after_attempt(3))
        def ask(m):
            for event in client.responses.create(model="m", input=m, stream=True):
                yield event
    """,
}


@pytest.mark.parametrize("name", NEVER)
def test_retries_that_cannot_fire(call_of: CallOf, name: str) -> None:
    call = call_of(HEAD + NEVER[name])
    assert call.retry.status == "none"
    layer = next(x for x in call.retry.layers if x.kind == "decorator")
    assert layer.fires is False
    assert layer.why_not


def test_retries_of_a_task(call_of: CallOf) -> None:
    call = call_of(
        {
            "tasks.py": """
                import openai
                from celery import shared_task
                client = openai.OpenAI(max_retries=0)
                @shared_task(autoretry_for=(openai.OpenAIError,), retry_backoff=True, max_retries=5)
                def summarise(text):
                    return client.responses.create(model="m", input=text).output_text
            """
        }
    )
    assert call.in_task is True
    assert (call.retry.status, call.retry.attempts) == ("explicit", 6)
    assert [x.kind for x in call.retry.layers if x.fires] == ["task"]


def test_a_task_without_autoretry_is_not_retried(call_of: CallOf) -> None:
    call = call_of("""
        import openai
        from celery import shared_task
        client = openai.OpenAI(max_retries=0)
        @shared_task(max_retries=5)
        def summarise(text):
            return client.responses.create(model="m", input=text).output_text
    """)
    assert (call.retry.status, call.retry.attempts) == ("none", 1)


def test_an_actor_retries_by_itself(call_of: CallOf) -> None:
    call = call_of("""
        import dramatiq
        import openai
        client = openai.OpenAI(max_retries=0)
        @dramatiq.actor(max_retries=3)
        def summarise(text):
            client.responses.create(model="m", input=text)
    """)
    assert call.in_task is True
    assert call.retry.attempts == 4


@pytest.mark.parametrize(
    ("code", "status", "attempts"),
    [
        ('from google import genai\ngenai.Client().models.generate_content(model="m", contents="x")', "none", 1),
        ('import requests\nrequests.post("https://api.openai.com/v1/responses", json={"model": "m"})', "none", 1),
        ('from anthropic import Anthropic\nAnthropic().messages.create(model="m", messages=[], max_tokens=5)',
         "sdk-default", 3),
        ('import litellm\nlitellm.completion(model="gpt-5.6", messages=[], num_retries=2)', "explicit", 3),
    ],
)  # fmt: skip
def test_who_retries_by_itself(call_of: CallOf, code: str, status: str, attempts: int) -> None:
    call = call_of(code)
    assert (call.retry.status, call.retry.attempts) == (status, attempts)


def test_retry_options_of_google(call_of: CallOf) -> None:
    call = call_of("""
        from google import genai
        from google.genai import types
        options = types.HttpOptions(timeout=20_000, retry_options=types.HttpRetryOptions(attempts=4))
        client = genai.Client(http_options=options)
        def ask(q):
            return client.models.generate_content(model="gemini-3-pro", contents=q)
    """)
    assert (call.retry.status, call.retry.attempts, call.timeout.worst_seconds) == ("explicit", 4, 80)


# output caps ---------------------------------------------------------------------------------------------------------

CAPS = {
    "max_tokens": 'from openai import OpenAI\nOpenAI().chat.completions.create(model="m", messages=[], max_tokens=50)',
    "max_completion_tokens": (
        'from openai import OpenAI\nOpenAI().chat.completions.create(model="m", messages=[], max_completion_tokens=50)'
    ),
    "max_output_tokens": 'from openai import OpenAI\nOpenAI().responses.create(model="m", max_output_tokens=50)',
    "anthropic": (
        'from anthropic import Anthropic\nAnthropic().messages.create(model="m", messages=[], max_tokens=50)'
    ),
    "google, object": (
        "from google import genai\nfrom google.genai import types\n"
        'genai.Client().models.generate_content(model="m", contents="",'
        " config=types.GenerateContentConfig(max_output_tokens=50))"
    ),
    "google, dict": (
        "from google import genai\n"
        'genai.Client().models.generate_content(model="m", contents="", config={"max_output_tokens": 50})'
    ),
    "converse": (
        'import boto3\nboto3.client("bedrock-runtime").converse(modelId="m", messages=[],'
        ' inferenceConfig={"maxTokens": 50})'
    ),
    "invoke_model": (
        "import json\nimport boto3\n"
        'body = json.dumps({"messages": [], "max_tokens": 50})\n'
        'boto3.client("bedrock-runtime").invoke_model(modelId="m", body=body)'
    ),
    "litellm": 'import litellm\nlitellm.completion(model="gpt-5.6", messages=[], max_tokens=50)',
    "chat model": 'from langchain_openai import ChatOpenAI\nChatOpenAI(model="m", max_tokens=50).invoke("")',
    "raw HTTP": (
        'import requests\nrequests.post("https://api.openai.com/v1/chat/completions",'
        ' json={"model": "m", "messages": [], "max_tokens": 50})'
    ),
    "raw HTTP, data": (
        "import json\nimport requests\n"
        'requests.post("https://api.openai.com/v1/responses",'
        ' data=json.dumps({"model": "m", "input": "", "max_output_tokens": 50}))'
    ),
    "raw HTTP to Google": (
        "import requests\n"
        'requests.post("https://generativelanguage.googleapis.com/v1beta/models/gemini-3-pro:generateContent",'
        ' json={"contents": [], "generationConfig": {"maxOutputTokens": 50}})'
    ),
    "raw HTTP to Ollama": (
        'import requests\nrequests.post("http://localhost:11434/api/chat",'
        ' json={"model": "m", "messages": [], "options": {"num_predict": 50}})'
    ),
}


@pytest.mark.parametrize("name", CAPS)
def test_output_caps(call_of: CallOf, name: str) -> None:
    assert call_of(CAPS[name]).max_output.value == 50


def test_no_output_cap(call_of: CallOf) -> None:
    call = call_of(NOTHING_GIVEN)
    assert (call.max_output.value, call.max_output.source) == ("none", "unset")


def test_an_output_cap_that_is_switched_off(call_of: CallOf) -> None:
    call = call_of('from openai import OpenAI\nOpenAI().responses.create(model="m", input="", max_output_tokens=None)')
    assert call.max_output.value == "none"


def test_other_settings_have_one_name_in_all_sdks(call_of: CallOf) -> None:
    call = call_of("""
        from google import genai
        client = genai.Client()
        def ask(q):
            return client.models.generate_content(
                model="m", contents=q, config={"temperature": 0.2, "system_instruction": "short", "seed": 7}
            )
    """)
    assert call.settings["temperature"].value == 0.2
    assert call.settings["seed"].value == 7
    assert call.settings["system"].value is True


# raw HTTP ------------------------------------------------------------------------------------------------------------


def test_a_request_to_a_provider_is_a_model_call(call_of: CallOf) -> None:
    call = call_of("""
        import os
        import requests
        def ask(m):
            headers = {"Authorization": f"Bearer {os.environ['KEY']}"}
            body = {"model": "gpt-5.6", "messages": m, "max_tokens": 50, "temperature": 0}
            return requests.post(
                "https://api.openai.com/v1/chat/completions", headers=headers, json=body, timeout=(3, 30)
            ).json()
    """)
    assert (call.transport, call.sdk, call.provider, call.operation) == ("http", "requests", "openai", "chat")
    assert (call.model.ids, call.max_output.value, call.timeout.value) == (["gpt-5.6"], 50, 30)
    assert call.settings["temperature"].value == 0


def test_a_request_whose_host_is_a_constant_of_another_module(call_of: CallOf) -> None:
    call = call_of(
        {
            "config.py": 'BASE = "https://api.anthropic.com"\n',
            "app.py": """
                import httpx
                import config
                def ask(m):
                    return httpx.post(f"{config.BASE}/v1/messages", json={"model": "m", "max_tokens": 9}, timeout=20)
            """,
        }
    )
    assert (call.provider, call.operation, call.max_output.value, call.timeout.value) == ("anthropic", "chat", 9, 20)


def test_an_async_request(call_of: CallOf) -> None:
    call = call_of("""
        import aiohttp
        async def ask(m):
            async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
                async with session.post("https://api.openai.com/v1/responses", json={"model": "m", "input": m}) as r:
                    return await r.json()
    """)
    assert (call.sdk, call.operation, call.timeout.value) == ("aiohttp", "responses", 30)
    assert call.blocking_in_async is False


# declared gateways ---------------------------------------------------------------------------------------------------

GATEWAY = """
        from acme.llm import Gateway
        gateway = Gateway()
        def ask(q):
            return gateway.ask(q)
"""


def test_a_declared_gateway_is_a_model_call(call_of: CallOf) -> None:
    declared = DeclaredCall("acme.llm.Gateway.ask", operation="chat", timeout=20, retries=2, model="m", max_output=50)
    call = call_of(GATEWAY, Settings(calls={declared.name: declared}))
    assert (call.operation, call.callee) == ("chat", "gateway.ask")
    assert call.timeout.value == 20
    assert call.max_output.value == 50
    assert call.retry.attempts == 3
    assert call.model.ids == ["m"]


def test_a_declared_function_of_the_project(call_of: CallOf) -> None:
    declared = DeclaredCall("bot.llm.ask", timeout=20)
    call = call_of(
        {
            "bot/__init__.py": "",
            "bot/llm.py": "import internal\ndef ask(q):\n    return internal.send(q)\n",
            "bot/app.py": "from bot.llm import ask\ndef main(q):\n    return ask(q)\n",
        },
        Settings(calls={declared.name: declared}),
    )
    assert (call.span.path, call.timeout.value) == ("bot/app.py", 20)


def test_what_the_declaration_leaves_out_cannot_be_told(call_of: CallOf) -> None:
    declared = DeclaredCall("acme.llm.Gateway.ask")
    call = call_of(GATEWAY, Settings(calls={declared.name: declared}))
    assert (call.timeout.value, call.timeout.source) == (None, "unknown")
    assert (call.retry.status, call.retry.attempts) == ("unknown", None)
    assert (call.max_output.value, call.max_output.source) == (None, "unknown")
    assert call.guard.status in ("none", "unknown")


def test_without_a_declaration_there_is_no_call(facts_of: FactsOf) -> None:
    assert calls(facts_of({"app.py": GATEWAY})) == []


def test_a_gateway_is_declared_in_the_settings_file(tmp_path: Path, pack: Pack) -> None:
    write_files(
        tmp_path,
        {
            "app.py": GATEWAY,
            "pyproject.toml": """
                [tool.readylint.calls]
                "acme.llm.Gateway.ask" = {operation = "chat", timeout = 20}
            """,
        },
    )
    settings = load(tmp_path, None, False)
    (call,) = calls(gather([tmp_path], settings, pack))
    assert (call.operation, call.timeout.value) == ("chat", 20)
