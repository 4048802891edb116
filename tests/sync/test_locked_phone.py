"""A phone with a PIN and the real server: what is saved arrives whether the diary is open, locked or forgotten."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from diary_app.core.errors import Code
from diary_app.core.facts import DeviceState, Excused, ExcuseReason
from diary_app.core.pins import Lock
from diary_app.core.records import Record, RecordKind
from diary_app.core.wire import Protocol
from diary_app.sync import dialogue
from diary_app.sync.outcome import Standing
from diary_app.sync.transport import ServerUnreachable
from tests.server.handset import record_fact
from tests.storage.ciphers import QuickCipher
from tests.sync.world import URL, Fate, Phone, Server

PIN, OTHER = "2580", "147036"
TODAY = date(2026, 11, 24)


@pytest.fixture
def sealed_phone(tmp_path: Path, server: Server) -> Iterator[Phone]:
    phone = Phone(tmp_path / "alice.db", server, cipher=QuickCipher())
    yield phone
    phone.close()


@pytest.fixture
async def alice(server: Server, sealed_phone: Phone) -> Phone:
    """Alice's phone, enrolled, with a PIN and trained, on an evening when her diary is open."""
    await sealed_phone.engine.enrol(server.code("01-001"), URL)
    await sealed_phone.diary.keyring.set_pin(PIN)
    await sealed_phone.diary.write(RecordKind.TRAINING, {})
    await sealed_phone.sync()
    server.environment.advance(days=2)
    return sealed_phone


async def save(phone: Phone, day: date, value: int = 3) -> Record:
    return await phone.diary.write_entry(phone.evening(day, value))


def codes_aside(server: Server) -> list[str]:
    return [str(row[0]) for row in server.rows("SELECT code FROM quarantine")]


async def test_locked_phone_delivers_and_believes_the_receipts(server: Server, alice: Phone) -> None:
    entry = await save(alice, TODAY)
    alice.diary.keyring.shut()
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert entry.text not in alice.network.sent
    assert entry.text in server.texts("01-001")
    assert alice.diary.receipts()[entry.id].hash == entry.hash
    assert alice.diary.day_states()[TODAY].state == "done"


async def test_record_sent_locked_and_open_is_stored_once(server: Server, alice: Phone) -> None:
    await save(alice, TODAY)
    alice.diary.keyring.shut()
    await alice.sync(Fate.UNANSWERED)
    await alice.diary.keyring.unlock(PIN)
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert server.texts("01-001") == alice.texts()
    assert codes_aside(server) == []


async def test_restored_server_gets_everything_again_from_a_locked_phone(
    server: Server, alice: Phone, tmp_path: Path
) -> None:
    await server.back_up(tmp_path / "backup.sqlite")
    entry = await save(alice, TODAY)
    await alice.sync()
    alice.diary.keyring.shut()
    await server.restore(tmp_path / "backup.sqlite")
    assert entry.text not in server.texts("01-001")
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert entry.text in server.texts("01-001")


async def test_locked_phone_believes_no_receipt_for_other_bytes(server: Server, alice: Phone) -> None:
    entry = await save(alice, TODAY)
    alice.diary.keyring.shut()
    alice.network.retouch = lambda answer: answer.replace(entry.hash.encode(), b"0" * 64)
    ended = await alice.sync()
    assert (ended.standing, ended.code) == (Standing.PROBLEM, Code.RECORD_CONFLICT)
    assert (alice.diary.waiting(), entry.id in alice.diary.receipts()) == (1, False)


async def test_changed_envelope_is_set_aside_and_the_record_still_comes(server: Server, alice: Phone) -> None:
    entry = await save(alice, TODAY)
    alice.diary.keyring.shut()
    alice.network.garble = lambda text: text[:-6] + "AAAAAA"
    assert (await alice.sync()).standing is Standing.PROBLEM
    assert (set(codes_aside(server)), alice.diary.waiting()) == ({Code.ENVELOPE_UNREADABLE}, 1)
    alice.network.garble = None
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert entry.text in server.texts("01-001")


