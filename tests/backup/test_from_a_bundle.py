"""R17: from a bundle of scope archive a server is made that knows what the cut knew and comes to the same cut."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from diary_app.core.errors import Code, CommandRefused
from server.backup import making, restoring
from server.db.engine import reading
from server.export.archive_part import archive_in
from server.export.bundle import make_bundle
from server.export.checking import check
from server.export.content import CutKind
from server.export.wanted import Made, Scope, Wanted
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from server.trail.verify import verify

DAYS = "SELECT participant, instrument, diary_day, state, reason FROM expected_day WHERE state <> 'not_yet_due'"


@pytest.fixture
def bundle(lived: Services, clock: SimulatedEnvironment, tmp_path: Path) -> Made:
    at = clock.now()
    clock.move_to(at + timedelta(minutes=5))
    return make_bundle(lived, tmp_path / "bundle", Wanted(CutKind.INTERIM, at, scope=Scope.ARCHIVE), author="somebody")


@pytest.fixture
def elsewhere(bundle: Made, target: Settings, clock: SimulatedEnvironment) -> Iterator[Services]:
    restoring.restore(archive_in(bundle.folder), target, clock)
    services = open_services(target, clock)
    yield services
    services.close()


def content(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def days(services: Services) -> list[tuple[object, ...]]:
    with reading(services.engine) as connection:
        return sorted(tuple(map(str, row)) for row in connection.execute(text(DAYS)))


def test_the_server_knows_the_same_days_and_its_trail_holds(lived: Services, elsewhere: Services) -> None:
    assert days(elsewhere) == days(lived)
    with reading(elsewhere.engine) as connection:
        assert verify(connection).found == []
    assert elsewhere.epoch != lived.epoch


def test_the_same_cut_holds_the_same_there(bundle: Made, elsewhere: Services, tmp_path: Path) -> None:
    wanted = Wanted(CutKind.INTERIM, bundle.cut.at, scope=Scope.ARCHIVE)
    again = make_bundle(elsewhere, tmp_path / "again", wanted, author="somebody else")
    assert again.cut == bundle.cut
    assert again.counts == bundle.counts
    assert check(again.folder).flaws == []
    assert (again.folder / "archive" / "facts.zip").read_bytes() == (bundle.folder / "archive/facts.zip").read_bytes()


def test_a_copy_in_the_other_database_gives_the_same_bytes(
    lived: Services, bundle: Made, target: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    backup = making.make(lived, tmp_path / "backups", clock.now())
    restoring.restore(backup.file, target, clock)
    copy = open_services(target, clock)
    wanted = Wanted(CutKind.INTERIM, bundle.cut.at, scope=Scope.ARCHIVE)
    again = make_bundle(copy, tmp_path / "again", wanted, author="somebody")
    copy.close()
    assert content(again.folder) == content(bundle.folder)


def test_a_bundle_that_was_changed_or_is_masked_is_refused_and_nothing_is_filled(
    lived: Services, bundle: Made, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    masked = make_bundle(lived, tmp_path / "masked", Wanted(CutKind.INTERIM, bundle.cut.at), author="somebody")
    with (bundle.folder / "archive" / "facts.zip").open("r+b") as file:
        file.seek(200)
        file.write(b"xxxx")
    for folder in (bundle.folder, masked.folder, tmp_path / "none"):
        with pytest.raises(CommandRefused) as refused:
            archive_in(folder)
        assert refused.value.code == Code.BUNDLE_BROKEN
