"""Sheets of paper: judged by their own date, stored once with who typed them, graded, exported, and told to nobody."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from diary_app.core import correction_facts as told
from diary_app.core.entries import FilledBy, Mode, Skip
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import DeviceState, DeviceStateSet, Fact, Status, StatusRevoked, StatusSet
from diary_app.core.paper import PaperEntry, PaperReason, typed_mode
from diary_app.core.signals import Signal
from diary_app.core.staff_acts import LockingReason
from diary_app.core.times import local_date
from server.access import rights
from server.access.acting import Acting
from server.access.proving import Person
from server.access.rights import Right, rights_of
from server.access.roles import Role
from server.console.compliance.summing import compliance
from server.db import days, participants, staff_facts
from server.db.days import ExpectedDay
from server.db.engine import reading
from server.db.export_rows import ExportedEntry
from server.export.participant import long_rows
from server.export.reading import everybody, instruments_in_use
from server.intake import corrections, locking, paper
from server.intake.corrections import Wanted
from server.intake.paper import Judged, Sheet
from server.intake.rebuild import rebuild
from server.intake.sweep import sweep
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.fields import HIDDEN, Asked, Reader, rows
from server.trail.reviewing import signals_of
from server.trail.verify import verify
from tests.conftest import ALICE, BOB
from tests.server.handset import DMD, ZONE, Handset, add, ready, record_fact

DAY = date(2026, 11, 23)
NEXT = DAY + timedelta(days=1)
CAROL, INES = Acting("carol"), Acting("ines")
INVESTIGATOR = Person("ines", "ines", "Ines")
ROLES = (
    Right("carol", Role.COORDINATOR, "copenhagen"), Right("ines", Role.INVESTIGATOR, "copenhagen"),
    Right("sam", Role.SPONSOR, "*"), Right("mona", Role.MONITOR, "*"), Right("adam", Role.ADMINISTRATOR, "*"),
    Right("olga", Role.COORDINATOR, "odense"),
)  # fmt: skip
ON_PAPER: dict[str, int | Skip] = {
    "DMD01": 8, "DMD02": 7, "DMD03": 4, "DMD04": Skip.NOT_APPLICABLE, "DMD05": Skip.PREFER_NOT, "DMD06": 2,
}  # fmt: skip


def sheet(**changes: Any) -> Sheet:
    """Monday evening's, filled in at half past nine."""
    usual = Sheet(
        "form 1", DAY, DAY, time(21, 30), ON_PAPER, FilledBy.SELF, PaperReason.PHONE_FAILED, "binder 3, sheet 12",
        "da", is_dated=True,
    )  # fmt: skip
    return replace(usual, **changes)


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Enrolled and practised on Sunday; it is Thursday now, and her phone has been silent since."""
    with services.engine.begin() as connection:
        for right in ROLES:
            rights.give(connection, right, author="root", environment=clock)
    handset = ready(services, ALICE)
    clock.advance(days=4)
    run_jobs(services)
    return handset


def run_jobs(services: Services) -> None:
    services.writer.run("~", lambda connection: sweep(connection, services.environment.now()))


def transcribe(services: Services, typed: Sheet, who: Acting = CAROL, participant: str = ALICE) -> Fact:
    now = services.environment.now()
    return services.writer.run(
        participant, lambda connection: paper.transcribe(connection, services, participant, typed, who=who, at=now)
    )


def preview(services: Services, typed: Sheet) -> Judged:
    with reading(services.engine) as connection:
        person = participants.get(connection, ALICE)
        assert person is not None
        return paper.judged(connection, services, person, typed, by_role="coordinator", at=services.environment.now())


def refusal(services: Services, typed: Sheet, **who: Any) -> Code:
    before = sheets(services)
    with pytest.raises(RequestRefused) as refused:
        transcribe(services, typed, **who)
    assert sheets(services) == before
    assert refused.value.remedy
    return refused.value.code


def sheets(services: Services) -> list[PaperEntry]:
    with reading(services.engine) as connection:
        found = staff_facts.of_kinds(connection, [ALICE], ["paper_entry"])
    return [PaperEntry.model_validate(json.loads(row.body)) for row in found]


def graded(services: Services, day: date = DAY) -> ExpectedDay:
    with reading(services.engine) as connection:
        (row,) = days.named(connection, ALICE, [(DMD, day)])
    return row


def state(services: Services, day: date = DAY) -> tuple[str, bool]:
    row = graded(services, day)
    return row.state, typed_mode(row.entry) is Mode.PAPER


def exported(services: Services) -> list[ExportedEntry]:
    with reading(services.engine) as connection:
        people = list(everybody(connection, services.study, services.environment.now()))
    return list(next(one for one in people if one.id == ALICE).entries)


# ---- what the date on the sheet makes of it -------------------------------------------------------------------


def test_a_sheet_dated_in_its_window_is_done(alice: Handset, services: Services) -> None:
    assert state(services) == ("unknown", False)
    fact = transcribe(services, sheet())
    assert state(services) == ("done", True)
    row = graded(services)
    assert row.entry == f"paper-{fact.id}"
    assert row.first_captured_at == datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
    assert row.received_at == services.environment.now()


def test_what_is_stored_is_all_that_an_entry_has(alice: Handset, services: Services) -> None:
    transcribe(services, sheet(filled_by=FilledBy.SOMEONE_TAPPED))
    (stored,) = sheets(services)
    assert stored.answers == ON_PAPER
    assert (stored.mode, stored.filled_by) == (Mode.PAPER, FilledBy.SOMEONE_TAPPED)
    assert (stored.zone, stored.utc_offset_minutes) == ("Europe/Copenhagen", 60)
    assert (stored.by_role, stored.by_site) == ("coordinator", "copenhagen")
    assert (stored.reason, stored.reference) == (PaperReason.PHONE_FAILED, "binder 3, sheet 12")
    assert (stored.instrument, stored.instrument_version, stored.study_version) == (
        DMD, "1.0", services.study.version,
    )  # fmt: skip
    row = graded(services)
    assert (stored.opens, stored.closes, stored.late_until) == (row.opens, row.closes, row.late_until)


@pytest.mark.parametrize(
    ("day", "at", "state_then", "code"),
    [
        (DAY, time(17, 59), "unknown", "too_early"),
        (DAY, time(18, 0), "done", ""),
        (NEXT, time(0, 40), "done", ""),
        (NEXT, time(3, 0), "done", ""),
        (NEXT, time(3, 1), "late", ""),
        (NEXT, time(12, 0), "late", ""),
        (NEXT, time(12, 1), "unknown", "too_late"),
    ],
)
def test_the_windows_edges(alice: Handset, services: Services, day: date, at: time, state_then: str, code: str) -> None:
    typed = sheet(day=day, at=at)
    foreseen = preview(services, typed)
    transcribe(services, typed)
    assert state(services) == (state_then, not code)
    (stored,) = sheets(services)
    assert stored.code == code
    assert stored.diary_day == DAY
    assert (foreseen.entry.code, foreseen.is_late) == (code, state_then == "late")


def test_a_sheet_dated_too_late_grades_nothing_and_asks_nothing(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    alice.sync()  # it proves that it holds nothing
    assert state(services) == ("missed", False)
    transcribe(services, sheet(day=NEXT, at=time(12, 1)))
    assert state(services) == ("missed", False)
    assert exported(services) == []
    again = refusal(services, sheet(form="form 2", day=NEXT, at=time(12, 1)))
    assert again is Code.ALREADY_EXISTS


@pytest.mark.parametrize(
    ("now", "day", "at", "captured", "offset"),
    [
        # clocks go back: 02:30 is there twice, the first time counts
        (datetime(2026, 10, 26, 18, tzinfo=UTC), date(2026, 10, 25), time(2, 30), "00:30", 120),
        (datetime(2026, 10, 26, 18, tzinfo=UTC), date(2026, 10, 25), time(3, 0), "02:00", 60),
        # clocks go forward
        (datetime(2027, 3, 29, 18, tzinfo=UTC), date(2027, 3, 28), time(1, 30), "00:30", 60),
        (datetime(2027, 3, 29, 18, tzinfo=UTC), date(2027, 3, 28), time(3, 0), "01:00", 120),
    ],
)
def test_nights_on_which_clocks_change(
    services: Services, clock: SimulatedEnvironment, now: datetime, day: date, at: time, captured: str, offset: int
) -> None:
    with services.engine.begin() as connection:
        rights.give(connection, ROLES[0], author="root", environment=clock)
    clock.move_to(now - timedelta(days=5))
    ready(services, ALICE)
    clock.move_to(now)
    evening = day - timedelta(days=1)
    transcribe(services, sheet(diary_day=evening, day=day, at=at))
    assert state(services, evening) == ("done", True)
    (stored,) = sheets(services)
    assert (f"{stored.captured_at:%H:%M}", stored.utc_offset_minutes) == (captured, offset)


def test_an_hour_that_never_was_is_refused(services: Services, clock: SimulatedEnvironment) -> None:
    with services.engine.begin() as connection:
        rights.give(connection, ROLES[0], author="root", environment=clock)
    clock.move_to(datetime(2027, 3, 24, 18, tzinfo=UTC))
    ready(services, ALICE)
    clock.advance(days=5)
    evening = date(2027, 3, 27)
    typed = sheet(diary_day=evening, day=date(2027, 3, 28), at=time(2, 30))
    assert refusal(services, typed) is Code.FACT_INVALID


def test_an_evening_that_nobody_expected_is_extra(alice: Handset, services: Services) -> None:
    sunday = DAY - timedelta(days=1)  # the day of enrolment; the diary began on Monday
    transcribe(services, sheet(diary_day=sunday, day=sunday))
    assert state(services, sunday) == ("extra", True)
    with reading(services.engine) as connection:
        before = days.of(connection, ALICE)
    services.writer.run(ALICE, lambda connection: rebuild(connection, services, services.environment.now()))
    with reading(services.engine) as connection:
        after = days.of(connection, ALICE)
    assert [(row.diary_day, row.state, row.entry) for row in after] == [
        (row.diary_day, row.state, row.entry) for row in before
    ]


# ---- beside what phones send ----------------------------------------------------------------------------------


@pytest.mark.parametrize("paper_first", [True, False])
@pytest.mark.parametrize(("at", "paper_counts"), [(time(18, 30), True), (time(21, 30), False)])
def test_of_sheet_and_phone_the_one_made_first_counts_however_they_arrive(
    services: Services, clock: SimulatedEnvironment, paper_first: bool, at: time, paper_counts: bool
) -> None:
    with services.engine.begin() as connection:
        rights.give(connection, ROLES[0], author="root", environment=clock)
    alice = ready(services, ALICE)
    clock.advance(days=1)  # 19:00
    alice.fill_in(DAY)
    clock.advance(hours=5)
    typed = sheet(at=at)
    if paper_first:
        transcribe(services, typed)
        alice.sync()
    else:
        alice.sync()
        foreseen = preview(services, typed)
        assert (foreseen.other is not None, foreseen.goes_first) == (True, paper_counts)
        transcribe(services, typed)
    assert state(services) == ("done", paper_counts)
    assert len(exported(services)) == 2  # the other is kept
    with reading(services.engine) as connection:
        (person,) = (one for one in everybody(connection, services.study, clock.now()) if one.id == ALICE)
        use = {(one.code, one.version): one for one in instruments_in_use(connection, services.study)}
        told_rows = list(long_rows(services.study, use, person))
    assert {(row["mode"], row["originator"], row["paper_reason"]) for row in told_rows} == {
        ("paper", "staff", "phone_failed") if paper_counts else ("own_phone", "participant", None)
    }
    assert len(told_rows) == 6


def test_the_phone_hears_the_state_and_nothing_else(alice: Handset, services: Services) -> None:
    transcribe(services, sheet())
    answer = alice.sync()
    assert alice.state(DAY) == "done"
    (heard,) = (one for one in answer.days if one.diary_day == DAY)
    assert heard.entry is None
    assert heard.received_at is not None
    assert all(fact.body["kind"] != "paper_entry" for fact in answer.facts)
    assert "binder" not in answer.model_dump_json()
    assert alice.told.keys()


# ---- who and when ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sam", "mona", "adam", "olga", "mallory"])
def test_only_the_site_types_sheets(alice: Handset, services: Services, name: str) -> None:
    assert refusal(services, sheet(), who=Acting(name)) is Code.NOT_ALLOWED


def test_investigators_do_too(alice: Handset, services: Services) -> None:
    transcribe(services, sheet(), INES)
    assert sheets(services)[0].by_role == "investigator"


def withdrawal(services: Services, at: datetime) -> Fact:
    return record_fact(
        services, ALICE,
        StatusSet(status=Status.CONSENT_WITHDRAWN, effective=at.date(), effective_at=at, reason="own_wish"),
    )  # fmt: skip


def test_nothing_is_typed_that_was_written_after_withdrawal(alice: Handset, services: Services) -> None:
    withdrawn = withdrawal(services, datetime(2026, 11, 23, 21, tzinfo=UTC))
    transcribe(services, sheet(at=time(21, 59)))  # 20:59 UTC
    assert state(services) == ("done", True)
    assert refusal(services, sheet(form="form 2", at=time(22, 0))) is Code.AFTER_WITHDRAWAL
    record_fact(services, ALICE, StatusRevoked(revokes=withdrawn.id, reason="recorded_in_error"))
    transcribe(services, sheet(form="form 2", at=time(22, 0)))
    assert len(sheets(services)) == 2


def test_a_withdrawal_dated_back_takes_the_sheet_out(alice: Handset, services: Services) -> None:
    transcribe(services, sheet())
    withdrawal(services, datetime(2026, 11, 23, 20, tzinfo=UTC))
    assert graded(services).entry is None
    assert exported(services) == []
    shown = trail(services)
    assert {row.new for row in shown if row.field.startswith("answers.")} == {HIDDEN}
    assert {row.new for row in shown if row.field == "reference"} == {HIDDEN}


def test_nothing_is_dated_after_a_death(alice: Handset, services: Services) -> None:
    died = record_fact(services, ALICE, StatusSet(status=Status.DIED, effective=DAY, reason="died"))
    assert refusal(services, sheet(day=NEXT, at=time(0, 40))) is Code.FACT_INVALID
    transcribe(services, sheet())
    assert state(services) == ("extra", True)
    record_fact(services, ALICE, StatusRevoked(revokes=died.id, reason="recorded_in_error"))
    transcribe(services, sheet(form="form 2", day=NEXT, at=time(0, 40)))


def test_a_locked_evening_takes_no_sheet(alice: Handset, services: Services) -> None:
    locking.lock(services, ALICE, (DAY, DAY), LockingReason.DATA_REVIEWED, by=INVESTIGATOR)
    assert refusal(services, sheet()) is Code.DAY_LOCKED
    transcribe(services, sheet(diary_day=NEXT, day=NEXT))


# ---- what is refused ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"is_dated": False}, Code.FACT_INVALID),
        ({"reference": " "}, Code.FACT_INVALID),
        ({"reference": "x" * 41}, Code.FACT_INVALID),
        ({"reference": "one\ntwo"}, Code.FACT_INVALID),
        ({"reference": "010190-1234"}, Code.REFERENCE_IDENTIFIES),
        ({"reference": "ring 20 30 40 50"}, Code.REFERENCE_IDENTIFIES),
        ({"language": "sv"}, Code.FACT_INVALID),
        ({"day": DAY - timedelta(days=1)}, Code.FACT_INVALID),
        ({"day": DAY + timedelta(days=30)}, Code.FACT_INVALID),
        ({"diary_day": DAY + timedelta(days=30), "day": DAY + timedelta(days=30)}, Code.FACT_INVALID),
        ({"diary_day": DAY - timedelta(days=30), "day": DAY - timedelta(days=30)}, Code.FACT_INVALID),
        ({"answers": {**ON_PAPER, "DMD01": 11}}, Code.FACT_INVALID),
        ({"answers": {**ON_PAPER, "DMD01": Skip.NOT_APPLICABLE}}, Code.FACT_INVALID),
        ({"answers": {**ON_PAPER, "DMD99": 1}}, Code.FACT_INVALID),
        ({"answers": {"DMD01": 1}}, Code.FACT_INVALID),
        ({"answers": {}}, Code.FACT_INVALID),
    ],
)
def test_slips_are_refused_and_nothing_is_stored(
    alice: Handset, services: Services, wrong: dict[str, Any], code: Code
) -> None:
    assert refusal(services, sheet(**wrong)) is code


def test_a_participant_who_is_not_there(alice: Handset, services: Services) -> None:
    with pytest.raises(RequestRefused) as refused:
        transcribe(services, sheet(), participant="01-999")
    assert refused.value.code is Code.NOT_FOUND


def test_the_same_page_sent_twice_is_one_fact(alice: Handset, services: Services) -> None:
    first = transcribe(services, sheet())
    assert transcribe(services, sheet()).id == first.id
    assert len(sheets(services)) == 1
    assert refusal(services, sheet(answers={**ON_PAPER, "DMD01": 2})) is Code.ALREADY_EXISTS


def test_one_sheet_is_typed_once(alice: Handset, services: Services) -> None:
    transcribe(services, sheet())
    assert refusal(services, sheet(form="form 2")) is Code.ALREADY_EXISTS
    transcribe(services, sheet(form="form 2", at=time(20, 0)))
    assert len(sheets(services)) == 2
    assert graded(services).first_captured_at == datetime(2026, 11, 23, 19, tzinfo=UTC)


# ---- afterwards -----------------------------------------------------------------------------------------------


def corrected(services: Services, change: told.CorrectionChange) -> None:
    def act(what: Callable[..., Any], *given: Any, who: Acting = INES) -> Any:
        now = services.environment.now()
        return services.writer.run(ALICE, lambda connection: what(connection, services, ALICE, *given, who=who, at=now))

    entry = graded(services).entry
    assert entry is not None
    asked = Wanted(
        entry, change, told.CorrectionSource.PAPER, DAY, told.CorrectionReason.TRANSCRIBED_WRONG, "binder 3, sheet 12"
    )
    key = act(corrections.request, asked, who=CAROL).id
    act(corrections.waive, key, told.WaiverReason.SIGNED_STATEMENT)
    act(corrections.approve, key)


def test_a_slip_in_typing_is_corrected(alice: Handset, services: Services) -> None:
    transcribe(services, sheet())
    corrected(services, told.ItemChange(item="DMD01", old=8, new=3))
    (one,) = exported(services)
    assert (one.version.body.answers["DMD01"], one.given.body.answers["DMD01"]) == (3, 8)
    assert one.version.corrected == ("DMD01",)
    assert state(services) == ("done", True)


def test_only_a_typed_sheet_has_a_sheet_for_a_source(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    made = alice.fill_in(DAY + timedelta(days=3))
    alice.sync()
    paper_source, call = told.CorrectionSource.PAPER, told.CorrectionSource.CALL
    slip, tapped = told.CorrectionReason.TRANSCRIBED_WRONG, told.CorrectionReason.TAPPED_WRONG
    change = told.ItemChange(item="DMD01", old=6, new=3)
    for source, reason in ((paper_source, tapped), (call, slip)):
        wanted = Wanted(made.id, change, source, DAY, reason, "sheet 12")
        with pytest.raises(RequestRefused) as refused:
            services.writer.run(
                ALICE,
                lambda connection, wanted=wanted: corrections.request(  # type: ignore[misc]
                    connection, services, ALICE, wanted, who=CAROL, at=clock.now()
                ),
            )
        assert refused.value.code is Code.FACT_INVALID


def test_a_sheet_is_moved_to_its_evening(alice: Handset, services: Services) -> None:
    transcribe(services, sheet(day=NEXT, at=time(0, 40)))
    corrected(services, told.DayMove(day=NEXT))
    assert state(services, NEXT) == ("done", True)
    assert state(services) == ("unknown", False)


def test_a_sheet_is_voided(alice: Handset, services: Services) -> None:
    transcribe(services, sheet())
    corrected(services, told.Voided())
    assert state(services) == ("unknown", False)
    assert exported(services) == []


def test_a_voided_sheet_is_typed_again_as_it_is_dated(alice: Handset, services: Services) -> None:
    transcribe(services, sheet(answers={**ON_PAPER, "DMD01": 3}))
    assert refusal(services, sheet(form="form 2")) is Code.ALREADY_EXISTS
    corrected(services, told.Voided())
    transcribe(services, sheet(form="form 2"))
    (one,) = exported(services)
    assert (one.version.body.answers["DMD01"], state(services)) == (8, ("done", True))
    assert refusal(services, sheet(form="form 3")) is Code.ALREADY_EXISTS


def test_signals_are_of_the_phone_alone(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    def found() -> tuple[Signal, ...]:
        with reading(services.engine) as connection:
            return signals_of(connection, services.study, ALICE)

    clock.advance(days=10)
    run_jobs(services)
    for number in range(12):  # the same answers on all of them, and all at the last minute
        day = DAY + timedelta(days=number)
        transcribe(services, sheet(form=f"form {number}", diary_day=day, day=day + timedelta(days=1), at=time(2, 59)))
    assert len(sheets(services)) == 12
    assert found() == ()
    for number in range(12, 14):
        alice.fill_in(DAY + timedelta(days=number), page_ms={"DMD01": 500})
    alice.sync()
    assert found() != ()


def test_a_rebuild_makes_the_same(alice: Handset, services: Services) -> None:
    transcribe(services, sheet())
    transcribe(services, sheet(form="form 2", diary_day=NEXT, day=NEXT + timedelta(days=1), at=time(9, 0)))
    transcribe(services, sheet(form="form 3", diary_day=NEXT, day=NEXT + timedelta(days=1), at=time(19, 0)))
    corrected(services, told.ItemChange(item="DMD01", old=8, new=3))

    def found() -> list[ExpectedDay]:
        with reading(services.engine) as connection:
            return [row._replace(revision=0, change_no=0) for row in days.of(connection, ALICE)]

    before = found()
    services.writer.run(ALICE, lambda connection: rebuild(connection, services, services.environment.now()))
    assert found() == before
    assert state(services, NEXT) == ("late", True)
    with reading(services.engine) as connection:
        assert verify(connection).found == []


def trail(services: Services, who: str = "", answers: bool = True) -> list[Any]:
    with reading(services.engine) as connection:
        held = rights_of(connection, who) if who else None
        return list(rows(connection, Reader(held, answers), Asked(participant=ALICE, kind="paper_entry")))


def test_the_trail_says_who_typed_what_and_hides_answers(alice: Handset, services: Services) -> None:
    transcribe(services, sheet())
    shown = {row.field: row for row in trail(services, "ines")}
    assert shown["answers.DMD01"].new == "8"
    assert (shown["reference"].new, shown["mode"].new) == ("binder 3, sheet 12", "paper")
    one = shown["answers.DMD01"]
    assert (one.who, one.role, one.organisation, one.why) == ("carol", "coordinator", "copenhagen", "phone_failed")
    assert one.captured == datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
    assert "form" not in shown
    hidden = {row.field: row.new for row in trail(services, "mona")}
    assert {text for field, text in hidden.items() if field.startswith("answers.")} == {HIDDEN}
    assert hidden["reference"] == "binder 3, sheet 12"


def test_the_trail_says_why_a_sheet_grades_nothing(alice: Handset, services: Services) -> None:
    transcribe(services, sheet(day=NEXT, at=time(13, 0)))
    assert {row.code for row in trail(services)} == {"too_late"}


def test_a_lost_phone_does_not_matter(alice: Handset, services: Services) -> None:
    record_fact(services, ALICE, DeviceStateSet(device=alice.device, state=DeviceState.LOST, reason="stolen"))
    transcribe(services, sheet(reason=PaperReason.NO_PHONE))
    assert state(services) == ("done", True)


def test_sums_tell_paper_apart_and_never_call_it_on_time(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    transcribe(services, sheet())
    clock.advance(days=1)
    now = clock.now()
    with reading(services.engine) as connection:
        found = compliance(connection, services.study, ["copenhagen"], local_date(now, ZONE), now).all
    assert (found.tally.done, found.tally.done_on_paper, found.tally.received_on_paper) == (1, 1, 1)
    assert (found.rates.on_time.excused_out.n, found.rates.on_time_or_late.excused_out.n) == (0, 1)
    assert found.rates.on_time_or_late_without_paper.excused_out.n == 0


def test_somebody_without_a_phone_has_extra_evenings(alice: Handset, services: Services, clock: Any) -> None:
    with services.engine.begin() as connection:
        rights.give(connection, Right("olga", Role.INVESTIGATOR, "odense"), author="root", environment=clock)
    add(services, BOB)
    clock.advance(days=2)
    typed = sheet(diary_day=clock.now().date() - timedelta(days=1), day=clock.now().date() - timedelta(days=1))
    transcribe(services, typed, Acting("olga"), BOB)
    with reading(services.engine) as connection:
        (row,) = days.of(connection, BOB)
    assert (row.state, typed_mode(row.entry)) == ("extra", Mode.PAPER)
