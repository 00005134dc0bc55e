"""What can be told of the prompt of a call: its constant part, its cache, what it asks for, how it is put together."""

from __future__ import annotations

import pytest
from conftest import CallOf

from readylint.facts import PromptUse

OPENAI = "from openai import OpenAI\nclient = OpenAI()\n"
ANTHROPIC = "from anthropic import Anthropic\nclient = Anthropic()\n"
LONG = "You answer questions about the products of the shop, kindly and in full sentences. " * 60


def prompt_of(call_of: CallOf, text: str) -> PromptUse:
    prompt = call_of(text).prompt
    assert prompt is not None
    return prompt


def chat(system: str, question: str = "q") -> str:
    return (
        OPENAI
        + "def ask(q):\n    return client.chat.completions.create(model='m', messages=["
        + f"{{'role': 'system', 'content': {system}}}, {{'role': 'user', 'content': {question}}}])\n"
    )


def message(system: str, more: str = "") -> str:
    return (
        ANTHROPIC
        + more
        + (
            "def ask(q):\n    return client.messages.create(model='m', max_tokens=9, "
            f"system={system}, messages=[{{'role': 'user', 'content': q}}])\n"
        )
    )


# size ----------------------------------------------------------------------------------------------------------


def test_constant_parts_are_counted(call_of: CallOf) -> None:
    """Tokens are estimated at four characters each; the prefix ends at the first part that varies."""
    prompt = prompt_of(call_of, chat("'a' * 1 if False else 'x' 'abcdefghijklmno'", "'Question: ' + q + ' Answer:...'"))
    assert prompt.static_tokens == (16 + 10 + 11) // 4
    assert prompt.cacheable_tokens == (16 + 10) // 4


def test_constants_of_other_modules(call_of: CallOf) -> None:
    """A template of another file is counted and gives the prompt its name and version."""
    call = call_of(
        {
            "prompts.py": f"SYSTEM_PROMPT_V3 = '''{LONG}'''\n",
            "app.py": "import prompts\n" + chat("prompts.SYSTEM_PROMPT_V3"),
        }
    )
    assert call.prompt is not None
    assert call.prompt.static_tokens == len(LONG) // 4
    assert (call.prompt.name, call.prompt.version) == ("SYSTEM_PROMPT_V3", "3")
    assert call.prompt.at is not None
    assert call.prompt.at.path == "prompts.py"


def test_text_of_a_file_is_not_counted(call_of: CallOf) -> None:
    """A prompt in a file of the program has a name, and a length that is not known."""
    prompt = prompt_of(call_of, chat("open('prompts/support.v2.txt').read()"))
    assert (prompt.name, prompt.version) == ("support.v2", "2")
    assert prompt.static_tokens is None
    assert prompt.asks_json is None


def test_version_beside_the_constant(call_of: CallOf) -> None:
    """`PROMPT_VERSION` of the same module is the version."""
    text = "RULES_PROMPT = 'Answer in one short sentence, always, without exception.'\nPROMPT_VERSION = '2024-05'\n"
    prompt = prompt_of(call_of, text + chat("RULES_PROMPT"))
    assert (prompt.name, prompt.version) == ("RULES_PROMPT", "2024-05")


def test_no_prompt_of_an_embedding(call_of: CallOf) -> None:
    """Only what generates has a prompt."""
    assert call_of(OPENAI + "def f(t):\n    return client.embeddings.create(model='m', input=t)\n").prompt is None


# cache ---------------------------------------------------------------------------------------------------------

BLOCK = "[{'type': 'text', 'text': %s, 'cache_control': {'type': 'ephemeral'}}]"
CACHES = {
    "marked": (message(BLOCK % "RULES", f"RULES = '''{LONG}'''\n"), "marked"),
    "a date before the marker": (
        message(
            BLOCK % "f'Today is {datetime.now()}. {RULES}'", f"from datetime import datetime\nRULES = '''{LONG}'''\n"
        ),
        "spoiled",
    ),
    "no marker": (message("RULES", f"RULES = '''{LONG}'''\n"), "none"),
    "by itself": (f"RULES = '''{LONG}'''\n" + chat("RULES"), "automatic"),
    "a date in front": (
        f"import datetime\nRULES = '''{LONG}'''\n" + chat("f'Today is {datetime.date.today()}. {RULES}'"),
        "spoiled",
    ),
    "a date at the end": (
        f"import datetime\nRULES = '''{LONG}'''\n" + chat("f'{RULES} Today is {datetime.date.today()}.'"),
        "automatic",
    ),
    "a date in a short prompt": ("import datetime\n" + chat("f'Today is {datetime.date.today()}.'"), "automatic"),
}


