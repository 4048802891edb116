"""What rests on a phone with a PIN can be read with the PIN, by nobody else, and is stored whole or not at all."""

import asyncio
from pathlib import Path

import pytest

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.facts import Trained
from diary_app.core.pins import Lock
from diary_app.core.records import RecordKind
from diary_app.core.sealing import from_base64, to_base64, without_waiting
from diary_app.storage.database import Database
from diary_app.storage.diary import Diary
from server.simulate.environment import SimulatedEnvironment
from tests.storage.ciphers import QuickCipher, SlowCipher
from tests.storage.phones import TODAY, enrol, evening

PIN, OTHER = "2580", "147036"
STUDY = to_base64(without_waiting(QuickCipher().new_pair()).public)


@pytest.fixture
def cipher() -> SlowCipher:
    return SlowCipher()


@pytest.fixture
async def sealed(database: Database, clock: SimulatedEnvironment, cipher: SlowCipher) -> Diary:
    """Alice's phone with a PIN, open."""
    diary = Diary(database, clock, cipher)
    enrol(diary, clock, sealing_key=STUDY)
    await diary.keyring.set_pin(PIN)
    return diary


async def test_sealed_entry_is_read_after_unlocking(
    sealed: Diary, database: Database, clock: SimulatedEnvironment
) -> None:
    record = await sealed.write_entry(evening())
    await sealed.write_draft("DMD", TODAY, {"answers": {"DRY01": 9}})
    again = Diary(database, clock, QuickCipher())
    assert await again.keyring.unlock(PIN)
    assert again.entries("DMD", TODAY)[0].id == record.id
    assert again.draft("DMD", TODAY) == {"answers": {"DRY01": 9}}
    assert again.conversation.records_after(record.device, 0, 9)[0].text == record.text


async def test_answers_and_pin_are_not_in_the_file(sealed: Diary, database: Database, file: str) -> None:
    await sealed.write_entry(evening())
    await sealed.write_draft("DMD", TODAY, {"answers": {"DRY01": 9}})
    database.close()
    content = b"".join(path.read_bytes() for path in Path(file).parent.glob("diary.db*"))
    assert b"DRY01" not in content
    assert PIN.encode() not in content


async def test_locked_diary_gives_and_takes_nothing(sealed: Diary) -> None:
    await sealed.write_entry(evening())
    sealed.keyring.shut()
    with pytest.raises(DiaryUnavailable) as unread:
        sealed.entries("DMD", TODAY)
    with pytest.raises(DiaryUnavailable) as unwritten:
        await sealed.write_entry(evening())
    assert {unread.value.code, unwritten.value.code} == {Code.DIARY_LOCKED}
    assert sealed.waiting() == 1


async def test_nothing_is_written_before_a_pin_was_chosen(database: Database, clock: SimulatedEnvironment) -> None:
    diary = Diary(database, clock, QuickCipher())
    enrol(diary, clock)
    with pytest.raises(DiaryUnavailable) as refused:
        await diary.write(RecordKind.TRAINING, {})
    assert refused.value.code is Code.DIARY_LOCKED
    assert diary.keyring.lock() is Lock.NO_PIN


async def test_locked_diary_has_its_records_ready_for_the_study(sealed: Diary) -> None:
    record = await sealed.write_entry(evening())
    open_texts = sealed.conversation.outgoing(record.device, 9).texts
    sealed.keyring.shut()
    locked_texts = sealed.conversation.outgoing(record.device, 9).texts
    assert open_texts == (record.text,)
    assert [text[:8] for text in locked_texts] == ["xe1:WERF"]
    assert from_base64(locked_texts[0].removeprefix("xe1:")).startswith(b"XDE1")


