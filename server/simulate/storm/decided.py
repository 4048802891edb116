"""What staff decided about days and entries, as the account knows it, and what must follow from it in the database.

Kept beside the programs like the rest of the account: nothing here asks them what a correction means.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from diary_app.core.errors import Code
from server.db.days import ExpectedDay
from server.simulate.storm import versions
from server.simulate.storm.database import Confirmed
from server.simulate.storm.ledger import Act, Ledger, Saved

_WITH_ENTRY = frozenset({"done", "late"})
Place = tuple[str, date]
#: Of an evening: the version that counts, and what was put right in it.
Content = tuple[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True)
class SignedDays:
    """What somebody signed. `records`: every entry of these days then; `content`: what counted for each of them.

    `acts`: how often staff had done something by then that may be about a day.
    """

    fact: str
    participant: str
    first: date
    last: date
    records: frozenset[str]
    content: Mapping[str, Content]
    acts: int


@dataclass
class Decided:
    """`moved`: the day on which an entry stands now, None once it is void, by its first version. `answers`: what was
    put right, by version. `accepted`: entries that had been set aside; `reopened`: those that had been settled once.
    `followed`: zones and practice entries that were accepted; `left`: those that the diary does not follow. `sheets`:
    evenings typed from paper. `excused`: evenings. `acts`: everything that staff recorded, each once. `signed`: days.
    """

    moved: dict[str, date | None] = field(default_factory=dict)
    answers: dict[str, dict[str, int]] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)
    followed: dict[str, Confirmed] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    reopened: set[str] = field(default_factory=set)
    sheets: set[Place] = field(default_factory=set)
    excused: set[Place] = field(default_factory=set)
    acts: list[Act] = field(default_factory=list)
    signed: list[SignedDays] = field(default_factory=list)

    def copied(self) -> "Decided":
        """As it is now."""
        answers = {entry: dict(values) for entry, values in self.answers.items()}
        return replace(
            self, moved=dict(self.moved), answers=answers, accepted=set(self.accepted), followed=dict(self.followed),
            left=set(self.left), reopened=set(self.reopened), sheets=set(self.sheets), excused=set(self.excused),
            acts=list(self.acts), signed=list(self.signed),
        )  # fmt: skip

    def untouched(self, saved: Iterable[Saved]) -> list[Saved]:
        """Those that stand where their phones put them."""
        return [one for one in saved if one.first not in self.moved]

    def day_of(self, one: Saved) -> date | None:
        """The day on which it stands; None for none."""
        return self.moved.get(one.first, one.day)

    def is_about(self, ledger: Ledger, place: Place) -> bool:
        """Whether an evening's entry came or went by a decision, so that what a reminder knew is not known here."""
        saved = (ledger.records[record] for record in (*self.moved, *self.accepted, *self.reopened))
        places = {(one.participant, day) for one in saved for day in (one.day, self.day_of(one))}
        return place in self.sheets or place in places


def check(ledger: Ledger, decided: Decided, days: Mapping[str, list[ExpectedDay]], codes: Mapping[str, str]) -> None:
    """Look at every day that a decision is about. `codes`: why an entry that is on its chain does not count."""
    standing = _standing(ledger, decided, codes)
    for row in (row for rows in days.values() for row in rows if row.not_expected is None):
        place = row.participant, row.diary_day
        entries = standing.get(place, set())
        if row.entry not in entries and _is_moved(ledger, decided, row.entry):
            ledger.violated(f"{row.participant}'s {row.diary_day} has the entry {row.entry}, which staff took from it")
        if row.state in _WITH_ENTRY and not entries and place not in decided.sheets:
            ledger.violated(f"{row.participant}'s {row.diary_day} is {row.state}, and nothing stands on it")
        if (
            _must_have_entry(ledger, decided, place, entries)
            and row.state not in _WITH_ENTRY
            and (row.participant, str(row.diary_day)) not in ledger.locked
        ):
            ledger.violated(f"{row.participant}'s {row.diary_day} is {row.state}, though staff put an entry on it")
        if row.state == "excused" and place not in decided.excused:
            ledger.violated(f"{row.participant}'s {row.diary_day} is excused, and nobody excused it")
        if place in decided.excused and row.state in {"missed", "unknown"}:
            ledger.violated(f"{row.participant}'s {row.diary_day} is {row.state}, though staff excused it")


def check_recorded(ledger: Ledger, decided: Decided, facts: Mapping[tuple[str, str], int]) -> None:
    """Everything that staff recorded is there, and there once. `facts`: how many the server has, by whom and kind."""
    wanted = Counter((one.participant, one.kind) for one in decided.acts)
    for participant, kind in sorted({*wanted, *facts}):
        there, meant = facts.get((participant, kind), 0), wanted[participant, kind]
        if there != meant:
            ledger.violated(f"{participant} has {there} facts of the kind {kind}, and staff recorded {meant}")


def entries(ledger: Ledger, decided: Decided, codes: Mapping[str, str]) -> set[Place]:
    """Every evening with an entry that counts."""
    return {*_standing(ledger, decided, codes), *decided.sheets}


def is_counted(ledger: Ledger, decided: Decided, codes: Mapping[str, str], one: Saved) -> bool:
    """Whether an entry counts without anybody deciding on it; one that was sealed does once that is revoked."""
    code = codes.get(one.id)
    if code == Code.STUDY_VERSION_UNKNOWN:  # a server that had lost that version has it again by now
        is_theirs = one.id in decided.reopened and one.id not in decided.accepted
        return one.is_in_time and not (is_theirs or ledger.is_sealed(one))
    return code == "" or (code == Code.AFTER_WITHDRAWAL and one.is_in_time and not ledger.is_sealed(one))


def _must_have_entry(ledger: Ledger, decided: Decided, place: Place, entries: Iterable[str]) -> bool:
    return place in decided.sheets or any(one in decided.accepted or _is_moved(ledger, decided, one) for one in entries)


def _is_moved(ledger: Ledger, decided: Decided, entry: str | None) -> bool:
    return entry in ledger.records and ledger.records[entry].first in decided.moved


def _standing(ledger: Ledger, decided: Decided, codes: Mapping[str, str]) -> dict[Place, set[str]]:
    """Ids of the entries that count, by where they stand."""
    found: dict[Place, set[str]] = defaultdict(set)
    for one in _counting(ledger, decided, codes):
        if (day := decided.day_of(one)) is not None:
            found[one.participant, day].add(one.id)
    return found


def _counting(ledger: Ledger, decided: Decided, codes: Mapping[str, str]) -> Iterator[Saved]:
    """A later version counts where all before it do."""

    for one in ledger.records.values():
        if one.day is not None and versions.whole(
            ledger.records, one, lambda it: it.id in decided.accepted or is_counted(ledger, decided, codes, it)
        ):
            yield one
