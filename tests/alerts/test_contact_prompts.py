"""A study's own rule about scores asks for a call: once for each row of evenings, and never without such a rule."""

import pytest

from diary_app.core.alert_rules import AlertRule
from diary_app.core.facts import Status, StatusSet
from server.alerts.open_alerts import Alert, Kind, open_alerts
from server.db.engine import reading
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.alerts.test_open_alerts import days_pass, see_to
from tests.conftest import ALICE
from tests.server.handset import ANSWERS, Handset, ready, record_fact

DRY = AlertRule(id="dry", score="DMDDRY", at_least=8, evenings=3)
SITES = ("copenhagen", "odense")


@pytest.fixture
def alice(services: Services) -> Handset:
    return ready(services, ALICE)


def prompts(services: Services, *rules: AlertRule) -> list[Alert]:
    study = services.study.model_copy(update={"alert_rules": rules})
    with reading(services.engine) as connection:
        found = open_alerts(connection, study, SITES, services.environment.now())
    return [one for one in found if one.kind is Kind.CONTACT_PROMPT]


def evenings(services: Services, clock: SimulatedEnvironment, alice: Handset, *dryness: int | None) -> None:
    """One evening after the other; None is one without an entry."""
    for value in dryness:
        days_pass(services, clock, 1)
        if value is not None:
            alice.fill_in(clock.now().date(), answers={**ANSWERS, "DMD01": value})
        alice.sync()


def test_without_a_rule_no_score_is_a_reason(services: Services, clock: SimulatedEnvironment, alice: Handset) -> None:
    evenings(services, clock, alice, 10, 10, 10, 10)
    assert prompts(services) == []


def test_a_row_is_one_reason_for_as_long_as_it_runs(
    services: Services, clock: SimulatedEnvironment, alice: Handset
) -> None:
    evenings(services, clock, alice, 3, 8, 9)
    assert prompts(services, DRY) == []
    evenings(services, clock, alice, 10)
    (alert,) = prompts(services, DRY)
    assert (alert.participant, alert.site, alert.count, alert.since) == (ALICE, "copenhagen", 1, clock.now())
    evenings(services, clock, alice, 9)
    assert prompts(services, DRY) == [alert], "another evening is no new reason"
    see_to(services, alert)
    evenings(services, clock, alice, 9)
    assert prompts(services, DRY) == []
    evenings(services, clock, alice, 2, 9, 9)
    assert prompts(services, DRY) == []
    evenings(services, clock, alice, 9)
    assert [one.since for one in prompts(services, DRY)] == [clock.now()], "a new row is"


def test_an_evening_without_an_entry_ends_a_row_once_it_is_over(
    services: Services, clock: SimulatedEnvironment, alice: Handset
) -> None:
    evenings(services, clock, alice, 9, 9, 9, None)
    assert len(prompts(services, DRY)) == 1, "that evening is still open"
    evenings(services, clock, alice, 9, 9)
    assert prompts(services, DRY) == []


def test_each_rule_that_holds_is_counted(services: Services, clock: SimulatedEnvironment, alice: Handset) -> None:
    evenings(services, clock, alice, 9, 9, 9)
    once = AlertRule(id="once", score="DMDDRY", at_least=9, evenings=1)
    wet = AlertRule(id="wet", score="DMDDRY", at_most=2, evenings=1)
    assert [one.count for one in prompts(services, DRY, once, wet)] == [2]


def test_somebody_whose_diary_has_ended_is_not_called(
    services: Services, clock: SimulatedEnvironment, alice: Handset
) -> None:
    evenings(services, clock, alice, 9, 9, 9)
    record_fact(services, ALICE, StatusSet(status=Status.DIED, effective=clock.now().date(), reason="other"))
    assert prompts(services, DRY) == []
