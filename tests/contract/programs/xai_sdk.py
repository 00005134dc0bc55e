import os

from xai_sdk import AsyncClient, Client
from xai_sdk.chat import user


def plain():
    client = Client(api_host=os.environ["BASE_URL"], use_insecure_channel=True)
    chat = client.chat.create(model="grok-4", messages=[user("Say hello.")])
    return chat.sample()


def limited():
    client = Client(api_host=os.environ["BASE_URL"], use_insecure_channel=True, timeout=3)
    chat = client.chat.create(model="grok-4", messages=[user("Say hello.")])
    return chat.sample()


def stream():
    client = Client(api_host=os.environ["BASE_URL"], use_insecure_channel=True)
    chat = client.chat.create(model="grok-4", messages=[user("Say hello.")])
    for _, chunk in chat.stream():
        print(chunk.content)


async def plain_async():
    client = AsyncClient(api_host=os.environ["BASE_URL"], use_insecure_channel=True)
    chat = client.chat.create(model="grok-4", messages=[user("Say hello.")])
    return await chat.sample()


async def limited_async():
    client = AsyncClient(api_host=os.environ["BASE_URL"], use_insecure_channel=True, timeout=3)
    chat = client.chat.create(model="grok-4", messages=[user("Say hello.")])
    return await chat.sample()
