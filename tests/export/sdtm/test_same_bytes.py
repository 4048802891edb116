"""The same cut gives the same bytes: twice, and from either database."""

from pathlib import Path

from server.export.content import CutKind
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.export.sdtm.staging import BEGIN, live, reference, sdtm


def written(url: str, folder: Path) -> dict[str, bytes]:
    clock = SimulatedEnvironment(BEGIN)
    services = open_services(Settings(database_url=url, var_folder=folder / "var"), clock)
    live(services, clock)
    sdtm(services, folder / "final")
    sdtm(services, folder / "interim", CutKind.INTERIM)
    sdtm(services, folder / "again")
    reference(services, folder / "key")
    services.close()
    kept = ("final", "interim", "again", "key")
    return {f"{name}/{file.name}": file.read_bytes() for name in kept for file in sorted((folder / name).iterdir())}


def test_either_database_gives_the_same_bytes_twice(
    migrated_sqlite: str, migrated_postgresql: str, tmp_path: Path
) -> None:
    from_sqlite = written(migrated_sqlite, tmp_path / "sqlite")
    from_postgresql = written(migrated_postgresql, tmp_path / "postgresql")
    assert from_sqlite == from_postgresql
    for name in ("qs.ndjson", "qs.json", "qs.xpt", "suppqs.ndjson", "suppqs.json", "suppqs.xpt", "define.xml"):
        assert from_sqlite[f"final/{name}"] == from_sqlite[f"again/{name}"]
    assert from_sqlite["final/qs.xpt"] != from_sqlite["interim/qs.xpt"]
    assert len(from_sqlite) == 3 * 7 + 2
