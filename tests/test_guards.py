"""Who catches what the SDK raises, and what is done then."""

from __future__ import annotations

import pytest
from conftest import CallOf

HEAD = """
        import contextlib
        import json
        import logging
        import openai
        from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, OpenAIError, RateLimitError
        logger = logging.getLogger(__name__)
        client = openai.OpenAI()
        def _send(m):
            return client.responses.create(model="m", input=m).output_text
"""
WITHOUT_SEND = HEAD[: HEAD.index("        def _send")]


@pytest.mark.parametrize(
    ("caught", "misses"),
    [
        ("OpenAIError", []),
        ("APIError", []),
        ("openai.OpenAIError", []),
        ("Exception", []),
        ("BaseException", []),
        ("(RateLimitError, APIStatusError, APIConnectionError)", []),
        ("(APIError, ValueError)", []),
        ("RateLimitError", ["status", "connection", "timeout"]),
        ("APIStatusError", ["connection", "timeout"]),
        ("APIConnectionError", ["rate-limit", "status"]),
        ("APITimeoutError", ["rate-limit", "status", "connection"]),
    ],
)
def test_a_guard_at_the_call(call_of: CallOf, caught: str, misses: list[str]) -> None:
    call = call_of(
        WITHOUT_SEND
        + f"""
        def ask(m):
            try:
                return client.responses.create(model="m", input=m).output_text
            except {caught}:
                return "We cannot answer just now."
    """
    )
    assert call.guard.status == "site"
    assert call.guard.misses == misses
    assert call.guard.on_error == "answered"
    assert call.guard.at is not None


@pytest.mark.parametrize(("caught", "status"), [("vendor.ERRORS", "unknown"), ("vendor.VendorError", "none")])
def test_a_constant_of_a_library_may_hold_any_error(call_of: CallOf, caught: str, status: str) -> None:
    call = call_of(
        WITHOUT_SEND
        + f"""
        import vendor
        def ask(m):
            try:
                return client.responses.create(model="m", input=m).output_text
            except {caught}:
                return "We cannot answer just now."
    """
    )
    assert call.guard.status == status


def test_a_bare_except_catches_everything(call_of: CallOf) -> None:
    call = call_of(
        HEAD
        + """
        def ask(m):
            try:
                return _send(m)
            except:
                return "We cannot answer just now."
    """
    )
    assert (call.guard.status, call.guard.misses) == ("callers", [])


NO_GUARD = {
    "nothing": """
        def ask(m):
            return _send(m)
    """,
    "only ValueError": """
        def ask(m):
            try:
                return json.loads(_send(m))
            except ValueError:
                return {}
    """,
    "only the parse": """
        def ask(m):
            text = _send(m)
            try:
                return json.loads(text)
            except Exception:
                return {}
    """,
    "KeyboardInterrupt": """
        def ask(m):
            try:
                return _send(m)
            except KeyboardInterrupt:
                return ""
    """,
    "finally": """
        def ask(m):
            try:
                return _send(m)
            finally:
                logger.info("done")
    """,
    "errors of another SDK": """
        import anthropic
        def ask(m):
            try:
                return _send(m)
            except anthropic.APIError:
                return "Sorry"
    """,
    "own exception": """
        class Refused(Exception):
            pass
        def ask(m):
            try:
                return _send(m)
            except Refused:
                return "Sorry"
    """,
    "in the handler of another error": """
        def ask(m):
            try:
                return json.loads(m)
            except Exception:
                return _send(m)
    """,
    "in the else branch": """
        def ask(m):
            try:
                text = json.loads(m)
            except Exception:
                return "Sorry"
            else:
                return _send(text)
    """,
    "raised again and nothing else": """
        def ask(m):
            try:
                return _send(m)
            except OpenAIError:
                raise
    """,
    "suppress of something else": """
        def ask(m):
            with contextlib.suppress(KeyError):
                return _send(m)
    """,
    "a plain decorator": """
        import functools
        @functools.lru_cache
        def ask(m):
            return _send(m)
    """,
}


