import os

from llama_index.core.llms import ChatMessage
from llama_index.llms.openai import OpenAI

MESSAGES = [ChatMessage(role="user", content="Say hello.")]


def plain():
    llm = OpenAI(model="gpt-4o", api_base=os.environ["BASE_URL"])
    return llm.chat(MESSAGES)


def limited():
    llm = OpenAI(model="gpt-4o", api_base=os.environ["BASE_URL"], timeout=0.5, max_retries=1)
    return llm.chat(MESSAGES)


async def plain_async():
    llm = OpenAI(model="gpt-4o", api_base=os.environ["BASE_URL"])
    return await llm.achat(MESSAGES)


def completion():
    llm = OpenAI(model="gpt-4o", api_base=os.environ["BASE_URL"])
    return llm.complete("Say hello.")
