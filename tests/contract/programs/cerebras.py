import os

from cerebras.cloud.sdk import AsyncCerebras, Cerebras

MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    client = Cerebras(base_url=os.environ["BASE_URL"])
    return client.chat.completions.create(model="llama-3.3-70b", messages=MESSAGES)


def limited():
    client = Cerebras(base_url=os.environ["BASE_URL"], timeout=0.5)
    return client.chat.completions.create(model="llama-3.3-70b", messages=MESSAGES)


async def plain_async():
    client = AsyncCerebras(base_url=os.environ["BASE_URL"])
    return await client.chat.completions.create(model="llama-3.3-70b", messages=MESSAGES)


async def limited_async():
    client = AsyncCerebras(base_url=os.environ["BASE_URL"], timeout=0.5, max_retries=1)
    return await client.chat.completions.create(model="llama-3.3-70b", messages=MESSAGES)


def stream():
    client = Cerebras(base_url=os.environ["BASE_URL"])
    for chunk in client.chat.completions.create(model="llama-3.3-70b", messages=MESSAGES, stream=True):
        print(chunk.choices[0].delta.content)
