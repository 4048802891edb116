"""Lines that are put together from known stretches are those that the rows give by themselves."""

import csv
import gc
import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diary_app.core.entries import EntryVersion
from diary_app.core.times import format_utc, format_wall
from server.db.export_rows import ExportedEntry
from server.export import csv_lines
from server.export.collecting import uncollected
from server.export.content import About
from server.export.csv_columns import EXPECTED_DAYS, LONG, WIDE, columns_of
from server.export.csv_lines import Texts
from server.export.csv_part import open_csv
from server.export.csv_table import Cells, cell, harmless
from server.export.participant import ExportedParticipant, Row, expected_rows, long_rows, wide_rows
from tests.export.weeks_lived import Staged, with_second_version

ODD = ("=1+1", 'say "no"', "a,b", "a;=b", "", "-", "-1", "plain", "æ", "100 %s", "line\nline")


def altered(staged: Staged, text: str) -> Staged:
    """Everything that anybody else may have written is this text; the first version was another, on another day."""
    return replace(staged, people=[replace(one, entries=_altered(one, text)) for one in staged.people])


def _altered(person: ExportedParticipant, text: str) -> list[ExportedEntry]:
    said = {"app_version": text, "study_version": text, "language": text, "zone": text, "clock_offset_ms": -5}
    return [
        replace(
            one,
            version=replace(one.version, body=one.version.body.model_copy(update=said), corrected=("DMD01",)),
            paper_reason=text,
            asked=text,
        )
        for one in person.entries
    ]


def with_later_version(staged: Staged) -> Staged:
    """Alice changed her first entry five seconds later."""
    first = staged.alice.entries[0]
    body = first.version.body.model_copy(update={
        "revision": 2, "parent": first.version.id, "captured_at": first.version.body.captured_at.replace(second=5),
        "answers": {**first.version.body.answers, "DMD01": 0},
    })  # fmt: skip
    later: EntryVersion = replace(first.version, id=first.version.id[::-1], body=body)
    changed = replace(first, version=later, given=later)
    return replace(staged, people=[replace(staged.alice, entries=[*staged.alice.entries, changed])])


def by_rows(staged: Staged, name: str) -> Iterator[str]:
    """The lines of a file, each by its whole row."""
    about: About = staged.about
    cells = Cells(columns_of(about.study, about.instruments)[name])
    for person in staged.people:
        rows: dict[str, Iterator[Row]] = {
            EXPECTED_DAYS: iter(expected_rows(about.study, person, about.cut.at)),
            LONG: iter(long_rows(about.study, about.by_version, person)),
            WIDE: iter(wide_rows(about.study, about.by_version, person)),
        }
        for row in rows[name]:
            yield cells.of({"transfer": "study", **row})


@pytest.mark.parametrize("name", [EXPECTED_DAYS, LONG, WIDE])
def test_every_line_is_that_of_its_row(weeks: Staged, tmp_path: Path, name: str) -> None:
    cases = [weeks, with_second_version(weeks), with_later_version(weeks), *(altered(weeks, text) for text in ODD)]
    for number, staged in enumerate(cases):
        staged.write(open_csv, tmp_path / str(number))
        text = (tmp_path / str(number) / name).read_bytes().decode()
        expected = list(by_rows(staged, name))
        assert text.partition("\r\n")[2] == "".join(f"{line}\r\n" for line in expected)
        assert len(expected) > 10


@pytest.mark.parametrize("text", ODD)
def test_a_cell_among_others_is_quoted_and_harmless(text: str) -> None:
    (cells,) = csv.reader(io.StringIO(f"before,{cell(text)},after", newline=""))
    assert cells == ["before", harmless(text), "after"]


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_lines, "_REMEMBERED", 3)
    texts: Texts[int] = Texts(str)
    assert [texts[number] for number in range(10)] == list(map(str, range(10)))
    assert len(texts) <= 3


def test_cycles_are_collected_again_whatever_happens() -> None:
    with uncollected():
        assert not gc.isenabled()
    with pytest.raises(ZeroDivisionError), uncollected():
        raise ZeroDivisionError
    assert gc.isenabled()


@given(st.datetimes(datetime(1970, 1, 1), datetime(2999, 12, 31)))  # noqa: DTZ001 - hypothesis wants them so
def test_moments_are_written_as_iso_8601(moment: datetime) -> None:
    assert format_wall(moment) == moment.isoformat(timespec="seconds")
    assert format_utc(moment.replace(tzinfo=UTC)) == f"{moment.isoformat(timespec='milliseconds')}Z"
    assert format_wall(moment).startswith(date.isoformat(moment.date()))
