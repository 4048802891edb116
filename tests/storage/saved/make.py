"""Writes this folder's file for the newest schema: run once when a schema is released, never again.

python tests/storage/saved/make.py
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path.insert(0, str(ROOT))

from diary_app.core.records import RecordKind  # noqa: E402 - this file is a script outside the package
from diary_app.storage import ladder  # noqa: E402
from diary_app.storage.database import Database, Journal  # noqa: E402
from diary_app.storage.diary import Diary  # noqa: E402
from server.simulate.environment import SimulatedEnvironment  # noqa: E402
from tests.storage.phones import TODAY, enrol, evening  # noqa: E402


def make(file: Path) -> None:
    """A phone with three unsent records and a draft."""
    clock = SimulatedEnvironment(datetime(2026, 11, 22, 18, tzinfo=UTC), seed=11)
    database = Database(str(file), journal=Journal.TRUNCATE)
    database.prepare()
    diary = Diary(database, clock)
    enrol(diary, clock)
    diary.append(RecordKind.TRAINING, {})
    first = diary.save_entry(evening())
    clock.advance(minutes=3)
    diary.save_entry(evening(answers={"DRY01": 5, "DRY02": 7}, parent=first.id))
    diary.save_draft("DMD", TODAY + timedelta(days=1), {"answers": {"DRY01": 2}})
    diary.close()


if __name__ == "__main__":
    target = Path(__file__).with_name(f"v{len(ladder.STEPS)}.sqlite")
    if target.exists():
        sys.exit(f"{target.name} is there already: a released schema is never written again")
    make(target)
