"""What came and does not count by itself is listed with what became of it, and never with what is in it."""

import csv
from pathlib import Path

import pytest

from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.formats import Format
from server.export.trail_columns import ASIDE, SET_ASIDE
from server.export.wanted import Made, Wanted
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.desk import ACCEPTED, INES, NO_ENTRY, settle
from tests.server.handset import ANSWERS, Handset, ready
from tests.server.test_settling import DAY, SCRAP, beyond_a_gap, came_aside

pytestmark = pytest.mark.usefixtures("staffed")
Row = dict[str, str]


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """Her first evening; Bob at the other site sent something that nobody can read."""
    handset, bob = ready(services, ALICE), ready(services, BOB, "bob")
    clock.advance(days=1)
    came_aside(bob, "{of bob")
    return handset


def made(services: Services, folder: Path, clock: SimulatedEnvironment, sites: frozenset[str] | None = None) -> Made:
    at = clock.now()
    clock.advance(minutes=5)
    wanted = Wanted(CutKind.INTERIM, at, frozenset({Format.TRAIL, Format.FHIR}), sites=sites)
    return make_bundle(services, folder, wanted, author="somebody")


def rows(bundle: Made) -> list[Row]:
    with (bundle.folder / "trail" / SET_ASIDE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_is_listed_with_what_was_decided_by_whom_and_why(
    alice: Handset, services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    entry = beyond_a_gap(alice)
    settle(services, ACCEPTED, INES)
    clock.advance(seconds=1)
    came_aside(alice)
    bundle = made(services, tmp_path / "bundle", clock)
    accepted, scrap, of_bob = rows(bundle)
    assert list(scrap) == [one.name for one in ASIDE]
    assert (accepted["state"], accepted["decision"], accepted["why"]) == ("settled", "accepted", ACCEPTED.reason.value)
    assert (accepted["who"], accepted["role"], accepted["organisation"]) == ("ines", "investigator", "copenhagen")
    assert (accepted["record"], accepted["diary_day"]) == (entry.id, DAY.isoformat())
    assert (scrap["state"], scrap["decision"], scrap["who"], scrap["code"]) == ("waiting", "", "", "request_invalid")
    assert (of_bob["participant"], of_bob["site"]) == (BOB, "odense")
    assert bundle.counts["set_aside"] == 3
    checked = check(bundle.folder)
    assert checked.flaws == []
    assert "3 set aside" in checked.read


def test_nothing_that_was_answered_is_in_it(
    alice: Handset, services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    beyond_a_gap(alice, answers={**ANSWERS, "DMD01": 10})
    came_aside(alice)
    data = (made(services, tmp_path / "bundle", clock).folder / "trail" / SET_ASIDE).read_text(encoding="utf-8")
    assert "DMD0" not in data
    assert SCRAP not in data


def test_a_site_has_its_own_alone(
    alice: Handset, services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    came_aside(alice)
    bundle = made(services, tmp_path / "bundle", clock, frozenset({"odense"}))
    assert [row["participant"] for row in rows(bundle)] == [BOB]
    assert bundle.counts["set_aside"] == 1


def test_a_row_left_out_and_a_decision_that_nobody_made_are_found(
    alice: Handset, services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    came_aside(alice)
    settle(services, NO_ENTRY, INES)
    folder = made(services, tmp_path / "bundle", clock).folder
    file = folder / "trail" / SET_ASIDE
    whole = file.read_bytes()
    source = next(row["source"] for row in csv.DictReader(whole.decode().splitlines()) if row["source"])
    file.write_bytes(b"".join(whole.splitlines(keepends=True)[:-1]))
    assert any(f"trail/{SET_ASIDE}, rows: 1 found, 2 expected" in flaw for flaw in check(folder).flaws)
    file.write_bytes(whole.replace(source.encode(), b"nobody"))
    assert any("a decision that stands in no fact" in flaw for flaw in check(folder).flaws)
