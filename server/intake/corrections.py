"""Correcting what a participant saved (R13, R14): asked for with source and reason, confirmed or waived, approved.

Each step is one fact on the participant's chain, checked and in force in the transaction that holds the participant.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection

from diary_app import resources
from diary_app.core.answers import is_answer
from diary_app.core.correction_facts import (
    CorrectionApproved,
    CorrectionChange,
    CorrectionReason,
    CorrectionRefused,
    CorrectionRequested,
    CorrectionSource,
    CorrectionWaived,
    CorrectionWithdrawn,
    DayMove,
    ItemChange,
    RefusalReason,
    Voided,
    WaiverReason,
)
from diary_app.core.corrections import APPROVABLE, NO_OVERLAY, Correction, CorrectionState
from diary_app.core.entries import EntryBody, EntryVersion
from diary_app.core.errors import Code, Phrase, RequestRefused
from diary_app.core.facts import Fact
from diary_app.core.history import zone_at
from diary_app.core.merge import counting
from diary_app.core.paper import typed_mode
from diary_app.core.status import Consent
from diary_app.core.times import local_date
from server.access.acting import Acting, may, role_of
from server.access.roles import Permission
from server.db import days, records
from server.db.days import ExpectedDay
from server.db.stored_entries import version_of
from server.intake.accepted import every_accepted
from server.intake.corrected import corrections_of, overlays
from server.intake.held import Held, holding
from server.intake.known import append, facts_of
from server.intake.references import checked_reference
from server.intake.regrade import regrade
from server.intake.staff import check_not_locked
from server.intake.transcribed import counting_sheets, transcribed
from server.services import Services


@dataclass(frozen=True)
class Wanted:
    """What is asked for: the version it is about, what shall become another, and the participant's own statement."""

    entry: str
    change: CorrectionChange
    source: CorrectionSource
    stated_on: date
    reason: CorrectionReason
    reference: str = ""


def request(
    connection: Connection, services: Services, participant: str, wanted: Wanted, *, who: Acting, at: datetime
) -> Fact:
    """Ask for a correction; its id is the fact's. Raises `RequestRefused` with nothing changed.

    That the new value is the old one is said only to whoever may see answers; else it would tell the value, guess by
    guess. What others ask for so is taken like anything else, and the investigator refuses it.
    """
    with _acting(connection, participant, who, Permission.REQUEST_CORRECTION, at) as case:
        version = case.current(wanted.entry)
        case.check_statement(wanted)
        case.check_change(version, wanted.change, is_told=case.may_see_answers)
        detail = CorrectionRequested(
            by_role=case.role, by_site=case.held.row.site, entry=version.id, instrument=version.body.instrument,
            diary_day=version.body.diary_day, change=wanted.change, source=wanted.source, stated_on=wanted.stated_on,
            reason=wanted.reason, reference=wanted.reference.strip(),
        )  # fmt: skip
        return case.record(services, detail)


def waive(
    connection: Connection,
    services: Services,
    participant: str,
    correction: str,
    reason: WaiverReason,
    *,
    who: Acting,
    at: datetime,
) -> Fact:
    """An investigator says why the participant is not asked in the app. Raises `RequestRefused`."""
    with _acting(connection, participant, who, Permission.APPROVE_CORRECTION, at) as case:
        known = case.open(correction)
        if known.state is not CorrectionState.ASKED:
            raise _refused("The participant has answered, or the question was waived.", "Approve or refuse it.")
        detail = CorrectionWaived(by_role=case.role, by_site=case.held.row.site, correction=known.id, reason=reason)
        return case.record(services, detail)


def approve(
    connection: Connection, services: Services, participant: str, correction: str, *, who: Acting, at: datetime
) -> Fact:
    """Let the correction count and grade its days anew. Raises `RequestRefused` with nothing changed."""
    with _acting(connection, participant, who, Permission.APPROVE_CORRECTION, at) as case:
        known = case.open(correction)
        if known.state not in APPROVABLE:
            raise _unconfirmed(known)
        wanted = known.wanted
        version = case.current(wanted.entry)
        if version.body.diary_day != wanted.diary_day:
            raise _overtaken("The entry stands on another day by now.")
        case.check_closed(version.body, wanted.change)
        case.check_change(version, wanted.change)
        fact = case.record(
            services, CorrectionApproved(by_role=case.role, by_site=case.held.row.site, correction=known.id)
        )
        services.graded.note(at)
        regrade(case.held, _days_of(wanted), at)
        return fact


