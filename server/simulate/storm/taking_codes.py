"""What a server may say to a code that a phone in a storm sends."""

from datetime import datetime

from sqlalchemy import func, select

from diary_app.core.errors import Code, RequestRefused
from diary_app.storage.database import Database
from diary_app.storage.tables import ENROLMENT
from server.simulate.phone import SimulatedPhone
from server.simulate.storm.ledger import Holding, Ledger

_WITHOUT_ROOM = (Code.DATABASE_UNAVAILABLE, Code.SERVER_BUSY)


def enrolments(database: Database) -> int:
    """How many the phone has completed; one that a database has forgotten is completed again under the same id."""
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(ENROLMENT)).scalar_one()


async def take_code(
    phone: SimulatedPhone, holding: Holding, ledger: Ledger, typed: tuple[str, str], now: datetime
) -> bool:
    """Whether the code was taken; `typed`: the code and the server's address.

    A new one is refused only in a hurry, and where there is no room to write it down; a phone that hears only half of
    that takes it for a server that is busy.
    """
    try:
        await phone.enrol(*typed)
    except RequestRefused as refused:
        if not _may_refuse(refused.code, holding, ledger, now):
            ledger.violated(f"{holding.name} was refused its enrolment by a new code: {refused.code}")
        return False
    return True


def _may_refuse(code: Code, holding: Holding, ledger: Ledger, now: datetime) -> bool:
    if code in _WITHOUT_ROOM:
        return ledger.no_room
    return code is Code.NOT_ALLOWED and ledger.enrolled_lately(holding.participant, now)
