"""Which version of the study and of the app the phones in use have, as far as the server can know.

Whatever a phone holds, each of its contacts hands it the version that is live (`intake/sync`). So the version that was
live at its last contact is the one that it was sent last; that it could read it, its app version has to tell.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from diary_app import VERSION
from diary_app.core.catalogue import message
from diary_app.core.study_versions import InForce
from server.console.desk import Desk
from server.console.kept import kept
from server.console.listing import Column
from server.db import devices
from server.rehearsal.rehearsing import is_older


@dataclass(frozen=True)
class Phones:
    """So many phones in use have been sent this version of the study and have this app; `heard`: the last of them."""

    version: str
    place: int
    app: str
    number: int
    heard: datetime

    @property
    def has_older_app(self) -> bool:
        """Whether it is certain that their app is not this server's."""
        return is_older(self.app)


def phones(connection: Connection, desk: Desk) -> list[Phones]:
    """At the reader's sites, the newest version first; at most half a minute old."""
    sites, versions = desk.site_ids, desk.services.versions
    key = ("phones of the study", *sites)
    return kept(connection, key, desk.now, lambda: counted(devices.in_use_at(connection, sites), versions))


def counted(found: Collection[tuple[str, datetime]], versions: Sequence[InForce]) -> list[Phones]:
    """`found`: app and last contact of each phone; `versions`: oldest first, at least one."""
    number, heard = Counter[tuple[int, str]](), dict[tuple[int, str], datetime]()
    for app, at in found:
        key = max(0, sum(one.since <= at for one in versions) - 1), app
        number[key] += 1
        heard[key] = max(at, heard.get(key, at))
    order = sorted(number, key=lambda key: (-key[0], key[1]))
    return [Phones(versions[key[0]].study.version, key[0], key[1], number[key], heard[key]) for key in order]


def sentence(found: Sequence[Phones], desk: Desk) -> str:
    """How many have been sent the version in use."""
    live = desk.services.study.version
    newest = len(desk.services.versions) - 1
    sent, total = sum(one.number for one in found if one.place == newest), sum(one.number for one in found)
    if not total:
        return desk.say("No phone is in use yet.")
    return desk.texts.count(
        "{sent} of {number} phone in use has been sent version {version}.",
        "{sent} of {number} phones in use have been sent version {version}.", total, sent=sent, version=live,
    )  # fmt: skip


def phone_columns(desk: Desk) -> list[Column[Phones]]:
    """One line for each pair of versions."""

    def remark(row: Phones) -> str:
        return desk.say("older than this server's app {own}", own=VERSION) if row.has_older_app else ""

    return [
        Column("version", message("Version of the study"), lambda row: row.version, order=lambda row: row.place),
        Column("app", message("App version"), lambda row: row.app or desk.say("not told")),
        Column("phones", message("Phones"), lambda row: str(row.number), order=lambda row: row.number, is_number=True),
        Column("heard", message("Last contact of one of them"), lambda row: desk.calendar.moment(row.heard),
               lambda row: row.heard.isoformat(), lambda row: row.heard),
        Column("remarks", message("Remarks"), remark),
    ]  # fmt: skip
