"""The simulated site: its staff, its participants' phones, and the real server behind them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from pydantic import BaseModel

from diary_app.core.windows import window_of
from diary_app.sync.transport import Transport
from server.intake import staff
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.simulate.people import ZONE, Evening, Person, Story
from server.simulate.phone import SimulatedPhone, moment_in

AUTHOR = "simulated staff"
WRONG_BY = timedelta(minutes=11)


@dataclass
class Ward:
    """Everybody at one simulated study. Phones live as SQLite files in `folder`, one folder a participant."""

    services: Services
    world: SimulatedEnvironment
    transport: Transport
    folder: Path
    _phones: dict[str, SimulatedPhone] = field(default_factory=dict)

    # ---- staff -----------------------------------------------------------------------------------------

    def id_of(self, person: Person) -> str:
        """The participant's pseudonym."""
        return f"{self.services.study.site(person.site).number}-{person.subject}"

    def add(self, person: Person) -> None:
        """Type the participant in."""
        self.services.writer.run(
            self.id_of(person),
            lambda connection: staff.add_participant(
                connection,
                self.services,
                site=person.site,
                subject=person.subject,
                author=AUTHOR,
                at=self.world.now(),
                choices={self.services.study.diary.instrument: person.choice},
            ),
        )

    def record(self, person: Person, detail: BaseModel) -> None:
        """Record a fact now."""
        self.services.writer.run(
            self.id_of(person),
            lambda connection: staff.append_fact(
                connection, self.services, self.id_of(person), detail, author=AUTHOR, at=self.world.now()
            ),
        )

    def recording(self, person: Person, detail: BaseModel) -> Callable[[], Awaitable[None]]:
        """The same as an act to be done later."""

        async def act() -> None:
            self.record(person, detail)

        return act

    def issue_code(self, person: Person) -> str:
        """A code for a first or another phone."""
        return self.services.writer.run(
            self.id_of(person),
            lambda connection: staff.issue_code(
                connection, self.services, self.id_of(person), author=AUTHOR, at=self.world.now()
            ),
        )

    # ---- participants ----------------------------------------------------------------------------------

    async def hand_out_phone(self, person: Person) -> None:
        """A first phone, or another one; the old one stays in a drawer with whatever it holds."""
        code = self.issue_code(person)
        old = self._phones.pop(self.id_of(person), None)
        if old is not None:
            old.close()
        phone = self._open(person, self._file(person, self._count(person)))
        await phone.enrol(code, self.services.settings.public_url)
        await phone.sync()

    async def practise(self, person: Person, evening: Evening) -> None:
        """Together with the nurse."""
        phone = self.phone(person)
        assert phone is not None
        phone.practise(evening)
        await phone.sync()

    def travelling(self, person: Person, zone: str) -> Callable[[], Awaitable[None]]:
        """Confirm another zone on the phone."""

        async def act() -> None:
            phone = self.phone(person)
            if phone is not None:
                phone.confirm_zone(zone)
                await phone.sync()

        return act

    def answering(self, person: Person, day: date, evening: Evening) -> Callable[[], Awaitable[None]]:
        """Fill in the diary, and send when there is a network."""

        async def act() -> None:
            phone = self.phone(person)
            if phone is None:
                return
            phone.fill_in(day, evening)
            if evening.online:
                await phone.sync()

        return act

    def moment_for(self, person: Person, day: date, evening: Evening) -> datetime | None:
        """When that would be; only a traveller's phone has to be asked."""
        if person.trip is None:
            rule = self.services.study.diary.window(person.choice)
            return moment_in(window_of(rule, day, ZONE), evening)
        phone = self.phone(person)
        return phone.moment_for(day, evening) if phone else None

    def phone(self, person: Person) -> SimulatedPhone | None:
        """The phone in use; None before enrolment."""
        known = self._phones.get(self.id_of(person))
        if known is None and (count := self._count(person)):
            known = self._open(person, self._file(person, count - 1))
        return known if known is not None and known.enrolled else None

    def close(self) -> None:
        """Switch all phones off."""
        for phone in self._phones.values():
            phone.close()
        self._phones.clear()

    def _open(self, person: Person, file: Path) -> SimulatedPhone:
        skew = WRONG_BY if person.story is Story.WRONG_CLOCK else timedelta()
        phone = SimulatedPhone.on_file(file, self.world, self.transport, skew)
        self._phones[self.id_of(person)] = phone
        return phone

    def _file(self, person: Person, number: int) -> Path:
        return self.folder / self.id_of(person) / f"phone-{number + 1}.sqlite"

    def _count(self, person: Person) -> int:
        return len(list((self.folder / self.id_of(person)).glob("phone-*.sqlite")))