def refuse(
    connection: Connection,
    services: Services,
    participant: str,
    correction: str,
    reason: RefusalReason,
    *,
    who: Acting,
    at: datetime,
) -> Fact:
    """The entry stays as it was. Raises `RequestRefused`."""
    with _acting(connection, participant, who, Permission.APPROVE_CORRECTION, at) as case:
        known = case.open(correction)
        detail = CorrectionRefused(by_role=case.role, by_site=case.held.row.site, correction=known.id, reason=reason)
        return case.record(services, detail)


def withdraw(
    connection: Connection, services: Services, participant: str, correction: str, *, who: Acting, at: datetime
) -> Fact:
    """The site does not ask for it any more. Raises `RequestRefused`."""
    with _acting(connection, participant, who, Permission.REQUEST_CORRECTION, at) as case:
        known = case.open(correction)
        detail = CorrectionWithdrawn(by_role=case.role, by_site=case.held.row.site, correction=known.id)
        return case.record(services, detail)


@dataclass(frozen=True)
class _Case:
    """One held participant, who acts and in which role, and what is known so far."""

    held: Held
    who: Acting
    role: str
    at: datetime

    @cached_property
    def _facts(self) -> tuple[Fact, ...]:
        return facts_of(self.held.connection, self.held.id)

    @cached_property
    def _entries(self) -> tuple[EntryVersion, ...]:
        """Every entry that may count, as approved corrections have left it."""
        consent = Consent.of(self._facts)
        stored = records.accepted_entries(self.held.connection, self.held.id)
        made = [(version_of(row, row.on_time_until), row.received_at, row.change_no) for row in stored]
        made += [(one.version, one.received_at, 0) for one in every_accepted(self.held.connection, self.held.id)]
        sheets = counting_sheets(transcribed(self.held.connection, [self.held.id]))
        made += [(one.version, one.at, 0) for one in sheets]
        overlay = overlays(self.held.connection, [self.held.id]).get(self.held.id, NO_OVERLAY)
        return overlay.over(one for one, at, let_in in made if consent.covers(one.body.captured_at, at, let_in))

    def record(self, services: Services, detail: BaseModel) -> Fact:
        """Append the fact in the name of whoever acts."""
        return append(self.held, detail, author=self.who.author, at=self.at, id=services.environment.new_id())

    def open(self, correction: str) -> Correction:
        """The correction while nobody has decided on it. Raises `RequestRefused`."""
        known = {one.id: one for one in corrections_of(self.held.connection, self.held.id)}
        if correction not in known:
            raise RequestRefused(
                Code.NOT_FOUND, "This participant has no such correction.", "Look at the list of corrections."
            )
        if not known[correction].is_open:
            raise _refused(
                "The correction is {state} already.", "Ask for another one if needed.",
                state=Phrase(known[correction].state),
            )  # fmt: skip
        return known[correction]

    def current(self, entry: str) -> EntryVersion:
        """The version if it is the one that counts. Raises `RequestRefused`."""
        found = next((one for one in self._entries if one.id == entry), None)
        if found is None:
            raise RequestRefused(
                Code.NOT_FOUND,
                "This participant has no such entry that counts.",
                "Take the id from the export; a voided or refused entry cannot be corrected.",
            )
        slot = _slot(found.body)
        counted = counting(one for one in self._entries if _slot(one.body) == slot)
        if counted is None or counted.current.id != entry:
            raise _overtaken("Another version of this entry counts.")
        return found

    def check_statement(self, wanted: Wanted) -> None:
        """Raises `RequestRefused` for a statement of the future or a reference that names or reaches somebody."""
        if wanted.stated_on > local_date(self.at, zone_at(self._facts, self.at) or "Etc/UTC"):
            raise _refused("The participant's statement cannot be of a day to come.", "Give the day it was made on.")
        checked_reference(wanted.reference)
        is_of_paper = wanted.source is CorrectionSource.PAPER or wanted.reason is CorrectionReason.TRANSCRIBED_WRONG
        if is_of_paper and typed_mode(wanted.entry) is None:
            raise _refused(
                "Only an entry that staff typed has a sheet or notes as its source.", "Name another source or reason."
            )

    def check_closed(self, body: EntryBody, change: CorrectionChange) -> None:
        """What the participant saves or changes in the app would not count any more. Raises `RequestRefused`."""
        until = [body.late_until]
        if isinstance(change, DayMove):
            until += [row.late_until for row in self._rows(body, change.day)]
        if self.at <= max(until):
            raise _refused(
                "The participant can still write in the app for a day that this changes.",
                "Approve it when that window is over.",
            )

    @property
    def may_see_answers(self) -> bool:
        """Whether what an answer is may be told to whoever acts."""
        return may(self.held.connection, self.who, Permission.SEE_ANSWERS, self.held.row.site)

    def check_change(self, version: EntryVersion, change: CorrectionChange, *, is_told: bool = True) -> None:
        """Whether the entry can become that now. Raises `RequestRefused` (also day_locked).

        `is_told`: also refused where it changes nothing.
        """
        check_not_locked(self._facts, version.body.diary_day)
        match change:
            case ItemChange():
                _check_item(version.body, change, is_told=is_told)
            case DayMove(day=day):
                self._check_day(version.body, day)
            case Voided():
                pass

    def _check_day(self, body: EntryBody, day: date) -> None:
        if body.visit:
            raise _refused("A visit questionnaire belongs to its visit.", "Void it, or correct its answers.")
        if day == body.diary_day:
            raise _refused("The entry stands on that day already.", "Name another day.")
        check_not_locked(self._facts, day)
        rows = self._rows(body, day)
        if not rows or rows[0].not_expected is not None or rows[0].opens > self.at:
            raise _refused("That is no day of this diary that has begun.", "Name a day that was expected.")
        there = [one for one in self._entries if (one.body.instrument, one.body.diary_day) == (body.instrument, day)]
        if counting(one for one in there if not one.body.visit):
            raise _overtaken("That day has an entry of its own.", "Void that one first if it was made in error.")

    def _rows(self, body: EntryBody, day: date) -> list[ExpectedDay]:
        return days.named(self.held.connection, self.held.id, [(body.instrument, day)])


