"""Makes the saved backup of a schema, once, when it is released: `python -m tests.backup.saved.make`."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path

from server.backup import making
from server.services import open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.server.test_rebuild import three_weeks

HERE = Path(__file__).parent


def main() -> None:
    """Three weeks of a study, at the newest schema."""
    clock = SimulatedEnvironment(datetime(2026, 11, 22, 18, 0, tzinfo=UTC))
    with tempfile.TemporaryDirectory() as folder:
        services = open_services(Settings(var_folder=Path(folder)), clock)
        three_weeks(services, clock)
        made = making.make(services, Path(folder), clock.now())
        services.close()
        made.file.rename(HERE / f"{made.manifest.schema_revision}.zip")


if __name__ == "__main__":
    main()
