"""The trail of one participant as the reader may see it, and by the entry that each row is about."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from diary_app.core.corrections import corrections
from diary_app.core.paper import entry_id
from server.access.roles import Permission
from server.console.person.person import Person
from server.trail.fields import Asked, Reader, TrailRow, rows


def trail_of(person: Person, *, answers: bool = False) -> list[TrailRow]:
    """Every row, oldest first; nothing for whoever may not see the trail."""
    if not person.may(Permission.SEE_TRAIL):
        return []
    reader = Reader(person.desk.staff.rights, answers)
    return list(rows(person.connection, reader, Asked(participant=person.id)))


def by_entry(person: Person, found: Sequence[TrailRow]) -> Mapping[str, list[TrailRow]]:
    """Rows that stand in an entry, and those of corrections about it."""
    about = {one.id: one.wanted.entry for one in corrections(person.facts)}
    steps = {
        fact.id: about[fact.detail.correction]
        for fact in person.facts
        if getattr(fact.detail, "correction", None) in about
    }
    entries: dict[str, list[TrailRow]] = defaultdict(list)
    for row in found:
        own = entry_id(row.kind, row.source)
        entries[about.get(row.source) or steps.get(row.source) or own].append(row)
    return entries


def by_source(found: Sequence[TrailRow]) -> Mapping[str, list[TrailRow]]:
    """Rows by the record or fact that each stands in."""
    sources: dict[str, list[TrailRow]] = defaultdict(list)
    for row in found:
        sources[row.source].append(row)
    return sources
