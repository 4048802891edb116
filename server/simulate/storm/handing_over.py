"""Rescue files in a storm: made on a phone that cannot send, carried about, taken in once or again, or as codes."""

from dataclasses import dataclass

from sqlalchemy import text

from diary_app.core.errors import Code
from diary_app.core.rescue import RescueRefused, read_rescue
from diary_app.core.rescue_codes import codes_of
from diary_app.core.sealing import without_waiting
from server.db.engine import reading
from server.intake.rescue import rescue
from server.simulate.storm.counts import Kind
from server.simulate.storm.database import is_there
from server.simulate.storm.handset import Handset
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger
from server.simulate.storm.persons import Person

_DEVICES = text("SELECT device FROM device")


@dataclass(frozen=True)
class _File:
    """What somebody carries. `records`: those that the phone had no receipt for when it was made."""

    data: bytes
    phone: str
    records: tuple[str, ...]


class Rescues:
    """Everybody's; of each person the last one."""

    def __init__(self, house: House, ledger: Ledger) -> None:
        self._house = house
        self._ledger = ledger
        self._carried: dict[str, _File] = {}

    def make(self, person: Person, phone: Handset) -> bool:
        """The phone writes its file, also while it is locked; whether there was anything in it."""
        with phone.guarded():
            data, receipts = without_waiting(phone.diary.rescue()), phone.diary.receipts()
            waiting = tuple(one for one in phone.holding.ids if one not in receipts)
            found = read_rescue(data)
            if found.chains:
                self._carried[person.who] = _File(data, phone.name, () if found.left_out else waiting)
                return True
        return False

    def take_in(self, person: Person, *, times: int, as_codes: bool) -> None:
        """Staff take it in so many times. Raises `ServerDown`."""
        carried = self._carried.get(person.who)
        if carried is None:
            return
        for number in range(times):
            with self._house.spared():
                if not self._taken_in(person, carried, as_codes=as_codes):
                    return
            self._ledger.befell[Kind.RESCUE_AGAIN if number else Kind.RESCUE_TAKEN_IN] += 1

    def _taken_in(self, person: Person, carried: _File, *, as_codes: bool) -> bool:
        services = self._house.services
        try:
            data = _codes(carried.data) if as_codes else carried.data
            rescue(services, data, self._house.clock.now(), [person.site], author="storm")
        except RescueRefused as refused:
            self._may_be_refused(carried, refused)
            return False
        self._ledger.befell[Kind.RESCUE_AS_CODES] += data != carried.data
        with reading(services.engine) as connection:
            missing = [one for one in self._ledger.of(carried.records) if not is_there(connection, one)]
        for one in missing:
            self._ledger.violated(f"{carried.phone}'s rescue file was taken in, and the server has not {one.id}")
        return True

    def _may_be_refused(self, carried: _File, refused: RescueRefused) -> None:
        """A restored server may know nothing of the phone."""
        chains = {chain.device for chain in read_rescue(carried.data).chains}
        with reading(self._house.services.engine) as connection:
            known = set(connection.execute(_DEVICES).scalars())
        if chains <= known:
            self._ledger.violated(f"{carried.phone}'s rescue file was refused: {refused}")


def _codes(file: bytes) -> bytes:
    """What stands in codes; the file itself where the phone says that there is too much for them."""
    try:
        return "\n".join(codes_of(read_rescue(file))).encode()
    except RescueRefused as refused:
        if refused.code is not Code.RESCUE_TOO_MUCH_FOR_CODES:
            raise
        return file
