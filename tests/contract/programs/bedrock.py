import json
import os

import boto3
from botocore.config import Config

MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0"
MESSAGES = [{"role": "user", "content": [{"text": "Say hello."}]}]


def plain():
    client = boto3.client("bedrock-runtime", endpoint_url=os.environ["BASE_URL"])
    return client.converse(modelId=MODEL, messages=MESSAGES)


def limited():
    config = Config(read_timeout=0.5)
    client = boto3.client("bedrock-runtime", endpoint_url=os.environ["BASE_URL"], config=config)
    return client.converse(modelId=MODEL, messages=MESSAGES)


def limited_with_one_retry():
    config = Config(read_timeout=0.5, retries={"max_attempts": 1})
    client = boto3.Session().client("bedrock-runtime", endpoint_url=os.environ["BASE_URL"], config=config)
    return client.converse(modelId=MODEL, messages=MESSAGES)


def two_attempts_in_all():
    config = Config(retries={"total_max_attempts": 2, "mode": "standard"})
    client = boto3.client("bedrock-runtime", endpoint_url=os.environ["BASE_URL"], config=config)
    return client.converse(modelId=MODEL, messages=MESSAGES)


def stream():
    client = boto3.client("bedrock-runtime", endpoint_url=os.environ["BASE_URL"])
    for event in client.converse_stream(modelId=MODEL, messages=MESSAGES)["stream"]:
        print(event)


def invoke():
    client = boto3.client("bedrock-runtime", endpoint_url=os.environ["BASE_URL"])
    return client.invoke_model(modelId=MODEL, body=json.dumps({"max_tokens": 100, "messages": []}))
