"""An entry with all its versions as one form that follows the version that counts, while they arrive one by one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import server.export.odm.stating as stating
from diary_app.core.correction_facts import CorrectionRequested
from diary_app.core.corrections import Overlay
from diary_app.core.entries import EntryBody, EntryVersion
from diary_app.core.merge import counting, roots
from server.db.export_rows import ExportedEntry
from server.export.odm.definitions import DIARY, form_of, visit_event
from server.export.odm.shelf import EventKey, FormChange, FormKey, Shelf
from server.export.participant import ExportedParticipant


def event_of(body: EntryBody) -> EventKey:
    """The visit that an entry was filled in for, else its diary day."""
    return EventKey(visit_event(body.visit)) if body.visit else EventKey(DIARY, body.diary_day.isoformat())


@dataclass
class Family:
    """Versions of one entry that have arrived, and its approved corrections. `root`: id of its first version.

    Its form has the root's id as key. A version that was overtaken before it arrived gets a form of its own, so that
    nothing is left out; nothing points at that one.
    """

    root: str
    arrived: dict[str, ExportedEntry] = field(default_factory=dict)
    approved: list[CorrectionRequested] = field(default_factory=list)
    _shown: dict[str, FormKey] = field(default_factory=dict)
    _overtaken: set[str] = field(default_factory=set)

    def arrive(self, shelf: Shelf, person: ExportedParticipant, entry: ExportedEntry) -> Iterator[FormChange]:
        """One more version."""
        self.arrived[entry.given.id] = entry
        current = _current(self._standing())
        if current is not None and current.id != entry.given.id:
            self._overtaken.add(entry.given.id)
        yield from self._settle(shelf, person)

    def approve(
        self, shelf: Shelf, person: ExportedParticipant, correction: CorrectionRequested
    ) -> Iterator[FormChange]:
        """One more correction counts."""
        self.approved.append(correction)
        yield from self._settle(shelf, person)

    def _standing(self) -> tuple[EntryVersion, ...]:
        return Overlay(self.approved).over(one.given for one in self.arrived.values())

    def _settle(self, shelf: Shelf, person: ExportedParticipant) -> Iterator[FormChange]:
        standing = self._standing()
        wanted = {f"{one.id}/overtaken": one for one in standing if one.id in self._overtaken}
        if (current := _current(standing)) is not None:
            wanted[self.root] = current
        forms = {key: _form(version, key) for key, version in wanted.items()}
        for key, shown in list(self._shown.items()):
            if forms.get(key) != shown:  # voided, or moved to another day
                yield from _any(shelf.remove(shown))
        for key, version in wanted.items():
            yield from _any(shelf.put(forms[key], stating.entry(person, self.arrived[version.id], version)))
        self._shown = forms


def families(entries: Iterable[ExportedEntry]) -> dict[str, Family]:
    """Family by the id of each of its versions."""
    given = [entry.given for entry in entries]
    root = roots(given)
    made = {name: Family(name) for name in {root.get(one.id, one.id) for one in given}}
    return {one.id: made[root.get(one.id, one.id)] for one in given}


def _current(standing: Iterable[EntryVersion]) -> EntryVersion | None:
    """The version that counts in the family; of one whose beginning is not known the newest."""
    versions = sorted(standing, key=lambda one: (one.body.revision, one.body.captured_at, one.id))
    found = counting(versions)
    return found.current if found else (versions[-1] if versions else None)


def _form(version: EntryVersion, key: str) -> FormKey:
    body = version.body
    return FormKey(event_of(body), form_of(body.instrument, body.instrument_version), key)


def _any(change: FormChange | None) -> Iterator[FormChange]:
    if change is not None:
        yield change
