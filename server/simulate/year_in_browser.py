"""Run in a browser by `xerodiary bench web`: fills the diary with a year of evenings and says how long saves took.

As on a participant's phone: there is a PIN, and each entry is sealed to it and to the study before it is stored.
"""

import os
import statistics
from datetime import UTC, date, datetime, timedelta

import diary_host
import flet as ft

from diary_app import resources
from diary_app.core.environment import SystemEnvironment
from diary_app.core.facts import DeviceState
from diary_app.core.records import RecordKind
from diary_app.core.wire import DayChange, EnrolAnswer, FactChange
from diary_app.sealing.platform import this_cipher
from diary_app.storage.diary import Diary
from diary_app.storage.entry_form import NewEntry

PARTICIPANT, EPOCH = "01-001", "11111111-1111-4111-8111-111111111111"
ADDED, ACTIVATED = "22222222-2222-4222-8222-222222222222", "33333333-3333-4333-8333-333333333333"
#: P-256's base point, as good as any other public key for sealing to.
SEALING_KEY = "BGsX0fLhLEJH-Lzm5WOkQPJ3A32BLeszoPShOUXYmMKWT-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"
PIN = "2580"
ANSWERS = {f"DMD0{number}": 3 for number in range(1, 7)}
environment = SystemEnvironment()


def enrol(diary: Diary, today: date, evenings: int) -> None:
    """As a server would that has graded every evening of the past."""
    pending = diary.conversation.begin_enrolment()
    since = environment.now() - timedelta(days=evenings + 1)
    answer = EnrolAnswer(
        protocol=1, participant=PARTICIPANT, site="copenhagen", language="en", study_version="1",
        study_text=resources.study_text("mesrix-more"), epoch=EPOCH, nonce="n", device_state=DeviceState.ACTIVE,
        facts=(
            fact(1, ADDED, since, kind="participant_added", site="copenhagen", zone="Europe/Copenhagen", language="en"),
            fact(2, ACTIVATED, since, kind="phone_activated", device=pending.device),
        ),
        days=tuple(done(number, today - timedelta(days=number)) for number in range(1, evenings + 1)),
        cursor=evenings + 2, more=False, server_time=environment.now(), sealing_key=SEALING_KEY,
    )  # fmt: skip
    diary.conversation.complete_enrolment(pending.device, answer, "https://diary.example")


def fact(change_no: int, id: str, at: datetime, **body: str) -> FactChange:
    """One fact about the participant."""
    return FactChange(change_no=change_no, id=id, at=at, body=dict(body))


def done(number: int, day: date) -> DayChange:
    """One evening that the server has."""
    return DayChange(change_no=number + 2, instrument="DMD", diary_day=day, state="done")


def evening(day: date) -> NewEntry:
    """What was filled in that day."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return NewEntry(
        instrument="DMD", instrument_version="1.0", wording_sha256="0" * 64, language="en", diary_day=day,
        zone="Europe/Copenhagen", opens=at + timedelta(hours=17), closes=at + timedelta(hours=26),
        late_until=at + timedelta(hours=35), answers=ANSWERS,
    )  # fmt: skip


async def saved_in_ms(diary: Diary, day: date) -> float:
    """From the tap to durable."""
    began = environment.monotonic()
    await diary.write_entry(evening(day))
    return (environment.monotonic() - began) * 1000


async def main(page: ft.Page) -> None:
    """Fill, and say so."""
    evenings = int(diary_host.enrol_code())
    diary = Diary.open(os.environ["DIARY_DB"], environment, diary_host.flush, cipher=this_cipher())
    today = environment.now().date()
    enrol(diary, today, evenings)
    await diary.keyring.set_pin(PIN)
    await diary.write(RecordKind.TRAINING, {})
    past = [today - timedelta(days=number) for number in range(evenings, 0, -1)]
    took = [await saved_in_ms(diary, day) for day in past] or [0.0, 0.0]
    page.add(ft.Text(f"saved {evenings}, p95 {statistics.quantiles(took, n=20)[-1]:.1f} ms"))


if __name__ == "__main__":
    ft.run(main)
