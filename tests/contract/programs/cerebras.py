import os

from cerebras.cloud.sdk import AsyncCerebras, Cerebras

MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    client = Cerebras(base_url=os.environ["BASE_URL"], warm_tcp_connection=False)
    return client.chat.completions.create(model="llama-3.3-70b", messages=MESSAGES)


def limited():
    client = Cerebras(base_url=os.environ["BASE_URL"], warm_tcp_connection=False, timeout=0.5)
    return client.chat.completions.create(model="llama-3.3-70b", messages=MESSAGES)


async def plain_async():
    client = AsyncCerebras(base_url=os.environ["BASE_URL"], warm_tcp_connection=False)
    return await client.chat.completions.create(model="llama-3.3-70b", messages=MESSAGES)


async def limited_async():
    client = AsyncCerebras(base_url=os.environ["BASE_URL"], warm_tcp_connection=False, timeout=0.5, max_retries=1)
    return await client.chat.completions.create(model="llama-3.3-70b", messages=MESSAGES)


def stream():
    client = Cerebras(base_url=os.environ["BASE_URL"], warm_tcp_connection=False)
    for chunk in client.chat.completions.create(model="llama-3.3-70b", messages=MESSAGES, stream=True):
        print(chunk.choices[0].delta.content)
