"""Living through a plan: the world's clock moves from step to step, and the server's jobs run in between."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TextIO

from diary_app import resources
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import ContactField
from server.db.engine import reading
from server.simulate.environment import SimulatedEnvironment
from server.simulate.storm import at_one_desk, exporting, signing, visiting
from server.simulate.storm.caretaker import Caretaker
from server.simulate.storm.checks import at_the_end, every_day, in_between
from server.simulate.storm.counts import Befell, Kind, total
from server.simulate.storm.database import Server
from server.simulate.storm.desk import Desk
from server.simulate.storm.drawing import TICKS
from server.simulate.storm.editions import next_questionnaire
from server.simulate.storm.entrances import Entrance, entrance_for
from server.simulate.storm.handset import Handset
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger
from server.simulate.storm.log import Log
from server.simulate.storm.morning import Morning
from server.simulate.storm.office import Office
from server.simulate.storm.persons import Person, newcomer
from server.simulate.storm.pockets import ADDRESS, Pockets
from server.simulate.storm.steps import HOUSE, Do, Plan, Step
from server.simulate.storm.stop_links import StopLinks
from server.simulate.storm.ways_to_reach import Ways
from server.simulate.storm.wire import Network, ServerDown

_DAILY = 240
_ROUNDS = 6
#: After the end no job runs while what is late arrives; nobody is reminded then.
_NO_JOBS_DAYS = 8
_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


def folder_in_memory() -> Path:
    """A new folder whose files need no disk, where there is such a place."""
    return Path(tempfile.mkdtemp(prefix="storm-", dir=_MEMORY if _MEMORY.is_dir() else None))


class Storm:
    """One run; `ledger.found` holds what was violated. `built`: on which kind of database."""

    def __init__(
        self, plan: Plan, folder: Path, log: Log, entrance: Entrance = Entrance.ROUTES, built: type[House] = House
    ) -> None:
        self.plan = plan
        self.log = log
        self.world = SimulatedEnvironment(plan.begins, plan.seed)
        self.house = built(folder, self.world, log, entrance)
        self.network = Network(self.world, self.house)
        self.ledger = Ledger(went_back=self.house.went_back, editions=self.house.editions)
        self.desk = Desk(self.world, self.house, self.ledger)
        self.office = Office(self.world, self.house, self.ledger, self.desk)
        self.ways = Ways(self.house, self.ledger, self.desk)
        self.people = {who: newcomer(who) for who in plan.people}
        self.pockets = Pockets(self.world, self.house, self.network, self.ledger, self.office, folder, self.people)
        self.stop_links = StopLinks(self.house, self.ledger)
        self.keeper = Caretaker(self.house, self.ledger, self.desk, self.ways)
        self.morning = Morning(self.house, self.ledger, plan.seed)
        self._beside = ExitStack()
        self._folder = folder

    async def live(self) -> None:
        """Everything that the plan says, then calm weather until everything could be sent."""
        if any(step.detail.get("substance") for step in self.plan.steps):
            self._beside.enter_context(resources.also(next_questionnaire()))
        self.house.found(*(visiting.install(self._folder) if self.plan.has_visits else ()))
        waiting = _ticks(self.plan)
        tick = next(waiting)
        for step in self.plan.steps:
            while tick <= step.at:
                await self._tick(tick)
                tick = next(waiting)
            await self._move(step.at)
            self.log.line(step.at, f"{step.who} {step.do} {json.dumps(dict(step.detail))}")
            await self._take(step)
        while tick <= self.plan.ends:
            await self._tick(tick)
            tick = next(waiting)
        await self._calm()

    def befell(self, server: Server) -> Befell:
        """How often each kind of trouble did. `server`: what its database held at the end."""
        befell = total([self.ledger.befell, self.house.befell, self.network.befell])
        befell[Kind.ON_THE_EDGE] = sum(one.is_on_the_edge for one in self.ledger.records.values())
        befell.nights(row for rows in server.days.values() for row in rows)
        return befell

    def write_down(self) -> None:
        """What every database that still exists holds, and what was found."""
        self.log.stored("server", self.house.services.engine)
        for person in self.people.values():
            for phone in person.reachable:
                self.log.stored(phone.name, phone.engine)
        for found in self.ledger.found:
            self.log.line(self.world.now(), found)

    def close(self) -> None:
        """Switch everything off."""
        for person in self.people.values():
            for phone in person.reachable:
                phone.switch_off()
        self.house.stop()
        self._beside.close()

    async def _move(self, moment: datetime) -> None:
        while (due := self.network.next_due()) is not None and due <= moment:
            self.world.move_to(max(due, self.world.now()))
            await self.network.deliver(due)
        if moment > self.world.now():
            self.world.move_to(moment)

    async def _tick(self, moment: datetime) -> None:
        await self._move(moment)
        is_daily = moment.hour * 60 + moment.minute == _DAILY
        kills = self.house.kills
        self.house.tick(self.house.clock.now(), daily=is_daily)
        if self.house.kills == kills:
            self.keeper.hours.check()
            self.morning.look(moment)
        if is_daily and self.house.is_up:
            every_day(self.house, self.ledger, self.desk.decided)

    # ---- steps -----------------------------------------------------------------------------------------

    async def _take(self, step: Step) -> None:
        if step.who == HOUSE:
            self.keeper.take(step)
            return
        person = self.people[step.who]
        self.ledger.doing = step.do
        with suppress(ServerDown, RequestRefused):
            if self.office.take(step, person):
                if step.do is Do.EXCUSE:
                    self.desk.excused(step, person)
                self.ledger.befell.step(step)
            elif not (self.desk.take(step, person) or self._by_others(step, person)):
                await self.pockets.take(step, person)

    def _by_others(self, step: Step, person: Person) -> bool:
        """Whether it was one of whoever signs, knows how people are reached, meets others at a desk, or has a mail."""
        detail = step.detail
        match step.do:
            case Do.SIGN:
                signing.sign(self.desk, person, date.fromisoformat(detail["first"]), date.fromisoformat(detail["last"]))
            case Do.AT_ONE_DESK:
                at_one_desk.act(self.desk, person, detail["first"], detail["second"])
            case Do.REACH:
                self.ways.record(person, ContactField(detail["field"]), detail["value"])
            case Do.CLICK_STOP:
                self.stop_links.click(person, stops=detail["stops"])
            case Do.FORGET_WAYS:
                self.ways.forget(person)
            case _:
                return False
        return True

    def look(self) -> Server:
        """What must hold at the end; what the server's database held then."""
        server = at_the_end(self.house, self.ledger, list(self.people.values()), self.desk.decided)
        with reading(self.house.services.engine) as connection:
            signing.check(connection, self.ledger, self.desk.decided)
            self.pockets.workers.check(connection)
            self.ways.check(connection)
        self.keeper.cuts.check()
        return server

    # ---- the end ---------------------------------------------------------------------------------------

    async def _calm(self) -> None:
        """Power, network and mail are back, and everybody's phone is given the time to send."""
        self.house.troubled |= {self.plan.ends.date() + timedelta(days=after) for after in range(_NO_JOBS_DAYS)}
        last = self.network.next_due()
        while last is not None:
            await self._move(last)
            last = self.network.next_due()
        self.keeper.hours.set(timedelta())
        self.house.calm()
        self.ledger.no_room = False
        self.house.start()
        self.keeper.finish_amending()
        in_between(self.house, self.ledger, self.desk.decided)
        for _ in range(2):
            self.world.advance(minutes=5)
            self.house.tick(self.world.now(), daily=True)
            for person in self.people.values():
                with suppress(RequestRefused):
                    self.office.unlock(person)
                for phone in person.reachable:
                    await self._settle(person, phone)
        for person in self.people.values():  # a copy that spoke after it may have changed what it has to show
            if person.in_use is not None:
                await self.pockets.sync(person.in_use, [])

    async def _settle(self, person: Person, phone: Handset) -> None:
        phone.calm()
        for _ in range(_ROUNDS):
            if await self.pockets.sync(phone, []):
                return
            if phone.standing and phone.standing.code is Code.DEVICE_UNKNOWN and phone is person.in_use:
                await self._welcome_back(person, phone)
            self.world.advance(minutes=1)

    async def _welcome_back(self, person: Person, phone: Handset) -> None:
        """The restored server knows neither this phone nor, perhaps, this person."""
        with suppress(RequestRefused):
            self.office.add(person, self.ledger.opens.get(person.participant, "evening"))
        await phone.enrol(self.office.code(person), ADDRESS)


