"""An account of what truly happened, kept beside the programs and believed before them.

It knows each record as the phone's save returned it, and of each phone what it should hold.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from pydantic import BaseModel

from diary_app.core.records import Record, RecordKind
from diary_app.core.times import parse_utc
from server.simulate.storm.counts import Befell, Kind
from server.simulate.storm.editions import Editions
from server.simulate.storm.steps import Do

#: After a phone was enrolled; a clock of the server that is ahead may put that a day later.
_WAITED_FOR, _DATED_WRONGLY = timedelta(hours=48), timedelta(hours=72)


#: One contact looks like one whose answer was lost.
_LIKE_NONE = 1


@dataclass(frozen=True)
class WentBack:
    """The database was as it had been at the moment `to`, from the moment `at` on."""

    to: datetime
    at: datetime


def held_then(went_back: Sequence[WentBack], since: datetime, at: datetime) -> bool:
    """Whether the database that was served at the moment `at` knew what one was told at the moment `since`."""
    last = next((one for one in reversed(went_back) if one.at <= at), None)
    if last is None or since > last.at:
        return since < at
    return since <= last.to and held_then([one for one in went_back if one.at <= last.to], since, last.to)


@dataclass(frozen=True)
class Saved:
    """One record that a phone said is saved. `heard`: the moment of that phone's last contact by then.

    That is the earlier of the true time and what its clock showed, as the server may believe no more; a message that
    never arrived is none.

    `day`: of an entry for an evening; `visit`: of a visit questionnaire. `parent`: the version that it takes the place
    of; `root`: the first one of all. Both are empty for a first version. `edition`: the version of the study that
    was on the screen; where nobody heard which, as the phone died over the save, the one that the entry names.
    """

    id: str
    text: str
    device: str
    participant: str
    kind: str
    heard: datetime | None
    day: date | None = None
    captured: datetime | None = None
    opens: datetime | None = None
    closes: datetime | None = None
    late_until: datetime | None = None
    visit: str = ""
    revision: int = 1
    parent: str = ""
    root: str = ""
    edition: str = ""

    @property
    def first(self) -> str:
        """The id of the entry's first version, which may be this one."""
        return self.root or self.id

    @property
    def is_in_time(self) -> bool:
        """An entry that its phone allowed by its own clock, which had not been set back behind a contact."""
        if self.captured is None or self.late_until is None:
            return False
        return self.captured <= self.late_until and (self.heard is None or self.captured > self.heard)

    @property
    def is_in_window(self) -> bool:
        """The same of a visit questionnaire, whose window has no late and ends just before it closes."""
        if self.captured is None or self.opens is None or self.closes is None:
            return False
        return self.opens <= self.captured < self.closes and (self.heard is None or self.captured > self.heard)

    @property
    def is_on_the_edge(self) -> bool:
        """Just when its window opened, closed or ended."""
        return self.captured is not None and self.captured in (self.opens, self.closes, self.late_until)


def saved(record: Record, participant: str, heard: datetime | None) -> Saved:
    """Out of a record's bytes alone."""
    body = record.body
    if record.kind != RecordKind.ENTRY or body["practice"]:
        return Saved(record.id, record.text, record.device, participant, record.kind, heard)
    if body.get("visit"):
        return Saved(
            record.id, record.text, record.device, participant, record.kind, heard,
            captured=parse_utc(body["captured_at"]), opens=parse_utc(body["opens"]), closes=parse_utc(body["closes"]),
            visit=body["visit"],
        )  # fmt: skip
    return Saved(
        record.id, record.text, record.device, participant, record.kind, heard,
        day=date.fromisoformat(body["diary_day"]), captured=parse_utc(body["captured_at"]),
        opens=parse_utc(body["opens"]),
        closes=parse_utc(body["closes"]), late_until=parse_utc(body["late_until"]),
        revision=body["revision"], parent=body["parent"], edition=body["study_version"],
    )  # fmt: skip


@dataclass(frozen=True)
class Act:
    """Something that staff recorded of a participant once, with the moment that the server's clock showed.

    `detail` is None where the server makes it up, as for a new code. `fact`: its id, of those that are named later.
    """

    participant: str
    kind: str
    at: datetime
    detail: BaseModel | None = None
    fact: str = ""


@dataclass(frozen=True)
class Click:
    """On the page behind the link in somebody's mail, at a true moment. `stops`: no more messages; else again."""

    participant: str
    at: datetime
    stops: bool


@dataclass(frozen=True)
class Unsaved:
    """Somebody tried to fill in an evening that is empty, on a phone that was open and had room; nothing was saved.

    `at`: what the phone's clock showed; `choice`: of the window then.
    """

    phone: str
    participant: str
    day: date
    at: datetime
    choice: str


@dataclass
class Holding:
    """What one phone should hold: ids in the order of saving. `confirmed`: how many, and in which life of the server.

    `told`: it has heard everything that the server had for it, once at least. `odd`: a copy of it is about, or it was
    set back; then what it sends may be set aside. `turned_back`: its clock was, while something that it had sent was
    still on its way; behind what it sends next, that looks like a copy's.
    `enrolled`: when a code was used on it, or may have been.
    """

    name: str
    participant: str
    ids: list[str] = field(default_factory=list)
    confirmed: int = 0
    life: int = 0
    odd: bool = False
    turned_back: bool = False
    told: bool = False
    gone: str = ""
    enrolled: list[datetime] = field(default_factory=list)

    def begin_as(self, other: "Holding") -> None:
        """This phone was made out of that one, which is about still."""
        self.ids, self.told, self.enrolled = list(other.ids), other.told, list(other.enrolled)
        self.odd = other.odd = True


