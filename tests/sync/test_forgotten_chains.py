"""A server restored to before an enrolment: what waits under the forgotten id comes in, once, after any new code."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from diary_app.core.errors import Code, DiaryUnavailable, RequestRefused
from diary_app.core.records import RecordKind
from diary_app.core.wire import CURRENT, SYNC_PATH, SyncRequest
from diary_app.storage.installations import Chain
from diary_app.sync.outcome import Standing
from diary_app.sync.transport import Answer, ServerUnreachable
from tests.storage.ciphers import QuickCipher
from tests.sync.test_damaged_record import without_key
from tests.sync.test_lent_phones import code as lending_code
from tests.sync.test_locked_phone import PIN
from tests.sync.world import URL, Fate, Phone, Server

TODAY = date(2026, 11, 24)
YESTERDAY = TODAY - timedelta(days=1)
ALICE, BOB = "01-001", "02-001"
Phones = Callable[[str], Phone]


@pytest.fixture
async def forgotten(server: Server, phone: Phones, tmp_path: Path) -> Phone:
    """Alice's phone with an evening that was sent and one that was not; the restored server knows neither it nor them.

    It has not heard so.
    """
    await server.back_up(tmp_path / "backup")
    alice = phone("alice")
    await alice.enrol(server.code(ALICE))
    await alice.sync()
    server.environment.advance(days=2)
    alice.save(YESTERDAY)
    await alice.sync()
    alice.save(TODAY)
    await server.restore(tmp_path / "backup")
    return alice


def states(server: Server) -> list[tuple[object, ...]]:
    return server.rows("SELECT participant, state, doubtful FROM device ORDER BY active_from, state")


async def test_a_code_typed_before_the_phone_has_heard_leaves_nothing_behind(server: Server, forgotten: Phone) -> None:
    await forgotten.enrol(server.code(ALICE))
    assert (await forgotten.sync()).standing is Standing.ALL_SENT
    assert (server.texts(ALICE), forgotten.diary.waiting()) == (forgotten.texts(), 0)
    assert all(receipt.accepted for receipt in forgotten.diary.receipts().values())
    assert states(server) == [(ALICE, "active", 0), (ALICE, "replaced", 0)]
    assert server.rows("SELECT * FROM quarantine") == []


async def test_chains_of_several_enrolments_come_in_together(server: Server, phone: Phones, tmp_path: Path) -> None:
    await server.back_up(tmp_path / "backup")
    alice = phone("alice")
    for _ in range(3):
        await alice.enrol(server.code(ALICE))
        await alice.sync()
        server.environment.advance(days=3)
        alice.save(server.environment.now().date())
    await server.restore(tmp_path / "backup")
    await alice.enrol(server.code(ALICE))
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert (server.texts(ALICE), len(server.rows("SELECT * FROM device"))) == (alice.texts(), 4)
    assert {row[2] for row in states(server)} == {0}


async def test_what_is_forgotten_a_second_time_comes_in_a_second_time(
    server: Server, forgotten: Phone, tmp_path: Path
) -> None:
    await forgotten.enrol(server.code(ALICE))
    await server.back_up(tmp_path / "between")
    await forgotten.sync()
    await server.restore(tmp_path / "between")
    assert (await forgotten.sync()).standing is Standing.ALL_SENT
    await server.restore(tmp_path / "backup")
    server.environment.advance(days=1)
    forgotten.save(TODAY + timedelta(days=1))
    await forgotten.enrol(server.code(ALICE))
    assert (await forgotten.sync()).standing is Standing.ALL_SENT
    assert server.texts(ALICE) == forgotten.texts()
    assert {row[2] for row in states(server)} == {0}


@pytest.mark.parametrize(
    "fates", list(product([Fate.ARRIVES, Fate.LOST, Fate.UNANSWERED, Fate.TWICE, Fate.LATE], repeat=2))
)
async def test_whatever_becomes_of_a_message_every_record_arrives_once(
    server: Server, forgotten: Phone, fates: tuple[Fate, Fate]
) -> None:
    """The message that vouches and the one after it, each sent again until it is answered."""
    await forgotten.enrol(server.code(ALICE))
    await forgotten.sync(Fate.ARRIVES, *fates)
    await forgotten.sync(Fate.ARRIVES, *fates)
    server.environment.advance(minutes=5)
    assert (await forgotten.sync()).standing is Standing.ALL_SENT
    assert server.texts(ALICE) == forgotten.texts()
    assert {row[2] for row in states(server)} == {0}
    assert server.rows("SELECT * FROM quarantine") == []


async def test_evenings_of_before_keep_the_new_phones_evenings_unknown_until_they_are_here(
    server: Server, forgotten: Phone
) -> None:
    """The new installation says that the phone holds something, so that it proves nothing."""
    await forgotten.enrol(server.code(ALICE))
    await forgotten.sync(Fate.ARRIVES, Fate.ARRIVES, Fate.LOST)
    newest = "SELECT pending > 0, complete FROM contact ORDER BY received_at DESC LIMIT 1"
    assert server.rows(newest) == [(1, 0)]


async def test_a_server_of_before_takes_what_is_new_and_the_rest_once_it_is_updated(
    server: Server, forgotten: Phone
) -> None:
    post = forgotten.network.post
    forgotten.network.post = to_one_of_before(post)  # type: ignore[method-assign] - an older server passes it over
    await forgotten.enrol(server.code(ALICE))
    server.environment.advance(days=1)
    entry = forgotten.save(TODAY + timedelta(days=1))
    ended = await forgotten.sync()
    assert (ended.code, ended.waiting) == (Code.DEVICE_UNKNOWN, 3)
    assert entry.text in server.texts(ALICE)
    forgotten.network.post = post  # type: ignore[method-assign] - it is updated
    assert (await forgotten.sync()).standing is Standing.ALL_SENT
    assert server.texts(ALICE) == forgotten.texts()


def to_one_of_before(
    post: Callable[[str, bytes, str | None], Awaitable[Answer]],
) -> Callable[[str, bytes, str | None], Awaitable[Answer]]:
    """What an older server does not know of, it passes over."""

    async def posted(path: str, body: bytes, token: str | None = None) -> Answer:
        said = {name: value for name, value in json.loads(body).items() if name not in {"former", "participant"}}
        return await post(path, json.dumps(said).encode(), token)

    return posted


@pytest.mark.parametrize("is_of_before", [False, True], ids=["this server", "an older server"])
@pytest.mark.parametrize("has_heard", [False, True], ids=["unheard", "heard"])
async def test_somebody_elses_code_makes_nothing_theirs(
    server: Server, forgotten: Phone, has_heard: bool, is_of_before: bool
) -> None:
    """The server refuses it before it is used up; where it is not asked whose diary this is, the phone does."""
    if has_heard:
        assert (await forgotten.sync()).code is Code.DEVICE_UNKNOWN
    post = forgotten.network.post
    if is_of_before:
        forgotten.network.post = to_one_of_before(post)  # type: ignore[method-assign]
    with pytest.raises(DiaryUnavailable if is_of_before else RequestRefused) as refused:
        await forgotten.enrol(server.code(BOB))
    assert refused.value.code is Code.WRONG_PARTICIPANT
    assert bool(states(server)) is is_of_before, "a code that was refused by the server is not used up"
    forgotten.network.post = post  # type: ignore[method-assign]
    assert (await forgotten.sync()).code is Code.DEVICE_UNKNOWN
    assert server.texts(BOB) == []
    await forgotten.enrol(server.code(ALICE))
    assert (await forgotten.sync()).standing is Standing.ALL_SENT
    assert (server.texts(BOB), server.texts(ALICE)) == ([], forgotten.texts())


async def test_what_was_lost_since_brings_in_nothing(server: Server, forgotten: Phone) -> None:
    await forgotten.enrol(server.code(ALICE))
    server.report_lost(ALICE)
    assert (await forgotten.sync()).code is Code.DEVICE_LOST
    assert states(server) == [(ALICE, "lost", 0)]
    await forgotten.enrol(server.code(ALICE))
    assert (await forgotten.sync()).standing is Standing.ALL_SENT
    assert set(forgotten.texts()) >= set(server.texts(ALICE)) > set()


async def test_a_phone_that_another_one_replaced_meanwhile_brings_in_what_it_held(
    server: Server, forgotten: Phone, phone: Phones
) -> None:
    await forgotten.enrol(server.code(ALICE))
    other = phone("other")
    await other.enrol(server.code(ALICE))
    assert (await forgotten.sync()).standing is Standing.ALL_SENT
    assert set(forgotten.texts()) <= set(server.texts(ALICE))
    assert [state for _, state, _ in states(server)].count("active") == 1


async def test_a_lent_phone_was_lent_before(server: Server, forgotten: Phone) -> None:
    await forgotten.enrol(lending_code(server, lent=True))
    await forgotten.sync()
    lent = server.rows("SELECT count(*) FROM participant_fact WHERE kind = 'phone_lent'")
    assert lent == [(2,)]


async def test_a_copy_of_the_phone_that_also_comes_back_loses_and_doubles_nothing(
    server: Server, forgotten: Phone, phone: Phones, tmp_path: Path
) -> None:
    forgotten.close()
    (tmp_path / "copy.db").write_bytes(forgotten.file.read_bytes())
    first, copy = phone("alice"), phone("copy")
    twin = copy.save(YESTERDAY, value=9)
    first.save(YESTERDAY, value=1)
    for one in (first, copy, first, copy):
        if one.diary.waiting() and (await one.sync()).code is Code.DEVICE_UNKNOWN:
            await one.enrol(server.code(ALICE))
        await one.sync()
    kept = {*server.texts(ALICE), *(bytes(row[0]).decode() for row in server.rows("SELECT data FROM quarantine"))}
    assert {twin.text, *first.texts(), *copy.texts()} <= kept
    assert len(server.texts(ALICE)) == len(set(server.texts(ALICE)))


async def test_an_enrolment_that_nobody_heard_of_is_not_thrown_away(server: Server, forgotten: Phone) -> None:
    """The same code again, as the answer was lost: one more installation, and not two."""
    code = server.code(ALICE)
    forgotten.network.plan = [Fate.UNANSWERED]
    with pytest.raises(ServerUnreachable):
        await forgotten.engine.enrol(code, URL)
    await forgotten.engine.enrol(code, URL)
    assert (await forgotten.sync()).standing is Standing.ALL_SENT
    assert len(server.rows("SELECT * FROM device")) == 2
    assert server.texts(ALICE) == forgotten.texts()


# ---- locked, when it hears that it is forgotten -------------------------------------------------------------


@pytest.fixture
async def waiting_for_the_pin(server: Server, tmp_path: Path) -> AsyncIterator[Phone]:
    """Alice's phone with what only the PIN lets it send, on a chain that another one followed before a newer code.

    The restored server knows neither chain, and has heard of the second by no word of the first.
    """
    await server.back_up(tmp_path / "backup")
    alice = Phone(tmp_path / "alice.db", server, cipher=QuickCipher())
    alice.network.retouch = without_key
    await alice.engine.enrol(server.code(ALICE), URL)
    await alice.diary.keyring.set_pin(PIN)
    await alice.diary.write(RecordKind.TRAINING, {})
    server.environment.advance(days=2)
    await alice.diary.write_entry(alice.evening(YESTERDAY))
    alice.diary.keyring.shut()
    alice.network.retouch = None
    assert (await alice.sync()).code is Code.DIARY_LOCKED  # and has the study's key from here on
    await alice.diary.keyring.unlock(PIN)
    alice.diary.conversation.renew()
    await alice.diary.write_entry(alice.evening(TODAY))
    await server.restore(tmp_path / "backup")
    await alice.engine.enrol(server.code(ALICE), URL)
    alice.diary.keyring.shut()
    yield alice
    alice.close()


async def test_one_that_followed_a_chain_that_waits_for_the_pin_is_known_as_its_follower(
    server: Server, waiting_for_the_pin: Phone
) -> None:
    alice = waiting_for_the_pin
    assert (await alice.sync()).code is Code.DIARY_LOCKED
    assert [code for code, _ in await told_after_the_pin(alice)] == [None, None]
    assert sorted(server.texts(ALICE)) == sorted(alice.texts())
    first, second, _ = (chain.device for chain in alice.diary.conversation.chains())
    assert (second, first) in server.rows("SELECT device, predecessor FROM activation")
    assert {row[2] for row in states(server)} == {0}


async def test_a_phone_that_an_earlier_version_presented_without_it_is_not_refused_for_ever(
    server: Server, waiting_for_the_pin: Phone
) -> None:
    """The server knows the second chain by no word of the first, and will not hear another."""
    alice = waiting_for_the_pin
    first, second, in_use = alice.diary.conversation.chains()
    await alice.network.post(SYNC_PATH, presenting(alice, second, in_use), in_use.token)
    assert [code for code, _ in await told_after_the_pin(alice)] == [None, None]
    assert sorted(server.texts(ALICE)) == sorted(alice.texts())
    assert first.device != second.device


async def told_after_the_pin(alice: Phone) -> list[tuple[Code | None, int]]:
    await alice.diary.keyring.unlock(PIN)
    ended = [await alice.sync() for _ in range(2)]
    return [(one.code, one.waiting) for one in ended]


def presenting(alice: Phone, former: Chain, in_use: Chain) -> bytes:
    outgoing = alice.diary.conversation.outgoing(in_use.device, 0)
    request = SyncRequest(
        protocol=CURRENT.number, device=in_use.device, device_clock=datetime(2026, 11, 24, 19, tzinfo=UTC), cursor=0,
        epoch=outgoing.epoch, pending=outgoing.held, head=outgoing.head, nonce=outgoing.nonce, app_version="1",
        former=former.as_former(),
    )  # fmt: skip
    return request.model_dump_json(exclude_none=True).encode()
