"""Visit questionnaires as the study sees them: worked out from facts whenever somebody looks, and stored nowhere.

Why there is no table of them is in `docs/decisions/0019-visit-questionnaires.md`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.corrections import NO_OVERLAY
from diary_app.core.entries import EntryVersion
from diary_app.core.errors import Code
from diary_app.core.facts import Fact
from diary_app.core.grading import Grade, Installation, QuarantinedRecord, State
from diary_app.core.locks import is_after_lock
from diary_app.core.merge import counting
from diary_app.core.staff_acts import Outcome
from diary_app.core.status import Consent
from diary_app.core.study import Study
from diary_app.core.visit_grading import VisitEvidence, grade_visit
from diary_app.core.visits import ExpectedVisit, VisitWindow, expected_visits, windows_that_stood
from diary_app.core.wire import VisitDone
from server.db import contacts, devices, overview, records, settlements, shapes
from server.db.records import StoredRecord
from server.db.stored_entries import version_of
from server.intake.accepted import accepted_aside, counts_by_itself, every_accepted
from server.intake.corrected import overlays
from server.intake.doubts import doubts_of
from server.intake.evidence import installation
from server.intake.known import facts_of
from server.intake.presence import BY_REMINDER
from server.intake.studies import Use, in_use

#: Why nobody waited for a questionnaire that was not part of the study until its window was over.
NOT_IN_USE = "not_in_use"
#: Why nobody can say that a questionnaire was missed which no phone of the participant had heard of in time.
NOT_OFFERED = "not_offered"
Key = tuple[str, str]


@dataclass(frozen=True)
class VisitState:
    """One questionnaire at one visit of one participant. Moments are UTC; no window while its treatment has no date."""

    participant: str
    visit: str
    instrument: str
    opens: datetime | None
    closes: datetime | None
    state: State
    reason: str | None
    entry: str | None
    completed_at: datetime | None


def visits_at(connection: Connection, study: Study, sites: Collection[str], now: datetime) -> list[VisitState]:
    """Everybody at those sites, by participant, then in the study's order."""
    people = [one.id for one in overview.participants_at(connection, sites)]
    return [state for chunk in shapes.chunks(people) for state in visit_states(connection, study, chunk, now)]


def visit_states(
    connection: Connection, study: Study, participants: Collection[str], now: datetime
) -> Iterator[VisitState]:
    """Every visit questionnaire of these participants, at most a chunk of them; done, open, missed, unknown."""
    uses = in_use(connection, study)
    if not uses:
        return
    known = _Known(connection, participants, uses.keys())
    for participant in participants:
        facts = facts_of(connection, participant)
        for expected in expected_visits(study, facts, uses.keys()):
            evidence = known.of(participant, facts, expected)
            grade = grade_visit(expected, evidence, now)
            if grade.state is State.MISSED:
                grade = _unless_under_another(windows_that_stood(study, facts, expected.visit), expected, evidence, now)
            use = uses.get(expected.instrument.code)
            grade = _if_offered(connection, use, expected, known.phones(participant), grade)
            yield _state(participant, expected, _while_in_use(use, expected, grade))


def visits_done(connection: Connection, study: Study, participant: str) -> tuple[VisitDone, ...]:
    """What the participant's phones need not ask again."""
    done = []
    by_visit = _filling(connection, study, participant)
    overlay = overlays(connection, [participant]).get(participant, NO_OVERLAY) if by_visit else NO_OVERLAY
    for (visit, instrument), arrived in sorted(by_visit.items()):
        if found := counting(overlay.over(version for version, _ in arrived)):
            received = next(at for version, at in arrived if version.id == found.current.id)
            done.append(VisitDone(visit=visit, instrument=instrument, entry=found.current.id, received_at=received))
    return tuple(done)


class _Known:
    """What is stored about the visits of some participants, read at once."""

    def __init__(self, connection: Connection, participants: Collection[str], instruments: Collection[str]) -> None:
        self._rows: dict[str, list[StoredRecord]] = defaultdict(list)
        self._phones: dict[str, list[Installation]] = defaultdict(list)
        for row in records.entries_of_instruments(connection, participants, instruments):
            self._rows[row.participant].append(row)
        for device in devices.of(connection, participants):
            self._phones[device.participant].append(installation(device))
        self._aside = doubts_of(connection, participants)
        self._settled = settlements.of(connection, participants)
        self._accepted = accepted_aside(connection, participants, self._settled.values())
        self._overlays = overlays(connection, participants)

    def phones(self, participant: str) -> Sequence[Installation]:
        """Every installation there was."""
        return self._phones[participant]

    def of(self, participant: str, facts: Sequence[Fact], expected: ExpectedVisit) -> VisitEvidence:
        """Everything that bears on one questionnaire at one visit."""
        fits = _Fitting(expected, Consent.of(facts))
        accepted = [
            one.version
            for one in self._accepted
            if one.participant == participant and fits(one.version, one.received_at)
        ]
        refused, waits_for_lock = [*self._aside.get(participant, ())], False
        for row in self._rows[participant]:
            settled = self._settled.get(row.id) if row.code else None
            version = version_of(row, settled.on_time_until if settled else row.on_time_until)
            if not fits.names(version) or (row.code == Code.AFTER_WITHDRAWAL and settled is None):
                continue
            is_after = is_after_lock(facts, version.body.diary_day, row.change_no)
            if is_after and counts_by_itself(row.code, settled):
                waits_for_lock |= fits(version, row.received_at, 0 if row.code else row.change_no)
            elif not row.code or (settled is not None and settled.outcome == Outcome.ACCEPTED):
                is_in = fits(version, row.received_at, 0 if row.code else row.change_no)
                accepted += [version] if is_in else []
            elif settled is None or settled.outcome == Outcome.ASSIGNED:
                refused.append(QuarantinedRecord(row.device, row.received_at, row.diary_day, row.instrument))
        standing = self._overlays.get(participant, NO_OVERLAY).over(accepted)
        return VisitEvidence(standing, refused, self._phones[participant], waits_for_lock)


