"""What the app asks of the place it runs in; a browser page and a phone each answer in a module of their own."""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from diary_app.core.entries import Mode


class Permission(StrEnum):
    """Whether this place may show reminders; `ASK`: nobody has been asked yet."""

    UNAVAILABLE = "unavailable"
    ASK = "ask"
    GRANTED = "granted"
    DENIED = "denied"


class AtDoor(StrEnum):
    """What the page asks for before the app is there."""

    NOTHING = ""
    PIN = "pin"
    CODE = "code"


class Host(Protocol):
    """The few things that only the surroundings know or can do."""

    mode: Mode

    def database(self) -> str:
        """Path of the diary's file."""
        ...

    def flush(self) -> None:
        """Make what was written so far durable."""
        ...

    def server_url(self, named: str = "") -> str:
        """Where the study's server is before enrolment, with what a link names; empty where nobody has said."""
        ...

    def preferred_language(self) -> str:
        """Two letters."""
        ...

    def zone(self) -> str:
        """IANA name of the time zone that this place's clock shows; empty where that cannot be known."""
        ...

    def enrol_code(self) -> str:
        """The code of the link that opened the app, or empty."""
        ...

    def forget_enrol_code(self) -> None:
        """It was used."""
        ...

    def show_language(self, language: str) -> None:
        """Tell the page which language is on it."""
        ...

    def when_online(self, act: Callable[[], None]) -> None:
        """Do this each time the network comes back."""
        ...

    def needs_home_screen(self) -> bool:
        """iOS outside the installed app, whose storage is another one: explain, do not enrol."""
        ...

    def update_waiting(self) -> bool:
        """A newer version is downloaded."""
        ...

    async def look_for_update(self) -> bool:
        """Look for one now; whether it is downloaded."""
        ...

    def take_update(self) -> None:
        """Change to it now."""
        ...

    def installed(self) -> bool:
        """Whether the diary was opened from the home screen, or is a native app."""
        ...

    def can_install(self) -> bool:
        """The browser is ready to put the diary on the home screen."""
        ...

    async def install(self) -> None:
        """Let the browser ask whether it shall."""
        ...

    def reminders(self) -> Permission:
        """Whether reminders may be shown."""
        ...

    async def ask_for_reminders(self) -> Permission:
        """Let the browser ask; to be called straight from a tap."""
        ...

    async def show_reminder(self, title: str, words: str) -> bool:
        """Show one now; whether that was possible."""
        ...

    async def push_address(self, key: str) -> str:
        """Where the server with that VAPID key can push reminders to, as JSON of `PushAddress`; else empty."""
        ...

    def reminder_tapped(self) -> int:
        """When a tap on a reminder led here, in milliseconds since 1970; 0 where none did."""
        ...

    def forget_tap(self) -> None:
        """It was written down."""
        ...

    def storage_kept(self) -> bool | None:
        """Whether what is stored stays when room is short; None while that is not known."""
        ...

    async def keep_storage(self) -> bool:
        """Ask for it; whether it is granted."""
        ...

    def scales_text(self) -> bool:
        """Whether the app may choose a text size of its own; else the phone's counts."""
        ...

    def scale_text(self, percent: int) -> None:
        """Make all letters larger, 100 being the usual size."""
        ...

    def save_file(self, name: str, data: bytes) -> None:
        """Give the participant a file: a download, or one in their own folder."""
        ...

    def set_standing(self, standing: str) -> None:
        """Leave what is said in the diary's name while it is closed; see `diary_app.standing`."""
        ...

    def leave_door(self, text: str) -> None:
        """What to show at the next start while the app is loading (`diary_app.front_door`); empty for nothing."""
        ...

    def asks_at_door(self) -> AtDoor:
        """What is asked there now, instead of what the app draws: the PIN, or the code of somebody without a diary."""
        ...

    def when_at_door(self, act: Callable[[str, str], None]) -> None:
        """Do this with the language and what was typed there; an empty PIN is a forgotten one."""
        ...

    def open_door(self, words_behind: str) -> None:
        """Show what the app draws, once these words are not on it any more."""
        ...

    def shown(self) -> None:
        """The first screen is up and the diary could be opened: this version works here."""
        ...
