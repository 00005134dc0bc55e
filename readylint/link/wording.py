"""Short sentences for evidence: what holds, who decided it, which version was assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from readylint.facts import FAILURE_NAMES, Guard, LlmCall, Retry, Setting, Timeout

if TYPE_CHECKING:
    from readylint.link.defaults import Applying, Default


def seconds_words(value: object) -> str:
    """600 gives "600 s", 0.03 gives "0.03 s"."""
    return f"{value:g} s" if isinstance(value, int | float) else str(value)


def sdk_words(assumed: Applying) -> str:
    """The SDK with the version that was assumed and where that was read: `openai 2.54.0 (requirements.txt)`."""
    versions = assumed.versions
    name = assumed.package or assumed.sdk
    if versions.assumed:
        place = f" ({versions.manifest})" if versions.manifest else ""
        return f"{name} {versions.assumed}{place}" if versions.from_ == "locked" else f"{name}{versions.assumed}{place}"
    if versions.manifest:
        return f"{name} (any version, {versions.manifest})"
    if versions.from_ != "names" or not assumed.package:
        return name
    lines = [line for line in versions.lines if line != "*"]
    return f"{name}{lines[0]} (no version is declared)" if len(lines) == 1 else f"{name} (any version)"


def proof_words(assumed: Applying, default: Default) -> str:
    """How the default is known: ` [measured with 2.54.0]`, ` [read in the source]`; nothing when nobody checked it."""
    confirmed = default.line.get("confirmed")
    if confirmed:
        return f" [measured with {str(confirmed[-1]).split()[-1]}]"
    how = {"measured": "introspected", "introspected": "introspected", "source-read": "read in its source"}
    return f" [{how[assumed.how]}]" if assumed.how in how else ""


def unsettled_words(assumed: Applying, default: Default) -> str | None:
    """Why a default is not known: the versions that the project may use differ in it."""
    lines = [line for line in dict.fromkeys(assumed.versions.lines) if line != "*"]
    if default.known or len(lines) < 2:
        return None
    declared = f"{assumed.versions.assumed} ({assumed.versions.manifest})" if assumed.versions.assumed else "no version"
    return f"{assumed.package} differs between {' and '.join(lines)}, and {declared} is declared"


def timeout_words(timeout: Timeout, fact: LlmCall, assumed: Applying, default: Default) -> str | None:
    """How long one attempt may take, and who says so."""
    value, source = timeout.value, timeout.source
    if source == "unknown" or (source == "sdk-default" and value is None):
        return unsettled_words(assumed, default)
    if source == "sdk-default":
        if timeout.ignored:
            return f"this is no time limit of the request; {sdk_words(assumed)} waits {seconds_words(value)} a try"
        limit = "waits for ever" if value == "none" else f"waits {seconds_words(value)} a try"
        tries = fact.retry.attempts
        more = f" and tries {tries} times" if isinstance(tries, int) and tries > 1 and value != "none" else ""
        return f"no timeout here; {sdk_words(assumed)} {limit}{more}{proof_words(assumed, default)}"
    if value == "none":
        return "this switches the time limit off"
    if isinstance(value, int | float):
        tries = fact.retry.attempts
        if timeout.unit == "ms" and value < 1:
            return f"read in milliseconds: {seconds_words(value)}"
        times = f", tried {tries} times" if isinstance(tries, int) and tries > 1 and source != "enclosing" else ""
        return f"{seconds_words(value)} a try{times}" if source != "enclosing" else f"{seconds_words(value)} in all"
    return None


def retry_words(retry: Retry, assumed: Applying, default: Default) -> str | None:
    """What retries, or why nothing does."""
    broken = next((x for x in retry.layers if x.fires is False and x.why_not), None)
    if retry.attempts == "unbounded":
        return "this repeats without end"
    if retry.status == "none":
        if broken is not None:
            return f"a retry is there, but it cannot fire: {broken.why_not}"
        if _switched_off(retry):
            return "retries are switched off here, and nothing else retries"
        return f"{sdk_words(assumed)} does not retry{proof_words(assumed, default)}, and nothing else does"
    if retry.status == "sdk-default" and isinstance(retry.attempts, int):
        return f"{sdk_words(assumed)} tries {retry.attempts} times by default{proof_words(assumed, default)}"
    return unsettled_words(assumed, default) if retry.status == "unknown" else None


def output_words(assumed: Applying) -> str:
    """That nothing limits the output."""
    return f"no limit on the output here; {sdk_words(assumed)} sends none by itself"


def steps_words(setting: Setting, assumed: Applying) -> str | None:
    """How many steps an agent may take, and who says so."""
    if setting.source == "sdk-default":
        if setting.value == "none":
            return f"no limit on the steps here, and {sdk_words(assumed)} has none"
        return f"no limit on the steps here; {sdk_words(assumed)} stops after {setting.value}"
    if setting.value == "none":
        return "this switches the limit on the steps off"
    return f"{setting.value} steps" if isinstance(setting.value, int | float) else None


def _switched_off(retry: Retry) -> bool:
    return any(x.kind == "sdk" and x.attempts == 1 for x in retry.layers)


def misses_words(catches: list[str], misses: dict[str, list[str]]) -> str:
    """Which failures get past an `except`, and as what they come."""
    caught = ", ".join(n.strip("<>") for n in catches) or "this"
    parts = [f"{FAILURE_NAMES[failure]} come as {' or '.join(classes[:2])}" for failure, classes in misses.items()]
    return f"{caught} is caught here; {', '.join(parts)}"


def failure_words(guard: Guard) -> str | None:
    """What becomes of the SDK's errors."""
    if guard.why is not None:
        return guard.why
    if guard.status == "none":
        if guard.bare:
            return "these callers do not catch what the SDK raises"
        return "nothing catches what the SDK raises here"
    if guard.on_error == "dropped":
        return "the error is dropped here: not logged, not raised, not answered"
    return None
