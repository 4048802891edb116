"""Operation qualification: one participant's study from enrolment to restore, step by step, in a scratch database.

The real server answers over HTTP, the real jobs run, and time is simulated. Each step says what was expected and what
was seen; after a step that cannot be taken the others are not reached.
"""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import httpx
from pydantic import ValidationError
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from diary_app.core.correction_facts import CorrectionReason, CorrectionSource, ItemChange, WaiverReason
from diary_app.core.errors import Code, CommandRefused, RequestRefused, XerodiaryError
from diary_app.core.records import Record
from diary_app.core.staff_acts import LockingReason
from diary_app.core.wire import SyncAnswer
from server.access.acting import Acting
from server.backup import making, restoring
from server.bench.mail_sink import mail_sink
from server.db import days, migrate, reminders
from server.db.engine import make_engine, reading
from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.reading import everybody
from server.export.wanted import Scope
from server.export.wanted import Wanted as Bundle
from server.intake import corrections, locking
from server.intake.corrections import Wanted
from server.qualify.finding import Finding, held, left_open
from server.qualify.scratch import ANSWERS, COORDINATOR, INVESTIGATOR, Scratch, scratch
from server.reminders.ledger import Step
from server.services import open_services, reachable
from server.settings import Settings
from server.trail.verify import verify

REMEDY = "This is a fault of the program or of what it runs on: keep this report, and do not begin."
_OK = 200
_CORRECTED = 2
_TROUBLE = (XerodiaryError, SQLAlchemyError, httpx.HTTPError, ValidationError, OSError, LookupError, ValueError)


@dataclass
class Walk:
    """What is known from one step to the next."""

    place: Scratch
    findings: list[Finding] = field(default_factory=list)
    entry: Record | None = None
    sent: bytes = b""

    def see(self, name: str, expected: object, seen: object) -> None:
        """Write a step down; it passed when both are the same."""
        self.findings.append(held(name, str(expected), seen, holds=str(expected) == str(seen), remedy=REMEDY))


def operation(scratch_database: str = "") -> list[Finding]:
    """Walk; on an SQLite file that is thrown away, or on the empty database of that address.

    Raises `CommandRefused` (database_not_empty) for one that holds anything.
    """
    with tempfile.TemporaryDirectory(prefix="xerodiary-qualify-") as made, mail_sink() as port:
        folder = Path(made)
        url = scratch_database or f"sqlite:///{folder}/scratch.sqlite"
        if scratch_database:
            _require_empty(scratch_database)
        return asyncio.run(walked(url, folder, port))


def _require_empty(url: str) -> None:
    engine = make_engine(url)
    try:
        with reachable(), reading(engine) as connection:
            there = inspect(connection).get_table_names()
    finally:
        engine.dispose()
    if there:
        raise CommandRefused(
            Code.DATABASE_NOT_EMPTY,
            "The scratch database is not empty; nothing was changed.",
            "Name an empty one, which may be thrown away afterwards.",
        )


async def walked(url: str, folder: Path, port: int) -> list[Finding]:
    """Every step on that empty database; mail goes to that port of loopback."""
    found: list[Finding] = []
    try:
        async with scratch(url, folder, port) as place:
            walk = Walk(place, found)
            for number, (name, step) in enumerate(STEPS):
                try:
                    await step(walk)
                except _TROUBLE as error:
                    found.append(held(name, "the step is taken", _said(error), holds=False, remedy=REMEDY))
                    found.extend(_not_reached(number + 1))
                    break
    except _TROUBLE as error:
        found.append(held("scratch: server", "it starts", _said(error), holds=False, remedy=REMEDY))
    return found


def _not_reached(after: int) -> Iterator[Finding]:
    for name, _ in STEPS[after:]:
        yield left_open(name, "the step is taken", "not reached", "See the step that failed.")


def _said(error: Exception) -> str:
    return error.message if isinstance(error, XerodiaryError) else f"{type(error).__name__}: {error}".splitlines()[0]


# ---- steps ---------------------------------------------------------------------------------------------------


