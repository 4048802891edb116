"""An ordinary evening: prompts come when they are planned, stop when the diary is done, and leave their evidence."""

from datetime import date, timedelta
from functools import partial

import pytest

from diary_app.core.staff_acts import LockingReason
from server import jobs
from server.db.engine import reading
from server.intake import locking, staff
from server.reminders.evidence import failed, ledger
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.reminders.evenings import (
    ALICES,
    BOBS,
    DAY,
    NUMBER,
    choose,
    live,
    reach,
    reminded,
    rows,
    sent_at,
    states,
    steps,
    utc,
)
from tests.reminders.gateway import SmsGateway
from tests.reminders.post_office import PostOffice
from tests.server.desk import INES
from tests.server.handset import CAROL, ready


def test_three_prompts_come_when_nobody_answers(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-24 06:00")
    assert post_office.receivers == [ALICES] * 3
    assert sent_at(services) == [utc("2026-11-23 19:00"), utc("2026-11-23 20:15"), utc("2026-11-23 21:15")]


def test_the_evidence_is_step_by_step(services: Services, clock: SimulatedEnvironment, post_office: PostOffice) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 19:05")
    assert steps(services) == [("queued", ""), ("claimed", ""), ("sent", "")]
    (line,) = whole_ledger(services)
    assert (line.receipt, line.code, line.reminder.channel) == ("Q0001", "", "email")


def whole_ledger(services: Services) -> list:
    with reading(services.engine) as connection:
        return ledger(connection)


def test_nothing_comes_before_the_diary_begins(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 18:55")
    assert post_office.raw == []


def test_once_the_diary_is_done_nothing_more_comes(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    alice = reminded(services)
    live(services, clock, "2026-11-23 19:30")
    alice.fill_in(DAY, page_ms={"DMD01": 30_000, "DMD02": 15_000})
    alice.sync()
    live(services, clock, "2026-11-24 06:00")
    assert post_office.receivers == [ALICES]
    (line,) = whole_ledger(services)
    assert line.saved_at == utc("2026-11-23 19:30")
    assert line.saved_at - line.started_at == timedelta(seconds=45)


def test_an_evening_that_was_locked_too_early_is_answered_all_the_same(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, staffed: None
) -> None:
    alice = reminded(services)
    live(services, clock, "2026-11-23 19:30")
    locking.lock(services, ALICE, (DAY, DAY), LockingReason.DATA_REVIEWED, by=INES)
    alice.fill_in(DAY)
    alice.sync()
    live(services, clock, "2026-11-24 06:00")
    assert post_office.receivers == [ALICES]


def test_an_evening_whose_entry_was_set_aside_is_left_in_peace_until_that_is_decided(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    """To the participant it is done; staff see it in the inbox."""
    alice = reminded(services)
    live(services, clock, "2026-11-23 19:30")
    alice.record("app_event", what="opened")
    alice.fill_in(DAY)
    alice.sync([alice.records[-1].text])
    live(services, clock, "2026-11-23 22:00")
    assert post_office.receivers == [ALICES]
    assert steps(services, number=2)[-1] == ("cancelled", "quarantined")


def test_what_came_from_a_phone_that_was_lost_keeps_no_reminder_from_the_new_one(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    alice = reminded(services)
    report = partial(staff.report_lost, reason="stolen", author=CAROL)
    services.writer.run(ALICE, lambda connection: report(connection, services, ALICE, at=clock.now()))
    live(services, clock, "2026-11-23 18:00")
    alice.fill_in(DAY)
    alice.sync()
    live(services, clock, "2026-11-23 22:00")
    assert post_office.receivers == [ALICES] * 3


def test_an_app_opened_from_the_reminder_is_in_the_ledger(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    alice = reminded(services)
    live(services, clock, "2026-11-23 19:10")
    alice.record("app_event", what="reminder_opened")
    alice.record("app_event", what="opened")
    alice.sync()
    (line,) = whole_ledger(services)
    assert line.opened_at == utc("2026-11-23 19:10")
    assert line.saved_at is None


def test_an_evening_done_before_the_first_prompt_is_left_in_peace(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    alice = reminded(services)
    live(services, clock, "2026-11-23 17:30")
    alice.fill_in(DAY)
    alice.sync()
    live(services, clock, "2026-11-24 06:00")
    assert (post_office.raw, rows(services)) == ([], [])


def test_ones_own_time_holds_from_the_next_prompt_on(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    choose(services, usual="18:30")
    live(services, clock, "2026-11-23 23:00")
    assert sent_at(services) == [utc("2026-11-23 17:30"), utc("2026-11-23 18:45"), utc("2026-11-23 21:15")]


def test_a_later_time_chosen_after_the_first_prompt_repeats_nothing(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 19:10")
    choose(services, usual="20:30")
    live(services, clock, "2026-11-23 23:00")
    assert sent_at(services) == [utc("2026-11-23 19:00"), utc("2026-11-23 20:45"), utc("2026-11-23 21:15")]


def test_a_pause_is_kept_and_its_prompts_are_listed_as_dropped(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    alice = reminded(services)
    alice.record("pause", until="2026-11-23")
    alice.sync()
    live(services, clock, "2026-11-24 20:00")
    assert steps(services) == [("dropped", "paused")]
    assert states(services) == ["dropped"] * 3
    assert sent_at(services, date(2026, 11, 24)) == [utc("2026-11-24 19:00")]


def test_a_text_message_goes_to_the_number(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, gateway: SmsGateway
) -> None:
    reminded(services, phone=NUMBER, email=ALICES)
    choose(services, channels=("sms", "email"))
    live(services, clock, "2026-11-23 19:05")
    assert [one["path"] for one in gateway.taken] == ["/send/4512345678/"]
    assert gateway.taken[0]["message"] == "Dagbog: Din dagbog venter.\nhttps://dagbog.example/app/"
    assert post_office.raw == []


def test_everybody_gets_their_own(services: Services, clock: SimulatedEnvironment, post_office: PostOffice) -> None:
    reminded(services)
    reminded(services, BOB, "bob", email=BOBS)
    ready(services, "01-002", "third")
    live(services, clock, "2026-11-23 19:05")
    assert sorted(post_office.receivers) == [ALICES, BOBS]
    assert post_office.connections == 1
    assert [str(message["to"]) for message in post_office.messages] == post_office.receivers


def test_without_an_address_for_what_was_chosen_the_ledger_says_so(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    choose(services, channels=("sms",))
    live(services, clock, "2026-11-23 19:05")
    assert steps(services) == [("dropped", "no_channel")]


def test_an_erased_address_is_used_no_more(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    reminded(services)
    live(services, clock, "2026-11-23 19:05")
    reach(services, ALICE, email="")
    live(services, clock, "2026-11-24 06:00")
    assert len(post_office.raw) == 1


@pytest.mark.parametrize("silent", [2, 3])
def test_after_silent_days_the_next_channel_is_tried(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice, gateway: SmsGateway, silent: int
) -> None:
    reminded(services, email=ALICES, phone=NUMBER)
    jobs.extend_horizon(services, clock.now())
    live(services, clock, f"2026-11-{23 + silent} 19:05", minutes=60)
    live(services, clock, f"2026-11-{23 + silent} 19:06")
    today = [row.channel for row in rows(services) if row.diary_day == date(2026, 11, 23 + silent)]
    assert today == (["sms"] if silent == 3 else ["email"])


def test_written_out_messages_need_no_address(
    services: Services, clock: SimulatedEnvironment, post_office: PostOffice
) -> None:
    services.settings = services.settings.model_copy(update={"outbox": True})
    ready(services, ALICE)
    live(services, clock, "2026-11-23 20:20")
    assert len(list((services.settings.var_folder / "outbox").iterdir())) == 2
    assert (post_office.raw, states(services)) == ([], ["sent", "sent"])


def test_failures_for_good_are_listed(services: Services, clock: SimulatedEnvironment, post_office: PostOffice) -> None:
    reminded(services)
    reminded(services, BOB, "bob", email=BOBS)
    post_office.refused[ALICES] = "550 no"
    live(services, clock, "2026-11-23 20:20")
    with reading(services.engine) as connection:
        found = [(one.reminder.participant, one.reminder.number, one.code) for one in failed(connection)]
    assert found == [(ALICE, 1, "recipient_refused")]
