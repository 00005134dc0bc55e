import os

from autogen_agentchat.agents import AssistantAgent
from autogen_core.models import UserMessage
from autogen_ext.models.openai import OpenAIChatCompletionClient


async def plain():
    client = OpenAIChatCompletionClient(model="gpt-4o", base_url=os.environ["BASE_URL"])
    return await client.create([UserMessage(content="Say hello.", source="user")])


async def limited():
    client = OpenAIChatCompletionClient(model="gpt-4o", base_url=os.environ["BASE_URL"], timeout=0.5, max_retries=1)
    return await client.create([UserMessage(content="Say hello.", source="user")])


async def agent():
    client = OpenAIChatCompletionClient(model="gpt-4o", base_url=os.environ["BASE_URL"])
    return await AssistantAgent("greeter", model_client=client).run(task="Say hello.")
