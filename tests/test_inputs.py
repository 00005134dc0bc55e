"""Where the text of a prompt comes from, where it goes, and what limits it."""

from __future__ import annotations

import pytest
from conftest import CallOf, FactsOf, calls

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"
API = """
from fastapi import FastAPI, Form, Query
from pydantic import BaseModel, Field, field_validator
app = FastAPI()
"""
Rows = list[tuple[str, str, str | None]]


def create(messages: str) -> str:
    return f'client.chat.completions.create(model="m", messages={messages})'


def user(text: str) -> str:
    return create(f'[{{"role": "user", "content": {text}}}]')


PROGRAMS: dict[str, tuple[str, Rows]] = {
    "body of a request": (
        f"""{API}
class Ask(BaseModel):
    question: str
@app.post("/ask")
def ask(body: Ask):
    return {user("body.question")}
""",
        [("request", "user", None)],
    ),
    "field with a limit": (
        f"""{API}
class Ask(BaseModel):
    question: str = Field(min_length=1, max_length=500)
@app.post("/ask")
def ask(body: Ask):
    return {user('f"Q: {body.question}"')}
""",
        [("request", "user", "max_length=500")],
    ),
    "field with a validator": (
        f"""{API}
class Ask(BaseModel):
    question: str
    @field_validator("question")
    @classmethod
    def short(cls, v):
        if len(v) > 900:
            raise ValueError("too long")
        return v
@app.post("/ask")
def ask(body: Ask):
    return {user("body.question")}
""",
        [("request", "user", "len(v) > 900")],
    ),
    "numbers and choices are no text": (
        f"""{API}
from enum import Enum
class Tone(Enum):
    plain = "plain"
class Ask(BaseModel):
    tone: Tone
    words: int
@app.post("/ask")
def ask(body: Ask, n: int):
    return {create('[{"role": "system", "content": f"Be {body.tone.value}, {body.words} words, {n}"}]')}
""",
        [],
    ),
    "a request into the system prompt": (
        f"""{API}
@app.get("/ask")
def ask(persona: str = Query(max_length=40), q: str = ""):
    return {create('[{"role": "system", "content": "You are " + persona}, {"role": "user", "content": q}]')}
""",
        [("request", "system", "max_length=40"), ("request", "user", None)],
    ),
    "through a function of the project": (
        f"""{API}
def build(question, language):
    return "Answer in %s: %s" % (language, question)
@app.post("/ask")
def ask(q: str):
    return {user('build(q[:2000], "English")')}
""",
        [("request", "user", "q[:2000]")],
    ),
    "refused when it is too long": (
        f"""{API}
from fastapi import HTTPException
@app.post("/ask")
def ask(q: str):
    if not q or len(q) > 4000:
        raise HTTPException(400)
    return {user("q")}
""",
        [("request", "user", "len(q) > 4000")],
    ),
    "refused when it is too short": (
        f"""{API}
from fastapi import HTTPException
@app.post("/ask")
def ask(q: str):
    if len(q) < 30:
        raise HTTPException(400)
    return {user("q")}
""",
        [("request", "user", None)],
    ),
    "refused by a helper": (
        f"""{API}
def check_length(text):
    if len(text) > 4000:
        raise ValueError("too long")
@app.post("/ask")
def ask(q: str):
    check_length(q)
    return {user("q")}
""",
        [("request", "user", "len(text) > 4000")],
    ),
    "cut when it is too long": (
        f"""{API}
@app.post("/ask")
def ask(q: str):
    if len(q) > 900:
        q = q[:900]
    return {user("q")}
""",
        [("request", "user", "q[:900]")],
    ),
    "a message of a bot": (
        f"""
from telegram.ext import CommandHandler
async def answer(update, context):
    return {user("update.message.text")}
handler = CommandHandler("ask", answer)
""",
        [("message", "user", "4096 characters (telegram)")],
    ),
    "the terminal": (
        f"""
def main():
    while True:
        text = input("> ").strip()
        {user("text")}
""",
        [("message", "user", None)],
    ),
    "a file and a file of the program": (
        f"""
from pathlib import Path
RULES = (Path(__file__).parent / "rules.md").read_text()
def summarize(path):
    with open(path) as f:
        text = f.read()
    return {create('[{"role": "system", "content": RULES}, {"role": "user", "content": text}]')}
""",
        [("file", "user", None)],
    ),
    "the path of a prompt comes from the program": (
        f"""
import os
def load(name):
    with open(os.path.join("prompts", name)) as f:
        return f.read()
def run():
    return {create('[{"role": "system", "content": load("rules.txt")}, {"role": "user", "content": "hi"}]')}
""",
        [],
    ),
    "documents that are split": (
        f"""
from langchain_text_splitters import RecursiveCharacterTextSplitter
from pypdf import PdfReader
splitter = RecursiveCharacterTextSplitter(chunk_size=1000)
def ingest(path):
    text = "".join(page.extract_text() for page in PdfReader(path).pages)
    for chunk in splitter.split_text(text):
        {user("chunk")}
""",
        [("file", "user", "splitter.split_text")],
    ),
    "rows of a database": (
        f"""
import sqlite3
def report(day):
    cursor = sqlite3.connect("a.db").cursor()
    cursor.execute("select note from notes where day = ?", (day,))
    notes = [row[0] for row in cursor.fetchall()]
    return {user('"Notes: " + ", ".join(notes)')}
""",
        [("database", "user", None)],
    ),
    "retrieved chunks beside the question": (
        f"""{API}
from langchain_chroma import Chroma
store = Chroma("docs")
@app.post("/ask")
def ask(q: str):
    docs = store.similarity_search(q, k=4)
    context = "\\n".join(d.page_content for d in docs)
    messages = [{{"role": "system", "content": "Use the context."}}]
    messages.append({{"role": "user", "content": f"{{context}}\\n\\n{{q}}"}})
    return {create("messages")}
""",
        [("request", "user", None), ("retrieval", "user", None)],
    ),
    "results of tools": (
        f"""
import subprocess
def agent(question):
    messages = [{{"role": "user", "content": question}}]
    while True:
        answer = {create("messages")}
        result = subprocess.run("ls", capture_output=True).stdout
        messages.append({{"role": "tool", "tool_call_id": "1", "content": result}})
""",
        [("parameter", "user", None), ("tool", "tool", None)],
    ),
    "settings are none": (
        f"""
import os
NAME = os.getenv("BOT_NAME", "Bot")
def run(order_id):
    return {create('[{"role": "system", "content": f"You are {NAME}"}, {"role": "user", "content": "hi"}]')}
""",
        [],
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_inputs(name: str, call_of: CallOf) -> None:
    """Each source is found with the part of the prompt that it reaches and what limits it."""
    program, wanted = PROGRAMS[name]
    call = call_of(OPENAI + program)
    assert sorted((i.from_, i.reaches, i.limited_by or "") for i in call.inputs) == sorted(
        (f, r, by or "") for f, r, by in wanted
    )


def test_callers_of_other_files(call_of: CallOf) -> None:
    """A gateway's parameter is what the handlers of other files pass."""
    call = call_of(
        {
            "llm.py": OPENAI + "def ask(system, text):\n    return client.responses.create(model='m', "
            "instructions=system, input=text)\n",
            "web.py": "from flask import Flask, request\nfrom llm import ask\napp = Flask(__name__)\n"
            "@app.route('/a', methods=['POST'])\ndef a():\n    data = request.get_json()\n"
            "    return ask('Be short', data['text'])\n",
        }
    )
    assert [(i.from_, i.reaches, i.at.path) for i in call.inputs if i.at] == [("request", "user", "web.py")]


def test_what_a_conversation_keeps(call_of: CallOf) -> None:
    """What one method adds to the list of an object reaches the call in another."""
    call = call_of(
        OPENAI
        + f"""
class Chat:
    def __init__(self):
        self.messages = [{{"role": "system", "content": "Be short"}}]
    def add(self, text):
        self.messages.append({{"role": "user", "content": text}})
    def ask(self):
        return {create("self.messages")}
chat = Chat()
chat.add(input())
chat.ask()
"""
    )
    assert [(i.from_, i.reaches) for i in call.inputs] == [("message", "user")]


def test_prompt_of_a_pipe(call_of: CallOf) -> None:
    """What a pipe is given stands where the placeholder stands."""
    call = call_of(
        """
        from langchain_core.prompts import ChatPromptTemplate
        from langchain_openai import ChatOpenAI
        prompt = ChatPromptTemplate.from_messages([("system", "You know {topic}."), ("human", "{question}")])
        chain = prompt | ChatOpenAI(model="m")
        def ask():
            return chain.invoke({"topic": input(), "question": open("q.txt").read() + input()})
        """
    )
    assert sorted((i.from_, i.reaches) for i in call.inputs) == [("message", "system"), ("message", "user")]


def test_what_is_not_seen(call_of: CallOf) -> None:
    """Messages that cannot be followed are unknown, not nothing."""
    call = call_of(OPENAI + "def ask(**kwargs):\n    return client.chat.completions.create(model='m', **kwargs)\n")
    assert [(i.from_, i.reaches) for i in call.inputs] == [("unknown", "user")]


def test_an_earlier_answer(facts_of: FactsOf) -> None:
    """What a model said is no input; what it was asked reaches the first call only."""
    program = (
        OPENAI
        + f"""
def ask():
    first = {user("input()")}
    return {user("first.choices[0].message.content")}
"""
    )
    found = calls(facts_of({"app.py": program}))
    assert [[i.from_ for i in call.inputs] for call in found] == [["message"], []]