@pytest.mark.parametrize("name", CACHES)
def test_cache(name: str, call_of: CallOf) -> None:
    """Markers, providers that cache by themselves, and what keeps both from working."""
    program, wanted = CACHES[name]
    assert prompt_of(call_of, program).cache == wanted


# what it says --------------------------------------------------------------------------------------------------

JSON = {
    "asked for": ("'Return a JSON object with the keys name and age.'", True),
    "only JSON": ("'Respond ONLY with valid JSON.'", True),
    "spoken of": ("'You explain JSON and YAML to beginners.'", False),
    "not asked for": ("'Answer in one sentence.'", False),
}


@pytest.mark.parametrize("name", JSON)
def test_asks_json(name: str, call_of: CallOf) -> None:
    """Only a text that asks for JSON counts."""
    system, wanted = JSON[name]
    assert prompt_of(call_of, chat(system)).asks_json is wanted


UNFILLED = {
    "filled": ("'Speak {language}.'.format(language='English')", []),
    "left out": ("'Speak {language} to {name}.'.format(language='English')", ["name"]),
    "no f before it": ("'You answer {q} for people.'", ["q"]),
    "an example of JSON": ("'Answer like {\"key\": 1} or {answer}.'", []),
    "braces that stay": ("'Write {{name}} where the name goes, for {q}.'.format(q=q)", []),
    "of one of several": ("('Speak {language}.' if q else 'Greet {name}.').format(language='English')", []),
    "by replace": ("'Speak {language}.'.replace('{language}', 'English')", []),
}


@pytest.mark.parametrize("name", UNFILLED)
def test_unfilled(name: str, call_of: CallOf) -> None:
    """A placeholder without a value is named; braces of other kinds are not."""
    system, wanted = UNFILLED[name]
    assert prompt_of(call_of, chat(system)).unfilled == wanted


def test_variable_of_a_pipe(call_of: CallOf) -> None:
    """A variable of a template that the chain is not given."""
    prompt = prompt_of(
        call_of,
        "from langchain_core.prompts import ChatPromptTemplate\nfrom langchain_openai import ChatOpenAI\n"
        "prompt = ChatPromptTemplate.from_template('Explain {topic} in {language}.')\n"
        "chain = prompt | ChatOpenAI(model='m')\ndef ask(t):\n    return chain.invoke({'topic': t})\n",
    )
    assert prompt.unfilled == ["language"]


def test_variable_that_the_template_fills(call_of: CallOf) -> None:
    """A template may fill some of its variables where it is made."""
    prompt = prompt_of(
        call_of,
        "from langchain_core.prompts import PromptTemplate\nfrom langchain_openai import ChatOpenAI\n"
        "prompt = PromptTemplate(template='Explain {topic} like this: {form}', input_variables=['topic'], "
        "partial_variables={'form': 'short'})\n"
        "chain = prompt | ChatOpenAI(model='m')\ndef ask(t):\n    return chain.invoke({'topic': t})\n",
    )
    assert prompt.unfilled == []


SEPARATED = {
    "a message of its own": (chat("'You summarize texts for lawyers, in three sentences.'"), True),
    "behind a label": (chat("'You summarize texts for lawyers, in three sentences.'", "f'Text: {q}'"), True),
    "in tags": (chat("'Short.'", "f'Summarize the text for lawyers.\\n<text>\\n{q}\\n</text>'"), True),
    "in the instruction": (chat("'Short.'", "f'Summarize the following text for busy lawyers: {q}'"), False),
    "in the system prompt": (chat("f'You help {q} with all questions.'", "'Go on'"), False),
    "nothing from outside": (chat("'You greet.'", "'Hello'"), None),
}


@pytest.mark.parametrize("name", SEPARATED)
def test_separated(name: str, call_of: CallOf) -> None:
    """Text from outside stands apart from instructions by its message or by delimiters."""
    program, wanted = SEPARATED[name]
    assert prompt_of(call_of, program).separated is wanted
