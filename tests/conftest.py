"""The cast and the clock that every area shares."""

from datetime import UTC, datetime

import pytest

from server.simulate.environment import SimulatedEnvironment

ALICE = "01-001"
BOB = "02-001"


@pytest.fixture
def clock() -> SimulatedEnvironment:
    """Sunday 22 November 2026, 19:00 in Copenhagen: an evening whose diary is open."""
    return SimulatedEnvironment(datetime(2026, 11, 22, 18, 0, tzinfo=UTC))