@pytest.mark.parametrize("name", NO_GUARD)
def test_what_is_no_guard(call_of: CallOf, name: str) -> None:
    call = call_of(HEAD + NO_GUARD[name])
    assert call.guard.status == "none"
    assert (call.guard.on_error, call.guard.logged) == ("not-applicable", "not-applicable")
    assert call.guard.why


# who catches -> the status
GUARDED = {
    "wrapper that calls what it is given": (
        "wrapper",
        """
        def safely(work, *args):
            try:
                return work(*args)
            except OpenAIError:
                return "Sorry"
        def ask(m):
            return safely(_send, m)
        """,
    ),
    "wrapper with a lambda": (
        "wrapper",
        """
        def safely(work):
            try:
                return work()
            except OpenAIError:
                return "Sorry"
        def ask(m):
            return safely(lambda: _send(m))
        """,
    ),
    "decorator": (
        "decorator",
        """
        import functools
        def guarded(function):
            @functools.wraps(function)
            def inner(*args, **kwargs):
                try:
                    return function(*args, **kwargs)
                except OpenAIError:
                    return "Sorry"
            return inner
        @guarded
        def ask(m):
            return _send(m)
        """,
    ),
    "decorator with arguments": (
        "decorator",
        """
        def guarded(answer):
            def decorate(function):
                def inner(*args, **kwargs):
                    try:
                        return function(*args, **kwargs)
                    except OpenAIError:
                        return answer
                return inner
            return decorate
        @guarded("Sorry")
        def ask(m):
            return _send(m)
        """,
    ),
    "context manager": (
        "wrapper",
        """
        @contextlib.contextmanager
        def guard():
            try:
                yield
            except OpenAIError:
                logger.exception("no answer")
        def ask(m):
            with guard():
                return _send(m)
        """,
    ),
    "context manager class": (
        "wrapper",
        """
        class Guard:
            def __enter__(self):
                return self
            def __exit__(self, kind, error, trace):
                return isinstance(error, OpenAIError)
        def ask(m):
            with Guard():
                return _send(m)
        """,
    ),
    "suppress": (
        "site",
        """
        def ask(m):
            with contextlib.suppress(OpenAIError):
                return _send(m)
        """,
    ),
    "the only caller": (
        "callers",
        """
        def ask(m):
            try:
                return _send(m)
            except OpenAIError:
                return "Sorry"
        """,
    ),
    "two levels up": (
        "callers",
        """
        def middle(m):
            return _send(m).strip()
        def ask(m):
            try:
                return middle(m)
            except OpenAIError:
                return "Sorry"
        """,
    ),
}


@pytest.mark.parametrize("name", GUARDED)
def test_guards_around_a_call(call_of: CallOf, name: str) -> None:
    status, code = GUARDED[name]
    call = call_of(HEAD + code)
    found = call.guard.status
    # Which word fits a guard that stands in a caller is a matter of the way there; that there is one is not.
    assert found not in ("none", "unknown")
    assert found in (status, "callers")
    assert call.guard.misses == []


def test_the_words_for_guards_at_the_function_of_the_call(call_of: CallOf) -> None:
    head = "import contextlib\nimport openai\nfrom openai import OpenAIError\nclient = openai.OpenAI()\n"
    code = {
        "decorator": """
def guarded(function):
    def inner(*args):
        try:
            return function(*args)
        except OpenAIError:
            return "Sorry"
    return inner
@guarded
def ask(m):
    return client.responses.create(model="m", input=m)
""",
        "wrapper": """
@contextlib.contextmanager
def guard():
    try:
        yield
    except OpenAIError:
        print("no answer")
def ask(m):
    with guard():
        return client.responses.create(model="m", input=m)
""",
        "site": """
def ask(m):
    with contextlib.suppress(OpenAIError):
        return client.responses.create(model="m", input=m)
""",
    }
    assert {call_of(head + c).guard.status for c in code.values()} == set(code)
    for status, c in code.items():
        assert call_of(head + c).guard.status == status


LLM = {
    "llm.py": """
        from openai import OpenAI
        client = OpenAI()
        def send(m):
            return client.responses.create(model="m", input=m).output_text
    """
}
GUARDING = """
            try:
                return llm.send(m)
            except openai.OpenAIError:
                return "Sorry"
"""


