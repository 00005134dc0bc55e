"""The probes of the built-in catalogue: every SDK file's small programs, run."""

from datetime import date

import pytest

from readylint import probes
from readylint.catalogue import LookAlike, Probe
from readylint.packs import load

PACK = load()
PROBES = list(probes.probes(PACK))


@pytest.mark.parametrize(("sdk", "probe"), PROBES, ids=[f"{sdk.sdk}/{probes.name_of(p)}" for sdk, p in PROBES])
def test_probe_comes_out_as_it_says(sdk, probe):
    assert probes.run_probe(PACK, sdk, probe).detail == ""


FAMILIES = {
    "openai", "anthropic", "google-genai", "google-generativeai", "vertexai", "bedrock", "mistralai", "cohere", "groq",
    "together", "fireworks", "cerebras", "xai-sdk", "ollama", "huggingface-hub", "replicate", "voyageai",
    "azure-ai-inference", "litellm", "langchain", "langgraph", "llama-index", "pydantic-ai", "openai-agents",
    "claude-agent-sdk", "crewai", "autogen", "ag2", "smolagents", "dspy", "instructor", "haystack", "semantic-kernel",
    "aisuite", "mirascope", "strands", "agno", "google-adk", "requests", "httpx", "aiohttp", "urllib",
}  # fmt: skip
EVERY_SDK = PACK.sdks(PACK.sdk_index)


def test_every_family_is_known():
    assert {sdk.sdk for sdk in EVERY_SDK} >= FAMILIES


@pytest.mark.parametrize("sdk", EVERY_SDK, ids=lambda sdk: sdk.sdk)
def test_every_sdk_has_probes_of_its_forms_and_look_alikes(sdk):
    found = [probe for known, probe in PROBES if known is sdk]
    forms = {probe.form for probe in found if isinstance(probe, Probe)}
    calls = [call for call in sdk.calls if not call.legacy]
    assert forms & {"sync", "async", "module", "agent"}
    assert "stream" in forms or not any(call.stream for call in calls) or sdk.transport == "http"
    assert "async" in forms or not (any(c.is_async for c in sdk.clients) or any(c.is_async for c in calls))
    assert sum(isinstance(probe, LookAlike) for probe in found) >= 2


@pytest.mark.parametrize("sdk", EVERY_SDK, ids=lambda sdk: sdk.sdk)
def test_every_sdk_says_in_which_versions_and_how_it_was_checked(sdk):
    assert sdk.verified["versions"]
    assert date.fromisoformat(sdk.verified["date"]) <= date.today()  # noqa: DTZ011 - a day is precise enough
    assert sdk.verified["how"] in {"measured", "introspected", "source-read", "unverified"}
