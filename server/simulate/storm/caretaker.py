"""Whoever runs the server in a storm, and everything that befalls it there."""

from datetime import timedelta

from server.simulate.storm.archives import Archives
from server.simulate.storm.counts import Kind
from server.simulate.storm.data_cuts import DataCuts
from server.simulate.storm.desk import Desk
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger
from server.simulate.storm.nights import Nights
from server.simulate.storm.power import Dying
from server.simulate.storm.snapshots import Snapshots
from server.simulate.storm.steps import Do, Step
from server.simulate.storm.timekeeping import Timekeeping
from server.simulate.storm.ways_to_reach import Ways

#: What was put off in the evening may be over, or asked for again, on the next day.
_ODD_DAYS = 2


class Caretaker:
    """Of one server. `hours`: of its clock; `cuts`: of its data."""

    def __init__(self, house: House, ledger: Ledger, desk: Desk, ways: Ways) -> None:
        self.hours = Timekeeping(house, ledger)
        self.cuts = DataCuts(house, ledger)
        self._house = house
        self._ledger = ledger
        self._desk = desk
        self._ways = ways
        self._copies = Snapshots(house, ledger)
        self._nights = Nights(house, ledger)
        self._archives = Archives(house)

    def take(self, step: Step) -> None:
        """Do it, where it can be done."""
        house, detail = self._house, step.detail
        match step.do:
            case Do.STOP_SERVER:
                house.stop()
            case Do.START_SERVER:
                house.start()
            case Do.KILL_SERVER:
                house.will_die(Dying(detail["when"]), detail["commits"], in_job=detail["in_job"])
            case Do.BACK_UP | Do.ARCHIVE | Do.SNAPSHOT if house.is_up:
                if not self._copied(step.do):
                    return
                self._desk.copied(step.do)
                self._ways.copied(step.do)
            case Do.RESTORE if house.has_backup:
                house.restore(lambda: self._went_back(Do.BACK_UP), older_file=detail.get("older_file", False))
            case Do.RESTORE_ARCHIVE if self._archives.has_one:
                self._archives.restore(lambda: self._went_back(Do.ARCHIVE))
            case Do.PUT_BACK if self._copies.has_one and house.is_up:
                self._copies.put_back(lambda: self._went_back(Do.SNAPSHOT))
            case Do.SERVER_CLOCK:
                self.hours.set(timedelta(minutes=detail["minutes"]))
            case Do.MAIL_DOWN | Do.MAIL_UP:
                house.mail(works=step.do is Do.MAIL_UP)
            case Do.SERVER_FULL | Do.SERVER_FREE:
                self._ledger.no_room = step.do is Do.SERVER_FULL
                house.fill_disk(full=self._ledger.no_room, left=detail.get("pages", 0))
            case Do.BACKUPS_FULL | Do.BACKUPS_FREE:
                self._nights.has_room = step.do is Do.BACKUPS_FREE
            case Do.MAIL_UNANSWERED:
                house.post.lose_answers(detail["messages"])
            case Do.MAIL_ODD:
                house.post.be_odd(detail["messages"], detail["minutes"])
                house.troubled |= {house.world.now().date() + timedelta(days=ahead) for ahead in range(_ODD_DAYS)}
            case Do.RUN_JOBS:
                house.tick(house.clock.now(), daily=detail.get("daily", False))
            case Do.CUT if house.is_up:
                if not self.cuts.take():
                    return
            case Do.AMEND if house.is_up:
                self._amend(detail.get("substance", ""))
            case _:
                return
        self._ledger.befell.step(step)

    def _copied(self, do: Do) -> bool:
        """Whether there is a copy of that kind now; a snapshot always succeeds."""
        match do:
            case Do.BACK_UP:
                return self._nights.back_up()
            case Do.ARCHIVE:
                return self._archives.make()
        self._copies.take()
        return True

    def finish_amending(self) -> None:
        """Whoever put back an older study file with the database takes up again what was live since."""
        while self._house.is_up and self._ledger.editions.is_behind:
            self._house.amend("")

    def _amend(self, substance: str) -> None:
        is_again = self._ledger.editions.is_behind
        self._house.amend(substance)
        self._ledger.befell[Kind.AMENDED_AGAIN] += is_again
        self._ledger.befell[Kind.AMENDED_IN_SUBSTANCE] += bool(substance)

    def _went_back(self, where: Do) -> None:
        editions = self._ledger.editions
        if self._house.has_lost_an_edition and not self._house.is_amended:
            editions.goes_live(editions.current, [self._house.clock.now()])
        self._ledger.opened.clear()
        self._ledger.life = self._house.restores
        self._desk.gone_back(where)
        self._ways.gone_back(where)