def test_all_callers_in_other_modules(call_of: CallOf) -> None:
    caller = f"\n        import llm\n        import openai\n        def ask(m):{GUARDING}"
    call = call_of({**LLM, "one.py": caller, "two.py": caller})
    assert (call.guard.status, call.guard.misses, call.guard.bare) == ("callers", [], [])
    assert call.guard.callers_complete is True


def test_callers_that_import_no_sdk(call_of: CallOf) -> None:
    caller = """
        from llm import send
        def ask(m):
            try:
                return send(m)
            except Exception:
                return "Sorry"
    """
    call = call_of({**LLM, "one.py": caller})
    assert (call.guard.status, call.guard.callers_complete) == ("callers", True)


def test_one_bare_caller(call_of: CallOf) -> None:
    caller = f"\n        import llm\n        import openai\n        def ask(m):{GUARDING}"
    bare = "from llm import send\n\n\ndef other(m):\n    return send(m)\n"
    call = call_of({**LLM, "one.py": caller, "two.py": bare})
    assert call.guard.status == "none"
    assert [(s.path, s.line) for s in call.guard.bare] == [("two.py", 5)]


def test_what_the_callers_catch_is_what_all_of_them_catch(call_of: CallOf) -> None:
    one = f"\n        import llm\n        import openai\n        def ask(m):{GUARDING}"
    two = one.replace("openai.OpenAIError", "openai.APIStatusError")
    call = call_of({**LLM, "one.py": one, "two.py": two})
    assert (call.guard.status, call.guard.misses) == ("callers", ["connection", "timeout"])


def test_methods_are_guarded_by_their_callers(call_of: CallOf) -> None:
    call = call_of(
        {
            "bot.py": """
                from openai import OpenAI
                class Bot:
                    def __init__(self):
                        self.client = OpenAI()
                    def _send(self, m):
                        return self.client.responses.create(model="m", input=m)
                    def ask(self, m):
                        try:
                            return self._send(m)
                        except Exception:
                            return "Sorry"
            """
        }
    )
    assert call.guard.status == "callers"


def test_a_caller_that_was_not_understood_leaves_it_open(call_of: CallOf) -> None:
    call = call_of(
        {
            **LLM,
            "app.py": """
                from elsewhere import registry
                import llm
                import openai
                def ask(m):
                    try:
                        return llm.send(m)
                    except openai.OpenAIError:
                        return "Sorry"
                def other(bot, m):
                    return registry[bot].send(m)
            """,
        }
    )
    assert call.guard.status == "unknown"
    assert call.guard.callers_complete is not True


def test_a_function_in_a_table_leaves_it_open(call_of: CallOf) -> None:
    call = call_of(
        {
            **LLM,
            "app.py": """
                import llm
                ACTIONS = {"send": llm.send}
                def run(name, m):
                    try:
                        return ACTIONS[name](m)
                    except Exception:
                        return "Sorry"
            """,
        }
    )
    assert call.guard.status in ("callers", "unknown")


def test_a_name_that_others_have_too_does_not_disturb(call_of: CallOf) -> None:
    call = call_of(
        {
            **LLM,
            "mail.py": """
                import smtplib
                def send(text):
                    smtplib.SMTP("localhost").send_message(text)
                def all_of(texts):
                    for text in texts:
                        send(text)
            """,
            "app.py": f"\n        import llm\n        import openai\n        def ask(m):{GUARDING}",
        }
    )
    assert call.guard.status == "callers"


def test_recursion_ends(call_of: CallOf) -> None:
    call = call_of("""
        import openai
        client = openai.OpenAI()
        def ask(m, depth=0):
            answer = client.responses.create(model="m", input=m).output_text
            return ask(answer, depth + 1) if depth < 3 else answer
        def main():
            try:
                return ask("x")
            except openai.OpenAIError:
                return "Sorry"
    """)
    assert call.guard.status == "callers"


def test_tests_are_no_callers(call_of: CallOf) -> None:
    call = call_of(
        {
            **LLM,
            "app.py": f"\n        import llm\n        import openai\n        def ask(m):{GUARDING}",
            "tests/test_llm.py": "import llm\ndef test_send():\n    assert llm.send('x')\n",
        }
    )
    assert call.guard.status == "callers"


