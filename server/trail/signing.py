"""Signatures: somebody says, with their password, what they think of some diary days as they stand (R23, R24).

A signature covers the id and hash of every record and fact about its days at that moment. It is compared with what is
there each time somebody looks, so that it shows as superseded after a change of any of its days, and of no others.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from diary_app.core.correction_facts import CorrectionRequested, DayMove
from diary_app.core.corrections import corrections
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Fact
from diary_app.core.history import zone_at
from diary_app.core.locks import is_after_lock
from diary_app.core.staff_acts import Meaning, Signed
from diary_app.core.times import local_date
from server.access.proving import Person, prove
from server.access.roles import Permission
from server.db import records, staff_facts
from server.intake.held import holding
from server.intake.known import append, fact_from_row, facts_of
from server.intake.locking import check_order
from server.services import Services
from server.trail.flaws import Flaw, Found


@dataclass(frozen=True, order=True)
class Signable:
    """One record or fact about a day. `revision`: when it became known, in the server's order."""

    id: str
    hash: str
    kind: str
    day: date
    revision: int


@dataclass(frozen=True)
class Signature:
    """One signature as it stands: valid while nothing `changed`."""

    fact: Fact
    author: str
    said: Signed
    changed: tuple[Signable, ...]

    @property
    def valid(self) -> bool:
        """Whether its days are as they were."""
        return not self.changed


@dataclass(frozen=True)
class Wanted:
    """What is to be signed."""

    participant: str
    first: date
    last: date
    meaning: Meaning


def sign(services: Services, wanted: Wanted, *, username: str, password: str, address: str) -> Fact:
    """Sign diary days as they stand now. Raises `RequestRefused` with nothing signed.

    The password is asked for each time, whoever is logged in; wrong ones count as at the log-in.
    """
    check_order(wanted.first, wanted.last)
    return sign_as(services, wanted, by=prove(services, username=username, password=password, address=address))


def sign_as(services: Services, wanted: Wanted, *, by: Person) -> Fact:
    """The same by somebody who has just been proven. Raises `RequestRefused` with nothing signed."""
    check_order(wanted.first, wanted.last)

    def work(connection: Connection) -> Fact:
        now = services.environment.now()
        with holding(connection, wanted.participant) as held:
            role = by.role_for(connection, Permission.SIGN, held.row.site)
            _check_over(facts_of(connection, held.id), wanted.last, now)
            covered = _Known(connection, held.id).covered(wanted.first, wanted.last)
            detail = Signed(
                by_role=role, by_site=held.row.site, first=wanted.first, last=wanted.last,
                meaning=wanted.meaning, sha256=digest(covered), count=len(covered),
                account=by.account, name=by.display_name,
            )  # fmt: skip
            return append(held, detail, author=by.account, at=now, id=services.environment.new_id())

    return services.writer.run(wanted.participant, work)


def signatures(connection: Connection, participant: str) -> list[Signature]:
    """Everything that was signed of one participant, in order, each as it stands now."""
    known = _Known(connection, participant)
    return [_standing(known, row.author, fact_from_row(row)) for row in known.staff if row.kind == "signed"]


def signature_flaws(connection: Connection) -> Iterator[Found]:
    """Signatures whose records and facts are not those that were signed."""
    signed = staff_facts.every_of_kinds(connection, ["signed"])
    for participant in sorted({row.participant for row in signed}):
        known = _Known(connection, participant)
        for row in signed:
            if row.participant != participant:
                continue
            said = fact_from_row(row).detail
            covered = known.covered(said.first, said.last, before=row.revision)
            if (digest(covered), len(covered)) != (said.sha256, said.count):
                yield Found("participant", participant, row.sequence, Flaw.SIGNATURE_DIFFERS)


def digest(covered: Sequence[Signable]) -> str:
    """SHA-256 over the sorted ids and hashes, one a line."""
    lines = sorted(f"{one.id} {one.hash}" for one in covered)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class _Known:
    """Every record and fact of one participant that names a diary day, and what was locked when."""

    def __init__(self, connection: Connection, participant: str) -> None:
        self.staff = staff_facts.of(connection, participant)
        self._facts = [fact_from_row(row) for row in self.staff]
        wanted = {one.id: one.wanted for one in corrections(self._facts)}
        self._found = [
            Signable(row.id, row.hash, row.kind, day, row.revision)
            for row, fact in zip(self.staff, self._facts, strict=True)
            for day in _days_of(fact, wanted)
        ]
        self._entries = [
            Signable(row.id, row.hash, row.kind, row.diary_day, row.change_no)
            for row in records.every_entry(connection, participant)
            if row.diary_day is not None
        ]

    def covered(self, first: date, last: date, before: int | None = None) -> list[Signable]:
        """Those about these days, as of now or before a revision; what came after a lock is left out."""
        facts = [fact for fact in self._facts if before is None or fact.revision < before]
        entries = (one for one in self._entries if not is_after_lock(facts, one.day, one.revision))
        return [
            one
            for one in (*self._found, *entries)
            if first <= one.day <= last and (before is None or one.revision < before)
        ]


def _days_of(fact: Fact, wanted: Mapping[str, CorrectionRequested]) -> Iterator[date]:
    """The diary days that a fact is about; of a step of a correction those that the correction names."""
    about = wanted.get(getattr(fact.detail, "correction", ""), fact.detail)
    if (day := getattr(about, "diary_day", None)) is not None:
        yield day
    if isinstance(about, CorrectionRequested) and isinstance(about.change, DayMove):
        yield about.change.day


def _standing(known: _Known, author: str, fact: Fact) -> Signature:
    said: Signed = fact.detail
    then = set(known.covered(said.first, said.last, before=fact.revision))
    now = set(known.covered(said.first, said.last))
    changed = sorted(then ^ now, key=lambda one: one.revision)
    return Signature(fact, author, said, tuple(changed))


def _check_over(facts: Sequence[Fact], last: date, now: datetime) -> None:
    if last > local_date(now, zone_at(facts, now) or "Etc/UTC"):
        raise RequestRefused(Code.FACT_INVALID, "{last} has not come yet.", "Sign days that are behind you.", last=last)
