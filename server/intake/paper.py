"""Typing what is on a sheet of paper or was said in an interview (R18, R34, R36): checked, stored once, graded at once.

Judged by its own date: inside its window it is done, inside the late one late. A sheet dated outside is stored and
grades nothing; an interview outside is refused, as a closed evening is not collected by asking.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection

from diary_app.core.corrections import NO_OVERLAY
from diary_app.core.entries import Answer, EntryBody, FilledBy
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Fact, Status
from diary_app.core.gate import Verdict, judge
from diary_app.core.history import zone_at
from diary_app.core.instruments import Instrument
from diary_app.core.paper import (
    NAMED_IN_NOTES,
    Asked,
    InterviewEntry,
    PaperEntry,
    PaperReason,
    TypedEntry,
    entry_body,
)
from diary_app.core.status import terms, withdrawn_from
from diary_app.core.study import Study
from diary_app.core.times import TZDATA_VERSION, local, local_date, offset_minutes, wall_to_utc
from diary_app.core.windows import Window, window_of
from diary_app.core.wording import wording_sha256
from diary_app.resources import LANGUAGES, catalogue, instrument
from server.access.acting import Acting, role_of
from server.access.rights import Right, all_rights
from server.access.roles import HOLDERS, Permission
from server.db import accounts, days
from server.db.days import ExpectedDay
from server.db.participants import Participant
from server.db.site_facts import EVERYWHERE
from server.intake.corrected import overlays
from server.intake.held import Held, holding
from server.intake.known import facts_of
from server.intake.references import checked_reference
from server.intake.regrade import settle
from server.intake.schedule import extra_days
from server.intake.staff import check_not_locked, refused, take_effect
from server.intake.transcribed import Transcribed, transcribed
from server.services import Services


@dataclass(frozen=True)
class Interview:
    """`by`: user name of whoever asked, or `NAMED_IN_NOTES`. `is_word_for_word`: every question was read aloud so."""

    asked: Asked
    by: str
    is_word_for_word: bool


@dataclass(frozen=True)
class Sheet:
    """What somebody reads on the sheet, or was told. `day`, `at`: when it was filled in. `form`: see `TypedEntry`.

    `is_dated`: the participant dated it; whatever was only told is no sheet. `interview`: how it was asked instead.
    """

    form: str
    diary_day: date
    day: date
    at: time
    answers: Mapping[str, Answer]
    filled_by: FilledBy
    reason: PaperReason
    reference: str
    language: str
    is_dated: bool
    interview: Interview | None = None


@dataclass(frozen=True)
class Judged:
    """How the sheet will count. `is_expected`: somebody waited for its day; `other`: entry that its day has already.

    `goes_first`: of the two it is the one that was made first.
    """

    entry: TypedEntry
    is_expected: bool
    other: str | None
    goes_first: bool

    @property
    def is_late(self) -> bool:
        """Whether it counts, and is dated after its window closed."""
        until = None if self.entry.code else self.entry.on_time_until
        return until is not None and self.entry.captured_at > until


def transcribe(
    connection: Connection, services: Services, participant: str, sheet: Sheet, *, who: Acting, at: datetime
) -> Fact:
    """Store what is on the sheet, and grade its day. The same form sent again is the same fact.

    Raises `RequestRefused` with nothing changed.
    """
    with holding(connection, participant) as held:
        role = role_of(connection, who, Permission.TRANSCRIBE_PAPER, held.row.site)
        detail = judged(connection, services, held.row, sheet, by_role=role, at=at).entry
        before = transcribed(connection, [participant])
        if same := next((one for one in before if one.sheet.form == detail.form), None):
            return _sent_again(same, detail)
        _check_new(_not_voided(connection, participant, before), detail)
        facts = facts_of(connection, participant)
        check_not_locked(facts, detail.diary_day)
        fact = take_effect(
            held, services, facts, detail, author=who.author, at=at, id=services.environment.new_id()
        )  # fmt: skip
        _keep_extra_day(held, detail, at)
        return fact


def judged(
    connection: Connection, services: Services, person: Participant, sheet: Sheet, *, by_role: str, at: datetime
) -> Judged:
    """What would be stored, and how it would count. Raises `RequestRefused` when nothing would."""
    facts, study = facts_of(connection, person.id), services.study
    row = _row(connection, study, person, sheet.diary_day)
    zone = row.zone if row else zone_at(facts, at) or study.site(person.site).zone
    window = _window(study, row, sheet.diary_day, zone)
    captured = _captured(sheet, zone)
    _check_asker(connection, sheet.interview, person.site)
    _check_dates(person, facts, sheet, window, captured, zone, at)
    asked = instrument(study.diary.instrument, study.diary.version)
    draft = _draft(person, study, asked, sheet, window, captured, zone, by_role)
    is_expected = row is not None and row.not_expected is None
    windows, body = [window] if is_expected else [], entry_body(person.id, draft)
    verdict = _verdict(body, asked, withdrawn_from(facts), windows, at)
    entry = draft.model_copy(
        update={
            "code": verdict.code.value if verdict.code else "",
            "on_time_until": verdict.window.closes if verdict.window else None,
        }
    )
    return _beside(row, entry, is_expected=is_expected)


def _row(connection: Connection, study: Study, person: Participant, day: date) -> ExpectedDay | None:
    return next(iter(days.named(connection, person.id, [(study.diary.instrument, day)])), None)


def _window(study: Study, row: ExpectedDay | None, day: date, zone: str) -> Window:
    """The evening's own, or what most have where there is none."""
    return Window(row.opens, row.closes, row.late_until) if row else window_of(study.diary.window(None), day, zone)


