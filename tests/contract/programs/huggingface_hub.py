import os

from huggingface_hub import AsyncInferenceClient, InferenceClient

MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    client = InferenceClient(base_url=os.environ["BASE_URL"])
    return client.chat_completion(messages=MESSAGES)


def limited():
    client = InferenceClient(base_url=os.environ["BASE_URL"], timeout=0.5)
    return client.chat.completions.create(model="my-model", messages=MESSAGES)


async def plain_async():
    client = AsyncInferenceClient(base_url=os.environ["BASE_URL"])
    return await client.chat_completion(messages=MESSAGES)


async def limited_async():
    client = AsyncInferenceClient(base_url=os.environ["BASE_URL"], timeout=0.5)
    return await client.chat_completion(messages=MESSAGES)


def stream():
    client = InferenceClient(base_url=os.environ["BASE_URL"])
    for chunk in client.chat_completion(messages=MESSAGES, stream=True):
        print(chunk.choices[0].delta.content)
