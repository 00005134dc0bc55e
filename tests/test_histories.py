"""Conversations that grow from call to call, and those that do not."""

from __future__ import annotations

import pytest
from conftest import CallOf

HEAD = """
        from collections import defaultdict, deque
        from openai import OpenAI
        client = OpenAI()
        def send(messages):
            return client.chat.completions.create(model="m", messages=messages).choices[0].message.content
"""
ONLY_CLIENT = HEAD[: HEAD.index("        def send")]


def create(messages: str) -> str:
    return f'client.chat.completions.create(model="m", messages={messages}).choices[0].message.content'


UNBOUNDED = {
    "list of a module": (
        "module",
        f"""
        history = []
        def ask(q):
            history.append({{"role": "user", "content": q}})
            return {create("history")}
        """,
    ),
    "list of a module behind a system message": (
        "module",
        f"""
        history = []
        def ask(q):
            history.append({{"role": "user", "content": q}})
            return {create('[{"role": "system", "content": "short"}] + history')}
        """,
    ),
    "list of a module, spread": (
        "module",
        f"""
        history = []
        def ask(q):
            history.extend([{{"role": "user", "content": q}}])
            return {create('[{"role": "system", "content": "short"}, *history]')}
        """,
    ),
    "list of an object": (
        "instance",
        f"""
        class Bot:
            def __init__(self):
                self.messages = []
            def ask(self, q):
                self.messages.append({{"role": "user", "content": q}})
                answer = {create("self.messages")}
                self.messages.append({{"role": "assistant", "content": answer}})
                return answer
        """,
    ),
    "list of an object that grows by +=": (
        "instance",
        f"""
        class Bot:
            def __init__(self):
                self.messages = []
            def ask(self, q):
                self.messages += [{{"role": "user", "content": q}}]
                return {create("self.messages")}
        """,
    ),
    "list of an object that grows elsewhere": (
        "instance",
        f"""
        class Bot:
            def __init__(self):
                self.messages = []
            def say(self, role, text):
                self.messages.append({{"role": role, "content": text}})
            def ask(self, q):
                self.say("user", q)
                return {create("self.messages")}
        """,
    ),
    "list of an object that is handed out": (
        "instance",
        f"""
        class Bot:
            def __init__(self):
                self.messages = []
            def prompt(self):
                return [{{"role": "system", "content": "short"}}, *self.messages]
            def ask(self, q):
                self.messages.append({{"role": "user", "content": q}})
                return {create("self.prompt()")}
        """,
    ),
    "list of a class": (
        "class",
        f"""
        class Bot:
            messages = []
            def ask(self, q):
                self.messages.append({{"role": "user", "content": q}})
                return {create("self.messages")}
        """,
    ),
    "lists by session": (
        "session",
        f"""
        SESSIONS = defaultdict(list)
        def ask(user, q):
            SESSIONS[user].append({{"role": "user", "content": q}})
            return {create("SESSIONS[user]")}
        """,
    ),
    "lists by session, set when missing": (
        "session",
        f"""
        SESSIONS = {{}}
        def ask(user, q):
            messages = SESSIONS.setdefault(user, [])
            messages.append({{"role": "user", "content": q}})
            return {create("messages")}
        """,
    ),
    "conversation at the terminal": (
        "session",
        f"""
        def main():
            messages = []
            while True:
                messages.append({{"role": "user", "content": input("> ")}})
                answer = {create("messages")}
                messages.append({{"role": "assistant", "content": answer}})
                print(answer)
        """,
    ),
    "loop without end": (
        "call",
        f"""
        def run(q, tools):
            messages = [{{"role": "user", "content": q}}]
            while True:
                answer = {create("messages")}
                if "DONE" in answer:
                    return answer
                messages.append({{"role": "assistant", "content": answer}})
        """,
    ),
    "copied before it is sent": (
        "module",
        f"""
        history = []
        def ask(q):
            history.append({{"role": "user", "content": q}})
            return {create("list(history)")}
        """,
    ),
}


@pytest.mark.parametrize("name", UNBOUNDED)
def test_histories_that_grow(call_of: CallOf, name: str) -> None:
    scope, code = UNBOUNDED[name]
    call = call_of(ONLY_CLIENT + code)
    assert call.history.status == "unbounded"
    assert call.history.scope == scope
    assert call.history.at is not None


def test_a_history_that_a_function_is_given(call_of: CallOf) -> None:
    call = call_of(
        HEAD
        + """
        class Bot:
            def __init__(self):
                self.messages = []
            def ask(self, q):
                self.messages.append({"role": "user", "content": q})
                return send(self.messages)
    """
    )
    assert call.history.status in ("unbounded", "unknown")


def test_a_default_value_that_all_calls_share(call_of: CallOf) -> None:
    call = call_of(
        ONLY_CLIENT
        + f"""
        def ask(q, messages=[]):
            messages.append({{"role": "user", "content": q}})
            return {create("messages")}
    """
    )
    assert call.history.status in ("unbounded", "unknown")


def test_a_history_of_another_module(call_of: CallOf) -> None:
    call = call_of(
        {
            "state.py": "history = []\n",
            "app.py": ONLY_CLIENT
            + f"""
        from state import history
        def ask(q):
            history.append({{"role": "user", "content": q}})
            return {create("history")}
    """,
        }
    )
    assert (call.history.status, call.history.scope) == ("unbounded", "module")


def test_a_history_that_grows_in_another_module(call_of: CallOf) -> None:
    call = call_of(
        {
            "bot.py": ONLY_CLIENT
            + f"""
        class Bot:
            def __init__(self):
                self.messages = []
            def ask(self):
                return {create("self.messages")}
    """,
            "app.py": """
                from bot import Bot
                bot = Bot()
                def on_message(text):
                    bot.messages.append({"role": "user", "content": text})
                    return bot.ask()
            """,
        }
    )
    assert call.history.status == "unbounded"


