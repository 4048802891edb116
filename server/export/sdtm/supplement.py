"""One participant's rows of SUPPQS: once for each entry, and for single answers and empty days by their number."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import itemgetter

import server.export.sdtm.terms as terms
from diary_app.core.corrections import DIARY_DAY
from diary_app.core.entries import Skip
from diary_app.core.times import format_utc
from diary_app.core.wire import CLOCK_TOLERANCE_MS
from server.export.participant import Answered
from server.export.sdtm.columns import Row
from server.export.sdtm.lines import Line, Subject
from server.export.sdtm.qualifiers import Qualifier, since_name

#: Name in SUPPQS -> value; what has none is left out.
Said = Mapping[str, str | int | None]
_KEY = itemgetter("IDVAR", "IDVARVAL", "QNAM")


def supplement_of(subject: Subject, lines: Iterable[Line], names: Sequence[Qualifier]) -> Sequence[Row]:
    """All rows of one participant in the order of their keys."""
    rows: list[Row] = []
    told: set[str] = set()
    known: dict[str, Row] = {
        one.name: {"QNAM": one.name, "QLABEL": one.label, "QORIG": one.origin.value} for one in names
    }
    for line in lines:
        for variable, value, said in _said(subject, line, told):
            rows += _rows(subject, variable, value, said, known)
    return sorted(rows, key=_KEY)


def _said(subject: Subject, line: Line, told: set[str]) -> Iterator[tuple[str, str, Said]]:
    """What is said of the row: of its entry where this is the first row of it, and of itself."""
    number = str(line.row["QSSEQ"])
    if line.entry is None:
        yield "QSSEQ", number, _of_empty(subject, line)
        return
    version = line.entry.entry.version
    if version.id not in told:
        told.add(version.id)
        yield "QSGRPID", version.id, _of_entry(subject, line.entry)
    if line.item and line.item in version.corrected:
        yield "QSSEQ", number, {"QSGIVEN": _given(line.entry, line.item)}


def _of_entry(subject: Subject, one: Answered) -> Said:
    entry, body = one.entry, one.entry.version.body
    lag = entry.received_at - body.captured_at
    is_moved = DIARY_DAY in entry.version.corrected
    return {
        **_of_day(subject, body.diary_day),
        "QSUTC": format_utc(body.captured_at),
        "QSOFF": _offset(body.utc_offset_minutes),
        "QSTZ": body.zone if body.zone == subject.person.home_zone else "OTHER",
        "QSRCVUTC": format_utc(entry.received_at),
        "QSLAGMIN": int(lag.total_seconds() // 60),
        "QSTIMELI": terms.timeliness(one.state, body.mode),
        "QSLATERS": terms.coded(body.late_reason) if body.late_reason else None,
        "QSMODE": terms.coded(body.mode),
        "QSORIGIN": "STAFF" if entry.paper_reason else "PARTICIPANT",
        "QSPAPRS": terms.coded(entry.paper_reason) if entry.paper_reason else None,
        "QSASKED": terms.coded(entry.asked) if entry.asked else None,
        "QSFILLBY": terms.coded(body.filled_by),
        "QSVERS": body.instrument_version,
        "QSCLKFL": terms.YES if abs(body.clock_offset_ms or 0) > CLOCK_TOLERANCE_MS else None,
        "QSCORRFL": terms.YES if entry.version.corrected else None,
        "QSDDGIVN": entry.given.body.diary_day.isoformat() if is_moved else None,
    }


def _of_empty(subject: Subject, line: Line) -> Said:
    return {
        **_of_day(subject, line.day),
        "QSTIMELI": terms.NO_ENTRY[line.state],
        "QSDAYRS": terms.coded(line.reason) if line.reason else None,
    }


def _of_day(subject: Subject, day: date) -> Said:
    since = enumerate(subject.timeline.since_each(day), 1)
    return {
        "QSDDAT": day.isoformat(),
        "QSDDY": subject.timeline.study_day(day),
        **{since_name(number): days for number, days in since},
    }


def _given(one: Answered, item: str) -> str | int | None:
    before = one.entry.given.body.answers.get(item)
    return terms.SKIPPED[before] if isinstance(before, Skip) else before


def _offset(minutes: int) -> str:
    """As ISO 8601 writes it: +01:00."""
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def _rows(subject: Subject, variable: str, value: str, said: Said, known: Mapping[str, Row]) -> Iterator[Row]:
    common: Row = {
        "STUDYID": subject.about.study.studyid, "RDOMAIN": terms.DOMAIN, "USUBJID": subject.usubjid,
        "IDVAR": variable, "IDVARVAL": value,
    }  # fmt: skip
    for name, text in said.items():
        if text is not None:
            yield {**common, **known[name], "QVAL": str(text)}
