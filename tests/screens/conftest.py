"""Alice's phone: a real diary in a file, the real screens, a link and a host written by hand."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from diary_app import resources
from diary_app.core.entries import EntryVersion, Mode
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import DeviceState
from diary_app.core.pins import Lock
from diary_app.core.records import RecordKind, parse
from diary_app.core.wire import DayChange, FactChange, Receipt, SyncAnswer, SyncRequest
from diary_app.day_states import current_entry
from diary_app.host import AtDoor, Permission
from diary_app.journal import Journal
from diary_app.screens.shell import shell
from diary_app.state import DiaryState
from diary_app.storage.diary import Diary
from diary_app.surroundings import Surroundings
from diary_app.sync.transport import ServerUnreachable
from diary_app.texts import Catalogues
from server.simulate.environment import SimulatedEnvironment
from tests.screens.driving import Screen
from tests.storage.phones import EPOCH, TODAY, added, enrol

CODE = "0108-1G81-8656"
ANSWERS = {"DMD01": 7, "DMD02": 3, "DMD03": 0, "DMD04": "not_applicable", "DMD05": 10, "DMD06": 2}


@dataclass
class FakeHost:
    """A browser page, as a list of what it was told."""

    mode: Mode = Mode.WEB
    code: str = ""
    here: str = "Europe/Copenhagen"
    home: str = "https://diary.example"
    on_home_screen: bool = True
    newer: bool = False
    published: bool = False
    installable: bool = False
    permission: Permission = Permission.UNAVAILABLE
    answer: Permission = Permission.GRANTED
    kept: bool | None = False
    address: str = ""
    tapped: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    network_back: Callable[[], None] | None = None
    told: list[str] = field(default_factory=list)
    standings: list[str] = field(default_factory=list)
    at_door: AtDoor = AtDoor.NOTHING
    doors: list[str] = field(default_factory=list)
    behind_door: list[str] = field(default_factory=list)
    knock: Callable[[str, str], None] | None = None

    def database(self) -> str:
        return ""

    def flush(self) -> None:
        return None

    def server_url(self, named: str = "") -> str:
        return named or self.home

    def preferred_language(self) -> str:
        return "en"

    def zone(self) -> str:
        return self.here

    def enrol_code(self) -> str:
        return self.code

    def forget_enrol_code(self) -> None:
        self.told.append("code used")

    def show_language(self, language: str) -> None:
        self.told.append(language)

    def when_online(self, act: Callable[[], None]) -> None:
        self.network_back = act

    def needs_home_screen(self) -> bool:
        return not self.on_home_screen

    def update_waiting(self) -> bool:
        return self.newer

    async def look_for_update(self) -> bool:
        self.told.append("looked for an update")
        self.newer = self.newer or self.published
        return self.newer

    def take_update(self) -> None:
        self.told.append("update")

    def installed(self) -> bool:
        return self.on_home_screen

    def can_install(self) -> bool:
        return self.installable

    async def install(self) -> None:
        self.installable = False

    def reminders(self) -> Permission:
        return self.permission

    async def ask_for_reminders(self) -> Permission:
        self.permission = self.answer
        return self.answer

    async def show_reminder(self, title: str, words: str) -> bool:
        self.told.append(f"{title}: {words}")
        return self.permission is Permission.GRANTED

    async def push_address(self, key: str) -> str:
        self.told.append(f"asked for an address for {key}")
        return self.address

    def reminder_tapped(self) -> int:
        return self.tapped

    def forget_tap(self) -> None:
        self.tapped = 0

    def storage_kept(self) -> bool | None:
        return self.kept

    async def keep_storage(self) -> bool:
        self.kept = True
        return True

    def scales_text(self) -> bool:
        return True

    def scale_text(self, percent: int) -> None:
        self.told.append(f"{percent} %")

    def save_file(self, name: str, data: bytes) -> None:
        self.files[name] = data

    def set_standing(self, standing: str) -> None:
        self.standings.append(standing)

    def leave_door(self, text: str) -> None:
        self.doors.append(text)

    def asks_at_door(self) -> AtDoor:
        return self.at_door

    def when_at_door(self, act: Callable[[str, str], None]) -> None:
        self.knock = act

    def open_door(self, words_behind: str) -> None:
        self.behind_door.append(words_behind)

    def shown(self) -> None:
        self.told.append("shown")


@dataclass
class FakeKeyring:
    """A PIN that is kept in plain sight; after three wrong tries there is half a minute to wait."""

    clock: SimulatedEnvironment
    pin: str = ""
    opened: bool = False
    tries: int = 0
    free_at: float = 0

    def lock(self) -> Lock:
        if not self.pin:
            return Lock.NO_PIN
        return Lock.OPEN if self.opened else Lock.LOCKED

    def wait_seconds(self) -> int:
        return max(0, round(self.free_at - self.clock.monotonic()))

    async def set_pin(self, pin: str) -> None:
        self.pin, self.opened = pin, True

    async def unlock(self, pin: str) -> bool:
        fits = pin == self.pin
        self.opened, self.tries = self.opened or fits, 0 if fits else self.tries + 1
        if self.tries >= 3:
            self.free_at = self.clock.monotonic() + 30
        return fits

    async def change_pin(self, old: str, new: str) -> bool:
        self.pin = new if old == self.pin else self.pin
        return self.pin == new

    def shut(self) -> None:
        self.opened = False


@dataclass
class FakeLink:
    """The study's server: accepts, refuses, or cannot be reached."""

    accept: Callable[[], object]
    refusal: Code | None = None
    reachable: bool = True
    codes: list[str] = field(default_factory=list)
    servers: list[str] = field(default_factory=list)
    woken: int = 0

    async def enrol(self, code: str, named: str = "") -> None:
        self.codes.append(code)
        self.servers.append(named)
        if not self.reachable:
            raise ServerUnreachable("no network")
        if self.refusal:
            raise RequestRefused(self.refusal, "refused", "try another")
        self.accept()

    def wake(self) -> None:
        self.woken += 1


