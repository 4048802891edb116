"""Corrections: asked for with a source, confirmed or waived, approved by an investigator, and then graded anew."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from threading import Thread
from typing import Any

import pytest

from diary_app.core import correction_facts as told
from diary_app.core.corrections import CorrectionState, answer_body
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Status, StatusSet
from diary_app.core.records import Record
from server.access import rights
from server.access.acting import Acting
from server.access.rights import Right
from server.access.roles import Role
from server.db import days, staff_facts
from server.db.days import ExpectedDay
from server.db.engine import reading
from server.db.export_rows import ExportedEntry
from server.export.reading import everybody
from server.intake import corrections
from server.intake.corrected import corrections_of
from server.intake.corrections import Wanted
from server.intake.rebuild import rebuild
from server.intake.sweep import sweep
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.verify import verify
from tests.conftest import ALICE, BOB
from tests.server.handset import ANSWERS, DMD, Handset, ready, record_fact

DAY = date(2026, 11, 23)
NEXT = DAY + timedelta(days=1)
CAROL, INES, SAM = Acting("carol"), Acting("ines"), Acting("sam")
ROLES = (
    Right("carol", Role.COORDINATOR, "copenhagen"), Right("ines", Role.INVESTIGATOR, "copenhagen"),
    Right("sam", Role.SPONSOR, "*"), Right("mona", Role.MONITOR, "*"), Right("adam", Role.ADMINISTRATOR, "*"),
    Right("olga", Role.INVESTIGATOR, "odense"),
)  # fmt: skip
SLIP = told.ItemChange(item="DMD01", old=6, new=2)


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Monday and Tuesday are over; she filled in Monday only, and her phone has said so since."""
    with services.engine.begin() as connection:
        for right in ROLES:
            rights.give(connection, right, author="root", environment=clock)
    handset = ready(services, ALICE)
    clock.advance(days=1)
    handset.fill_in(DAY)
    handset.sync()
    clock.advance(days=2)
    handset.sync()
    services.writer.run("~", lambda connection: sweep(connection, clock.now()))
    return handset


def monday(alice: Handset) -> Record:
    return next(one for one in alice.records if one.kind == "entry")


def wanted(alice: Handset, change: Any = SLIP, **changes: Any) -> Wanted:
    asked = Wanted(
        monday(alice).id, change, told.CorrectionSource.CALL, NEXT, told.CorrectionReason.TAPPED_WRONG, "phone note 12"
    )
    return replace(asked, **changes)


def act(services: Services, what: Callable[..., Any], *given: Any, who: Acting = INES, participant: str = ALICE) -> Any:
    now = services.environment.now()
    return services.writer.run(
        participant, lambda connection: what(connection, services, participant, *given, who=who, at=now)
    )


def ask(services: Services, asked: Wanted, who: Acting = CAROL, participant: str = ALICE) -> str:
    key: str = act(services, corrections.request, asked, who=who, participant=participant).id
    return key


def waive(services: Services, key: str) -> None:
    act(services, corrections.waive, key, told.WaiverReason.NO_PHONE)


def approve(services: Services, key: str) -> None:
    act(services, corrections.approve, key)


def corrected(services: Services, asked: Wanted) -> str:
    """Asked for, waived and approved."""
    key = ask(services, asked)
    waive(services, key)
    approve(services, key)
    return key


def refusal(services: Services, what: Callable[..., Any], *given: Any, **who: Any) -> Code:
    with reading(services.engine) as connection:
        before = len(staff_facts.of(connection, ALICE))
    with pytest.raises(RequestRefused) as refused:
        act(services, what, *given, **who)
    with reading(services.engine) as connection:
        assert len(staff_facts.of(connection, ALICE)) == before
    assert refused.value.remedy
    return refused.value.code


def graded(services: Services, day: date = DAY) -> ExpectedDay:
    with reading(services.engine) as connection:
        (row,) = days.named(connection, ALICE, [(DMD, day)])
    return row


def exported(services: Services) -> list[ExportedEntry]:
    with reading(services.engine) as connection:
        people = list(everybody(connection, services.study, services.environment.now()))
    return list(next(one for one in people if one.id == ALICE).entries)


