"""The least that each SDK takes for a good answer, by the path it asks."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from typing import Any

TEXT = "Hello"
OPENAI_USAGE = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
ARGUMENTS = '{"name": "Hello"}'
"""Arguments of a tool call, for calls that ask for an object with a name."""


def answer_to(path: str, body: object) -> tuple[str, bytes]:
    """Content type and body. A path that nobody knows is answered with an empty object."""
    asked = body if isinstance(body, dict) else {}
    for pattern, answer in ANSWERS:
        if re.search(pattern, path):
            return answer(asked)
    return _json({})


def _json(value: object) -> tuple[str, bytes]:
    return "application/json", json.dumps(value).encode()


def _events(*events: object, named: bool = False) -> tuple[str, bytes]:
    """Server-sent events; `named` when each has its type as its name."""
    lines = []
    for event in events:
        name = f"event: {event['type']}\n" if named and isinstance(event, dict) else ""
        lines.append(f"{name}data: {event if isinstance(event, str) else json.dumps(event)}\n\n")
    return "text/event-stream", "".join(lines).encode()


def _lines(*values: object) -> tuple[str, bytes]:
    return "application/x-ndjson", "".join(json.dumps(v) + "\n" for v in values).encode()


def _chat(asked: dict[str, Any]) -> tuple[str, bytes]:
    """Chat completions, as many vendors have them. Tools are called when they are offered."""
    head = {"id": "1", "created": 1, "model": str(asked.get("model")), "system_fingerprint": "f"}
    if asked.get("stream"):
        piece = {"index": 0, "delta": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
        return _events({**head, "object": "chat.completion.chunk", "choices": [piece]}, "[DONE]")
    message: dict[str, Any] = {"role": "assistant", "content": TEXT}
    if tools := asked.get("tools"):
        function = {"name": tools[0]["function"]["name"], "arguments": ARGUMENTS}
        message["tool_calls"] = [{"id": "1", "type": "function", "function": function}]
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return _json({**head, "object": "chat.completion", "choices": [choice], "usage": OPENAI_USAGE})


def _responses(asked: dict[str, Any]) -> tuple[str, bytes]:
    content = {"type": "output_text", "text": TEXT, "annotations": []}
    output = {"type": "message", "id": "m", "status": "completed", "role": "assistant", "content": [content]}
    details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    response = {
        "id": "r", "object": "response", "created_at": 1, "model": str(asked.get("model")), "output": [output],
        "status": "completed", "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
        "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2, **details},
    }  # fmt: skip
    return _json(response)


def _messages(asked: dict[str, Any]) -> tuple[str, bytes]:
    """Messages as Anthropic has them."""
    message = {
        "id": "1", "type": "message", "role": "assistant", "model": str(asked.get("model")),
        "content": [{"type": "text", "text": TEXT}], "stop_reason": "end_turn", "stop_sequence": None,
        "usage": {"input_tokens": 1, "output_tokens": 1},
    }  # fmt: skip
    if tools := asked.get("tools"):
        call = {"type": "tool_use", "id": "1", "name": tools[0]["name"], "input": json.loads(ARGUMENTS)}
        return _json({**message, "content": [call], "stop_reason": "tool_use"})
    if not asked.get("stream"):
        return _json(message)
    return _events(
        {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": TEXT}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 1}},
        {"type": "message_stop"},
        named=True,
    )


def _embeddings(_: dict[str, Any]) -> tuple[str, bytes]:
    vector = base64.b64encode(struct.pack("<2f", 0.5, 0.5)).decode()
    entry = {"object": "embedding", "index": 0, "embedding": vector}
    return _json({"object": "list", "data": [entry], "model": "m", "usage": {**OPENAI_USAGE, "input_tokens": 1}})


def _gemini(_: dict[str, Any]) -> tuple[str, bytes]:
    content = {"role": "model", "parts": [{"text": TEXT}]}
    usage = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
    return _json({"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], "usageMetadata": usage})


def _gemini_stream(_: dict[str, Any]) -> tuple[str, bytes]:
    return _events(json.loads(_gemini({})[1]))


def _cohere_v1(asked: dict[str, Any]) -> tuple[str, bytes]:
    answer = {"text": TEXT, "generation_id": "1", "response_id": "1", "finish_reason": "COMPLETE", "chat_history": []}
    if asked.get("stream"):
        return _lines({"event_type": "stream-end", "finish_reason": "COMPLETE", "response": answer})
    return _json(answer)


def _cohere_v2(asked: dict[str, Any]) -> tuple[str, bytes]:
    if asked.get("stream"):
        return _events({"type": "message-start", "id": "1"}, {"type": "message-end", "id": "1", "delta": {}})
    message = {"role": "assistant", "content": [{"type": "text", "text": TEXT}]}
    return _json({"id": "1", "finish_reason": "COMPLETE", "message": message})


def _ollama(asked: dict[str, Any]) -> tuple[str, bytes]:
    end = {"model": str(asked.get("model")), "done": True, "done_reason": "stop"}
    return _lines({**end, "message": {"role": "assistant", "content": TEXT}, "response": TEXT})


def _prediction(_: dict[str, Any]) -> tuple[str, bytes]:
    prediction = {
        "id": "1", "model": "a/b", "version": "v", "status": "succeeded", "input": {}, "output": [TEXT], "logs": "",
        "urls": {"stream": "/stream"}, "created_at": "2026-01-01T00:00:00Z", "source": "api",
    }  # fmt: skip
    return _json(prediction)


def _voyage(_: dict[str, Any]) -> tuple[str, bytes]:
    entry = {"object": "embedding", "index": 0, "embedding": [0.5, 0.5], "relevance_score": 0.5}
    return _json({"object": "list", "data": [entry], "model": "m", "usage": {"total_tokens": 1}})


def _converse(_: dict[str, Any]) -> tuple[str, bytes]:
    message = {"role": "assistant", "content": [{"text": TEXT}]}
    usage = {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}
    answer = {"output": {"message": message}, "stopReason": "end_turn", "usage": usage, "metrics": {"latencyMs": 1}}
    return _json(answer)


def _converse_stream(_: dict[str, Any]) -> tuple[str, bytes]:
    """One message in the framing of AWS event streams: lengths, headers, body, each with a checksum."""
    body = json.dumps({"stopReason": "end_turn"}).encode()
    names = {":event-type": "messageStop", ":content-type": "application/json", ":message-type": "event"}
    headers = b"".join(
        bytes([len(n)]) + n.encode() + b"\x07" + struct.pack("!H", len(v)) + v.encode() for n, v in names.items()
    )
    lengths = struct.pack("!II", 16 + len(headers) + len(body), len(headers))
    head = lengths + struct.pack("!I", zlib.crc32(lengths))
    whole = head + headers + body
    return "application/vnd.amazon.eventstream", whole + struct.pack("!I", zlib.crc32(whole))


def _dashscope(_: dict[str, Any]) -> tuple[str, bytes]:
    choice = {"message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
    return _json({"status_code": 200, "request_id": "1", "output": {"choices": [choice]}, "usage": OPENAI_USAGE})


ANSWERS = [
    (r"/services/aigc/", _dashscope),
    (r"/converse-stream$", _converse_stream),
    (r"/converse$", _converse),
    (r":streamGenerateContent", _gemini_stream),
    (r":generateContent", _gemini),
    (r"/api/(chat|generate)$", _ollama),
    (r"/predictions$", _prediction),
    (r"^/stream$", lambda _: _events({"type": "done"}, named=True)),
    (r"/voyage/", _voyage),
    (r"/v2/chat$", _cohere_v2),
    (r"/v1/chat$", _cohere_v1),
    (r"/responses$", _responses),
    (r"/messages", _messages),
    (r"/embeddings", _embeddings),
    (r"/chat/completions", _chat),
]
"""Pattern of a path -> what answers it; the first that fits."""
