"""A phone that was copied, on its first evening."""

import pytest

from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.server.handset import Handset
from tests.server.parting import on_the_first_evening, parted


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Alice's phone on the first evening of her diary, which is open."""
    return on_the_first_evening(services, clock)


@pytest.fixture
def copies(alice: Handset) -> tuple[Handset, Handset]:
    """The phone at home, and its copy in use, on which another zone was confirmed that is set aside."""
    return parted(alice)
