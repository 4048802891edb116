"""A study in the middle of its course on each database, and empty databases of either kind to restore into."""

from pathlib import Path

import pytest

from server.backup import making
from server.backup.making import Made
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.server.test_rebuild import three_weeks


@pytest.fixture(params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of another machine with an empty database."""
    url = f"sqlite:///{tmp_path}/elsewhere.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("empty_postgresql")
    return Settings(database_url=url, var_folder=tmp_path / "elsewhere")


@pytest.fixture
def lived(services: Services, clock: SimulatedEnvironment) -> Services:
    """Three weeks of a study: entries, gaps, a clone, a replaced phone, a withdrawal."""
    three_weeks(services, clock)
    return services


@pytest.fixture
def made(lived: Services, clock: SimulatedEnvironment, tmp_path: Path) -> Made:
    """A backup of it."""
    return making.make(lived, tmp_path / "backups", clock.now())


@pytest.fixture
def small(migrated_sqlite: str, clock: SimulatedEnvironment, tmp_path: Path) -> Made:
    """A backup of a study that nobody takes part in yet."""
    services = open_services(Settings(database_url=migrated_sqlite, var_folder=tmp_path / "var"), clock)
    made = making.make(services, tmp_path / "backups", clock.now())
    services.close()
    return made


@pytest.fixture
def here(tmp_path: Path) -> Settings:
    """Settings of another machine with no database yet."""
    return Settings(database_url=f"sqlite:///{tmp_path}/here.sqlite", var_folder=tmp_path / "here")
