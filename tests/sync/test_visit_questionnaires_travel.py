"""Visit questionnaires between real phones and a real server: words come once, answers are known on every phone."""

import shutil
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest

from diary_app.core.entries import Mode
from diary_app.core.errors import Code
from diary_app.core.facts import AnchorSet
from diary_app.core.wire import Protocol
from diary_app.journal import Journal
from diary_app.sync import dialogue
from diary_app.visiting import DueQuestionnaire, DueVisit
from server.backup import new_epoch
from server.intake import staff
from server.simulate.environment import SimulatedEnvironment
from tests.licensed import ANSWERS, MARK, active_text, install, wording
from tests.sync.world import Phone, Server, running

ALICE = "01-001"


@pytest.fixture
async def server(tmp_path: Path, clock: SimulatedEnvironment) -> AsyncIterator[Server]:
    study = tmp_path / "study.toml"
    study.write_text(active_text(), encoding="utf-8")
    async with running(tmp_path, clock, study_file=study, licence_folder=install(tmp_path / "licences")) as server:
        server.add("copenhagen", "001")
        plan(server)
        yield server


def plan(server: Server, anchor: str = "treatment_1", day: date = date(2026, 11, 27)) -> None:
    """Treatment 1 is on Friday 27 November at 10:00."""
    detail = AnchorSet(anchor=anchor, planned=day, actual_time="10:00")
    now = server.environment.now()
    server.services.writer.run(
        ALICE,
        lambda connection: staff.append_fact(connection, server.services, ALICE, detail, author="carol", at=now),
    )


def journal(phone: Phone, server: Server) -> Journal:
    return Journal(phone.diary, server.environment, Mode.OWN_PHONE)


def due(phone: Phone, server: Server) -> DueQuestionnaire:
    """What Today offers."""
    visits: tuple[DueVisit, ...] = journal(phone, server).visits("da")
    return visits[0].questionnaires[0]


async def fill_in(phone: Phone, server: Server) -> None:
    book = journal(phone, server)
    filling = book.begin_visit(due(phone, server))
    for code, value in ANSWERS.items():
        filling = filling.answered(code, value)
    await book.save(filling, "da")


async def test_words_come_with_the_enrolment(alice: Phone, server: Server) -> None:
    assert sorted(alice.diary.visits_told().wordings) == sorted([wording("da"), wording("en")])
    assert MARK in due(alice, server).instrument.item("GRIX01").text


async def test_words_are_sent_once(alice: Phone, server: Server) -> None:
    before = len(alice.network.answers)
    await alice.sync()
    assert not [one for one in alice.network.answers[before:] if MARK.encode() in one]
    assert due(alice, server)


async def test_answers_are_received_as_done(alice: Phone, server: Server) -> None:
    await fill_in(alice, server)
    assert not due(alice, server).received
    await alice.sync()
    assert due(alice, server).received


async def test_a_new_phone_knows_what_was_answered(alice: Phone, server: Server, phone: Callable[[str], Phone]) -> None:
    await fill_in(alice, server)
    await alice.sync()
    second = phone("second")
    await second.enrol(server.code(ALICE))
    found = due(second, server)
    assert (found.done, found.received, found.entry) == (True, True, None)


async def test_what_the_first_phone_saved_offline_still_counts(
    alice: Phone, server: Server, phone: Callable[[str], Phone]
) -> None:
    await fill_in(alice, server)
    second = phone("second")
    await second.enrol(server.code(ALICE))
    assert not due(second, server).done
    await alice.sync()
    await second.sync()
    assert due(second, server).done


@pytest.mark.parametrize("how", ["a restore", "a snapshot"])
async def test_what_was_filled_in_by_the_plan_of_before_counts_after_the_database_went_back(
    alice: Phone, server: Server, tmp_path: Path, how: str
) -> None:
    """Her phone has heard of more changes than the database knows, and not of the one that came after."""
    await server.back_up(tmp_path / "backup.zip")
    await server.stop()
    shutil.copy(tmp_path / "server.sqlite", tmp_path / "snapshot.sqlite")
    await server.start()
    for _ in range(50):  # a restored database counts some more than the backup did, as it lays out all evenings anew
        plan(server, "treatment_2", date(2027, 3, 27))
    await alice.sync()
    if how == "a restore":
        await server.restore(tmp_path / "backup.zip")
    else:
        await server.stop()
        shutil.copy(tmp_path / "snapshot.sqlite", tmp_path / "server.sqlite")
        await server.start()
        new_epoch.begin(server.services)
        await server.restart()
    plan(server, day=date(2027, 1, 27))
    await fill_in(alice, server)
    await alice.sync()
    assert server.rows("SELECT code FROM record WHERE kind = 'entry'") == [("",)]


async def test_an_app_that_is_too_old_keeps_its_visits(alice: Phone, server: Server) -> None:
    """It is told that it is too old, and nothing else; what it showed before it shows still."""
    told = alice.diary.visits_told()
    with patch.object(dialogue, "CURRENT", Protocol(0, date(2026, 11, 22))):
        assert (await alice.sync()).code is Code.PROTOCOL_TOO_OLD
    assert told.wordings
    assert alice.diary.visits_told() == told
