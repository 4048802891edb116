"""What messages to staff are sent through."""

from collections.abc import Iterator

import pytest

from tests.reminders.post_office import PostOffice


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    """A mail server that is up."""
    office = PostOffice()
    office.open()
    yield office
    office.close()
