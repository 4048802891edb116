"""The log of breaches: facts, effects and what was done, each added to and never changed, by whoever may."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from diary_app.core.errors import Code, RequestRefused
from server.access import rights
from server.access.acting import Acting
from server.access.rights import Right
from server.access.roles import Role
from server.db import site_facts
from server.db.engine import reading
from server.incidents import log
from server.incidents.incident import Data, Harm, Incident, Told
from server.incidents.sheet import COLUMNS, rows
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.fields import Asked, Reader
from server.trail.fields import rows as trail_rows
from server.trail.verify import verify

ADAM = Acting("adam")
OPERATOR = Acting("command line", is_operator=True)


def known(services: Services, **changes: Any) -> dict[str, Any]:
    """Noticed two hours ago; a list of addresses was readable."""
    usual = {
        "what": "A list of e-mail addresses lay open from 14:05 to 15:30 on 22.11.2026.",
        "noticed": services.environment.now() - timedelta(hours=2),
    }
    return {**usual, **changes}


def note(services: Services, who: Acting = ADAM, **changes: Any) -> Incident:
    at, key = services.environment.now(), services.environment.new_id()
    body = known(services, **changes)
    return services.writer.run("", lambda connection: log.note(connection, body, by=who, at=at, id=key))


def add(services: Services, number: int, who: Acting = ADAM, after: str = "", **changed: Any) -> Incident:
    at, key = services.environment.now(), services.environment.new_id()
    return services.writer.run(
        "", lambda connection: log.add(connection, number, changed, by=who, at=at, id=key, after=after)
    )


@pytest.fixture
def administrator(services: Services, clock: SimulatedEnvironment) -> None:
    with services.engine.begin() as connection:
        for name, role in (("adam", Role.ADMINISTRATOR), ("mona", Role.MONITOR), ("carol", Role.COORDINATOR)):
            rights.give(connection, Right(name, role, "*"), author="root", environment=clock)


def test_what_becomes_known_is_added_and_what_was_said_before_stays(
    administrator: None, services: Services, clock: SimulatedEnvironment
) -> None:
    first = note(services, harms=(Harm.CONFIDENTIALITY,), data=(Data.CONTACT_DATA,))
    clock.advance(hours=20)
    told = clock.now() - timedelta(minutes=5)
    last = add(
        services, first.number, participants=12, effects="Nobody is known to have read it.", done="It was closed.",
        authority=Told.TOLD, authority_at=told,
    )  # fmt: skip
    with reading(services.engine) as connection:
        (kept,) = log.every(connection)
        facts = site_facts.of_kinds(connection, ["incident"])
        assert verify(connection).found == []
    assert kept == last
    assert [step.said.participants for step in kept.steps] == [None, 12]
    assert (kept.said.what, kept.said.data) == (first.said.what, (Data.CONTACT_DATA,))
    assert (kept.said.authority, kept.said.authority_at, kept.said.is_open) == (Told.TOLD, told, True)
    assert [fact.author for fact in facts] == ["adam", "adam"]


def test_the_stored_log_cannot_be_changed(administrator: None, services: Services) -> None:
    note(services)
    for statement in ("UPDATE site_fact SET body = '{}' WHERE kind = 'incident'", "DELETE FROM site_fact"):
        with pytest.raises(DBAPIError), services.engine.begin() as connection:
            connection.execute(text(statement))
    with reading(services.engine) as connection:
        assert len(log.every(connection)) == 1


def test_numbers_go_on_and_the_latest_comes_first(administrator: None, services: Services) -> None:
    assert [note(services).number, note(services, OPERATOR).number] == [1, 2]
    with reading(services.engine) as connection:
        assert [one.number for one in log.every(connection)] == [2, 1]
        with pytest.raises(RequestRefused) as refused:
            log.get(connection, 3)
    assert refused.value.code is Code.NOT_FOUND


def test_the_authority_has_to_be_told_within_72_hours_of_noticing(administrator: None, services: Services) -> None:
    noticed = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    one = note(services, noticed=noticed)
    assert one.said.until == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def test_somebody_who_read_an_earlier_state_is_told(administrator: None, services: Services) -> None:
    first = note(services)
    add(services, 1, done="It was closed.")
    with pytest.raises(RequestRefused, match="Meanwhile"):
        add(services, 1, after=first.last.id, done="It was left open.")
    with reading(services.engine) as connection:
        assert log.get(connection, 1).said.done == "It was closed."


@pytest.mark.parametrize("name", ["mona", "carol", "mallory"])
def test_only_administrators_keep_the_log(administrator: None, services: Services, name: str) -> None:
    note(services)
    for act in (lambda: note(services, Acting(name)), lambda: add(services, 1, Acting(name), done="Nothing.")):
        with pytest.raises(RequestRefused) as refused:
            act()
        assert refused.value.code is Code.NOT_ALLOWED
    with reading(services.engine) as connection:
        assert [len(one.steps) for one in log.every(connection)] == [1]


@pytest.mark.parametrize(
    "told",
    [
        "Kl. 14.05-16.30.",
        "Åben kl. 14.05 - 16.30",
        "Fra 9.05 til 16.30 den 22.11.2026",
        "Den 22/11 2026 kl. 14.05",
        "22/11-2026, 14.05–16.30",
        "22/11/2026 14.05",
        "22/11 kl. 14.05-16.30",
        "2026-11-22 14:05 - 16:30",
        "Uge 48, 2026; 12 deltagere",
    ],
)
def test_times_and_dates_as_danes_write_them_are_no_telephone_number(
    administrator: None, services: Services, told: str
) -> None:
    assert note(services, what=told).said.what == told


HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"what": "  "}, "what happened"),
        ({"what": "x" * 2001}, "cannot be kept"),
        ({"what": "The phone of 010190-1234 was found."}, "CPR"),
        ({"done": "Rang 20 30 40 50."}, "telephone"),
        ({"done": "Rang 20.30 40.50."}, "telephone"),
        ({"done": "Rang 20.30.40.50."}, "telephone"),
        ({"done": "Rang 12.13  14.15."}, "telephone"),
        ({"done": "Rang +45 20.30-14.15."}, "telephone"),
        ({"done": "Rang 20/12/30/40."}, "telephone"),
        ({"done": "Rang 20/12 30 40 50."}, "telephone"),
        ({"done": "Uge 20 30 40 50"}, "telephone"),
        ({"effects": "01.01.90-1234"}, "telephone"),
        ({"effects": "01/01/90-1234"}, "telephone"),
        ({"effects": "alice@example.org was told"}, "e-mail"),
        ({"what": "bell \a"}, "cannot be read"),
        ({"noticed": HOUR}, "still to come"),
        ({"happened": -HOUR}, "before it happened"),
        ({"authority": Told.TOLD}, "when they were told"),
        ({"authority_at": -HOUR}, "nobody was told"),
        ({"authority": Told.TOLD, "authority_at": -3 * HOUR}, "before it was noticed"),
        ({"authority": Told.NOT_NEEDED}, "why nobody need be told"),
        ({"people": Told.NOT_NEEDED}, "why nobody need be told"),
        ({"noticed": -100 * HOUR, "authority": Told.TOLD, "authority_at": -HOUR}, "72 hours"),
        ({"participants": -1}, "cannot be kept"),
    ],
)
def test_what_does_not_hold_together_is_refused(
    administrator: None, services: Services, wrong: dict[str, Any], said: str
) -> None:
    now = services.environment.now()
    moved = {name: now + value if isinstance(value, timedelta) else value for name, value in wrong.items()}
    with pytest.raises(RequestRefused) as refused:
        note(services, **moved)
    assert said in str(refused.value)
    assert refused.value.remedy
    with reading(services.engine) as connection:
        assert log.every(connection) == []


def test_adding_nothing_is_refused(administrator: None, services: Services) -> None:
    one = note(services)
    with pytest.raises(RequestRefused, match="Nothing is added"):
        add(services, 1, what=one.said.what)


def test_the_trail_tells_what_was_added_against_what_stood(administrator: None, services: Services) -> None:
    note(services, participants=3)
    add(services, 1, participants=12)
    with reading(services.engine) as connection:
        told = list(trail_rows(connection, Reader(None, answers=False), Asked(kind="incident")))
    assert [(row.old, row.new, row.who) for row in told if row.field == "participants"] == [
        ("", "3", "adam"), ("3", "12", "adam"),
    ]  # fmt: skip
    assert len([row for row in told if row.field == "what"]) == 1


def test_all_that_was_ever_said_can_be_taken_away(administrator: None, services: Services) -> None:
    note(services)
    add(services, 1, participants=12, people=Told.NOT_NEEDED, people_why="Nobody read it.")
    with reading(services.engine) as connection:
        first, last = rows(connection, log.every(connection))
    assert tuple(first) == tuple(last) == COLUMNS
    assert (first["participants"], last["participants"], last["people"]) == (None, 12, "not_needed")


@pytest.mark.parametrize("words", ["Datatilsynets j.nr. 2026-442-12345.", "Case 2026-31-0042, told by telephone."])
def test_the_number_of_a_case_may_be_kept(administrator: None, services: Services, words: str) -> None:
    assert note(services, done=words).said.done == words


def test_nothing_is_dated_before_the_year_2000_whoever_notes_it(administrator: None, services: Services) -> None:
    with pytest.raises(RequestRefused, match="before the year 2000"):
        note(services, who=OPERATOR, noticed=datetime(1990, 11, 22, tzinfo=UTC))
