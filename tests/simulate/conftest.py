"""What every storm in the tests needs."""

import pytest

from server.commands import simulate


@pytest.fixture
def quiet() -> None:
    """What a server logs when phones and power fail is all meant to happen here."""
    simulate.be_quiet()