@contextmanager
def _acting(
    connection: Connection, participant: str, who: Acting, permission: Permission, at: datetime
) -> Iterator[_Case]:
    with holding(connection, participant) as held:
        yield _Case(held, who, role_of(connection, who, permission, held.row.site), at)


def _slot(body: EntryBody) -> tuple[str, str]:
    return body.instrument, body.visit or body.diary_day.isoformat()


def _days_of(wanted: CorrectionRequested) -> list[tuple[str, date]]:
    named = [wanted.diary_day, *([wanted.change.day] if isinstance(wanted.change, DayMove) else [])]
    return [(wanted.instrument, day) for day in named]


def _check_item(body: EntryBody, change: ItemChange, *, is_told: bool) -> None:
    """The old value is what counts now, and the new one an answer of the version that was asked."""
    if change.item not in body.answers:
        raise _refused(
            "The entry has no question {item}.", "It has {items}.",
            item=change.item, items=", ".join(sorted(body.answers)),
        )  # fmt: skip
    if body.answers[change.item] != change.old:
        raise _overtaken(
            "The answer to {item} is not the old value named.", "Look at the entry again.", item=change.item
        )
    if is_told and change.new == change.old:
        raise _refused("The new value is the old one.", "Name another value.")
    item = resources.instrument(body.instrument, body.instrument_version).item(change.item)
    if not is_answer(item, change.new):
        raise _refused("That is no answer to {item}.", "Name one that the questionnaire offers.", item=change.item)


def _unconfirmed(known: Correction) -> RequestRefused:
    if known.state is CorrectionState.DECLINED:
        return RequestRefused(
            Code.CORRECTION_UNCONFIRMED, "The participant wants the entry left as it was.", "Refuse the correction."
        )
    return RequestRefused(
        Code.CORRECTION_UNCONFIRMED,
        "The participant has not confirmed the correction.",
        "Wait for the answer from the app, or record why the participant was not asked.",
    )


def _overtaken(
    message: str, remedy: str = "Refuse this one, look at the entry, and ask again if needed.", **named: Any
) -> RequestRefused:
    return RequestRefused(Code.CORRECTION_OVERTAKEN, message, remedy, **named)


def _refused(message: str, remedy: str, **named: Any) -> RequestRefused:
    return RequestRefused(Code.FACT_INVALID, message, remedy, **named)
