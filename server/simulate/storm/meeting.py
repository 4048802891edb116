"""One phone in two tabs, in turn or at the same moment: both on one file, each as a process of its own.

At the same moment they take turns at their transactions and messages; whatever comes between two of the one, the other
can do. Nothing saved may be lost or doubled, the chain has no fork, the PIN goes on opening what was saved under it,
and a tab that says "all sent" is right when it says so.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Any

from diary_app.core.chain import follow
from diary_app.core.records import RecordKind, parse
from diary_app.sync.outcome import Standing
from server.simulate.environment import SimulatedEnvironment
from server.simulate.people import Evening
from server.simulate.storm.counts import Kind
from server.simulate.storm.drawing import Dice
from server.simulate.storm.handset import Handset
from server.simulate.storm.tabs import Tab
from server.simulate.storm.turns import Turns, Work

#: How long one step may take.
_STEP_SECONDS = (0, 0, 0.001, 0.04, 0.7)


class Act(StrEnum):
    """What is done in one of two tabs."""

    SAVE = "save"
    CHANGE = "change"
    SEND = "send"
    LOCK = "lock"
    CHANGE_PIN = "change_pin"


def fill_in_beside(phone: Handset, day: date, evening: Evening) -> bool:
    """That evening in a second tab, while nothing happens in the first. Whether it could be."""
    is_saved = is_open = False
    held, now = len(phone.holding.ids), phone.clock.now()
    with phone.second_tab() as beside, phone.refusing():
        is_open = phone.pin.open(beside.diary, beside.database)
        if is_open and not phone.was_filled_in(beside.diary, day):
            is_saved = beside.phone.fill_in(day, evening)
    if is_open and not phone.is_full and held == len(phone.holding.ids):
        phone.ledger.nothing_saved(phone.holding, day, now)
    return is_saved


class Meeting:
    """Of two tabs of a phone. `all_sent` is called at the moment at which one of them says so.

    `detail`: of the step. What a tab that stays locked cannot do, it does not.
    """

    def __init__(
        self, phone: Handset, detail: Mapping[str, Any], evening: Evening, all_sent: Callable[[], object]
    ) -> None:
        self._phone = phone
        self._detail = detail
        self._evening = evening
        self._all_sent = all_sent
        self._day = date.fromisoformat(detail["day"])

    def hold(self, world: SimulatedEnvironment) -> None:
        """Both to their ends, unless one is closed on the way."""
        phone, detail = self._phone, self._detail
        phone.put_out()
        held, now = set(phone.holding.ids), phone.clock.now()
        turns = Turns(Dice(detail["dice"]), lambda dice: world.advance(seconds=dice.choice(_STEP_SECONDS)))
        with phone.second_tab() as beside, phone.heard(list(detail["fates"])):
            tabs = {phone.first_tab(): Act(detail["first"]), beside: Act(detail["second"])}
            able = {tab: self._able(tab, act) for tab, act in tabs.items()}
            for tab in tabs:
                tab.database.turn = turns.hand_over
            phone.line.turn = turns.hand_over
            steps = {beside: detail["closed_after"]}
            turns.go([Work(partial(self._do, tab, act), steps.get(tab)) for tab, act in able.items()])
            phone.line.turn = phone.first_tab().database.turn = None
        self._count(turns, [*able.values()])
        saving = [act for act in able.values() if act is Act.SAVE]
        if saving and not (phone.is_full or turns.cut_off) and held == set(phone.holding.ids):
            phone.ledger.nothing_saved(phone.holding, self._day, now)
        self._look(held)

    def _able(self, tab: Tab, act: Act) -> Act:
        is_open = False
        with self._phone.refusing():
            is_open = self._phone.pin.open(tab.diary, tab.database)
        if act in {Act.LOCK, Act.CHANGE_PIN} and not self._phone.has_pin:
            act = Act.SAVE
        return act if is_open else Act.SEND

    async def _do(self, tab: Tab, act: Act) -> None:
        phone = self._phone
        with phone.refusing():
            match act:
                case Act.SAVE:
                    if not phone.was_filled_in(tab.diary, self._day):
                        tab.phone.fill_in(self._day, self._evening)
                case Act.CHANGE:
                    changed = tab.phone.change(self._day, self._evening)
                    phone.ledger.befell[Kind.CHANGED_AT_ONCE] += changed
                case Act.SEND:
                    if (await tab.phone.sync()).standing is Standing.ALL_SENT:
                        phone.holding.told = True
                        self._all_sent()
                case Act.LOCK:
                    tab.diary.keyring.shut()
                    phone.pin.open(tab.diary, tab.database)
                case Act.CHANGE_PIN:
                    phone.pin.change(tab.diary, tab.database)

    def _count(self, turns: Turns, acts: list[Act]) -> None:
        befell = self._phone.ledger.befell
        befell[Kind.SENT_AT_ONCE] += acts == [Act.SEND, Act.SEND]
        befell[Kind.TAB_CLOSED] += turns.cut_off
        befell[Kind.PIN_AT_ONCE] += bool({Act.LOCK, Act.CHANGE_PIN} & set(acts))

    # ---- what must hold --------------------------------------------------------------------------------

    def _look(self, held: set[str]) -> None:
        """Right after it, as if the app were started again."""
        phone, ledger = self._phone, self._phone.ledger
        phone.take_stock("two tabs were used at once", under_way=0)
        records = [parse(text) for text in phone.texts().values()]
        per_device = Counter(one.device for one in records)
        for device, number in per_device.items():
            own = sorted((one for one in records if one.device == device), key=lambda one: one.sequence)
            if follow(own).sequence != number:
                ledger.violated(f"{phone.name} has a fork in its chain after two tabs were used at once")
        with phone.second_tab() as later, phone.refusing():
            if phone.pin.open(later.diary, later.database):
                self._read(later, set(phone.holding.ids) - held)

    def _read(self, later: Tab, new: set[str]) -> None:
        entries = {one.id for one in self._phone.ledger.of(new) if one.kind == RecordKind.ENTRY}
        for closed in sorted(entries - {one.id for one in later.diary.records(RecordKind.ENTRY)}):
            self._phone.ledger.violated(f"{self._phone.name} can no longer open {closed}, saved in one of two tabs")
