import os

from azure.ai.inference import ChatCompletionsClient
from azure.ai.inference.aio import ChatCompletionsClient as AsyncChatCompletionsClient
from azure.ai.inference.models import UserMessage
from azure.core.credentials import AzureKeyCredential

KEY = AzureKeyCredential("not-a-key")


def plain():
    client = ChatCompletionsClient(endpoint=os.environ["BASE_URL"], credential=KEY)
    return client.complete(messages=[UserMessage("Say hello.")], model="gpt-4o")


def limited():
    client = ChatCompletionsClient(endpoint=os.environ["BASE_URL"], credential=KEY, read_timeout=0.5)
    return client.complete(messages=[UserMessage("Say hello.")], model="gpt-4o")


def limited_with_one_retry():
    client = ChatCompletionsClient(endpoint=os.environ["BASE_URL"], credential=KEY, read_timeout=0.5, retry_total=1)
    return client.complete(messages=[UserMessage("Say hello.")], model="gpt-4o")


async def plain_async():
    async with AsyncChatCompletionsClient(endpoint=os.environ["BASE_URL"], credential=KEY) as client:
        return await client.complete(messages=[UserMessage("Say hello.")], model="gpt-4o")


async def limited_async():
    async with AsyncChatCompletionsClient(endpoint=os.environ["BASE_URL"], credential=KEY) as client:
        return await client.complete(messages=[UserMessage("Say hello.")], model="gpt-4o", read_timeout=0.5)


def stream():
    client = ChatCompletionsClient(endpoint=os.environ["BASE_URL"], credential=KEY)
    for update in client.complete(messages=[UserMessage("Say hello.")], model="gpt-4o", stream=True):
        print(update.choices)
