"""The question on a journey: shall the diary follow the phone's time zone. It changes nothing until it is answered."""

from collections.abc import Callable
from datetime import datetime

import flet as ft

from diary_app.core.errors import DiaryUnavailable
from diary_app.core.times import offset_minutes, zone_names
from diary_app.host import Host
from diary_app.journal import Journal, Preference
from diary_app.surroundings import Surroundings
from diary_app.today import CardKind, Today


@ft.observable
class Travelling:
    """`zone` is the one that is asked about, empty while nothing is asked; `done` is called when the diary follows it.

    Zones whose clocks show the same time just now are the same to the participant.
    """

    def __init__(
        self,
        journal: Callable[[], Journal],
        surroundings: Surroundings,
        done: Callable[[], None],
        failed: Callable[[DiaryUnavailable], None],
    ) -> None:
        self._journal = journal
        self._host: Host = surroundings.host
        self._wake = surroundings.link.wake
        self._done = done
        self._failed = failed
        self.zone = ""

    def look(self, today: Today) -> None:
        """The phone may be somewhere else than before. Raises `DiaryUnavailable`."""
        there, kept = self._host.zone(), self._journal().preference(Preference.ZONE_KEPT)
        away = there in zone_names() and not _same_time(there, today.zone, today.now)
        if not away and kept:
            self._journal().remember(Preference.ZONE_KEPT, "")  # home again: the next journey is another one
        answered = bool(kept) and away and _same_time(there, kept, today.now)
        self.zone = there if away and not answered and today.card.kind is not CardKind.NOTHING else ""

    async def follow(self) -> None:
        """From the next evening that has not opened; a second tap finds nothing to do."""
        zone, self.zone = self.zone, ""
        if not zone:
            return
        try:
            await self._journal().follow_zone(zone)
        except DiaryUnavailable as fault:
            self._failed(fault)
        else:
            self._wake()
            self._done()

    def stay(self) -> None:
        """As until now; asked again when the phone shows yet another time."""
        zone, self.zone = self.zone, ""
        try:
            self._journal().remember(Preference.ZONE_KEPT, zone)
        except DiaryUnavailable as fault:
            self._failed(fault)


def _same_time(one: str, other: str, now: datetime) -> bool:
    return offset_minutes(now, one) == offset_minutes(now, other)
