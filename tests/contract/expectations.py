"""What has to be seen when readylint's claims are true; the complaints are empty where it was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from contract.cases import Exemption
from contract.claims import Claim
from contract.measure import Measured, Observation
from contract.server import FAILURES, TRICKLE

OVERHEAD = 10.0
"""Seconds that a call may take beyond its time limits on a busy machine."""


def attempts(measured: Measured, mode: str) -> Iterator[str]:
    """The number of attempts of each function in a failing mode."""
    for function, claim, seen in _in(measured, mode):
        exempt = [e.attempts for e in _exemptions(measured, function, mode) if e.attempts is not None]
        expected = exempt[0] if exempt else claim.attempts
        if claim.attempts is not None and seen.attempts != expected:
            yield f"{function}: {seen.attempts} attempts, expected {expected}; raised {seen.error} {seen.text}"


def errors(measured: Measured, mode: str) -> Iterator[str]:
    """The error of each function is one of those that the catalogue lists for the failure."""
    for function, claim, seen in _in(measured, mode):
        listed = claim.raises(FAILURES[mode])
        if claim.returned and not seen.raised:
            continue
        if listed and not seen.among and not any(e.any_error for e in _exemptions(measured, function, mode)):
            yield f"{function}: raised {seen.raised}, which is none of {', '.join(listed)}: {seen.text}"


def limits(measured: Measured) -> Iterator[str]:
    """The limit of the wait for a good answer is the one claimed, given or by default."""
    for function, claim, seen in _in(measured, "ok"):
        if claim.timeout is not None and not _is_limit(seen.limit, claim.timeout):
            yield f"{function}: waits {seen.shown_limit}, claimed {claim.timeout} ({claim.timeout_source})"


def time_limits_end_a_call(measured: Measured) -> Iterator[str]:
    """A limit that the program gives ends each attempt."""
    for function, claim, seen in _in(measured, "hang"):
        expected = claim.timeout * seen.attempts
        if not expected * 0.9 <= seen.seconds <= expected + OVERHEAD:
            yield f"{function}: {seen.seconds:.2f} s for {seen.attempts} attempts of {claim.timeout} s"


def measures(measured: Measured) -> Iterator[str]:
    """An answer that trickles in is cut off by a limit for the whole call, and not by one for each read."""
    for function, claim, seen in _in(measured, "trickle"):
        exempt = any(_exemptions(measured, function, "trickle"))
        if claim.measures is not None and claim.timeout < TRICKLE / 1.5 and not exempt:
            expected = claim.measures == "total"
            if bool(seen.raised) != expected:
                yield f"{function}: claimed to limit the {claim.measures}; raised {seen.error or 'nothing'} {seen.text}"


def good_answers(measured: Measured) -> Iterator[str]:
    """The program works when the server does."""
    for function, _, seen in _in(measured, "ok"):
        if seen.raised or seen.attempts != 1:
            yield f"{function}: {seen.attempts} requests, raised {seen.error or 'nothing'} {seen.text}"


def complaints(measured: Measured) -> list[str]:
    """All of them."""
    failing = [*(c for m in FAILURES for c in (*attempts(measured, m), *errors(measured, m)))]
    other = (good_answers, limits, time_limits_end_a_call, measures)
    return failing + [complaint for check in other for complaint in check(measured)]


def needless_exemptions(measured: Measured) -> Iterator[str]:
    """Exemptions without which there would be no more complaints."""
    before = complaints(measured)
    for exemption in measured.case.exempt:
        others = tuple(e for e in measured.case.exempt if e is not exemption)
        if complaints(replace(measured, case=replace(measured.case, exempt=others))) == before:
            yield f"{exemption.why} {exemption.modes}"


def _in(measured: Measured, mode: str) -> Iterator[tuple[str, Claim, Observation]]:
    for function, modes in measured.seen.items():
        if mode in modes:
            yield function, measured.claims[function], modes[mode]


def _exemptions(measured: Measured, function: str, mode: str) -> Iterator[Exemption]:
    return (e for e in measured.case.exempt if e.holds_for(function, mode))


def _is_limit(seen: float | None, claimed: float | str) -> bool:
    """Some time passes before the wait begins; aiohttp rounds long limits up to whole seconds, gRPC to three digits."""
    if claimed == "none" or seen is None:
        return (seen is None) == (claimed == "none")
    return abs(seen - float(claimed)) <= 0.1 + 0.01 * float(claimed)
