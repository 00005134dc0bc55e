import os

from openrouter import OpenRouter

MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    client = OpenRouter(api_key="not-a-key", server_url=os.environ["BASE_URL"])
    return client.chat.send(model="openai/gpt-4o", messages=MESSAGES)


def limited():
    client = OpenRouter(api_key="not-a-key", server_url=os.environ["BASE_URL"], timeout_ms=500)
    return client.chat.send(model="openai/gpt-4o", messages=MESSAGES)


async def plain_async():
    client = OpenRouter(api_key="not-a-key", server_url=os.environ["BASE_URL"])
    return await client.chat.send_async(model="openai/gpt-4o", messages=MESSAGES)