def state(services: Services) -> CorrectionState:
    with reading(services.engine) as connection:
        return corrections_of(connection, ALICE)[-1].state


def answer(alice: Handset, key: str, said: str) -> None:
    alice.record("acknowledgement", **answer_body(key, told.ParticipantAnswer(said)))
    alice.sync()


# ---- the way of a correction ----------------------------------------------------------------------------------


def test_a_confirmed_value_counts_once_approved(alice: Handset, services: Services) -> None:
    key = ask(services, wanted(alice))
    assert state(services) is CorrectionState.ASKED
    answer(alice, key, "right")
    assert state(services) is CorrectionState.CONFIRMED
    approve(services, key)
    (one,) = exported(services)
    assert one.version.body.answers == {**ANSWERS, "DMD01": 2}
    assert one.given.body.answers == ANSWERS
    assert (one.version.id, one.version.body.captured_at) == (monday(alice).id, one.given.body.captured_at)
    assert (graded(services).state, graded(services).entry) == ("done", monday(alice).id)


def test_nothing_is_approved_that_was_not_confirmed(alice: Handset, services: Services) -> None:
    key = ask(services, wanted(alice))
    assert refusal(services, corrections.approve, key) is Code.CORRECTION_UNCONFIRMED
    answer(alice, key, "leave")
    assert refusal(services, corrections.approve, key) is Code.CORRECTION_UNCONFIRMED
    assert refusal(services, corrections.waive, key, told.WaiverReason.NO_PHONE) is Code.FACT_INVALID
    act(services, corrections.refuse, key, told.RefusalReason.PARTICIPANT_DECLINED)
    assert state(services) is CorrectionState.REFUSED
    assert exported(services)[0].version.corrected == ()


def test_nobody_elses_answer_confirms(alice: Handset, services: Services) -> None:
    key = ask(services, wanted(alice))
    answer(ready(services, BOB, "bob"), key, "right")
    assert state(services) is CorrectionState.ASKED


@pytest.mark.parametrize("ending", ["approve", "refuse", "withdraw"])
def test_what_is_decided_stays_decided(alice: Handset, services: Services, ending: str) -> None:
    key = ask(services, wanted(alice))
    waive(services, key)
    reason = (told.RefusalReason.NOT_JUSTIFIED,) if ending == "refuse" else ()
    act(services, getattr(corrections, ending), key, *reason)
    assert refusal(services, corrections.approve, key) is Code.FACT_INVALID
    assert refusal(services, corrections.withdraw, key) is Code.FACT_INVALID
    assert refusal(services, corrections.waive, key, told.WaiverReason.DIED) is Code.FACT_INVALID
    assert refusal(services, corrections.refuse, key, told.RefusalReason.NOT_JUSTIFIED) is Code.FACT_INVALID


def test_several_corrections_of_one_entry_add_up(alice: Handset, services: Services) -> None:
    corrected(services, wanted(alice))
    corrected(services, wanted(alice, told.ItemChange(item="DMD04", old=3, new="not_applicable")))
    corrected(services, wanted(alice, told.ItemChange(item="DMD01", old=2, new=3)))
    (one,) = exported(services)
    assert one.version.body.answers == {**ANSWERS, "DMD01": 3, "DMD04": "not_applicable"}
    assert one.version.corrected == ("DMD01", "DMD04")


# ---- who may --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sam", "mona", "adam", "olga", "mallory"])
def test_only_the_site_asks(alice: Handset, services: Services, name: str) -> None:
    assert refusal(services, corrections.request, wanted(alice), who=Acting(name)) is Code.NOT_ALLOWED


@pytest.mark.parametrize("name", ["carol", "sam", "mona", "adam", "olga", "mallory"])
def test_only_the_sites_investigator_decides(alice: Handset, services: Services, name: str) -> None:
    key = ask(services, wanted(alice))
    who = Acting(name)
    assert refusal(services, corrections.waive, key, told.WaiverReason.DIED, who=who) is Code.NOT_ALLOWED
    waive(services, key)
    assert refusal(services, corrections.approve, key, who=who) is Code.NOT_ALLOWED
    assert refusal(services, corrections.refuse, key, told.RefusalReason.WRONG_ENTRY, who=who) is Code.NOT_ALLOWED


