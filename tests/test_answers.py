"""What becomes of an answer: parsed, checked, shown, counted, or turned into code."""

from __future__ import annotations

import pytest
from conftest import CallOf, FactsOf, calls

HEAD = """
        import ast
        import json
        import re
        from dataclasses import dataclass
        from typing import Literal
        import jsonschema
        import openai
        from pydantic import BaseModel, TypeAdapter, ValidationError
        client = openai.OpenAI()
        class Ticket(BaseModel):
            category: Literal["order", "return"]
            score: int
        def text_of(q):
            answer = client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
            return answer.choices[0].message.content
"""

# what is done with the text -> status of the output
USES: dict[str, tuple[str, str]] = {
    "json.loads": ("def ask(q): return json.loads(text_of(q))['category']", "parsed"),
    "json.loads that is returned": ("def ask(q): return json.loads(text_of(q))", "parsed"),
    "literal_eval": ("def ask(q): return ast.literal_eval(text_of(q))['category']", "parsed"),
    "int": ("def ask(q): return int(text_of(q))", "parsed"),
    "float": ("def ask(q): return float(text_of(q).strip())", "parsed"),
    "split into parts": (
        """
        def ask(q):
            category, score = text_of(q).split(",")
            return category, score
        """,
        "parsed",
    ),
    "regex without a test": ("def ask(q): return re.search(r'(\\w+):', text_of(q)).group(1)", "parsed"),
    "json.loads in a dataclass": (
        """
        @dataclass
        class Plain:
            category: str
        def ask(q):
            return Plain(**json.loads(text_of(q)))
        """,
        "parsed",
    ),
    "json.loads with only its error caught": (
        """
        def ask(q):
            try:
                return json.loads(text_of(q))["category"]
            except json.JSONDecodeError:
                return None
        """,
        "partial",
    ),
    "json.loads and model_validate": (
        """
        def ask(q):
            data = json.loads(text_of(q))
            return Ticket.model_validate(data)
        """,
        "validated",
    ),
    "json.loads and the constructor of a model": ("def ask(q): return Ticket(**json.loads(text_of(q)))", "validated"),
    "model_validate_json": ("def ask(q): return Ticket.model_validate_json(text_of(q))", "validated"),
    "TypeAdapter": (
        "def ask(q): return TypeAdapter(list[Ticket]).validate_json(text_of(q))",
        "validated",
    ),
    "jsonschema": (
        """
        def ask(q):
            data = json.loads(text_of(q))
            jsonschema.validate(data, {"type": "object"})
            return data["category"]
        """,
        "validated",
    ),
    "cleaned, then validated": (
        """
        def ask(q):
            text = text_of(q)
            if "```" in text:
                text = text.split("```")[1].removeprefix("json")
            return Ticket.model_validate_json(text.strip())
        """,
        "validated",
    ),
    "parsed in a helper, validated in another": (
        """
        def parse(text):
            return json.loads(text)
        def check(data):
            return Ticket.model_validate(data)
        def ask(q):
            return check(parse(text_of(q)))
        """,
        "validated",
    ),
    "one of two ways is checked": (
        """
        def ask(q, strict):
            data = json.loads(text_of(q))
            if strict:
                return Ticket.model_validate(json.loads(text_of(q)))
            return data["category"]
        """,
        "parsed",
    ),
    "printed": ("def ask(q): print(text_of(q))", "shown"),
    "split for showing": (
        """
        def ask(q):
            for line in text_of(q).splitlines():
                print(line)
        """,
        "shown",
    ),
}


@pytest.mark.parametrize("name", USES)
def test_what_is_done_with_the_text(call_of: CallOf, name: str) -> None:
    code, status = USES[name]
    if "\n" not in code:
        code = f"\n        {code}\n"
    call = call_of(HEAD + code)
    assert call.output.status == status


def test_a_parse_is_listed_with_its_place(call_of: CallOf) -> None:
    call = call_of(
        HEAD
        + """
        def ask(q):
            try:
                return json.loads(text_of(q))["category"]
            except ValueError:
                return None
    """
    )
    (parse,) = call.output.parses
    assert (parse.how, parse.guarded, parse.validated_by) == ("json", True, None)
    assert parse.at is not None


