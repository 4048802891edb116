"""Whether an entry may count, judged by the same windows that the phone showed.

A refused entry is kept and receipted with its code; it only grades nothing. What counts is the tap on Save by the
phone's stated clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from diary_app.core.answers import is_answer
from diary_app.core.entries import EntryBody
from diary_app.core.errors import Code
from diary_app.core.instruments import Instrument
from diary_app.core.status import is_with_consent
from diary_app.core.windows import Window
from diary_app.core.wire import CLOCK_TOLERANCE_MS


@dataclass(frozen=True)
class Verdict:
    """`code` is empty for an entry that counts; `flags` are shown and change nothing; `window` is the one applied."""

    code: Code | None = None
    flags: tuple[Code, ...] = ()
    window: Window | None = None


def judge(
    body: EntryBody,
    *,
    participant: str,
    instrument: Instrument | None,
    study_known: bool,
    withdrawn_from: datetime | None,
    received_at: datetime,
    windows: Sequence[tuple[datetime, datetime, datetime]],
) -> Verdict:
    """Judge one entry.

    `instrument`: the version that the entry names, as it is asked; None when it is unknown, or no questionnaire of the
    visit named. `study_known`: the study version named is one that was live. `withdrawn_from`: the instant from which
    consent is withdrawn. `received_at`: when the entry first came. `windows`: every window of this diary day, or of the
    visit, under facts that the phone could know, the server's current one last; empty when nobody expected it.
    """
    if body.participant != participant:
        return Verdict(Code.WRONG_PARTICIPANT)
    flags = _flags(body, expected=bool(windows))
    if body.practice:
        return Verdict(flags=_flags(body, expected=True))
    window = _window(body, windows)
    sealed = not is_with_consent(withdrawn_from, body.captured_at, received_at)
    code = (
        (Code.AFTER_WITHDRAWAL if sealed else None)  # first: it is sealed whatever else is wrong with it
        or _unusable(body, instrument, study_known)
        or (_untimely(body, window) if window else None)
    )
    return Verdict(code, flags, window)


def _flags(body: EntryBody, *, expected: bool) -> tuple[Code, ...]:
    clock_off = abs(body.clock_offset_ms or 0) > CLOCK_TOLERANCE_MS
    return ((Code.CLOCK_OFF,) if clock_off else ()) + (() if expected else (Code.EXTRA_DAY,))


def _unusable(body: EntryBody, instrument: Instrument | None, study_known: bool) -> Code | None:
    if not study_known:
        return Code.STUDY_VERSION_UNKNOWN
    if instrument is None or (instrument.code, instrument.version) != (body.instrument, body.instrument_version):
        return Code.INSTRUMENT_UNKNOWN
    return None if _answered(body, instrument) else Code.ENTRY_INVALID


def _answered(body: EntryBody, instrument: Instrument) -> bool:
    """Every item has one of its own answers or an explicit reason, and there are no other items."""
    if len(body.answers) != len(instrument.items):
        return False
    return all(item.code in body.answers and is_answer(item, body.answers[item.code]) for item in instrument.items)


def _window(body: EntryBody, windows: Sequence[tuple[datetime, datetime, datetime]]) -> Window | None:
    shown = Window(body.opens, body.closes, body.late_until)
    if not windows:
        return None
    return shown if shown in windows else Window(*windows[-1])


def _untimely(body: EntryBody, window: Window) -> Code | None:
    if body.captured_at < window.opens:
        return Code.TOO_EARLY
    over = body.captured_at > window.late_until
    if body.visit:  # its window ends where a treatment starts
        over = body.captured_at >= window.closes
    return Code.TOO_LATE if over else None
