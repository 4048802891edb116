"""One record on the phone that nobody can read any more: it is told, and nothing else waits for it or is lost."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from diary_app.core.errors import Code
from diary_app.core.records import Record, RecordKind
from diary_app.sync.outcome import Standing
from tests.storage.ciphers import QuickCipher
from tests.storage.test_damage import unguarded
from tests.sync.test_locked_phone import OTHER, PIN, save
from tests.sync.world import URL, Phone, Server

ALICE = "01-001"
TODAY = date(2026, 11, 24)
Phones = Callable[[str], Phone]
Spoil = Callable[[bytes], bytes]

#: So much of a record's bytes is changed that it is no text, no record, or another record than it was.
SPOILT: dict[str, Spoil] = {
    "no text": lambda content: content[:40] + b"\xff" + content[41:],
    "no record": lambda content: content[:-1] + b" ",
    "another answer": lambda content: content.replace(b'"DMD01":8', b'"DMD01":9'),
}


def spoil(phone: Phone, record: Record, change: Spoil) -> Phone:
    """Other bytes in the place of what rests there."""
    phone.close()
    with unguarded(phone.file) as file:
        [content] = file.execute("SELECT content FROM record WHERE id = ?", (record.id,)).fetchone()
        assert change(content) != content
        file.execute("UPDATE record SET content = ? WHERE id = ?", (change(content), record.id))
    return phone


def aside(server: Server) -> list[tuple[object, ...]]:
    return server.rows("SELECT code, claimed_id FROM quarantine ORDER BY change_no")


@pytest.mark.parametrize("how", SPOILT)
async def test_what_comes_after_it_arrives_and_what_is_saved_later_counts(
    server: Server, alice: Phone, phone: Phones, how: str
) -> None:
    before, damaged, after = (alice.save(TODAY + timedelta(days=more - 1), value=8) for more in range(3))
    spoil(alice, damaged, SPOILT[how])
    alice = phone("alice")
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert before.text in server.texts(ALICE)
    assert aside(server) == [(Code.RECORD_MALFORMED, None), (Code.CHAIN_GAP, after.id)]
    [(told,)] = server.rows("SELECT data FROM quarantine WHERE code = 'record_malformed'")
    assert json.loads(bytes(told))["unreadable_record"] == damaged.id  # type: ignore[call-overload] - a blob
    server.environment.advance(days=1)
    later = alice.save(TODAY + timedelta(days=1))
    assert (await alice.sync(), later.text in server.texts(ALICE))[1]
    assert (len(aside(server)), alice.diary.waiting()) == (2, 0)


async def test_it_holds_up_no_more_than_a_request_carries(server: Server, alice: Phone, phone: Phones) -> None:
    damaged = alice.save(TODAY, value=8)
    for _ in range(450):
        alice.diary.append(RecordKind.APP_EVENT, {})
    spoil(alice, damaged, SPOILT["no record"])
    assert (await phone("alice").sync()).standing is Standing.ALL_SENT
    assert len(aside(server)) == 451


async def test_other_chains_do_not_wait_for_it(server: Server, alice: Phone, phone: Phones) -> None:
    damaged = alice.save(TODAY, value=8)
    spoil(alice, damaged, SPOILT["no record"])
    alice = phone("alice")
    server.environment.advance(days=3)
    await alice.engine.enrol(server.code(ALICE), URL)
    later = alice.save(TODAY + timedelta(days=3))
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert later.text in server.texts(ALICE)
    assert aside(server) == [(Code.RECORD_MALFORMED, None)]


# ---- a phone with a PIN ------------------------------------------------------------------------------------


def without_key(answer: bytes) -> bytes:
    """As a server answered that had no key for envelopes yet."""
    return json.dumps({**json.loads(answer), "sealing_key": ""}).encode()


async def with_pin(server: Server, folder: Path, retouch: Spoil | None = None) -> Phone:
    """Alice's phone, enrolled and practised, with a PIN. `retouch`: what becomes of the server's answers."""
    made = Phone(folder / "alice.db", server, cipher=QuickCipher())
    made.network.retouch = retouch
    await made.engine.enrol(server.code(ALICE), URL)
    await made.diary.keyring.set_pin(PIN)
    await made.diary.write(RecordKind.TRAINING, {})
    await made.sync()
    server.environment.advance(days=2)
    return made


@pytest.fixture
async def sealed(server: Server, tmp_path: Path) -> Phone:
    """Alice's phone, of which nothing is sealed to the study."""
    return await with_pin(server, tmp_path, without_key)


