import os

from langchain_anthropic import ChatAnthropic


def plain():
    model = ChatAnthropic(model="claude-sonnet-4-5", base_url=os.environ["BASE_URL"])
    return model.invoke("Say hello.")


def limited():
    model = ChatAnthropic(model="claude-sonnet-4-5", base_url=os.environ["BASE_URL"], timeout=0.5)
    return model.invoke("Say hello.")


async def plain_async():
    model = ChatAnthropic(model="claude-sonnet-4-5", base_url=os.environ["BASE_URL"])
    return await model.ainvoke("Say hello.")


async def limited_async():
    model = ChatAnthropic(model="claude-sonnet-4-5", base_url=os.environ["BASE_URL"], timeout=0.5, max_retries=1)
    return await model.ainvoke("Say hello.")


def stream():
    model = ChatAnthropic(model="claude-sonnet-4-5", base_url=os.environ["BASE_URL"])
    for chunk in model.stream("Say hello."):
        print(chunk.content)
