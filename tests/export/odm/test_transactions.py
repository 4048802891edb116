"""Each transaction says what became another, by whom, when and why; nothing is said that nobody is to see."""

import pytest

from tests.export.odm.conftest import Written
from tests.export.odm.replay import Book, Step
from tests.export.odm.story import REACHED, SEALED, day

ALICE, BOB, DORA, ERIK = (f"MESRIX-MORE-{person}" for person in ("01-001", "02-001", "01-002", "01-003"))
DMD, ANSWER = "F.DMD.1.0", "IT.DMD.1.0."


@pytest.fixture
def book(story: Written) -> Book:
    return story.book


def entries(book: Book, number: int, subject: str = ALICE) -> list[Step]:
    return book.of(subject, event="SE.DIARY", repeat=day(number).isoformat(), form=DMD)


def answers(step: Step) -> dict[str, tuple[str, str | None]]:
    return {oid.removeprefix(ANSWER): change for oid, change in step.items.items() if oid.startswith(ANSWER)}


def test_an_amended_entry_says_only_what_became_another(book: Book, story: Written) -> None:
    made, amended = entries(book, 0)
    assert (made.action, amended.action) == ("Insert", "Update")
    assert answers(made)["DMD02"] == ("Insert", "5")
    assert answers(amended) == {
        "DMD02": ("Update", None), "DMD02.SKIP": ("Insert", "prefer_not_to_answer"),
        "DMD04": ("Update", None), "DMD04.SKIP": ("Insert", "not_applicable"),
    }  # fmt: skip
    assert amended.items["IT.ENTRY.REVISION"] == ("Update", "2")
    assert amended.key[3] == made.audit.source == story.told.ids["first"]
    assert (amended.audit.source, amended.audit.why) == (story.told.ids["amended"], "changed by the participant")


def test_blanks_have_who_and_when_like_answers(book: Book, story: Written) -> None:
    (made,) = entries(book, 3)
    assert (answers(made)["DMD02"], answers(made)["DMD02.SKIP"]) == (
        ("Insert", None), ("Insert", "prefer_not_to_answer")
    )  # fmt: skip
    assert (made.audit.user, made.audit.place) == (f"USER.PARTICIPANT.{ALICE}", "LOC.SITE.copenhagen")
    assert (made.audit.at, made.audit.source) == ("2026-11-26T20:00:00.000Z", story.told.ids["skips"])


def test_a_corrected_answer_names_who_asked_and_who_approved(book: Book, story: Written) -> None:
    _, waived, confirmed = (step for step in entries(book, 8) if step.key[3] == story.told.ids["slip"])
    assert answers(waived) == {"DMD01": ("Update", "1")}
    assert answers(confirmed) == {"DMD04": ("Update", None), "DMD04.SKIP": ("Insert", "not_applicable")}
    assert confirmed.items["IT.ENTRY.CORRECTED"] == ("Update", "DMD01 DMD04")
    assert {step.audit.user for step in (waived, confirmed)} == {"USER.STAFF.ines/investigator/copenhagen"}
    assert waived.audit.why == (
        f"correction {story.told.ids['waived']}; tapped_wrong_answer; said by the participant on 2026-12-05 "
        "(participant_call); asked for by carol (coordinator); participant not asked: no_phone; "
        "reference phone note <12>"
    )
    assert "confirmed by the participant" in confirmed.audit.why


def test_each_step_of_a_correction_has_its_own_author(book: Book, story: Written) -> None:
    steps = [step for step in book.of(ALICE, form="F.CORRECTION") if step.key[3] == story.told.ids["confirmed"]]
    said = [step.items["IT.CORRECTION.STATE"][1] for step in steps]
    users = [step.audit.user.removeprefix("USER.").split(".")[0] for step in steps]
    assert said == ["asked", "confirmed", "approved"]
    assert users == ["STAFF", "PARTICIPANT", "STAFF"]


def test_a_refused_correction_changes_no_answer(book: Book, story: Written) -> None:
    steps = [step for step in book.of(ALICE, form="F.CORRECTION") if step.key[3] == story.told.ids["refused"]]
    assert steps[-1].items["IT.CORRECTION.STATE"] == ("Update", "refused")
    assert steps[-1].items["IT.CORRECTION.DECISION_REASON"] == ("Insert", "not_justified")
    assert len(entries(book, 3)) == 1


def test_a_voided_entry_is_removed_and_stays_in_the_history(book: Book, story: Written) -> None:
    made, gone = entries(book, 4)
    assert (made.action, gone.action) == ("Insert", "Remove")
    assert f"correction {story.told.ids['void']}" in gone.audit.why
    assert made.key not in book.forms[ALICE]


def test_a_moved_entry_leaves_one_day_for_the_other(book: Book, story: Written) -> None:
    (made, gone), (there,) = entries(book, 5), entries(book, 6)
    assert (made.action, gone.action, there.action) == ("Insert", "Remove", "Insert")
    assert gone.audit == there.audit
    assert f"correction {story.told.ids['move']}" in there.audit.why
    assert made.key[3] == there.key[3] == story.told.ids["moved"]
    assert there.items["IT.ENTRY.CORRECTED"] == ("Insert", "diary_day")
    assert answers(there) == answers(made)