def _ticks(plan: Plan) -> Iterator[datetime]:
    midnight = datetime.combine(plan.begins.date(), datetime.min.time(), UTC)
    while True:
        for minutes in TICKS:
            if (moment := midnight + timedelta(minutes=minutes)) > plan.begins:
                yield moment
        midnight += timedelta(days=1)


@dataclass(frozen=True)
class Outcome:
    """What was violated, in words, the digest of everything that happened, and how often each kind of it did."""

    found: list[str]
    digest: str
    befell: Befell


async def run(plan: Plan, kept: TextIO | None = None, entrance: Entrance | None = None) -> Outcome:
    """Live through a plan and look at what came of it. `kept`: where the log is written.

    `entrance`: where requests come in, which otherwise the seed says.
    """
    folder = folder_in_memory()
    log = Log(kept)
    storm = Storm(plan, folder, log, entrance or entrance_for(plan.seed))
    try:
        await storm.live()
        server = storm.look()
        if exporting.is_exported(plan.seed):
            exporting.check(storm.house, storm.ledger, storm.desk.decided, server, folder / "bundle")
            storm.ways.check_bundle(folder / "bundle")
        storm.write_down()
    finally:
        storm.close()
        shutil.rmtree(folder, ignore_errors=True)
    return Outcome(storm.ledger.found, log.digest(), storm.befell(server))