async def _schema(walk: Walk) -> None:
    with reading(walk.place.services.engine) as connection:
        walk.see("scratch: schema", migrate.newest(), migrate.revision(connection))


async def _enrol(walk: Walk) -> None:
    answer = await walk.place.enrol()
    walk.see("phone: enrolled by its code", _OK, answer.status_code)
    walk.place.reachable_by_mail()
    walk.place.phone.train(walk.place.world.new_id(), walk.place.world.now())
    receipts = (await walk.place.sync()).receipts
    walk.see(
        "phone: practice is received",
        "accepted",
        ", ".join("accepted" if one.accepted else "refused" for one in receipts),
    )


async def _save(walk: Walk) -> None:
    place = walk.place
    place.let_pass(place.world.now() + timedelta(hours=1))
    evening = place.evening(0)
    place.let_pass(evening.opens + timedelta(hours=1))
    walk.entry = place.phone.fill_in(evening, ANSWERS, place.world.new_id(), place.world.now())
    walk.sent = place.phone.request(place.world.now())
    answer = await place.send(walk.sent)
    place.phone.hear(answer)
    walk.see(
        "phone: entry is received, to the byte", f"accepted {walk.entry.id} {walk.entry.hash}",
        _receipts(answer),
    )  # fmt: skip
    walk.see("server: the evening is done", "done", place.row(evening.day).state)


async def _replay(walk: Walk) -> None:
    assert walk.entry is not None
    answer = await walk.place.send(walk.sent)
    walk.see(
        "phone: the same bytes again get the same receipt", f"accepted {walk.entry.id} {walk.entry.hash}",
        _receipts(answer),
    )  # fmt: skip
    with reading(walk.place.services.engine) as connection:
        (person,) = everybody(connection, walk.place.services.study, walk.place.world.now())
        walk.see("server: nothing is there twice", 1, len(person.entries))


async def _remind(walk: Walk) -> None:
    """The second evening: nobody answers, so there are reminders; and the phone is not heard from."""
    place = walk.place
    evening = place.evening(1)
    place.let_pass(evening.opens)
    place.let_pass(evening.late_until + timedelta(minutes=1), every=timedelta(minutes=10))
    with reading(place.services.engine) as connection:
        told = reminders.events(connection, participant=place.phone.participant, first=evening.day, last=evening.day)
    sent = [event for event in told if event.kind == Step.SENT]
    planned = len(place.services.study.prompts.times)
    walk.see("reminders: sent by mail, each with its receipt", ", ".join(["email SINK"] * planned),
             ", ".join(f"{event.channel} {event.receipt}" for event in sent))  # fmt: skip


async def _missed(walk: Walk) -> None:
    place = walk.place
    day = place.evening(1).day
    walk.see("server: a silent phone is not called missed", "unknown", place.row(day).state)
    place.let_pass(place.world.now() + timedelta(hours=1))
    await place.sync()
    walk.see("server: missed once the phone was heard", "missed", place.row(day).state)


async def _correct(walk: Walk) -> None:
    assert walk.entry is not None
    place = walk.place
    wanted = Wanted(
        walk.entry.id, ItemChange(item="DMD01", old=ANSWERS["DMD01"], new=_CORRECTED), CorrectionSource.CALL,
        place.evening(1).day, CorrectionReason.TAPPED_WRONG, "phone note 1",
    )  # fmt: skip
    fact = place.act(corrections.request, wanted, who=Acting(COORDINATOR.account))
    try:
        place.act(corrections.approve, fact.id, who=Acting(COORDINATOR.account))
        seen = "approved"
    except RequestRefused as refusal:
        seen = refusal.code.value
    walk.see("correction: a coordinator cannot approve", Code.NOT_ALLOWED.value, seen)
    place.act(corrections.waive, fact.id, WaiverReason.NO_PHONE, who=Acting(INVESTIGATOR.account))
    place.act(corrections.approve, fact.id, who=Acting(INVESTIGATOR.account))
    with reading(place.services.engine) as connection:
        ((one,),) = (person.entries for person in everybody(connection, place.services.study, place.world.now()))
    walk.see(
        "correction: counts, and what was given stays", f"{_CORRECTED}, and {ANSWERS['DMD01']}",
        f"{one.version.body.answers['DMD01']}, and {one.given.body.answers['DMD01']}",
    )  # fmt: skip


