"""One visit questionnaire, from what is known about it to its state; and which are expected of whom."""

from dataclasses import replace
from datetime import datetime

import pytest

from diary_app.core.entries import EntryBody, EntryVersion
from diary_app.core.facts import Status
from diary_app.core.grading import Installation, QuarantinedRecord
from diary_app.core.visit_grading import VisitEvidence, grade_visit
from diary_app.core.visit_rules import VisitInstrument
from diary_app.core.visits import ExpectedVisit, VisitWindow, expected_visits, visit_window_of
from tests.core.histories import AUCKLAND, COPENHAGEN, History, begun, utc
from tests.licensed import ANSWERS, active_study

OPENS, CLOSES = utc("2026-09-16 22:00"), utc("2026-10-01 07:30")
WINDOW = VisitWindow("m0", OPENS, CLOSES)
GRIX = VisitInstrument(code="GRIX", version="1.0", slot=2, active=True)
M0 = ExpectedVisit("m0", GRIX, WINDOW)
BEFORE, DURING, AFTER = utc("2026-09-16 21:59"), utc("2026-09-20 20:00"), utc("2026-10-01 07:30")
PHONE = Installation("phone", active_from=utc("2026-09-01 08:00"))
PROVEN = replace(PHONE, complete_until=CLOSES)
GIVEN = begun().anchor("2026-09-05 10:00", "treatment_1", actual="2026-10-01", actual_time="09:30")


def version(captured_at: datetime = DURING, *, on_time_until: datetime | None = CLOSES) -> EntryVersion:
    body = EntryBody(
        participant="01-001", study_version="1", schedule_revision=3, instrument="GRIX", instrument_version="1.0",
        wording_sha256="0" * 64, language="da", diary_day=captured_at.date(), visit="m0", opens=OPENS, closes=CLOSES,
        late_until=CLOSES, answers=ANSWERS, revision=1, captured_at=captured_at, utc_offset_minutes=120,
        zone=COPENHAGEN, monotonic_ms=1, app_version="1", tzdata_version="2026a",
    )  # fmt: skip
    return EntryVersion("entry", "phone", 1, "hash", body, on_time_until)


def state(expected: ExpectedVisit, now: datetime, *entries: EntryVersion, phone: Installation = PHONE) -> str:
    return grade_visit(expected, VisitEvidence(entries, (), (phone,)), now).state.value


@pytest.mark.parametrize(
    ("now", "phone", "expected"),
    [
        (BEFORE, PHONE, "not_yet_due"),
        (DURING, PHONE, "open"),
        (AFTER, PHONE, "unknown"),
        (AFTER, PROVEN, "missed"),
    ],
)
def test_time_and_proof_make_the_state(now: datetime, phone: Installation, expected: str) -> None:
    assert state(M0, now, phone=phone) == expected


def test_an_answer_in_the_window_is_done() -> None:
    assert state(M0, AFTER, version()) == "done"


def test_what_was_done_stays_done_when_the_date_is_gone() -> None:
    assert state(replace(M0, window=None), AFTER, version()) == "done"


def test_an_answer_that_nobody_waited_for_fills_no_visit() -> None:
    unasked = version(on_time_until=None)
    assert state(replace(M0, window=None), AFTER, unasked) == "not_yet_due"
    assert state(replace(M0, window=VisitWindow("m0", AFTER, utc("2026-10-20 08:00"))), AFTER, unasked) == "open"


def test_something_set_aside_in_the_window_leaves_a_doubt() -> None:
    aside = QuarantinedRecord("phone", DURING, None, "GRIX")
    found = grade_visit(M0, VisitEvidence((), (aside,), (PROVEN,)), AFTER)
    assert (found.state, found.reason) == ("unknown", "quarantined")


@pytest.mark.parametrize(
    "aside",
    [
        QuarantinedRecord("phone", DURING, None, "DMD"),
        QuarantinedRecord("phone", DURING, utc("2026-09-01 08:00").date(), "GRIX"),
    ],
    ids=["of the diary", "of an earlier date"],
)
def test_what_cannot_have_been_it_leaves_none(aside: QuarantinedRecord) -> None:
    assert grade_visit(M0, VisitEvidence((), (aside,), (PROVEN,)), AFTER).state == "missed"


def expected(history: History) -> dict[str, Status | None]:
    return {one.visit: one.not_expected for one in expected_visits(active_study(), history.facts)}


def test_only_questionnaires_in_use_are_expected() -> None:
    assert {one.instrument.code for one in expected_visits(active_study(), GIVEN.facts)} == {"GRIX"}


def test_nobody_is_expected_before_being_added() -> None:
    assert expected_visits(active_study(), ()) == ()


@pytest.mark.parametrize(
    ("effective", "ended"), [("2026-09-30", Status.DIED), ("2026-10-02", None)], ids=["before", "after"]
)
def test_a_status_ends_the_windows_that_it_reaches(effective: str, ended: Status | None) -> None:
    died = GIVEN.status("2026-10-05 10:00", "died", effective)
    assert expected(died)["m0"] is ended


@pytest.mark.parametrize(
    ("status", "ended"),
    [("died", Status.DIED), ("screen_failure", Status.SCREEN_FAILURE), ("treatment_stopped", None)],
)
def test_a_visit_without_a_window_ends_with_the_part_of_the_participant(status: str, ended: Status | None) -> None:
    history = GIVEN.status("2026-10-05 10:00", status, "2026-10-05")
    (found,) = [one for one in expected_visits(active_study(), history.facts) if one.visit == "m4"]
    assert (found.window, found.not_expected) == (None, ended)
    grade = grade_visit(found, VisitEvidence(), AFTER)
    assert (grade.state, grade.reason) == (("not_expected", ended) if ended else ("not_yet_due", None))


def test_a_revoked_status_ends_nothing() -> None:
    died = GIVEN.status("2026-09-20 10:00", "died", "2026-09-20")
    found = expected(died.revoke_latest("2026-09-21 10:00"))
    assert (found["m0"], found["m4"]) == (None, None)


def test_travelling_moves_no_visit() -> None:
    away = GIVEN.zone("2026-09-10 08:00", AUCKLAND)
    assert visit_window_of(active_study(), away.facts, "m0", "GRIX") == (OPENS, CLOSES, CLOSES)


@pytest.mark.parametrize(("visit", "instrument"), [("m1", "GRIX"), ("m0", "QLQHN35"), (None, "GRIX"), ("m4", "GRIX")])
def test_what_the_study_does_not_ask_has_no_window(visit: str | None, instrument: str) -> None:
    assert visit_window_of(active_study(), GIVEN.facts, visit, instrument) is None