def test_a_right_that_was_taken_gives_nothing(alice: Handset, services: Services) -> None:
    with services.engine.begin() as connection:
        rights.take(connection, ROLES[0], author="root", environment=services.environment)
    assert refusal(services, corrections.request, wanted(alice), who=CAROL) is Code.NOT_ALLOWED


def test_the_trail_says_who_in_which_role_and_for_which_site(alice: Handset, services: Services) -> None:
    corrected(services, wanted(alice))
    act(services, corrections.request, wanted(alice, told.Voided()), who=Acting("command line", is_operator=True))
    with reading(services.engine) as connection:
        told_by = [
            (row.author, json.loads(row.body)["by_role"], json.loads(row.body)["by_site"])
            for row in staff_facts.of_kinds(connection, [ALICE], told.STAFF_KINDS)
        ]
    assert told_by == [
        ("carol", "coordinator", "copenhagen"), ("ines", "investigator", "copenhagen"),
        ("ines", "investigator", "copenhagen"), ("command line", "operator", "copenhagen"),
    ]  # fmt: skip


# ---- what is refused ------------------------------------------------------------------------------------------


def asking(services: Services, asked: Wanted, **who: Any) -> Code:
    return refusal(services, corrections.request, asked, **{"who": CAROL, **who})


def test_an_entry_must_be_there_and_ones_own(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    assert asking(services, wanted(alice, entry="00000000-0000-4000-8000-000000000000")) is Code.NOT_FOUND
    assert asking(services, wanted(alice, entry="?")) is Code.NOT_FOUND
    bob = ready(services, BOB, "bob")
    clock.advance(days=1)
    his = bob.fill_in(date(2026, 11, 26))
    bob.sync()
    assert asking(services, wanted(alice, entry=his.id)) is Code.NOT_FOUND
    assert (
        asking(services, wanted(alice, entry=monday(alice).id), who=Acting("olga"), participant=BOB) is Code.NOT_FOUND
    )
    assert asking(services, wanted(alice), participant="01-999") is Code.NOT_FOUND


def test_a_refused_entry_is_not_corrected(alice: Handset, services: Services) -> None:
    shown = alice.evening(DAY)
    late = alice.fill_in(DAY, opens=shown.opens, closes=shown.closes, late_until=shown.late_until)
    assert alice.sync().receipts[0].code is Code.TOO_LATE
    assert asking(services, wanted(alice, entry=late.id)) is Code.NOT_FOUND


@pytest.mark.parametrize(
    ("item", "old", "new", "code"),
    [
        ("DMD01", 6, 11, Code.FACT_INVALID),
        ("DMD01", 6, -1, Code.FACT_INVALID),
        ("DMD01", 6, "not_applicable", Code.FACT_INVALID),
        ("DMD99", 6, 2, Code.FACT_INVALID),
        ("DMD01", 5, 2, Code.CORRECTION_OVERTAKEN),
    ],
)
def test_a_value_must_be_an_answer_to_that_question(
    alice: Handset, services: Services, item: str, old: Any, new: Any, code: Code
) -> None:
    assert asking(services, wanted(alice, told.ItemChange(item=item, old=old, new=new))) is code


def test_that_a_value_is_right_already_is_told_to_whoever_may_see_it(alice: Handset, services: Services) -> None:
    same, another = (wanted(alice, told.ItemChange(item="DMD01", old=6, new=new)) for new in (6, 2))
    assert refusal(services, corrections.request, same) is Code.FACT_INVALID
    asked = [act(services, corrections.request, one, who=CAROL) for one in (same, another)]
    assert [(one.detail.kind, state(services)) for one in asked] == [("correction_requested", "asked")] * 2
    waive(services, asked[0].id)
    assert refusal(services, corrections.approve, asked[0].id) is Code.FACT_INVALID
    act(services, corrections.refuse, asked[0].id, told.RefusalReason.NOT_JUSTIFIED)
    (one,) = exported(services)
    assert (one.version.body.answers["DMD01"], one.version.corrected) == (6, ())


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        ("note 010190-1234", Code.REFERENCE_IDENTIFIES),
        ("call 12 34 56 78", Code.REFERENCE_IDENTIFIES),
        ("alice@example.org", Code.REFERENCE_IDENTIFIES),
        ("x" * 41, Code.FACT_INVALID),
        ("two\nlines", Code.FACT_INVALID),
    ],
)
def test_a_reference_is_short_and_identifies_nobody(
    alice: Handset, services: Services, reference: str, code: Code
) -> None:
    with pytest.raises(RequestRefused) as refused:
        ask(services, wanted(alice, reference=reference))
    assert refused.value.code is code
    assert reference not in str(refused.value)


