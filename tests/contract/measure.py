"""Runs the programs against the loopback server and keeps what was seen."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from contract.cases import Case
from contract.claims import Claim, all_sdks, catalogue, claims, in_version
from contract.server import FAILURES, MODES, Loopback
from readylint.catalogue import Sdk

WORKER = Path(__file__).parent / "worker.py"
KEYS = {
    name: "not-a-key"
    for name in (
        "OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GROQ_API_KEY", "TOGETHER_API_KEY",
        "CEREBRAS_API_KEY", "FIREWORKS_API_KEY", "GEMINI_API_KEY", "MISTRAL_API_KEY", "CO_API_KEY", "HF_TOKEN",
        "REPLICATE_API_TOKEN", "VOYAGE_API_KEY", "XAI_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    )
}  # fmt: skip
SETTINGS = {
    "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "HF_HUB_DISABLE_TELEMETRY": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LANGSMITH_TRACING": "false",
}  # fmt: skip
"""What keeps the SDKs from asking others than the loopback server."""
ADDRESSES = ("BASE_URL", "OLLAMA_HOST", "REPLICATE_API_BASE_URL")
"""Variables that programs, and SDKs without a client object, read the address from."""
PATIENCE = 120.0
"""Seconds for one call of a program. A call that takes longer hangs, and is given up."""


@dataclass
class Observation:
    """One function of a program in one mode of the server."""

    mode: str
    attempts: int
    seconds: float
    limit: float | None
    raised: list[str] | None
    """Qualified names of the error's class and its bases; None when there was no error."""
    among: list[str]
    """The classes that the catalogue lists for the failure and that the error is one of."""
    text: str = ""

    @property
    def error(self) -> str:
        """The class of the error, or nothing."""
        return self.raised[0] if self.raised else ""


@dataclass
class Measured:
    """All that was seen of one case."""

    case: Case
    versions: dict[str, str]
    claims: dict[str, Claim]
    seen: dict[str, dict[str, Observation]]
    """Function -> mode -> what was seen."""
    missing_names: list[str] = field(default_factory=list)
    missing_paths: list[str] = field(default_factory=list)
    unseen_paths: list[str] = field(default_factory=list)
    """Paths of objects that the program does not build."""
    wrong_parents: list[str] = field(default_factory=list)


class Worker:
    """A process that runs the functions of one program with the packages of one folder."""

    def __init__(self, case: Case, loopback: Loopback, home: Path) -> None:
        addresses = dict.fromkeys(ADDRESSES, loopback.url)
        environment = {**KEYS, **SETTINGS, **addresses, "HOME": str(home), "PATH": os.environ["PATH"]}
        command = [sys.executable, "-I", "-S", str(WORKER), str(case.folder), str(case.path)]
        self.errors = (home / "stderr").open("w+b")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, env=environment, cwd=home
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        self.errors.close()

    def ask(self, do: str, **command: Any) -> Any:
        """Send a command and wait for the reply."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **command}).encode() + b"\n")
        self.process.stdin.flush()
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE)
        line = self.process.stdout.readline() if ready else b""
        if not line:
            self.errors.seek(0)
            tail = self.errors.read().decode(errors="replace")[-3000:]
            raise RuntimeError(f"no reply to {do} {command} in {PATIENCE:.0f} s\n{tail}")
        return json.loads(line)


def measure(case: Case, modes: Sequence[str] = MODES) -> Measured:
    """Run every function of a program in every mode."""
    with Loopback() as loopback, tempfile.TemporaryDirectory(prefix="readylint-contract-") as home:
        with Worker(case, loopback, Path(home)) as worker:
            versions = worker.ask("versions")
            claimed = claims(case.path, versions)
            result = Measured(case, versions, claimed, {})
            sdks = {claim.sdk.sdk: claim.sdk for claim in claimed.values()}
            worker.ask("watch", names=[make for sdk in sdks.values() for client in sdk.clients for make in client.make])
            for function, claim in claimed.items():
                result.seen[function] = {
                    mode: _observe(worker, loopback, function, claim, mode)
                    for mode in modes
                    if mode != "hang" or not claim.default_timeout
                }
            for sdk in sdks.values():
                _compare_names(worker, sdk, result)
    return result


def _observe(worker: Worker, loopback: Loopback, function: str, claim: Claim, mode: str) -> Observation:
    loopback.set_mode(mode)
    classes = claim.raises(FAILURES[mode]) if mode in FAILURES else []
    reply = worker.ask("call", function=function, classes=classes, quick=mode in FAILURES)
    asked = [(r.method, r.path) for r in loopback.requests]
    attempts = asked.count(asked[-1]) if asked else reply["connections"]
    return Observation(
        mode, attempts, reply["seconds"], reply["limit"], reply["raised"], reply["among"], reply["text"]
    )


def _compare_names(worker: Worker, sdk: Sdk, result: Measured) -> None:
    """Note which constructors, calls and base classes of a catalogue file do not exist in the installed version."""
    version = result.versions.get(sdk.package or "", result.case.version)
    clients = [c for c in sdk.clients if in_version(c.since, c.until, version)]
    functions = [c for c in sdk.calls if not c.of and in_version(c.since, c.until, version)]
    names = [*(make for c in clients for make in c.make), *(c.path for c in functions)]
    names += [cls for classes in sdk.errors.raises.values() for cls in classes]
    found = worker.ask("names", names=names)
    result.missing_names += [name for name, answer in found.items() if answer == "no"]
    paths = sorted({path for c in clients if c.method is None for make in c.make for path in _paths(sdk, c.id, make, version)})
    answers = worker.ask("paths", paths=[(make, path.split(".")) for make, path in paths])
    for (make, path), answer in zip(paths, answers, strict=True):
        if answer == "no":
            result.missing_paths.append(f"{make}().{path}")
        elif answer == "not built":
            result.unseen_paths.append(f"{make}().{path}")
    pairs = [(child, parents) for child, parents in sdk.errors.parents.items()]
    flat = [(child, parent) for child, parents in pairs for parent in parents]
    replies = dict(zip(flat, worker.ask("parents", pairs=flat), strict=True))
    for child, parents in pairs:
        known = [replies[child, parent] for parent in parents if replies[child, parent] != "no name"]
        if known and "yes" not in known:
            result.wrong_parents.append(f"{child} is none of {', '.join(parents)}")


def _paths(sdk: Sdk, kind: str, make: str, version: str) -> list[tuple[str, str]]:
    """Attribute paths of the calls of a kind of object, and of what is reached from it by attribute."""
    found = [(kind, "")]
    for view in sdk.views:
        if view.path and kind in view.of:
            found.append((view.gives or view.id, view.path + "."))
    return [
        (make, prefix + call.path)
        for one, prefix in found
        for call in sdk.calls
        if one in call.of and call.path != "()" and in_version(call.since, call.until, version)
    ]
