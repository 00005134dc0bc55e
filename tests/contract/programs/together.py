import os

from together import AsyncTogether, Together

MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    client = Together(base_url=os.environ["BASE_URL"])
    return client.chat.completions.create(model="meta-llama/Llama-3.3-70B-Instruct-Turbo", messages=MESSAGES)


def limited():
    client = Together(base_url=os.environ["BASE_URL"], timeout=0.5)
    return client.chat.completions.create(model="meta-llama/Llama-3.3-70B-Instruct-Turbo", messages=MESSAGES)


async def plain_async():
    client = AsyncTogether(base_url=os.environ["BASE_URL"])
    return await client.chat.completions.create(model="meta-llama/Llama-3.3-70B-Instruct-Turbo", messages=MESSAGES)


async def limited_async():
    client = AsyncTogether(base_url=os.environ["BASE_URL"], timeout=0.5, max_retries=1)
    return await client.chat.completions.create(model="meta-llama/Llama-3.3-70B-Instruct-Turbo", messages=MESSAGES)


def stream():
    client = Together(base_url=os.environ["BASE_URL"])
    for chunk in client.chat.completions.create(
        model="meta-llama/Llama-3.3-70B-Instruct-Turbo", messages=MESSAGES, stream=True
    ):
        print(chunk.choices[0].delta.content)