async def test_forgotten_pin_loses_nothing_and_doubles_nothing(server: Server, alice: Phone) -> None:
    sent = await save(alice, TODAY)
    await alice.sync()
    server.environment.advance(days=1)
    unsent = await save(alice, TODAY + timedelta(days=1), value=8)
    alice.diary.keyring.shut()

    await alice.engine.enrol(server.code("01-001"), URL)
    await alice.diary.keyring.set_pin(OTHER)
    assert (await alice.sync()).standing is Standing.ALL_SENT

    assert [text for text in server.texts("01-001") if '"entry"' in text] == [sent.text, unsent.text]
    days = alice.diary.day_states()
    assert [(days[day].state, days[day].entry) for day in (TODAY, TODAY + timedelta(days=1))] == [
        ("done", sent.id),
        ("done", unsent.id),
    ]
    assert {sent.id, unsent.id} <= alice.diary.receipts().keys()
    assert codes_aside(server) == []


async def test_an_evening_under_a_forgotten_pin_is_known_until_the_study_has_it(server: Server, alice: Phone) -> None:
    await save(alice, TODAY)
    assert alice.diary.days_waiting_closed("DMD") == frozenset()
    alice.diary.keyring.shut()
    await alice.engine.enrol(server.code("01-001"), URL)
    await alice.diary.keyring.set_pin(OTHER)
    assert alice.diary.days_waiting_closed("DMD") == {TODAY}
    await alice.sync()
    assert alice.diary.days_waiting_closed("DMD") == frozenset()


@pytest.mark.parametrize("state", ["open", "excused"])
async def test_an_evening_under_a_forgotten_pin_stays_known_when_its_grade_does_not_come(
    server: Server, alice: Phone, state: str
) -> None:
    if state == "excused":
        excused = Excused(instrument="DMD", diary_day=TODAY, reason=ExcuseReason.HOSPITALISED)
        record_fact(server.services, "01-001", excused)
        await alice.sync()
    await save(alice, TODAY)
    alice.diary.keyring.shut()
    await alice.engine.enrol(server.code("01-001"), URL)
    await alice.diary.keyring.set_pin(OTHER)
    await alice.sync(Fate.ARRIVES, Fate.LOST)
    assert (alice.diary.waiting(), alice.diary.day_states()[TODAY].state) == (0, state)
    assert alice.diary.days_waiting_closed("DMD") == {TODAY}
    await alice.sync()
    assert alice.diary.days_waiting_closed("DMD") == frozenset()
    assert alice.diary.day_states()[TODAY].state == "done"


async def test_after_a_forgotten_pin_the_diary_goes_on(server: Server, alice: Phone) -> None:
    await save(alice, TODAY)
    await alice.sync()
    alice.diary.keyring.shut()
    await alice.engine.enrol(server.code("01-001"), URL)
    await alice.diary.keyring.set_pin(OTHER)
    await alice.sync()
    server.environment.advance(days=1)
    entry = await save(alice, TODAY + timedelta(days=1))
    await alice.sync()
    assert alice.diary.entries("DMD", TODAY) == ()
    assert alice.diary.day_states()[TODAY + timedelta(days=1)].entry == entry.id
    assert alice.diary.keyring.lock() is Lock.OPEN


async def test_neither_chain_of_a_phone_is_in_doubt_after_a_restore(
    server: Server, alice: Phone, tmp_path: Path
) -> None:
    await save(alice, TODAY)
    await alice.sync()
    alice.diary.keyring.shut()
    await alice.engine.enrol(server.code("01-001"), URL)
    await alice.diary.keyring.set_pin(OTHER)
    await alice.sync()
    await server.back_up(tmp_path / "backup.sqlite")
    await server.restore(tmp_path / "backup.sqlite")
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert server.rows("SELECT doubtful FROM device") == [(0,), (0,)]


