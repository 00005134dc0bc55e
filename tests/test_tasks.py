"""What is known of tasks of a queue: time limits, retries, whether they may run twice, what is kept."""

from __future__ import annotations

import pytest
from conftest import FactsOf, Files

from readylint.facts import Task

HEAD = """
        from openai import OpenAI
        client = OpenAI()
        def ask(q):
            return client.responses.create(model="m", input=q).output_text
"""
CELERY = f"""{HEAD}
        from celery import Celery, shared_task
"""


def task_of(facts_of: FactsOf, code: str | Files) -> Task:
    sheet = facts_of({"app.py": code} if isinstance(code, str) else code)
    assert not sheet.problems, sheet.problems
    [found] = [f for f in sheet.facts if isinstance(f, Task)]
    return found


RQ = f"""{HEAD}
        from rq import Queue, Retry
"""
DRAMATIQ = f"""{HEAD}
        import dramatiq
"""
HUEY = f"""{HEAD}
        from huey import RedisHuey
        huey = RedisHuey()
"""
ARQ = f"""{HEAD}
        from arq import Retry, cron, func
        from arq.connections import RedisSettings
        async def job(ctx, q):
            return ask(q)
"""
BODY = "def job(q):\n            return ask(q)"

LIMITS: dict[str, tuple[float | str | None, int | str | None, bool | None, str]] = {
    "celery": ("none", 0, False, f"{CELERY}\n        @shared_task\n        {BODY}\n"),
    "celery with a limit": (60, 0, False, f"{CELERY}\n        @shared_task(time_limit=60)\n        {BODY}\n"),
    "celery with a soft limit": (30, 0, False, f"{CELERY}\n        @shared_task(soft_time_limit=30)\n        {BODY}\n"),
    "celery with a limit for all": (
        300, 0, False,
        f"""{CELERY}
        app = Celery("app")
        app.conf.update(task_time_limit=300, timezone="UTC")
        @app.task
        {BODY}
        """,
    ),
    "celery with a limit as an attribute": (
        90, 0, False,
        f"""{CELERY}
        app = Celery("app")
        app.conf.task_soft_time_limit = 90
        @app.task
        {BODY}
        """,
    ),
    "celery retries some errors": (
        "none", 5, True, f"{CELERY}\n        @shared_task(autoretry_for=(Exception,), max_retries=5)\n        {BODY}\n",
    ),
    "celery retries three times by default": (
        "none", 3, True, f"{CELERY}\n        @shared_task(autoretry_for=(Exception,))\n        {BODY}\n",
    ),
    "celery: a number alone retries nothing": (
        "none", 0, False, f"{CELERY}\n        @shared_task(max_retries=5)\n        {BODY}\n",
    ),
    "celery retries for ever": (
        "none", "unbounded", True,
        f"{CELERY}\n        @shared_task(autoretry_for=(Exception,), max_retries=None)\n        {BODY}\n",
    ),
    "celery retries by itself": (
        "none", 2, True,
        f"""{CELERY}
        @shared_task(bind=True, max_retries=2)
        def job(self, q):
            try:
                return ask(q)
            except Exception as error:
                raise self.retry(exc=error)
        """,
    ),
    "celery acknowledges late": ("none", 0, True, f"{CELERY}\n        @shared_task(acks_late=True)\n        {BODY}\n"),
    "celery acknowledges late, all of them": (
        "none", 0, True,
        f"""{CELERY}
        app = Celery("app")
        app.conf.task_acks_late = True
        @app.task
        {BODY}
        """,
    ),
    "rq": (180, 0, False, f"{RQ}\n        {BODY}\n        Queue('q').enqueue(job, 'x')\n"),
    "rq with a limit in words": (
        600, 0, False, f"{RQ}\n        {BODY}\n        Queue('q').enqueue(job, 'x', job_timeout='10m')\n",
    ),
    "rq with a limit of the queue": (
        900, 0, False, f"{RQ}\n        {BODY}\n        Queue('q', default_timeout=900).enqueue(job, 'x')\n",
    ),
    "rq with retries": (
        180, 3, True, f"{RQ}\n        {BODY}\n        Queue('q').enqueue(job, 'x', retry=Retry(max=3))\n",
    ),
    "dramatiq": (600, 20, True, f"{DRAMATIQ}\n        @dramatiq.actor\n        {BODY}\n"),
    "dramatiq in milliseconds": (
        30, 1, True, f"{DRAMATIQ}\n        @dramatiq.actor(time_limit=30_000, max_retries=1)\n        {BODY}\n",
    ),
    "huey": ("none", 0, False, f"{HUEY}\n        @huey.task()\n        {BODY}\n"),
    "huey with retries": ("none", 4, True, f"{HUEY}\n        @huey.task(retries=4)\n        {BODY}\n"),
    "arq": (
        300, 0, True,
        f"""{ARQ}
        class WorkerSettings:
            functions = [job]
        """,
    ),
    "arq with settings": (
        60, 0, True,
        f"""{ARQ}
        class WorkerSettings:
            functions = [job]
            job_timeout = 60
            max_tries = 2
        """,
    ),
    "arq that asks to be run again": (
        300, 4, True,
        f"""{HEAD}
        from arq import Retry
        async def job(ctx, q):
            try:
                return ask(q)
            except Exception:
                raise Retry(defer=5)
        class WorkerSettings:
            functions = [job]
        """,
    ),
    "arq, one function": (
        20, 0, True,
        f"""{ARQ}
        class WorkerSettings:
            functions = [func(job, timeout=20)]
        """,
    ),
    "taskiq": (
        9, None, None,
        f"""{HEAD}
        from taskiq_redis import ListQueueBroker
        broker = ListQueueBroker("redis://")
        @broker.task(timeout=9)
        {BODY}
        """,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LIMITS)
def test_limits_retries_and_repeats(facts_of: FactsOf, name: str) -> None:
    limit, retries, repeat, code = LIMITS[name]
    found = task_of(facts_of, code)
    assert (found.time_limit, found.retries, found.may_repeat) == (limit, retries, repeat)


def test_a_limit_of_a_settings_module(facts_of: FactsOf) -> None:
    files = {
        "app.py": f"{CELERY}\n        @shared_task\n        {BODY}\n",
        "config/settings.py": "CELERY_TASK_TIME_LIMIT = 120\n",
    }
    assert task_of(facts_of, files).time_limit == 120


def test_settings_of_an_app_that_calls_no_model(facts_of: FactsOf) -> None:
    files = {
        "app.py": f"{CELERY}\n        @shared_task\n        {BODY}\n",
        "core/celery.py": """
        from celery import Celery
        app = Celery("core", backend="redis://")
        app.conf.task_time_limit = 45
        """,
    }
    found = task_of(facts_of, files)
    assert (found.time_limit, found.result_kept) == (45, True)


def test_a_limit_that_cannot_be_told(facts_of: FactsOf) -> None:
    code = f"{CELERY}\n        import os\n        @shared_task(time_limit=int(os.environ['LIMIT']))\n        {BODY}\n"
    assert task_of(facts_of, code).time_limit is None


IDEMPOTENT: dict[str, tuple[bool | None, str]] = {
    "nothing is written": (None, "return ask(q)"),
    "a row": (False, "session.add(Row(text=ask(q)))"),
    "an upsert": (True, "Row.objects.update_or_create(key=q, defaults={'text': ask(q)})"),
    "SQL": (False, 'cursor.execute("INSERT INTO rows VALUES (?)", (ask(q),))'),
    "SQL with a conflict": (True, 'cursor.execute("INSERT INTO rows VALUES (?) ON CONFLICT DO NOTHING", (ask(q),))'),
    "a key that is set once": (True, """if not redis.set(q, 1, nx=True):
                return
            session.add(Row(text=ask(q)))"""),
    "a look at what is there": (True, """if Row.objects.filter(key=q).exists():
                return
            Row.objects.create(text=ask(q))"""),
    "a look that changes nothing": (False, """print(Row.objects.filter(key=q).exists())
            Row.objects.create(text=ask(q))"""),
    "a row and an upsert": (False, "table.upsert(ask(q))\n            session.add(Row(text='x'))"),
    "further down": (False, "save(ask(q))"),
}  # fmt: skip


@pytest.mark.parametrize("name", IDEMPOTENT)
def test_idempotent(facts_of: FactsOf, name: str) -> None:
    expected, body = IDEMPOTENT[name]
    code = f"""{CELERY}
        def save(text):
            session.add(Row(text=text))
        @shared_task
        def job(q):
            {body}
        """
    assert task_of(facts_of, code).idempotent is expected


STORE = f"{CELERY}\n        app = Celery('a', backend='redis://')"
KEPT: dict[str, tuple[bool | None, str]] = {
    "celery without a store": (False, f"{CELERY}\n        app = Celery('a')\n        @app.task\n        {BODY}\n"),
    "celery whose app is elsewhere": (None, f"{CELERY}\n        @shared_task\n        {BODY}\n"),
    "celery with a store": (True, f"{STORE}\n        @app.task\n        {BODY}\n"),
    "celery that ignores it": (False, f"{STORE}\n        @app.task(ignore_result=True)\n        {BODY}\n"),
    "a row": (True, f"{CELERY}\n        @shared_task\n        def job(q):\n            db.session.add(Row(ask(q)))\n"),
    "nothing is returned": (None, f"{CELERY}\n        @shared_task\n        def job(q):\n            show(ask(q))\n"),
    "dramatiq": (False, f"{DRAMATIQ}\n        @dramatiq.actor\n        {BODY}\n"),
    "dramatiq that stores": (True, f"{DRAMATIQ}\n        @dramatiq.actor(store_results=True)\n        {BODY}\n"),
    "rq": (True, f"{RQ}\n        {BODY}\n        Queue('q').enqueue(job, 'x')\n"),
    "huey": (True, f"{HUEY}\n        @huey.task()\n        {BODY}\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_result_kept(facts_of: FactsOf, name: str) -> None:
    expected, code = KEPT[name]
    assert task_of(facts_of, code).result_kept is expected
