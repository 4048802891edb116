"""From a phone that never reaches the network to the study by way of a file or of codes, and back to being in step."""

import json
from collections.abc import Callable
from datetime import timedelta

from diary_app.core.rescue import read_rescue
from diary_app.core.rescue_codes import MOST_CODES, codes_of, read_codes
from diary_app.sync.outcome import Standing
from server.intake.rescue import rescue, take_in
from tests.sync.test_locked_phone import TODAY, alice, save, sealed_phone
from tests.sync.world import Fate, Phone, Server

__all__ = ["alice", "sealed_phone"]


async def test_a_locked_phone_hands_over_everything_unsent(server: Server, alice: Phone) -> None:
    sent = await save(alice, TODAY)
    await alice.sync()
    server.environment.advance(days=1)
    held = await save(alice, TODAY + timedelta(days=1))
    alice.diary.keyring.shut()
    found = rescue(server.services, await alice.diary.rescue(), server.environment.now())
    assert [(one.taken_in, one.known, one.set_aside) for one in found] == [(1, 0, 0)]
    assert [text for text in server.texts("01-001") if '"entry"' in text] == [sent.text, held.text]


async def test_after_a_rescue_the_phone_gets_its_receipts(server: Server, alice: Phone) -> None:
    entry = await save(alice, TODAY)
    assert (await alice.sync(Fate.LOST)).standing is Standing.OFFLINE
    rescue(server.services, await alice.diary.rescue(), server.environment.now())
    rescued_at = server.environment.now()
    server.environment.advance(hours=2)
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert alice.diary.receipts()[entry.id].received_at == rescued_at
    assert alice.diary.day_states()[TODAY].entry == entry.id


async def test_the_file_shows_nobody_who_wrote_what(alice: Phone) -> None:
    await save(alice, TODAY)
    data = await alice.diary.rescue()
    token = alice.diary.conversation.chains()[-1].token
    assert not [word for word in ("01-001", "DMD", "copenhagen", token) if word.encode() in data]
    assert [text[:4] for chain in json.loads(data)["chains"] for text in chain["records"]] == ["xe1:"]


async def test_with_everything_sent_the_file_is_empty(alice: Phone) -> None:
    await save(alice, TODAY)
    await alice.sync()
    assert json.loads(await alice.diary.rescue())["chains"] == []


async def test_a_phone_that_seals_nothing_says_what_it_leaves_out(
    server: Server, phone: Callable[[str], Phone]
) -> None:
    bob = phone("bob")
    await bob.enrol(server.code("02-001"))
    file = json.loads(await bob.diary.rescue())
    assert (file["chains"], file["left_out"]) == ([], 1)


async def test_a_locked_phone_s_codes_are_taken_in_as_its_file_is(server: Server, alice: Phone) -> None:
    held = [await save(alice, TODAY)]
    server.environment.advance(days=1)
    held.append(await save(alice, TODAY + timedelta(days=1)))
    alice.diary.keyring.shut()
    codes = codes_of(read_rescue(await alice.diary.rescue()))
    found = take_in(server.services, read_codes("\n".join(codes)), server.environment.now())
    assert [(one.taken_in, one.known, one.set_aside) for one in found] == [(2, 0, 0)]
    assert [text for text in server.texts("01-001") if '"entry"' in text] == [one.text for one in held]


async def test_a_month_without_a_network_fits_in_the_codes(server: Server, alice: Phone) -> None:
    for day in range(30):
        await save(alice, TODAY + timedelta(days=day))
        server.environment.advance(days=1)
    assert len(codes_of(read_rescue(await alice.diary.rescue()))) <= MOST_CODES
