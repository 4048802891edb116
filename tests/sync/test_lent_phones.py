"""A phone that the site lends out says so in each entry it makes; no entry that is there is ever changed."""

import json
from collections.abc import Callable
from datetime import date, timedelta

from diary_app.core.entries import EntryBody, Mode
from diary_app.core.records import Record
from server.db import devices, staff_facts
from server.db.engine import reading
from server.export.participant import long_rows
from server.export.reading import everybody, instruments_in_use
from server.intake import staff
from server.intake.installations import active
from tests.sync.world import Phone, Server

TODAY = date(2026, 11, 24)
NUMBER = "01-001"
Phones = Callable[[str], Phone]


def mode(entry: Record) -> Mode:
    return EntryBody.from_record(entry).mode


def code(server: Server, *, lent: bool) -> str:
    now = server.environment.now()
    return server.services.writer.run(
        NUMBER,
        lambda connection: staff.issue_code(connection, server.services, NUMBER, author="carol", at=now, lent=lent),
    )


def lend(server: Server, *, lent: bool) -> object:
    now = server.environment.now()
    return server.services.writer.run(
        NUMBER, lambda connection: staff.lend(connection, server.services, NUMBER, lent=lent, author="carol", at=now)
    )


def exported(server: Server) -> list[str]:
    """How each evening was given, by diary day."""
    study, now = server.services.study, server.environment.now()
    with reading(server.services.engine) as connection:
        person = next(one for one in everybody(connection, study, now) if one.id == NUMBER)
        use = {(one.code, one.version): one for one in instruments_in_use(connection, study)}
        found = {str(row["diary_day"]): str(row["mode"]) for row in long_rows(study, use, person)}
    return [found[day] for day in sorted(found)]


async def test_a_phone_enrolled_as_lent_says_so_from_its_first_entry(
    server: Server, alice: Phone, phone: Phones
) -> None:
    other = phone("another phone")
    await other.enrol(code(server, lent=True))
    entry = other.save(TODAY)
    await other.sync()
    assert mode(entry) is Mode.LOANED_PHONE
    assert exported(server) == ["loaned_phone"]
    with reading(server.services.engine) as connection:
        kinds = [(row.kind, json.loads(row.body).get("lent")) for row in staff_facts.of(connection, NUMBER)]
    assert [one for one in kinds if one[1] is not None] == [("code_issued", 1), ("phone_lent", 1)]


async def test_a_phone_is_said_to_be_lent_afterwards_and_only_later_entries_say_so(
    server: Server, alice: Phone
) -> None:
    before = alice.save(TODAY)
    await alice.sync()
    assert lend(server, lent=True) is not None
    assert lend(server, lent=True) is None
    server.environment.advance(days=1)
    await alice.sync()
    later = alice.save(TODAY + timedelta(days=1))
    await alice.sync()
    assert [mode(before), mode(later)] == [Mode.OWN_PHONE, Mode.LOANED_PHONE]
    assert server.texts(NUMBER) == alice.texts()
    assert exported(server) == ["own_phone", "loaned_phone"]
    lend(server, lent=False)
    server.environment.advance(days=1)
    await alice.sync()
    assert mode(alice.save(TODAY + timedelta(days=2))) is Mode.OWN_PHONE


async def test_a_new_phone_of_ones_own_is_not_lent(server: Server, alice: Phone, phone: Phones) -> None:
    lend(server, lent=True)
    await alice.sync()
    server.environment.advance(days=3)
    await alice.sync()
    own = phone("own phone")
    await own.enrol(code(server, lent=False))
    assert mode(own.save(TODAY + timedelta(days=3))) is Mode.OWN_PHONE


async def test_a_lent_phone_stays_lent_under_a_new_device_id(server: Server, alice: Phone) -> None:
    lend(server, lent=True)
    await alice.sync()
    alice.diary.conversation.renew()
    await alice.sync()
    assert mode(alice.save(TODAY)) is Mode.LOANED_PHONE
    await alice.sync()
    with reading(server.services.engine) as connection:
        (now,) = [one for one in devices.of(connection, [NUMBER]) if one.state == "active"]
        assert active(connection, NUMBER) == now
        said = [json.loads(row.body) for row in staff_facts.of_kinds(connection, [NUMBER], ["phone_lent"])]
    assert said[-1] == {"device": now.device, "kind": "phone_lent", "lent": 1}
    assert len({one["device"] for one in said}) == 2
