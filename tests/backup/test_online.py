"""Backups made while phones send: each holds whole transactions, however it falls between them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from sqlalchemy import text

from server.backup import making, restoring
from server.db.engine import make_engine, reading
from server.services import Services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.handset import Handset, ready

BACKUPS = 4
LACKING = (
    "SELECT count(*) FROM contact WHERE complete = 1 AND head_sequence >"
    " (SELECT count(*) FROM record WHERE record.device = contact.device)"
)


def send_until(ended: Event, handset: Handset) -> None:
    while not ended.is_set():
        handset.record("app_event", what="opened")
        handset.sync()


def counted(settings: Settings, statement: str) -> int:
    engine = make_engine(settings.database_url)
    with reading(engine) as connection:
        found = int(connection.execute(text(statement)).scalar_one())
    engine.dispose()
    return found


def test_no_contact_is_there_without_the_records_it_vouches_for(
    open_more: Callable[..., Services], clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    services, ended = open_more(threaded=True), Event()
    handsets = [ready(services, ALICE), ready(services, BOB, "bob")]
    with ThreadPoolExecutor(len(handsets)) as pool:
        sending = [pool.submit(send_until, ended, handset) for handset in handsets]
        made = [making.make(services, tmp_path / str(number), clock.now()) for number in range(BACKUPS)]
        ended.set()
        for one in sending:
            one.result()
    records = [one.manifest.rows["record"] for one in made]
    assert records[0] < records[-1] <= sum(len(handset.records) for handset in handsets)
    for number, one in enumerate(made):
        here = Settings(database_url=f"sqlite:///{tmp_path}/{number}.sqlite", var_folder=tmp_path / f"var {number}")
        assert restoring.restore(one.file, here, clock).flaws == 0
        assert counted(here, LACKING) == 0
        assert counted(here, "SELECT count(*) FROM contact WHERE complete = 1") > 0
