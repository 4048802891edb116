"""Interviews: asked while the evening is open, word for word, by somebody who is named; told as what they are."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from diary_app.core.entries import FilledBy, Mode, Skip
from diary_app.core.errors import RequestRefused
from diary_app.core.paper import NAMED_IN_NOTES, Asked, InterviewEntry, PaperReason, typed_mode
from server.access import rights, staff
from server.access.acting import Acting
from server.access.rights import Right
from server.access.roles import Role
from server.console.compliance.summing import compliance
from server.db import days, participants, staff_facts
from server.db.days import ExpectedDay
from server.db.engine import reading
from server.export.participant import long_rows
from server.export.reading import everybody, instruments_in_use
from server.intake import paper
from server.intake.paper import Interview, Sheet, askers
from server.intake.rebuild import rebuild
from server.intake.sweep import sweep
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.fields import Asked as Searched
from server.trail.fields import Reader, rows
from server.trail.verify import verify
from tests.conftest import ALICE
from tests.server.handset import DMD, Handset, ready

DAY = date(2026, 11, 23)
NEXT = DAY + timedelta(days=1)
ANSWERS: dict[str, int | Skip] = {
    "DMD01": 8, "DMD02": 7, "DMD03": 4, "DMD04": Skip.NOT_APPLICABLE, "DMD05": Skip.PREFER_NOT, "DMD06": 2,
}  # fmt: skip
ROLES = (
    Right("carol", Role.COORDINATOR, "copenhagen"), Right("mona", Role.MONITOR, "*"),
    Right("olga", Role.COORDINATOR, "odense"),
)  # fmt: skip


def interview(**changes: Any) -> Sheet:
    """Monday evening's, by telephone at half past nine."""
    how: dict[str, Any] = {"asked": Asked.TELEPHONE, "by": NAMED_IN_NOTES, "is_word_for_word": True}
    how |= {name: changes.pop(name) for name in [*changes] if name in how}
    usual: dict[str, Any] = {
        "form": "form 1", "diary_day": DAY, "day": DAY, "at": time(21, 30), "answers": ANSWERS,
        "filled_by": FilledBy.SELF, "reason": PaperReason.PHONE_FAILED, "reference": "visit note 7", "language": "da",
        "is_dated": False,
    }  # fmt: skip
    return Sheet(**usual | changes, interview=Interview(**how))


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Enrolled and practised on Sunday; it is Thursday now, and her phone has been silent since."""
    with services.engine.begin() as connection:
        for right in ROLES:
            rights.give(connection, right, author="root", environment=clock)
    handset = ready(services, ALICE)
    clock.advance(days=4)
    services.writer.run("~", lambda connection: sweep(connection, clock.now()))
    return handset


def typed(services: Services, sheet: Sheet, who: str = "carol") -> str:
    now = services.environment.now()
    return services.writer.run(
        ALICE, lambda connection: paper.transcribe(connection, services, ALICE, sheet, who=Acting(who), at=now)
    ).id


def refusal(services: Services, sheet: Sheet, who: str = "carol") -> str:
    before = stored(services)
    with pytest.raises(RequestRefused) as refused:
        typed(services, sheet, who)
    assert stored(services) == before
    return str(refused.value)


def stored(services: Services) -> list[InterviewEntry]:
    with reading(services.engine) as connection:
        found = staff_facts.of_kinds(connection, [ALICE], ["interview_entry"])
    return [InterviewEntry.model_validate(json.loads(row.body)) for row in found]


def graded(services: Services) -> ExpectedDay:
    with reading(services.engine) as connection:
        (row,) = days.named(connection, ALICE, [(DMD, DAY)])
    return row


def test_an_interview_is_kept_with_how_it_was_asked_by_whom_and_who_typed_it(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    with services.engine.begin() as connection:
        inger = staff.add_account(
            connection, clock, username="inger", display_name="Inger", password="correct horse battery", language="da"
        )
        rights.give(connection, Right(inger.id, Role.COORDINATOR, "copenhagen"), author="root", environment=clock)
        assert askers(connection, "copenhagen") == {"inger": "Inger", NAMED_IN_NOTES: ""}
        assert askers(connection, "odense") == {NAMED_IN_NOTES: ""}
    fact = typed(services, interview(asked=Asked.FACE_TO_FACE, by="inger"))
    (one,) = stored(services)
    assert (one.mode, one.filled_by, one.answers) == (Mode.INTERVIEW, FilledBy.SOMEONE_TAPPED, ANSWERS)
    assert (one.asked, one.asked_by, one.read_word_for_word) == (Asked.FACE_TO_FACE, "inger", 1)
    assert (one.captured_at, one.reference) == (datetime(2026, 11, 23, 20, 30, tzinfo=UTC), "visit note 7")
    assert (graded(services).state, graded(services).entry) == ("done", f"asked-{fact}")
    with reading(services.engine) as connection:
        told = {
            row.field: (row.new, row.who)
            for row in rows(connection, Reader(None, answers=True), Searched(ALICE, kind="interview_entry"))
        }
        assert verify(connection).found == []
    assert told["asked_by"] == ("inger", "carol")
    assert told["asked"][0] == "face_to_face"
    assert told["mode"][0] == "interview"


@pytest.mark.parametrize("how", list(Asked))
def test_an_interview_is_exported_as_one(alice: Handset, services: Services, how: Asked) -> None:
    typed(services, interview(asked=how))
    with reading(services.engine) as connection:
        (person,) = everybody(connection, services.study, services.environment.now())
        use = {(one.code, one.version): one for one in instruments_in_use(connection, services.study)}
        lines = list(long_rows(services.study, use, person))
    assert len(lines) == 6
    assert {(row["mode"], row["originator"], row["filled_by"], row["paper_reason"], row["asked"]) for row in lines} == {
        ("interview", "staff", "someone_tapped_what_i_said", "phone_failed", how)
    }


@pytest.mark.parametrize(
    ("day", "at", "is_open"),
    [(DAY, time(17, 59), False), (DAY, time(18, 0), True), (NEXT, time(12, 0), True), (NEXT, time(12, 1), False)],
)
def test_a_closed_evening_is_not_collected_by_asking(
    alice: Handset, services: Services, day: date, at: time, is_open: bool
) -> None:
    asked = interview(day=day, at=at)
    if is_open:
        typed(services, asked)
        assert graded(services).state in ("done", "late")
    else:
        assert "while the evening was open" in refusal(services, asked)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"is_word_for_word": False}, "word for word"),
        ({"by": "nobody"}, "who asked"),
        ({"by": ""}, "who asked"),
        ({"reference": " "}, "where it is kept"),
        ({"answers": {**ANSWERS, "DMD01": 11}}, "answer is missing"),
    ],
)
def test_what_is_no_interview_is_refused(alice: Handset, services: Services, wrong: dict[str, Any], said: str) -> None:
    assert said in refusal(services, interview(**wrong))


@pytest.mark.parametrize("name", ["mona", "olga", "mallory"])
def test_only_the_site_types_interviews(alice: Handset, services: Services, name: str) -> None:
    refusal(services, interview(), name)


def test_it_is_never_on_time_and_rates_are_given_without_it(alice: Handset, services: Services) -> None:
    typed(services, interview())
    now = services.environment.now()
    with reading(services.engine) as connection:
        found = compliance(connection, services.study, ["copenhagen"], now.date(), now).all
        (row,) = days.named(connection, ALICE, [(DMD, DAY)])
    assert typed_mode(row.entry) is Mode.INTERVIEW
    assert (found.tally.done, found.tally.done_on_paper) == (1, 1)
    assert found.rates.on_time.excused_out.n == 0
    assert found.rates.on_time_or_late.excused_out.n == 1
    assert found.rates.on_time_or_late_without_paper.excused_out.n == 0


def test_a_rebuild_judges_nothing_anew(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    typed(services, interview(day=NEXT, at=time(9, 0)))
    before = graded(services)
    services.writer.run(ALICE, lambda connection: rebuild(connection, services, clock.now()))
    after = graded(services)
    assert (before.state, after.state, after.entry) == ("late", "late", before.entry)


def test_the_phone_hears_the_state_and_nothing_else(alice: Handset, services: Services) -> None:
    typed(services, interview())
    answer = alice.sync()
    assert alice.state(DAY) == "done"
    assert all(fact.body["kind"] != "interview_entry" for fact in answer.facts)
    assert "visit note" not in answer.model_dump_json()
    with reading(services.engine) as connection:
        assert participants.get(connection, ALICE) is not None
