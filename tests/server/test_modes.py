"""How an entry was given is kept and handed on as its phone said it, whichever way it was."""

from datetime import date

import pytest

from diary_app.core.entries import FilledBy, Mode
from server.db.engine import reading
from server.export.participant import long_rows
from server.export.reading import everybody, instruments_in_use
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.handset import ready

DAY = date(2026, 11, 23)


@pytest.mark.parametrize("filled_by", FilledBy)
@pytest.mark.parametrize("mode", [mode for mode in Mode if mode is not Mode.PAPER])
def test_how_an_entry_was_given_is_kept_and_exported(
    services: Services, clock: SimulatedEnvironment, mode: Mode, filled_by: FilledBy
) -> None:
    alice = ready(services, ALICE)
    clock.advance(days=1)
    alice.fill_in(DAY, mode=mode.value, filled_by=filled_by.value)
    assert [receipt.accepted for receipt in alice.sync().receipts] == [True]
    with reading(services.engine) as connection:
        (person,) = everybody(connection, services.study, clock.now())
        use = {(one.code, one.version): one for one in instruments_in_use(connection, services.study)}
        rows = list(long_rows(services.study, use, person))
    assert len(rows) == 6
    assert {(row["mode"], row["filled_by"]) for row in rows} == {(mode.value, filled_by.value)}
