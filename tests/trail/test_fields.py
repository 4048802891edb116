"""The trail per field says who changed what from what to what, as it was at that moment, to whom it may be said."""

import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from diary_app.core.facts import AnchorSet, ContactField, StatusRevoked, StatusSet
from server.access import rights
from server.access.rights import Right
from server.access.roles import Role
from server.db.engine import reading
from server.intake import staff
from server.intake.reaching import change_contact
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail import extracts
from server.trail.changes import Standing
from server.trail.extracts import Format
from server.trail.fields import HIDDEN, Asked, Reader, TrailRow, rows
from tests.conftest import ALICE, BOB
from tests.console import staged
from tests.server.handset import ANSWERS, Handset, ready, record_fact

DAY = date(2026, 11, 23)
EVENING = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)
OPERATOR = Reader(None, answers=True)


def read(services: Services, asked: Asked | None = None, reader: Reader = OPERATOR) -> list[TrailRow]:
    with reading(services.engine) as connection:
        return list(rows(connection, reader, asked or Asked()))


def reader(services: Services, account: str, *, answers: bool = True) -> Reader:
    with reading(services.engine) as connection:
        return Reader(rights.rights_of(connection, account), answers)


def said(found: list[TrailRow]) -> list[tuple[str, str, str]]:
    return [(row.field, row.old, row.new) for row in found]


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """One evening whose first answer was changed an hour later, received the next morning."""
    alice = ready(services, ALICE)
    clock.move_to(EVENING)
    first = alice.fill_in(DAY)
    clock.advance(hours=1)
    alice.fill_in(DAY, answers={**ANSWERS, "DMD01": 5}, revision=2, parent=first.id)
    clock.advance(hours=12)
    alice.sync()
    return alice


def test_a_changed_answer_has_its_old_value_and_both_times(services: Services, alice: Handset) -> None:
    row = read(services, Asked(field="answers.DMD01"))[-1]
    assert (row.old, row.new, row.diary_day, row.instrument) == ("6", "5", "2026-11-23", "DMD")
    assert (row.received - row.captured, row.captured) == (timedelta(hours=12), EVENING + timedelta(hours=1))
    assert (row.who, row.role, row.organisation) == (ALICE, "participant", "")
    assert (row.source, row.hash) == (alice.records[2].id, alice.records[2].hash)


def test_what_was_not_changed_has_no_second_row(services: Services, alice: Handset) -> None:
    answers = read(services, Asked(field="answers"))
    assert [row.field for row in answers] == [*(f"answers.{item}" for item in sorted(ANSWERS)), "answers.DMD01"]


def test_an_entry_that_grades_nothing_says_why(services: Services, alice: Handset, clock: SimulatedEnvironment) -> None:
    opens, closes = EVENING + timedelta(days=1), EVENING + timedelta(days=1, hours=1)
    clock.advance(days=5)
    late = alice.fill_in(
        DAY + timedelta(days=1), opens=opens, closes=closes, late_until=closes, late_reason="forgot"
    )  # fmt: skip
    alice.sync()
    found = [row for row in read(services) if row.source == late.id]
    assert {(row.code, row.why) for row in found} == {("too_late", "forgot")}


def test_a_date_that_moved_and_one_that_was_taken_back(services: Services, alice: Handset) -> None:
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=date(2027, 1, 11)))
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", planned=date(2027, 1, 18)))
    record_fact(services, ALICE, AnchorSet(anchor="treatment_1", not_given=date(2027, 1, 18), reason="adverse_event"))
    found = read(services, Asked(kind="anchor"))
    assert said(found) == [
        ("anchor", "", "treatment_1"),
        ("planned", "", "2027-01-11"),
        ("planned", "2027-01-11", "2027-01-18"),
        ("not_given", "", "2027-01-18"),
        ("planned", "2027-01-18", ""),
    ]
    assert [row.why for row in found] == ["", "", "", "adverse_event", "adverse_event"]


def test_what_the_participant_changes_replaces_what_was_agreed_at_the_start(services: Services, alice: Handset) -> None:
    alice.record("zone", zone="Europe/London")
    alice.sync()
    assert said(read(services, Asked(kind="zone"))) == [("zone", "Europe/Copenhagen", "Europe/London")]


def test_a_status_that_is_revoked_is_no_longer_there(services: Services, alice: Handset) -> None:
    ended = record_fact(services, ALICE, StatusSet(status="diary_stopped", effective=DAY, reason="own_wish"))
    record_fact(services, ALICE, StatusRevoked(revokes=ended.id, reason="recorded_in_error"))
    assert said(read(services, Asked(kind="status_revoked"))) == [
        ("effective", "2026-11-23", ""),
        ("status", "diary_stopped", ""),
    ]


def test_of_contact_data_it_says_only_that_it_changed(services: Services, alice: Handset) -> None:
    secret = "alice@example.org"
    services.writer.run(
        ALICE,
        lambda connection: change_contact(
            connection, services, ALICE, {ContactField.EMAIL: secret}, author="carol", at=services.environment.now()
        ),
    )
    assert said(read(services, Asked(kind="contact_detail"))) == [("contact.email", "", "set")]
    assert secret not in repr(read(services))


