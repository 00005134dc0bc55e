import os

from langchain_google_genai import ChatGoogleGenerativeAI


def plain():
    model = ChatGoogleGenerativeAI(model="gemini-2.5-pro", base_url=os.environ["BASE_URL"])
    return model.invoke("Say hello.")


def limited():
    model = ChatGoogleGenerativeAI(model="gemini-2.5-pro", base_url=os.environ["BASE_URL"], timeout=0.5, retries=2)
    return model.invoke("Say hello.")


async def plain_async():
    model = ChatGoogleGenerativeAI(model="gemini-2.5-pro", base_url=os.environ["BASE_URL"])
    return await model.ainvoke("Say hello.")


def stream():
    model = ChatGoogleGenerativeAI(model="gemini-2.5-pro", base_url=os.environ["BASE_URL"])
    for chunk in model.stream("Say hello."):
        print(chunk.content)