def _captured(sheet: Sheet, zone: str) -> datetime:
    """When the sheet says it was filled in; of an hour that clocks show twice, the first time."""
    moment = wall_to_utc(sheet.day, sheet.at.hour * 60 + sheet.at.minute, zone, last=False)
    wall = local(moment, zone)
    if (wall.hour, wall.minute) != (sheet.at.hour, sheet.at.minute):
        raise refused("No clock showed {time} that night: summer time began.", "Look at the time again.", time=sheet.at)
    return moment


def _check_dates(
    person: Participant, facts: tuple[Fact, ...], sheet: Sheet, window: Window, captured: datetime, zone: str,
    at: datetime,
) -> None:  # fmt: skip
    if window.opens > at:
        raise refused("That evening has not begun.", "Choose the evening that the answers are about.")
    if captured > at:
        raise refused("The answers are dated in the time to come.", "Look at their date and time again.")
    if sheet.diary_day < local_date(person.added_at, zone):
        raise refused("That evening was before the participant was taken in.", "Look at the date again.")
    if sheet.day < sheet.diary_day:
        raise refused("The answers are dated before their evening.", "Look at both dates again.")
    deaths = [one.said for one in terms(facts) if one.said.status is Status.DIED and one.revoked_at is None]
    if any(sheet.day > one.effective for one in deaths):
        raise refused(
            "The answers are dated after the participant died.",
            "Nothing is stored. Look at the date, and at the status.",
        )


def _draft(
    person: Participant, study: Study, asked: Instrument, sheet: Sheet, window: Window, captured: datetime, zone: str,
    by_role: str,
) -> TypedEntry:  # fmt: skip
    _check_source(sheet, window, captured)
    if sheet.language not in study.languages or sheet.language not in LANGUAGES:
        raise refused("The diary does not have that language.", "Choose one of those on the page.")
    reference = checked_reference(sheet.reference)
    if not reference:
        raise refused("Nothing says where it is kept.", "Write it down, such as binder 3, sheet 12.")
    typed: dict[str, Any] = {
        "by_role": by_role, "by_site": person.site, "form": sheet.form, "study_version": study.version,
        "instrument": asked.code, "instrument_version": asked.version,
        "wording_sha256": wording_sha256(asked, catalogue(sheet.language)), "language": sheet.language,
        "diary_day": sheet.diary_day, "opens": window.opens, "closes": window.closes, "late_until": window.late_until,
        "answers": dict(sheet.answers), "captured_at": captured, "utc_offset_minutes": offset_minutes(captured, zone),
        "zone": zone, "reason": sheet.reason, "reference": reference, "tzdata_version": TZDATA_VERSION,
    }  # fmt: skip
    if sheet.interview:
        return InterviewEntry(**typed, asked=sheet.interview.asked, asked_by=sheet.interview.by)
    return PaperEntry(**typed, filled_by=sheet.filled_by)


