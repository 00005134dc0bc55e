import os

from agno.agent import Agent
from agno.models.anthropic import Claude
from agno.models.openai import OpenAIChat


def plain():
    agent = Agent(model=OpenAIChat(id="gpt-4o", base_url=os.environ["BASE_URL"]))
    return agent.run("Say hello.")


def limited():
    agent = Agent(model=OpenAIChat(id="gpt-4o", base_url=os.environ["BASE_URL"], timeout=0.5, max_retries=1))
    return agent.run("Say hello.")


async def plain_async():
    agent = Agent(model=OpenAIChat(id="gpt-4o", base_url=os.environ["BASE_URL"]))
    return await agent.arun("Say hello.")


def anthropic():
    agent = Agent(model=Claude(id="claude-sonnet-4-5"))
    return agent.run("Say hello.")