def test_a_number_whose_error_is_caught(call_of: CallOf) -> None:
    call = call_of(
        HEAD
        + """
        def ask(q):
            try:
                return int(text_of(q))
            except ValueError:
                return 0
    """
    )
    (parse,) = call.output.parses
    assert (parse.how, parse.guarded) == ("int", True)
    assert call.output.status in ("validated", "partial")


@pytest.mark.parametrize("parse", ["int(text_of(q))", "json.loads(text_of(q))['category']"])
def test_the_guard_of_the_call_is_none_of_the_parse(call_of: CallOf, parse: str) -> None:
    call = call_of(
        HEAD
        + f"""
        def ask(q):
            try:
                return {parse}
            except openai.OpenAIError:
                return None
    """
    )
    assert call.output.parses[0].guarded is False
    assert call.output.status == "parsed"


def test_a_parse_without_a_guard(call_of: CallOf) -> None:
    call = call_of(HEAD + "\n        def ask(q): return json.loads(text_of(q))['category']\n")
    (parse,) = call.output.parses
    assert (parse.how, parse.guarded) == ("json", False)


def test_a_guard_in_the_caller_of_a_parse(call_of: CallOf) -> None:
    call = call_of(
        HEAD
        + """
        def _parse(text):
            return json.loads(text)["category"]
        def ask(q):
            try:
                return _parse(text_of(q))
            except ValueError:
                return None
    """
    )
    (parse,) = call.output.parses
    assert parse.guarded is True


def test_text_that_is_parsed_in_a_file_without_an_sdk(call_of: CallOf) -> None:
    call = call_of(
        {
            "llm.py": HEAD,
            "app.py": """
                import json
                from llm import text_of
                def ask(q):
                    return json.loads(text_of(q))["category"]
            """,
        }
    )
    assert call.output.status == "parsed"
    assert call.output.parses[0].at is not None
    assert call.output.parses[0].at.path == "app.py"


def test_text_that_goes_through_an_attribute(call_of: CallOf) -> None:
    call = call_of("""
        import json
        import openai
        class Bot:
            def __init__(self):
                self.client = openai.OpenAI()
                self.answer = ""
            def ask(self, q):
                self.answer = self.client.responses.create(model="m", input=q).output_text
            def category(self):
                return json.loads(self.answer)["category"]
    """)
    assert call.output.status == "parsed"


# structured outputs --------------------------------------------------------------------------------------------------

STRUCTURED = {
    "parse": """
        def ask(q):
            answer = client.chat.completions.parse(model="m", messages=[], response_format=Ticket)
            return answer.choices[0].message.parsed
    """,
    "beta.parse": """
        def ask(q):
            answer = client.beta.chat.completions.parse(model="m", messages=[], response_format=Ticket)
            return answer.choices[0].message.parsed
    """,
    "responses.parse": """
        def ask(q):
            return client.responses.parse(model="m", input=q, text_format=Ticket).output_parsed
    """,
    "json_schema": """
        def ask(q):
            answer = client.chat.completions.create(
                model="m", messages=[],
                response_format={"type": "json_schema", "json_schema": {"name": "t", "schema": {}, "strict": True}},
            )
            return json.loads(answer.choices[0].message.content)["category"]
    """,
}


@pytest.mark.parametrize("name", STRUCTURED)
def test_structured_outputs(call_of: CallOf, name: str) -> None:
    head = HEAD[: HEAD.index("        def text_of")]
    assert call_of(head + STRUCTURED[name]).output.status == "structured"


def test_json_mode_says_nothing_of_the_shape(call_of: CallOf) -> None:
    call = call_of("""
        import json
        import openai
        client = openai.OpenAI()
        def ask(q):
            answer = client.chat.completions.create(
                model="m", messages=[], response_format={"type": "json_object"}
            )
            return json.loads(answer.choices[0].message.content)["category"]
    """)
    assert call.output.status == "parsed"


