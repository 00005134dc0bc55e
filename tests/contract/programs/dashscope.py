import os

import dashscope

dashscope.base_http_api_url = os.environ["BASE_URL"]
MESSAGES = [{"role": "user", "content": "Say hello."}]


def plain():
    return dashscope.Generation.call(model="qwen-plus", messages=MESSAGES, result_format="message")


def limited():
    return dashscope.Generation.call(model="qwen-plus", messages=MESSAGES, request_timeout=0.5)


async def plain_async():
    return await dashscope.AioGeneration.call(model="qwen-plus", messages=MESSAGES, result_format="message")
