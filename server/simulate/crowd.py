"""Thousands of participants with phones, made quickly: one comes through the front door, the others are made like it.

Every row that the first one left is written again for the others under names of their own, with every hash computed
anew, so that chains, rebuilding and syncing are those of participants who enrolled one by one.
"""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, insert, literal, select

from diary_app.core.environment import uuid_from
from diary_app.core.records import GENESIS, Record, chain_hash, parse
from diary_app.core.wire import CURRENT, EnrolRequest, SyncRequest
from server import jobs
from server.db import contacts, days, devices, participants, records, shapes, staff_facts
from server.intake import arrivals, staff
from server.intake.enrol import enrol
from server.intake.known import fact_text
from server.intake.sync import sync
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.simulate.light_phone import APP_VERSION, LightPhone

AUTHOR = "simulated staff"
SITE = "copenhagen"
FIRST = "001"
AT_ONCE = 500
TABLES = (
    participants.TABLE,
    staff_facts.TABLE,
    shapes.table("activation"),
    devices.TABLE,
    contacts.TABLE,
    records.TABLE,
)
Row = dict[str, Any]


def crowd(services: Services, world: SimulatedEnvironment, size: int, now: datetime) -> list[LightPhone]:
    """So many trained participants, each with one phone, in step with the server as of `now`.

    They enrol at the time of `world`, which `services` must have been opened with and which is moved on to `now`.
    The database must hold no participant yet.
    """
    first = _through_the_front_door(services)
    world.move_to(now)
    jobs.extend_horizon(services, now)
    jobs.sweep_due(services, now)
    _exchange(services, first)
    made = [first]
    with services.engine.begin() as connection:
        pattern = _Pattern.of(connection, first)
        for start in range(1, size, AT_ONCE):
            batch = [_named(first, number) for number in range(start, min(size, start + AT_ONCE))]
            _add(connection, pattern, batch)
            made += batch
        _add_days(connection, first)
    return made


def multiply(services: Services, first: LightPhone, size: int) -> None:
    """So many participants in all, who have lived through everything that the first one has; nobody has their phones.

    The database must hold no other participant yet.
    """
    with services.engine.begin() as connection:
        pattern = _Pattern.of(connection, first)
        for number in range(1, size):
            _add(connection, pattern, [_named(first, number)])
        _add_days(connection, first)


def device_of(participant: str) -> str:
    """The id of a participant's phone, the same in each run."""
    return uuid_from(sha256(f"device of {participant}".encode()).digest()[:16])


def token_of(participant: str) -> str:
    """Its token."""
    return urlsafe_b64encode(sha256(f"token of {participant}".encode()).digest()).decode().rstrip("=")


def _phone(services: Services, participant: str) -> LightPhone:
    study = services.study
    return LightPhone(participant, device_of(participant), token_of(participant), study.version, study.sha256)


def _through_the_front_door(services: Services) -> LightPhone:
    """Added, enrolled, trained and synced by what staff and phones call."""
    now, environment = services.environment.now(), services.environment
    add, code = staff.add_participant, staff.issue_code
    run = services.writer.run
    participant = run(FIRST, lambda it: add(it, services, site=SITE, subject=FIRST, author=AUTHOR, at=now))
    phone = _phone(services, participant)
    made = run(participant, lambda it: code(it, services, participant, author=AUTHOR, at=now))
    request = EnrolRequest(
        protocol=CURRENT.number, code=made,
        device=phone.device, token_sha256=_token_sha256(phone), device_clock=now, app_version=APP_VERSION,
    )  # fmt: skip
    answer = run(participant, lambda it: enrol(it, services, request, now))
    phone.cursor, phone.nonce, phone.epoch = answer.cursor, answer.nonce, answer.epoch
    phone.train(environment.new_id(), now)
    _exchange(services, phone)
    return phone


def _exchange(services: Services, phone: LightPhone) -> None:
    now = services.environment.now()
    request = SyncRequest.model_validate_json(phone.request(now))
    arrived = arrivals.read(request.records, services.sealing.open)
    answer = services.writer.run(
        phone.participant, lambda it: sync(it, services, phone.participant, request, arrived, now)
    )
    phone.hear(answer)


def _token_sha256(phone: LightPhone) -> str:
    return sha256(phone.token.encode()).hexdigest()


def _named(first: LightPhone, number: int) -> LightPhone:
    """The first one's phone under another name; its records follow."""
    site = first.participant.partition("-")[0]
    participant = f"{site}-{number + 1:06d}"
    return replace(
        first, participant=participant, device=device_of(participant), token=token_of(participant),
        nonce=sha256(participant.encode()).hexdigest()[:32],
        records=[], receipts={}, told=dict(first.told), changes=list(first.changes),
    )  # fmt: skip


