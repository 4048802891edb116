"""The backup of the night in a storm, made by the job that makes it in real service, and what must hold of it."""

from datetime import datetime, timedelta
from pathlib import Path

from server.alerts.house_alerts import house_alerts
from server.alerts.open_alerts import Kind as Alarm
from server.backup import erasures, making, nightly
from server.db.engine import reading
from server.simulate.storm.counts import Kind
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger

_KEPT = timedelta(days=30)
#: Linux has no room on it, whatever is written.
_FULL = Path("/dev/full")


class Nights:
    """Of one server. Its backups stay, and each night has one unless the power went over it, or there was no room.

    `has_room`: for backups, which lie on a disk of their own. Where it has none, that is told, and nothing is left that
    looks like a backup; the next look of the job that finds room makes the one of that night.
    """

    def __init__(self, house: House, ledger: Ledger) -> None:
        self._house = house
        self._ledger = ledger
        self._made: dict[Path, datetime] = {}
        self._tried: list[datetime] = []
        self.has_room = True

    def back_up(self) -> bool:
        """The job runs; whether it made a backup. What was made is what `House.restore` takes."""
        house, now = self._house, self._house.clock.now()
        services, folder = house.services, house.backups
        before, found_room = set(self._made), self.has_room
        is_due = self._is_due(now)
        taken = None if found_room else self._take_room(now)
        was_cut_off = not house.job(lambda: nightly.back_up(services, now))
        if taken and (was_cut_off or not is_due):
            taken.unlink(missing_ok=True)  # nobody tried to write there
        left = sorted(file for file in folder.iterdir() if file.name != erasures.FILE) if folder.is_dir() else []
        new = [file for file in left if file.suffix == making.SUFFIX and file not in before]
        if found_room or was_cut_off:
            self._tried.append(now)
        elif is_due:
            self._look_refused(now, [file for file in left if file not in before])
        if is_due and found_room and not (new or was_cut_off):
            self._ledger.violated(f"no backup was made in the night of {now.date()}")
        if new and not was_cut_off and (nightly.watch(services, now) or self._is_told(now)):
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

    def _take_room(self, now: datetime) -> Path:
        """Whatever is written under the name that a backup has while it is made finds the disk full."""
        folder = self._house.backups
        folder.mkdir(parents=True, exist_ok=True)
        name = making.name_of(self._house.services.study.id, now)
        draft = folder / f"{name}{making.DRAFT}"
        draft.symlink_to(_FULL)
        return draft

    def _look_refused(self, now: datetime, left: list[Path]) -> None:
        self._ledger.befell[Kind.BACKUP_REFUSED] += 1
        if left:
            self._ledger.violated(f"half a backup was left on {now.date()}: {', '.join(file.name for file in left)}")
        if not self._is_told(now):
            self._ledger.violated(f"nobody is told that the backup of {now.date()} failed")

    def _is_told(self, now: datetime) -> bool:
        with reading(self._house.services.engine) as connection:
            alerts = house_alerts(connection, now, backups_wanted=True)
        return any(one.kind is Alarm.BACKUP_FAILED for one in alerts)

    def _look(self, before: set[Path]) -> None:
        for file in sorted(before):
            if not file.is_file() and self._house.world.now() - self._made[file] < _KEPT:
                self._ledger.violated(f"the backup {file.name} was deleted too early")
