"""What the participant can set, and what the phone can say of itself."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

import flet as ft

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.rescue import RescueRefused
from diary_app.journal import Journal, Preference
from diary_app.look import Appearance, Brightness, Contrast, TextSize
from diary_app.places import CODES, SETTINGS
from diary_app.report import Device, Faults, diagnostic_report
from diary_app.shown_codes import ShownCodes
from diary_app.surroundings import Surroundings
from diary_app.sync.outcome import SyncOutcome

Kind = TypeVar("Kind", bound=StrEnum)


class Pause(StrEnum):
    """For how long no reminder comes; the value of a pause is a number of days."""

    NONE = "0"
    DAYS_3 = "3"
    WEEK = "7"
    WEEKS_2 = "14"


class Told(StrEnum):
    """What the settings screen says after a tap."""

    COPIED = "copied"
    FILE_SAVED = "file_saved"
    NOT_SAVED = "not_saved"
    TOO_MUCH_FOR_CODES = "too_much_for_codes"


@ft.observable
class Settings:
    """Read by the settings screens. What cannot be remembered, for want of room, holds until the app is closed.

    `failed` hears when a record could not be kept.
    """

    def __init__(
        self, journal: Callable[[], Journal], surroundings: Surroundings, failed: Callable[[DiaryUnavailable], None]
    ) -> None:
        self._journal = journal
        self._with = surroundings
        self._host = surroundings.host
        self._failed = failed
        self.codes = ShownCodes()
        self.faults = Faults()
        self._sync: SyncOutcome | None = None
        self.appearance = Appearance()
        self.paused_until: date | None = None
        self.stopped_at = ""
        self.device: Device | None = None
        self.told: Told | None = None

    def read(self, sync: SyncOutcome | None) -> None:
        """The settings come on the screen."""
        journal = self._journal()
        self._sync, self.told = sync, None
        self.paused_until, self.device = journal.paused_until(), journal.device()
        self.stopped_at = journal.messages_stopped_at()

    # ---- for the eyes ----------------------------------------------------------------------------------

    def remembered(self) -> None:
        """What was chosen earlier, at the start; a value that only another version knows is passed over."""
        journal = self._journal()
        self._wear(
            Appearance(
                _one_of(TextSize, journal.preference(Preference.TEXT_SIZE), TextSize.NORMAL),
                _one_of(Brightness, journal.preference(Preference.BRIGHTNESS), Brightness.PHONE),
                _one_of(Contrast, journal.preference(Preference.CONTRAST), Contrast.NORMAL),
            )
        )

    @property
    def scales_text(self) -> bool:
        """Whether there is anything to choose."""
        return self._host.scales_text()

    def choose_text_size(self, size: str) -> None:
        """At once, everywhere."""
        self._wear(replace(self.appearance, text_size=TextSize(size)))
        self._remember(Preference.TEXT_SIZE, size)

    def choose_brightness(self, brightness: str) -> None:
        """Light, dark, or as the phone."""
        self._wear(replace(self.appearance, brightness=Brightness(brightness)))
        self._remember(Preference.BRIGHTNESS, brightness)

    def choose_contrast(self, contrast: str) -> None:
        """As it is, or stronger colours."""
        self._wear(replace(self.appearance, contrast=Contrast(contrast)))
        self._remember(Preference.CONTRAST, contrast)

    def _wear(self, appearance: Appearance) -> None:
        self.appearance = appearance
        self._host.scale_text(appearance.text_size.percent)

    def _remember(self, name: Preference, value: str) -> None:
        try:
            self._journal().remember(name, value)
        except DiaryUnavailable:
            return

    # ---- reminders -------------------------------------------------------------------------------------

    async def pause(self, pause: str) -> None:
        """No reminders for so long, or again from now on; the evenings stay expected."""
        try:
            await self._journal().pause_reminders(int(Pause(pause)))
        except DiaryUnavailable as fault:
            self._failed(fault)
        else:
            self.paused_until = self._journal().paused_until()
            self._with.link.wake()

    # ---- help ------------------------------------------------------------------------------------------

    async def copy_report(self) -> None:
        """Ready to be pasted into a message."""
        if self.device:
            report = diagnostic_report(self.device, self._host, self._sync, self.appearance, self.faults)
            await self._with.copy(report)
            self.told = Told.COPIED

    @property
    def licences(self) -> str:
        """Where the licence texts can be read."""
        server = self.device.installation.server_url if self.device else self._host.server_url()
        return f"{server}/app/licences.txt"

    @property
    def can_rescue(self) -> bool:
        """Something has not been sent; it can be handed over as a file or as codes."""
        return self.device is not None and self.device.sending.records > 0

    async def save_rescue_file(self) -> None:
        """What has not been sent, as a file that only the study can read."""
        try:
            data = await self._rescued()
            self._host.save_file(f"diary-{self._with.environment.now():%Y-%m-%d}.rescue", data)
            self.told = Told.FILE_SAVED
        except (OSError, DiaryUnavailable):
            self.told = Told.NOT_SAVED

    async def _rescued(self) -> bytes:
        """Also from a diary that was found damaged as it was opened."""
        try:
            journal = self._journal()
        except DiaryUnavailable as fault:
            if fault.code is not Code.STORAGE_DAMAGED:
                raise
            return await self._with.salvage()
        return await journal.rescue()

    async def show_rescue_codes(self) -> None:
        """The same for a scanner, from the screen; what is too much for that needs the file."""
        try:
            self.codes.take(await self._journal().rescue())
        except DiaryUnavailable as fault:
            self._failed(fault)
        except RescueRefused:
            self.told = Told.TOO_MUCH_FOR_CODES
        else:
            self._with.go(CODES)

    def put_codes_away(self) -> None:
        """They have been scanned, or will be another time."""
        self.codes.put_away()
        self._with.go(SETTINGS)


def _one_of(kinds: type[Kind], value: str, otherwise: Kind) -> Kind:
    return next((kind for kind in kinds if kind == value), otherwise)
