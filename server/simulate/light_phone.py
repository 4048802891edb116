"""A phone reduced to what the protocol sees of it, so that thousands fit into one process.

It makes records, keeps them for good, sends what is not confirmed with the same bytes until it is, and remembers what
it was told. Screens, storage and sealing are those of `phone.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from diary_app.core.chain import START, head_of
from diary_app.core.entries import EntryBody
from diary_app.core.records import Record, compose
from diary_app.core.times import TZDATA_VERSION, format_utc, offset_minutes
from diary_app.core.windows import DiaryDay
from diary_app.core.wire import CURRENT, MAX_BATCH, ChainHead, Receipt, SyncAnswer, SyncRequest

INSTRUMENT_VERSION = "1.0"
APP_VERSION = "1.0"


@dataclass
class LightPhone:
    """One installation. `told`: state of each diary day; `changes`: every change number that it was told, in order."""

    participant: str
    device: str
    token: str
    study_version: str
    study_sha256: str = ""
    records: list[Record] = field(default_factory=list)
    receipts: dict[str, Receipt] = field(default_factory=dict)
    told: dict[tuple[str, date], str] = field(default_factory=dict)
    changes: list[int] = field(default_factory=list)
    confirmed: int = 0
    cursor: int = 0
    nonce: str = ""
    epoch: str = ""

    @property
    def head(self) -> ChainHead:
        """The end of its chain."""
        return head_of(self.records[-1]) if self.records else START

    def record(self, kind: str, id: str, **body: Any) -> Record:
        """Append to the chain."""
        head = self.head
        made = compose(
            id=id, kind=kind, device=self.device, sequence=head.sequence + 1, previous=head.hash, body=body
        )  # fmt: skip
        self.records.append(made)
        return made

    def fill_in(self, shown: DiaryDay, answers: Mapping[str, int], id: str, captured_at: datetime) -> Record:
        """Save an entry for that evening."""
        body = EntryBody(
            participant=self.participant, study_version=self.study_version, schedule_revision=self.cursor,
            instrument=shown.instrument, instrument_version=INSTRUMENT_VERSION, wording_sha256="0" * 64,
            language="da", diary_day=shown.day, answers=dict(answers), revision=1,
            opens=shown.opens, closes=shown.closes, late_until=shown.late_until,
            captured_at=captured_at, utc_offset_minutes=offset_minutes(captured_at, shown.zone), zone=shown.zone,
            monotonic_ms=1000, app_version=APP_VERSION, tzdata_version=TZDATA_VERSION,
            page_ms=dict.fromkeys(answers, 4000),
        )  # fmt: skip
        return self.record("entry", id, **body.to_body())

    def train(self, id: str, captured_at: datetime) -> Record:
        """Complete the training."""
        return self.record("training", id, captured_at=format_utc(captured_at))

    def waiting(self) -> list[Record]:
        """What the server has not confirmed, at most a batch."""
        return self.records[self.confirmed : self.confirmed + MAX_BATCH]

    def request(self, device_clock: datetime) -> bytes:
        """The body of one round."""
        batch = self.waiting()
        message = SyncRequest(
            protocol=CURRENT.number, device=self.device, device_clock=device_clock, cursor=self.cursor,
            epoch=self.epoch, pending=len(self.records) - self.confirmed - len(batch), head=self.head,
            nonce=self.nonce, app_version=APP_VERSION, records=tuple(one.text for one in batch),
            study_sha256=self.study_sha256,
        )  # fmt: skip
        return message.model_dump_json(exclude_none=True).encode()

    def hear(self, answer: SyncAnswer) -> None:
        """Take in what the server says."""
        self.receipts |= {receipt.id: receipt for receipt in answer.receipts}
        self.told |= {(day.instrument, day.diary_day): day.state for day in answer.days}
        self.changes += sorted([one.change_no for one in answer.facts] + [one.change_no for one in answer.days])
        self.confirmed = answer.have_through.sequence
        self.cursor, self.nonce, self.epoch = answer.cursor, answer.nonce, answer.epoch
