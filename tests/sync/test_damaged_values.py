"""One value on the phone that says nothing any more: the diary opens, is filled in, and everything is sent."""

import sqlite3
from base64 import b64decode
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from diary_app.core.pins import Lock
from diary_app.core.records import RecordKind
from diary_app.storage.mending import ASIDE
from diary_app.storage.meta import Name
from diary_app.sync.outcome import Standing
from tests.storage.ciphers import QuickCipher
from tests.sync.world import URL, Phone, Server

PIN, ALICE, TODAY = "2580", "01-001", date(2026, 11, 24)
#: What a failing memory card leaves in the place of a value: noise, no letters, a number, nothing.
NOISE: dict[str, bytes | str | int] = {"noise": "%~\x01", "no letters": b"\xe5\xe5", "a number": 7, "nothing": b""}


@pytest.fixture
async def file(server: Server, tmp_path: Path) -> Path:
    """Of Alice's phone, which knows whatever a phone can be told, has a PIN, and an entry that it could not send."""
    alice = Phone(tmp_path / "alice.db", server, cipher=QuickCipher())
    await alice.engine.enrol(server.code(ALICE), URL)
    await alice.diary.keyring.set_pin(PIN)
    await alice.diary.write(RecordKind.TRAINING, {})
    await alice.sync()
    server.environment.advance(days=2)
    await alice.diary.write_entry(alice.evening(TODAY - timedelta(days=1)))
    alice.diary.look_through()
    alice.diary.set_setting("size", "large")
    with alice.diary._database.writing() as connection:  # noqa: SLF001 - as after wrong PINs and a correction
        for name, value in {Name.PIN_TRIES: "1 2026-11-20T10:00:00.000Z", Name.CORRECTIONS: "WERT"}.items():
            connection.exec_driver_sql("INSERT INTO meta VALUES (?, ?)", (name, value))
    alice.close()
    return alice.file


def names_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as reader:
        return sorted(name for (name,) in reader.execute("SELECT name FROM meta"))


def change(file: Path, name: str, value: bytes | str | int) -> None:
    with closing(sqlite3.connect(file)) as writer:
        writer.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))
        writer.commit()


def kept_aside(file: Path) -> dict[str, bytes]:
    with closing(sqlite3.connect(file)) as reader:
        rows = reader.execute("SELECT name, value FROM meta WHERE name LIKE ?", (f"{ASIDE}%",)).fetchall()
    return {name.removeprefix(ASIDE): b64decode(value) for name, value in rows}


@pytest.mark.parametrize("damage", NOISE)
async def test_whichever_it_is_nothing_stops(server: Server, file: Path, damage: str) -> None:
    """One after the other, as each time the server says again what was lost."""
    for days, name in enumerate(names_in(file)):
        change(file, name, NOISE[damage])
        alice = Phone(file, server, cipher=QuickCipher())
        assert alice.diary.keyring.lock() is Lock.LOCKED, name
        assert await alice.diary.keyring.unlock(PIN), name
        assert alice.diary.facts(), name
        alice.diary.look_through()
        saved = await alice.diary.write_entry(alice.evening(TODAY + timedelta(days=days)))
        assert (await alice.sync()).standing is Standing.ALL_SENT, name
        assert saved.text in server.texts(ALICE), name
        assert server.rows("SELECT * FROM quarantine") == [], name
        assert alice.diary.waiting() == 0, name
        alice.close()
        server.environment.advance(days=1)


async def test_what_was_there_is_kept(server: Server, file: Path) -> None:
    change(file, Name.CURSOR, b"\xe5x")
    Phone(file, server, cipher=QuickCipher()).close()
    assert kept_aside(file) == {Name.CURSOR: b"\xe5x"}
    Phone(file, server, cipher=QuickCipher()).close()
    assert kept_aside(file) == {Name.CURSOR: b"\xe5x"}


async def test_a_key_of_the_study_that_is_another_one_by_a_bit_seals_nothing(server: Server, file: Path) -> None:
    with closing(sqlite3.connect(file)) as reader:
        [(key,)] = reader.execute("SELECT value FROM meta WHERE name = ?", (Name.SEALING_KEY,)).fetchall()
    change(file, Name.SEALING_KEY, key[:20] + ("A" if key[20] != "A" else "B") + key[21:])
    alice = Phone(file, server, cipher=QuickCipher())
    assert alice.diary.conversation.sealing_key() == ""
    await alice.diary.keyring.unlock(PIN)
    saved = await alice.diary.write_entry(alice.evening(TODAY))
    await alice.sync()
    assert alice.diary.conversation.sealing_key() == key
    assert saved.text in server.texts(ALICE)
    alice.close()
