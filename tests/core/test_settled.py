"""What staff settled of a record that shapes the schedule, and the last word about it on a phone."""

from datetime import UTC, datetime, timedelta

from diary_app.core.facts import Fact, ZoneConfirmed, detail_from
from diary_app.core.settled import decisions, followed, on_the_phone, told_body
from diary_app.core.staff_acts import Outcome, QuarantineReopened, QuarantineSettled, SettlingReason

MADE = datetime(2026, 11, 23, 18, tzinfo=UTC)
AWAY = "America/New_York"
REASON = SettlingReason.PHONE_COPIED


def settled(revision: int, outcome: Outcome, item: str = "item") -> Fact:
    detail = QuarantineSettled(
        by_role="investigator", by_site="copenhagen", item=item, sha256="0" * 64, outcome=outcome, reason=REASON,
        record="zone", record_kind="zone", captured_at=MADE, zone=AWAY,
    )  # fmt: skip
    return Fact(f"fact {revision}", MADE + timedelta(hours=revision), revision, detail)


def reopened(revision: int, item: str = "item") -> Fact:
    detail = QuarantineReopened(
        by_role="investigator", by_site="copenhagen", item=item, sha256="0" * 64, revokes="before", reason=REASON
    )
    return Fact(f"fact {revision}", MADE + timedelta(hours=revision), revision, detail)


def told(facts: list[Fact]) -> list[Fact]:
    """What a phone hears that syncs after each of them."""
    heard = (decisions(facts[: number + 1])["zone"] for number in range(len(facts)))
    return [Fact(one.told_as, one.said.at, one.said.revision, detail_from(told_body(one))) for one in heard]


def zones(facts: tuple[Fact, ...]) -> list[str]:
    return [fact.detail.zone for fact in facts if isinstance(fact.detail, ZoneConfirmed)]


def test_what_is_accepted_counts_from_when_it_was_confirmed() -> None:
    (one,) = followed([settled(7, Outcome.ACCEPTED)], ())
    assert (one.id, one.at, one.revision, one.detail.zone) == ("zone", MADE, 7, AWAY)


def test_what_a_chain_has_counts_as_the_chain_has_it() -> None:
    assert followed([settled(7, Outcome.ACCEPTED)], {"zone"}) == ()


def test_the_last_word_holds_in_whatever_order_facts_are_read() -> None:
    facts = [settled(7, Outcome.ACCEPTED), reopened(8), settled(9, Outcome.NO_ENTRY)]
    assert followed(facts, ()) == followed(facts[::-1], ()) == ()
    assert decisions(facts, 7)["zone"].is_followed


def test_of_a_record_that_came_twice_one_accepted_is_enough() -> None:
    assert followed([settled(7, Outcome.ACCEPTED), settled(8, Outcome.NO_ENTRY, "double")], ())
    assert not followed([settled(7, Outcome.ACCEPTED), reopened(8), settled(9, Outcome.NO_ENTRY, "double")], ())


def test_the_first_word_takes_the_place_of_the_phones_own_record() -> None:
    own = Fact("zone", MADE, 0, ZoneConfirmed(zone=AWAY))
    (left,) = told([settled(7, Outcome.NO_ENTRY)])
    assert left.id == "zone"
    assert zones(on_the_phone([left], [own])) == []


def test_each_later_word_is_a_fact_of_its_own_and_takes_the_place_of_the_one_before() -> None:
    own = Fact("zone", MADE, 0, ZoneConfirmed(zone=AWAY))
    heard = told([settled(7, Outcome.ACCEPTED), reopened(8), settled(9, Outcome.NO_ENTRY), reopened(10)])
    assert len({fact.id for fact in heard}) == len(heard)
    assert [zones(on_the_phone(heard[:number], [own])) for number in range(5)] == [[AWAY], [AWAY], [], [], []]
    assert zones(on_the_phone(heard[-1:], [own])) == []


def test_nothing_of_who_decided_is_told() -> None:
    said = told_body(decisions([settled(7, Outcome.NO_ENTRY)])["zone"])
    assert (said["by_role"], said["by_site"], said["reason"]) == ("", "", "not_an_entry")
