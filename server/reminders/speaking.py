"""In which language participants are spoken to: in that of their diary, which is not always the one of the enrolment.

Each entry says in which language it was filled in, so the phone need not say anything more (decision 21). Its order on
the phone's chain counts and no clock, and what staff typed from paper says nothing.
"""

from collections.abc import Collection

from sqlalchemy import Connection

from diary_app.core.records import parse
from server.db import records
from server.reminders.people import People


def languages(connection: Connection, people: People, participants: Collection[str]) -> dict[str, str]:
    """The language of each one's last entry; until there is one, as agreed at the enrolment."""
    last = records.last_entries(connection, participants)
    return {one: _of_entry(last.get(one, "")) or people.wishes(one).language for one in participants}


def _of_entry(text: str) -> str:
    said = parse(text).body.get("language") if text else ""
    return said if isinstance(said, str) else ""
