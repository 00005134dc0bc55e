import os

import litellm
from litellm import Router, acompletion, completion

MESSAGES = [{"role": "user", "content": "Say hello."}]


def openai_route():
    return completion(model="openai/gpt-4o", messages=MESSAGES, api_base=os.environ["BASE_URL"])


def openai_route_limited():
    return completion(model="openai/gpt-4o", messages=MESSAGES, api_base=os.environ["BASE_URL"], timeout=0.5)


def openai_route_retried():
    return completion(model="openai/gpt-4o", messages=MESSAGES, api_base=os.environ["BASE_URL"], max_retries=1)


async def openai_route_async():
    return await acompletion(model="openai/gpt-4o", messages=MESSAGES, api_base=os.environ["BASE_URL"])


def anthropic_route():
    url = os.environ["BASE_URL"] + "/v1/messages"
    return completion(model="anthropic/claude-sonnet-4-5", messages=MESSAGES, api_base=url)


def anthropic_route_limited():
    url = os.environ["BASE_URL"] + "/v1/messages"
    return completion(model="anthropic/claude-sonnet-4-5", messages=MESSAGES, api_base=url, timeout=0.5)


async def anthropic_route_async():
    url = os.environ["BASE_URL"] + "/v1/messages"
    return await litellm.acompletion(model="anthropic/claude-sonnet-4-5", messages=MESSAGES, api_base=url)


def router():
    parameters = {"model": "openai/gpt-4o", "api_base": os.environ["BASE_URL"]}
    models = Router(model_list=[{"model_name": "main", "litellm_params": parameters}])
    return models.completion(model="main", messages=MESSAGES)


async def router_limited():
    parameters = {"model": "openai/gpt-4o", "api_base": os.environ["BASE_URL"]}
    models = Router(model_list=[{"model_name": "main", "litellm_params": parameters}], timeout=0.5, num_retries=1)
    return await models.acompletion(model="main", messages=MESSAGES)


def embedding():
    return litellm.embedding(model="openai/text-embedding-3-small", input=["Hello"], api_base=os.environ["BASE_URL"])
