"""What the study sees of visit questionnaires: each one not due, open, done, missed or unknown; on both databases."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from diary_app.core.correction_facts import (
    CorrectionChange,
    CorrectionReason,
    CorrectionSource,
    DayMove,
    ItemChange,
    Voided,
    WaiverReason,
)
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Status, StatusSet
from diary_app.core.wire import ContactRequest
from server.access.acting import Acting
from server.db.engine import reading
from server.intake import corrections
from server.intake.corrections import Wanted
from server.intake.presence import note_presence
from server.intake.rebuild import rebuild
from server.intake.visits import visits_at
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.licensed import ANSWERS, EXTRACT, active_text
from tests.server.handset import Handset, add, ready, record_fact
from tests.server.visiting import (
    TREATMENT,
    fill_in_visit,
    opened_with_grix,
    plan,
    state_of,
    states,
    visit_entry,
    with_grix,
)


@pytest.fixture
def services(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> Iterator[Services]:
    yield from opened_with_grix(settings, clock, tmp_path)


@pytest.fixture
def phone(services: Services) -> Handset:
    """Alice's; treatment 1 is planned for Friday 27 November at 10:00."""
    phone = ready(services, ALICE)
    plan(services, planned=TREATMENT, actual_time="10:00")
    phone.sync()
    return phone


def after_treatment(clock: SimulatedEnvironment) -> None:
    clock.move_to(datetime(2026, 11, 27, 12, tzinfo=UTC))


def test_nothing_is_due_while_no_treatment_has_a_date(services: Services) -> None:
    ready(services, ALICE)
    assert {(one.state, one.opens) for one in states(services).values()} == {("not_yet_due", None)}


def test_an_open_window_is_open_until_the_treatment_starts(services: Services, phone: Handset) -> None:
    found = states(services)["m0"]
    assert (found.state, found.closes) == ("open", datetime(2026, 11, 27, 9, tzinfo=UTC))


def test_saved_in_its_window_is_done(services: Services, phone: Handset) -> None:
    made = fill_in_visit(phone)
    (receipt,) = phone.sync().receipts
    found = states(services)["m0"]
    assert receipt.accepted
    assert (found.state, found.entry, found.completed_at) == ("done", made, phone.now())


