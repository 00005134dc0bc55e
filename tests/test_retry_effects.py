"""Writes that are repeated when a call is tried again."""

from __future__ import annotations

import pytest
from conftest import CallOf

HEAD = """
import json, uuid, requests
from openai import OpenAI
from tenacity import retry, stop_after_attempt
client = OpenAI(max_retries=0)
def send(q):
    return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
"""
Rows = list[tuple[str, bool | None]]


def decorated(body: str) -> str:
    lines = "\n".join("    " + line for line in body.strip().splitlines())
    return f"{HEAD}\n@retry(stop=stop_after_attempt(3))\ndef ask(q, session, store):\n{lines}\n"


PROGRAMS: dict[str, tuple[str, Rows]] = {
    "no write": (decorated("text = q.strip()\nreturn send(text)"), []),
    "a row before the call": (
        decorated("session.add(Row(q))\nsession.commit()\nreturn send(q)"),
        [("database", False)],
    ),
    "a row at the end": (decorated("answer = send(q)\nsession.add(Row(answer))\nsession.commit()\nreturn answer"), []),
    "a row between two calls": (
        decorated("answer = send(q)\nsession.add(Row(answer))\nsession.commit()\nreturn send(answer)"),
        [("database", False)],
    ),
    "an upsert": (
        decorated("session.execute('INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING')\nreturn send(q)"),
        [("database", True)],
    ),
    "an update": (decorated("session.execute('UPDATE t SET a = 1')\nreturn send(q)"), [("database", None)]),
    "a query": (decorated("session.execute('SELECT 1')\nreturn send(q)"), []),
    "a request": (decorated("requests.post('https://a.example/x', json={'q': q})\nreturn send(q)"), [("http", False)]),
    "a request with a key": (
        decorated("requests.post('https://a.example/x', json={}, headers={'Idempotency-Key': q})\nreturn send(q)"),
        [("http", True)],
    ),
    "a request with a new key each time": (
        decorated(
            "requests.post('https://a.example/x', headers={'Idempotency-Key': str(uuid.uuid4())})\nreturn send(q)"
        ),
        [("http", False)],
    ),
    "a line of a file": (decorated("with open('log', 'a') as f:\n    f.write(q)\nreturn send(q)"), [("file", False)]),
    "a file that is replaced": (
        decorated("with open('log', 'w') as f:\n    f.write(q)\nreturn send(q)"),
        [("file", None)],
    ),
    "documents without ids": (decorated("store.add_documents([q])\nreturn send(q)"), [("vector", False)]),
    "documents with ids": (decorated("store.add_documents([q], ids=[q])\nreturn send(q)"), [("vector", True)]),
    "in a function that is called": (
        HEAD
        + """
def save(session, q):
    session.add(Row(q))
@retry(stop=stop_after_attempt(3))
def ask(q, session):
    save(session, q)
    return send(q)
""",
        [("database", False)],
    ),
    "outside of the region": (
        HEAD
        + """
@retry(stop=stop_after_attempt(3))
def ask(q):
    return send(q)
def handle(q, session):
    session.add(Row(q))
    return ask(q)
""",
        [],
    ),
    "in a loop": (
        HEAD
        + """
def ask(q, session):
    for attempt in range(3):
        try:
            session.add(Attempt(q))
            return send(q)
        except Exception:
            session.add(Failure(q))
""",
        [("database", False)],
    ),
    "no retry": (HEAD + "def ask(q, session):\n    session.add(Row(q))\n    return send(q)\n", []),
    "only the SDK retries": (
        HEAD.replace("(max_retries=0)", "()") + "def ask(q, session):\n    session.add(Row(q))\n    return send(q)\n",
        [],
    ),
    "a task of a queue": (
        HEAD
        + """
from celery import shared_task
@shared_task(autoretry_for=(Exception,), max_retries=3)
def work(q, session):
    answer = send(q)
    session.add(Row(answer))
""",
        [("database", False)],
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_effects(name: str, call_of: CallOf) -> None:
    """Writes of the repeated region, and whether doing them twice matters."""
    program, wanted = PROGRAMS[name]
    assert [(e.kind, e.idempotent) for e in call_of(program).retry.effects] == wanted
