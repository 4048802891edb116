"""The place the app runs in when it is a native build, or on a developer's machine."""

import os
from collections.abc import Callable
from pathlib import Path

from diary_app.core.entries import Mode
from diary_app.host import AtDoor, Permission

LOCAL_TIME = "/etc/localtime"


class PhoneHost:
    """A native build, or a developer's machine."""

    mode = Mode.OWN_PHONE

    def database(self) -> str:
        """See `Host`."""
        folder = os.environ.get("FLET_APP_STORAGE_DATA", "var")
        return os.environ.get("DIARY_DB") or str(Path(folder) / "diary.db")

    def flush(self) -> None:
        """SQLite's own syncs reach the disk here."""

    def server_url(self, named: str = "") -> str:
        """See `Host`. Only an enrolment keeps what a link names: the next link may name another."""
        return named or os.environ.get("DIARY_SERVER", "")

    def preferred_language(self) -> str:
        """See `Host`."""
        return os.environ.get("LANG", "da")[:2]

    def zone(self) -> str:
        """As named by the system's settings file; phones that have none are not asked about journeys."""
        named = os.environ.get("TZ") or str(Path(LOCAL_TIME).resolve()).partition("zoneinfo/")[2]
        return named.removeprefix(":")

    def enrol_code(self) -> str:
        """See `Host`."""
        return os.environ.get("DIARY_ENROL_CODE", "")

    def forget_enrol_code(self) -> None:
        """See `Host`."""
        os.environ.pop("DIARY_ENROL_CODE", None)

    def show_language(self, language: str) -> None:
        """There is no page."""

    def when_online(self, act: Callable[[], None]) -> None:
        """Nobody tells; the next try by the clock finds the network again."""

    def needs_home_screen(self) -> bool:
        """See `Host`."""
        return False

    def update_waiting(self) -> bool:
        """Stores update native apps."""
        return False

    async def look_for_update(self) -> bool:
        """See `update_waiting`."""
        return False

    def take_update(self) -> None:
        """See `update_waiting`."""

    def installed(self) -> bool:
        """See `Host`."""
        return True

    def can_install(self) -> bool:
        """It is installed."""
        return False

    async def install(self) -> None:
        """See `can_install`."""

    def reminders(self) -> Permission:
        """A native build has no reminders of its own yet."""
        return Permission.UNAVAILABLE

    async def ask_for_reminders(self) -> Permission:
        """See `reminders`."""
        return Permission.UNAVAILABLE

    async def show_reminder(self, title: str, words: str) -> bool:
        """See `reminders`."""
        return False

    async def push_address(self, key: str) -> str:
        """Web Push is for browsers; a native build is reminded by message or mail."""
        return ""

    def reminder_tapped(self) -> int:
        """A message or mail is read elsewhere."""
        return 0

    def forget_tap(self) -> None:
        """There is none."""

    def storage_kept(self) -> bool | None:
        """A file of the app's own stays."""
        return True

    async def keep_storage(self) -> bool:
        """See `storage_kept`."""
        return True

    def scales_text(self) -> bool:
        """The phone's own setting counts."""
        return False

    def scale_text(self, percent: int) -> None:
        """See `scales_text`."""

    def save_file(self, name: str, data: bytes) -> None:
        """See `Host`. Raises OSError."""
        downloads = Path.home() / "Downloads"
        folder = downloads if downloads.is_dir() else Path(os.environ.get("FLET_APP_STORAGE_DATA", "var"))
        (folder / name).write_bytes(data)

    def set_standing(self, standing: str) -> None:
        """Nothing speaks for a native app that is closed."""

    def leave_door(self, text: str) -> None:
        """A native app starts fast enough to draw its own."""

    def asks_at_door(self) -> AtDoor:
        """See `leave_door`."""
        return AtDoor.NOTHING

    def when_at_door(self, act: Callable[[str, str], None]) -> None:
        """See `leave_door`."""

    def open_door(self, words_behind: str) -> None:
        """See `leave_door`."""

    def shown(self) -> None:
        """Stores keep no version to go back to."""
