"""Thousands of light phones against several servers, and the comparison of what everybody holds afterwards."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import func, select

from diary_app.core.environment import SystemEnvironment
from diary_app.core.windows import DiaryDay
from diary_app.core.wire import SYNC_PATH, SyncAnswer
from server.bench.ingest import ANSWERS, OK
from server.bench.load import BROKEN, ask, post
from server.bench.outage import BUSY
from server.db import days, devices, participants, quarantine, records
from server.db.engine import reading
from server.db.records import StoredRecord
from server.intake.evidence import diary_day
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.simulate.light_phone import LightPhone

AT_ONCE = 64
#: Of ten phones, one never comes back, and one fills in the first evening only; by the last digit of its number.
SILENT, ONCE = "7", "3"
chance = random.Random(1)  # noqa: S311 - seeded on purpose


@dataclass
class Met:
    """What phones met, by HTTP status."""

    statuses: dict[int, int] = field(default_factory=dict)

    def note(self, status: int) -> None:
        self.statuses[status] = self.statuses.get(status, 0) + 1

    @property
    def confirmed(self) -> int:
        """How often somebody was answered as they wished."""
        return self.statuses.get(OK, 0)


def closed_evenings(services: Services, participant: str, now: datetime) -> list[DiaryDay]:
    """The participant's evenings that can be filled in no more, oldest first."""
    with reading(services.engine) as connection:
        rows = [diary_day(row) for row in days.of(connection, participant)]
    return [row for row in rows if row and row.late_until <= now]


def fill_in(phone: LightPhone, shown: DiaryDay, world: SimulatedEnvironment) -> None:
    phone.fill_in(shown, ANSWERS, world.new_id(), shown.opens + timedelta(hours=1))


async def live(phones: Sequence[LightPhone], evenings: Sequence[DiaryDay], ports: Sequence[int], met: Met) -> None:
    """Every phone fills in its evenings and sends each until it is confirmed, through whichever server answers."""
    world, turn = SimulatedEnvironment(SystemEnvironment().now(), seed="entries"), asyncio.Semaphore(AT_ONCE)

    async def one(phone: LightPhone) -> None:
        for shown in wanted_evenings(phone, evenings):
            async with turn:
                fill_in(phone, shown, world)
                await send(phone, ports, met)

    await asyncio.gather(*(one(phone) for phone in phones))


def wanted_evenings(phone: LightPhone, evenings: Sequence[DiaryDay]) -> Sequence[DiaryDay]:
    """Which evenings the participant fills in."""
    match phone.participant[-1]:
        case digit if digit == SILENT:
            return ()
        case digit if digit == ONCE:
            return evenings[:1]
    return evenings


async def send(phone: LightPhone, ports: Sequence[int], met: Met) -> None:
    """Again and again with the same records, as a phone does whose answer was lost."""
    while phone.confirmed < len(phone.records):
        request = post(SYNC_PATH, phone.request(SystemEnvironment().now()), phone.token)
        status, body, retry_after = await ask(chance.choice(ports), request)
        met.note(status)
        if status == OK:
            phone.hear(SyncAnswer.model_validate_json(body))
        else:
            assert status in (BROKEN, BUSY), (status, body)
            await asyncio.sleep(min(retry_after or 1, 1) * chance.uniform(0.1, 1))


# ---- afterwards ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """Everything that the server holds, read at one moment."""

    records: dict[str, StoredRecord]
    aside: int
    doubtful: int
    states: dict[str, dict[date, str]]


def held(services: Services) -> Held:
    with reading(services.engine) as connection:
        rows = connection.execute(select(records.TABLE)).mappings()
        stored = [StoredRecord(**row) for row in rows]
        assert len({one.id for one in stored}) == len(stored)
        return Held(
            records={one.id: one for one in stored},
            aside=connection.execute(select(func.count()).select_from(quarantine.TABLE)).scalar_one(),
            doubtful=connection.execute(select(func.sum(devices.TABLE.c.doubtful))).scalar_one(),
            states={one: graded(services, one) for one in participants.ids(connection)},
        )


def graded(services: Services, participant: str) -> dict[date, str]:
    with reading(services.engine) as connection:
        return {row.diary_day: row.state for row in days.of(connection, participant)}


def faults(phones: Sequence[LightPhone], there: Held) -> list[str]:
    """Every record that is not stored once with the same bytes, every receipt that says something else."""
    found = [f"{there.aside} set aside"] if there.aside else []
    found += [f"{there.doubtful} phones in doubt"] if there.doubtful else []
    kept = {record.id: record for phone in phones for record in phone.records}
    found += [f"{key} is stored and on no phone" for key in there.records.keys() - kept.keys()]
    for phone in phones:
        found += [f"{phone.participant}: {fault}" for fault in faults_of(phone, there)]
    return found


def faults_of(phone: LightPhone, there: Held) -> list[str]:
    found = []
    for record in phone.records:
        stored, receipt = there.records.get(record.id), phone.receipts.get(record.id)
        if stored is None:
            found.append(f"record {record.sequence} is lost")
        elif (stored.text, stored.hash, stored.sequence) != (record.text, record.hash, record.sequence):
            found.append(f"record {record.sequence} is not what the phone holds")
        elif record.kind == "entry" and receipt is None:
            found.append(f"record {record.sequence} has no receipt")
        elif receipt and (receipt.hash, receipt.accepted, receipt.received_at) != (
            stored.hash, stored.code == "", stored.received_at,
        ):  # fmt: skip
            found.append(f"the receipt of record {record.sequence} says something else")
    return found


def expected_state(phone: LightPhone, day: days.ExpectedDay, filled: Sequence[date], now: datetime) -> str:
    """What the day is worth by the protocol's words alone: every phone that came back told all that it held."""
    if day.diary_day in filled:
        return "done"
    if now < day.opens:
        return "not_yet_due"
    if now < day.late_until:
        return "open"
    return "unknown" if phone.participant[-1] == SILENT else "missed"


def wrong_grades(
    services: Services, phones: Sequence[LightPhone], evenings: Sequence[DiaryDay], now: datetime
) -> list[str]:
    """Every day whose stored state is not what is expected at `now`."""
    found = []
    with reading(services.engine) as connection:
        for phone in phones:
            filled = [shown.day for shown in wanted_evenings(phone, evenings)]
            for day in days.of(connection, phone.participant):
                wanted = expected_state(phone, day, filled, now)
                if day.state != wanted:
                    found.append(f"{phone.participant} {day.diary_day}: {day.state}, not {wanted}")
    return found


def working_rows(services: Services, phones: Sequence[LightPhone]) -> list[object]:
    """Working tables without the two counters that only move on, and without `prompts_from`; see `looked_at_from`."""
    found: list[object] = []
    with reading(services.engine) as connection:
        for phone in phones:
            row = participants.get(connection, phone.participant)
            assert row is not None
            found += [row._replace(change_no=0, prompts_from=None), devices.of(connection, [phone.participant])]
            found += [day._replace(revision=0, change_no=0) for day in days.of(connection, phone.participant)]
    return found


def looked_at_from(services: Services, phones: Sequence[LightPhone]) -> list[datetime | None]:
    """From when on the reminders job will look at each participant's prompts: what a rebuild may only bring forward."""
    with reading(services.engine) as connection:
        rows = [participants.get(connection, phone.participant) for phone in phones]
    return [row.prompts_from if row else None for row in rows]
