"""The key by which QS is merged with the trial's own DM: who is who, and the dates that days are counted from.

It is not a DM: sex, age and arms are not known here and never will be.
"""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from diary_app.core.anchors import Anchor
from diary_app.core.facts import Randomised, Status
from diary_app.core.grading import State
from diary_app.core.history import in_order
from diary_app.core.status import terms
from server.export import tally
from server.export.content import About
from server.export.participant import ExportedParticipant
from server.export.sdtm.columns import Dataset, Kind, Row, Variable
from server.export.sdtm.dataset_json import JsonFile, head_of
from server.export.sdtm.table import Table, kept
from server.export.sdtm.terms import YES
from server.export.sdtm.timeline import timeline_of

#: The column of each status and what it is called there.
_STATUSES = {
    Status.TREATMENT_STOPPED: ("TRTSTPDT", "Date Treatment Stopped"),
    Status.DIARY_STOPPED: ("DIASTPDT", "Date Diary Stopped"),
    Status.CONSENT_WITHDRAWN: ("WITHDRDT", "Date Consent Withdrawn"),
    Status.DIED: ("DIEDDT", "Date of Death"),
    Status.LOST_TO_FOLLOW_UP: ("LOSTDT", "Date Lost to Follow-Up"),
    Status.SCREEN_FAILURE: ("SCRNFDT", "Date of Screen Failure"),
    Status.COMPLETED: ("COMPLDT", "Date Completed"),
}


class ReferencePart:
    """Writes dm_key.csv and dm_key.json."""

    def __init__(self, folder: Path, about: About) -> None:
        """Raises `CommandRefused` for a study with more treatments than names can number."""
        self._folder, self._about = folder, about
        self._table = Table(folder, _dataset(about))

    def add(self, person: ExportedParticipant) -> None:
        """Raises `CommandRefused` for a value that cannot be written as it is."""
        self._table.write([_row(self._about, person)], person.id)

    @property
    def files(self) -> Mapping[str, TextIO]:
        """See `Part`."""
        return self._table.files

    def learned(self) -> Any:
        """See `Part`."""
        return self._table.learned()

    def take(self, learned: Any) -> None:
        """See `Part`."""
        self._table.take(learned)

    def finish(self) -> "Counter[str]":
        """Write both forms."""
        with (
            kept(self._folder / "dm_key.json") as json_file,
            kept(self._folder / "dm_key.csv") as csv_file,
        ):
            whole = JsonFile(json_file, head_of(self._about, self._table, define=""))
            lines = csv.writer(csv_file, lineterminator="\r\n")
            lines.writerow([one.name for one in self._table.dataset.variables])
            for text, values in self._table.rows():
                whole.write(text)
                lines.writerow(["" if value is None else value for value in values])
            whole.finish()
        self._table.remove()
        return Counter({tally.PARTICIPANTS: self._table.records})

    def close(self) -> None:
        """See `Part`."""
        self._table.close()


def open_reference(folder: Path, about: About) -> ReferencePart:
    """Begin the key in `folder`."""
    return ReferencePart(folder, about)


def _dataset(about: About) -> Dataset:
    return Dataset("DM_KEY", "Key to Merge with DM (Not a DM)", "One record per subject", "", tuple(_variables(about)))


def _variables(about: About) -> Iterator[Variable]:
    yield Variable("STUDYID", "Study Identifier", key=1, is_needed=True)
    yield Variable("USUBJID", "Unique Subject Identifier", key=2, is_needed=True)
    yield Variable("SUBJID", "Subject Identifier for the Study", is_needed=True)
    yield Variable("SITEID", "Study Site Identifier", is_needed=True)
    yield Variable("RFSTDTC", "Subject Reference Start Date/Time", Kind.PARTIAL_MOMENT)
    yield Variable("RANDDT", "Date of Randomization", Kind.DATE)
    yield Variable("DIARYFDT", "First Diary Day", Kind.DATE)
    for number in range(1, len(about.study.anchors) + 1):
        what = f"Treatment {number}"
        yield Variable(f"T{number}PLNDT", f"{what} Planned Date", Kind.DATE)
        yield Variable(f"T{number}ACTDT", f"{what} Given Date/Time", Kind.PARTIAL_MOMENT)
        yield Variable(f"T{number}NOTDT", f"{what} Date Recorded as Not Given", Kind.DATE)
    for name, label in _STATUSES.values():
        yield Variable(name, label, Kind.DATE)
    if about.is_test:
        yield Variable("TESTFL", "Test Transfer Flag", is_needed=True)


def _row(about: About, person: ExportedParticipant) -> Row:
    site, _, subject = person.id.partition("-")
    timeline = timeline_of(about.study, person)
    return {
        "STUDYID": about.study.studyid,
        "USUBJID": about.study.usubjid_for(site, subject),
        "SUBJID": subject,
        "SITEID": site,
        "RFSTDTC": _given(timeline.first) if timeline.first else "",
        "RANDDT": _randomised(person),
        "DIARYFDT": _first_day(about, person),
        **_treatments(list(timeline.treatments.values())),
        **_statuses(person),
        **({"TESTFL": YES} if about.is_test else {}),
    }


def _treatments(known: list[Anchor]) -> Row:
    row: Row = {}
    for number, one in enumerate(known, 1):
        row[f"T{number}PLNDT"] = one.planned.isoformat() if one.planned else ""
        row[f"T{number}ACTDT"] = _given(one)
        row[f"T{number}NOTDT"] = one.not_given.isoformat() if one.not_given and one.is_never_given else ""
    return row


def _given(one: Anchor) -> str:
    """Date, and time where one was recorded."""
    if one.actual is None:
        return ""
    return f"{one.actual.isoformat()}T{one.actual_time}" if one.actual_time else one.actual.isoformat()


def _randomised(person: ExportedParticipant) -> str:
    """By the latest fact about it."""
    days = [fact.detail.day for fact in in_order(person.facts) if isinstance(fact.detail, Randomised)]
    return days[-1].isoformat() if days else ""


def _first_day(about: About, person: ExportedParticipant) -> str:
    """The first expected day whose window had opened by the cut."""
    opened = (
        day.diary_day
        for day in person.days
        if day.not_expected is None and day.state != State.EXTRA and day.opens <= about.cut.at
    )
    first = min(opened, default=None)
    return first.isoformat() if first else ""


def _statuses(person: ExportedParticipant) -> Row:
    """Effective dates of what was not revoked; of the same status recorded again, the latest."""
    return {
        _STATUSES[term.said.status][0]: term.said.effective.isoformat()
        for term in terms(person.facts)
        if term.revoked_at is None
    }
