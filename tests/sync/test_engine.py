"""The phone's side of the protocol, against a server that answers as it is told."""

import asyncio
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from diary_app.core.errors import Code, DiaryUnavailable, RequestRefused
from diary_app.core.facts import DeviceState
from diary_app.core.records import RecordKind
from diary_app.core.wire import ChainHead, DayChange, Directive, Receipt, SyncAnswer
from diary_app.storage.diary import Diary
from diary_app.sync.engine import USUAL_PAUSE_SECONDS, SyncEngine
from diary_app.sync.outcome import Standing, SyncOutcome
from diary_app.sync.transport import Answer, ServerTooSlow, ServerUnreachable
from diary_app.sync.trouble import Hindered, Hindrance
from server.simulate.environment import SimulatedEnvironment
from tests.storage.phones import EPOCH, TODAY, added, evening
from tests.sync.fakes import ChainKeeper, Silence, refusal

OTHER_EPOCH = "99999999-9999-4999-8999-999999999999"
CAPTIVE_PORTAL = Answer(200, b"<html>Welcome to the hotel</html>")


class FailsAtFirst:
    """A question to the diary that is answered after so many faults."""

    def __init__(self, ask: Callable[[], Any], fault: Exception, times: int) -> None:
        self._ask, self._fault, self._times = ask, fault, times

    def __call__(self) -> Any:
        self._times -= 1
        if self._times >= 0:
            raise self._fault
        return self._ask()


def unreadable() -> DiaryUnavailable:
    return DiaryUnavailable(Code.STORAGE_UNAVAILABLE, "The file cannot be used.", "Try again.")


@pytest.fixture
def engine(diary: Diary, keeper: ChainKeeper, clock: SimulatedEnvironment) -> SyncEngine:
    return SyncEngine(diary, keeper, clock)


def save(diary: Diary, count: int) -> None:
    for day in range(count):
        diary.save_entry(evening(TODAY + timedelta(days=day)))


async def test_everything_is_sent_and_receipted(engine: SyncEngine, diary: Diary, keeper: ChainKeeper) -> None:
    save(diary, 3)
    ended = await engine.sync()
    assert ended == SyncOutcome(Standing.ALL_SENT, 0)
    assert (keeper.sent(), diary.waiting(), len(diary.receipts())) == ([1, 2, 3], 0, 3)


async def test_phone_with_nothing_to_send_still_says_so(engine: SyncEngine, diary: Diary, keeper: ChainKeeper) -> None:
    await engine.sync()
    (request,) = keeper.requests
    assert (request.records, request.pending, request.nonce) == ((), 0, "n1")
    assert request.head == diary.conversation.head(request.device)


async def test_nothing_is_sent_twice(engine: SyncEngine, diary: Diary, keeper: ChainKeeper) -> None:
    save(diary, 2)
    await engine.sync()
    save(diary, 1)
    await engine.sync()
    assert keeper.sent() == [1, 2, 3]


