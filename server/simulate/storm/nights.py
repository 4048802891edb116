"""The backup of the night in a storm, made by the job that makes it in real service, and what must hold of it."""

from datetime import datetime, timedelta
from pathlib import Path

from server.backup import nightly
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger

_KEPT = timedelta(days=30)


class Nights:
    """Of one server. Its backups stay, and each night has one unless the power went over it, or there was no room."""

    def __init__(self, house: House, ledger: Ledger) -> None:
        self._house = house
        self._ledger = ledger
        self._made: dict[Path, datetime] = {}
        self._tried: list[datetime] = []

    def back_up(self) -> bool:
        """The job runs; whether it made a backup. What was made is what `House.restore` takes."""
        house, now = self._house, self._house.clock.now()
        services, folder = house.services, house.backups
        before = set(self._made)
        is_due = self._is_due(now)
        self._tried.append(now)
        was_cut_off = not house.job(lambda: nightly.back_up(services, now))
        new = sorted(set(folder.glob("*.zip")) - before) if folder.is_dir() else []
        if is_due and not (new or was_cut_off):
            self._ledger.violated(f"no backup was made in the night of {now.date()}")
        if new and not was_cut_off and nightly.watch(services, now):
            self._ledger.violated(f"something is wrong with the backups on {now.date()}")
        self._look(before)
        for file in new:
            self._made[file] = house.world.now()
            house.backed_up(file)
        return bool(new)

    def _is_due(self, now: datetime) -> bool:
        """The first look of a night, by this clock: those that one ahead has noted are still to come."""
        services = self._house.services
        turn = nightly.last_due(now, services.settings.backup_hour, services.study.sites[0].zone)
        return not any(turn <= tried <= now for tried in self._tried)

    def _look(self, before: set[Path]) -> None:
        for file in sorted(before):
            if not file.is_file() and self._house.world.now() - self._made[file] < _KEPT:
                self._ledger.violated(f"the backup {file.name} was deleted too early")
