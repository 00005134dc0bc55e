import os

from langchain_groq import ChatGroq


def plain():
    model = ChatGroq(model="llama-3.3-70b-versatile", base_url=os.environ["BASE_URL"])
    return model.invoke("Say hello.")


def limited():
    model = ChatGroq(model="llama-3.3-70b-versatile", base_url=os.environ["BASE_URL"], timeout=0.5, max_retries=1)
    return model.invoke("Say hello.")


async def plain_async():
    model = ChatGroq(model="llama-3.3-70b-versatile", base_url=os.environ["BASE_URL"])
    return await model.ainvoke("Say hello.")


def stream():
    model = ChatGroq(model="llama-3.3-70b-versatile", base_url=os.environ["BASE_URL"])
    for chunk in model.stream("Say hello."):
        print(chunk.content)
