"""Corrections, locks and signatures stand in the trail with who did what to which field, in which role and why."""

from datetime import UTC, datetime, timedelta

import pytest

from diary_app.core import correction_facts as told_of
from diary_app.core.facts import Status, StatusRevoked, StatusSet
from server.access.acting import Acting
from server.access.roles import Role
from server.db import accounts
from server.db.engine import reading
from server.intake import corrections, locking
from server.intake.corrections import Wanted
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.fields import HIDDEN, Asked, TrailRow
from tests.conftest import ALICE
from tests.console import staged
from tests.server.desk import INES
from tests.server.handset import Handset, record_fact
from tests.server.test_corrections import act, wanted
from tests.trail.test_fields import read, reader
from tests.trail.test_signing import DAY, WHY, alice, signed

pytestmark = pytest.mark.usefixtures("staffed")
__all__ = ["alice"]
LATER_THAT_DAY = datetime(2026, 11, 24, 12, tzinfo=UTC)


def acting(services: Services, username: str) -> Acting:
    with reading(services.engine) as connection:
        account = accounts.of_username(connection, username)
    assert account is not None
    return Acting(account.id)


def of_kind(found: list[TrailRow], kind: str) -> dict[str, TrailRow]:
    return {row.field: row for row in found if row.kind == kind}


def let_count(services: Services, what: Wanted) -> None:
    carol, ines = acting(services, "carol"), acting(services, "ines")
    asked = act(services, corrections.request, what, who=carol)
    act(services, corrections.waive, asked.id, told_of.WaiverReason.NO_PHONE, who=ines)
    act(services, corrections.approve, asked.id, who=ines)


@pytest.fixture
def done(services: Services, alice: Handset) -> Services:
    """Carol asked for another answer, Ines let it count; the day was locked and signed."""
    let_count(services, wanted(alice))
    locking.lock(services, ALICE, (DAY, DAY), WHY, by=INES)
    signed(services)
    return services


def test_a_correction_is_a_change_of_its_field_with_who_and_why(done: Services) -> None:
    (approved,) = of_kind(read(done), "correction_approved").values()
    assert (approved.field, approved.old, approved.new) == ("answers.DMD01", "6", "2")
    assert (approved.who, approved.role, approved.organisation) == ("ines", "investigator", "copenhagen")
    assert (approved.instrument, approved.diary_day, approved.why) == ("DMD", DAY.isoformat(), "tapped_wrong_answer")
    assert approved in read(done, Asked(day=DAY, field="answers.DMD01"))
    requested = of_kind(read(done), "correction_requested")
    assert {(row.who, row.role) for row in requested.values()} == {("carol", "coordinator")}
    assert (requested["source"].new, requested["reference"].new) == ("participant_call", "phone note 12")
    (waived,) = of_kind(read(done), "correction_confirmation_waived").values()
    assert (waived.who, waived.why, waived.diary_day) == ("ines", "no_phone", DAY.isoformat())


def test_who_may_not_read_answers_sees_that_one_was_corrected(done: Services) -> None:
    staged.account(done, "mona", (Role.MONITOR, "copenhagen"))
    seen = of_kind(read(done, reader=reader(done, acting(done, "mona").author)), "correction_approved")
    assert {(row.field, row.old, row.new) for row in seen.values()} == {("answers.DMD01", HIDDEN, HIDDEN)}


@pytest.mark.parametrize(
    ("change", "field", "old", "new"),
    [
        (told_of.DayMove(day=DAY + timedelta(days=1)), "diary_day", DAY.isoformat(), "2026-11-24"),
        (told_of.Voided(), "entry", "its id", ""),
    ],
)
def test_a_moved_and_a_voided_entry(
    services: Services, alice: Handset, clock: SimulatedEnvironment, change: told_of.CorrectionChange, field: str,
    old: str, new: str,
) -> None:  # fmt: skip
    other = next(record for record in alice.records if record.body.get("diary_day") == "2026-11-24")
    clock.advance(days=2)
    let_count(services, wanted(alice, told_of.Voided(), entry=other.id))
    let_count(services, wanted(alice, change))
    *_, row = [row for row in read(services) if row.kind == "correction_approved"]
    entry = next(record for record in alice.records if record.kind == "entry")
    assert (row.field, row.old.replace(entry.id, "its id"), row.new) == (field, old, new)


def test_locks_and_signatures_say_what_they_cover(done: Services) -> None:
    locked, signature = of_kind(read(done), "locked"), of_kind(read(done), "signed")
    assert (locked["first"].new, locked["last"].new, locked["first"].why) == ("2026-11-23", "2026-11-23", WHY)
    assert (signature["meaning"].new, signature["name"].new) == ("reviewed", "Ines Holm")
    assert {row.who for row in signature.values()} == {"ines"}


def test_what_was_made_after_a_withdrawal_is_shown_to_nobody(
    services: Services, alice: Handset, clock: SimulatedEnvironment
) -> None:
    other = next(record for record in alice.records if record.body.get("diary_day") == "2026-11-24")
    clock.advance(days=2)
    asked = act(services, corrections.request, wanted(alice, entry=other.id), who=acting(services, "carol"))
    withdrawn = StatusSet(
        status=Status.CONSENT_WITHDRAWN, effective=DAY + timedelta(days=1), effective_at=LATER_THAT_DAY, reason="other"
    )
    record_fact(services, ALICE, withdrawn)
    found = {
        source: {(row.old, row.new) for row in read(services) if row.source == source}
        for source in (other.id, asked.id)
    }
    assert found == {other.id: {("", HIDDEN)}, asked.id: {("", HIDDEN)}}
    first = next(record for record in alice.records if record.kind == "entry")
    assert HIDDEN not in {row.new for row in read(services) if row.source == first.id}
    (status,) = {row.source for row in read(services) if row.kind == "status"}
    record_fact(services, ALICE, StatusRevoked(revokes=status, reason="recorded_in_error"))
    assert HIDDEN not in {row.new for row in read(services) if row.source in (other.id, asked.id)}