def test_missed_needs_a_complete_contact_after_the_window(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    after_treatment(clock)
    assert state_of(services) == ("unknown", "silent")
    phone.sync()
    assert state_of(services) == ("missed", None)


def test_what_was_filled_in_under_a_window_of_before_is_not_called_missed(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    clock.move_to(datetime(2026, 11, 26, 6, tzinfo=UTC))
    phone.sync()
    plan(services, planned=date(2026, 11, 26), actual_time="05:00")  # over by now, which the phone does not know
    clock.move_to(datetime(2026, 11, 26, 8, tzinfo=UTC))
    assert states(services)["m0"].closes == datetime(2026, 11, 26, 4, tzinfo=UTC)
    assert state_of(services) == ("unknown", "silent")
    fill_in_visit(phone)
    after_treatment(clock)
    assert state_of(services) == ("unknown", "silent")
    phone.sync()
    assert state_of(services) == ("done", None)


def test_nothing_filled_in_under_any_window_was_missed(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    plan(services, planned=date(2027, 11, 26))  # a slip, put right before that window has begun
    plan(services, planned=date(2026, 11, 25), actual_time="10:00")
    clock.move_to(datetime(2026, 11, 25, 12, tzinfo=UTC))
    phone.sync()
    assert state_of(services) == ("unknown", "silent")
    after_treatment(clock)
    phone.sync()
    assert state_of(services) == ("missed", None)
    clock.move_to(datetime(2027, 11, 24, tzinfo=UTC))  # the window of the slip would be open; the phone knows better
    assert state_of(services) == ("missed", None)
    clock.move_to(datetime(2028, 1, 1, tzinfo=UTC))
    assert state_of(services) == ("missed", None)


def test_an_entry_on_its_way_is_unknown_then_done(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    fill_in_visit(phone)
    after_treatment(clock)
    assert state_of(services) == ("unknown", "silent")
    phone.sync()
    assert state_of(services) == ("done", None)


@pytest.mark.parametrize(("hour", "code"), [(8, None), (9, Code.TOO_LATE)], ids=["an hour before", "as it starts"])
def test_the_window_is_over_when_the_treatment_starts(
    services: Services, phone: Handset, clock: SimulatedEnvironment, hour: int, code: Code | None
) -> None:
    clock.move_to(datetime(2026, 11, 27, hour, tzinfo=UTC))
    fill_in_visit(phone)
    assert phone.sync().receipts[0].code == code


def test_too_late_is_kept_and_stays_unknown(services: Services, phone: Handset, clock: SimulatedEnvironment) -> None:
    after_treatment(clock)
    fill_in_visit(phone)
    phone.sync()
    assert state_of(services) == ("unknown", "quarantined")


def test_saved_at_0040_is_for_that_date_and_visit(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    clock.move_to(datetime(2026, 11, 24, 23, 40, tzinfo=UTC))  # 00:40 on 25 November in Copenhagen
    body = visit_entry(phone)
    phone.record("entry", **body)
    phone.sync()
    assert body["diary_day"] == "2026-11-25"
    assert state_of(services) == ("done", None)


def test_postponed_after_saving_stays_done(services: Services, phone: Handset) -> None:
    fill_in_visit(phone)
    phone.sync()
    plan(services, planned=date(2027, 2, 1))
    assert state_of(services) == ("done", None)


def corrected(services: Services, entry: str, change: CorrectionChange) -> None:
    """Asked for, waived and approved at the command line."""
    who, now = Acting("command line", is_operator=True), services.environment.now()
    asked = Wanted(entry, change, CorrectionSource.AT_VISIT, now.date(), CorrectionReason.ENTERED_IN_ERROR)
    with services.engine.begin() as connection:
        key = corrections.request(connection, services, ALICE, asked, who=who, at=now).id
        corrections.waive(connection, services, ALICE, key, WaiverReason.NOT_IN_APP, who=who, at=now)
        corrections.approve(connection, services, ALICE, key, who=who, at=now)


def test_a_voided_visit_questionnaire_counts_no_more(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    made = fill_in_visit(phone)
    assert [one.entry for one in phone.sync().visits] == [made]
    after_treatment(clock)
    phone.sync()
    corrected(services, made, Voided())
    assert state_of(services) == ("missed", None)
    assert phone.sync().visits == ()


def test_a_corrected_visit_questionnaire_stays_done_and_on_its_visit(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    made = fill_in_visit(phone)
    phone.sync()
    after_treatment(clock)
    item, old = next(iter(ANSWERS.items()))
    corrected(services, made, ItemChange(item=item, old=old, new="prefer_not_to_answer"))
    assert state_of(services) == ("done", None)
    with pytest.raises(RequestRefused, match="belongs to its visit"):
        corrected(services, made, DayMove(day=date(2026, 11, 23)))


def test_window_shown_before_a_move_was_known_counts(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    plan(services, planned=date(2027, 2, 1))  # the phone has not heard
    clock.advance(hours=1)
    fill_in_visit(phone)
    assert phone.sync().receipts[0].accepted
    assert state_of(services) == ("done", None)


def test_window_that_no_fact_gives_is_measured_by_the_current_one(services: Services, phone: Handset) -> None:
    far = {"opens": datetime(2026, 1, 1, tzinfo=UTC), "closes": datetime(2027, 12, 1, tzinfo=UTC)}
    fill_in_visit(phone, **far, late_until=far["closes"])
    assert phone.sync().receipts[0].accepted
    phone.services.environment.move_to(datetime(2026, 11, 30, tzinfo=UTC))  # type: ignore[attr-defined]
    fill_in_visit(phone, **far, late_until=far["closes"])
    assert phone.sync().receipts[0].code is Code.TOO_LATE


def test_treatment_2_never_given_moves_the_visit(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    plan(services, actual=TREATMENT, actual_time="10:00")
    plan(services, "treatment_2", not_given=date(2027, 1, 15))
    found = states(services)["m4"]
    assert (found.opens, found.closes) == (
        datetime(2027, 3, 19, 23, tzinfo=UTC),  # 27 March - 7 days, in winter time
        datetime(2027, 4, 10, 22, tzinfo=UTC),  # 27 March + 14 days, in summer time
    )


def test_the_same_questionnaire_at_another_visit_is_another(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    fill_in_visit(phone)
    plan(services, "treatment_2", planned=date(2027, 3, 29))
    clock.move_to(datetime(2027, 3, 27, 23, 40, tzinfo=UTC))  # the night in which the clocks change
    phone.sync()
    fill_in_visit(phone, "m4")
    phone.sync()
    assert {visit: one.state for visit, one in states(services).items()} == {
        "m0": "done", "m4": "done", "m8": "not_yet_due"
    }  # fmt: skip


def test_an_amendment_is_current_and_the_first_says_when(
    services: Services, phone: Handset, clock: SimulatedEnvironment
) -> None:
    first = fill_in_visit(phone)
    began, day = clock.now(), visit_entry(phone)["diary_day"]
    clock.advance(days=2)
    later = fill_in_visit(phone, revision=2, parent=first, diary_day=day, answers={**ANSWERS, "GRIX01": 4})
    phone.sync()
    found = states(services)["m0"]
    assert (found.entry, found.completed_at) == (later, began)


def test_the_first_of_two_phones_counts(services: Services, phone: Handset, clock: SimulatedEnvironment) -> None:
    first = fill_in_visit(phone)
    phone.sync()
    second = phone.successor()
    answer = phone.sync(successor=second.as_successor())
    assert [(one.visit, one.entry) for one in answer.visits] == [("m0", first)]
    second.nonce = answer.nonce
    clock.advance(hours=1)
    fill_in_visit(second)
    second.sync()
    assert states(services)["m0"].entry == first


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (Status.DIARY_STOPPED, ("open", None)),
        (Status.TREATMENT_STOPPED, ("open", None)),
        (Status.DIED, ("not_expected", "died")),
        (Status.COMPLETED, ("not_expected", "completed")),
    ],
)
def test_what_ends_the_diary_does_not_always_end_visits(
    services: Services, phone: Handset, status: Status, state: tuple[str, str | None]
) -> None:
    record_fact(services, ALICE, StatusSet(status=status, effective=date(2026, 11, 22), reason="coded"))
    assert state_of(services) == state


def test_a_status_takes_nothing_back_that_was_done(services: Services, phone: Handset) -> None:
    fill_in_visit(phone)
    phone.sync()
    record_fact(services, ALICE, StatusSet(status=Status.COMPLETED, effective=date(2026, 11, 23), reason="coded"))
    assert state_of(services) == ("done", None)


def test_visits_leave_the_diary_alone(services: Services, phone: Handset) -> None:
    fill_in_visit(phone)
    phone.sync()
    with reading(services.engine) as connection:
        found = connection.exec_driver_sql("SELECT DISTINCT instrument FROM expected_day").scalars().all()
    assert found == ["DMD"]
    services.writer.run("", lambda connection: rebuild(connection, services, phone.now()))
    with reading(services.engine) as connection:
        again = connection.exec_driver_sql("SELECT DISTINCT instrument FROM expected_day").scalars().all()
    assert again == ["DMD"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"visit": "m12"}, Code.INSTRUMENT_UNKNOWN),
        ({"instrument": "DMD"}, Code.INSTRUMENT_UNKNOWN),
        ({"instrument_version": "9"}, Code.INSTRUMENT_UNKNOWN),
        ({"answers": {"GRIX01": 2}}, Code.ENTRY_INVALID),
        ({"answers": {**ANSWERS, "GRIX02": 5}}, Code.ENTRY_INVALID),
    ],
)
def test_an_entry_that_is_no_answer_to_the_visit_is_refused(
    services: Services, phone: Handset, changes: dict[str, object], code: Code
) -> None:
    phone.record("entry", **{**visit_entry(phone), **changes})
    assert phone.sync().receipts[0].code is code


def test_an_extract_asks_only_its_items(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    services = open_services(with_grix(settings, tmp_path, *EXTRACT), clock)
    phone = ready(services, ALICE)
    plan(services, planned=TREATMENT)
    phone.sync()
    fill_in_visit(phone, answers=dict.fromkeys(EXTRACT, 1))
    fill_in_visit(phone)
    assert [receipt.code for receipt in phone.sync().receipts] == [None, Code.ENTRY_INVALID]
    services.close()


def restarted(services: Services, study: Path, text: str) -> Services:
    """The server with another version of the study."""
    services.close()
    study.write_text(text, encoding="utf-8")
    return open_services(services.settings.model_copy(update={"study_file": study}), services.environment)


def test_nobody_missed_what_came_into_use_later(
    settings: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    with_licences = with_grix(settings, tmp_path).model_copy(update={"study_file": None})
    services = open_services(with_licences, clock)
    phone = ready(services, ALICE)
    plan(services, actual=date(2026, 11, 24), actual_time="10:00")
    clock.advance(days=7)
    phone.sync()
    services = restarted(services, tmp_path / "study.toml", active_text(version="2"))
    assert state_of(services) == ("not_expected", "not_in_use")
    services.close()


def show_presence(phone: Handset) -> None:
    """The service worker answers a reminder."""
    message = ContactRequest(protocol=1, device=phone.device, device_clock=phone.now(), head=phone.head, pending=0)
    phone.services.writer.run(
        ALICE, lambda connection: note_presence(connection, phone.services, ALICE, message, phone.now())
    )


@pytest.fixture
def offline(settings: Settings, clock: SimulatedEnvironment, tmp_path: Path) -> Iterator[Handset]:
    """Alice's phone was last in contact before GRIX came into use; her window ends on 27 November at 10:00."""
    with_licences = with_grix(settings, tmp_path).model_copy(update={"study_file": None})
    services = open_services(with_licences, clock)
    phone = ready(services, ALICE)
    plan(services, planned=TREATMENT, actual_time="10:00")
    phone.sync()
    clock.advance(hours=1)
    phone.services = restarted(services, tmp_path / "study.toml", active_text(version="2"))
    yield phone
    phone.services.close()


def test_what_no_phone_was_told_of_was_not_missed(offline: Handset, clock: SimulatedEnvironment) -> None:
    after_treatment(clock)
    offline.sync()
    assert state_of(offline.services) == ("unknown", "not_offered")


def test_a_sign_of_life_tells_a_phone_nothing(offline: Handset, clock: SimulatedEnvironment) -> None:
    clock.advance(days=1)
    show_presence(offline)
    after_treatment(clock)
    offline.sync()
    assert state_of(offline.services) == ("unknown", "not_offered")


def test_one_sync_in_the_window_is_enough_to_be_asked(offline: Handset, clock: SimulatedEnvironment) -> None:
    clock.advance(days=1)
    offline.sync()
    after_treatment(clock)
    offline.sync()
    assert state_of(offline.services) == ("missed", None)


def test_an_enrolment_in_the_window_is_enough_to_be_asked(services: Services, clock: SimulatedEnvironment) -> None:
    phone, code = Handset(services), add(services, ALICE)
    plan(services, planned=TREATMENT, actual_time="10:00")
    phone.enrol(code)
    after_treatment(clock)
    phone.train()
    phone.sync()
    assert state_of(services) == ("missed", None)


def test_what_goes_out_of_use_keeps_what_was_done(
    services: Services, phone: Handset, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    fill_in_visit(phone)
    phone.sync()
    plan(services, "treatment_2", planned=date(2026, 12, 20))
    text = active_text(version="2").replace("active = true", "active = false")
    services = restarted(services, tmp_path / "study.toml", text)
    clock.advance(days=60)
    assert state_of(services) == ("done", None)
    assert state_of(services, "m4") == ("not_expected", "not_in_use")
    services.close()


def test_everybody_at_a_site_is_listed(services: Services, phone: Handset) -> None:
    with reading(services.engine) as connection:
        here = visits_at(connection, services.study, ["copenhagen"], phone.now())
        elsewhere = visits_at(connection, services.study, ["odense"], phone.now())
    assert [(one.participant, one.visit) for one in here] == [(ALICE, "m0"), (ALICE, "m4"), (ALICE, "m8")]
    assert elsewhere == []
