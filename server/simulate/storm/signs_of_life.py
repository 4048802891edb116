"""Signs of life in a storm: what a page's service worker posts while the app is closed, and what that must not do.

The worker says what the app left with it when it was closed, which may be long out of date: the app was opened and
closed again since, the phone set back, replaced or reported lost. None of that may prove anything (decision 17).
"""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from diary_app.core.times import format_utc
from diary_app.standing import standing_of
from diary_app.sync.transport import ServerUnreachable
from server.simulate.storm.counts import Kind
from server.simulate.storm.database import milliseconds
from server.simulate.storm.handset import Handset
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger, held_then

_OK = 200
_TOLD = {"protocol", "server_time"}
_THERE = text(
    "SELECT complete FROM contact WHERE device = :device AND received_at = :at AND flags LIKE '%by_reminder%'"
)
_PROVING = text("SELECT device FROM contact WHERE flags LIKE '%by_reminder%' AND complete <> 0")


@dataclass(frozen=True)
class _Noted:
    """One that the server answered: when in truth, and what its clock showed."""

    device: str
    at: datetime
    shown: datetime


class Workers:
    """Those of all phones, by the phone's name."""

    def __init__(self, house: House, ledger: Ledger) -> None:
        self._house = house
        self._ledger = ledger
        self._left: dict[str, str] = {}
        self._noted: list[_Noted] = []

    def leave(self, phone: Handset) -> bool:
        """The app is closed, and leaves behind what may be said in its name; whether it had anything to leave."""
        with phone.guarded():
            standing = standing_of(phone.diary, phone.clock.now())
            if standing is not None:
                self._left[phone.name] = standing
                return True
        return False

    async def speak(self, phone: Handset, fate: str) -> bool:
        """A reminder woke the worker; whether it had anything to say."""
        if phone.name not in self._left:
            return False
        left, shown = json.loads(self._left[phone.name]), self._house.clock.now()
        message = {**left["message"], "device_clock": format_utc(phone.clock.now())}
        try:
            answer = await phone.line.beside(left["path"], json.dumps(message).encode(), left["token"], fate)
        except ServerUnreachable:
            return True
        if answer.status == _OK and not fate.startswith("cut"):
            if more := json.loads(answer.body).keys() - _TOLD:
                self._ledger.violated(f"a sign of life of {phone.name} was answered with {sorted(more)}")
            self._ledger.befell[Kind.SIGN_OF_LIFE] += 1
            self._noted.append(_Noted(message["device"], self._house.world.now(), shown))
        return True

    def check(self, connection: Connection) -> None:
        """Each that was answered is kept as a contact, unless the database has forgotten it; none proves anything."""
        now = self._house.world.now()
        for one in self._noted:
            there = connection.execute(_THERE, {"device": one.device, "at": milliseconds(one.shown)}).first()
            if there is None and held_then(self._ledger.went_back, one.at, now):
                self._ledger.violated(f"the sign of life of {format_utc(one.at)} was answered, and is nowhere")
        for row in connection.execute(_PROVING):
            self._ledger.violated(f"a sign of life of the installation {row.device} counts as a complete contact")
