import os

import openai

openai.api_base = os.environ["BASE_URL"]
MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    return openai.ChatCompletion.create(model="gpt-4", messages=MESSAGES)


def limited():
    return openai.ChatCompletion.create(model="gpt-4", messages=MESSAGES, request_timeout=0.5)


async def plain_async():
    return await openai.ChatCompletion.acreate(model="gpt-4", messages=MESSAGES)


async def limited_async():
    return await openai.ChatCompletion.acreate(model="gpt-4", messages=MESSAGES, request_timeout=0.5)


def stream():
    for chunk in openai.ChatCompletion.create(model="gpt-4", messages=MESSAGES, stream=True):
        print(chunk.choices[0].delta)
