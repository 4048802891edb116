"""Backups made while phones send: each holds whole transactions, however it falls between them."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Semaphore

from sqlalchemy import text

from server.backup import making, restoring
from server.backup.making import Made
from server.db.engine import make_engine, reading
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.handset import Handset, ready

BACKUPS = 4
PATIENCE = 60
LACKING = (
    "SELECT count(*) FROM contact WHERE complete = 1 AND head_sequence >"
    " (SELECT count(*) FROM record WHERE record.device = contact.device)"
)


@contextmanager
def sending(handsets: list[Handset]) -> Iterator[Semaphore]:
    """Every phone sends without end, until the block ends, however it ends; one more each time it was heard."""
    ended, heard = Event(), Semaphore(0)

    def send(handset: Handset) -> None:
        while not ended.is_set():
            handset.record("app_event", what="opened")
            handset.sync()
            heard.release()

    with ThreadPoolExecutor(len(handsets)) as pool:
        going = [pool.submit(send, handset) for handset in handsets]
        try:
            yield heard
        finally:
            ended.set()
        for one in going:
            one.result()


def wait_for_more(heard: Semaphore, times: int) -> None:
    """Until phones were heard so many times from now on."""
    while heard.acquire(blocking=False):
        pass
    for _ in range(times):
        assert heard.acquire(timeout=PATIENCE)


def counted(settings: Settings, statement: str) -> int:
    engine = make_engine(settings.database_url)
    with reading(engine) as connection:
        found = int(connection.execute(text(statement)).scalar_one())
    engine.dispose()
    return found


def test_no_contact_is_there_without_the_records_it_vouches_for(
    open_more: Callable[..., Services], clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    services, made = open_more(threaded=True), list[Made]()
    handsets = [ready(services, ALICE), ready(services, BOB, "bob")]
    with sending(handsets) as heard:
        for number in range(BACKUPS):
            made.append(making.make(services, tmp_path / str(number), clock.now()))
            wait_for_more(heard, len(handsets) + 1)  # all but the last may have been in the middle of it
    records = [one.manifest.rows["record"] for one in made]
    assert records[0] < records[-1] <= sum(len(handset.records) for handset in handsets)
    for number, one in enumerate(made):
        here = Settings(database_url=f"sqlite:///{tmp_path}/{number}.sqlite", var_folder=tmp_path / f"var {number}")
        assert restoring.restore(one.file, here, clock).flaws == 0
        assert counted(here, LACKING) == 0
        assert counted(here, "SELECT count(*) FROM contact WHERE complete = 1") > 0
