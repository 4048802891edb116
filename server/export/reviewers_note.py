"""The reviewer's note: where things are, what is not in the data, and what to know before analysing them.

In the spirit of a study data reviewer's guide. It takes one participant after the other like any format; memory holds
sums by site, and at most so many names as are written.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from diary_app.core.correction_facts import DayMove, ItemChange
from diary_app.core.corrections import CorrectionState, corrections
from diary_app.core.grading import State
from server.export import tally
from server.export.content import About, CutKind, days_over
from server.export.page import bullets, facts, grouped, heading, how_many, paragraph, share, table, write_page
from server.export.participant import ExportedParticipant
from server.export.rated import RATED
from server.export.readable import cut_facts

NOTE = "reviewers_note.html"
#: So many unknown days, and so many participants with some, are named; the rest are counted.
MOST_NAMED = 1000
#: By folder.
_WHERE = (
    ("csv", "For reading by eye and by any program; `dictionary.csv` explains every column of every file."),
    ("sdtm", "QS and SUPPQS. A score is never a row of QS."),
    ("adam", "ADQS, with scores, weekly means, baseline and change; each answer names its row of QS."),
    ("odm", "The same entries with who changed what, when and why, as an EDC system takes them."),
    ("fhir", "The same entries for a hospital's system, with who accepted, corrected or signed what."),
    ("reference", "The key of participants, sites and treatment dates. It is no DM."),
    ("trail", "Who changed what, when and why; accounts and rights; what was set aside. Each row names its fact."),
    ("states", "Days and visits with their states, and rates; no answer."),
)
_OF_SOME_SITES = (
    "Rows about the whole study (`*`) in `trail/site_trail.csv` stand on no chain that is here, and show no hash. That "
    "chain links the facts of all sites, and what is hidden of other sites could be found from its hashes by trying. "
    "`verify.py` counts these rows; a bundle of all sites has each of them, by its source, on the chain."
)
_RULES = (
    (
        "No DM: sex, age and arm are in the trial's own data capture, as are TA, TE, TS, SE and EX. Until they "
        "are merged by USUBJID, every rule that looks for DM, or for a subject of QS in it, reports something."
    ),
    (
        "Study days are counted from treatment 1 as the site recorded it, not from RFSTDTC. When DM comes with "
        "another reference date, QSDY and EPOCH have to agree with that one."
    ),
    (
        "QSSEQ is made of the date or the visit, the questionnaire and the question, so that later data renumber "
        "nothing. It has gaps, and they are meant."
    ),
    "Questions and their categories are the sponsor's own where no published terminology has them.",
)
_FIGURES = (
    (
        "A day counts once its last moment for a late entry has passed; `expected_days.csv` has a row for "
        "every day whose window had opened by the cut, whatever became of it."
    ),
    (
        "Missed and unknown are not the same. Missed: the phone that was in use proved that it held nothing for "
        "the day. Unknown: nobody can say yet."
    ),
    (
        "A weekly mean takes at least 4 of 7 diary days. Baseline is the seven diary days before treatment 1. A "
        "week is told once every expected day of it is over."
    ),
    "The mean of a week within which a treatment was given has no phase (APHASE) in ADQS: its days have both.",
    "An extra entry is one on a day that nobody expected. It is in the data and in no rate or mean.",
)


def _exploratory(about: About) -> Iterable[str]:
    """What the questionnaires themselves call exploratory, each score once."""
    scores = {one.code: one.label for instrument in about.instruments for one in instrument.scores if one.exploratory}
    if scores:
        named = ", ".join(f"{code} ({label})" for code, label in sorted(scores.items()))
        yield f"Exploratory by their questionnaires, and no main measure: {named}."


def open_note(folder: Path, about: About) -> "NotePart":
    """See `Opener`."""
    return NotePart(folder, about)


class NotePart:
    """A `Part` that writes `reviewers_note.html` when it is finished."""

    def __init__(self, folder: Path, about: About) -> None:
        self._folder, self._about = folder, about
        self._found: Counter[str] = Counter()
        self._sites: dict[str, Counter[str]] = {}
        self._corrections: Counter[str] = Counter()
        self._reasons: dict[State, Counter[str]] = {State.UNKNOWN: Counter(), State.EXCUSED: Counter()}
        self._people: list[tuple[str, int]] = []
        self._people_beyond: Counter[str] = Counter()
        self._days: list[tuple[str, str, str]] = []

    def add(self, person: ExportedParticipant) -> None:
        """See `Part`."""
        site = self._sites.setdefault(person.id.partition("-")[0], Counter())
        self._found[tally.PARTICIPANTS] += 1
        over, unknown = days_over(person, self._about.cut), 0
        is_rated = person.counted(self._about.cut.at) == RATED
        states = [day.state for day in over]
        site.update(states)
        site[tally.EXPECTED] += len(over)
        if is_rated:
            site.update([_RATED + state for state in states])
        site[_RATED + tally.EXPECTED if is_rated else tally.LEFT_OUT] += len(over)
        for day in over:
            if day.state not in self._reasons:  # as most
                continue
            state, reason = State(day.state), day.reason or "not said"
            self._reasons[state][reason] += 1
            if state is State.UNKNOWN:
                unknown += 1
                if len(self._days) < MOST_NAMED:
                    self._days.append((person.id, day.diary_day.isoformat(), reason))
        if unknown:
            self._take_person(person.id, unknown)
        site["paper"] += sum(one.entry.paper_reason is not None for one in person.what_counts)
        site["corrected"] += sum(bool(one.entry.version.corrected) for one in person.what_counts)
        self._take_corrections(person, site)

    @property
    def files(self) -> Mapping[str, TextIO]:
        """See `Part`; it is written at the end."""
        return {}

    def learned(self) -> Any:
        """See `Part`."""
        sums = (self._found, self._corrections, self._people_beyond)
        return sums, self._sites, self._reasons, self._people, self._days

    def take(self, learned: Any) -> None:
        """See `Part`."""
        sums, sites, reasons, people, days = learned
        for mine, theirs in zip((self._found, self._corrections, self._people_beyond), sums, strict=True):
            mine.update(theirs)
        for site, found in sites.items():
            self._sites.setdefault(site, Counter()).update(found)
        for state, found in reasons.items():
            self._reasons[state].update(found)
        for one in people:
            self._take_person(*one)
        self._days += days[: MOST_NAMED - len(self._days)]

    def finish(self) -> "Counter[str]":
        """See `Part`; participants, and days by state."""
        title = f"{self._about.study.studyid}: reviewer's note"
        write_page(self._folder / NOTE, self._about, title, self._body())
        for site in self._sites.values():
            self._found.update({name: site[name] for name in (tally.EXPECTED, tally.LEFT_OUT, *_STATES)})
        return self._found

    def close(self) -> None:
        """See `Part`; nothing is open before the end."""

    def _take_person(self, participant: str, unknown: int) -> None:
        if len(self._people) < MOST_NAMED:
            self._people.append((participant, unknown))
        else:
            self._people_beyond.update(participants=1, days=unknown)

    def _take_corrections(self, person: ExportedParticipant, site: "Counter[str]") -> None:
        for one in corrections(person.facts):
            what = one.wanted.change
            kind = "answer" if isinstance(what, ItemChange) else "day" if isinstance(what, DayMove) else "void"
            self._corrections["open" if one.is_open else f"{one.state} {kind}"] += 1
            site["void"] += kind == "void" and one.state is CorrectionState.APPROVED

    def _body(self) -> Iterable[str]:
        yield paragraph("Read this before the data. What is in the bundle, file by file, is in `README.html`.")
        yield facts(cut_facts(self._about))
        yield heading("What is where")
        yield bullets(f"`{name}`: {what}" for name, what in _WHERE if (self._folder / name).is_dir())
        if self._about.sites is not None and (self._folder / "trail").is_dir():
            yield paragraph(_OF_SOME_SITES)
        yield heading("What is not in the data, and which rules say so")
        yield bullets(_RULES)
        yield heading("How figures are made")
        yield bullets([*_FIGURES, *_exploratory(self._about)])
        yield heading("Sites")
        left_out = sum(site[tally.LEFT_OUT] for site in self._sites.values())
        yield paragraph(
            "Days that are in rates. Screen failures, and people who never had a phone, are in none: "
            f"{grouped(left_out)} of their days were expected as well. The last three columns, and the lists of "
            "excused and unknown days below, have everybody's."
        )
        yield self._by_site()
        yield heading("Corrections")
        yield from self._corrected()
        yield heading("Excused days")
        yield self._by_reason(State.EXCUSED)
        yield heading("Unknown days")
        yield from self._unknown()

    def _by_site(self) -> str:
        head = ("Site", "Expected", "Filled in", "Unknown", "Excused", "Typed by staff", "Corrected", "Voided")
        rows = [_site_row(*one) for one in sorted(self._sites.items())]
        return table(head, rows, numbers=range(1, len(head)), style="stacked")

    def _corrected(self) -> Iterable[str]:
        names = {
            "approved answer": "Answers corrected", "approved day": "Entries moved to another diary day",
            "approved void": "Entries voided as made in error", "refused": "Refused by the investigator",
            "withdrawn": "Withdrawn by whoever asked",
            "open": "Not decided at the cut; the entry stands as it was made",
        }  # fmt: skip
        rows = [(text, sum(n for kind, n in self._corrections.items() if kind.startswith(name))) for name, text in
                names.items()]  # fmt: skip
        yield paragraph(
            "A correction rests on the participant's own dated statement, and an investigator approved it. The value "
            "as given stands beside the corrected one (`value_as_given`, QSGIVEN). A voided entry is in no row of CSV, "
            "SDTM and ADaM, and its day is graded anew. ODM and the trail keep its answers and say that it was "
            "removed; FHIR says that it was entered in error."
        )
        yield table(("What became of it", "Number"), rows, numbers={1})

    def _by_reason(self, state: State) -> str:
        found = self._reasons[state]
        if not found:
            return paragraph("There are none.")
        rows = [(f"`{reason}`", number) for reason, number in sorted(found.items())]
        return table(("Reason", "Days"), rows, numbers={1})

    def _unknown(self) -> Iterable[str]:
        number = self._reasons[State.UNKNOWN].total()
        if not number:
            yield paragraph("There are none: every expected day that is over is accounted for.")
            return
        if self._about.cut.kind is CutKind.INTERIM:
            yield paragraph(
                "This is an interim cut: their entries may still come. SDTM has no row of them; the list of expected "
                "days, ODM and FHIR say that they are unknown."
            )
        else:
            yield paragraph(
                "This is a final cut: in SDTM they are NOT DONE with their reason; `expected_days.csv` still says "
                "unknown."
            )
        yield self._by_reason(State.UNKNOWN)
        yield table(("Participant", "Unknown days"), self._people, numbers={1}, caption=self._people_caption())
        beyond = number - len(self._days)
        caption = how_many(number, "day") if not beyond else (
            f"The first {grouped(len(self._days))} of {grouped(number)} days; `expected_days.csv` has the other "
            f"{grouped(beyond)}, with state unknown"
        )  # fmt: skip
        yield table(("Participant", "Diary day", "Reason"), self._named_days(), caption=caption)

    def _people_caption(self) -> str:
        if not self._people_beyond:
            return how_many(len(self._people), "participant")
        more, days = self._people_beyond["participants"], self._people_beyond["days"]
        return (
            f"The first {how_many(len(self._people), 'participant')}; {grouped(more)} more with "
            f"{how_many(days, 'unknown day')}"
        )

    def _named_days(self) -> Iterable[Sequence[str]]:
        return [(participant, day, f"`{reason}`") for participant, day, reason in self._days]


#: Begins the names of what is counted of days that are in rates.
_RATED = "rated "
_STATES = (State.DONE.value, State.LATE.value, State.MISSED.value, State.UNKNOWN.value, State.EXCUSED.value)


def _site_row(site: str, found: "Counter[str]") -> Sequence[str | int]:
    expected, unknown, excused = (found[_RATED + name] for name in (tally.EXPECTED, State.UNKNOWN, State.EXCUSED))
    filled = found[_RATED + State.DONE] + found[_RATED + State.LATE]
    return (
        site, expected, share(filled, expected), unknown, excused, found["paper"], found["corrected"], found["void"],
    )  # fmt: skip
