"""What staff decided on a zone that was set aside is in backups and archives, and holds in a server made from them."""

from datetime import timedelta
from pathlib import Path

import pytest

from server.backup import making, restoring
from server.db.engine import reading
from server.export.archive_part import archive_in
from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.wanted import Scope, Wanted
from server.intake import settling
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from server.trail.fields import Asked, Reader, rows
from server.trail.verify import verify
from tests.conftest import ALICE
from tests.server.desk import ACCEPTED, INES, NO_ENTRY, REASON, settle, waiting
from tests.server.handset import Handset
from tests.server.parting import AWAY, HOME, LATER, laid_out, on_the_first_evening, parted

pytestmark = pytest.mark.usefixtures("staffed")


@pytest.fixture
def away(services: Services, clock: SimulatedEnvironment) -> Handset:
    """The copy in use, whose zone waits."""
    return parted(on_the_first_evening(services, clock))[1]


def archived(services: Services, clock: SimulatedEnvironment, folder: Path) -> Path:
    at = clock.now()
    clock.move_to(at + timedelta(minutes=5))
    made = make_bundle(services, folder, Wanted(CutKind.INTERIM, at, scope=Scope.ARCHIVE), author="somebody")
    assert check(made.folder).flaws == []
    return archive_in(made.folder)


@pytest.mark.parametrize(("wanted", "zone"), [(ACCEPTED, AWAY), (NO_ENTRY, HOME)])
def test_a_decision_holds_in_a_server_made_from_an_archive(
    services: Services,
    away: Handset,
    target: Settings,
    clock: SimulatedEnvironment,
    tmp_path: Path,
    wanted: settling.Wanted,
    zone: str,
) -> None:
    settle(services, wanted)
    restoring.restore(archived(services, clock, tmp_path / "bundle"), target, clock)
    elsewhere = open_services(target, clock)
    assert (laid_out(elsewhere, LATER), waiting(elsewhere)) == (zone, [])
    with reading(elsewhere.engine) as connection:
        assert verify(connection).found == []
    away.services = elsewhere
    away.sync([])
    assert away.evening(LATER).zone == zone
    elsewhere.close()


def test_what_waits_can_be_decided_on_there(
    services: Services, away: Handset, target: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    restoring.restore(archived(services, clock, tmp_path / "bundle"), target, clock)
    elsewhere = open_services(target, clock)
    (one,) = waiting(elsewhere)
    assert (one.kind, laid_out(elsewhere, LATER)) == ("zone", HOME)
    elsewhere.close()


def test_a_backup_from_before_knows_nothing_of_it(
    services: Services, away: Handset, target: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    """The zone waits there again, and its phone follows it until it hears another decision."""
    backup = making.make(services, tmp_path / "backups", clock.now())
    settle(services, NO_ENTRY)
    away.sync([])
    restoring.restore(backup.file, target, clock)
    before = open_services(target, clock)
    assert (laid_out(before, LATER), len(waiting(before))) == (HOME, 1)
    settle(before, ACCEPTED)
    assert laid_out(before, LATER) == AWAY
    before.close()


def test_the_trail_tells_the_zone_and_why(services: Services, away: Handset) -> None:
    item = settle(services, ACCEPTED)
    settling.reopen(services, item, REASON, by=INES)
    with reading(services.engine) as connection:
        found = list(rows(connection, Reader(None, answers=False), Asked(participant=ALICE)))
    (accepted,) = (one for one in found if (one.kind, one.field) == ("quarantine_settled", "zone"))
    assert (accepted.new, accepted.who, accepted.role, accepted.why) == (AWAY, "ines", "investigator", REASON)
    (taken_back,) = (one for one in found if (one.kind, one.field) == ("quarantine_reopened", "zone"))
    assert (taken_back.old, taken_back.new) == (AWAY, HOME)