# frameworks ----------------------------------------------------------------------------------------------------------

FRAMEWORKS = {
    "fastapi": """
        from fastapi import FastAPI, Request
        from fastapi.responses import JSONResponse
        app = FastAPI()
        @app.exception_handler(OpenAIError)
        async def failed(request: Request, error: OpenAIError):
            logger.error("no answer", exc_info=error)
            return JSONResponse({"detail": "try again"}, status_code=503)
        @app.post("/ask")
        def ask(m: str):
            return client.responses.create(model="m", input=m).output_text
    """,
    "fastapi, added by a call": """
        from fastapi import FastAPI
        from fastapi.responses import JSONResponse
        app = FastAPI()
        def failed(request, error):
            return JSONResponse({"detail": "try again"}, status_code=503)
        app.add_exception_handler(OpenAIError, failed)
        @app.post("/ask")
        def ask(m: str):
            return client.responses.create(model="m", input=m).output_text
    """,
    "flask": """
        from flask import Flask
        app = Flask(__name__)
        @app.errorhandler(OpenAIError)
        def failed(error):
            return {"detail": "try again"}, 503
        @app.post("/ask")
        def ask():
            return client.responses.create(model="m", input="x").output_text
    """,
}


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_error_handlers_of_frameworks(call_of: CallOf, name: str) -> None:
    call = call_of(WITHOUT_SEND + FRAMEWORKS[name])
    assert call.in_handler is True
    assert (call.guard.status, call.guard.misses) == ("framework", [])
    assert call.guard.on_error == "answered"


def test_an_error_handler_in_the_module_of_the_app(call_of: CallOf) -> None:
    call = call_of(
        {
            **LLM,
            "routes.py": """
                from fastapi import APIRouter
                from llm import send
                router = APIRouter()
                @router.post("/ask")
                def ask(m: str):
                    return send(m)
            """,
            "main.py": """
                from fastapi import FastAPI
                from fastapi.responses import JSONResponse
                from openai import OpenAIError
                from routes import router
                app = FastAPI()
                app.include_router(router)
                @app.exception_handler(OpenAIError)
                def failed(request, error):
                    return JSONResponse({"detail": "try again"}, status_code=503)
            """,
        }
    )
    assert call.in_handler is True
    assert call.guard.status in ("framework", "callers")
    assert call.guard.misses == []


def test_an_error_handler_for_another_error(call_of: CallOf) -> None:
    call = call_of(WITHOUT_SEND + FRAMEWORKS["fastapi"].replace("OpenAIError", "ValueError"))
    assert call.guard.status == "none"


def test_an_error_handler_that_misses_errors(call_of: CallOf) -> None:
    call = call_of(WITHOUT_SEND + FRAMEWORKS["fastapi"].replace("OpenAIError", "RateLimitError"))
    assert (call.guard.status, call.guard.misses) == ("framework", ["status", "connection", "timeout"])


def test_a_task_that_is_tried_again_is_guarded(call_of: CallOf) -> None:
    call = call_of(
        WITHOUT_SEND
        + """
        from celery import shared_task
        @shared_task(autoretry_for=(OpenAIError,), max_retries=3)
        def work(m):
            return client.responses.create(model="m", input=m).output_text
    """
    )
    assert (call.in_task, call.guard.status, call.guard.misses) == (True, "framework", [])


def test_a_handler_without_a_guard(call_of: CallOf) -> None:
    call = call_of(
        WITHOUT_SEND
        + """
        from fastapi import FastAPI
        app = FastAPI()
        @app.post("/ask")
        def ask(m: str):
            return client.responses.create(model="m", input=m).output_text
    """
    )
    assert (call.in_handler, call.guard.status) == (True, "none")


# streams -------------------------------------------------------------------------------------------------------------


def test_a_stream_that_is_read_inside_the_try(call_of: CallOf) -> None:
    call = call_of("""
        import openai
        client = openai.OpenAI()
        def ask(m):
            parts = []
            try:
                for event in client.chat.completions.create(model="m", messages=m, stream=True):
                    parts.append(event.choices[0].delta.content or "")
            except openai.OpenAIError:
                return "Sorry"
            return "".join(parts)
    """)
    assert (call.streaming, call.guard.status) == (True, "site")