@dataclass(frozen=True)
class _Fitting:
    """Which versions can fill one questionnaire at one visit of somebody who may have withdrawn."""

    expected: ExpectedVisit
    consent: Consent

    def names(self, version: EntryVersion) -> bool:
        """Whether it says that it is one."""
        body = version.body
        return body.instrument == self.expected.instrument.code and body.visit == self.expected.visit

    def __call__(self, version: EntryVersion, received_at: datetime, let_in: int = 0) -> bool:
        """Whether it is one, and was made with consent. `let_in`: see `Consent.covers`."""
        return self.consent.covers(version.body.captured_at, received_at, let_in) and self.names(version)


def _unless_under_another(
    stood: Mapping[VisitWindow, datetime | None], expected: ExpectedVisit, evidence: VisitEvidence, now: datetime
) -> Grade:
    """Missed takes that no phone can still hold what was filled in under a window of before.

    A phone shows that one until it hears that the treatment was moved. Once the window is open nobody knows whether the
    answer to a contact arrived; of one that was replaced before it opened, a contact since is taken to have told.
    """
    shown = (one for one, replaced in stood.items() if not _was_told(replaced, one, evidence.installations))
    began = sorted((one for one in shown if one.opens <= now), key=lambda one: one.closes)
    found = (grade_visit(replace(expected, window=one), evidence, max(now, one.closes)) for one in began)
    return next((one for one in found if one.state is State.UNKNOWN), Grade(State.MISSED))


def _was_told(replaced: datetime | None, window: VisitWindow, phones: Collection[Installation]) -> bool:
    """Whether every phone of then was in complete contact after another window had taken the place of a later one."""
    if replaced is None or replaced >= window.opens:
        return False
    of_then = [one for one in phones if one.active_from <= replaced and (one.active_until or replaced) >= replaced]
    return all(one.complete_until is not None and one.complete_until >= replaced for one in of_then)


def _if_offered(
    connection: Connection, use: Use | None, expected: ExpectedVisit, phones: Sequence[Installation], found: Grade
) -> Grade:
    """Missed takes that some phone was told of the questionnaire while it could be filled in."""
    window = expected.window
    if found.state is not State.MISSED or use is None or window is None:
        return found
    enrolled = any(use.since <= one.active_from < window.closes for one in phones)
    devices_of_theirs = [one.device for one in phones]
    if enrolled or contacts.any_of(connection, devices_of_theirs, use.since, window.closes, without=BY_REMINDER):
        return found
    return replace(found, state=State.UNKNOWN, reason=NOT_OFFERED)


def _while_in_use(use: Use | None, expected: ExpectedVisit, grade: Grade) -> Grade:
    """Nobody missed what the study did not ask until the end of its window."""
    window = expected.window
    if use and window and grade.entry is None and not use.covers(window.closes):
        return Grade(State.NOT_EXPECTED, NOT_IN_USE)
    return grade


def _filling(connection: Connection, study: Study, participant: str) -> dict[Key, list[tuple[EntryVersion, datetime]]]:
    """Entries that fill a visit and when they came, by visit and questionnaire; no query where none is in use."""
    codes = [one.code for one in study.instruments if one.active]
    if not codes:
        return {}
    arrived = [
        (version_of(row, row.on_time_until), row.received_at)
        for row in records.entries_of_instruments(connection, [participant], codes)
        if not row.code and row.on_time_until
    ]
    arrived += [(one.version, one.received_at) for one in every_accepted(connection, participant)]
    found: dict[Key, list[tuple[EntryVersion, datetime]]] = defaultdict(list)
    for version, at in arrived:
        if version.body.visit and version.body.instrument in codes:
            found[version.body.visit, version.body.instrument].append((version, at))
    return found


def _state(participant: str, expected: ExpectedVisit, grade: Grade) -> VisitState:
    window = expected.window
    return VisitState(
        participant=participant, visit=expected.visit, instrument=expected.instrument.code,
        opens=window.opens if window else None, closes=window.closes if window else None,
        state=grade.state, reason=grade.reason, entry=grade.entry, completed_at=grade.first_captured_at,
    )  # fmt: skip
