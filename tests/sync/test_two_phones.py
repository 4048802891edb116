"""Real phones and the real server: whatever happens on the way, every record arrives, once, and stays whose it is."""

import json
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from diary_app.core.errors import Code
from diary_app.core.facts import AnchorSet, DeviceState, PhoneActivated
from diary_app.core.wire import SYNC_PATH, SyncRequest
from diary_app.sync.outcome import Standing
from server.simulate.environment import SkewedEnvironment
from tests.server.handset import record_fact
from tests.sync.world import Fate, Phone, Server

TODAY = date(2026, 11, 24)
YESTERDAY = TODAY - timedelta(days=1)
Phones = Callable[[str], Phone]


async def test_saved_evening_arrives_and_is_told_back(server: Server, alice: Phone) -> None:
    alice.save(TODAY)
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert server.texts("01-001") == alice.texts()
    assert alice.diary.day_states()[TODAY].state == "done"


async def test_lost_answer_and_retry_stores_once(server: Server, alice: Phone) -> None:
    entry = alice.save(TODAY)
    assert (await alice.sync(Fate.UNANSWERED)).standing is Standing.OFFLINE
    assert alice.diary.waiting() == 1
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert alice.network.sent[entry.text] == 2
    assert server.texts("01-001") == alice.texts()


async def test_repeated_request_gets_the_first_receipt(server: Server, alice: Phone) -> None:
    entry = alice.save(TODAY)
    await alice.sync(Fate.UNANSWERED)
    received = server.environment.now()
    server.environment.advance(minutes=10)
    await alice.sync()
    assert alice.diary.receipts()[entry.id].received_at == received


async def test_lost_enrolment_answer_and_retry_makes_one_installation(server: Server, phone: Phones) -> None:
    made = phone("alice")
    code = server.code("01-001")
    made.network.plan = [Fate.UNANSWERED]
    outcome = [await enrolled(made, code), await enrolled(phone("alice"), code)]
    assert outcome == [False, True]
    assert len(server.rows("SELECT device FROM activation")) == 1


async def enrolled(phone: Phone, code: str) -> bool:
    try:
        await phone.enrol(code)
    except Exception:  # noqa: BLE001 - whatever it was, the phone is not enrolled
        return False
    return True


async def test_correction_made_during_the_push_is_sent_next_time(server: Server, alice: Phone) -> None:
    first = alice.save(TODAY, value=3)
    alice.network.meanwhile = [lambda: alice.save(TODAY, value=8, parent=first.id)]
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert server.texts("01-001") == alice.texts()
    assert len(alice.texts()) == 3


async def test_phones_of_two_participants_never_see_each_other(server: Server, alice: Phone, bob: Phone) -> None:
    alice.save(TODAY)
    await alice.sync()
    await bob.sync()
    assert server.texts("02-001") == bob.texts()
    assert {fact.id for fact in alice.diary.facts()} & {fact.id for fact in bob.diary.facts()} == set()
    assert "done" not in {day.state for day in bob.diary.day_states().values()}


async def test_another_phones_token_opens_nothing(server: Server, alice: Phone, bob: Phone) -> None:
    record = alice.save(TODAY)
    outgoing = alice.diary.conversation.outgoing(record.device, 10)
    request = SyncRequest(
        protocol=1,
        device=record.device,
        device_clock=server.environment.now(),
        cursor=0,
        epoch=outgoing.epoch,
        pending=0,
        head=outgoing.head,
        nonce=outgoing.nonce,
        app_version="1",
        records=(record.text,),
    )
    bobs = bob.diary.conversation.chains()[-1].token
    answer = await server.transport.post(SYNC_PATH, request.model_dump_json(exclude_none=True).encode(), bobs)
    assert (answer.status, json.loads(answer.body)["code"]) == (403, "device_unknown")
    assert record.text not in server.texts("01-001")


async def test_replaced_phone_gets_states_back_and_the_old_one_still_delivers(
    server: Server, alice: Phone, phone: Phones
) -> None:
    server.environment.advance(days=2)
    alice.save(TODAY)
    await alice.sync()
    held_back = alice.save(TODAY + timedelta(days=2))
    new = phone("alice-new")
    await new.enrol(server.code("01-001"))
    await new.sync()
    assert TODAY in new.diary.day_states()
    assert sum(isinstance(fact.detail, PhoneActivated) for fact in new.diary.facts()) == 2
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert held_back.text in server.texts("01-001")
    await new.sync()
    assert new.diary.day_states()[TODAY + timedelta(days=2)].entry == held_back.id