def test_a_stream_that_is_read_outside_the_try(call_of: CallOf) -> None:
    call = call_of("""
        import openai
        client = openai.OpenAI()
        def ask(m):
            try:
                stream = client.chat.completions.create(model="m", messages=m, stream=True)
            except openai.OpenAIError:
                return "Sorry"
            return "".join(event.choices[0].delta.content or "" for event in stream)
    """)
    assert (call.streaming, call.guard.status) == (True, "none")


def test_a_stream_that_is_only_read_inside_the_try(call_of: CallOf) -> None:
    call = call_of("""
        import openai
        client = openai.OpenAI()
        def ask(m):
            stream = client.chat.completions.create(model="m", messages=m, stream=True)
            try:
                return "".join(event.choices[0].delta.content or "" for event in stream)
            except openai.OpenAIError:
                return "Sorry"
    """)
    assert call.guard.status == "none"


def test_a_generator_is_guarded_where_it_is_read(call_of: CallOf) -> None:
    call = call_of("""
        import openai
        client = openai.OpenAI()
        def parts(m):
            for event in client.chat.completions.create(model="m", messages=m, stream=True):
                yield event.choices[0].delta.content
        def ask(m):
            try:
                return "".join(parts(m))
            except openai.OpenAIError:
                return "Sorry"
    """)
    assert call.guard.status == "callers"


# what is done --------------------------------------------------------------------------------------------------------

DONE = {
    "dropped with pass": ("pass", "dropped", "no"),
    "dropped with None": ("return None", "dropped", "no"),
    "dropped with an empty text": ('return ""', "dropped", "no"),
    "dropped with an empty list": ("return []", "dropped", "no"),
    "answered with a text": ('return "Sorry"', "answered", "no"),
    "answered by a function": ("return cached(m)", "answered", "no"),
    "answered by another model's name": ("return backup.ask(m)", "answered", "no"),
    "raised": ("raise RuntimeError('no answer') from e", "raised", "no"),
    "logged and raised": (
        "logger.exception('no answer'); raise RuntimeError('no answer') from e",
        "raised",
        "exception",
    ),
    "logged with the error and answered": ("logger.error('x', exc_info=True); return 'Sorry'", "answered", "exception"),
    "message and answered": ("logger.warning('no answer'); return 'Sorry'", "answered", "message"),
    "printed and answered": ("print('no answer'); return 'Sorry'", "answered", "printed"),
}


@pytest.mark.parametrize("name", DONE)
def test_what_becomes_of_an_error(call_of: CallOf, name: str) -> None:
    body, on_error, logged = DONE[name]
    call = call_of(
        HEAD
        + f"""
        from answers import backup, cached
        def ask(m):
            try:
                return _send(m)
            except OpenAIError as e:
                {body}
    """
    )
    assert (call.guard.on_error, call.guard.logged) == (on_error, logged)


@pytest.mark.parametrize("body", ["logger.exception('no answer'); return None", "logger.exception('no answer')"])
def test_what_is_logged_is_not_dropped(call_of: CallOf, body: str) -> None:
    call = call_of(
        HEAD
        + f"""
        def ask(m):
            try:
                return _send(m)
            except OpenAIError:
                {body}
    """
    )
    assert call.guard.on_error != "dropped"
    assert call.guard.logged == "exception"


def test_a_metric_is_seen_by_someone(call_of: CallOf) -> None:
    call = call_of(
        HEAD
        + """
        from prometheus_client import Counter
        FAILURES = Counter("failures", "failed calls")
        def ask(m):
            try:
                return _send(m)
            except OpenAIError:
                FAILURES.inc()
                return None
    """
    )
    assert call.guard.on_error != "dropped"


def test_another_model_is_an_answer(call_of: CallOf) -> None:
    call = call_of(
        {
            "app.py": """
                import openai
                from other import ask_other
                client = openai.OpenAI()
                def ask(m):
                    try:
                        return client.responses.create(model="m", input=m).output_text
                    except openai.OpenAIError:
                        return ask_other(m)
            """,
            "other.py": "def ask_other(m):\n    return 'from a table'\n",
        }
    )
    assert call.guard.on_error == "answered"


