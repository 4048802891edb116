"""Two of staff who look at the same thing and act on it at the same moment: one of them comes too late, and is told.

Each acts on what the page showed before the other's act, one behind the other, as the server's writer has them.
"""

from collections.abc import Callable

from diary_app.core.corrections import Correction, CorrectionState
from diary_app.core.errors import RequestRefused
from diary_app.core.staff_acts import Outcome, SettlingReason
from diary_app.core.times import format_utc
from server.db import codes, participants, set_aside
from server.db.engine import reading
from server.intake import settling, staff
from server.simulate.storm.anybody import Anybody
from server.simulate.storm.counts import Kind
from server.simulate.storm.desk import Desk
from server.simulate.storm.persons import Person

#: What of a correction can be decided in any state; an approval may have to wait.
_AT_ANY_TIME = frozenset({"refuse", "take_back"})


def act(desk: Desk, person: Person, first: str, second: str) -> bool:
    """Both; whether there was anything to act on. Raises `ServerDown`."""
    done = _both(desk, person, first, second)
    if done is None:
        return False
    desk.ledger.befell[Kind.AT_ONE_DESK] += 1
    if all(done):
        desk.ledger.violated(f"two of staff did {first} and {second} with the same thing of {person.participant}")
    if not done[0] and first not in ("approve", "settle"):
        desk.ledger.violated(f"{first} was refused to whoever came first, of {person.participant}")
    return True


def _both(desk: Desk, person: Person, first: str, second: str) -> list[bool] | None:
    """Whether each of them did it; None where there was nothing."""
    match first:
        case "letter":
            return _two_letters(desk, person)
        case "settle":
            return _two_settlements(desk, person)
    return _two_decisions(desk, person, first, second)


def _two_decisions(desk: Desk, person: Person, first: str, second: str) -> list[bool] | None:
    """About the correction that waits longest."""
    for one in desk.waiting(person)[:1]:
        return [_decided(desk, person, one, what) for what in (first, second)]
    return None


def _decided(desk: Desk, person: Person, one: Correction, what: str) -> bool:
    """By somebody who saw the correction as it was; a word of the participant that was waived since is waived again."""
    try:
        match what:
            case "approve":
                if one.state is CorrectionState.ASKED:
                    desk.waive(person, one)
                return desk.approve(person, one)
            case "refuse":
                desk.refuse(person, one)
            case _:
                desk.take_back(person, one)
    except RequestRefused:
        return False
    return True


def _two_letters(desk: Desk, person: Person) -> list[bool] | None:
    """Both see the same letter, or none, and make another one; not of somebody whom a database of before has not."""
    services, now = desk.house.services, desk.house.clock.now()
    with reading(services.engine) as connection:
        if participants.get(connection, person.participant) is None:
            return None
        seen = codes.waiting(connection, person.participant, now)
    ends = format_utc(seen.issued_at) if seen else ""

    def make() -> None:
        desk.house.run(
            person.participant,
            lambda connection: staff.issue_code(
                connection, services, person.participant, author="storm", at=desk.house.clock.now(), ends=ends
            ),
        )
        desk.recorded(person, "code_issued")

    return [_tried(make), _tried(make)]


def _two_settlements(desk: Desk, person: Person) -> list[bool] | None:
    """Of the thing that waits longest: one accepts it, and the other finds that it is nothing."""
    services = desk.house.services
    with reading(services.engine) as connection:
        waiting = [one for one in set_aside.at(connection, [person.site], person.participant) if one.waits]

    def settle(outcome: Outcome) -> None:
        wanted = settling.Wanted(outcome, SettlingReason.PHONE_WENT_BACK)
        with desk.house.spared():
            settling.settle(services, waiting[0].id, wanted, by=Anybody("storm", "storm", "Storm"))
        desk.recorded(person, "quarantine_settled")
        desk.settled(waiting[0], outcome)

    if not waiting:
        return None
    return [_tried(lambda: settle(Outcome.ACCEPTED)), _tried(lambda: settle(Outcome.NO_ENTRY))]


def _tried(work: Callable[[], None]) -> bool:
    try:
        work()
    except RequestRefused:
        return False
    return True