async def test_no_chain_is_in_doubt_where_a_phone_was_forgotten_and_enrolled_again_unheard(
    server: Server, alice: Phone, tmp_path: Path
) -> None:
    await server.back_up(tmp_path / "backup.sqlite")
    await save(alice, TODAY)
    alice.diary.keyring.shut()
    await alice.engine.enrol(server.code("01-001"), URL)
    await server.restore(tmp_path / "backup.sqlite")
    assert (await alice.sync()).code is Code.DEVICE_UNKNOWN  # what waits under the first id went, and was answered
    alice.network.plan = [Fate.UNANSWERED]
    code = server.code("01-001")
    with pytest.raises(ServerUnreachable):
        await alice.engine.enrol(code, URL)
    await alice.engine.enrol(code, URL)
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert server.rows("SELECT doubtful FROM device") == [(0,), (0,)]


async def test_an_app_that_is_too_old_sends_both_chains_again_before_it_is_told(
    server: Server, alice: Phone, tmp_path: Path
) -> None:
    alice.diary.keyring.shut()
    await alice.engine.enrol(server.code("01-001"), URL)
    await alice.diary.keyring.set_pin(OTHER)
    await alice.sync()
    await server.back_up(tmp_path / "backup.sqlite")
    await server.restore(tmp_path / "backup.sqlite")
    with patch.object(dialogue, "CURRENT", Protocol(0, date(2026, 11, 22))):
        assert (await alice.sync()).code is Code.PROTOCOL_TOO_OLD
    assert alice.diary.waiting() == 0


@pytest.fixture
async def keyless(server: Server, alice: Phone) -> Phone:
    """The same, enrolled again with a server that names no key; tonight's entry is sealed under the PIN only."""
    alice.network.retouch = lambda answer: re.sub(rb'"sealing_key":"[^"]*"', b'"sealing_key":""', answer)
    await alice.engine.enrol(server.code("01-001"), URL)
    await alice.sync()
    assert alice.diary.conversation.sealing_key() == ""
    return alice


async def test_locked_phone_without_the_studys_key_waits_for_the_pin(server: Server, keyless: Phone) -> None:
    entry = await save(keyless, TODAY)
    keyless.diary.keyring.shut()
    ended = await keyless.sync()
    assert (ended.standing, ended.code, ended.waiting) == (Standing.WAITING, Code.DIARY_LOCKED, 1)
    assert keyless.diary.needs_pin()
    assert entry.text not in server.texts("01-001")


async def test_what_waited_for_the_pin_is_sent_after_it(server: Server, keyless: Phone) -> None:
    entry = await save(keyless, TODAY)
    keyless.diary.keyring.shut()
    await keyless.sync()
    await keyless.diary.keyring.unlock(PIN)
    assert (await keyless.sync()).standing is Standing.ALL_SENT
    assert (keyless.diary.needs_pin(), entry.text in server.texts("01-001")) == (False, True)


async def test_waiting_for_the_pin_the_phone_still_hears_what_is_new(server: Server, keyless: Phone) -> None:
    await save(keyless, TODAY)
    keyless.diary.keyring.shut()
    server.report_lost("01-001")
    await keyless.sync()
    installation = keyless.diary.installation()
    assert installation is not None
    assert installation.state is DeviceState.LOST


async def test_later_records_wait_behind_one_that_needs_the_pin(server: Server, keyless: Phone) -> None:
    earlier = await save(keyless, TODAY)
    keyless.network.retouch = None
    keyless.diary.keyring.shut()
    await keyless.sync()
    await keyless.diary.keyring.unlock(PIN)
    server.environment.advance(days=1)
    later = await save(keyless, TODAY + timedelta(days=1))
    keyless.diary.keyring.shut()
    assert (await keyless.sync()).waiting == 2
    await keyless.diary.keyring.unlock(PIN)
    await keyless.sync()
    assert {earlier.text, later.text} <= set(server.texts("01-001"))
