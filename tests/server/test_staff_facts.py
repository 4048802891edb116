"""What staff record: checked, chained, and in force in the same transaction."""

import json
from datetime import date, timedelta
from typing import Any

import pytest

from diary_app.core.anchors import DateChange
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import (
    AnchorSet,
    DeviceState,
    DeviceStateSet,
    Excused,
    ExcuseReason,
    ParticipantAdded,
    PhoneActivated,
    Randomised,
    Status,
    StatusRevoked,
    StatusSet,
    WindowChosen,
    ZoneConfirmed,
)
from diary_app.core.records import GENESIS, chain_hash
from diary_app.core.times import local_date
from server.db import days, participants, staff_facts
from server.db.days import ExpectedDay
from server.db.engine import reading
from server.intake import staff
from server.intake.known import fact_text
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.handset import CAROL, DMD, SITES, ZONE, Handset, add, ready, record_fact

DAY = date(2026, 11, 23)


@pytest.fixture
def alice(services: Services) -> Handset:
    return ready(services, ALICE)


def rows(services: Services) -> dict[date, ExpectedDay]:
    with reading(services.engine) as connection:
        return {row.diary_day: row for row in days.of(connection, ALICE)}


def refusal(services: Services, participant: str, detail: Any) -> Code:
    with pytest.raises(RequestRefused) as refused:
        record_fact(services, participant, detail)
    assert refused.value.remedy
    return refused.value.code


def adding(services: Services, site: str, subject: str, **more: Any) -> Code:
    with pytest.raises(RequestRefused) as refused:
        services.writer.run(
            "",
            lambda connection: staff.add_participant(
                connection, services, site=site, subject=subject, author=CAROL, at=services.environment.now(), **more
            ),
        )
    return refused.value.code


# ---- adding -------------------------------------------------------------------------------------------------


def test_a_participant_gets_the_number_on_the_trials_list(services: Services) -> None:
    add(services, BOB)
    with reading(services.engine) as connection:
        row = participants.get(connection, BOB)
    assert row is not None
    assert (row.site, row.study, row.fact_sequence) == (SITES["02"], "mesrix-more", 2)  # added, and a code made


@pytest.mark.parametrize("subject", ["1", "0001", "abc", "", "001 ", "٠٠١"])
def test_a_number_must_have_the_studys_form(services: Services, subject: str) -> None:
    assert adding(services, "copenhagen", subject) is Code.FACT_INVALID


def test_a_number_is_given_once(services: Services) -> None:
    add(services, ALICE)
    assert adding(services, "copenhagen", "001") is Code.ALREADY_EXISTS


def test_a_site_must_be_one_of_the_studys(services: Services) -> None:
    assert adding(services, "atlantis", "001") is Code.NOT_FOUND


def test_a_window_choice_must_be_one_of_the_studys(services: Services) -> None:
    assert adding(services, "copenhagen", "001", choices={DMD: "midnight"}) is Code.FACT_INVALID


# ---- facts --------------------------------------------------------------------------------------------------


def test_facts_form_a_chain_per_participant(alice: Handset, services: Services) -> None:
    record_fact(services, ALICE, Randomised(day=DAY))
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=date(2026, 12, 1)))
    with reading(services.engine) as connection:
        chain = staff_facts.of(connection, ALICE)
    previous = GENESIS
    for number, fact in enumerate(chain, 1):
        said = fact_text(
            id=fact.id, participant=ALICE, sequence=number, at=fact.at, author=fact.author,
            revision=fact.revision, body=fact.body,
        )  # fmt: skip
        assert (fact.sequence, fact.previous, fact.hash) == (number, previous, chain_hash(previous, said))
        previous = fact.hash


def test_facts_about_nobody_are_refused(services: Services) -> None:
    assert refusal(services, "01-999", Randomised(day=DAY)) is Code.NOT_FOUND


@pytest.mark.parametrize(
    "detail",
    [
        ParticipantAdded(site="copenhagen", zone="Europe/Copenhagen"),
        PhoneActivated(device="x"),
        WindowChosen(instrument=DMD, choice="midnight"),
        WindowChosen(instrument="GRIX", choice="evening"),
        AnchorSet(anchor="treatment_9", planned=DAY),
        StatusRevoked(revokes="nothing", reason="error"),
        DeviceStateSet(device="nobodys", state=DeviceState.LOST, reason="stolen"),
    ],
)
def test_facts_that_make_no_sense_are_refused(alice: Handset, services: Services, detail: Any) -> None:
    assert refusal(services, ALICE, detail) is Code.FACT_INVALID