async def test_without_the_studys_key_a_locked_diary_waits(database: Database, clock: SimulatedEnvironment) -> None:
    diary = Diary(database, clock, QuickCipher())
    device = enrol(diary, clock)
    await diary.keyring.set_pin(PIN)
    await diary.write(RecordKind.TRAINING, {})
    diary.keyring.shut()
    outgoing = diary.conversation.outgoing(device, 9)
    assert (outgoing.texts, outgoing.held) == ((), 1)


async def test_two_taps_on_save_at_once_make_two_links_of_one_chain(sealed: Diary) -> None:
    first, second = await asyncio.gather(sealed.write_entry(evening()), sealed.write(RecordKind.TRAINING, {}))
    assert (first.sequence, second.sequence, second.previous) == (1, 2, first.hash)


async def test_device_changed_while_sealing_gets_the_record(sealed: Diary, cipher: SlowCipher) -> None:
    cipher.meanwhile = [sealed.conversation.renew]
    record = await sealed.write_entry(evening())
    assert record.device == sealed.conversation.chains()[-1].device
    assert [version.id for version in sealed.entries("DMD", TODAY)] == [record.id]


async def test_entry_is_captured_when_save_was_tapped(
    sealed: Diary, cipher: SlowCipher, clock: SimulatedEnvironment
) -> None:
    tapped = clock.now()
    cipher.meanwhile = [lambda: clock.advance(seconds=30)]
    await sealed.write_entry(evening())
    assert sealed.entries("DMD", TODAY)[0].body.captured_at == tapped


async def test_killed_between_sealing_and_storing_leaves_the_draft(sealed: Diary) -> None:
    await sealed.write_draft("DMD", TODAY, {"answers": {"DRY01": 4}})
    saving = asyncio.ensure_future(sealed.write_entry(evening()))
    await asyncio.sleep(0)
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving
    assert (sealed.waiting(), sealed.draft("DMD", TODAY)) == (0, {"answers": {"DRY01": 4}})
    assert (await sealed.write_entry(evening())).sequence == 1


async def test_diary_locked_while_sealing_still_stores_what_was_tapped(sealed: Diary, cipher: SlowCipher) -> None:
    cipher.meanwhile = [sealed.keyring.shut]
    record = await sealed.write_entry(evening())
    assert (sealed.keyring.lock(), sealed.waiting()) == (Lock.LOCKED, 1)
    await sealed.keyring.unlock(PIN)
    assert sealed.entries("DMD", TODAY)[0].id == record.id


async def test_drafts_cannot_change_places(sealed: Diary, database: Database) -> None:
    await sealed.write_draft("DMD", TODAY, {"answers": {"DRY01": 9}})
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE draft SET diary_day = '2026-11-23'")
    sealed.keyring.shut()
    await sealed.keyring.unlock(PIN)
    assert sealed.draft("DMD", TODAY.replace(day=23)) is None


async def test_one_damaged_text_does_not_keep_the_others_closed(sealed: Diary, database: Database) -> None:
    record = await sealed.write_entry(evening())
    await sealed.write_draft("DMD", TODAY.replace(day=23), {"page": 1})
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE draft SET content = substr(content, 1, 40)")
    sealed.keyring.shut()
    await sealed.keyring.unlock(PIN)
    assert sealed.draft("DMD", TODAY.replace(day=23)) is None
    assert sealed.entries("DMD", TODAY)[0].id == record.id


async def test_a_new_pin_after_a_forgotten_one_begins_afresh_and_loses_nothing(sealed: Diary) -> None:
    old = await sealed.write_entry(evening())
    await sealed.write(RecordKind.TRAINING, {})
    sealed.keyring.shut()
    await sealed.keyring.set_pin(OTHER)
    assert sealed.entries("DMD", TODAY) == ()
    assert not any(isinstance(fact.detail, Trained) for fact in sealed.facts())
    texts = sealed.conversation.outgoing(old.device, 9).texts
    assert [text[:4] for text in texts] == ["xe1:", "xe1:"]
    assert (await sealed.write(RecordKind.TRAINING, {})).sequence == 3
