"""One phone in a storm: the real diary on a file, a hand on the screen, and everything that befalls phones."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from diary_app.core.correction_facts import ParticipantAnswer
from diary_app.core.corrections import answer_body
from diary_app.core.errors import DiaryUnavailable
from diary_app.core.records import Record, RecordKind, parse
from diary_app.storage.database import Database
from diary_app.storage.diary import Diary
from diary_app.sync.outcome import Standing, SyncOutcome
from diary_app.sync.transport import ServerUnreachable
from server.simulate.environment import SimulatedEnvironment
from server.simulate.people import Evening
from server.simulate.phone import SimulatedPhone
from server.simulate.storm.acknowledging import asked
from server.simulate.storm.clocks import PhoneClock
from server.simulate.storm.counts import Kind
from server.simulate.storm.fuses import PhoneKilled
from server.simulate.storm.ledger import Holding, Ledger, saved
from server.simulate.storm.machine import Machine
from server.simulate.storm.pins import PinMemory, StormCipher
from server.simulate.storm.power import copy_images
from server.simulate.storm.tabs import Tab
from server.simulate.storm.taking_codes import enrolments, take_code
from server.simulate.storm.wire import Line, Network, held_back

_TRIES = 4


class Handset(Machine):
    """A phone of one person; `name` is unique in the run."""

    def __init__(
        self,
        name: str,
        participant: str,
        folder: Path,
        world: SimulatedEnvironment,
        network: Network,
        ledger: Ledger,
        *,
        has_pin: bool = False,
    ) -> None:
        super().__init__(name, folder)
        self.clock = PhoneClock(world, name)
        self.pin = PinMemory(StormCipher(self.clock))
        self.has_pin = has_pin
        self.holding = Holding(name, participant)
        ledger.holdings.append(self.holding)
        self.line: Line = network.line()
        self.standing: SyncOutcome | None = None
        self.ledger = ledger
        self._world = world
        self._image: tuple[Path, list[str], int] | None = None
        self._heard: datetime | None = None
        self.phone: SimulatedPhone

    @property
    def diary(self) -> Diary:
        """What is on it."""
        return self.phone.diary

    def switch_on(self, dies_after: int | None = None) -> None:
        """Start the app. Raises `DiaryUnavailable`, `PhoneKilled` after so many storage steps of the start."""
        self._database = self.opened_file()
        if dies_after is not None:
            self.will_die(dies_after)
        self._database.prepare()
        diary = self._diary_on(self._database)
        diary.self_test()
        self.phone = SimulatedPhone(diary, self.clock, self.line, self.note)

    def updated(self, as_it_was: Callable[[Path, Path], None], dies_after: int | None) -> None:
        """The app starts over the file of an earlier one, and dies over it or not; nothing on it may be lost."""
        self.switch_off()
        before, self._number = self.file, self._number + 1
        as_it_was(before, self.file)
        with self._mortal():
            self.switch_on(dies_after)
        self.put_out()
        self.take_stock("the app was updated")

    def switch_off(self) -> None:
        """Close the app."""
        self.put_out()
        self._database.close()

    def restart(self) -> None:
        """Close the app and start it again."""
        self.switch_off()
        self.switch_on()

    # ---- what a person does ----------------------------------------------------------------------------

    def will_enrol(self, fates: Sequence[str], dies_after: int | None) -> None:
        """What will befall the messages of its enrolment, and after how many storage steps it is killed over it."""
        self.line.expect(fates)
        if dies_after is not None:
            self.will_die(dies_after)

    async def enrol(self, code: str, address: str) -> bool:
        """Type the code, again where nobody answered; whether it worked."""
        enrolled, reached = self._enrolments(), self.line.reached
        taken = await self._try_code(code, address, enrolled)
        if taken or self.line.reached > reached + (taken is False):  # a message may have done it, unheard
            self.holding.enrolled.append(self._world.now())
        return bool(taken)

    async def _try_code(self, code: str, address: str, enrolled: int) -> bool | None:
        for _ in range(_TRIES):
            with self._mortal(), contextlib.suppress(ServerUnreachable), self.refusing():
                if enrolments(self._database) > enrolled:
                    return True  # it had enrolled when it was killed, and says so when it starts
                return await take_code(self.phone, self.holding, self.ledger, (code, address), self._world.now())
        return None

    def practise(self, evening: Evening) -> None:
        """The practice entry, with the nurse, who sees to it that it is done."""
        with self._mortal():
            self._open()
            self.phone.practise(evening)
        if not self._is_trained():
            with self._mortal(), self.refusing():
                self._open()
                self.phone.practise(evening)

    def fill_in(self, day: date, evening: Evening) -> None:
        """That evening, if the phone lets it be filled in."""
        number, held, now, is_open = self._number, len(self.holding.ids), self.clock.now(), not self.has_pin
        try:
            with self._mortal(), self.refusing():
                is_open = self._open()
                if is_open and not self.was_filled_in(self.diary, day):
                    self.phone.fill_in(day, evening)
        finally:
            may_refuse = self.is_full or not is_open or number != self._number
            if not may_refuse and held == len(self.holding.ids):
                self.ledger.nothing_saved(self.holding, day, now)

    def first_tab(self) -> Tab:
        """The one that is always open."""
        return Tab(self.phone, self._database)

    @contextmanager
    def second_tab(self) -> Iterator[Tab]:
        """Another one, which is closed in the end."""
        database = self.opened_file()
        try:
            yield Tab(SimulatedPhone(self._diary_on(database), self.clock, self.line, self.note), database)
        finally:
            database.close()

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Whatever is done with the app meanwhile may be refused, and the app may die over it."""
        with self._mortal(), self.refusing():
            yield

    def used(self, work: Callable[[], bool]) -> bool:
        """Somebody does something with the app, if it opens; whether anything came of it."""
        said: list[bool] = []
        with self._mortal(), self.refusing():
            if self._open():
                said.append(work())
        return any(said)

    def confirm_zone(self, zone: str) -> None:
        """Follow that zone."""
        with self._mortal(), self.refusing():
            if self._open():
                self.phone.confirm_zone(zone)

    async def answer_corrections(self, answer: ParticipantAnswer) -> None:
        """The same to everything that the study asks about."""
        with self._mortal(), self.refusing():
            if self._open():
                for correction in asked(self.diary):
                    await self.diary.write(RecordKind.ACKNOWLEDGEMENT, answer_body(correction, answer))
                    self._note_new()
                    self.ledger.befell[Kind.CORRECTION_ANSWERED] += 1

    def forget_pin(self) -> None:
        """It locks itself, and whatever is typed is wrong. What waits is sent all the same."""
        with self._mortal(), self.refusing():
            self.pin.forget(self.diary)

    async def begin_anew(self, code: str, address: str) -> None:
        """A new code stands for a forgotten PIN, and another one is chosen."""
        await self.enrol(code, address)
        with self._mortal(), self.refusing():
            self._open()

    async def sync(self, fates: list[str]) -> SyncOutcome | None:
        """Send and fetch; None when the phone died over it or is not enrolled."""
        self.standing = None
        if not self.is_enrolled():
            return None
        with self.heard(fates), self._mortal(), self.refusing():
            self.standing = await self.phone.sync()
            self.holding.told |= self.standing.standing is Standing.ALL_SENT
        return self.standing

    @contextmanager
    def heard(self, fates: list[str]) -> Iterator[None]:
        """What is sent meanwhile has these fates, and is a contact where it reached the server."""
        self.line.expect(fates)
        before, reached = min(self.clock.now(), self._world.now() + held_back(fates)), self.line.reached
        yield
        if self.line.reached > reached:
            self._heard = max(self._heard or before, before)

    def is_enrolled(self) -> bool:
        """Whether a code was used on it; not while it dies over the question."""
        said: list[bool] = []
        with self._mortal():
            said.append(self.phone.enrolled)
        return any(said)

    def says_all_sent(self) -> bool:
        """Whether it shows that nothing waits."""
        said: list[bool] = []
        with self._mortal():
            said.append(not self.diary.waiting())
        return any(said)

    def calm(self) -> None:
        """Nothing more befalls it."""
        self.line.protocol = None
        self.put_out()
        self.free_disk()

    # ---- what befalls it -------------------------------------------------------------------------------

    def take_image(self) -> None:
        """A backup of the whole phone."""
        image = self._folder / f"{self.name}-image.sqlite"
        copy_images(self.file, image)
        self._image = (image, list(self.holding.ids), len(self.line.heard_at))

    def set_back(self) -> bool:
        """The backup is put back; False when there is none."""
        if self._image is None:
            return False
        image, ids, heard = self._image
        self.put_out()
        self._database.close()
        self._number += 1
        copy_images(image, self.file)
        contacts = tuple(self.line.heard_at[heard:])
        self.ledger.lost |= dict.fromkeys(set(self.holding.ids) - set(ids), contacts)
        self.holding.ids = list(ids)
        self.holding.confirmed = 0
        self.holding.told = False
        self.holding.odd = True
        self.switch_on()
        return True

    def copied(self, name: str, network: Network, world: SimulatedEnvironment) -> "Handset":
        """Another phone with the same diary on it."""
        other = Handset(name, self.holding.participant, self._folder, world, network, self.ledger, has_pin=self.has_pin)
        copy_images(self.file, other.file)
        other.pin = self.pin.copied(other.pin.cipher)
        other.holding.begin_as(self.holding)
        other.switch_on()
        return other

    def lose(self, why: str) -> None:
        """Nobody will ever read it again."""
        self.holding.gone = why
        self.switch_off()

    def texts(self) -> dict[str, str]:
        """What is really on it: id and text of each record."""
        devices = [chain.device for chain in self.diary.conversation.chains()]
        with self._database.reading() as connection:
            return self.pin.texts(connection, devices)

    def note(self, record: Record, study_version: str = "") -> None:
        """The diary said that this is saved. `study_version`: by which an entry's questions were on the screen."""
        one = saved(record, self.holding.participant, self._heard)
        self.ledger.note(self.holding, replace(one, edition=study_version) if study_version else one)

    def _diary_on(self, database: Database) -> Diary:
        return Diary(database, self.clock, self.pin.cipher if self.has_pin else None)

    def _open(self) -> bool:
        return self.pin.open(self.diary, self._database)

    def was_filled_in(self, diary: Diary, day: date) -> bool:
        """As the app can tell of an evening that lies under a forgotten PIN."""
        if not self.has_pin:
            return False
        known = diary.day_states().get(day)
        return day in diary.days_waiting_closed("DMD") or (known is not None and known.entry is not None)

    def _enrolments(self) -> int:
        """How many it knows of, also when it dies over the question."""
        known: list[int] = []
        while not known:
            with self._mortal():
                known.append(enrolments(self._database))
        return known[0]

    def _is_trained(self) -> bool:
        return any(self.ledger.records[one].kind == "training" for one in self.holding.ids)

    @contextmanager
    def refusing(self) -> Iterator[None]:
        """The app may say that it cannot, which is what it has to do where there is no room."""
        try:
            yield
        except DiaryUnavailable:
            self.ledger.befell[Kind.DISK_FULL] += self.is_full

    @contextmanager
    def _mortal(self) -> Iterator[None]:
        try:
            yield
        except PhoneKilled:
            self.ledger.befell.phone_killed(self.ledger.doing)
            self.put_out()
            self._database.close()
            self._number += 1
            self.switch_on()
            self.line.was_killed(self.nonces())
            self.take_stock("it was killed")

    def take_stock(self, when: str, under_way: int = 1) -> None:
        """All that was saved is there, and at most the one record that was under way."""
        there = self.texts()
        known = set(self.holding.ids)
        for missing in known - there.keys():
            self.ledger.violated(f"{self.name} lost {self.ledger.records[missing].kind} {missing} when {when}")
        self._note_new()
        if len(there) > len(known) + under_way:
            self.ledger.violated(f"{self.name} holds records that nobody saved")

    def _note_new(self) -> None:
        """Records that were saved past the hand on the screen."""
        known = set(self.holding.ids)
        for record, text in self.texts().items():
            if record not in known:
                self.note(parse(text))
