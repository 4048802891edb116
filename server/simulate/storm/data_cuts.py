"""Data cuts taken in the middle of a storm, and taken again at its end: what was known then is what was known then."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.times import format_utc
from server.export.bundle import make_bundle
from server.export.content import Cut, CutKind
from server.export.formats import Format
from server.export.wanted import Made, Wanted
from server.simulate.storm.counts import Kind
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger, held_then
from server.simulate.storm.wire import ServerDown

_FORMATS = frozenset({Format.CSV})
_TABLES = "csv"


@dataclass(frozen=True)
class Taken:
    """A cut as it was the first time. `truly`: the true moment; `tables`: a hash of each file, by its name."""

    cut: Cut
    truly: datetime
    tables: Mapping[str, str]


class DataCuts:
    """Of one server. What each held is kept here and not by the server, whose own note of it may be gone."""

    def __init__(self, house: House, ledger: Ledger) -> None:
        self._house = house
        self._ledger = ledger
        self._taken: list[Taken] = []
        self._number = 0

    def take(self) -> bool:
        """One of this moment; whether there was room, and a clock that a cut can be dated by."""
        truly = self._house.world.now()
        try:
            with self._house.spared():
                made = self._made(at=None)
        except (CommandRefused, ServerDown):
            return False
        self._taken.append(Taken(made.cut, truly, _hashes(made.folder / _TABLES)))
        return True

    def check(self) -> None:
        """Each of them again: the same facts, and the same tables byte for byte.

        A database that went back behind one has lost it, and what is resent to it was received later. Where the clock
        was wrong since, something may have come behind the cut: then it is refused, and never silently another one.
        """
        for one in self._taken:
            if held_then(self._ledger.went_back, one.truly, self._house.world.now()):
                self._again(one)

    def _again(self, before: Taken) -> None:
        name = f"the cut of {format_utc(before.cut.at)}"
        try:
            made = self._made(before.cut.at)
        except CommandRefused as refused:
            if refused.code is not Code.CUT_DIFFERS or not self._was_misdated_since(before):
                self._ledger.violated(f"{name} could not be taken again: {refused}")
            return
        self._ledger.befell[Kind.CUT_AGAIN] += 1
        if made.cut.content_sha256 != before.cut.content_sha256:
            self._ledger.violated(f"{name} holds other facts than the first time")
        tables = _hashes(made.folder / _TABLES)
        for file in sorted(tables.keys() | before.tables.keys()):
            if tables.get(file) != before.tables.get(file):
                self._ledger.violated(f"{name} says something else in {file} than the first time")

    def _was_misdated_since(self, before: Taken) -> bool:
        return any(day >= min(before.truly, before.cut.at).date() for day in self._ledger.misdated_days)

    def _made(self, at: datetime | None) -> Made:
        self._number += 1
        wanted = Wanted(CutKind.INTERIM, at=at, formats=_FORMATS)
        return make_bundle(self._house.services, self._house.folder / f"cut-{self._number}", wanted, author="storm")


def _hashes(folder: Path) -> dict[str, str]:
    return {one.name: sha256(one.read_bytes()).hexdigest() for one in folder.iterdir()}
