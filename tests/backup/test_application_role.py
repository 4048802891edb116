"""On PostgreSQL the tables are restored by their owner, and whoever serves from them may not change a fact."""

from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from server.backup import making, restoring
from server.backup.making import Made
from server.db.engine import make_engine
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.server.test_application_role import served

__all__ = ["served"]


@pytest.fixture
def emptied(served: Services, small: Made) -> Settings:
    """The same roles with an empty database, as after it was lost."""
    served.close()
    assert served.settings.database_owner_url
    role = served.engine.url.username
    owner = make_engine(served.settings.database_owner_url.get_secret_value())
    with owner.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        connection.execute(text(f'GRANT USAGE ON SCHEMA public TO "{role}"'))
    owner.dispose()
    return served.settings.model_copy(update={"var_folder": served.settings.var_folder.with_name("elsewhere")})


def test_the_role_serves_what_the_owner_restored(emptied: Settings, small: Made, clock: SimulatedEnvironment) -> None:
    assert isinstance(emptied.database_owner_url, SecretStr)
    restoring.restore(small.file, emptied, clock)
    services = open_services(emptied.model_copy(update={"database_owner_url": None}), clock)
    with pytest.raises(ProgrammingError, match="permission denied"), services.engine.begin() as connection:
        connection.execute(text("UPDATE study_version SET text = ''"))
    services.close()


def test_the_role_can_make_backups(served: Services, clock: SimulatedEnvironment, tmp_path: Path) -> None:
    assert making.make(served, tmp_path / "backups", clock.now()).manifest.rows["study_version"] == 1