def test_a_schema_of_google(call_of: CallOf) -> None:
    call = call_of("""
        from google import genai
        from pydantic import BaseModel
        class Ticket(BaseModel):
            category: str
        client = genai.Client()
        def ask(q):
            config = {"response_mime_type": "application/json", "response_schema": Ticket}
            return client.models.generate_content(model="m", contents=q, config=config).parsed
    """)
    assert call.output.status == "structured"


def test_text_of_google_with_a_schema(call_of: CallOf) -> None:
    call = call_of("""
        import json
        from google import genai
        from pydantic import BaseModel
        class Ticket(BaseModel):
            category: str
        client = genai.Client()
        def ask(q):
            config = {"response_mime_type": "application/json", "response_schema": Ticket}
            return json.loads(client.models.generate_content(model="m", contents=q, config=config).text)["category"]
    """)
    assert call.output.status == "structured"


def test_json_of_google_without_a_schema(call_of: CallOf) -> None:
    call = call_of("""
        import json
        from google import genai
        client = genai.Client()
        def ask(q):
            config = {"response_mime_type": "application/json"}
            return json.loads(client.models.generate_content(model="m", contents=q, config=config).text)["a"]
    """)
    assert call.output.status == "parsed"


# stop, empty, usage --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "stop", "empty"),
    [
        ("return answer.choices[0].message.content", False, False),
        ("""choice = answer.choices[0]
            if choice.finish_reason == "length":
                raise ValueError("cut")
            return choice.message.content""", True, False),
        ("""text = answer.choices[0].message.content
            if not text:
                raise ValueError("empty")
            return text""", False, True),
        ("return answer.choices[0].message.content or 'Sorry'", False, True),
        ("return checked(answer)", True, True),
    ],
)  # fmt: skip
def test_whether_an_answer_is_looked_at(call_of: CallOf, code: str, stop: bool, empty: bool) -> None:
    call = call_of(f"""
        import openai
        client = openai.OpenAI()
        def checked(answer):
            choice = answer.choices[0]
            if choice.finish_reason != "stop" or choice.message.content is None:
                raise ValueError("no answer")
            return choice.message.content
        def ask(q):
            answer = client.chat.completions.create(model="m", messages=[])
            {code}
    """)
    assert (call.output.stop_checked, call.output.empty_checked) == (stop, empty)


def test_an_answer_that_leaves_the_code_cannot_be_told(call_of: CallOf) -> None:
    call = call_of("""
        import openai
        from elsewhere import handle
        client = openai.OpenAI()
        def ask(q):
            return handle(client.chat.completions.create(model="m", messages=[]))
    """)
    assert (call.output.stop_checked, call.output.empty_checked) == (None, None)
    assert call.usage.status == "unknown"
    assert call.output.status == "unknown"


def test_parse_raises_on_a_cut_answer_by_itself(call_of: CallOf) -> None:
    call = call_of(HEAD[: HEAD.index("        def text_of")] + STRUCTURED["parse"])
    assert call.output.stop_checked is True


def test_usage_that_nobody_reads(call_of: CallOf) -> None:
    assert call_of(HEAD).usage.status == "none"


READS = {
    "at the call": "logger.info('tokens', extra={'tokens': answer.usage.total_tokens})",
    "by getattr": "logger.info(getattr(answer, 'usage', None))",
    "in a helper": "record(answer)",
}


@pytest.mark.parametrize("name", READS)
def test_usage_that_is_read(call_of: CallOf, name: str) -> None:
    call = call_of(f"""
        import logging
        import openai
        logger = logging.getLogger(__name__)
        client = openai.OpenAI()
        def record(answer):
            logger.info("%s tokens", answer.usage.total_tokens)
        def ask(q):
            answer = client.chat.completions.create(model="m", messages=[])
            {READS[name]}
            return answer.choices[0].message.content
    """)
    assert call.usage.status == "read"
    assert call.usage.at is not None


