"""Rescue files that were taken in at somebody's sites, as the inbox looks back on them; the trail has all of it."""

import json
from dataclasses import dataclass

from sqlalchemy import Connection

from server.console.authors import author
from server.console.desk import Desk
from server.db import accounts, site_facts
from server.intake.rescue import TAKEN_IN

SHOWN = 5


@dataclass(frozen=True)
class Handover:
    """One participant's records of one file. `sha256`: of the records, as the trail has it."""

    number: str
    taken: int
    known: int
    aside: int
    when: str
    who: str
    sha256: str


def handovers(connection: Connection, desk: Desk) -> list[Handover]:
    """The latest ones, newest first."""
    rows = [one for one in site_facts.of_kinds(connection, [TAKEN_IN]) if one.site in desk.site_ids]
    latest = sorted(rows, key=lambda one: (one.at, one.sequence), reverse=True)[:SHOWN]
    names = accounts.names(connection, {one.author for one in latest})
    return [
        Handover(
            number=body["participant"], taken=body["taken_in"], known=body["known"], aside=body["set_aside"],
            when=desk.calendar.moment(one.at), who=author(desk.texts, names, one.author), sha256=body["sha256"],
        )
        for one in latest
        for body in [json.loads(one.body)]
    ]  # fmt: skip