async def test_what_rests_under_a_forgotten_pin_and_is_in_no_envelope_is_told(server: Server, sealed: Phone) -> None:
    gone = await save(sealed, TODAY)
    sealed.diary.keyring.shut()
    sealed.network.retouch = None
    await sealed.engine.enrol(server.code(ALICE), URL)
    await sealed.diary.keyring.set_pin(OTHER)
    later = await save(sealed, TODAY + timedelta(days=1))
    assert (await sealed.sync()).standing is Standing.ALL_SENT
    assert (gone.text in server.texts(ALICE), later.text in server.texts(ALICE)) == (False, True)
    assert aside(server) == [(Code.RECORD_MALFORMED, None)]
    sealed.close()


async def test_while_the_diary_is_locked_nothing_is_given_up(server: Server, sealed: Phone) -> None:
    entry = await save(sealed, TODAY)
    sealed.diary.keyring.shut()
    for _ in range(2):
        assert (await sealed.sync()).code is Code.DIARY_LOCKED
    await sealed.diary.keyring.unlock(PIN)
    assert (await sealed.sync()).standing is Standing.ALL_SENT
    assert (entry.text in server.texts(ALICE), aside(server)) == (True, [])
    sealed.close()


async def test_what_another_window_has_saved_is_not_given_up(server: Server, sealed: Phone) -> None:
    other = Phone(sealed.file, server, cipher=QuickCipher())
    await other.diary.keyring.unlock(PIN)
    entry = await save(other, TODAY)
    assert (await sealed.sync()).standing is Standing.ALL_SENT
    assert (entry.text in server.texts(ALICE), aside(server)) == (True, [])
    other.close()
    sealed.close()


async def test_what_another_window_has_saved_under_a_new_pin_is_not_given_up(server: Server, sealed: Phone) -> None:
    other = Phone(sealed.file, server, cipher=QuickCipher())
    other.network.retouch = without_key
    await other.engine.enrol(server.code(ALICE), URL)
    await other.diary.keyring.set_pin(OTHER)
    entry = await save(other, TODAY)
    await sealed.sync()
    assert aside(server) == []
    assert (await other.sync()).standing is Standing.ALL_SENT
    assert (entry.text in server.texts(ALICE), aside(server)) == (True, [])
    other.close()
    sealed.close()


NO_CONTENT = "UPDATE record SET content = zeroblob(length(content)) WHERE id = ?"
NO_ENVELOPE = "UPDATE record SET envelope = zeroblob(length(envelope)) WHERE id = ?"


def zero(phone: Phone, record: Record, *statements: str) -> None:
    """As where a sector of the memory card was never written."""
    with unguarded(phone.file) as file:
        for statement in statements:
            assert file.execute(statement, (record.id,)).rowcount == 1


@pytest.fixture
async def enveloped(server: Server, tmp_path: Path) -> Phone:
    """Alice's phone, whose records are sealed to the study as well."""
    return await with_pin(server, tmp_path)


async def test_nothing_waits_for_a_record_whose_envelope_is_damaged_too(server: Server, enveloped: Phone) -> None:
    gone = await save(enveloped, TODAY)
    zero(enveloped, gone, NO_CONTENT, NO_ENVELOPE)
    assert (await enveloped.sync()).standing is Standing.ALL_SENT
    assert aside(server) == [(Code.RECORD_MALFORMED, None)]
    later = await save(enveloped, TODAY + timedelta(days=1))
    assert (await enveloped.sync()).standing is Standing.ALL_SENT
    assert later.text in server.texts(ALICE)
    enveloped.close()


async def test_a_record_with_a_damaged_envelope_waits_for_the_pin_and_arrives_whole(
    server: Server, enveloped: Phone
) -> None:
    entry = await save(enveloped, TODAY)
    zero(enveloped, entry, NO_ENVELOPE)
    enveloped.diary.keyring.shut()
    assert (await enveloped.sync()).code is Code.DIARY_LOCKED
    assert aside(server) == []
    await enveloped.diary.keyring.unlock(PIN)
    assert (await enveloped.sync()).standing is Standing.ALL_SENT
    assert (entry.text in server.texts(ALICE), aside(server)) == (True, [])
    enveloped.close()


async def test_a_record_with_an_envelope_is_not_given_up(server: Server, enveloped: Phone) -> None:
    entry = await save(enveloped, TODAY)
    zero(enveloped, entry, NO_CONTENT)
    enveloped.diary.keyring.shut()
    await enveloped.diary.keyring.unlock(PIN)
    assert (await enveloped.sync()).standing is Standing.ALL_SENT
    assert (entry.text in server.texts(ALICE), aside(server)) == (True, [])
    enveloped.close()