def test_a_statement_is_not_of_the_future(alice: Handset, services: Services) -> None:
    assert asking(services, wanted(alice, stated_on=date(2026, 11, 26))) is Code.FACT_INVALID
    assert ask(services, wanted(alice, stated_on=date(2026, 11, 25)))


def test_a_correction_must_be_there(alice: Handset, services: Services) -> None:
    assert refusal(services, corrections.approve, "?") is Code.NOT_FOUND


def amended(alice: Handset, clock: SimulatedEnvironment) -> Record:
    """Wednesday's entry in two versions, the first of them received before the second was made."""
    clock.advance(hours=1)
    day = date(2026, 11, 25)
    first = alice.fill_in(day)
    alice.sync()
    return first


def later_version(alice: Handset, of: Record) -> Record:
    later = alice.fill_in(date(2026, 11, 25), revision=2, parent=of.id, answers={**ANSWERS, "DMD02": 9})
    alice.sync()
    return later


def test_a_newer_version_overtakes_what_was_asked(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    first = amended(alice, clock)
    key = ask(services, wanted(alice, entry=first.id))
    answer(alice, key, "right")
    later_version(alice, first)
    assert refusal(services, corrections.approve, key) is Code.CORRECTION_OVERTAKEN
    assert asking(services, wanted(alice, entry=first.id)) is Code.CORRECTION_OVERTAKEN


def test_an_approved_correction_goes_before_a_version_that_comes_later(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    first = amended(alice, clock)
    later = alice.fill_in(date(2026, 11, 25), revision=2, parent=first.id, answers={**ANSWERS, "DMD02": 9})
    clock.advance(days=1)
    corrected(services, wanted(alice, entry=first.id))
    alice.sync()
    assert graded(services, date(2026, 11, 25)).entry == first.id
    assert asking(services, wanted(alice, entry=later.id)) is Code.CORRECTION_OVERTAKEN


def test_nothing_is_approved_while_the_participant_can_change_it(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    key = ask(services, wanted(alice, entry=amended(alice, clock).id))
    answer(alice, key, "right")
    assert refusal(services, corrections.approve, key) is Code.FACT_INVALID
    clock.move_to(alice.evening(date(2026, 11, 25)).late_until)
    assert refusal(services, corrections.approve, key) is Code.FACT_INVALID
    clock.advance(seconds=1)
    approve(services, key)


def test_an_old_value_that_another_correction_changed_overtakes(alice: Handset, services: Services) -> None:
    first, second = ask(services, wanted(alice)), ask(services, wanted(alice))
    for key in (first, second):
        waive(services, key)
    approve(services, first)
    assert refusal(services, corrections.approve, second) is Code.CORRECTION_OVERTAKEN


def test_of_two_approvals_at_once_one_counts(
    alice: Handset, services: Services, open_more: Callable[..., Services]
) -> None:
    key = ask(services, wanted(alice))
    waive(services, key)
    found: list[object] = []

    def try_it(by: Services) -> None:
        try:
            approve(by, key)
            found.append("approved")
        except RequestRefused as refused:
            found.append(refused.code)

    threads = [Thread(target=try_it, args=(open_more(),)) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(map(str, found)) == ["approved", "fact_invalid"]


# ---- void -----------------------------------------------------------------------------------------------------


def test_a_voided_entry_grades_nothing(alice: Handset, services: Services) -> None:
    corrected(services, wanted(alice, told.Voided(), reason=told.CorrectionReason.ENTERED_IN_ERROR))
    assert (graded(services).state, graded(services).entry) == ("missed", None)
    assert exported(services) == []
    alice.sync()
    assert alice.state(DAY) == "missed"
    assert asking(services, wanted(alice)) is Code.NOT_FOUND


# ---- another day ----------------------------------------------------------------------------------------------


def test_a_moved_entry_leaves_one_day_and_fills_the_other(alice: Handset, services: Services) -> None:
    assert graded(services, NEXT).state == "missed"
    corrected(services, wanted(alice, told.DayMove(day=NEXT)))
    assert (graded(services).state, graded(services).entry) == ("missed", None)
    assert (graded(services, NEXT).state, graded(services, NEXT).entry) == ("done", monday(alice).id)
    (one,) = exported(services)
    assert (one.version.body.diary_day, one.version.corrected) == (NEXT, ("diary_day",))
    alice.sync()
    assert (alice.state(DAY), alice.state(NEXT)) == ("missed", "done")


def test_a_moved_entry_can_be_moved_back_and_corrected(alice: Handset, services: Services) -> None:
    corrected(services, wanted(alice, told.DayMove(day=NEXT)))
    corrected(services, wanted(alice))
    corrected(services, wanted(alice, told.DayMove(day=DAY)))
    assert (graded(services).state, graded(services, NEXT).state) == ("done", "missed")
    assert exported(services)[0].version.body.answers["DMD01"] == 2


@pytest.mark.parametrize(
    "day", [DAY, date(2026, 11, 22), date(2026, 11, 26), date(2028, 1, 1)], ids=["same", "before", "ahead", "beyond"]
)
def test_an_entry_moves_onto_days_of_this_diary_only(alice: Handset, services: Services, day: date) -> None:
    assert asking(services, wanted(alice, told.DayMove(day=day))) is Code.FACT_INVALID


def test_an_entry_moves_onto_no_taken_day(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    wednesday = date(2026, 11, 25)
    key = ask(services, wanted(alice, told.DayMove(day=wednesday)))
    waive(services, key)
    assert refusal(services, corrections.approve, key) is Code.FACT_INVALID, "she may still fill in that evening"
    clock.advance(hours=1)
    alice.fill_in(wednesday)
    alice.sync()
    clock.advance(days=1)
    assert refusal(services, corrections.approve, key) is Code.CORRECTION_OVERTAKEN
    assert asking(services, wanted(alice, told.DayMove(day=wednesday))) is Code.CORRECTION_OVERTAKEN
    assert (graded(services).state, graded(services, wednesday).entry != monday(alice).id) == ("done", True)


def test_what_was_asked_before_a_move_is_overtaken(alice: Handset, services: Services) -> None:
    key = ask(services, wanted(alice))
    waive(services, key)
    corrected(services, wanted(alice, told.DayMove(day=NEXT)))
    assert refusal(services, corrections.approve, key) is Code.CORRECTION_OVERTAKEN


# ---- together with the rest -----------------------------------------------------------------------------------


def test_rebuilding_and_verifying_agree_with_corrections(alice: Handset, services: Services) -> None:
    corrected(services, wanted(alice, told.DayMove(day=NEXT)))
    corrected(services, wanted(alice))
    before = [graded(services, day)._replace(revision=0, change_no=0) for day in (DAY, NEXT)]
    with services.engine.begin() as connection:
        rebuild(connection, services, services.environment.now())
    assert [graded(services, day)._replace(revision=0, change_no=0) for day in (DAY, NEXT)] == before
    with reading(services.engine) as connection:
        assert verify(connection).found == []


def test_a_later_withdrawal_takes_a_corrected_entry_out_too(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    corrected(services, wanted(alice, told.DayMove(day=NEXT)))
    before_it = clock.now() - timedelta(days=3)
    record_fact(
        services, ALICE,
        StatusSet(status=Status.CONSENT_WITHDRAWN, effective=DAY, effective_at=before_it, reason="own_wish"),
    )  # fmt: skip
    assert graded(services, NEXT).entry is None
