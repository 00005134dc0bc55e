import os

from langchain_aws import ChatBedrockConverse


def plain():
    model = ChatBedrockConverse(model="anthropic.claude-sonnet-4-5-20250929-v1:0", endpoint_url=os.environ["BASE_URL"])
    return model.invoke("Say hello.")


async def plain_async():
    model = ChatBedrockConverse(model="anthropic.claude-sonnet-4-5-20250929-v1:0", endpoint_url=os.environ["BASE_URL"])
    return await model.ainvoke("Say hello.")


def stream():
    model = ChatBedrockConverse(model="anthropic.claude-sonnet-4-5-20250929-v1:0", endpoint_url=os.environ["BASE_URL"])
    for chunk in model.stream("Say hello."):
        print(chunk.content)
