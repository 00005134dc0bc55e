"""What is measured: programs, and the versions of the SDKs that they are run with."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import sysconfig
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import pytest
from packaging.utils import canonicalize_name

PROGRAMS = Path(__file__).parent / "programs"
REPOSITORY = Path(__file__).parents[2]
PACKAGES = Path(os.environ.get("READYLINT_CONTRACT_PACKAGES", REPOSITORY / "build" / "contract"))
"""Folders of older versions, filled by `contract.install`."""


@dataclass(frozen=True)
class Exemption:
    """Where an SDK does otherwise than the catalogue can say, which has one number of attempts for all failures."""

    modes: tuple[str, ...]
    why: str
    functions: tuple[str, ...] = ()
    """Functions of the program; empty: all."""
    attempts: int | None = None
    """How often the call is tried instead."""
    any_error: bool = False
    """Whatever is raised will do."""

    def holds_for(self, function: str, mode: str) -> bool:
        """Whether it is about one function of the program in one mode of the server."""
        return mode in self.modes and (not self.functions or function in self.functions)


@dataclass(frozen=True)
class Case:
    """One program with one version of an SDK.

    The environment of the tests is used when it has that version, else the folder that `contract.install` fills.
    """

    program: str
    distribution: str
    version: str
    requires: tuple[str, ...] = ()
    """Further requirements; the folder is used then."""
    alone: bool = False
    """Use the folder always, because other packages of the environment change what the SDK does."""
    protocol: Literal["http", "grpc"] = "http"
    exempt: tuple[Exemption, ...] = ()
    absent: dict[str, str] = field(default_factory=dict, compare=False)
    """Patterns of names in the catalogue that this version does not have -> why they are there all the same."""
    without: dict[str, str] = field(default_factory=dict, compare=False)
    """Functions of the program that are not run with this version -> why."""

    @property
    def id(self) -> str:
        """How tests and tables call it."""
        same = self.program.replace("_", "-") == self.distribution.replace("_", "-")
        name = self.program if same else f"{self.program}-{self.distribution}"
        return "+".join([f"{name}-{self.version}", *(r.partition("==")[0] for r in self.requires)])

    @property
    def path(self) -> Path:
        """The program."""
        return PROGRAMS / f"{self.program}.py"

    @property
    def own_folder(self) -> Path:
        """Where `contract.install` puts this version."""
        return PACKAGES / "+".join([f"{self.distribution}-{self.version}", *self.requires]).replace("==", "-")

    @cached_property
    def folder(self) -> Path | None:
        """The folder of packages to run with; None when this version, or what its server needs, is not installed."""
        if self.protocol == "grpc" and importlib.util.find_spec("grpc") is None:
            return None
        if not self.alone and not self.requires and _version_here(self.distribution) == self.version:
            return Path(sysconfig.get_path("purelib"))
        return self.own_folder if self.own_folder.is_dir() else None

    @property
    def pins(self) -> dict[str, str]:
        """Distributions and their versions, as the program is analysed with."""
        pinned = [(self.distribution, self.version)]
        pinned += [(name, version) for name, _, version in (r.partition("==") for r in self.requires) if version]
        return {canonicalize_name(name): version for name, version in pinned}

    @property
    def how_to_install(self) -> str:
        """For people whose test was skipped."""
        return (
            f"{self.distribution} {self.version} is not installed: pip install -e '.[contract]', "
            f"and for what that leaves out: PYTHONPATH=tests python -m contract.install"
        )


def _version_here(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


NOT_OURS = "a status of another vendor, which is no passing failure for this SDK"
ONLY_CONNECTING = "only connections that cannot be made are tried again"
AIOHTTP_AGAIN = "aiohttp itself tries a lost connection once more"

GENAI = (
    Exemption(("529",), NOT_OURS, ("retried", "retried_by_default"), attempts=1),
    Exemption(("reset",), ONLY_CONNECTING, ("retried", "retried_by_default"), attempts=1),
    Exemption(("reset", "refused"), "its retry is one for statuses", ("interaction",), attempts=1),
)
GENAI_AIOHTTP = (
    *GENAI,
    Exemption(("reset", "refused"), AIOHTTP_AGAIN, ("plain_async", "limited_async"), attempts=2),
    Exemption(("trickle",), "the limit of aiohttp is one for the whole answer", ("limited_async",)),
)
COHERE = (Exemption(("reset", "hang"), ONLY_CONNECTING, attempts=1),)
COHERE_5 = (Exemption(("reset", "refused", "hang"), "only statuses are tried again", attempts=1),)
BEDROCK = (Exemption(("529",), NOT_OURS, attempts=1),)
AZURE_INFERENCE = (
    Exemption(("529",), NOT_OURS, attempts=1),
    Exemption(("429",), "only when the answer says how long to wait", attempts=1),
    Exemption(("reset", "refused", "hang"), "a POST without an answer is not sent again", attempts=1),
)
VOYAGE = (
    Exemption(("529",), f"{NOT_OURS}: AttributeError is raised", attempts=1, any_error=True),
    Exemption(("500", "reset", "refused"), "only rate limits, 503 and time-outs are tried again", attempts=1),
)
LITELLM = (Exemption(("reset", "refused"), AIOHTTP_AGAIN, ("anthropic_route_async",), attempts=2),)
XAI = (Exemption(("429", "500", "hang"), "only a server that cannot be reached is asked again", attempts=1),)

OF_GOOGLE = (
    Exemption(("529",), NOT_OURS, attempts=1),
    Exemption(("reset",), ONLY_CONNECTING, attempts=1),
)
OF_MISTRAL = (Exemption(("429", "500", "503", "529"), "only lost connections and time-outs are", attempts=1),)
STRANDS = (Exemption(("429",), "the agent tries six times, and the SDK below it three times each", attempts=18),)
OPENROUTER = (Exemption(("429",), "the answer is not in the form of this vendor", any_error=True),)
DASHSCOPE = (Exemption(("reset", "refused"), "a lost connection is tried once more", attempts=2),)

OPENAI_1 = {"openai.Default*Httpx2Client": "stands on one line with its older name"}
ANTHROPIC_1 = {
    "anthropic.OverloadedError *": "a child of APIStatusError before 2.0",
    "anthropic.DeadlineExceededError *": "a child of APIStatusError before 2.0",
    "anthropic.ServiceUnavailableError *": "a child of APIStatusError before 2.0",
}
FIREWORKS = {"fireworks.client.api_client_v2.*": "older than this version"}
COHERE_7 = {"*.AsyncClientV2().embed_stream": "not in this version, unlike on ClientV2"}
COHERE_V2 = {"*.Client().v2.*": "the view has fewer calls than ClientV2, which descends from the client of version 1"}
LANGCHAIN = {f"*().{name}": "older than this version" for name in ("*predict*", "call_as_llm")}
LANGCHAIN_ANTHROPIC = LANGCHAIN | {"langchain_anthropic.ChatAnthropicMessages": "older than this version"}
AISUITE = {"*.audio.transcriptions.create_stream_output": "not in this version"}
DSPY = dict.fromkeys(("dspy*.Typed*", "dspy.ChainOfThoughtWithHint"), "older than this version")
HAYSTACK = {"haystack.components.*.HuggingFace*": "older than this version"}
PYDANTIC_AI = {"pydantic_ai.providers.grok.GrokProvider": "older than this version"}
AGNO = {"agno.workflow.v2.*": "older than this version"}
TOGETHER_1 = dict.fromkeys(
    ("plain_async", "limited_async"), "every error is raised as a TypeError: the message cannot hold the headers"
)

OPENAI = ("openai==3.52.0",)
OPENAI_ANTHROPIC = (*OPENAI, "anthropic==2.11.0")
CASES = [
    Case("openai", "openai", "3.52.0"),
    Case("openai", "openai", "2.54.0"),
    Case("openai", "openai", "1.109.1", absent=OPENAI_1),
    Case("openai_legacy", "openai", "0.28.1"),
    Case("anthropic", "anthropic", "2.11.0"),
    Case("anthropic", "anthropic", "1.17.0", absent=ANTHROPIC_1),
    Case("anthropic", "anthropic", "0.125.0", absent=ANTHROPIC_1),
    Case("groq", "groq", "1.7.0"),
    Case("together", "together", "3.1.1"),
    Case("together", "together", "1.5.35", without=TOGETHER_1),
    Case("cerebras", "cerebras-cloud-sdk", "1.91.0"),
    Case("fireworks", "fireworks-ai", "1.2.28", absent=FIREWORKS),
    Case("google_genai", "google-genai", "3.4.0", alone=True, exempt=GENAI),
    Case("google_genai", "google-genai", "3.4.0", ("aiohttp",), exempt=GENAI_AIOHTTP),
    Case("google_genai", "google-genai", "2.34.0", exempt=GENAI),
    Case("mistralai", "mistralai", "3.7.0"),
    Case("mistralai", "mistralai", "2.10.1"),
    Case("mistralai_v1", "mistralai", "1.12.4"),
    Case("cohere", "cohere", "7.3.1", alone=True, exempt=COHERE, absent=COHERE_V2 | COHERE_7),
    Case("cohere", "cohere", "5.21.1", exempt=COHERE_5, absent=COHERE_V2),
    Case("ollama", "ollama", "0.6.3"),
    Case("huggingface_hub", "huggingface_hub", "2.4.0"),
    Case("huggingface_hub", "huggingface_hub", "1.33.0"),
    Case("huggingface_hub", "huggingface_hub", "0.36.2", ("aiohttp",)),
    Case("replicate", "replicate", "1.0.7"),
    Case("voyageai", "voyageai", "0.5.0", exempt=VOYAGE),
    Case("bedrock", "boto3", "1.44.5", exempt=BEDROCK),
    Case("bedrock", "boto3", "1.44.0", exempt=BEDROCK),
    Case("bedrock", "boto3", "1.43.127", exempt=BEDROCK),
    Case("azure_ai_inference", "azure-ai-inference", "1.0.0b9", ("aiohttp",), exempt=AZURE_INFERENCE),
    Case("litellm", "litellm", "1.106.2", exempt=LITELLM),
    Case("langchain_openai", "langchain-openai", "1.7.3", absent=LANGCHAIN),
    Case("langchain_openai", "langchain-openai", "0.3.35"),
    Case("langchain_anthropic", "langchain-anthropic", "1.7.7", absent=LANGCHAIN_ANTHROPIC),
    Case("langchain_google_genai", "langchain-google-genai", "4.4.2", alone=True, exempt=OF_GOOGLE, absent=LANGCHAIN),
    Case("langchain_mistralai", "langchain-mistralai", "1.1.6", alone=True, exempt=OF_MISTRAL, absent=LANGCHAIN),
    Case("langchain_groq", "langchain-groq", "1.1.3", absent=LANGCHAIN),
    Case("langchain_ollama", "langchain-ollama", "1.1.0", absent=LANGCHAIN),
    Case("langchain_aws", "langchain-aws", "1.9.1", absent=LANGCHAIN),
    Case("instructor", "instructor", "1.17.0"),
    Case("aisuite", "aisuite", "0.2.0", absent=AISUITE),
    Case("llama_index_llms_openai", "llama-index-llms-openai", "0.8.3", ("llama-index-core==0.14.25",)),
    Case("pydantic_ai", "pydantic-ai-slim", "2.68.0", OPENAI_ANTHROPIC, absent=PYDANTIC_AI),
    Case("openai_agents", "openai-agents", "0.24.0"),
    Case("dspy", "dspy", "3.4.1", absent=DSPY),
    Case("haystack", "haystack-ai", "3.4.0", absent=HAYSTACK),
    Case("agno", "agno", "3.1.10", OPENAI_ANTHROPIC, absent=AGNO),
    Case("strands_agents", "strands-agents", "1.62.0", OPENAI, exempt=STRANDS),
    Case("autogen_ext", "autogen-ext", "0.7.5", (*OPENAI, "tiktoken", "autogen-agentchat==0.7.5")),
    Case("openrouter", "openrouter", "1.3.84", exempt=OPENROUTER),
    Case("dashscope", "dashscope", "2.0.2", exempt=DASHSCOPE),
    Case("xai_sdk", "xai-sdk", "1.21.0", protocol="grpc", exempt=XAI),
]
CASE_PARAMETERS = [pytest.param(case, id=case.id) for case in CASES]
