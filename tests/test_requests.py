"""What is known of handlers: how they answer, calls in a row, rate limits, long jobs."""

from __future__ import annotations

import pytest
from conftest import FactsOf, Files

from readylint.facts import Handler

SYNC = """
        from openai import OpenAI
        client = OpenAI()
        def ask(q):
            return client.responses.create(model="m", input=q).output_text
"""
ASYNC = """
        import asyncio
        from openai import AsyncOpenAI
        client = AsyncOpenAI()
        async def ask(q):
            return (await client.responses.create(model="m", input=q)).output_text
"""
FASTAPI = f"""{ASYNC}
        from fastapi import FastAPI, APIRouter, Depends, Response, WebSocket, BackgroundTasks, UploadFile
        from fastapi.responses import StreamingResponse, PlainTextResponse, JSONResponse, HTMLResponse
        app = FastAPI()
"""
FLASK = f"""{SYNC}
        import json
        from flask import Flask, Response, jsonify, render_template, request, stream_with_context
        app = Flask(__name__)
"""


def handler_of(facts_of: FactsOf, code: str | Files) -> Handler:
    sheet = facts_of({"app.py": code} if isinstance(code, str) else code)
    assert not sheet.problems, sheet.problems
    [found] = [f for f in sheet.facts if isinstance(f, Handler)]
    return found


def route(body: str, decorator: str = '@app.post("/")', head: str = FASTAPI, arguments: str = "q: str") -> str:
    return f"""{head}
        {decorator}
        async def handler({arguments}):
            {body}
        """


def view(body: str) -> str:
    return route(body, head=FLASK, arguments="").replace("async def handler", "def handler")


