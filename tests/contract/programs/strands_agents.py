import os

from strands import Agent
from strands.models.openai import OpenAIModel


def plain():
    model = OpenAIModel(client_args={"base_url": os.environ["BASE_URL"]}, model_id="gpt-4o")
    return Agent(model=model)("Say hello.")


def limited():
    model = OpenAIModel(client_args={"base_url": os.environ["BASE_URL"], "timeout": 0.5}, model_id="gpt-4o")
    return Agent(model=model)("Say hello.")
