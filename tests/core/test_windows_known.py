"""The facts that an installation had, so that the server can repeat what it showed."""

from dataclasses import replace

from diary_app.core.windows import expand, known_at
from tests.core.histories import AUCKLAND, COPENHAGEN, STUDY, begun, day, skipped

TRAVELLED = begun().zone("2026-09-10 10:00", AUCKLAND)


def test_only_what_the_server_had_told_by_then() -> None:
    assert [fact.revision for fact in known_at(TRAVELLED.facts, 2)] == [1, 2]
    assert known_at(TRAVELLED.facts, 99) == TRAVELLED.facts


def test_phone_always_knows_what_nobody_else_knows_yet() -> None:
    unsent = replace(TRAVELLED.facts[-1], revision=0)

    assert known_at((*begun().facts, unsent), 3)[-1] == unsent


def test_own_facts_are_known_before_the_server_numbers_them() -> None:
    own = TRAVELLED.facts[-1]

    assert own not in known_at(TRAVELLED.facts, 3)
    assert known_at(TRAVELLED.facts, 3, [own.id]) == (*TRAVELLED.facts[:3], replace(own, revision=0))


def test_offline_phone_goes_on_by_what_it_knew() -> None:
    stopped = begun().status("2026-09-10 10:00", "completed", "2026-09-10").facts
    shown, enforced = (expand(STUDY, known, day("2026-09-11")) for known in (known_at(stopped, 3), stopped))

    assert shown[-1].expected
    assert not enforced[-1].expected


def test_facts_of_one_moment_count_in_the_order_of_the_server() -> None:
    both = begun().zone("2026-09-10 10:00", AUCKLAND).zone("2026-09-10 10:00", COPENHAGEN)

    assert both.days("2026-09-20") == begun().days("2026-09-20")
    assert expand(STUDY, both.facts[::-1], day("2026-09-20")) == expand(STUDY, both.facts, day("2026-09-20"))


def test_own_fact_of_one_moment_comes_after_the_servers() -> None:
    server = begun().zone("2026-09-10 10:00", AUCKLAND)
    own = replace(begun().zone("2026-09-10 10:00", COPENHAGEN).facts[-1], id="aaa", revision=0)
    days = {found.day.isoformat(): found for found in expand(STUDY, (own, *server.facts), day("2026-09-20"))}

    assert skipped(days) == {}
    assert days["2026-09-20"].zone == COPENHAGEN
