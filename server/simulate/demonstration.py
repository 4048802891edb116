"""A simulated MESRIX-more study that goes on living: built once, then caught up to now at each start.

Everything it does goes through the real phone code and the real API; only time and people are made up.
"""

import asyncio
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import httpx

from diary_app.core.environment import Environment
from diary_app.core.times import format_utc, local_date, parse_utc, wall_to_utc
from diary_app.sync.http_transport import HttpTransport
from server.app import create_app
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from server.simulate.people import ZONE, Person, earliest_day, people
from server.simulate.timeline import live
from server.simulate.ward import Ward

SEED = 7290946
STATE_FILE = "demonstration.json"
DAY = timedelta(days=1)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Lived:
    """How the demonstration was set up, and up to which moment it has lived."""

    participants: int
    built_on: date
    first: date
    until: datetime

    def to_text(self) -> str:
        """For the state file."""
        plain = {"participants": self.participants, "built_on": self.built_on.isoformat()}
        return json.dumps({**plain, "first": self.first.isoformat(), "until": format_utc(self.until)})

    @classmethod
    def from_text(cls, text: str) -> "Lived":
        """The reverse."""
        plain = json.loads(text)
        built_on, first = (date.fromisoformat(plain[name]) for name in ("built_on", "first"))
        return cls(plain["participants"], built_on, first, parse_utc(plain["until"]))

    @property
    def people(self) -> list[Person]:
        """The same people each time."""
        return list(people(SEED, self.built_on, self.participants, self.first))


def lived(folder: Path) -> Lived | None:
    """What an earlier start left; None when there is nothing whole."""
    file = folder / STATE_FILE
    return Lived.from_text(file.read_text(encoding="utf-8")) if file.is_file() else None


def bring_up_to_now(
    settings: Settings, environment: Environment, participants: int, progress: Progress, title: Callable[[str], None]
) -> Lived:
    """Build the demonstration in the settings' var folder, or let it live on until now."""
    now, folder = environment.now(), settings.var_folder
    known = lived(folder)
    if known is None:
        title(f"Simulating {participants} participants (once) ...")
        shutil.rmtree(folder, ignore_errors=True)  # whatever a start that was stopped half-way left
        folder.mkdir(parents=True)
        today = local_date(now, ZONE)
        first = earliest_day(today, last_change_of_clocks(now))
        known = Lived(participants, today, first, datetime.combine(first, datetime.min.time(), UTC))
    elif now - known.until > timedelta(days=1):
        title("Letting the simulated participants catch up ...")
    asyncio.run(_live(settings, known, now, progress))
    after = Lived(known.participants, known.built_on, known.first, now)
    draft = folder / f"{STATE_FILE}.new"
    draft.write_text(after.to_text(), encoding="utf-8")
    draft.replace(folder / STATE_FILE)  # a start that is killed here finds the old state or the new one
    return after


async def _live(settings: Settings, known: Lived, now: datetime, progress: Progress) -> None:
    world = SimulatedEnvironment(known.until, seed=f"{SEED}:{format_utc(known.until)}")
    app = create_app(settings, world, clockwork=False)
    whole = max(1, (now.date() - known.until.date()).days)
    async with app.router.lifespan_context(app):
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")
        transport = HttpTransport(client)
        ward = Ward(app.state.services, world, transport, settings.var_folder / "phones")
        await live(ward, known.people, known.until, now, lambda day: progress((day - known.until.date()).days, whole))
        ward.close()
        await transport.aclose()


def last_change_of_clocks(now: datetime) -> date:
    """The last date on which the wall clocks of the sites were set forward or back."""
    day = local_date(now, ZONE)
    while wall_to_utc(day, 0, ZONE, last=False) - wall_to_utc(day - DAY, 0, ZONE, last=False) == DAY:
        day -= DAY
    return day - DAY
