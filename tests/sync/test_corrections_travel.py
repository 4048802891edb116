"""A correction on its way: asked for at the site, answered on the phone, approved, and counted on both."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from diary_app.core.correction_facts import (
    CorrectionReason,
    CorrectionSource,
    ItemChange,
    ParticipantAnswer,
    RefusalReason,
    WaiverReason,
)
from diary_app.core.errors import Code
from diary_app.core.records import RecordKind
from diary_app.core.wire import Protocol
from diary_app.correcting import Correcting
from diary_app.storage.keyring import Keyring
from diary_app.sync import dialogue
from diary_app.sync.outcome import Standing
from server.access.acting import Acting
from server.intake import corrections
from server.intake.corrected import corrections_of
from server.intake.corrections import Wanted
from tests.storage.ciphers import QuickCipher
from tests.sync.world import URL, Phone, Server

PIN, OTHER = "2580", "147036"
TODAY = date(2026, 11, 24)
WHO = Acting("command line", is_operator=True)


@pytest.fixture
def sealed_phone(tmp_path: Path, server: Server) -> Iterator[Phone]:
    phone = Phone(tmp_path / "alice.db", server, cipher=QuickCipher())
    yield phone
    phone.close()


@pytest.fixture
async def alice(server: Server, sealed_phone: Phone) -> Phone:
    """Alice's phone with a PIN; this evening's entry says 3 and has arrived."""
    await sealed_phone.engine.enrol(server.code("01-001"), URL)
    await sealed_phone.diary.keyring.set_pin(PIN)
    await sealed_phone.diary.write(RecordKind.TRAINING, {})
    await sealed_phone.sync()
    server.environment.advance(days=2)
    await sealed_phone.diary.write_entry(sealed_phone.evening(TODAY))
    await sealed_phone.sync()
    return sealed_phone


def act(server: Server, what: Callable[..., Any], *given: Any) -> Any:
    now = server.environment.now()
    return server.services.writer.run(
        "01-001", lambda connection: what(connection, server.services, "01-001", *given, who=WHO, at=now)
    )


def ask(server: Server, phone: Phone) -> str:
    (entry,) = phone.diary.entries("DMD", TODAY)
    change = ItemChange(item="DMD01", old=3, new=8)
    wanted = Wanted(entry.id, change, CorrectionSource.CALL, TODAY, CorrectionReason.TAPPED_WRONG, "note 7 in the file")
    key: str = act(server, corrections.request, wanted).id
    return key


def states(server: Server) -> list[str]:
    with server.services.engine.connect() as connection:
        return [one.state.value for one in corrections_of(connection, "01-001")]


def first_answer(phone: Phone) -> object:
    entries = Correcting(phone.diary).over({TODAY: phone.diary.entries("DMD", TODAY)}, "DMD")
    return next(iter(entries[TODAY])).body.answers["DMD01"]


async def test_a_confirmed_correction_counts_on_both_sides(server: Server, alice: Phone) -> None:
    key = ask(server, alice)
    await alice.sync()
    correcting = Correcting(alice.diary)
    (question,) = correcting.waiting()
    await correcting.answer(question.asked, ParticipantAnswer.RIGHT)
    assert correcting.waiting() == ()
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert states(server) == ["confirmed"]
    server.environment.advance(days=1)
    act(server, corrections.approve, key)
    assert first_answer(alice) == 3
    await alice.sync()
    assert first_answer(alice) == 8
    (told,) = correcting.approved()
    assert told.approved_at == server.environment.now()


async def test_an_app_that_is_too_old_keeps_its_questions(server: Server, alice: Phone) -> None:
    ask(server, alice)
    await alice.sync()
    (question,) = Correcting(alice.diary).waiting()
    with patch.object(dialogue, "CURRENT", Protocol(0, TODAY)):
        assert (await alice.sync()).code is Code.PROTOCOL_TOO_OLD
    assert Correcting(alice.diary).waiting() == (question,)


async def test_nothing_that_staff_recorded_beside_it_is_told(server: Server, alice: Phone) -> None:
    ask(server, alice)
    await alice.sync()
    answer = alice.network.answers[-1].decode()
    assert '"new":8' in answer
    assert "participant_call" not in answer
    assert "note 7" not in answer
    assert "operator" not in answer


@pytest.mark.parametrize("ending", ["waive", "refuse", "withdraw"])
async def test_what_was_settled_is_not_asked(server: Server, alice: Phone, ending: str) -> None:
    key = ask(server, alice)
    await alice.sync()
    reasons = {"waive": (WaiverReason.NO_PHONE,), "refuse": (RefusalReason.NOT_JUSTIFIED,)}
    act(server, getattr(corrections, ending), key, *reasons.get(ending, ()))
    await alice.sync()
    assert Correcting(alice.diary).waiting() == ()


async def test_what_is_told_rests_sealed_and_is_there_after_the_pin(server: Server, alice: Phone) -> None:
    ask(server, alice)
    await alice.sync()
    told = [row for row in rows_of(alice) if row[0] == "corrections"]
    assert told
    assert all("DMD01" not in str(value) and "item" not in str(value) for _, value in told)
    keyring = alice.diary.keyring
    assert isinstance(keyring, Keyring)
    keyring.shut()
    assert await keyring.unlock(PIN)
    assert len(Correcting(alice.diary).waiting()) == 1


def rows_of(phone: Phone) -> list[tuple[object, ...]]:
    import sqlite3

    with sqlite3.connect(phone.file) as connection:
        return [tuple(row) for row in connection.execute("SELECT name, value FROM meta")]


async def test_a_locked_phone_hears_of_it_when_it_is_open_again(server: Server, alice: Phone) -> None:
    ask(server, alice)
    alice.diary.keyring.shut()
    assert (await alice.sync()).standing is Standing.ALL_SENT
    await alice.diary.keyring.unlock(PIN)
    assert Correcting(alice.diary).waiting() == ()
    await alice.sync()
    assert len(Correcting(alice.diary).waiting()) == 1


async def test_a_forgotten_pin_asks_again(server: Server, alice: Phone) -> None:
    ask(server, alice)
    await alice.sync()
    alice.diary.keyring.shut()
    await alice.diary.keyring.set_pin(OTHER)
    assert Correcting(alice.diary).waiting() == ()
    await alice.sync()
    assert len(Correcting(alice.diary).waiting()) == 1


async def test_an_answer_from_a_newer_server_stops_no_sync(server: Server, alice: Phone) -> None:
    ask(server, alice)
    alice.network.retouch = lambda body: body.replace(b'"what":"item"', b'"what":"from_a_newer_server"')
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert Correcting(alice.diary).waiting() == ()
