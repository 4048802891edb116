"""The way to the study's server: made when an address is known, kept going in the background."""

from collections.abc import Callable

from diary_app.core.environment import Environment
from diary_app.core.errors import DiaryUnavailable
from diary_app.host import Host
from diary_app.standing import standing_of
from diary_app.storage.diary import Diary
from diary_app.sync.connecting import connect
from diary_app.sync.engine import Listener, SyncEngine
from diary_app.sync.outcome import SyncOutcome
from diary_app.sync.transport import ServerUnreachable, Transport

Connect = Callable[[str], Transport]


class Courier:
    """Carries records to the server the phone is enrolled with, or the one it was opened from."""

    def __init__(
        self, diary: Diary, host: Host, environment: Environment, hear: Listener, connect: Connect = connect
    ) -> None:
        self._diary = diary
        self._host = host
        self._environment = environment
        self._listener = hear
        self._connect = connect
        self._made: SyncEngine | None = None

    async def enrol(self, code: str) -> None:
        """Use a code. Raises `XerodiaryError`, `ServerUnreachable`."""
        await self._engine().enrol(code, self._address())
        self.wake()

    def wake(self) -> None:
        """There is something to send, or the network may be back."""
        self._leave_standing()
        if self._address():
            self._engine().wake()

    async def run(self) -> None:
        """Send and fetch for as long as the app is open."""
        while not self._address():
            await self._environment.sleep(1)
        await self._engine().run()

    def _hear(self, outcome: SyncOutcome) -> None:
        self._leave_standing()
        self._listener(outcome)

    def _leave_standing(self) -> None:
        """For the page's worker, which answers reminders while the app is closed."""
        try:
            standing = standing_of(self._diary, self._environment.now())
        except DiaryUnavailable:
            return  # the screen tells of it; what was left before is still true
        if standing is not None:
            self._host.set_standing(standing)

    def _address(self) -> str:
        installation = self._diary.installation()
        return installation.server_url if installation else self._host.server_url()

    def _engine(self) -> SyncEngine:
        if self._made is None:
            try:
                transport = self._connect(self._address())
            except ValueError as error:
                raise ServerUnreachable(str(error)) from error
            self._made = SyncEngine(self._diary, transport, self._environment, self._hear)
        return self._made
