"""The study of `staging` on each of both databases, staged once for all tests of a module that only read it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.export.content import CutKind
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import postgresql_copy
from tests.export.sdtm.staging import BEGIN, Written, live, reference, sdtm


@pytest.fixture
def clock() -> SimulatedEnvironment:
    return SimulatedEnvironment(BEGIN)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def lived_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database of this module's own."""
    folder = tmp_path_factory.mktemp("lived")
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        (folder / "xerodiary.sqlite").write_bytes(template.read_bytes())
        yield f"sqlite:///{folder / 'xerodiary.sqlite'}"
    else:
        server: str = request.getfixturevalue("postgresql_server")
        yield from postgresql_copy(server, request.getfixturevalue("postgresql_template"), folder)


@pytest.fixture(scope="module")
def read_only(lived_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The server on which the study was lived; no test changes anything on it."""
    clock = SimulatedEnvironment(BEGIN)
    services = open_services(Settings(database_url=lived_url, var_folder=tmp_path_factory.mktemp("var")), clock)
    live(services, clock)
    yield services
    services.close()


@pytest.fixture(scope="module")
def final(read_only: Services, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """QS and SUPPQS of a final cut."""
    return sdtm(read_only, tmp_path_factory.mktemp("final") / "sdtm")


@pytest.fixture(scope="module")
def interim(read_only: Services, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The same of an interim one."""
    return sdtm(read_only, tmp_path_factory.mktemp("interim") / "sdtm", CutKind.INTERIM)


@pytest.fixture(scope="module")
def key(read_only: Services, tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The key to merge with DM."""
    return reference(read_only, tmp_path_factory.mktemp("key") / "reference")