REPLIES = {
    "a dict is JSON": ("json", route('return {"answer": await ask(q)}')),
    "text is JSON too": ("json", route("return await ask(q)")),
    "plain text": ("text", route("return PlainTextResponse(await ask(q))")),
    "plain text by its class": (
        "text",
        route("return await ask(q)", '@app.post("/", response_class=PlainTextResponse)'),
    ),
    "a page": ("text", route("return HTMLResponse(f'<p>{await ask(q)}</p>')")),
    "a stream": (
        "stream",
        f"""{FASTAPI}
        async def pieces(q):
            async for event in await client.responses.create(model="m", input=q, stream=True):
                yield str(event)
        @app.post("/")
        async def handler(q: str):
            return StreamingResponse(pieces(q), media_type="text/event-stream")
        """.replace("return (await client.responses.create(model=\"m\", input=q)).output_text", "return q"),
    ),
    "a stream when asked for": (
        "stream",
        f"""{FASTAPI}
        async def pieces(q):
            yield await ask(q)
        @app.post("/")
        async def handler(q: str, stream: bool = False):
            if stream:
                return StreamingResponse(pieces(q))
            return {{"answer": await ask(q)}}
        """,
    ),
    "a page, or JSON when it fails": (
        "text",
        route("""if not q:
                return JSONResponse({"error": "empty"}, status_code=422)
            return PlainTextResponse(await ask(q))"""),
    ),
    "nothing": ("none", route("await ask(q)")),
    "JSON through a socket": (
        "json",
        route("await socket.send_json({'a': await ask('x')})", '@app.websocket("/")', arguments="socket: WebSocket"),
    ),
    "flask: text": ("text", view("return ask(request.json['q'])")),
    "flask: a template": ("text", view("return render_template('a.html', answer=ask('x'))")),
    "flask: JSON": ("json", view("return jsonify(answer=ask('x')), 200")),
    "flask: text, with an error as a tuple": (
        "text",
        view("""if not request.json:
                return {'error': 'empty'}, 400
            return ask('x')"""),
    ),
    "flask: JSON by its type": (
        "json",
        view("return Response(json.dumps({'a': ask('x')}), mimetype='application/json')"),
    ),
    "flask: a stream": (
        "stream",
        f"""{FLASK}
        @app.post("/")
        def handler():
            def pieces():
                yield ask("x")
            return Response(stream_with_context(pieces()), mimetype="text/event-stream")
        """,
    ),
    "telegram": (
        "text",
        f"""{ASYNC}
        from telegram.ext import Application, MessageHandler, filters
        async def on_text(update, context):
            await update.message.reply_text(await ask(update.message.text))
        app = Application.builder().token("x").build()
        app.add_handler(MessageHandler(filters.TEXT, on_text))
        """,
    ),
    "telegram, edited piece by piece": (
        "stream",
        f"""{ASYNC}
        from telegram.ext import Application, MessageHandler, filters
        async def on_text(update, context):
            text, sent = "", await update.message.reply_text("...")
            async for event in await client.responses.create(model="m", input="q", stream=True):
                text += str(event)
                await sent.edit_text(text)
        app = Application.builder().token("x").build()
        app.add_handler(MessageHandler(filters.TEXT, on_text))
        """,
    ),
    "gradio": (
        "text",
        f"""{SYNC}
        import gradio as gr
        def chat(message, history):
            return ask(message)
        gr.ChatInterface(chat).launch()
        """,
    ),
    "gradio, piece by piece": (
        "stream",
        f"""{SYNC}
        import gradio as gr
        def chat(message, history):
            text = ""
            for event in client.responses.create(model="m", input=message, stream=True):
                text += str(event)
                yield text
        gr.ChatInterface(chat).launch()
        """,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPLIES)
def test_replies(facts_of: FactsOf, name: str) -> None:
    reply, code = REPLIES[name]
    assert handler_of(facts_of, code).replies == reply


SEQUENTIAL: dict[str, tuple[int | str | None, str]] = {
    "one": (1, "return await ask(q)"),
    "two": (2, "return await ask(await ask(q))"),
    "branches": (2, """if q:
                a = await ask(q)
            else:
                a = await ask("x")
            return await ask(a)"""),
    "a branch that leaves": (1, """if q == "hi":
                return await ask("x")
            return await ask(q)"""),
    "a fallback": (1, """try:
                return await ask(q)
            except ValueError:
                return await ask("again")"""),
    "at the same time": (2, """a, b = await asyncio.gather(ask(q), ask("x"))
            return await ask(a + b)"""),
    "a fixed number of turns": (3, """for step in ("a", "b", "c"):
                q = await ask(q + step)
            return q"""),
    "attempts": (1, """for attempt in range(3):
                try:
                    return await ask(q)
                except ValueError:
                    pass"""),
    "tries until it is right": (1, """for attempt in range(3):
                a = await ask(q)
                if a.startswith("{"):
                    break
            return a"""),
    "as many as the data": ("unbounded", """answers = []
            for line in q.splitlines():
                answers.append(await ask(line))
            return answers"""),
    "as many as the data, at the same time": (1, "return await asyncio.gather(*(ask(x) for x in q.splitlines()))"),
    "until the model is done": ("unbounded", """while True:
                a = await ask(q)
                if "done" in a:
                    return a"""),
    "some condition": (None, """done = False
            while not done:
                a = await ask(q)
                done = check(a)
            return a"""),
}  # fmt: skip


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_calls_in_a_row(facts_of: FactsOf, name: str) -> None:
    number, body = SEQUENTIAL[name]
    assert handler_of(facts_of, route(body)).sequential == number


def test_calls_of_functions_below(facts_of: FactsOf) -> None:
    code = f"""{FASTAPI}
        async def plan(q):
            return await ask(q)
        async def answer(q):
            steps = await plan(q)
            return await ask(steps)
        @app.post("/")
        async def handler(q: str):
            return await ask(await answer(q))
        """
    assert handler_of(facts_of, code).sequential == 3


def test_each_message_of_a_socket_is_a_request(facts_of: FactsOf) -> None:
    body = """while True:
                q = await socket.receive_text()
                await socket.send_text(await ask(q))"""
    found = handler_of(facts_of, route(body, '@app.websocket("/")', arguments="socket: WebSocket"))
    assert (found.sequential, found.long_job, found.replies) == (1, False, "text")


def test_functions_that_one_call_may_mean_are_no_sequence(facts_of: FactsOf) -> None:
    code = f"""{FASTAPI}
        class Short:
            async def run(self, q):
                return await ask(q)
        class Long:
            async def run(self, q):
                return await ask(await ask(q))
        @app.post("/")
        async def handler(q: str):
            bot = Short() if q else Long()
            return await bot.run(q)
        """
    assert handler_of(facts_of, code).sequential == 2


LIMITED = {
    "slowapi": """
        from slowapi import Limiter
        from slowapi.util import get_remote_address
        limiter = Limiter(key_func=get_remote_address)
        @app.post("/")
        @limiter.limit("5/minute")
        async def handler(request, q: str):
            return await ask(q)
        """,
    "slowapi for every route": """
        from slowapi import Limiter
        from slowapi.middleware import SlowAPIMiddleware
        app.state.limiter = Limiter(key_func=str, default_limits=["5/minute"])
        app.add_middleware(SlowAPIMiddleware)
        @app.post("/")
        async def handler(q: str):
            return await ask(q)
        """,
    "a dependency of the route": """
        from fastapi_limiter.depends import RateLimiter
        @app.post("/", dependencies=[Depends(RateLimiter(times=2, seconds=5))])
        async def handler(q: str):
            return await ask(q)
        """,
    "a dependency of the router": """
        from fastapi_limiter.depends import RateLimiter
        router = APIRouter(dependencies=[Depends(RateLimiter(times=2, seconds=5))])
        @router.post("/")
        async def handler(q: str):
            return await ask(q)
        app.include_router(router)
        """,
    "a dependency of the project": """
        async def check_rate_limit():
            ...
        @app.post("/")
        async def handler(q: str, _=Depends(check_rate_limit)):
            return await ask(q)
        """,
    "a middleware of the app around its router": """
        class RateLimitMiddleware:
            ...
        router = APIRouter()
        @router.post("/")
        async def handler(q: str):
            return await ask(q)
        app.include_router(router)
        app.add_middleware(RateLimitMiddleware)
        """,
    "a function before each request": """
        @app.middleware("http")
        async def rate_limit(request, call_next):
            return await call_next(request)
        @app.post("/")
        async def handler(q: str):
            return await ask(q)
        """,
    "a middleware of the project": """
        class RateLimitMiddleware:
            ...
        app.add_middleware(RateLimitMiddleware)
        @app.post("/")
        async def handler(q: str):
            return await ask(q)
        """,
}
NOT_LIMITED = {
    "nothing": """
        @app.post("/")
        async def handler(q: str):
            return await ask(q)
        """,
    "a limiter that is not used": """
        from slowapi import Limiter
        limiter = Limiter(key_func=str)
        @app.post("/")
        async def handler(q: str):
            return await ask(q)
        """,
    "another route": """
        from slowapi import Limiter
        limiter = Limiter(key_func=str)
        @app.get("/health")
        @limiter.limit("5/minute")
        async def health(request):
            return "ok"
        @app.post("/")
        async def handler(q: str):
            return await ask(q)
        """,
    "a dependency of another route": """
        from fastapi_limiter.depends import RateLimiter
        @app.get("/health", dependencies=[Depends(RateLimiter(times=2, seconds=5))])
        async def health():
            return "ok"
        @app.post("/")
        async def handler(q: str):
            return await ask(q)
        """,
    "a middleware of another app": """
        class RateLimitMiddleware:
            ...
        inner = FastAPI()
        inner.add_middleware(RateLimitMiddleware)
        @app.post("/")
        async def handler(q: str):
            return await ask(q)
        """,
    "a handler of errors": """
        @app.exception_handler(ValueError)
        async def rate_limit_exceeded_handler(request, error):
            ...
        @app.post("/")
        async def handler(q: str):
            return await ask(q)
        """,
    "a limit of the app to the provider": """
        slots = asyncio.Semaphore(5)
        @app.post("/")
        async def handler(q: str):
            async with slots:
                return await ask(q)
        """,
}


@pytest.mark.parametrize("name", LIMITED)
def test_rate_limited(facts_of: FactsOf, name: str) -> None:
    assert handler_of(facts_of, FASTAPI + LIMITED[name]).rate_limited is True


@pytest.mark.parametrize("name", NOT_LIMITED)
def test_not_rate_limited(facts_of: FactsOf, name: str) -> None:
    assert handler_of(facts_of, FASTAPI + NOT_LIMITED[name]).rate_limited is False


def test_a_limiter_that_the_handler_asks_itself(facts_of: FactsOf) -> None:
    code = route("quota.check_rate_limit(q)\n            return await ask(q)")
    assert handler_of(facts_of, code).rate_limited is None


LONG = {
    "a call for each line": "return [await ask(line) for line in q.splitlines()]",
    "a call for each line at the same time": "return await asyncio.gather(*(ask(x) for x in q.split()))",
    "a loop of the model": """while True:
                a = await ask(q)
                if not a:
                    return a""",
    "a document": """from langchain_text_splitters import RecursiveCharacterTextSplitter
            parts = RecursiveCharacterTextSplitter().split_documents(load(q))
            return await ask(parts[0])""",
}
SHORT = {
    "one call": "return await ask(q)",
    "a few": "return [await ask(x) for x in ('a', 'b')]",
    "attempts": """for _ in range(5):
                try:
                    return await ask(q)
                except ValueError:
                    ...""",
    "after the answer": "tasks.add_task(work, q)\n            return 'started'",
    "a task of its own": "asyncio.create_task(work(q))\n            return 'started'",
}
WORK = f"""{FASTAPI}
        async def work(q):
            for line in q.splitlines():
                await ask(line)
"""


@pytest.mark.parametrize("name", LONG)
def test_long_job(facts_of: FactsOf, name: str) -> None:
    assert handler_of(facts_of, route(LONG[name])).long_job is True


@pytest.mark.parametrize("name", SHORT)
def test_short_job(facts_of: FactsOf, name: str) -> None:
    code = route(SHORT[name], head=WORK, arguments="q: str, tasks: BackgroundTasks")
    assert handler_of(facts_of, code).long_job is False


def test_an_agent_is_a_long_job(facts_of: FactsOf) -> None:
    code = """
        from fastapi import FastAPI
        from agno.agent import Agent
        from agno.models.openai import OpenAIChat
        app = FastAPI()
        agent = Agent(model=OpenAIChat(id="m"), tools=[print])
        plain = Agent(model=OpenAIChat(id="m"))
        @app.post("/agent")
        def run(q: str):
            return agent.run(q).content
        @app.post("/plain")
        def once(q: str):
            return plain.run(q).content
        """
    found = {f.inside: (f.long_job, f.sequential) for f in facts_of({"app.py": code}).facts if isinstance(f, Handler)}
    assert found == {"run": (True, None), "once": (False, 1)}


def test_a_job_that_is_handed_to_a_queue(facts_of: FactsOf) -> None:
    code = f"""{SYNC}
        from celery import shared_task
        from fastapi import FastAPI
        app = FastAPI()
        @shared_task
        def work(lines):
            return [ask(line) for line in lines]
        @app.post("/")
        def handler(q: str):
            work.delay(q.splitlines())
            return ask(q)
        """
    found = handler_of(facts_of, code)
    assert (found.long_job, found.sequential) == (False, 1)
