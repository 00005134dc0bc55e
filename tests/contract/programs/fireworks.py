import os

from fireworks import AsyncFireworks, Fireworks

MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    client = Fireworks(base_url=os.environ["BASE_URL"])
    return client.chat.completions.create(model="accounts/fireworks/models/llama-v3p3-70b-instruct", messages=MESSAGES)


def limited():
    client = Fireworks(base_url=os.environ["BASE_URL"], timeout=0.5)
    return client.chat.completions.create(model="accounts/fireworks/models/llama-v3p3-70b-instruct", messages=MESSAGES)


async def plain_async():
    client = AsyncFireworks(base_url=os.environ["BASE_URL"])
    return await client.chat.completions.create(
        model="accounts/fireworks/models/llama-v3p3-70b-instruct", messages=MESSAGES
    )


async def limited_async():
    client = AsyncFireworks(base_url=os.environ["BASE_URL"], timeout=0.5, max_retries=1)
    return await client.chat.completions.create(
        model="accounts/fireworks/models/llama-v3p3-70b-instruct", messages=MESSAGES
    )


def stream():
    client = Fireworks(base_url=os.environ["BASE_URL"])
    for chunk in client.chat.completions.create(
        model="accounts/fireworks/models/llama-v3p3-70b-instruct", messages=MESSAGES, stream=True
    ):
        print(chunk.choices[0].delta.content)
