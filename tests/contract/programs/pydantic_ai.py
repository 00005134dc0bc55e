from pydantic_ai import Agent
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.openai import OpenAIChatModel


def plain():
    agent = Agent(OpenAIChatModel("gpt-4o"))
    return agent.run_sync("Say hello.")


def limited():
    agent = Agent(OpenAIChatModel("gpt-4o"), model_settings={"timeout": 0.5})
    return agent.run_sync("Say hello.")


async def plain_async():
    agent = Agent(OpenAIChatModel("gpt-4o"))
    return await agent.run("Say hello.")


def anthropic():
    agent = Agent(AnthropicModel("claude-sonnet-4-5"))
    return agent.run_sync("Say hello.")
