"""A phone reduced to what the protocol sees of it: a device id, a token, a chain of records, and what it was told."""

from base64 import urlsafe_b64encode
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from diary_app.core.chain import START, head_of
from diary_app.core.entries import EntryBody
from diary_app.core.environment import uuid_from
from diary_app.core.facts import Fact, detail_from, fact_from_record
from diary_app.core.records import Record, compose
from diary_app.core.settled import on_the_phone
from diary_app.core.times import TZDATA_VERSION, format_utc, offset_minutes
from diary_app.core.windows import DiaryDay, expand
from diary_app.core.wire import ChainHead, EnrolAnswer, EnrolRequest, Successor, SyncAnswer, SyncRequest
from server.db.engine import reading
from server.intake import arrivals, staff
from server.intake.authentication import authenticate
from server.intake.enrol import enrol, participant_of
from server.intake.sync import sync
from server.services import Services

CAROL = "carol"
DMD = "DMD"
ZONE = "Europe/Copenhagen"
ANSWERS: dict[str, int | str] = {"DMD01": 6, "DMD02": 5, "DMD03": 4, "DMD04": 3, "DMD05": 2, "DMD06": 1}
SITES = {"01": "copenhagen", "02": "odense"}


class Handset:
    """One installation. Nothing is sent before `sync`."""

    def __init__(self, services: Services, seed: str = "alice") -> None:
        self.services = services
        self.device = uuid_from(sha256(f"device {seed}".encode()).digest()[:16])
        self.token = urlsafe_b64encode(sha256(f"token {seed}".encode()).digest()).decode().rstrip("=")
        self.participant = ""
        self.records: list[Record] = []
        self.told: dict[str, Fact] = {}
        self.days: dict[tuple[str, date], str] = {}
        self.reasons: dict[tuple[str, date], str | None] = {}
        self.cursor, self.have, self.nonce, self.epoch = 0, 0, "", services.epoch
        self.clock_error = timedelta()

    @property
    def token_sha256(self) -> str:
        return sha256(self.token.encode()).hexdigest()

    @property
    def head(self) -> ChainHead:
        return head_of(self.records[-1]) if self.records else START

    def now(self) -> datetime:
        return self.services.environment.now() + self.clock_error

    # ---- what a participant does ---------------------------------------------------------------------------

    def record(self, kind: str, **body: Any) -> Record:
        """Append to the chain."""
        stamped = {"captured_at": format_utc(self.now()), **body}
        made = compose(
            id=self.services.environment.new_id(), kind=kind, device=self.device,
            sequence=self.head.sequence + 1, previous=self.head.hash, body=stamped,
        )  # fmt: skip
        self.records.append(made)
        return made

    def train(self) -> Record:
        return self.record("training")

    def evening(self, day: date) -> DiaryDay:
        """The diary day as this phone shows it."""
        facts = on_the_phone(list(self.told.values()), self.own_facts().values())
        return next(one for one in expand(self.services.study, facts, day) if one.day == day)

    def own_facts(self) -> dict[str, Fact]:
        made = [fact_from_record(one) for one in self.records if one.kind in ("zone", "choice", "training")]
        return {fact.id: fact for fact in made}

    def fill_in(self, day: date, **changes: Any) -> Record:
        """Save an entry for that diary day now."""
        return self.record("entry", **self.entry(day, **changes))

    def entry(self, day: date, **changes: Any) -> dict[str, Any]:
        """The body of an entry as the app writes it; `changes` go in whether they make sense or not."""
        shown = self.evening(day) if "opens" not in changes else None
        window = {"opens": shown.opens, "closes": shown.closes, "late_until": shown.late_until} if shown else {}
        now = self.now()
        body = EntryBody(
            participant=self.participant, study_version=self.services.study.version,
            schedule_revision=max((fact.revision for fact in self.told.values()), default=0),
            instrument=DMD, instrument_version="1.0", wording_sha256="0" * 64, language="da", diary_day=day,
            answers=ANSWERS, revision=1, captured_at=now, utc_offset_minutes=offset_minutes(now, ZONE), zone=ZONE,
            monotonic_ms=1000, app_version="1.0", tzdata_version=TZDATA_VERSION,
            **{**window, **{name: changes.pop(name) for name in ("opens", "closes", "late_until") if name in changes}},
        )  # fmt: skip
        return {**body.to_body(), **changes}

    # ---- the protocol --------------------------------------------------------------------------------------

    def enrol(self, code: str) -> EnrolAnswer:
        services, now = self.services, self.services.environment.now()
        request = EnrolRequest.model_validate_json(self.enrol_request(code).model_dump_json())
        with reading(services.engine) as connection:
            participant = participant_of(connection, services, code)
        answer = services.writer.run(participant, lambda connection: enrol(connection, services, request, now))
        self.participant, self.nonce, self.epoch = answer.participant, answer.nonce, answer.epoch
        self.hear(answer)
        return answer

    def enrol_request(self, code: str, **changes: Any) -> EnrolRequest:
        values = {
            "protocol": 1, "code": code, "device": self.device, "token_sha256": self.token_sha256,
            "device_clock": self.now(), "app_version": "1.0", **changes,
        }  # fmt: skip
        return EnrolRequest(**values)

    def sync(self, texts: Sequence[str] | None = None, **changes: Any) -> SyncAnswer:
        """One round with everything the server has not confirmed, or with the texts given."""
        answer = self.exchange(self.request(texts, **changes))
        self.have, self.nonce, self.epoch = answer.have_through.sequence, answer.nonce, answer.epoch
        self.hear(answer)
        return answer

    def request(self, texts: Sequence[str] | None = None, **changes: Any) -> SyncRequest:
        waiting = [record.text for record in self.records if record.sequence > self.have]
        values = {
            "protocol": 1, "device": self.device, "device_clock": self.now(), "cursor": self.cursor,
            "epoch": self.epoch, "pending": 0, "head": self.head, "nonce": self.nonce, "app_version": "1.0",
            "records": waiting if texts is None else texts, **changes,
        }  # fmt: skip
        return SyncRequest.model_validate_json(SyncRequest(**values).model_dump_json())

    def exchange(self, request: SyncRequest) -> SyncAnswer:
        """Authenticate, commit and answer, as the route does; what was heard is not taken in."""
        services, now = self.services, self.services.environment.now()
        with reading(services.engine) as connection:
            activation = authenticate(connection, request.device, f"Bearer {self.token}")
        arrived = arrivals.read(request.records, services.sealing.open)
        return services.writer.run(
            activation.participant,
            lambda connection: sync(connection, services, activation.participant, request, arrived, now),
        )

    def copied(self) -> "Handset":
        """Another phone that believes it is this one."""
        other = copy(self)
        other.records, other.told = list(self.records), dict(self.told)
        other.days, other.reasons = dict(self.days), dict(self.reasons)
        return other

    def goes_on(self, seed: str) -> "Handset":
        """The same phone under a new device id, presented to the server."""
        following = self.successor(seed)
        answer = self.sync([], successor=following.as_successor())
        following.nonce = answer.nonce
        following.hear(answer)
        return following

    def successor(self, seed: str = "alice again") -> "Handset":
        """The same phone under a new device id, not presented to the server yet."""
        following = Handset(self.services, seed)
        following.participant, following.cursor = self.participant, self.cursor
        following.told = {**self.told, **self.own_facts()}
        return following

    def as_successor(self) -> Successor:
        return Successor(device=self.device, token_sha256=self.token_sha256)

    def state(self, day: date) -> str | None:
        """The state of a day as this phone was told."""
        return self.days.get((DMD, day))

    def hear(self, answer: SyncAnswer | EnrolAnswer) -> None:
        self.cursor = answer.cursor
        for change in answer.facts:
            self.told[change.id] = Fact(change.id, change.at, change.change_no, detail_from(change.body))
        for day in answer.days:
            self.days[day.instrument, day.diary_day] = day.state
            self.reasons[day.instrument, day.diary_day] = day.reason


