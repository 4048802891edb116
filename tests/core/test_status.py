"""Where a participant stands, when, and what is shown of it."""

import pytest

from diary_app.core.facts import PhoneActivated, Status
from diary_app.core.status import (
    DisplayStatus,
    display_status,
    in_force,
    is_with_consent,
    turning_points,
    withdrawn_from,
)
from tests.core.histories import AUCKLAND, History, added, begun, utc

TOLD = "2026-09-10 08:00"


def statuses(history: History, at: str) -> list[str]:
    return [said.status for said in in_force(history.facts, utc(at))]


def test_status_holds_from_the_start_of_its_local_date() -> None:
    history = begun().status(TOLD, "diary_stopped", "2026-09-12")

    assert statuses(history, "2026-09-11 21:59") == []
    assert statuses(history, "2026-09-11 22:00") == ["diary_stopped"]


def test_start_of_the_date_is_that_of_the_zone_when_it_was_told() -> None:
    history = begun().zone("2026-09-05 08:00", AUCKLAND).status(TOLD, "diary_stopped", "2026-09-12")

    assert statuses(history, "2026-09-11 11:59") == []
    assert statuses(history, "2026-09-11 12:00") == ["diary_stopped"]


def test_withdrawal_holds_from_its_instant() -> None:
    history = begun().status(TOLD, "consent_withdrawn", "2026-09-10", effective_at="2026-09-10T07:30:00.000Z")

    assert statuses(history, "2026-09-10 07:29") == []
    assert statuses(history, "2026-09-10 07:30") == ["consent_withdrawn"]


def test_lost_to_follow_up_holds_from_its_declaration() -> None:
    history = begun().status(TOLD, "lost_to_follow_up", "2026-09-01")

    assert statuses(history, "2026-09-10 07:59") == []
    assert statuses(history, TOLD) == ["lost_to_follow_up"]


def test_several_hold_in_the_order_in_which_they_were_told() -> None:
    history = begun().status(TOLD, "treatment_stopped", "2026-09-10").status(TOLD, "diary_stopped", "2026-09-10")

    assert statuses(history, TOLD) == [Status.TREATMENT_STOPPED, Status.DIARY_STOPPED]


def test_revoked_status_holds_until_then() -> None:
    history = begun().status(TOLD, "died", "2026-09-10").revoke_latest("2026-09-10 09:00")

    assert statuses(history, "2026-09-10 08:59") == ["died"]
    assert statuses(history, "2026-09-10 09:00") == []


def test_first_revocation_counts() -> None:
    died = begun().status(TOLD, "died", "2026-09-10")
    once, later = died.revoke_latest("2026-09-10 09:00"), died.revoke_latest("2026-09-10 12:00")
    twice = History((*once.facts, *(fact for fact in later.facts[-1:])))

    assert statuses(twice, "2026-09-10 09:00") == []


def test_consent_is_withdrawn_from_its_instant() -> None:
    history = begun().status(TOLD, "consent_withdrawn", "2026-09-10", effective_at="2026-09-10T07:30:00.000Z")

    assert withdrawn_from(history.facts) == utc("2026-09-10 07:30")


def test_consent_withdrawn_without_a_time_counts_from_midnight() -> None:
    assert withdrawn_from(begun().status(TOLD, "consent_withdrawn", "2026-09-10").facts) == utc("2026-09-09 22:00")


def test_the_earliest_withdrawal_counts() -> None:
    twice = begun().status(TOLD, "consent_withdrawn", "2026-09-10").status(TOLD, "consent_withdrawn", "2026-09-08")

    assert withdrawn_from(twice.facts) == utc("2026-09-07 22:00")


@pytest.mark.parametrize("status", [status for status in Status if status is not Status.CONSENT_WITHDRAWN])
def test_no_other_status_withdraws_consent(status: str) -> None:
    assert withdrawn_from(begun().status(TOLD, status, "2026-09-10").facts) is None


def test_revoked_withdrawal_is_none() -> None:
    history = begun().status(TOLD, "consent_withdrawn", "2026-09-10").revoke_latest("2026-09-10 09:00")

    assert withdrawn_from(history.facts) is None


def test_without_a_phone_a_participant_was_never_activated() -> None:
    assert display_status(added().facts, utc(TOLD)) is DisplayStatus.NEVER_ACTIVATED


def test_activation_is_shown_from_its_moment() -> None:
    history = added().tell("2026-09-05 09:00", PhoneActivated(device="phone")).facts

    assert display_status(history, utc("2026-09-05 08:59")) is DisplayStatus.NEVER_ACTIVATED
    assert display_status(history, utc("2026-09-05 09:00")) is DisplayStatus.ACTIVE


@pytest.mark.parametrize("status", list(Status))
def test_recorded_status_is_shown_instead_of_active(status: Status) -> None:
    assert display_status(begun().status(TOLD, status, "2026-09-10").facts, utc(TOLD)) == status.value


def test_the_gravest_status_is_shown() -> None:
    history = begun().status(TOLD, "completed", "2026-09-10").status(TOLD, "died", "2026-09-10")

    assert display_status(history.status(TOLD, "diary_stopped", "2026-09-10").facts, utc(TOLD)) is DisplayStatus.DIED


def test_stopped_treatment_does_not_hide_a_phone_never_activated() -> None:
    history = added().status(TOLD, "treatment_stopped", "2026-09-10").facts

    assert display_status(history, utc(TOLD)) is DisplayStatus.NEVER_ACTIVATED


def test_withdrawn_before_activation_is_shown_as_withdrawn() -> None:
    history = added().status(TOLD, "consent_withdrawn", "2026-09-10").facts

    assert display_status(history, utc(TOLD)) is DisplayStatus.CONSENT_WITHDRAWN


def test_every_status_can_be_shown() -> None:
    assert {status.value for status in Status} <= {status.value for status in DisplayStatus}


WITHDRAWN, BEFORE, AFTER = "2026-09-10 08:00", "2026-09-10 07:59", "2026-09-10 08:01"


@pytest.mark.parametrize(
    ("captured", "received", "counts"),
    [
        (BEFORE, AFTER, True),  # saved in time, sent later
        (AFTER, BEFORE, True),  # by a phone whose clock is ahead
        (WITHDRAWN, WITHDRAWN, False),
        (AFTER, AFTER, False),
    ],
)
def test_saved_or_here_before_consent_was_withdrawn_counts(captured: str, received: str, counts: bool) -> None:
    assert is_with_consent(utc(WITHDRAWN), utc(captured), utc(received)) is counts
    assert is_with_consent(None, utc(captured), utc(received))


def test_what_is_shown_can_change_with_the_first_phone_and_where_a_status_begins_and_ends() -> None:
    history = added().tell("2026-09-05 09:00", PhoneActivated(device="phone")).status(TOLD, "died", "2026-09-10")
    begins = ("2026-09-05 09:00", "2026-09-09 22:00")

    assert turning_points(history.facts) == tuple(map(utc, begins))
    ends = history.revoke_latest("2026-09-10 09:00")
    assert turning_points(ends.facts) == tuple(map(utc, (*begins, "2026-09-10 09:00")))
