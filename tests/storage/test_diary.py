"""What is saved on the phone is there, whole, after any end of the app."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from diary_app.core import chain
from diary_app.core.errors import Code, DiaryUnavailable, RecordRefused
from diary_app.core.facts import Trained, ZoneConfirmed
from diary_app.core.merge import counting
from diary_app.core.records import RecordKind, parse
from diary_app.core.times import TZDATA_VERSION
from diary_app.core.wire import DayChange
from diary_app.storage.diary import Diary
from server.simulate.environment import SimulatedEnvironment
from tests.storage.phones import ANSWERS, EPOCH, TODAY, added, answer, enrol, evening

Start = Callable[[], Diary]


def test_saved_entry_is_there_after_a_restart(diary: Diary, start: Start) -> None:
    saved = diary.save_entry(evening())
    again = start()
    assert [version.id for version in again.entries("DMD", TODAY)] == [saved.id]
    assert again.entries("DMD", TODAY)[0].body.answers == ANSWERS


def test_entry_carries_its_circumstances(diary: Diary, clock: SimulatedEnvironment) -> None:
    clock.advance(seconds=90)
    diary.save_entry(evening(practice=True))
    body = diary.entries("DMD", TODAY)[0].body
    assert (body.participant, body.study_version, body.schedule_revision) == ("01-001", "1", 7)
    assert (body.captured_at, body.utc_offset_minutes, body.zone) == (clock.now(), 60, "Europe/Copenhagen")
    assert (body.monotonic_ms, body.clock_offset_ms, body.practice) == (90_000, None, 1)
    assert (body.tzdata_version, body.revision, body.parent) == (TZDATA_VERSION, 1, "")


def test_records_form_one_chain(diary: Diary) -> None:
    made = [diary.append(RecordKind.TRAINING, {}), diary.save_entry(evening()), diary.append(RecordKind.PAUSE, {})]
    assert chain.follow(parse(record.text) for record in made) == diary.conversation.head(made[0].device)
    assert [record.sequence for record in made] == [1, 2, 3]


def test_correction_names_the_version_it_replaces(diary: Diary, clock: SimulatedEnvironment) -> None:
    first = diary.save_entry(evening())
    clock.advance(minutes=5)
    second = diary.save_entry(evening(answers={"DRY01": 5, "DRY02": 7}, parent=first.id))
    found = counting(diary.entries("DMD", TODAY))
    assert found is not None
    assert (found.first.id, found.current.id, found.current.body.revision) == (first.id, second.id, 2)


def test_correction_of_another_day_is_refused(diary: Diary) -> None:
    first = diary.save_entry(evening())
    with pytest.raises(RecordRefused, match="not on this phone"):
        diary.save_entry(evening(TODAY + timedelta(days=1), parent=first.id))


def test_draft_survives_until_its_entry_is_saved(diary: Diary, start: Start) -> None:
    diary.save_draft("DMD", TODAY, {"answers": {"DRY01": 4}, "page": 2})
    assert start().draft("DMD", TODAY) == {"answers": {"DRY01": 4}, "page": 2}
    diary.save_entry(evening())
    assert start().draft("DMD", TODAY) is None


async def test_draft_of_another_day_stays(diary: Diary) -> None:
    yesterday = TODAY - timedelta(days=1)
    diary.save_draft("DMD", yesterday, {"page": 1})
    diary.save_entry(evening())
    assert diary.draft("DMD", yesterday) == {"page": 1}
    await diary.drop_draft("DMD", yesterday)
    assert diary.draft("DMD", yesterday) is None


def test_nothing_can_be_saved_before_enrolment(start: Start) -> None:
    fresh = start()
    assert fresh.installation() is None
    with pytest.raises(DiaryUnavailable) as refused:
        fresh.save_entry(evening())
    assert refused.value.code is Code.NOT_ENROLLED


def test_enrolment_is_begun_with_the_same_identity_until_completed(start: Start) -> None:
    first = start().conversation.begin_enrolment()
    assert start().conversation.begin_enrolment() == first
    assert len(first.token) >= 43


def test_token_is_not_shown_by_accident(diary: Diary) -> None:
    installation = diary.installation()
    assert installation is not None
    assert installation.token not in repr((installation, diary.conversation.chains()))


def test_phone_is_not_handed_to_another_participant(diary: Diary, clock: SimulatedEnvironment) -> None:
    pending = diary.conversation.begin_enrolment()
    bobs = answer(clock, participant="02-001")
    with pytest.raises(DiaryUnavailable) as refused:
        diary.conversation.complete_enrolment(pending.device, bobs, "https://diary.example")
    assert refused.value.code is Code.WRONG_PARTICIPANT
    assert diary.save_entry(evening()).body["participant"] == "01-001"


def test_new_code_begins_a_new_chain_and_keeps_the_old_one(diary: Diary, clock: SimulatedEnvironment) -> None:
    old = diary.save_entry(evening())
    device = enrol(diary, clock)
    new = diary.save_entry(evening(TODAY + timedelta(days=1)))
    assert (new.device, new.sequence) == (device, 1)
    assert [chain.device for chain in diary.conversation.chains()] == [old.device, device]
    assert diary.waiting() == 2


def test_facts_are_the_servers_and_the_phones_own(diary: Diary, clock: SimulatedEnvironment) -> None:
    training = diary.append(RecordKind.TRAINING, {})
    zone = diary.append(RecordKind.ZONE, {"zone": "Europe/London"})
    facts = diary.facts()
    assert [fact.revision for fact in facts] == [7, 0, 0]
    assert [fact.id for fact in facts[1:]] == [training.id, zone.id]
    assert isinstance(facts[1].detail, Trained)
    assert isinstance(facts[2].detail, ZoneConfirmed)
    assert facts[1].at == clock.now()


def test_fact_of_a_kind_from_a_newer_server_is_passed_over(start: Start, clock: SimulatedEnvironment) -> None:
    diary = start()
    unknown = added(8, "33333333-3333-4333-8333-333333333333").model_copy(update={"body": {"kind": "moon_phase"}})
    enrol(diary, clock, facts=(added(), unknown), cursor=8)
    assert [fact.revision for fact in diary.facts()] == [7]


def test_day_states_are_as_last_told(start: Start, clock: SimulatedEnvironment) -> None:
    diary = start()
    open_day = DayChange(change_no=1, instrument="DMD", diary_day=TODAY, state="open")
    done = open_day.model_copy(update={"change_no": 2, "state": "done", "received_at": clock.now()})
    enrol(diary, clock, days=(open_day, done))
    states = diary.day_states()
    assert (states[TODAY].state, states[TODAY].received_at) == ("done", clock.now())
    assert diary.day_states("GRIX") == {}


def test_study_is_read_from_the_text_that_was_received(diary: Diary) -> None:
    assert diary.study().version == "1"
    assert diary.study() is diary.study()


def test_every_record_waits_until_it_is_confirmed(diary: Diary) -> None:
    diary.append(RecordKind.TRAINING, {})
    diary.save_entry(evening())
    assert diary.waiting() == 2
    assert diary.receipts() == {}


def test_days_whose_answers_wait_are_counted_however_often_each_was_corrected(
    diary: Diary, clock: SimulatedEnvironment
) -> None:
    diary.append(RecordKind.TRAINING, {})
    assert diary.days_waiting() == 0
    first = diary.save_entry(evening())
    diary.save_entry(evening(parent=first.id))
    assert (diary.days_waiting(), diary.holdings().days) == (1, 1)
    enrol(diary, clock)
    diary.save_entry(evening())
    diary.save_entry(evening(TODAY + timedelta(days=1)))
    assert (diary.days_waiting(), diary.holdings().days) == (2, 2)


def test_settings_are_kept(diary: Diary, start: Start) -> None:
    diary.set_setting("language", "da")
    diary.set_setting("language", "en")
    assert start().setting("language") == "en"
    assert diary.setting("text_size") is None


def test_epoch_of_the_enrolment_is_kept(diary: Diary) -> None:
    installation = diary.installation()
    assert installation is not None
    assert (installation.epoch, installation.cursor, installation.nonce) == (EPOCH, 7, "n1")
    assert installation.server_url == "https://diary.example"


def test_entries_of_another_day_are_not_mixed_in(diary: Diary) -> None:
    diary.save_entry(evening())
    assert diary.entries("DMD", date(2026, 11, 23)) == ()
    assert diary.entries("GRIX", TODAY) == ()
    assert [record.kind for record in diary.records(RecordKind.ENTRY)] == ["entry"]
