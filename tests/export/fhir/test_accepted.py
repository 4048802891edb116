"""An entry that counts because somebody accepted it says who did, when and why, as ODM does of the same cut."""

from pathlib import Path

import pytest
from fhir.resources.R4B.provenance import Provenance

from diary_app.core.staff_acts import SettlingReason
from server.export.fhir import open_fhir
from server.intake import settling
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.export.fhir.eventful import Resource, lines
from tests.export.parts import write_part
from tests.server.desk import ACCEPTED, INES, REASON, settle
from tests.server.handset import ANSWERS, Handset, ready
from tests.server.test_settling import DAY, beyond_a_gap

pytestmark = pytest.mark.usefixtures("staffed")


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    handset = ready(services, ALICE)
    clock.advance(days=1)
    return handset


def accepted(services: Services, folder: Path) -> list[Resource]:
    """The provenance of acceptances; everything that is written is counted as it is there."""
    written, there = write_part(open_fhir, services, folder)
    assert written == there
    found = [one for one in lines(folder, "Provenance") if one["id"].startswith("accepted-")]
    for one in found:
        Provenance.model_validate(one)
    known = {one["id"] for one in lines(folder, "QuestionnaireResponse")}
    assert {one["target"][0]["reference"].partition("/")[2] for one in found} <= known
    return found


def test_who_accepted_it_when_and_why_is_told(
    alice: Handset, services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    entry = beyond_a_gap(alice)
    assert accepted(services, tmp_path / "before") == []
    clock.advance(hours=1)
    settle(services, ACCEPTED, INES)
    (told,) = accepted(services, tmp_path / "after")
    assert told["target"] == [{"reference": f"QuestionnaireResponse/{entry.id}"}]
    assert told["recorded"] == "2026-11-23T19:00:00.000Z"
    assert told["occurredDateTime"] == "2026-11-23T19:00:00.000+01:00"
    assert told["reason"][0]["coding"][0]["code"] == REASON.value
    author, verifier = told["agent"]
    assert author["who"] == {"reference": f"Patient/{ALICE}"}
    assert verifier["who"]["identifier"]["value"] == "ines"
    assert verifier["role"][0]["coding"][0]["code"] == "investigator"
    assert verifier["onBehalfOf"] == {"reference": "Organization/copenhagen"}
    assert "entity" not in told


def test_an_accepted_version_that_was_amended_since_is_named_as_the_source(
    alice: Handset, services: Services, tmp_path: Path
) -> None:
    first = beyond_a_gap(alice)
    settle(services, ACCEPTED, INES)
    later = alice.fill_in(DAY, revision=2, parent=first.id, answers={**ANSWERS, "DMD01": 0})
    alice.sync([later.text])
    settle(services, ACCEPTED, INES)
    told = {one["target"][0]["reference"]: one for one in accepted(services, tmp_path / "fhir")}
    assert told.keys() == {f"QuestionnaireResponse/{later.id}"}
    of_first = [one for one in accepted(services, tmp_path / "again") if "entity" in one]
    assert [one["entity"][0]["what"]["identifier"]["value"] for one in of_first] == [first.id]


def test_an_acceptance_that_was_taken_back_is_not_told(alice: Handset, services: Services, tmp_path: Path) -> None:
    beyond_a_gap(alice)
    item = settle(services, ACCEPTED, INES)
    settling.reopen(services, item, SettlingReason.SETTLED_IN_ERROR, by=INES)
    assert accepted(services, tmp_path / "fhir") == []
