import os

import httpx
import replicate
from replicate.client import Client

MODEL = "meta/meta-llama-3-70b-instruct"


def plain():
    client = Client(base_url=os.environ["BASE_URL"])
    return client.run(MODEL, input={"prompt": "Say hello."}, use_file_output=False)


def with_a_time_limit_of_the_client():
    client = Client(base_url=os.environ["BASE_URL"], timeout=httpx.Timeout(0.5))
    return client.run(MODEL, input={"prompt": "Say hello."})


def of_the_module():
    return replicate.run(MODEL, input={"prompt": "Say hello."})


def prediction():
    client = Client(base_url=os.environ["BASE_URL"])
    return client.models.predictions.create(MODEL, input={"prompt": "Say hello."})


def stream():
    client = Client(base_url=os.environ["BASE_URL"])
    for event in client.stream(MODEL, input={"prompt": "Say hello."}):
        print(event)


async def plain_async():
    client = Client(base_url=os.environ["BASE_URL"])
    return await client.async_run(MODEL, input={"prompt": "Say hello."})


async def with_a_time_limit_of_the_client_async():
    client = Client(base_url=os.environ["BASE_URL"], timeout=httpx.Timeout(0.5))
    return await client.async_run(MODEL, input={"prompt": "Say hello."})
