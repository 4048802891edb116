"""The trail per field: a view over records and facts that says who changed what from what to what, when and why.

Nothing is written for it: every version of an entry, every fact about a participant and every fact about a site is its
own trail, and here they are laid beside what they replace. Read one participant after the other, so that memory does
not grow with the study.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.entries import as_instant
from diary_app.core.paper import KINDS as TYPED
from diary_app.core.paper import entry_id
from diary_app.core.records import RecordKind
from diary_app.core.status import Consent
from server.access import account_names
from server.access.rights import Right, Rights, RightsOverTime
from server.access.roles import Permission, Role
from server.db import participants, records, site_facts, staff_facts
from server.db.participants import Participant
from server.db.records import StoredRecord
from server.db.site_facts import EVERYWHERE, SiteFact
from server.db.staff_facts import ParticipantFact
from server.intake.known import COMMAND_LINE, SERVER, fact_from_row
from server.trail.changes import Change, Standing, why

HIDDEN = "•••"
PARTICIPANT, OPERATOR, PROGRAM = message("participant"), message("operator"), message("server")
SPONSOR = Role.SPONSOR.value
OF_THE_SPONSOR = {SPONSOR, Role.MONITOR.value}


@dataclass(unsafe_hash=True)  # frozen would take six times as long to make, and a study has millions
class TrailRow:
    """One field, changed once; never changed itself.

    `received`: when the server knew (UTC); `captured`: when a phone says it happened.
    `organisation`: id of the site, or sponsor; empty for the participant and for whoever works on the server itself.
    `code`: why a record grades nothing, empty otherwise. `source` and `hash` name the record or fact it stands in.
    """

    received: datetime
    captured: datetime | None
    participant: str
    site: str
    instrument: str
    diary_day: str
    kind: str
    field: str
    old: str
    new: str
    who: str
    role: str
    organisation: str
    why: str
    code: str
    source: str
    hash: str


@dataclass(frozen=True)
class Asked:
    """Which rows; what is not named is not asked. `field`: its name, or the part of it before a point.

    `kind` and `field` may be several, with spaces between, in capitals or not.
    """

    participant: str | None = None
    day: date | None = None
    field: str | None = None
    kind: str | None = None
    who: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @cached_property
    def _fields(self) -> tuple[str, ...]:
        return tuple(f"{name}." for name in (self.field or "").casefold().split())

    @cached_property
    def _kinds(self) -> frozenset[str]:
        return frozenset((self.kind or "").casefold().split())

    @property
    def takes_all(self) -> bool:
        """Whether of a participant nothing is left out."""
        return self == Asked(self.participant)

    def takes(self, row: TrailRow) -> bool:
        """Whether a row is asked for; `until` is included."""
        return (
            self.day in (None, _day(row.diary_day))
            and (self.field is None or f"{row.field}.".casefold().startswith(self._fields))
            and (self.kind is None or row.kind.casefold() in self._kinds)
            and self.who in (None, row.who)
            and (self.since is None or row.received >= self.since)
            and (self.until is None or row.received <= self.until)
        )


@dataclass(frozen=True)
class Reader:
    """Who reads. `rights`: None for whoever works on the server itself. `answers`: whether values are wanted at all."""

    rights: Rights | None
    answers: bool

    def may_read(self, site: str) -> bool:
        """Whether the trail of that site is open to them."""
        return self.rights is None or self.rights.may(Permission.SEE_TRAIL, site)

    def may_read_answers(self, site: str) -> bool:
        """Whether values of answers are shown."""
        return self.answers and (self.rights is None or self.rights.may(Permission.SEE_ANSWERS, site))


@dataclass(frozen=True)
class _Source:
    """What a row needs to know of the record or fact that it stands in.

    `sealed`: made after consent was withdrawn; that it came is shown, what it says to nobody.
    """

    id: str
    hash: str
    kind: str
    received: datetime
    body: Mapping[str, Any]
    author: str
    of_phone: bool = False
    code: str = ""
    sealed: bool = False


def rows(connection: Connection, reader: Reader, asked: Asked) -> Iterator[TrailRow]:
    """Rows in a total order: participants ascending, each one's in the server's order, then sites, each by field."""
    people = _People(connection)
    for name in participants.ids(connection) if asked.participant is None else [asked.participant]:
        person = participants.get(connection, name)
        if person is not None and reader.may_read(person.site):
            told = _told(people, reader, _of_participant(connection, person), name, person.site)
            yield from told if asked.takes_all else filter(asked.takes, told)
    if asked.participant is None:
        for site in site_facts.sites(connection):
            if reader.may_read(site):
                yield from filter(asked.takes, _told_of_site(people, connection, reader, site))


def site_rows(connection: Connection, site: str) -> Iterator[TrailRow]:
    """Everything about one site alone, or about the whole study (`*`), in the order of its chain."""
    return _told_of_site(_People(connection), connection, Reader(None, answers=True), site)


def _told_of_site(people: "_People", connection: Connection, reader: Reader, site: str) -> Iterator[TrailRow]:
    """An account by its name, but where the name itself is told; the participant whom a rescue file was of."""
    facts = map(_from_site, site_facts.of_site(connection, site))
    for row in _told(people, reader, facts, "", site):
        is_named = row.field == "account" and row.kind != account_names.NAMED
        yield replace(row, old=people.name(row.old), new=people.name(row.new)) if is_named else row


def _told(
    people: "_People", reader: Reader, sources: Iterable[_Source], participant: str, site: str
) -> Iterator[TrailRow]:
    standing, shows, sealed = Standing(), reader.may_read_answers(site), set[str]()
    for source in sources:
        who, role, organisation = people.behind(source, participant, site)
        captured = _captured(source.body)
        made = captured or source.received
        changes = standing.changes(source.id, source.kind, source.body, made, of_phone=source.of_phone)
        subject = standing.subject(source.body)
        if source.sealed or _text(subject, "entry") in sealed:
            # What staff typed is corrected under its id as an entry.
            sealed |= {source.id, entry_id(source.kind, source.id)}
        instrument, day = _text(subject, "instrument"), _text(subject, "diary_day")
        reason, is_sealed = why(subject), source.id in sealed
        for change in changes:
            old, new = _hidden(change) if is_sealed else _shown(change, shows)
            yield TrailRow(
                source.received, captured, participant or _text(source.body, "participant"), site, instrument,
                day, source.kind, change.field, old, new, who, role, organisation,
                reason, source.code, source.id, source.hash,
            )  # fmt: skip


class _People:
    """Who stands behind an author, and in which role at that moment."""

    def __init__(self, connection: Connection) -> None:
        self._names = account_names.names(connection)
        self._rights = RightsOverTime.read(connection)

    def name(self, account: str) -> str:
        """The user name; what is no account stays as it is."""
        return self._names.get(account, account)

    def behind(self, source: _Source, participant: str, site: str) -> tuple[str, str, str]:
        """Name, role and organisation; a role that the fact names itself is the one acted in."""
        if source.of_phone:
            return participant, PARTICIPANT, ""
        if source.author in (COMMAND_LINE, SERVER):
            return source.author, OPERATOR if source.author == COMMAND_LINE else PROGRAM, ""
        name = self.name(source.author)
        if source.body.get("by_role"):
            return name, _text(source.body, "by_role"), _text(source.body, "by_site")
        held = self._rights.of(source.author, source.received).held
        there = [right for right in held if site == EVERYWHERE or right.site in (site, EVERYWHERE)]
        return name, ", ".join(sorted({right.role.value for right in there})), _organisation(there, site)


def _organisation(held: Iterable[Right], site: str) -> str:
    """Of what is about the whole study, the sites that somebody is at."""
    found = list(held)
    if not found:
        return ""
    if OF_THE_SPONSOR.issuperset(right.role.value for right in found):
        return SPONSOR
    return ", ".join(sorted({right.site for right in found})) if site == EVERYWHERE else site


def _of_participant(connection: Connection, person: Participant) -> Iterator[_Source]:
    """Records and facts as the server took them in: they count with one number."""
    own = records.of_participant(connection, person.id)
    about = staff_facts.of(connection, person.id)
    consent = Consent.of(map(fact_from_row, about))
    numbered = [(row.change_no, row.id, _from_record(row, consent)) for row in own]
    numbered += [(row.revision, row.id, _from_fact(row, consent)) for row in about]
    return (source for _, _, source in sorted(numbered, key=lambda one: one[:2]))


def _from_record(row: StoredRecord, consent: Consent) -> _Source:
    body = json.loads(row.text)["body"]
    was_judged = row.kind == RecordKind.ENTRY and not (row.code or row.practice)
    let_in = row.change_no if was_judged else 0
    sealed = not consent.covers(_captured(body) or row.received_at, row.received_at, let_in)
    return _Source(row.id, row.hash, row.kind, row.received_at, body, "", of_phone=True, code=row.code, sealed=sealed)


def _from_fact(row: ParticipantFact, consent: Consent) -> _Source:
    """What staff typed has a code of its own, and is sealed like an entry by a withdrawal that is dated before it."""
    body = json.loads(row.body)
    made = _captured(body) if row.kind in TYPED else None
    sealed = made is not None and not consent.covers(made, row.at)
    return _Source(
        row.id, row.hash, row.kind, row.at, body, row.author,
        code=_text(body, "code") if row.kind in TYPED else "", sealed=sealed,
    )  # fmt: skip


def _from_site(row: SiteFact) -> _Source:
    return _Source(row.id, row.hash, row.kind, row.at, json.loads(row.body), row.author)


def _shown(change: Change, answers: bool) -> tuple[str, str]:
    return (change.old, change.new) if answers or not change.secret else _hidden(change)


def _hidden(change: Change) -> tuple[str, str]:
    return HIDDEN if change.old else "", HIDDEN if change.new else ""


def _captured(body: Mapping[str, Any]) -> datetime | None:
    try:
        return as_instant(body.get("captured_at"))
    except ValueError:
        return None


def _text(body: Mapping[str, Any], name: str) -> str:
    return str(body.get(name, ""))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
