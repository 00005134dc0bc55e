"""The catalogue as types: what packs say of SDKs, frameworks, evidence and models.

Files under `sdks/`, `frameworks/` and `evidence/` of a pack are read into these classes (`packs/`). Names are
fully qualified (`package.Client`). `at` paths of arguments start with a keyword and may go on into an object or
dict that is passed (`http_options.timeout`).
"""

from readylint.catalogue.concurrency import BatchRule, GroupRule, LimiterRule
from readylint.catalogue.evidence import (
    EvidenceFile,
    KeptRule,
    LengthRule,
    LogRule,
    ParseRule,
    ReadRule,
    RetryRule,
    SinkRule,
    ToolRule,
    TracerRule,
    UseRule,
    ValidateRule,
    WorkRule,
)
from readylint.catalogue.framework import EntryRule, Framework, LimitRule, NodeRule, ReaderRule, ReplyRule, RunRule
from readylint.catalogue.model import ModelEntry
from readylint.catalogue.prompt import CutRule, InputRule, KeepRule, PromptWords, RecordRule
from readylint.catalogue.queue import OnceRule, QueueRule
from readylint.catalogue.sdk import (
    Ambient,
    Answer,
    Argument,
    Call,
    Client,
    Errors,
    Gathers,
    LookAlike,
    Memory,
    Probe,
    Probes,
    RefusalRule,
    RefusalTest,
    Sdk,
    Several,
    View,
)

__all__ = [
    "Ambient",
    "Answer",
    "Argument",
    "BatchRule",
    "Call",
    "Client",
    "CutRule",
    "EntryRule",
    "Errors",
    "EvidenceFile",
    "Framework",
    "Gathers",
    "GroupRule",
    "InputRule",
    "KeepRule",
    "KeptRule",
    "LengthRule",
    "LimitRule",
    "LimiterRule",
    "LogRule",
    "LookAlike",
    "Memory",
    "ModelEntry",
    "NodeRule",
    "OnceRule",
    "ParseRule",
    "Probe",
    "Probes",
    "PromptWords",
    "QueueRule",
    "ReadRule",
    "ReaderRule",
    "RecordRule",
    "RefusalRule",
    "RefusalTest",
    "ReplyRule",
    "RetryRule",
    "RunRule",
    "Sdk",
    "Several",
    "SinkRule",
    "ToolRule",
    "TracerRule",
    "UseRule",
    "ValidateRule",
    "View",
    "WorkRule",
]
