"""Whoever changes, leaves out or cuts off something in the database is found out, whatever else they put right."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Table, Update, delete, func, select, update

from diary_app.core.facts import AnchorSet
from diary_app.core.records import chain_hash
from server import jobs
from server.access.roles import Role
from server.db.engine import reading
from server.db.tables import METADATA
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.verify import Flaw, Verdict, verify
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.server import desk
from tests.server.handset import Handset, ready, record_fact
from tests.server.test_settling import came_aside
from tests.trail.conftest import Forge

RECORD, DEVICE = METADATA.tables["record"], METADATA.tables["device"]
ANCHOR, HEAD = METADATA.tables["chain_anchor"], METADATA.tables["chain_head"]


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Two phones with evenings, facts about participants and sites, and two anchors."""
    alice, bob = ready(services, ALICE), ready(services, BOB, "bob")
    staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
    for _ in range(2):
        clock.advance(days=1)
        for phone in (alice, bob):
            phone.fill_in(clock.now().date())
            phone.sync()
        jobs.anchor(services, clock.now())
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=date(2027, 1, 11)))
    clock.advance(hours=1)
    jobs.anchor(services, clock.now())
    return alice


def read(services: Services) -> Verdict:
    with reading(services.engine) as connection:
        return verify(connection)


def flaws(services: Services) -> list[tuple[str, str, int, Flaw]]:
    return [(one.kind, one.chain, one.sequence, one.flaw) for one in read(services).found]


def evening(phone: Handset, **changes: Any) -> Update:
    """Change the stored record of the first evening."""
    return update(RECORD).where(RECORD.c.id == phone.records[1].id).values(changes)


def count(services: Services, table: Table) -> int:
    with reading(services.engine) as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def test_a_trail_that_nobody_touched_holds(services: Services, alice: Handset) -> None:
    verdict = read(services)
    assert verdict.found == []
    assert (verdict.records, verdict.anchors, verdict.chains) == (6, 3, 6)


def test_an_empty_database_holds(services: Services) -> None:
    assert read(services) == Verdict()


def test_a_changed_answer_is_found(services: Services, alice: Handset, forge: Forge) -> None:
    forge(evening(alice, text=func.replace(RECORD.c.text, '"DMD01":6', '"DMD01":1')))
    assert flaws(services) == [("device", alice.device, 2, Flaw.CHANGED)]


def test_a_changed_answer_with_its_hash_made_again_is_found_by_what_follows(
    services: Services, alice: Handset, forge: Forge
) -> None:
    forged = alice.records[1].text.replace('"DMD01":6', '"DMD01":1')
    assert forged != alice.records[1].text
    digest = chain_hash(alice.records[1].previous, forged)
    forge(evening(alice, text=forged, hash=digest))
    assert ("device", alice.device, 3, Flaw.NOT_CHAINED) in flaws(services)
    assert ("device", alice.device, 2, Flaw.CUT_OFF) in flaws(services)


@pytest.mark.parametrize(
    "change",
    [
        {"diary_day": date(2026, 11, 1)},
        {"captured_at": datetime(2026, 11, 1, tzinfo=UTC)},
        {"practice": 1},
        {"revision": 9},
        {"parent": "another"},
        {"instrument": "XQ"},
        {"kind": "zone"},
    ],
)
def test_a_column_that_says_something_else_than_its_text_is_found(
    services: Services, alice: Handset, forge: Forge, change: dict[str, Any]
) -> None:
    forge(evening(alice, **change))
    assert flaws(services) == [("device", alice.device, 2, Flaw.COLUMNS_DIFFER)]


def test_a_record_left_out_is_found(services: Services, alice: Handset, forge: Forge) -> None:
    forge(delete(RECORD).where(RECORD.c.id == alice.records[1].id))
    assert ("device", alice.device, 3, Flaw.MISSING) in flaws(services)


def test_the_last_evening_cut_off_is_found_although_the_phones_row_was_set_back(
    services: Services, alice: Handset, forge: Forge
) -> None:
    forge(delete(RECORD).where(RECORD.c.id == alice.records[2].id))
    assert flaws(services)[0] == ("device", alice.device, 2, Flaw.HEAD_DIFFERS)
    set_back = {"have_sequence": 2, "have_hash": alice.records[1].hash}
    forge(update(DEVICE).where(DEVICE.c.device == alice.device).values(set_back))
    assert flaws(services) == [("device", alice.device, 3, Flaw.CUT_OFF)]


