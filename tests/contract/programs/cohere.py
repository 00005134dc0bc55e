import os

import cohere

MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain_v1():
    client = cohere.Client(base_url=os.environ["BASE_URL"])
    return client.chat(message="Say hello.", model="command-r-plus")


def stream_v1():
    client = cohere.Client(base_url=os.environ["BASE_URL"])
    for event in client.chat_stream(message="Say hello.", model="command-r-plus"):
        print(event)


def plain():
    client = cohere.ClientV2(base_url=os.environ["BASE_URL"])
    return client.chat(model="command-a-03-2025", messages=MESSAGES)


def limited():
    client = cohere.ClientV2(base_url=os.environ["BASE_URL"], timeout=0.5)
    return client.chat(model="command-a-03-2025", messages=MESSAGES)


def limited_by_options():
    client = cohere.ClientV2(base_url=os.environ["BASE_URL"])
    options = {"timeout_in_seconds": 1, "max_retries": 1}
    return client.chat(model="command-a-03-2025", messages=MESSAGES, request_options=options)


async def plain_async():
    client = cohere.AsyncClientV2(base_url=os.environ["BASE_URL"])
    return await client.chat(model="command-a-03-2025", messages=MESSAGES)


async def limited_async():
    client = cohere.AsyncClientV2(base_url=os.environ["BASE_URL"], timeout=0.5)
    return await client.chat(model="command-a-03-2025", messages=MESSAGES)


def stream():
    client = cohere.ClientV2(base_url=os.environ["BASE_URL"])
    for event in client.chat_stream(model="command-a-03-2025", messages=MESSAGES):
        print(event)
