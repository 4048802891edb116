"""Two coordinators who keep one telephone number at once, for two participants: the second sees the first's."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from diary_app.core.facts import ContactField
from server.db import contact_details
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.console import staged

NUMBER = {ContactField.PHONE: "+4512345678", ContactField.EMAIL: ""}
COUPLE = "01-002"
A_MOMENT = 0.5


@pytest.fixture
def couple(services: Services, clock: SimulatedEnvironment) -> None:
    for number in (ALICE, COUPLE):
        staged.participant(services, number)


def asked(services: Services, participant: str) -> dict[ContactField, list[str]]:
    with services.engine.begin() as connection:
        return contact_details.shared(connection, NUMBER, sites=["copenhagen"], but=participant)


def test_the_second_waits_for_the_first_and_sees_its_number(services: Services, couple: None) -> None:
    with ThreadPoolExecutor(1) as other:
        with services.engine.begin() as connection:
            assert contact_details.shared(connection, NUMBER, sites=["copenhagen"], but=ALICE) == {}
            contact_details.save(connection, ALICE, NUMBER)
            second = other.submit(asked, services, COUPLE)
            wait([second], A_MOMENT)
        assert second.result() == {ContactField.PHONE: [ALICE]}


def test_nobody_waits_who_keeps_nothing(services: Services, couple: None) -> None:
    with services.engine.begin() as connection:
        assert contact_details.shared(connection, {ContactField.PHONE: ""}, sites=["copenhagen"], but=ALICE) == {}
