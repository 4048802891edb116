"""What a server may say to a code that a phone in a storm sends."""

from datetime import datetime

from diary_app.core.errors import Code, RequestRefused
from server.simulate.phone import SimulatedPhone
from server.simulate.storm.ledger import Holding, Ledger


async def take_code(
    phone: SimulatedPhone, holding: Holding, ledger: Ledger, typed: tuple[str, str], now: datetime
) -> bool:
    """Whether the code was taken; `typed`: the code and the server's address. A new one is refused only in a hurry."""
    try:
        await phone.enrol(*typed)
    except RequestRefused as refused:
        if refused.code is not Code.NOT_ALLOWED or not ledger.enrolled_lately(holding.participant, now):
            ledger.violated(f"{holding.name} was refused its enrolment by a new code: {refused.code}")
        return False
    return True
