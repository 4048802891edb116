"""Two servers that start at the same moment on PostgreSQL: one waits for the other, and both run."""

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from server.db.engine import make_engine
from server.live_study import versions_of
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment

_WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")


@pytest.fixture
def settings(migrated_postgresql: str, tmp_path: Path) -> Settings:
    return Settings(database_url=migrated_postgresql, var_folder=tmp_path / "var")


def both_wait(holder: Connection, starts: list[Future[Services]]) -> None:
    """Until neither start can go on, or one of them has ended."""
    while holder.execute(_WAITING).scalar_one() < len(starts) and not any(start.done() for start in starts):
        holder.execute(text("SELECT pg_sleep(0.02), pg_stat_clear_snapshot()"))


def test_a_new_version_is_begun_by_one_of_them(
    settings: Settings, services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    file = tmp_path / "next.toml"
    file.write_text(services.study.text.replace('version = "1"', 'version = "2"', 1), encoding="utf-8")
    changed = settings.model_copy(update={"study_file": file})
    holder = make_engine(settings.database_url)
    with ThreadPoolExecutor(2) as pool:
        with holder.begin() as connection:
            connection.execute(text("LOCK TABLE study_version IN SHARE MODE"))  # may be read, and not be added to
            starts = [pool.submit(open_services, changed, clock) for _ in range(2)]
            both_wait(connection, starts)
        started = [start.result() for start in starts]
    holder.dispose()
    with started[0].engine.connect() as connection:
        found = [one.study.version for one in versions_of(connection, services.study.id)]
    assert found == ["1", "2"]
    assert [one.versions[-1].study.version for one in started] == ["2", "2"]
    for one in started:
        one.close()
