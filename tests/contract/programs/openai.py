import os

from openai import AsyncOpenAI, AzureOpenAI, OpenAI

MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    client = OpenAI(base_url=os.environ["BASE_URL"])
    return client.chat.completions.create(model="gpt-5.1", messages=MESSAGES)


def limited():
    client = OpenAI(base_url=os.environ["BASE_URL"], timeout=0.5)
    return client.chat.completions.create(model="gpt-5.1", messages=MESSAGES)


def limited_by_options():
    client = OpenAI(base_url=os.environ["BASE_URL"]).with_options(timeout=0.5, max_retries=1)
    return client.chat.completions.create(model="gpt-5.1", messages=MESSAGES)


async def plain_async():
    client = AsyncOpenAI(base_url=os.environ["BASE_URL"])
    return await client.chat.completions.create(model="gpt-5.1", messages=MESSAGES)


async def limited_async():
    client = AsyncOpenAI(base_url=os.environ["BASE_URL"])
    return await client.chat.completions.create(model="gpt-5.1", messages=MESSAGES, timeout=0.5)


def stream():
    client = OpenAI(base_url=os.environ["BASE_URL"])
    for chunk in client.chat.completions.create(model="gpt-5.1", messages=MESSAGES, stream=True):
        print(chunk.choices[0].delta.content)


def responses():
    client = OpenAI(base_url=os.environ["BASE_URL"])
    return client.responses.create(model="gpt-5.1", input="Say hello.")


def embedding():
    client = OpenAI(base_url=os.environ["BASE_URL"])
    return client.embeddings.create(model="text-embedding-3-small", input="Hello")


def azure():
    client = AzureOpenAI(azure_endpoint=os.environ["BASE_URL"], api_version="2025-04-01-preview")
    return client.chat.completions.create(model="my-deployment", messages=MESSAGES)