def activated(at: datetime) -> FactChange:
    """A code was used on this phone."""
    body = {"kind": "phone_activated", "device": "33333333-3333-4333-8333-333333333333"}
    return FactChange(change_no=8, id="44444444-4444-4444-8444-444444444444", at=at, body=body)


class Phone:
    """Alice's phone; `restart` is what a reload of the page or a killed app is."""

    def __init__(self, file: str, clock: SimulatedEnvironment) -> None:
        self.file = file
        self.clock = clock
        self._activated = activated(clock.now())
        self.host = FakeHost()
        self.diary = Diary.open(file, clock)
        self.link = FakeLink(accept=self.enrol)
        self.keyring: FakeKeyring | None = None
        self.copied: list[str] = []
        self.screen = Screen()
        self.state = self.state_with(self.journal)

    def state_with(
        self, open_journal: Callable[[], Journal], catalogues: Catalogues = resources.catalogue
    ) -> DiaryState:
        """An app that has just been started."""
        surroundings = Surroundings(open_journal, self.clock, self.host, self.link, catalogues, self._go, self._copy)
        return DiaryState(surroundings, language="en")

    def journal(self) -> Journal:
        """The diary as the screens use it."""
        return Journal(self.diary, self.clock, self.host.mode, self.keyring)

    def _go(self, route: str) -> None:
        self.screen.later(self.screen.go(route))

    async def _copy(self, text: str) -> None:
        self.copied.append(text)

    def lock(self, pin: str = "2580") -> None:
        """A PIN was chosen earlier, and the app starts anew."""
        self.keyring = FakeKeyring(self.clock, pin)

    def enrol(self, **changes: Any) -> None:
        """The server's answer to a code."""
        enrol(self.diary, self.clock, **{"language": "en", "facts": (added(), self._activated), **changes})

    def train(self) -> None:
        """The practice was done the day before."""
        self.clock.advance(days=-1)
        self._activated = activated(self.clock.now())
        self.enrol()
        self.diary.append(RecordKind.TRAINING, {})
        self.clock.advance(days=1)

    async def open(self, language: str | None = None) -> Screen:
        """Start the app."""
        if language and self.diary.installation():
            self.diary.set_setting("language", language)
        self.state.open(self.screen.page.route or "/")
        await self.screen.show(shell, self.state)
        return self.screen

    async def speak_danish(self) -> None:
        """From Today to Settings and back."""
        await self.screen.tap("settings")
        await self.screen.pick("languages", "da")
        await self.screen.tap("back")

    async def restart(self) -> Screen:
        """The app goes away without warning and comes back at the same address."""
        await self.start_over(self.screen.page.route)
        return await self.open()

    async def start_over(self, route: str = "/") -> None:
        """The app goes away."""
        self.screen.close()
        self.screen = Screen()
        self.screen.page.route = route
        self.state = self.state_with(self.journal)

    async def pass_time(self, **step: float) -> None:
        """Time passes and the app notices."""
        self.clock.advance(**step)
        self.state.refresh()
        await self.screen.settle()

    async def fill_in(self, answers: dict[str, object] = ANSWERS) -> None:
        """Answer every question, up to the page after the last."""
        for value in answers.values():
            await self.screen.choose(value)
            self.clock.advance(seconds=4)
            await self.screen.tap("next")

    async def receive(self, entry: EntryVersion, state: str = "done") -> None:
        """The study has received an entry."""
        change = DayChange(
            change_no=9, instrument="DMD", diary_day=TODAY, state=state, entry=entry.id, received_at=self.clock.now()
        )
        self.enrol(days=(change,))
        self.state.refresh()
        await self.screen.settle()

    def hear_of_stopping(self, page: str) -> None:
        """The study's server has told whether the messages are stopped."""
        self.confirm_everything(stopped_at=page)

    def confirm_everything(
        self, device_state: DeviceState = DeviceState.ACTIVE, clock_offset_ms: int = 0, stopped_at: str = ""
    ) -> None:
        """The study's server has every record, and says what it thinks of this phone."""
        conversation, device = self.diary.conversation, self.diary.installation().device
        request = SyncRequest(
            protocol=1, device=device, device_clock=self.clock.now(), cursor=7, epoch=EPOCH, pending=0,
            head=conversation.head(device), nonce="n1", app_version="1",
            records=tuple(record.text for record in conversation.records_after(device, 0, 100)),
        )  # fmt: skip
        records = [parse(text) for text in request.records]
        answer = SyncAnswer(
            protocol=1, epoch=EPOCH, have_through=request.head, facts=(), days=(), cursor=7, more=False, nonce="n2",
            receipts=tuple(Receipt(id=r.id, hash=r.hash, accepted=True, received_at=self.clock.now()) for r in records),
            device_state=device_state, study_version="1", server_time=self.clock.now(), stopped_at=stopped_at,
        )  # fmt: skip
        conversation.apply_sync(request, answer, clock_offset_ms)

    async def hear_of_corrections(self, *told: dict[str, Any]) -> None:
        """The study's server has told that of corrections."""
        conversation, device = self.diary.conversation, self.diary.installation().device
        answer = SyncAnswer(
            protocol=1, epoch=EPOCH, have_through=conversation.head(device), facts=(), days=(), cursor=7, more=False,
            nonce="n2", receipts=(), device_state=DeviceState.ACTIVE, study_version="1", corrections=told,
            server_time=self.clock.now(),
        )  # fmt: skip
        await conversation.keep_corrections(device, answer)

    @property
    def today(self) -> date:
        """Tonight's diary day."""
        return TODAY

    def has_entry(self) -> bool:
        """Something counts for tonight."""
        return current_entry(self.diary.entries("DMD", TODAY)) is not None

    def entry(self) -> EntryVersion:
        """Tonight's entry as it counts."""
        entry = current_entry(self.diary.entries("DMD", TODAY))
        assert entry is not None
        return entry

    def saved_answers(self) -> dict[str, str]:
        """Tonight's answers as they count."""
        return {code: str(answer) for code, answer in self.entry().body.answers.items()}


@pytest.fixture
async def phone(tmp_path: Path, clock: SimulatedEnvironment) -> AsyncIterator[Phone]:
    """Fresh from the box: Sunday 22 November 2026, 19:00 in Copenhagen."""
    phone = Phone(str(tmp_path / "diary.db"), clock)
    yield phone
    phone.screen.close()
    phone.diary.close()


@pytest.fixture
def alice(phone: Phone) -> Phone:
    """Enrolled and practised; this evening is the first."""
    phone.train()
    return phone