@dataclass(frozen=True)
class _Pattern:
    """Every row of the first participant; `records`: those of their phone, in the order of its rows."""

    phone: LightPhone
    rows: Mapping[str, list[Row]]
    records: Sequence[Record]

    @classmethod
    def of(cls, connection: Connection, phone: LightPhone) -> "_Pattern":
        rows: dict[str, list[Row]] = {}
        for table in TABLES:
            whose = table.c.id if table is participants.TABLE else table.c.participant
            found = connection.execute(select(table).where(whose == phone.participant))
            rows[table.name] = [dict(row) for row in found.mappings()]
        rows["participant_fact"].sort(key=lambda row: row["sequence"])
        rows["record"].sort(key=lambda row: row["sequence"])
        return cls(phone, rows, [parse(row["text"]) for row in rows["record"]])


def _add(connection: Connection, pattern: _Pattern, phones: list[LightPhone]) -> None:
    made: dict[str, list[Row]] = {table.name: [] for table in TABLES}
    for phone in phones:
        for name, rows in _Copy(pattern, phone).rows():
            made[name] += rows
    for table in TABLES:
        connection.execute(insert(table), made[table.name])


class _Copy:
    """The pattern's rows as they are for one other participant; the phone gets its records on the way."""

    def __init__(self, pattern: _Pattern, phone: LightPhone) -> None:
        self._pattern, self._phone = pattern, phone

    def rows(self) -> Iterator[tuple[str, list[Row]]]:
        """Table name and rows."""
        facts, stored = self._facts(), self._records()
        heads = dict(
            zip((one.hash for one in self._pattern.phone.records), (row["hash"] for row in stored), strict=True)
        )
        yield "participant_fact", facts
        yield "record", stored
        (participant,) = self._pattern.rows["participant"]
        yield "participant", [{**participant, "id": self._phone.participant, "fact_hash": facts[-1]["hash"]}]
        yield "activation", self._like("activation", token_sha256=_token_sha256(self._phone), code_hash=None)
        (device,) = self._like("device", nonce=self._phone.nonce, previous_nonce="")
        yield "device", [{**device, "have_hash": heads.get(device["have_hash"], GENESIS)}]
        yield (
            "contact",
            [
                {**row, "id": self._own(row["id"]), "head_hash": heads.get(row["head_hash"], GENESIS)}
                for row in self._like("contact")
            ],
        )

    def _like(self, table: str, **values: Any) -> list[Row]:
        own = {"participant": self._phone.participant, "device": self._phone.device}
        return [{**row, **own, **values} for row in self._pattern.rows[table]]

    def _own(self, id: str) -> str:
        """An id of this participant's for a row of the first one's."""
        return uuid_from(sha256(f"{id} of {self._phone.participant}".encode()).digest()[:16])

    def _facts(self) -> list[Row]:
        made, previous = [], GENESIS
        for row in self._pattern.rows["participant_fact"]:
            own_id, body = self._own(row["id"]), row["body"].replace(self._pattern.phone.device, self._phone.device)
            text = fact_text(
                id=own_id, participant=self._phone.participant, sequence=row["sequence"], at=row["at"],
                author=row["author"], revision=row["revision"], body=body,
            )  # fmt: skip
            digest = chain_hash(previous, text)
            names = {"id": own_id, "participant": self._phone.participant, "body": body}
            made.append({**row, **names, "previous": previous, "hash": digest})
            previous = digest
        return made

    def _records(self) -> list[Row]:
        made = []
        for row, first in zip(self._pattern.rows["record"], self._pattern.records, strict=True):
            record = self._copied(first)
            self._phone.records.append(record)
            names = {"id": record.id, "participant": self._phone.participant, "device": record.device}
            made.append({**row, **names, "previous": record.previous, "hash": record.hash, "text": record.text})
        return made

    def _copied(self, first: Record) -> Record:
        """What `compose` makes of it in the name of the other; the text has these four in one place each."""
        phone, previous, own_id = self._phone, self._phone.head.hash, self._own(first.id)
        text = first.text.replace(f'"previous":"{first.previous}"', f'"previous":"{previous}"')
        text = text.replace(f'"id":"{first.id}"', f'"id":"{own_id}"')
        text = text.replace(f'"device":"{first.device}"', f'"device":"{phone.device}"')
        text = text.replace(
            f'"participant":"{self._pattern.phone.participant}"', f'"participant":"{phone.participant}"'
        )
        body = {**first.body, "participant": phone.participant} if "participant" in first.body else first.body
        return replace(
            first, id=own_id, device=phone.device, previous=previous, body=body, text=text,
            hash=chain_hash(previous, text),
        )  # fmt: skip


def _add_days(connection: Connection, first: LightPhone) -> None:
    """The first one's expected days for everybody, within the database: there are many and no hash is in them."""
    table, others = days.TABLE, participants.TABLE
    values = [others.c.id if column is table.c.participant else column for column in table.c]
    pairs = (
        select(*values)
        .select_from(table.join(others, literal(True)))
        .where(table.c.participant == first.participant, others.c.id != first.participant)
    )
    connection.execute(insert(table).from_select([column.name for column in table.c], pairs))
