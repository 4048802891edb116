"""The log as a table to take away: a row for all that was known each time that somebody added to an incident."""

from collections.abc import Iterable

from sqlalchemy import Connection

from diary_app.core.times import format_utc
from server.access import account_names
from server.incidents.incident import Incident, Step

COLUMNS = (
    "number", "added_utc", "added_by", "what", "happened_utc", "noticed_utc", "harms", "data", "participants",
    "effects", "done", "authority", "authority_until_utc", "authority_told_utc", "authority_why", "people",
    "people_told_utc", "people_why",
)  # fmt: skip


def rows(connection: Connection, incidents: Iterable[Incident]) -> list[dict[str, object]]:
    """By the names of `COLUMNS`, the latest incident first, what was said of each in order; accounts by user name."""
    names = account_names.names(connection)
    return [_row(one, step, names.get(step.author, step.author)) for one in incidents for step in one.steps]


def _row(one: Incident, step: Step, author: str) -> dict[str, object]:
    said = step.said
    return {
        "number": one.number,
        "added_utc": format_utc(step.at),
        "added_by": author,
        "what": said.what,
        "happened_utc": format_utc(said.happened) if said.happened else "",
        "noticed_utc": format_utc(said.noticed),
        "harms": " ".join(said.harms),
        "data": " ".join(said.data),
        "participants": said.participants,
        "effects": said.effects,
        "done": said.done,
        "authority": said.authority.value,
        "authority_until_utc": format_utc(said.until),
        "authority_told_utc": format_utc(said.authority_at) if said.authority_at else "",
        "authority_why": said.authority_why,
        "people": said.people.value,
        "people_told_utc": format_utc(said.people_at) if said.people_at else "",
        "people_why": said.people_why,
    }