def test_roles_are_those_of_the_moment(services: Services, alice: Handset, clock: SimulatedEnvironment) -> None:
    carol = staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
    anchor = AnchorSet(anchor="treatment_1", planned=date(2027, 1, 11))
    record(services, anchor, carol)
    clock.advance(hours=1)
    with services.engine.begin() as connection:
        right = Right(carol, Role.COORDINATOR, "copenhagen")
        rights.take(connection, right, author="setup", environment=services.environment)
    clock.advance(hours=1)
    record(services, replace_day(anchor), carol)
    found = read(services, Asked(field="planned"))
    assert [(row.who, row.role, row.organisation) for row in found] == [
        ("carol", "coordinator", "copenhagen"),
        ("carol", "", ""),
    ]


def record(services: Services, detail: AnchorSet, author: str) -> None:
    services.writer.run(
        ALICE,
        lambda connection: staff.append_fact(
            connection, services, ALICE, detail, author=author, at=services.environment.now()
        ),
    )


def replace_day(detail: AnchorSet) -> AnchorSet:
    return detail.model_copy(update={"planned": date(2027, 1, 18)})


def test_a_sponsor_acts_for_the_sponsor_and_the_command_line_for_nobody_else(
    services: Services, alice: Handset
) -> None:
    sam = staged.account(services, "sam", (Role.SPONSOR, "*"))
    record(services, AnchorSet(anchor="treatment_1", planned=date(2027, 1, 11)), sam)
    record(services, AnchorSet(anchor="treatment_2", planned=date(2027, 1, 11)), "command line")
    assert [(row.who, row.role, row.organisation) for row in read(services, Asked(field="planned"))] == [
        ("sam", "sponsor", "sponsor"),
        ("command line", "operator", ""),
    ]


def test_answers_are_shown_to_who_may_see_them_at_the_site(services: Services, alice: Handset) -> None:
    ines = staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    sam = staged.account(services, "sam", (Role.SPONSOR, "*"))
    asked = Asked(field="answers.DMD01", participant=ALICE)
    assert said(read(services, asked, reader(services, ines)))[-1] == ("answers.DMD01", "6", "5")
    assert said(read(services, asked, reader(services, sam)))[-1] == ("answers.DMD01", HIDDEN, HIDDEN)
    assert said(read(services, asked, reader(services, ines, answers=False)))[0] == ("answers.DMD01", "", HIDDEN)


def test_nobody_reads_the_trail_of_another_site(services: Services, alice: Handset) -> None:
    ready(services, BOB, "bob")
    ines = staged.account(services, "ines", (Role.INVESTIGATOR, "copenhagen"))
    carol = staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
    assert {row.site for row in read(services, reader=reader(services, ines))} == {"copenhagen"}
    assert read(services, Asked(participant=BOB), reader(services, ines)) == []
    assert read(services, reader=reader(services, carol)) == []


FILTERS: list[tuple[Asked, Callable[[TrailRow], bool]]] = [
    (Asked(participant=ALICE), lambda row: row.participant == ALICE),
    (Asked(day=DAY), lambda row: row.diary_day == "2026-11-23"),
    (Asked(kind="entry"), lambda row: row.kind == "entry"),
    (Asked(who=ALICE), lambda row: row.who == ALICE),
    (Asked(field="answers"), lambda row: row.field.startswith("answers.")),
    (Asked(field="answers.DMD01"), lambda row: row.field == "answers.DMD01"),
    (Asked(since=EVENING), lambda row: row.received >= EVENING),
    (Asked(until=EVENING), lambda row: row.received <= EVENING),
]


@pytest.mark.parametrize(("asked", "is_meant"), FILTERS)
def test_filters_take_exactly_what_they_name(
    services: Services, alice: Handset, asked: Asked, is_meant: Callable[[TrailRow], bool]
) -> None:
    ready(services, BOB, "bob")
    everything = read(services)
    taken = read(services, asked)
    assert taken == [row for row in everything if is_meant(row)]
    assert 0 < len(taken) < len(everything)


def test_rows_come_in_one_order(services: Services, alice: Handset) -> None:
    ready(services, BOB, "bob")
    staged.account(services, "carol", (Role.COORDINATOR, "copenhagen"))
    found = read(services)
    assert found == read(services)
    assert list(dict.fromkeys(row.participant for row in found)) == [ALICE, BOB, ""]
    of_alice = [row.received for row in found if row.participant == ALICE]
    assert of_alice == sorted(of_alice)


def test_kinds_of_later_versions_appear_and_hide_what_may_be_an_answer() -> None:
    standing = Standing()
    asked = {"entry": "e1", "change": {"what": "item", "old": 6, "new": 5}, "by_role": "investigator"}
    changes = standing.changes("c1", "correction_requested", asked, EVENING)
    assert [(one.field, one.new, one.secret) for one in changes] == [
        ("change.new", "5", True),
        ("change.old", "6", True),
        ("change.what", "item", False),
        ("entry", "e1", False),
    ]
    assert [one.secret for one in standing.changes("r1", "diagram", {"spots": 3}, EVENING, of_phone=True)] == [True]
    assert [(one.field, one.new) for one in standing.changes("l1", "locked", {}, EVENING)] == [("locked", "locked")]


def test_what_a_phone_sent_makes_no_line_of_its_own(services: Services, alice: Handset) -> None:
    alice.fill_in(DAY + timedelta(days=1), app_version="1.0\n2026-11-24T00:00:00.000Z  forged\x1b[2J")
    alice.sync()
    out = io.BytesIO()
    made = extracts.write(out, Format.TABLE, read(services))
    text = out.getvalue().decode()
    assert text.count("\n") == made.rows
    assert "1.0\\n2026-11-24T00:00:00.000Z  forged\\x1b[2J" in text