def test_usage_that_is_read_in_another_module(call_of: CallOf) -> None:
    call = call_of(
        {
            "costs.py": """
                import logging
                logger = logging.getLogger(__name__)
                def record(answer):
                    usage = answer.usage
                    logger.info("tokens", extra={"in": usage.prompt_tokens, "out": usage.completion_tokens})
                    return answer
            """,
            "app.py": """
                import openai
                from costs import record
                client = openai.OpenAI()
                def ask(q):
                    answer = record(client.chat.completions.create(model="m", messages=[]))
                    return answer.choices[0].message.content
            """,
        }
    )
    assert call.usage.status == "read"
    assert call.usage.at is not None
    assert call.usage.at.path == "costs.py"


TRACERS = {
    "instrumentor": """
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor
        OpenAIInstrumentor().instrument()
    """,
    "logfire": """
        import logfire
        logfire.configure()
        logfire.instrument_openai()
    """,
    "traceloop": """
        from traceloop.sdk import Traceloop
        Traceloop.init()
    """,
}
ASK = """
        import openai
        client = openai.OpenAI()
        def ask(q):
            return client.chat.completions.create(model="m", messages=[]).choices[0].message.content
"""


@pytest.mark.parametrize("name", TRACERS)
def test_a_tracer_that_is_initialised(call_of: CallOf, name: str) -> None:
    call = call_of(TRACERS[name] + ASK)
    assert (call.usage.status, call.traced) == ("traced", True)


def test_a_tracer_in_another_module(call_of: CallOf) -> None:
    call = call_of({"app.py": ASK + "\n        import telemetry\n", "telemetry.py": TRACERS["instrumentor"]})
    assert call.usage.status == "traced"


def test_a_tracer_that_is_set_up_by_the_main_module(call_of: CallOf) -> None:
    main = """
        import telemetry
        from llm import ask
        telemetry.start()
        print(ask("x"))
    """
    telemetry = """
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor
        def start():
            OpenAIInstrumentor().instrument()
    """
    call = call_of({"llm.py": ASK, "main.py": main, "telemetry.py": telemetry})
    assert call.usage.status == "traced"


@pytest.mark.parametrize(
    "imported",
    [
        "from opentelemetry.instrumentation.openai import OpenAIInstrumentor",
        "import logfire",
        "import langfuse",
    ],
)
def test_a_tracer_that_is_only_imported(call_of: CallOf, imported: str) -> None:
    call = call_of(f"\n        {imported}\n" + ASK)
    assert call.usage.status == "none"


def test_a_tracer_of_another_sdk(call_of: CallOf) -> None:
    call = call_of("\n        import logfire\n        logfire.instrument_anthropic()\n" + ASK)
    assert call.usage.status == "none"


def test_a_client_that_records_by_itself(call_of: CallOf) -> None:
    assert call_of(ASK.replace("import openai", "from langfuse.openai import openai")).usage.status == "traced"


def test_a_client_class_that_records_by_itself(call_of: CallOf) -> None:
    code = ASK.replace("import openai", "from langfuse.openai import OpenAI").replace("openai.OpenAI()", "OpenAI()")
    assert call_of(code).usage.status == "traced"


def test_a_gateway_that_records(call_of: CallOf) -> None:
    made = 'openai.OpenAI(base_url="https://oai.helicone.ai/v1")'
    assert call_of(ASK.replace("openai.OpenAI()", made)).usage.status == "traced"


def test_embeddings_have_no_output(call_of: CallOf) -> None:
    call = call_of('from openai import OpenAI\nvectors = OpenAI().embeddings.create(model="m", input="x")')
    assert call.output.status == "not-applicable"
    assert call.usage.status == "not-applicable"


# sinks ---------------------------------------------------------------------------------------------------------------

