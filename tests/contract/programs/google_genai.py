import os

from google import genai
from google.genai import types


def plain():
    client = genai.Client(http_options=types.HttpOptions(base_url=os.environ["BASE_URL"]))
    return client.models.generate_content(model="gemini-2.5-flash", contents="Say hello.")


def limited():
    client = genai.Client(http_options=types.HttpOptions(base_url=os.environ["BASE_URL"], timeout=500))
    return client.models.generate_content(model="gemini-2.5-flash", contents="Say hello.")


def retried():
    retry = types.HttpRetryOptions(attempts=2)
    client = genai.Client(http_options=types.HttpOptions(base_url=os.environ["BASE_URL"], retry_options=retry))
    return client.models.generate_content(model="gemini-2.5-flash", contents="Say hello.")


def retried_by_default():
    retry = types.HttpRetryOptions(initial_delay=1)
    client = genai.Client(http_options=types.HttpOptions(base_url=os.environ["BASE_URL"], retry_options=retry))
    return client.models.generate_content(model="gemini-2.5-flash", contents="Say hello.")


async def plain_async():
    client = genai.Client(http_options={"base_url": os.environ["BASE_URL"]})
    return await client.aio.models.generate_content(model="gemini-2.5-flash", contents="Say hello.")


async def limited_async():
    client = genai.Client(http_options={"base_url": os.environ["BASE_URL"], "timeout": 500})
    return await client.aio.models.generate_content(model="gemini-2.5-flash", contents="Say hello.")


def stream():
    client = genai.Client(http_options=types.HttpOptions(base_url=os.environ["BASE_URL"]))
    for chunk in client.models.generate_content_stream(model="gemini-2.5-flash", contents="Say hello."):
        print(chunk.text)


def interaction():
    client = genai.Client(http_options=types.HttpOptions(base_url=os.environ["BASE_URL"]))
    return client.interactions.create(model="gemini-2.5-flash", input="Say hello.")
