"""What people do with their phones in a storm, and what befalls these there."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from diary_app.core.correction_facts import ParticipantAnswer
from diary_app.core.errors import RequestRefused
from diary_app.core.wire import CURRENT
from diary_app.sync.outcome import Standing
from diary_app.sync.transport import ServerUnreachable
from server.db.engine import reading
from server.simulate.environment import SimulatedEnvironment
from server.simulate.storm import meeting, pausing, visiting
from server.simulate.storm.checks import after_sync, older_could_send
from server.simulate.storm.counts import Kind
from server.simulate.storm.drawing import HOME
from server.simulate.storm.handing_over import Rescues
from server.simulate.storm.handset import Handset
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger
from server.simulate.storm.office import Office
from server.simulate.storm.older import file_of
from server.simulate.storm.persons import Person, evening_of
from server.simulate.storm.signs_of_life import Workers
from server.simulate.storm.steps import Do, Step
from server.simulate.storm.wire import Network

ADDRESS = "https://diary.example"
_PHONES = text("SELECT device, state FROM device WHERE participant = :participant ORDER BY device")


class Pockets:
    """Everybody's phones; their files lie in `folder`."""

    def __init__(
        self,
        world: SimulatedEnvironment,
        house: House,
        network: Network,
        ledger: Ledger,
        office: Office,
        folder: Path,
        people: Mapping[str, Person],
    ) -> None:
        self._world = world
        self._house = house
        self._network = network
        self._ledger = ledger
        self._office = office
        self._folder = folder
        self._people = people
        self.workers = Workers(house, ledger)
        self._rescues = Rescues(house, ledger)

    async def take(self, step: Step, person: Person) -> None:
        """What the participant does, or what happens to a phone of theirs. Raises `ServerDown`, `RequestRefused`."""
        match step.do:
            case Do.ENROL:
                self._office.add(person, step.detail["choice"])
                await self._hand_out(person, step.detail, training=True)
                return
            case Do.NEW_PHONE:
                self._ledger.befell[Kind.REPLACED] += bool(person.phones)
                await self._hand_out(person, step.detail, training=not person.phones)
                return
            case Do.TAKE_RESCUE:
                self._rescues.take_in(person, times=step.detail["times"], as_codes=step.detail["as_codes"])
                return
            case Do.CHOOSE_PIN:
                person.has_pin = True
                return
        phone = person.chosen(step.which)
        if phone is not None and (await self._done_with(step, person, phone) or self._befell(step, person, phone)):
            self._ledger.befell.step(step)

    async def sync(self, phone: Handset, fates: list[str]) -> bool:
        """Whether everything was sent; what the phone then believes is held against the server."""
        ended = await phone.sync(fates)
        if ended is None:
            return False
        older_could_send(self._house, self._ledger, phone)
        all_sent = ended.standing is Standing.ALL_SENT
        if all_sent or (phone.holding.life == self._house.restores and phone.says_all_sent()):
            self._was_sent(phone)
        return all_sent

    async def _done_with(self, step: Step, person: Person, phone: Handset) -> bool:
        """Whether it is something that people do with a phone, and was done."""
        detail = step.detail
        match step.do:
            case Do.FILL if phone.is_enrolled():
                phone.fill_in(date.fromisoformat(detail["day"]), evening_of(detail["value"]))
            case Do.CHANGE if phone.is_enrolled():
                day, evening = date.fromisoformat(detail["day"]), evening_of(detail["value"])
                return phone.used(lambda: phone.phone.change(day, evening))
            case Do.FILL_BESIDE if phone.is_enrolled():
                return meeting.fill_in_beside(phone, date.fromisoformat(detail["day"]), evening_of(detail["value"]))
            case Do.AT_ONCE if phone.is_enrolled():
                met = meeting.Meeting(phone, detail, evening_of(detail["value"]), lambda: self._was_sent(phone))
                met.hold(self._world)
            case Do.FILL_VISIT if phone.is_enrolled():
                return visiting.fill_in(phone, detail["visit"], detail["value"])
            case Do.MAKE_RESCUE if phone.is_enrolled():
                return self._rescues.make(person, phone)
            case Do.SYNC:
                await self.sync(phone, list(detail["fates"]))
            case Do.ZONE if phone.is_enrolled():
                self._ledger.zones.setdefault(person.participant, [HOME]).append(detail["zone"])
                phone.confirm_zone(detail["zone"])
            case Do.FORGET_PIN if phone.has_pin:
                phone.forget_pin()
            case Do.NEW_CODE if phone.has_pin:
                code = self._office.code(person)
                phone.will_enrol(detail.get("enrols", ()), detail.get("dies_after"))
                await phone.begin_anew(code, ADDRESS)
                await self.sync(phone, list(detail["fates"]))
            case Do.PAUSE if phone.is_enrolled():
                return pausing.pause(phone, detail["days"])
            case Do.CLOSE_APP if phone.is_enrolled():
                return self.workers.leave(phone)
            case Do.SIGN_OF_LIFE:
                return await self.workers.speak(phone, detail["fate"])
            case Do.HAND_ON if phone.is_enrolled():
                await self._hand_on(phone, self._people[detail["to"]], detail["fates"])
            case Do.ANSWER if phone.is_enrolled():
                await phone.answer_corrections(ParticipantAnswer(detail["answer"]))
            case Do.REPORT_LOST:
                self._report_lost(person, phone, found=detail["found"])
            case _:
                return False
        return True

    def _befell(self, step: Step, person: Person, phone: Handset) -> bool:
        """Whether it is something that happens to a phone, and happened."""
        detail = step.detail
        match step.do:
            case Do.OLDER_FILE if not (phone.has_pin or phone.is_full):
                phone.updated(file_of(detail["step"]), detail["dies_after"])
            case Do.SPEAK:
                phone.line.protocol = detail["protocol"] if detail["protocol"] != CURRENT.number else None
            case Do.CLOCK:
                before = phone.clock.now()
                phone.clock.set(timedelta(minutes=detail["minutes"]), detail["drift"])
                phone.holding.turned_back |= phone.clock.now() < before and phone.line.is_underway
                behind = [one.captured for one in self._ledger.of(phone.holding.ids) if one.captured is not None]
                is_behind = phone.clock.now() < max(behind, default=phone.clock.now())
                self._ledger.befell[Kind.CLOCK_BEHIND_ENTRY] += is_behind
            case Do.RESTART_APP:
                phone.restart()
            case Do.KILL_PHONE:
                phone.will_die(detail["steps"])
            case Do.DISK_FULL:
                phone.fill_disk()
            case Do.DISK_FREE:
                phone.free_disk()
            case Do.IMAGE:
                phone.take_image()
            case Do.SET_BACK:
                return phone.set_back()
            case Do.CLONE:
                name = f"{person.who}-clone-{len(person.clones) + 1}"
                person.clones.append(phone.copied(name, self._network, self._world))
            case Do.EVICT:
                phone.lose("its storage was evicted")
            case _:
                return False
        return True

    def _was_sent(self, phone: Handset) -> None:
        after_sync(self._house, self._ledger, phone)

    async def _hand_out(self, person: Person, detail: Mapping[str, Any], *, training: bool) -> None:
        code = self._office.code(person)
        name = f"{person.who}-phone-{len(person.phones) + 1}"
        phone = Handset(
            name, person.participant, self._folder, self._world, self._network, self._ledger, has_pin=person.has_pin
        )
        phone.switch_on()
        person.phones.append(phone)
        phone.will_enrol(detail.get("enrols", ()), detail.get("dies_after"))
        if not await phone.enrol(code, ADDRESS):
            return
        if training:
            phone.practise(evening_of(0))
        await self.sync(phone, [])

    async def _hand_on(self, phone: Handset, other: Person, fates: Sequence[str]) -> None:
        """The code of somebody else is typed on it: each phone stays the phone of whoever's diary it has."""
        code, before = self._office.code(other), self._phones_of(other)
        phone.line.expect(fates)
        with phone.guarded(), suppress(RequestRefused, ServerUnreachable):
            await phone.phone.enrol(code, ADDRESS)
            self._ledger.violated(f"{phone.name} took the code of {other.participant}, and has another's diary")
        if self._house.is_up and self._phones_of(other) != before:
            self._ledger.violated(f"{other.participant}'s code on {phone.name} changed which phone is theirs")

    def _phones_of(self, person: Person) -> list[tuple[str, str]]:
        with reading(self._house.services.engine) as connection:
            rows = connection.execute(_PHONES, {"participant": person.participant})
            return [(row.device, row.state) for row in rows]

    def _report_lost(self, person: Person, phone: Handset, *, found: bool) -> None:
        self._office.report_lost(person)
        if not found:
            phone.lose("it was stolen")
