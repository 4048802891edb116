"""One consistent view of the database for an export, participant by participant."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from itertools import islice

from sqlalchemy import Connection

from diary_app import resources
from diary_app.core.corrections import overlay_of
from diary_app.core.facts import Fact
from diary_app.core.history import home_zone
from diary_app.core.instruments import Instrument
from diary_app.core.locks import is_after_lock
from diary_app.core.paper import KINDS, InterviewEntry, TypedEntry
from diary_app.core.staff_acts import DaysLocked, DaysUnlocked, QuarantineSettled
from diary_app.core.status import Consent
from diary_app.core.study import Study
from server.db import set_aside, settlements, staff_facts
from server.db.export_rows import (
    ExportedEntry,
    answered_instruments,
    days_of,
    entries_of,
    in_order,
    participants_in_order,
)
from server.export.collecting import uncollected
from server.export.participant import ExportedParticipant
from server.intake.accepted import every_accepted
from server.intake.known import fact_from_row, facts_of
from server.intake.transcribed import counting_sheets, transcribed
from server.intake.visits import VisitState, visit_states
from server.trail.fields import Asked, Reader, TrailRow, rows

#: A participant with the id of the site.
Whose = tuple[str, str]
#: Whose visits are looked at together; there are few of them, and what the study asks is looked up each time.
_AT_ONCE = 64


class CutReader:
    """What there is to read from a database of a cut: one participant after the other, whoever asks in which order."""

    def __init__(self, connection: Connection, study: Study, now: datetime) -> None:
        self._connection, self._study, self._now = connection, study, now
        self._with_aside = set_aside.participants(connection)

    def each(self, whose: Iterable[Whose]) -> Iterator[ExportedParticipant]:
        """These participants, in their order; each is read when it is its turn: memory holds one."""
        rest = iter(whose)
        while some := list(islice(rest, _AT_ONCE)):
            visits = self._visits([participant for participant, _ in some])
            for participant, site in some:
                yield self._read(participant, site, visits[participant])

    def hand(self, whose: Iterable[Whose], to: Callable[[ExportedParticipant], None]) -> None:
        """The same, handed over. Nobody is kept: when Python looks for cycles again, there is nothing of them left."""
        people = self.each(whose)
        while _handed(people, to):
            pass

    def _visits(self, participants: Sequence[str]) -> Mapping[str, Sequence[VisitState]]:
        found = defaultdict[str, list[VisitState]](list)
        for one in visit_states(self._connection, self._study, participants, self._now):
            found[one.participant].append(one)
        return found

    def _read(self, participant: str, site: str, visits: Sequence[VisitState]) -> ExportedParticipant:
        connection = self._connection
        facts = facts_of(connection, participant)
        entries, voided = _counting(connection, participant, facts)
        has_aside = participant in self._with_aside
        return ExportedParticipant(
            id=participant,
            site=site,
            home_zone=home_zone(facts),
            facts=facts,
            days=days_of(connection, participant),
            entries=entries,
            visits=tuple(visits),
            read_trail=cache(partial(_trail, connection, participant)),
            voided=voided,
            read_set_aside=partial(set_aside.at, connection, [site], participant) if has_aside else tuple,
        )


def everybody(
    connection: Connection, study: Study, now: datetime, sites: Collection[str] | None = None
) -> Iterator[ExportedParticipant]:
    """All participants in order, or those of some sites."""
    return CutReader(connection, study, now).each(participants_in_order(connection, sites))


def _handed(people: Iterator[ExportedParticipant], to: Callable[[ExportedParticipant], None]) -> bool:
    """Whether there was one more."""
    with uncollected():
        person = next(people, None)
        if person is None:
            return False
        to(person)
        del person
        return True


def _trail(connection: Connection, participant: str) -> tuple[TrailRow, ...]:
    """Of one participant, with the answers; read once, as more than one format is made of it."""
    return tuple(rows(connection, Reader(None, answers=True), Asked(participant=participant)))


def _counting(
    connection: Connection, participant: str, facts: Sequence[Fact]
) -> tuple[list[ExportedEntry], list[ExportedEntry]]:
    """Every entry that may count, each once: of chains, and accepted by an investigator; then those voided since.

    Each as approved corrections have it; none that was made after a withdrawal or came when its day was locked.
    """
    locks = [fact for fact in facts if isinstance(fact.detail, DaysLocked | DaysUnlocked)]
    found = {
        one.version.id: one
        for one in entries_of(connection, participant)
        if not (locks and is_after_lock(locks, one.version.body.diary_day, one.change_no))
    }
    if any(isinstance(fact.detail, QuarantineSettled) for fact in facts):
        for one in every_accepted(connection, participant):
            if one.by_itself and is_after_lock(locks, one.version.body.diary_day, one.change_no):
                continue
            found[one.version.id] = ExportedEntry(one.version, one.received_at, one.version, one.change_no)
    if any(isinstance(fact.detail, TypedEntry) for fact in facts):
        for sheet in counting_sheets(transcribed(connection, [participant])):
            found[sheet.version.id] = ExportedEntry(
                sheet.version, sheet.at, sheet.version, sheet.change_no, paper_reason=sheet.sheet.reason,
                asked=sheet.sheet.asked if isinstance(sheet.sheet, InterviewEntry) else None,
            )  # fmt: skip
    consent, overlay, given = Consent.of(facts), overlay_of(facts), found
    if consent.withdrawals:
        given = {
            name: one
            for name, one in found.items()
            if consent.covers(one.version.body.captured_at, one.received_at, one.change_no)
        }
    if not overlay:
        return sorted(given.values(), key=in_order), []
    standing = overlay.over(one.version for one in given.values())
    counting = sorted((replace(given[one.id], version=one) for one in standing), key=in_order)
    return counting, sorted((given[name] for name in given.keys() - {one.id for one in standing}), key=in_order)


def instruments_in_use(connection: Connection, study: Study) -> list[Instrument]:
    """The diary's questionnaire, then every other one that an entry names; a union over all versions."""
    daily = (study.diary.instrument, study.diary.version)
    answered_aside = {
        (one.version.body.instrument, one.version.body.instrument_version)
        for participant in settlements.participants(connection)
        for one in every_accepted(connection, participant)
    }
    typed = {
        (sheet.instrument, sheet.instrument_version)
        for sheet in (fact_from_row(row).detail for row in staff_facts.every_of_kinds(connection, sorted(KINDS)))
    }
    known = answered_instruments(connection) | answered_aside | typed
    answered = [one for one in sorted(known) if one != daily]
    return [resources.instrument(*one) for one in (daily, *answered)]
