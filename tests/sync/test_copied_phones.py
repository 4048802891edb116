"""A real phone that was copied: its diary follows a zone that was set aside as staff decide about it."""

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from diary_app.core.records import RecordKind
from diary_app.core.staff_acts import Outcome, SettlingReason
from diary_app.core.windows import DiaryDay, expand
from server.access.acting import OPERATOR
from server.access.proving import Person
from server.db import days, set_aside
from server.db.engine import reading
from server.intake import settling
from tests.sync.world import Phone, Server

HOME, AWAY = "Europe/Copenhagen", "America/New_York"
NUMBER = "01-001"
REASON = SettlingReason.PHONE_COPIED


class Anybody(Person):
    """Rights are looked at elsewhere."""

    def role_for(self, *_: Any) -> str:
        return OPERATOR


STAFF = Anybody("ines", "ines", "Ines")


async def test_server_and_phone_lay_out_the_same_after_each_decision(
    server: Server, alice: Phone, phone: Callable[[str], Phone], tmp_path: Path
) -> None:
    alice.close()
    shutil.copy(alice.file, tmp_path / "copy.db")
    copy = phone("copy")
    alice.diary.append(RecordKind.APP_EVENT, {"what": "opened"})
    await alice.sync()
    copy.diary.append(RecordKind.ZONE, {"zone": AWAY})
    for _ in range(3):
        await copy.sync()
    assert (zone_of(server), tomorrow(copy, server).zone) == (HOME, AWAY)
    for outcome, zone in ((Outcome.NO_ENTRY, HOME), (Outcome.ACCEPTED, AWAY), (Outcome.NO_ENTRY, HOME)):
        item = settled(server, outcome)
        await copy.sync()
        assert (zone_of(server), tomorrow(copy, server).zone) == (zone, zone)
        settling.reopen(server.services, item, REASON, by=STAFF)
        await copy.sync()
        assert (zone_of(server), tomorrow(copy, server).zone) == (HOME, HOME)


def settled(server: Server, outcome: Outcome) -> str:
    with reading(server.services.engine) as connection:
        (one,) = [one for one in set_aside.at(connection, ["copenhagen"]) if one.waits]
    settling.settle(server.services, one.id, settling.Wanted(outcome, REASON), by=STAFF)
    return one.id


def tomorrow(phone: Phone, server: Server) -> DiaryDay:
    day = server.environment.now().date() + timedelta(days=1)
    laid_out = expand(phone.diary.study(), phone.diary.facts(), day)
    return next(one for one in laid_out if one.day == day)


def zone_of(server: Server) -> str:
    day = server.environment.now().date() + timedelta(days=1)
    with reading(server.services.engine) as connection:
        (row,) = days.named(connection, NUMBER, [("DMD", day)])
    return row.zone
