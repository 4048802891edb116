"""Hospital stays and deaths wait for an answer; a look at answers is one fact: on both databases."""

from datetime import timedelta

import pytest

from diary_app.core.errors import Code
from diary_app.core.facts import Excused, ExcuseReason, Status, StatusRevoked, StatusSet
from diary_app.core.staff_acts import SafetyHandling, SeenWhere
from server.access.acting import Acting
from server.db.engine import reading
from server.intake import looking, safety
from server.intake.safety import OpenSafetyReference
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from server.trail.verify import verify
from tests.conftest import ALICE, BOB
from tests.server import desk
from tests.server.handset import DMD, add, record_fact
from tests.server.test_corrections import DAY

CAROL, INES, MALLORY = Acting("carol"), Acting("ines"), Acting("mallory")


@pytest.fixture(autouse=True)
def alice(services: Services) -> None:
    desk.staff_the_desk(services)
    add(services, ALICE)
    add(services, BOB)


def in_hospital(services: Services, *, back: int = 1) -> str:
    day = services.environment.now().date() - timedelta(days=back)
    return record_fact(services, ALICE, Excused(instrument=DMD, diary_day=day, reason=ExcuseReason.HOSPITALISED)).id


def waiting(services: Services, *sites: str) -> list[OpenSafetyReference]:
    with reading(services.engine) as connection:
        return safety.open_safety_references(connection, sites or ("copenhagen", "odense"))


def answer(services: Services, *about: str, who: Acting = CAROL, reference: str = "SAE-14") -> None:
    handled = SafetyHandling.REFERENCE if reference else SafetyHandling.NOT_APPLICABLE
    now = services.environment.now()
    services.writer.run(
        ALICE,
        lambda connection: safety.answer(
            connection, services, ALICE, about, handled, reference, who=who, at=now
        ),
    )  # fmt: skip


def test_days_of_one_stay_are_one_question(services: Services) -> None:
    first, second = in_hospital(services, back=2), in_hospital(services)
    (one,) = waiting(services)
    assert (one.participant, one.site, one.kind, one.facts) == (ALICE, "copenhagen", "hospitalised", (first, second))
    assert waiting(services, "odense") == []
    answer(services, first, second)
    assert waiting(services) == []


def test_too_ill_asks_nothing(services: Services) -> None:
    day = services.environment.now().date()
    record_fact(services, ALICE, Excused(instrument=DMD, diary_day=day, reason=ExcuseReason.TOO_ILL))
    assert waiting(services) == []


def test_a_death_asks_until_it_is_revoked(services: Services) -> None:
    today = services.environment.now().date()
    fact = record_fact(services, ALICE, StatusSet(status=Status.DIED, effective=today, reason="adverse_event"))
    assert [one.kind for one in waiting(services)] == ["died"]
    record_fact(services, ALICE, StatusRevoked(revokes=fact.id, reason="recorded_in_error"))
    assert waiting(services) == []


@pytest.mark.parametrize(
    ("reference", "code"), [("call 12345678", Code.REFERENCE_IDENTIFIES), ("x" * 41, Code.FACT_INVALID)]
)
def test_a_reference_names_a_case_and_nobody(services: Services, reference: str, code: Code) -> None:
    fact = in_hospital(services)
    assert desk.refused(lambda: answer(services, fact, reference=reference)) is code
    assert len(waiting(services)) == 1


def test_an_answer_is_given_once_by_whoever_is_of_the_site(services: Services) -> None:
    fact = in_hospital(services)
    assert desk.refused(lambda: answer(services, fact, who=MALLORY)) is Code.NOT_ALLOWED
    answer(services, fact, reference="")
    assert desk.refused(lambda: answer(services, fact)) is Code.ALREADY_EXISTS


def test_only_whoever_may_read_answers_is_noted_as_having_seen_them(
    services: Services, clock: SimulatedEnvironment
) -> None:
    def look(who: Acting) -> None:
        services.writer.run(
            ALICE,
            lambda connection: looking.note_view(
                connection, services, ALICE, SeenWhere.ENTRIES, (DAY, DAY), 1, who=who, at=clock.now()
            ),
        )  # fmt: skip

    look(INES)
    assert desk.refused(lambda: look(CAROL)) is Code.NOT_ALLOWED
    with reading(services.engine) as connection:
        assert verify(connection).found == []
