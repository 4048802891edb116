"""Counting a cut once, straight from its participants; what each format wrote is held against it."""

from collections import Counter
from itertools import chain

from diary_app.core.entries import Skip
from diary_app.core.grading import State
from diary_app.core.staff_acts import Signed
from server.export.content import OVER, Cut, days_over
from server.export.participant import ExportedParticipant, answered
from server.export.rated import RATED

PARTICIPANTS = "participants"
#: Days that were expected and are over; the sum of done, late, missed, unknown and excused (the values of `State`).
EXPECTED = "expected"
#: Those of them that are in no rate, as their participants are in none (screen failures).
LEFT_OUT = "left_out"
#: Entries that count, of diary days and visits alike: one for each, however many versions it had.
ENTRIES = "entries"
#: Questions of those entries with an answer, and those that were skipped for a reason.
ANSWERS = "answers"
SKIPS = "skips"
#: Facts about sites and the study alone, and what came and does not count by itself; counted for the whole cut.
SITE_FACTS = "site_facts"
SET_ASIDE = "set_aside"
#: Facts about the whole study that a bundle of some sites tells: their chain is everybody's and not in it.
UNCHAINED = "unchained"
#: Signatures under diary days.
SIGNATURES = "signatures"
EXTRA = State.EXTRA.value
#: What is counted of participants; a manifest has each, also where there is none.
OF_PEOPLE = (
    PARTICIPANTS, EXPECTED, *(one.value for one in OVER), LEFT_OUT, EXTRA, ENTRIES, ANSWERS, SKIPS, SIGNATURES
)  # fmt: skip


def count(person: ExportedParticipant, cut: Cut) -> "Counter[str]":
    """What one participant adds to the sums."""
    found = Counter({PARTICIPANTS: 1, SIGNATURES: sum(isinstance(fact.detail, Signed) for fact in person.facts)})
    over, entries = days_over(person, cut), answered(person)
    found.update([day.state for day in over])
    kinds = Counter(map(type, chain.from_iterable([one.entry.version.body.answers.values() for one in entries])))
    skipped = kinds.pop(Skip, 0)
    is_rated = person.counted(cut.at) == RATED
    found += Counter({
        EXPECTED: len(over), LEFT_OUT: 0 if is_rated else len(over),
        ENTRIES: len(entries), EXTRA: [one.state for one in entries].count(EXTRA),
        SKIPS: skipped, ANSWERS: kinds.total(),
    })  # fmt: skip
    return found
