"""What must hold of a bundle made after a storm: it passes its own checker, and its sums are those of our account."""

from collections import Counter
from pathlib import Path

from diary_app.core.errors import CommandRefused
from server.export.bundle import make_bundle
from server.export.checking import check as check_bundle
from server.export.content import CutKind
from server.export.tally import ENTRIES, EXPECTED, PARTICIPANTS
from server.export.wanted import Made, Wanted
from server.simulate.storm import expected, exported_rows, visiting
from server.simulate.storm.checks import CLOSED
from server.simulate.storm.database import Server
from server.simulate.storm.decided import Decided
from server.simulate.storm.decided import entries as decided_entries
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger

#: Bundles leave out what is younger than this, as it may still be on its way into the database.
_AFTERWARDS = {"minutes": 30}
_ONE_RUN_IN = 5


def is_exported(seed: int) -> bool:
    """Whether a bundle is made after this seed; one takes as long as a day of the storm."""
    return seed % _ONE_RUN_IN == 0


def check(house: House, ledger: Ledger, decided: Decided, server: Server, folder: Path) -> None:
    """Make a bundle of everything and count. `server`: what was in its database before."""
    house.world.advance(**_AFTERWARDS)
    try:
        made = make_bundle(house.services, folder, Wanted(CutKind.INTERIM), author="storm")
    except CommandRefused as refused:
        ledger.violated(f"no bundle could be made: {refused}")
        return
    exported_rows.check(ledger, decided, server, made.folder / "csv", made.cut.at)
    for flaw in check_bundle(made.folder).flaws:
        ledger.violated(f"the bundle does not hold: {flaw}")
    for name, wanted in _counted(house, ledger, decided, server, made).items():
        if made.counts.get(name, 0) != wanted:
            ledger.violated(f"the bundle has {made.counts.get(name, 0)} {name}, and the account {wanted}")


def _counted(house: House, ledger: Ledger, decided: Decided, server: Server, made: Made) -> "Counter[str]":
    """By what the phones saved, what the server had let in, and what staff made of it."""
    counts = Counter({PARTICIPANTS: len(server.days)})
    counts[EXPECTED] = sum(expected.over(ledger, decided, server, one, made.cut.at) for one in server.days)
    for row in (row for rows in server.days.values() for row in rows):
        if row.not_expected is None and row.late_until <= made.cut.at and row.state in CLOSED:
            counts[row.state] += 1
    ended = exported_rows.grades_of_ended(server, made.folder / "csv", made.cut.at)
    counts.update({state: number for state, number in ended.items() if state in CLOSED})
    counts[ENTRIES] = len(decided_entries(ledger, decided, server.codes)) + visiting.done(house, server)
    return counts
