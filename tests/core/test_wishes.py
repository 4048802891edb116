"""How somebody wants to be reminded, and when nobody may remind them any more, by what is known."""

import pytest

from diary_app.core.facts import (
    Channel,
    FactInvalid,
    ParticipantAdded,
    RemindersChosen,
    Status,
    StatusRevoked,
    StatusSet,
    detail_from,
)
from diary_app.core.wishes import Wishes, ended_by, wishes
from tests.core.histories import COPENHAGEN, STUDY, begun, day

RULE = STUDY.prompts
EVENING = day("2026-10-10")
AT_ONCE = (Status.DIED, Status.CONSENT_WITHDRAWN, Status.SCREEN_FAILURE)
IN_TIME = (Status.DIARY_STOPPED, Status.COMPLETED, Status.LOST_TO_FOLLOW_UP)


def added(**given: object) -> ParticipantAdded:
    return ParticipantAdded(site="copenhagen", zone=COPENHAGEN, **given)  # type: ignore[arg-type]


def test_nobody_chose_anything() -> None:
    assert wishes(begun().facts) == Wishes(None, None, "da")


def test_what_was_said_last_counts_each_by_itself() -> None:
    history = (
        begun()
        .tell("2026-10-02 08:00", RemindersChosen(usual="18:30", channels=(Channel.SMS,)))
        .tell("2026-10-03 08:00", RemindersChosen(channels=(Channel.EMAIL, Channel.SMS)))
        .tell("2026-10-01 08:00", RemindersChosen(usual="21:00"))
    )
    assert wishes(history.facts) == Wishes(18 * 60 + 30, (Channel.EMAIL, Channel.SMS), "da")


def test_who_wants_no_messages_gets_none_until_they_are_wanted_again() -> None:
    history = begun().tell("2026-10-02 08:00", RemindersChosen(stopped=1))
    assert wishes(history.facts).stopped
    history = history.tell("2026-10-02 09:00", RemindersChosen(usual="21:00"))
    assert wishes(history.facts).stopped
    assert not wishes(history.tell("2026-10-02 10:00", RemindersChosen(stopped=0)).facts).stopped


def test_what_was_said_at_the_beginning_counts_until_then() -> None:
    history = begun().tell("2026-10-02 08:00", added(language="en", usual="19:00", channels=("sms",)))
    assert wishes(history.facts) == Wishes(19 * 60, (Channel.SMS,), "en")


def test_a_time_that_a_new_version_of_the_study_does_not_allow_becomes_the_latest() -> None:
    assert Wishes(22 * 60 + 15).usual_within(RULE.model_copy(update={"latest": 21 * 60})) == 21 * 60
    assert Wishes(18 * 60).usual_within(RULE) == 18 * 60
    assert Wishes().usual_within(RULE) is None


@pytest.mark.parametrize(
    "body", [{"channels": []}, {"channels": ["sms", "sms"]}, {"channels": ["fax"]}, {"usual": "8"}]
)
def test_wishes_that_make_no_sense_are_no_facts(body: dict[str, object]) -> None:
    with pytest.raises(FactInvalid):
        detail_from({"kind": "reminders", **body})


@pytest.mark.parametrize("status", AT_ONCE)
@pytest.mark.parametrize("effective", ["2020-01-01", "2026-10-10", "2030-01-01"])
def test_some_endings_hold_from_the_moment_they_are_known(status: Status, effective: str) -> None:
    history = begun().status("2026-10-09 08:00", status.value, effective)
    assert ended_by(history.facts, EVENING) is status


@pytest.mark.parametrize("status", IN_TIME)
@pytest.mark.parametrize(("effective", "ended"), [("2026-10-09", True), ("2026-10-10", True), ("2026-10-11", False)])
def test_others_hold_from_the_evening_of_their_date(status: Status, effective: str, ended: bool) -> None:
    history = begun().status("2026-10-09 08:00", status.value, effective)
    assert ended_by(history.facts, EVENING) is (status if ended else None)


def test_a_stopped_treatment_ends_nothing() -> None:
    assert ended_by(begun().status("2026-10-09 08:00", "treatment_stopped", "2026-10-09").facts, EVENING) is None


def test_what_was_revoked_ends_nothing() -> None:
    history = begun().status("2026-10-09 08:00", "died", "2026-10-09")
    (said,) = [fact for fact in history.facts if isinstance(fact.detail, StatusSet)]
    revoked = history.tell("2026-10-09 09:00", StatusRevoked(revokes=said.id, reason="mistake"))
    assert ended_by(revoked.facts, EVENING) is None
