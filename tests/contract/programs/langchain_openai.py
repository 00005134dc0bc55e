import os

from langchain_openai import AzureChatOpenAI, ChatOpenAI, OpenAIEmbeddings


def plain():
    model = ChatOpenAI(model="gpt-4o")
    return model.invoke("Say hello.")


def limited():
    model = ChatOpenAI(model="gpt-4o", base_url=os.environ["BASE_URL"], timeout=0.5)
    return model.invoke("Say hello.")


async def plain_async():
    model = ChatOpenAI(model="gpt-4o", base_url=os.environ["BASE_URL"])
    return await model.ainvoke("Say hello.")


async def limited_async():
    model = ChatOpenAI(model="gpt-4o", base_url=os.environ["BASE_URL"], timeout=0.5, max_retries=1)
    return await model.ainvoke("Say hello.")


def stream():
    model = ChatOpenAI(model="gpt-4o")
    for chunk in model.stream("Say hello."):
        print(chunk.content)


def azure():
    model = AzureChatOpenAI(
        azure_deployment="my-deployment", azure_endpoint=os.environ["BASE_URL"], api_version="2024-10-21"
    )
    return model.invoke("Say hello.")


def embedding():
    embeddings = OpenAIEmbeddings(base_url=os.environ["BASE_URL"], check_embedding_ctx_length=False)
    return embeddings.embed_query("Hello")
