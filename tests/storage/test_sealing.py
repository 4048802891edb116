"""A sealer that waits, as the browser's does, fits between composing a record and storing it."""

import asyncio
from pathlib import Path

import pytest

from diary_app.core.records import RecordKind
from diary_app.core.sealing import OpenSealer, without_waiting
from diary_app.storage.database import Database
from diary_app.storage.diary import Diary
from server.simulate.environment import SimulatedEnvironment
from tests.storage.phones import TODAY, enrol, evening


class WaitingSealer(OpenSealer):
    """Turns every bit around, and takes its time."""

    async def seal(self, plain: bytes) -> bytes:
        await asyncio.sleep(0)
        return bytes(255 - byte for byte in plain)

    async def unseal(self, sealed: bytes) -> bytes:
        return await self.seal(sealed)


@pytest.fixture
def sealed(database: Database, clock: SimulatedEnvironment) -> Diary:
    diary = Diary(database, clock, WaitingSealer())
    enrol(diary, clock)
    return diary


async def test_sealed_entry_is_read_after_unlocking(
    sealed: Diary, database: Database, file: str, clock: SimulatedEnvironment
) -> None:
    record = sealed.keep(await sealed.seal(sealed.next_entry(evening())))
    sealed.keep_draft("DMD", TODAY, await sealed.seal_draft({"answers": {"DRY01": 9}}))
    again = Diary(database, clock, WaitingSealer())
    await again.unlock()
    assert again.entries("DMD", TODAY)[0].id == record.id
    assert again.draft("DMD", TODAY) == {"answers": {"DRY01": 9}}
    assert again.conversation.records_after(record.device, 0, 9)[0].text == record.text


def test_sealed_answers_are_not_in_the_file(sealed: Diary, database: Database, file: str) -> None:
    record = sealed.next_entry(evening())
    sealed.keep(asyncio.run(sealed.seal(record)))
    database.close()
    assert b"DRY01" not in Path(file).read_bytes()


async def test_record_that_lost_its_place_while_sealed_is_not_stored(sealed: Diary) -> None:
    waiting = await sealed.seal(sealed.next_entry(evening()))
    sealed.keep(await sealed.seal(sealed.next_record(RecordKind.TRAINING, {})))
    with pytest.raises(ValueError, match="make it again"):
        sealed.keep(waiting)
    assert sealed.keep(await sealed.seal(sealed.next_entry(evening()))).sequence == 2


def test_sealer_that_waits_cannot_be_hurried() -> None:
    with pytest.raises(RuntimeError, match="await the sealing step"):
        without_waiting(WaitingSealer().seal(b"x"))


def test_open_sealer_keeps_bytes_as_they_are() -> None:
    sealer = OpenSealer()
    steps = (sealer.seal, sealer.unseal, sealer.seal_to_study)
    assert [without_waiting(step(b"plain")) for step in steps] == [b"plain"] * 3