async def _lock(walk: Walk) -> None:
    assert walk.entry is not None
    place = walk.place
    day = place.evening(0).day
    locking.lock(place.services, place.phone.participant, (day, day), LockingReason.DATA_REVIEWED, by=INVESTIGATOR)
    wanted = Wanted(
        walk.entry.id, ItemChange(item="DMD01", old=_CORRECTED, new=9), CorrectionSource.CALL,
        place.evening(1).day, CorrectionReason.TAPPED_WRONG, "phone note 2",
    )  # fmt: skip
    try:
        place.act(corrections.request, wanted, who=Acting(INVESTIGATOR.account))
        seen = "taken"
    except RequestRefused as refusal:
        seen = refusal.code.value
    walk.see("lock: a locked evening takes no correction", Code.DAY_LOCKED.value, seen)


async def _unchangeable(walk: Walk) -> None:
    try:
        with walk.place.services.engine.begin() as connection:
            connection.exec_driver_sql("UPDATE record SET kind = kind")
        seen = "changed"
    except DBAPIError:
        seen = "refused"
    walk.see("trail: the database refuses a change", "refused", seen)
    with reading(walk.place.services.engine) as connection:
        walk.see("trail: verified", 0, len(verify(connection).found))


async def _export(walk: Walk) -> None:
    place = walk.place
    place.let_pass(place.world.now() + timedelta(hours=1))  # a cut is of a moment that has passed
    bundle = make_bundle(
        place.services, place.folder / "bundle", Bundle(CutKind.INTERIM, scope=Scope.ARCHIVE), author="scratch"
    )
    counts = bundle.counts
    walk.see("export: evenings in the bundle", "1 done, 1 missed", f"{counts['done']} done, {counts['missed']} missed")
    walk.see("export: the bundle holds together", 0, len(check(bundle.folder).flaws))


async def _restore(walk: Walk) -> None:
    place = walk.place
    made = making.make(place.services, place.folder / "backups", place.world.now())
    walk.see("backup: made and read again", True, made.file.is_file())
    elsewhere = Settings(
        **{
            **place.services.settings.model_dump(),
            "database_url": f"sqlite:///{place.folder}/restored.sqlite", "var_folder": place.folder / "elsewhere",
        }
    )  # fmt: skip
    restored = restoring.restore(made.file, elsewhere, place.world)
    walk.see("restore: the trail holds together", 0, restored.flaws)
    services = open_services(elsewhere, place.world)
    try:
        with reading(services.engine) as connection:
            there = _evenings(connection, place)
    finally:
        services.close()
    with reading(place.services.engine) as connection:
        here = _evenings(connection, place)
    walk.see("restore: every evening is as it was", here, there)


def _receipts(answer: SyncAnswer) -> str:
    return ", ".join(f"{'accepted' if one.accepted else 'refused'} {one.id} {one.hash}" for one in answer.receipts)


def _evenings(connection: Connection, place: Scratch) -> str:
    """How many there are, and a hash of what each one is."""
    rows = [(str(row.diary_day), row.state) for row in days.of(connection, place.phone.participant)]
    return f"{len(rows)} evenings, SHA-256 {sha256(str(rows).encode()).hexdigest()[:16]}"


STEPS: tuple[tuple[str, Callable[[Walk], Awaitable[None]]], ...] = (
    ("scratch: schema", _schema),
    ("phone: enrolled", _enrol),
    ("phone: entry is received", _save),
    ("phone: replay", _replay),
    ("reminders: sent", _remind),
    ("server: missed", _missed),
    ("correction", _correct),
    ("lock", _lock),
    ("trail", _unchangeable),
    ("export", _export),
    ("backup and restore", _restore),
)
