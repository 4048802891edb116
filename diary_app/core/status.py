"""Where a participant stands in the trial, and which diary days are no longer expected because of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from diary_app.core.facts import Fact, PhoneActivated, Status, StatusRevoked, StatusSet
from diary_app.core.history import in_order, zone_at
from diary_app.core.times import local_date, wall_to_utc

#: For a participant about whom no zone is known; only a moment without any diary can depend on it.
_NO_ZONE = "Etc/UTC"


class DisplayStatus(StrEnum):
    """What a list of participants says of each: a recorded status, else whether a phone was ever activated."""

    DIED = "died"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    SCREEN_FAILURE = "screen_failure"
    LOST_TO_FOLLOW_UP = "lost_to_follow_up"
    COMPLETED = "completed"
    DIARY_STOPPED = "diary_stopped"
    NEVER_ACTIVATED = "never_activated"
    TREATMENT_STOPPED = "treatment_stopped"
    ACTIVE = "active"


#: After these nothing is asked of somebody or told to them any more, neither in the diary nor at visits.
OVER = frozenset(
    {
        DisplayStatus.DIED, DisplayStatus.CONSENT_WITHDRAWN, DisplayStatus.SCREEN_FAILURE,
        DisplayStatus.LOST_TO_FOLLOW_UP, DisplayStatus.COMPLETED,
    }
)  # fmt: skip


@dataclass(frozen=True)
class Term:
    """One status from the moment it was recorded until it was revoked, if ever. `revision`: its place in the order."""

    said: StatusSet
    recorded_at: datetime
    revoked_at: datetime | None
    zone: str
    revision: int = 0

    @property
    def begins(self) -> datetime:
        """The instant from which it holds: its own, else the start of its effective date."""
        start = self.said.effective_at or wall_to_utc(self.said.effective, 0, self.zone, last=False)
        return max(start, self.recorded_at) if self.said.status is Status.LOST_TO_FOLLOW_UP else start

    def holds_at(self, moment: datetime) -> bool:
        """Whether the participant has this status at that moment."""
        return self.begins <= moment and (self.revoked_at is None or moment < self.revoked_at)

    def ends_expectation(self, day: date, opens: datetime, zone: str) -> bool:
        """Whether a diary day in that zone is not expected because of it.

        Once revoked it keeps only the days whose window opened while it was in force: nobody was asked on those.
        """
        if self.revoked_at is not None and not self.recorded_at <= opens < self.revoked_at:
            return False
        effective = self.said.effective
        match self.said.status:
            case Status.DIARY_STOPPED | Status.COMPLETED:
                return day > effective
            case Status.DIED | Status.SCREEN_FAILURE:
                return day >= effective
            case Status.CONSENT_WITHDRAWN:
                return opens >= self.said.effective_at if self.said.effective_at else day >= effective
            case Status.LOST_TO_FOLLOW_UP:  # never back-dated, not even by the hours since today's window opened
                return opens >= self.recorded_at and day >= max(effective, local_date(self.recorded_at, zone))
            case Status.TREATMENT_STOPPED:
                return False


def terms(facts: Iterable[Fact]) -> tuple[Term, ...]:
    """Every status ever recorded, in order, with the first revocation that names it."""
    known = tuple(facts)
    if not any(isinstance(fact.detail, StatusSet) for fact in known):
        return ()  # so it is with nearly everybody, and asked of every phone that syncs
    history = in_order(known)
    revoked: dict[str, datetime] = {}
    for fact in history:
        if isinstance(fact.detail, StatusRevoked):
            revoked.setdefault(fact.detail.revokes, fact.at)
    return tuple(
        Term(fact.detail, fact.at, revoked.get(fact.id), zone_at(history, fact.at) or _NO_ZONE, fact.revision)
        for fact in history
        if isinstance(fact.detail, StatusSet)
    )


def in_force(facts: Iterable[Fact], at: datetime) -> tuple[StatusSet, ...]:
    """The statuses that the participant has at that moment, by what is known now."""
    return tuple(term.said for term in terms(facts) if term.holds_at(at))


def withdrawn_from(facts: Iterable[Fact]) -> datetime | None:
    """The instant from which consent is withdrawn; None when it is not, or no longer."""
    return min((begins for _, begins in Consent.of(facts).withdrawals), default=None)


def is_with_consent(withdrawn: datetime | None, captured_at: datetime, received_at: datetime) -> bool:
    """Whether something was saved before consent was withdrawn; what had arrived was, however far its phone was off."""
    return withdrawn is None or min(captured_at, received_at) < withdrawn


@dataclass(frozen=True)
class Consent:
    """How long somebody's consent held, by all that is known. `withdrawals`: those not revoked, by revision."""

    withdrawals: tuple[tuple[int, datetime], ...] = ()

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> "Consent":
        """By everything known about one participant."""
        withdrawn = (term for term in terms(facts) if term.said.status is Status.CONSENT_WITHDRAWN)
        return cls(tuple((term.revision, term.begins) for term in withdrawn if term.revoked_at is None))

    def covers(self, captured_at: datetime, received_at: datetime, let_in: int = 0) -> bool:
        """The same as `is_with_consent`, of something that the gate took under the change number `let_in`.

        The gate weighed the withdrawals of before, and by when it first came: what had waited behind a gap joined its
        chain later, and was received with it.
        """
        later = (begins for revision, begins in self.withdrawals if revision > let_in)
        return is_with_consent(min(later, default=None), captured_at, received_at)


#: Nobody withdrew.
CONSENTS = Consent()


def display_status(facts: Iterable[Fact], at: datetime) -> DisplayStatus:
    """The one status to show at that moment; the gravest of several."""
    known = tuple(facts)
    held = {DisplayStatus(said.status) for said in in_force(known, at)}
    activated = any(isinstance(fact.detail, PhoneActivated) and fact.at <= at for fact in known)
    held.add(DisplayStatus.ACTIVE if activated else DisplayStatus.NEVER_ACTIVATED)
    return next(status for status in DisplayStatus if status in held)


def turning_points(facts: Iterable[Fact]) -> tuple[datetime, ...]:
    """The moments at which `display_status` may become another by time alone, ascending."""
    known = tuple(facts)
    found = {fact.at for fact in known if isinstance(fact.detail, PhoneActivated)}
    for term in terms(known):
        found |= {term.begins} if term.revoked_at is None else {term.begins, term.revoked_at}
    return tuple(sorted(found))
