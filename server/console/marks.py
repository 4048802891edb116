"""Marks: how far everything had come when a page was made, so that the open page can ask whether there is more by now.

Each participant's row counts its changes and is locked while one is numbered (`intake/held`). The number of a site is
the sum over its participants, read in one snapshot: whatever is committed later makes it larger, in whichever order
transactions began and in whichever process. A page that shows something kept from a while ago has the mark of then.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from urllib.parse import urlencode

from sqlalchemy import Connection

from server.by_itself import NEWS
from server.db import participants, site_facts
from server.db.participants import Participant
from server.intake.enrol import keyed_hash
from server.services import Services

#: What the clock alone brings, as an alert about a phone that is silent, is looked for so often.
CLOCK_MOVES = timedelta(minutes=10)


@dataclass(frozen=True)
class Mark:
    """`numbers`: changes so far, by site or of one participant; `at`: as of when, the oldest of what it is for."""

    at: datetime
    numbers: Mapping[str, int]

    def or_older(self, other: Self) -> Self:
        """The mark of a page that also shows something made at the other; what the other does not know, stays."""
        shared = self.numbers.keys() & other.numbers.keys()
        if not shared:
            return self
        older = {name: min(self.numbers[name], other.numbers[name]) for name in shared}
        return type(self)(min(self.at, other.at), {**self.numbers, **older})

    def token(self, services: Services, account: str) -> str:
        """What stands in the page: the same for the same state only, says nothing by itself and to nobody else."""
        moment = int(self.at.timestamp() // CLOCK_MOVES.total_seconds())
        said = json.dumps([services.epoch, account, moment, sorted(self.numbers.items())])
        return keyed_hash(services, "mark", said)[:32]


@dataclass(frozen=True)
class Watched:
    """What an open page asks about: a `site` or a `participant` where one is named, else all sites that are theirs.

    `path`: where that is asked; pages about something else than participants have an address of their own.
    """

    mark: Mark
    site: str | None = None
    participant: str | None = None
    path: str = NEWS

    @property
    def address(self) -> str:
        """Where it asks."""
        asked = {"site": self.site, "participant": self.participant}
        named = {name: value for name, value in asked.items() if value}
        return f"{self.path}?{urlencode(named)}" if named else self.path


def of_sites(connection: Connection, sites: Collection[str], now: datetime) -> Mark:
    """How far everybody at those sites has come."""
    return Mark(now, participants.changes_at(connection, sites))


def of_one(row: Participant, now: datetime) -> Mark:
    """How far one participant has come; the row as it was read with the rest of the page, or before."""
    return Mark(now, {row.id: row.change_no})


def of_trail(connection: Connection, sites: Collection[str], chains: Collection[str], now: datetime) -> Mark:
    """How far the trail of those sites has come: of everybody there, and `chains`, what is told of a site itself."""
    ends = {f"chain {site}": number for site, number in site_facts.ends(connection, chains).items()}
    return Mark(now, {**participants.changes_at(connection, sites), **ends})


def of_house(wrong: Collection[str], alerts: Mapping[str, datetime], at: datetime) -> Mark:
    """How the server stands: what is not in order, and which alerts there are since when."""
    since = {f"alert {kind}": int(moment.timestamp()) for kind, moment in alerts.items()}
    return Mark(at, {**{f"wrong {name}": 1 for name in wrong}, **since})