def test_two_phones_cannot_be_active(alice: Handset, services: Services) -> None:
    second = Handset(services, "second")
    record_fact(services, ALICE, DeviceStateSet(device=alice.device, state=DeviceState.LOST, reason="stolen"))
    from tests.server.handset import new_code

    second.enrol(new_code(services, ALICE))
    again = DeviceStateSet(device=alice.device, state=DeviceState.ACTIVE, reason="found")
    assert refusal(services, ALICE, again) is Code.FACT_INVALID


# ---- schedule -----------------------------------------------------------------------------------------------


def test_a_window_choice_moves_days_that_have_not_opened(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    clock.advance(days=1)
    before = rows(services)
    record_fact(services, ALICE, WindowChosen(instrument=DMD, choice="late_evening"))
    after = rows(services)
    assert after[DAY].opens == before[DAY].opens
    assert after[DAY + timedelta(days=1)].opens == before[DAY + timedelta(days=1)].opens + timedelta(hours=2)


def test_an_earlier_end_drops_days_and_keeps_their_rows(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    clock.advance(days=2)
    alice.sync()
    long_ago = date(2026, 7, 20)  # the diary ends four months and a week later, 27 November
    record_fact(services, ALICE, AnchorSet(anchor="treatment_2", actual=long_ago))
    after = rows(services)
    assert after[date(2026, 11, 27)].not_expected is None
    assert (after[date(2026, 11, 28)].state, after[date(2026, 11, 28)].not_expected) == ("not_expected", "unscheduled")
    alice.sync()
    assert alice.state(date(2026, 11, 28)) == "not_expected"
    record_fact(services, ALICE, AnchorSet(anchor="treatment_2", planned=DAY, reason=DateChange.OTHER_TREATMENT))
    assert rows(services)[date(2026, 11, 28)].not_expected is None


def test_a_stopped_diary_expects_nothing_more_until_revoked(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    fact = record_fact(services, ALICE, StatusSet(status=Status.DIARY_STOPPED, effective=DAY, reason="own_wish"))
    after = rows(services)
    assert after[DAY].not_expected is None
    assert (after[DAY + timedelta(days=1)].state, after[DAY + timedelta(days=1)].reason) == (
        "not_expected", "diary_stopped",
    )  # fmt: skip
    record_fact(services, ALICE, StatusRevoked(revokes=fact.id, reason="error"))
    assert rows(services)[DAY + timedelta(days=1)].not_expected is None


@pytest.mark.parametrize("status", [Status.DIED, Status.CONSENT_WITHDRAWN])
def test_a_death_or_a_withdrawal_is_never_recorded_before_it_happened(
    alice: Handset, services: Services, status: Status
) -> None:
    before = rows(services)
    tomorrow = local_date(services.environment.now(), ZONE) + timedelta(days=1)
    to_come = StatusSet(status=status, effective=tomorrow, reason="own_wish")
    assert refusal(services, ALICE, to_come) is Code.FACT_INVALID
    assert rows(services) == before
    record_fact(services, ALICE, StatusSet(status=Status.DIARY_STOPPED, effective=tomorrow, reason="own_wish"))
    record_fact(services, ALICE, to_come.model_copy(update={"effective": tomorrow - timedelta(days=1)}))


@pytest.mark.parametrize("status", list(Status))
def test_no_status_holds_from_before_the_first_day_that_is_known(
    alice: Handset, services: Services, status: Status
) -> None:
    added = local_date(services.environment.now(), ZONE)
    randomised = added - timedelta(days=4)
    early = StatusSet(status=status, effective=randomised, reason="own_wish")
    assert refusal(services, ALICE, early) is Code.FACT_INVALID
    record_fact(services, ALICE, Randomised(day=randomised))
    record_fact(services, ALICE, early)


def test_the_phone_hears_of_a_status_without_its_reason(alice: Handset, services: Services) -> None:
    record_fact(services, ALICE, StatusSet(status=Status.DIARY_STOPPED, effective=DAY, reason="too_ill"))
    record_fact(services, ALICE, Randomised(day=DAY))
    heard = [json.loads(json.dumps(fact.body)) for fact in alice.sync().facts]
    assert [(one["kind"], one["reason"]) for one in heard] == [("status", "")]


def test_a_participants_own_zone_reaches_the_server(alice: Handset, services: Services) -> None:
    before = rows(services)[DAY]
    alice.record("zone", zone="America/New_York")
    alice.sync()
    assert rows(services)[DAY].zone == "America/New_York"
    assert rows(services)[DAY].opens == before.opens + timedelta(hours=6)


def test_an_entry_under_the_old_zone_is_judged_by_what_its_phone_knew(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    clock.advance(minutes=1)
    record_fact(services, ALICE, ZoneConfirmed(zone="America/New_York"))
    clock.advance(days=1)  # 19:01 in Copenhagen is 13:01 in New York
    entry = alice.fill_in(DAY)
    answer = alice.sync()
    assert (answer.receipts[0].id, answer.receipts[0].accepted) == (entry.id, True)
    assert alice.state(DAY) == "done"


def test_a_window_that_nobody_ever_had_is_not_believed(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    shown = alice.evening(DAY)
    clock.move_to(shown.late_until + timedelta(hours=2))
    alice.fill_in(DAY, opens=shown.opens, closes=shown.closes, late_until=shown.late_until + timedelta(hours=5))
    assert [one.code for one in alice.sync().receipts] == [Code.TOO_LATE]


# ---- excuses ------------------------------------------------------------------------------------------------


def excuse(day: date, **more: str) -> Excused:
    return Excused(instrument=DMD, diary_day=day, reason=ExcuseReason.HOSPITALISED, **more)


def test_an_excused_day_is_excused_unless_it_was_done(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    clock.advance(days=1)
    alice.fill_in(DAY)
    clock.advance(days=2)
    alice.sync()
    for day in (DAY, DAY + timedelta(days=1)):
        record_fact(services, ALICE, excuse(day))
    after = rows(services)
    assert after[DAY].state == "done"
    assert (after[DAY + timedelta(days=1)].state, after[DAY + timedelta(days=1)].reason) == ("excused", "hospitalised")


def test_an_excuse_reaches_seven_days_back(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    clock.advance(days=9)  # 1 December
    record_fact(services, ALICE, excuse(date(2026, 11, 24)))
    assert refusal(services, ALICE, excuse(DAY)) is Code.NOT_ALLOWED
    record_fact(services, ALICE, excuse(DAY, approved_by="ines", source="discharge letter"))
    assert rows(services)[DAY].state == "excused"


def test_no_evening_to_come_is_excused(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    clock.advance(days=1)  # the evening of DAY has begun
    approved = {"approved_by": "ines", "source": "discharge letter"}
    for more in ({}, approved):
        assert refusal(services, ALICE, excuse(DAY + timedelta(days=1), **more)) is Code.FACT_INVALID
    record_fact(services, ALICE, excuse(DAY))
    assert rows(services)[DAY + timedelta(days=1)].state == "not_yet_due"


# ---- withdrawal ---------------------------------------------------------------------------------------------


def test_a_withdrawal_recorded_afterwards_takes_later_entries_out(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    clock.advance(days=1)
    alice.fill_in(DAY)
    alice.sync()
    assert alice.state(DAY) == "done"
    hour_ago = clock.now() - timedelta(minutes=30)
    record_fact(
        services, ALICE,
        StatusSet(status=Status.CONSENT_WITHDRAWN, effective=DAY, effective_at=hour_ago, reason="own_wish"),
    )  # fmt: skip
    assert rows(services)[DAY].entry is None
    assert rows(services)[DAY].state != "done"


GIVEN_AT_TEN = AnchorSet(anchor="treatment_1", planned=DAY, actual=DAY, actual_time="10:00")


@pytest.mark.parametrize(
    "changes",
    [
        {"actual": DAY + timedelta(days=1)},
        {"actual_time": "11:00"},
        {"actual_time": None},
        {"actual": None, "actual_time": None},
        {"actual": None, "actual_time": None, "not_given": DAY},
    ],
    ids=["date", "time", "without time", "planned again", "not given"],
)
def test_what_was_given_is_replaced_only_with_a_reason(services: Services, changes: dict[str, Any]) -> None:
    add(services, ALICE)
    record_fact(services, ALICE, GIVEN_AT_TEN)
    wanted = GIVEN_AT_TEN.model_copy(update=changes)
    with pytest.raises(RequestRefused, match="another date or at another time"):
        record_fact(services, ALICE, wanted)
    said = record_fact(services, ALICE, wanted.model_copy(update={"reason": DateChange.SOURCE_SAYS_OTHERWISE}))
    assert said.detail.reason == "source_says_otherwise"


def test_what_replaces_nothing_needs_no_reason(services: Services) -> None:
    add(services, ALICE)
    for when in (
        {"planned": DAY}, {"planned": DAY + timedelta(days=1)}, {"actual": DAY},
        {"actual": DAY, "actual_time": "10:00"}, {"actual": DAY, "actual_time": "10:00"},
    ):  # fmt: skip
        assert record_fact(services, ALICE, AnchorSet(anchor="treatment_1", **when)).detail.reason is None
