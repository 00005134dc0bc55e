import os

from mistralai.client import Mistral

MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["BASE_URL"])
    return client.chat.complete(model="mistral-small-latest", messages=MESSAGES)


def limited():
    client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["BASE_URL"], timeout_ms=500)
    return client.chat.complete(model="mistral-small-latest", messages=MESSAGES)


async def plain_async():
    client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["BASE_URL"])
    return await client.chat.complete_async(model="mistral-small-latest", messages=MESSAGES)


async def limited_async():
    client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["BASE_URL"])
    return await client.chat.complete_async(model="mistral-small-latest", messages=MESSAGES, timeout_ms=500)


def stream():
    client = Mistral(api_key=os.environ["MISTRAL_API_KEY"], server_url=os.environ["BASE_URL"])
    for event in client.chat.stream(model="mistral-small-latest", messages=MESSAGES):
        print(event.data.choices[0].delta.content)
