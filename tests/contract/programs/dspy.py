import os

import dspy


def plain():
    lm = dspy.LM("openai/gpt-4o", api_base=os.environ["BASE_URL"], cache=False)
    return lm("Say hello.")


def limited():
    lm = dspy.LM("openai/gpt-4o", api_base=os.environ["BASE_URL"], cache=False, timeout=0.5, num_retries=1)
    return lm("Say hello.")


def anthropic():
    lm = dspy.LM("anthropic/claude-sonnet-4-5", api_base=os.environ["BASE_URL"], cache=False)
    return lm("Say hello.")
