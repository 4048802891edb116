"""Weeks around a treatment: Alice's entries at odd hours on its nights, Bob without a date, read once for a module."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from diary_app.core.facts import AnchorSet, Randomised
from server.db.engine import reading
from server.export.content import About, CutKind, Opener
from server.export.participant import ExportedParticipant
from server.export.reading import everybody, instruments_in_use
from server.export.tally import count
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.export.conftest import run_jobs
from tests.export.parts import about_now
from tests.server.handset import ANSWERS, Handset, ready, record_fact

START = datetime(2026, 11, 22, 18, tzinfo=UTC)
TREATMENT = date(2026, 12, 1)
#: Diary day -> (answer to DMD01, when it was saved in UTC, as hours after the start of the diary day).
EVENINGS: dict[date, tuple[int, float]] = {
    date(2026, 11, 23): (5, 20),
    date(2026, 11, 24): (7, 20),
    date(2026, 11, 25): (7, 20),
    date(2026, 11, 26): (8, 20),
    date(2026, 11, 28): (8, 23 + 40 / 60),  # 00:40 on the next day in Copenhagen
    date(2026, 11, 29): (9, 20),
    date(2026, 11, 30): (10, 24 + 10),  # 11:00 on the treatment's day, an hour after it
    date(2026, 12, 1): (6, 20),
    date(2026, 12, 2): (6, 20),
    date(2026, 12, 3): (5, 20),
    date(2026, 12, 4): (4, 20),
    date(2026, 12, 8): (3, 20),
    date(2026, 12, 9): (3, 20),
    date(2026, 12, 10): (3, 20),
    date(2026, 12, 15): (2, 20),
}
SKIPPED = date(2026, 12, 4)
FORMULA = '=HYPERLINK("https://evil.example")'


def live(services: Services, clock: SimulatedEnvironment) -> None:
    """Treatment 2 is planned for Alice and never given to Bob, who has one entry and no date at all for the first."""
    alice, bob = ready(services, ALICE), ready(services, BOB, "bob")
    record_fact(services, ALICE, Randomised(day=date(2026, 11, 22)))
    record_fact(services, BOB, AnchorSet(anchor="treatment_2", not_given=date(2026, 11, 22), reason="other"))
    treated = False
    for day, (dryness, hours) in EVENINGS.items():
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hours)
        if not treated and moment.date() >= TREATMENT:
            treated = _treat(services)
        clock.move_to(moment)
        _fill_in(alice, day, dryness, is_late=hours > 26)
        if day == date(2026, 11, 23):
            bob.fill_in(day, app_version=FORMULA)
            bob.sync()
    run_jobs(services)


def _treat(services: Services) -> bool:
    record_fact(
        services, ALICE, AnchorSet(anchor="treatment_1", planned=TREATMENT, actual=TREATMENT, actual_time="10:00")
    )
    record_fact(services, ALICE, AnchorSet(anchor="treatment_2", planned=date(2027, 4, 1)))
    return True


def _fill_in(phone: Handset, day: date, dryness: int, *, is_late: bool) -> None:
    skipped = {"DMD02": "prefer_not_to_answer", "DMD04": "not_applicable"} if day == SKIPPED else {}
    late = {"late_reason": "forgot"} if is_late else {}
    phone.sync()
    phone.fill_in(day, answers={**ANSWERS, "DMD01": dryness, **skipped}, **late)
    phone.sync()


@dataclass(frozen=True)
class Staged:
    """The study as it was read; parts write it as often as tests want."""

    about: About
    people: Sequence[ExportedParticipant]

    def write(self, opener: Opener, folder: Path) -> "tuple[Counter[str], Counter[str]]":
        """What the part says that it wrote, and what there was."""
        folder.mkdir(parents=True)
        part, there = opener(folder, self.about), Counter[str]()
        for person in self.people:
            part.add(person)
            there += count(person, self.about.cut)
        return part.finish(), there

    def at(self, moment: datetime) -> "Staged":
        """The same with another moment of the cut."""
        return replace(self, about=replace(self.about, cut=replace(self.about.cut, at=moment)))

    @property
    def alice(self) -> ExportedParticipant:
        """The one with a treatment."""
        return self.people[0]


def stage(services: Services, kind: CutKind = CutKind.FINAL) -> Staged:
    """What is in the database now."""
    with reading(services.engine) as connection:
        about = about_now(services, instruments_in_use(connection, services.study), kind)
        return Staged(about, list(everybody(connection, services.study, about.cut.at)))


def staged_on(database_url: str, home: Path) -> Staged:
    """The same lived anew on a migrated database."""
    home.mkdir(exist_ok=True)
    clock = SimulatedEnvironment(START)
    services = open_services(Settings(database_url=database_url, var_folder=home), clock)
    live(services, clock)
    staged = stage(services)
    services.close()
    return staged


def contents(folder: Path) -> dict[str, bytes]:
    """Every file by its name."""
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def with_second_version(staged: Staged) -> Staged:
    """Alice's last entry was made with a later version of the diary that asks one question more."""
    daily = staged.about.instruments[0]
    more = daily.items[0].model_copy(update={"code": "DMD07", "slot": 7, "short": "Dryness Of The Lips"})
    second = daily.model_copy(update={"version": "2.0", "scoring_version": "2", "items": (*daily.items, more)})
    last = max(staged.alice.entries, key=lambda entry: entry.version.body.diary_day)
    body = last.version.body.model_copy(
        update={"instrument_version": "2.0", "answers": {**last.version.body.answers, "DMD07": 2}}
    )
    changed = replace(last, version=replace(last.version, body=body))
    alice = replace(staged.alice, entries=[changed if one is last else one for one in staged.alice.entries])
    about = replace(staged.about, instruments=(*staged.about.instruments, second))
    return replace(staged, about=about, people=[alice, *staged.people[1:]])