SINKS: dict[str, tuple[str, str, list[str]]] = {
    "eval": ("", "return eval(text_of(q))", ["eval"]),
    "exec": ("", "exec(text_of(q))", ["exec"]),
    "os.system": ("import os", "os.system(text_of(q))", ["shell"]),
    "shell=True": ("import subprocess", "subprocess.run(text_of(q), shell=True)", ["shell"]),
    "SQL": (
        "import sqlite3\n        db = sqlite3.connect('x')",
        "return db.execute(text_of(q)).fetchall()",
        ["sql"],
    ),
    "SQL put together": (
        "import sqlite3\n        db = sqlite3.connect('x')",
        "return db.execute(f\"SELECT * FROM orders WHERE name = '{text_of(q)}'\").fetchall()",
        ["sql"],
    ),
    "through a helper": (
        "def calculate(expression):\n            return eval(expression)",
        "return calculate(text_of(q).strip())",
        ["eval"],
    ),
    "through two helpers": (
        """import os
        def run(command):
            os.system(command)
        def act(text):
            run('git ' + text)""",
        "act(text_of(q))",
        ["shell"],
    ),
    "parsed, then run": ("import subprocess", "subprocess.run(json.loads(text_of(q))['cmd'], shell=True)", ["shell"]),
    "pickle": ("import pickle", "return pickle.loads(text_of(q).encode())", ["pickle"]),
    "HTML": ("from markupsafe import Markup", "return Markup(text_of(q))", ["html"]),
    "import": ("import importlib", "return importlib.import_module(text_of(q))", ["import"]),
    "path": ("", "return open(text_of(q)).read()", ["path"]),
}


@pytest.mark.parametrize("name", SINKS)
def test_answers_that_become_code(call_of: CallOf, name: str) -> None:
    head, body, sinks = SINKS[name]
    call = call_of(HEAD + f"\n        {head}\n        def ask(q):\n            {body}\n")
    assert call.output.sinks == sinks
    assert call.output.sink_at is not None


def test_a_sink_in_another_module(call_of: CallOf) -> None:
    call = call_of(
        {
            "llm.py": HEAD,
            "tools.py": "import os\ndef run(command):\n    return os.system(command)\n",
            "app.py": "from llm import text_of\nfrom tools import run\ndef ask(q):\n    return run(text_of(q))\n",
        }
    )
    assert call.output.sinks == ["shell"]
    assert call.output.sink_at is not None
    assert call.output.sink_at.path == "tools.py"


SAFE = {
    "parameterised SQL": (
        "import sqlite3\n        db = sqlite3.connect('x')",
        "return db.execute('SELECT * FROM orders WHERE name = ?', (text_of(q),)).fetchall()",
    ),
    "escaped HTML": (
        "import html\n        from markupsafe import Markup",
        "return Markup('<b>' + html.escape(text_of(q)) + '</b>')",
    ),
    "quoted for the shell": ("import os\n        import shlex", "os.system('echo ' + shlex.quote(text_of(q)))"),
    "argument of a program": ("import subprocess", "subprocess.run(['echo', text_of(q)])"),
    "literal_eval": ("", "return ast.literal_eval(text_of(q))"),
    "written to a file": ("", "open('answer.txt', 'w').write(text_of(q))"),
    "other text is evaluated": ("", "text_of(q); return eval('1 + 1')"),
    "a number": ("import sqlite3\n        db = sqlite3.connect('x')",
        "return db.execute('SELECT * FROM orders LIMIT ' + str(len(text_of(q))))"),
}  # fmt: skip


@pytest.mark.parametrize("name", SAFE)
def test_what_is_no_sink(call_of: CallOf, name: str) -> None:
    head, body = SAFE[name]
    call = call_of(HEAD + f"\n        {head}\n        def ask(q):\n            {body}\n")
    assert call.output.sinks == []


def test_a_person_is_asked_before_a_sink(call_of: CallOf) -> None:
    call = call_of(
        HEAD
        + """
        import os
        def ask(q):
            command = text_of(q)
            if input(f"run {command}? ") == "y":
                os.system(command)
    """
    )
    assert (call.output.sinks, call.output.confirmed) == (["shell"], True)


