"""Backups of earlier schemas can be restored by this release; `saved/make.py` makes one for each that is released."""

import zipfile
from pathlib import Path

import pytest

from server.backup import restoring
from server.db import days, guards, migrate
from server.db.engine import make_engine, reading
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE

SAVED = sorted(Path(__file__).with_name("saved").glob("*.zip"))


@pytest.mark.parametrize("file", SAVED, ids=lambda file: file.stem)
def test_it_is_restored_and_brought_up_to_date(
    file: Path, target: Settings, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    study = tmp_path / "study.toml"
    with zipfile.ZipFile(file) as opened:
        study.write_bytes(opened.read("study.toml"))
    clock.advance(days=30)
    assert restoring.restore(file, target.model_copy(update={"study_file": study}), clock).participants == 3
    engine = make_engine(target.database_url)
    with reading(engine) as connection:
        assert migrate.revision(connection) == migrate.newest()
        guards.check(connection)
        assert [row.state for row in days.of(connection, ALICE)].count("done") == 9
    engine.dispose()


def test_there_is_one_of_an_earlier_schema() -> None:
    assert {file.stem for file in SAVED} - {migrate.newest()}
