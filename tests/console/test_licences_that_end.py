"""Staff learn on the overview that a licence ends, in their own language, a month before and from then on."""

from datetime import date
from pathlib import Path

import pytest

from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.console.conftest import LogIn
from tests.licensed import install
from tests.server.visiting import with_grix

ENDS = "The licence for GRIX 1.0 in Danish ends on Thursday 24 December. Phones offer the questionnaire until then."
ENDED = "The licence for GRIX 1.0 in English ended on Thursday 24 December"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """GRIX is in use until Christmas Eve."""
    chosen = with_grix(Settings(database_url=database_url, var_folder=tmp_path / "var"), tmp_path)
    install(tmp_path / "licences", expires=date(2026, 12, 24))
    return chosen


async def test_long_before_nothing_is_said(log_in: LogIn) -> None:
    assert "licence" not in (await log_in("carol")).text


async def test_in_the_last_month_the_last_day_is_named(log_in: LogIn, clock: SimulatedEnvironment) -> None:
    clock.advance(days=10)
    assert ENDS in (await log_in("carol")).text


async def test_afterwards_it_says_that_phones_offer_it_no_longer(log_in: LogIn, clock: SimulatedEnvironment) -> None:
    clock.advance(days=33)
    assert ENDED in (await log_in("carol")).text
