"""The way to the study's server: made when an address is known, kept going in the background."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime

from diary_app.core.environment import Environment
from diary_app.core.errors import Code, DiaryUnavailable, RequestRefused
from diary_app.core.records import REMINDER_OPENED, RecordKind
from diary_app.core.times import format_utc
from diary_app.host import Host, Permission
from diary_app.standing import standing_of
from diary_app.storage.diary import Diary
from diary_app.sync.connecting import connect
from diary_app.sync.engine import Listener, SyncEngine
from diary_app.sync.outcome import Standing, SyncOutcome
from diary_app.sync.push_desk import PushDesk
from diary_app.sync.transport import Transport

Connect = Callable[[str], Transport]


class Courier:
    """Carries records to the server the phone is enrolled with; before that, a code to the one its link names."""

    def __init__(
        self, diary: Diary, host: Host, environment: Environment, hear: Listener, connect: Connect = connect
    ) -> None:
        self._diary = diary
        self._host = host
        self._environment = environment
        self._listener = hear
        self._connect = connect
        self._made: tuple[str, SyncEngine] | None = None
        self._enrolled = asyncio.Event()
        self._desk = PushDesk()
        self._asking: asyncio.Task[None] | None = None
        self._noting: asyncio.Task[None] | None = None

    async def enrol(self, code: str, named: str = "") -> None:
        """Use a code, at the server that its link names. Raises `XerodiaryError`, `ServerUnreachable`."""
        address = self._address() or self._host.server_url(named)
        if not address:
            raise _no_server()
        await self._engine(address).enrol(code, address)
        self.wake()

    def wake(self) -> None:
        """There is something to send, or the network may be back."""
        self._leave_standing()
        if address := self._address():
            self._enrolled.set()
            self._engine(address).wake()
            if self._host.reminder_tapped() and (self._noting is None or self._noting.done()):
                self._noting = asyncio.ensure_future(self._note_tapped_reminder())

    async def run(self) -> None:
        """Send and fetch for as long as the app is open."""
        if not self._address():
            await self._enrolled.wait()
        await self._engine(self._address()).run()

    async def _note_tapped_reminder(self) -> None:
        """For the ledger of reminders; while the diary is locked it waits for the next occasion."""
        tapped = datetime.fromtimestamp(self._host.reminder_tapped() / 1000, UTC)
        body = {"what": REMINDER_OPENED, "captured_at": format_utc(tapped)}
        try:
            await self._diary.write(RecordKind.APP_EVENT, body)
        except DiaryUnavailable:
            return
        self._host.forget_tap()
        self.wake()

    def _hear(self, outcome: SyncOutcome) -> None:
        self._leave_standing()
        self._listener(outcome)
        if outcome.standing is Standing.ALL_SENT and (self._asking is None or self._asking.done()):
            self._asking = asyncio.ensure_future(self._tell_where_reminders_reach())

    async def _tell_where_reminders_reach(self) -> None:
        """A browser may take its time, or for ever; sending does not wait for it."""
        is_allowed = self._host.reminders() is Permission.GRANTED
        if is_allowed and await self._desk.ask(self._host.push_address):
            self.wake()

    def _leave_standing(self) -> None:
        """For the page's worker, which answers reminders while the app is closed."""
        try:
            standing = standing_of(self._diary, self._environment.now())
        except DiaryUnavailable:
            return  # the screen tells of it; what was left before is still true
        if standing is not None:
            self._host.set_standing(standing)

    def _address(self) -> str:
        """The server the phone is enrolled with; empty before enrolment."""
        installation = self._diary.installation()
        return installation.server_url if installation else ""

    def _engine(self, address: str) -> SyncEngine:
        if self._made is None or self._made[0] != address:
            self._made = (
                address,
                SyncEngine(self._diary, self._transport(address), self._environment, self._hear, self._desk),
            )
        return self._made[1]

    def _transport(self, address: str) -> Transport:
        try:
            return self._connect(address)
        except ValueError as error:
            raise RequestRefused(Code.ADDRESS_NOT_SAFE, str(error), "Use the link of the study.") from error


def _no_server() -> RequestRefused:
    return RequestRefused(
        Code.SERVER_NOT_NAMED, "Nobody has said where the study's server is.", "Copy the whole enrolment link."
    )
