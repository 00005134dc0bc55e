import os

from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage

MESSAGES = [ChatMessage.from_user("Say hello.")]


def plain():
    generator = OpenAIChatGenerator(model="gpt-4o", api_base_url=os.environ["BASE_URL"])
    return generator.run(MESSAGES)


def limited():
    generator = OpenAIChatGenerator(model="gpt-4o", api_base_url=os.environ["BASE_URL"], timeout=0.5, max_retries=1)
    return generator.run(MESSAGES)


async def plain_async():
    generator = OpenAIChatGenerator(model="gpt-4o", api_base_url=os.environ["BASE_URL"])
    return await generator.run_async(MESSAGES)