def test_a_whole_chain_taken_away_is_found(services: Services, alice: Handset, forge: Forge) -> None:
    forge(delete(RECORD).where(RECORD.c.device == alice.device))
    forge(delete(DEVICE).where(DEVICE.c.device == alice.device))
    assert {flaw for *_, flaw in flaws(services)} == {Flaw.CUT_OFF}


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("participant_fact", {"author": "somebody else"}),
        ("participant_fact", {"at": datetime(2026, 11, 1, tzinfo=UTC)}),
        ("participant_fact", {"body": "no json"}),
        ("site_fact", {"author": "somebody else"}),
        ("site_fact", {"kind": "right_taken"}),
    ],
)
def test_a_changed_fact_is_found(
    services: Services, alice: Handset, forge: Forge, table: str, change: dict[str, Any]
) -> None:
    facts = METADATA.tables[table]
    first = select(func.min(facts.c.id)).where(facts.c.sequence == 1).scalar_subquery()
    forge(update(facts).where(facts.c.id == first).values(change))
    assert [flaw for *_, flaw in flaws(services)] == [Flaw.CHANGED]


def test_a_fact_of_another_kind_than_it_says_is_found(services: Services, alice: Handset, forge: Forge) -> None:
    facts = METADATA.tables["participant_fact"]
    forge(update(facts).where(facts.c.participant == ALICE, facts.c.sequence == 1).values(kind="trained"))
    assert flaws(services) == [("participant", ALICE, 1, Flaw.COLUMNS_DIFFER)]


@pytest.mark.usefixtures("staffed")
@pytest.mark.parametrize(
    ("forgery", "flaw"),
    [
        ({"id": "another"}, Flaw.ITEM_MISSING),
        ({"participant": BOB}, Flaw.ITEM_MISSING),
        ({"sha256": "0" * 64}, Flaw.ITEM_DIFFERS),
        ({"data": b"{another"}, Flaw.ITEM_DIFFERS),
    ],
)
def test_a_settlement_of_what_is_not_there_or_another_is_found(
    services: Services, alice: Handset, forge: Forge, forgery: dict[str, Any], flaw: Flaw
) -> None:
    came_aside(alice)
    item = desk.settle(services, desk.NO_ENTRY)
    assert read(services).found == []
    aside = METADATA.tables["quarantine"]
    forge(update(aside).where(aside.c.id == item).values(forgery))
    assert [(kind, chain, found) for kind, chain, _, found in flaws(services)] == [("participant", ALICE, flaw)]


def test_an_anchor_that_was_changed_or_taken_away_is_found(services: Services, alice: Handset, forge: Forge) -> None:
    forge(delete(ANCHOR).where(ANCHOR.c.at == select(func.min(ANCHOR.c.at)).scalar_subquery()))
    assert {flaw for *_, flaw in flaws(services)} == {Flaw.NOT_CHAINED, Flaw.ANCHOR_DIFFERS}


def test_a_head_that_an_anchor_never_saw_is_found(services: Services, alice: Handset, forge: Forge) -> None:
    forge(update(HEAD).where(HEAD.c.chain == alice.device, HEAD.c.sequence == 3).values(hash="0" * 64))
    assert Flaw.ANCHOR_DIFFERS in {flaw for *_, flaw in flaws(services)}


def test_anchors_keep_only_what_moved(services: Services, alice: Handset, clock: SimulatedEnvironment) -> None:
    before = count(services, HEAD)
    clock.advance(hours=1)
    assert jobs.anchor(services, clock.now()) == 6
    assert count(services, HEAD) == before
    assert read(services).found == []


@pytest.mark.parametrize("hours", [0, 1, 24 * 400], ids=["in one millisecond", "an hour back", "a year back"])
def test_anchors_follow_each_other_whatever_the_clock_says(services: Services, alice: Handset, hours: int) -> None:
    at = services.environment.now() - timedelta(hours=hours)
    for day in range(2, 6):
        record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=date(2027, 1, 10 + day)))
        assert jobs.anchor(services, at) == 6
    verdict = read(services)
    assert (verdict.found, verdict.anchors) == ([], 7)
