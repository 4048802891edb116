"""The overview as its template reads it: strings, and the names of shapes."""

from dataclasses import dataclass

from server.console.signs import Sign


@dataclass(frozen=True, slots=True)
class Mark:
    """One cell: `shape` names its symbol, empty for none; `classes` are its position; `words` say it all."""

    shape: str
    classes: str
    words: str


@dataclass(frozen=True)
class Row:
    """One participant; `number` is the pseudonym."""

    number: str
    phase: str
    contact: str
    contact_in_full: str
    rate: str
    other_rate: str
    rate_in_words: str
    call: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Week:
    """A heading over the days of one week."""

    name: str
    length: int


@dataclass(frozen=True)
class DayHead:
    """The heading of one day."""

    initial: str
    number: int
    words: str
    classes: str


@dataclass(frozen=True)
class Entry:
    """One participant in a list: what is to be known, then the smaller print."""

    number: str
    fact: str
    notes: tuple[str, ...]
    call: str


@dataclass(frozen=True)
class Call:
    """Somebody to call now; the list `listed_in` says more."""

    number: str
    reason: str
    listed_in: str


@dataclass(frozen=True)
class LegendEntry:
    """A shape and what it means; an empty cell has none."""

    sign: Sign
    shape: str
    words: str


@dataclass(frozen=True)
class View:
    """What the template shows of the overview."""

    sentence: str
    weeks: tuple[Week, ...]
    heads: tuple[DayHead, ...]
    not_heard_from: tuple[Entry, ...]
    undecided: tuple[Entry, ...]
    missed: tuple[Entry, ...]
    never_activated: tuple[Entry, ...]
    to_call: tuple[Call, ...]
    legend: tuple[LegendEntry, ...]
    over: int
