import os

import aisuite as ai

MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    client = ai.Client({"openai": {"base_url": os.environ["BASE_URL"]}})
    return client.chat.completions.create(model="openai:gpt-4o", messages=MESSAGES)


def anthropic():
    client = ai.Client({"anthropic": {"base_url": os.environ["BASE_URL"]}})
    return client.chat.completions.create(model="anthropic:claude-sonnet-4-5", messages=MESSAGES)
