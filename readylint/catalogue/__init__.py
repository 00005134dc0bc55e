"""The catalogue as types: what packs say of SDKs, frameworks, evidence and models.

Files under `sdks/`, `frameworks/` and `evidence/` of a pack are read into these classes (`packs/`). Names are
fully qualified (`package.Client`). `at` paths of arguments start with a keyword and may go on into an object or
dict that is passed (`http_options.timeout`).
"""

from readylint.catalogue.evidence import (
    EvidenceFile,
    LogRule,
    ParseRule,
    RetryRule,
    SinkRule,
    TracerRule,
    UseRule,
    ValidateRule,
)
from readylint.catalogue.framework import EntryRule, Framework, LimitRule, RunRule
from readylint.catalogue.model import ModelEntry
from readylint.catalogue.sdk import (
    Ambient,
    Answer,
    Argument,
    Call,
    Client,
    Errors,
    Gathers,
    LookAlike,
    Probe,
    Probes,
    RefusalRule,
    RefusalTest,
    Sdk,
    View,
)

__all__ = [
    "Ambient",
    "Answer",
    "Argument",
    "Call",
    "Client",
    "EntryRule",
    "Errors",
    "EvidenceFile",
    "Framework",
    "Gathers",
    "LimitRule",
    "LogRule",
    "LookAlike",
    "ModelEntry",
    "ParseRule",
    "Probe",
    "Probes",
    "RefusalRule",
    "RefusalTest",
    "RetryRule",
    "RunRule",
    "Sdk",
    "SinkRule",
    "TracerRule",
    "UseRule",
    "ValidateRule",
    "View",
]