async def test_large_queue_goes_in_batches_that_name_what_is_left(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    for _ in range(430):
        diary.append(RecordKind.APP_EVENT, {})
    await engine.sync()
    assert [len(request.records) for request in keeper.requests] == [200, 200, 30]
    assert [request.pending for request in keeper.requests] == [230, 30, 0]


async def test_batch_stays_below_the_body_limit(engine: SyncEngine, diary: Diary, keeper: ChainKeeper) -> None:
    for _ in range(40):
        diary.append(RecordKind.APP_EVENT, {"note": '"ø' * 15_000})
    await engine.sync()
    assert len(keeper.requests) > 2
    assert max(len(request.model_dump_json().encode()) for request in keeper.requests) <= 1024 * 1024
    assert diary.waiting() == 0


async def test_batch_that_is_too_large_for_the_server_is_halved(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 9)
    keeper.say = [Answer(413, b"<html>too large, says nginx</html>"), refusal(413, "body_too_large")]
    assert (await engine.sync()).standing is Standing.ALL_SENT
    assert [len(request.records) for request in keeper.requests[:3]] == [9, 4, 2]


async def test_batch_that_a_slow_network_does_not_carry_in_time_is_halved_next_time(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 9)
    keeper.say = [ServerTooSlow("no answer within 40 s"), ServerTooSlow("no answer within 40 s")]
    assert [(await engine.sync()).standing for _ in range(3)] == [Standing.OFFLINE, Standing.OFFLINE, Standing.ALL_SENT]
    assert [len(request.records) for request in keeper.requests] == [9, 4, 2, 4, 3]


async def test_a_network_that_is_away_halves_nothing(engine: SyncEngine, diary: Diary, keeper: ChainKeeper) -> None:
    save(diary, 9)
    keeper.say = [ServerUnreachable("no network")]
    await engine.sync()
    await engine.sync()
    assert [len(request.records) for request in keeper.requests] == [9, 9]


async def test_a_slow_network_is_never_asked_with_less_than_one_record(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 1)
    keeper.say = [ServerTooSlow("no answer")] * 3
    for _ in range(4):
        ended = await engine.sync()
    assert (ended.standing, [len(request.records) for request in keeper.requests]) == (Standing.ALL_SENT, [1, 1, 1, 1])


async def test_a_sync_that_breaks_as_nobody_expected_is_not_the_last(diary: Diary, keeper: ChainKeeper) -> None:
    heard: list[Standing] = []
    done = asyncio.Event()

    def hear(ended: SyncOutcome) -> None:
        heard.append(ended.standing)
        if ended.standing is Standing.ALL_SENT:
            done.set()

    save(diary, 1)
    keeper.say = [ZeroDivisionError("a slip in the app")]
    running = asyncio.ensure_future(SyncEngine(diary, keeper, keeper.environment, hear).run())
    await asyncio.wait_for(done.wait(), 5)
    running.cancel()
    assert heard[:2] == [Standing.PROBLEM, Standing.ALL_SENT]


@pytest.mark.parametrize("step", ["installation", "waiting"])
@pytest.mark.parametrize("fault", [ZeroDivisionError("a slip in the app"), unreadable()], ids=["slip", "storage"])
async def test_a_diary_that_cannot_be_asked_for_a_moment_ends_nothing(
    diary: Diary, keeper: ChainKeeper, step: str, fault: Exception
) -> None:
    """The phone's storage fails before a sync, or when what is left is counted at its end, and once more after that."""
    heard: asyncio.Queue[SyncOutcome] = asyncio.Queue()
    save(diary, 1)
    setattr(diary, step, FailsAtFirst(getattr(diary, step), fault, times=2))
    running = asyncio.ensure_future(SyncEngine(diary, keeper, keeper.environment, heard.put_nowait).run())
    standings: list[Standing] = []
    while Standing.ALL_SENT not in standings:
        standings.append((await asyncio.wait_for(heard.get(), 5)).standing)
    running.cancel()
    assert standings[0] is Standing.PROBLEM


async def test_a_storage_that_fails_at_the_end_is_told_by_its_code(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 1)
    diary.waiting = FailsAtFirst(diary.waiting, unreadable(), times=2)  # type: ignore[method-assign] - see the class
    ended = await engine.sync()
    assert (ended.standing, ended.code) == (Standing.PROBLEM, Code.STORAGE_UNAVAILABLE)


async def test_single_record_that_is_too_large_is_a_problem(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 1)
    keeper.say = [refusal(413, "body_too_large")]
    ended = await engine.sync()
    assert (ended.standing, ended.code, ended.waiting) == (Standing.PROBLEM, Code.BODY_TOO_LARGE, 1)


async def test_entry_saved_during_the_push_is_sent_next_time(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 1)

    def save_one_more() -> None:
        keeper.before_answer = list
        diary.save_entry(evening(TODAY + timedelta(days=1)))

    keeper.before_answer = save_one_more
    assert (await engine.sync()).standing is Standing.ALL_SENT
    assert [len(request.records) for request in keeper.requests] == [1, 1]
    assert diary.waiting() == 0


async def test_receipt_with_another_hash_is_a_problem_not_a_receipt(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 2)
    keeper.change = lambda answer: forged(answer, 1)
    ended = await engine.sync()
    assert (ended.standing, ended.code, ended.waiting) == (Standing.PROBLEM, Code.RECORD_CONFLICT, 1)
    keeper.change = lambda answer: answer
    assert (await engine.sync()).standing is Standing.ALL_SENT


def forged(answer: SyncAnswer, place: int) -> SyncAnswer:
    receipts = list(answer.receipts)
    receipts[place] = receipts[place].model_copy(update={"hash": "f" * 64})
    return answer.model_copy(update={"receipts": tuple(receipts)})


async def test_record_the_server_could_not_read_is_receipted_all_the_same(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper, clock: SimulatedEnvironment
) -> None:
    record = diary.save_entry(evening())
    digest = hashlib.sha256(record.text.encode()).hexdigest()
    unread = Receipt(id="", hash=digest, accepted=False, code=Code.RECORD_MALFORMED, received_at=clock.now())
    keeper.change = lambda answer: answer.model_copy(update={"receipts": (unread,)})
    assert (await engine.sync()).standing is Standing.ALL_SENT
    assert diary.receipts()[record.id].code is Code.RECORD_MALFORMED


async def test_no_network_is_offline_and_loses_nothing(diary: Diary, clock: SimulatedEnvironment) -> None:
    save(diary, 2)
    ended = await SyncEngine(diary, Silence(), clock).sync()
    assert ended == SyncOutcome(Standing.OFFLINE, 2)


@pytest.mark.parametrize("said", [CAPTIVE_PORTAL, Answer(302, b""), Answer(404, b"<html>"), Answer(200, b"{}")])
async def test_something_in_between_is_offline(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper, said: Answer
) -> None:
    save(diary, 1)
    keeper.say = [said]
    assert (await engine.sync()).standing is Standing.OFFLINE
    assert (await engine.sync()).standing is Standing.ALL_SENT


async def test_a_log_in_page_is_told_and_nothing_counts_as_sent(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 2)
    keeper.say = [Hindered(Hindrance.ANOTHER_ANSWERED, "a hotel")]
    ended = await engine.sync()
    assert ended == SyncOutcome(Standing.OFFLINE, 2, hindrance=Hindrance.ANOTHER_ANSWERED)
    assert (diary.waiting(), diary.receipts()) == (2, {})
    assert (await engine.sync()).standing is Standing.ALL_SENT


@pytest.mark.parametrize("said", [refusal(503, "server_busy", 30), Answer(503, b"<html>down</html>", 30)])
async def test_busy_server_is_given_the_time_it_asks_for(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper, said: Answer
) -> None:
    save(diary, 1)
    keeper.say = [said]
    ended = await engine.sync()
    assert (ended.standing, ended.waiting, ended.code, ended.retry_after) == (Standing.WAITING, 1, Code.SERVER_BUSY, 30)


async def test_fields_and_flags_of_a_newer_server_do_no_harm(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 1)
    keeper.change = lambda answer: answer.model_copy(update={"weather": "fine", "flags": (Code.CLOCK_OFF,)})
    assert (await engine.sync()).standing is Standing.ALL_SENT


async def test_changes_are_pulled_until_there_is_no_more(engine: SyncEngine, diary: Diary, keeper: ChainKeeper) -> None:
    pages = iter([(TODAY, 8, True), (TODAY + timedelta(days=1), 9, False)])

    def turn(answer: SyncAnswer) -> SyncAnswer:
        day, cursor, more = next(pages)
        change = DayChange(change_no=cursor, instrument="DMD", diary_day=day, state="open")
        return answer.model_copy(update={"days": (change,), "cursor": cursor, "more": more})

    keeper.change = turn
    await engine.sync()
    assert [request.cursor for request in keeper.requests] == [7, 8]
    assert len(diary.day_states()) == 2


async def test_new_epoch_is_sent_everything_and_asked_for_everything(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 3)
    await engine.sync()
    keeper.held.clear()
    keeper.change = lambda answer: answer.model_copy(update={"epoch": OTHER_EPOCH})
    assert (await engine.sync()).standing is Standing.ALL_SENT
    assert keeper.sent() == [1, 2, 3, 1, 2, 3]
    assert [(request.epoch, request.cursor) for request in keeper.requests[-2:]] == [(EPOCH, 7), (OTHER_EPOCH, 0)]
    assert len(diary.receipts()) == 3


async def test_facts_of_the_old_epoch_are_shown_until_the_new_ones_are_complete(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    keeper.say = []
    keeper.change = lambda answer: answer.model_copy(update={"epoch": OTHER_EPOCH, "more": True})
    await engine.sync()
    assert [fact.revision for fact in diary.facts()] == [7]
    again = added(2, "44444444-4444-4444-8444-444444444444")
    keeper.change = lambda answer: answer.model_copy(update={"epoch": OTHER_EPOCH, "facts": (again,), "cursor": 2})
    await engine.sync()
    assert [fact.revision for fact in diary.facts()] == [2]


async def test_server_that_holds_less_than_it_said_gets_the_rest_again(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 4)
    await engine.sync()
    del keeper.held[keeper.requests[0].device][2:]
    assert (await engine.sync()).standing is Standing.ALL_SENT
    assert keeper.sent() == [1, 2, 3, 4, 3, 4]
    assert diary.waiting() == 0


async def test_server_that_never_agrees_is_a_problem_not_a_loop(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 2)
    wrong = ChainHead(sequence=2, hash="e" * 64)
    keeper.change = lambda answer: answer.model_copy(update={"have_through": wrong, "receipts": ()})
    ended = await engine.sync()
    assert (ended.standing, ended.code, ended.waiting) == (Standing.PROBLEM, Code.CHAIN_FORK, 2)
    assert len(keeper.requests) < 10


async def test_server_that_never_confirms_is_a_problem_not_a_loop(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 2)
    nothing = ChainHead(sequence=0, hash="0" * 64)
    keeper.change = lambda answer: answer.model_copy(update={"have_through": nothing, "receipts": ()})
    ended = await engine.sync()
    assert (ended.standing, ended.waiting) == (Standing.PROBLEM, 2)
    assert len(keeper.requests) < 10


async def test_suspected_clone_goes_on_under_a_new_device_id(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 2)
    old = diary.conversation.chains()[-1].device
    keeper.change = lambda answer: suspecting(answer, keeper, old)
    assert (await engine.sync()).standing is Standing.ALL_SENT
    new = diary.save_entry(evening())
    await engine.sync()
    assert (new.sequence, new.device != old) == (1, True)
    assert {device: len(chain) for device, chain in keeper.held.items()} == {old: 2, new.device: 1}


def suspecting(answer: SyncAnswer, keeper: ChainKeeper, device: str) -> SyncAnswer:
    request = keeper.requests[-1]
    doubtful = request.device == device and request.successor is None
    return answer.model_copy(update={"directive": Directive.NEW_DEVICE if doubtful else Directive.NONE})


async def test_new_device_id_is_presented_again_when_the_answer_was_lost(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    successor = diary.conversation.renew()
    keeper.say = [ServerUnreachable("lost")]
    await engine.sync()
    await engine.sync()
    assert [request.successor for request in keeper.requests] == [successor, successor, None]
    assert keeper.requests[-1].device == successor.device


async def test_restored_server_is_told_of_the_new_device_id_again(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    successor = diary.conversation.renew()
    await engine.sync()
    keeper.say = [refusal(403, "device_unknown")]
    assert (await engine.sync()).standing is Standing.ALL_SENT
    assert [request.successor for request in keeper.requests] == [successor, None, None, successor, None]


async def test_phone_that_the_server_forgot_enrols_under_a_fresh_id_that_vouches_for_the_first(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper
) -> None:
    save(diary, 1)
    first = diary.conversation.chains()[-1]
    keeper.say = [refusal(403, "device_unknown")]
    ended = await engine.sync()
    assert (ended.standing, ended.code, ended.waiting) == (Standing.PROBLEM, Code.DEVICE_UNKNOWN, 1)
    installation = await engine.enrol("0000-0000-00YZ", "https://diary.example")
    assert installation.device != first.device
    save(diary, 1)
    keeper.say = [refusal(403, "device_unknown")]
    assert (await engine.sync()).standing is Standing.ALL_SENT
    asked = [(one.device == first.device, one.former, len(one.records)) for one in keeper.requests[1:]]
    assert asked == [(True, None, 1), (False, first.as_former(), 0), (True, None, 1), (False, None, 1)]


@pytest.mark.parametrize(
    ("directive", "code"), [(Directive.LOCK, Code.DEVICE_LOST), (Directive.UPDATE_APP, Code.PROTOCOL_TOO_OLD)]
)
async def test_directive_takes_effect_after_everything_was_sent(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper, directive: Directive, code: Code
) -> None:
    for _ in range(210):
        diary.append(RecordKind.APP_EVENT, {})
    keeper.change = lambda answer: answer.model_copy(update={"directive": directive, "device_state": DeviceState.LOST})
    ended = await engine.sync()
    assert (ended.standing, ended.code, ended.waiting) == (Standing.PROBLEM, code, 0)
    installation = diary.installation()
    assert installation is not None
    assert installation.state is DeviceState.LOST


async def test_clock_offset_is_measured_and_stated_in_the_next_entry(
    engine: SyncEngine, diary: Diary, keeper: ChainKeeper, clock: SimulatedEnvironment
) -> None:
    keeper.before_answer = lambda: clock.advance(seconds=2)
    clock.set_clock(timedelta(hours=1))
    keeper.change = lambda answer: answer.model_copy(update={"server_time": answer.server_time - timedelta(hours=1)})
    await engine.sync()
    diary.save_entry(evening())
    assert diary.entries("DMD", TODAY)[0].body.clock_offset_ms == -3_600_000 + 1000


async def test_sync_before_enrolment_says_so(
    keeper: ChainKeeper, clock: SimulatedEnvironment, tmp_path: object
) -> None:
    fresh = Diary.open(f"{tmp_path}/fresh.db", clock)
    ended = await SyncEngine(fresh, keeper, clock).sync()
    assert (ended.standing, ended.code) == (Standing.PROBLEM, Code.NOT_ENROLLED)
    fresh.close()


async def test_slip_of_the_finger_is_told_before_anything_is_sent(engine: SyncEngine, keeper: ChainKeeper) -> None:
    with pytest.raises(RequestRefused) as refused:
        await engine.enrol("0000-0000-0000-1", "https://diary.example")
    assert refused.value.code is Code.CODE_MALFORMED
    assert keeper.requests == []


async def test_pauses_grow_with_failures_and_stay_below_a_quarter_of_an_hour(
    diary: Diary, clock: SimulatedEnvironment
) -> None:
    engine = SyncEngine(diary, Silence(), clock)
    pauses = [engine.pause_after(await engine.sync()) for _ in range(40)]
    assert all(0 <= pause <= 900 for pause in pauses)
    assert max(pauses[:2]) <= 10
    assert max(pauses[12:]) > 300
    assert len(set(pauses)) == 40


async def test_success_ends_the_back_off(diary: Diary, keeper: ChainKeeper, clock: SimulatedEnvironment) -> None:
    engine = SyncEngine(diary, keeper, clock)
    keeper.say = [ServerUnreachable("")] * 6
    for _ in range(6):
        await engine.sync()
    assert engine.pause_after(await engine.sync()) == USUAL_PAUSE_SECONDS
    keeper.say = [ServerUnreachable("")]
    assert engine.pause_after(await engine.sync()) <= 5


async def test_loop_syncs_at_once_when_woken(diary: Diary, keeper: ChainKeeper, clock: SimulatedEnvironment) -> None:
    heard: asyncio.Queue[SyncOutcome] = asyncio.Queue()
    patient = PatientEnvironment(clock.now())
    engine = SyncEngine(diary, keeper, patient, heard.put_nowait)
    loop = asyncio.create_task(engine.run())
    assert (await heard.get()).standing is Standing.ALL_SENT
    save(diary, 1)
    engine.wake()
    assert (await heard.get()).standing is Standing.ALL_SENT
    assert keeper.sent() == [1]
    loop.cancel()


async def test_loop_tries_again_by_itself_after_a_failure(
    diary: Diary, keeper: ChainKeeper, clock: SimulatedEnvironment
) -> None:
    keeper.say = [refusal(503, "server_busy", 120)]
    heard: asyncio.Queue[SyncOutcome] = asyncio.Queue()
    before = clock.now()
    loop = asyncio.create_task(SyncEngine(diary, keeper, clock, heard.put_nowait).run())
    standings = [(await heard.get()).standing, (await heard.get()).standing]
    loop.cancel()
    assert standings == [Standing.WAITING, Standing.ALL_SENT]
    assert clock.now() - before >= timedelta(seconds=120)


async def test_nothing_that_answers_for_the_server_silences_the_phone_for_days(
    diary: Diary, keeper: ChainKeeper, clock: SimulatedEnvironment
) -> None:
    keeper.say = [Answer(503, b"<html>", retry_after=30 * 24 * 3600)]
    heard: asyncio.Queue[SyncOutcome] = asyncio.Queue()
    before = clock.now()
    loop = asyncio.create_task(SyncEngine(diary, keeper, clock, heard.put_nowait).run())
    standings = [(await heard.get()).standing, (await heard.get()).standing]
    loop.cancel()
    assert standings == [Standing.WAITING, Standing.ALL_SENT]
    assert clock.now() - before <= timedelta(hours=2)


class PatientEnvironment(SimulatedEnvironment):
    """A pause lasts until somebody ends it."""

    async def sleep(self, seconds: float) -> None:
        if seconds:
            await asyncio.Event().wait()