def test_a_fallback_behind_the_handler(call_of: CallOf) -> None:
    call = call_of(
        HEAD
        + """
        def ask(m):
            try:
                return _send(m)
            except OpenAIError:
                pass
            return "We cannot answer just now."
    """
    )
    assert call.guard.on_error != "dropped"


# other SDKs ----------------------------------------------------------------------------------------------------------

OTHERS = {
    "google, its own errors only": (
        """
        from google import genai
        from google.genai import errors
        client = genai.Client()
        def ask(q):
            try:
                return client.models.generate_content(model="m", contents=q).text
            except errors.APIError:
                return "Sorry"
        """,
        ["connection", "timeout"],
    ),
    "google, with those of httpx": (
        """
        import httpx
        from google import genai
        from google.genai import errors
        client = genai.Client()
        def ask(q):
            try:
                return client.models.generate_content(model="m", contents=q).text
            except (errors.APIError, httpx.HTTPError):
                return "Sorry"
        """,
        [],
    ),
    "boto3, ClientError only": (
        """
        import boto3
        from botocore.exceptions import ClientError
        client = boto3.client("bedrock-runtime")
        def ask(m):
            try:
                return client.converse(modelId="m", messages=m)
            except ClientError:
                return "Sorry"
        """,
        ["connection", "timeout"],
    ),
    "boto3, both": (
        """
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
        client = boto3.client("bedrock-runtime")
        def ask(m):
            try:
                return client.converse(modelId="m", messages=m)
            except (BotoCoreError, ClientError):
                return "Sorry"
        """,
        [],
    ),
    "anthropic": (
        """
        import anthropic
        client = anthropic.Anthropic()
        def ask(m):
            try:
                return client.messages.create(model="m", messages=m, max_tokens=9)
            except anthropic.AnthropicError:
                return "Sorry"
        """,
        [],
    ),
    "requests": (
        """
        import requests
        def ask(m):
            try:
                return requests.post("https://api.openai.com/v1/responses", json={"input": m}, timeout=9).json()
            except requests.RequestException:
                return "Sorry"
        """,
        [],
    ),
    "requests, time-outs only": (
        """
        import requests
        def ask(m):
            try:
                return requests.post("https://api.openai.com/v1/responses", json={"input": m}, timeout=9).json()
            except requests.exceptions.Timeout:
                return "Sorry"
        """,
        ["rate-limit", "status", "connection"],
    ),
    "errors named in another clause": (
        """
        import openai
        client = openai.OpenAI()
        def ask(m):
            try:
                return client.responses.create(model="m", input=m).output_text
            except openai.RateLimitError:
                return "Busy"
            except openai.APIConnectionError:
                return "Offline"
        """,
        ["status"],
    ),
    "errors in a constant": (
        """
        import openai
        FAILURES = (openai.APIStatusError, openai.APIConnectionError)
        client = openai.OpenAI()
        def ask(m):
            try:
                return client.responses.create(model="m", input=m).output_text
            except FAILURES:
                return "Sorry"
        """,
        [],
    ),
    "nested tries": (
        """
        import openai
        client = openai.OpenAI()
        def ask(m):
            try:
                try:
                    return client.responses.create(model="m", input=m).output_text
                except openai.RateLimitError:
                    return "Busy"
            except openai.OpenAIError:
                return "Sorry"
        """,
        [],
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_gets_past_a_guard(call_of: CallOf, name: str) -> None:
    code, misses = OTHERS[name]
    call = call_of(code)
    assert (call.guard.status, call.guard.misses) == ("site", misses)


def test_errors_in_a_constant_of_another_module(call_of: CallOf) -> None:
    call = call_of(
        {
            "failures.py": "import openai\nFAILURES = (openai.OpenAIError, TimeoutError)\n",
            "app.py": """
                import openai
                from failures import FAILURES
                client = openai.OpenAI()
                def ask(m):
                    try:
                        return client.responses.create(model="m", input=m).output_text
                    except FAILURES:
                        return "Sorry"
            """,
        }
    )
    assert (call.guard.status, call.guard.misses) == ("site", [])
