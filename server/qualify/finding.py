"""What a check expected and what it saw."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """`open`: could not be found out here, so that a person has to look."""

    PASSED = "passed"
    FAILED = "failed"
    OPEN = "open"


@dataclass(frozen=True)
class Finding:
    """One line of a protocol. `remedy`: what to do when it failed or is open; empty otherwise."""

    name: str
    expected: str
    seen: str
    verdict: Verdict
    remedy: str = ""


def held(name: str, expected: str, seen: object, *, holds: bool, remedy: str) -> Finding:
    """It is so, or it is not."""
    verdict = Verdict.PASSED if holds else Verdict.FAILED
    return Finding(name, expected, str(seen), verdict, "" if holds else remedy)


def left_open(name: str, expected: str, seen: object, remedy: str) -> Finding:
    """It cannot be found out here."""
    return Finding(name, expected, str(seen), Verdict.OPEN, remedy)


def failed(findings: Iterable[Finding]) -> list[Finding]:
    """Those that failed."""
    return [one for one in findings if one.verdict is Verdict.FAILED]


def summary(findings: Sequence[Finding]) -> str:
    """In one sentence."""
    counts = [sum(one.verdict is verdict for one in findings) for verdict in Verdict]
    return f"{len(findings)} checks: {counts[0]} passed, {counts[1]} failed, {counts[2]} left open."