@dataclass
class Ledger:
    """Of one run. `lost`: with phones that were set back, and when each was heard with since its backup; `went_back`:
    when the server's database did. `opens`: choices of windows.

    `ended`: when a first status was recorded that may end a diary, also one revoked since; `silenced`: of those after
    which nobody is reminded; `revoked`: when a first one was. `sealed`: since when consent is withdrawn.
    `opened`: participant and day of evenings that were expected when they began, in this life of the server; `locked`:
    of days that were ever locked. `acts`: what staff ever recorded, also what a database that went back has lost.
    `clicks`: on links that stop messages, in order.
    `unsaved`: what phones refused without a reason that the account knows. `misdated`: for whom staff did something
    under a wrong clock of the server; `misdated_days`: those on which it was wrong, and those that it then showed.
    `editions`: versions of the study. `life`: how often the server's
    database went back. `no_room`: its disk is full. `doing`: the step of the moment.
    """

    records: dict[str, Saved] = field(default_factory=dict)
    holdings: list[Holding] = field(default_factory=list)
    lost: dict[str, tuple[datetime, ...]] = field(default_factory=dict)
    went_back: list[WentBack] = field(default_factory=list)
    zones: dict[str, list[str]] = field(default_factory=dict)
    opens: dict[str, str] = field(default_factory=dict)
    ended: dict[str, datetime] = field(default_factory=dict)
    silenced: dict[str, datetime] = field(default_factory=dict)
    revoked: dict[str, datetime] = field(default_factory=dict)
    sealed: dict[str, datetime] = field(default_factory=dict)
    locked: set[tuple[str, str]] = field(default_factory=set)
    opened: set[tuple[str, str]] = field(default_factory=set)
    editions: Editions = field(default_factory=Editions)
    misdated: set[str] = field(default_factory=set)
    misdated_days: set[date] = field(default_factory=set)
    acts: list[Act] = field(default_factory=list)
    clicks: list[Click] = field(default_factory=list)
    unsaved: list[Unsaved] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    life: int = 0
    no_room: bool = False
    befell: Befell = field(default_factory=Befell)
    doing: Do | None = None

    def note(self, holding: Holding, one: Saved) -> None:
        """A phone said that this is saved."""
        if one.parent:
            before = self.records[one.parent]
            one = replace(one, root=before.first)
            is_earlier = one.captured is not None and before.captured is not None and one.captured < before.captured
            self.befell[Kind.CHANGED_BACKWARDS] += is_earlier
        self.records[one.id] = one
        holding.ids.append(one.id)

    def nothing_saved(self, holding: Holding, day: date, at: datetime) -> None:
        """Somebody tried to. A phone that was told nothing, or of an evening that has its entry, may do as it likes."""
        has_diary = any(one.kind == "training" or one.day is not None for one in self.of(holding.ids))
        if holding.told and has_diary and not any(one.day == day for one in self.entries(holding.participant)):
            choice = self.opens.get(holding.participant, "")
            self.unsaved.append(Unsaved(holding.name, holding.participant, day, at, choice))

    def violated(self, what: str) -> None:
        """Something that must never be; told once."""
        if what not in self.found:
            self.found.append(what)

    def enrolled_lately(self, participant: str, now: datetime) -> bool:
        """Whether a phone still has the time in which another one has to wait for what it holds."""
        moments = [at for one in self.holdings if one.participant == participant for at in one.enrolled]
        return any(now < at + (_DATED_WRONGLY if at.date() in self.misdated_days else _WAITED_FOR) for at in moments)

    def of(self, ids: Iterable[str]) -> list[Saved]:
        """The records of these ids."""
        return [self.records[one] for one in ids]

    def unknowable(self) -> set[str]:
        """Records that no rule could know of: lost without a trace, or on one of two copies, unheard since."""
        odd = (one for one in self.holdings if one.odd)
        sealed = (one.id for one in self.records.values() if self.is_sealed(one))
        lost = (record for record, contacts in self.lost.items() if self._known(contacts) <= _LIKE_NONE)
        return {*lost, *sealed, *(record for one in odd for record in self._unheard(one))}

    def _known(self, contacts: Iterable[datetime]) -> int:
        """How many of them the server's database still has."""
        return sum(not any(one.to < at <= one.at for one in self.went_back) for at in contacts)

    def _unheard(self, one: Holding) -> list[str]:
        """What was confirmed in an earlier life of the server is as good as never sent."""
        return one.ids[one.confirmed :] if one.life == self.life else one.ids

    def is_sealed(self, one: Saved) -> bool:
        """Saved after consent was withdrawn: kept, and neither counted nor asked about."""
        since = self.sealed.get(one.participant)
        return since is not None and one.captured is not None and one.captured >= since

    def entries(self, participant: str) -> list[Saved]:
        """Every entry of a diary evening that was ever saved."""
        return [one for one in self.records.values() if one.participant == participant and one.day is not None]
