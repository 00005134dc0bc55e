import os

from langchain_mistralai import ChatMistralAI


def plain():
    model = ChatMistralAI(model="mistral-small-latest", endpoint=os.environ["BASE_URL"])
    return model.invoke("Say hello.")


def limited():
    model = ChatMistralAI(model="mistral-small-latest", endpoint=os.environ["BASE_URL"], timeout=1, max_retries=2)
    return model.invoke("Say hello.")


async def plain_async():
    model = ChatMistralAI(model="mistral-small-latest", endpoint=os.environ["BASE_URL"])
    return await model.ainvoke("Say hello.")


def stream():
    model = ChatMistralAI(model="mistral-small-latest", endpoint=os.environ["BASE_URL"])
    for chunk in model.stream("Say hello."):
        print(chunk.content)
