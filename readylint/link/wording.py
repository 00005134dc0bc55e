"""Short sentences for evidence: what holds, who decided it, which version was assumed."""

from __future__ import annotations

from readylint.facts import Guard, LlmCall, Retry, Timeout


def seconds_words(value: object) -> str:
    """600 gives "600 s", 0.03 gives "0.03 s"."""
    return f"{value:g} s" if isinstance(value, int | float) else str(value)


def sdk_words(fact: LlmCall, package: str | None) -> str:
    """The SDK with the version that was assumed and where that was read: `openai 2.54.0 (requirements.txt)`."""
    versions = fact.sdk_versions
    name = package or fact.sdk
    if versions.assumed:
        place = f" ({versions.manifest})" if versions.manifest else ""
        return f"{name} {versions.assumed}{place}" if versions.from_ == "locked" else f"{name}{versions.assumed}{place}"
    return f"{name} (any version)" if versions.from_ == "names" and package else name


def timeout_words(timeout: Timeout, fact: LlmCall, package: str | None) -> str | None:
    """How long one attempt may take, and who says so."""
    value, source = timeout.value, timeout.source
    if source == "sdk-default":
        limit = "waits for ever" if value == "none" else f"waits {seconds_words(value)} a try"
        tries = fact.retry.attempts
        more = f" and tries {tries} times" if isinstance(tries, int) and tries > 1 and value != "none" else ""
        return f"no timeout here; {sdk_words(fact, package)} {limit}{more}"
    if value == "none":
        return "this switches the time limit off"
    if isinstance(value, int | float):
        tries = fact.retry.attempts
        times = f", tried {tries} times" if isinstance(tries, int) and tries > 1 and source != "enclosing" else ""
        return f"{seconds_words(value)} a try{times}" if source != "enclosing" else f"{seconds_words(value)} in all"
    return None


def retry_words(retry: Retry, fact: LlmCall, package: str | None) -> str | None:
    """What retries, or why nothing does."""
    broken = next((x for x in retry.layers if x.fires is False and x.why_not), None)
    if retry.attempts == "unbounded":
        return "this repeats without end"
    if retry.status == "none":
        if broken is not None:
            return f"a retry is there, but it cannot fire: {broken.why_not}"
        return (
            f"{sdk_words(fact, package)} does not retry, and nothing else does"
            if not _switched_off(retry)
            else "retries are switched off here, and nothing else retries"
        )
    if retry.status == "sdk-default" and isinstance(retry.attempts, int):
        return f"{sdk_words(fact, package)} tries {retry.attempts} times by default"
    return None


def _switched_off(retry: Retry) -> bool:
    return any(x.kind == "sdk" and x.attempts == 1 for x in retry.layers)


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
