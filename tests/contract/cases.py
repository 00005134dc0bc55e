"""What is measured: programs, and the versions of the SDKs that they are run with."""

from __future__ import annotations

import importlib.metadata
import os
import sysconfig
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
REPOSITORY = Path(__file__).parents[2]
PACKAGES = Path(os.environ.get("READYLINT_CONTRACT_PACKAGES", REPOSITORY / "build" / "contract"))
"""Folders of older versions, filled by `contract.install`."""


@dataclass(frozen=True)
class Case:
    """One program with one version of an SDK.

    The environment of the tests is used when it has that version, else the folder that `contract.install` fills.
    """

    program: str
    distribution: str
    version: str
    requires: tuple[str, ...] = ()
    """Further requirements of the folder."""
    tried_once: dict[str, str] = field(default_factory=dict, compare=False)
    """Failures (of `server.MODES`) that this SDK does not try again -> why; the catalogue has one number for all."""
    absent: dict[str, str] = field(default_factory=dict, compare=False)
    """Names and paths of the catalogue that this version does not have -> why they are listed all the same."""

    @property
    def id(self) -> str:
        """How tests and tables call it."""
        return f"{self.program}-{self.distribution}-{self.version}".replace(f"{self.program}-{self.program}", self.program)

    @property
    def path(self) -> Path:
        """The program."""
        return PROGRAMS / f"{self.program}.py"

    @property
    def own_folder(self) -> Path:
        """Where `contract.install` puts this version."""
        return PACKAGES / f"{self.distribution}-{self.version}"

    @cached_property
    def folder(self) -> Path | None:
        """The folder of packages to run with; None when this version is not installed."""
        if _version_here(self.distribution) == self.version:
            return Path(sysconfig.get_path("purelib"))
        return self.own_folder if self.own_folder.is_dir() else None

    @property
    def how_to_install(self) -> str:
        """For people whose test was skipped."""
        return (
            f"{self.distribution} {self.version} is not installed: pip install -e '.[contract]', "
            f"and for versions that it leaves out: PYTHONPATH=tests python -m contract.install"
        )


def _version_here(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


CASES = [
    Case("openai", "openai", "3.52.0"),
    Case("openai", "openai", "2.54.0"),
    Case("openai", "openai", "1.109.1"),
    Case("openai_legacy", "openai", "0.28.1"),
    Case("anthropic", "anthropic", "2.11.0"),
    Case("anthropic", "anthropic", "1.17.0"),
    Case("anthropic", "anthropic", "0.125.0"),
    Case("groq", "groq", "1.7.0"),
    Case("together", "together", "3.1.1"),
    Case("together", "together", "1.5.35"),
    Case("cerebras", "cerebras-cloud-sdk", "1.91.0"),
    Case("fireworks", "fireworks-ai", "1.2.28"),
    Case("google_genai", "google-genai", "3.4.0"),
    Case("google_genai", "google-genai", "2.34.0"),
    Case("mistralai", "mistralai", "3.7.0"),
    Case("mistralai", "mistralai", "2.10.1"),
    Case("mistralai_v1", "mistralai", "1.12.4"),
    Case("cohere", "cohere", "7.3.1"),
    Case("cohere", "cohere", "5.21.1"),
    Case("ollama", "ollama", "0.6.3"),
    Case("huggingface_hub", "huggingface_hub", "2.4.0"),
    Case("huggingface_hub", "huggingface_hub", "1.33.0"),
    Case("huggingface_hub", "huggingface_hub", "0.36.2", ("aiohttp",)),
    Case("replicate", "replicate", "1.0.7"),
    Case("voyageai", "voyageai", "0.5.0"),
    Case("bedrock", "boto3", "1.44.5"),
    Case("bedrock", "boto3", "1.44.0"),
    Case("bedrock", "boto3", "1.43.127"),
    Case("azure_ai_inference", "azure-ai-inference", "1.0.0b9", ("aiohttp",)),
    Case("litellm", "litellm", "1.106.2"),
    Case("langchain_openai", "langchain-openai", "1.7.3"),
    Case("langchain_anthropic", "langchain-anthropic", "1.7.7"),
    Case("instructor", "instructor", "1.17.0"),
    Case("aisuite", "aisuite", "0.2.0"),
]
