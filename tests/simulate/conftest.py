"""What every storm in the tests needs."""

from collections.abc import Iterator

import pytest
import structlog

from server.commands import simulate


@pytest.fixture
def quiet() -> Iterator[None]:
    """What a server logs when phones and power fail is all meant to happen here."""
    before = structlog.get_config()
    simulate.be_quiet()
    yield
    structlog.configure(**before)
