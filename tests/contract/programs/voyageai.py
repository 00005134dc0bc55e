import os

import voyageai


def plain():
    client = voyageai.Client(base_url=os.environ["BASE_URL"] + "/voyage")
    return client.embed(["Hello"], model="voyage-3.5", input_type="document")


def limited():
    client = voyageai.Client(base_url=os.environ["BASE_URL"] + "/voyage", timeout=0.5, max_retries=2)
    return client.embed(["Hello"], model="voyage-3.5")


async def plain_async():
    client = voyageai.AsyncClient(base_url=os.environ["BASE_URL"] + "/voyage")
    return await client.embed(["Hello"], model="voyage-3.5")


async def limited_async():
    client = voyageai.AsyncClient(base_url=os.environ["BASE_URL"] + "/voyage", timeout=0.5)
    return await client.embed(["Hello"], model="voyage-3.5")