BOUNDED = {
    "window when sent": f"""
        class Bot:
            def __init__(self):
                self.messages = []
            def ask(self, q):
                self.messages.append({{"role": "user", "content": q}})
                return {create("self.messages[-20:]")}
    """,
    "window behind a system message": f"""
        history = []
        def ask(q):
            history.append({{"role": "user", "content": q}})
            return {create('[{"role": "system", "content": "short"}] + history[-10:]')}
    """,
    "window when kept": f"""
        class Bot:
            def __init__(self):
                self.messages = []
            def ask(self, q):
                self.messages.append({{"role": "user", "content": q}})
                self.messages = self.messages[-20:]
                return {create("self.messages")}
    """,
    "deleted at the front": f"""
        history = []
        def ask(q):
            history.append({{"role": "user", "content": q}})
            del history[:-20]
            return {create("history")}
    """,
    "deque": f"""
        history = deque(maxlen=20)
        def ask(q):
            history.append({{"role": "user", "content": q}})
            return {create("list(history)")}
    """,
    "deque of an object": f"""
        class Bot:
            def __init__(self):
                self.messages = deque(maxlen=20)
            def ask(self, q):
                self.messages.append({{"role": "user", "content": q}})
                return {create("list(self.messages)")}
    """,
    "pop when too long": f"""
        class Bot:
            def __init__(self):
                self.messages = []
            def ask(self, q):
                self.messages.append({{"role": "user", "content": q}})
                while len(self.messages) > 20:
                    self.messages.pop(0)
                return {create("self.messages")}
    """,
    "a function that trims": f"""
        def trim(messages):
            return messages[-20:]
        history = []
        def ask(q):
            history.append({{"role": "user", "content": q}})
            return {create("trim(history)")}
    """,
    "a library that trims": f"""
        from langchain_core.messages import trim_messages
        history = []
        def ask(q):
            history.append({{"role": "user", "content": q}})
            return {create("trim_messages(history, max_tokens=900)")}
    """,
    "a loop with an end": f"""
        def run(q):
            messages = [{{"role": "user", "content": q}}]
            for _ in range(5):
                answer = {create("messages")}
                messages.append({{"role": "assistant", "content": answer}})
            return answer
    """,
    "cleared": f"""
        history = []
        def reset():
            history.clear()
        def ask(q):
            history.append({{"role": "user", "content": q}})
            if len(history) > 50:
                reset()
            return {create("history")}
    """,
    "sessions of deques": f"""
        SESSIONS = defaultdict(lambda: deque(maxlen=20))
        def ask(user, q):
            SESSIONS[user].append({{"role": "user", "content": q}})
            return {create("list(SESSIONS[user])")}
    """,
}


@pytest.mark.parametrize("name", BOUNDED)
def test_histories_with_a_limit(call_of: CallOf, name: str) -> None:
    assert call_of(ONLY_CLIENT + BOUNDED[name]).history.status == "bounded"


NONE = {
    "one question": f"""
        def ask(q):
            return {create('[{"role": "user", "content": q}]')}
    """,
    "put together in the function": f"""
        def ask(q, image=None):
            messages = [{{"role": "system", "content": "short"}}]
            messages.append({{"role": "user", "content": q}})
            if image:
                messages.append({{"role": "user", "content": image}})
            return {create("messages")}
    """,
    "made anew for each item": f"""
        def ask(items):
            for item in items:
                messages = [{{"role": "system", "content": "short"}}]
                messages.append({{"role": "user", "content": item}})
                yield {create("messages")}
    """,
    "examples of a module": f"""
        EXAMPLES = [{{"role": "user", "content": "2+2"}}, {{"role": "assistant", "content": "4"}}]
        def ask(q):
            return {create('[*EXAMPLES, {"role": "user", "content": q}]')}
    """,
    "built by a function": f"""
        def prompt(q):
            return [{{"role": "user", "content": q}}]
        def ask(q):
            return {create("prompt(q)")}
    """,
    "kept by the provider": """
        def ask(q, last):
            return client.responses.create(model="m", input=q, previous_response_id=last)
    """,
    "text": """
        def ask(q):
            return client.responses.create(model="m", input=f"Answer: {q}")
    """,
}


@pytest.mark.parametrize("name", NONE)
def test_calls_without_a_history(call_of: CallOf, name: str) -> None:
    assert call_of(ONLY_CLIENT + NONE[name]).history.status == "none"


def test_messages_from_outside_cannot_be_told(call_of: CallOf) -> None:
    assert call_of(HEAD).history.status == "unknown"


def test_messages_of_a_store_cannot_be_told(call_of: CallOf) -> None:
    call = call_of(
        ONLY_CLIENT
        + f"""
        from store import load_messages
        def ask(user):
            return {create("load_messages(user)")}
    """
    )
    assert call.history.status == "unknown"


def test_a_chat_object_of_the_sdk_keeps_what_is_said(call_of: CallOf) -> None:
    call = call_of("""
        from google import genai
        client = genai.Client()
        chat = client.chats.create(model="gemini-3-pro")
        def ask(q):
            return chat.send_message(q).text
    """)
    assert (call.history.status, call.history.scope) == ("unbounded", "module")


def test_a_chat_object_of_one_call(call_of: CallOf) -> None:
    call = call_of("""
        from google import genai
        client = genai.Client()
        def ask(q):
            chat = client.chats.create(model="gemini-3-pro")
            return chat.send_message(q).text
    """)
    assert call.history.status != "unbounded"