def add(services: Services, participant: str) -> str:
    """A participant on the trial's list, and the code for a phone."""
    number, _, subject = participant.partition("-")
    now = services.environment.now()
    services.writer.run(
        participant,
        lambda connection: staff.add_participant(
            connection, services, site=SITES[number], subject=subject, author=CAROL, at=now
        ),
    )
    return new_code(services, participant)


def new_code(services: Services, participant: str) -> str:
    now = services.environment.now()
    return services.writer.run(
        participant, lambda connection: staff.issue_code(connection, services, participant, author="carol", at=now)
    )


def record_fact(services: Services, participant: str, detail: Any) -> Fact:
    """Carol records something now."""
    now = services.environment.now()
    return services.writer.run(
        participant,
        lambda connection: staff.append_fact(connection, services, participant, detail, author=CAROL, at=now),
    )


def ready(services: Services, participant: str, seed: str = "alice") -> Handset:
    """A phone that is enrolled, trained and in step; the diary begins tomorrow."""
    handset = Handset(services, seed)
    handset.enrol(add(services, participant))
    handset.train()
    handset.sync()
    return handset


def tampered(record: Record, **changes: Any) -> Record:
    """The record with another body and everything else the same."""
    return compose(
        id=record.id, kind=record.kind, device=record.device, sequence=record.sequence,
        previous=record.previous, body={**record.body, **changes},
    )  # fmt: skip


def moved(record: Record, **changes: Any) -> Record:
    """The record under another id, device, sequence or previous hash."""
    whole = replace(record, **changes)
    return compose(
        id=whole.id, kind=whole.kind, device=whole.device, sequence=whole.sequence,
        previous=whole.previous, body=whole.body,
    )  # fmt: skip