async def test_replaced_phone_hears_nothing_new(server: Server, alice: Phone, phone: Phones) -> None:
    server.environment.advance(days=2)
    await alice.sync()
    before = alice.diary.day_states()
    new = phone("alice-new")
    await new.enrol(server.code("01-001"))
    new.save(TODAY + timedelta(days=2))
    await new.sync()
    await alice.sync()
    installation = alice.diary.installation()
    assert installation is not None
    assert (installation.state, alice.diary.day_states()) == (DeviceState.REPLACED, before)


async def test_restored_server_gets_everything_again_once(server: Server, alice: Phone, tmp_path: Path) -> None:
    await server.back_up(tmp_path / "backup")
    alice.save(YESTERDAY)
    await alice.sync()
    alice.save(TODAY)
    await alice.sync()
    await server.restore(tmp_path / "backup")
    assert len(server.texts("01-001")) == 1
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert server.texts("01-001") == alice.texts()
    assert (alice.diary.waiting(), len(alice.diary.conversation.chains())) == (0, 1)
    assert alice.diary.day_states()[TODAY].state == "done"


async def test_an_evening_saved_after_a_restore_counts(server: Server, alice: Phone, tmp_path: Path) -> None:
    await server.back_up(tmp_path / "backup")
    await server.restore(tmp_path / "backup")
    record_fact(server.services, "01-001", AnchorSet(anchor="treatment_1", planned=TODAY + timedelta(days=30)))
    await alice.sync()
    alice.save(TODAY)
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert alice.diary.day_states()[TODAY].state == "done"


async def test_server_restored_to_before_the_enrolment_takes_all_under_a_new_code(
    server: Server, phone: Phones, tmp_path: Path
) -> None:
    await server.back_up(tmp_path / "backup")
    alice = phone("alice")
    await alice.enrol(server.code("01-001"))
    server.environment.advance(days=2)
    alice.save(TODAY)
    await alice.sync()
    await server.restore(tmp_path / "backup")
    assert (await alice.sync()).code is Code.DEVICE_UNKNOWN
    await alice.enrol(server.code("01-001"))
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert server.texts("01-001") == alice.texts()


async def test_every_chain_that_a_restored_server_forgot_comes_in_after_a_new_code(
    server: Server, phone: Phones, tmp_path: Path
) -> None:
    await server.back_up(tmp_path / "backup")
    alice = phone("alice")
    await alice.enrol(server.code("01-001"))
    await alice.sync()
    alice.diary.conversation.renew()
    await alice.sync()
    alice.save(YESTERDAY)
    await server.restore(tmp_path / "backup")
    await alice.sync()
    await alice.enrol(server.code("01-001"))
    server.environment.advance(days=2)
    alice.save(TODAY)
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert server.texts("01-001") == alice.texts()
    assert server.rows("SELECT doubtful FROM device") == [(0,), (0,), (0,)]


async def test_phone_found_again_sends_although_its_successor_was_never_taken(server: Server, alice: Phone) -> None:
    alice.diary.conversation.renew()
    stranded = alice.save(YESTERDAY)
    server.report_lost("01-001")
    assert (await alice.sync()).code is Code.DEVICE_LOST
    await alice.enrol(server.code("01-001"))
    server.environment.advance(hours=1)
    entry = alice.save(TODAY)
    await alice.sync()
    assert entry.text in server.texts("01-001")
    assert alice.diary.waiting() == 0
    aside = server.rows("SELECT data, code FROM quarantine")
    assert aside == [(stranded.text.encode(), Code.DEVICE_LOST)]  # staff decide: it was made on a lost phone


async def test_copied_phone_goes_on_under_a_new_id_and_nothing_is_lost(
    server: Server, alice: Phone, phone: Phones, tmp_path: Path
) -> None:
    alice.save(YESTERDAY)
    alice.close()
    shutil.copy(alice.file, tmp_path / "copy.db")
    copy = phone("copy")
    for _ in range(2):
        await alice.sync()
    twin = copy.save(TODAY)
    assert (await copy.sync()).standing is Standing.ALL_SENT
    later = copy.save(TODAY, value=9, parent=twin.id)
    assert (await copy.sync()).standing is Standing.ALL_SENT
    assert len(copy.diary.conversation.chains()) == 2
    assert {twin.text, later.text, *alice.texts()} <= set(server.texts("01-001"))


