import os

from anthropic import Anthropic, AsyncAnthropic

MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    client = Anthropic(base_url=os.environ["BASE_URL"])
    return client.messages.create(model="claude-sonnet-4-5", max_tokens=100, messages=MESSAGES)


def limited():
    client = Anthropic(base_url=os.environ["BASE_URL"], timeout=0.5)
    return client.messages.create(model="claude-sonnet-4-5", max_tokens=100, messages=MESSAGES)


async def plain_async():
    client = AsyncAnthropic(base_url=os.environ["BASE_URL"])
    return await client.messages.create(model="claude-sonnet-4-5", max_tokens=100, messages=MESSAGES)


async def limited_async():
    client = AsyncAnthropic(base_url=os.environ["BASE_URL"], max_retries=1)
    return await client.messages.create(model="claude-sonnet-4-5", max_tokens=100, messages=MESSAGES, timeout=0.5)


def stream():
    client = Anthropic(base_url=os.environ["BASE_URL"])
    with client.messages.stream(model="claude-sonnet-4-5", max_tokens=100, messages=MESSAGES) as events:
        for text in events.text_stream:
            print(text)