# what it drives ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "drives"),
    [
        ("if text_of(q) == 'yes':\n                return 1", "branch"),
        ("open('log.txt', 'a').write(text_of(q))", "write"),
        ("requests.post('https://shop.example/notes', json={'text': text_of(q)}, timeout=5)", "write"),
    ],
)
def test_what_an_answer_decides(call_of: CallOf, body: str, drives: str) -> None:
    call = call_of(HEAD + f"\n        import requests\n        def ask(q):\n            {body}\n")
    assert drives in call.output.drives


def test_the_reply_of_a_handler(call_of: CallOf) -> None:
    call = call_of(
        HEAD
        + """
        from fastapi import FastAPI
        app = FastAPI()
        @app.post("/ask")
        def ask(q: str):
            return {"answer": text_of(q)}
    """
    )
    assert call.output.drives == ["reply"]
    assert call.output.status == "shown"


def test_an_answer_that_becomes_a_prompt(facts_of: FactsOf) -> None:
    sheet = facts_of(
        {
            "app.py": HEAD
            + """
        from google import genai
        other = genai.Client()
        def ask(q):
            return other.models.generate_content(model="m", contents=text_of(q)).text
    """
        }
    )
    first, second = sorted(calls(sheet), key=lambda c: c.span.line)
    assert first.output.drives == ["prompt"]
    assert "prompt" not in second.output.drives


# found in real code: what is done with the text -> status, sinks
WAYS: dict[str, tuple[str, str, list[str]]] = {
    "of a tuple only the second part is a command": (
        """
        import os
        def asked(q):
            return text_of(q), "ls"
        def ask(q):
            text, command = asked(q)
            print(text)
            os.system(command)
        """,
        "shown",
        [],
    ),
    "of a tuple the first part is a command": (
        """
        import os
        def asked(q):
            return text_of(q), "ls"
        def ask(q):
            command, text = asked(q)
            os.system(command)
        """,
        "shown",
        ["shell"],
    ),
    "the answer names a file whose content is parsed": (
        """
        from pathlib import Path
        def ask(q):
            return json.loads((Path("tasks") / f"{text_of(q)}.json").read_text())["id"]
        """,
        "shown",
        ["path"],
    ),
    "search words behind a fixed host": (
        """
        import requests
        def ask(q):
            print(requests.get(f"https://api.example.com/search?q={text_of(q)}", timeout=5).text)
        """,
        "shown",
        [],
    ),
    "an object of a library is dumped and read again": (
        """
        def ask(q):
            answer = text_of(q)
            print(json.dumps(json.loads(answer.model_dump_json()), indent=2))
        """,
        "shown",
        [],
    ),
    "a checked object in another one": (
        """
        import os
        class Step(BaseModel):
            command: str
            number: int
        class Plan(BaseModel):
            step: Step
        def ask(q):
            plan = Plan(step=Step(**json.loads(text_of(q))))
            os.system(plan.step.command)
        """,
        "validated",
        ["shell"],
    ),
    "a check that depends on what callers spread": (
        """
        def parsed(q, schema=None):
            data = json.loads(text_of(q))
            if schema is not None:
                return schema.model_validate(data)
            return data
        def through(q, **options):
            return parsed(q, **options)
        def ask(q):
            return through(q, schema=Ticket)["category"]
        """,
        "validated",
        [],
    ),
}


@pytest.mark.parametrize("name", WAYS)
def test_ways_of_real_code(call_of: CallOf, name: str) -> None:
    body, status, sinks = WAYS[name]
    call = call_of(HEAD + body)
    assert (call.output.status, call.output.sinks) == (status, sinks)


def test_functions_that_call_one_another_are_followed_to_an_end(call_of: CallOf) -> None:
    body = """
        def clean_dict(d):
            return {k: clean_list(v) if isinstance(v, list) else clean_dict(v) for k, v in d.items()}
        def clean_list(x):
            return [clean_dict(i) if isinstance(i, dict) else clean_list(i) for i in x]
        def ask(q):
            data = clean_dict(json.loads(text_of(q)))
            return Ticket(**data)
    """
    assert call_of(HEAD + body).output.status == "validated"