def test_a_second_first_version_is_kept_and_not_pointed_at(book: Book, story: Written) -> None:
    roots = {step.key[3] for step in entries(book, 8)}
    assert roots == {story.told.ids["slip"], story.told.ids["second root"]}
    standing = book.forms[ALICE]["SE.DIARY", day(8).isoformat(), "F.STANDING", "DMD"]
    assert standing["IT.STANDING.ENTRY_FORM"] == story.told.ids["slip"]


def test_an_entry_after_midnight_belongs_to_its_evening(book: Book) -> None:
    (made,) = entries(book, 1)
    assert made.items["IT.ENTRY.CAPTURED_UTC"] == ("Insert", "2026-11-24T23:40:00.000Z")
    assert made.items["IT.ENTRY.DIARY_DAY"] == ("Insert", "2026-11-24")


def test_only_the_zone_of_the_home_is_named(book: Book, story: Written) -> None:
    zones = {step.items["IT.ENTRY.ZONE"][1] for step in book.steps if "IT.ENTRY.ZONE" in step.items}
    assert zones == {"Europe/Copenhagen", "OTHER"}
    assert "Lisbon" not in story.text


def test_a_late_and_an_excused_evening_have_their_reason(book: Book) -> None:
    late = book.forms[ALICE]["SE.DIARY", day(2).isoformat(), "F.STANDING", "DMD"]
    assert (late["IT.STANDING.TIMELINESS"], late["IT.STANDING.REASON"]) == ("late", "forgot")
    (excuse,) = book.of(ALICE, form="F.EXCUSE")
    assert excuse.items == {"IT.EXCUSE.REASON": ("Insert", "too_ill")}
    assert (excuse.key[1], excuse.audit.why) == (day(9).isoformat(), "too_ill")


def test_paper_names_who_typed_it_and_why(book: Book, story: Written) -> None:
    (typed,) = entries(book, 9, DORA)
    assert typed.items["IT.ENTRY.ORIGINATOR"] == ("Insert", "staff")
    assert typed.items["IT.ENTRY.PAPER_REASON"] == ("Insert", "phone_failed")
    assert (typed.audit.user, typed.audit.why) == (
        "USER.STAFF.carol/coordinator/copenhagen", "typed from paper: phone_failed; reference binder <3> & \"12\" æøå"
    )  # fmt: skip
    assert typed.audit.source == story.told.ids["paper"]
    standing = book.forms[DORA]["SE.DIARY", day(9).isoformat(), "F.STANDING", "DMD"]
    assert standing["IT.STANDING.TIMELINESS"] == "paper"


def test_days_that_were_signed_carry_the_signature(book: Book) -> None:
    signed = [step for step in book.of(ALICE) if step.action == "Signature"]
    assert [step.key[1] for step in signed] == [day(number).isoformat() for number in (0, 1, 2)]
    assert {step.meaning for step in signed} == {"SIG.REVIEWED"}
    assert {step.audit.user for step in signed} == {"USER.STAFF.ines/investigator/copenhagen"}
    assert all(step.audit.why.startswith("reviewed: signed by Ines Holm") for step in signed)


def test_a_lock_names_its_days_and_its_reason(book: Book) -> None:
    (lock,) = book.of(ALICE, form="F.LOCK")
    said = {oid.removeprefix("IT.LOCK."): value for oid, (_, value) in lock.items.items()}
    assert said == {
        "LOCK": "locked", "FIRST": day(0).isoformat(), "LAST": day(2).isoformat(), "REASON": "data_reviewed",
    }  # fmt: skip


def test_a_treatment_date_that_moved_is_an_update(book: Book) -> None:
    planned, given = book.of(ALICE, form="F.TREATMENT")
    assert (planned.action, given.action) == ("Insert", "Update")
    assert given.items == {
        "IT.TREATMENT.ACTUAL": ("Insert", "2026-11-26"), "IT.TREATMENT.ACTUAL_TIME": ("Insert", "10:00"),
    }  # fmt: skip


def test_a_revoked_status_is_removed(book: Book) -> None:
    assert [step.action for step in book.of(ALICE, form="F.STATUS")] == ["Insert", "Remove"]
    assert [step.audit.why for step in book.of(ALICE, form="F.STATUS")] == ["other", "recorded_in_error"]


def test_what_came_after_a_withdrawal_is_nowhere(book: Book, story: Written) -> None:
    assert story.told.ids["before withdrawal"] in story.text
    assert story.told.ids["after withdrawal"] not in story.text
    assert f'ItemOID="{ANSWER}DMD01" TransactionType="Insert" Value="{SEALED["DMD01"]}"' not in story.text
    assert "•••" not in story.text
    assert len(book.of(ERIK, form=DMD)) == 1


def test_a_silent_phone_is_unknown_and_says_why(book: Book) -> None:
    states = {
        (said["IT.STANDING.STATE"], said.get("IT.STANDING.REASON"))
        for key, said in book.forms[BOB].items()
        if key[2] == "F.STANDING"
    }
    assert states == {("unknown", "silent"), ("open", None)}


def test_moments_never_go_back_within_a_participant(book: Book) -> None:
    for subject in book.forms:
        moments = [step.audit.at for step in book.of(subject)]
        assert moments == sorted(moments)


def test_nobody_can_be_reached_through_the_file(story: Written) -> None:
    sites = story.told.services.study.sites
    numbers = [*REACHED.values(), *(site.contact.phone for site in sites)]
    assert [number for number in numbers if number in story.text] == []
    assert "contact_detail" not in story.text
