import os

import ollama
from ollama import AsyncClient, Client

MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    client = Client(host=os.environ["BASE_URL"])
    return client.chat(model="llama3.2", messages=MESSAGES)


def limited():
    client = Client(host=os.environ["BASE_URL"], timeout=0.5)
    return client.chat(model="llama3.2", messages=MESSAGES)


def of_the_module():
    return ollama.generate(model="llama3.2", prompt="Say hello.")


async def plain_async():
    client = AsyncClient(host=os.environ["BASE_URL"])
    return await client.chat(model="llama3.2", messages=MESSAGES)


async def limited_async():
    client = AsyncClient(host=os.environ["BASE_URL"], timeout=0.5)
    return await client.chat(model="llama3.2", messages=MESSAGES)


def stream():
    client = Client(host=os.environ["BASE_URL"])
    for part in client.chat(model="llama3.2", messages=MESSAGES, stream=True):
        print(part["message"]["content"])
