"""Runs the programs against the loopback server and keeps what was seen."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import tempfile
import threading
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from contract.cases import PACKAGES, Case
from contract.claims import Claim, claims, in_version
from contract.server import FAILURES, Loopback
from packaging.utils import canonicalize_name

from readylint.catalogue import Call, Client, Sdk

if TYPE_CHECKING:
    from contract.grpc_server import GrpcLoopback

NEED_LIMIT = ("hang", "trickle")
"""Modes that are tried only where the program sets a time limit of its own: defaults last too long."""
RESULTS = PACKAGES / "results"
WORKER = Path(__file__).parent / "worker.py"
KEYS = (
    "OPENAI_API_KEY", "AZURE_OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GROQ_API_KEY", "TOGETHER_API_KEY",
    "CEREBRAS_API_KEY", "FIREWORKS_API_KEY", "GEMINI_API_KEY", "MISTRAL_API_KEY", "CO_API_KEY", "HF_TOKEN",
    "REPLICATE_API_TOKEN", "VOYAGE_API_KEY", "XAI_API_KEY", "DASHSCOPE_API_KEY",
    "GOOGLE_API_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
)  # fmt: skip
"""Variables that the SDKs want a key in."""
SETTINGS = {
    "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "HF_HUB_DISABLE_TELEMETRY": "1",
    "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LANGSMITH_TRACING": "false",
    "OPENAI_AGENTS_DISABLE_TRACING": "1", "HAYSTACK_TELEMETRY_ENABLED": "False", "AGNO_TELEMETRY": "false",
}  # fmt: skip
"""What keeps the SDKs from asking others than the loopback server."""
ADDRESSES = ("BASE_URL", "OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "OLLAMA_HOST", "REPLICATE_BASE_URL")
"""Variables that programs, and SDKs without a client object, read the address from."""
_reading = threading.Lock()
"""The analysis of a program is not made for several threads."""
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

    @property
    def shown_limit(self) -> str:
        """The limit of the longest wait as people write it."""
        return "none" if self.limit is None else f"{round(self.limit, 2):g}"


@dataclass
class Measured:
    """All that was seen of one case."""

    case: Case
    versions: dict[str, str]
    claims: dict[str, Claim]
    seen: dict[str, dict[str, Observation]] = field(default_factory=dict)
    """Function -> mode -> what was seen."""
    missing: list[str] = field(default_factory=list)
    """Names and attribute paths of the catalogue that do not exist."""
    unseen: list[str] = field(default_factory=list)
    """Attribute paths on kinds of objects that the program does not build."""
    wrong_parents: list[str] = field(default_factory=list)
    """Classes that do not descend from what the catalogue says."""

    def save(self) -> None:
        """Keep what was seen, for `contract.table` and `contract.confirm`."""
        kept = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ("case", "claims", "seen")}
        kept["seen"] = {f: {m: asdict(o) for m, o in modes.items()} for f, modes in self.seen.items()}
        RESULTS.mkdir(parents=True, exist_ok=True)
        (RESULTS / f"{self.case.id}.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")


def saved(case: Case) -> Measured | None:
    """What was seen last; the claims are those of today's catalogue."""
    path = RESULTS / f"{case.id}.json"
    if not path.is_file():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    seen = {f: {m: Observation(**o) for m, o in modes.items()} for f, modes in kept.pop("seen").items()}
    return Measured(case, claims=claims(case.path, kept["versions"]), seen=seen, **kept)


class Worker:
    """A process that runs the functions of one program with the packages of one folder."""

    def __init__(self, case: Case, url: str, home: Path) -> None:
        given = {**dict.fromkeys(KEYS, "not-a-key"), **dict.fromkeys(ADDRESSES, url), **SETTINGS}
        environment = {**given, "HOME": str(home), "PATH": os.environ["PATH"]}
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


