"""What is known of an answer's schema, doubts, sources and tool arguments."""

import pytest

TOOLS = """
    import json
    from openai import OpenAI

    client = OpenAI()

    class Tools:
        def weather(self, city):
            return f"rain in {{city}}"

    def ask(question, definitions):
        response = client.chat.completions.create(model="m", tools=definitions, messages=[{{"role": "user", "content": question}}])
        call = response.choices[0].message.tool_calls[0]
        arguments = json.loads(call.function.arguments)
        name = call.function.name
        {body}
"""  # noqa: E501
CHECKED = """
    from openai import OpenAI
    from pydantic import BaseModel, Field

    client = OpenAI()

    class Ticket(BaseModel):
        {fields}

    def ask(text):
        response = client.chat.completions.create(model="m", messages=[{{"role": "user", "content": text}}])
        {body}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return globals()[name](**arguments)", "parsed"),
        ("return getattr(Tools(), name)(**arguments)", "parsed"),
        ('return getattr(Tools(), f"tool_{name}")(**arguments)', "unknown"),
        ("return Tools().weather(**arguments)", "parsed"),
        ('return Tools().weather(arguments["city"])', "parsed"),
        ('return Tools().weather(int(arguments["city"]))', "validated"),
        ('return arguments["city"] if arguments["city"] in ("Kiel", "Lyon") else None', "validated"),
        ('return arguments["city"] if arguments["city"] != "" else None', "parsed"),
        ("return definitions[0].run(arguments)", "unknown"),
        ("return len(name)", "unknown"),
    ],
)
def test_tool_arguments(call_of, body, expected):
    assert call_of(TOOLS.format(body=body)).output.tool_arguments == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return Ticket.model_validate_json(response.choices[0].message.content)", "uncaught"),
        ("return response.choices[0].message.content", "none"),
    ],
)
def test_errors_of_a_check(call_of, body, expected):
    assert call_of(CHECKED.format(fields="name: str", body=body)).output.check_errors == expected


@pytest.mark.parametrize(
    ("caught", "expected"),
    [
        ("ValueError", "caught"), ("Exception", "caught"), ("KeyError", "uncaught"),
        ("(KeyError, ValueError)", "caught"),
        ("unknown_errors()", "unknown"),
    ],
)  # fmt: skip
def test_what_catches_the_error_of_a_check(call_of, caught, expected):
    body = f"""try:
            return Ticket.model_validate_json(response.choices[0].message.content)
        except {caught}:
            return None"""
    assert call_of(CHECKED.format(fields="name: str", body=body)).output.check_errors == expected


@pytest.mark.parametrize(
    ("fields", "expected", "field"),
    [
        ("category: str", False, "category"),
        ("summary: str", None, None),
        ("category: str = Field(max_length=9)", True, None),
        ("category: str | None = None", False, "category"),
        ("days: int", None, None),
        ("urgent: bool", True, None),
        ("extra: dict[str, str]; status: list[str]", False, "status"),
    ],
)
def test_limits_of_a_schema(call_of, fields, expected, field):
    body = "return Ticket.model_validate_json(response.choices[0].message.content)"
    output = call_of(CHECKED.format(fields=fields.replace("; ", "\n        "), body=body)).output
    assert (output.constrained, output.open_field, output.schema) == (expected, field, "Ticket")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return 1 if found.confidence > 0.5 else 0", "routed"),
        ("return found.name", "unused"),
    ],
)
def test_confidence(call_of, body, expected):
    body = f"found = Ticket.model_validate_json(response.choices[0].message.content)\n        {body}"
    files = CHECKED.format(fields="name: str\n        confidence: float", body=body) + "\n    print(ask('x'))\n"
    assert call_of(files).output.confidence == expected
