"""Times a sync of 30 evenings in process: a real phone's SQLite file, the real server, no network between them.

python scripts/measure_sync.py [repeats]
"""

import asyncio
import json
import statistics
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from diary_app.core.environment import SystemEnvironment  # noqa: E402 - this file is a script outside the package
from diary_app.sync.outcome import Standing  # noqa: E402
from server.simulate.environment import SimulatedEnvironment  # noqa: E402
from tests.sync.world import Phone, Server, running  # noqa: E402

ENTRIES = 30
EVENING = datetime(2026, 11, 22, 18, tzinfo=UTC)
TIMER = SystemEnvironment()


async def one_run(folder: Path) -> tuple[float, list[float]]:
    """Milliseconds of the sync, and of each save before it."""
    clock = SimulatedEnvironment(EVENING)
    async with running(folder, clock) as server:
        server.add("copenhagen", "001")
        phone = Phone(folder / "alice.db", server)
        await phone.enrol(server.code("01-001"))
        await phone.sync()
        saves = [await save_next_evening(phone, server) for _ in range(ENTRIES)]
        started = TIMER.monotonic()
        ended = await phone.sync()
        took = (TIMER.monotonic() - started) * 1000
        assert (ended.standing, len(server.texts("01-001"))) == (Standing.ALL_SENT, ENTRIES + 1)
        phone.close()
    return took, saves


async def save_next_evening(phone: Phone, server: Server) -> float:
    """Milliseconds."""
    server.environment.advance(days=1)
    day = server.environment.now().date()
    started = TIMER.monotonic()
    phone.save(day)
    return (TIMER.monotonic() - started) * 1000


def main(repeats: int) -> None:
    """Print a list of figures as JSON."""
    syncs, saves = [], []
    for _ in range(repeats):
        with tempfile.TemporaryDirectory() as folder:
            took, each = asyncio.run(one_run(Path(folder)))
            syncs.append(took)
            saves.extend(each)
    figures = [
        ("sync_30_entries_median", statistics.median(syncs), len(syncs)),
        ("sync_30_entries_longest", max(syncs), len(syncs)),
        ("save_entry_median", statistics.median(saves), len(saves)),
        ("save_entry_p95", statistics.quantiles(saves, n=20)[-1], len(saves)),
    ]
    print(json.dumps([{"name": name, "value": round(value, 1), "unit": "ms", "n": n} for name, value, n in figures]))  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
