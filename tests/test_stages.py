"""Stages of an answer that stand under one handler."""

from __future__ import annotations

import pytest
from conftest import FactsOf, calls

HEAD = """
        import requests
        from openai import OpenAI
        client = OpenAI()
        def embed(text):
            return client.embeddings.create(model="e", input=text).data[0].embedding
        def find(vector):
            return collection.query(query_embeddings=[vector])
        def remember(text):
            memory.add(text)
"""
ASK = 'client.chat.completions.create(model="m", messages=[]).choices[0].message.content'

STAGES = {
    "the model alone": (["model"], f"""
        def answer(q):
            try:
                return {ASK}
            except Exception:
                return "sorry"
        """),
    "all of them": (["embedding", "retrieval", "model", "memory", "action"], f"""
        def answer(q):
            try:
                found = find(embed(q))
                text = {ASK}
                remember(text)
                requests.post("https://example.org", json=text)
                return text
            except Exception:
                return "sorry"
        """),
    "each with a handler of its own": (["model"], f"""
        def answer(q):
            try:
                found = find(embed(q))
            except Exception:
                found = []
            try:
                text = {ASK}
            except Exception:
                return "sorry"
            remember(text)
            return text
        """),
    "what the handler itself does": (["model"], f"""
        def answer(q):
            try:
                return {ASK}
            except Exception:
                remember("failed")
                requests.post("https://example.org")
                return "sorry"
        """),
    "what comes after a success": (["model"], f"""
        def answer(q):
            try:
                text = {ASK}
            except Exception:
                return "sorry"
            else:
                remember(text)
                return text
        """),
    "retrieval by a library": (["retrieval", "model"], f"""
        def answer(q):
            try:
                found = store.similarity_search(q)
                return {ASK}
            except Exception:
                return "sorry"
        """),
    "the inner handler catches": (["model"], f"""
        def answer(q):
            try:
                found = find(embed(q))
                try:
                    return {ASK}
                except Exception:
                    return "sorry"
            except Exception:
                return "nothing found"
        """),
    "a handler of the caller": (["retrieval", "model"], f"""
        def ask(q):
            return {ASK}
        def answer(q):
            try:
                found = store.similarity_search(q)
                return ask(q)
            except Exception:
                return "sorry"
        print(answer("x"))
        """),
    "a row of the database": (["model", "action"], f"""
        def answer(q):
            try:
                text = {ASK}
                db.session.add(Row(text=text))
                return text
            except Exception:
                return "sorry"
        """),
    "a picture that is saved": (
        ["model"],
        f"""
        def answer(q, image):
            try:
                image.save("q.png")
                return {ASK}
            except Exception:
                return "sorry"
        """,
    ),
    "none that catches": ([], f"""
        def answer(q):
            found = find(embed(q))
            return {ASK}
        """),
    "a call that only looks like one": (["model"], f"""
        def find(text):
            return text.split()
        def answer(q):
            try:
                found = find(q)
                return {ASK}
            except Exception:
                return "sorry"
        """),
}  # fmt: skip


@pytest.mark.parametrize("name", STAGES)
def test_stages(facts_of: FactsOf, name: str) -> None:
    expected, code = STAGES[name]
    sheet = facts_of({"app.py": f"{HEAD}{code}"})
    [found] = [c for c in calls(sheet) if c.operation == "chat"]
    assert found.guard.stages == expected