def measure(case: Case) -> Measured:
    """Run every function of a program in every mode."""
    home = tempfile.TemporaryDirectory(prefix="readylint-contract-")
    with home as folder, _loopback(case) as loopback, Worker(case, loopback.url, Path(folder)) as worker:
        versions = {canonicalize_name(name): version for name, version in worker.ask("versions").items()}
        with _reading:
            result = Measured(case, versions, claims(case.path, versions))
        sdks = {claim.sdk.sdk: claim.sdk for claim in result.claims.values()}.values()
        worker.ask("watch", names=[make for sdk in sdks for client in sdk.clients for make in client.make])
        for function, claim in result.claims.items():
            if function not in case.without:
                modes = [mode for mode in loopback.modes if mode not in NEED_LIMIT or not claim.default_timeout]
                result.seen[function] = {mode: _observe(worker, loopback, function, claim, mode) for mode in modes}
        for sdk in sdks:
            _compare(worker, sdk, result)
    return result


def _loopback(case: Case) -> Loopback | GrpcLoopback:
    if case.protocol == "http":
        return Loopback()
    from contract.grpc_server import GrpcLoopback

    return GrpcLoopback()


def _observe(worker: Worker, loopback: Loopback | GrpcLoopback, function: str, claim: Claim, mode: str) -> Observation:
    loopback.set_mode(mode)
    classes = claim.raises(FAILURES[mode]) if mode in FAILURES else []
    reply = worker.ask("call", function=function, classes=classes, quick=mode != "ok")
    asked = [(r.method, r.path) for r in loopback.requests]
    attempts = asked.count(asked[-1]) if asked else reply["connections"]
    limit = loopback.limit(reply["limit"])
    return Observation(mode, attempts, reply["seconds"], limit, reply["raised"], reply["among"], reply["text"])


def _compare(worker: Worker, sdk: Sdk, result: Measured) -> None:
    """Note which names, attribute paths and base classes of a catalogue file are not so in the installed version.

    Constructors and functions of other distributions than that of the case are left to their own cases.
    """
    case = result.case
    version = result.versions.get(canonicalize_name(sdk.package or ""), case.version)
    mine = canonicalize_name(case.distribution)
    of_file = mine in map(canonicalize_name, [sdk.package or "", *sdk.same_version])
    own = [c for c in sdk.clients if (canonicalize_name(c.package) == mine if c.package else of_file)]
    clients = [c for c in own if in_version(c.since, c.until, case.version)]
    calls = [c for c in sdk.calls if in_version(c.since, c.until, version)]
    functions = [c.path for c in calls if not c.of and of_file]
    names = [name for c in clients for name in c.make if not name.endswith(".*")] + functions
    raised = [cls for classes in sdk.errors.raises.values() for cls in classes]
    found = worker.ask("names", names=[*names, *raised])
    result.missing += [name for name in names if found[name] == "no"]
    for failure, classes in sdk.errors.raises.items():
        if "no" in (answers := {found[cls] for cls in classes}) and "yes" not in answers:
            result.missing.append(f"errors.raises.{failure}")
    built: dict[str, set[str]] = {}
    for client in clients:
        paths = _paths(sdk, client, calls)
        for make in [] if client.method else client.make:
            for first in [f":{a}" for literals in client.argument_is.values() for a in literals] or [""]:
                answers = worker.ask("paths", paths=[(make + first, path.split(".")) for path in paths])
                for path, answer in zip(paths, answers, strict=True):
                    built.setdefault(f"{client.id}.{path}", set()).add(answer)
                    if answer == "no":
                        result.missing.append(f"{make}().{path}")
    result.unseen += [path for path, answers in built.items() if answers == {"not built"}]
    _compare_parents(worker, sdk, result)


def _paths(sdk: Sdk, client: Client, calls: list[Call]) -> list[str]:
    """Attribute paths of the calls of an object, and of what is reached from it by attribute."""
    kinds = [(client.id, "")]
    kinds += [(view.gives or view.id, f"{view.path}.") for view in sdk.views if view.path and client.id in view.of]
    return [prefix + c.path for kind, prefix in kinds for c in calls if kind in c.of and c.path != "()"]


def _compare_parents(worker: Worker, sdk: Sdk, result: Measured) -> None:
    pairs = [(child, parent) for child, parents in sdk.errors.parents.items() for parent in parents]
    answers = dict(zip(pairs, worker.ask("parents", pairs=pairs), strict=True))
    for child, parents in sdk.errors.parents.items():
        known = [answers[child, parent] for parent in parents if answers[child, parent] != "no name"]
        if known and "yes" not in known:
            result.wrong_parents.append(f"{child} is no {' and no '.join(parents)}")
