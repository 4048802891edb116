"""What staff do in a storm: they type, print codes and record what became of people."""

from datetime import date, timedelta

from pydantic import BaseModel
from sqlalchemy import Connection

from diary_app.core.facts import AnchorSet, Excused, ExcuseReason, Status, StatusRevoked, StatusSet
from diary_app.core.staff_acts import ContactMade, ContactOutcome, DaysLocked, DaysUnlocked, LockingReason
from server.intake import staff
from server.intake.held import holding
from server.intake.known import facts_of
from server.intake.staff import take_effect
from server.simulate.environment import SimulatedEnvironment
from server.simulate.storm import statuses
from server.simulate.storm.desk import Desk
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger
from server.simulate.storm.persons import Person
from server.simulate.storm.steps import Do, Step

AUTHOR = "storm"
_LOCKING = "investigator"
#: After these nobody is reminded from the moment on at which they are recorded.
_SILENCING = frozenset({Status.DIED, Status.CONSENT_WITHDRAWN, Status.SCREEN_FAILURE})


class Office:
    """Everybody who works at the sites."""

    def __init__(self, world: SimulatedEnvironment, house: House, ledger: Ledger, desk: Desk) -> None:
        self._world = world
        self._house = house
        self._ledger = ledger
        self._desk = desk

    def take(self, step: Step, person: Person) -> bool:
        """Whether the step was one of theirs. Raises `ServerDown`, `RequestRefused`."""
        detail, today = step.detail, step.at.date()
        if self._house.clock.skew:
            self._ledger.misdated.add(person.participant)
        match step.do:
            case Do.ANCHOR:
                told = {name: value for name, value in detail.items() if name != "phone"}
                self._record(person, AnchorSet(**told, reason="participant_unwell"))
            case Do.EXCUSE:
                day = date.fromisoformat(detail["day"])
                self._record(person, Excused(instrument="DMD", diary_day=day, reason=ExcuseReason.TOO_ILL))
            case Do.LOCK:
                self._lock(person, date.fromisoformat(detail["first"]), date.fromisoformat(detail["last"]))
            case Do.UNLOCK:
                self.unlock(person)
            case Do.CONTACT:
                outcome = ContactOutcome(detail["outcome"])
                self._act(person, ContactMade(by_role="coordinator", by_site=person.site, outcome=outcome))
            case Do.DIE:
                self._status(person, Status.DIED, today)
            case Do.WITHDRAW:
                self._status(person, Status.CONSENT_WITHDRAWN, today)
            case Do.STATUS:
                self._status(person, Status(detail["status"]), date.fromisoformat(detail["effective"]))
            case Do.REVOKE:
                return self._revoke(person)
            case _:
                return False
        return True

    def add(self, person: Person, choice: str) -> None:
        """Staff type the participant in."""
        now = self._house.clock.now()
        self._house.run(
            person.participant,
            lambda connection: staff.add_participant(
                connection, self._house.services, site=person.site, subject=person.who, author=AUTHOR, at=now,
                choices={self._house.services.study.diary.instrument: choice},
            ),
        )  # fmt: skip
        self._desk.recorded(person, "participant_added")
        self._ledger.opens[person.participant] = choice

    def code(self, person: Person) -> str:
        """Staff print a code."""
        now = self._house.clock.now()
        code = self._house.run(
            person.participant,
            lambda connection: staff.issue_code(
                connection, self._house.services, person.participant, author=AUTHOR, at=now
            ),
        )
        self._desk.recorded(person, "code_issued")
        return code

    def report_lost(self, person: Person) -> None:
        """Somebody rang up."""
        now = self._house.clock.now()
        told = self._house.run(
            person.participant,
            lambda connection: staff.report_lost(
                connection, self._house.services, person.participant, reason="stolen", author=AUTHOR, at=now
            ),
        )
        if told is not None:
            self._desk.recorded(person, told.detail)

    def unlock(self, person: Person) -> None:
        """All days that are locked. Raises `RequestRefused` when the server does not know the participant."""
        self._act(person, DaysUnlocked(by_role=_LOCKING, by_site=person.site, reason=LockingReason.DATA_REVIEWED))

    def _status(self, person: Person, status: Status, effective: date) -> None:
        now = self._world.now()
        since = now if status is Status.CONSENT_WITHDRAWN else None
        self._record(person, StatusSet(status=status, effective=effective, effective_at=since, reason="unrelated"))
        if status is not Status.TREATMENT_STOPPED:
            self._ledger.ended.setdefault(person.participant, now)
        if status in _SILENCING:
            self._ledger.silenced.setdefault(person.participant, now)

    def _revoke(self, person: Person) -> bool:
        """The last status that is in force; whether there was one."""
        mine = (one for one in self._desk.decided.acts if one.participant == person.participant)
        status = statuses.last_in_force(mine)
        if status is None:
            return False
        self._record(person, StatusRevoked(revokes=status, reason="recorded_in_error"))
        self._ledger.revoked.setdefault(person.participant, self._world.now())
        return True

    def _lock(self, person: Person, first: date, last: date) -> None:
        number = (last - first).days + 1
        locked = {(person.participant, str(first + timedelta(days=ahead))) for ahead in range(number)}
        self._ledger.locked |= locked
        reason = LockingReason.DATA_REVIEWED
        self._act(person, DaysLocked(by_role=_LOCKING, by_site=person.site, first=first, last=last, reason=reason))

    def _act(self, person: Person, detail: BaseModel) -> None:
        """Something that needs a right, which is not looked at here."""
        services, now = self._house.services, self._house.clock.now()

        def work(connection: Connection) -> None:
            with holding(connection, person.participant) as held:
                facts = facts_of(connection, held.id)
                take_effect(held, services, facts, detail, author=AUTHOR, at=now, id=services.environment.new_id())

        self._house.run(person.participant, work)
        self._desk.recorded(person, detail)

    def _record(self, person: Person, detail: BaseModel) -> None:
        now = self._house.clock.now()
        fact = self._house.run(
            person.participant,
            lambda connection: staff.append_fact(
                connection, self._house.services, person.participant, detail, author=AUTHOR, at=now
            ),
        )
        self._desk.recorded(person, detail, fact.id)