def _check_source(sheet: Sheet, window: Window, captured: datetime) -> None:
    """A sheet that the participant dated, or an interview, word for word, while the evening was open."""
    if sheet.interview is None and not sheet.is_dated:
        raise refused(
            "A closed evening is not collected by telephone.",
            "Confirm that there is a sheet which the participant has dated, or leave the evening empty.",
        )
    if sheet.interview is None:
        return
    if not sheet.interview.is_word_for_word:
        raise refused(
            "Nobody has confirmed that the questions were read aloud word for word.",
            "Confirm it, or leave the evening empty: other words are another questionnaire.",
        )
    if not window.opens <= captured <= window.late_until:
        raise refused(
            "The participant was not asked while the evening was open.",
            "A closed evening is not collected afterwards, by telephone or face to face. Leave it empty.",
        )


def askers(connection: Connection, site: str) -> dict[str, str]:
    """Who may have asked at that site: name by user name, and at last somebody whom only the notes name."""
    there = {right.account for right in all_rights(connection) if _may_ask(right, site)}
    names = {one.username: one.display_name for one in accounts.everyone(connection) if one.id in there}
    return names | {NAMED_IN_NOTES: ""}


def _may_ask(right: Right, site: str) -> bool:
    return right.site in (site, EVERYWHERE) and right.role in HOLDERS[Permission.TRANSCRIBE_PAPER]


def _check_asker(connection: Connection, interview: Interview | None, site: str) -> None:
    if interview and interview.by not in askers(connection, site):
        raise refused("Nothing says who asked.", "Choose from the list.")


def _verdict(
    body: EntryBody, asked: Instrument, withdrawn: datetime | None, windows: list[Window], at: datetime
) -> Verdict:
    """As the gate judges what a phone sends; but what it would seal or cannot use is not typed at all."""
    verdict = judge(
        body, participant=body.participant, instrument=asked, study_known=True, withdrawn_from=withdrawn,
        received_at=at, windows=windows,
    )  # fmt: skip
    match verdict.code:
        case Code.AFTER_WITHDRAWAL:
            raise RequestRefused(
                Code.AFTER_WITHDRAWAL,
                "The answers are dated after consent was withdrawn.",
                "Nothing is stored. Put the sheet or the notes away as the protocol says.",
            )
        case Code.ENTRY_INVALID:
            raise refused("An answer is missing, or is none that the question offers.", "Look at the answers again.")
    return verdict


def _beside(row: ExpectedDay | None, entry: TypedEntry, *, is_expected: bool) -> Judged:
    other = row.entry if row else None
    first_made = row.first_captured_at if row and other else None
    return Judged(entry, is_expected, other, goes_first=first_made is None or entry.captured_at < first_made)


def _sent_again(stored: Transcribed, detail: TypedEntry) -> Fact:
    """A double click, or the page sent again: nothing new, unless it says something else."""
    judged_then = {"by_role", "by_site", "opens", "closes", "late_until", "on_time_until", "code", "study_version"}
    if stored.sheet.model_dump(exclude=judged_then) != detail.model_dump(exclude=judged_then):
        raise RequestRefused(
            Code.ALREADY_EXISTS,
            "This page was saved before with something else on it.",
            "Look at the list below. If something in it is wrong, ask for a correction.",
        )
    return Fact(stored.fact, stored.at, stored.change_no, stored.sheet)


def _not_voided(connection: Connection, participant: str, before: list[Transcribed]) -> list[Transcribed]:
    """Those that no correction has voided since: a sheet that was typed in error is typed again."""
    overlay = overlays(connection, [participant]).get(participant, NO_OVERLAY)
    standing = {version.id for version in overlay.over(one.version for one in before)}
    return [one for one in before if one.version.id in standing]


def _check_new(before: list[Transcribed], detail: TypedEntry) -> None:
    """One sheet is typed once, on whichever page, whether it counts or not."""
    named = {(one.sheet.diary_day, one.sheet.captured_at) for one in before}
    if (detail.diary_day, detail.captured_at) in named:
        raise RequestRefused(
            Code.ALREADY_EXISTS,
            "Answers of that evening with the same date and time have been typed before.",
            "Look at the list below. If something in it is wrong, ask for a correction.",
        )


def _keep_extra_day(held: Held, detail: TypedEntry, at: datetime) -> None:
    """An evening that no schedule ever named gets its row, as it does when a phone sends such an entry."""
    there = days.named(held.connection, held.id, [(detail.instrument, detail.diary_day)])
    if not detail.code:
        settle([held], extra_days(held.id, [entry_body(held.id, detail)], there), at)
