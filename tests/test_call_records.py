"""What log lines, spans and rows keep of a call."""

from __future__ import annotations

import pytest
from conftest import CallOf

HEAD = """
import logging, time, uuid
from openai import OpenAI
logger = logging.getLogger(__name__)
client = OpenAI()
MODEL = "gpt-4o"
def send(q):
    return client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": q}])
"""
ASK = """
def ask(q, request_id=None):
    started = time.perf_counter()
    response = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": q}])
    text = response.choices[0].message.content
    %s
    return text
"""
ONLY = HEAD[: HEAD.index("def send")]
KEPT = {
    "nothing": ("pass", set()),
    "printed": ("print(response.model, text)", set()),
    "text": ("logger.info('answer: %s', text)", {"content"}),
    "length of the text": ("logger.info('got %d characters', len(text))", set()),
    "usage": ("logger.info('used %s', response.usage.total_tokens)", set()),
    "model and id of the answer": ("logger.info('%s %s', response.model, response.id)", {"model", "response_id"}),
    "the whole answer": ("logger.debug(response.model_dump_json())", {"model", "response_id", "content"}),
    "named values": (
        "logger.info('done', extra={'model': MODEL, 'request_id': request_id, 'latency_ms': 5, 'prompt_version': '3'})",
        {"model", "correlation", "latency", "prompt_version"},
    ),
    "time that passed": ("logger.info('took %.2f', time.perf_counter() - started)", {"latency"}),
    "words in the text": ("logger.info(f'model={MODEL} run_id={uuid.uuid4()}')", {"model", "correlation"}),
    "attributes of a span": ("span.set_attribute('gen_ai.response.id', response.id)", {"response_id"}),
    "a row": ("session.add(Row(question=q, answer=text, model=MODEL, conversation_id=request_id))",
              {"content", "model", "correlation"}),
    "a failure": ("""try:
        pass
    except Exception:
        logger.exception('model %s failed', MODEL)""", set()),
}  # fmt: skip


@pytest.mark.parametrize("name", KEPT)
def test_kept(name: str, call_of: CallOf) -> None:
    """Each aspect is true where it is kept, and false where all of the code was read."""
    line, wanted = KEPT[name]
    record = call_of(ONLY + ASK % line).record
    assert record is not None
    found = {what for what in record.__slots__ if getattr(record, what)}
    assert found == wanted
    assert {getattr(record, what) for what in record.__slots__ if what not in (*found, "retrieved")} <= {False}


def test_kept_by_a_caller(call_of: CallOf) -> None:
    """What the caller of a wrapper does with the answer counts; what it logs besides does not."""
    record = call_of(
        HEAD
        + """
def handle(q, session_id):
    logger.info("question of %s", session_id)
    response = send(q)
    logger.info("answer %s of %s", response.id, session_id)
    return response
"""
    ).record
    assert record is not None
    assert (record.response_id, record.correlation, record.model) == (True, True, False)


def test_retrieved_documents(call_of: CallOf) -> None:
    """Ids of documents matter only where documents are retrieved."""
    program = """
from langchain_chroma import Chroma
store = Chroma("docs")
def ask(q):
    docs = store.similarity_search(q)
    response = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": docs[0].page_content + q}])
    %s
    return response
"""
    kept = call_of(ONLY + program % "logger.info('answered', extra={'doc_ids': [d.id for d in docs]})").record
    lost = call_of(ONLY + program % "logger.info('answered')").record
    assert kept is not None
    assert lost is not None
    assert (kept.retrieved, lost.retrieved) == (True, False)


def test_recorded_by_a_tracer(call_of: CallOf) -> None:
    """A recording client keeps model, time and trace by itself."""
    record = call_of(
        """
        from langfuse.openai import OpenAI
        client = OpenAI()
        def ask(q):
            return client.chat.completions.create(model="m", messages=[{"role": "user", "content": q}])
        """
    ).record
    assert record is not None
    assert (record.model, record.latency, record.correlation, record.content) == (True, True, True, True)
    assert record.prompt_version is None


def test_callers_that_are_not_known(call_of: CallOf) -> None:
    """Where not all callers were read, nothing is said to be lost."""
    record = call_of(
        ONLY
        + """
class Bot:
    def reply(self, q):
        return client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": q}])
def run(bots):
    for bot in bots:
        bot.reply("hi")
"""
    ).record
    assert record is not None
    assert record.content is None
