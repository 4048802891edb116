"""ADQS of one participant: every answer and score by day, and the means of weeks, ordered by parameter and date.

Weeks, baseline and flags go by the diary day, never by the moment of capture.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import server.export.sdtm.terms as terms
from diary_app.core.anchors import DayLabel, periods
from diary_app.core.entries import Answer, Skip
from diary_app.core.instruments import Instrument
from diary_app.core.scoring import ScoreResult, score
from server.export.adam.columns import MOST_TREATMENTS, Row, Value
from server.export.adam.parameters import Catalogue, Parameter
from server.export.content import About
from server.export.participant import Answered, ExportedParticipant, PersonRows
from server.export.weeks import BASELINE, Measured, Week, measured, week_of, weeks

YES = "Y"
AVERAGE = "AVERAGE"


@dataclass(frozen=True)
class _Entry:
    """One entry with its scores and what its rows have in common."""

    one: Answered
    instrument: Instrument
    results: Mapping[str, ScoreResult]
    common: Row

    @property
    def day(self) -> date:
        return self.one.entry.version.body.diary_day


class Rows:
    """The rows of one participant."""

    def __init__(self, about: About, found: Catalogue, person: ExportedParticipant) -> None:
        self._about, self._found, self._person = about, found, person
        self._rows = PersonRows(about.study, person)
        self._anchors = list(self._rows.anchors.values())[:MOST_TREATMENTS]
        self._instruments = about.by_version
        self._treatment = self._anchors[0].actual if self._anchors else None
        self._phases = periods([anchor.id for anchor in about.study.anchors])
        who = self._rows.who
        self._who: Row = {name: who[name.lower()] for name in ("STUDYID", "USUBJID", "SUBJID", "SITEID")}
        self._who |= {f"TR{number:02}SDT": _iso(one.actual) for number, one in enumerate(self._anchors, 1)}

    def all(self) -> Iterator[Row]:
        """In total order: by parameter, date, the week's mean after its last day, and visit."""
        entries = sorted(self._entries(), key=lambda one: (one.day, str(one.common["QSGRPID"])))
        told = self._weeks(entries)
        number = 0
        for parameter in self._found.parameters.values():
            for row in self._of(parameter, entries, told):
                number += 1
                yield {**row, "ASEQ": number}

    def _entries(self) -> Iterator[_Entry]:
        for one in self._person.what_counts:
            body = one.entry.version.body
            instrument = self._instruments[body.instrument, body.instrument_version]
            yield _Entry(one, instrument, score(instrument, body.answers), self._common(one))

    def _common(self, one: Answered) -> Row:
        body = one.entry.version.body
        wall = body.captured_at + timedelta(minutes=body.utc_offset_minutes)
        avisit, avisitn = self._found.visits.get(body.visit, (body.visit, None)) if body.visit else (None, None)
        return {
            **self._dated(body.diary_day, self._rows.label_of(body)),
            **({"AVISIT": avisit, "AVISITN": avisitn} if body.visit else self._week(body.diary_day)),
            "QSTIMELI": terms.timeliness(one.state, body.mode),
            "QSDTC": wall.replace(tzinfo=None).isoformat(timespec="seconds"),
            "QSVERS": body.instrument_version,
            "QSCORRFL": YES if one.entry.version.corrected else None,
            "QSGRPID": one.entry.version.id,
            "SRCDOM": "QS",
            "SRCVAR": "QSSTRESN",
        }

    def _dated(self, day: date, label: DayLabel) -> Row:
        since = [label.days_since[anchor.id] for anchor in self._anchors]
        return {
            "ADT": day.isoformat(),
            "ADY": since[0] if since else None,
            "APHASE": label.period.replace("_", " ").upper(),
            "APHASEN": self._phases.index(label.period) + 1,
            **{f"QSDYT{number}": count for number, count in enumerate(since, 1)},
        }

    def _dated_week(self, week: Week) -> Row:
        """By its last day, without what only some of its days are: before or after a treatment within the week."""
        first, last = (self._dated(day, self._rows.label(day)) for day in (week.first, week.last))
        differs = {"APHASE", "APHASEN"} if first["APHASE"] != last["APHASE"] else set()
        for name in (f"QSDYT{number}" for number in range(1, len(self._anchors) + 1)):
            before, after = first[name], last[name]
            if isinstance(before, int) and isinstance(after, int) and before < 0 < after:
                differs.add(name)
        return {**last, **dict.fromkeys(differs)}

    def _week(self, day: date) -> Row:
        if self._treatment is None:
            return {}
        number = week_of(self._treatment, day)
        return {"AVISIT": "Baseline" if number == BASELINE else f"Week {number}", "AVISITN": number}

    def _weeks(self, entries: list[_Entry]) -> dict[int, Week]:
        diary = self._about.study.diary.instrument
        if self._treatment is None:
            return {}
        filled: dict[date, Measured] = {
            one.day: measured(one.one, one.results, one.instrument.scoring_version)
            for one in entries
            if one.instrument.code == diary
        }
        days = [day for day in self._person.days if day.instrument == diary]
        names = [one.code for one in self._found.of(diary) if one.is_averaged]
        return {week.number: week for week in weeks(self._treatment, days, filled, names, self._about.cut)}

    def _of(self, parameter: Parameter, entries: list[_Entry], told: Mapping[int, Week]) -> Iterator[Row]:
        common: Row = {
            **self._who, "PARCAT1": parameter.category, "PARAM": parameter.label, "PARAMCD": parameter.code,
            "PARAMN": parameter.number,
        }  # fmt: skip
        means = {number: week for number, week in told.items() if _mean(week, parameter) is not None}
        base = _mean(means[BASELINE], parameter) if BASELINE in means else None
        rows = [row for one in entries if (row := self._daily(parameter, one, means))]
        rows += [self._weekly(parameter, week) for week in means.values()]
        for row in sorted(rows, key=_place):
            yield {**common, **row, **_change(row, base)}

    def _daily(self, parameter: Parameter, one: _Entry, means: Mapping[int, Week]) -> Row | None:
        """None for an entry without that question or score."""
        if one.instrument.code != parameter.instrument:
            return None
        if parameter.item_slot is None:
            found = one.results.get(parameter.code)
            value = _scored(found) if found else None
        else:
            answers = one.one.entry.version.body.answers
            given = answers.get(parameter.code)
            value = None if given is None else self._answered(parameter, one, given)
        if value is None:
            return None
        is_used = (
            value["AVAL"] is not None and one.common.get("AVISITN") in means and one.one.state in ("done", "late")
        )  # fmt: skip
        return {**one.common, **value, "ANL02FL": YES if is_used else None}

    def _answered(self, parameter: Parameter, one: _Entry, answer: Answer) -> Row:
        visit, slot = one.one.entry.version.body.visit, parameter.item_slot or 0
        sequence = self._found.numbering.sequence(self._person.id, parameter.instrument, one.day, slot, visit=visit)
        if isinstance(answer, Skip):
            return {"AVAL": None, "QSREASND": terms.SKIPPED[answer], "SRCSEQ": sequence}
        return {"AVAL": answer, "SRCSEQ": sequence}

    def _weekly(self, parameter: Parameter, week: Week) -> Row:
        mean = week.means[parameter.code]
        return {
            **self._dated_week(week),
            **self._week(week.last),
            "AVAL": mean.value,
            "AVGDAYS": mean.days,
            "DTYPE": AVERAGE,
            "ABLFL": YES if week.number == BASELINE else None,
            "ANL01FL": YES,
            "SCORVER": " ".join(week.scoring_versions) if parameter.item_slot is None else None,
            "SRCDOM": "ADQS",
            "SRCVAR": "AVAL",
        }


def _scored(result: ScoreResult) -> Row:
    return {
        "AVAL": result.value, "SCORVER": result.scoring_version, "ANSWERED": result.answered, "ITEMS": result.of
    }  # fmt: skip


def _place(row: Row) -> tuple[str, str, int]:
    """By the keys of ADQS after the parameter: two visits may have been filled in on one day."""
    return str(row["ADT"]), str(row.get("DTYPE") or ""), int(row.get("AVISITN") or 0)


def _mean(week: Week, parameter: Parameter) -> Decimal | None:
    mean = week.means.get(parameter.code)
    return mean.value if mean else None


def _change(row: Row, base: Decimal | None) -> Row:
    """From the treatment date on; both are exact decimals."""
    value, day = row["AVAL"], row["ADY"]
    is_after = isinstance(day, int) and day > 0
    change: Value = Decimal(value) - base if is_after and base is not None and value is not None else None
    return {"BASE": base, "CHG": change}


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
