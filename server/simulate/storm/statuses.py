"""Where people stand in the trial, by what staff recorded and revoked: the rules said again, no program is asked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from diary_app.core.facts import Status, StatusRevoked, StatusSet
from diary_app.core.times import zone as rules_of
from server.simulate.storm.ledger import Act

_AFTER_THAT_DAY = frozenset({Status.DIARY_STOPPED, Status.COMPLETED})
_FROM_THAT_DAY = frozenset({Status.DIED, Status.SCREEN_FAILURE})


@dataclass(frozen=True)
class Term:
    """One status, with when it was recorded and revoked, by the server's clock."""

    said: StatusSet
    recorded: datetime
    revoked: datetime | None

    def ends(self, day: date, opens: datetime, zone: str) -> bool:
        """Whether nobody waits for that evening because of it.

        A revoked one leaves the evenings that opened while it was in force: nobody was asked about them.
        """
        if self.revoked is not None and not self.recorded <= opens < self.revoked:
            return False
        status, effective = self.said.status, self.said.effective
        if status is Status.CONSENT_WITHDRAWN and self.said.effective_at is not None:
            return opens >= self.said.effective_at
        if status is Status.LOST_TO_FOLLOW_UP:
            declared = self.recorded.astimezone(rules_of(zone)).date()
            return opens >= self.recorded and day >= max(effective, declared)
        return (status in _AFTER_THAT_DAY and day > effective) or (status in _FROM_THAT_DAY and day >= effective)


def terms(acts: Iterable[Act]) -> list[Term]:
    """Of one participant's acts, in the order of recording."""
    known = list(acts)
    revoked: dict[str, datetime] = {}
    for one in known:
        if isinstance(one.detail, StatusRevoked):
            revoked.setdefault(one.detail.revokes, one.at)
    return [Term(one.detail, one.at, revoked.get(one.fact)) for one in known if isinstance(one.detail, StatusSet)]


def last_in_force(acts: Iterable[Act]) -> str | None:
    """The id of the last status that nobody has revoked."""
    known = list(acts)
    over = {one.detail.revokes for one in known if isinstance(one.detail, StatusRevoked)}
    left = [one.fact for one in known if isinstance(one.detail, StatusSet) and one.fact not in over]
    return left[-1] if left else None


def sealed_from(acts: Iterable[Act]) -> Iterator[tuple[str, datetime]]:
    """Each withdrawal of consent that is in force: whose, and since when what is saved is sealed."""
    known = list(acts)
    over = {one.detail.revokes for one in known if isinstance(one.detail, StatusRevoked)}
    for one in known:
        if isinstance(one.detail, StatusSet) and one.detail.effective_at is not None and one.fact not in over:
            yield one.participant, one.detail.effective_at
