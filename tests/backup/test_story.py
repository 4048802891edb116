"""Back up, sync, lose the database, restore, sync: nothing is missing, nothing double, nobody falsely missed."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import pytest

from diary_app.core.errors import Code
from server import jobs
from server.export.archive_part import archive_in
from server.export.bundle import make_bundle
from server.export.content import CutKind
from server.export.wanted import Scope, Wanted
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.sync.world import Fate, Phone, Server, running

DORA = "01-002"
MONDAY = date(2026, 11, 23)
TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=days) for days in (1, 2, 3))
Phones = Callable[[str], Phone]


@pytest.fixture
async def server(tmp_path: Path, clock: SimulatedEnvironment, database_url: str) -> AsyncIterator[Server]:
    async with running(tmp_path, clock, database_url=database_url) as server:
        for site, subject in (("copenhagen", "001"), ("odense", "001"), ("copenhagen", "002")):
            server.add(site, subject)
        yield server


@pytest.fixture
def phone(server: Server, tmp_path: Path) -> Iterator[Phones]:
    with ExitStack() as switched_on:

        def phone(name: str) -> Phone:
            made = Phone(tmp_path / f"{name}.db", server)
            switched_on.callback(made.close)
            return made

        yield phone


def evening(server: Server) -> None:
    """The next evening at the same time; the clockwork runs."""
    server.environment.advance(days=1)
    for job in (jobs.extend_horizon, jobs.sweep_due):
        job(server.services, server.environment.now())


def days(server: Server) -> dict[tuple[object, ...], tuple[object, ...]]:
    rows = server.rows("SELECT participant, diary_day, state, reason, entry FROM expected_day")
    return {(who, str(day)): (state, reason, entry) for who, day, state, reason, entry in rows}


def missed(server: Server) -> set[tuple[object, ...]]:
    return {key for key, (state, *_) in days(server).items() if state == "missed"}


async def test_everything_comes_back_once(server: Server, phone: Phones, tmp_path: Path) -> None:
    alice, bobs_first, dora = (phone(name) for name in ("alice", "bobs_first", "dora"))
    for one, who in ((alice, ALICE), (bobs_first, BOB), (dora, DORA)):
        await one.enrol(server.code(who))
        await one.sync()
    evening(server)  # Monday
    for one in (alice, bobs_first, dora):
        one.save(MONDAY)
    await alice.sync()
    bob = phone("bob")  # his first phone has not sent Monday when another one takes its place
    server.environment.advance(hours=1)
    await bob.enrol(server.code(BOB))
    await bob.sync()
    server.withdraw(DORA)  # and hers has not sent the evening before she withdrew

    await server.back_up(tmp_path / "backup")

    await bobs_first.sync()
    await dora.sync()
    evening(server)
    alice.save(TUESDAY)
    bob.save(TUESDAY)
    await alice.sync()
    await bob.sync()
    evening(server)  # Wednesday: Alice leaves it out, and says on Thursday that she holds nothing
    evening(server)
    for one in (alice, bob):
        one.save(THURSDAY)
        await one.sync()
    phones = {ALICE: [alice], BOB: [bobs_first, bob], DORA: [dora]}
    texts_before = {who: server.texts(who) for who in phones}
    evening(server)
    days_before, missed_before = days(server), missed(server)
    assert {(ALICE, str(WEDNESDAY)), (BOB, str(WEDNESDAY))} <= missed_before

    await server.restore(tmp_path / "backup")

    jobs.extend_horizon(server.services, server.environment.now())
    jobs.sweep_due(server.services, server.environment.now())
    assert missed(server) == set()  # what nobody can know yet is unknown
    assert server.texts(ALICE) != texts_before[ALICE]
    for one in (alice, bob, bobs_first, dora):
        await one.sync()
        assert missed(server) <= missed_before
    jobs.sweep_due(server.services, server.environment.now())

    assert {who: server.texts(who) for who in phones} == texts_before
    for who, made_by in phones.items():
        assert Counter(server.texts(who)) == Counter(text for one in made_by for text in one.texts())
    for one in (alice, bob, bobs_first, dora):
        assert one.diary.waiting() == 0
    sent_again = [receipt for one in (alice, bob) for receipt in one.diary.receipts().values()]
    assert len(sent_again) >= 4
    assert all(receipt.accepted for receipt in sent_again)
    assert days(server) == days_before
    assert server.rows("SELECT * FROM quarantine") == []
    assert {row[0] for row in server.rows("SELECT doubtful FROM device")} == {0}


async def test_what_an_older_chain_sent_after_the_backup_comes_back_with_the_first_sync(
    server: Server, phone: Phones, tmp_path: Path
) -> None:
    """The phone goes on under another id while its older chain is only half sent; the backup is made just then."""
    alice = phone("alice")
    await alice.enrol(server.code(ALICE))
    await alice.sync()
    evening(server)
    for _ in range(250):
        alice.diary.append("app_event", {})
    alice.save(MONDAY)
    alice.diary.conversation.renew()
    await alice.sync(Fate.ARRIVES, Fate.LOST)
    await server.back_up(tmp_path / "backup")
    await alice.sync()
    evening(server)
    evening(server)
    assert days(server)[ALICE, str(MONDAY)][0] == "done"

    await server.restore(tmp_path / "backup")
    jobs.sweep_due(server.services, server.environment.now())
    assert days(server)[ALICE, str(MONDAY)][0] == "unknown"
    await alice.sync()
    assert (alice.diary.waiting(), server.texts(ALICE)) == (0, alice.texts())
    assert days(server)[ALICE, str(MONDAY)][0] == "done"


async def test_a_phone_enrolled_after_the_backup_goes_on_with_a_new_code(
    server: Server, phone: Phones, tmp_path: Path
) -> None:
    """Every entry is there. Nobody expected those from before the second enrolment, as the first one is not known."""
    await server.back_up(tmp_path / "backup")
    alice = phone("alice")
    await alice.enrol(server.code(ALICE))
    await alice.sync()
    evening(server)
    alice.save(MONDAY)
    await alice.sync()
    await server.restore(tmp_path / "backup")
    assert (await alice.sync()).code is Code.DEVICE_UNKNOWN
    await alice.enrol(server.code(ALICE))
    await alice.sync()
    assert server.texts(ALICE) == alice.texts()
    assert days(server)[ALICE, str(MONDAY)][0] == "extra"


async def test_a_code_of_before_opens_nothing_after_the_restore(server: Server, phone: Phones, tmp_path: Path) -> None:
    code = server.code(ALICE)
    await server.back_up(tmp_path / "backup")
    await server.restore(tmp_path / "backup")
    with pytest.raises(Exception, match=r"code_unknown"):
        await phone("alice").enrol(code)
    await phone("alice").enrol(server.code(ALICE))


async def test_a_backup_made_while_phones_sync_holds_whole_syncs(server: Server, phone: Phones, tmp_path: Path) -> None:
    """A record that the backup lacks is lacking together with the contact that would prove it was sent."""
    alice = phone("alice")
    await alice.enrol(server.code(ALICE))
    await alice.sync()
    evening(server)
    alice.save(MONDAY)
    await server.back_up(tmp_path / "backup")
    await alice.sync()
    evening(server)
    evening(server)
    await server.restore(tmp_path / "backup")
    jobs.sweep_due(server.services, server.environment.now())
    assert days(server)[ALICE, str(MONDAY)][0] == "unknown"
    await alice.sync()
    assert days(server)[ALICE, str(MONDAY)][0] == "done"


async def test_phones_go_on_with_a_server_made_from_a_bundle(server: Server, phone: Phones, tmp_path: Path) -> None:
    """What a phone had sent and the cut did not know, and what it had not sent, comes; nothing is doubled."""
    alice = phone("alice")
    await alice.enrol(server.code(ALICE))
    await alice.sync()
    evening(server)
    alice.save(MONDAY)
    await alice.sync()
    cut = server.environment.now()
    server.environment.advance(hours=1)
    wanted = Wanted(CutKind.INTERIM, cut, scope=Scope.ARCHIVE)
    bundle = make_bundle(server.services, tmp_path / "bundle", wanted, author="carol")
    evening(server)
    alice.save(TUESDAY)
    await alice.sync()
    evening(server)
    alice.save(WEDNESDAY)  # and not sent before the server is lost

    await server.restore(archive_in(bundle.folder))
    assert {day for (_, day), (state, *_) in days(server).items() if state == "done"} == {str(MONDAY)}
    await alice.sync()
    assert server.texts(ALICE) == alice.texts()
    assert {days(server)[ALICE, str(day)][0] for day in (MONDAY, TUESDAY, WEDNESDAY)} == {"done"}
