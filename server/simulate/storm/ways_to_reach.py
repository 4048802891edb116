"""Contact data in a storm: recorded, changed and erased, and what is erased comes back from no backup.

It stands in one table and nowhere else: not in the trail, not in a bundle (R37, R39).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, literal_column, select, table, text

from diary_app.core.facts import ContactField, Status, StatusRevoked, StatusSet
from server.commands import forgetting
from server.intake.reaching import change_contact
from server.simulate.storm.counts import Kind
from server.simulate.storm.desk import Desk
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger
from server.simulate.storm.persons import Person
from server.simulate.storm.steps import Do

_AUTHOR = "storm"
_TABLE = "contact_detail"
_OF_ALL = text("SELECT participant, email, phone FROM contact_detail")
#: After these somebody's part in the study is over.
_OVER = frozenset({
    Status.DIED, Status.CONSENT_WITHDRAWN, Status.SCREEN_FAILURE, Status.COMPLETED, Status.LOST_TO_FOLLOW_UP,
})  # fmt: skip

Way = tuple[str, ContactField]


@dataclass
class Ways:
    """How everybody is reached. `erased`: when last in truth, which no database that goes back takes back.

    `typed`: every value that was ever typed; none may be found anywhere else.
    """

    house: House
    ledger: Ledger
    desk: Desk
    now: dict[Way, str] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    erased: dict[Way, datetime] = field(default_factory=dict)
    _copies: dict[Do, tuple[datetime, dict[Way, str]]] = field(default_factory=dict)

    def record(self, person: Person, which: ContactField, value: str) -> None:
        """Staff type it, or erase it where it is empty. Raises `ServerDown`, `RequestRefused`."""
        way, now, services = (person.participant, which), self.house.clock.now(), self.house.services
        changed = self.house.run(
            person.participant,
            lambda connection: change_contact(
                connection, services, person.participant, {which: value}, author=_AUTHOR, at=now
            ),
        )
        if bool(changed) != (self.now.get(way, "") != value):
            self.ledger.violated(f"{person.participant}'s {which} was another one than staff had typed")
        for detail in changed:
            self.desk.recorded(person, detail)
        if changed and not value:
            self.erased[way] = self.house.world.now()
        self.now[way] = value
        self.typed |= {value} - {""}
        self.ledger.befell[Kind.REACH_RECORDED if value else Kind.REACH_ERASED] += bool(changed)

    def forget(self, person: Person) -> bool:
        """At the end of somebody's part all of it goes; whether it did. Raises `ServerDown`, `RequestRefused`."""
        now, services = self.house.clock.now(), self.house.services
        is_over, mine = self._is_over(person), [(person.participant, which) for which in ContactField]
        done = self.house.run(
            person.participant,
            lambda connection: forgetting.erased(connection, services, person.participant, now),
        )
        if done and not is_over:
            self.ledger.violated(f"{person.participant} was forgotten, though their part goes on")
        if done:
            self.now |= dict.fromkeys(mine, "")
            self.erased |= dict.fromkeys(mine, self.house.world.now())
            self.ledger.befell[Kind.FORGOTTEN] += 1
        return done

    def copied(self, where: Do) -> None:
        """The database was."""
        self._copies[where] = self.house.world.now(), dict(self.now)

    def gone_back(self, where: Do) -> None:
        """That copy is in its place: as it was, but for what was erased since. A bundle has nothing of it."""
        taken, then = self._copies[where]
        self.now = (
            {} if where is Do.ARCHIVE else {way: text for way, text in then.items() if not self._since(way, taken)}
        )

    def check(self, connection: Connection) -> None:
        """What is there is what staff left there, and nothing of it is anywhere else."""
        there: dict[Way, str] = {}
        for row in connection.execute(_OF_ALL):
            there |= {(row.participant, ContactField(which)): getattr(row, which) for which in ("email", "phone")}
        for who, which in sorted({*there, *self.now}):
            found, wanted = there.get((who, which), ""), self.now.get((who, which), "")
            if found and not wanted:
                self.ledger.violated(f"{who}'s {which} is there, though staff erased it")
            elif found != wanted:
                self.ledger.violated(f"{who}'s {which} is not what staff recorded")
        for place, value in self._elsewhere(connection):
            self.ledger.violated(f"{value} is written in {place}, where it may never be")

    def check_bundle(self, folder: Path) -> None:
        """A bundle says nothing of how anybody is reached."""
        texts = [value.encode() for value in sorted(self.typed)]
        for file in sorted(one for one in folder.rglob("*") if texts and one.is_file()):
            content = file.read_bytes()
            if any(value in content for value in texts):
                self.ledger.violated(f"the bundle's {file.name} says how somebody is reached")

    def _since(self, way: Way, taken: datetime) -> bool:
        return way in self.erased and self.erased[way] >= taken

    def _is_over(self, person: Person) -> bool:
        acts = [one for one in self.desk.decided.acts if one.participant == person.participant]
        revoked = {one.detail.revokes for one in acts if isinstance(one.detail, StatusRevoked)}
        return any(
            isinstance(one.detail, StatusSet) and one.detail.status in _OVER and one.fact not in revoked for one in acts
        )

    def _elsewhere(self, connection: Connection) -> Iterator[tuple[str, str]]:
        if not self.typed:
            return
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars().all()
        for name in sorted(set(names) - {_TABLE}):
            rows: Iterable[Any] = connection.execute(select(literal_column("*")).select_from(table(name)))
            said = "\n".join(str(tuple(row)) for row in rows)
            yield from ((name, value) for value in sorted(self.typed) if value in said)
