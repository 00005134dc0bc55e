import os

from langchain_ollama import ChatOllama


def plain():
    model = ChatOllama(model="llama3.2", base_url=os.environ["BASE_URL"])
    return model.invoke("Say hello.")


def limited():
    model = ChatOllama(model="llama3.2", base_url=os.environ["BASE_URL"], client_kwargs={"timeout": 0.5})
    return model.invoke("Say hello.")


async def plain_async():
    model = ChatOllama(model="llama3.2", base_url=os.environ["BASE_URL"])
    return await model.ainvoke("Say hello.")


def stream():
    model = ChatOllama(model="llama3.2", base_url=os.environ["BASE_URL"])
    for chunk in model.stream("Say hello."):
        print(chunk.content)
