import os

import instructor
from anthropic import Anthropic
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

MESSAGES = [{"role": "user", "content": "Who is there?"}]


class Person(BaseModel):
    name: str


def plain():
    client = instructor.from_openai(OpenAI(base_url=os.environ["BASE_URL"]))
    return client.chat.completions.create(model="gpt-4o", messages=MESSAGES, response_model=Person)


def limited():
    client = instructor.from_openai(OpenAI(base_url=os.environ["BASE_URL"], timeout=0.5))
    return client.chat.completions.create(model="gpt-4o", messages=MESSAGES, response_model=Person)


async def plain_async():
    client = instructor.from_openai(AsyncOpenAI(base_url=os.environ["BASE_URL"]))
    return await client.create(model="gpt-4o", messages=MESSAGES, response_model=Person)


def anthropic():
    client = instructor.from_anthropic(Anthropic(base_url=os.environ["BASE_URL"]))
    return client.messages.create(model="claude-sonnet-4-5", max_tokens=100, messages=MESSAGES, response_model=Person)