async def test_two_copies_that_both_write_lose_nothing(
    server: Server, alice: Phone, phone: Phones, tmp_path: Path
) -> None:
    alice.close()
    shutil.copy(alice.file, tmp_path / "copy.db")
    copy = phone("copy")
    made = [alice.save(YESTERDAY), copy.save(TODAY)]
    for one in (alice, copy, alice, copy):
        assert (await one.sync()).standing is Standing.ALL_SENT
    kept = set(server.texts("01-001")) | {bytes(row[0]).decode() for row in server.rows("SELECT data FROM quarantine")}
    assert {record.text for record in made} <= kept
    assert (alice.diary.waiting(), copy.diary.waiting()) == (0, 0)


async def test_phone_that_was_set_back_and_then_replaced_comes_to_rest(
    server: Server, alice: Phone, phone: Phones, tmp_path: Path
) -> None:
    alice.close()
    shutil.copyfile(alice.file, tmp_path / "picture")
    later = Phone(alice.file, server)
    later.save(YESTERDAY)
    await later.sync()
    later.close()
    shutil.copyfile(tmp_path / "picture", later.file)
    old = Phone(later.file, server)
    old.save(TODAY)
    await phone("new").enrol(server.code("01-001"))
    for _ in range(2):
        ended = await old.sync()
        assert (ended.standing, ended.waiting, ended.code) == (Standing.ALL_SENT, 0, None)
    assert server.rows("SELECT count(*) FROM quarantine") == [(1,)]
    old.close()


async def test_half_sent_queue_is_finished_later(server: Server, alice: Phone) -> None:
    for _ in range(250):
        alice.diary.append("app_event", {})
    assert (await alice.sync(Fate.ARRIVES, Fate.LOST)).waiting == 50
    alice.save(TODAY)
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert server.texts("01-001") == alice.texts()
    assert set(alice.network.sent.values()) == {1, 2}


async def test_server_restarted_between_push_and_pull_loses_nothing(server: Server, alice: Phone) -> None:
    alice.save(TODAY)
    await alice.sync(Fate.UNANSWERED)
    await server.restart()
    assert (await alice.sync()).standing is Standing.ALL_SENT
    assert alice.diary.day_states()[TODAY].state == "done"
    assert len(alice.diary.conversation.chains()) == 1


async def test_entry_saved_too_late_is_kept_and_receipted(server: Server, alice: Phone) -> None:
    server.environment.advance(days=3)
    entry = alice.save(TODAY)
    assert (await alice.sync()).standing is Standing.ALL_SENT
    receipt = alice.diary.receipts()[entry.id]
    assert (receipt.accepted, receipt.code) == (False, Code.TOO_LATE)
    assert entry.text in server.texts("01-001")
    assert alice.diary.entries("DMD", TODAY)[0].id == entry.id


async def test_withdrawn_participant_still_delivers_what_was_made_before(server: Server, alice: Phone) -> None:
    entry = alice.save(TODAY)
    server.environment.advance(seconds=1)
    server.withdraw("01-001")
    assert (await alice.sync()).standing is Standing.ALL_SENT
    installation = alice.diary.installation()
    assert installation is not None
    assert installation.state is DeviceState.WITHDRAWN
    assert alice.diary.receipts()[entry.id].accepted


async def test_lost_phone_is_locked_after_it_delivered(server: Server, alice: Phone) -> None:
    entry = alice.save(TODAY)
    server.report_lost("01-001")
    ended = await alice.sync()
    assert (ended.standing, ended.code, ended.waiting) == (Standing.PROBLEM, Code.DEVICE_LOST, 0)
    assert entry.text not in server.texts("01-001")
    assert entry.text in {bytes(row[0]).decode() for row in server.rows("SELECT data FROM quarantine")}


async def test_used_code_of_another_phone_is_refused_by_name(server: Server, alice: Phone, phone: Phones) -> None:
    code = server.code("02-001")
    await phone("bob").enrol(code)
    mallory = phone("mallory")
    assert not await enrolled(mallory, code)
    assert mallory.diary.installation() is None


async def test_clock_two_days_ahead_is_measured_and_flagged(server: Server, alice: Phone, tmp_path: Path) -> None:
    alice.close()
    ahead = Phone(alice.file, server, SkewedEnvironment(server.environment, timedelta(days=2)))
    ahead.save(TODAY)
    assert (await ahead.sync()).standing is Standing.ALL_SENT
    installation = ahead.diary.installation()
    assert installation is not None
    assert installation.clock_offset_ms == -2 * 86_400_000
    assert server.rows("SELECT flags FROM contact ORDER BY received_at DESC")[0] == ("clock_off",)
    ahead.close()
