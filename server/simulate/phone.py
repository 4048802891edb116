"""One simulated phone: the real diary and the real sync engine, with a made-up hand on the screen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Self

from diary_app import resources
from diary_app.core.entries import FilledBy, LateReason, Skip
from diary_app.core.environment import Environment
from diary_app.core.instruments import Instrument, Item
from diary_app.core.merge import counting
from diary_app.core.records import Record, RecordKind
from diary_app.core.study import Study
from diary_app.core.times import local_date
from diary_app.core.windows import DiaryDay, Window, expand
from diary_app.core.wording import wording_sha256
from diary_app.storage.diary import Diary
from diary_app.storage.entry_form import NewEntry
from diary_app.sync.engine import SyncEngine
from diary_app.sync.outcome import SyncOutcome
from diary_app.sync.transport import Transport
from server.simulate.environment import SimulatedEnvironment, SkewedEnvironment
from server.simulate.people import Evening


@dataclass(frozen=True)
class Shown:
    """What is on the screen: a diary day, None for one that nobody waits for, as that version of the study asks it."""

    day: DiaryDay | None
    study: Study

    @property
    def asked(self) -> Instrument:
        """The questions."""
        return resources.instrument(self.study.diary.instrument, self.study.diary.version)


def _unheard(_record: Record, _study_version: str = "") -> None:
    """Where nobody keeps an account."""


class SimulatedPhone:
    """A phone in one participant's pocket. `noted` hears of each record once the diary says that it is saved.

    Of an entry it hears as well under which version of the study its questions were on the screen.
    """

    def __init__(
        self, diary: Diary, environment: Environment, transport: Transport, noted: Callable[..., None] = _unheard
    ) -> None:
        self._environment = environment
        self.diary = diary
        self._engine = SyncEngine(diary, transport, environment)
        self._noted = noted
        self._looked_up: dict[date, Shown] = {}
        self._enrolled = False

    @classmethod
    def on_file(
        cls, file: Path, world: SimulatedEnvironment, transport: Transport, skew: timedelta = timedelta()
    ) -> Self:
        """One whose diary is that file. `skew`: how wrong its clock is."""
        file.parent.mkdir(parents=True, exist_ok=True)
        environment = SkewedEnvironment(world, skew)
        return cls(Diary.open(str(file), environment), environment, transport)

    @property
    def enrolled(self) -> bool:
        """Whether a code was used on it."""
        self._enrolled = self._enrolled or self.diary.installation() is not None
        return self._enrolled

    async def enrol(self, code: str, server_url: str) -> None:
        """Type the code."""
        await self._engine.enrol(code, server_url)

    async def sync(self) -> SyncOutcome:
        """Send and fetch; what the server cannot take now stays on the phone."""
        return await self._engine.sync()

    def practise(self, evening: Evening) -> None:
        """The practice entry and the training that it completes."""
        now = self._environment.now()
        zone = self._home_zone()
        today = local_date(now, zone)
        study = self.diary.study()
        rule = self.diary.study().diary.windows[0]
        shown = Shown(DiaryDay(study.diary.instrument, today, rule.id, zone, now, now, now), study)
        self._save(shown, self._entry(shown, evening, practice=True))
        self._noted(self.diary.append(RecordKind.TRAINING, {}))

    def confirm_zone(self, zone: str) -> None:
        """Follow another zone from the next evening on; whoever looked before looks again."""
        self._looked_up = {}
        self._noted(self.diary.append(RecordKind.ZONE, {"zone": zone}))

    def fill_in(self, day: date, evening: Evening) -> bool:
        """Fill in that diary day if its window is open by this phone's clock and it is still empty."""
        now, screen = self._environment.now(), self._shown(day)
        shown = screen.day
        if shown is None or not shown.opens <= now <= shown.late_until or self._is_filled_in(shown.instrument, day):
            return False
        self._save(screen, self._entry(screen, evening, late=now > shown.closes))
        return True

    def change(self, day: date, evening: Evening) -> bool:
        """Other answers for that diary day, while it can be filled in by this phone's clock; needs an entry here."""
        now, screen = self._environment.now(), self._shown(day)
        shown = screen.day
        if shown is None or not shown.opens <= now <= shown.late_until:
            return False
        counted = counting(self.diary.entries(shown.instrument, day))
        if counted is None:
            return False
        self._save(screen, replace(self._entry(screen, evening), parent=counted.current.id))
        return True

    def has_entry(self, day: date) -> bool:
        """Whether an entry for that diary day was saved on this phone."""
        return self._is_filled_in(self.diary.study().diary.instrument, day)

    def moment_for(self, day: date, evening: Evening) -> datetime | None:
        """When the person takes up the phone for that diary day, in true time; None when nothing is due then."""
        self._looked_up.pop(day, None)
        shown = self._shown(day).day
        return None if shown is None else moment_in(shown.window, evening)

    def close(self) -> None:
        """Switch it off."""
        self.diary.close()

    def _shown(self, day: date) -> Shown:
        """That diary day as it was shown when the person looked, whichever version of the study has come since."""
        if day not in self._looked_up:
            study = self.diary.study()
            days = expand(study, self.diary.facts(), day)
            self._looked_up = {day: Shown(next((one for one in days if one.day == day and one.expected), None), study)}
        return self._looked_up[day]

    def _save(self, shown: Shown, new: NewEntry) -> None:
        self._noted(self.diary.save_entry(new), shown.study.version)

    def _is_filled_in(self, instrument: str, day: date) -> bool:
        return any(not version.body.practice for version in self.diary.entries(instrument, day))

    def _home_zone(self) -> str:
        installation = self.diary.installation()
        assert installation is not None
        return self.diary.study().site(installation.site).zone

    def _entry(self, shown: Shown, evening: Evening, *, practice: bool = False, late: bool = False) -> NewEntry:
        installation, day, asked = self.diary.installation(), shown.day, shown.asked
        self.diary.study()  # read again, as the app does; what is on the screen stays
        assert installation is not None
        assert day is not None
        language = installation.language
        return NewEntry(
            instrument=asked.code,
            instrument_version=asked.version,
            wording_sha256=_wording(asked.code, asked.version, language),
            language=language,
            diary_day=day.day,
            zone=day.zone,
            opens=day.opens,
            closes=day.closes,
            late_until=day.late_until,
            answers={item.code: _answer(item, evening.answers[item.code]) for item in asked.items},
            filled_by=FilledBy.SOMEONE_TAPPED if evening.someone_tapped else FilledBy.SELF,
            practice=practice,
            late_reason=LateReason.FORGOT if late else None,
            study_version=shown.study.version,
            page_ms=dict.fromkeys(asked.item_codes, evening.seconds_a_page * 1000),
        )


def moment_in(window: Window, evening: Evening) -> datetime:
    """When the person takes up the phone, in a window."""
    if evening.late:
        return window.closes + timedelta(minutes=min(evening.minutes_after_opening + 240, 530))
    return window.opens + timedelta(minutes=evening.minutes_after_opening)


@cache
def _wording(code: str, version: str, language: str) -> str:
    return wording_sha256(resources.instrument(code, version), resources.catalogue(language))


def _answer(item: Item, value: int | str) -> int | Skip:
    """What is meant, or the highest answer that the question offers."""
    return Skip(value) if isinstance(value, str) else min(value, max(item.values))
